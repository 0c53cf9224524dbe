"""The board's languages: everything that it says, and every state of every procedure, can be said in Norwegian too."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from domain.method_fields import BANK_NETWORKS, CARD_NETWORKS
from paystates.engine import Ask
from paystates.front.languages import field, titled, word
from paystates.web import board
from paystates.web.api.accounts import AccountChange
from paystates.web.board.forms import fields_of
from paystates.web.board.render import _pages
from paystates.web.board.tongue import tongue
from states.procedures import DECLARED, NEWEST, RELEASED
from states.rules import norwegian_names as names
from states.rules.norwegian_words import PEOPLE, TITLES

NB = tongue("nb")
TEMPLATES = sorted(Path(board.__file__).parents[1].glob("templates/*.html.j2"))


def spoken() -> set[str]:
    """Every sentence that a template or a module of the board says."""
    found: set[str] = set()
    for file in TEMPLATES:
        for _, _, message in _pages.extract_translations(file.read_text(encoding="utf-8")):
            found |= set(message) if isinstance(message, tuple) else {message}
    for file in Path(board.__file__).parent.glob("*.py"):
        found |= set(re.findall(r'\.say\("([^"]+)"\)', file.read_text(encoding="utf-8")))
    return {one for one in found if one}


def test_everything_the_board_says_is_said_in_norwegian():
    plurals = {"%(num)s procedures", "%(num)s earlier rows", "%(num)s items pay with it"}
    assert spoken() - plurals - NB.words.keys() == set()


@pytest.mark.parametrize("definition", RELEASED)
def test_every_state_option_and_person_has_a_norwegian_name(definition):
    procedure = RELEASED[definition]
    states = procedure.states.values()
    assert {state.title for state in states if titled(state.title, "nb") == state.title} == set()
    assert {state.who for state in states if isinstance(state, Ask) and word(state.who, "nb") == state.who} == set()
    options = {option for model in procedure.actions.values() for each in fields_of(model) for option in each.options}
    networks = {*CARD_NETWORKS, *BANK_NETWORKS}
    assert {one for one in options if one not in networks and one.replace("_", " ") not in NB.words} == set()


def test_what_the_house_says_in_norwegian_is_not_said_twice():
    """Titles, people and verdicts are the rules' room's: a second wording beside it would be another one some day."""
    assert NB.words.keys() & {*TITLES, *PEOPLE} == set()


def test_every_procedure_has_a_norwegian_name():
    assert set(NEWEST) <= NB.words.keys()


def test_facts_stay_in_the_sentence():
    for english, forms in NB.words.items():
        for norwegian in forms:
            assert set(re.findall(r"%\(\w+\)s|\{\w+\}", norwegian)) == set(re.findall(r"%\(\w+\)s|\{\w+\}", english))


def test_instants_are_on_the_accounts_clock_in_the_words_of_the_language():
    instant = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert tongue("en").moment(instant, ZoneInfo("Europe/Oslo")) == "Sun 25 Oct 2026 02:30"
    assert NB.moment(instant, ZoneInfo("Europe/Oslo")) == "søn. 25 okt. 2026 02:30"
    assert NB.month(date(2029, 5, 31)) == "mai 2029"


@pytest.mark.parametrize(("number", "said"), [(0, "0 prosedyrer"), (1, "1 prosedyre"), (2, "2 prosedyrer")])
def test_one_thing_is_counted_otherwise_than_many(number, said):
    assert NB.count("%(num)s procedure", "%(num)s procedures", number) == said


def test_a_language_that_is_not_ours_is_english():
    assert tongue("../../etc").say("Board") == "Board"


def test_every_field_that_people_fill_in_has_a_norwegian_name_and_none_is_kept_that_is_no_field() -> None:
    """Of starts, of actions, of an account's details, and of the board's own forms."""
    models = [model for one in RELEASED.values() for model in one.actions.values()]
    paths = [name for one in DECLARED.values() for name in one.may_set]
    paths += [each.name for model in (*models, AccountChange) for each in fields_of(model)]
    assert set(names.FIELDS) == {part for path in paths for part in path.split(".")} | {"kind", "span", "sure"}
    assert (field("new.last4", "nb"), field("new.last4", "en"), field("x_y", "nb")) == (
        "siste fire sifre",
        "last four digits",
        "x y",
    )
