"""A refusal is told in Norwegian bokmål with the same facts, written as Norwegian writes them."""

import pytest
from pictures import KARI, MCA_2024, NOW, bank_account, card, picture
from rule_cases import CASES, Case, name

from domain.accounts import Standing
from paystates.engine import Actor, Refusal
from paystates.engine.machine import _not_allowed
from states import rules
from states.replace_all import REPLACE_ALL
from states.rules.choosing import _WHY
from states.rules.judging import judge
from states.rules.norwegian import _PHRASES, _ROLES, tell


def told(case_code: str, label: str = "") -> str:
    (case,) = [one for one in CASES if (one.code, one.label) == (case_code, label)]
    (refusal,) = judge(case.among, case.shown, case.actor, NOW, **case.asked or {})
    in_norwegian = tell(refusal, "nb")
    return f"{in_norwegian.sentence} {in_norwegian.remedy}"


@pytest.mark.parametrize(
    ("code", "label", "sentence"),
    [
        ("METHOD_EXPIRED", "", "Visa som slutter på 4242 utløp 30. april 2026."),
        ("METHOD_EXPIRED", "missing", "datoen da Visa som slutter på 4242 utløper er ikke kjent."),
        ("WRONG_COUNTRY", "", "Visa som slutter på 4242 er utstedt i Sverige, og kontoen er i Norge: det må være samme land."),
        ("WRONG_COUNTRY", "missing", "landet der Visa som slutter på 4242 er utstedt er ikke kjent."),
        ("NEW_WRONG_COUNTRY", "missing", "landet der den nye betalingsmåten er utstedt er ikke kjent."),
        ("NEW_METHOD_EXPIRED", "missing", "Sørg for at datoen da den nye betalingsmåten utløper blir registrert, og prøv igjen."),
        ("CARDS_ONLY", "", "bankkonto som slutter på 6789 kan ikke velges"),
        ("METHOD_NOT_GOOD", "gone", "betalingsleverandøren har den ikke lenger"),
        ("NO_NEW_ON_BANK_ACCOUNT", "", "en bankkonto i USA"),
        ("ROLE_TOO_SMALL", "", "det kreves en som er global administrator eller faktureringsadministrator."),
        ("UNKNOWN_METHOD", "", "Kontoen har ingen betalingsmåte «amex»."),
    ],
)
def test_facts_are_written_as_norwegian_does_it(code: str, label: str, sentence: str) -> None:
    """Dates, countries, roles, methods and the few phrases that rules say."""
    assert sentence in told(code, label)


@pytest.mark.parametrize("case", CASES, ids=name)
def test_every_refusal_can_be_told(case: Case) -> None:
    """No place is left unfilled, and code, source, facts and what helps stay as they are."""
    (refusal,) = judge(case.among, case.shown, case.actor, NOW, **case.asked or {})
    in_norwegian = tell(refusal, "nb")
    assert in_norwegian.sentence != refusal.sentence
    assert in_norwegian.remedy != refusal.remedy
    assert "{" not in in_norwegian.sentence + in_norwegian.remedy
    assert (in_norwegian.code, in_norwegian.source, in_norwegian.facts, in_norwegian.helps) == (
        refusal.code,
        refusal.source,
        refusal.facts,
        refusal.helps,
    )


@pytest.mark.parametrize("language", ["en", "de"])
def test_in_any_other_language_it_stays_english(language: str) -> None:
    (refusal,) = judge(rules.START, picture(), Actor("lise"), NOW)
    assert tell(refusal, language) is refusal


def test_what_the_engine_itself_says_is_told_too() -> None:
    """Who may send an action at all: with the names of the roles."""
    move = next(move for move in REPLACE_ALL.moves if move.by == rules.METHOD_ADMINS)
    in_norwegian = tell(_not_allowed(move), "nb")
    assert "eier av faktureringskontoen, faktureringsadministrator, global administrator" in in_norwegian.sentence
    assert in_norwegian.remedy.startswith("Be en som er ")


def test_a_code_that_nobody_put_into_words_stays_english() -> None:
    """Rather English than nothing."""
    unknown = Refusal("NEVER_HEARD_OF", "No.", "Nothing helps.")
    assert tell(unknown, "nb") is unknown


def test_a_name_that_looks_like_nothing_known_stays_as_it_is() -> None:
    """Labels come from the book: an unknown one, an unknown role and an unknown country are not dropped."""
    odd = Refusal("TARGET_NOT_OWNED", "", "", facts={"method": "Kontoen til Per"})
    assert tell(odd, "nb").sentence.startswith("Kontoen til Per ble lagt til")
    assert "keiser" in tell(Refusal("ROLE_TOO_SMALL", "", "", facts={"roles": "keiser"}), "nb").sentence
    assert "i XX" in tell(Refusal("NEW_BANK_ACCOUNT_ENDED", "", "", facts={"country": "XX"}), "nb").sentence
    what = Refusal("STILL_USED", "", "", facts={"missing": "the moon"})
    assert "the moon er ikke kjent" in tell(what, "nb").sentence


def test_every_phrase_of_a_rule_and_every_role_has_its_words() -> None:
    assert set(_WHY.values()) <= set(_PHRASES)
    assert {role.replace("_", " ") for role in rules.METHOD_ADMINS | rules.PAYERS | rules.SERVICES} <= set(_ROLES)


def test_several_are_told_one_by_one() -> None:
    """All reasons at once, in the account's language."""
    shown = picture(MCA_2024, source=card(), candidates=(bank_account("other", standing=Standing.POOR),))
    refusals = [tell(one, "nb") for one in judge(rules.CHOICE, shown, KARI, NOW, chosen="other")]
    assert [one.code for one in refusals] == ["ROLE_TOO_SMALL", "METHOD_NOT_GOOD", "BANK_ACCOUNT_UNAVAILABLE"]
    assert "bankkontoen har ikke god status" in refusals[1].sentence
