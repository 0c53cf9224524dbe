"""What refuses a settlement is brought about by real attempts at the bank; then the remedy is taken, and the money too."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from remedy_play import DAY, SOFT, Play, Played, Remedy, invoice, method, removes

from states import methods, rules
from states.methods import ReadAgain

SETTLING = "settle-balance/visa"
MASTERCARD = {"brand": "mastercard", "last4": "5454", "expires": "2031-01"}
ACH = {"scheme": "ach", "last4": "6789"}
SEPA = {"scheme": "sepa", "last4": "6789"}
CARDS = [method("other"), method("pers", by="per")]
BANK_ACCOUNTS = [method("visa", ACH), method("ach", ACH), *CARDS]
BOUNCES = {"late": {"after": "2d", "then": {"decline": {"network": "R01"}}}}
TWO = [{"id": "m365", "name": "Microsoft 365", "method": "visa"}, {"id": "visio", "name": "Visio", "method": "other"}]
OF_PROFILE = {
    "kind": "MCA",
    "people": [
        {"id": "kari", "name": "Kari", "email": "kari@fjord.example", "roles": ["global_admin"]},
        {"id": "per", "name": "Per", "email": "p@fjord.example", "roles": [{"profile": "drift", "role": "invoice_manager"}]},
    ],
    "billing_profiles": [{"id": "drift", "name": "Drift", "method": "visa"}],
    "subscriptions": [{"id": "m365", "name": "Microsoft 365", "billing_profile": "drift"}],
    "invoices": [invoice("F-1", billing_profile="drift"), invoice("F-2", billing_profile="drift")],
}


async def pays(play: Play, name: str, *, subject: str = SETTLING, by: str = "kari") -> set[str]:
    """Why the method may not be charged; when nothing is against it, it is."""
    return await play.act(subject, methods.Choose(method=name), by) or await play.act(subject, methods.Confirm(), by)


async def settling(bank: dict[str, Any] | None = None, **different: Any) -> Play:
    """Somebody is to choose what is paid with."""
    play = Play(bank, **different)
    assert (await play.start("settle-balance", method="visa")).state == "choosing"
    return play


# What makes a method unfit for what is due, by what it was asked before.


async def asked_as_often_as_a_card_may_be() -> Play:
    """Nineteen times in nineteen hours."""
    play = await settling({"visa": [SOFT]})
    for _ in range(19):
        assert await pays(play, "visa") == set()
        await play.passes(timedelta(hours=1))
    return play


async def debited_in_vain_and_six_weeks_later() -> Play:
    """The scheme's time for presenting it again is over."""
    play = await settling({"visa": [{"decline": {"network": "AM04"}}]}, methods=[method("visa", SEPA), *CARDS])
    assert await pays(play, "visa") == set()
    await play.passes(60 * DAY)
    await play.start("settle-balance", method="visa")
    return play


async def advised_to_wait() -> Play:
    """The network says not before tomorrow."""
    advice = {"decline": {"network": "51", "network_advice": "24"}}
    play = await settling({"visa": [advice, "succeed"]}, methods=[method("visa", MASTERCARD), *CARDS])
    assert await pays(play, "visa") == set()
    return play


async def charged_back() -> Play:
    """It was paid, until the provider told of the dispute."""
    play = await settling({"visa": [{"charged_back_after": "1d"}, "unexpected"]})
    assert await pays(play, "visa") == set()
    assert (await play.where(SETTLING)).state == "done"
    await play.passes(2 * DAY)
    await play.start("settle-balance", method="visa")
    return play


async def returned(play: Play) -> Play:
    """The debit of it is on its way for two days, and comes back."""
    assert await pays(play, "visa") == set()
    assert (await play.where(SETTLING)).state == "clearing"
    await play.passes(3 * DAY)
    assert (await play.where(SETTLING)).state == "choosing"
    return play


async def debiting() -> Play:
    """From a bank account without cover; the account has another one."""
    return await settling({"visa": [BOUNCES]}, methods=BANK_ACCOUNTS)


async def returned_three_times() -> Play:
    play = await debiting()
    for _ in range(3):
        await returned(play)
    return play


async def returned_and_then_partly_paid() -> Play:
    """By a wire: what is left is not what was presented."""
    play = await returned(await debiting())
    await play.outside(receive={"invoice": "F-1", "amount": "25.00"})
    assert await play.act(SETTLING, ReadAgain()) == set()
    return play


def another_pays(brought_about: Callable[[], Awaitable[Play]], unfit: str = "visa") -> Remedy:
    """What bars a method from being charged does not bar a card that was not asked yet."""

    async def deed() -> Played:
        play = await brought_about()
        before = await pays(play, unfit)
        after = await pays(play, "other")
        assert (await play.where(SETTLING)).state == "done"
        return Played(play, before, after)

    return deed


# Who pays, for what.


async def the_result_of_the_retry_is_read() -> Played:
    """The result is the bank's to tell; what is due after it is read again by whoever settles it."""
    play = Play({"visa": [BOUNCES]}, methods=BANK_ACCOUNTS)
    await play.collect(stands="clearing")
    await play.start("settle-balance", method="visa")
    before = await pays(play, "other")
    await play.passes(2 * DAY)
    assert await play.act(SETTLING, ReadAgain()) == set()
    after = await pays(play, "other")
    assert (await play.where(SETTLING)).state == "done"
    return Played(play, before, after)


