"""How many may wait at once: streams and questions that are kept open are counted by token, and each may have so many.

They cost little, but each holds a connection for minutes. The count is this process's own.
"""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Final

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from paystates.web.problems import Problem

EVENT_STREAM: Final = "text/event-stream"
_SOON: Final = {"Retry-After": "30"}


class Seat:
    """A place to wait at, until it is left."""

    def __init__(self, taken: Counter[str], whose: str) -> None:
        self._taken = taken
        self._whose = whose
        taken[whose] += 1

    def __enter__(self) -> None:
        """It was taken when it was made: who is refused is told before an answer begins."""

    def __exit__(self, *_: object) -> None:
        self._taken[self._whose] -= 1
        if not self._taken[self._whose]:
            del self._taken[self._whose]


class Seats:
    """The places of a process, `most` for each token. To be used in one loop."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: Counter[str] = Counter()

    def take(self, token: str) -> Seat:
        """One of the token's; the problem of 429 when all of them are taken."""
        if self._taken[token] >= self._most:
            detail = f"this token has {self._most} streams open here already: close one, or wait until one ends"
            raise Problem("too-many-streams", 429, "Too many streams", detail, headers=_SOON)
        return Seat(self._taken, token)


class EventStream(StreamingResponse):
    """Server-sent events, and the seat of whoever receives them, which is left when they end or nobody listens any more."""

    def __init__(self, lines: AsyncIterator[str | bytes], seat: Seat) -> None:
        super().__init__(lines, media_type=EVENT_STREAM, headers={"X-Accel-Buffering": "no"})
        self._seat = seat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them."""
        with self._seat:
            await super().__call__(scope, receive, send)
