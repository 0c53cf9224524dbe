"""The interpreter on a real server: orders, their senders, interruptions, long histories, and what operators see."""

import asyncio
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Literal

import pytest
from office import OWED, Office, OpenOffice, assert_unbroken, until
from pydantic import ValidationError
from temporalio.client import WorkflowExecutionStatus
from temporalio.common import RetryPolicy
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

import workflows
from activities import effects
from domain.accounts import Grant, Role
from gateways.script import Hold as Holding
from paystates.client import AlreadyOver, BadOrder, NotFound, Refused
from paystates.engine import Action, Cancel, Procedure
from paystates.temporal import interpreter
from paystates.temporal.effects import activities
from paystates.temporal.messages import Accepted, Order, Releases
from states.charge_retry import (
    CHARGE_RETRY,
    RELEASED,
    BalanceChanged,
    Hold,
    Memory,
    Resume,
    RetryNow,
    SkipAttempt,
    WriteOff,
)
from store.port import Book, Pages

pytestmark = pytest.mark.server

QUICK = RetryPolicy(initial_interval=timedelta(milliseconds=1), maximum_attempts=2)
DECLINED = "{decline: insufficient_funds}"


# Orders.


async def test_an_action_in_the_middle_of_a_wait_is_taken_at_once(office: OpenOffice) -> None:
    """A person may interrupt a wait; the slot that is pre-empted is used up, and nothing is charged twice (U14)."""
    here = await office(billed="2d")
    await here.start()
    await here.rests("waiting")
    assert (await here.act(RetryNow())).state == "charging"
    await here.ends("recovered")
    assert here.charges == [OWED]
    assert [row.actor for row in here.journal] == ["paystates", here.operator, "paystates"]
    assert_unbroken(here.journal)


async def test_orders_at_the_same_time_are_all_answered_one_after_the_other(office: OpenOffice) -> None:
    """One writer: whatever comes at once is decided in an order, and each sender is told."""
    here = await office(billed="2d")
    await here.start()
    await here.rests("waiting")
    answers = await asyncio.gather(*(here.act(BalanceChanged(), "paystates") for _ in range(4)))
    assert all(isinstance(answer, Accepted) for answer in answers)
    await here.rests("waiting")
    assert [event for _, event, _ in here.moves()].count("balance_changed") == 4
    assert_unbroken(here.journal)


async def test_orders_during_a_charge_are_considered_when_its_answer_is_there(office: OpenOffice) -> None:
    """A charge is never interrupted: what was ordered meanwhile is decided afterwards, in the order it came."""
    here = await office(f"pm: [{{decline: insufficient_funds, hold: after_charge}}, {DECLINED}]")
    await here.start()
    await here.held(Holding.AFTER_CHARGE)
    hold = asyncio.create_task(here.act(Hold()))
    await here.seen_in_history("workflow_execution_update_accepted")
    skip = asyncio.create_task(here.act(SkipAttempt()))
    await here.seen_in_history(*2 * ["workflow_execution_update_accepted"])
    assert not hold.done()
    here.bank.release()
    assert (await hold).state == "held"
    with pytest.raises(Refused) as refused:
        await skip
    assert [refusal.code for refusal in refused.value.refusals] == ["NOT_POSSIBLE_NOW"]
    assert here.moves()[-2:] == [("waiting", "hold", "held"), ("held", "skip_attempt", "held")]
    assert_unbroken(here.journal)


async def test_an_order_taken_in_during_the_last_charge_is_answered_before_the_end(office: OpenOffice) -> None:
    """Nobody who was let in is left without an answer, even when the procedure ends first."""
    here = await office("pm: [{hold: after_charge}]")
    await here.start()
    await here.held(Holding.AFTER_CHARGE)
    hold = asyncio.create_task(here.act(Hold()))
    await here.seen_in_history("workflow_execution_update_accepted")
    here.bank.release()
    with pytest.raises(Refused) as refused:
        await hold
    assert [refusal.code for refusal in refused.value.refusals] == ["NOT_POSSIBLE_NOW"]
    assert (await here.handle.result()).state == "recovered"
    with pytest.raises(AlreadyOver):
        await here.act(Hold())


