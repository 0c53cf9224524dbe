"""The attempt: three commits around the provider, and no transaction across a call to it (law 3).

*Reserve* re-reads the debt and the method and writes the attempt's row; *open* makes an intent, which moves no money; *confirm*
asks for the money once, and its result, notice and journal are written together. Whatever stops it in between is looked up.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from activities import reading
from activities.announcing import announce, may_debit
from activities.attempt_case import Case
from activities.concluding import conclude_intent
from activities.counting import counted
from activities.debts import is_own, open_case, required, still_open
from activities.desk import Desk, account_of, conclude, effects
from activities.reading import File
from activities.telling import notify
from domain.accounts import Attempt, AttemptStatus, Initiator, MethodKind
from domain.caps import AmountChanged, Capped, bank_debit_allowed, cap
from domain.money import Money
from domain.notices import NoticeKind
from domain.plan import Next, plan
from gateways.port import Charge as GatewayCharge
from gateways.port import GatewayUnavailable, Intent
from paystates.engine import Errand
from states import debts as ask
from store.port import AttemptOpen, Pages

Refusal = ask.Postponed | ask.MethodNeeded | ask.NothingDue | ask.AttemptOpen
Answer = (
    ask.Charged
    | ask.Clearing
    | ask.Declined
    | ask.ActionRequired
    | ask.OutcomeUnknown
    | ask.Postponed
    | ask.MethodNeeded
    | ask.NothingDue
    | ask.AttemptOpen
)


class Fenced(Exception):
    """A look-up has closed this attempt's row while its worker was away: it may neither open nor confirm any more."""


@effects.implements(ask.Charge)
def charge(desk: Desk, errand: Errand[ask.Charge]) -> Answer:
    """Make the attempt with the method that is bound now. Raises `Fenced` when it wakes too late."""
    with desk.book.transaction() as pages:
        reserved = _reserve(pages, errand)
        if not isinstance(reserved, _Reserved):
            conclude(pages, errand, reserved, account_of(pages, errand.request.invoice))
            return reserved
    attempt, asked = reserved.attempt, reserved.asked
    try:
        intent = desk.gateway.open_intent(asked, attempt.reference)
        if not _store_intent(desk, attempt, intent):
            return _unknown(desk, errand)
        intent = desk.gateway.confirm(intent.id, attempt.reference)
    except GatewayUnavailable:
        return _unknown(desk, errand)
    with desk.book.transaction() as pages:
        file = required(pages, errand.request.invoice)
        mine = _mine(attempt, next((one for one in file.attempts if one.n == attempt.n), None))
        answer = conclude_intent(Case(pages, file, mine, errand), intent)
        if not isinstance(answer, Answer):  # an intent just confirmed is neither reversed nor never charged
            answer = ask.OutcomeUnknown()
        conclude(pages, errand, answer, file.account.id)
    return answer


def _store_intent(desk: Desk, attempt: Attempt, intent: Intent) -> bool:
    """The second commit: from here the attempt is known to have an intent, unless a look-up was faster.

    Whether it may be confirmed: another debt's attempt may have finished the method meanwhile, or somebody deleted it (law 2).
    """
    try:
        with desk.book.transaction() as pages:
            pages.invoice(attempt.invoice_id, lock=True)
            mine = _mine(attempt, pages.attempt(attempt.invoice_id, attempt.n))
            pages.put_attempt(replace(mine, status=AttemptStatus.OPENED, intent_id=intent.id))
            return still_good(pages, attempt)
    except Fenced:
        with suppress(GatewayUnavailable):
            desk.gateway.cancel(intent.id)  # the look-up asked before there was one, and will not ask again
        raise


def still_good(pages: Pages, attempt: Attempt) -> bool:
    """Whether the attempt's method, read again, is on file and of good standing; else its intent stays unconfirmed."""
    return reading.why_not_with(pages.method(attempt.method_id, lock=True), ()) is None


def _mine(attempt: Attempt, now: Attempt | None) -> Attempt:
    """The attempt's row as it is `now`; `Fenced` when somebody has closed it."""
    if now is None or now.fenced or now.status not in {AttemptStatus.RESERVED, AttemptStatus.OPENED}:
        message = f"attempt {attempt.reference} was closed by a look-up"
        raise Fenced(message)
    return now


def _unknown(desk: Desk, errand: Errand[ask.Charge]) -> ask.OutcomeUnknown:
    answer = ask.OutcomeUnknown()
    with desk.book.transaction() as pages:
        conclude(pages, errand, answer, account_of(pages, errand.request.invoice))
    return answer


# The reservation.


@dataclass(frozen=True, slots=True)
class _Reserved:
    """The attempt's row, and what the provider is asked for it."""

    attempt: Attempt
    asked: GatewayCharge


def _reserve(pages: Pages, errand: Errand[ask.Charge]) -> _Reserved | Refusal:
    """The first commit: everything is re-read, and the attempt's row is written only when it may be made (law 2)."""
    request, now = errand.request, errand.now
    file = required(pages, request.invoice)
    taken = next((one for one in file.attempts if one.n == request.attempt), None)
    if taken is not None and is_own(taken, errand.subject) and (taken.fenced or not taken.is_open):
        message = f"attempt {taken.reference} was closed by a look-up before it began"
        raise Fenced(message)
    refusal = _not_now(pages, file, errand)
    if refusal is not None:
        announce(pages, file, errand, refusal)
        return refusal
    method = file.method
    if method is None or taken is not None:
        return ask.Postponed(why="the debt has changed meanwhile", debt=reading.debt(file, now, reading.upcoming(file, now)))
    attempt = Attempt(
        invoice_id=file.invoice.id,
        n=request.attempt,
        status=AttemptStatus.RESERVED,
        method_id=method.id,
        network=method.network,
        amount=file.owed,
        currency=file.invoice.currency,
        initiator=request.initiator,
        begun_by=errand.subject,
        reserved_at=now,
        slot=request.slot,
    )
    try:
        pages.add_attempt(attempt)
    except AttemptOpen:
        return ask.Postponed(why="another attempt was faster", debt=reading.aside(file, now), aside=True)
    return _Reserved(attempt, GatewayCharge(attempt.reference, method.token, attempt.amount, attempt.currency))


