"""Cancel, Terminate, Reset and Pause, as from Temporal's own UI, lose nothing and double nothing (design, section 3)."""

import uuid
from datetime import timedelta

import pytest
from office import BANK_ACCOUNT, OWED, OpenOffice, assert_unbroken, until
from office import Office as Debt
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import ResetReapplyExcludeType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import WorkflowExecutionStatus

from paystates.front.office import Office
from paystates.front.pages import Trouble
from paystates.orders import Unreachable
from states.charge_retry import Hold, Resume

pytestmark = [pytest.mark.server, pytest.mark.asyncio(loop_scope="session")]

DECLINED_ONCE = "pm: [{decline: insufficient_funds}, succeed]"
HELD = "pm: [{hold: before_charge}, succeed]"
AUTHENTICATE = "pm: [{action_required: {completed_after: 1d, then: succeed}}, succeed]"
LATE = "pm: [{late: {after: 4d, then: succeed}}]"


async def reset(office: Debt, event: str, *, last: bool = True, orders: bool = True) -> None:
    """Reset the procedure to the workflow task before the first or last event of a kind; `orders` after it are given again."""
    events = [found async for found in office.handle.fetch_history_events()]
    named = [e.event_id for e in events if (e.WhichOneof("attributes") or "").startswith(event)]
    wanted = named[-1] if last else named[0]
    tasks = [e.event_id for e in events if e.HasField("workflow_task_completed_event_attributes") and e.event_id <= wanted]
    run = (await office.handle.describe()).run_id
    await office.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace="default",
            workflow_execution=WorkflowExecution(workflow_id=office.subject, run_id=run),
            reason="a test",
            workflow_task_finish_event_id=tasks[-1],
            request_id=str(uuid.uuid4()),
            reset_reapply_exclude_types=[] if orders else [ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE],
        )
    )


def charged_once(office: Debt) -> None:
    """One charge in the bank's ledger, nothing owed, and a journal without gaps in each run."""
    assert office.charges == [OWED]
    assert office.balance == 0
    assert_unbroken(office.journal)


async def test_cancel_at_a_wait_ends_as_cancelled_and_the_debt_stays(office: OpenOffice) -> None:
    """Temporal's Cancel is a person's: at a wait it ends the procedure as cancelled; the debt is not lost."""
    it = await office(DECLINED_ONCE)
    await it.start()
    await it.rests("waiting")
    await it.handle.cancel()
    outcome = await it.handle.result()
    assert (outcome.state, outcome.verdict) == ("cancelled", "cancelled")
    assert it.balance == OWED
    assert it.moves()[-1] == ("waiting", "cancel", "cancelled")
    await it.start()
    await it.ends("recovered")
    charged_once(it)


async def test_cancel_in_the_middle_of_a_charge_is_honoured_after_its_answer(office: OpenOffice) -> None:
    """A charge is never cancelled: its answer is recorded first. What was charged is charged, and the procedure has recovered."""
    it = await office(HELD)
    await it.start()
    await it.held("before_charge")
    await it.handle.cancel()
    it.bank.release()
    outcome = await it.handle.result()
    assert outcome.state == "recovered"
    charged_once(it)


async def test_cancel_in_the_middle_of_a_charge_that_is_declined_cancels_at_the_next_rest(office: OpenOffice) -> None:
    """The decline is recorded, and its notice written, before the cancel is honoured."""
    it = await office("pm: [{decline: insufficient_funds, hold: before_charge}, succeed]")
    await it.start()
    await it.held("before_charge")
    await it.handle.cancel()
    it.bank.release()
    outcome = await it.handle.result()
    assert outcome.state == "cancelled"
    assert it.statuses() == ["declined"]
    with it.book.transaction() as pages:
        assert [notice.kind.value for notice in pages.notices(it.invoice)] == ["declined"]
    assert_unbroken(it.journal)


@pytest.mark.parametrize(("bank", "state", "method"), [(LATE, "clearing", BANK_ACCOUNT), (AUTHENTICATE, "needs_customer", None)])
async def test_cancel_while_an_attempt_is_open_waits_for_its_result(
    office: OpenOffice, bank: str, state: str, method: str | None
) -> None:
    """While an attempt is open a cancel is kept, not honoured: the attempt's money is followed to its end."""
    it = await office(bank, **({"method": method} if method else {}))
    await it.start()
    await it.rests(state)
    await it.handle.cancel()
    await it.seen_in_history("workflow_execution_cancel_requested")
    assert (await it.rests(state)).verdict is None
    outcome = await it.ends("recovered", "cancelled")
    if outcome.state == "recovered":
        charged_once(it)
    else:
        assert not any(attempt.is_open for attempt in it.attempts)


@pytest.mark.parametrize(
    ("bank", "state", "method"),
    [(DECLINED_ONCE, "waiting", None), (LATE, "clearing", BANK_ACCOUNT), (AUTHENTICATE, "needs_customer", None)],
)
async def test_terminate_at_a_rest_loses_nothing(office: OpenOffice, bank: str, state: str, method: str | None) -> None:
    """After a Terminate a new run adopts what the book says: an open attempt is looked up, never repeated."""
    it = await office(bank, **({"method": method} if method else {}))
    await it.start()
    await it.rests(state)
    before = it.statuses()
    await it.handle.terminate("a test")
    assert (await it.handle.describe()).status is WorkflowExecutionStatus.TERMINATED
    await it.start()
    await it.rests(state)
    assert it.statuses() == before
    await it.ends("recovered")
    charged_once(it)


