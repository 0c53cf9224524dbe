"""The interpreter on a real server: interruptions, long histories, versions, and what operators see."""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from office import OWED, Office, OpenOffice, assert_unbroken, attribute, until
from temporalio.client import WorkflowExecutionStatus
from temporalio.common import RetryPolicy

from gateways.script import Hold as Holding
from paystates.client import Refused
from paystates.engine import Cancel, Procedure
from paystates.temporal import interpreter
from states.charge_retry import CHARGE_RETRY, RELEASED, Hold, Memory, Resume, WriteOff
from store.port import Book, Pages

pytestmark = pytest.mark.server

QUICK = RetryPolicy(initial_interval=timedelta(milliseconds=1), maximum_attempts=2)
DECLINED = "{decline: insufficient_funds}"


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

    reading = transaction


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
