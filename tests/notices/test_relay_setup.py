"""What a relay is made of: its backoff, its links, and the loop that runs it in a worker."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest

from domain.notices import Notice, NoticeStatus
from notices.relay import Backoff, Relay, RelayReport, run_forever
from notices.sender import CollectingSender, Handover
from store.memory import MemoryBook

Write = Callable[..., None]


def test_the_backoff_doubles_up_to_its_cap() -> None:
    backoff = Backoff()
    assert [backoff.after(tries) for tries in (1, 2, 3)] == [timedelta(minutes=minutes) for minutes in (1, 2, 4)]
    assert backoff.after(9) == timedelta(minutes=256)
    assert backoff.after(10) == backoff.after(100_000) == timedelta(hours=6)
    with pytest.raises(ValueError, match="0 < first <= cap"):
        Backoff(first=timedelta())


@pytest.mark.parametrize("link_base", ["", "pay.example.com", "javascript:alert(1)", "https://a.example/?q=1"])
def test_a_link_is_a_web_address(book: MemoryBook, link_base: str) -> None:
    with pytest.raises(ValueError, match="web address"):
        Relay(book, CollectingSender(), from_address="a@b.example", link_base=link_base)


def test_an_invoice_number_cannot_leave_the_link(book: MemoryBook, write: Write, notice: Notice, start: datetime) -> None:
    with book.transaction() as pages:
        invoice = pages.invoice("INV-1")
        assert invoice is not None
        odd = replace(invoice, id="../x?y=1 #z")
        pages.put_invoice(odd)
    sender = CollectingSender()
    write(replace(notice, invoice_id=odd.id))
    with book.transaction() as pages:
        for entry in pages.entries("INV-1"):
            pages.add_entry(replace(entry, reference="odd", invoice_id=odd.id))
    Relay(book, sender, from_address="a@b.example", link_base="https://pay.example.com/balance/").run_once(start)
    html = str(list(sender.messages[0].iter_parts())[1].get_content())
    assert 'href="https://pay.example.com/balance/..%2Fx%3Fy%3D1%20%23z"' in html


async def test_the_loop_outlives_a_broken_book_and_ends_when_told(
    book: MemoryBook, write: Write, notice: Notice, start: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    """The database's error is logged, the next run sends."""
    write(notice)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Last(CollectingSender):
        def send(self, message: EmailMessage) -> Handover:
            loop.call_soon_threadsafe(stop.set)
            return super().send(message)

    class Broken(Relay):
        runs = 0

        def run_by(self, clock: Callable[[], datetime], stop: Callable[[], bool] = lambda: False) -> RelayReport:
            self.runs += 1
            if self.runs == 1:
                raise ConnectionError("the database is away")
            return super().run_by(clock, stop)

    sender = Last()
    relay = Broken(book, sender, from_address="a@b.example", link_base="https://pay.example.com")
    await asyncio.wait_for(run_forever(relay, timedelta(microseconds=1), stop, clock=lambda: start), timeout=10)
    assert "the database is away" in caplog.text
    assert len(sender.messages) == 1
    with book.transaction() as pages:
        assert [row.status for row in pages.notices("INV-1")] == [NoticeStatus.SENT]
