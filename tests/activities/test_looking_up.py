"""A look-up believes no message: whether an authentication is given up, and who paid a debt, is what the book says (law 2)."""

from dataclasses import replace

import pytest
from bench import DAY, HOUR, Bench, method

from activities import bookkeeping
from domain.accounts import EntryKind, PayerKind
from domain.ledger import Ended
from domain.money import Money
from states import debts as ask

ASKS = {"card": [{"action_required": {"completed_after": "never"}}]}
BOTH = [method("card"), method("other")]


def asked() -> Bench:
    """The bank wants the customer to authenticate the first attempt."""
    bench = Bench({"tok_card": ASKS["card"]}, methods=BOTH)
    assert isinstance(bench.charge(), ask.ActionRequired)
    bench.now += HOUR
    return bench


def test_a_message_about_another_method_gives_up_no_authentication() -> None:
    """The method is the attempt's, with the details it had: the customer goes on where they were."""
    bench = asked()
    assert isinstance(bench.look_up(), ask.ActionRequired)
    assert bench.calls("cancel") == []


def test_another_method_in_the_book_does() -> None:
    """The authentication of the old one is cancelled at the provider, and the debt is free for the new one."""
    bench = asked()
    bookkeeping.bind(bench.desk.book, PayerKind.SUBSCRIPTION, "m365", "other", charge_now=False)
    assert isinstance(bench.look_up(), ask.NotCharged)
    assert bench.attempts()[0].status.value == "not_charged"


def test_so_do_details_that_were_corrected_since() -> None:
    """What was asked of the bank was asked with the old ones."""
    bench = asked()
    corrected = replace(bench.method(), details_at=bench.now)
    bench.write(lambda pages: pages.put_method(corrected))
    assert isinstance(bench.look_up(), ask.NotCharged)


@pytest.mark.parametrize("amount", ["100.00", "0.01"], ids=["paid", "paid in part"])
def test_so_does_a_balance_below_what_was_asked_for(amount: str) -> None:
    """Law 2: nobody authenticates more than is owed; what is left is charged at the plan's next date."""
    bench = asked()
    bookkeeping.receive_payment(bench.desk.book, "F-1", Money.parse(amount, "NOK"), "wire", bench.now)
    answer = bench.look_up()
    assert isinstance(answer, ask.NotCharged)
    assert answer.debt.next_at == (bench.start + 3 * DAY + HOUR if answer.debt.balance else None)
    assert (bench.calls("cancel"), [notice.kind for notice in bench.notices()]) == (["F-1/1"], ["authenticate"])


def test_an_authentication_that_the_book_agrees_with_goes_on_as_it_was() -> None:
    """G23: the same deadline, and no further mail, whoever had it looked up."""
    bench = asked()
    before = bench.attempts()
    assert bench.look_up() == ask.ActionRequired(attempt=1, until=bench.start + 3 * DAY + HOUR)
    assert (bench.attempts(), len(bench.notices()), bench.calls("cancel")) == (before, 1, [])


def test_a_retry_gives_up_no_authentication_of_a_settlement() -> None:
    """Law 1: whoever began the attempt looks it up."""
    bench = asked()
    theirs = replace(bench.attempts()[0], begun_by="settle-balance/card")
    bench.write(lambda pages: pages.put_attempt(theirs))
    bookkeeping.receive_payment(bench.desk.book, "F-1", Money.parse("100.00", "NOK"), "wire", bench.now)
    assert bench.look_up() == ask.Unchanged()
    assert bench.calls("cancel") == []


@pytest.mark.parametrize("by", ["charge-retry/F-1", "settle-balance/card", ""], ids=["retried", "settled", "paid otherwise"])
def test_a_retry_that_begins_again_knows_whether_the_retries_charged_it(by: str) -> None:
    """The ledger says by what the debt ended: a charge of these retries, of another procedure, or a payment from outside."""
    bench = Bench()
    if by:
        bench.do(ask.Charge(invoice="F-1", attempt=1, slot=0), subject=by)
    else:
        bookkeeping.receive_payment(bench.desk.book, "F-1", Money.parse("100.00", "NOK"), "wire", bench.now)
    assert [entry.kind for entry in bench.entries()][-1] is EntryKind.PAYMENT
    bench.now += DAY
    assert bench.open() == ask.NothingDue(
        ended=Ended.PAID, collected=by == "charge-retry/F-1", account="fjord", time_zone="Europe/Oslo"
    )


def test_the_debt_counts_its_mails() -> None:
    """What an operator reads of a retry says how many mails there were: with the answer that wrote one, and when it is read."""
    bench = Bench({"tok_card": [{"decline": "insufficient_funds"}]})
    assert bench.open().debt.mails == 0
    assert bench.charge().debt.mails == len(bench.notices()) == 1
    assert bench.open().debt.mails == 1
