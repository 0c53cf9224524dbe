"""Settling a balance: what is due is read, charged once for each currency, and the retries of what is paid are told (G60 to G64).

The charge is an attempt like any other, in three commits (law 3), but with a row for each debt: they are reserved together or not
at all, share one intent, and are concluded together.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from activities.balancing import balance_of, roles_of
from activities.charging import Fenced, still_good
from activities.debts import is_own
from activities.desk import Desk, Wake, conclude, effects
from activities.looks import Seen, only_looks
from activities.picturing import in_era
from activities.reading import File
from activities.reviewing import account_of_method
from activities.settling_outcome import answer_of, bill_of
from activities.sharing import conclude_rows, locked
from domain.accounts import Attempt, AttemptStatus, Initiator, Method
from gateways.port import Charge as GatewayCharge
from gateways.port import GatewayUnavailable, Intent
from paystates.engine import Actor, Errand
from states import methods, rules
from states import settling as ask
from states.charge_retry import BalanceChanged
from states.debts import OutcomeUnknown
from states.rules.judging import judge
from states.settle_functions import TOLD_OF_PAYMENT
from store.port import JournalRow, Pages

_Rows = tuple[Attempt, ...]
_Refusal = ask.BalanceMoved | ask.SettlementOpen | methods.Conflicted
_Answer = (
    ask.Settled
    | ask.SettlementClearing
    | ask.SettlementDeclined
    | ask.MustAuthenticatePayment
    | OutcomeUnknown
    | ask.NotSettled
    | _Refusal
)
_MANY = 1_000
"""More attempts than are ever open on one account's methods."""

_RECENT = timedelta(days=30)
"""How long what was paid is gone on from: by then the next period is billed, and what is bound to what may be meant so."""

_TAIL = 1_000
"""How far back the account's journal is read for what happened since."""

_BOUND = frozenset({"page_moved", "method_bound", "subscription_registered", "profile_registered"})
"""What the journal tells where something was bound to a method."""


@only_looks(ask.ReadBalance)
def read_balance(
    pages: Pages, errand: Errand[ask.ReadBalance]
) -> Seen[ask.BalanceRead | ask.SettlementOpen | methods.NoSuchThing]:
    """What is due, and the roles of whoever asks. What this procedure left open is to be looked up first.

    What it has charged already, without coming to an end, is gone on from.
    """
    request = errand.request
    answer: ask.BalanceRead | ask.SettlementOpen | methods.NoSuchThing
    left_open = _left_open(pages, request.method, errand.subject)
    read = balance_of(pages, request.method, request.invoice, errand.now)
    if left_open:
        answer = ask.SettlementOpen(bill=bill_of(left_open))
    elif read is None:
        answer = methods.NoSuchThing(what="invoice with this payment method" if request.invoice else "payment method")
    else:
        roles = roles_of(pages, request.actor, read)
        paid = _paid_without_end(pages, errand, read.account.id)
        answer = ask.BalanceRead(picture=in_era(read, request.era), actor=request.actor, roles=roles, paid=paid)
    return Seen(answer, account_of_method(pages, request.method))


def _left_open(pages: Pages, method_id: str, subject: str) -> _Rows:
    """The rows of the attempt that this procedure has open, on whichever of the account's methods."""
    account_id = account_of_method(pages, method_id)
    if account_id is None:
        return ()
    on_file = pages.methods(account_id, deleted=True)
    rows = [one for method in on_file for one in pages.open_attempts_on(method.id, _MANY) if is_own(one, subject)]
    return tuple(sorted(rows, key=lambda one: one.invoice_id))


def _paid_without_end(pages: Pages, errand: Errand[ask.ReadBalance], account_id: str) -> ask.Bill | None:
    """What this procedure charged last, if its run was stopped before it told of it: by a Terminate, or by a Reset.

    Not what was paid long ago. Nor where anybody has bound anything in the account since, be it to the declined method: it may
    be meant to stay. When the journal does not reach back that far, nobody knows.
    """
    rows = _charged(pages, errand, account_id)
    charged = max((one.finished_at for one in rows if one.finished_at is not None), default=None)
    if charged is None:
        return None
    tail = pages.journal_tail(account_id, _TAIL)
    since = [one for one in tail if one.at >= charged]
    if len(since) == _TAIL or any(_ends_it(one, errand) or _binds_otherwise(one, errand) for one in since):
        return None
    return bill_of([one for one in rows if one.finished_at == charged])


def _charged(pages: Pages, errand: Errand[ask.ReadBalance], account_id: str) -> _Rows:
    """What this procedure has charged lately, in the order of the debts."""
    on_file, since = pages.methods(account_id), errand.now - _RECENT
    made = [one for method in on_file for one in pages.attempts_on(method.id, since) if is_own(one, errand.subject)]
    return tuple(sorted((one for one in made if one.status is AttemptStatus.SUCCEEDED), key=lambda one: one.invoice_id))


def _ends_it(row: JournalRow, errand: Errand[ask.ReadBalance]) -> bool:
    return row.procedure == errand.subject and row.target in TOLD_OF_PAYMENT


def _binds_otherwise(row: JournalRow, errand: Errand[ask.ReadBalance]) -> bool:
    return row.procedure != errand.subject and row.event_kind in _BOUND


