"""What keeps a method from being deleted or chosen is removed by what its rule names; then it is deleted, or chosen."""

import asyncio
from typing import Any

import pytest
from remedy_play import CARD, DAY, NEW, SOFT, Play, Played, Remedy, invoice, method, removes

from paystates.engine import Cancel
from states import methods
from states.details import NotNow

DELETION = "delete-with-dependents/visa"
REPLACING = "replace-all/visa"
ANYTHING = {"chosen": "other", "confirmed": True}
ON_OTHER = [{"id": "m365", "name": "Microsoft 365", "method": "other"}]
CANCELLED = [{"id": "m365", "name": "Microsoft 365", "status": "cancelled"}]
VISIO = {"id": "visio", "name": "Visio", "method": "other"}


# Deleting.


async def deleted(play: Play, before: set[str], **choices: Any) -> Played:
    """Once the remedy is carried out."""
    where = await play.start("delete-with-dependents", method="visa", confirmed=True, **choices)
    assert where.state == "done"
    return Played(play, before, await play.against(DELETION))


async def bound_before_it_is_deleted(play: Play) -> set[str]:
    """Nothing depended on the method when the deletion was begun; why it is not deleted."""
    assert (await play.start("delete-with-dependents", method="visa")).state == "confirming_deletion"
    await play.outside(bind={"subscription": "m365", "method": "visa"})
    assert await play.act(DELETION, methods.Confirm()) == set()
    assert (await play.where(DELETION)).state == "choosing"
    return await play.against(DELETION)


async def replaced(play: Play) -> Played:
    """Everywhere, by whoever then deletes it."""
    before = await bound_before_it_is_deleted(play)
    assert (await play.start("replace-all", method="visa", **ANYTHING)).state == "done"
    assert await play.act(DELETION, Cancel()) == set()
    return await deleted(play, before)


async def everything_is_replaced() -> Played:
    return await replaced(Play(subscriptions=ON_OTHER, invoices=[]))


async def the_retry_is_given_another_method() -> Played:
    play = Play({"other": [SOFT]}, subscriptions=ON_OTHER)
    await play.collect(stands="waiting")
    return await replaced(play)


async def another_is_added() -> Played:
    """Nothing pays with the only one, but the last bill of what was cancelled is open."""
    play = Play(methods=[method("visa")], subscriptions=CANCELLED)
    await play.start("delete-with-dependents", method="visa", confirmed=True)
    before = await play.against(DELETION)
    assert (await play.start("add-method", account="fjord", request="r1", new=NEW)).state == "added"
    return await deleted(play, before)


async def the_balance_is_settled() -> Played:
    play = Play(strict_from="-1d")
    await play.start("delete-with-dependents", method="visa", **ANYTHING)
    before = await play.against(DELETION)
    assert (await play.start("settle-balance", method="visa", chosen="visa", confirmed=True)).state == "done"
    return await deleted(play, before, chosen="other")


# Choosing.


async def chosen_after_it_is_corrected(play: Play) -> Played:
    """The details of what may not be chosen as it is are corrected, and what may be chosen is read again."""
    await play.start("replace-all", method="visa")
    before = await play.act(REPLACING, methods.Choose(method="other"))
    details = {"holder": "Kari Nordmann", "expires": "2032-01-31"}
    corrected = await play.start("update-details", method="other", details=details, security_code="tok_code")
    if corrected.state == "offering":
        assert await play.act("update-details/other", NotNow()) == set()
    assert (await play.where("update-details/other")).state == "done"
    assert await play.act(REPLACING, methods.ReadAgain()) == set()
    after = await play.act(REPLACING, methods.Choose(method="other"))
    assert await play.act(REPLACING, methods.Confirm()) == set()
    assert (await play.where(REPLACING)).state == "done"
    return Played(play, before, after)


async def an_expired_card_is_renewed() -> Played:
    play = Play(methods=[method("visa"), method("other", CARD | {"expires": "2026-11"})], invoices=[])
    await play.passes(30 * DAY)
    return await chosen_after_it_is_corrected(play)


async def a_mistyped_card_is_corrected() -> Played:
    """The bank has declined it for what it pays."""
    play = Play(
        {"other": [{"decline": "incorrect_cvc"}, "succeed"]},
        subscriptions=[{"id": "m365", "name": "Microsoft 365", "method": "visa"}, VISIO],
        invoices=[invoice("F-2", subscription="visio")],
    )
    await play.collect("F-2", stands="needs_method")
    return await chosen_after_it_is_corrected(play)


async def the_starters_own_is_started() -> Played:
    bank = method("visa", {"scheme": "sepa", "last4": "6789"})
    play = Play(methods=[bank, method("other"), method("pers", by="per")])
    await play.start("replace-all", method="visa")
    before = await play.act(REPLACING, methods.Choose(method="pers"), by="per")
    assert await play.act(REPLACING, Cancel(), by="per") == set()
    await play.start("replace-all", by="per", method="visa")
    after = await play.act(REPLACING, methods.Choose(method="pers"), by="per")
    assert await play.act(REPLACING, methods.Confirm(), by="per") == set()
    assert (await play.where(REPLACING)).state == "done"
    return Played(play, before, after)


MENDED: dict[str, tuple[Remedy, set[str]]] = {
    "STILL_USED": (everything_is_replaced, set()),
    "RETRY_NEEDS_METHOD": (the_retry_is_given_another_method, {"STILL_USED"}),
    "LAST_METHOD": (another_is_added, set()),
    "OUTSTANDING_CHARGES": (the_balance_is_settled, set()),
    "METHOD_EXPIRED": (an_expired_card_is_renewed, set()),
    "METHOD_NEEDS_CORRECTION": (a_mistyped_card_is_corrected, set()),
    "STARTED_BY_ANOTHER": (the_starters_own_is_started, set()),
}
"""What is done about it, and what else must stand against it: a retry needs a method only while its payer uses it."""


@pytest.mark.parametrize("code", MENDED)
def test_what_was_refused_is_done_after_the_remedy(code: str) -> None:
    """The method is deleted, or what pays is replaced."""
    remedy, beside = MENDED[code]
    played = asyncio.run(remedy())
    assert played.before == {code} | beside
    removes(code, played)
