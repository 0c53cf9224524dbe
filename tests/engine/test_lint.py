"""A declaration with a mistake cannot be constructed, and each mistake has its sentence."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

import pytest
from parcel import (
    CLOSED,
    MOVES,
    STATES,
    Collect,
    Declined,
    LookUp,
    Lost,
    NotPaid,
    Paid,
    Parcel,
    Pay,
    a_week,
    an_hour,
    declare,
    look_up,
    tries_left,
)

from paystates.engine import (
    Action,
    Ask,
    Cancel,
    DefinitionError,
    Due,
    End,
    Event,
    GaveUp,
    Moment,
    Move,
    Request,
    Rule,
    Run,
    Unavailable,
    Verdict,
    Wait,
)


def problems(**changes: Any) -> list[str]:
    """What is wrong with the parcel when these parts are declared so; nothing, where it can be declared."""
    try:
        declare(**changes)
    except DefinitionError as error:
        return error.problems
    return []


def without(*events: type[Event], source: str | None = None) -> list[Move]:
    """The parcel's moves but those on some events (from one source)."""
    return [move for move in MOVES if move.on not in events or (source is not None and source not in move.sources)]


def test_every_problem_is_told_at_once():
    """The error lists all sentences under the definition's id, and carries them as data."""
    with pytest.raises(DefinitionError) as error:
        declare(version=7, moves=without(Lost, GaveUp))
    assert error.value.problems == ["“paying” does not handle Lost.", "“waiting” does not handle GaveUp."]
    assert str(error.value) == (
        "parcel@7 is not well defined:\n- “paying” does not handle Lost.\n- “waiting” does not handle GaveUp."
    )


# Names and tags.


def test_the_initial_state_is_a_state():
    assert problems(initial="start") == ["The initial state “start” is not among the states."]


def test_a_move_names_states_that_exist():
    """Where it starts from, and where it leads."""
    assert problems(moves=[*MOVES, Move(Cancel, "lost", "nowhere")]) == [
        "A move on Cancel names the state “lost”, which is not among the states.",
        "A move on Cancel names the state “nowhere”, which is not among the states.",
    ]


def test_a_move_starts_somewhere():
    assert problems(moves=[*MOVES, Move(Paid, (), "waiting", given=(CLOSED,))]) == ["A move on Paid starts from no state."]


class Untagged(Action):
    pass


class TwoTags(Action):
    kind: Literal["one", "two"] = "one"


class OtherDefault(Action):
    kind: Literal["one"] = "two"  # type: ignore[assignment]  # this is the mistake


class NoDefault(Action):
    kind: Literal["one"]


class NumberTag(Action):
    kind: Literal[1] = 1  # type: ignore[assignment]  # this is the mistake


def test_an_event_has_one_literal_tag_as_its_default():
    """Its type is the trigger, so the tag must be told by the type, and every instance must bear it."""
    mistakes = [Untagged, TwoTags, OtherDefault, NoDefault, NumberTag]
    assert {event: problems(moves=[*MOVES, Move(event, "waiting", None)]) for event in mistakes} == {
        event: [f'{event.__name__} has no tag: give it kind: Literal["…"] = "…".'] for event in mistakes
    }


class PaidAgain(Action):
    kind: Literal["paid"] = "paid"


def test_two_events_do_not_share_a_tag():
    assert problems(moves=[*MOVES, Move(PaidAgain, "waiting", None)]) == ["Paid and PaidAgain share the tag “paid”."]


class UntaggedRequest(Request[Paid]):
    pass


class PayTwin(Request[Paid | NotPaid]):
    kind: Literal["look_up"] = "look_up"


class NamesNothing(Request):  # type: ignore[type-arg]  # this is the mistake
    kind: Literal["names_nothing"] = "names_nothing"


class NamesNumbers(Request[Paid | int]):
    kind: Literal["names_numbers"] = "names_numbers"


