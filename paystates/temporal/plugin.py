"""One plugin for clients and workers: pydantic converter, clock, details, and the sandbox with our modules passed through."""

from collections.abc import Sequence
from dataclasses import replace

from temporalio.client import Client
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import DataConverter, DefaultPayloadConverter
from temporalio.plugin import SimplePlugin
from temporalio.worker import WorkerConfig, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from paystates.temporal.clock import ClockInterceptor
from paystates.temporal.details import DetailsInterceptor

OURS = ("paystates", "domain", "states", "workflows")
"""Our own modules that workflow code uses. They are pure, so the sandbox need not import them again for every workflow."""


class PaystatesPlugin(SimplePlugin):
    """Register it on the client; workers of that client inherit it. `passthrough` names further pure modules.

    What the client has besides stays: its payload codec, a pydantic converter of its own, a worker's runner without sandbox.
    """

    def __init__(self, passthrough: Sequence[str] = ()) -> None:
        modules = (*OURS, "transitions", "six", "pydantic", "annotated_types", *passthrough)

        def sandbox(runner: WorkflowRunner | None) -> WorkflowRunner:
            ours = runner or SandboxedWorkflowRunner()
            if not isinstance(ours, SandboxedWorkflowRunner):
                return ours
            return replace(ours, restrictions=ours.restrictions.with_passthrough_modules(*modules))

        super().__init__(
            "paystates.PaystatesPlugin",
            data_converter=_with_pydantic,
            interceptors=[ClockInterceptor(), DetailsInterceptor()],
            workflow_runner=sandbox,
        )

    def configure_worker(self, config: WorkerConfig) -> WorkerConfig:
        """Called by the SDK. `ValueError` when the worker has the plugin, and its client has not."""
        require_plugin(config["client"])
        return super().configure_worker(config)


def has_plugin(client: Client) -> bool:
    """Whether our plugin was registered on a client."""
    return any(isinstance(plugin, PaystatesPlugin) for plugin in client.config()["plugins"])


def require_plugin(client: Client) -> None:
    """`ValueError` unless our plugin was registered on the client: a worker alone would misread what the front desk sends."""
    if not has_plugin(client):
        message = "PaystatesPlugin belongs on the client: Client.connect(…, plugins=[PaystatesPlugin()]); its workers inherit it"
        raise ValueError(message)


def _with_pydantic(given: DataConverter | None) -> DataConverter:
    """The converter with our messages understood, and all else of it kept."""
    given = given or DataConverter.default
    if issubclass(given.payload_converter_class, PydanticPayloadConverter):
        return given
    if given.payload_converter_class is not DefaultPayloadConverter:
        name = given.payload_converter_class.__name__
        message = f"data_converter: {name} cannot carry what paystates sends: derive it from PydanticPayloadConverter"
        raise ValueError(message)
    return replace(given, payload_converter_class=PydanticPayloadConverter)
