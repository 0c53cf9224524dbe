"""Whatever is typed or set wrong: exit code 2, one sentence that names it and what helps, no traceback, and nothing written."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from shell import ROOT, Run, book_text

from paystates.cli import run
from paystates.cli.errors import CODES
from paystates.cli.known import declared
from paystates.cli.starting import start_data

MALFORMED = [
    (["nonsense"], "No such command 'nonsense'"),
    (["view"], "Missing argument 'ID'"),
    (["act", "i-1", "hold"], "Missing option '--as'"),
    (["act", "i-1", "dance", "--as", "olga"], "ACTION 'dance' is not known to charge-retry: use retry_now, hold,"),
    (["act", "i-1", "write-off", "bankrupt", "--as", "olga"], "FIELD 'bankrupt' is not of the form key=value"),
    (["act", "i-1", "write-off", "colour=red", "--as", "olga"], "FIELD 'colour' is not one of write_off: use reason"),
    (["act", "i-1", "hold", "reason=x", "--as", "olga"], "FIELD 'reason' is not one of hold: leave it out"),
    (["act", "i-1", "write-off", "reason=a", "reason=b", "--as", "olga"], "FIELD 'reason' is given twice: keep one"),
    (["act", "i-1", "hold", "kind=resume", "--as", "olga"], "FIELD 'kind' is the action itself"),
    (["act", "i-1", "provider-notified", "attempt=zero", "--as", "olga"], "FIELD attempt: must be a whole number"),
    (["act", "i-1", "hold", "--as", "olga", "--seen", "one"], "Invalid value for '--seen'"),
    (["why", "dance/i-1", "hold", "--as", "olga"], "PROCEDURE 'dance' is not known: use charge-retry"),
    (["start", "dance", "m-1"], "PROCEDURE 'dance' is not known: use charge-retry, replace-all,"),
    (["start", "replace-all", "m-1"], "--as is missing: say who starts replace-all"),
    (["start", "charge-retry", "i-1", "--as", "olga"], "--as 'olga': charge-retry is started by the house, so leave it out"),
    (["start", "add-method", "a-1/r-1", "request=r-2", "--as", "ida"], "is not one that add-method is started with: use new"),
    (["start", "replace-all", "m-1", "colour=red", "--as", "ida"], "FIELD 'colour' is not one that replace-all is started with"),
    (["start", "replace-all", "m-1", "confirmed=perhaps", "--as", "ida"], "FIELD confirmed: must be true or false"),
    (["start", "replace-all", "m-1", "new=x", "new.token=y", "--as", "ida"], "FIELD 'new.token' is given twice: keep one"),
    (["view", "i-1", "--language", "se"], "--language 'se' is neither en nor nb"),
    (["travel", "i-1", "soon"], "DURATION 'soon' is not a duration: write whole numbers with w, d, h, m or s"),
    (["travel", "i-1", "0d"], "DURATION 0d is no time at all: give how far the clock is to go, such as 8d"),
    (
        ["list", "--profile", "nope"],
        "The profile 'nope' cannot be read (Profile 'nope' not found). Correct it, or correct --profile",
    ),
    (["diagram", "dance"], "PROCEDURE 'dance' is not known: use charge-retry"),
    (["diagram", "charge-retry", "--at", "home"], "--at 'home' is no state of charge-retry@1: use one of opening"),
    (["diagram", "charge-retry", "--format", "png"], "--format 'png' is neither table nor mermaid"),
    (["rehearse", "absent.yaml"], "absent.yaml cannot be used: line 1: cannot be read"),
    (["rehearse", "."], ". has no scenario in it"),
    (["rehearse", ".", "--on", "moon"], "--on 'moon' is neither memory nor temporal"),
    (["book", "import", "absent.yaml"], "FILE absent.yaml cannot be read (No such file or directory)"),
    (["book", "bind", "m-1"], "Name exactly one payer: either --subscription or --billing-profile"),
]


@pytest.mark.parametrize(("arguments", "told"), MALFORMED, ids=[" ".join(each[0]) for each in MALFORMED])
def test_what_is_typed_wrong_is_named_with_its_remedy(arguments: list[str], told: str, paystates: Run, home: Path) -> None:
    ran = paystates(*arguments)
    assert ran.code == 2
    assert told in ran.told
    assert "Traceback" not in ran.told
    assert ran.out == ""
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("PAYSTATES_UI_PORT", "eight", "PAYSTATES_UI_PORT is 'eight': it should be a valid integer"),
        ("PAYSTATES_SERVER_PORT", "70000", "PAYSTATES_SERVER_PORT is '70000': it should be less than or equal to 65535"),
        ("TEMPORAL_ADDRESS", "here", "TEMPORAL_ADDRESS is 'here': it is not a host and a port"),
        ("PAYSTATES_BOOK_URL", "mysql://u:hidden@h/b", "PAYSTATES_BOOK_URL: it begins with neither sqlite nor postgresql"),
        ("PAYSTATES_LINK_BASE", "ftp://x", "PAYSTATES_LINK_BASE is 'ftp://x': it begins with neither http:// nor"),
        ("PAYSTATES_SMTP_USER", "billing", "set PAYSTATES_SMTP_PASSWORD too, or unset the user"),
        ("PAYSTATES_BANK", "absent.yaml", "PAYSTATES_BANK is 'absent.yaml': it cannot be read"),
    ],
)
def test_a_setting_that_is_wrong_is_named_with_a_right_one(
    variable: str, value: str, told: str, paystates: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    ran = paystates("up")
    assert ran.code == 2
    assert told in ran.told
    assert "hidden" not in ran.told
    assert list(home.iterdir()) == []


def test_a_bank_script_that_is_wrong_is_named_with_its_place(paystates: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "bank.yaml").write_text("tok_a: [dance]\n")
    monkeypatch.setenv("PAYSTATES_BANK", "bank.yaml")
    ran = paystates("up")
    assert (ran.code, ran.out) == (2, "")
    assert "bank.yaml cannot be used: tok_a, step 1: 'dance' is not a word that may stand here" in ran.told


def test_a_state_file_that_is_none_is_not_overwritten(paystates: Run, home: Path) -> None:
    (home / ".paystates").mkdir()
    kept = home / ".paystates" / "book.bank.json"
    kept.write_text("holiday photographs")
    ran = paystates("up")
    assert ran.code == 2
    assert "does not hold the state of a scripted bank: delete it" in ran.told
    assert kept.read_text() == "holiday photographs"


def test_a_book_file_is_refused_with_every_problem_and_nothing_is_written(paystates: Run, home: Path) -> None:
    (home / "wrong.yaml").write_text(book_text("i-1").replace("country:", "land:").replace('"1495.00"', '"0"'))
    ran = paystates("book", "import", "wrong.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert "line 5, accounts[0].land: is not a field of this file" in ran.told
    assert "0 is not a debt: write an amount above zero" in ran.told
    assert not (home / ".paystates").exists()


def test_a_card_number_in_a_file_is_refused_and_not_repeated(paystates: Run, home: Path) -> None:
    number = "4242" * 4
    (home / "wrong.yaml").write_text(book_text("i-1", name=f"Contoso {number}"))
    ran = paystates("book", "import", "wrong.yaml")
    assert ran.code == 2
    assert number not in ran.told


def test_two_scenarios_may_not_collect_the_same_invoice(paystates: Run, home: Path) -> None:
    text = (ROOT / "examples/scenarios/two-declines-then-paid.yaml").read_text()
    for name in ("a.yaml", "b.yaml"):
        (home / name).write_text(text)
    ran = paystates("rehearse", home)
    assert (ran.code, ran.out) == (2, "")
    assert "b.yaml and" in ran.told
    assert "a.yaml both collect F-1001: give it another id in one of them" in ran.told


def test_without_a_server_the_sentence_says_how_to_start_one(paystates: Run, home: Path) -> None:
    for arguments in (["list"], ["view", "i-1"], ["act", "i-1", "hold", "--as", "olga"], ["start", "charge-retry", "i-1"]):
        ran = paystates(*arguments)
        assert (ran.code, ran.out) == (1, "")
        assert "No Temporal server answers at 127.0.0.1:" in ran.told
        assert "start one with `paystates up`" in ran.told
    assert list(home.iterdir()) == []


def test_without_a_book_the_sentence_says_how_to_fill_one(paystates: Run, home: Path) -> None:
    ran = paystates("book", "pay", "i-1", "10.00")
    assert ran.code == 1
    assert "There is no account book at .paystates/book.db: fill one with `paystates book import FILE`" in ran.told
    assert list(home.iterdir()) == []


def test_what_nobody_foresaw_is_one_sentence_and_with_debug_the_error_itself(
    paystates: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(language: str, *, json: bool) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("paystates.cli.drawings.show_rules", broken)
    ran = paystates("rules")
    assert ran.code == 1
    assert "did not expect: ZeroDivisionError. Run it again with PAYSTATES_DEBUG=1" in ran.told
    assert "secret" not in ran.told
    monkeypatch.setenv("PAYSTATES_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run(["rules"])


def test_every_error_that_has_a_sentence_of_its_own_exists() -> None:
    """They are named by text, so that saying one imports nothing; a name that moved would be found here."""
    for name in CODES:
        module, _, kind = name.rpartition(".")
        assert issubclass(getattr(importlib.import_module(module), kind), Exception)


def test_help_is_there_at_once() -> None:
    """It imports neither Temporal's SDK nor SQLAlchemy nor pydantic, which take most of a second."""
    heavy = {"temporalio", "sqlalchemy", "pydantic", "yaml", "alembic"}
    script = (
        "import sys\nfrom paystates.cli import run\nassert run(['--help']) == 0\n"
        "import json; sys.stderr.write(json.dumps(sorted(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert heavy.isdisjoint(json.loads(ran.stderr))
    assert "rehearse" in ran.stdout


@pytest.mark.parametrize(("subject", "given"), [("a-1/r-1", []), ("a-1", ["request=r-1"])])
def test_the_callers_own_name_of_a_request_is_given_either_way(subject: str, given: list[str]) -> None:
    """As the message about a field that is none says; without one it is made."""
    data = start_data(declared("add-method"), subject, given, "ida")
    assert (data["account"], data["request"]) == ("a-1", "r-1")
    assert start_data(declared("add-method"), "a-1", [], "ida")["request"].startswith("cli-")
