"""Procedures in memory: milliseconds for weeks, and any date."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from activities import effects
from activities.desk import Desk, Wake
from paystates import clock
from paystates.engine import HOUSE, Action, Actor, Errand, Event, Moved, Request, Scope, Step, Unavailable, Walk
from paystates.orders import OtherRequest, Refused, begin, refuse_numbers
from paystates.rehearsal.drivers import Where, codes


class MemoryDriver:
    """Procedures in memory: milliseconds for weeks, and any date. It is the world of its walks, and wakes them for each other."""

    def __init__(self, desk: Desk) -> None:
        """Everything happens on this desk; who is woken by an effect acts after it."""
        self._desk = replace(desk, waker=self)
        self._walks: dict[str, Walk[Any]] = {}
        self._requests: dict[str, dict[str, Any]] = {}
        self._runs: dict[str, int] = {}
        self._waiting: list[tuple[Wake, datetime]] = []

    @property
    def subjects(self) -> Sequence[str]:
        """In the order in which they first began."""
        return list(self._runs)

    async def start(self, procedure: str, data: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
        """Start it, unless it is running."""
        try:
            self._start(procedure, data, now)
        except (Refused, OtherRequest) as error:
            return codes(error)
        self._wake_up()
        return ()

    def _start(self, procedure: str, data: Mapping[str, Any], now: datetime) -> None:
        beginning = begin(procedure, data)
        subject = beginning.subject
        if self._runs_now(subject) is not None:
            if self._requests[subject] != beginning.request:
                raise OtherRequest(subject)
            return
        self._requests[subject] = beginning.request
        self._runs[subject] = self._runs.get(subject, 0) + 1
        self._walks.pop(subject, None)
        newest = beginning.declared.newest
        self._walks[subject] = Walk(newest, beginning.memory, self, now, subject, str(self._runs[subject]))

    async def advance(self, to: datetime) -> None:
        """Let time pass for each, in the order they are due."""
        while due := sorted((walk.due, name) for name, walk in self._walks.items() if walk.due and walk.due <= to):
            self._walks[due[0][1]].travel(due[0][0])
            self._wake_up()
        for walk in self._walks.values():
            walk.travel(to)

    async def act(self, subject: str, action: Action, actor: str, now: datetime) -> tuple[str, ...] | None:
        """Look the roles up, and act. What the state does not know at all is refused without a trace, as by the validator."""
        walk = self._runs_now(subject)
        if walk is None:
            return None
        try:
            refuse_numbers(action.model_dump(mode="json"))
        except Refused as error:
            return codes(error)
        if action.kind not in walk.procedure.possible(walk.state):
            return ("NOT_POSSIBLE_NOW",)
        refusals = self._act(walk, action, actor, now)
        self._wake_up()
        return refusals

    def _act(self, walk: Walk[Any], action: Action, actor: str, now: datetime) -> tuple[str, ...]:
        walk.now = max(walk.now, now)
        roles = self._desk.roles(actor, Scope.of(walk.procedure, walk.snapshot.memory))
        return tuple(refusal.code for refusal in walk.act(action, Actor(actor, roles)))

    async def where(self, subject: str) -> Where | None:
        """Where it stands."""
        walk = self._walks.get(subject)
        if walk is None:
            return None
        memory = walk.snapshot.memory.model_dump(mode="json")
        return Where(walk.state, walk.due, walk.procedure.verdict(walk.snapshot), memory)

    async def restart_worker(self) -> None:
        """There is none."""

    def _runs_now(self, subject: str) -> Walk[Any] | None:
        walk = self._walks.get(subject)
        return None if walk is None or walk.is_over else walk

    # The world of the walks: the effects themselves, on the stage's book and bank, at the walk's clock.

    def answer(self, errand: Errand[Request[Any]]) -> Event:
        """Carry it out; what goes wrong is infrastructure, as on the server."""
        with clock.at(errand.now):
            try:
                return effects.by_request[type(errand.request)](self._desk, errand)
            except Exception as error:  # noqa: BLE001 - as on the server: whatever an effect raises is infrastructure
                return Unavailable(detail=type(error).__name__)

    def journal(self, subject: str, run: str, steps: tuple[Step, ...]) -> None:
        """Keep what no effect carries."""
        walk = self._walks.get(subject)
        scope = Scope.of(walk.procedure, walk.snapshot.memory) if walk is not None else Scope()
        self._desk.keep(subject, run, steps, scope.account)

    # The waker of the desk.

    def wake(self, wakes: Sequence[Wake]) -> tuple[str, ...]:
        """Say who will be woken; they act when the effect that asks for it is over."""
        taken = [one for one in wakes if self._would_wake(one)]
        self._waiting += [(one, clock.now()) for one in taken]
        return tuple(one.invoice for one in taken)

    def _would_wake(self, wake: Wake) -> bool:
        walk = self._runs_now(wake.to)
        if walk is None:
            return wake.starts is not None
        return isinstance(walk.procedure.decide(walk.snapshot, wake.action, HOUSE, clock.now()), Moved)

    def _wake_up(self) -> None:
        while self._waiting:
            wake, now = self._waiting.pop(0)
            walk = self._runs_now(wake.to)
            if walk is not None:
                self._act(walk, wake.action, HOUSE.id, now)
            elif wake.starts is not None:
                self._start(wake.procedure, wake.starts, now)
