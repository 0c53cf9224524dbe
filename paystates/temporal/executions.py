"""What the server says of an execution, apart from the procedure in it: whether it runs, is paused, is wedged or was ended.

Asked without the SDK's own reading of it, which knows no paused execution and raises (`ValueError`) when it meets one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest, ListWorkflowExecutionsRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, TypedSearchAttributes
from temporalio.converter import decode_typed_search_attributes

PROBLEMS = SearchAttributeKey.for_keyword_list("TemporalReportedProblems")
"""The server's own mark on an execution whose workflow task keeps failing."""

_TRIES = 3
"""A workflow task that is tried for the third time fails again and again, before the server reports it."""


class Status(StrEnum):
    """How the server spells it in a query on `ExecutionStatus`."""

    RUNNING = "Running"
    PAUSED = "Paused"
    COMPLETED = "Completed"
    FAILED = "Failed"
    CANCELED = "Canceled"
    TERMINATED = "Terminated"
    CONTINUED_AS_NEW = "ContinuedAsNew"
    TIMED_OUT = "TimedOut"


OPEN: Final = (Status.RUNNING, Status.PAUSED)
"""Those that have not ended."""

_STATUSES: Final[Mapping[int, Status]] = {
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING: Status.RUNNING,
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_PAUSED: Status.PAUSED,
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_COMPLETED: Status.COMPLETED,
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_FAILED: Status.FAILED,
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_CANCELED: Status.CANCELED,
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_TERMINATED: Status.TERMINATED,
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW: Status.CONTINUED_AS_NEW,
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_TIMED_OUT: Status.TIMED_OUT,
}


@dataclass(frozen=True, slots=True)
class Execution:
    """One run of a procedure, as the server has it. `summary` is what was said of it when it was started.

    `first` is the run that the others of it continue. `begins` is later than `started` where its begin was put off. `wedged`: its
    workflow task fails again and again, by the server's own report or by the number of tries.
    """

    id: str
    run: str
    procedure: str
    status: Status
    started: datetime
    ended: datetime | None
    attributes: TypedSearchAttributes
    memo: Mapping[str, Payload]
    wedged: bool
    summary: str = ""
    first: str = ""
    begins: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.status in OPEN

    @property
    def was_stopped(self) -> bool:
        """Whether this run ended without an end of its own, so that nothing more is to be heard of it."""
        return not self.is_open and self.status is not Status.COMPLETED


async def describe(client: Client, subject: str) -> Execution:
    """The latest run; an `RPCError` when there is none, or nobody answers."""
    request = DescribeWorkflowExecutionRequest(namespace=client.namespace, execution=WorkflowExecution(workflow_id=subject))
    answer = await client.workflow_service.describe_workflow_execution(request, retry=True)
    told = answer.execution_config.user_metadata
    summary = (await client.data_converter.decode([told.summary]))[0] if told.HasField("summary") else ""
    return _execution(answer.workflow_execution_info, tries=answer.pending_workflow_task.attempt, summary=str(summary or ""))


async def list_executions(client: Client, query: str, *, limit: int, after: bytes = b"") -> tuple[Sequence[Execution], bytes]:
    """A page of executions, those that began last in front, and where the next page begins; empty when there is none."""
    request = ListWorkflowExecutionsRequest(namespace=client.namespace, query=query, page_size=limit, next_page_token=after)
    answer = await client.workflow_service.list_workflow_executions(request, retry=True)
    return [_execution(one) for one in answer.executions], answer.next_page_token


async def memo_value(client: Client, of: Execution, name: str, default: Any) -> Any:
    """What was noted under a name when it was started."""
    payload = of.memo.get(name)
    return default if payload is None else (await client.data_converter.decode([payload]))[0]


def _execution(info: WorkflowExecutionInfo, *, tries: int = 0, summary: str = "") -> Execution:
    attributes = decode_typed_search_attributes(info.search_attributes)
    status = _STATUSES[info.status]
    return Execution(
        id=info.execution.workflow_id,
        run=info.execution.run_id,
        procedure=info.type.name,
        status=status,
        started=_instant(info.start_time),
        ended=_instant(info.close_time) if info.HasField("close_time") else None,
        attributes=attributes,
        memo=dict(info.memo.fields),
        wedged=status in OPEN and (bool(attributes.get(PROBLEMS)) or tries >= _TRIES),
        summary=summary,
        first=info.first_run_id,
        begins=_instant(info.execution_time) if info.HasField("execution_time") else None,
    )


def _instant(stamp: Any) -> datetime:
    moment: datetime = stamp.ToDatetime(tzinfo=UTC)
    return moment
