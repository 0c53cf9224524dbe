"""What happens outside any procedure: each deed is one transaction, keeps the ledger's laws, and says whom to wake."""

from typing import Any

import pytest
from bench import BANK_ACCOUNT, DAY, HOUR, Bench, invoice, method

from activities import bookkeeping
from activities.bookkeeping import BookkeepingError, DoesNotFit, Wake
from domain.accounts import EntryKind, LedgerOrder, PayerKind, Standing, SubscriptionStatus
from domain.ledger import balance
from domain.money import Money
from gateways.port import Notification
from states import debts as ask
from states.charge_retry import BalanceChanged, DetailsUpdated, MethodReplaced, ProviderNotified

ACH = [method("card", BANK_ACCOUNT)]


def nok(text: str) -> Money:
    return Money.parse(text, "NOK")


def receive(bench: Bench, amount: str, reference: str = "wire") -> list[Wake]:
    return bookkeeping.receive_payment(bench.desk.book, "F-1", nok(amount), reference, bench.now)


def bind(bench: Bench, name: str, *, charge_now: bool = False) -> list[Wake]:
    return bookkeeping.bind(bench.desk.book, PayerKind.SUBSCRIPTION, "m365", name, charge_now=charge_now)


def test_what_is_too_much_becomes_credit_and_a_case() -> None:
    """Law 6: never a negative balance, never an automatic refund."""
    bench = Bench()
    assert receive(bench, "130.00") == [Wake("F-1", BalanceChanged())]
    assert balance(bench.entries()) == 0
    assert bench.credit() == 3_000
    assert [case.kind for case in bench.cases()] == ["paid-too-much"]


def test_a_payment_told_twice_is_booked_once() -> None:
    """A reference names a transfer."""
    bench = Bench()
    receive(bench, "60.00")
    receive(bench, "60.00")
    assert balance(bench.entries()) == 4_000
    receive(bench, "60.00", "another")
    assert (balance(bench.entries()), bench.credit()) == (0, 2_000)


def test_another_amount_under_the_same_reference_is_other_money_and_is_not_lost() -> None:
    """Whoever tells it hears of it: taken for told twice, it would stand nowhere. Also of what became account credit."""
    bench = Bench()
    receive(bench, "130.00")
    assert receive(bench, "130.00") == []
    with pytest.raises(BookkeepingError, match="booked with another amount: give what is new a reference of its own"):
        receive(bench, "100.00")
    assert (balance(bench.entries()), bench.credit()) == (0, 3_000)


@pytest.mark.parametrize("waits", [False, True])
def test_another_credit_under_the_same_reference_is_not_lost(*, waits: bool) -> None:
    """Whether it is booked, or waits for an attempt."""
    bench = Bench()
    if waits:
        with bench.desk.book.transaction() as pages:
            pages.add_ledger_order(LedgerOrder("F-1/credit/c", "F-1", EntryKind.CREDIT, 1_000, 1, bench.now))
    else:
        bookkeeping.credit(bench.desk.book, "F-1", nok("10.00"), "c", bench.now)
    bookkeeping.credit(bench.desk.book, "F-1", nok("10.00"), "c", bench.now)
    with pytest.raises(BookkeepingError, match="booked with another amount"):
        bookkeeping.credit(bench.desk.book, "F-1", nok("20.00"), "c", bench.now)


def test_money_is_never_converted() -> None:
    """Law 6: one currency a debt."""
    bench = Bench()
    with pytest.raises(BookkeepingError, match="F-1 is in NOK, not in EUR"):
        bookkeeping.receive_payment(bench.desk.book, "F-1", Money(1, "EUR"), "wire", bench.now)
    with pytest.raises(BookkeepingError, match="there is no such invoice"):
        bookkeeping.void(bench.desk.book, "F-9", "void", bench.now)


@pytest.mark.parametrize("amount", ["0.00", "100.01", "-1.00"])
def test_a_credit_fits_the_balance(amount: str) -> None:
    """A debt is a ledger: it never goes below zero."""
    bench = Bench()
    with pytest.raises(DoesNotFit, match=r"of the balance, 100.00 NOK: give a positive amount up to that"):
        bookkeeping.credit(bench.desk.book, "F-1", nok(amount), "c", bench.now)
    assert [entry.kind for entry in bench.entries()] == [EntryKind.INVOICE]


def test_a_rehearsal_tells_what_does_not_fit_from_what_cannot_be_booked() -> None:
    """Each has a code of its own, and neither stops the rehearsal."""
    bench = Bench({"card": ["succeed"]})
    report = bench.play(
        {"at": "0d", "credit": {"amount": "100.01"}, "refused": ["DOES_NOT_FIT"]},
        {"at": "0d", "add_method": {"method": method("card")}, "refused": ["NOT_BOOKED"]},
    )
    assert report.failures == []


