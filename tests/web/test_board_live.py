"""The stream that says that something has changed: to whom it concerns, to nobody else, and no longer than the server serves."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from house_in_memory import InMemory
from starlette.types import Message

from paystates.web.access import Access, May
from paystates.web.board import looking
from paystates.web.board.session import Session
from paystates.web.house import within
from paystates.web.problems import Problem
from paystates.web.pulse import Closing, Pulse
from paystates.web.seats import Seats
from store.errors import BookError
from store.memory import MemoryBook
from store.port import JournalRow

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
CHANGED = "event: changed\ndata:\n\n"
AT_ONCE = 0.01
LONG = 30.0


def row(account: str, number: int, subject: str = "charge-retry/i-1") -> JournalRow:
    return JournalRow(
        subject, "run", number, NOW, "charge-retry@1", "kari", "hold", "{}", "waiting", "held", accepted=True, account_id=account
    )


def write(book: MemoryBook, *rows: JournalRow) -> None:
    with book.transaction() as pages:
        pages.add_journal(rows)


class Listener:
    """Somebody with an open page: it follows a stream and counts what it is told."""

    def __init__(self, stream: AsyncIterator[Any]) -> None:
        self.told: asyncio.Queue[str] = asyncio.Queue()
        self.following = asyncio.create_task(self._follow(stream))

    async def _follow(self, stream: AsyncIterator[Any]) -> None:
        async for line in stream:
            self.told.put_nowait(line)

    async def next(self) -> str:
        return await asyncio.wait_for(self.told.get(), LONG)


async def listening(house: InMemory, access: Access, account: str = "") -> Listener:
    session = Session("s", access, "kari", "word")
    answer = await looking.live(within(house.app), session, account)
    listener = Listener(answer.body_iterator)  # type: ignore[attr-defined]  # it is a streaming response
    assert await listener.next() == ": listening\n\n"
    return listener


def reaching(*accounts: str) -> Access:
    return Access("t", "tests", frozenset(accounts), frozenset({May.READ}), "kari")


@pytest.fixture
def quick(memory_house: InMemory) -> InMemory:
    """A house whose journal is looked at without a pause."""
    within(memory_house.app).pulse._every = AT_ONCE
    return memory_house


@pytest.mark.parametrize("account", ["", "contoso"])
async def test_a_page_is_told_of_what_happens_to_its_account_and_of_nothing_else(quick: InMemory, account):
    """What is written for another account reaches it never: the row that concerns it comes after that, and is told first."""
    mine = await listening(quick, reaching("contoso"), account)
    theirs = await listening(quick, reaching("fjord"))
    await position_is_known(within(quick.app).pulse)
    write(quick.book, row("fjord", 1))
    assert await theirs.next() == CHANGED
    assert mine.told.empty()
    write(quick.book, row("contoso", 2))
    assert await mine.next() == CHANGED
    assert theirs.told.empty()
    within(quick.app).closing.begin()
    await asyncio.wait_for(asyncio.gather(mine.following, theirs.following), LONG)


async def test_a_procedures_page_is_told_of_that_procedure_only(quick: InMemory):
    await quick.front.start("charge-retry", {"invoice": "2026-1001"})
    session = Session("s", reaching("contoso"), "kari", "word")
    answer = await looking.live_procedure(within(quick.app), session, "charge-retry/2026-1001")
    listener = Listener(answer.body_iterator)  # type: ignore[attr-defined]  # as above
    await listener.next()
    everything = await listening(quick, reaching("contoso"))
    await position_is_known(within(quick.app).pulse)
    write(quick.book, row("contoso", 1, "charge-retry/2026-1002"))
    assert await everything.next() == CHANGED
    assert listener.told.empty()
    write(quick.book, row("contoso", 2, "charge-retry/2026-1001"))
    assert await listener.next() == CHANGED
    within(quick.app).closing.begin()
    await asyncio.wait_for(listener.following, LONG)


async def position_is_known(pulse: Pulse) -> None:
    """Wait until the pulse has read where the journal ends: what was written before is not told."""
    await until(lambda: pulse._position is not None)


async def until(so: Callable[[], bool]) -> None:
    """Let others run until it is so."""
    async with asyncio.timeout(LONG):
        while not so():  # noqa: ASYNC110 - nobody says when it is
            await asyncio.sleep(0)


async def test_streams_end_at_once_when_the_server_is_about_to_stop(memory_house: InMemory):
    """Nobody waits for the next change: a graceful stop would take as long as its patience."""
    listener = await listening(memory_house, reaching("contoso"))
    house = within(memory_house.app)
    house.closing.begin()
    await asyncio.wait_for(listener.following, LONG)
    assert listener.told.empty()
    late = await listening(memory_house, reaching("contoso"))
    await asyncio.wait_for(late.following, LONG)


async def test_open_pages_take_the_seats_of_their_token(memory_house: InMemory):
    """An answer that nobody receives any more has left its seat."""
    object.__setattr__(within(memory_house.app), "seats", Seats(1))
    session = Session("s", reaching("contoso"), "kari", "word")
    first = await looking.live(within(memory_house.app), session)
    with pytest.raises(Problem, match="Too many streams"):
        await looking.live(within(memory_house.app), session)

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def nobody(_: Message) -> None:
        pass

    await first({"type": "http", "asgi": {"spec_version": "2.0"}}, gone, nobody)
    await looking.live(within(memory_house.app), session)


async def test_a_book_that_is_down_for_a_while_leaves_nobody_deaf():
    class Faulty(MemoryBook):
        broken = 0

        def reading(self):
            if self.broken:
                self.broken -= 1
                raise BookError("the disk is full")
            return super().reading()

    book, closing = Faulty(), Closing()
    pulse = Pulse(book, closing, AT_ONCE)
    listener = Listener(pulse.changes(lambda _: True))
    await listener.next()
    await position_is_known(pulse)
    book.broken = 3
    await until(lambda: not book.broken)
    write(book, row("contoso", 1))
    assert await listener.next() == CHANGED
    closing.begin()
    await asyncio.wait_for(listener.following, LONG)


async def test_nobody_looks_at_the_journal_when_nobody_listens():
    book = MemoryBook()
    pulse = Pulse(book, Closing(), AT_ONCE)
    stream = pulse.changes(lambda _: True)
    await anext(stream)
    following = pulse._following
    assert following is not None
    await stream.aclose()
    await asyncio.wait_for(following, LONG)
    assert pulse._following is None


async def test_a_page_is_renewed_now_and_then_though_nothing_was_written(monkeypatch: pytest.MonkeyPatch):
    """That a worker is lost, or that somebody paused it in Temporal, stands in no journal."""
    monkeypatch.setattr("paystates.web.pulse._AT_LEAST", AT_ONCE)
    stream = Pulse(MemoryBook(), Closing(), AT_ONCE).changes(lambda _: True)
    assert [await anext(stream), await anext(stream)] == [": listening\n\n", CHANGED]
    await stream.aclose()