async def test_retry_now_during_a_charge_makes_no_second_attempt(office: OpenOffice) -> None:
    """Law 1: while an attempt is under way there is no other, whoever asks; and the reason is the only one given."""
    here = await office("pm: [{hold: before_charge}, unexpected]")
    await here.start()
    await here.held(Holding.BEFORE_CHARGE)
    length = await here.length()
    for actor in (here.operator, here.admin):
        with pytest.raises(Refused) as refused:
            await here.act(RetryNow(), actor)
        assert [refusal.code for refusal in refused.value.refusals] == ["ATTEMPT_RUNNING"]
    assert await here.length() == length
    here.bank.release()
    await here.ends("recovered")
    assert (here.charges, here.statuses()) == ([OWED], ["succeeded"])


async def test_what_is_not_possible_at_all_is_refused_without_a_trace(office: OpenOffice) -> None:
    """The validator's refusal writes nothing: neither an event in the history nor a row in the journal."""
    here = await office(billed="2d")
    await here.start()
    await here.rests("waiting")
    length, rows = await here.length(), here.journal
    with pytest.raises(Refused) as refused:
        await here.act(Resume())
    assert [refusal.code for refusal in refused.value.refusals] == ["NOT_POSSIBLE_NOW"]
    assert (await here.length(), here.journal) == (length, rows)


async def test_a_rule_refuses_with_all_reasons_and_the_journal_keeps_them(office: OpenOffice) -> None:
    """Refusals are data: every reason with its remedy reaches the sender, the journal, the view and the search attribute."""
    here = await office(billed="2d")
    await here.start()
    await here.rests("waiting")
    with pytest.raises(Refused) as refused:
        await here.act(WriteOff(), here.reader)
    codes = ["NOT_ALLOWED", "REASON_MISSING"]
    assert [refusal.code for refusal in refused.value.refusals] == codes
    assert all(refusal.sentence and refusal.remedy for refusal in refused.value.refusals)
    row = here.journal[-1]
    assert (row.actor, row.accepted, row.source, row.target) == (here.reader, False, "waiting", "waiting")
    assert all(code in row.refusals for code in codes)
    assert (await here.rests("waiting")).last_refusals == refused.value.refusals
    assert await attribute(here, "PaystatesRefusal") == "NOT_ALLOWED"


async def test_an_order_for_a_visit_that_is_over_is_overtaken(office: OpenOffice) -> None:
    """An action may carry the visit its sender saw: what was meant for another moment is not done in this one."""
    here = await office(billed="2d")
    await here.start()
    seen = (await here.rests("waiting")).stand.visit
    await here.act(Hold(), seen=seen)
    with pytest.raises(Refused) as refused:
        await here.act(Resume(), seen=seen)
    assert [refusal.code for refusal in refused.value.refusals] == ["OVERTAKEN"]
    assert (await here.act(Resume(), seen=(await here.rests("held")).stand.visit)).state == "opening"


async def test_a_malformed_order_is_a_bad_order(office: OpenOffice) -> None:
    """An action or a field that the worker does not know is told as such, and changes nothing."""

    class Refund(Action):
        kind: Literal["refund"] = "refund"

    here = await office(billed="2d")
    await here.start()
    await here.rests("waiting")
    length = await here.length()
    with pytest.raises(BadOrder, match="does not know this action"):
        await here.act(Refund())
    with pytest.raises(NotFound):
        await here.front.act("charge-retry/nothing", Hold(), actor=here.operator)
    assert await here.length() == length


# Who.


async def test_roles_are_looked_up_when_the_action_comes(office: OpenOffice) -> None:
    """The actor is an id: what it may do stands in the book at that moment, and nowhere else."""
    here = await office(billed="2d")
    await here.start()
    await here.rests("waiting")
    for nobody in (here.reader, "operator", "nobody"):
        with pytest.raises(Refused) as refused:
            await here.act(Hold(), nobody)
        assert [refusal.code for refusal in refused.value.refusals] == ["NOT_ALLOWED"]
    with here.book.transaction() as pages:
        pages.put_grant(Grant(here.reader, Role.OPERATOR))
    assert (await here.act(Hold(), here.reader)).state == "held"


