"""A remedy of ours is carried out, by the procedure or action that the rule names: then the rule refuses no more.

On a real book, with the real effects: the rules of a retry here, those of methods, of settling and of other choices beside it.
A rule whose remedy lies outside, such as a question to somebody else, names none.
"""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from remedy_play import CARD, DAY, SOFT, Play, Played, Remedy, method, removes
from test_choices_as_remedies import ANOTHER_CHOICE
from test_remedies_of_methods import MENDED
from test_remedies_of_settling import SETTLED

from paystates.engine import Rule
from states import charge_retry, rules
from store.memory import MemoryBook
from store.port import Pages

RETRY = "charge-retry/F-1"
EVERYTHING = {"method": "visa", "chosen": "other", "confirmed": True}


def retried(bank: Any, stands: str) -> Remedy:
    """What a retry may not charge is replaced."""

    async def deed() -> Played:
        mastercard = CARD | {"brand": "mastercard"}
        play = Play({"visa": [bank]}, methods=[method("visa", mastercard), method("other", mastercard)])
        await play.collect(stands=stands)
        before = await play.act(RETRY, charge_retry.RetryNow())
        assert (await play.start("replace-all", **EVERYTHING)).state == "done"
        after = await play.act(RETRY, charge_retry.RetryNow())
        assert (await play.where(RETRY)).state == "recovered"
        return Played(play, before, after)

    return deed


async def the_one_subscription_is_changed() -> Played:
    play = Play({"visa": [SOFT]})
    await play.collect(stands="waiting")
    before = await play.act(RETRY, charge_retry.RetryNow(), by="per")
    where = await play.start("change-single-subscription", by="per", subscription="m365", chosen="pers", confirmed=True)
    assert where.state == "done"
    return Played(play, before, await play.act(RETRY, charge_retry.RetryNow(), by="per"))


async def a_reason_is_given() -> Played:
    play = Play({"visa": [SOFT]})
    await play.collect(stands="waiting")
    before = await play.act(RETRY, charge_retry.WriteOff(), by="olga")
    return Played(play, before, await play.act(RETRY, charge_retry.WriteOff(reason="goodwill"), by="olga"))


async def the_attempt_is_looked_up() -> Played:
    play = Play({"visa": [{"fault": "unavailable", "for": "2h"}]})
    await play.collect(stands="confirming_later")
    before = await play.act(RETRY, charge_retry.RetryNow())
    play.now += DAY / 8
    assert await play.act(RETRY, charge_retry.LookUpAgain(), by="olga") == set()
    return Played(play, before, await play.act(RETRY, charge_retry.RetryNow()))


class Torn:
    """An account book in which no invoice can be read for a while."""

    def __init__(self) -> None:
        self._book = MemoryBook()
        self.torn = False

    @contextmanager
    def transaction(self) -> Iterator[Pages]:
        """The book's own, but for that."""
        with self._book.transaction() as pages:
            yield _Torn(pages) if self.torn else pages  # type: ignore[misc] - what it does not have, `__getattr__` has

    def reading(self) -> AbstractContextManager[Pages]:
        """The book's own."""
        return self._book.reading()


class _Torn:
    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pages, name)

    def invoice(self, invoice_id: str, *, lock: bool = False) -> None:
        raise ConnectionError(invoice_id)


async def the_debt_is_read_again() -> Played:
    """By an operator: in which account anybody else has a role is not known either."""
    book = Torn()
    play = Play(book=book)
    book.torn = True
    await play.start("charge-retry", by=None, invoice="F-1")
    await play.passes(12 * DAY)
    assert (await play.where(RETRY)).state == "needs_attention"
    before = await play.act(RETRY, charge_retry.RetryNow(), by="olga")
    book.torn = False
    assert await play.act(RETRY, charge_retry.LookUpAgain(), by="olga") == set()
    return Played(play, before, await play.act(RETRY, charge_retry.RetryNow(), by="olga"))


RETRIED: dict[str, Remedy] = {
    "NO_CHARGEABLE_METHOD": retried({"decline": "stolen_card"}, "needs_method"),
    "ASKED_TO_WAIT": retried({"decline": {"network": "51", "network_advice": "27"}}, "waiting"),
    "CARD_NOT_OWNED": the_one_subscription_is_changed,
    "REASON_MISSING": a_reason_is_given,
    "ATTEMPT_RUNNING": the_attempt_is_looked_up,
    "NOT_READ": the_debt_is_read_again,
}
"""What is done about it, by code."""


@pytest.mark.parametrize("code", RETRIED)
def test_an_order_that_a_retry_refused_is_taken_after_the_remedy(code: str) -> None:
    """The one rule refuses, by itself; after what it names, nothing does."""
    played = asyncio.run(RETRIED[code]())
    assert (played.before, played.after) == ({code}, set())
    removes(code, played)


OUTSIDE = {
    "ROLE_TOO_SMALL": "somebody who has the role, or may give it",
    "SOURCE_NOT_OWNED": "the administrator who added the card",
    "MAY_NOT_PAY": "somebody who has the role, or may give it",
    "PROFILE_ROLE_ELSEWHERE": "an administrator, or somebody with a role on the billing profile that pays",
    "ACCOUNT_ROLE_NEEDED": "somebody who has the role deletes it",
    "PAYS_THROUGH_PROFILE": "nothing: it is the billing profile whose method is changed",
    "NOT_CHANGED_ALONE": "nothing: the method is replaced for all that pays with it",
    "PAYS_BY_INVOICE": "another subscription is bought",
    "SUBSCRIPTION_OVER": "nothing need be done",
    "NUMBER_IMMUTABLE": "nothing: the number is a payment method of its own",
    "METHOD_FINISHED": "nothing: the bank has the last word",
    "ATTEMPT_ON_METHOD": "the bank's result",
    "NOTHING_DUE": "nothing need be done",
    "LAST_SLOT": "nothing: a further attempt must follow a notice",
}
"""What removes the refusal where no action or procedure of ours does, or why nothing does."""


@pytest.mark.parametrize("rule", rules.CATALOGUE, ids=lambda rule: rule.code)
def test_every_remedy_is_carried_out_or_marked_as_outside(rule: Rule) -> None:
    """A new rule must say which: a remedy that nobody tried is a promise."""
    carried_out = {*RETRIED, *MENDED, *SETTLED, *ANOTHER_CHOICE}
    assert (rule.code in carried_out) == bool(rule.helps)
    assert (rule.code in OUTSIDE) == (not rule.helps)
