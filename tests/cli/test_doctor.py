"""`doctor` looks at everything, says what to do about what is not well, and changes nothing."""

from pathlib import Path

import pytest
from shell import ROOT, Run, free_port


def findings(paystates: Run) -> dict[str, dict[str, str]]:
    return {one["what"]: one for one in paystates("doctor", "--json").data["findings"]}


def test_what_is_only_absent_is_no_fault_and_nothing_is_made(paystates: Run, home: Path) -> None:
    ran = paystates("doctor")
    assert ran.code == 0
    found = findings(paystates)
    assert found["account book"]["health"] == "absent"
    assert found["account book"]["remedy"] == "fill one with `paystates book import FILE`"
    assert found["Temporal server"]["health"] == "absent"
    assert found["bank"]["seen"] == "scripted, every charge succeeds"
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("variable", "value", "what", "remedy"),
    [
        ("PAYSTATES_BANK", "absent.yaml", "bank", "correct it, or PAYSTATES_BANK"),
        ("PAYSTATES_BOOK_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none", "account book", "Check PAYSTATES_BOOK_URL"),
        ("PAYSTATES_UI_PORT", "eight", "settings", "Set it, for example PAYSTATES_UI_PORT=8233"),
    ],
)
def test_what_is_broken_has_a_remedy_and_the_exit_code_is_one(
    variable: str, value: str, what: str, remedy: str, paystates: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    ran = paystates("doctor", "--json")
    assert ran.code == 1
    (broken,) = [one for one in ran.data["findings"] if one["health"] == "broken"]
    assert broken["what"] == what
    assert remedy in broken["remedy"]
    assert "Something is broken: see the arrows." in paystates("doctor").told


def test_what_is_named_and_does_not_answer_is_broken(paystates: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("TEMPORAL_ADDRESS", nobody)
    monkeypatch.setenv("PAYSTATES_BANK_ADDRESS", f"http://{nobody}")
    monkeypatch.setenv("PAYSTATES_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("PAYSTATES_SMTP_PORT", nobody.rpartition(":")[2])
    found = findings(paystates)
    for what in ("Temporal server", "bank", "mail"):
        assert (found[what]["health"], found[what]["seen"]) == ("broken", f"nobody answers at {nobody}")


def test_a_book_that_is_there_is_counted(paystates: Run) -> None:
    assert paystates("book", "import", ROOT / "examples/contoso.yaml").code == 0
    assert findings(paystates)["account book"]["seen"].endswith("2 accounts")
