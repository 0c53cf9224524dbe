"""The functions that the declaration of charge-retry names: requests, instants, conditions and what is remembered. All pure.

Their names are what the diagram and the fingerprint show, so each says in its first sentence what it means.
"""

from datetime import datetime, timedelta

from domain.accounts import Initiator
from domain.decline_table import Category
from domain.ledger import Ended
from paystates.engine import Event, GaveUp, Moment
from states import debts as ask
from states import rules
from states.retry_messages import DetailsUpdated, Hold, Memory, MethodReplaced, ProviderNotified, RetryNow, WriteOff

LOOK_UP_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, *[1440] * 9))
"""How long to wait before each further look-up; then an operator is asked."""

RECOVER_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, *[360] * 40))
"""How long to wait before the book is asked again when it could not be reached; then an operator is asked."""

CLEARING_SLACK = timedelta(hours=1)
ATTENTION = timedelta(days=14)
"""How long an operator is waited for before the last look-up, and again after it."""


# Requests made of memory.


def open_debt(memory: Memory) -> ask.OpenDebt:
    """Read the debt, minding an attempt the provider told us about, and the dates that passed during a hold."""
    return ask.OpenDebt(invoice=memory.invoice, hint=memory.hint, resumed=memory.resumed)


def charge(memory: Memory) -> ask.Charge:
    """The next slot's attempt, with the method that is bound when it fires."""
    return ask.Charge(
        invoice=memory.invoice,
        attempt=memory.open_attempt or 1,
        slot=memory.debt.next_slot if memory.debt else None,
        automatic=memory.automatic,
        initiator=memory.initiator,
    )


def look_up(memory: Memory) -> ask.LookUp:
    """What became of the attempt that is open, or of the one the provider told us about."""
    attempt = memory.hint or memory.open_attempt or 1
    return ask.LookUp(invoice=memory.invoice, attempt=attempt, expire=memory.expire)


def skip_slot(memory: Memory) -> ask.SkipSlot:
    """Use up the next slot."""
    slot = memory.debt.next_slot if memory.debt and memory.debt.next_slot is not None else 0
    return ask.SkipSlot(invoice=memory.invoice, slot=slot)


def write_off_debt(memory: Memory) -> ask.WriteOffDebt:
    """Write off the rest."""
    return ask.WriteOffDebt(invoice=memory.invoice, reason=memory.reason)


def close_debt(memory: Memory) -> ask.CloseDebt:
    """End the attempts."""
    return ask.CloseDebt(invoice=memory.invoice)


# Instants computed on entry.


def next_slot(memory: Memory, now: datetime) -> datetime:
    """The next slot, as the book said."""
    return memory.debt.next_at if memory.debt and memory.debt.next_at else now


def window_end(memory: Memory, now: datetime) -> datetime:
    """The end of the debt's window."""
    return memory.debt.window_ends if memory.debt else now


def deadline(memory: Memory, now: datetime) -> datetime:
    """What the answer named: until when the customer may authenticate, or when the bank's result is due."""
    return memory.until or now


def after_expected(memory: Memory, now: datetime) -> datetime:
    """A little after the bank's result is due, at the earliest in a day when it is overdue already."""
    expected = deadline(memory, now) + CLEARING_SLACK
    return expected if expected > now else now + timedelta(days=1)


def next_look(memory: Memory, now: datetime) -> datetime:
    """Look-ups become rarer."""
    return now + LOOK_UP_AFTER[min(memory.look_ups, len(LOOK_UP_AFTER)) - 1]


def next_try(memory: Memory, now: datetime) -> datetime:
    """Tries to reach the book become rarer."""
    return now + RECOVER_AFTER[min(memory.tries, len(RECOVER_AFTER)) - 1]


def two_weeks(memory: Memory, now: datetime) -> datetime:
    """How long an operator is waited for."""
    return now + ATTENTION


# Conditions.


def on_hold(moment: Moment[Memory, Event]) -> bool:
    """An operator holds the retries."""
    return moment.memory.held


