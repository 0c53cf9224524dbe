"""The books that effects on payment methods are tried on."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from shutil import copyfile

import pytest
from method_office import Office

from store.memory import MemoryBook
from store.port import Book
from store.sql import SqlBook


@pytest.fixture(scope="session")
def new_book_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new book's file, to be copied: making one takes longer than most tests."""
    file = tmp_path_factory.mktemp("new") / "book.db"
    SqlBook.create(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def book_file(new_book_file: Path, tmp_path: Path) -> str:
    """The address of a new book in a file."""
    return f"sqlite:///{copyfile(new_book_file, tmp_path / 'book.db')}"


@pytest.fixture(params=["memory", "sqlite"])
def kept(request: pytest.FixtureRequest) -> Iterator[Book]:
    """A new book of each kind."""
    if request.param == "memory":
        yield MemoryBook()
        return
    with closing(SqlBook(request.getfixturevalue("book_file"))) as book:
        yield book


@pytest.fixture
def office(kept: Book) -> Office:
    """The account, its people and its methods, without anything that pays."""
    return Office(kept)
