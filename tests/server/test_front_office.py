"""The front office on a real server: pages and listings tell the truth, also of what is paused, wedged or ended from outside."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from office import Office as Debt
from office import OpenOffice, until

from paystates import clock
from paystates.front.filters import LATE
from paystates.front.office import Office
from paystates.front.pages import NAMED_FILTERS, Filter, ListedProcedure, Trouble
from paystates.orders import BadOrder, NoOutcome, NotFound
from states.charge_retry import RetryNow

pytestmark = [pytest.mark.server, pytest.mark.asyncio(loop_scope="session")]

DECLINED_ONCE = "pm: [{decline: insufficient_funds}, succeed]"
QUICK = 2.0
"""Seconds a worker has to answer."""


def front(it: Debt) -> Office:
    return Office(it.front, it.book, patience=QUICK)


async def listed(it: Debt, wanted: Filter, so: Callable[[ListedProcedure], Any] = bool) -> ListedProcedure:
    """Its row in a listing; the server's index follows a moment later."""

    async def there() -> ListedProcedure | None:
        found = await front(it).list(wanted, limit=1000)
        return next((row for row in found.rows if row.subject == it.subject and so(row)), None)

    return await until(there, f"{it.subject} is listed under {wanted}")


async def test_a_page_joins_what_the_procedure_says_with_what_the_book_knows(office: OpenOffice) -> None:
    it = await office(DECLINED_ONCE)
    await it.start()
    view = await it.rests("waiting")
    page = await front(it).page(it.subject, viewer=it.operator)
    assert (page.state, page.kind, page.visit, page.due) == ("waiting", "wait", view.stand.visit, view.stand.due)
    assert (page.account, page.account_name, page.trouble) == (f"a-{it.invoice}", "Fjordlys Regnskap AS", Trouble.NONE)
    assert {one.action: bool(one.refusals) for one in page.allowed}["hold"] is False
    assert "method_replaced" not in {one.action for one in page.allowed}
    assert [line.text for line in page.journal][-1] == "attempt 1 declined: insufficient funds"
    assert ("charging", "declined", "waiting") in page.taken


async def test_a_page_tells_what_stands_against_its_viewer(office: OpenOffice) -> None:
    """The roles are looked up in the book: a reader may hold nothing."""
    it = await office(DECLINED_ONCE)
    await it.start()
    await it.rests("waiting")
    page = await front(it).page(it.subject, viewer=it.reader)
    against = {one.action: [refusal.code for refusal in one.refusals] for one in page.allowed}
    assert against["hold"] == ["NOT_ALLOWED"]


async def test_a_paused_procedure_is_shown_and_listed_as_paused(office: OpenOffice) -> None:
    """A wedged procedure never looks healthy: its page is the book's, nothing is allowed, and it needs attention."""
    it = await office(DECLINED_ONCE)
    await it.start()
    view = await it.rests("waiting")
    await listed(it, Filter(), lambda row: row.state == "waiting")
    await it.pause()
    page = await front(it).page(it.subject, viewer=it.operator)
    assert (page.trouble, page.state, page.allowed, page.visit) == (Trouble.PAUSED, "waiting", (), 0)
    assert page.due == view.stand.due
    assert "unpaused" in page.trouble_words
    assert (await listed(it, NAMED_FILTERS["needs-attention"].at(view.stand.since))).trouble is Trouble.PAUSED
    assert (await listed(it, Filter())).trouble is Trouble.PAUSED
    await it.unpause()
    assert (await front(it).page(it.subject)).trouble is Trouble.NONE


async def test_a_terminated_procedure_is_told_from_the_book_until_it_is_started_again(office: OpenOffice) -> None:
    it = await office(DECLINED_ONCE)
    await it.start()
    view = await it.rests("waiting")
    await it.client.get_workflow_handle(it.subject).terminate("a test")
    page = await front(it).page(it.subject, viewer=it.operator)
    assert (page.trouble, page.state, page.allowed) == (Trouble.TERMINATED, "waiting", ())
    with pytest.raises(NoOutcome):  # nothing would be taken any more
        await front(it).why(it.subject, {"kind": "hold"}, actor=it.operator)
    attention = NAMED_FILTERS["needs-attention"].at(view.stand.since)
    assert (await listed(it, attention)).trouble is Trouble.TERMINATED
    await it.start()
    await it.rests("waiting")

    async def gone() -> bool:
        return it.subject not in {row.subject for row in (await front(it).list(attention, limit=1000)).rows}

    await until(gone, "it needs no attention any more")


