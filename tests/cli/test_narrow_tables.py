"""A table on a narrow terminal: whole words, and fewer columns rather than broken ones."""

import pytest

from paystates.cli import terminal

ROWS = [("change-single-subscription/contoso-m365", "written off", "contoso-energi")]


def shown(width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    terminal.show(terminal.table("id", "state", "account", rows=ROWS, spare=(2,)))
    return capsys.readouterr().out


def test_a_wide_terminal_is_shown_every_column(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert "contoso-energi" in shown(80, monkeypatch, capsys)


def test_a_narrow_one_is_shown_whole_words_of_fewer_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = shown(58, monkeypatch, capsys)
    assert "change-single-subscription/contoso-m365" in told
    assert "written off" in told
    assert "contoso-energi" not in told
    assert "A wider terminal is shown the account, too." in told
    assert max(len(line) for line in told.splitlines()) <= 58
