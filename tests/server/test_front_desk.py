"""The front desk on a real server: the same request twice, another one for the same subject, numbers, and who wakes whom."""

from typing import Any

import pytest
from office import OWED, Office, OpenOffice, until

from activities.bookkeeping import hear
from gateways.port import Notification
from paystates import clock
from paystates.client import BadOrder, OtherRequest, Refused
from paystates.temporal.messages import View
from states.details import Edit
from states.facts import NewMethod
from states.methods import AddNew, Choose, Confirm, Details

pytestmark = pytest.mark.server

NUMBER = "4242" * 4
CARD = NewMethod(token="tok_x", kind="card", network="visa", last4="4242", country="NO")


async def view(here: Office, subject: str, state: str) -> View:
    """Its view, as soon as it stands there."""

    async def there() -> View | None:
        seen = await here.front.view(subject)
        return seen if seen.stand.state == state else None

    return await until(there, f"{subject} stands in {state}")


async def history_length(here: Office, subject: str) -> int:
    described = await here.front.handle(subject).temporal.describe()
    return int(described.raw_description.workflow_execution_info.history_length)


async def test_the_same_request_is_answered_by_the_one_that_is_running(office: OpenOffice) -> None:
    """Starting the same thing twice is answered by the running one, also when it has gone on meanwhile."""
    here = await office(billed="2d")
    first = await here.front.replace_all(here.method, actor=here.admin)
    await view(here, first.subject, "choosing")
    await first.act(Choose(method=here.other), actor=here.admin)
    again = await here.front.replace_all(here.method, actor=here.admin)
    assert (again.subject, again.run) == (first.subject, first.run)
    assert (await again.view()).stand.state == "confirming"


async def test_another_request_for_the_same_subject_is_refused_and_names_what_is_running(office: OpenOffice) -> None:
    """Nobody is answered as if his request were running; the sentence says how to look at what is."""
    here = await office(billed="2d")
    running = (await here.front.replace_all(here.method, actor=here.admin)).subject
    for other in ({"with_method": here.other}, {"confirmed": True}, {"charge_now": True}):
        with pytest.raises(OtherRequest, match=f"another request is running as {running}: look at it with `paystates view"):
            await here.front.replace_all(here.method, actor=here.admin, **other)
    with pytest.raises(OtherRequest) as refused:
        await here.front.replace_all(here.method, actor=here.reader)
    assert refused.value.subject == running
    assert (await view(here, running, "choosing")).stand.memory["chosen"] is None


async def test_what_has_ended_is_no_obstacle_to_another_request(office: OpenOffice) -> None:
    """A subject is free again when its procedure is over."""
    here = await office(billed="2d")
    first = await here.front.replace_all(here.method, actor=here.admin, with_method=here.other, confirmed=True)
    assert (await first.result()).state == "done"
    second = await here.front.replace_all(here.method, actor=here.admin)
    assert second.subject == first.subject
    assert (await second.result()).state == "nothing_to_do"
    assert (await first.result()).state == "done", "a handle stays with what was started"


async def test_a_hint_makes_no_other_request_of_a_collection(office: OpenOffice) -> None:
    """Whoever starts it twice, with `charge_now` or without, means the one that is running."""
    here = await office(billed="2d")
    first = await here.front.charge_retry(here.invoice)
    assert (await here.front.charge_retry(here.invoice, charge_now=True)).run == first.run


async def test_all_choices_in_one_call_move_bind_and_wake(office: OpenOffice) -> None:
    """A backend service makes one call; the retry that waits is woken through the client, and charged at once (U6)."""
    here = await office("pm: [{decline: insufficient_funds}, unexpected]")
    await here.start()
    await here.rests("waiting")
    replacing = await here.front.replace_all(
        here.method, actor=here.admin, with_method=here.other, confirmed=True, charge_now=True
    )
    outcome = await replacing.result()
    assert (outcome.state, outcome.memory["moved"], outcome.memory["woken"]) == ("done", 1, [here.invoice])
    await here.ends("recovered")
    assert [(one.status.value, one.method_id) for one in here.attempts][-1] == ("succeeded", here.other)


@pytest.mark.parametrize("choice", [{"with_method": NUMBER}, {"new": CARD.model_copy(update={"holder": f"x {NUMBER}"})}])
async def test_a_number_is_refused_before_anything_is_sent(office: OpenOffice, choice: dict[str, Any]) -> None:
    """Card and account numbers are never sent through Temporal, wherever they are given (G20, law 6)."""
    here = await office(billed="2d")
    with pytest.raises(Refused) as refused:
        await here.front.replace_all(here.method, actor=here.admin, **choice)
    assert [one.code for one in refused.value.refusals] == ["NUMBER_IMMUTABLE"]
    assert NUMBER not in str(refused.value)
    assert not await here.front.is_running(f"replace-all/{here.method}")


