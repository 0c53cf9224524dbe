"""Settling a balance, against the bank's own ledger: charged once, booked on every debt, and nothing follows (G60 to G64)."""

from dataclasses import replace
from typing import Any

import pytest
from bench import Meddler
from settling_till import DAY, DEBIT, HOUR, TWO, Till, invoice, method

from domain.accounts import Attempt, AttemptStatus, Initiator, Standing
from paystates.engine import Cancel
from states import methods
from store.port import Book

DECLINED = {"card": [{"decline": "insufficient_funds"}]}
EUROS = [invoice("F-1"), {**invoice("F-2", "40.00", subscription="visio"), "currency": "EUR"}]


def test_everything_due_is_one_charge_booked_on_every_debt(kept: Book) -> None:
    """G62: one attempt over the sum, a row for each debt, one intent, customer-initiated; each debt gets its own payment."""
    till = Till(book=kept)
    assert till.pay("other").state == "done"
    assert till.taken() == [("tok_other", 14_000, "NOK")]
    assert (till.owed("F-1"), till.owed("F-2"), till.credit()) == (0, 0, 0)
    (first,), (second,) = till.attempts("F-1"), till.attempts("F-2")
    assert first.intent_id == second.intent_id is not None
    assert {first.initiator, second.initiator} == {Initiator.CUSTOMER}
    assert (first.amount, second.amount) == (10_000, 4_000)


def test_what_used_the_declined_method_uses_the_one_that_paid(kept: Book) -> None:
    """G61: every subscription of it, whether it owed anything or not; G24: paying with the same one binds nothing anew."""
    idle = {"id": "azure", "name": "Azure", "method": "card"}
    till = Till(book=kept, subscriptions=[*TWO, idle])
    assert till.pay("other").memory["moved"] == 3
    assert [till.bound(name) for name in ("m365", "visio", "azure")] == ["other"] * 3
    same = Till()
    assert same.pay("card").state == "done"
    assert same.bound("m365") == "card"


def test_the_chosen_methods_own_debts_are_paid_too() -> None:
    """G62: they are confirmed with the others, and charged with them."""
    till = Till(subscriptions=[TWO[0], {"id": "visio", "name": "Visio", "method": "other"}])
    till.start()
    assert till.act(methods.Choose(method="other")) == ()
    (shown,) = till.where().memory["bills"]
    assert [part["invoice"] for part in shown["parts"]] == ["F-1", "F-2"]
    till.act(methods.Confirm())
    assert till.where().state == "done"
    assert till.taken() == [("tok_other", 14_000, "NOK")]


def test_what_is_not_billed_yet_is_not_due() -> None:
    """A balance is what is due: tomorrow's invoice is charged by its own plan."""
    till = Till(invoices=[invoice("F-1"), {**invoice("F-2", "40.00"), "billing_date": "5d"}])
    assert till.pay().state == "done"
    assert till.taken() == [("tok_card", 10_000, "NOK")]


def test_a_part_of_the_balance_is_not_paid_by_itself() -> None:
    """G62: refused with its remedy, and nothing is sent; the remedy is taken."""
    till = Till()
    where = till.pay(invoice="F-1")
    assert where.state == "refused"
    assert [one["code"] for one in where.memory["refusals"]] == ["PARTIAL_PAYMENT"]
    assert till.confirmed() == []
    assert till.pay().state == "done"


def test_nothing_due_ends_at_once() -> None:
    """G64: who is too late learns that the balance is settled."""
    till = Till()
    till.pay()
    assert till.pay().state == "nothing_to_do"
    assert len(till.confirmed()) == 1
    assert till.start(method="nowhere").state == "refused"
    assert till.start(invoice="F-9").state == "refused"


