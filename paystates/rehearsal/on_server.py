"""Procedures on a Temporal server that skips time: about a second a wait."""

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any, Self

from temporalio.client import Client, WorkflowHandle
from temporalio.testing import TimeSkipper, TimeSkippingConfig
from temporalio.worker import Worker

from activities.desk import Desk
from paystates import clock
from paystates.client import Paystates
from paystates.composition import worker
from paystates.engine import Action
from paystates.orders import AlreadyOver, NotFound, Refused, Unreachable, charge_retry_id
from paystates.rehearsal.drivers import Where
from paystates.temporal.messages import Start
from states.charge_retry import CHARGE_RETRY

_LATE = timedelta(seconds=10)
"""How far past an instant a clock is moved. A timer that was skipped to fires about a second late; and when the real clock
overtakes the end of a fast-forward while the procedure is busy, the server skips on to the next timer (seen under load).
"""

_PATIENCE = 90.0
_SKIPS = 10_000


class ServerDriver:
    """Procedures on a Temporal server that skips time: about a second a wait."""

    def __init__(self, client: Client, desk: Desk, task_queue: str) -> None:
        """Use it as an async context manager: it runs a worker of its own on `task_queue`."""
        config = TimeSkippingConfig(
            enabled=True, fast_forward_config=None, disable_propagation=False, max_session_skip_count=_SKIPS
        )
        self._skipper = TimeSkipper(client, config=config)
        self._desk = desk
        self._task_queue = task_queue
        self._front = Paystates(client, task_queue)
        self._client = client
        self._handles: dict[str, WorkflowHandle[Any, Any]] = {}
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

    async def start(self, invoice: str, now: datetime, *, attempt: int | None = None, charge_now: bool = False) -> None:
        """Start it at `now` by delaying it, unless it is running."""
        if invoice in self._handles and invoice not in self._over:
            return
        self._over.pop(invoice, None)
        data = {"invoice": invoice, "hint": attempt, "charge_now": charge_now}
        delay = max(now - clock.now(), timedelta())
        with self._skipper.with_time_skipping_disabled():
            self._handles[invoice] = await self._skipper.client.start_workflow(
                "charge-retry",
                Start(definition=CHARGE_RETRY.id, data=data),
                id=charge_retry_id(invoice),
                task_queue=self._task_queue,
                start_delay=delay,
                static_summary=f"Collects invoice {invoice}",
            )
        await self._advance(invoice, now)

    async def advance(self, to: datetime) -> None:
        """Move the clock of every running procedure, in step."""
        await asyncio.gather(*(self._advance(invoice, to) for invoice in list(self._handles) if invoice not in self._over))

    async def _advance(self, invoice: str, to: datetime) -> None:
        handle = self._handles[invoice]
        here = await self._skipper.get_current_time(handle)
        if here < to + _LATE:
            await self._skipper.fast_forward(handle, to + _LATE - here)
        await self._settle(invoice, to)

    async def _settle(self, invoice: str, to: datetime) -> None:
        """Wait until all that is due by `to` has happened: only then can anybody tell when something happens next."""
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while (where := await self.where(invoice)) is None or not (where.over or (where.due is not None and where.due > to)):
            if asyncio.get_running_loop().time() > deadline:
                stands = f"{where.state} until {where.due}" if where else "nowhere"
                late = f"did not come to rest at {to.isoformat()} within {_PATIENCE:.0f} s"
                message = f"charge-retry/{invoice} {late}: it stands {stands}"
                raise TimeoutError(message)
            await asyncio.sleep(0.02)

    async def act(self, invoice: str, action: Action, actor: str, now: datetime) -> tuple[str, ...] | None:
        """Send it as an update, and let it take effect."""
        if invoice not in self._handles or invoice in self._over:
            return None
        try:
            await self._front.act(charge_retry_id(invoice), action, actor=actor)
        except Refused as error:
            return tuple(refusal.code for refusal in error.refusals)
        except (AlreadyOver, NotFound):
            return None
        await self._settle(invoice, now)
        return ()

    async def where(self, invoice: str) -> Where | None:
        """Ask it."""
        if invoice in self._over:
            return self._over[invoice]
        if invoice not in self._handles:
            return None
        try:
            view = await self._front.view(charge_retry_id(invoice))
        except (Unreachable, NotFound):
            return None
        where = Where(view.stand.state, view.stand.due, view.verdict is not None)
        if where.over:
            await self._handles[invoice].result()
            self._over[invoice] = where
        return where
