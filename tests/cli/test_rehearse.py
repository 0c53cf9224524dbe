"""`rehearse` and `demo` tell what happened in words, with real dates, and their exit code says whether it went as told."""

import re
import shutil
import sys
from datetime import datetime
from pathlib import Path

import pytest
from shell import ROOT, SCENARIOS, Run

from paystates.cli import demo

VOIDED = Path(__file__).with_name("voided.yaml")
FILES = ROOT / "tests" / "scenarios" / "files"
TWO = SCENARIOS / "two-declines-then-paid.yaml"
DATED = "starts: 2026-03-02\n"


@pytest.fixture
def scenario(home: Path) -> Path:
    """A scenario on fixed dates, in March."""
    path = home / "two.yaml"
    path.write_text(DATED + TWO.read_text(encoding="utf-8"), encoding="utf-8")
    return path


def test_a_timeline_says_when_what_which_attempt_which_method_which_mail_and_what_comes_next(
    scenario: Path, paystates: Run
) -> None:
    ran = paystates("rehearse", scenario)
    assert ran.code == 0
    assert "Fjordlys Regnskap AS · F-1001 1495.00 NOK · Europe/Oslo" in ran.out
    assert (
        "Thu 5 Mar 09:00 ○ attempt 2 declined: insufficient funds · Visa •••• 4242 mailed: declined · next Mon 9 Mar 09:00"
        in ran.told
    )
    assert "Mon 9 Mar 09:00 ● attempt 3 charged · Visa •••• 4242 ■ Recovered: the debt was charged" in ran.told
    assert "✓ as two says" in ran.out
    assert "1 scenario" in ran.told
    assert "it went as its file says" in ran.told


def test_a_start_that_is_refused_says_why(paystates: Run) -> None:
    """Not only that nothing was moved: every reason, as a person would be told."""
    ran = paystates("rehearse", FILES / "card-of-another-administrator.yaml")
    assert ran.code == 0
    why = "Visa ending 4242 was added by another administrator, and only they may manage it"
    assert f"Refused: nothing was moved: {why}" in ran.told


def test_without_a_terminal_there_are_no_colours_and_no_line_is_wider_than_eighty(scenario: Path, paystates: Run) -> None:
    out = paystates("rehearse", scenario).out
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 80


def test_what_did_not_go_as_told_is_told_and_the_exit_code_is_one(scenario: Path, paystates: Run) -> None:
    scenario.write_text(scenario.read_text().replace('balance: "0.00"', 'balance: "1.00"'))
    ran = paystates("rehearse", scenario)
    assert ran.code == 1
    assert "✗ not as two says F-1001 at the end: balance should be 1.00 NOK, is 0.00 NOK" in ran.told
    assert "1 of 1 did not go as told" in ran.told


def test_what_was_refused_though_the_file_says_otherwise_is_told_as_refused(scenario: Path, paystates: Run) -> None:
    """The timeline is what happened, not what the file hoped for."""
    credited = 'steps:\n  - {at: 1d, credit: {amount: "9999.00"}}\n'
    text = scenario.read_text(encoding="utf-8")
    assert "steps:" not in text
    scenario.write_text(text.replace("ends:\n", f"{credited}ends:\n"), encoding="utf-8")
    ran = paystates("rehearse", scenario)
    assert ran.code == 1
    assert "✗ 9999.00 NOK credited: refused (does not fit)" in ran.told
    assert "1d 00:00 paystates credit: expected taken, got refused with DOES_NOT_FIT" in ran.told


def test_a_rehearsal_as_data_has_instants_of_the_accounts_zone(scenario: Path, paystates: Run) -> None:
    data = paystates("rehearse", scenario, "--json").data
    assert data["passed"] is True
    timeline = data["scenarios"][0]["timeline"]
    assert timeline[1] == {
        "at": "2026-03-02T09:00:00+01:00",
        "subject": "F-1001",
        "text": "attempt 1 declined: insufficient funds",
        "attempt": 1,
        "method": "Visa •••• 4242",
        "mails": ["mailed: declined"],
        "next": "2026-03-05T09:00:00+01:00",
    }


def test_every_example_goes_as_its_file_says_in_memory_and_is_told_without_code_names(paystates: Run) -> None:
    ran = paystates("rehearse", SCENARIOS)
    assert ran.code == 0, ran.out
    assert "went as their files say" in ran.told
    assert not re.search(r"\b[a-z]+_[a-z]+\b|\b[A-Z]{3,}_[A-Z]+\b", ran.out), "no event, state or rule by its code name"
    assert not re.search(r"attempt (0|None)\b", ran.out)
    assert ran.err == "", "what a scenario provokes is no news for a log"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("retry-now", "✗ Petter Aas wants to charge now: refused (card not owned)"),
        ("stolen-card-replaced", "» Mastercard •••• 5454 is bound to havbris-m365"),
        ("wire-in-the-middle", "» 3000.00 NOK received (wire-b) ■ Settled: paid or credited otherwise"),
        ("mail-server-away", "mailed later: declined"),
        ("reply-lost-after-charging", "○ attempt 1: no answer from the bank, the outcome is unknown"),
        ("bank-debit-clears-late", "» 28.00 USD credited: once the result of attempt 1 is known"),
        ("bank-debit-clears-late", "✗ 500.01 USD credited: refused (does not fit)"),
        ("bank-debit-clears-late", "» of the credit that waited 28.00 USD is more than was owed, and becomes account credit ■ R"),
        ("customer-authenticates", "» Ragnhild Moe: the customer authenticates ● attempt 1 charged"),
    ],
)
def test_what_people_and_the_world_do_is_part_of_the_story(name: str, told: str, paystates: Run) -> None:
    assert told in paystates("rehearse", SCENARIOS / f"{name}.yaml").told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("voided-while-a-debit-clears", "» the rest of the invoice is voided: told before, which changes nothing"),
        ("voided-while-a-debit-clears", "» what waited is booked: the rest of the invoice is voided ■ Voided"),
        ("void-came-too-late", "● attempt 1 charged · ACH •••• 2718 » the void came too late: an operator is asked ■ Recovered"),
    ],
)
def test_what_became_of_an_order_that_waited_is_told(name: str, told: str, paystates: Run) -> None:
    assert told in paystates("rehearse", FILES / f"{name}.yaml").told


