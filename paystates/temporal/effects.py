"""Makes Temporal activities of a procedure's effects, and the two the interpreter itself needs: `deliberate` and `keep`."""

import contextvars
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from pydantic import TypeAdapter
from temporalio import activity

from paystates import clock
from paystates.engine import Actor, Effects, Errand, Request, Scope, Step, answered_before, kind_of, step_of
from paystates.temporal.messages import Releases
from paystates.temporal.tasks import Deliberated, Deliberation, Keep, answered_type, read_back, task_type

D = TypeVar("D", bound="Desk")

_BEAT = timedelta(seconds=3)


class Desk(Protocol):
    """What the interpreter asks of the adapters, whatever the procedures are about."""

    def roles(self, actor: str, scope: Scope) -> frozenset[str]:
        """The roles the actor has now, where that is concerned."""

    def keep(self, subject: str, run: str, steps: Sequence[Step], account: str | None) -> None:
        """Write steps into the journal, in a transaction of their own."""

    def written(self, subject: str, run: str, sequence: int) -> Step | None:
        """What the journal has under that number, None when nothing."""


def activities(effects: Effects[D], desk: D, releases: Releases) -> list[Callable[..., Any]]:
    """Every activity a worker offers. They are plain functions for a thread pool."""
    made = [_effect(request, function, desk, releases) for request, function in effects.by_request.items()]
    return [*made, *_own(desk, releases)]


def _effect(
    request: type[Request[Any]], function: Callable[[D, Errand[Any]], Any], desk: D, releases: Releases
) -> Callable[..., Any]:
    answered = answered_type(request)

    def carry_out(task: Any) -> Any:
        procedure = releases.get(task.stand.definition)
        errand = Errand(
            request=task.request,
            procedure=procedure,
            subject=task.subject,
            run=task.run,
            snapshot=read_back(task.stand, procedure),
            sequence=task.sequence,
            riding=task.riding,
            now=clock.now(),
            origin=task.origin,
        )
        if not request.moves_money:
            step = desk.written(errand.subject, errand.run, errand.sequence)
            before = answered_before(step, errand)
            if step is not None and before is not None:
                return answered(event=before, at=step.at)
        with nullcontext() if request.local else _heart.beating():
            return answered(event=function(desk, errand), at=errand.now)

    carry_out.__annotations__ = {"task": task_type(request), "return": answered}
    return _activity(kind_of(request))(carry_out)


def _activity(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An activity that is never interrupted: an exception thrown into its thread could strike between charge and commit."""
    return activity.defn(name=name, no_thread_cancel_exception=True)


def _own(desk: D, releases: Releases) -> list[Callable[..., Any]]:
    @_activity("deliberate")
    def deliberate(task: Deliberation) -> Deliberated:
        before = desk.written(task.subject, task.run, task.sequence)
        if before is not None and before.roles is not None and task.order is not None and before.order == task.order:
            return Deliberated(roles=before.roles, at=before.at)  # it was committed, and only the reply was lost
        procedure = releases.get(task.stand.definition)
        snapshot = read_back(task.stand, procedure)
        scope = Scope.of(procedure, snapshot.memory)
        actor = Actor(task.actor, desk.roles(task.actor, scope))
        action: Any = TypeAdapter(procedure.actions[task.action["kind"]]).validate_python(task.action)
        at = clock.now()
        outcome = procedure.decide(snapshot, action, actor, at)
        step = step_of(snapshot, task.sequence, action, actor, at, outcome, task.order)
        desk.keep(task.subject, task.run, (*task.riding, step), scope.account)
        return Deliberated(roles=actor.roles, at=at)

    @_activity("keep")
    def keep(task: Keep) -> None:
        desk.keep(task.subject, task.run, task.steps, task.account)

    return [deliberate, keep]


class _Heart:
    """One thread that tells the server which long effects are alive, so that a dead or frozen worker is noticed in seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._alive: dict[int, contextvars.Context] = {}
        self._thread: threading.Thread | None = None

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Beat for the effect that runs inside the block."""
        context = contextvars.copy_context()
        with self._lock:
            self._alive[id(context)] = context
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="heart", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                del self._alive[id(context)]

    def _run(self) -> None:
        pause = threading.Event()
        while not pause.wait(_BEAT.total_seconds()):
            with self._lock:
                beating = list(self._alive.values())
            for context in beating:
                with suppress(Exception):  # it ended in this very moment, or its loop is slow: the others' beats go on
                    context.run(activity.heartbeat)


_heart = _Heart()
