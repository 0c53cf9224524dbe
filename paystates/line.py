"""The line to a Temporal server: what the front desk asks and orders over it, answered in its own words and errors, in time.

The front desk itself names nothing of the SDK: whoever imports it without connecting does without that, which takes longer to
import than all of ours.
"""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowHistoryEventAsyncIterator,
    WorkflowQueryRejectedError,
)
from temporalio.common import QueryRejectCondition, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from paystates.orders import BadOrder, Beginning, OtherRequest, Unanswered, stopped
from paystates.replies import ASKED, AWAITED, ORDERED, STARTED, WOKEN, answered
from paystates.temporal import executions
from paystates.temporal.announce import summary
from paystates.temporal.messages import Accepted, Order, Outcome, Start
from paystates.temporal.plugin import has_plugin

REQUEST = "paystates-request"
"""The memo that tells which request a running procedure is, so that the same one is known again."""


class Line:
    """A client of a Temporal server, for one front desk and its handles. Every failure is a `PaystatesError`."""

    def __init__(self, client: Client, patience: float) -> None:
        """`patience`: the seconds in which every question and order must be answered. `BadOrder` without `PaystatesPlugin`."""
        if not has_plugin(client):
            raise BadOrder("client: it speaks another language: make it with `Client.connect(…, plugins=[PaystatesPlugin()])`")
        self._client = client
        self._patience = patience

    def at(self, subject: str, *, run: str | None = None, first: str | None = None) -> WorkflowHandle[Any, Outcome]:
        """Temporal's own handle: on one run, on all that continue the `first` one, or on the latest. Nothing is asked."""
        return self._client.get_workflow_handle(subject, run_id=run, first_execution_run_id=first, result_type=Outcome)

    async def start(self, beginning: Beginning, task_queue: str, delay: timedelta | None) -> str:
        """Start a procedure, or find this very request running. Answers its first run; `OtherRequest`: another one is running."""
        run = None
        while run is None:
            run = await self.begin(beginning, task_queue, delay) or await self._run_of(beginning)
        return run

    async def begin(self, beginning: Beginning, task_queue: str, delay: timedelta | None = None) -> str | None:
        """Start a procedure. Answers its first run; None when one is running for the same subject, whatever was asked of that."""
        async with answered(beginning.subject, self._patience, STARTED):
            try:
                started = await self._client.start_workflow(
                    beginning.declared.name,
                    Start(definition=beginning.definition, data=dict(beginning.data)),
                    id=beginning.subject,
                    task_queue=task_queue,
                    static_summary=summary(beginning.headline, rendered=True),
                    memo={REQUEST: beginning.request},
                    start_delay=delay,
                    id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                )
            except WorkflowAlreadyStartedError:
                return None
        return started.first_execution_run_id

    async def start_and_order(self, beginning: Beginning, order: Order[Any], task_queue: str) -> Accepted:
        """Start a procedure, or find it running, and send an order, in one round trip."""
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            beginning.declared.name,
            Start(definition=beginning.definition, data=dict(beginning.data)),
            id=beginning.subject,
            task_queue=task_queue,
            static_summary=summary(beginning.headline, rendered=True),
            memo={REQUEST: beginning.request},
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        async with answered(beginning.subject, self._patience, ORDERED):
            accepted: Accepted = await self._client.execute_update_with_start_workflow(
                "act", order, start_workflow_operation=start, result_type=Accepted
            )
        return accepted

    async def order(self, subject: str, order: Order[Any], *, first: str | None, request: str | None) -> Accepted:
        """Send an order to what the run `first` began. The same `request` is taken once."""
        async with answered(subject, self._patience, ORDERED):
            accepted: Accepted = await self.at(subject, first=first).execute_update(
                "act", order, id=request, result_type=Accepted
            )
        return accepted

    async def ask(self, subject: str, run: str | None, query: str, *given: Any, result_type: Any) -> Any:
        """What a run tells; without `run` the latest one, unless it was stopped: its worker would tell it as if it went on."""
        refusing = QueryRejectCondition.NOT_COMPLETED_CLEANLY if run is None else None
        async with answered(subject, self._patience, ASKED):
            try:
                asked = self.at(subject, run=run)
                return await asked.query(query, args=given, reject_condition=refusing, result_type=result_type)
            except WorkflowQueryRejectedError:
                raise stopped(subject) from None
            except ValueError:  # what the SDK makes of one that an operator has paused
                raise Unanswered(f"{subject} cannot be asked just now: is it paused in Temporal? Unpause it there") from None

    async def describe(self, subject: str) -> executions.Execution:
        """What the server says of the latest run."""
        async with answered(subject, self._patience, ASKED):
            return await executions.describe(self._client, subject)

    async def outcome(self, subject: str, run: str) -> Outcome | None:
        """How a run ends, whenever that is, those that continue it included; None when it is stopped."""
        try:
            return await self.at(subject, run=run).result()
        except WorkflowFailureError:
            return None

    def waking(self, subject: str) -> AbstractAsyncContextManager[None]:
        """Try to wake it in the block, again and again, for no longer than the patience."""
        return answered(subject, self._patience, WOKEN)

    def awaiting(self, subject: str, within: float | None) -> AbstractAsyncContextManager[None]:
        """Wait for an end in the block, for no longer than that."""
        return answered(subject, within, AWAITED)

    def history(self, subject: str, run: str) -> WorkflowHistoryEventAsyncIterator:
        """The history of a run from its first event on, page by page, as it grows."""
        return self.at(subject, run=run).fetch_history_events(wait_new_event=True, skip_archival=True)

    async def turn(self, subject: str, history: WorkflowHistoryEventAsyncIterator) -> None:
        """Wait for the next page of a history."""
        async with answered(subject, None, ASKED):
            await history.fetch_next_page()

    async def _run_of(self, beginning: Beginning) -> str | None:
        """The first run of this very request, which is running; None when it has just ended. `OtherRequest`: another one is."""
        there = await self.describe(beginning.subject)
        if not there.is_open:
            return None
        async with answered(beginning.subject, self._patience, ASKED):
            same = await executions.memo_value(self._client, there, REQUEST, beginning.request) == beginning.request
        if not same:
            raise OtherRequest(beginning.subject)
        return there.first or there.run