def charges_new_method(moment: Moment[Memory, ask.Opened]) -> bool:
    """A method was bound or corrected, and not tried since; somebody asked to charge it at once (U6), or no slot is left.

    Not while the bank or the network asked to wait: then the next slot charges it, which the wait has moved.
    """
    memory, debt = moment.memory, moment.event.debt
    no_slot = debt.next_at is None and not debt.manual
    may_be_charged = debt.chargeable and not debt.tried and (debt.not_before is None or debt.not_before <= moment.now)
    return may_be_charged and (memory.charge_now or (memory.rebound and no_slot))


def must_read_again(moment: Moment[Memory, ask.Declined | ask.Postponed]) -> bool:
    """The retries are held, a method was bound or corrected while the attempt was open, or nothing is owed any more (law 6)."""
    memory = moment.memory
    return memory.held or memory.charge_now or memory.rebound or moment.event.debt.balance <= 0


def asked_of_another(moment: Moment[Memory, Event]) -> bool:
    """It was another attempt that the provider had spoken of: what became of the one under way is asked next."""
    memory = moment.memory
    return memory.open_attempt is not None and memory.hint not in {None, memory.open_attempt}


def no_attempt_known(moment: Moment[Memory, Event]) -> bool:
    """It was the book that could not be reached, or another procedure's attempt: the book is what is asked again."""
    return not moment.memory.attempt_under_way


def asked_last(moment: Moment[Memory, GaveUp]) -> bool:
    """The last look-up has been made."""
    return moment.memory.asked_last


def no_asides_left(moment: Moment[Memory, ask.Postponed]) -> bool:
    """Another procedure's attempt has stood open as long as an outcome of our own would be looked up (U3)."""
    return moment.event.aside and moment.memory.asides >= len(LOOK_UP_AFTER)


def paid_by_hand(moment: Moment[Memory, ask.Opened | ask.Declined | ask.Postponed | ask.MethodNeeded]) -> bool:
    """Recurring billing is off and a billing profile pays: each period is paid by hand (G68)."""
    return moment.event.debt.manual


def no_slot_left(moment: Moment[Memory, ask.Opened | ask.Declined | ask.Postponed | ask.NotCharged]) -> bool:
    """The plan has no further date."""
    return moment.event.debt.next_at is None


def not_chargeable(moment: Moment[Memory, ask.Opened]) -> bool:
    """No method may be charged before one is bound or corrected."""
    return not moment.event.debt.chargeable


def hard(moment: Moment[Memory, ask.Declined]) -> bool:
    """The same method must not be charged again as it is (C9, G65)."""
    return moment.event.category in {Category.FIX, Category.NEVER} or not moment.event.debt.chargeable


def paid_in_full(moment: Moment[Memory, ask.Charged]) -> bool:
    """Nothing is owed any more."""
    return moment.event.debt.balance <= 0


def collected_before(moment: Moment[Memory, ask.NothingDue]) -> bool:
    """A charge of an earlier run of these retries paid it, or one whose result was never heard."""
    return moment.event.collected


def voided(moment: Moment[Memory, ask.NothingDue]) -> bool:
    """The invoice was voided."""
    return moment.event.ended is Ended.VOIDED


def given_up(moment: Moment[Memory, ask.NothingDue]) -> bool:
    """The debt was written off."""
    return moment.event.ended is Ended.WRITTEN_OFF


def paid_otherwise(moment: Moment[Memory, ask.NothingDue]) -> bool:
    """The debt was paid or credited by other ways than this attempt."""
    return moment.event.ended in {Ended.PAID, Ended.CREDITED}


def look_ups_left(moment: Moment[Memory, Event]) -> bool:
    """The budget of look-ups is not used up."""
    return moment.memory.look_ups < len(LOOK_UP_AFTER)


def tries_left(moment: Moment[Memory, Event]) -> bool:
    """The budget of tries is not used up."""
    return moment.memory.tries < len(RECOVER_AFTER)


def by_customer(moment: Moment[Memory, RetryNow]) -> bool:
    """Somebody of the customer's asked: the networks count that apart."""
    return moment.actor.roles.isdisjoint(rules.OPERATORS)


# What is remembered.


