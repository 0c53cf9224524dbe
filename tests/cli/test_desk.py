"""`start`, `list`, `view`, `act`, `why`, `travel` and `book` against a server and a worker that `paystates up --travel` runs."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from shell import Process, Run, until

pytestmark = pytest.mark.server

Owing = Callable[..., str]

DECLINES = "[{decline: insufficient_funds}]"
EXPIRED = "[{decline: expired_card}]"


def test_a_collection_is_started_once_and_shown(owing: Owing, paystates: Run) -> None:
    invoice = owing(DECLINES)
    ran = paystates("start", "charge-retry", invoice)
    assert ran.code == 0, ran.told
    assert f"charge-retry/{invoice} Contoso AS" in ran.told
    assert "State Waits for the next attempt (waiting, visit" in ran.told
    assert "Europe/Oslo" in ran.told
    again = paystates("start", "charge-retry", invoice, "--json")
    assert again.data["was_running"] is True
    assert again.data["stand"]["state"] == "waiting"


def test_an_invoice_the_book_does_not_have_cannot_be_collected(desk: Process, paystates: Run) -> None:
    ran = paystates("start", "charge-retry", "nowhere-1")
    assert ran.code == 1
    assert "ended at once: there is no such invoice. Import it with `paystates book import FILE`" in ran.told


def test_a_paid_one_is_over_and_can_no_longer_be_acted_on(owing: Owing, paystates: Run) -> None:
    invoice = owing()
    assert paystates("start", "charge-retry", invoice, "--json").data["verdict"] == "done"
    ran = paystates("act", invoice, "hold", "--as", f"olga-{invoice}")
    assert ran.code == 1
    assert f"charge-retry/{invoice} has ended: see how with `paystates view" in ran.told
    assert paystates("travel", invoice, "1d").code == 1
    assert "attempt 1 charged · Visa •••• 4242" in paystates("view", invoice).told


def test_the_list_shows_who_is_due_first_and_with_all_who_has_ended(owing: Owing, paystates: Run) -> None:
    running, over = owing(DECLINES), owing()
    for invoice in (running, over):
        assert paystates("start", "charge-retry", invoice).code == 0

    def listed(*options: str) -> dict[str, dict[str, Any]]:
        return {row["id"]: row for row in paystates("list", "--json", *options).data}

    name, gone = f"charge-retry/{running}", f"charge-retry/{over}"  # the server's list follows its procedures shortly after
    rows = until(listed, lambda rows: name in rows and rows[name]["until"] is not None and gone not in rows)
    assert (rows[name]["state"], rows[name]["account"], rows[name]["attempt"]) == ("waiting", running, 1)
    assert datetime.fromisoformat(rows[name]["until"]).hour == 9, "on the account's wall clock"
    untils = [each["until"] for each in rows.values() if each["until"]]
    assert untils == sorted(untils, key=datetime.fromisoformat)
    assert gone not in rows
    everything = until(lambda: listed("--all"), lambda rows: gone in rows and rows[gone]["ended"] is not None)
    assert everything[gone]["state"] == "recovered"
    assert f"{name} waiting" in paystates("list").told


def test_what_is_not_there_is_said_so(desk: Process, paystates: Run) -> None:
    ran = paystates("view", "never-heard-of")
    assert ran.code == 2
    assert "there is no procedure charge-retry/never-heard-of: see `paystates list`" in ran.told.replace("There", "there")


def test_a_view_shows_what_may_be_done_what_may_not_and_why(owing: Owing, paystates: Run) -> None:
    invoice = owing(EXPIRED)
    paystates("start", "charge-retry", invoice)
    ran = paystates("view", f"charge-retry/{invoice}")
    assert ran.code == 0
    assert "Waits for the customer" in ran.told
    assert "no: The payment method on" in ran.told
    assert "hold operator yes" in ran.told
    assert "Journal" in ran.out
    data = paystates("view", invoice, "--json").data
    assert data["time_zone"] == "Europe/Oslo"
    assert datetime.fromisoformat(data["until"]).hour == 9
    (retry,) = [one for one in data["allowed"] if one["action"] == "retry_now"]
    assert [refusal["code"] for refusal in retry["refusals"]] == ["NO_CHARGEABLE_METHOD"]
    assert data["journal"][1]["text"] == "attempt 1 declined: expired"


def test_why_says_every_reason_with_its_remedy_and_sends_nothing(owing: Owing, paystates: Run) -> None:
    invoice = owing(DECLINES)
    paystates("start", "charge-retry", invoice)
    before = paystates("view", invoice, "--json").data
    ran = paystates("why", invoice, "retry-now", "--as", f"per-{invoice}")
    assert ran.code == 1
    assert "No: “retry now” would be refused now." in ran.told
    assert "helps Ask that administrator, or replace it with a payment method of your own." in ran.told
    assert "CARD_NOT_OWNED" in ran.told
    stranger = paystates("why", invoice, "retry-now", "--as", f"ida-{owing()}", "--json").data
    assert [refusal["code"] for refusal in stranger["refusals"]] == ["NOT_ALLOWED", "CARD_NOT_OWNED"]
    assert stranger["roles"] == []
    owner = paystates("why", invoice, "retry-now", "--as", f"ida-{invoice}")
    assert owner.code == 0
    assert "Yes: “retry now” would be taken now, and lead to “Charges the bound method”." in owner.told
    assert paystates("why", invoice, "write-off", "--as", f"olga-{invoice}", "--json").data["refusals"][0]["code"] == (
        "REASON_MISSING"
    )
    assert paystates("why", invoice, "write-off", "reason=x", "--as", f"olga-{invoice}").code == 0
    assert paystates("view", invoice, "--json").data == before


@pytest.mark.parametrize("command", ["act", "why", "view"])
def test_who_is_nobody_in_the_book_is_told_so(owing: Owing, paystates: Run, command: str) -> None:
    """A misspelt id is a mistake on the command line, no lack of a role."""
    invoice = owing(DECLINES)
    paystates("start", "charge-retry", invoice)
    action = [] if command == "view" else ["hold"]
    ran = paystates(command, invoice, *action, "--as", "nobody")
    assert ran.code == 2
    assert "--as 'nobody' is nobody in the account book: give the id of a person in it" in ran.told


def test_a_view_as_somebody_says_what_they_may_do(owing: Owing, paystates: Run) -> None:
    """G1: by the roles of whoever is named, as `why` does."""
    invoice = owing(DECLINES)
    paystates("start", "charge-retry", invoice)

    def against(actor: str) -> list[str]:
        (hold,) = [one for one in paystates("view", invoice, "--as", actor, "--json").data["allowed"] if one["action"] == "hold"]
        return [refusal["code"] for refusal in hold["refusals"]]

    assert against(f"olga-{invoice}") == []
    assert against(f"ida-{invoice}") == ["NOT_ALLOWED"]
    assert "hold operator no: “hold” may be done only by: operator." in paystates("view", invoice, "--as", f"ida-{invoice}").told


def test_an_action_is_taken_or_refused_and_the_exit_code_says_which(owing: Owing, paystates: Run) -> None:
    invoice = owing(DECLINES)
    paystates("start", "charge-retry", invoice)
    olga = f"olga-{invoice}"
    refused = paystates("act", invoice, "write-off", "--as", olga, "--yes")
    assert (refused.code, refused.out) == (1, "")
    assert "Refused: A write-off needs a reason. Give one in the field “reason”. (REASON_MISSING)" in refused.err
    visit = paystates("view", invoice, "--json").data["stand"]["visit"]
    held = paystates("act", invoice, "hold", "--as", olga, "--seen", visit, "--json")
    assert (held.code, held.data["state"]) == (0, "held")
    late = paystates("act", invoice, "resume", "--as", olga, "--seen", visit, "--json")
    assert late.code == 1
    assert late.data["refusals"][0]["code"] == "OVERTAKEN"
    resumed = paystates("act", invoice, "resume", "--as", olga)
    assert f"Taken. charge-retry/{invoice}: Waits for the next attempt" in resumed.told
    assert "Europe/Oslo" in resumed.told
    unasked = paystates("act", invoice, "write_off", "--reason", "bankrupt", "--as", olga)
    assert (unasked.code, unasked.out) == (1, "")
    reasonless = paystates("act", invoice, "write-off", "--as", olga)
    assert (reasonless.code, "REASON_MISSING" in reasonless.told) == (1, True)
    assert "“write off” cannot be undone, and nobody can be asked here: give --yes to do it" in unasked.told
    gone = paystates("act", invoice, "write_off", "--reason", "bankrupt", "--as", olga, "--yes")
    assert "Written off" in gone.told
    told = paystates("view", invoice).told
    assert f"{olga} wants to write the debt off: refused (A write-off needs a reason)" in told
    assert f"{olga} writes the debt off: bankrupt" in told


def test_time_passes_for_whom_one_travels_with(owing: Owing, paystates: Run) -> None:
    invoice = owing(DECLINES)
    paystates("start", "charge-retry", invoice)
    ran = paystates("travel", invoice, "4d")
    assert ran.code == 0, ran.told
    assert f"for charge-retry/{invoice} now." in ran.err
    assert "attempt 2 declined: insufficient funds" in ran.told
    further = paystates("travel", invoice, "4d 2h", "--json").data
    assert further["stand"]["memory"]["debt"]["attempts"] == 3
    assert datetime.fromisoformat(further["now"]) < datetime.fromisoformat(further["until"])


def test_what_is_booked_wakes_whom_it_concerns(owing: Owing, paystates: Run) -> None:
    invoice = owing(DECLINES)
    paystates("start", "charge-retry", invoice)
    assert "1 procedure woken" in paystates("book", "pay", invoice, "495.00", "--reference", "wire-1").told
    seen = until(lambda: paystates("view", invoice, "--json").data, lambda view: view["stand"]["due"] is not None)
    assert seen["stand"]["memory"]["debt"]["balance"] == 100_000
    credited = paystates("book", "credit", invoice, "500", "--json")
    assert credited.data["woken"] == 1
    assert paystates("book", "credit", invoice, "9999.00").code == 1
    wrong = paystates("book", "pay", invoice, "1,5")
    assert (wrong.code, "AMOUNT: '1,5' is not an amount" in wrong.told) == (2, True)
    assert "INVOICE 'none' is not in the account book" in paystates("book", "pay", "none", "1.00").told
    assert paystates("book", "void", invoice).code == 0
    seen = until(lambda: paystates("view", invoice, "--json").data, lambda view: view["verdict"] is not None)
    assert seen["stand"]["state"] == "voided"


def test_a_new_card_is_charged_at_once_when_that_is_asked_for(owing: Owing, paystates: Run) -> None:
    invoice = owing(EXPIRED)
    paystates("start", "charge-retry", invoice)
    card = ["--brand", "visa", "--last4", "0005", "--expires", "2040-01", "--by", f"ida-{invoice}"]
    added = paystates("book", "add-method", invoice, f"n-{invoice}", *card)
    assert added.code == 0, added.told
    assert "bound to nothing" in added.told
    wrong = paystates("book", "add-method", invoice, "n2", *[*card[:3], "00055", *card[4:]])
    assert (wrong.code, "--last4: must be four digits" in wrong.told) == (2, True)
    assert paystates("book", "add-method", invoice, "n2", *card[:-1], "nobody").code == 2
    assert paystates("book", "add-method", "nowhere", "n2", *card).code == 2
    bound = paystates("book", "bind", f"n-{invoice}", "--subscription", f"s-{invoice}", "--charge-now")
    assert "1 procedure woken" in bound.told
    told = until(lambda: paystates("view", invoice).told, lambda told: "Ended" in told)
    assert "attempt 2 charged · Visa •••• 0005" in told


def test_names_in_the_book_cannot_paint_the_terminal(owing: Owing, paystates: Run) -> None:
    invoice = owing(DECLINES, name="[red]Contoso[/] \x1b[31mAS")
    out = paystates("start", "charge-retry", invoice).out
    assert "[red]Contoso[/]" in out
    assert "\x1b" not in out


def test_without_the_book_a_view_still_shows_what_the_server_knows(
    owing: Owing, paystates: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    invoice = owing(DECLINES)
    paystates("start", "charge-retry", invoice)
    monkeypatch.setenv("PAYSTATES_BOOK_URL", f"sqlite:///{tmp_path}/elsewhere.db")
    ran = paystates("view", invoice)
    assert ran.code == 0
    assert "No journal: there is no account book at" in ran.told
    assert "Times are in UTC." in ran.told


def test_the_doctor_finds_everything_well(desk: Process, paystates: Run) -> None:
    ran = paystates("doctor")
    assert ran.code == 0, ran.told
    assert "Temporal server answers at" in ran.told
    assert "Nothing is broken" in ran.told
