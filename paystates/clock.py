"""The one clock: `now()` is virtual under time travel and real in production, and safe under concurrency.

Workflow code is given its instant by the interpreter; activity code gets it through a context variable that the worker's
interceptor sets. Nothing else in the project reads a clock (a test sees to it).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_instant: ContextVar[datetime | None] = ContextVar("paystates_now", default=None)


def now() -> datetime:
    """The present instant in UTC: the virtual one where a clock is set, else the machine's."""
    return _instant.get() or datetime.now(UTC)


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Let `now()` answer `instant` (an aware datetime) inside the block, in this thread or task only."""
    if instant.tzinfo is None:
        message = f"instant {instant.isoformat()} has no time zone: give an aware datetime"
        raise ValueError(message)
    token = _instant.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _instant.reset(token)
