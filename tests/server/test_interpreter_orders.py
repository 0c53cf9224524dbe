"""The interpreter on a real server: orders, when and by whom they are given, and how each is answered."""

import asyncio
from typing import Any, Literal

import pytest
from office import OWED, OpenOffice, assert_unbroken, attribute
from pydantic import ValidationError

from domain.accounts import Grant, Role
from gateways.script import Hold as Holding
from paystates.client import AlreadyOver, BadOrder, NotFound, Refused
from paystates.engine import Action
from paystates.temporal.messages import Accepted, Order
from states.charge_retry import BalanceChanged, Hold, Resume, RetryNow, SkipAttempt, WriteOff

pytestmark = pytest.mark.server

DECLINED = "{decline: insufficient_funds}"


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
    (refusal,) = refused.value.refusals
    assert refusal.code == "NOT_POSSIBLE_NOW"
    assert {"retry now", "hold", "skip attempt", "write off"} <= set(refusal.facts["possible"].split(", ")), (
        "who asks is not known yet: what is possible to anybody is named"
    )
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
    """An action may carry the visit its sender saw: what was meant for another moment is not done, nor written, in this one."""
    here = await office(billed="2d")
    await here.start()
    seen = (await here.rests("waiting")).stand.visit
    await here.act(Hold(), seen=seen)
    await here.rests("held")
    length, rows = await here.length(), here.journal
    with pytest.raises(Refused) as refused:
        await here.act(Resume(), seen=seen)
    assert [refusal.code for refusal in refused.value.refusals] == ["OVERTAKEN"]
    assert (await here.length(), here.journal) == (length, rows)
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