@effects.implements(ask.Settle)
def settle(desk: Desk, errand: Errand[ask.Settle]) -> _Answer:
    """Charge the bill. Raises `Fenced` when it wakes too late."""
    with desk.book.transaction() as pages:
        account = account_of_method(pages, errand.request.method)
        reserved = _reserve(pages, errand)
        if not isinstance(reserved, tuple):
            conclude(pages, errand, reserved, account)
            return reserved
        token = _chosen(pages, errand).token
    first, money = reserved[0], errand.request.bill.money
    try:
        asked = GatewayCharge(first.reference, token, money.amount, money.currency, off_session=False)
        intent = desk.gateway.open_intent(asked, first.reference)
        if not _store_intent(desk, reserved, intent):
            return _unknown(desk, errand, account)
        intent = desk.gateway.confirm(intent.id, first.reference)
    except GatewayUnavailable:
        return _unknown(desk, errand, account)
    with desk.book.transaction() as pages:
        mine = _mine(locked(pages, _invoices(reserved), first.method_id), reserved)
        concluded = [one for _, one in conclude_rows(pages, mine, errand, intent).values()]
        answer = answer_of(concluded)
        conclude(pages, errand, answer, account)
    return answer


def _invoices(rows: _Rows) -> list[str]:
    return [row.invoice_id for row in rows]


def _chosen(pages: Pages, errand: Errand[ask.Settle]) -> Method:
    method = pages.method(errand.request.bill.method)
    if method is None:
        message = f"payment method {errand.request.bill.method} has vanished from the book"
        raise LookupError(message)
    return method


def _unknown(desk: Desk, errand: Errand[ask.Settle], account: str | None) -> OutcomeUnknown:
    answer = OutcomeUnknown()
    with desk.book.transaction() as pages:
        conclude(pages, errand, answer, account)
    return answer


def _store_intent(desk: Desk, rows: _Rows, intent: Intent) -> bool:
    """The second commit: from here every row is known to have the intent, unless a look-up was faster.

    Whether it may be confirmed: another attempt may have finished the method meanwhile, or somebody deleted it (law 2).
    """
    try:
        with desk.book.transaction() as pages:
            for row in _mine(locked(pages, _invoices(rows), rows[0].method_id), rows):
                pages.put_attempt(replace(row, status=AttemptStatus.OPENED, intent_id=intent.id))
            return still_good(pages, rows[0])
    except Fenced:
        with suppress(GatewayUnavailable):
            desk.gateway.cancel(intent.id)  # the look-up asked before there was one, and will not ask again
        raise


def _mine(files: dict[str, File], rows: _Rows) -> _Rows:
    """The rows as they are now; `Fenced` when somebody has closed them. They are closed together."""
    now = tuple(next(one for one in files[row.invoice_id].attempts if one.n == row.n) for row in rows)
    if any(row.fenced or row.status not in {AttemptStatus.RESERVED, AttemptStatus.OPENED} for row in now):
        message = f"attempt {rows[0].reference} was closed by a look-up"
        raise Fenced(message)
    return now


# The reservation.


def _reserve(pages: Pages, errand: Errand[ask.Settle]) -> _Rows | _Refusal:
    """The first commit: everything is read and judged again, and all the rows are written, or none (laws 1, 2, 4 and 5)."""
    request, bill = errand.request, errand.request.bill
    files = locked(pages, [part.invoice for part in bill.parts], request.method, bill.method)
    taken = [one for part in bill.parts for one in files[part.invoice].attempts if one.n == part.attempt]
    if any(is_own(one, errand.subject) and (one.fenced or not one.is_open) for one in taken):
        message = f"attempt {taken[0].reference} was closed by a look-up before it began"
        raise Fenced(message)
    left_open = _left_open(pages, request.method, errand.subject)
    if left_open:
        return ask.SettlementOpen(bill=bill_of(left_open))
    read = balance_of(pages, request.method, request.invoice, errand.now)
    if read is None:
        return ask.BalanceMoved()
    actor = Actor(request.actor, roles_of(pages, request.actor, read))
    refusals = judge(rules.SETTLING, in_era(read, request.era), actor, errand.now, chosen=bill.method)
    if refusals:
        return methods.Conflicted(refusals=refusals)
    bills = read.bills(bill.method)
    if bill not in bills:
        return ask.BalanceMoved(same=any(bill.is_as(one) for one in bills))
    method = _chosen(pages, errand)
    rows = tuple(
        Attempt(
            invoice_id=part.invoice,
            n=part.attempt,
            status=AttemptStatus.RESERVED,
            method_id=method.id,
            network=method.network,
            amount=part.amount,
            currency=bill.currency,
            initiator=Initiator.CUSTOMER,
            begun_by=errand.subject,
            reserved_at=errand.now,
        )
        for part in bill.parts
    )
    for row in rows:
        pages.add_attempt(row)
    return rows


# After it.


@effects.implements(ask.TellSettled)
def tell_settled(desk: Desk, errand: Errand[ask.TellSettled]) -> ask.SettledTold:
    """Wake the retries of what is paid, outside any transaction: they read the book and end (G64)."""
    woken = desk.waker.wake([Wake(invoice, BalanceChanged()) for invoice in errand.request.invoices])
    answer = ask.SettledTold(invoices=woken)
    with desk.book.transaction() as pages:
        invoice = pages.invoice(errand.request.invoices[0])
        conclude(pages, errand, answer, invoice.account_id if invoice else None)
    return answer
