"""What the journal tells of a retry, line by line."""

import json
from datetime import UTC, datetime

from paystates.front.background import row_of
from paystates.front.words import lines
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
