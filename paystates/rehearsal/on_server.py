"""Procedures on a Temporal server that skips time: about a second a wait."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Self

from temporalio.client import Client
from temporalio.testing import TimeSkipper, TimeSkippingConfig
from temporalio.worker import Worker

from activities.desk import Desk, Wake
from paystates import clock
from paystates.client import Paystates
from paystates.composition import worker
from paystates.engine import HOUSE, Action
from paystates.handles import Handle
from paystates.orders import AlreadyOver, NotFound, OtherRequest, Refused, TimedOut, Unreachable
from paystates.rehearsal.drivers import Where, codes

_LATE = timedelta(seconds=10)
"""How far past an instant a clock is moved. A timer that was skipped to fires about a second late; and when the real clock
overtakes the end of a fast-forward while the procedure is busy, the server skips on to the next timer (seen under load).
"""

_PATIENCE = 90.0
_SKIPS = 10_000


class _Ahead(Paystates):
    """A front desk whose procedures begin at an instant to come: they are delayed, since until then the clock is the real one."""

    def __init__(self, client: Client, task_queue: str, begins: Callable[[], datetime], note: Callable[[str], None]) -> None:
        """`begins`: when what is started now shall begin; `note` is told what was started."""
        super().__init__(client, task_queue)
        self._begins = begins
        self._note = note

    async def _begin(self, procedure: str, data: Mapping[str, Any], delay: timedelta | None = None) -> Handle[Any]:
        handle = await super()._begin(procedure, data, delay or max(self._begins() - clock.now(), timedelta()))
        self._note(handle.subject)
        return handle


class ServerDriver:
    """Procedures on a Temporal server that skips time: about a second a wait. It wakes them for each other."""

    def __init__(self, client: Client, desk: Desk, task_queue: str) -> None:
        """Use it as an async context manager: it runs a worker of its own on `task_queue`."""
        config = TimeSkippingConfig(
            enabled=True, fast_forward_config=None, disable_propagation=False, max_session_skip_count=_SKIPS
        )
        self._skipper = TimeSkipper(client, config=config)
        self._desk = replace(desk, waker=self)
        self._task_queue = task_queue
        self._front = Paystates(client, task_queue)
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._subjects: dict[str, None] = {}
        self._over: dict[str, Where] = {}
        self._worker = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._worker.enter_async_context(self._make_worker())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._worker.aclose()

    def _make_worker(self) -> Worker:
        return worker(self._client, self._desk, self._task_queue)

    async def restart_worker(self) -> None:
        """Stop the worker and start another."""
        await self._worker.aclose()
        self._worker = AsyncExitStack()
        await self._worker.enter_async_context(self._make_worker())

    @property
    def subjects(self) -> Sequence[str]:
        """In the order in which they first began."""
        return list(self._subjects)

    async def start(self, procedure: str, data: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
        """Start it at `now`, unless it is running."""
        try:
            await self._start(procedure, data, now)
        except (Refused, OtherRequest) as error:
            return codes(error)
        await self._all_settle(now)
        return ()

    def front(self, now: Callable[[], datetime]) -> Paystates:
        """A front desk for those who order by themselves: what it starts begins at `now()`. `advance` to that afterwards."""
        return _Ahead(self._client, self._task_queue, now, self._began)

    async def _start(self, procedure: str, data: Mapping[str, Any], now: datetime) -> None:
        await self._advance(await self.front(lambda: now).start(procedure, data), now)

    def _began(self, subject: str) -> None:
        """It runs, perhaps for another time."""
        self._over.pop(subject, None)
        self._subjects[subject] = None

    async def advance(self, to: datetime) -> None:
        """Move the clock of every running procedure, in step."""
        await asyncio.gather(*(self._advance(subject, to) for subject in self._running()))
        await self._all_settle(to)

    async def _advance(self, subject: str, to: datetime) -> None:
        handle = self._front.handle(subject).temporal
        here = await self._skipper.get_current_time(handle)
        if here < to + _LATE:
            await self._skipper.fast_forward(handle, to + _LATE - here)
        await self._settle(subject, to)

    async def _all_settle(self, to: datetime) -> None:
        """Also those that were woken by others."""
        await asyncio.gather(*(self._settle(subject, to) for subject in self._running()))

    async def _settle(self, subject: str, to: datetime) -> None:
        """Wait until all that is due by `to` has happened: only then can anybody tell when something happens next."""
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while (where := await self.where(subject)) is None or not (where.over or (where.due is not None and where.due > to)):
            if asyncio.get_running_loop().time() > deadline:
                stands = f"{where.state} until {where.due}" if where else "nowhere"
                late = f"did not come to rest at {to.isoformat()} within {_PATIENCE:.0f} s"
                message = f"{subject} {late}: it stands {stands}"
                raise TimeoutError(message)
            await asyncio.sleep(0.02)

    async def act(self, subject: str, action: Action, actor: str, now: datetime) -> tuple[str, ...] | None:
        """Send it as an update, and let it take effect."""
        if not self._runs_now(subject):
            return None
        try:
            await self._front.act(subject, action, actor=actor)
        except Refused as error:
            return codes(error)
        except (AlreadyOver, NotFound):
            return None
        await self._settle(subject, now)
        await self._all_settle(now)
        return ()

    async def where(self, subject: str) -> Where | None:
        """Ask it."""
        if subject in self._over:
            return self._over[subject]
        if subject not in self._subjects:
            return None
        try:
            view = await self._front.view(subject)
        except (Unreachable, TimedOut, NotFound):
            return None
        where = Where(view.stand.state, view.stand.due, view.verdict, view.stand.memory)
        if where.over:
            await self._front.result(subject)
            self._over[subject] = where
        return where

    def _runs_now(self, subject: str) -> bool:
        return subject in self._subjects and subject not in self._over

    def _running(self) -> list[str]:
        return [subject for subject in self._subjects if subject not in self._over]

    # The waker of the desk: called by effects, from their threads.

    def wake(self, wakes: Sequence[Wake]) -> tuple[str, ...]:
        """Wake them, or begin what is to begin; at the instant of the effect that asks for it."""
        return asyncio.run_coroutine_threadsafe(self._wake(wakes, clock.now()), self._loop).result()

    async def _wake(self, wakes: Sequence[Wake], now: datetime) -> tuple[str, ...]:
        woken = []
        for one in wakes:
            if self._runs_now(one.to):
                was_woken = await self._front.wake(one.invoice, one.action, actor=HOUSE.id, subject=one.subject)
            else:
                was_woken = one.starts is not None
                if one.starts is not None:
                    await self._start(one.procedure, one.starts, now)
            woken += [one.invoice] if was_woken else []
        return tuple(woken)
