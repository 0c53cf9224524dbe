"""A handle on a real server: what no answer means, whose end is waited for, and that following misses and repeats nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from office import Office, OpenOffice, until
from temporalio.client import Client
from temporalio.service import RetryConfig
from test_temporal_ui_actions import reset

from paystates import PaystatesPlugin
from paystates.client import Handle, NoOutcome, NotFound, Paystates, PaystatesError, Refused, TimedOut, Unreachable
from paystates.engine import Cancel
from paystates.line import Line
from paystates.orders import PATIENCE
from paystates.temporal.messages import Happened, Outcome
from paystates.temporal.server import DevServer
from states.charge_retry import ChargeRetryAction, Hold, Resume
from states.methods import Choose, Confirm

pytestmark = pytest.mark.server

DECLINED = "{decline: insufficient_funds}"


async def rests_at(handle: Handle[Any], state: str) -> None:
    """Wait until it stands there."""

    async def there() -> bool:
        try:
            return (await handle.view()).stand.state == state
        except PaystatesError:  # its first task is not there yet
            return False

    await until(there, f"{handle.subject} stands in {state}")


async def all_of(following: AsyncIterator[Happened], told: list[Happened]) -> None:
    """Follow it to its end."""
    async for one in following:
        told.append(one)  # noqa: PERF401 - each as it comes, for a test that looks meanwhile


def in_journal(here: Office, subject: str) -> list[tuple[int, str, str]]:
    with here.book.transaction() as pages:
        return [(row.sequence, row.event_kind, row.target) for row in pages.journal(subject)]


def in_brief(told: list[Happened]) -> list[tuple[int, str, str]]:
    return [(one.sequence, one.event, one.target) for one in told]


# No answer.


async def test_an_order_that_was_not_answered_may_be_sent_again_and_is_taken_once(office: OpenOffice) -> None:
    """No worker answers in time: the error says what to do, and what it says does no harm."""
    here = await office(billed="2d")
    retry: Handle[ChargeRetryAction] = await here.front.charge_retry(here.invoice)
    await rests_at(retry, "waiting")
    await here.stop_worker()
    hasty = Paystates(here.client, here.queue, patience=0.3).handle(retry.subject)
    with pytest.raises(TimedOut, match=r"within 0\.3 seconds: it may still be done.*once more under the same `request`"):
        await hasty.act(Hold(), actor=here.operator, request="hold-1")
    with pytest.raises((TimedOut, Unreachable), match=retry.subject):
        await hasty.view()
    await here.start_worker()
    first = await retry.act(Hold(), actor=here.operator, request="hold-1")
    assert await retry.act(Hold(), actor=here.operator, request="hold-1") == first
    assert [kind for _, kind, _ in in_journal(here, retry.subject)].count("hold") == 1
    with pytest.raises(Refused):
        await retry.act(Hold(), actor=here.operator, request="hold-2")


async def test_who_stops_waiting_for_an_answer_is_not_told_that_it_timed_out(office: OpenOffice) -> None:
    """A caller's own limit is the caller's: the front desk lets a cancel through, whatever the SDK makes of it."""
    here = await office(billed="2d")
    retry = await here.front.charge_retry(here.invoice)
    await rests_at(retry, "waiting")
    await here.stop_worker()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await retry.act(Hold(), actor=here.operator)


async def test_an_end_that_does_not_come_in_time_is_said_to_come_later(office: OpenOffice) -> None:
    """Waiting for weeks is the caller's choice; a limit is, too."""
    here = await office(billed="2d")
    retry = await here.front.charge_retry(here.invoice)
    with pytest.raises(TimedOut, match=r"within 0\.2 seconds: it has not ended\. It goes on by itself"):
        await retry.result(within=0.2)


async def test_a_server_that_is_gone_is_unreachable_and_what_is_not_there_is_not_found() -> None:
    """Each says what to do, and neither is a time-out."""
    quick = RetryConfig(max_elapsed_time_millis=200)
    async with DevServer(ui=False) as server:
        desk = Paystates(await Client.connect(server.address, plugins=[PaystatesPlugin()], retry_config=quick))
        nothing = desk.handle("charge-retry/nothing")
        with pytest.raises(NotFound, match="there is no procedure charge-retry/nothing: see `paystates list`"):
            await nothing.view()
        with pytest.raises(NotFound):
            await nothing.result()
        with pytest.raises(NotFound):
            await anext(nothing.watch())
        assert not await nothing.is_running()
    for doing in (nothing.view(), nothing.result(), nothing.act(Hold(), actor="olga"), desk.charge_retry("F-1")):
        with pytest.raises(Unreachable, match=r"the Temporal server does not answer for charge-retry/.*paystates up"):
            await doing


