"""How far a procedure is in the middle of many things: in its view, and in what the Temporal UI shows."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from paystates.engine import Snapshot
from paystates.front import resting
from paystates.temporal.announce import progress
from paystates.temporal.details import details
from paystates.temporal.messages import Stand, View
from states.replace_all import REPLACE_ALL, Memory

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def standing(state: str) -> Snapshot[Memory]:
    """A replacement that has moved 250 of 1000 items."""
    memory = Memory(actor="ida", method="visa", chosen="mc", total=1000, moved=250)
    return Snapshot(REPLACE_ALL.id, state, 4, memory, NOW)


def test_in_the_middle_of_many_things_it_is_told_how_many_are_done() -> None:
    """An operator sees that it goes on (G33)."""
    assert progress(REPLACE_ALL, standing("moving")) == (250, 1000)
    assert "- 250 of 1000 done" in details(REPLACE_ALL, standing("moving"), (), NOW)


@pytest.mark.parametrize("state", ["choosing", "verifying", "done"])
def test_elsewhere_there_is_nothing_to_count(state: str) -> None:
    assert progress(REPLACE_ALL, standing(state)) is None
    assert "done\n" not in details(REPLACE_ALL, standing(state), (), NOW).partition("|")[0]


class Busy:
    """A front desk before which one procedure never comes to a rest."""

    async def view(self, subject: str) -> View:
        """In the middle."""
        stand = Stand.of(standing("moving"))
        return View(subject=subject, headline="", title="Moves", waits_for="", stand=stand, allowed=(), progress=(250, 1000))


async def test_nobody_waits_at_a_terminal_until_the_last_item_is_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while the view is shown as it is, with its progress."""
    monkeypatch.setattr(resting, "LONG_ENOUGH", 0.0)
    front: Any = Busy()
    seen = await asyncio.wait_for(resting.at_rest(front, "replace-all/visa"), 5)
    assert seen.progress == (250, 1000)
