"""A data file is read strictly, and whoever wrote a fault is told the line, the field and what to do."""

from collections.abc import Iterator
from datetime import date
from typing import Literal

import pytest
from pydantic import BaseModel, Field, ValidationInfo, field_validator

from domain.data import Data, DataError, Place, Problem, load


class Cat(Data):
    kind: Literal["cat"]
    name: str


class Dog(Data):
    kind: Literal["dog"]
    name: str
    born: date | None = None


class Home(Data):
    city: str = "Oslo"
    rooms: int = Field(1, ge=1)
    animals: tuple[Cat | Dog, ...] = ()
    by_room: dict[int, str] = Field(default_factory=dict)

    @field_validator("city")
    @classmethod
    def is_known(cls, city: str, info: ValidationInfo) -> str:
        if city not in (info.context or {}).get("cities", [city]):
            raise ValueError(f"{city} is not on the map: draw it first")
        return city

    def faults(self) -> Iterator[tuple[Place, str]]:
        if len(self.animals) > self.rooms:
            yield ("animals", self.rooms), "has no room: add one"


class Kennel(Data):
    guests: tuple["Guest", ...]


class Guest(Data):
    pet: Cat | Dog = Field(discriminator="kind")


def problems_of(text: str, model: type[Data] = Home, context: dict[str, object] | None = None) -> list[str]:
    """What is wrong with the text; nothing, where it can be read."""
    try:
        load(text, model, "home.yaml", context)
    except DataError as error:
        refused = error
    else:
        return []
    assert str(refused).startswith("home.yaml cannot be used:\n  line ")
    return [str(problem) for problem in refused.problems]


def test_a_well_formed_file_is_read_into_its_model() -> None:
    home = load("city: Bergen\nrooms: 2\nanimals:\n  - {kind: dog, name: Rex, born: 2020-02-29}\n", Home, "home.yaml")
    assert home == Home(city="Bergen", rooms=2, animals=(Dog(kind="dog", name="Rex", born=date(2020, 2, 29)),))


def test_a_model_without_checks_of_its_own_will_do() -> None:
    class Plain(BaseModel):
        size: int

    assert load("size: 3", Plain, "plain.yaml").size == 3


def test_the_reader_may_hand_facts_to_the_checks() -> None:
    assert load("city: Bodø", Home, "home.yaml", {"cities": ["Bodø"]}).city == "Bodø"
    said = problems_of("city: Atlantis", context={"cities": ["Bodø"]})
    assert said == ["line 1, city: Atlantis is not on the map: draw it first"]


FAULTS = [
    ("", "line 1: the file is empty: write its fields"),
    ("# nothing\n", "line 1: the file is empty: write its fields"),
    ("city: " + "[" * 300 + "]" * 300, "line 1: it is nested too deeply: write it with fewer levels"),
    ("city: " + "[" * 100_000, "line 1: it is nested too deeply: write it with fewer levels"),
    ("- " * 300 + "x", "line 1: it is nested too deeply: write it with fewer levels"),
    ("rooms: 1\n city: Oslo", "line 2: this is not YAML as we read it: mapping values are not allowed"),
    ("a: 1\n---\na: 2", "line 2: this is not YAML as we read it: but found another document"),
    (
        "city: !!python/name:os.system x",
        "line 1: this is not YAML as we read it: could not determine a constructor",
    ),
    ("city: \x00", "line 1: this is not YAML as we read it: "),
    ("? [a, b]\n: 1", "line 1: this is not YAML as we read it: found unhashable key"),
    ("rooms: 1\nrooms: 2", "line 2, rooms: is given twice: keep one"),
    ("city: &c Oslo\nby_room: {1: *c}", "line 1, by_room.1: an alias repeats this value: write it out"),
    ("animals:\n  - &a {kind: cat, name: Pus}\n  - *a", "line 2, animals[1]: an alias repeats this value"),
    ("rooms: 1\ncity: 2026-02-30", "line 2, city: 2026-02-30 cannot be read: day is out of range for month"),
    ("- 1", "line 1: must be a valid dictionary or instance of Home, but it is [1]: correct it"),
    ("city: NO", "line 1, city: must be text, but YAML reads it as False: put it in quotes"),
    ("rooms: 0", "line 1, rooms: must be greater than or equal to 1, but it is 0: correct it"),
    ("rooms: 1\nstreet: Storgata", "line 2, street: is not a field of this file: remove it or correct its name"),
    ("rooms: 1\nby_room:\n  attic: cat", "line 3, by_room.attic: must be a valid integer"),
    ("animals:\n- {kind: cat, name: A}\n- {kind: cat, name: B}", "line 3, animals[1]: has no room: add one"),
]


def test_a_fault_is_told_with_line_field_and_remedy() -> None:
    told = {text: problems_of(text) for text, _ in FAULTS}
    assert len(told) == len(FAULTS)
    assert {text: told[text] for text, said in FAULTS if len(told[text]) != 1 or not told[text][0].startswith(said)} == {}


def test_a_form_may_have_no_checks_across_its_fields() -> None:
    assert load("guests: []", Kennel, "kennel.yaml") == Kennel(guests=())


def test_what_is_missing_is_looked_for_where_it_should_stand() -> None:
    said = problems_of("guests:\n  - pet:\n      kind: dog\n  - {}\n", Kennel)
    assert said == ["line 2, guests[0].pet.name: is missing: add it", "line 4, guests[1].pet: is missing: add it"]


def test_an_unknown_word_is_answered_with_the_known_ones() -> None:
    class Choice(Data):
        colour: Literal["red", "green"]

    assert problems_of("colour: blue", Choice) == ["line 1, colour: 'blue' is not known here: use 'red' or 'green'"]


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    said = problems_of("rooms: 0\nstreet: x\ncity: NO\n")
    assert [line.split(",")[0] for line in said] == ["line 1", "line 2", "line 3"]


def test_an_error_carries_its_problems_as_data() -> None:
    with pytest.raises(DataError) as error:
        load("rooms: 0", Home, "home.yaml")
    assert error.value.source_name == "home.yaml"
    assert error.value.problems == [Problem(1, "rooms", "must be greater than or equal to 1, but it is 0: correct it")]
