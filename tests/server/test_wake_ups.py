"""No wake-up is lost: whoever ends, begins or is out of reach while it comes."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from office import OWED, OpenOffice, until
from temporalio.common import RetryPolicy

from activities.bookkeeping import bind, hear
from activities.desk import Wake
from domain.accounts import PayerKind
from gateways.port import Notification
from gateways.script import Hold as Holding
from paystates import clock, composition
from paystates.client import NotFound, Paystates, TimedOut
from paystates.engine import Action
from paystates.temporal import interpreter
from paystates.temporal.messages import Accepted
from states.charge_retry import BalanceChanged, Hold, ProviderNotified, Resume
from states.methods import Choose
from store.port import Book, Pages

pytestmark = pytest.mark.server


class Away:
    """A book that effects cannot reach while it is `away`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self.away = False
        self.asked = 0

    @contextmanager
    def transaction(self) -> Iterator[Pages]:
        """The book's own, or none."""
        if self.away and threading.current_thread().name.startswith("effect"):
            self.asked += 1
            raise ConnectionRefusedError
        with self._book.transaction() as pages:
            yield pages

    reading = transaction


async def woken(front: Paystates, wake: Wake) -> bool:
    return await front.wake(wake.invoice, wake.action, actor="provider", starts=wake.starts, subject=wake.subject)


async def _so(so: bool) -> bool:  # noqa: FBT001 - what `until` asks
    return so


async def test_what_is_told_while_the_last_request_is_under_way_begins_another(office: OpenOffice) -> None:
    """Law 8: a retry takes an order in, and ends with the answer it waited for. It has not heard the news: the next one has."""
    here = await office("pm: [{hold: after_charge}, unexpected]")
    retry = await here.front.charge_retry(here.invoice)
    await here.held(Holding.AFTER_CHARGE)
    news = Wake(here.invoice, ProviderNotified(attempt=1), starts={"invoice": here.invoice, "hint": 1})
    waking = asyncio.create_task(woken(here.front, news))
    await here.seen_in_history("workflow_execution_update_accepted")
    here.bank.release()
    assert await waking
    assert (await retry.result()).state == "recovered"
    await here.ends("recovered")
    first, second = dict.fromkeys(row.run for row in here.journal)
    assert first == retry.run
    assert here.moves(second)[0] == ("opening", "attempt_open", "confirming"), "it looks up what was told"
    assert here.charges == [OWED]


async def test_a_chargeback_told_when_the_retry_is_over_is_booked_by_another(office: OpenOffice) -> None:
    """Law 8, from end to end: the debt is open again."""
    here = await office("pm: [{charged_back_after: 1s}]")
    await here.start()
    await here.ends("recovered")

    async def told() -> list[Notification]:
        return [one for one in here.bank.notifications(clock.now()) if one.kind == "intent.charged_back"]

    (news,) = await until(told, "the bank charges it back")
    (wake,) = hear(here.book, news, clock.now())
    assert await woken(here.front, wake)
    await until(lambda: _so(here.statuses() == ["charged_back"]), "the chargeback is booked")
    assert here.balance == OWED


class Early(Paystates):
    """A front desk whose first order comes too early: nobody was there yet."""

    acted = False

    async def act(self, subject: str, action: Action, **order: Any) -> Accepted:
        if not self.acted:
            self.acted = True
            raise NotFound(subject)
        return await super().act(subject, action, **order)


async def test_who_is_faster_than_a_wake_up_with_the_same_request_is_told_by_it(office: OpenOffice) -> None:
    """A start that finds the same request running has begun nothing: what it was to do at once is ordered all the same (U6)."""
    here = await office("pm: [{decline: insufficient_funds}]")
    await here.front.charge_retry(here.invoice)
    await here.rests("waiting")
    (wake,) = bind(here.book, PayerKind.SUBSCRIPTION, f"s-{here.invoice}", here.other, charge_now=True, now=clock.now())
    assert await woken(Early(here.client, here.queue), wake)
    await here.ends("recovered")
    assert here.balance == 0


async def test_who_is_faster_than_a_wake_up_with_another_request_is_told_by_it(office: OpenOffice) -> None:
    """Another request for the same subject began between the look and the start: no news is lost, and nothing fails."""
    here = await office(billed="2d")
    changing = await here.front.replace_all(here.method, actor=here.admin)

    async def stands() -> bool:
        return (await changing.view()).stand.state == "choosing"

    await until(stands, "it asks what to choose")
    front = Early(here.client, here.queue)
    starts = {"method": here.method, "actor": here.reader}
    choice = Choose(method=here.other)
    assert await front.wake(here.invoice, choice, actor=here.admin, starts=starts, subject=changing.subject)
    assert (await changing.view()).stand.state == "confirming"


async def test_a_book_that_is_away_is_waited_for_by_a_wake_up(office: OpenOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """That it cannot be told is no answer: it is asked again, and for longer than the patience it fails, to be repeated."""
    monkeypatch.setattr(interpreter, "_QUICK", RetryPolicy(maximum_attempts=1))
    books: list[Away] = []

    def away(book: Book) -> Away:
        books.append(Away(book))
        return books[0]

    here = await office(billed="2d", book_as=away)
    await here.start()
    await here.rests("waiting")
    books[0].away = True
    with pytest.raises(TimedOut, match=rf"{here.subject}.*Wake it once more"):
        await Paystates(here.client, here.queue, patience=2).wake(here.invoice, BalanceChanged(), actor="provider")
    before = books[0].asked
    waking = asyncio.create_task(here.front.wake(here.invoice, BalanceChanged(), actor="provider"))
    await until(lambda: _so(books[0].asked > before + 1), "the wake-up has been asked twice")
    books[0].away = False
    assert await waking
    await here.rests("waiting")
    assert ("waiting", "balance_changed", "opening") in here.moves()


async def test_a_wake_up_that_is_refused_for_good_wakes_nobody(office: OpenOffice) -> None:
    """Somebody is there and has considered it: nothing is started beside, and it is not asked again."""
    here = await office(billed="2d")
    await here.start()
    await here.rests("waiting")
    assert not await here.front.wake(here.invoice, Resume(), actor=here.operator, starts={"invoice": here.invoice})
    assert not await here.front.wake("nothing", BalanceChanged(), actor="provider")


class Stuck:
    """A waker that does not come back before it is let go: whoever it wakes does not get on."""

    def __init__(self) -> None:
        self.waits = threading.Event()
        self.go_on = threading.Event()

    def wake(self, wakes: Any) -> tuple[str, ...]:
        self.waits.set()
        self.go_on.wait(30)
        return tuple(one.invoice for one in wakes)


async def test_effects_that_wait_for_others_take_no_thread_from_them(office: OpenOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as may run at once wait for somebody; whom they wait for is heard all the same, in the local effects' threads."""
    monkeypatch.setattr(composition, "EFFECTS", 1)
    monkeypatch.setattr(composition, "LOCAL_EFFECTS", 1)
    here = await office(billed="2d")
    await here.stop_worker()
    stuck = Stuck()
    here.desk = replace(here.desk, waker=stuck)
    await here.start_worker()
    await here.front.charge_retry(here.invoice)
    await here.rests("waiting")
    replacing = await here.front.replace_all(here.method, actor=here.admin, with_method=here.other, confirmed=True)
    try:
        assert await asyncio.to_thread(stuck.waits.wait, 30)
        accepted = await Paystates(here.client, here.queue, patience=15).act(here.subject, Hold(), actor=here.operator)
    finally:
        stuck.go_on.set()
    assert accepted.state == "held"
    assert (await replacing.result()).state == "done"
