"""`list` and its filters, `view` with its machine, `act-all`, and how all of them print data."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from shell import COMMAND, ROOT, Process, Run, until

from paystates.cli import completing
from paystates.front.office import _listed

pytestmark = pytest.mark.server

Owing = Callable[..., str]

DECLINES = "[{decline: insufficient_funds}]"
EXPIRED = "[{decline: expired_card}]"


@pytest.fixture
def collected(owing: Owing, paystates: Run) -> Callable[..., str]:
    """Starts to collect an invoice, and waits until the server lists it in that state."""

    def begin(bank: str = DECLINES, state: str = "waiting") -> str:
        invoice = owing(bank)
        assert paystates("start", "charge-retry", invoice).code == 0
        rows = until(lambda: listed(paystates, "--account", invoice), lambda rows: [row["state"] for row in rows] == [state])
        assert rows
        return invoice

    return begin


def listed(paystates: Run, *options: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = paystates("list", "--json", *options).data
    return rows


def test_the_list_is_narrowed_by_filters_that_all_must_hold(collected: Callable[..., str], paystates: Run) -> None:
    invoice = collected()
    mine = ("--account", invoice)
    for some in ((), ("--state", "waiting"), ("--procedure", "charge-retry"), ("--query", "PaystatesAttempt = 1")):
        assert [row["id"] for row in listed(paystates, *mine, *some)] == [f"charge-retry/{invoice}"]
    for none in (
        ("--state", "needs-method"),
        ("--procedure", "replace-all"),
        ("--query", "PaystatesAttempt = 2"),
        ("--named", "waits-for-customer"),
        ("--named", "needs-attention"),
        ("--named", "due-today"),
        ("--named", "refused-lately"),
    ):
        assert listed(paystates, *mine, *none) == []
    told = paystates("list", *mine, "--state", "held")
    assert (told.code, told.out) == (0, "")
    assert "No procedure is like that." in told.err


def test_who_waits_for_the_customer_and_who_was_refused_is_found_by_name(collected: Callable[..., str], paystates: Run) -> None:
    waits, refused = collected(EXPIRED, "needs_method"), collected()
    assert paystates("act", refused, "hold", "--as", f"ida-{refused}").code == 1
    assert [row["account"] for row in listed(paystates, "--named", "waits-for-customer", "--account", waits)] == [waits]
    lately = ("--named", "refused-lately", "--account", refused)
    (row,) = until(lambda: listed(paystates, *lately), lambda rows: len(rows) == 1)
    assert row["refusal"] == "NOT_ALLOWED"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["list", "--named", "dull"], "--named 'dull' is no filter: use needs-attention, waits-for-customer, due-today,"),
        (["list", "--state", "floating"], "--state 'floating' is no state of a procedure: see `paystates diagram"),
        (["list", "--procedure", "dance"], "PROCEDURE 'dance' is not known: use charge-retry,"),
        (["list", "--query", "this is none"], "Query: the server cannot read it"),
        (["watch", "--named", "dull"], "--named 'dull' is no filter"),
        (["act-all", "hold", "--as", "olga"], "Name at least one filter"),
        (["act-all", "dance", "--as", "olga", "--state", "held"], "ACTION 'dance' is known to no procedure"),
        (["act-all", "hold", "reason=x", "--as", "olga", "--state", "held"], "FIELD 'reason' is not one of hold"),
        (["act", "i-1", "hold", "--reason", "x", "--as", "olga"], "FIELD 'reason' is not one of hold: leave it out"),
        (["list", "--output", "xml"], "Invalid value for '--output'"),
    ],
)
def test_a_filter_that_is_none_is_named_with_its_remedy(arguments: list[str], told: str, desk: Process, paystates: Run) -> None:
    ran = paystates(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert told.lower() in ran.told.lower()


def test_a_view_draws_the_machine_with_where_it_stands_and_where_it_has_been(
    collected: Callable[..., str], paystates: Run
) -> None:
    invoice = collected()
    lines = [" ".join(line.split()) for line in paystates("view", invoice).out.splitlines()]
    assert any(line.startswith("→ waiting ") for line in lines)
    (charging,) = [line for line in lines if line.startswith("✓ charging ")]
    assert charging.startswith("✓ charging ✓ waiting")
    assert any(line.startswith("never here confirming, ") for line in lines)
    assert "Machine" not in paystates("view", invoice, "--no-machine").out


def test_data_is_printed_as_one_json_text_or_as_one_a_line(collected: Callable[..., str], paystates: Run) -> None:
    first, second = collected(), collected()
    query = f"PaystatesAccount IN ('{first}', '{second}')"
    whole = paystates("list", "--query", query, "--output", "json").data
    by_line = [json.loads(line) for line in paystates("list", "--query", query, "--output", "jsonl").out.splitlines()]
    assert whole == by_line == paystates("list", "--query", query, "--json").data
    assert len(by_line) == 2
    assert json.loads(paystates("view", first, "--output", "jsonl").out)["subject"] == f"charge-retry/{first}"
    assert paystates("view", first, "--output", "jsonl").out.count("\n") == 1
    assert "State" in paystates("view", first, "--output", "table").out


def test_watch_as_json_tells_what_has_changed_a_line_each(owing: Owing, paystates: Run) -> None:
    """What has ended is told once, and then there is nothing more to follow."""
    invoice = owing()
    assert paystates("start", "charge-retry", invoice).code == 0
    ran = paystates("watch", invoice, "--json", "--every", "0.2")
    assert ran.code == 0
    assert [json.loads(line)["verdict"] for line in ran.out.splitlines()] == ["done"]


def test_an_action_to_many_is_tried_done_and_reported(collected: Callable[..., str], paystates: Run) -> None:
    """Each decides by its own rules: one that is held already refuses, the other is held."""
    free, held = collected(), collected()
    assert paystates("act", held, "hold", "--as", f"olga-{held}").code == 0
    query = f"PaystatesAccount IN ('{free}', '{held}')"
    both = ("act-all", "hold", "--as", f"olga-{free}", "--query", query)
    dry = paystates(*both, "--dry-run", "--json")
    assert {row["id"]: (row["accepted"], row["state"]) for row in dry.data} == {
        f"charge-retry/{free}": (True, "held"),
        f"charge-retry/{held}": (False, None),
    }
    assert dry.code == 1
    assert paystates("view", free, "--json").data["stand"]["state"] == "waiting"
    unasked = paystates(*both)
    assert (unasked.code, unasked.out) == (1, "")
    assert "Nobody can be asked here whether to do “hold” to 2 procedures: give --yes" in unasked.told
    done = paystates(*both, "--yes")
    assert done.code == 1
    assert "1 of 2 procedures taken." in done.told
    assert f"held 1 charge-retry/{free}" in done.told
    assert "NOT_POSSIBLE_NOW" in done.told
    assert paystates("view", free, "--json").data["stand"]["state"] == "held"
    none = paystates("act-all", "resume", "--as", f"olga-{free}", "--account", free, "--state", "waiting")
    assert "nothing was done" in none.told


def test_what_moved_on_after_it_was_found_is_overtaken_and_stays_as_it_is(
    collected: Callable[..., str], desk: Process, paystates: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one operator is asked, another holds and resumes one of the two: the order was for what is over."""
    still, moved = collected(), collected()

    class Hesitating:
        """Somebody at a terminal, who says yes when a colleague has been at it."""

        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            for action in ("hold", "resume"):
                colleague = [sys.executable, *COMMAND, "act", moved, action, "--as", f"olga-{moved}"]
                subprocess.run(colleague, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True)
            return "y\n"

    monkeypatch.setattr(sys, "stdin", Hesitating())
    query = f"PaystatesAccount IN ('{still}', '{moved}')"
    done = paystates("act-all", "hold", "--as", f"olga-{still}", "--query", query, "--json")
    assert done.code == 1
    assert "Do “hold” to 2 procedures?" in done.told
    rows = json.loads(done.out)
    codes = {row["id"]: [one["code"] for one in row["refusals"]] for row in rows}
    assert codes == {f"charge-retry/{still}": [], f"charge-retry/{moved}": ["OVERTAKEN"]}
    assert [paystates("view", one, "--json").data["stand"]["state"] for one in (still, moved)] == ["held", "waiting"]