def test_a_declined_settlement_is_told_once_and_asks_again(kept: Book) -> None:
    """Law 7: it failed once, so one notice names both debts and the sum; the reason is shown where the method is chosen."""
    till = Till(DECLINED, kept)
    where = till.pay()
    assert (where.state, where.memory["chosen"]) == ("choosing", None)
    assert where.memory["last"] == "140.00 NOK declined: insufficient funds"
    (notice,) = till.notices()
    assert (notice.invoices, notice.amount, notice.attempt) == (("F-1", "F-2"), 14_000, 1)
    assert {one.status for name in ("F-1", "F-2") for one in till.attempts(name)} == {AttemptStatus.DECLINED}
    till.act(methods.Choose(method="other"))
    till.act(methods.Confirm())
    assert till.where().state == "done"
    assert till.confirmed() == ["F-1/1", "F-1/2"]


def test_a_mail_names_every_invoice_of_the_settlement() -> None:
    """Law 7, G56: the one notice goes out as one mail."""
    till = Till(DECLINED)
    till.pay()
    till.stage.relay_mails(till.now)
    (message,) = till.stage.mailbox.behind.messages  # type: ignore[attr-defined]  # the collecting sender keeps them
    assert message["Subject"] == "Payment of invoice F-1, F-2 was declined"


def test_a_finished_method_settles_nothing() -> None:
    """money.md: `never` finishes a method for every invoice, settling included."""
    till = Till({"card": [{"decline": "stolen_card"}]})
    till.pay()
    assert "METHOD_NOT_GOOD" in till.act(methods.Choose(method="card"))
    assert till.act(methods.Choose(method="other")) == ()


# Several currencies.


def test_each_currency_is_its_own_attempt(kept: Book) -> None:
    """Law 6: money is never converted; they are charged in turn."""
    till = Till(book=kept, invoices=EUROS)
    assert till.pay("other").state == "done"
    assert till.taken() == [("tok_other", 4_000, "EUR"), ("tok_other", 10_000, "NOK")]
    assert (till.owed("F-1"), till.owed("F-2")) == (0, 0)


def test_a_second_currency_that_is_declined_leaves_the_first_paid() -> None:
    """What is booked stays booked and is listed; nothing is bound anew, for not everything is paid (G61)."""
    till = Till({"other": ["succeed", {"decline": "insufficient_funds"}]}, invoices=EUROS)
    where = till.pay("other")
    assert where.state == "choosing"
    assert [one["currency"] for one in where.memory["paid"]] == ["EUR"]
    assert till.act(Cancel()) == ()
    where = till.where()
    assert (where.state, where.verdict) == ("incomplete", "failed")
    assert (till.owed("F-1"), till.owed("F-2"), till.bound("m365")) == (10_000, 0, "card")


def test_the_rest_may_be_paid_with_another_method() -> None:
    """The method that paid last is the one that is bound."""
    till = Till({"other": ["succeed", {"decline": "insufficient_funds"}]}, invoices=EUROS, methods=[
        method("card"), method("other"), method("third"),
    ])  # fmt: skip
    till.pay("other")
    till.act(methods.Choose(method="third"))
    assert [one["currency"] for one in till.where().memory["bills"]] == ["NOK"]
    till.act(methods.Confirm())
    assert (till.where().state, till.bound("visio")) == ("done", "third")


def test_a_currency_of_the_chosen_methods_own_debts_is_charged_too() -> None:
    """G62: also after nothing is left on the declined method itself."""
    till = Till(invoices=EUROS, subscriptions=[{"id": "visio", "name": "V", "method": "card"}, {**TWO[0], "method": "other"}])
    assert till.pay("other").state == "done"
    assert sorted(currency for _, _, currency in till.taken()) == ["EUR", "NOK"]


OWN_NOK: dict[str, Any] = {
    "invoices": [{**invoice("F-1"), "currency": "DKK"}, invoice("F-2", "40.00", subscription="visio")],
    "subscriptions": [TWO[0], {**TWO[1], "method": "other"}],
}
"""DKK is due on the declined card, NOK on the other one."""


