"""The pump: takes what the bank tells unasked and wakes the procedures it is about, over and over until it is stopped.

A notification is believed by nobody (law 2): it only says whom to wake. A wake-up that cannot be delivered is kept and tried
again, for the bank tells it once.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
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
        self._waiting: list[Wake] = []

    async def run(self, interval: timedelta, stop: asyncio.Event) -> None:
        """Every `interval`, until `stop` is set. Nothing else ends it: what fails is tried again."""
        while not stop.is_set():
            await self.once()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), interval.total_seconds())

    async def once(self) -> int:
        """Take in what is due, and wake whom it is about; answers how many were woken."""
        try:
            self._waiting += await asyncio.to_thread(self._heard)
        except GatewayUnavailable:
            return 0
        except Exception:  # noqa: BLE001 - a book that is down must not end the pump for good
            _log.exception("the bank's notifications could not be booked; the procedures will ask for themselves")
        woken, undelivered = 0, list[Wake]()
        for wake in self._waiting:
            try:
                woken += await self._front.wake(
                    wake.invoice, wake.action, actor="provider", starts=wake.starts, subject=wake.subject
                )
            except PaystatesError as error:
                _log.warning("%s could not be woken, and will be: %s", wake.to, error)
                undelivered.append(wake)
        self._waiting = undelivered
        return woken

    def _heard(self) -> list[Wake]:
        now = self._now()
        with clock.at(now):
            told = self._bank.notifications(now)
            return [wake for one in told for wake in hear(self._book, one, now, self._gateway)]
