"""A refusal is told in Norwegian bokmål with the same facts, written as Norwegian writes them."""

import re
from pathlib import Path

import pytest
from for_every import for_every
from pictures import KARI, MCA_2024, NOW, bank_account, card, picture
from rule_cases import CASES, Case, name

from domain.accounts import Standing
from domain.decline_table import Reason
from paystates.engine import CANNOT_TELL, Actor, Ask, End, Refusal, Refused, say
from paystates.engine.machine import _not_allowed
from states import methods as ask
from states import results, rules
from states.procedures import NEWEST, RELEASED
from states.replace_all import REPLACE_ALL, Memory
from states.rules import norwegian_words as words
from states.rules.choosing import _WHY
from states.rules.judging import judge
from states.rules.norwegian import _ROLES, _SENTENCES, tell, what_happened

ROOT = Path(__file__).resolve().parents[2]


def told(case_code: str, label: str = "") -> str:
    (case,) = [one for one in CASES if (one.code, one.label) == (case_code, label)]
    (refusal,) = judge(case.among, case.shown, case.actor, NOW, **case.asked or {})
    in_norwegian = tell(refusal, "nb")
    return f"{in_norwegian.sentence} {in_norwegian.remedy}"


@for_every(
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


@for_every(CASES, name)
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
    assert "eier av faktureringskontoen, faktureringsadministrator, global administrator, " in in_norwegian.sentence
    assert in_norwegian.sentence.endswith(" eller eier av faktureringsprofilen.")
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
    missing = {"missing": "the moon"}
    what = Refusal("STILL_USED", say(CANNOT_TELL, missing), "", facts=missing)
    assert "the moon er ikke kjent" in tell(what, "nb").sentence


def test_every_phrase_of_a_rule_and_every_role_has_its_words() -> None:
    assert [why for why in _WHY.values() if words.why(why) == why] == []
    assert {role.replace("_", " ") for role in rules.METHOD_ADMINS | rules.PAYERS | rules.SERVICES} <= set(_ROLES)


def test_what_the_engine_says_names_the_action_and_the_state() -> None:
    """The same facts as in English: what was to be done, and where the procedure stands."""
    outcome = REPLACE_ALL.decide(REPLACE_ALL.begin(Memory(actor="kari", method="visa"), NOW), ask.Confirm(), KARI, NOW)
    assert isinstance(outcome, Refused)
    (said,) = [tell(one, "nb") for one in outcome.refusals]
    assert said.sentence == (
        "«bekreft» er ikke mulig nå (Leser betalingsmåten, det som betales med den, og de andre betalingsmåtene)."
    )
    assert said.remedy == "Dette er mulig nå: ingenting."
    move = next(move for move in REPLACE_ALL.moves if move.by == rules.METHOD_ADMINS)
    assert tell(_not_allowed(move), "nb").sentence.startswith("«velg» kan bare gjøres av: ")


def test_every_code_that_is_no_rule_is_told_too() -> None:
    """The engine, the loop and the front desk refuse with codes of their own; none of them is English only."""
    texts = [file.read_text(encoding="utf-8") for file in sorted((ROOT / "paystates").rglob("*.py"))]
    codes = {code for text in texts for code in re.findall(r'Refusal\(\s*"([A-Z_]+)"', text)}
    assert {"NOT_ALLOWED", "NOT_POSSIBLE_NOW", "OVERTAKEN", "CANNOT_TELL", "NUMBER_IMMUTABLE"} <= codes
    assert codes <= set(_SENTENCES)


@for_every(NEWEST)
def test_every_state_and_everybody_who_is_waited_for_has_a_norwegian_name(name: str) -> None:
    """What `--language nb` shows on top of a view; the table names nothing that is not said any more."""
    states = NEWEST[name].states.values()
    assert not {state.title for state in states} - set(words.TITLES)
    assert not {state.who for state in states if isinstance(state, Ask)} - set(words.PEOPLE)
    assert not {state.verdict.value for state in states if isinstance(state, End)} - set(words.VERDICTS)


def test_no_title_is_kept_that_no_state_has() -> None:
    assert set(words.TITLES) <= {state.title for procedure in RELEASED.values() for state in procedure.states.values()}
    assert all(words.title(text) == told != text for text, told in words.TITLES.items())


@for_every(
    [
        ("the details are saved", "opplysningene er lagret"),
        ("the new payment method is on file as pm-abc", "den nye betalingsmåten er lagret som pm-abc"),
        ("Visa ending 4242 is on file already, as visa-1", "Visa som slutter på 4242 er lagret fra før, som visa-1"),
        ("299.00 NOK declined: insufficient funds", "299.00 NOK ble avslått: ikke dekning"),
        ("1 299.00 NOK paid", "1 299.00 NOK er betalt"),
        ("1.00 EUR not charged: it was never sent", "1.00 EUR ble ikke belastet: det ble aldri sendt"),
        (
            "Nothing is due with Visa ending 4242, nor with any other payment method of the account.",
            "Ingenting er utestående på Visa som slutter på 4242, og heller ikke på noen annen betalingsmåte.",
        ),
        (
            "Nothing is due with a. What is due is due with other payment methods: Visa ending 1881 (40.00 NOK), b (1.00 EUR).",
            (
                "Ingenting er utestående på a. Det som er utestående, er det på andre betalingsmåter: "
                "Visa som slutter på 1881 (40.00 NOK), b (1.00 EUR)."
            ),
        ),
        ("something nobody has put into words", "something nobody has put into words"),
    ],
)
def test_what_happened_last_is_told_with_its_facts(remembered: str, told: str) -> None:
    """What a view tells at the end as the reason."""
    assert what_happened(remembered) == told


def test_every_reason_of_a_decline_has_its_words() -> None:
    assert {reason.value.replace("_", " ") for reason in Reason} == set(words.REASONS)


def test_what_the_provider_said_is_told_around_its_code() -> None:
    """Somebody else's word stays as it is; the sentence around it does not."""
    refusal = results.NOT_ADDED.refusal(why="the provider or the bank refused it (do not honor)")
    assert tell(refusal, "nb").sentence == ("Betalingsmåten ble ikke lagret: leverandøren eller banken avslo den (do not honor).")


def test_several_are_told_one_by_one() -> None:
    """All reasons at once, in the account's language."""
    shown = picture(MCA_2024, source=card(), candidates=(bank_account("other", standing=Standing.POOR),))
    refusals = [tell(one, "nb") for one in judge(rules.CHOICE, shown, KARI, NOW, chosen="other")]
    assert [one.code for one in refusals] == ["ROLE_TOO_SMALL", "METHOD_NOT_GOOD", "BANK_ACCOUNT_UNAVAILABLE"]
    assert "bankkontoen har ikke god status" in refusals[1].sentence