@pytest.mark.parametrize(
    ("step", "state"),
    [({"decline": "insufficient_funds"}, "choosing"), ({"decline": "invalid_amount"}, "confirming")],
    ids=str,
)
def test_the_chosen_methods_own_debt_that_was_not_paid_is_asked_for_again(step: dict[str, object], state: str) -> None:
    """G62: it is not done while that is due, and binds nothing (G61); paid at last, it is. Given up, it is incomplete."""
    till = Till({"other": ["succeed", step, "succeed"]}, **OWN_NOK)
    assert till.pay("other").state == state
    assert (till.owed("F-1"), till.owed("F-2"), till.bound("m365")) == (0, 4_000, "card")
    if state == "choosing":
        assert till.act(methods.Choose(method="other")) == ()
    assert till.act(methods.Confirm()) == ()
    assert (till.where().state, till.owed("F-2"), till.bound("m365")) == ("done", 0, "other")
    given_up = Till({"other": ["succeed", step]}, **OWN_NOK)
    given_up.pay("other")
    assert given_up.act(Cancel()) == ()
    assert (given_up.where().state, given_up.bound("m365")) == ("incomplete", "card")


def test_a_refusal_after_money_was_taken_is_incomplete_and_not_refused() -> None:
    """What ends `refused` has changed nothing: the first currency is paid, and the second finds the method gone."""
    till = Till(invoices=EUROS)

    def vanish() -> None:
        with till.desk.book.transaction() as pages:
            found = pages.method("other")
            assert found is not None
            pages.put_method(replace(found, standing=Standing.GONE, standing_since=till.now))

    till.uses(Meddler(till.bank, "after confirm", vanish))
    where = till.pay("other")
    assert (where.state, where.verdict) == ("incomplete", "failed")
    assert [one["code"] for one in where.memory["refusals"]] == ["METHOD_NOT_GOOD"]
    assert till.taken() == [("tok_other", 4_000, "EUR")]


# Law 1.


def test_an_open_attempt_on_any_of_the_debts_refuses_the_whole(kept: Book) -> None:
    """Law 1: refused by a rule; with the attempt over, reading again lets it through."""
    till = Till(book=kept)
    till.open_elsewhere()
    till.start()
    assert till.act(methods.Choose(method="other")) == ("ATTEMPT_ON_DEBT",)
    with till.desk.book.transaction() as pages:
        (row,) = pages.attempts("F-2")
        pages.put_attempt(Attempt(**{**{n: getattr(row, n) for n in row.__slots__}, "status": AttemptStatus.NOT_CHARGED}))
    assert till.act(methods.ReadAgain()) == ()
    assert till.act(methods.Choose(method="other")) == ()


def test_a_retry_that_was_faster_leaves_no_row_of_the_settlement(kept: Book) -> None:
    """Laws 1 and 5: the reservation judges again, and writes all rows or none."""
    till = Till(book=kept)
    till.start(chosen="other")
    till.open_elsewhere()
    assert till.act(methods.Confirm()) == ()
    where = till.where()
    assert where.state == "choosing"
    assert [one["code"] for one in where.memory["refusals"]] == ["ATTEMPT_ON_DEBT"]
    assert till.attempts("F-1") == []
    assert till.bank.calls() == []


def test_retries_stand_aside_while_it_is_open_and_end_when_it_is_paid() -> None:
    """Law 1, G64: a slot that finds the settlement open makes no attempt and no mail; afterwards nothing follows."""
    till = Till({"card": [{"late": {"after": "3d"}}]}, methods=DEBIT)
    till.now -= 2 * HOUR
    assert till.pay().state == "clearing"
    for name in ("F-1", "F-2"):
        till.start("charge-retry", invoice=name)
    till.passes(DAY)
    assert till.confirmed() == ["F-1/1"]
    till.passes(4 * DAY)
    assert till.where().state == "done"
    assert [till.where(f"charge-retry/{name}").state for name in ("F-1", "F-2")] == ["settled", "settled"]
    till.passes(60 * DAY)
    assert till.confirmed() == ["F-1/1"]
    assert till.notices() == []


def test_a_waiting_retry_ends_when_its_debt_is_settled() -> None:
    """G64: it is woken, reads the book, and is over at once; U8: no timer charges what is paid."""
    till = Till({"card": [{"decline": "insufficient_funds"}]})
    till.start("charge-retry", invoice="F-1")
    till.passes(DAY)
    assert till.where("charge-retry/F-1").state == "waiting"
    assert till.pay("other").state == "done"
    assert till.where("charge-retry/F-1").state == "settled"