async def the_declined_card_pays() -> Played:
    """Of an invoice manager, whose role reaches as far as the profile that pays."""
    play, subject = Play(**OF_PROFILE), f"{SETTLING}/F-1"
    await play.start("settle-balance", by="per", method="visa", invoice="F-1")
    before = await pays(play, "other", subject=subject, by="per")
    after = await pays(play, "visa", subject=subject, by="per")
    assert (await play.where(subject)).state == "done"
    return Played(play, before, after)


async def the_declined_card_is_left() -> Played:
    play = Play()
    await play.start("settle-balance", by="per", method="visa")
    before = await play.against(SETTLING)
    await play.start("change-single-subscription", by="per", subscription="m365", chosen="pers", confirmed=True)
    assert (await play.start("settle-balance", by="per", method="pers", chosen="pers", confirmed=True)).state == "done"
    return Played(play, before, await play.against("settle-balance/pers"))


async def all_of_it_is_settled() -> Played:
    play = Play()
    await play.start("settle-balance", method="visa", invoice="F-1", chosen="visa", confirmed=True)
    before = await play.against(f"{SETTLING}/F-1")
    assert (await play.start("settle-balance", method="visa", chosen="visa", confirmed=True)).state == "done"
    return Played(play, before, await play.against(SETTLING))


async def the_invoice_is_named() -> Played:
    play = Play(kind="MCA")
    await play.start("settle-balance", method="visa", chosen="visa", confirmed=True)
    before = await play.against(SETTLING)
    paid = await play.start("settle-balance", method="visa", invoice="F-1", chosen="visa", confirmed=True)
    assert paid.state == "done"
    return Played(play, before, await play.against(f"{SETTLING}/F-1"))


async def paid_by_wire_before_it_is_confirmed(play: Play, subject: str, **about: Any) -> set[str]:
    """Why nothing is charged then."""
    assert (await play.start("settle-balance", chosen="visa", **about)).state == "confirming"
    await play.outside(receive={"invoice": "F-1", "amount": "100.00"})
    assert await play.act(subject, methods.Confirm()) == set()
    assert (await play.where(subject)).state == "nothing_to_do"
    return await play.against(subject)


async def what_it_is_due_with_is_settled() -> Played:
    play = Play(subscriptions=TWO, invoices=[invoice("F-1"), invoice("F-2", subscription="visio")])
    before = await paid_by_wire_before_it_is_confirmed(play, SETTLING, method="visa")
    assert (await play.start("settle-balance", method="other", chosen="other", confirmed=True)).state == "done"
    return Played(play, before, await play.against("settle-balance/other"))


async def another_invoice_is_named() -> Played:
    play, other = Play(**OF_PROFILE), f"{SETTLING}/F-2"
    before = await paid_by_wire_before_it_is_confirmed(play, f"{SETTLING}/F-1", method="visa", invoice="F-1")
    assert (await play.start("settle-balance", method="visa", invoice="F-2", chosen="visa", confirmed=True)).state == "done"
    return Played(play, before, await play.against(other))


SETTLED: dict[str, Remedy] = {
    "NETWORK_CAP": another_pays(asked_as_often_as_a_card_may_be),
    "NETWORK_CAP_FOR_GOOD": another_pays(debited_in_vain_and_six_weeks_later),
    "METHOD_MUST_WAIT": another_pays(advised_to_wait),
    "DEBT_DISPUTED": another_pays(charged_back),
    "BANK_DEBITS_USED_UP": another_pays(returned_three_times, unfit="ach"),
    "DEBIT_AMOUNT_CHANGED": another_pays(returned_and_then_partly_paid),
    "ATTEMPT_ON_DEBT": the_result_of_the_retry_is_read,
    "PAYING_CARD_NOT_OWNED": the_declined_card_pays,
    "DECLINED_CARD_NOT_OWNED": the_declined_card_is_left,
    "PARTIAL_PAYMENT": all_of_it_is_settled,
    "INVOICE_NOT_NAMED": the_invoice_is_named,
    "DUE_ELSEWHERE": what_it_is_due_with_is_settled,
    "INVOICE_NOT_DUE": another_invoice_is_named,
}
"""What is done about it, by code."""


@pytest.mark.parametrize("code", SETTLED)
def test_a_settlement_that_was_refused_is_paid_by_the_remedy(code: str) -> None:
    """The one rule refuses, by itself; with what it names, the settlement is done."""
    played = asyncio.run(SETTLED[code]())
    assert played.before == {code}
    removes(code, played)


@pytest.mark.parametrize(
    ("code", "brought_about", "span"),
    [
        ("NETWORK_CAP", asked_as_often_as_a_card_may_be, 30 * DAY),
        ("METHOD_MUST_WAIT", advised_to_wait, DAY),
    ],
)
def test_who_is_told_until_when_may_wait_instead(
    code: str, brought_about: Callable[[], Awaitable[Play]], span: timedelta
) -> None:
    """Then the bank is asked again with the same method."""

    async def waited() -> tuple[set[str], set[str]]:
        play = await brought_about()
        before = await pays(play, "visa")
        await play.passes(span)
        await play.start("settle-balance", method="visa")
        return before, await pays(play, "visa")

    assert asyncio.run(waited()) == ({code}, set())


def test_every_rule_of_settling_with_a_remedy_of_ours_is_among_them() -> None:
    assert set(SETTLED) == {rule.code for rule in rules.OWN_SETTLING if rule.helps}
