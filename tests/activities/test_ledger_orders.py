"""A credit or void that comes while an attempt is open waits in the book, and is booked in the transaction that ends it."""

from collections.abc import Callable
from typing import Any

import pytest
from bench import BANK_ACCOUNT, DAY, HOUR, Bench, Meddler, method

from activities import Desk, bookkeeping
from activities.bookkeeping import BookkeepingError, DoesNotFit, Receipt, Wake
from activities.charging import Fenced
from domain.accounts import AttemptStatus, EntryKind, LedgerOrder, SubscriptionStatus
from domain.ledger import Ended, balance
from domain.money import Money
from states import debts as ask
from states.charge_retry import BalanceChanged
from store.port import Pages

ACH = [method("card", BANK_ACCOUNT)]
BOOKED = Receipt((Wake("F-1", BalanceChanged()),))
WAITS = Receipt(BOOKED.wakes, waits_for=1)
BOUNCES = {"late": {"after": "2d", "then": {"decline": {"network": "R01"}}}}
CLEARS = {"late": {"after": "2d"}}


def credit(bench: Bench, amount: str, reference: str = "c") -> Receipt:
    return bookkeeping.credit(bench.desk.book, "F-1", Money.parse(amount, "NOK"), reference, bench.now)


def void(bench: Bench, reference: str = "v") -> Receipt:
    return bookkeeping.void(bench.desk.book, "F-1", reference, bench.now)


def orders(bench: Bench) -> list[LedgerOrder]:
    return list(bench.read(lambda pages: pages.ledger_orders("F-1")))


def booked(bench: Bench) -> list[tuple[EntryKind, int]]:
    return [(entry.kind, entry.amount) for entry in bench.entries() if entry.kind is not EntryKind.INVOICE]


def clearing(*steps: dict[str, Any]) -> Bench:
    """A bench whose first attempt, a bank debit, is clearing."""
    bench = Bench({"card": list(steps)}, methods=ACH)
    bench.charge()
    return bench


def test_credit_and_void_wait_for_an_attempt() -> None:
    """Law 6: they are accepted while an attempt is open or clearing, say which they wait for, and change no balance yet."""
    bench = clearing(CLEARS)
    assert credit(bench, "30.00") == WAITS
    assert void(bench) == WAITS
    assert [(order.kind, order.amount, order.attempt, order.is_waiting) for order in orders(bench)] == [
        (EntryKind.CREDIT, 3_000, 1, True),
        (EntryKind.VOID, None, 1, True),
    ]
    assert booked(bench) == []


def test_what_waited_is_booked_with_the_result_in_the_order_given() -> None:
    """Law 6: the credit first, then the void takes what is left; the answer shows the debt as it is after that."""
    bench = clearing(BOUNCES)
    credit(bench, "30.00")
    void(bench)
    bench.now += 3 * DAY
    answer = bench.look_up()
    assert isinstance(answer, ask.Declined)
    assert (answer.debt.balance, answer.debt.next_at) == (0, None)
    assert booked(bench) == [(EntryKind.CREDIT, -3_000), (EntryKind.VOID, -7_000)]
    assert [order.done_at for order in orders(bench)] == [bench.now, bench.now]
    assert bench.open() == ask.NothingDue(ended=Ended.VOIDED, account="fjord", time_zone="Europe/Oslo")
    assert (bench.credit(), bench.cases()) == (0, [])


def test_the_notice_of_a_failed_attempt_promises_nothing_when_nothing_is_owed() -> None:
    """Law 7: one notice for the failed attempt all the same, and none of it speaks of another attempt."""
    bench = clearing(BOUNCES)
    credit(bench, "100.00")
    bench.now += 3 * DAY
    bench.look_up()
    (notice,) = bench.notices()
    assert (notice.attempt, notice.next_at) == (1, None)


def test_a_credit_above_the_balance_becomes_account_credit_and_a_case() -> None:
    """Law 6: the attempt took everything meanwhile; what the credit has too much is the account's, never a refund."""
    bench = clearing(CLEARS)
    credit(bench, "30.00")
    bench.now += 3 * DAY
    assert isinstance(bench.look_up(), ask.Charged)
    assert booked(bench) == [(EntryKind.PAYMENT, -10_000)]
    assert bench.credit() == 3_000
    assert [(case.kind, case.facts) for case in bench.cases()] == [("paid-too-much", "30.00 NOK more than was owed")]


