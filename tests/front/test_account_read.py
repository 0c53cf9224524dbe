"""The pages of one account that are asked everything once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.accounts import PayerKind
from paystates.front.account_read import read_once
from store.files import read_book, write_book
from store.memory import MemoryBook
from store.port import Pages

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
BOOK = """
accounts:
  - id: a
    name: A AS
    country: "NO"
    kind: MCA
    people:
      - {id: ann, name: Ann, email: ann@a.example}
    methods:
      - {id: paid, card: {brand: visa, last4: "0001", expires: "2040-04"}, added_by: ann}
      - {id: owing, card: {brand: visa, last4: "0002", expires: "2040-04"}, added_by: ann}
      - {id: unused, card: {brand: visa, last4: "0003", expires: "2040-04"}, added_by: ann}
    billing_profiles:
      - {id: bp-2, name: Second, method: owing}
      - {id: bp-1, name: First, method: owing}
    subscriptions:
      - {id: s-2, name: Second, method: owing}
      - {id: s-1, name: First, method: paid}
      - {id: s-3, name: Third, billing_profile: bp-1}
    invoices:
      - {id: I-1, subscription: s-2, amount: "1.00", currency: NOK, billing_date: -3d}
      - {id: I-2, billing_profile: bp-1, amount: "2.00", currency: NOK, billing_date: -2d}
  - id: b
    name: B AS
    country: "NO"
    people:
      - {id: bo, name: Bo, email: bo@b.example}
    methods:
      - {id: theirs, card: {brand: visa, last4: "0004", expires: "2040-04"}, added_by: bo}
    subscriptions:
      - {id: t-1, name: Theirs, method: theirs}
"""


@pytest.fixture
def book() -> MemoryBook:
    made = MemoryBook()
    write_book(read_book(BOOK, "book", NOW.date()), made, NOW)
    return made


def everything(pages: Pages) -> list[Any]:
    """What is asked of an account's methods and payers, in the words of the port."""
    of_methods = [
        (
            pages.method(one),
            list(pages.payers_on(one, limit=2)),
            pages.count_payers(one).get(PayerKind.PROFILE, 0),
            pages.count_payers(one).get(PayerKind.SUBSCRIPTION, 0),
            list(pages.due_on(one)),
            list(pages.due_on(one, "I-1", limit=5, retried=True)),
            list(pages.attempts_on(one, NOW - timedelta(days=1))),
        )
        for one in ("paid", "owing", "unused")
    ]
    return [of_methods, [pages.subscription(one) for one in ("s-1", "s-3", "t-1", "none")], pages.method("theirs")]


def test_it_answers_as_the_book_does_also_of_what_is_anothers(book: MemoryBook):
    with book.reading() as pages:
        assert everything(read_once(pages, "a")) == everything(pages)


def test_the_same_is_asked_once(book: MemoryBook, monkeypatch: pytest.MonkeyPatch):
    with book.reading() as pages:
        once = read_once(pages, "a")
        first = [once.person("ann"), once.entries("I-1")]
        monkeypatch.setattr(type(pages), "person", None)
        monkeypatch.setattr(type(pages), "entries", None)
        assert [once.person("ann"), once.entries("I-1")] == first
