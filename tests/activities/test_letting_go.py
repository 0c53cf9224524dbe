"""A deleted subscription lets go of its method in the transaction that ends its last debt, whatever ends it (G52)."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from bench import BANK_ACCOUNT, DAY, Bench, invoice, method
from remedy_play import Play
from settling_till import TWO, Till

from activities import bookkeeping
from activities.bookkeeping import BookkeepingError
from activities.registering import change_subscription, register_subscription
from domain.accounts import PayerKind, Subscription, SubscriptionStatus
from domain.money import Money
from states import debts as ask

DELETED = SubscriptionStatus.DELETED
WHOLE = Money(10_000, "NOK")
GONE = {"id": "m365", "name": "Microsoft 365", "method": "card", "status": "deleted"}
TWO_CARDS = [method("card"), method("other")]


def receive(bench: Bench) -> None:
    bookkeeping.receive_payment(bench.desk.book, "F-1", WHOLE, "wire", bench.now)


def credit(bench: Bench) -> None:
    bookkeeping.credit(bench.desk.book, "F-1", WHOLE, "c", bench.now)


def void(bench: Bench) -> None:
    bookkeeping.void(bench.desk.book, "F-1", "v", bench.now)


def charge(bench: Bench) -> None:
    assert isinstance(bench.charge(), ask.Charged)


def write_off(bench: Bench) -> None:
    assert isinstance(bench.do(ask.WriteOffDebt(invoice="F-1", reason="bankrupt")), ask.WrittenOff)


def clear(bench: Bench) -> None:
    assert isinstance(bench.charge(), ask.Clearing)
    assert bench.subscription().method_id == "card", "nothing is paid before it has cleared"
    bench.now += 3 * DAY
    assert isinstance(bench.look_up(), ask.Charged)


def void_that_waits(bench: Bench) -> None:
    bench.charge()
    void(bench)
    assert bench.subscription().method_id == "card", "it waits for the attempt"
    bench.now += 3 * DAY
    bench.look_up()


LATE: list[dict[str, Any]] = [{"late": {"after": "2d", "then": "succeed"}}]
BOUNCES: list[dict[str, Any]] = [{"late": {"after": "2d", "then": {"decline": "R01"}}}]
DEBIT = {"methods": [method("card", BANK_ACCOUNT)]}
ENDS: dict[str, tuple[Callable[[Bench], None], dict[str, Any]]] = {
    "charged": (charge, {}),
    "cleared": (clear, {"bank": {"card": LATE}, **DEBIT}),
    "received": (receive, {}),
    "credited": (credit, {}),
    "voided": (void, {}),
    "voided when the attempt was over": (void_that_waits, {"bank": {"card": BOUNCES}, **DEBIT}),
    "written off": (write_off, {}),
}


@pytest.mark.parametrize("end", ENDS)
def test_it_lets_go_when_its_debt_ends(end: str) -> None:
    """Then the method may be deleted; the journal says why nothing pays with it any more."""
    deed, different = ENDS[end]
    bench = Bench(subscriptions=[GONE], **different)
    assert bench.subscription().method_id == "card"
    deed(bench)
    assert (bench.subscription().method_id, bench.subscription().status) == (None, DELETED)
    notes = bench.read(lambda pages: [row.event_kind for row in pages.journal("book/subscription/m365")])
    assert notes == ["method_let_go"]


@pytest.mark.parametrize("status", [one for one in SubscriptionStatus if one is not DELETED])
def test_any_other_keeps_it_when_its_debt_ends(status: SubscriptionStatus) -> None:
    """A cancelled or disabled one may come back: it blocks until it is deleted (G42, G52)."""
    bench = Bench(subscriptions=[{**GONE, "status": status.value}])
    receive(bench)
    assert bench.subscription().method_id == "card"


def test_it_keeps_it_until_the_last_debt_has_ended() -> None:
    """Law 6: what is still owed is still charged."""
    bench = Bench(subscriptions=[GONE], invoices=[invoice("F-1"), invoice("F-2")])
    receive(bench)
    assert bench.subscription().method_id == "card"
    bookkeeping.void(bench.desk.book, "F-2", "v", bench.now)
    assert bench.subscription().method_id is None


def test_what_is_paid_for_one_lets_go_of_no_other() -> None:
    """The neighbour on the same card is active, and a debt of it is paid: whoever else is deleted is not looked at."""
    others = [{**GONE, "status": "active"}, {"id": "visio", "name": "Visio", "method": "card", "status": "deleted"}]
    bench = Bench(subscriptions=others, invoices=[invoice("F-1"), invoice("F-2", subscription="visio")])
    receive(bench)
    assert [bench.subscription(name).method_id for name in ("m365", "visio")] == ["card", "card"]


def test_a_settlement_lets_go_too_and_binds_it_to_nothing_new() -> None:
    """G61: what used the declined method uses the one that paid; a deleted subscription that owes nothing uses none."""
    till = Till({"card": [{"decline": "insufficient_funds"}]}, subscriptions=[{**TWO[0], "status": "deleted"}, TWO[1]])
    assert till.pay("other").state == "done"
    assert (till.owed("F-1"), till.bound("m365"), till.bound("visio")) == (0, None, "other")


# Nothing is bound to it for nothing.


def test_what_is_over_is_not_bound_again_but_what_owes_again_is() -> None:
    """Else it would keep that one. A chargeback reopens the debt: then there is something to pay (law 8)."""
    bench = Bench({"card": [{"charged_back_after": "2d"}]}, subscriptions=[GONE], methods=TWO_CARDS)

    def bind() -> list[bookkeeping.Wake]:
        return bookkeeping.bind(bench.desk.book, PayerKind.SUBSCRIPTION, "m365", "other")

    charge(bench)
    with pytest.raises(BookkeepingError, match="m365 is deleted and owes nothing"):
        bind()
    bench.now += 3 * DAY
    assert isinstance(bench.look_up(), ask.Reopened)
    assert [wake.invoice for wake in bind()] == ["F-1"]
    assert bench.subscription().method_id == "other"


def test_none_is_registered_that_would_keep_a_method_for_nothing() -> None:
    """The method is left out; with its first invoice there is something to pay, and then it may be bound."""
    bench = Bench()
    over = Subscription("old", "fjord", "Old", DELETED, "card")
    with pytest.raises(BookkeepingError, match="old is deleted, and owes nothing yet: leave its payment method out"):
        register_subscription(bench.desk.book, over, bench.now, actor="us")
    unbound = Subscription("old", "fjord", "Old", DELETED)
    assert register_subscription(bench.desk.book, unbound, bench.now, actor="us") == unbound


def test_one_that_was_let_in_before_lets_go_with_the_next_change_of_it() -> None:
    """A book that is older than the rule."""
    bench = Bench()
    bench.write(lambda pages: pages.put_subscription(Subscription("old", "fjord", "Old", DELETED, "card")))
    assert change_subscription(bench.desk.book, "old", bench.now, actor="us", name="Older").method_id is None


def test_what_is_deleted_is_not_cancelled_any_more() -> None:
    """G72: deleted is the end of its life."""
    bench = Bench(subscriptions=[GONE])
    with pytest.raises(BookkeepingError, match="m365 is deleted, and stays so"):
        bookkeeping.cancel_subscription(bench.desk.book, "m365")
    assert bench.subscription().status is DELETED


# What comes back finds nothing bound.

BACK = {
    "charged back": ({"charged_back_after": "5d"}, TWO_CARDS),
    "returned": (
        {"late": {"after": "2d", "then": "succeed"}, "returned_after": {"after": "5d", "code": "R01"}},
        [method("card", BANK_ACCOUNT), method("other")],
    ),
}


@pytest.mark.parametrize("how", BACK)
def test_a_debt_that_comes_back_waits_for_a_method_and_charges_nothing(how: str) -> None:
    """Laws 4 and 8: though the old method is on file, it is bound to nothing. The attempts end, and the debt stays due."""
    script, kept = BACK[how]
    bench = Bench({"card": [script]}, subscriptions=[GONE], methods=kept)
    report = bench.play(lasts="60d")
    states = [row.target for row in report.trace.decided]
    assert states[-1] == "exhausted"
    assert "needs_method" in states
    assert [one.n for one in bench.attempts()] == [1]
    assert bench.calls("confirm") == ["F-1/1"]
    assert bench.subscription().method_id is None


@pytest.mark.parametrize("how", BACK)
def test_and_is_charged_once_another_one_is_bound(how: str) -> None:
    script, kept = BACK[how]
    bench = Bench({"card": [script]}, subscriptions=[GONE], methods=kept)
    report = bench.play({"at": "10d", "bind": {"subscription": "m365", "method": "other"}})
    assert report.trace.decided[-1].target == "recovered"
    assert [one.method_id for one in bench.attempts()] == ["card", "other"]
    assert bench.subscription().method_id is None


def test_an_administrator_gives_it_another_one_while_it_owes_and_at_no_other_time() -> None:
    """G52: nobody is told that it is paid by invoice, nor to cancel what is deleted; it lets go of the new one as of the old."""
    another = {"subscription": "m365", "chosen": "other", "confirmed": True}

    async def played() -> tuple[list[str], list[set[str]], str | None]:
        play = Play({"visa": [{"charged_back_after": "5d"}, "unexpected"]}, subscriptions=[GONE | {"method": "visa"}])
        await play.collect(stands="recovered")
        states, against = [], []
        for _ in range(3):
            states.append((await play.start("change-single-subscription", **another)).state)
            against.append(await play.against("change-single-subscription/m365"))
            await play.passes(20 * DAY)
        states.append((await play.where("charge-retry/F-1")).state)
        with play.stage.book.transaction() as pages:
            subscription = pages.subscription("m365")
        assert subscription is not None
        return states, against, subscription.method_id

    assert asyncio.run(played()) == (
        ["refused", "done", "refused", "recovered"],
        [{"SUBSCRIPTION_OVER"}, set(), {"SUBSCRIPTION_OVER"}],
        None,
    )