@pytest.mark.parametrize("point", ["before_charge", "after_charge"])
async def test_terminate_in_the_middle_of_a_charge_is_looked_up_by_the_next_run(office: OpenOffice, point: str) -> None:
    """The next run looks the open attempt up: what was charged is charged, and what was not is fenced before another try."""
    it = await office(f"pm: [{{hold: {point}}}, succeed]")
    await it.start()
    await it.held(point)
    await it.handle.terminate("a test")
    await it.start()
    await it.rests()
    it.bank.release()
    await it.ends("recovered")
    assert it.statuses() == (["succeeded"] if point == "after_charge" else ["not_charged", "succeeded"])
    charged_once(it)


@pytest.mark.parametrize("point", ["before_charge", "after_charge"])
async def test_reset_in_the_middle_of_a_charge_looks_up_and_charges_nothing_again(office: OpenOffice, point: str) -> None:
    """The charge that the reset run repeats finds its own attempt open, and looks it up instead."""
    it = await office(f"pm: [{{hold: {point}}}, succeed]")
    await it.start()
    await it.held(point)
    await reset(it, "activity_task_scheduled")
    await it.rests()
    it.bank.release()
    await it.ends("recovered")
    assert it.statuses() == (["succeeded"] if point == "after_charge" else ["not_charged", "succeeded"])
    charged_once(it)


async def test_reset_to_before_a_charge_does_not_charge_again(office: OpenOffice) -> None:
    """A Reset to before the successful charge re-reads the book: nothing is due, so nothing is charged."""
    it = await office(DECLINED_ONCE)
    await it.start()
    await it.ends("recovered")
    await reset(it, "activity_task_scheduled")
    outcome = await it.ends("recovered", "settled")
    assert outcome.definition == "charge-retry@1"
    charged_once(it)


async def test_reset_to_the_beginning_continues_the_debts_budget(office: OpenOffice) -> None:
    """Law 8: a Reset to before the first attempt repeats no attempt and no mail. Its journal is its own: all is asked anew."""
    it = await office(DECLINED_ONCE)
    await it.start()
    await it.rests("waiting")
    (before,) = {row.run for row in it.journal}
    await reset(it, "activity_task_scheduled", last=False)
    await it.rests("waiting")
    assert it.statuses() == ["declined"]
    with it.book.transaction() as pages:
        assert len(pages.notices(it.invoice)) == 1
    assert {row.run for row in it.journal} > {before}
    await it.ends("recovered")
    charged_once(it)


async def test_a_pause_at_a_rest_takes_no_action_and_loses_none_afterwards(office: OpenOffice) -> None:
    """While it is paused it can be neither asked nor ordered, a start finds it, and the book tells where it stands."""
    it = await office(DECLINED_ONCE)
    await it.start()
    await it.rests("waiting")
    await it.pause()
    with pytest.raises(Unreachable, match="paused"):
        await it.act(Hold())
    with pytest.raises(Unreachable, match="paused"):
        await it.front.view(it.subject)
    assert await it.front.is_running(it.subject)
    await it.front.start("charge-retry", {"invoice": it.invoice})
    page = await Office(it.front, it.book).page(it.subject)
    assert (page.trouble, page.state) == (Trouble.PAUSED, "waiting")
    await it.unpause()
    assert (await it.act(Hold())).state == "held"
    assert (await it.act(Resume())).state == "opening"
    await it.ends("recovered")
    charged_once(it)


@pytest.mark.parametrize("point", ["before_charge", "after_charge"])
async def test_a_pause_in_the_middle_of_a_charge_records_its_answer_once(office: OpenOffice, point: str) -> None:
    """The charge goes on while its procedure is paused: the book has its result, and after the pause it is taken, once."""
    it = await office(f"pm: [{{hold: {point}}}, succeed]")
    await it.start()
    await it.held(point)
    await it.pause()
    it.bank.release()

    async def charged() -> bool:
        return it.statuses() == ["succeeded"]

    await until(charged, "the book has the result")
    page = await Office(it.front, it.book).page(it.subject)
    assert (page.trouble, page.verdict) == (Trouble.PAUSED, None)
    await it.unpause()
    await it.ends("recovered")
    charged_once(it)


async def test_what_falls_due_while_it_is_paused_is_done_once_after_it(office: OpenOffice) -> None:
    """Its clock goes on: the attempt whose date came is made when the pause is over, and no other one with it."""
    it = await office(DECLINED_ONCE, billed="1d")
    await it.start()
    due = (await it.rests("waiting")).stand.due
    assert due is not None
    here = await it.skipper.get_current_time(it.handle)
    await it.skipper.fast_forward(it.handle, due - here - timedelta(seconds=3))  # while it is paused, no time is skipped
    await it.pause()
    await it.seen_in_history("timer_fired")
    assert it.attempts == []
    await it.unpause()

    async def declined() -> bool:
        return it.statuses() == ["declined"]

    await until(declined, "the attempt is made")
    await it.ends("recovered")
    assert it.statuses() == ["declined", "succeeded"]
    charged_once(it)