async def test_what_begins_with_an_open_attempt_is_found_by_its_account(office: OpenOffice) -> None:
    """After a Terminate in the middle of an attempt the next run looks that up first: it belongs to its account all the same."""
    it = await office("pm: [{action_required: {completed_after: never}}]")
    account = f"a-{it.invoice}"
    await it.start()
    await it.rests("needs_customer")
    await it.client.get_workflow_handle(it.subject).terminate("a test")
    await it.start()
    await it.rests("needs_customer")
    row = await listed(it, Filter(account=account), lambda row: row.state == "needs_customer")
    assert (row.account, row.attempt) == (account, 1)
    page = await front(it).page(it.subject, viewer=it.admin)
    assert "Visa •••• 4242" in page.headline
    (retry_now,) = (one for one in page.allowed if one.action == "retry_now")
    assert [one.code for one in retry_now.refusals] == ["ATTEMPT_RUNNING"]


async def test_without_a_worker_a_page_is_the_books(office: OpenOffice) -> None:
    it = await office(DECLINED_ONCE)
    await it.start()
    await it.rests("waiting")
    await it.stop_worker()
    page = await front(it).page(it.subject)
    assert (page.trouble, page.state, page.allowed) == (Trouble.NO_WORKER, "waiting", ())


async def test_without_a_worker_what_falls_due_is_listed_as_overdue(office: OpenOffice) -> None:
    """A listing asks no procedure: what has not gone on, and what has not even begun, is seen by the clock."""
    waits, begins = await office(billed="1d"), await office(billed="1d")
    await waits.start()
    due = (await waits.rests("waiting")).stand.due
    assert due is not None
    await waits.stop_worker()
    await begins.stop_worker()
    await begins.start()
    for it in (waits, begins):
        assert (await listed(it, Filter())).trouble is Trouble.NONE
        later = Office(it.front, it.book, lambda: due + LATE + timedelta(seconds=1), patience=QUICK)
        wanted = NAMED_FILTERS["needs-attention"].at(due + LATE + timedelta(seconds=1))
        found = {row.subject: row.trouble for row in (await later.list(wanted, limit=1000)).rows}
        assert found[it.subject] is Trouble.OVERDUE
        early = NAMED_FILTERS["needs-attention"].at(min(due, clock.now()))
        assert it.subject not in {row.subject for row in (await later.list(early, limit=1000)).rows}


async def test_a_procedure_that_its_worker_cannot_run_is_stuck(office: OpenOffice) -> None:
    """Nobody keeps the definition it is pinned to: by the server's report it is wedged, and needs attention."""
    it = await office(DECLINED_ONCE)
    await it.start(definition="charge-retry@99")

    async def stuck() -> bool:
        return (await front(it).page(it.subject)).trouble is Trouble.STUCK

    await until(stuck, "it is stuck")
    row = await listed(it, Filter(needs_attention=True))
    assert row.trouble is Trouble.STUCK
    await it.client.get_workflow_handle(it.subject).terminate("a test")


async def test_an_ended_procedure_is_told_to_its_end(office: OpenOffice) -> None:
    it = await office("pm: [succeed]")
    await it.start()
    await it.ends("recovered")
    page = await front(it).page(it.subject)
    assert (page.state, page.verdict, page.kind, page.trouble) == ("recovered", "done", "end", Trouble.NONE)
    row = await listed(it, Filter(ended=True), lambda row: row.ended)
    assert (row.verdict, row.due, row.trouble) == ("done", None, Trouble.NONE)


async def test_what_nobody_knows_is_not_found(office: OpenOffice) -> None:
    it = await office()
    with pytest.raises(NotFound):
        await front(it).page("charge-retry/nobody-knows")


