"""Ingrid's debt, and its retry at every point of its way."""

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.decline_table import Category, Reason
from paystates.engine import HOUSE, Actor, Event, Moved, Refused, Snapshot
from states import debts as ask
from states import retry_functions as do
from states.charge_retry import CHARGE_RETRY, Memory

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
DAY = timedelta(days=1)
DEBT = ask.Debt(
    account="fjord",
    balance=10_000,
    currency="NOK",
    slots=6,
    used=1,
    window_ends=NOW + 28 * DAY,
    attempts=1,
    method="Visa •••• 4242",
    card_owner="ingrid",
    chargeable=True,
    profile=None,
    not_before=None,
    next_slot=1,
    next_at=NOW + 3 * DAY,
)
INGRID = Actor("ingrid", frozenset({"global_admin"}))
PETTER = Actor("petter", frozenset({"billing_admin"}))
GUNN = Actor("gunn", frozenset({"invoice_manager"}))
TORE = Actor("tore", frozenset({"profile_owner_elsewhere"}))
OLAV = Actor("olav", frozenset({"operator"}))
NOBODY = Actor("lise")


def debt(**differences: Any) -> ask.Debt:
    return DEBT.model_copy(update=differences)


OVER = debt(next_slot=None, next_at=None)
MANUAL = debt(next_slot=None, next_at=None, manual=True, profile="drift")
STOPPED = debt(chargeable=False)
NOTHING = debt(balance=0, next_slot=None, next_at=None)


def memory(**fields: Any) -> Memory:
    return Memory(invoice="F-1", **{"debt": DEBT, **fields})


PLAIN = memory()
RUNNING = memory(open_attempt=2, attempt_under_way=True)
ANOTHER = memory(open_attempt=2, attempt_under_way=True, hint=1)
NO_LOOK_UPS = memory(open_attempt=2, attempt_under_way=True, look_ups=len(do.LOOK_UP_AFTER))
NO_ASIDES = memory(asides=len(do.LOOK_UP_AFTER))
NO_TRIES = memory(tries=len(do.RECOVER_AFTER))
HELD = memory(held=True)
REBOUND = memory(rebound=True)
ASKED = memory(rebound=True, charge_now=True)
UNREAD = memory(debt=None)


def declined(after: ask.Debt = DEBT, category: Category = Category.RETRY, attempt: int = 2) -> ask.Declined:
    return ask.Declined(attempt=attempt, category=category, reason=Reason.DECLINED, debt=after)


def charged(after: ask.Debt, attempt: int = 2) -> ask.Charged:
    return ask.Charged(attempt=attempt, debt=after)


def postponed(after: ask.Debt = DEBT) -> ask.Postponed:
    return ask.Postponed(why="it is too early", debt=after)


ASIDE = postponed().model_copy(update={"aside": True})


def needed(after: ask.Debt = DEBT) -> ask.MethodNeeded:
    return ask.MethodNeeded(why="its details must be corrected", debt=after)


CLEARING = ask.Clearing(attempt=2, expected_by=NOW + 4 * DAY)
SCA = ask.ActionRequired(attempt=2, until=NOW + 2 * DAY)
FOUND_OPEN = ask.AttemptOpen(attempt=2, debt=DEBT)
NOT_CHARGED = ask.NotCharged(attempt=2, debt=DEBT)
READING = "opening charging skipping writing_off closing"
OWN_BOOK = "opening skipping writing_off closing"
TRIED = "charging confirming"
STILL = "waiting held needs_method needs_payment"
OPEN = "clearing needs_customer confirming_later needs_attention"
UNKNOWN = "clearing confirming_later needs_attention"
RETRIED = f"waiting needs_method needs_payment {OPEN} {TRIED}"


def at(state: str, kept: Memory = PLAIN, now: datetime = NOW) -> Snapshot[Memory]:
    return Snapshot(CHARGE_RETRY.id, state, 7, kept, now)


def after(state: str, kept: Memory, event: Event, actor: Actor = HOUSE) -> Memory:
    """What is remembered once the event was taken."""
    outcome = CHARGE_RETRY.decide(at(state, kept), event, actor, NOW)
    assert isinstance(outcome, Moved)
    return outcome.snapshot.memory


def codes(state: str, kept: Memory, event: Event, actor: Actor, now: datetime = NOW) -> set[str]:
    """With what it is refused; nothing: it was taken."""
    outcome = CHARGE_RETRY.decide(at(state, kept, now), event, actor, now)
    return {refusal.code for refusal in outcome.refusals} if isinstance(outcome, Refused) else set()
