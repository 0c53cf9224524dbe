"""Whatever the bank does and whoever acts when: the laws of money hold after every step, and everything ends."""

import asyncio
import os
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from walking import METHODS, WatchedRehearsal, banks, crashes, scenario, steps

EXAMPLES = int(os.environ.get("PAYSTATES_WALKS", "40"))
"""More of them find more: `PAYSTATES_WALKS=20000 pytest tests/activities/test_walks.py`."""


DECLINES = {method: [{"decline": "insufficient_funds"}] * 9 for method in METHODS}
SOON = {"by": "desk", "act": "retry_now", "invoice": "W-1"}
"""An operator does not wait for a day."""


@example(bank=DECLINES, done=[(timedelta(hours=3), SOON)], bound=METHODS[0], kills={})
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(bank=banks, done=steps, bound=st.sampled_from(METHODS), kills=crashes)
def test_the_laws_of_money_hold_in_every_walk(
    bank: dict[str, Any], done: list[tuple[timedelta, dict[str, Any]]], bound: str, kills: dict[int, bool]
) -> None:
    """Laws 1 to 8, U1, U3, U9, U13: two invoices of one subscription, any bank, any actors, crashes between any two commits."""

    async def walk() -> None:
        rehearsal = WatchedRehearsal(scenario(bank, done, bound), kills)
        await rehearsal.run()
        await rehearsal.check_end()

    asyncio.run(walk())
