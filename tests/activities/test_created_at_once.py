"""Two who create the same at once, on PostgreSQL: it is created once, and the other is told what it would be told later.

Nothing is there yet that the look before could lock. Either the one is about to commit when the other begins, or it comes and
goes between the other's look and its writing.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

import pytest
from method_office import NOW, Office, card
from two_transactions import Deed, carried_out, crossed, overtaken

from activities import bookkeeping, registering
from activities.adding import method_id
from activities.bookkeeping import BookkeepingError
from domain.accounts import (
    Account,
    AccountKind,
    BillingProfile,
    Grant,
    Invoice,
    MethodKind,
    PayerKind,
    Person,
    Role,
    Subscription,
)
from domain.money import Money
from states import methods as ask
from states.facts import NewMethod
from store.files import read_book, write_book
from store.port import Pages
from store.sql import SqlBook

AtOnce = Callable[[str, Deed, Deed], tuple[Any, Any]]

INVOICE = Invoice("F-1", "fjord", PayerKind.SUBSCRIPTION, "one", "NOK", date(2026, 11, 2))


def opened(account: Account) -> Deed:
    return lambda book: registering.open_account(book, account, NOW, actor="crm")


def subscribed(subscription: Subscription) -> Deed:
    return lambda book: registering.register_subscription(book, subscription, NOW, actor="crm")


def profiled(profile: BillingProfile) -> Deed:
    return lambda book: registering.register_profile(book, profile, NOW, actor="crm")


def issued(invoice: Invoice, amount: str = "100.00") -> Deed:
    return lambda book: registering.issue_invoice(book, invoice, Money.parse(amount, "NOK"), NOW, actor="billing")


def registered(person: Person) -> Deed:
    return lambda book: registering.register_person(book, person, NOW, actor="crm")


def changed(**changes: object) -> Deed:
    return lambda book: registering.change_account(book, "fjord", changes, NOW, actor="crm")


@dataclass(frozen=True)
class Creation:
    """Something that is created, another of the same id, where it is found, and what its journal is about."""

    deed: Callable[[Any], Deed]
    told: Any
    differences: dict[str, Any]
    found: Callable[[Pages, str], Any]
    about: str


CREATIONS = {
    "account": Creation(
        opened, Account("elv", "Elv AS", "NO"), {"country": "SE"}, lambda pages, name: pages.account(name), "account"
    ),
    "subscription": Creation(
        subscribed,
        Subscription("s-1", "fjord", "One"),
        {"method_id": "new"},
        lambda pages, name: pages.subscription(name),
        "subscription",
    ),
    "billing profile": Creation(
        profiled,
        BillingProfile("bp-1", "fjord", "Main"),
        {"method_id": "new"},
        lambda pages, name: pages.profile(name),
        "billing_profile",
    ),
    "invoice": Creation(issued, INVOICE, {"payer_id": "two"}, lambda pages, name: pages.invoice(name), "invoice"),
}


@pytest.fixture(params=[crossed, overtaken])
def at_once(request: pytest.FixtureRequest) -> AtOnce:
    """Two deeds at once."""
    both: AtOnce = request.param
    return both


@pytest.fixture
def url(new_postgres_book: Callable[[], str]) -> str:
    return new_postgres_book()


@pytest.fixture
def office(url: str) -> Iterator[Office]:
    """An MCA account, in which `one` and `two` pay with `old`."""
    with closing(SqlBook(url)) as book:
        made = Office(book, kind=AccountKind.MCA)
        made.subscribe("one", "two")
        yield made


def noted(office: Office, about: str) -> list[str]:
    """What the journal has of it."""
    return [row.event_kind for row in office.journal(f"book/{about}")]


@pytest.mark.parametrize("what", CREATIONS)
def test_another_of_the_same_id_is_refused(what: str, at_once: AtOnce, office: Office, url: str) -> None:
    """What was created first stays: whose it is, what it pays with, who owes it (law 6)."""
    made = CREATIONS[what]
    another = replace(made.told, **made.differences)
    first, second = at_once(url, made.deed(made.told), made.deed(another))

    assert first == made.told
    assert isinstance(second, BookkeepingError)
    assert f"{what} {made.told.id} is in the book already, with other details" in str(second)
    assert office.read(lambda pages: made.found(pages, made.told.id)) == made.told
    assert len(noted(office, f"{made.about}/{made.told.id}")) == 1


@pytest.mark.parametrize("what", CREATIONS)
def test_the_same_told_again_changes_nothing(what: str, at_once: AtOnce, office: Office, url: str) -> None:
    made = CREATIONS[what]
    assert at_once(url, made.deed(made.told), made.deed(made.told)) == (made.told, made.told)
    assert len(noted(office, f"{made.about}/{made.told.id}")) == 1


def test_an_invoice_of_another_amount_is_refused(at_once: AtOnce, office: Office, url: str) -> None:
    """Law 6: an amount is never changed, and the ledger begins once."""
    _, second = at_once(url, issued(INVOICE), issued(INVOICE, "999.00"))
    assert isinstance(second, BookkeepingError)
    assert str(second) == "F-1 is issued with another amount: credit it, or issue another invoice"
    assert [entry.amount for entry in office.read(lambda pages: pages.entries("F-1"))] == [10_000]


def test_a_method_of_an_id_that_is_taken_is_refused(at_once: AtOnce, office: Office, url: str) -> None:
    """The first one's token stays, and with it what is charged."""
    mine, other = card("third"), card("third", token="tok_other")
    first, second = at_once(url, *(partial(bookkeeping.add_method, method=one, now=NOW) for one in (mine, other)))
    assert first == []
    assert isinstance(second, BookkeepingError)
    assert str(second) == "third: there is a payment method of that id already: choose another id"
    assert office.read(lambda pages: pages.method("third")) == mine
    assert noted(office, "method/third") == ["method_added"]


