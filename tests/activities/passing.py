"""Time that passes for procedures in memory, and all that they are told on the way."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from activities.desk import Wake
from paystates.rehearsal.in_memory import MemoryDriver
from paystates.rehearsal.stage import Stage


async def passes(stage: Stage, driver: MemoryDriver, now: datetime, span: timedelta) -> datetime:
    """Through all that is due, and all that the bank tells by then; when it is over."""
    end = now + span
    while True:
        told = stage.bank.next_notification_at()
        now = min(end, max(told, now)) if told is not None else end
        await driver.advance(now)
        await tell(driver, stage.hear_bank(now), now, by="provider")
        if now == end and (told is None or told > end):
            return now


async def tell(driver: MemoryDriver, wakes: Sequence[Wake], now: datetime, *, by: str) -> None:
    """Wake whoever runs; one that does not begins, where that is asked for."""
    for wake in wakes:
        if await driver.act(wake.to, wake.action, by, now) is None and wake.starts:
            await driver.start(wake.procedure, wake.starts, now)
