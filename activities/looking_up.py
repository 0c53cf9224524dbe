"""The look-up: what became of an attempt. It closes the attempt's row first, then asks the provider; never charges (law 3)."""

from dataclasses import replace

from activities import reading
from activities.debts import is_own, required
from activities.desk import Desk, conclude, effects
from activities.ledger_orders import asks_too_much
from activities.reading import File
from activities.sharing import conclude_rows, rows_of
from domain.accounts import Attempt, AttemptStatus, Initiator, Method
from gateways.port import DeclineCode, Gateway, GatewayUnavailable, Intent, IntentStatus, NoSuchIntent
from paystates.engine import Errand
from states import debts as ask
from store.port import Pages

Answer = (
    ask.Charged
    | ask.Clearing
    | ask.Declined
    | ask.ActionRequired
    | ask.NotCharged
    | ask.Reopened
    | ask.Postponed
    | ask.Unchanged
    | ask.StillUnknown
)
_UNSENT = frozenset({AttemptStatus.RESERVED, AttemptStatus.OPENED})

_UNAUTHENTICATED = DeclineCode(provider="authentication_required")


@effects.implements(ask.LookUp)
def look_up(desk: Desk, errand: Errand[ask.LookUp]) -> Answer:
    """Find out what became of the attempt, and write it down. Raises `Overtaken` when somebody has meanwhile."""
    with desk.book.transaction() as pages:
        closed = _close_row(pages, errand)
        if not isinstance(closed, Attempt):
            conclude(pages, errand, closed, required(pages, errand.request.invoice).account.id)
            return closed
        rows = rows_of(pages, closed)
        expire = errand.request.expire or _superseded(pages, closed)
    try:
        intent = intent_of(desk.gateway, closed, expire=expire)
    except GatewayUnavailable:
        return _write(desk, errand, ask.StillUnknown())
    with desk.book.transaction() as pages:
        file, concluded = conclude_rows(pages, rows, errand, intent, expire=expire)[closed.invoice_id]
        answer = ask.StillUnknown() if isinstance(concluded, ask.OutcomeUnknown) else concluded
        conclude(pages, errand, answer, file.account.id)
    return answer


def _superseded(pages: Pages, attempt: Attempt) -> bool:
    """Whether the payer's method is another one now than the attempt's, was corrected since, or less is owed.

    Then nobody is to authenticate it any more. What was told is not asked: the book says it to every look-up (law 2).
    """
    file = required(pages, attempt.invoice_id)
    method = file.method
    if method is None or method.id != attempt.method_id or asks_too_much(pages, file, attempt):
        return True
    return method.details_at is not None and method.details_at > attempt.reserved_at


def _write(desk: Desk, errand: Errand[ask.LookUp], answer: ask.StillUnknown) -> ask.StillUnknown:
    with desk.book.transaction() as pages:
        conclude(pages, errand, answer, required(pages, errand.request.invoice).account.id)
    return answer


def _close_row(pages: Pages, errand: Errand[ask.LookUp]) -> Attempt | ask.NotCharged | ask.Unchanged:
    """Close the row, so that a worker that wakes late can neither open nor confirm; a tombstone where there is none."""
    request, now = errand.request, errand.now
    file = required(pages, request.invoice)
    attempt = next((one for one in file.attempts if one.n == request.attempt), None)
    if attempt is None:
        return _bury(pages, file, errand)
    if attempt.is_open and not is_own(attempt, errand.subject):
        return ask.Unchanged()
    if attempt.status is AttemptStatus.NOT_CHARGED and attempt.intent_id is None:
        debt = reading.debt(file, now, reading.upcoming(file, now))
        return ask.NotCharged(attempt=attempt.n, debt=debt)
    if attempt.status in _UNSENT and not attempt.fenced:
        attempt = replace(attempt, fenced=True)
        pages.put_attempt(attempt)
    return attempt


def _bury(pages: Pages, file: File, errand: Errand[ask.LookUp]) -> ask.NotCharged:
    """The worker died before it reserved: its number is taken, so that it can never begin."""
    method = file.method or _any_method(pages, file)
    if method is not None:
        pages.add_attempt(
            Attempt(
                invoice_id=file.invoice.id,
                n=errand.request.attempt,
                status=AttemptStatus.NOT_CHARGED,
                method_id=method.id,
                network=method.network,
                amount=max(file.owed, 0),
                currency=file.invoice.currency,
                initiator=Initiator.MERCHANT,
                begun_by=errand.subject,
                reserved_at=errand.now,
                fenced=True,
                finished_at=errand.now,
            )
        )
        file = reading.read(pages, file.invoice.id) or file
    following = reading.upcoming(file, errand.now, again=True)
    return ask.NotCharged(attempt=errand.request.attempt, debt=reading.debt(file, errand.now, following))


def _any_method(pages: Pages, file: File) -> Method | None:
    """A tombstone's row needs some method; when the account has none, nothing can be charged anyhow."""
    return next(iter(pages.methods(file.account.id, deleted=True)), None)


def intent_of(gateway: Gateway, attempt: Attempt, *, expire: bool) -> Intent | None:
    """The intent as the provider has it, cancelled when it was never confirmed; None when there is none."""
    return given_up(gateway, read_intent(gateway, attempt), expire=expire)


def read_intent(gateway: Gateway, attempt: Attempt) -> Intent | None:
    """The intent as the provider has it; None when there is none."""
    try:
        return gateway.read(attempt.intent_id) if attempt.intent_id else gateway.find(attempt.reference)
    except NoSuchIntent:
        return None


def given_up(gateway: Gateway, intent: Intent | None, *, expire: bool) -> Intent | None:
    """The same, cancelled when it was never confirmed; with `expire` also when nobody has authenticated.

    That it was asked for is not lost with it, should the book not know that yet: it counts against the networks' caps.
    """
    if intent is not None and intent.status is IntentStatus.UNCONFIRMED:
        return gateway.cancel(intent.id)
    if intent is not None and expire and intent.status is IntentStatus.ACTION_REQUIRED:
        ended = gateway.cancel(intent.id)
        return replace(ended, decline=ended.decline or intent.decline or _UNAUTHENTICATED)
    return intent
