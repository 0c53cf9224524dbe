"""The in-memory driver: the same decisions, on a virtual clock, with the journal in the order in which it is kept."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

import pytest
from parcel import (
    COURIER,
    HOUR,
    MONDAY,
    MOVES,
    PARCEL,
    STRANGER,
    WEEK,
    Collect,
    Declined,
    Lost,
    Note,
    NotPaid,
    Paid,
    Parcel,
    declare,
)

from paystates.engine import HOUSE, Action, Answers, Cancel, Errand, Event, Move, Request, Step, Unavailable, Walk


class PayAgain(Action):
    kind: Literal["pay_again"] = "pay_again"


class Office:
    """A world that answers from a script, and whose effects keep the journal, as they do in the account book."""

    def __init__(self, *answers: Event) -> None:
        self.answers: Iterator[Event] = iter(answers)
        self.asked: list[Request] = []
        self.kept: list[Step] = []

    def answer(self, errand: Errand) -> Event:
        self.asked.append(errand.request)
        answer = next(self.answers)
        if not isinstance(answer, Unavailable):
            self.kept += errand.steps(answer)
        return answer

    def journal(self, subject: str, run: str, steps: tuple[Step, ...]) -> None:
        assert (subject, run) == ("parcel/7", "2")
        self.kept += steps


def walk(office: Office, **memory) -> Walk[Parcel]:
    return Walk(PARCEL, Parcel(**memory), office, MONDAY, "parcel/7", "2")


def test_it_goes_as_far_as_the_first_rest():
    """Requests are answered at once; a Wait or an Ask is where it stops."""
    resting = walk(Office(Lost(), Paid()))
    assert (resting.state, resting.due, resting.asks) == ("waiting", MONDAY + WEEK, "the courier")
    assert not resting.is_over


def test_requests_are_made_of_what_is_remembered():
    """The second try asks with the second attempt's number."""
    office = Office(Declined(), Paid())
    going = walk(office)
    assert going.asks is None
    going.travel(MONDAY + HOUR)
    assert [request.attempt for request in office.asked] == [1, 2]


def test_time_passes_through_every_due_instant_on_the_way():
    """Each step happens at the instant it was due, not when somebody looked."""
    office = Office(Declined(), Declined(), Paid())
    going = walk(office)
    going.travel(MONDAY + timedelta(days=30))
    assert going.state == "returned"
    assert [(step.kind, step.at - MONDAY) for step in going.steps] == [
        ("declined", timedelta(0)),
        ("due", HOUR),
        ("declined", HOUR),
        ("due", 2 * HOUR),
        ("paid", 2 * HOUR),
        ("gave_up", 2 * HOUR + WEEK),
    ]
    assert going.now == MONDAY + timedelta(days=30)


def test_time_does_not_move_what_is_not_due():
    """Just before the instant nothing happens; at the instant it does; time never runs backwards."""
    going = walk(Office(Declined(), Paid()))
    going.travel(MONDAY + HOUR - timedelta(seconds=1))
    assert going.state == "pausing"
    going.travel(MONDAY)
    assert going.now == MONDAY + HOUR - timedelta(seconds=1)
    going.travel(MONDAY + HOUR)
    assert going.state == "waiting"


def test_a_person_acts_now():
    """What is taken moves it; what is refused tells why, and is put down as well."""
    going = walk(Office(Paid()))
    assert [refusal.code for refusal in going.act(Collect(grams=9000), STRANGER)] == ["NOT_ALLOWED", "HEAVY"]
    assert going.act(Note(text="side door")) == ()
    assert going.act(Collect(), COURIER) == ()
    assert (going.state, going.is_over) == ("collected", True)
    assert [(step.actor, step.kind, step.accepted) for step in going.steps] == [
        (HOUSE.id, "paid", True),
        ("sven", "collect", False),
        (HOUSE.id, "note", True),
        ("kari", "collect", True),
    ]


def test_an_action_may_lead_to_a_request():
    """After a person's move it goes on by itself to the next rest."""
    again = declare(moves=[*MOVES, Move(PayAgain, "waiting", "paying")])
    going = Walk(again, Parcel(), Office(Paid(), Declined()), MONDAY, "parcel/7", "2")
    assert going.act(PayAgain()) == ()
    assert going.state == "pausing"


def test_the_journal_is_what_was_decided_in_order_and_once():
    """Whoever carries a step, an effect, a person or the end: the journal is the list of all decisions."""
    office = Office(Unavailable(detail="refused"), NotPaid(), Declined(), Paid())
    going = walk(office)
    going.travel(MONDAY + HOUR)
    assert going.state == "pausing"
    going.act(Note(text="patience"))
    going.travel(MONDAY + 2 * HOUR)
    going.travel(MONDAY + 3 * WEEK)
    assert going.state == "returned"
    assert office.kept == going.steps
    assert [step.sequence for step in office.kept] == list(range(1, 9))
    assert [step.kind for step in office.kept] == [
        "unavailable", "not_paid", "due", "declined", "note", "due", "paid", "gave_up",
    ]  # fmt: skip


def test_what_time_did_rides_with_the_effect_it_starts():
    """A due time writes nothing by itself: its row is kept together with the answer that follows."""
    office = Office(Declined(), Paid())
    going = walk(office)
    kept_before = len(office.kept)
    going.travel(MONDAY + HOUR)
    assert [step.kind for step in office.kept[kept_before:]] == ["due", "paid"]
    assert going.riding == ()


def test_what_no_effect_carried_rides_on():
    """`Unavailable` comes from no effect, so its row, and what rode with it, ride with the next one."""
    office = Office(Declined(), Unavailable(), Unavailable())
    going = walk(office)
    going.travel(MONDAY + HOUR)
    assert going.state == "pausing"
    assert [step.kind for step in office.kept] == ["declined"]
    assert [step.kind for step in going.riding] == ["due", "unavailable", "unavailable"]
    going.act(Note(text="odd"))
    assert office.kept == going.steps
    assert going.riding == ()


def test_an_end_leaves_nothing_riding():
    """Also when the last step was carried by no effect."""
    office = Office(Unavailable(), Unavailable())
    going = walk(office, tries=2)
    assert going.state == "returned"
    assert office.kept == going.steps
    assert going.riding == ()


def test_an_answer_that_the_request_does_not_name_is_an_error():
    """A world that answers the wrong thing would be asked for ever."""
    with pytest.raises(ValueError, match="pay cannot be answered with not_paid"):
        walk(Office(NotPaid()))


def test_the_simplest_world_is_a_function():
    """It keeps no journal: the walk's own steps are the journal."""
    going = Walk(PARCEL, Parcel(), Answers(lambda request: Paid()), MONDAY)
    assert (going.subject, going.run) == ("walk", "1")
    assert going.act(Cancel()) == ()
    assert [step.kind for step in going.steps] == ["paid", "cancel"]


def test_it_asks_the_world_only_when_it_is_told_to():
    """So that several can be made to race: one step is one question."""
    office = Office(Lost(), Paid())
    racing = Walk(PARCEL, Parcel(), office, MONDAY, "parcel/7", "2", stepwise=True)
    assert office.asked == []
    assert racing.step()
    assert len(office.asked) == 1
    while racing.step():
        pass
    assert (racing.state, len(office.asked)) == ("waiting", 2)
