"""A settlement whose run was stopped once it was paid: the next one goes on from there, unless it is in doubt (G61)."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from settling_till import BOTH, MAIN, Till, bill, invoice, method
from test_settling_who_pays import MCA

from activities import effects, settling
from activities.bookkeeping import bind
from activities.registering import register_subscription
from domain.accounts import PayerKind, Subscription, SubscriptionStatus
from paystates import clock
from paystates.engine import Errand, Snapshot
from states import choosing, methods
from states import settling as ask
from states.settle_balance import SETTLE_BALANCE, Memory
from store.port import Book

WITH_OTHER = BOTH.model_copy(update={"method": "other"})
THIRD = [method("card"), method("other"), method("third")]


def paid(book: Book | None = None, what: ask.Bill = WITH_OTHER, **differences: object) -> Till:
    """What was due is paid, and the run that charged it was stopped before it told of it."""
    till = Till(book=book, **differences)
    assert till.settle(what) == ask.Settled()
    return till


def test_a_new_run_binds_what_an_earlier_one_has_paid(kept: Book) -> None:
    """G61: as if it had just been paid; nothing is charged again, and the retries are told (G64)."""
    till = paid(kept)
    till.start("charge-retry", invoice="F-1")
    assert till.read().paid == WITH_OTHER
    where = till.start()
    assert (where.state, where.memory["moved"]) == ("done", 2)
    assert [one["method"] for one in where.memory["paid"]] == ["other"]
    assert [till.bound(name) for name in ("m365", "visio")] == ["other"] * 2
    assert till.taken() == [("tok_other", 14_000, "NOK")]
    assert till.where("charge-retry/F-1").verdict is not None


def test_it_binds_to_what_paid_whatever_is_chosen_now() -> None:
    """Law 4: what is chosen now pays nothing, so nothing is bound to it."""
    till = paid(methods=THIRD)
    assert till.pay("third").state == "done"
    assert (till.bound("m365"), till.taken()) == ("other", [("tok_other", 14_000, "NOK")])


def test_who_has_no_right_goes_on_with_nothing() -> None:
    """G1, G60: they are refused as ever, and whoever has it goes on afterwards."""
    till = paid()
    assert till.start(actor="lise").state == "refused"
    assert till.bound("m365") == "card"
    assert till.start().state == "done"
    assert till.bound("m365") == "other"


def test_what_is_due_besides_is_paid_before_anything_is_bound() -> None:
    """G62: the other currency was confirmed with the same start, or is asked for."""
    euros = [invoice("F-1"), {**invoice("F-2", "40.00", subscription="visio"), "currency": "EUR"}]
    till = paid(what=bill(("F-1", 1, 10_000), method="other"), invoices=euros)
    assert till.start().state == "choosing"
    assert till.act(methods.Choose(method="other")) == ()
    till.act(methods.Confirm())
    assert (till.where().state, till.bound("visio")) == ("done", "other")
    assert till.taken() == [("tok_other", 10_000, "NOK"), ("tok_other", 4_000, "EUR")]


def test_what_pays_by_itself_binds_nothing() -> None:
    """G24, G63: the declined method paid, or one invoice was paid by itself; it is told as paid all the same."""
    same = paid(what=BOTH)
    assert (same.start().state, same.bound("m365")) == ("done", "card")
    till = Till(**MCA)
    subject = f"{MAIN}/F-1"
    request = ask.Settle(method="card", invoice="F-1", actor="ingrid", bill=bill(("F-1", 1, 5_000), method="other"))
    assert till.do(request, subject=subject) == ask.Settled()
    assert till.start(invoice="F-1").state == "done"
    assert till.bound("drift") == "card"


def test_what_was_bound_in_part_is_bound_to_the_end(kept: Book) -> None:
    """G33: the pages that the stopped run moved are no reason to leave the others."""
    till = paid(kept)
    _moves_one(till)
    assert [till.bound(name) for name in ("m365", "visio")] == ["other", "card"]
    assert till.start().state == "done"
    assert [till.bound(name) for name in ("m365", "visio")] == ["other", "other"]


def _moves_one(till: Till) -> None:
    """A page of one item is moved by the settlement's run."""
    memory = Memory(method="card", actor="ingrid", chosen="other", paid=(WITH_OTHER,))
    request = choosing.move_page(memory).model_copy(update={"limit": 1})
    snapshot = Snapshot(SETTLE_BALANCE.id, "rebinding", 6, memory, till.now)
    errand = Errand(request, SETTLE_BALANCE, MAIN, "0", snapshot, 9, (), till.now)
    with clock.at(till.now):
        assert effects.by_request[methods.MovePage](till.desk, errand) is not None


def _binds(till: Till) -> None:
    bind(till.desk.book, PayerKind.SUBSCRIPTION, "m365", "card", now=till.now)


def _registers(till: Till) -> None:
    bought = Subscription("teams", "fjord", "Teams", SubscriptionStatus.ACTIVE, "card")
    register_subscription(till.desk.book, bought, till.now, actor="ingrid")


def _changes(till: Till) -> None:
    for target in ("third", "card"):
        data = {"subscription": "m365", "actor": "ingrid", "chosen": target, "confirmed": True}
        assert asyncio.run(till.driver.start("change-single-subscription", data, till.now)) == ()
        assert till.bound("m365") == target


@pytest.mark.parametrize("meanwhile", [_binds, _registers, _changes])
def test_what_was_bound_since_is_left_as_it_is(meanwhile: Callable[[Till], None], kept: Book) -> None:
    """What somebody bound deliberately is never bound anew for a charge that came before it: in doubt nothing is."""
    till = paid(kept, methods=THIRD)
    till.now += timedelta(hours=1)
    meanwhile(till)
    assert till.read().paid is None
    assert till.start().state == "nothing_to_do"
    assert (till.bound("m365"), till.bound("visio")) == ("card", "card")


def test_what_was_told_is_not_gone_on_from(kept: Book) -> None:
    """It came to its end: who binds something to the declined method afterwards means it."""
    till = Till(book=kept)
    assert till.pay("other").state == "done"
    till.now += timedelta(hours=1)
    assert till.read().paid is None
    bind(till.desk.book, PayerKind.SUBSCRIPTION, "m365", "card", now=till.now)
    assert till.start().state == "nothing_to_do"
    assert till.bound("m365") == "card"


def test_what_was_paid_long_ago_is_not_gone_on_from() -> None:
    """A month later the next period is billed: what paid this one says nothing of that."""
    till = paid()
    till.now += timedelta(days=29)
    assert till.read().paid == WITH_OTHER
    till.now += timedelta(days=2)
    assert till.start().state == "nothing_to_do"
    assert till.bound("m365") == "card"


def test_what_the_journal_does_not_reach_back_to_is_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """So much happened since that nobody knows whether something was bound."""
    till = paid()
    monkeypatch.setattr(settling, "_TAIL", 1)
    assert till.read().paid is None