async def test_a_number_in_an_action_is_refused_before_it_is_sent(office: OpenOffice) -> None:
    """The same of what is sent to a procedure that is running (G20, law 6)."""
    here = await office(billed="2d")
    replacing = await here.front.replace_all(here.method, actor=here.admin)
    await view(here, replacing.subject, "choosing")
    length = await history_length(here, replacing.subject)
    with pytest.raises(Refused):
        await replacing.act(AddNew(new=CARD.model_copy(update={"token": NUMBER})), actor=here.admin)
    assert await history_length(here, replacing.subject) == length


async def test_a_secret_is_in_no_view_and_no_journal(office: OpenOffice) -> None:
    """A security code is handed on to the provider, and shown to nobody: it is only told that there is one (G21)."""
    here = await office("pm: [{details: {fault: unavailable, for: 2d}}]", billed="2d")
    updating = await here.front.update_details(here.method, actor=here.admin)
    subject = updating.subject
    await view(here, subject, "editing")
    await updating.act(Edit(details=Details(holder="Kari N."), security_code="sc_hush"), actor=here.admin)
    seen = await view(here, subject, "saving")
    assert seen.stand.memory["security_code"] == "(hidden)"
    assert "sc_hush" not in seen.model_dump_json()
    with here.book.transaction() as pages:
        rows = pages.journal(subject)
    assert "edit" in {row.event_kind for row in rows}
    assert "sc_hush" not in repr(rows)


async def test_a_start_with_what_it_does_not_know_is_a_bad_order(office: OpenOffice) -> None:
    """The sentence names the field, or the procedures there are; nothing is started."""
    here = await office(billed="2d")
    with pytest.raises(BadOrder, match="picture: replace-all is not started with that: use method, actor, chosen"):
        await here.front.start("replace-all", {"method": here.method, "actor": here.admin, "picture": {}})
    with pytest.raises(BadOrder, match="method: say what replace-all is about"):
        await here.front.start("replace-all", {"actor": here.admin})
    with pytest.raises(BadOrder, match="there is no procedure 'dance': use one of charge-retry, replace-all"):
        await here.front.start("dance", {})


async def test_every_procedure_is_seen_and_acted_on_by_the_same_few_words(office: OpenOffice) -> None:
    """What may be done is listed, and done: one subscription is changed, and then nothing keeps its method (G35, G43)."""
    here = await office(billed="2d")
    changing = await here.front.change_single_subscription(f"s-{here.invoice}", actor=here.admin)
    seen = await view(here, changing.subject, "choosing")
    assert {one.action for one in seen.allowed} >= {"choose", "add_new", "cancel"}
    await changing.act(Choose(method=here.other), actor=here.admin)
    await changing.act(Confirm(), actor=here.admin)
    outcome = await changing.result()
    assert (outcome.state, outcome.memory["moved"]) == ("done", 1)
    deleting = await here.front.delete_with_dependents(here.method, actor=here.admin, confirmed=True)
    assert (await deleting.result()).state == "done"
    with here.book.transaction() as pages:
        assert [one.id for one in pages.methods(f"a-{here.invoice}")] == [here.other]


async def test_news_of_an_attempt_whose_settlement_is_over_begins_it_anew(office: OpenOffice) -> None:
    """Laws 2 and 8: somebody ended it in Temporal; the attempt that it left open is looked up and booked, and nothing is sent."""
    here = await office("pm: [{fault: reply_lost, times: 2}, unexpected]")
    settling = await here.front.settle_balance(here.method, actor=here.admin, with_method=here.method, confirmed=True)
    await view(here, settling.subject, "looking_later")
    await settling.temporal.terminate()
    (attempt,) = here.attempts
    news = Notification("n-1", "intent.succeeded", clock.now(), intent_id=attempt.intent_id)
    (wake,) = hear(here.book, news, clock.now())
    assert await here.front.wake(wake.invoice, wake.action, actor="provider", starts=wake.starts, subject=wake.subject)
    outcome = await here.front.result(settling.subject)
    assert (outcome.state, outcome.memory["actor"], here.balance) == ("done", here.admin, 0)
    assert (here.charges, here.statuses()) == ([OWED], ["succeeded"])
