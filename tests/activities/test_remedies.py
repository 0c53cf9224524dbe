"""A remedy of ours is carried out, by the procedure or action that the rule names: then the rule refuses no more.

On a real book, with the real effects. A rule whose remedy lies outside, such as a question to somebody else, names none.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from remedy_play import CARD, DAY, NEW, Play, account
from test_choices_as_remedies import ANOTHER_CHOICE

from paystates.engine import HOUSE, Actor, Moved, Refused, Rule
from states import charge_retry, debts, methods, rules, settling

RETRY = "charge-retry/F-1"
EVERYTHING = {"method": "visa", "chosen": "other", "confirmed": True}


async def everything_is_replaced() -> tuple[set[str], set[str]]:
    play = Play()
    before = play.judged(rules.DELETE)
    assert (await play.start("replace-all", **EVERYTHING)).state == "done"
    return before, play.judged(rules.DELETE)


async def the_retry_is_given_another_method() -> tuple[set[str], set[str]]:
    play = Play([{"decline": "insufficient_funds"}])
    await play.collect(stands="waiting")
    before = play.judged(rules.DELETE)
    await play.start("replace-all", **EVERYTHING)
    return before, play.judged(rules.DELETE)


async def another_is_added() -> tuple[set[str], set[str]]:
    play = Play(methods=[{"id": "visa", "card": CARD, "added_by": "kari"}])
    before = play.judged(rules.DELETE)
    assert (await play.start("add-method", account="fjord", request="r1", new=NEW)).state == "added"
    return before, play.judged(rules.DELETE)


async def the_balance_is_settled() -> tuple[set[str], set[str]]:
    play = Play(strict_from="-1d")
    before = play.judged(rules.DELETE)
    assert (await play.start("settle-balance", method="visa", chosen="visa", confirmed=True)).state == "done"
    return before, play.judged(rules.DELETE)


def corrected(**method: Any) -> Callable[[], Awaitable[tuple[set[str], set[str]]]]:
    """The details of a method that may not be chosen as it is are corrected."""

    async def deed() -> tuple[set[str], set[str]]:
        others = [one for one in account()["methods"] if one["id"] != "other"]
        play = Play(methods=[*others, {"id": "other", "card": CARD, "added_by": "kari"} | method])
        before = play.judged(rules.CHOICE, chosen="other")
        details = {"holder": "Kari Nordmann", "expires": "2032-01-31"}
        where = await play.start("update-details", method="other", details=details, security_code="tok_code")
        assert where.state == "done"
        return before, play.judged(rules.CHOICE, chosen="other")

    return deed


def retried(bank: Any, stands: str) -> Callable[[], Awaitable[tuple[set[str], set[str]]]]:
    """What a retry may not charge is replaced."""

    async def deed() -> tuple[set[str], set[str]]:
        play = Play([bank], methods=[one | {"card": CARD | {"brand": "mastercard"}} for one in account()["methods"]])
        await play.collect(stands=stands)
        before = await play.act(RETRY, charge_retry.RetryNow())
        assert (await play.start("replace-all", **EVERYTHING)).state == "done"
        return before, await play.act(RETRY, charge_retry.RetryNow())

    return deed


async def the_one_subscription_is_changed() -> tuple[set[str], set[str]]:
    play = Play([{"decline": "insufficient_funds"}])
    await play.collect(stands="waiting")
    before = await play.act(RETRY, charge_retry.RetryNow(), by="per")
    where = await play.start("change-single-subscription", by="per", subscription="m365", chosen="pers", confirmed=True)
    assert where.state == "done"
    return before, await play.act(RETRY, charge_retry.RetryNow(), by="per")


async def the_declined_card_is_left() -> tuple[set[str], set[str]]:
    play = Play()
    await play.start("settle-balance", by="per", method="visa")
    before = await play.against("settle-balance/visa")
    await play.start("change-single-subscription", by="per", subscription="m365", chosen="pers", confirmed=True)
    assert (await play.start("settle-balance", by="per", method="pers", chosen="pers", confirmed=True)).state == "done"
    return before, await play.against("settle-balance/pers")


async def all_of_it_is_settled() -> tuple[set[str], set[str]]:
    play = Play()
    await play.start("settle-balance", method="visa", invoice="F-1", chosen="visa", confirmed=True)
    before = await play.against("settle-balance/visa/F-1")
    assert (await play.start("settle-balance", method="visa", chosen="visa", confirmed=True)).state == "done"
    return before, await play.against("settle-balance/visa")


async def the_invoice_is_named() -> tuple[set[str], set[str]]:
    play = Play(kind="MCA")
    await play.start("settle-balance", method="visa", chosen="visa", confirmed=True)
    before = await play.against("settle-balance/visa")
    paid = await play.start("settle-balance", method="visa", invoice="F-1", chosen="visa", confirmed=True)
    assert paid.state == "done"
    return before, await play.against("settle-balance/visa/F-1")


async def the_starters_own_is_started() -> tuple[set[str], set[str]]:
    bank = {"id": "visa", "bank_account": {"scheme": "sepa", "last4": "6789"}, "added_by": "kari"}
    play = Play(methods=[bank, *account()["methods"][1:]])
    await play.start("replace-all", method="visa")
    before = await play.act("replace-all/visa", methods.Choose(method="pers"), by="per")
    assert await play.act("replace-all/visa", charge_retry.CHARGE_RETRY.actions["cancel"](), by="per") == set()
    await play.start("replace-all", by="per", method="visa")
    return before, await play.act("replace-all/visa", methods.Choose(method="pers"), by="per")


async def a_reason_is_given() -> tuple[set[str], set[str]]:
    play = Play([{"decline": "insufficient_funds"}])
    await play.collect(stands="waiting")
    before = await play.act(RETRY, charge_retry.WriteOff(), by="olga")
    return before, await play.act(RETRY, charge_retry.WriteOff(reason="goodwill"), by="olga")


async def the_attempt_is_looked_up() -> tuple[set[str], set[str]]:
    play = Play([{"fault": "unavailable", "for": "2h"}])
    await play.collect(stands="confirming_later")
    before = await play.act(RETRY, charge_retry.RetryNow())
    play.now += DAY / 8
    assert await play.act(RETRY, charge_retry.LookUpAgain(), by="olga") == set()
    return before, await play.act(RETRY, charge_retry.RetryNow())


async def the_debt_is_read_again() -> tuple[set[str], set[str]]:
    play = Play([{"decline": "insufficient_funds"}])
    await play.collect(stands="waiting")
    debt = debts.Debt.model_validate((await play.where(RETRY)).memory["debt"])
    procedure = charge_retry.CHARGE_RETRY
    begun = procedure.begin(charge_retry.Memory(invoice="F-1"), play.now)
    unread = replace(begun, state="needs_attention")
    kari, olga = Actor("kari", frozenset({"global_admin"})), Actor("olga", rules.OPERATORS)
    before = procedure.decide(unread, charge_retry.RetryNow(), kari, play.now)
    assert isinstance(before, Refused)
    looked = procedure.decide(unread, charge_retry.LookUpAgain(), olga, play.now)
    assert isinstance(looked, Moved)
    assert looked.snapshot.state == "opening"
    read = procedure.decide(looked.snapshot, debts.Opened(debt=debt), HOUSE, play.now)
    assert isinstance(read, Moved)
    after = procedure.decide(read.snapshot, charge_retry.RetryNow(), kari, play.now)
    return {one.code for one in before.refusals}, {one.code for one in after.refusals} if isinstance(after, Refused) else set()


def another_is_chosen(kind: Any, until: timedelta | None = None) -> Callable[[], Awaitable[tuple[set[str], set[str]]]]:
    """What bars the method from being charged does not bar another one."""

    async def deed() -> tuple[set[str], set[str]]:
        play = Play()
        bar = settling.Bar(method="visa", kind=kind, invoice="F-1", until=play.now + until if until else None)
        return play.settled("visa", chosen="visa", bars=(bar,)), play.settled("visa", chosen="other", bars=(bar,))

    return deed


async def the_declined_card_is_chosen() -> tuple[set[str], set[str]]:
    play = Play(kind="MCA")
    manager = Actor("gunn", frozenset({"invoice_manager"}))
    known = {"who": manager, "invoice": "F-1", "profile": "drift"}
    return play.settled("visa", chosen="other", **known), play.settled("visa", chosen="visa", **known)


async def the_balance_it_is_due_with_is_settled() -> tuple[set[str], set[str]]:
    play = Play()
    return play.settled("visa", due="other", chosen="visa"), play.settled("other", due="other", chosen="other")


async def another_invoice_is_named() -> tuple[set[str], set[str]]:
    play = Play(kind="MCA")
    return play.settled("visa", chosen="visa", invoice="F-0"), play.settled("visa", chosen="visa", invoice="F-1")


CARRIED_OUT: dict[str, Callable[[], Awaitable[tuple[set[str], set[str]]]]] = {
    "STILL_USED": everything_is_replaced,
    "RETRY_NEEDS_METHOD": the_retry_is_given_another_method,
    "LAST_METHOD": another_is_added,
    "OUTSTANDING_CHARGES": the_balance_is_settled,
    "METHOD_EXPIRED": corrected(card=CARD | {"expires": "2020-01"}),
    "METHOD_NEEDS_CORRECTION": corrected(standing="needs_correction"),
    "NO_CHARGEABLE_METHOD": retried({"decline": "stolen_card"}, "needs_method"),
    "ASKED_TO_WAIT": retried({"decline": {"network": "51", "network_advice": "27"}}, "waiting"),
    "CARD_NOT_OWNED": the_one_subscription_is_changed,
    "DECLINED_CARD_NOT_OWNED": the_declined_card_is_left,
    "PARTIAL_PAYMENT": all_of_it_is_settled,
    "INVOICE_NOT_NAMED": the_invoice_is_named,
    "STARTED_BY_ANOTHER": the_starters_own_is_started,
    "REASON_MISSING": a_reason_is_given,
    "ATTEMPT_RUNNING": the_attempt_is_looked_up,
    "NOT_READ": the_debt_is_read_again,
    "NETWORK_CAP": another_is_chosen("capped", DAY),
    "NETWORK_CAP_FOR_GOOD": another_is_chosen("capped"),
    "METHOD_MUST_WAIT": another_is_chosen("asked_to_wait", DAY),
    "DEBT_DISPUTED": another_is_chosen("disputed"),
    "BANK_DEBITS_USED_UP": another_is_chosen("used_up"),
    "DEBIT_AMOUNT_CHANGED": another_is_chosen("amount_changed"),
    "PAYING_CARD_NOT_OWNED": the_declined_card_is_chosen,
    "DUE_ELSEWHERE": the_balance_it_is_due_with_is_settled,
    "INVOICE_NOT_DUE": another_invoice_is_named,
}
"""What is done about it: the codes before and after."""


@pytest.mark.parametrize("code", CARRIED_OUT)
def test_a_remedy_that_is_carried_out_removes_the_refusal(code: str) -> None:
    """The rule refused before, and does not after; what else stands against it may stay."""
    before, after = asyncio.run(CARRIED_OUT[code]())
    assert code in before
    assert code not in after


OUTSIDE = {
    "ROLE_TOO_SMALL": "somebody who has the role, or may give it",
    "SOURCE_NOT_OWNED": "the administrator who added the card",
    "MAY_NOT_PAY": "somebody who has the role, or may give it",
    "PROFILE_ROLE_ELSEWHERE": "an administrator, or somebody with a role on the billing profile that pays",
    "ACCOUNT_ROLE_NEEDED": "somebody who has the role deletes it",
    "PAYS_THROUGH_PROFILE": "nothing: it is the billing profile whose method is changed",
    "NOT_CHANGED_ALONE": "nothing: the method is replaced for all that pays with it",
    "PAYS_BY_INVOICE": "another subscription is bought",
    "NUMBER_IMMUTABLE": "nothing: the number is a payment method of its own",
    "METHOD_FINISHED": "nothing: the bank has the last word",
    "ATTEMPT_ON_METHOD": "the bank's result",
    "ATTEMPT_ON_DEBT": "the bank's result",
    "NOTHING_DUE": "nothing need be done",
    "LAST_SLOT": "nothing: a further attempt must follow a notice",
}
"""What removes the refusal where no action or procedure of ours does, or why nothing does."""


@pytest.mark.parametrize("rule", rules.CATALOGUE, ids=lambda rule: rule.code)
def test_every_remedy_is_carried_out_or_marked_as_outside(rule: Rule) -> None:
    """A new rule must say which: a remedy that nobody tried is a promise."""
    carried_out = {**dict.fromkeys(CARRIED_OUT), **ANOTHER_CHOICE}
    assert (rule.code in carried_out) == bool(rule.helps)
    assert (rule.code in OUTSIDE) == (not rule.helps)
