"""What became of a settlement's attempt: the look-up, and what the provider's word on it means for the procedure.

Like every look-up it closes the rows first, then asks the provider, and never charges (law 3).
"""

from collections.abc import Sequence
from dataclasses import replace

from activities.concluding import Conclusion
from activities.debts import is_own, open_own_case, required
from activities.desk import Desk, conclude, effects
from activities.ledger_orders import asks_too_much
from activities.looking_up import given_up, read_intent
from activities.reading import File
from activities.sharing import conclude_rows, locked
from domain.accounts import Attempt, AttemptStatus, Initiator
from gateways.port import GatewayUnavailable, Intent, IntentStatus
from paystates.engine import Errand
from states import debts
from states import settling as ask
from store.port import Pages

_Answer = (
    ask.Settled
    | ask.SettlementClearing
    | ask.SettlementDeclined
    | ask.MustAuthenticatePayment
    | ask.NotSettled
    | ask.NeverSent
    | debts.StillUnknown
)
_UNSENT = frozenset({AttemptStatus.RESERVED, AttemptStatus.OPENED})


def bill_of(rows: Sequence[Attempt]) -> ask.Bill:
    """The bill that the rows of one attempt were written for."""
    parts = tuple(ask.Part(invoice=row.invoice_id, attempt=row.n, amount=row.amount) for row in rows)
    return ask.Bill(currency=rows[0].currency, method=rows[0].method_id, parts=parts)


def answer_of(
    concluded: Sequence[Conclusion],
) -> (
    ask.Settled
    | ask.SettlementClearing
    | ask.SettlementDeclined
    | ask.MustAuthenticatePayment
    | ask.NotSettled
    | debts.OutcomeUnknown
):
    """The conclusion of every row is of one kind, since they share an intent: the first one's is the answer."""
    match concluded[0]:
        case debts.Charged():
            return ask.Settled()
        case debts.Clearing(expected_by=expected_by):
            return ask.SettlementClearing(expected_by=expected_by)
        case debts.Declined(category=category, reason=reason):
            return ask.SettlementDeclined(category=category, reason=reason)
        case debts.ActionRequired(until=until):
            return ask.MustAuthenticatePayment(until=until)
        case debts.Reopened():
            return ask.NotSettled(why="what was taken came back")
        case debts.Postponed(why=why):
            return ask.NotSettled(why=why)
        case debts.NotCharged():
            return ask.NotSettled(why="it never reached the bank, or was cancelled there")
        case _:
            return debts.OutcomeUnknown()


@effects.implements(ask.LookUpSettlement)
def look_up_settlement(desk: Desk, errand: Errand[ask.LookUpSettlement]) -> _Answer:
    """Find out what became of the bill, and write it down on every debt of it. Raises `Overtaken` as the retry's look-up does."""
    with desk.book.transaction() as pages:
        files = _files(pages, errand.request.bill)
        account = next(iter(files.values())).account.id
        rows = _close_rows(pages, files, errand)
        if rows is None:
            never = ask.NeverSent(why="it was never sent")
            conclude(pages, errand, never, account)
            return never
        expire = errand.request.expire or any(asks_too_much(pages, files[row.invoice_id], row) for row in rows)
    try:
        before = read_intent(desk.gateway, rows[0])
        intent = given_up(desk.gateway, before, expire=expire)
    except GatewayUnavailable:
        return _write(desk, errand, account)
    with desk.book.transaction() as pages:
        concluded = [one for _, one in conclude_rows(pages, rows, errand, intent, expire=expire).values()]
        answer = _told(answer_of(concluded), began=not _never_began(rows, before))
        conclude(pages, errand, answer, account)
    return answer


def _never_began(rows: Sequence[Attempt], intent: Intent | None) -> bool:
    """Whether the rows, which are closed, show that no charge began: no intent was opened for them, or it was not confirmed.

    That the provider does not know an intent which it once opened shows nothing.
    """
    unsent = all(row.status in _UNSENT for row in rows)
    return unsent and (rows[0].intent_id is None if intent is None else intent.status is IntentStatus.UNCONFIRMED)


def _told(answer: _Answer | debts.OutcomeUnknown, *, began: bool) -> _Answer:
    if isinstance(answer, debts.OutcomeUnknown):
        return debts.StillUnknown()
    return answer if began or not isinstance(answer, ask.NotSettled) else ask.NeverSent(why="it never reached the bank")


@effects.implements(ask.OpenCase)
def open_case(desk: Desk, errand: Errand[ask.OpenCase]) -> ask.CaseOpened:
    """Put the bill before an operator. Its rows stay open: nobody knows that nothing was taken (law 3)."""
    bill = errand.request.bill
    debts_of_it = ", ".join(part.invoice for part in bill.parts)
    facts = f"{bill.money} for {debts_of_it} with payment method {bill.method}: what became of it was never found out"
    answer = ask.CaseOpened()
    with desk.book.transaction() as pages:
        account = required(pages, bill.parts[0].invoice).account.id
        open_own_case(pages, account, "settlement-unresolved", facts, errand)
        conclude(pages, errand, answer, account)
    return answer


def _write(desk: Desk, errand: Errand[ask.LookUpSettlement], account: str) -> debts.StillUnknown:
    answer = debts.StillUnknown()
    with desk.book.transaction() as pages:
        conclude(pages, errand, answer, account)
    return answer


def _files(pages: Pages, bill: ask.Bill) -> dict[str, File]:
    return locked(pages, [part.invoice for part in bill.parts], bill.method)


def _close_rows(pages: Pages, files: dict[str, File], errand: Errand[ask.LookUpSettlement]) -> tuple[Attempt, ...] | None:
    """Close the rows, so that a worker that wakes late can neither open nor confirm. None: there is nothing to ask about.

    They were written together, so when one is not there, none is: then every number that is free gets a tombstone. A number
    that another attempt took meanwhile needs none, for a bill is reserved whole or not at all.
    """
    bill = errand.request.bill
    found = {part: next((one for one in files[part.invoice].attempts if one.n == part.attempt), None) for part in bill.parts}
    rows = tuple(row for row in found.values() if row is not None and is_own(row, errand.subject))
    if len(rows) < len(found):
        for part, row in found.items():
            if row is None:
                pages.add_attempt(_tombstone(pages, part, errand))
        return None
    if all(row.status is AttemptStatus.NOT_CHARGED and row.intent_id is None for row in rows):
        return None
    closed = tuple(replace(row, fenced=True) if row.status in _UNSENT else row for row in rows)
    for row, before in zip(closed, rows, strict=True):
        if row != before:
            pages.put_attempt(row)
    return closed


def _tombstone(pages: Pages, part: ask.Part, errand: Errand[ask.LookUpSettlement]) -> Attempt:
    bill = errand.request.bill
    method = pages.method(bill.method)
    if method is None:
        message = f"payment method {bill.method} has vanished from the book"
        raise LookupError(message)
    return Attempt(
        invoice_id=part.invoice,
        n=part.attempt,
        status=AttemptStatus.NOT_CHARGED,
        method_id=method.id,
        network=method.network,
        amount=part.amount,
        currency=bill.currency,
        initiator=Initiator.CUSTOMER,
        begun_by=errand.subject,
        reserved_at=errand.now,
        fenced=True,
        finished_at=errand.now,
    )