def test_what_one_request_adds_twice_is_added_once(office: Office, url: str) -> None:
    """Also when a worker that was thought dead adds it at the same moment."""
    new = NewMethod(
        token="tok_fresh", kind=MethodKind.CARD, network="visa", last4="5100", country="NO", expires=date(2030, 1, 31)
    )
    request = ask.AddMethod(request="fjord/r1", account="fjord", new=new, actor="anna")
    deed = carried_out(office, request, "add-method/fjord/r1")
    first, second = overtaken(url, deed, carried_out(office, request, "add-method/fjord/r1", run="2"))
    assert [type(one) for one in (first, second)] == [ask.Added] * 2
    assert {first.method, second.method} == {method_id("fjord/r1")}


def test_a_person_of_another_account_is_not_taken_over(at_once: AtOnce, office: Office, url: str) -> None:
    office.write(lambda pages: pages.put_account(Account("elv", "Elv AS", "NO")))
    eva = Person("eva", "fjord", "Eva", "eva@fjord.example")
    _, second = at_once(url, registered(eva), registered(replace(eva, account_id="elv")))
    assert isinstance(second, BookkeepingError)
    assert office.read(lambda pages: pages.person("eva")) == eva


def test_a_person_who_is_told_with_other_details_is_changed(at_once: AtOnce, office: Office, url: str) -> None:
    """As when it comes later: details of a person are no creation of their own."""
    eva = Person("eva", "fjord", "Eva", "eva@fjord.example")
    at_once(url, registered(eva), registered(replace(eva, name="Eva E")))
    assert office.read(lambda pages: pages.person("eva")) == replace(eva, name="Eva E")
    assert noted(office, "person/eva") == ["person_registered", "person_changed"]


@pytest.mark.parametrize(
    ("deed", "kind"), [(registering.give_role, "role_given"), (registering.take_role, "role_taken")], ids=["given", "taken"]
)
def test_a_role_is_given_and_taken_once(deed: Callable[..., None], kind: str, office: Office, url: str) -> None:
    role = Role.GLOBAL_ADMIN if kind == "role_given" else Role.BILLING_ADMIN
    both = partial(deed, grant=Grant("bo", role, "fjord"), now=NOW, actor="crm")
    assert crossed(url, both, both) == (None, None)
    assert noted(office, "person/bo") == [kind]


def test_two_changes_of_one_account_are_both_made(office: Office, url: str) -> None:
    crossed(url, changed(name="Fjord ASA"), changed(language="nb"))
    account = office.read(lambda pages: pages.account("fjord"))
    assert account is not None
    assert (account.name, account.language) == ("Fjord ASA", "nb")


FILE = """
accounts:
  - id: elv
    name: Elv AS
    country: "NO"
    people: [{{id: eva, name: Eva, email: eva@elv.example, roles: [{{role: global_admin}}]}}]
    methods:
      - {{id: e-1, added_by: eva, added: -30d,
         card: {{brand: visa, last4: "4242", expires: "2031-01"}}}}
    subscriptions: [{{id: e-s, name: One, method: e-1}}]
    invoices: [{{id: E-1, subscription: e-s, amount: "{amount}", currency: NOK, billing_date: 2026-11-02}}]
"""


def imported(amount: str) -> Deed:
    return lambda book: write_book(read_book(FILE.format(amount=amount), "book.yaml", NOW.date()), book, NOW)


def test_of_two_imports_of_one_file_the_second_finds_everything_there(at_once: AtOnce, office: Office, url: str) -> None:
    first, second = at_once(url, imported("100.00"), imported("100.00"))
    assert sum(first.added.values()) == 7
    assert (second.added, second.unchanged, second.left) == ({}, 7, ())
    assert noted(office, "account/elv") == ["imported"]


def test_of_two_imports_that_contradict_each_other_the_second_is_refused(at_once: AtOnce, office: Office, url: str) -> None:
    _, second = at_once(url, imported("100.00"), imported("999.00"))
    assert "entry E-1/invoice has the amount 10000 in the book, but 99900 (minor units) in the file" in str(second)
    assert [entry.amount for entry in office.read(lambda pages: pages.entries("E-1"))] == [10_000]