def test_a_waiting_credit_takes_what_is_still_owed_and_leaves_the_rest() -> None:
    """Law 6: a wire came while it waited."""
    bench = clearing(BOUNCES)
    credit(bench, "70.00")
    bookkeeping.receive_payment(bench.desk.book, "F-1", Money(6_000, "NOK"), "wire", bench.now)
    bench.now += 3 * DAY
    bench.look_up()
    assert (balance(bench.entries()), bench.credit()) == (0, 3_000)
    assert booked(bench) == [(EntryKind.PAYMENT, -6_000), (EntryKind.CREDIT, -4_000)]


def test_a_void_that_comes_too_late_is_an_operators_case() -> None:
    """Law 6: nothing is left to void, so nothing is booked and nothing refunded."""
    bench = clearing(CLEARS)
    void(bench)
    bench.now += 3 * DAY
    assert isinstance(bench.look_up(), ask.Charged)
    assert booked(bench) == [(EntryKind.PAYMENT, -10_000)]
    assert (bench.credit(), [case.kind for case in bench.cases()]) == (0, ["void-came-too-late"])
    assert void(bench) == Receipt(), "told again, it is known"
    with pytest.raises(DoesNotFit, match="nothing is left that a void could take"):
        void(bench, "another")


def test_a_debit_that_comes_back_later_leaves_the_balance_right() -> None:
    """Laws 6 and 8: what was charged is owed again; what waited was dealt with, and is not given again by itself."""
    bench = clearing(CLEARS | {"returned_after": {"after": "5d", "code": "R01"}})
    credit(bench, "30.00")
    void(bench)
    bench.now += 3 * DAY
    bench.look_up()
    assert (balance(bench.entries()), bench.credit()) == (0, 3_000)
    bench.now += 5 * DAY
    assert isinstance(bench.look_up(), ask.Reopened)
    assert (balance(bench.entries()), bench.credit()) == (10_000, 3_000)
    assert void(bench, "again") == BOOKED
    assert (balance(bench.entries()), bench.credit()) == (0, 3_000)


@pytest.mark.parametrize("ordered", [lambda bench: credit(bench, "40.00"), void], ids=["credit", "void"])
def test_an_order_told_again_is_booked_once(ordered: Callable[[Bench], Receipt]) -> None:
    """A reference names an order: while it waits, after it was booked, and when it never had to wait."""
    bench = clearing(BOUNCES)
    assert [ordered(bench), ordered(bench)] == [WAITS, Receipt(waits_for=1)]
    assert len(orders(bench)) == 1
    bench.now += 3 * DAY
    bench.look_up()
    once = booked(bench)
    assert ordered(bench) == Receipt()
    assert (booked(bench), len(once)) == (once, 1)
    at_once = Bench()
    assert [ordered(at_once), ordered(at_once)] == [BOOKED, Receipt()]
    assert len(booked(at_once)) == 1


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "70.01"])
def test_an_order_fits_what_is_left_beside_those_that_wait(amount: str) -> None:
    """Nobody is promised what another order takes already; what is refused leaves nothing behind."""
    bench = clearing(CLEARS)
    credit(bench, "30.00")
    with pytest.raises(DoesNotFit, match=r"does not fit what is left of the balance, 70.00 NOK"):
        credit(bench, amount, "more")
    void(bench)
    with pytest.raises(DoesNotFit, match="nothing is left that a credit could take"):
        credit(bench, "1.00", "more")
    with pytest.raises(BookkeepingError, match="F-1 is in NOK, not in EUR"):
        bookkeeping.credit(bench.desk.book, "F-1", Money(100, "EUR"), "euro", bench.now)
    with pytest.raises(BookkeepingError, match="there is no such invoice"):
        bookkeeping.credit(bench.desk.book, "F-9", Money(100, "NOK"), "c", bench.now)
    assert len(orders(bench)) == 2


# Every way in which an attempt ends.