async def test_a_refusal_is_found_for_a_day(office: OpenOffice) -> None:
    it = await office(DECLINED_ONCE)
    await it.start()
    view = await it.rests("waiting")
    considered = await front(it).why(it.subject, {"kind": "retry_now"}, actor=it.reader)
    assert not considered.accepted
    with pytest.raises(Exception, match="may be done only by"):
        await it.act(RetryNow(), it.reader)
    now = view.stand.since
    row = await listed(it, NAMED_FILTERS["refused-lately"].at(now), lambda row: row.refusal)
    assert row.refusal == "NOT_ALLOWED"
    later = await front(it).list(NAMED_FILTERS["refused-lately"].at(now + timedelta(days=2)), limit=1000)
    assert it.subject not in {row.subject for row in later.rows}


async def test_filters_find_by_account_state_and_date_and_quote_what_they_are_given(office: OpenOffice) -> None:
    it = await office(DECLINED_ONCE)
    await it.start()
    view = await it.rests("waiting")
    due = view.stand.due
    assert due is not None
    mine = Filter(account=f"a-{it.invoice}")
    assert (await listed(it, mine)).account == f"a-{it.invoice}"
    desk = front(it)
    for none in (
        Filter(account="a' OR WorkflowType = 'charge-retry"),
        Filter(account="back\\' OR '1' = '1"),
        Filter(account=mine.account, states=("held",)),
        Filter(account=mine.account, due_before=due),
        Filter(account=mine.account, procedures=("replace-all",)),
        Filter(account=mine.account, waits_for_customer=True),
        Filter(account=mine.account, query="PaystatesAttempt = 5"),
    ):
        assert (await desk.list(none)).rows == ()
    for some in (
        Filter(account=mine.account, states=("held", "waiting")),
        Filter(account=mine.account, due_before=due + timedelta(seconds=1)),
        Filter(account=mine.account, query="PaystatesAttempt = 1 OR PaystatesAttempt = 7"),
    ):
        assert [row.subject for row in (await desk.list(some)).rows] == [it.subject]


async def test_a_listing_is_paged_by_its_cursor(office: OpenOffice) -> None:
    them = [await office(DECLINED_ONCE) for _ in range(3)]
    for it in them:
        await it.start()
        await listed(it, Filter())
    desk, seen, after = front(them[0]), [], None
    while True:
        found = await desk.list(Filter(), limit=2, after=after)
        seen += [row.subject for row in found.rows]
        if (after := found.next) is None:
            break
    assert len(seen) == len(set(seen))
    assert {it.subject for it in them} <= set(seen)


@pytest.mark.parametrize("asked", [{"after": "nonsense!"}, {"wanted": Filter(query="this is no query")}])
async def test_a_query_or_cursor_that_is_none_is_the_askers_mistake(office: OpenOffice, asked: dict[str, Any]) -> None:
    it = await office()
    with pytest.raises(BadOrder, match=r"query|after"):
        await front(it).list(**{"wanted": Filter(), **asked})


async def test_the_account_of_an_id_is_the_books(office: OpenOffice) -> None:
    it = await office()
    desk = front(it)
    mine = f"a-{it.invoice}"
    assert await desk.account_of(it.subject) == mine
    assert await desk.account_of(f"replace-all/{it.method}") == mine
    assert await desk.account_of(f"change-single-subscription/s-{it.invoice}") == mine
    assert await desk.account_of(f"add-method/{mine}/r1") == mine
    assert await desk.account_of("charge-retry/nobody-knows") is None
    assert await desk.account_of("no-procedure/x") is None
    assert set(desk.zones([mine, mine, "none"])) == {mine}


async def test_methods_tell_what_depends_on_them_and_what_may_be_chosen_instead(office: OpenOffice) -> None:
    it = await office()
    desk = front(it)
    first, other = desk.methods(f"a-{it.invoice}", viewer=it.admin)
    assert (first.dependents[0], other.dependents[0], first.manageable, first.added_by_you) == (1, 0, (), True)
    assert [refusal.code for refusal in desk.methods(f"a-{it.invoice}", viewer=it.reader)[0].manageable] == ["ROLE_TOO_SMALL"]
    assert [(one.method, one.refusals) for one in desk.may_choose(it.method, viewer=it.admin)] == [(it.other, ())]
    assert desk.methods("nobody", viewer=it.admin) == []
    assert desk.may_choose("nothing", viewer=it.admin) == []