def knows(memory: Memory, event: ask.Opened | ask.Skipped | ask.Closed, now: datetime) -> Memory:
    """The debt as it stands, and no attempt of ours on it. Whether another's still stands in the way, a slot will find out."""
    known = _heeded(_at_rest(memory, event.debt, memory.last))
    return known.model_copy(update={"asides": memory.asides, "asked_last": memory.asked_last and memory.asides > 0})


def charges_at_once(memory: Memory, event: ask.Opened, now: datetime) -> Memory:
    """The request to charge now is used up; the customer began it."""
    known = _heeded(_at_rest(memory, event.debt, memory.last))
    return _begin(known, Initiator.CUSTOMER, automatic=False)


def begins(memory: Memory, event: Event, now: datetime) -> Memory:
    """The plan's attempt begins."""
    return _begin(memory, Initiator.MERCHANT, automatic=True)


def begins_for_operator(memory: Memory, event: Event, now: datetime) -> Memory:
    """An operator's attempt begins: merchant-initiated."""
    return _begin(memory, Initiator.MERCHANT, automatic=False)


def begins_for_customer(memory: Memory, event: Event, now: datetime) -> Memory:
    """A customer's attempt begins."""
    return _begin(memory, Initiator.CUSTOMER, automatic=False)


def takes_money(memory: Memory, event: ask.Charged, now: datetime) -> Memory:
    """The attempt succeeded."""
    return _at_rest(memory, event.debt, f"attempt {event.attempt} charged")


def is_declined(memory: Memory, event: ask.Declined, now: datetime) -> Memory:
    """The attempt was declined."""
    return _at_rest(memory, event.debt, f"attempt {event.attempt} declined: {event.reason.value.replace('_', ' ')}")


def is_postponed(memory: Memory, event: ask.Postponed | ask.MethodNeeded, now: datetime) -> Memory:
    """Nothing was sent, and why. How often that was for another procedure's attempt is counted."""
    rests = _at_rest(memory, event.debt, event.why)
    aside = isinstance(event, ask.Postponed) and event.aside
    return rests.model_copy(update={"asides": memory.asides + 1, "asked_last": memory.asked_last}) if aside else rests


def is_not_charged(memory: Memory, event: ask.NotCharged, now: datetime) -> Memory:
    """The attempt took nothing."""
    return _at_rest(memory, event.debt, f"attempt {event.attempt} was not charged")


def clears(memory: Memory, event: ask.Clearing, now: datetime) -> Memory:
    """A bank debit is on its way."""
    last = f"attempt {event.attempt} is clearing"
    return _open(memory, event.attempt, event.expected_by, last)


def needs_authentication(memory: Memory, event: ask.ActionRequired, now: datetime) -> Memory:
    """The customer is asked to authenticate. The book has no other method than the attempt's, whatever was told of one."""
    return _heeded(_open(memory, event.attempt, event.until, f"attempt {event.attempt} needs authentication"))


def is_unknown(memory: Memory, event: Event, now: datetime) -> Memory:
    """What became of the attempt is not known."""
    return memory.model_copy(update={"attempt_under_way": True, "look_ups": 0, "last": "the outcome is unknown"})


def is_adopted(memory: Memory, event: ask.AttemptOpen, now: datetime) -> Memory:
    """An attempt found open in the book is looked up; whose debt it is may not have been known before."""
    return memory.model_copy(
        update={
            "debt": event.debt,
            "open_attempt": event.attempt,
            "attempt_under_way": True,
            "hint": None,
            "look_ups": 0,
            "tries": memory.tries + 1,
        }
    )


def counts_look_up(memory: Memory, event: Event, now: datetime) -> Memory:
    """One look-up more."""
    return memory.model_copy(update={"look_ups": memory.look_ups + 1})


def counts_try(memory: Memory, event: Event, now: datetime) -> Memory:
    """One try more to reach the book."""
    return memory.model_copy(update={"tries": memory.tries + 1})


def looks_afresh(memory: Memory, event: Event, now: datetime) -> Memory:
    """Begin again, with all budgets of look-ups."""
    return memory.model_copy(update={"look_ups": 0, "tries": 0, "asides": 0, "asked_last": False})


