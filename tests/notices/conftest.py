"""An account with one debt, and notices about it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.accounts import Account, Entry, EntryKind, Invoice, Method, MethodKind, PayerKind, Person, Subscription
from domain.notices import Notice, NoticeKind, pre_notification
from store.memory import MemoryBook

START = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture
def start() -> datetime:
    """Monday 23 November 2026, nine o'clock in Oslo."""
    return START


@pytest.fixture
def account() -> Account:
    return Account("acc-1", "Fjordlys AS", "NO", language="nb", time_zone="Europe/Oslo")


@pytest.fixture
def notice() -> Notice:
    """A declined attempt with another one three days later."""
    return Notice(
        message_id="<declined.INV-1.2@paystates.example>",
        account_id="acc-1",
        invoice_id="INV-1",
        kind=NoticeKind.DECLINED,
        language="nb",
        recipients=("anna@fjordlys.example", "bo@fjordlys.example"),
        created_at=START,
        amount=149_500,
        currency="NOK",
        attempt=2,
        method="visa:4242",
        reason="insufficient_funds",
        customer_action="retry",
        next_at=START + timedelta(days=3),
    )


@pytest.fixture
def book(account: Account) -> MemoryBook:
    """The account owes 1 495,00 kr."""
    made = MemoryBook()
    with made.transaction() as pages:
        pages.put_account(account)
        konto = Method("konto", account.id, MethodKind.BANK_ACCOUNT, "sepa", "tok", "3000", "NO", "anna", START)
        pages.put_person(Person("anna", account.id, "Anna", "anna@fjordlys.example"))
        pages.put_method(konto)
        pages.put_subscription(Subscription("sub-1", account.id, "Business Basic", method_id="konto"))
        pages.put_invoice(Invoice("INV-1", account.id, PayerKind.SUBSCRIPTION, "sub-1", "NOK", date(2026, 11, 20)))
        pages.add_entry(Entry("INV-1/invoice", "INV-1", EntryKind.INVOICE, 149_500, START - timedelta(days=3)))
    return made


@pytest.fixture
def write(book: MemoryBook) -> Callable[..., None]:
    """Write notices into the book."""

    def put(*notices: Notice) -> None:
        with book.transaction() as pages:
            for each in notices:
                assert pages.add_notice(each)

    return put


@pytest.fixture
def pay(book: MemoryBook) -> Callable[[int], None]:
    """Book a payment of that many øre."""

    def put(amount: int) -> None:
        with book.transaction() as pages:
            pages.add_entry(Entry(f"payment/{amount}", "INV-1", EntryKind.PAYMENT, -amount, START + timedelta(hours=1)))

    return put


@pytest.fixture
def one_of_each(notice: Notice) -> list[Notice]:
    """A notice of each kind, about the same debt; the debit is announced of the method that is bound to it."""
    announced = f"INV-1/{pre_notification(date(2026, 11, 26), 149_500, 'konto')}"
    names = {kind: f"<{kind}.INV-1@paystates.example>" for kind in NoticeKind} | {NoticeKind.PRE_NOTIFICATION: announced}
    return [
        replace(notice, kind=kind, message_id=names[kind], created_at=START + timedelta(seconds=n))
        for n, kind in enumerate(NoticeKind)
    ]
