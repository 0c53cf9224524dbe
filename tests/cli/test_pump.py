"""The pump passes on what the bank tells: once, to whom it concerns, and not before it can be delivered."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from shell import book_text

from activities.bookkeeping import Wake, hear
from domain.accounts import Attempt, AttemptStatus, Initiator, Standing
from gateways.port import GatewayUnavailable, Notification
from gateways.scripted import ScriptedBank
from paystates.cli.pump import Pump, Tells
from paystates.client import Unreachable
from paystates.engine import Action
from states.charge_retry import BalanceChanged
from store.files import read_book, write_book
from store.memory import MemoryBook
from store.port import Book

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


@dataclass
class Bank:
    """Tells what it is given, once; or cannot be reached."""

    untold: list[Notification] = field(default_factory=list)
    away: bool = False

    def notifications(self, until: datetime) -> list[Notification]:
        if self.away:
            raise GatewayUnavailable("away")
        told = [each for each in self.untold if each.at <= until]
        self.untold = [each for each in self.untold if each not in told]
        return told


@dataclass
class Front:
    """Keeps who was woken; or cannot be reached, or not by one."""

    away: bool = False
    deaf: str = ""
    woken: list[tuple[str, str, Mapping[str, Any] | None]] = field(default_factory=list)

    async def wake(
        self, invoice: str, action: Action, *, actor: str, starts: Mapping[str, Any] | None = None, subject: str | None = None
    ) -> bool:
        if self.away or invoice == self.deaf:
            raise Unreachable("away")
        assert actor == "provider"
        self.woken.append((invoice, action.kind, starts))
        return True


@pytest.fixture
def book() -> MemoryBook:
    made = MemoryBook()
    write_book(read_book(book_text("i-1"), "book.yaml", NOW.date()), made, NOW)
    attempt = Attempt(
        "i-1", 1, AttemptStatus.SUCCEEDED, "m-i-1", "visa", 149500, "NOK", Initiator.MERCHANT, "charge-retry/i-1", NOW,
        intent_id="in_1",
    )  # fmt: skip
    with made.transaction() as pages:
        pages.add_attempt(attempt)
    return made


def pump(bank: Any, book: MemoryBook, front: Any) -> Pump:
    assert isinstance(bank, Tells)
    return Pump(bank, book, front, lambda: NOW)


def returned(at: datetime = NOW) -> Notification:
    return Notification("n-1", "intent.charged_back", at, intent_id="in_1", reference="i-1/1")


async def test_a_chargeback_wakes_and_may_start(book: MemoryBook) -> None:
    front = Front()
    assert await pump(Bank([returned()]), book, front).once() == 1
    assert front.woken == [("i-1", "provider_notified", {"invoice": "i-1", "hint": 1})]


async def test_what_the_bank_will_tell_later_is_not_heard_yet(book: MemoryBook) -> None:
    front = Front()
    assert await pump(Bank([returned(NOW + timedelta(days=1))]), book, front).once() == 0


async def test_a_bank_that_is_away_is_asked_again(book: MemoryBook) -> None:
    bank, front = Bank([returned()], away=True), Front()
    hears = pump(bank, book, front)
    assert await hears.once() == 0
    bank.away = False
    assert await hears.once() == 1


async def test_a_wake_up_that_cannot_be_delivered_is_kept(book: MemoryBook) -> None:
    """The bank tells it once, so the pump must not lose it."""
    front = Front(away=True)
    hears = pump(Bank([returned()]), book, front)
    assert await hears.once() == 0
    front.away = False
    assert await hears.once() == 1
    assert await hears.once() == 0


async def test_what_cannot_be_booked_is_kept_and_keeps_nothing_else(
    book: MemoryBook, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The bank tells each of a batch once: one that fails is tried again by itself, also while the bank is away."""
    away = [True]

    def flaky(book: Book, told: Notification, *given: Any) -> list[Wake]:
        if told.id == "n-0" and away[0]:
            raise OSError("database is locked")
        return hear(book, told, *given)

    monkeypatch.setattr("paystates.cli.pump.hear", flaky)
    bank, front = Bank([replace(returned(), id="n-0"), returned()]), Front()
    hears = pump(bank, book, front)
    assert await hears.once() == 1
    assert "intent.charged_back (n-0) could not be passed on: it is kept" in caplog.text
    bank.away, away[0] = True, False
    assert await hears.once() == 1
    assert await hears.once() == 0


async def test_what_is_booked_is_not_heard_again_for_those_who_were_not_woken(book: MemoryBook) -> None:
    """Heard again it would be no news, and wake nobody: a renewed card is corrected once, its retries told later."""
    bank, front = ScriptedBank(now=lambda: NOW), Front(away=True)
    with book.transaction() as pages:
        method = pages.method("m-i-1")
    assert method is not None
    bank.renew_method(method.token, last4="1881")
    hears = Pump(bank, book, front, lambda: NOW, gateway=bank)
    assert await hears.once() == 0
    front.away = False
    assert await hears.once() == 1
    assert [action for _, action, _ in front.woken] == ["details_updated"]


async def test_one_that_cannot_be_woken_keeps_no_other_from_it(book: MemoryBook, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notification about many debts: who was woken is not woken again, who was not is."""
    wakes = [Wake("i-deaf", BalanceChanged()), Wake("i-1", BalanceChanged())]
    monkeypatch.setattr("paystates.cli.pump.hear", lambda *_: list(wakes))
    front = Front(deaf="i-deaf")
    hears = pump(Bank([returned()]), book, front)
    assert await hears.once() == 1
    front.deaf = ""
    assert await hears.once() == 1
    assert [invoice for invoice, _, _ in front.woken] == ["i-1", "i-deaf"]


async def test_a_method_that_is_gone_is_booked_and_wakes_nobody(book: MemoryBook) -> None:
    front = Front()
    told = Notification("n-2", "method.gone", NOW, token="tok_paying")
    assert await pump(Bank([told]), book, front).once() == 0
    with book.transaction() as pages:
        method = pages.method("m-i-1")
    assert method is not None
    assert method.standing is Standing.GONE


async def test_a_book_that_breaks_does_not_end_the_pump(book: MemoryBook, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("paystates.cli.pump.hear", broken)
    stop = asyncio.Event()
    hears = pump(Bank([returned()]), book, Front())
    running = asyncio.create_task(hears.run(timedelta(hours=1), stop))
    await asyncio.sleep(0)
    stop.set()
    await asyncio.wait_for(running, 10)


async def test_the_provider_is_asked_for_the_details_of_a_renewed_card(book: MemoryBook) -> None:
    """G25: what the notification says is not believed."""
    bank, front = ScriptedBank(now=lambda: NOW), Front()
    with book.transaction() as pages:
        method = pages.method("m-i-1")
    assert method is not None
    bank.renew_method(method.token, last4="1881")
    await Pump(bank, book, front, lambda: NOW, gateway=bank).once()

    with book.transaction() as pages:
        renewed = pages.method("m-i-1")
    assert renewed is not None
    assert renewed.last4 == "1881"
