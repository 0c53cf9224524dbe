"""The journal in bokmål: every line that can be told in English can be told in Norwegian, with the same facts in it."""

import json
import re
from datetime import UTC, datetime

import pytest

from paystates.front import events, words
from paystates.front.background import row_of
from paystates.front.words import MAILS, Tone, lines
from paystates.front.words_in_norwegian import DECISIONS, DEEDS, NOTES, note
from states.procedures import NEWEST
from store.port import JournalRow

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
FACT = re.compile(r"\{\w+\}")
REFUSAL = {
    "code": "OVERTAKEN",
    "sentence": "The procedure has moved on since you looked at it.",
    "remedy": "Look at it again.",
}


def row(kind: str, source: str, target: str, subject: str = "charge-retry/F-1", **event: object) -> JournalRow:
    definition = f"{subject.partition('/')[0]}@1"
    return JournalRow(subject, "run", 1, NOW, definition, "kari", kind, json.dumps(event), source, target, accepted=True)


def told(*rows: JournalRow, language: str = "nb") -> list[str]:
    return [line.happened for line in lines([row_of(one, {"kari": "Kari"}, language) for one in rows], language)]


def test_every_line_about_a_decision_is_told_in_norwegian():
    said = {
        text for text, _ in [*words._SAID.values(), *words._WHERE.values(), *words._SETTLING.values(), *words._LEFT.values()]
    } | set(MAILS.values())
    source = (words.__file__ or "", re.compile(r'(?:_said|decision)\(\s*"([^"]+)"'))
    with open(source[0], encoding="utf-8") as file:  # noqa: PTH123 - one line
        said |= set(source[1].findall(file.read()))
    assert said <= DECISIONS.keys()


def test_every_action_has_words_in_norwegian():
    actions = {kind for procedure in NEWEST.values() for kind in procedure.actions}
    assert (actions & words._ACTIONS.keys()) | {""} <= DEEDS.keys()
    assert set(words._ACTIONS) == set(DEEDS)


def test_every_line_about_what_was_booked_is_told_in_norwegian():
    assert {line for _, line in events.NOTES.values()} <= NOTES.keys()


@pytest.mark.parametrize("table", [DECISIONS, NOTES])
def test_the_same_facts_stand_in_both_languages(table):
    for english, norwegian in table.items():
        assert sorted(FACT.findall(english)) == sorted(FACT.findall(norwegian))


def test_a_collection_is_told_in_norwegian_with_its_facts():
    assert told(
        row("opened", "opening", "waiting", debt={"method": "Visa ending 4242"}),
        row("declined", "charging", "waiting", attempt=2, cause="insufficient_funds", debt={"method": "Visa ending 4242"}),
        row("hold", "waiting", "held"),
        row("charged", "charging", "recovered", attempt=3),
    ) == [
        "innkrevingen begynner · Visa som slutter på 4242",
        "forsøk 2 ble avslått: ikke dekning · Visa som slutter på 4242",
        "Kari setter forsøkene på vent",
        "forsøk 3 ble belastet · Visa som slutter på 4242",
        "Innkrevd: fordringen ble belastet",
    ]


def test_a_refusal_in_the_journal_is_told_in_norwegian():
    refused = row("resume", "waiting", "waiting")
    kept = JournalRow(**{name: getattr(refused, name) for name in JournalRow.__slots__} | {"refusals": json.dumps([REFUSAL])})
    assert told(kept) == ["Kari vil la forsøkene fortsette: avvist (Prosedyren har gått videre siden du så på den)"]
    assert told(kept, language="en")[0].endswith("refused (The procedure has moved on since you looked at it)")


def test_somebodys_own_words_stay_as_they_are():
    """A reason that happens to be a word of ours is still theirs; braces in it are no places for facts."""
    assert told(row("write_off", "waiting", "writing_off", reason="declined {attempt}")) == [
        "Kari avskriver fordringen: declined {attempt}"
    ]


def test_what_rests_and_how_many_moved_are_told_in_norwegian():
    subject = "replace-all/visa"
    assert told(
        row("reviewed", "reviewing", "choosing", subject),
        row("cancel", "choosing", "cancelled", subject),
    ) == ["venter på at en annen betalingsmåte blir valgt", "Kari avbryter", "Avbrutt: ingenting ble flyttet"]
    assert note("3 moved, 1 stay as they were") == "3 flyttet, 1 er som før"


@pytest.mark.parametrize(
    ("kind", "facts", "words_of_it"),
    [
        ("payment_received", {"amount": "10.00 NOK", "excess": "1.00 NOK"}, "10.00 NOK mottatt for F-1, 1.00 NOK av dette mer"),
        ("credit_given", {"amount": "10.00 NOK", "waits_for": 2}, "kreditering av 10.00 NOK for F-1, når utfallet av forsøk 2"),
        ("role_given", {"role": "billing_admin"}, "F-1 er faktureringsadministrator fra nå av"),
        ("role_taken", {"role": "profile_owner", "profile": "drift"}, "F-1 er ikke eier av faktureringsprofilen (drift) lenger"),
        ("subscription_changed", {"status": "past_due"}, "abonnement F-1 er forfalt, automatisk fornyelse av"),
        ("invoice_issued", {"amount": 149500, "currency": "NOK"}, "faktura F-1 er utstedt: 1495.00 NOK"),
    ],
)
def test_what_was_booked_is_told_in_norwegian(kind, facts, words_of_it):
    kept = row(kind, "", "", "book/invoice/F-1", **facts)
    assert events.note_words(kept, "nb").startswith(words_of_it)


def test_lines_are_meant_the_same_in_both_languages():
    tones = [
        [line.tone for line in lines([row_of(row("charged", "charging", "recovered", attempt=1), {}, code)], code)]
        for code in ("en", "nb")
    ]
    assert tones == [[Tone.GOOD, Tone.END]] * 2
