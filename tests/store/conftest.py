"""The books under test: in memory, on an SQLite file, and on PostgreSQL."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import copyfile

import pytest

from domain.accounts import (
    Account,
    Attempt,
    AttemptStatus,
    Initiator,
    Invoice,
    Method,
    MethodKind,
    PayerKind,
    Person,
)
from store.memory import MemoryBook
from store.port import Book
from store.sql import SqlBook

T0 = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture(scope="session")
def new_file(tmp_path_factory) -> Path:
    """A new book's file, to be copied: making one takes longer than most tests."""
    file = tmp_path_factory.mktemp("new") / "book.db"
    SqlBook.create(f"sqlite:///{file}").close()
    return file


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def book(request, tmp_path, new_file) -> Iterator[Book]:
    """A new book of each kind."""
    match request.param:
        case "memory":
            yield MemoryBook()
        case "sqlite":
            with closing(SqlBook(f"sqlite:///{copyfile(new_file, tmp_path / 'book.db')}")) as kept:
                yield kept
        case "postgres":
            with closing(SqlBook(request.getfixturevalue("new_postgres_book")())) as kept:
                yield kept


@pytest.fixture
def fill():
    """Write an account, its administrator, two cards and two invoices into a book."""

    def written(book: Book) -> Book:
        with book.transaction() as pages:
            pages.put_account(Account("fjord", "Fjord AS", "NO"))
            pages.put_person(Person("ann", "fjord", "Ann", "ann@fjord.example"))
            for name in ("card_1", "card_2"):
                pages.put_method(Method(name, "fjord", MethodKind.CARD, "visa", f"tok_{name}", "4242", "NO", "ann", T0))
            for name in ("inv_1", "inv_2"):
                pages.put_invoice(Invoice(name, "fjord", PayerKind.SUBSCRIPTION, "sub_1", "NOK", date(2026, 3, 1)))
        return book

    return written


@pytest.fixture
def filled(book, fill) -> Book:
    return fill(book)


@pytest.fixture
def attempt():
    """Make the first attempt of inv_1, reserved, with the changes asked for."""
    first = Attempt(
        invoice_id="inv_1",
        n=1,
        status=AttemptStatus.RESERVED,
        method_id="card_1",
        network="visa",
        amount=149500,
        currency="NOK",
        initiator=Initiator.MERCHANT,
        begun_by="paystates",
        reserved_at=T0,
    )
    return lambda **changes: replace(first, **changes)