def test_what_is_elsewhere_than_the_list_has_it_is_overtaken_before_anybody_is_asked(
    collected: Callable[..., str], paystates: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's list comes late: it is not acted on where it says a procedure stands and the procedure says otherwise."""
    invoice = collected()
    monkeypatch.setattr("paystates.front.office._listed", as_of_before)
    done = paystates("act-all", "hold", "--as", f"olga-{invoice}", "--account", invoice, "--yes", "--json")
    assert [[one["code"] for one in row["refusals"]] for row in done.data] == [["OVERTAKEN"]]
    assert paystates("view", invoice, "--json").data["stand"]["state"] == "waiting"


def as_of_before(one: Any, now: datetime) -> Any:
    """A row of the list as it was before the procedure moved."""
    return replace(_listed(one, now), state="needs_method")


def test_a_profile_names_the_server_and_is_gone_after_the_command(
    desk: Process, paystates: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with Temporal's own command line: the profiles of its TOML file."""
    file = home / "temporal.toml"
    file.write_text(f'[profile.here]\naddress = "{desk.settings["TEMPORAL_ADDRESS"]}"\nnamespace = "default"\n')
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    monkeypatch.delenv("TEMPORAL_ADDRESS")
    assert paystates("list", "--json").code == 1, "nobody is at the usual place"
    assert paystates("list", "--json", "--profile", "here").code == 0
    assert paystates("list", "--json").code == 1


def test_a_shell_completes_procedures_and_their_actions(
    collected: Callable[..., str], desk: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Typed:
        """What was typed before."""

        def __init__(self, **params: str) -> None:
            self.params = params

    invoice = collected()
    assert completing.subjects(f"charge-retry/{invoice}") == [f"charge-retry/{invoice}"]
    assert completing.subjects("charge-retry/none-is-called-so") == []
    assert completing.actions(Typed(subject=invoice), "re") == ["retry-now", "resume"]
    assert completing.actions(Typed(subject="replace-all/m"), "ch") == ["choose", "choose-another"]
    assert "edit" in completing.actions(Typed(), "")
    assert "method-replaced" not in completing.actions(Typed(), ""), "wakes are no people's actions"
    assert completing.filters("due") == ["due-today"]
    assert completing.procedures("charge") == ["charge-retry"]
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    assert completing.subjects("charge") == [], "a completion that cannot be had is none"