def test_names_from_a_file_cannot_paint_the_terminal(scenario: Path, paystates: Run) -> None:
    scenario.write_text(scenario.read_text().replace("Fjordlys Regnskap AS", '"[red]Fjordlys[/] \\e[31mAS"'))
    out = paystates("rehearse", scenario).out
    assert "[red]Fjordlys[/]" in out
    assert "\x1b" not in out


@pytest.mark.server
def test_the_same_scenario_on_a_server_tells_the_same_story(paystates: Run) -> None:
    on_server = paystates("rehearse", TWO, "--on", "temporal", "--json")
    assert on_server.code == 0, on_server.err
    assert "Temporal server:" in on_server.err
    in_memory = paystates("rehearse", TWO, "--json")
    assert on_server.data["scenarios"][0]["timeline"] == in_memory.data["scenarios"][0]["timeline"]
    assert on_server.data["scenarios"][0]["on"] == "temporal"


@pytest.fixture
def examples(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Examples with two scenarios: one for the server, one on a date that only memory can reach."""
    folder = home / "examples"
    (folder / "scenarios").mkdir(parents=True)
    for name in ("contoso.yaml", "bank.yaml"):
        shutil.copy(ROOT / "examples" / name, folder)
    shutil.copy(VOIDED, folder / "scenarios")
    past = TWO.read_text(encoding="utf-8").replace("title:", "drivers: [memory]\ntitle:")
    (folder / "scenarios" / "past.yaml").write_text(DATED + past, encoding="utf-8")
    monkeypatch.setattr(demo, "EXAMPLES", folder)
    return folder


@pytest.mark.server
def test_the_demo_plays_on_a_server_and_leaves_a_book_and_mails(examples: Path, home: Path, paystates: Run) -> None:
    ran = paystates("demo")
    assert ran.code == 0, ran.told
    assert "Temporal server:" in ran.err
    assert re.search(r"Web interface: http://127\.0\.0\.1:\d+", ran.err)
    assert re.search(r"Europe/Oslo · played in memory", ran.told), "a date in the past is told from memory, and said so"
    assert ran.told.index("✓ as past says") < ran.told.index("✓ as voided says"), "in the files' order"
    assert "2 scenarios, 9 days of virtual time" in ran.told
    assert "In the UI charge-retry/2026-1001 of Contoso Norge AS: waits for the next attempt" in ran.told
    assert "paystates up" in ran.told
    mails = home / ".paystates/demo/mail"
    assert len(list((mails / "voided").glob("*.eml"))) == 1
    assert len(list((mails / "past").glob("*.eml"))) == 2
    assert (home / ".paystates/demo/book.db").exists()


def test_a_command_that_a_shell_would_not_find_is_put_on_the_path(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After `make demo` it is in .venv/bin only, and what the demo says comes next would end in “command not found”."""
    folder = home / ".venv" / "bin"
    folder.mkdir(parents=True)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setenv("PATH", str(home))
    assert demo.activating() is None, "where nothing can be activated, nothing is promised"
    (folder / "activate").touch()
    assert demo.activating() == Path(".venv/bin/activate")
    (home / "paystates").touch(mode=0o755)
    assert demo.activating() is None, "the shell finds it"


@pytest.mark.server
def test_a_demo_that_does_not_go_as_told_ends_with_one(examples: Path, paystates: Run) -> None:
    (examples / "scenarios" / "voided.yaml").unlink()
    wrong = examples / "scenarios" / "past.yaml"
    wrong.write_text(wrong.read_text(encoding="utf-8").replace("state: recovered", "state: settled"), encoding="utf-8")
    ran = paystates("demo", "--json")
    assert ran.code == 1
    (one,) = ran.data["scenarios"]
    assert one["failures"] == ["F-1001 at the end: state should be settled, is recovered"]
    assert datetime.fromisoformat(one["timeline"][0]["at"]).utcoffset() is not None


def test_a_demo_whose_scenarios_collect_contosos_own_invoice_does_not_begin(examples: Path, paystates: Run) -> None:
    file = examples / "scenarios" / "past.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("F-1001", "2026-1001"), encoding="utf-8")
    ran = paystates("demo")
    assert (ran.code, ran.out) == (2, "")
    assert "the demo’s own account both collect 2026-1001" in ran.told
