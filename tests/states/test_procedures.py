"""The registry of procedures: whoever is declared is registered, runs, and is started with fields that its memory has."""

import importlib
from pathlib import Path
from typing import Any, get_args

import pytest
from for_every import for_every

from paystates.engine import Procedure, kind_of
from paystates.orders import BadOrder, Refused, begin, read_action
from states.procedures import DECLARED, NEWEST, RELEASED, Declared, declared_of

STATES = Path(__file__).parents[2] / "states"


def test_every_declaration_is_registered() -> None:
    """A module with released versions that nobody registered would be declared in vain."""
    modules = [importlib.import_module(f"states.{file.stem}") for file in STATES.glob("*.py") if file.stem != "__init__"]
    declared = {
        id(version)
        for module in modules
        if module.__name__ != "states.procedures"
        for version in getattr(module, "RELEASED", {}).values()
    }
    assert declared == {id(version) for version in RELEASED.values()}


@for_every(DECLARED)
def test_an_entry_fits_its_declaration(name: str) -> None:
    """What a starter may set is remembered, the id is made of it, and every action may be sent."""
    one = DECLARED[name]
    assert one.name == name
    assert NEWEST[name] is one.newest
    assert set(one.may_set) <= one.memory.model_fields.keys()
    sent = {kind_of(action) for action in get_args(get_args(one.action)[0])}
    assert sent == one.newest.actions.keys()


def test_what_remembers_refusals_tells_them_with_an_end_that_they_caused() -> None:
    """Else whoever is told only of the end, as by a web hook, is not told why."""
    for one in RELEASED.values():
        assert (one.reasons is not None) is ("refusals" in one.memory.model_fields), one.id


@pytest.mark.parametrize(
    ("name", "data", "subject"),
    [
        ("charge-retry", {"invoice": "F-1"}, "charge-retry/F-1"),
        ("replace-all", {"method": "visa", "actor": "ida"}, "replace-all/visa"),
        ("add-method", {"account": "acme", "request": "r/1", "actor": "ida"}, "add-method/acme/r/1"),
        ("settle-balance", {"method": "visa", "actor": "ida"}, "settle-balance/visa"),
        ("settle-balance", {"method": "visa", "invoice": "F-1", "actor": "ida"}, "settle-balance/visa/F-1"),
    ],
)
def test_an_id_is_made_of_what_a_procedure_is_about_and_says_it_again(name: str, data: dict[str, str], subject: str) -> None:
    """Ids by subject (design, 6)."""
    assert begin(name, data).subject == subject
    about = {field: value for field, value in data.items() if field != "actor"}
    assert DECLARED[name].data_of(subject.removeprefix(f"{name}/")) == about
    assert declared_of(subject) is DECLARED[name]


def test_an_id_of_no_procedure_belongs_to_none() -> None:
    assert declared_of("dance/1") is None


def test_the_newest_version_is_the_highest() -> None:
    """New procedures start with it, whatever the order in which versions are kept."""
    first = NEWEST["charge-retry"]
    second: Procedure[Any] = Procedure(
        name=first.name, version=2, memory=first.memory, initial=first.initial, states=first.states, moves=first.moves
    )
    kept = Declared({second.id: second, first.id: first}, DECLARED["charge-retry"].action, ("invoice",))
    assert kept.newest is second


def test_what_is_remembered_on_the_way_cannot_be_given_at_the_start() -> None:
    """A starter makes choices; what has happened is not his to say."""
    with pytest.raises(BadOrder, match="moved: replace-all is not started with that"):
        begin("replace-all", {"method": "visa", "actor": "ida", "moved": 3})


@pytest.mark.parametrize("where", [{"chosen": "4242" * 4}, {"new": {"token": "t", "number": "1"}}, {"new": [{"number": 1}]}])
def test_a_number_anywhere_is_refused(where: dict[str, Any]) -> None:
    """By its digits or by the name of its field (G20, law 6)."""
    with pytest.raises(Refused) as refused:
        begin("replace-all", {"method": "visa", "actor": "ida", **where})
    assert [one.code for one in refused.value.refusals] == ["NUMBER_IMMUTABLE"]


def test_an_action_of_another_procedure_is_malformed_here() -> None:
    """Each procedure has its own union of actions."""
    assert read_action({"kind": "confirm"}, "replace-all/visa").kind == "confirm"
    with pytest.raises(BadOrder):
        read_action({"kind": "confirm"}, "charge-retry/F-1")
    with pytest.raises(BadOrder, match="there is no procedure 'dance'"):
        read_action({"kind": "confirm"}, "dance/1")
