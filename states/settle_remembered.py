"""What a settlement remembers of each event. The conditions stand in `settle_functions`."""

from datetime import datetime

from paystates.engine import Action, Actor, Event, Refusal
from states import adding, methods, results, rules
from states import settling as ask
from states.rules.judging import judge
from states.settle_functions import SENDS, Memory, against_choice, against_start


def sees_why_not(memory: Memory, event: ask.BalanceRead, now: datetime) -> Memory:
    """The balance, and every reason against the start or the choice."""
    against = (
        against_start(memory, event, now)
        or against_choice(memory, event, now)
        or memory.refusals
        or (results.NOTHING_CHOSEN.refusal(),)
    )
    seen = _sees(memory, event)
    return seen.model_copy(update={"agreed": False, "refusals": against, "last": _told(against)})


def drops_choice(memory: Memory, event: ask.BalanceRead, now: datetime) -> Memory:
    """What was chosen may not be charged: the reasons, and the question again."""
    return sees_why_not(memory, event, now).model_copy(update={"chosen": None})


def sees_bills(memory: Memory, event: ask.BalanceRead, now: datetime) -> Memory:
    """What is due, and what each currency would be charged with what is chosen."""
    bills = event.picture.bills(memory.chosen) if memory.chosen else ()
    return _sees(memory, event).model_copy(update={"bills": bills, "agreed": False, "tries": 0})


def _sees(memory: Memory, event: ask.BalanceRead) -> Memory:
    """The balance, and the roles that whoever started it has now: what may be chosen is told by them."""
    return memory.model_copy(update={"picture": event.picture, "roles": tuple(sorted(event.roles))})


def sees_nothing_due(memory: Memory, event: ask.BalanceRead, now: datetime) -> Memory:
    """That nothing is due, and what is due elsewhere as far as this person may know: the reasons why there is nothing to do."""
    why = judge(rules.WHY_NOTHING, event.picture, Actor(memory.actor, event.roles), now, chosen=memory.chosen)
    return sees_bills(memory, event, now).model_copy(update={"refusals": why, "last": _told(why)})


def takes_new(memory: Memory, event: methods.AddNew, now: datetime) -> Memory:
    """A new method is to be added, and chosen (G28)."""
    return memory.model_copy(update={"new": event.new, "refusals": (), "last": ""})


def is_added(memory: Memory, event: methods.Added, now: datetime) -> Memory:
    """It is on file, and chosen (G28). What is due is read again with it."""
    return adding.is_added(memory, event, now).model_copy(update={"picture": memory.picture})


def charges_at_once(memory: Memory, event: ask.BalanceRead, now: datetime) -> Memory:
    """All choices were made before, and none need be made again: the first currency is charged."""
    return _sends(sees_bills(memory, event, now), now)


def chooses(memory: Memory, event: methods.Choose, now: datetime) -> Memory:
    """What to pay with, and what that comes to."""
    bills = memory.picture.bills(event.method) if memory.picture else ()
    return memory.model_copy(update={"chosen": event.method, "bills": bills, "refusals": (), "last": ""})


def chooses_again(memory: Memory, event: Action, now: datetime) -> Memory:
    """Nothing is chosen, and nothing has changed."""
    return memory.model_copy(update={"chosen": None, "bills": ()})


def confirms(memory: Memory, event: Event, now: datetime) -> Memory:
    """Somebody has seen the amounts and the method: the first currency is charged."""
    return _sends(memory.model_copy(update={"unsent": 0}), now)


def charges_next(memory: Memory, event: Event, now: datetime) -> Memory:
    """The next currency is charged."""
    return _sends(memory, now)


def takes_money(memory: Memory, event: ask.Settled, now: datetime) -> Memory:
    """One currency is paid, and booked on each of its debts."""
    return _rests(memory).model_copy(
        update={
            "bills": memory.bills[1:],
            "paid": (*memory.paid, memory.bills[0]),
            "unsent": 0,
            "refusals": (),
            "last": f"{memory.bills[0].money} paid",
        }
    )


def must_choose_again(memory: Memory, event: ask.SettlementDeclined, now: datetime) -> Memory:
    """It was declined: somebody is asked what to pay with, and told why."""
    return _rests(memory).model_copy(
        update={
            "chosen": None,
            "confirmed": False,
            "bills": (),
            "refusals": (),
            "last": f"{memory.bills[0].money} declined: {event.reason.value.replace('_', ' ')}",
        }
    )


def must_confirm_again(memory: Memory, event: ask.NotSettled | ask.NeverSent, now: datetime) -> Memory:
    """Nothing was taken: it may be confirmed again as it is."""
    changed = {"confirmed": False, "bills": (), "unsent": 0, "refusals": (), "last": _not_charged(memory, event)}
    return _rests(memory).model_copy(update=changed)


