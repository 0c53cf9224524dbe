"""The procedure most of these tests look at: a parcel's postage is paid, then a courier collects it.

It has every kind of state, money with a look-up, budgets, rules, roles, conditions and a move that stays.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal

from paystates.engine import (
    Action,
    Actor,
    Ask,
    Cancel,
    Due,
    End,
    Event,
    GaveUp,
    Memory,
    Moment,
    Move,
    Procedure,
    Request,
    Rule,
    Run,
    Snapshot,
    Unavailable,
    Verdict,
    Wait,
)

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
COURIER = Actor("kari", frozenset({"courier", "postal_clerk"}))
STRANGER = Actor("sven", frozenset({"visitor"}))


class Parcel(Memory):
    tries: int = 0
    notes: tuple[str, ...] = ()
    fragile: bool = False
    wrapped: bool = True
    open_from: datetime | None = None


class Paid(Event):
    kind: Literal["paid"] = "paid"


class Declined(Event):
    kind: Literal["declined"] = "declined"


class Lost(Event):
    kind: Literal["lost"] = "lost"
    unknown: ClassVar[bool] = True


class NotPaid(Event):
    kind: Literal["not_paid"] = "not_paid"


class Pay(Request[Paid | Declined | Lost]):
    kind: Literal["pay"] = "pay"
    moves_money: ClassVar[bool] = True
    attempt: int


class LookUp(Request[Paid | NotPaid]):
    kind: Literal["look_up"] = "look_up"
    looks_up: ClassVar[bool] = True


class Collect(Action):
    kind: Literal["collect"] = "collect"
    grams: int = 100


class Note(Action):
    kind: Literal["note"] = "note"
    text: str


def pay(memory: Parcel) -> Pay:
    return Pay(attempt=memory.tries + 1)


def look_up(memory: Parcel) -> LookUp:
    return LookUp()


def an_hour(memory: Parcel, now: datetime) -> datetime:
    return now + HOUR


def a_week(memory: Parcel, now: datetime) -> datetime:
    return now + WEEK


def tries_left(moment: Moment[Parcel, Event]) -> bool:
    return moment.memory.tries < 2


def is_fragile(moment: Moment[Parcel, Event]) -> bool:
    return moment.memory.fragile


def counts(memory: Parcel, event: Event, now: datetime) -> Parcel:
    return memory.model_copy(update={"tries": memory.tries + 1})


def notes(memory: Parcel, event: Note, now: datetime) -> Parcel:
    return memory.model_copy(update={"notes": (*memory.notes, event.text)})


def closed(moment: Moment[Parcel, Event]) -> Mapping[str, object] | None:
    opens = moment.memory.open_from
    return None if opens is None or opens <= moment.now else {"opens": f"{opens:%H:%M}"}


def unwrapped(moment: Moment[Parcel, Event]) -> Mapping[str, object] | None:
    return None if moment.memory.wrapped else {}


def heavy(moment: Moment[Parcel, Collect]) -> Mapping[str, object] | None:
    return {"grams": moment.event.grams} if moment.event.grams > 1000 else None


CLOSED = Rule("CLOSED", closed, "The office opens at {opens}.", "Come back after {opens}.", "notice board")
UNWRAPPED = Rule("UNWRAPPED", unwrapped, "It is fragile and not wrapped.", "Wrap it.", "P1")
HEAVY = Rule("HEAVY", heavy, "{grams} g is too heavy.", "Bring a van.", "P2", reads_event=True)

STATES = {
    "paying": Run(Pay, pay, "Pays the postage"),
    "checking": Run(LookUp, look_up, "Looks up whether it was paid"),
    "pausing": Wait(an_hour, "Waits an hour"),
    "waiting": Ask("the courier", a_week, "Waits for the courier"),
    "collected": End(Verdict.DONE, "Collected"),
    "returned": End(Verdict.FAILED, "Returned to the sender"),
    "cancelled": End(Verdict.CANCELLED, "Cancelled"),
}
BY_COURIER = frozenset({"courier"})
MOVES = (
    Move(Paid, ("paying", "checking"), "waiting"),
    Move(Declined, "paying", "pausing", when=tries_left, remember=counts),
    Move(Declined, "paying", "returned"),
    Move(Lost, "paying", "checking"),
    Move(Unavailable, "paying", "checking"),
    Move(NotPaid, "checking", "pausing", when=tries_left, remember=counts),
    Move(NotPaid, "checking", "returned"),
    Move(Unavailable, "checking", "pausing", when=tries_left, remember=counts),
    Move(Unavailable, "checking", "returned"),
    Move(Due, "pausing", "paying"),
    Move(Collect, "waiting", "collected", when=is_fragile, given=(UNWRAPPED, CLOSED, HEAVY), by=BY_COURIER),
    Move(Collect, "waiting", "collected", given=(CLOSED, HEAVY), by=BY_COURIER),
    Move(Note, ("waiting", "pausing"), None, remember=notes),
    Move(GaveUp, "waiting", "returned"),
    Move(Cancel, ("pausing", "waiting"), "cancelled"),
)


def declare(**changes: Any) -> Procedure[Any]:
    """The procedure, or one that differs from it in the parts given."""
    parts: dict[str, Any] = {
        "name": "parcel",
        "version": 1,
        "memory": Parcel,
        "initial": "paying",
        "states": STATES,
        "moves": MOVES,
    }
    return Procedure(**(parts | changes))


PARCEL: Procedure[Parcel] = declare()


def at(state: str, now: datetime = MONDAY, **memory: Any) -> Snapshot[Parcel]:
    """A parcel that has just come to a state, as its third visit."""
    due = {"pausing": now + HOUR, "waiting": now + WEEK}.get(state)
    return Snapshot(PARCEL.id, state, 3, Parcel(**memory), now, due)
