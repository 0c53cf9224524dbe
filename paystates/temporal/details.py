"""What an operator reads under *User Metadata* in the Temporal UI: a procedure's current details, as Markdown.

They are written when somebody looks, not at every step: that costs a procedure nothing, and what may be done is told as of now.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Protocol, runtime_checkable

from temporalio import workflow
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.worker import HandleQueryInput, Interceptor, WorkflowInboundInterceptor, WorkflowInterceptorClassInput

from paystates.engine import Ask, Procedure, Refusal, Snapshot, chart, states_table
from paystates.temporal.announce import headline, progress, waits_for
from paystates.temporal.markdown import plain

_ROOM = "\u00a0\u00a0"
"""Spaces that neither Markdown nor a browser takes away."""


@runtime_checkable
class Detailed(Protocol):
    """A workflow that can tell its details."""

    def details(self) -> str:
        """As Markdown, at most 20 KB."""


class DetailsInterceptor(Interceptor):
    """Answers the server's question for a workflow's metadata with details made for the occasion."""

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:  # noqa: A002, ARG002 - the SDK's name and shape
        """Called by the SDK once for each worker."""
        return _Workflow


class _Workflow(WorkflowInboundInterceptor):
    async def handle_query(self, input: HandleQueryInput) -> Any:  # noqa: A002 - the SDK's name
        answer = await super().handle_query(input)
        if isinstance(answer, WorkflowMetadata) and isinstance(detailed := workflow.instance(), Detailed):
            answer.current_details = detailed.details()
        return answer


def details(procedure: Procedure[Any], snapshot: Snapshot[Any], last_refusals: Sequence[Refusal], now: datetime) -> str:
    """The details as Markdown: where it stands, until when, what may be done and what may not and why."""
    state = procedure.states[snapshot.state]
    lines = [f"### {plain(state.title)}", "", plain(headline(procedure, snapshot.memory)), ""]
    lines.append(f"- since {snapshot.since:%Y-%m-%d %H:%M} UTC")
    if snapshot.due is not None:
        whom = f" for {plain(waits_for(procedure, snapshot))}" if isinstance(state, Ask) else ""
        lines.append(f"- waits{whom} until {snapshot.due:%Y-%m-%d %H:%M} UTC")
    if (done := progress(procedure, snapshot)) is not None:
        lines.append(f"- {done[0]} of {done[1]} done")
    actions = procedure.actions
    possibilities = [one for one in procedure.allowed(snapshot, now) if not actions[one.action].wakes]
    if possibilities:
        rows = ["| may be done | by | what stands against it |", "|---|---|---|"]
        for one in possibilities:
            against = "; ".join(plain(f"{refusal.sentence} {refusal.remedy}") for refusal in one.refusals)
            rows.append(f"| {plain(one.action)} | {plain(', '.join(one.by) or 'anybody')} | {against} |")
        lines += ["", *map(_padded, rows)]
    for refusal in last_refusals:
        lines += ["", f"Last refused: {plain(refusal.sentence)} {plain(refusal.remedy)}"]
    return "\n".join([*lines, "", _states(procedure, snapshot.state)])


@cache
def _states(procedure: Procedure[Any], state: str) -> str:
    """The table of states is the same every time: drawn once for each state of a definition."""
    return "\n".join(map(_padded, states_table(chart(procedure), at=state).splitlines())) + "\n"


def _padded(row: str) -> str:
    """A row of a table with room after each cell: the UI draws its tables without any, and one cell runs into the next."""
    return row.replace(" |", f"{_ROOM} |")
