"""The front desk for backend services: start a procedure, act on it, look at it, wait for its end. One call each, typed answers.

The errors stand in `paystates.orders`, and are to be had from here too.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from paystates.engine import Action, Refusal
from paystates.orders import (
    AlreadyOver,
    BadOrder,
    Beginning,
    NotFound,
    OtherRequest,
    PaystatesError,
    Refused,
    Unreachable,
    begin,
    charge_retry_id,
    read_action,
    refuse_numbers,
)
from paystates.starts import Starts
from paystates.temporal.markdown import plain
from paystates.temporal.messages import Accepted, Order, Outcome, Start, View
from paystates.temporal.plugin import PaystatesPlugin

__all__ = [
    "TASK_QUEUE",
    "AlreadyOver",
    "BadOrder",
    "NotFound",
    "OtherRequest",
    "Paystates",
    "PaystatesError",
    "Refused",
    "Unreachable",
    "charge_retry_id",
    "read_action",
]

TASK_QUEUE = "paystates"
REQUEST = "paystates-request"
"""The memo that tells which request a running procedure is, so that the same one is known again."""

_refusals: TypeAdapter[Refusal] = TypeAdapter(Refusal)


class Paystates(Starts):
    """The front desk over a Temporal client. Bring a client that has `PaystatesPlugin`, or `connect`."""

    def __init__(self, client: Client, task_queue: str = TASK_QUEUE) -> None:
        """`task_queue` is where the workers listen."""
        self.client = client
        self.task_queue = task_queue

    @classmethod
    async def connect(cls, address: str, *, namespace: str = "default", task_queue: str = TASK_QUEUE) -> "Paystates":
        """Connect to a server at `host:port`; `Unreachable` when there is none."""
        try:
            client = await Client.connect(address, namespace=namespace, plugins=[PaystatesPlugin()])
        except (RuntimeError, RPCError):
            raise Unreachable(f"no Temporal server answers at {address}: start one with `paystates up`") from None
        return cls(client, task_queue)

    async def start(self, procedure: str, data: Mapping[str, Any], *, delay: timedelta | None = None) -> str:
        """Start any procedure with plain data, the fields of its memory that a starter may set; `delay` puts its begin off.

        Answers its id; the same request twice is answered by the one that is running. Raises `OtherRequest` when another one is
        running for the same subject, `BadOrder` when the data is malformed, `Refused` when a number is in it, `Unreachable`.
        """
        beginning = begin(procedure, data)
        while True:
            try:
                await self._begin(beginning, delay)
            except WorkflowAlreadyStartedError:
                if await self._runs_already(beginning):
                    return beginning.subject
            except RPCError as error:
                raise _translated(error, beginning.subject) from None
            else:
                return beginning.subject

    async def _begin(self, beginning: Beginning, delay: timedelta | None) -> None:
        await self.client.start_workflow(
            beginning.declared.name,
            Start(definition=beginning.definition, data=dict(beginning.data)),
            id=beginning.subject,
            task_queue=self.task_queue,
            static_summary=plain(beginning.headline)[:200],
            memo={REQUEST: beginning.request},
            start_delay=delay,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        )

    async def _runs_already(self, beginning: Beginning) -> bool:
        """Whether this very request is running; False when it has just ended. `OtherRequest` when another one is."""
        try:
            description = await self.handle(beginning.subject).describe()
        except RPCError as error:
            raise _translated(error, beginning.subject) from None
        if description.status is not WorkflowExecutionStatus.RUNNING:
            return False
        if await description.memo_value(REQUEST, beginning.request) != beginning.request:
            raise OtherRequest(beginning.subject)
        return True

    async def act(self, subject: str, action: Action, *, actor: str, seen: int | None = None) -> Accepted:
        """Send an action. Raises `Refused` with all refusals, `AlreadyOver`, `NotFound` or `Unreachable`."""
        refuse_numbers(action.model_dump(mode="json"))
        order = Order[Any](actor=actor, action=action, seen=seen)
        try:
            accepted: Accepted = await self.handle(subject).execute_update("act", order, result_type=Accepted)
        except WorkflowUpdateFailedError as error:
            raise _refused(error) from None
        except RPCError as error:
            raise _translated(error, subject) from None
        return accepted

    async def wake(self, invoice: str, action: Action, *, actor: str, starts: bool = False, subject: str | None = None) -> bool:
        """Wake the procedure of a debt, if one is running; with `starts`, one begins when none is. False: nobody to wake.

        `subject`: not its retry is woken, but the procedure of that id.
        """
        if starts and not await self.is_running(charge_retry_id(invoice)):
            attempt, charge_now = getattr(action, "attempt", None), getattr(action, "charge_now", False)
            await self.start_charge_retry(invoice, attempt=attempt, charge_now=charge_now)
            return True
        try:
            await self.act(subject or charge_retry_id(invoice), action, actor=actor)
        except (NotFound, AlreadyOver, Refused):
            return False
        return True

    async def start_and_act(self, invoice: str, action: Action, *, actor: str) -> Accepted:
        """Start the collection of an invoice, or find it running, and send an action, in one round trip."""
        refuse_numbers(action.model_dump(mode="json"))
        beginning = begin("charge-retry", {"invoice": invoice})
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            "charge-retry",
            Start(definition=beginning.definition, data=dict(beginning.data)),
            id=beginning.subject,
            task_queue=self.task_queue,
            memo={REQUEST: beginning.request},
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        try:
            accepted: Accepted = await self.client.execute_update_with_start_workflow(
                "act", Order[Any](actor=actor, action=action), start_workflow_operation=start, result_type=Accepted
            )
        except WorkflowUpdateFailedError as error:
            raise _refused(error) from None
        except RPCError as error:
            raise _translated(error, charge_retry_id(invoice)) from None
        return accepted

    async def view(self, subject: str) -> View:
        """Where a procedure stands, what it waits for, and what may be done."""
        try:
            view: View = await self.handle(subject).query("view", result_type=View)
        except (WorkflowQueryFailedError, WorkflowQueryRejectedError) as error:
            raise Unreachable(f"{subject} cannot be asked just now: {error}") from None
        except RPCError as error:
            raise _translated(error, subject) from None
        return view

    async def is_running(self, subject: str) -> bool:
        """Whether a procedure is under way."""
        try:
            description = await self.handle(subject).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise _translated(error, subject) from None
        return description.status is WorkflowExecutionStatus.RUNNING

    async def result(self, subject: str) -> Outcome:
        """Wait for the end."""
        try:
            return await self.handle(subject).result()
        except RPCError as error:
            raise _translated(error, subject) from None

    def handle(self, subject: str) -> WorkflowHandle[Any, Outcome]:
        """Temporal's own handle."""
        return self.client.get_workflow_handle(subject, result_type=Outcome)


def _refused(error: WorkflowUpdateFailedError) -> PaystatesError:
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type == "Refused":
        return Refused([_refusals.validate_python(detail) for detail in cause.details])
    if "Failed decoding arguments" in str(cause):
        return BadOrder("the worker does not know this action or one of its fields: use an action its version has")
    if isinstance(cause, ApplicationError) and cause.type == "AcceptedUpdateCompletedWorkflow":
        return AlreadyOver("the procedure ended before the action could be considered")
    return PaystatesError(str(cause))


def _translated(error: RPCError, subject: str) -> PaystatesError:
    if error.status is RPCStatusCode.NOT_FOUND:
        if "already completed" in error.message:
            return AlreadyOver(f"{subject} has ended: see how with `paystates view {subject}`")
        return NotFound(f"there is no procedure {subject}: see `paystates list`")
    if error.status is RPCStatusCode.FAILED_PRECONDITION:
        return Unreachable(f"{subject} is only just beginning, and cannot be asked yet: try again in a moment")
    if error.status in {RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}:
        return Unreachable(f"the Temporal server or a worker does not answer for {subject}: is `paystates up` running?")
    return PaystatesError(f"{subject}: {error.message}")
