"""What the journal tells of a procedure, line by line."""

import json
from datetime import UTC, datetime

import pytest

from paystates.engine import Action, End, kind_of
from paystates.front.background import row_of
from paystates.front.words import lines
from states import results
from states.procedures import NEWEST
from states.settle_balance import SETTLE_BALANCE
from store.port import JournalRow

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def opened(target: str, method: str | None) -> JournalRow:
    event = json.dumps({"debt": {"method": method}})
    return JournalRow(
        "charge-retry/F-1", "run", 1, NOW, "charge-retry@1", "house", "opened", event, "opening", target, accepted=True
    )


def test_a_method_that_is_bound_no_more_is_not_named() -> None:
    """What is read anew says what is bound now, and that may be nothing: a deleted subscription lets go of its method (G52)."""
    told = [
        line.happened
        for line in lines([row_of(opened("waiting", "Visa •••• 4242"), {}), row_of(opened("needs_method", None), {})])
    ]
    assert told == ["collection begins · Visa •••• 4242", "waits for another or a corrected payment method"]


def decided(procedure: str, kind: str, source: str, target: str, **event: object) -> list[str]:
    row = JournalRow(
        f"{procedure}/m-1", "run", 1, NOW, f"{procedure}@1", "house", kind, json.dumps(event), source, target, accepted=True
    )
    return [line.happened for line in lines([row_of(row, {})])]


ATTEMPTS = sorted(
    {
        (kind_of(move.on), source, move.to)
        for move in SETTLE_BALANCE.moves
        for source in move.sources
        if not issubclass(move.on, Action)
        and source in {"charging", "looking_up", "needs_customer", "opening_case"}
        and move.to is not None
    }
)
"""Whatever may become of a settlement's attempt, and where it leads."""


@pytest.mark.parametrize(("kind", "source", "target"), ATTEMPTS)
def test_whatever_becomes_of_a_settlements_attempt_is_told_without_a_number_that_nobody_knows(
    kind: str, source: str, target: str
) -> None:
    """Money is never taken, refused or sought in silence."""
    told = decided("settle-balance", kind, source, target)
    assert told
    assert not any("attempt 0" in line or "attempt None" in line for line in told)


def test_a_declined_settlement_says_why() -> None:
    told = decided("settle-balance", "settlement_declined", "charging", "reviewing", reason="insufficient_funds")
    assert told == ["the confirmed amount was declined: insufficient funds"]


def test_what_a_commit_found_against_it_is_told_with_all_its_reasons() -> None:
    """It goes on, and whoever is asked again reads why."""
    refusals = [
        {"code": one.code, "sentence": one.sentence.format(name="Visio"), "remedy": one.remedy} for one in results.CONFLICTS[:2]
    ]
    (told,) = decided("replace-all", "conflicted", "moving", "reviewing", refusals=refusals)
    assert told.endswith(
        "nothing was written: Visio belongs to another account; "
        "Visio was moved already, and somebody has bound it to another payment method again since"
    )


@pytest.mark.parametrize(("kind", "source"), [("gave_up", "authenticating"), ("unavailable", "adding")])
def test_a_method_that_was_not_added_is_told_where_somebody_is_asked_again(kind: str, source: str) -> None:
    for procedure in NEWEST.values():
        for move in procedure.moves:
            if kind_of(move.on) == kind and source in move.sources and not isinstance(procedure.states[str(move.to)], End):
                assert decided(procedure.name, kind, source, str(move.to))
