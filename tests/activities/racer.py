"""One procedure that takes a step only when it is told to, and whose worker dies when it is told to."""

import copy
from datetime import datetime
from typing import Any, Literal

from paystates.engine import Action, Actor, Asking, Errand, Event, Request, Step, Unavailable, Walk
from paystates.engine.walk import World

When = Literal["before", "after"]
"""Whether a worker dies right before an effect, or right after its commit, when only its reply is lost."""


class Killed(Exception):
    """The worker is killed in this very moment."""


class Racer:
    """One procedure under way. What its server has been told survives a worker; local effects are told with the next thing."""

    def __init__(self, walk: Walk[Any]) -> None:
        self.walk = walk
        self.inbox: list[tuple[Action, Actor]] = []
        self.lost: set[int] = set()
        self.is_busy = False
        self.errand: Errand[Any] | None = None
        self._tell()

    @property
    def request(self) -> type[Request[Any]] | None:
        """What it would ask the world next; None when it rests."""
        state = self.walk.procedure.states[self.walk.state]
        return state.request if isinstance(state, Asking) else None

    def step(self, kill: When | None = None) -> bool:
        """Ask the world once, or die in it; False when there is nothing to ask, or it is being asked.

        Whoever sent something is heard at a rest.
        """
        request = self.request
        if self.is_busy:
            return False
        if request is None:
            return self._hear()
        if not request.local:
            self._tell()
        world = self.walk.world
        self.is_busy = True
        try:
            self.walk.world = _Dying(world, self, kill)
            self.walk.step()
        except Killed:
            self._begin_again()
            return True
        finally:
            self.walk.world = world
            self.is_busy = False
        if not request.local:
            self._tell()
        return True

    def act(self, action: Action, actor: Actor) -> tuple[str, ...]:
        """Somebody acts where it rests: the codes of the refusals."""
        refusals = self.walk.act(action, actor)
        self._tell()
        return tuple(one.code for one in refusals)

    def travel(self, to: datetime) -> None:
        """Time passes."""
        self.walk.travel(to)
        self._tell()

    def _hear(self) -> bool:
        if not self.inbox or self.walk.is_over:
            return False
        action, actor = self.inbox.pop(0)
        if action.kind in self.walk.procedure.possible(self.walk.state):
            self.act(action, actor)
        return True

    def _tell(self) -> None:
        self._told = copy.copy(self.walk)
        self._told.steps = list(self.walk.steps)

    def _begin_again(self) -> None:
        now = self.walk.now
        self.walk = copy.copy(self._told)
        self.walk.steps = list(self._told.steps)
        self.walk.now = now


class _Dying:
    """The world as a racer's worker sees it, which may die in this effect. A money effect is never asked again: it is unknown."""

    def __init__(self, world: World, racer: Racer, kill: When | None) -> None:
        self._world = world
        self._racer = racer
        self._kill = kill

    def answer(self, errand: Errand[Request[Any]]) -> Event:
        self._racer.errand = errand
        if errand.request.moves_money and errand.sequence in self._racer.lost:
            return Unavailable(detail="the worker died")
        if self._kill == "after":
            self._world.answer(errand)
        if self._kill is not None:
            self._racer.lost.add(errand.sequence)
            raise Killed
        return self._world.answer(errand)

    def journal(self, subject: str, run: str, steps: tuple[Step, ...]) -> None:
        self._world.journal(subject, run, steps)
