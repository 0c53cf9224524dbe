"""The pump: takes what the bank tells unasked and wakes the procedures it is about, over and over until it is stopped.

A notification is believed by nobody (law 2): it only says whom to wake. The bank tells it once, so it is kept here, and tried
again, until it is booked and everybody it is about has been woken. It is kept in memory: when the process dies, what is on its
way is lost (docs/events.md says what that comes to).
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from activities.bookkeeping import Wake, hear
from gateways.port import Gateway, GatewayUnavailable, Notification
from paystates import clock
from paystates.client import Paystates, PaystatesError
from store.port import Book

_log = logging.getLogger(__name__)


@runtime_checkable
class Tells(Protocol):
    """A bank that is asked for its notifications. Others send theirs to a web hook of the house."""

    def notifications(self, until: datetime) -> list[Notification]:
        """What it has told by then; told once."""


@dataclass(slots=True, eq=False)
class _News:
    """A notification on its way, and whom it has still to wake; None while it is not booked."""

    told: Notification
    to_wake: list[Wake] | None = None

    @property
    def is_passed_on(self) -> bool:
        """Whether nothing is left to do about it."""
        return self.to_wake == []

    def __str__(self) -> str:
        return f"{self.told.kind} ({self.told.id})"


class Pump:
    """Between one bank, one book and the front desk. `now` is the present instant.

    `gateway`: who is asked for the details of a card that was renewed (G25).
    """

    def __init__(
        self,
        bank: Tells,
        book: Book,
        front: Paystates,
        now: Callable[[], datetime] = clock.now,
        *,
        gateway: Gateway | None = None,
    ) -> None:
        self._bank = bank
        self._gateway = gateway
        self._book = book
        self._front = front
        self._now = now
        self._waiting: list[_News] = []

    async def run(self, interval: timedelta, stop: asyncio.Event) -> None:
        """Every `interval`, until `stop` is set. Nothing else ends it: what fails is tried again."""
        while not stop.is_set():
            await self.once()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), interval.total_seconds())

    async def once(self) -> int:
        """Take in what is due, and wake whom it is about; answers how many were woken."""
        await self._take_in()
        woken = 0
        for news in tuple(self._waiting):
            try:
                woken += await self._pass_on(news)
            except Exception:  # noqa: BLE001 - a book that is down must neither end the pump nor keep other news from theirs
                _log.exception("%s could not be passed on: it is kept, and tried again", news)
            if news.is_passed_on:
                self._waiting.remove(news)
        return woken

    async def _take_in(self) -> None:
        try:
            self._waiting += map(_News, await asyncio.to_thread(self._told))
        except GatewayUnavailable:
            return
        except Exception:  # noqa: BLE001 - the same of a bank that answers nonsense
            _log.exception("the bank could not be asked what it tells, and will be")

    async def _pass_on(self, news: _News) -> int:
        """Book it unless it is booked, and wake those who are not woken yet."""
        if news.to_wake is None:
            news.to_wake = await asyncio.to_thread(self._heard, news.told)
        woken = 0
        for wake in tuple(news.to_wake):
            try:
                woken += await self._front.wake(
                    wake.invoice, wake.action, actor="provider", starts=wake.starts, subject=wake.subject
                )
            except PaystatesError as error:
                _log.warning("%s is kept: %s could not be woken, and will be: %s", news, wake.to, error)
            else:
                news.to_wake.remove(wake)
        return woken

    def _told(self) -> list[Notification]:
        now = self._now()
        with clock.at(now):
            return self._bank.notifications(now)

    def _heard(self, notification: Notification) -> list[Wake]:
        now = self._now()
        with clock.at(now):
            return hear(self._book, notification, now, self._gateway)