# Whose end.


async def test_a_handle_of_a_start_stays_with_what_was_started(office: OpenOffice) -> None:
    """Another one for the same subject is not acted on by mistake, and its end is not taken for this one's."""
    here = await office(billed="2d")
    first = await here.front.replace_all(here.method, actor=here.admin)
    await rests_at(first, "choosing")
    await first.temporal.cancel()
    assert (await first.result()).state == "cancelled"
    second = await here.front.replace_all(here.method, actor=here.admin)
    await rests_at(second, "choosing")
    with pytest.raises(PaystatesError) as refused:
        await first.act(Choose(method=here.other), actor=here.admin)
    assert type(refused.value).__name__ in {"AlreadyOver", "NotFound"}
    assert (await second.view()).stand.state == "choosing"
    assert (await first.result()).state == "cancelled"
    assert await here.front.handle(first.subject).is_running()


async def test_what_was_terminated_has_no_outcome_and_says_so(office: OpenOffice) -> None:
    """Whoever waits or follows is told, with what to do; what was told before stands."""
    here = await office(billed="2d")
    retry = await here.front.charge_retry(here.invoice)
    await rests_at(retry, "waiting")
    told: list[Happened] = []
    following = asyncio.create_task(all_of(retry.watch(), told))
    await until(lambda: _as_answer(bool(told)), "the first decision is told")
    await retry.temporal.terminate("by hand")
    for waiting in (following, retry.result()):
        with pytest.raises(NoOutcome, match=r"stopped in Temporal.*start it again, and it goes on"):
            await waiting
    assert in_brief(told) == [(1, "opened", "waiting")]
    with pytest.raises(NoOutcome, match="start it again"):  # asked, it would say that it waits
        await retry.view()


async def _as_answer(so: bool) -> bool:  # noqa: FBT001 - what `until` asks
    return so


# Following.


async def test_following_tells_each_decision_once_to_the_end(office: OpenOffice) -> None:
    """As the journal of the account book has them, refusals too; the last one led to the end."""
    here = await office(billed="2d")
    replacing = await here.front.replace_all(here.method, actor=here.admin)
    told: list[Happened] = []
    following = asyncio.create_task(all_of(replacing.watch(), told))
    await rests_at(replacing, "choosing")
    with pytest.raises(Refused):
        await replacing.act(Choose(method=here.method), actor=here.admin)
    await replacing.act(Choose(method=here.other), actor=here.admin)
    seen = await replacing.view()
    await replacing.act(Confirm(), actor=here.admin)
    outcome: Outcome = await replacing.result()
    await following
    assert in_brief(told) == in_journal(here, replacing.subject)
    assert told[-1].target == outcome.state == "done"
    assert [one.refused for one in told if one.refused] != []
    later = [one async for one in here.front.handle(replacing.subject).watch(after=seen.sequence)]
    assert later == told[seen.sequence :]
    assert later


async def test_following_goes_on_where_a_run_continues_as_new(office: OpenOffice) -> None:
    """The numbers run through, whatever history they stand in; who comes later hears the same, also when another was started."""
    here = await office(f"pm: [{DECLINED}, {DECLINED}, {DECLINED}, succeed]", billed="1d")
    await here.start(renew_after=15)
    told: list[Happened] = []
    following = asyncio.create_task(all_of(here.front.handle(here.subject).watch(), told))
    run = (await here.handle.describe()).run_id
    outcome = await here.ends("recovered")
    await following
    assert (await here.handle.describe()).run_id != run, "it did continue as new"
    assert in_brief(told) == in_journal(here, here.subject)
    assert told[-1].target == outcome.state
    for another in (False, True):
        if another:
            other = await here.front.charge_retry(here.invoice)
            await other.result()
            assert other.run != run
        again: list[Happened] = []
        await all_of(Handle[Hold](Line(here.client, PATIENCE), here.subject, run=run).watch(), again)
        assert again == told


