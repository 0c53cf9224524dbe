"""The journal in a view: its last lines, how many came before them, and where another run began."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from paystates.cli.viewing import _show_journal
from paystates.engine import Actor
from paystates.front.background import TAIL, Background
from paystates.front.joining import joined
from paystates.front.pages import Trouble
from paystates.front.recalling import recalled
from store.port import JournalRow

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def row(number: int, run: str) -> JournalRow:
    """Somebody holds the attempts, `number` minutes on."""
    said: dict[str, Any] = {"event_kind": "hold", "event": '{"kind": "hold"}', "source": "waiting", "target": "held"}
    return JournalRow(
        procedure="charge-retry/F-1", run=run, sequence=number, at=NOW + timedelta(minutes=number), definition="charge-retry@1",
        actor="olga", accepted=True, refusals="[]", account_id=None, **said,
    )  # fmt: skip


def shown(capsys: pytest.CaptureFixture[str], *runs: str) -> list[str]:
    rows = [row(number, run) for number, run in enumerate(runs)]
    seen = recalled("charge-retry/F-1", rows, None, NOW)
    _show_journal(joined(seen, Background(rows=rows), Actor(""), Trouble.NONE, NOW))
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines() if line.strip()]


def test_a_border_stands_between_two_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """An operator must not read what an earlier run did as part of this one."""
    told = shown(capsys, "a", "a", "b")
    assert [index for index, line in enumerate(told) if line == "─── another run"] == [3]
    assert len(told) == 5


def test_what_is_not_shown_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert "3 earlier rows not shown" in shown(capsys, *("a" * (TAIL + 3)))
    assert not any("not shown" in line for line in shown(capsys, *("a" * TAIL)))
