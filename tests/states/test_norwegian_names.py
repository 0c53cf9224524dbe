"""Nothing that declarations name is left in English: states, actions, results, fields, headlines and what happened last."""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from for_every import for_every
from pictures import NOW, new_card, picture
from retry_world import debt

import states
from domain.caps import AmountChanged, Capped
from domain.money import Money
from paystates.engine import Memory, Procedure, Refusal
from paystates.engine.machine import _not_allowed
from paystates.engine.vocabulary import kind_of
from states.headlines import Headline, Phrase
from states.procedures import DECLARED, NEWEST, RELEASED
from states.rules import norwegian_names as names
from states.rules.norwegian import action_of, headline_of, name_of, tell, title_of, what_happened
from states.rules.norwegian_words import why

STATES = Path(states.__file__).parent


def english_of(procedure: Procedure[Any]) -> set[str]:
    """What it calls its actions, its states and whoever may act, in its own words."""
    roles = {role.replace("_", " ") for move in procedure.moves for role in move.by}
    return roles | {kind.replace("_", " ") for kind in procedure.actions} | {one.title for one in procedure.states.values()}


@for_every(NEWEST)
def test_nothing_that_a_procedure_refuses_by_its_state_or_by_a_role_has_an_english_name_in_it(name: str) -> None:
    """Each action in each state: what was asked, where it stands, what is possible instead, and who may."""
    procedure = NEWEST[name]
    english = english_of(procedure)
    for kind in procedure.actions:
        refusals = [procedure.not_possible(state, kind) for state in procedure.states]
        refusals += [_not_allowed(move) for move in procedure.moves if move.by and kind_of(move.on) == kind]
        for one in (tell(each, "nb") for each in refusals):
            named = re.findall(r"«([^»]+)»|\(([^()]+)\)", one.sentence + one.remedy)
            named += re.findall(r"(?:av: |, | eller |som er )([^.,]+?)(?=[.,]| eller)()", one.sentence + one.remedy)
            assert not {name for pair in named for name in pair} & english, one


def test_every_state_action_and_result_has_a_norwegian_name_and_none_is_kept_that_is_not_said() -> None:
    procedures = RELEASED.values()
    actions = {kind for one in procedures for kind in one.actions}
    assert set(names.STATES) == {state for one in procedures for state in one.states}
    assert set(names.ACTIONS) == actions
    assert set(names.RESULTS) == {kind_of(move.on) for one in procedures for move in one.moves} - actions
    assert [name_of("needs_method"), name_of("charged"), name_of("retry_now")] == [
        "trenger betalingsmåte",
        "belastet",
        "belast nå",
    ]
    assert action_of("unheard_of") == "unheard of"
    assert title_of("Waits for the next attempt") == "Venter på neste forsøk"


def test_a_button_is_told_from_every_other_one() -> None:
    assert len(set(names.ACTIONS.values())) == len(names.ACTIONS)


def phrases(module: ModuleType) -> Iterator[Phrase]:
    for value in vars(module).values():
        yield from (one for one in (value.values() if isinstance(value, dict) else [value]) if isinstance(one, Phrase))


@for_every(NEWEST)
def test_every_phrase_of_every_headline_is_said_in_norwegian_with_the_same_facts(name: str) -> None:
    headline = NEWEST[name].headline
    assert isinstance(headline, Headline)
    found = list(phrases(sys.modules[headline.parts.__module__]))
    assert found
    for phrase in found:
        facts = re.findall(r"\{\w+\}", phrase.en)
        assert sorted(facts) == sorted(re.findall(r"\{\w+\}", phrase.nb))
        has_words = re.search(r"\w", re.sub(r"\{\w+\}", "", phrase.en)) is not None
        assert has_words == (phrase.en != phrase.nb)


@for_every(
    [
        ("charge-retry", {"invoice": "F-1"}, "faktura F-1"),
        ("charge-retry", {"invoice": "F-1", "debt": debt(method=None)},
         "faktura F-1 · forsøk 1 · dato 1 av 6 · 100.00 NOK · ingen betalingsmåte"),
        ("replace-all", {"actor": "kari", "method": "visa", "picture": picture(), "chosen": "other", "total": 3, "moved": 2},
         "Visa som slutter på 4242 → Mastercard som slutter på 5100 · 2 av 3 flyttet"),
        ("change-single-subscription", {"actor": "kari", "subscription": "account"}, "abonnement account"),
        ("add-method", {"account": "fjord", "request": "1", "actor": "kari", "new": new_card()},
         "konto fjord · visa som slutter på 1881"),
        ("update-details", {"actor": "kari", "method": "nothing"}, "betalingsmåte nothing"),
        ("settle-balance", {"actor": "kari", "method": "visa"}, "visa"),
    ],
)  # fmt: skip
def test_a_headline_is_told_with_the_facts_of_the_case(procedure: str, data: dict[str, Any], told: str) -> None:
    """An id stays as it is, whatever word it happens to be."""
    headline = NEWEST[procedure].headline
    assert isinstance(headline, Headline)
    assert headline_of(headline.parts(DECLARED[procedure].memory(**data))) == told


