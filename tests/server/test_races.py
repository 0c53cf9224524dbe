"""Any two procedures at once on one account, on a real server: one worker, one book, and whoever comes first.

What they may interleave at is tried exhaustively in memory (tests/activities/test_races_on_methods.py and
test_races_with_money.py). Here the same pairs meet as they do in production, and the end must be right all the same.
"""

import asyncio
from typing import Any

import pytest
from office import OWED, Office, OpenOffice

from paystates.temporal.messages import Outcome

pytestmark = pytest.mark.server

TO_OTHER = {"chosen": "m2-{name}", "confirmed": True}
TO_FIRST = {"chosen": "m-{name}", "confirmed": True}
NEW = {
    "new": {"token": "tok-{name}", "kind": "card", "network": "visa", "last4": "5100", "country": "NO", "expires": "2040-04-30"},
    "confirmed": True,
}
EDIT = {"details": {"holder": "Ingrid Solberg"}, "security_code": "cvc_tok"}
Start = tuple[str, dict[str, Any]]

PAIRS: dict[str, tuple[Start, Start]] = {
    "replace x the same replace": (
        ("replace-all", {"method": "m-{name}", **TO_OTHER}),
        ("replace-all", {"method": "m-{name}", **TO_OTHER}),
    ),
    "replace x replace, crossed": (
        ("replace-all", {"method": "m-{name}", **TO_OTHER}),
        ("replace-all", {"method": "m2-{name}", **TO_FIRST}),
    ),
    "replace x delete": (
        ("replace-all", {"method": "m-{name}", **TO_OTHER}),
        ("delete-with-dependents", {"method": "m2-{name}", **TO_FIRST}),
    ),
    "delete x delete, crossed": (
        ("delete-with-dependents", {"method": "m-{name}", **TO_OTHER}),
        ("delete-with-dependents", {"method": "m2-{name}", **TO_FIRST}),
    ),
    "delete x add and bind": (
        ("delete-with-dependents", {"method": "m-{name}", **TO_OTHER}),
        ("change-single-subscription", {"subscription": "s-{name}", **NEW}),
    ),
    "change x replace": (
        ("change-single-subscription", {"subscription": "s-{name}", **TO_OTHER}),
        ("replace-all", {"method": "m-{name}", **NEW}),
    ),
    "update x delete": (
        ("update-details", {"method": "m-{name}", **EDIT}),
        ("delete-with-dependents", {"method": "m-{name}", **TO_OTHER}),
    ),
    "settle x retry": (
        ("settle-balance", {"method": "m-{name}", **TO_OTHER}),
        ("charge-retry", {"invoice": "{name}"}),
    ),
}
"""Of each both are started at the same moment, with all their choices made."""


def named(value: Any, name: str) -> Any:
    """The same of one office."""
    if isinstance(value, dict):
        return {key: named(one, name) for key, one in value.items()}
    return value.format(name=name) if isinstance(value, str) else value


async def goes(here: Office, start: Start) -> tuple[str, Outcome]:
    """From its start to its end, as whoever it is that starts it."""
    procedure, about = start
    actor = {} if procedure == "charge-retry" else {"actor": here.admin}
    subject = await here.front.start(procedure, {**named(about, here.invoice), **actor})
    return subject, await here.front.result(subject)


@pytest.mark.parametrize("swapped", [False, True], ids=["", "swapped"])
@pytest.mark.parametrize("pair", PAIRS)
async def test_two_at_once_end_well(office: OpenOffice, pair: str, swapped: bool) -> None:  # noqa: FBT001 - pytest gives it
    here = await office() if "retry" in pair else await office(billed="2d")
    pairs = reversed(PAIRS[pair]) if swapped else PAIRS[pair]
    ended = dict(await asyncio.wait_for(asyncio.gather(*(goes(here, start) for start in pairs)), 90))
    with here.book.transaction() as pages:
        subscription = pages.subscription(f"s-{here.invoice}")
        assert subscription is not None
        on_file = {one.id for one in pages.methods(f"a-{here.invoice}")}
        assert subscription.method_id in on_file, f"it points at what is deleted, after {ended}"
        for subject, outcome in ended.items():
            procedure, _, about = subject.partition("/")
            if procedure == "delete-with-dependents":
                assert (outcome.state == "done") == (about not in on_file)
            for run in {row.run for row in pages.journal(subject)}:
                moved = [(one.item_kind, one.item_id) for one in pages.rebindings(subject, run)]
                assert len(moved) == len(set(moved)), "a procedure moves an item once"
    assert here.charges == ([OWED] if "retry" in pair else []), "what is due is charged once, by whoever asks (law 1)"
    assert here.balance == OWED - sum(here.charges)