class NamesAnnotated(Request[Annotated[Paid | NotPaid, "either"]]):
    kind: Literal["names_annotated"] = "names_annotated"


WRONG_REQUESTS = {
    UntaggedRequest: 'UntaggedRequest has no tag: give it kind: Literal["…"] = "…".',
    PayTwin: "LookUp and PayTwin share the tag “look_up”.",
    NamesNothing: "NamesNothing does not name its answers: derive it from Request[OneAnswer | Another].",
    NamesNumbers: "NamesNumbers names <class 'int'> as an answer, which is no event.",
    NamesAnnotated: (
        "NamesAnnotated names typing.Annotated[parcel.Paid | parcel.NotPaid, 'either'] as an answer, which is no event."
    ),
}


def test_a_request_has_a_tag_of_its_own_and_names_its_answers():
    """The tag is the activity's name, and the answers are what totality is checked against."""
    found = {request: problems(states=STATES | {"more": Run(request, look_up, "More")}) for request in WRONG_REQUESTS}
    assert found == {request: [sentence] for request, sentence in WRONG_REQUESTS.items()}


# Functions.


def three(memory: Parcel, event: Event, now: datetime) -> Any: ...
def one(memory: Parcel) -> Any: ...
def by_keyword(*, memory: Parcel) -> Any: ...
def any_number(*arguments: object) -> Any: ...
def with_default(memory: Parcel, now: datetime | None = None) -> Any: ...


WRONG_FUNCTIONS = [
    (
        {"states": STATES | {"checking": Run(LookUp, three, "Asks")}},
        "The ask of “checking” (three) is called with one argument: missing a required argument: 'event'.",
    ),
    (
        {"states": STATES | {"checking": Run(LookUp, by_keyword, "Asks")}},
        "The ask of “checking” (by_keyword) is called with one argument: too many positional arguments.",
    ),
    (
        {"states": STATES | {"pausing": Wait(one, "Waits")}},
        "The until of “pausing” (one) is called with two arguments: too many positional arguments.",
    ),
    (
        {"states": STATES | {"waiting": Ask("the courier", one, "Waits")}},
        "The until of “waiting” (one) is called with two arguments: too many positional arguments.",
    ),
    (
        {"moves": [*MOVES, Move(Cancel, "paying", "cancelled", when=three)]},
        (
            "The when of the move on Cancel from “paying” (three) is called with one argument: "
            "missing a required argument: 'event'."
        ),
    ),
    (
        {"moves": [*MOVES, Move(Cancel, ("paying", "checking"), "cancelled", remember=one)]},
        (
            "The remember of the move on Cancel from “paying” and “checking” (one) is called with three arguments: "
            "too many positional arguments."
        ),
    ),
    (
        {"moves": [*MOVES, Move(Cancel, "paying", "cancelled", given=(Rule("BAD", three, "", "", ""),))]},
        "The check of the rule BAD (three) is called with one argument: missing a required argument: 'event'.",
    ),
    (
        {"headline": three},
        "The headline function is called with one argument: missing a required argument: 'event'.",
    ),
    (
        {"attributes": three},
        "The attributes function is called with one argument: missing a required argument: 'event'.",
    ),
    (
        {"story": one},
        "The story function is called with three arguments: too many positional arguments.",
    ),
    (
        {"reasons": three},
        "The reasons function is called with one argument: missing a required argument: 'event'.",
    ),
]


def test_a_function_takes_what_it_is_called_with():
    """A wrong signature is found when the procedure is declared, not weeks later when a deadline passes."""
    found = {sentence: problems(**changes) for changes, sentence in WRONG_FUNCTIONS}
    assert found == {sentence: [sentence] for _, sentence in WRONG_FUNCTIONS}


def test_defaults_and_any_number_of_arguments_are_fine():
    """What matters is that it can be called, not how it is written."""
    declare(states=STATES | {"pausing": Wait(any_number, "Waits"), "checking": Run(LookUp, with_default, "Asks")})


