"""Services that bring their own client or worker add the plugins, and keep what they have."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from foreign import Foreseeing
from office import OpenOffice
from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.converter import DataConverter, DefaultPayloadConverter, PayloadCodec
from temporalio.worker import UnsandboxedWorkflowRunner, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

from paystates import Paystates, PaystatesPlugin, Procedures
from paystates.client import BadOrder
from paystates.composition import worker
from paystates.temporal.server import DevServer
from states.methods import Choose

pytestmark = pytest.mark.server


@activity.defn
async def greet(name: str) -> str:
    return f"Hello {name}"


@workflow.defn(sandboxed=False)
class Greeting:
    """What a service runs besides."""

    @workflow.run
    async def run(self, name: str) -> str:
        answer: str = await workflow.execute_activity(greet, name, start_to_close_timeout=timedelta(seconds=10))
        return answer


class Reversed(PayloadCodec):
    """A codec, in place of one that encrypts."""

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [Payload(metadata={"encoding": b"reversed"}, data=one.SerializeToString()[::-1]) for one in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [Payload.FromString(one.data[::-1]) for one in payloads]


class Own(DefaultPayloadConverter):
    """A converter that does not know pydantic."""


async def test_a_foreign_client_and_worker_run_ours_beside_their_own(office: OpenOffice, temporal_server: DevServer) -> None:
    """The plugin on the client, the procedures on the worker: nothing else."""
    here = await office(billed="2d")
    client = await Client.connect(temporal_server.address, plugins=[PaystatesPlugin()])
    service = Worker(
        client,
        task_queue=f"service-{here.invoice}",
        workflows=[Greeting],
        activities=[greet],
        plugins=[Procedures(here.desk)],
    )
    async with service:
        desk = Paystates(client, service.task_queue)
        replacing = await desk.replace_all(here.method, actor=here.admin, with_method=here.other, confirmed=True)
        assert (await replacing.result(within=60)).state == "done"
        greeting = await client.execute_workflow(Greeting.run, "Kari", id=f"g-{here.invoice}", task_queue=service.task_queue)
    assert greeting == "Hello Kari"


async def test_procedures_that_are_given_twice_count_once(office: OpenOffice, temporal_server: DevServer) -> None:
    """A client that brings them to all its workers, and a worker of ours: no workflow is named twice."""
    here = await office(billed="2d")
    plugins = [PaystatesPlugin(), Procedures(here.desk)]
    client = await Client.connect(temporal_server.address, plugins=plugins)
    with pytest.warns(UserWarning, match="The same plugin type"):  # the SDK's own, and all there is to it
        made = worker(client, here.desk, f"twice-{here.invoice}")
    async with made:
        desk = Paystates(client, made.task_queue)
        replacing = await desk.replace_all(here.method, actor=here.admin, with_method=here.other, confirmed=True)
        assert (await replacing.result(within=60)).state == "done"


async def test_a_codec_of_the_services_own_stays_in_force(office: OpenOffice, temporal_server: DevServer) -> None:
    """What goes to the server goes through it: orders, views and ends."""
    here = await office(billed="2d")
    client = await Client.connect(
        temporal_server.address,
        data_converter=replace(DataConverter.default, payload_codec=Reversed()),
        plugins=[PaystatesPlugin()],
    )
    async with worker(client, here.desk, f"codec-{here.invoice}") as made:
        replacing = await Paystates(client, made.task_queue).replace_all(here.method, actor=here.admin)
        assert (await replacing.act(Choose(method=here.other), actor=here.admin)).state == "confirming"
        assert (await replacing.view()).stand.state == "confirming"
        events = [event async for event in replacing.temporal.fetch_history_events()]
        (sent,) = events[0].workflow_execution_started_event_attributes.input.payloads
        assert sent.metadata["encoding"] == b"reversed"
        assert here.method.encode() not in sent.data
        await replacing.temporal.cancel()
        assert (await replacing.result()).state == "cancelled"


async def test_what_lacks_the_plugin_is_told_where_it_belongs(temporal_server: DevServer, office: OpenOffice) -> None:
    """Instead of messages that cannot be read, later and elsewhere."""
    here = await office(billed="2d")
    plain = await Client.connect(temporal_server.address)
    with pytest.raises(BadOrder, match=r"client: .*plugins=\[PaystatesPlugin\(\)\]"):
        Paystates(plain)
    for plugin in (PaystatesPlugin(), Procedures(here.desk)):
        with pytest.raises(ValueError, match="PaystatesPlugin belongs on the client"):
            Worker(plain, task_queue="any", plugins=[plugin])
    with pytest.raises(ValueError, match="data_converter: Own cannot carry what paystates sends: derive it from Pydantic"):
        await Client.connect(
            temporal_server.address, data_converter=DataConverter(payload_converter_class=Own), plugins=[PaystatesPlugin()]
        )


async def test_a_runner_without_sandbox_stays_without(temporal_client: Client) -> None:
    """A service that runs its workflows unsandboxed has its reasons; one that says nothing has our modules passed through."""
    runner = UnsandboxedWorkflowRunner()
    config: dict[str, Any] = {"client": temporal_client, "workflow_runner": runner}
    assert PaystatesPlugin().configure_worker(config)["workflow_runner"] is runner


async def test_the_sandbox_imports_nothing_of_ours_again(temporal_client: Client) -> None:
    """Our pure modules pass through it, for workflows that others write: an import for each of them would fail its task."""
    policy = (
        SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
        | SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
    )
    runner = SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_import_notification_policy(policy))
    async with Worker(temporal_client, task_queue="foreseeing", workflows=[Foreseeing], workflow_runner=runner):
        handle = await temporal_client.start_workflow(Foreseeing.run, "F-1", id="foreseeing", task_queue="foreseeing")
        assert await handle.result() == "NOT_POSSIBLE_NOW"
        assert "workflow_task_failed" not in [event.WhichOneof("attributes") for event in (await handle.fetch_history()).events]
