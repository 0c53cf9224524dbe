"""The only loop: runs a declared procedure as a Temporal workflow.

One writer: updates put orders into a tray and wait; the loop alone decides and moves. Business facts are answers; when Temporal's
retries end, the answer is `Unavailable`. A request that is under way is never cancelled: its answer is recorded first.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, ClassVar

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributePair
from temporalio.exceptions import ActivityError, ApplicationError, FailureError

with workflow.unsafe.imports_passed_through():
    from paystates.engine import (
        HOUSE,
        Actor,
        Ask,
        Asking,
        Cancel,
        Due,
        End,
        GaveUp,
        Procedure,
        Refusal,
        Refused,
        Request,
        Scope,
        Snapshot,
        Step,
        Unavailable,
        Wait,
        kind_of,
    )
    from paystates.temporal import announce
    from paystates.temporal.course import Course
    from paystates.temporal.messages import (
        BOOK_AWAY,
        OVERTAKEN,
        Accepted,
        Happened,
        Order,
        Outcome,
        Start,
        UnknownDefinition,
        View,
        action_data,
    )
    from paystates.temporal.tasks import Answered, Deliberated, Deliberation, Keep, Task, answered_type

REFUSED = "Refused"
"""The type of the failure by which an order is refused; its details are the refusals."""

_QUICK = RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=5), maximum_attempts=8)
_ONCE = RetryPolicy(maximum_attempts=1)
_HEARTBEAT = timedelta(seconds=10)
_KEEP_AGAIN = timedelta(minutes=1)
"""When the journal cannot be written at the end, it is tried again: a procedure does not end unrecorded."""

_DUE, _GAVE_UP = Due(), GaveUp()
_AnyTask = Task[Any]  # made once: giving a generic its type costs more than using it


@dataclass(slots=True)
class _Tray:
    """An order, the name of its request, and the answer its sender waits for."""

    order: Order[Any]
    name: str | None = None
    answer: Accepted | tuple[Refusal, ...] | None = None


def refused(refusals: tuple[Refusal, ...]) -> ApplicationError:
    """The failure that carries refusals to the front desk."""
    return ApplicationError(" ".join(refusal.sentence for refusal in refusals), *refusals, type=REFUSED, non_retryable=True)


class DurableProcedure:
    """What every procedure's workflow class derives from; it adds only its name, its messages and the definitions it keeps."""

    released: ClassVar[Mapping[str, Procedure[Any]]]

    def __init__(self, start: Start) -> None:
        """Begin, or go on where an earlier run stopped. An unknown definition holds the workflow until a worker keeps it."""
        self._start = start
        info = workflow.info()
        self._subject = info.workflow_id
        self._trays: list[_Tray] = []
        self._announced: list[SearchAttributePair[Any]] = []
        self._timer: asyncio.Task[None] | None = None
        self._timer_stamp = ""
        resumed = start.resumed
        self._run = _execution(info, resumed.run if resumed is not None else None)
        self._origin = info.first_execution_run_id
        self._cancel_requested = resumed is not None and resumed.cancel_requested
        self._begun: Course[Any] | None = None
        procedure = self.released.get(start.definition)
        if procedure is not None:  # else `perform` fails the task: what raises here, the SDK leaves unawaited
            if resumed is None:
                self._begun = Course.begin(procedure, start.data, workflow.now())
            else:
                self._begun = Course.resume(procedure, resumed)

    @cached_property
    def _course(self) -> Course[Any]:
        """The course it has taken. `UnknownDefinition` fails the workflow's task, not the workflow."""
        if self._begun is None:
            raise UnknownDefinition(self._start.definition, sorted(self.released))
        return self._begun

    # What the workflow classes pass their messages to.

    async def perform(self) -> Outcome:
        """The loop."""
        course = self._course
        while not isinstance(state := course.state, End):
            if isinstance(state, Asking):
                await self._ask_the_world(state)
            else:
                self._announce()
                self._renew_if_long()
                await self._rest(state)
        self._announce()
        await self._hear(orders=len(self._trays))
        if course.riding:
            await self._keep(course.riding)
        await self._answered()
        return Outcome(
            subject=self._subject,
            definition=course.procedure.id,
            verdict=state.verdict,
            state=course.snapshot.state,
            title=state.title,
            memory=course.shown().memory,
        )

    async def _answered(self) -> None:
        """Everybody who sent an order has an answer: only then may the workflow end. A Cancel comes too late here."""
        while not workflow.all_handlers_finished():
            try:
                await workflow.wait_condition(workflow.all_handlers_finished)
            except asyncio.CancelledError:
                continue

    def admit(self, order: Order[Any]) -> None:
        """The update's validator: the cheap, structural refusal, of which nothing is written to history."""
        procedure, snapshot = self._course.procedure, self._course.snapshot
        if self._course.accepted(_request()) is not None:
            return
        if order.seen is not None and order.seen != snapshot.visit:
            raise refused((OVERTAKEN,))
        if order.action.kind not in procedure.possible_soon(snapshot.state):
            raise refused((procedure.not_possible(snapshot.state, order.action.kind),))
        if isinstance(procedure.states[snapshot.state], Asking):  # who sends it is looked up when the loop considers it
            possible = procedure.allowed(snapshot, workflow.now())
            against = next((one.refusals for one in possible if one.action == order.action.kind), ())
            if against:
                raise refused(against)

    async def take(self, order: Order[Any]) -> Accepted:
        """The update's handler: hand the order to the loop, and wait for its answer. What was taken is not taken again."""
        request = _request()
        before = self._course.accepted(request)
        if before is not None:
            return before
        tray = _Tray(order, request)
        self._trays.append(tray)
        await workflow.wait_condition(lambda: tray.answer is not None)
        if isinstance(tray.answer, Accepted):
            return tray.answer
        raise refused(tray.answer or ())

    def show(self) -> View:
        """The query's answer."""
        return self._course.view(self._subject, workflow.now())

    def tell(self, after: int) -> tuple[Happened, ...]:
        """The query's answer: the decisions after that one, as far back as it remembers."""
        return self._course.after(after)

    def details(self) -> str:
        """What the Temporal UI shows of it when somebody looks."""
        return self._course.details(workflow.now())

    # Asking.

    async def _ask_the_world(self, state: Asking) -> None:
        task, request = self._task(state)
        handle = self._send(request, task)
        while True:
            try:
                answered: Answered[Any] = await asyncio.shield(handle)
            except asyncio.CancelledError:
                self._cancel_requested = True  # honoured at the next rest, never in the middle of a request
                if handle.cancelled():
                    raise
            except FailureError as error:  # a local activity's own failure comes bare, another's as an ActivityError
                self._course.decide(Unavailable(detail=_brief(error)), HOUSE, workflow.now(), rides=True)
                return
            else:
                break
        self._course.carried()  # with the effect, as was the row of its answer
        self._course.decide(answered.event, HOUSE, answered.at)

    def _task(self, state: Asking) -> tuple[Task[Any], Request[Any]]:
        course = self._course
        request = state.ask(course.snapshot.memory)
        task = _AnyTask(
            request=request,
            subject=self._subject,
            run=self._run,
            stand=course.snapshot,
            sequence=course.sequence + 1,
            riding=course.riding,
            origin=self._origin,
        )
        return task, request

    def _send(self, request: Request[Any], task: Task[Any]) -> workflow.ActivityHandle[Any]:
        kind = kind_of(type(request))
        result_type = answered_type(type(request))
        course = self._course
        if request.local:
            return workflow.start_local_activity(
                kind,
                task,
                activity_id=course.snapshot.stamp,
                result_type=result_type,
                start_to_close_timeout=request.timeout,
                retry_policy=_QUICK,
            )
        return workflow.start_activity(
            kind,
            task,
            activity_id=course.snapshot.stamp,
            result_type=result_type,
            start_to_close_timeout=request.timeout,
            heartbeat_timeout=_HEARTBEAT,
            retry_policy=_ONCE if request.moves_money else _QUICK,
            summary=announce.summary(announce.headline(course.procedure, course.snapshot.memory)),
        )

    # Resting.

    async def _rest(self, state: Wait | Ask) -> None:
        """At a `Wait` or `Ask`: until an order comes, the instant comes, or somebody cancels."""
        if self._cancel_requested and await self._honour_cancel():
            return
        course, now = self._course, workflow.now()
        visit = course.snapshot
        due = visit.due
        assert due is not None  # noqa: S101 - decide computes it for every Wait and Ask
        if due > now and not self._trays:
            timer = self._start_timer(state, visit, due - now)
            try:
                await workflow.wait_condition(lambda: bool(self._trays) or timer.done())
            except asyncio.CancelledError:
                self._cancel_requested = True
                return
            now = workflow.now()
        if self._trays:
            await self._hear(orders=1)
        elif due <= now:
            self._stop_timer()
            course.decide(_DUE if isinstance(state, Wait) else _GAVE_UP, HOUSE, now, rides=True)

    def _start_timer(self, state: Wait | Ask, visit: Snapshot[Any], left: timedelta) -> asyncio.Task[None]:
        """One timer a visit: a move that stays lets it run on."""
        if self._timer is not None and self._timer_stamp == visit.stamp and not self._timer.done():
            return self._timer
        self._stop_timer()
        self._timer_stamp = visit.stamp
        self._timer = asyncio.create_task(workflow.sleep(left, summary=self._waiting_for(state)))
        return self._timer

    def _waiting_for(self, state: Wait | Ask) -> str:
        """What a timer is labelled with in the Temporal UI."""
        return announce.summary(f"{state.title} · {announce.headline(self._course.procedure, self._course.snapshot.memory)}")

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _hear(self, orders: int) -> None:
        """Decide the oldest orders, each written in the journal before its sender is answered."""
        for _ in range(orders):
            tray = self._trays[0]
            tray.answer = await self._deliberate(tray)
            self._trays.pop(0)
            if self._timer_stamp != self._course.snapshot.stamp:
                self._stop_timer()

    async def _deliberate(self, tray: _Tray) -> Accepted | tuple[Refusal, ...]:
        order, course = tray.order, self._course
        if order.seen is not None and order.seen != course.snapshot.visit:
            return (OVERTAKEN,)
        if isinstance(course.state, End):
            # It was taken in while the last request ran, and comes too late.
            return (course.procedure.not_possible(course.snapshot.state, order.action.kind),)
        task = Deliberation(
            subject=self._subject,
            run=self._run,
            stand=course.snapshot,
            sequence=course.sequence + 1,
            actor=order.actor,
            action=action_data(order.action),
            order=tray.name,
            riding=course.riding,
        )
        try:
            deliberated = await self._shielded("deliberate", task, Deliberated)
        except FailureError:
            return (BOOK_AWAY,)
        course.carried()
        refusals = course.decide(order.action, Actor(order.actor, deliberated.roles), deliberated.at)
        if refusals:
            return refusals
        return course.accepts(tray.name)

    async def _honour_cancel(self) -> bool:
        """Temporal's own Cancel is a cancel of the house: taken where the procedure takes it, else kept for the next rest."""
        outcome = self._course.procedure.decide(self._course.snapshot, Cancel(), HOUSE, workflow.now())
        if isinstance(outcome, Refused):
            self._course.was_refused(outcome.refusals, workflow.now())
            return False
        self._stop_timer()
        self._cancel_requested = False
        self._course.decide(Cancel(), HOUSE, workflow.now(), rides=True)
        return True

    async def _keep(self, steps: tuple[Step, ...]) -> None:
        account = Scope.of(self._course.procedure, self._course.snapshot.memory).account
        keep = Keep(subject=self._subject, run=self._run, steps=steps, account=account)
        while True:
            try:
                await self._shielded("keep", keep, type(None))
            except FailureError:
                with contextlib.suppress(asyncio.CancelledError):  # it has ended: a Cancel comes too late
                    await workflow.sleep(_KEEP_AGAIN)
            else:
                return

    async def _shielded(self, name: str, argument: Any, result_type: Any) -> Any:
        handle = workflow.start_local_activity(
            name, argument, result_type=result_type, start_to_close_timeout=timedelta(seconds=10), retry_policy=_QUICK
        )
        while True:
            try:
                return await asyncio.shield(handle)
            except asyncio.CancelledError:
                self._cancel_requested = True
                if handle.cancelled():
                    raise

    # Telling.

    def _announce(self) -> None:
        course = self._course
        now = announce.attributes(course.procedure, course.snapshot, course.last_refusals, course.refused_at)
        changes = announce.updates(self._announced, now)
        if changes:
            workflow.upsert_search_attributes(changes)
        self._announced = now

    def _renew_if_long(self) -> None:
        """Continue as new at a rest, carrying the snapshot, when the history has grown long."""
        info = workflow.info()
        long = info.is_continue_as_new_suggested() or info.get_current_history_length() > self._start.renew_after
        if not long or self._trays or not workflow.all_handlers_finished():
            return
        resumed = self._course.stopped(self._run, cancel_requested=self._cancel_requested)
        workflow.continue_as_new(self._start.model_copy(update={"data": {}, "resumed": resumed}))


def _request() -> str | None:
    """The name of the request by which the order came that is being taken in."""
    update = workflow.current_update_info()
    return update.id if update else None


def _execution(info: workflow.Info, first: str | None) -> str:
    """What the journal and the book know this execution by: the first of the runs that continue one another.

    What one of them has moved, the next one knows. A Reset begins one of its own: what was answered before it is asked anew,
    of a world in which it happened. An effect is told the first run of all beside it, which a Reset keeps.
    """
    is_reset = info.run_id != info.original_execution_run_id
    return info.run_id if is_reset or first is None else first


def _brief(error: FailureError) -> str:
    """What went wrong, in a word that reveals nothing: the cause's type, never its message."""
    cause = error.cause if isinstance(error, ActivityError) and error.cause else error
    return (cause.type if isinstance(cause, ApplicationError) else None) or type(cause).__name__
