"""A handle on one procedure: look at it, act on it, follow it, wait for its end.

`Handle[ChargeRetryAction]` takes what is in that union, and a type checker refuses the rest.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from paystates.engine import Action
from paystates.orders import NotFound, TimedOut, Unanswered, refuse_numbers, stopped
from paystates.temporal.following import Followed
from paystates.temporal.messages import Accepted, Happened, Order, Outcome, View

if TYPE_CHECKING:
    from temporalio.api.history.v1 import HistoryEvent
    from temporalio.client import WorkflowHandle

    from paystates.line import Line

A_contra = TypeVar("A_contra", bound=Action, contravariant=True)

_MOVED: Final = "workflow_task_completed_event_attributes"
_ENDED: Final = "workflow_execution_completed_event_attributes"


class Handle(Generic[A_contra]):
    """One procedure, by its id (`subject`), whatever has become of it since.

    `run` is the first run of what was started: orders and the wait for the end then stay with that, also when it is over and
    another has been started for the same subject. Without it the handle speaks of the latest one.
    """

    __slots__ = ("_line", "run", "subject")

    def __init__(self, line: "Line", subject: str, *, run: str | None = None) -> None:
        """Made by the front desk."""
        self.subject = subject
        self.run = run
        self._line = line

    def __repr__(self) -> str:
        return f"Handle({self.subject!r})"

    @property
    def temporal(self) -> "WorkflowHandle[Any, Outcome]":
        """Temporal's own handle."""
        return self._line.at(self.subject, first=self.run)

    async def act(self, action: A_contra, *, actor: str, seen: int | None = None, request: str | None = None) -> Accepted:
        """Send an action of a person. The order is in the journal before this answers.

        `seen`: the visit you looked at; when that is over, the order is refused as overtaken. `request`: your own name for this
        order; sent again under the same one, it is taken once, and answered the same. Raises `Refused` with all refusals,
        `AlreadyOver`, `NotFound`, `TimedOut`, `Unreachable`.
        """
        refuse_numbers(action.model_dump(mode="json"))
        order = Order[Any](actor=actor, action=action, seen=seen)
        return await self._line.order(self.subject, order, first=self.run, request=request)

    async def view(self) -> View:
        """Where it stands, what it waits for, and what may be done. Of the latest one under its id.

        `NoOutcome` when that was stopped in Temporal: where it stood then, it stands no more.
        """
        view: View = await self._line.ask(self.subject, None, "view", result_type=View)
        return view

    async def is_running(self) -> bool:
        """Whether one is under way under this id."""
        try:
            return (await self._line.describe(self.subject)).is_open
        except NotFound:
            return False

    async def result(self, within: float | None = None) -> Outcome:
        """Wait for the end; `TimedOut` when it does not come `within` so many seconds. `NoOutcome` when it was stopped."""
        async with self._line.awaiting(self.subject, within):
            run, first = await self._start_of_it()
            while (outcome := await self._line.outcome(self.subject, run)) is None:
                run = await self._reset_as(run, first)
            return outcome

    async def watch(self, *, after: int | Happened = 0) -> AsyncGenerator[Happened, None]:
        """Follow its decisions as they come, each once and in order, until its end: the last one led there.

        `after` is the last decision that you have, or its number (`View.sequence`). When an operator resets it, the numbers go
        back, and what comes then takes the place of what was told under them; if that was done while nobody followed, it is
        noticed by the decision, and by a number only where that has not come again yet. What it does not remember any more (of
        its last hundred) stands in the journal of the account book, and a gap in the numbers shows it. A worker that is restarted
        is waited for: without one nothing happens. Costs one open call to the server, and asks only when something has moved.
        """
        followed = Followed(after)
        run, first = await self._start_of_it()
        while True:
            pages = self._line.history(self.subject, run)
            last: HistoryEvent | None = None
            while last is None or pages.next_page_token is not None:
                await self._line.turn(self.subject, pages)
                events = pages.current_page or ()
                last = events[-1] if events else last
                if any(event.HasField(_MOVED) or event.HasField(_ENDED) for event in events):
                    for happened in followed.news(run, await self._happened(run, followed.after(run))):
                        yield happened
            if last.HasField(_ENDED):
                return
            renewed = last.workflow_execution_continued_as_new_event_attributes.new_execution_run_id
            run = renewed or await self._reset_as(run, first)

    async def _start_of_it(self) -> tuple[str, str]:
        """Where to begin to follow, and the first run of what is followed: the latest run, unless that is of another start."""
        latest = await self._line.describe(self.subject)
        if self.run in {None, latest.first}:
            return latest.run, latest.first
        return str(self.run), str(self.run)

    async def _reset_as(self, run: str, first: str) -> str:
        """The run that an operator's Reset made of a run that was stopped; `NoOutcome` when there is none."""
        latest = await self._line.describe(self.subject)
        if latest.run == run or latest.first != first:
            raise stopped(self.subject)
        return latest.run

    async def _happened(self, run: str, after: int) -> tuple[Happened, ...]:
        """What it can tell. A worker that is away comes back, and until then nothing happens; unless the run is over."""
        pause = 0.05
        while True:
            try:
                told: tuple[Happened, ...] = await self._line.ask(
                    self.subject, run, "happened", after, result_type=tuple[Happened, ...]
                )
            except (Unanswered, TimedOut):
                latest = await self._line.describe(self.subject)
                if latest.run != run or latest.was_stopped:
                    return ()
                await asyncio.sleep(pause)
                pause = min(2 * pause, 5)
            else:
                return told