def test_excess_that_is_charged_back_is_taken_back_too() -> None:
    """Laws 6 and 8: what a reversed attempt left as account credit is gone again, and only its payment reopens the debt."""
    bench = Bench({"card": [{"late": {"after": "2d"}, "returned_after": {"after": "5d", "code": "R01"}}]}, methods=ACH)
    bench.charge()
    receive(bench, "60.00")
    bench.now += 3 * DAY
    assert isinstance(bench.look_up(), ask.Charged)
    assert (balance(bench.entries()), bench.credit()) == (0, 6_000)
    bench.now += 5 * DAY
    assert isinstance(bench.look_up(), ask.Reopened)
    assert (balance(bench.entries()), bench.credit()) == (4_000, 0)
    assert isinstance(bench.look_up(), ask.Declined)
    assert (balance(bench.entries()), bench.credit()) == (4_000, 0)


def test_a_past_due_subscription_is_active_again_once_nothing_is_owed() -> None:
    """Exhausted debts stay settleable: when the last of them is paid, whatever by, the subscription pays again (G72)."""
    bench = Bench({"card": [{"decline": "insufficient_funds"}]}, invoices=[invoice("F-1"), invoice("F-2")])
    bench.play()
    assert bench.subscription().status is SubscriptionStatus.PAST_DUE
    receive(bench, "100.00")
    assert bench.subscription().status is SubscriptionStatus.PAST_DUE
    bookkeeping.void(bench.desk.book, "F-2", "v", bench.now)
    assert bench.subscription().status is SubscriptionStatus.ACTIVE


def test_a_disabled_subscription_is_not_made_active_by_a_payment() -> None:
    """G66: a chargeback disables it; paying does not undo that by itself."""
    bench = Bench({"card": [{"charged_back_after": "2d"}]})
    bench.play()
    receive(bench, "100.00")
    assert bench.subscription().status is SubscriptionStatus.DISABLED


def test_binding_wakes_the_payers_debts_only() -> None:
    """U11: retry is per invoice; what another subscription owes is not touched, nor what is paid."""
    subscriptions = [{"id": name, "name": name, "method": "card"} for name in ("m365", "visio")]
    invoices = [invoice("F-1"), invoice("F-2", subscription="visio"), invoice("F-3")]
    bench = Bench(subscriptions=subscriptions, invoices=invoices, methods=[method("card"), method("new")])
    bookkeeping.void(bench.desk.book, "F-3", "v", bench.now)
    assert bind(bench, "new") == [Wake("F-1", MethodReplaced())]
    corrected = bookkeeping.correct_details(bench.desk.book, "card", bench.now)
    assert corrected == [Wake("F-2", DetailsUpdated())]


def test_a_debt_that_was_collected_is_collected_again_when_asked() -> None:
    """U6: replacing offers to charge now; a debt that was never begun is not begun by it."""
    bench = Bench(methods=[method("card"), method("new")], invoices=[invoice("F-1"), invoice("F-2")])
    bench.open()
    woken = bind(bench, "new", charge_now=True)
    assert [(wake.invoice, wake.starts) for wake in woken] == [("F-1", {"invoice": "F-1", "charge_now": True}), ("F-2", None)]
    assert not any(wake.starts for wake in bind(bench, "card"))


def test_a_method_that_is_bound_already_is_no_news() -> None:
    """U13: whoever binds it again buys no further attempt; only that it is to be charged now is told (U6)."""
    bench = Bench(
        kind="MCA",
        billing_profiles=[{"id": "drift", "name": "Drift", "method": "card"}],
        invoices=[invoice("F-1"), {**invoice("F-2"), "subscription": None, "billing_profile": "drift"}],
    )
    assert bind(bench, "card") == []
    assert bookkeeping.bind(bench.desk.book, PayerKind.PROFILE, "drift", "card") == []
    assert [wake.action for wake in bind(bench, "card", charge_now=True)] == [MethodReplaced(charge_now=True)]


