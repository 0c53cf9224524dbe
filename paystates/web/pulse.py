"""Says when something has changed: two looks at the end of the journal a second, for however many pages and streams are open."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Final

from starlette.concurrency import run_in_threadpool

from store.port import Book, JournalRow

_log = logging.getLogger(__name__)

_EVERY: Final = 0.5
_AT_LEAST: Final = 20.0
"""Seconds after which a page is renewed though nothing was written: a pause or a lost worker stands in no journal."""
_MANY: Final = 500

Concerns = Callable[[JournalRow], bool]


class Closing:
    """Whether the server is about to stop: whoever waits for something that may never come is woken then, and goes."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()
        self.begun = False

    def begin(self) -> None:
        """Wake everybody. To be called in the loop that serves."""
        self.begun = True
        for each in self._waiting:
            each.set()

    async def or_else(self, event: asyncio.Event, within: float) -> bool:
        """Wait for an event, but no longer than that, and no longer than the server serves. False: it does no more."""
        if self.begun:
            return False
        self._waiting.add(event)
        try:
            async with asyncio.timeout(within):
                await event.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting.discard(event)
        return not self.begun


class Pulse:
    """Follows the journal while somebody listens, and wakes those whom a row concerns. To be used in one loop."""

    def __init__(self, book: Book, closing: Closing, every: float = _EVERY) -> None:
        self._book = book
        self._closing = closing
        self._every = every
        self._listeners: dict[asyncio.Event, Concerns] = {}
        self._following: asyncio.Task[None] | None = None
        self._position: int | None = None
        self.follows = asyncio.Event()
        """Whether it is known where the journal ends: what is written from then on is told."""

    @contextmanager
    def listening(self, concerns: Concerns) -> Iterator[asyncio.Event]:
        """Inside the block the event is set each time that a row concerned it."""
        told = asyncio.Event()
        self._listeners[told] = concerns
        if self._following is None:
            self._following = asyncio.create_task(self._follow())
        try:
            yield told
        finally:
            del self._listeners[told]

    async def changes(self, concerns: Concerns) -> AsyncIterator[str]:
        """The lines of an event stream: `changed` for each time that a row concerned it, and now and then in any case."""
        with self.listening(concerns) as told:
            yield ": listening\n\n"
            while await self._closing.or_else(told, _AT_LEAST):
                told.clear()
                yield "event: changed\ndata:\n\n"

    async def _follow(self) -> None:
        self._position = None
        try:
            while self._listeners:
                try:
                    await self._look()
                except Exception:  # noqa: BLE001 - a book that is down for a while must not leave the pages deaf for good
                    _log.exception("the journal cannot be followed just now")
                await asyncio.sleep(self._every)
        finally:
            self.follows.clear()
            self._following = None

    async def _look(self) -> None:
        """Tell those whom the rows after the last look concern. At first only where the journal ends is read."""
        if self._position is None:
            self._position = await run_in_threadpool(self._end)
            self.follows.set()
            return
        for place, row in await run_in_threadpool(self._after, self._position):
            self._position = place
            for told, concerns in self._listeners.items():
                if concerns(row):
                    told.set()

    def _end(self) -> int:
        with self._book.reading() as pages:
            return pages.journal_end()

    def _after(self, position: int) -> list[tuple[int, JournalRow]]:
        with self._book.reading() as pages:
            return list(pages.journal_after(position, _MANY))