async def test_following_waits_for_a_worker_that_is_restarted(office: OpenOffice) -> None:
    """Nothing is missed, and nothing told twice."""
    here = await office(billed="2d")
    retry = await here.front.charge_retry(here.invoice)
    await rests_at(retry, "waiting")
    await here.stop_worker()
    told: list[Happened] = []
    hasty = Paystates(here.client, here.queue, patience=0.2).handle(retry.subject)
    following = asyncio.create_task(all_of(hasty.watch(), told))
    holding = asyncio.create_task(retry.act(Hold(), actor=here.operator))
    await asyncio.wait([following], timeout=0.5)
    assert told == []
    await here.start_worker()
    await holding
    await retry.act(Resume(), actor=here.operator)
    await retry.temporal.cancel()
    await following
    assert in_brief(told) == in_journal(here, retry.subject)
    assert [one.event for one in told][-1] == "cancel"


async def test_following_goes_on_after_a_reset(office: OpenOffice) -> None:
    """What an operator resets is done again, and told once; its end is the end."""
    here = await office(billed="2d")
    retry = await here.front.charge_retry(here.invoice)
    await rests_at(retry, "waiting")
    await retry.act(Hold(), actor=here.operator)
    told: list[Happened] = []
    following = asyncio.create_task(all_of(retry.watch(), told))
    waiting = asyncio.create_task(retry.result())
    await until(lambda: _as_answer(len(told) == 2), "both decisions are told")
    await reset(here, "workflow_task_completed")
    await rests_at(retry, "held")
    await here.front.handle(retry.subject).temporal.cancel()
    assert (await waiting).state == "cancelled"
    await following
    assert [one.event for one in told][:2] == ["opened", "hold"]
    assert [one.sequence for one in told] == [1, 2, 3]


async def test_following_goes_on_from_where_a_reset_to_an_earlier_point_begins(office: OpenOffice) -> None:
    """The numbers go back, and what comes then is told; what was told and still holds is not told again."""
    here = await office(billed="2d")
    retry = await here.front.charge_retry(here.invoice)
    await rests_at(retry, "waiting")
    told: list[Happened] = []
    following = asyncio.create_task(all_of(retry.watch(), told))
    for action in (Hold(), Resume()):
        await retry.act(action, actor=here.operator)
    await until(lambda: _as_answer(len(told) == 4), "all decisions are told")
    last = told[-1]
    await reset(here, "workflow_execution_update_accepted", last=False, orders=False)
    again = here.front.handle(retry.subject)
    await rests_at(again, "waiting")
    await again.act(Hold(), actor=here.operator)
    await again.act(Cancel(), actor=here.operator)
    await following
    old = [(1, "opened"), (2, "hold"), (3, "resume"), (4, "opened")]
    assert [(one.sequence, one.event) for one in told] == [*old, (3, "cancel")]

    async def told_after(known: int | Happened) -> list[tuple[int, str]]:
        return [(one.sequence, one.event) async for one in again.watch(after=known)]

    assert await told_after(last) == [(2, "hold"), (3, "cancel")], "who was away meanwhile is told what came since"
    assert await told_after(last.sequence) == [(1, "opened"), (2, "hold"), (3, "cancel")], "and by a number everything"


async def test_following_asks_no_oftener_than_something_moves(office: OpenOffice) -> None:
    """It is called by the server, and does not poll: questions are counted against the tasks that were completed."""
    here = await office(f"pm: [{DECLINED}, {DECLINED}, succeed]", billed="1d")
    await here.start()
    line = Counting(here.client, PATIENCE)
    handle = Handle[ChargeRetryAction](line, here.subject)
    told: list[Happened] = []
    following = asyncio.create_task(all_of(handle.watch(), told))
    await here.ends("recovered")
    await following
    completed = (await here.seen_in_history()).count("workflow_task_completed")
    assert 0 < line.asked <= completed + 1


class Counting(Line):
    """A line that counts what is asked over it."""

    asked = 0

    async def ask(self, *given: Any, **named: Any) -> Any:
        self.asked += 1
        return await super().ask(*given, **named)
