"""Procedures in memory: milliseconds for weeks, and any date."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from activities import effects
from activities.desk import Desk
from paystates import clock
from paystates.engine import Action, Actor, Errand, Event, Request, Scope, Step, Unavailable, Walk
from paystates.orders import charge_retry_id
from paystates.rehearsal.drivers import Where
from states.charge_retry import CHARGE_RETRY, Memory


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
        scope = next((Scope.of(walk.procedure, walk.snapshot.memory) for walk in self.walks(subject)), Scope())
        self._desk.keep(subject, run, steps, scope.account)

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
        roles = self._desk.roles(actor, Scope.of(walk.procedure, walk.snapshot.memory))
        return tuple(refusal.code for refusal in walk.act(action, Actor(actor, roles)))

    async def where(self, invoice: str) -> Where | None:
        """Where it stands."""
        walk = self._walks.get(invoice)
        return Where(walk.state, walk.due, walk.is_over) if walk else None

    async def restart_worker(self) -> None:
        """There is none."""
