"""The clock on Temporal: workflow code hands its `now` over with every request, activity code finds it in `paystates.clock`.

A regular activity takes the server's `started_time`, which is virtual under time skipping; a local activity's is the worker's
wall clock, so it takes the workflow's own `now` from a header.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.converter import DataConverter
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from paystates import clock

_HEADER = "paystates-now"
_converter = DataConverter.default.payload_converter


class ClockInterceptor(Interceptor):
    """Sets the clock for every activity of a worker."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """Called by the SDK once for each worker."""
        return _Activity(super().intercept_activity(next))

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:  # noqa: A002, ARG002 - the SDK's name and shape
        """Called by the SDK once for each worker."""
        return _Workflow


class _Workflow(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))


class _Outbound(WorkflowOutboundInterceptor):
    def start_local_activity(self, input: StartLocalActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002 - the SDK's name
        instant = _converter.to_payload(workflow.now().isoformat())
        input.headers = {**input.headers, _HEADER: instant}
        return super().start_local_activity(input)


class _Activity(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name and shape
        with clock.at(_instant(activity.info(), input.headers)):
            return await super().execute_activity(input)


def _instant(info: activity.Info, headers: Mapping[str, Payload]) -> datetime:
    handed_over = headers.get(_HEADER)
    if info.is_local and handed_over is not None:
        return datetime.fromisoformat(_converter.from_payload(handed_over, str))
    return info.started_time
