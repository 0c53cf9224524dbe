"""One plugin for clients and workers: pydantic converter, clock, details, and the sandbox with our modules passed through."""

from collections.abc import Sequence
from dataclasses import replace

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.plugin import SimplePlugin
from temporalio.worker import WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from paystates.temporal.clock import ClockInterceptor
from paystates.temporal.details import DetailsInterceptor

OURS = ("paystates", "domain", "states", "workflows")
"""Our own modules that workflow code uses. They are pure, so the sandbox need not import them again for every workflow."""


class PaystatesPlugin(SimplePlugin):
    """Register it on the client; workers of that client inherit it. `passthrough` names further pure modules."""

    def __init__(self, passthrough: Sequence[str] = ()) -> None:
        modules = (*OURS, "transitions", "six", "pydantic", "annotated_types", *passthrough)

        def sandbox(runner: WorkflowRunner | None) -> WorkflowRunner:
            ours = runner if isinstance(runner, SandboxedWorkflowRunner) else SandboxedWorkflowRunner()
            return replace(ours, restrictions=ours.restrictions.with_passthrough_modules(*modules))

        super().__init__(
            "paystates.PaystatesPlugin",
            data_converter=pydantic_data_converter,
            interceptors=[ClockInterceptor(), DetailsInterceptor()],
            workflow_runner=sandbox,
        )