def test_an_order_has_no_place_for_a_claimed_role() -> None:
    """What roles the caller says it has cannot even be said."""
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        Order[Any].model_validate({"actor": "nils", "action": {"kind": "hold"}, "roles": ["operator"]})


# Interruptions.


async def test_the_worker_may_stop_in_the_middle(office: OpenOffice) -> None:
    """What a procedure remembers is the server's: another worker goes on where this one stopped, at the same instant."""
    here = await office(f"pm: [{DECLINED}, succeed]")
    await here.start()
    before = await here.rests("waiting")
    await here.stop_worker()
    await here.start_worker()
    assert (await here.rests("waiting")).stand == before.stand
    await here.ends("recovered")
    assert here.statuses() == ["declined", "succeeded"]
    assert_unbroken(here.journal)


async def test_a_worker_that_is_stopped_during_a_charge_lets_it_finish(office: OpenOffice) -> None:
    """A charge is never cancelled: its thread is not interrupted between the bank's answer and the commit."""
    here = await office("pm: [{hold: after_charge}, unexpected]")
    await here.start()
    await here.held(Holding.AFTER_CHARGE)
    stopping = asyncio.create_task(here.stop_worker())
    here.bank.release()
    await stopping
    assert here.statuses() == ["succeeded"]
    await here.start_worker()
    await here.ends("recovered")
    assert here.charges == [OWED]


