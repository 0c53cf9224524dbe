"""What is kept of a decision, and by whom."""

from dataclasses import replace
from itertools import product
from typing import ClassVar, Literal

import pytest
from parcel import (
    COURIER,
    HOUR,
    MONDAY,
    PARCEL,
    STRANGER,
    Collect,
    Declined,
    LookUp,
    Lost,
    NotPaid,
    Paid,
    Pay,
    Unavailable,
    at,
)
from pydantic import TypeAdapter

from paystates.engine import (
    HOUSE,
    Action,
    Cancel,
    Due,
    Effects,
    Errand,
    Event,
    GaveUp,
    Procedure,
    Refusal,
    Refused,
    Scope,
    Step,
    answered_before,
    step_of,
)


def errand(snapshot, riding: tuple[Step, ...] = ()) -> Errand[Pay]:
    return Errand(Pay(attempt=1), PARCEL, "parcel/7", "2", snapshot, 5, riding, MONDAY)


def test_a_step_says_who_when_what_and_where_to():
    """The event's fields are JSON data, its tag stands apart."""
    before = at("waiting")
    outcome = PARCEL.decide(before, Collect(grams=7), COURIER, MONDAY + HOUR)
    step = step_of(before, 5, Collect(grams=7), COURIER, MONDAY + HOUR, outcome)
    assert step == Step(
        5, MONDAY + HOUR, "parcel@1", "kari", "collect", {"grams": 7}, "waiting", "collected", roles=COURIER.roles
    )
    assert step.accepted


def test_a_step_has_roles_where_somebody_acted_and_names_the_order():
    """Time and the world have none. On the wire roles stand in order, so that the same step is the same bytes."""
    wire = TypeAdapter(Step)
    collected = step_of(at("waiting"), 5, Collect(), STRANGER, MONDAY, Refused(()), "order-1")
    assert (collected.roles, collected.order) == (STRANGER.roles, "order-1")
    assert step_of(at("pausing"), 4, Due(), HOUSE, MONDAY, Refused(())).roles is None
    many = replace(collected, roles=frozenset("dacb"))
    assert wire.dump_python(many, mode="json")["roles"] == ["a", "b", "c", "d"]
    assert wire.validate_json(wire.dump_json(many)) == many
    assert wire.validate_python({**wire.dump_python(collected), "roles": None}).roles is None


def test_an_errand_decides_once_for_each_answer():
    """The effect that writes the journal and the driver that goes on hold the same errand, and get the same decision."""
    asked = errand(replace(at("waiting"), state="paying"))
    answers = (Paid(), Declined(), Unavailable(detail="timeout"), Unavailable(detail="refused"))
    decided = {answer: asked.decision(answer) for answer in answers}
    for answer in reversed(answers):
        step, outcome = asked.decision(answer)
        assert (step, outcome) == (step_of(asked.snapshot, 5, answer, HOUSE, MONDAY, outcome), outcome)
        assert outcome == PARCEL.decide(asked.snapshot, answer, HOUSE, MONDAY)
        assert decided[answer] == (step, outcome)
        assert decided[answer][0] is step
        assert asked.steps(answer)[-1] is step


def test_a_refused_step_stays_and_keeps_its_reasons():
    """All of them."""
    before = at("waiting", open_from=MONDAY + HOUR)
    step = step_of(before, 5, Collect(), STRANGER, MONDAY, PARCEL.decide(before, Collect(), STRANGER, MONDAY))
    assert (step.source, step.target, step.accepted) == ("waiting", "waiting", False)
    assert [refusal.code for refusal in step.refusals] == ["NOT_ALLOWED", "CLOSED"]


@pytest.mark.parametrize(
    ("before", "event", "target", "told"),
    [
        (at("waiting"), GaveUp(), "returned", True),
        (at("waiting"), Cancel(), "cancelled", False),
        (at("waiting"), Collect(grams=7), "collected", False),
        (at("pausing"), Due(), "paying", False),
    ],
)
def test_a_step_to_an_end_that_nobody_wished_for_keeps_the_reasons(before, event, target, told):
    """It was taken all the same. What was once against one that is done, was cancelled or goes on is no reason."""
    against = (Refusal("CLOSED", "It is closed.", "Come on Monday."),)
    parcel = Procedure(
        name="parcel",
        version=1,
        memory=PARCEL.memory,
        initial=PARCEL.initial,
        states=PARCEL.states,
        moves=PARCEL.moves,
        reasons=lambda _: against,
    )
    step = step_of(before, 5, event, COURIER, MONDAY, parcel.decide(before, event, COURIER, MONDAY))
    assert (step.target, step.accepted) == (target, True)
    assert step.refusals == (against if told else ())