def test_the_same_mistake_is_told_once():
    """A rule that two moves share has one problem."""
    bad = Rule("BAD", three, "", "", "")
    moves = [*MOVES, Move(Cancel, "paying", "cancelled", given=(bad,)), Move(Cancel, "checking", None, given=(bad,))]
    assert len(problems(moves=moves)) == 1


@pytest.mark.parametrize("nameless", [lambda moment: True, partial(one)])
def test_a_condition_has_a_name(nameless):
    """The diagram shows it."""
    assert problems(moves=[*MOVES, Move(Cancel, "paying", "cancelled", when=nameless)]) == [
        (
            "The when of the move on Cancel from “paying” has no name: "
            "use a named function, the diagram and the fingerprint show it."
        )
    ]


# Moves.


@pytest.mark.parametrize(("event", "source"), [(Lost, "paying"), (Due, "pausing"), (GaveUp, "waiting")])
def test_a_result_must_lead_on(event, source):
    """A due instant that has passed would be due again at once, and an answer would be asked for under the same stamp."""
    found = problems(moves=[*without(event), Move(event, source, None)])
    assert (
        f"The move on {event.__name__} from “{source}” stays, but a result must lead on: "
        "what was asked or waited for there is over."
    ) in found


@pytest.mark.parametrize("guard", [{"given": (CLOSED,)}, {"by": frozenset({"courier"})}])
def test_a_result_cannot_be_refused(guard):
    """Neither by a rule nor for want of a role: the world has answered, and time has passed."""
    results = [(Lost, "paying", "checking"), (Due, "pausing", "paying"), (GaveUp, "waiting", "returned")]
    assert {event: problems(moves=[*without(event), Move(event, source, to, **guard)]) for event, source, to in results} == {
        event: [
            (
                f"The move on {event.__name__} from “{source}” has a rule or a role, "
                "but a result cannot be refused: use a condition."
            )
        ]
        for event, source, _ in results
    }


def test_nothing_leaves_an_end():
    assert problems(moves=[*MOVES, Move(Cancel, "collected", "cancelled")]) == [
        "A move on Cancel leaves “collected”, which is an End."
    ]


def test_every_answer_and_every_due_time_is_handled():
    """A request's answers, the one that comes when it cannot be carried out, and the time events of Wait and Ask."""
    come = [(Lost, "paying"), (Unavailable, "paying"), (Due, "pausing"), (GaveUp, "waiting")]
    assert {event: problems(moves=without(event, source=source)) for event, source in come} == {
        event: [f"“{source}” does not handle {event.__name__}."] for event, source in come
    }


def test_the_last_move_on_a_result_has_no_condition():
    """Otherwise the result could be refused."""
    moves = [move for move in MOVES if not (move.on is Declined and move.when is None)]
    assert problems(moves=moves) == ["“paying” may be left without a move on Declined: its last move has a condition."]


def test_only_events_that_can_come_are_handled():
    """An answer that the request does not name, or a due time where nothing is due, is a mistake."""
    assert problems(moves=[*MOVES, Move(NotPaid, "paying", "returned"), Move(Due, "waiting", "returned")]) == [
        "“paying” handles NotPaid, which never comes there.",
        "“waiting” handles Due, which never comes there.",
    ]


def test_no_move_is_shadowed():
    assert problems(moves=[*MOVES, Move(Collect, "waiting", "returned", when=tries_left)]) == [
        "A move on Collect from “waiting” is never tried: one before it has no condition."
    ]


def test_every_state_can_be_reached():
    assert problems(states=STATES | {"island": End(Verdict.DONE, "Nobody comes here")}) == ["“island” cannot be reached."]


def test_a_state_that_is_no_end_has_a_way_out():
    """A move that stays is no way out."""
    moves = [*without(GaveUp, Collect, source="waiting"), Move(GaveUp, "waiting", None)]
    moves = [move for move in moves if move.on is not Cancel]
    assert "“waiting” is a dead end: no move leaves it, and it is not an End." in problems(
        moves=moves, states={name: state for name, state in STATES.items() if name not in {"collected", "cancelled"}}
    )


