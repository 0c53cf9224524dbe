"""A Reset or a Terminate between two effects that belong together: the next run does what is left, and nothing twice."""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import pytest
from office import OWED, Office, OpenOffice, until
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest

from activities.desk import Wake
from paystates.composition import ClientWaker, worker

pytestmark = [pytest.mark.server, pytest.mark.asyncio(loop_scope="session")]


class Gate:
    """Whoever is to be woken is out of reach until it is opened."""

    def __init__(self, office: Office) -> None:
        self._behind, self.open, self.tried = ClientWaker(office.front), False, False

    def wake(self, wakes: Sequence[Wake]) -> tuple[str, ...]:
        self.tried = True
        if not self.open:
            message = "the front desk does not answer"
            raise ConnectionError(message)
        return tuple(self._behind.wake(wakes))

    async def reached(self) -> bool:
        """Whether somebody stands before it."""
        return self.tried


async def gated(office: OpenOffice, bank: str = "", **differences: str) -> tuple[Office, Gate]:
    """An office whose worker wakes nobody until the gate is opened."""
    here = await office(bank, **differences)
    gate = Gate(here)
    await here.stop_worker()
    await here.start_worker(worker(here.client, replace(here.desk, waker=gate), here.queue))
    return here, gate


async def reset(here: Office, subject: str) -> None:
    """Reset a procedure to its beginning, as from Temporal's own UI."""
    handle = here.client.get_workflow_handle(subject)
    events = [found async for found in handle.fetch_history_events()]
    first = next(e.event_id for e in events if e.HasField("workflow_task_completed_event_attributes"))
    await here.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace="default",
            workflow_execution=WorkflowExecution(workflow_id=subject, run_id=(await handle.describe()).run_id),
            reason="a test",
            workflow_task_finish_event_id=first,
            request_id=str(uuid.uuid4()),
        )
    )


async def terminate_and_settle_again(here: Office, subject: str) -> None:
    """Terminate the settlement, and start the same."""
    await here.client.get_workflow_handle(subject).terminate("a test")
    await settle(here)


async def settle(here: Office) -> str:
    """Settle what is due with the other method; the procedure's id."""
    started = await here.front.settle_balance(here.method, actor=here.admin, with_method=here.other, confirmed=True)
    return started.subject


def bound(here: Office) -> str | None:
    """What the subscription pays with."""
    with here.book.transaction() as pages:
        subscription = pages.subscription(f"s-{here.invoice}")
    assert subscription is not None
    return subscription.method_id


@pytest.mark.parametrize("stop", [reset, terminate_and_settle_again])
async def test_what_is_paid_is_bound_by_the_next_run(office: OpenOffice, stop: Callable[[Office, str], Awaitable[None]]) -> None:
    """G61: stopped between the charge and the binding, it goes on from what the book says, and charges nothing again."""
    here, gate = await gated(office)
    subject = await settle(here)
    await until(gate.reached, "it is paid")
    await stop(here, subject)
    gate.open = True
    outcome = await here.front.handle(subject).result(within=60)
    assert (outcome.state, bound(here)) == ("done", here.other)
    assert (here.charges, here.balance) == ([OWED], 0)


async def test_what_was_moved_before_a_reset_is_woken_and_charged_at_once(office: OpenOffice) -> None:
    """U6: a run made by Reset is the same wish, to the book too, however often it is reset."""
    here, gate = await gated(office, "pm: [{decline: lost_card}]")
    await here.start()
    await here.rests("needs_method")
    started = await here.front.replace_all(here.method, actor=here.admin, with_method=here.other, confirmed=True, charge_now=True)
    await until(gate.reached, "all is moved")
    for _ in range(2):
        gate.tried = False
        await reset(here, started.subject)
        await until(gate.reached, "the next run is there")
    gate.open = True
    outcome = await here.front.handle(started.subject).result(within=90)
    assert (outcome.state, outcome.memory["moved"], outcome.memory["woken"]) == ("done", 1, [here.invoice])
    await here.ends("recovered")
    assert (here.charges, here.balance) == ([OWED], 0)


async def test_what_was_deleted_before_a_reset_is_told_as_deleted(office: OpenOffice) -> None:
    """Nobody is told that nothing was moved or deleted."""
    here = await office(billed="2d")
    started = await here.front.delete_with_dependents(here.method, actor=here.admin, with_method=here.other, confirmed=True)
    assert (await started.result()).state == "done"
    await reset(here, started.subject)
    assert (await here.front.handle(started.subject).result(within=30)).state == "done"
    assert bound(here) == here.other
