"""The two drivers of a scenario: procedures in memory, or on a real Temporal server with time skipping. Both meet one port."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, Self

from temporalio.client import Client, WorkflowHandle
from temporalio.testing import TimeSkipper, TimeSkippingConfig
from temporalio.worker import Worker

from activities import effects
from activities.desk import Desk
from paystates import clock
from paystates.client import AlreadyOver, NotFound, Paystates, Refused, Unreachable, charge_retry_id
from paystates.composition import worker
from paystates.engine import Action, Actor, Errand, Event, Request, Step, Unavailable, Walk
from paystates.temporal.messages import Start
from states.charge_retry import CHARGE_RETRY, Memory

_LATE = timedelta(seconds=10)
"""How far past an instant a clock is moved. A timer that was skipped to fires about a second late; and when the real clock
overtakes the end of a fast-forward while the procedure is busy, the server skips on to the next timer (seen under load).
"""

_PATIENCE = 90.0
_SKIPS = 10_000


@dataclass(frozen=True, slots=True)
class Where:
    """Where a procedure stands."""

    state: str
    due: datetime | None
    over: bool


class Driver(Protocol):
    """What moves procedures through virtual time. `invoice` names the charge-retry that collects it."""

    async def start(self, invoice: str, now: datetime, *, attempt: int | None = None, charge_now: bool = False) -> None:
        """Start it at `now`, unless it is running."""

    async def advance(self, to: datetime) -> None:
        """Move every clock to `to`, through all that is due on the way."""

    async def act(self, invoice: str, action: Action, actor: str, now: datetime) -> tuple[str, ...] | None:
        """Send an action: the codes of its refusals, none when it was taken; None when there is nobody to act on."""

    async def where(self, invoice: str) -> Where | None:
        """Where it stands, None when it never began."""

    async def restart_worker(self) -> None:
        """Stop the worker and start another, where there is one."""


class _World:
    """The effects themselves, on the stage's book and bank, at the walk's clock."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def answer(self, errand: Errand[Request[Any]]) -> Event:
        with clock.at(errand.now):
            try:
                return effects.by_request[type(errand.request)](self._desk, errand)
            except Exception as error:  # noqa: BLE001 - as on the server: whatever an effect raises is infrastructure
                return Unavailable(detail=type(error).__name__)

    def journal(self, subject: str, run: str, steps: tuple[Step, ...]) -> None:
        debt = next((walk.snapshot.memory.debt for walk in self.walks(subject)), None)
        self._desk.keep(subject, run, steps, debt.account if debt else None)

    walks: Callable[[str], Sequence[Walk[Memory]]] = staticmethod(lambda _: ())


class MemoryDriver:
    """Procedures in memory: milliseconds for weeks, and any date."""

    def __init__(self, desk: Desk) -> None:
        """Everything happens on this desk."""
        self._desk = desk
        self._walks: dict[str, Walk[Memory]] = {}
        self._runs: dict[str, int] = {}
        self._world = _World(desk)
        self._world.walks = lambda subject: [walk for walk in self._walks.values() if walk.subject == subject]

    async def start(self, invoice: str, now: datetime, *, attempt: int | None = None, charge_now: bool = False) -> None:
        """Start it, unless it is running."""
        walk = self._walks.get(invoice)
        if walk is not None and not walk.is_over:
            return
        self._runs[invoice] = self._runs.get(invoice, 0) + 1
        memory = Memory(invoice=invoice, hint=attempt, charge_now=charge_now)
        subject, run = charge_retry_id(invoice), str(self._runs[invoice])
        self._walks[invoice] = Walk(CHARGE_RETRY, memory, self._world, now, subject, run)

    async def advance(self, to: datetime) -> None:
        """Let time pass for each, in the order they are due."""
        while due := sorted((walk.due, name) for name, walk in self._walks.items() if walk.due and walk.due <= to):
            self._walks[due[0][1]].travel(due[0][0])
        for walk in self._walks.values():
            walk.travel(to)

    async def act(self, invoice: str, action: Action, actor: str, now: datetime) -> tuple[str, ...] | None:
        """Look the roles up, and act. What the state does not know at all is refused without a trace, as by the validator."""
        walk = self._walks.get(invoice)
        if walk is None or walk.is_over:
            return None
        if action.kind not in walk.procedure.possible(walk.state):
            return ("NOT_POSSIBLE_NOW",)
        walk.now = max(walk.now, now)
        debt = walk.snapshot.memory.debt
        roles = self._desk.roles(actor, debt.account if debt else None)
        return tuple(refusal.code for refusal in walk.act(action, Actor(actor, roles)))

    async def where(self, invoice: str) -> Where | None:
        """Where it stands."""
        walk = self._walks.get(invoice)
        return Where(walk.state, walk.due, walk.is_over) if walk else None

    async def restart_worker(self) -> None:
        """There is none."""


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