async def test_an_unreachable_book_is_waited_for(office: OpenOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Infrastructure is no business fact: when Temporal's retries end, `Unavailable` leads to a wait, and then it goes on."""
    monkeypatch.setattr(interpreter, "_QUICK", QUICK)
    books: list[Unreachable] = []

    def unreachable(book: Book) -> Book:
        books.append(Unreachable(book))
        return books[0]

    here = await office(billed="2d", book_as=unreachable)
    await here.start()
    await here.rests("recovering")
    with pytest.raises(Refused) as refused:
        await here.act(Cancel())
    assert [refusal.code for refusal in refused.value.refusals] == ["CANNOT_TELL"]
    books[0].reachable = True
    await here.travel()
    await here.rests("waiting")
    assert here.moves() == [
        ("opening", "unavailable", "recovering"),
        ("recovering", "due", "opening"),
        ("opening", "opened", "waiting"),
    ]


async def test_the_end_waits_until_the_journal_is_kept(office: OpenOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decision that no effect carries is written before the procedure ends, however long the book is away."""
    books: list[Unreachable] = []

    def unreachable(book: Book) -> Book:
        books.append(Unreachable(book))
        return books[0]

    monkeypatch.setattr(interpreter, "_QUICK", QUICK)
    here = await office(billed="2d", book_as=unreachable)
    books[0].reachable = True
    handle = await here.start()
    await here.rests("waiting")
    books[0].reachable = False
    await handle.cancel()
    await here.seen_in_history("timer_canceled", "timer_started", "timer_started")
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    books[0].reachable = True
    await here.travel(await here.skipper.get_current_time(handle) + timedelta(minutes=1))
    assert (await handle.result()).state == "cancelled"
    assert here.moves()[-1] == ("waiting", "cancel", "cancelled")


class Unreachable:
    """A book that can be out of reach."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self.reachable = False
        self.asked = 0

    @contextmanager
    def transaction(self) -> Iterator[Pages]:
        """The book's own, or none."""
        self.asked += 1
        if not self.reachable:
            raise ConnectionRefusedError
        with self._book.transaction() as pages:
            yield pages


# Long histories, versions, second runs.


async def test_continue_as_new_changes_nothing_but_the_history(office: OpenOffice) -> None:
    """A run that continues as new carries state, memory, timer, journal sequence and refusals: the trace is the same.

    To the book all of them are one run, the first: what that has moved is not moved again, and no number is given twice.
    """
    bank = f"pm: [{DECLINED}, {DECLINED}, {DECLINED}, succeed]"
    short, long = await office(bank, billed="1d"), await office(bank, billed="1d")
    await asyncio.gather(short.start(renew_after=15), long.start())

    async def live(here: Office) -> None:
        await here.rests("waiting")
        with pytest.raises(Refused):
            await here.act(WriteOff(), here.reader)
        await here.travel()
        await here.rests("waiting")
        await here.act(Hold())
        await here.act(Resume())
        await here.ends("recovered")

    await asyncio.gather(live(short), live(long))
    assert short.moves() == long.moves()
    assert [row.sequence for row in short.journal] == [row.sequence for row in long.journal]
    assert (short.statuses(), short.charges) == (long.statuses(), long.charges)
    assert [row.sequence for row in short.journal] == list(range(1, len(short.journal) + 1))
    for here, renewed in ((short, True), (long, False)):
        (run,) = {row.run for row in here.journal}
        assert ((await here.handle.describe()).run_id != run) == renewed
    assert await attribute(short, "PaystatesRefusal") == await attribute(long, "PaystatesRefusal") == "NOT_ALLOWED"


async def test_an_unknown_definition_waits_for_a_worker_that_keeps_it(
    office: OpenOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A procedure is pinned to its version: a worker without it says so in a sentence, and one that has it goes on."""
    newer: Procedure[Memory] = Procedure(
        name="charge-retry",
        version=99,
        memory=Memory,
        initial=CHARGE_RETRY.initial,
        states=CHARGE_RETRY.states,
        moves=CHARGE_RETRY.moves,
        headline=CHARGE_RETRY.headline,
        attributes=CHARGE_RETRY.attributes,
    )
    here = await office()
    handle = await here.start(definition=newer.id)
    await here.seen_in_history("workflow_task_failed")
    failures = [
        event.workflow_task_failed_event_attributes.failure.message
        async for event in handle.fetch_history_events()
        if event.HasField("workflow_task_failed_event_attributes")
    ]
    assert failures[0] == "charge-retry@99 is not kept by this worker, which has charge-retry@1: deploy one that keeps it"
    await here.stop_worker()
    monkeypatch.setitem(RELEASED, newer.id, newer)
    await here.start_worker()
    assert (await handle.result()).definition == newer.id
    assert here.charges == [OWED]


async def test_starting_twice_is_answered_by_the_running_one(office: OpenOffice) -> None:
    """One procedure per debt: a second start finds the first."""
    here = await office(billed="2d")
    first, again = await here.front.charge_retry(here.invoice), await here.front.charge_retry(here.invoice)
    assert (first.subject, first.run) == (again.subject, again.run)
    await here.rests("waiting")
    run = (await here.handle.describe()).run_id
    assert (await here.front.start_and_act(here.invoice, Hold(), actor=here.operator)).state == "held"
    assert (await here.handle.describe()).run_id == run


async def test_a_second_run_continues_the_debts_budget(office: OpenOffice) -> None:
    """Law 8: slots and attempts are counted per debt, so ending and starting again wins no attempt."""
    here = await office(f"pm: [{DECLINED}]")
    first = await here.start()
    before = await here.rests("waiting")
    await first.cancel()
    assert (await first.result()).state == "cancelled"
    await here.start()
    after = await here.rests("waiting")
    assert after.stand.due == before.stand.due
    await here.ends("exhausted")
    assert [attempt.n for attempt in here.attempts] == [1, 2, 3, 4, 5, 6]
    assert [attempt.slot for attempt in here.attempts] == [0, 1, 2, 3, 4, 5]
    assert here.balance == OWED


# What operators see.


async def attribute(here: Office, name: str) -> Any:
    """A search attribute as it is now."""
    attributes = (await here.handle.describe()).typed_search_attributes
    return {pair.key.name: pair.value for pair in attributes}.get(name)


async def test_search_attributes_tell_where_it_stands(office: OpenOffice) -> None:
    """What people search by is derived from the snapshot, and what no longer holds is taken away."""
    here = await office(f"pm: [{DECLINED}, succeed]")
    await here.start()
    view = await here.rests("waiting")
    attributes = {pair.key.name: pair.value for pair in (await here.handle.describe()).typed_search_attributes}
    assert {name: value for name, value in attributes.items() if name.startswith("Paystates")} == {
        "PaystatesState": "waiting",
        "PaystatesProcedure": "charge-retry@1",
        "PaystatesAccount": f"a-{here.invoice}",
        "PaystatesAttempt": 1,
        "PaystatesDueAt": view.stand.due,
    }

    async def found() -> list[str]:
        query = f"PaystatesAccount = 'a-{here.invoice}' AND PaystatesState = 'waiting'"
        return [execution.id async for execution in here.client.list_workflows(query)]

    assert await until(found, "the list knows it") == [here.subject]
    await here.ends("recovered")
    assert await attribute(here, "PaystatesState") == "recovered"
    assert await attribute(here, "PaystatesDueAt") is None


async def test_current_details_tell_what_may_be_done_and_what_was_refused(office: OpenOffice) -> None:
    """The Temporal UI shows the state, until when, every possible action with what stands against it, and the last refusal."""
    here = await office(billed="2d")
    await here.start()
    await here.rests("waiting")
    with pytest.raises(Refused) as refused:
        await here.act(WriteOff(), here.reader)
    details = await here.details()
    assert details.startswith("### Waits for the next attempt")
    assert "| retry\\_now\u00a0\u00a0 | " in details
    assert refused.value.refusals[1].remedy.split("“")[0].strip() in details
    assert "→\u00a0\u00a0 | **waiting**\u00a0\u00a0 | " in details, "the UI gives the cells of a table no room"
    assert "| write off\u00a0\u00a0 | " in details, "what happened so far"
    assert (await here.front.view(here.subject)).last_refusals
    await here.ends("recovered")
    assert not (await here.front.view(here.subject)).last_refusals, "what was refused before the end is of no use after it"
    assert "Last refused" not in await here.details()


async def test_what_happened_so_far_survives_a_new_run_of_the_history(office: OpenOffice) -> None:
    """A long procedure continues as new, and its page goes on where it was."""
    here = await office(f"pm: [{DECLINED}, succeed]", billed="2d")
    await here.start(renew_after=5)
    await here.rests("waiting")
    await here.travel()
    await here.rests("waiting")
    told = (await here.details()).partition("What happened so far")[2].partition("#### States")[0]
    assert "| declined" in told
    assert "| opened" in told


async def test_events_are_labelled_with_what_they_are_about(office: OpenOffice) -> None:
    """A timer says what is waited for, a charge how often, how much and with what; as it is, since the UI renders neither."""
    here = await office(f"pm: [{DECLINED}]")
    await here.start()
    await here.rests("waiting")
    events = [event async for event in here.handle.fetch_history_events()]
    told = [event.user_metadata.summary.data.decode() for event in events if event.user_metadata.HasField("summary")]
    charge, wait = (json.loads(one) for one in told[-2:])
    assert charge == f"invoice {here.invoice} · attempt 1 · slot 0 of 6 · 1495.00 NOK · Visa •••• 4242"
    assert wait.startswith(f"Waits for the next attempt · invoice {here.invoice} · attempt 1 · slot 1 of 6")


async def test_what_comes_from_outside_is_no_markup_in_the_details(office: OpenOffice) -> None:
    """Names are shown as they are: neither Markdown nor HTML in them has any effect."""
    here = await office()
    odd = "<img src=x onerror=alert(1)> | **[click](http://x.example)** `code`\n# title"
    subject = (await here.front.charge_retry(odd)).subject
    await here.front.result(subject)
    metadata = await Office.details_of(here.front.handle(subject).temporal)
    assert not re.search(r"(?<!\\)[<>&]", metadata), "no sign of HTML stands there unescaped"
    assert "**[click]" not in metadata
    assert "`code`" not in metadata
    assert "\n# title" not in metadata
    assert "\\<img src=x onerror=alert\\(1\\)\\> \\| \\*\\*\\[click\\]" in metadata


async def test_the_sandbox_imports_nothing_of_ours_again(office: OpenOffice) -> None:
    """Our pure modules pass through the sandbox: an import that happens again for each workflow would fail its task."""
    policy = (
        SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
        | SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
    )
    here = await office(f"pm: [{DECLINED}, succeed]")
    await here.stop_worker()
    strict = Worker(
        here.client,
        task_queue=here.queue,
        workflows=list(workflows.ALL),
        activities=activities(effects, here.desk, Releases(RELEASED)),
        activity_executor=ThreadPoolExecutor(4),
        workflow_runner=SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_import_notification_policy(policy)),
    )
    await here.start_worker(strict)
    await here.start()
    await here.ends("recovered")
    assert "workflow_task_failed" not in await here.seen_in_history()