def keeps_what_was_confirmed(memory: Memory, event: ask.NeverSent, now: datetime) -> Memory:
    """Nothing was ever sent: what was confirmed is charged with the next attempt, unless it is something else by then."""
    changed = {"agreed": True, "unsent": memory.unsent + 1, "refusals": (), "last": _not_charged(memory, event)}
    return _rests(memory).model_copy(update=changed)


def sees_other_amounts(memory: Memory, event: ask.BalanceMoved, now: datetime) -> Memory:
    """What is due is not what was read: whoever saw it confirms it anew. A start that confirmed it unseen meant all of it."""
    last = "another attempt was made meanwhile" if event.same else "what is due has changed"
    return _rests(memory).model_copy(update={"bills": (), "refusals": (), "last": last})


def is_refused(memory: Memory, event: methods.Conflicted, now: datetime) -> Memory:
    """A rule was found broken when the attempt was to be reserved; nothing was sent."""
    changed = {"chosen": None, "bills": (), "refusals": event.refusals, "last": _told(event.refusals)}
    return _rests(memory).model_copy(update=changed)


def clears(memory: Memory, event: ask.SettlementClearing, now: datetime) -> Memory:
    """A bank debit is on its way."""
    return _waits(memory, event.expected_by, f"{memory.bills[0].money} clearing")


def needs_authentication(memory: Memory, event: ask.MustAuthenticatePayment, now: datetime) -> Memory:
    """The customer is asked to authenticate."""
    return _waits(memory, event.until, f"{memory.bills[0].money} must be authenticated")


def is_unknown(memory: Memory, event: Event, now: datetime) -> Memory:
    """What became of the attempt is not known."""
    return memory.model_copy(update={"look_ups": 0, "last": "the outcome is unknown"})


def is_adopted(memory: Memory, event: ask.SettlementOpen, now: datetime) -> Memory:
    """An attempt found open in the book is looked up. Who confirmed what else is not known, so nothing is sent without asking."""
    asked = {"confirmed": False, "agreed": False, "adopted": True, "unsent": SENDS, "tries": 0}
    return _sends(memory.model_copy(update={"bills": (event.bill,), "chosen": event.bill.method, **asked}), now)


def adopts_payment(memory: Memory, event: ask.BalanceRead, now: datetime) -> Memory:
    """What a run before this one took goes on from here, as if it had just been paid."""
    assert event.paid is not None  # noqa: S101 - the move's condition says so
    sent = {"bills": (event.paid,), "using": event.paid.method, "adopted": True, "tries": 0}
    return takes_money(_sees(memory, event).model_copy(update=sent), ask.Settled(), now)


def counts_look_up(memory: Memory, event: Event, now: datetime) -> Memory:
    """One look-up more."""
    return memory.model_copy(update={"look_ups": memory.look_ups + 1})


def looks_afresh(memory: Memory, event: Event, now: datetime) -> Memory:
    """Begin again, with the whole budget of look-ups."""
    return memory.model_copy(update={"look_ups": 0, "asked_last": False})


def asks_last(memory: Memory, event: Event, now: datetime) -> Memory:
    """Nobody came: the budget stays used up, but for one last time."""
    return memory.model_copy(update={"asked_last": True})


def expires(memory: Memory, event: Event, now: datetime) -> Memory:
    """What was not authenticated is cancelled."""
    return memory.model_copy(update={"expire": True, "look_ups": 0})


def begins_binding(memory: Memory, event: Event, now: datetime) -> Memory:
    """Everything is paid: what used the declined method is bound to the one that paid last."""
    picture = event.picture if isinstance(event, ask.BalanceRead) else memory.picture
    total = picture.dependents.count if picture else 0
    changed = {"picture": picture, "chosen": memory.paid[-1].method, "stage": "moving", "total": total, "after": "", "tries": 0}
    return memory.model_copy(update=changed)


def _sends(memory: Memory, now: datetime) -> Memory:
    changed = {"using": memory.chosen, "attempt_under_way": True, "sent_at": now, "look_ups": 0, "refusals": (), "last": ""}
    return memory.model_copy(update=changed)


def _waits(memory: Memory, until: datetime, last: str) -> Memory:
    look_ups = 0 if memory.until != until else memory.look_ups + 1
    return memory.model_copy(update={"until": until, "last": last, "look_ups": look_ups})


def _rests(memory: Memory) -> Memory:
    return memory.model_copy(
        update={"attempt_under_way": False, "until": None, "expire": False, "look_ups": 0, "asked_last": False}
    )


def _not_charged(memory: Memory, event: ask.NotSettled | ask.NeverSent) -> str:
    return f"{memory.bills[0].money} not charged: {event.why}"


def _told(refusals: tuple[Refusal, ...]) -> str:
    return " ".join(refusal.sentence for refusal in refusals)