def test_only_the_accounts_own_methods_are_bound() -> None:
    """Law 4: nobody is charged on somebody else's card; a subscription behind a profile pays through that."""
    bench = Bench(
        kind="MCA",
        billing_profiles=[{"id": "drift", "name": "D", "method": "card"}],
        subscriptions=[{"id": "m365", "name": "M", "method": "card"}, {"id": "azure", "name": "A", "billing_profile": "drift"}],
    )
    other = bench.method()
    stranger = {"id": "theirs", "token": "tok_theirs", "account_id": "other"}
    account = bench.read(lambda pages: pages.account("fjord"))
    assert account is not None

    def somebody_else(pages: Any) -> None:
        pages.put_account(type(account)("other", "Other AS", "NO"))
        fields = {name: getattr(other, name) for name in other.__slots__}
        pages.put_method(type(other)(**{**fields, **stranger}))

    bench.write(somebody_else)
    book = bench.desk.book
    with pytest.raises(BookkeepingError, match="theirs is not a payment method of account fjord"):
        bookkeeping.bind(book, PayerKind.SUBSCRIPTION, "m365", "theirs")
    with pytest.raises(BookkeepingError, match="theirs is not a payment method of account fjord"):
        bookkeeping.bind(book, PayerKind.PROFILE, "drift", "theirs")
    with pytest.raises(BookkeepingError, match="pays through billing profile drift: bind the method to that"):
        bookkeeping.bind(book, PayerKind.SUBSCRIPTION, "azure", "card")
    with pytest.raises(BookkeepingError, match="there is no such payment method"):
        bookkeeping.bind(book, PayerKind.SUBSCRIPTION, "m365", "none")
    with pytest.raises(BookkeepingError, match="there is no such billing profile"):
        bookkeeping.bind(book, PayerKind.PROFILE, "none", "card")
    assert bench.subscription().method_id == "card"


@pytest.mark.parametrize(
    ("decline", "after"),
    [("expired_card", Standing.GOOD), ("stolen_card", Standing.FINISHED)],
)
def test_corrected_details_revive_only_what_they_can(decline: str, after: Standing) -> None:
    """C9: a method declined `fix` is good again, one declined `never` stays finished."""
    bench = Bench({"card": [{"decline": decline}]})
    bench.charge()
    bookkeeping.correct_details(bench.desk.book, "card", bench.now + HOUR)
    assert bench.method().standing is after


def test_a_cancelled_subscription_still_owes() -> None:
    """Law 6: cancelling voids nothing, and wakes nobody."""
    bench = Bench()
    assert bookkeeping.cancel_subscription(bench.desk.book, "m365") == []
    assert balance(bench.entries()) == 10_000


def test_a_method_is_added_to_nothing() -> None:
    """G16: it is on file, bound to nothing; an id is given once."""
    bench = Bench()
    with pytest.raises(BookkeepingError, match="there is a payment method of that id already"):
        bookkeeping.add_method(bench.desk.book, bench.method())


# Notifications.


def notified(bench: Bench, kind: str, **names: str) -> list[Wake]:
    return bookkeeping.hear(bench.desk.book, Notification("n", kind, bench.now, **names), bench.now)


@pytest.mark.parametrize(
    ("kind", "wakes", "starts"),
    [
        ("intent.processing", False, False),
        ("intent.succeeded", True, True),
        ("intent.declined", True, False),
        ("intent.returned", True, True),
        ("intent.charged_back", True, True),
    ],
)
def test_news_wakes_and_old_news_does_not(kind: str, wakes: bool, starts: bool) -> None:  # noqa: FBT001 - a table of answers
    """Law 2: a notification carries no facts. Money that moved without the book's knowledge begins a run when none is there."""
    bench = Bench({"card": [{"late": {"after": "2d"}}]}, methods=ACH)
    bench.charge()
    (attempt,) = bench.attempts()
    woken = notified(bench, kind, intent_id=attempt.intent_id or "")
    begins = {"invoice": "F-1", "hint": 1} if starts else None
    assert woken == ([Wake("F-1", ProviderNotified(attempt=1), starts=begins)] if wakes else [])


def test_what_is_not_ours_wakes_nobody() -> None:
    """A provider may tell of charges that we never made."""
    bench = Bench()
    assert notified(bench, "intent.succeeded", intent_id="in_7") == []
    assert notified(bench, "method.gone", token="tok_7") == []


def test_a_late_success_after_a_return_begins_nothing() -> None:
    """Reordered notifications: the debt came back already; the old success is no new money (law 8)."""
    step = {"late": {"after": "1d"}, "returned_after": {"after": "2d", "code": "R01"}}
    bench = Bench({"card": [step]}, methods=ACH)
    bench.charge()
    bench.now += 2 * DAY
    bench.look_up()
    bench.now += 2 * DAY
    bench.look_up()
    (attempt,) = bench.attempts()
    assert [wake.starts for wake in notified(bench, "intent.succeeded", intent_id=attempt.intent_id or "")] == [None]


def test_a_method_the_provider_lost_is_gone() -> None:
    """U7: believing that can only keep us from charging."""
    bench = Bench({"card": ["unexpected"]})
    assert notified(bench, "method.gone", token="tok_card") == []
    assert bench.method().standing is Standing.GONE
    assert isinstance(bench.charge(), ask.MethodNeeded)