def asks_last(memory: Memory, event: GaveUp, now: datetime) -> Memory:
    """Nobody came: the budgets stay used up, but for one last time."""
    return memory.model_copy(update={"asked_last": True})


def expires(memory: Memory, event: Event, now: datetime) -> Memory:
    """What was not authenticated is cancelled."""
    return memory.model_copy(update={"expire": True, "look_ups": 0})


def minds_its_own(memory: Memory, event: Event, now: datetime) -> Memory:
    """The other attempt is written down; the one under way has yet to be closed, before anything else is done."""
    return memory.model_copy(update={"hint": None})


def forgets_attempt(memory: Memory, event: Event, now: datetime) -> Memory:
    """No attempt is open any more; the book says the rest."""
    return memory.model_copy(
        update={
            "open_attempt": None,
            "attempt_under_way": False,
            "hint": None,
            "expire": False,
            "look_ups": 0,
            "asked_last": False,
        }
    )


def is_over(memory: Memory, event: ask.NothingDue, now: datetime) -> Memory:
    """Nothing is owed: no attempt is open any more, and whose debt it was is known."""
    whose = {"account": event.account, "time_zone": event.time_zone}
    return forgets_attempt(memory, event, now).model_copy(update=whose)


def heeds(memory: Memory, event: ProviderNotified, now: datetime) -> Memory:
    """The provider named an attempt."""
    return memory.model_copy(update={"hint": event.attempt, "look_ups": 0})


def may_charge_now(memory: Memory, event: MethodReplaced | DetailsUpdated, now: datetime) -> Memory:
    """Whoever bound or corrected the method may have asked to charge it at once."""
    return memory.model_copy(update={"charge_now": event.charge_now, "rebound": True})


def may_charge_next(memory: Memory, event: MethodReplaced | DetailsUpdated, now: datetime) -> Memory:
    """The same; the authentication is given up if the book has another method or other details by now."""
    return memory.model_copy(update={"charge_now": event.charge_now, "rebound": True, "look_ups": 0})


def holds(memory: Memory, event: Hold, now: datetime) -> Memory:
    """The retries are held."""
    return memory.model_copy(update={"held": True})


def resumes(memory: Memory, event: Event, now: datetime) -> Memory:
    """The hold is over."""
    return memory.model_copy(update={"held": False, "resumed": True})


def gives_reason(memory: Memory, event: WriteOff, now: datetime) -> Memory:
    """Why it is written off."""
    return memory.model_copy(update={"reason": event.reason})


def _heeded(memory: Memory) -> Memory:
    return memory.model_copy(update={"charge_now": False, "rebound": False})


def _begin(memory: Memory, initiator: Initiator, *, automatic: bool) -> Memory:
    number = memory.debt.attempts + 1 if memory.debt else 1
    return memory.model_copy(
        update={"initiator": initiator, "automatic": automatic, "attempt_under_way": True, "open_attempt": number}
    )


def _open(memory: Memory, attempt: int, until: datetime, last: str) -> Memory:
    return memory.model_copy(
        update={
            "open_attempt": attempt,
            "attempt_under_way": True,
            "hint": None,
            "until": until,
            "last": last,
            "look_ups": 0 if memory.until != until else memory.look_ups + 1,
        }
    )


def _at_rest(memory: Memory, debt: ask.Debt, last: str) -> Memory:
    return memory.model_copy(
        update={
            "debt": debt,
            "open_attempt": None,
            "attempt_under_way": False,
            "hint": None,
            "expire": False,
            "resumed": False,
            "until": None,
            "look_ups": 0,
            "tries": 0,
            "asked_last": False,
            "asides": 0,
            "last": last,
        }
    )


def attributes(memory: Memory) -> dict[str, str | int]:
    """What people search retries by, and whom a retry concerns: the account, and the billing profile that pays."""
    debt = memory.debt
    if debt is None:
        return {} if memory.account is None else {"account": memory.account}
    profile = {} if debt.profile is None else {"profile": debt.profile}
    return {"account": debt.account, "attempt": debt.attempts, **profile}
