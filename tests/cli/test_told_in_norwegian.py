"""`--language nb`: what a view and its end say is in bokmål, with the facts of the case, and nothing around it is English."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.accounts import PayerKind, Rebinding
from paystates.cli.viewing import show_view
from paystates.engine import Actor, Snapshot, Verdict
from paystates.front.background import Background
from paystates.front.choosing import outcome
from paystates.front.joining import joined
from paystates.front.languages import last, roles, titled, told, word
from paystates.front.pages import Trouble
from paystates.temporal.messages import Allowed, Stand, View
from states import methods, results
from states.charge_retry import CHARGE_RETRY
from states.facts import Item
from states.replace_all import REPLACE_ALL, Memory
from states.retry_messages import Memory as RetryMemory
from store.port import JournalRow

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
ITEM = Item(kind=PayerKind.PROFILE, id="drift", name="Drift")
WHY = results.MOVED_BEFORE.refusal(name="Drift")
STAYS = methods.Conflict(item=ITEM, code=WHY.code, sentence=WHY.sentence, remedy=WHY.remedy, facts=dict(WHY.facts))
MOVED = Rebinding("replace-all/visa", "1", PayerKind.SUBSCRIPTION, "m365", "fjord", None, "other", NOW)


MOVED_BEFORE = "Drift ble flyttet, og noen har siden knyttet det til en annen betalingsmåte igjen."
NOT_CHOSEN = "Noe betaler med denne betalingsmåten, og det er ikke valgt noen annen. Velg en av de andre, eller legg til en ny."


def ended(**known: Any) -> View:
    memory = Memory(actor="kari", method="visa", **known)
    stand = Stand.of(Snapshot(REPLACE_ALL.id, "incomplete", 9, memory, NOW))
    return View(
        subject="replace-all/visa", headline="Visa", title=REPLACE_ALL.states["incomplete"].title, waits_for="", stand=stand,
        allowed=(), verdict=Verdict.FAILED,
    )  # fmt: skip


def test_what_stood_against_a_choice_is_not_told_as_the_reason_of_a_cancel() -> None:
    """Somebody cancelled it, or let it lapse: that is why it ended."""
    seen = ended(refusals=(results.NOTHING_CHOSEN.refusal(),), last="nothing was chosen")
    assert len(outcome(seen, [])) == 1
    assert outcome(seen.model_copy(update={"verdict": Verdict.CANCELLED}), []) == []


def test_what_became_of_each_item_is_told() -> None:
    """What was moved, what stays and why, which retries know of it, and why it ended so."""
    seen = ended(conflicts=(STAYS,), unnamed=3, woken=("F-1",), refusals=(results.NOTHING_CHOSEN.refusal(),))
    assert outcome(seen, [MOVED], "nb") == [
        ("abonnement m365", "ingenting → other"),
        ("faktureringsprofil drift (Drift)", f"er som før: {MOVED_BEFORE}"),
        ("", "og 3 til er som før"),
        ("betalingsforsøk for F-1", "vet om det"),
        ("fordi", NOT_CHOSEN),
    ]
    assert outcome(seen, [MOVED])[1] == ("billing profile drift (Drift)", f"stays: {WHY.sentence}")
    assert outcome(ended(last="the account book could not be reached"), [], "nb") == [("fordi", "kontoboken kunne ikke nås")]


def test_a_conflict_of_an_older_run_is_told_as_it_was_kept() -> None:
    """It has no facts to write in another language: rather English than half a sentence."""
    old = methods.Conflict(item=ITEM, code="MOVED_BEFORE", sentence=WHY.sentence)
    assert outcome(ended(conflicts=(old,)), [], "nb")[0][1] == f"er som før: {WHY.sentence}"


def test_a_view_is_in_norwegian(capsys: pytest.CaptureFixture[str]) -> None:
    """Its captions too."""
    show_view(joined(ended(conflicts=(STAYS,)), Background(), Actor("kari"), Trouble.NONE, NOW, "nb"))
    shown = " ".join(capsys.readouterr().out.split())
    assert "Tilstand Ufullstendig: det som ikke kunne flyttes, er som før" in shown
    assert [part for part in ("Siden ", "Endte mislyktes", "Hva som ble endret") if part not in shown] == []
    assert not re.search(r"\b(State|Since|Ended|What changed)\b", shown)


def test_what_may_be_done_and_the_machine_are_told_with_the_names_that_commands_take(capsys: pytest.CaptureFixture[str]) -> None:
    """And instants as Norwegian writes them; whatever is woken by our own systems is told too."""
    allowed = (Allowed(action="retry_now", by=("operator",)), Allowed(action="balance_changed"))
    memory = RetryMemory(invoice="F-1").model_dump(mode="json")
    stand = Stand(definition="charge-retry@1", state="waiting", visit=3, memory=memory, since=NOW, due=NOW + timedelta(days=1))
    title = CHARGE_RETRY.states["waiting"].title
    seen = View(subject="charge-retry/F-1", headline="x", title=title, waits_for="", stand=stand, allowed=allowed)
    rows = [JournalRow("charge-retry/F-1", "r", n, NOW, "charge-retry@1", "olga", "hold", "{}", "waiting", "held", accepted=True)
            for n in range(14)]  # fmt: skip
    show_view(joined(seen, Background(rows=rows), Actor(""), Trouble.NONE, NOW, "nb"))
    show_view(joined(seen, Background(missing="den er borte"), Actor(""), Trouble.NONE, NOW, "nb"))
    shown = " ".join(capsys.readouterr().out.split())
    for said in (
        "faktura F-1", "besøk 3", "man. 2. nov. 09:00", "belast nå retry_now", "Vekkes av våre egne systemer: saldoen er endret.",
        "→ venter", "trenger betalingsmåte", "2 tidligere linjer vises ikke", "Ingen journal: den er borte. Tidene er i UTC.",
    ):  # fmt: skip
        assert said in shown


def test_english_stays_as_it_is() -> None:
    """Nothing is looked up, and what nobody put into words is shown all the same."""
    assert (titled("Voided", "en"), last("x", "en"), roles(["billing_admin"], "en"), word("Since", "en")) == (
        "Voided", "x", "billing admin", "Since",
    )  # fmt: skip
    assert (titled("Voided", "nb"), roles(["billing_admin"], "nb")) == ("Annullert", "faktureringsadministrator")
    assert roles([], "nb") == ""
    assert (word("unheard of", "nb"), word("the customer", "nb"), word("failed", "nb")) == ("unheard of", "kunden", "mislyktes")
    assert told([WHY], "en") == (WHY,)
