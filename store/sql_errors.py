"""Says what a database refuses in the book's own words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from store.errors import BookConflict

_READ_ONLY: Final = "25006"
"""PostgreSQL's state of a transaction that was announced as one that reads."""


def told(error: DBAPIError) -> str:
    """What the driver says, in one line: the lines after it may repeat the row."""
    return str(error.orig).strip().partition("\n")[0]


def writes(error: DBAPIError) -> bool:
    """Whether the database refuses it because only reading was announced: SQLite by its code, PostgreSQL by its state."""
    refused = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_READONLY
    return refused or getattr(error.orig, "sqlstate", "") == _READ_ONLY


@contextmanager
def in_the_books_words(table: str, key: Any) -> Iterator[None]:
    """Say `BookConflict` for what the database refuses; what a column refuses (a naive instant) says its own error.

    The database's own error is not its cause: PostgreSQL repeats the value that it refuses, a token or a name, in what it says.
    """
    try:
        yield
    except IntegrityError as error:
        cause = told(error)
        message = f"{table} {key}: it names a record the book does not have, or repeats what must be unique ({cause})"
        raise BookConflict(message) from None
    except DBAPIError:
        raise
    except StatementError as error:
        if isinstance(error.orig, ValueError):
            raise error.orig from None
        raise
