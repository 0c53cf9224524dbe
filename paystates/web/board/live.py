"""Says when something has changed: one look at the end of the journal a second, for however many pages are open."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Final

from starlette.concurrency import run_in_threadpool

from store.port import Book, JournalRow

_log = logging.getLogger(__name__)

_EVERY: Final = 1.0
_AT_LEAST: Final = 20.0
"""Seconds after which a page is renewed though nothing was written: a pause or a lost worker stands in no journal."""
_MANY: Final = 500

Concerns = Callable[[JournalRow], bool]


class Pulse:
    """Follows the journal while somebody listens, and wakes those whom a row concerns. To be used in one loop."""

    def __init__(self, book: Book, every: float = _EVERY) -> None:
        self._book = book
        self._every = every
        self._listeners: dict[asyncio.Event, Concerns] = {}
        self._following: asyncio.Task[None] | None = None

    async def changes(self, concerns: Concerns) -> AsyncIterator[str]:
        """The lines of an event stream: `changed` for each time that a row concerned it, and now and then in any case."""
        told = asyncio.Event()
        self._listeners[told] = concerns
        if self._following is None:
            self._following = asyncio.create_task(self._follow())
        try:
            yield ": listening\n\n"
            while True:
                with suppress(TimeoutError):
                    await asyncio.wait_for(told.wait(), _AT_LEAST)
                told.clear()
                yield "event: changed\ndata:\n\n"
        finally:
            del self._listeners[told]

    async def _follow(self) -> None:
        position: int | None = None
        try:
            while self._listeners:
                try:
                    position = await self._heard(position)
                except Exception:  # noqa: BLE001 - a book that is down for a while must not leave the pages deaf for good
                    _log.exception("the journal cannot be followed just now")
                await asyncio.sleep(self._every)
        finally:
            self._following = None

    async def _heard(self, position: int | None) -> int:
        """Tell those whom the rows after a position concern; the position to go on from."""
        if position is None:
            return await run_in_threadpool(self._end)
        for place, row in await run_in_threadpool(self._after, position):
            position = place
            for told, concerns in self._listeners.items():
                if concerns(row):
                    told.set()
        return position

    def _end(self) -> int:
        with self._book.transaction() as pages:
            return pages.journal_end()

    def _after(self, position: int) -> list[tuple[int, JournalRow]]:
        with self._book.transaction() as pages:
            return list(pages.journal_after(position, _MANY))