def test_a_name_from_outside_is_never_taken_for_one_of_our_words() -> None:
    named = Refusal("PAYS_BY_INVOICE", "", "", facts={"subscription": "nothing"})
    assert "nothing" in tell(named, "nb").sentence


def parts(files: Iterable[Path], words: str) -> Iterator[ast.AST]:
    """Every part of the modules in which the words stand; the others have nothing to look at."""
    for text in (file.read_text(encoding="utf-8") for file in files):
        yield from ast.walk(ast.parse(text)) if re.search(words, text) else ()


def remembered() -> Iterator[str]:
    """What is remembered as `last`, each place for a fact filled; that of a retry is shown nowhere."""
    for node in parts({*STATES.glob("*.py")} - {STATES / "retry_functions.py"}, r'"last"|\b(last|what) =|_waits|_not_charged'):
        pairs = list(zip(node.keys, node.values, strict=True)) if isinstance(node, ast.Dict) else []
        found = [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "last"]
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in {"last", "what"}:
            found += [node.value.body, node.value.orelse] if isinstance(node.value, ast.IfExp) else [node.value]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_waits":
            found.append(node.args[-1])
        if isinstance(node, ast.FunctionDef) and node.name == "_not_charged":
            found += [one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value is not None]
        yield from filter(None, (filled(one) for one in found))


def filled(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value or "")
    parts = node.values if isinstance(node, ast.JoinedStr) else []
    return "".join(str(one.value) if isinstance(one, ast.Constant) else fact(ast.unparse(one)) for one in parts)


def fact(code: str) -> str:
    return (
        "10.00 NOK"
        if "money" in code
        else "insufficient funds"
        if "reason" in code
        else "Visa ending 4242"
        if "label" in code
        else "it"
    )


@for_every(sorted(set(remembered())))
def test_everything_that_is_remembered_of_what_happened_last_is_told_in_norwegian(text: str) -> None:
    assert what_happened(text) != text


def reasons() -> Iterator[str]:
    """Why effects did not do what they were asked, in their own words."""
    for node in parts((STATES.parent / "activities").glob("*.py"), r"\bwhy|def reason\b|_NOT_CHARGEABLE"):
        found = [one.value for one in node.keywords if one.arg == "why"] if isinstance(node, ast.Call) else []
        if isinstance(node, ast.FunctionDef) and node.name in {"why_not_with", "reason"}:
            found += [one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value is not None]
        if (
            isinstance(node, ast.Assign)
            and "_NOT_CHARGEABLE" in ast.unparse(node.targets[0])
            and isinstance(node.value, ast.Dict)
        ):
            found += node.value.values
        for one in found:
            yield from map(filled, [one.body, one.orelse] if isinstance(one, ast.IfExp) else [one])


@for_every(sorted(set(filter(None, reasons()))))
def test_every_reason_of_an_effect_is_told_in_norwegian(text: str) -> None:
    assert why(text) != text


@pytest.mark.parametrize(
    ("capped", "told"),
    [
        (
            Capped("monthly", "visa", 15, 15, timedelta(days=30), NOW),
            "monthly: 15 telt, visa tillater 15 på 30 dager; stengt til ",
        ),
        (Capped("never", "visa", 1, 1, None, None), "never: 1 telt, visa tillater 1; stengt for godt"),
        (Capped("daily", "visa", 1, 1, timedelta(hours=24), NOW), "daily: 1 telt, visa tillater 1 på 24 timer; stengt til "),
        (
            Capped("Mastercard in a day", "mastercard", 10, 9, timedelta(days=1), NOW, 4),
            "Mastercard in a day: 9 telt (4 av dem er i gang), mastercard tillater 10 på 24 timer; stengt til ",
        ),
        (
            AmountChanged("sepa", Money(100, "EUR"), Money(200, "EUR")),
            "sepa tillater bare det samme beløpet: 1.00 EUR ble returnert",
        ),
    ],
)
def test_a_networks_cap_is_told_in_norwegian(capped: Capped | AmountChanged, told: str) -> None:
    assert why(str(capped)).startswith(told)


def test_a_headline_writes_a_date_out_in_either_language() -> None:
    headline = Headline[Memory](lambda _: [Phrase("due {due:date}", "forfaller {due:date}")(due=date(2026, 11, 30))])
    assert headline(Memory()) == "due 30 November 2026"
    assert headline_of(headline.parts(Memory())) == "forfaller 30. november 2026"