def test_an_effect_keeps_the_step_its_driver_decides():
    """An errand's steps are those that rode with it, then the answer's own, decided as the driver decides it."""
    due = step_of(at("pausing"), 4, Due(), HOUSE, MONDAY, PARCEL.decide(at("pausing"), Due(), HOUSE, MONDAY))
    kept, decided = {}, {}
    for answer, tries in product((Paid(), Declined(), Lost(), Unavailable(detail="timeout")), range(4)):
        before = at("paying", tries=tries)
        driver = step_of(before, 5, answer, HOUSE, MONDAY, PARCEL.decide(before, answer, HOUSE, MONDAY))
        kept[answer, tries] = errand(before, (due,)).steps(answer)
        decided[answer, tries] = (due, driver)
    assert len(decided) == 16
    assert kept == decided


@pytest.mark.parametrize(
    ("named", "scope"),
    [
        (None, Scope()),
        ({"tries": 3}, Scope()),
        ({"account": "kari", "tries": 3}, Scope("kari")),
        ({"profile": 7, "account": "kari"}, Scope("kari", "7")),
    ],
)
def test_a_scope_is_what_the_attributes_say_of_it(named, scope):
    """Other attributes are for those who search; a procedure may name none at all."""
    attributes = None if named is None else lambda _: named
    procedure = Procedure(
        name="parcel",
        version=1,
        memory=PARCEL.memory,
        initial=PARCEL.initial,
        states=PARCEL.states,
        moves=PARCEL.moves,
        attributes=attributes,
    )
    assert Scope.of(procedure, at("waiting").memory) == scope


def test_effects_find_the_function_of_a_request():
    """Registered by the request's type; the function itself is left as it was."""
    effects: Effects[str] = Effects()

    @effects.implements(Pay)
    def pay(desk: str, errand: Errand[Pay]) -> Paid | Declined:
        return Paid() if desk == "open" else Declined()

    assert effects.by_request == {Pay: pay}
    assert pay("open", errand(at("paying"))) == Paid()
    assert pay("closed", errand(at("paying"))) == Declined()


def test_a_request_is_implemented_once():
    """A second function for it is an error that names the first."""
    effects: Effects[str] = Effects()

    @effects.implements(LookUp)
    def look_up(desk: str, errand: Errand[LookUp]) -> NotPaid:
        return NotPaid()

    with pytest.raises(ValueError, match="LookUp is implemented already, by look_up"):
        effects.implements(LookUp)(look_up)
    assert look_up("", errand(at("paying"))) == NotPaid()


class Told(Action):
    kind: Literal["told"] = "told"
    secrets: ClassVar[frozenset[str]] = frozenset({"password"})
    password: str = ""
    reason: str = ""


def test_a_secret_is_not_written_down() -> None:
    """What an action declares as secret is in no row; the rest is."""
    step = step_of(at("waiting"), 1, Told(password="hush", reason="asked"), COURIER, MONDAY, Refused(()))
    assert step.event == {"reason": "asked"}


def written(**differences) -> Step:
    facts = {"sequence": 5, "at": MONDAY, "definition": "parcel@1", "actor": "paystates", "kind": "paid", "event": {}}
    return Step(**{**facts, "source": "asking", "target": "waiting", **differences})


def answered(row: Step | None, request) -> Event | None:
    asked = Errand(request, PARCEL, "parcel/7", "2", replace(at("waiting"), state="asking"), 5, (), MONDAY)
    return answered_before(row, asked)


def test_what_was_not_answered_is_asked():
    """No row, another state's, another kind of decision, a refusal; and what moves money is never answered from the journal."""
    found = {
        "no row": answered(None, LookUp()),
        "another state's": answered(written(source="elsewhere"), LookUp()),
        "another kind": answered(written(kind="collect"), LookUp()),
        "a refusal": answered(written(target="asking", refusals=(Refusal("NO", "No.", "None."),)), LookUp()),
        "moves money": answered(written(), Pay(attempt=1)),
    }
    assert found == dict.fromkeys(found)


def test_what_was_answered_is_not_done_again():
    """The same answer, from its row."""
    assert answered(written(), LookUp()) == Paid()