def _not_now(pages: Pages, file: File, errand: Errand[ask.Charge]) -> Refusal | None:
    """Why no attempt is made now, None when one may be."""
    request, now = errand.request, errand.now
    opened = file.open_attempt
    if opened is not None and is_own(opened, errand.subject):
        return still_open(file, opened.n, now)
    if opened is not None:
        return ask.Postponed(why="another procedure is charging this debt", debt=reading.aside(file, now), aside=True)
    if file.owed <= 0:
        return reading.nothing_due(file, errand.subject)
    if request.automatic and file.manual:
        return ask.Postponed(why="recurring billing is off", debt=reading.debt(file, now, None))
    why = reading.why_not_chargeable(file)
    if why is not None:
        return _method_needed(pages, file, errand, why)
    if request.automatic and now >= file.dunning.window_ends:
        return ask.Postponed(why="the window is over", debt=reading.debt(file, now, None))
    if request.automatic and (request.slot is None or request.slot < file.dunning.used):
        return ask.Postponed(why="its date is used up", debt=reading.debt(file, now, reading.upcoming(file, now)))
    if _too_early(file, request, now):
        return ask.Postponed(why="it is too early", debt=reading.debt(file, now, reading.upcoming(file, now)))
    return _capped(pages, file, errand) or _not_announced(pages, file, errand)


def _not_announced(pages: Pages, file: File, errand: Errand[ask.Charge]) -> ask.Postponed | None:
    """A SEPA debit needs a bank day and its own pre-notification in time: else it moves there, and never past the window.

    What a customer asks for needs none. What an operator asks for does: it is the merchant's debit, like the plan's, and
    obeys the pre-notification as it obeys waits and caps; it goes through when one that is in time is there already.
    """
    request, now = errand.request, errand.now
    if request.initiator is Initiator.CUSTOMER or may_debit(file, now):
        return None
    following = reading.upcoming(file, now)
    if following is None and request.slot is not None and not file.manual:
        file = reading.use_up(pages, file, request.slot + 1)
    return ask.Postponed(why="the payer must be told of the debit days before", debt=reading.debt(file, now, following))


def _too_early(file: File, request: ask.Charge, now: datetime) -> bool:
    """Whether a wait or the gap between automatic attempts forbids it now, also where that leaves no date in the window."""
    waits = [reading.wait_until(file, now)]
    last = reading.last_attempt(file)
    if request.automatic and last is not None:
        waits.append(last + plan(file.dunning.plan).min_gap)
    return any(at is not None and at > now for at in waits)


def _method_needed(pages: Pages, file: File, errand: Errand[ask.Charge], why: str) -> ask.MethodNeeded:
    """C9: charging stops, the slot passes, and notices go on: a reminder names the next date."""
    request, now = errand.request, errand.now
    if request.automatic and request.slot is not None:
        file = reading.use_up(pages, file, request.slot + 1)
    following = reading.upcoming(file, now)
    told = False
    if request.automatic and request.slot is not None and following is not None:
        notify(pages, file, NoticeKind.REMINDER, now, name=f"reminder/{request.slot + 1}", next_at=following.at)
        told = True
    return ask.MethodNeeded(why=why, debt=reading.debt(file, now, following, just_told=told))


def _capped(pages: Pages, file: File, errand: Errand[ask.Charge]) -> Refusal | None:
    """The networks' caps: a cap removes the slots it covers (money.md)."""
    request, now, method = errand.request, errand.now, file.method
    if method is None:
        return None
    if method.kind is MethodKind.BANK_ACCOUNT and not bank_debit_allowed(file.attempts):
        return ask.Postponed(why="a bank debit is presented at most three times", debt=reading.debt(file, now, None))
    asked = counted(pages, method, file.attempts, now)
    amount = Money(file.owed, file.invoice.currency)
    found = cap(method.network, asked, amount, request.initiator, now, invoice_id=file.invoice.id)
    if found is None:
        return None
    if isinstance(found, AmountChanged):
        open_case(pages, file, "amount-changed", str(found), errand)
        return _pass_slot(pages, file, errand, str(found), None)
    return _pass_slot(pages, file, errand, str(found), found)


def _pass_slot(
    pages: Pages, file: File, errand: Errand[ask.Charge], why: str, capped: Capped | None
) -> ask.Postponed | ask.MethodNeeded:
    request, now = errand.request, errand.now
    if capped is not None and capped.until is None:
        return _method_needed(pages, file, errand, why)
    until = capped.until if capped is not None else None
    if request.slot is not None and (until is None or until >= file.dunning.window_ends):
        file = reading.use_up(pages, file, request.slot + 1)
    following = reading.upcoming(file, now, not_before=until)
    if capped is not None and capped.under_way and not request.automatic and following is not None and until is not None:
        # Somebody asked for it at once, so it does not wait for the date that it pre-empts, but for those under way.
        following = Next(following.index, min(following.at, until))
    return ask.Postponed(why=why, debt=reading.debt(file, now, following))
