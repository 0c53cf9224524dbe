"""The catalogue is whole: both languages, every remedy of ours, and every number of the sources or why nothing applies it."""

import re
from pathlib import Path
from string import Formatter

from for_every import for_every

from paystates.engine import Rule, kind_of
from states import procedures, rules

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sources.md"

SECTIONS = [f"G{number}" for number in range(1, 72) if number != 18] + ["G18a", "G18b", "G18c"]
"""The numbers of the first six sections: identity, adding, replacing, changing, deleting, and declines."""
DECISIONS = [f"C{number}" for number in range(1, 12)]

NOT_APPLIED = {
    "G7": "who grants roles is decided where people are administered; here roles are read",
    "G12": "the role is granted when the account is made, outside",
    "G13": "an optional strict mode that nobody has asked for",
    "G14": "granting and withdrawing roles is outside",
    "G16": "add-method has no move and no effect that binds",
    "G22": "a state of adding with a deadline, not a refusal",
    "G23": "a state with a deadline, not a refusal",
    "G25": "the provider's word changes the book, and asks nobody",
    "G26": "what replace-all does",
    "G27": "replace-all has no effect that deletes",
    "G31": "two states of replace-all: one shows, one asks for confirmation",
    "G33": "what the moving transactions do",
    "G35": "change-single-subscription binds one subscription",
    "G38": "no procedure switches to payment by invoice",
    "G40": "a state of change-single-subscription",
    "G43": "a way through delete-with-dependents",
    "G44": "the order of the states of delete-with-dependents",
    "G48": "the order in which the moving transactions take their items",
    "G50": "what every refusal is: all reasons at once, each with its remedy",
    "G51": "no procedure leaves a billing profile without a method: it deletes only what nothing depends on",
    "G53": "the dates are data of the plan",
    "G55": "the dates are data of the plan",
    "G56": "a mail that is written with each failed attempt",
    "G57": "what a mail tells",
    "G58": "what a mail tells",
    "G61": "what settle-balance does when it has paid: the rules of choosing are asked before",
    "G66": "service is stopped by the subscription system",
    "G67": "the day the plan begins on",
    "G68": "a state of charge-retry",
    "G69": "charges above a limit of one country: no provider for it",
    "G70": "no provider for boletos",
    "G71": "a payment that comes by itself is booked, and wakes the retry",
    "C7": "the dates are data of the plan",
}
"""The numbers that no rule cites, each with the reason."""


def cited() -> set[str]:
    return {number for rule in rules.CATALOGUE for number in rules.numbers_of(rule)}


def test_every_number_is_applied_by_a_rule_or_stands_with_its_reason() -> None:
    """Either, and not both: a list of excuses must not outlive them."""
    assert NOT_APPLIED.keys() == {*SECTIONS, *DECISIONS} - cited()


def test_the_numbers_of_a_rule_are_read_from_its_source_and_nothing_of_it_is_lost() -> None:
    """Letters belong to a number, a law or a complaint is none, and what is in neither list would be cited for nobody."""
    read = {rule.code: (rules.numbers_of(rule), rules.other_sources_of(rule)) for rule in rules.CATALOGUE}
    assert read["NO_NEW_ON_BANK_ACCOUNT"] == (("G18a", "G18b", "G32", "C1"), ())
    assert read["ATTEMPT_RUNNING"] == ((), ("law 1", "U1"))
    assert read["STARTED_BY_ANOTHER"] == (("G1", "G3"), ("docs/adr/0013",))
    for rule in rules.CATALOGUE:
        numbers, others = read[rule.code]
        assert set(numbers) == set(re.findall(r"\b[GC]\d+[a-c]?\b", rule.source))
        assert sorted((*numbers, *others)) == sorted(rule.source.split("; "))


def test_no_rule_cites_what_does_not_exist() -> None:
    """A number leads somewhere."""
    assert cited() <= {*SECTIONS, *DECISIONS}


def test_every_number_is_explained() -> None:
    """Whoever reads a refusal can look its number up."""
    explained = set(re.findall(r"^\| ([GC]\d+[a-c]?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert {*SECTIONS, *DECISIONS} <= explained


def test_each_code_stands_once() -> None:
    codes = [rule.code for rule in rules.CATALOGUE]
    assert len(codes) == len(set(codes))


def places(text: str) -> set[str]:
    return {f"{name}:{spec}" for _, name, spec, _ in Formatter().parse(text) if name is not None}


@for_every(rules.CATALOGUE, lambda rule: rule.code)
def test_a_rule_speaks_both_languages_with_the_same_facts(rule: Rule) -> None:
    """Sentence and remedy are there in bokmål, and name what the English ones name."""
    sentence, remedy = rule.others["nb"]
    assert places(sentence) == places(rule.sentence)
    assert places(remedy) == places(rule.remedy)
    assert all(text.endswith(".") for text in (rule.sentence, rule.remedy, sentence, remedy))
    assert rule.source


def test_what_helps_is_an_action_or_a_procedure_of_ours() -> None:
    """`Rule.helps` can be typed as it stands."""
    known = [
        one for released in procedures.RELEASED.values() for one in (released.name, *map(kind_of, released.actions.values()))
    ]
    assert {rule.helps for rule in rules.CATALOGUE} - {""} <= set(known)


def test_every_rule_that_is_asked_is_in_the_catalogue() -> None:
    """By its code: settling asks some rules of choosing under a condition of its own."""
    asked = {rule.code for released in procedures.RELEASED.values() for move in released.moves for rule in move.given}
    assert asked <= {rule.code for rule in rules.CATALOGUE}