def test_every_state_can_reach_an_end():
    """Two states that only lead to each other are a trap."""
    states = {
        "asking": Ask("somebody", a_week, "Asks"),
        "waiting": Wait(an_hour, "Waits"),
        "over": End(Verdict.DONE, "Over"),
    }
    moves = [
        Move(Cancel, "asking", "waiting"),
        Move(GaveUp, "asking", "waiting", when=tries_left),
        Move(GaveUp, "asking", "waiting"),
        Move(Due, "waiting", "asking"),
    ]
    assert problems(initial="asking", states=states, moves=moves) == [
        "“asking” can reach no End.",
        "“waiting” can reach no End.",
        "“over” cannot be reached.",
    ]


# Money.


@pytest.mark.parametrize("to", ["returned", "paying", None])
@pytest.mark.parametrize("event", [Lost, Unavailable])
def test_an_unknown_outcome_leads_to_a_look_up(event, to):
    """Money that may have moved is neither given up, nor sent again, before it has been looked up (law 3)."""
    sentence = (
        f"“paying” moves money: what happened is unknown on {event.__name__}, "
        f"so that must lead to a look-up, not to “{to or 'paying'}”."
    )
    assert sentence in problems(moves=[*without(event, source="paying"), Move(event, "paying", to)])


class PayByMail(Pay):
    """Derived: it moves money as well, and names the same answers."""

    kind: Literal["pay_by_mail"] = "pay_by_mail"  # type: ignore[assignment]  # a request of its own
    moves_money: ClassVar[bool] = False


def test_a_request_that_moves_nothing_may_lead_anywhere():
    """A derived request inherits its answers, and may say for itself whether it moves money."""
    states = STATES | {"paying": Run(PayByMail, one, "Pays")}
    declare(states=states, moves=[*without(Unavailable, source="paying"), Move(Unavailable, "paying", "returned")])


# Circles.


def test_a_circle_of_results_needs_a_condition():
    """Pausing and paying for ever is found, though each state can reach an End."""
    moves = [*without(Declined), Move(Declined, "paying", "pausing")]
    assert problems(moves=moves) == [
        "The circle “paying” → “pausing” → “paying” has no condition on it: it would run for ever. Give it a budget."
    ]


def test_a_circle_through_other_states_is_found_and_told_once():
    """Lost, not paid, paused, paid again: one circle of three, and no second sentence for the same states."""
    moves = [*without(NotPaid), Move(NotPaid, "checking", "pausing")]
    assert problems(moves=moves) == [
        (
            "The circle “paying” → “checking” → “pausing” → “paying” has no condition on it: "
            "it would run for ever. Give it a budget."
        )
    ]


@pytest.mark.parametrize("to", ["pausing", None])
def test_a_state_that_only_comes_back_to_itself_is_a_circle(to):
    moves = [*without(Due), Move(Due, "pausing", to), Move(Collect, "pausing", "collected")]
    assert problems(moves=moves)[-1:] == [
        "The circle “pausing” → “pausing” has no condition on it: it would run for ever. Give it a budget."
    ]


def seldom(moment: Moment[Parcel, Event]) -> bool:
    return False


def test_a_condition_on_the_way_out_is_enough():
    """A move without a condition that is only tried after one with a condition does not run for ever."""
    declare(
        moves=[
            *without(Declined),
            Move(Declined, "paying", "returned", when=seldom),
            Move(Declined, "paying", "pausing"),
        ]
    )


def test_a_circle_that_people_walk_is_no_circle():
    """Actions may come back as often as somebody wants."""
    declare(moves=[*MOVES, Move(PayNow, "waiting", "paying")])


class PayNow(Action):
    kind: Literal["pay_now"] = "pay_now"
