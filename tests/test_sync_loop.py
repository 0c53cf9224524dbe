"""The loop behind `paystates.sync`, without a server: whoever calls it never waits for themselves."""

import asyncio
import faulthandler
import gc
from collections.abc import AsyncGenerator, Iterator

import pytest

from paystates import sync


@pytest.fixture
def loop() -> Iterator[sync._Loop]:
    made = sync._Loop()
    yield made
    made.close()


class Following:
    """A handle that can be followed for ever."""

    subject = "replace-all/visa-1"

    async def watch(self, *, after: int) -> AsyncGenerator[int, None]:
        while True:
            yield after


async def seven() -> int:
    return 7


def test_garbage_that_is_collected_in_the_middle_of_a_call_lets_go_of_what_it_followed(
    loop: sync._Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody says when that is: it can be while the same thread holds the lock of the loop."""
    following = sync.SyncHandle(Following(), loop).watch()  # type: ignore[arg-type]  # it has all that is asked for
    next(following)
    circle = [following]
    circle.append(circle)  # type: ignore[arg-type]  # so that only the collector finds it
    left_to = asyncio.run_coroutine_threadsafe

    def collecting(*given: object) -> object:
        gc.collect()
        return left_to(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(asyncio, "run_coroutine_threadsafe", collecting)
    del circle, following
    faulthandler.dump_traceback_later(30, exit=True)  # it would stand still for ever
    try:
        assert loop.wait_for(seven()) == 7
    finally:
        faulthandler.cancel_dump_traceback_later()
