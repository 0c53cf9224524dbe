"""Waits until a procedure rests: for a person, for time, or at its end."""

import asyncio

from paystates.client import Paystates
from paystates.temporal.messages import View

LONG_ENOUGH = 3.0
"""Seconds after which a person is shown how far something is, instead of its end."""


async def at_rest(front: Paystates, subject: str, *, after: View | None = None) -> View:
    """Its view as soon as it waits for something or has ended, and not just as it was `after`. To be asked patiently.

    In the middle of many things nobody is kept waiting for long: then it is the view of that, with its progress.
    """
    pause = 0.02
    give_up = asyncio.get_running_loop().time() + LONG_ENOUGH
    while True:
        seen = await front.view(subject)
        moved = after is None or seen.stand.visit != after.stand.visit
        if seen.verdict is not None or (seen.stand.due is not None and moved):
            return seen
        if seen.progress is not None and asyncio.get_running_loop().time() > give_up:
            return seen
        await asyncio.sleep(pause)
        pause = min(2 * pause, 0.5)