@pytest.mark.parametrize(
    ("outcome", "answer", "state"),
    [
        ({"decline": "insufficient_funds"}, ask.Declined, AttemptStatus.DECLINED),
        ({"decline": "expired_card"}, ask.Declined, AttemptStatus.DECLINED),
        ({"decline": "invalid_amount"}, ask.Postponed, AttemptStatus.NOT_CHARGED),
    ],
    ids=["declined", "hard", "our own fault"],
)
def test_a_credit_given_in_the_middle_of_an_attempt_is_booked_with_its_answer(
    outcome: dict[str, Any], answer: type[Any], state: AttemptStatus
) -> None:
    """Law 1 and law 6: between two of its commits the attempt is open, and its own last commit books what waited."""
    bench = Bench({"card": [outcome]})
    told: list[Receipt] = []
    meddled = Desk(bench.desk.book, Meddler(bench.bank, "before confirm", lambda: told.append(credit(bench, "100.00"))))
    concluded = bench.charge(desk=meddled)
    assert told == [WAITS]
    assert isinstance(concluded, answer)
    assert (concluded.debt.balance, concluded.debt.next_at) == (0, None)
    assert [attempt.status for attempt in bench.attempts()] == [state]
    assert booked(bench) == [(EntryKind.CREDIT, -10_000)]


def test_what_waited_for_an_attempt_that_was_fenced_is_booked_by_the_look_up() -> None:
    """Law 3: the look-up that calls it not charged is what ends it; the worker that wakes late changes nothing."""
    bench = Bench()

    def meanwhile() -> None:
        assert void(bench) == WAITS
        answer = bench.look_up()
        assert isinstance(answer, ask.NotCharged)
        assert answer.debt.balance == 0

    with pytest.raises(Fenced):
        bench.charge(desk=Desk(bench.desk.book, Meddler(bench.bank, "after open", meanwhile)))
    assert booked(bench) == [(EntryKind.VOID, -10_000)]


@pytest.mark.parametrize("ordered", [lambda bench: credit(bench, "40.00"), void], ids=["credit", "void"])
def test_what_waits_for_an_authentication_ends_it(ordered: Callable[[Bench], Receipt]) -> None:
    """Law 6: nobody authenticates what is not to be paid any more; the order does not wait for the deadline."""
    bench = Bench({"card": [{"action_required": {"completed_after": "never"}}]})
    bench.charge()
    assert ordered(bench) == WAITS
    bench.now += HOUR
    answer = bench.look_up()
    assert isinstance(answer, ask.NotCharged)
    assert (bench.calls("cancel"), answer.debt.balance) == (["F-1/1"], balance(bench.entries()))
    assert [order.is_waiting for order in orders(bench)] == [False]


def test_an_order_that_comes_after_the_customer_has_authenticated_comes_too_late() -> None:
    """Law 6: the money was taken before anybody looked; nothing is refunded, an operator decides."""
    bench = Bench({"card": [{"action_required": {"completed_after": "2h"}}]})
    bench.charge()
    bench.now += 3 * HOUR
    assert void(bench) == WAITS
    assert isinstance(bench.look_up(), ask.Charged)
    assert (bench.calls("cancel"), [case.kind for case in bench.cases()]) == ([], ["void-came-too-late"])


def test_word_of_an_earlier_attempt_books_nothing_while_another_is_open() -> None:
    """Laws 1 and 8: the first debit comes back while the second clears; what waits, waits for the second."""
    bench = clearing(CLEARS | {"returned_after": {"after": "5d", "code": "R01"}}, CLEARS)
    bookkeeping.receive_payment(bench.desk.book, "F-1", Money(6_000, "NOK"), "wire", bench.now)
    bench.now += 3 * DAY
    bench.look_up()
    second = bench.elsewhere(n=2, status=AttemptStatus.CLEARING, amount=100, begun_by="charge-retry/F-1")
    bench.now += 5 * DAY
    bench.look_up()
    assert balance(bench.entries()) == 4_000
    assert credit(bench, "10.00").waits_for == second.n
    assert isinstance(bench.look_up(), ask.Declined), "the first, told again"
    assert orders(bench)[0].is_waiting


def test_a_subscription_is_active_again_when_what_waited_settles_its_debt() -> None:
    """G72: whatever settles the last debt that ran out, the subscription pays again."""
    bench = clearing(BOUNCES)
    bench.write(lambda pages: pages.put_subscription(_past_due(pages)))
    void(bench)
    bench.now += 3 * DAY
    bench.look_up()
    assert bench.subscription().status is SubscriptionStatus.ACTIVE


def _past_due(pages: Pages) -> Any:
    found = pages.subscription("m365")
    assert found is not None
    fields = {name: getattr(found, name) for name in found.__slots__}
    return type(found)(**{**fields, "status": SubscriptionStatus.PAST_DUE})
