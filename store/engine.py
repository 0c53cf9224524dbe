"""How a database is opened for the account book: its address understood, and SQLite set up as money needs it."""

import sqlite3
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from store.errors import BookUnusable

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor

BUSY_SECONDS: Final = 15
"""How long a transaction on SQLite waits for other processes before it fails as "database is locked"."""

KEPT_OPEN: Final = 8
"""How many connections stay open for the next transaction."""

AT_MOST: Final = 40
"""How many there are at once: more than a worker has threads, so that none of them waits for another's; PostgreSQL takes 100."""

_BUSY_PAUSE: Final = 0.01
"""Seconds between two tries to change the log of a file that others open at the same moment."""

_READS: Final = "paystates_reads"
"""The execution option of connections that only read."""

_EXAMPLES: Final = "write sqlite:///book.db or postgresql+psycopg://user@host/name"


def open_engine(address: str) -> Engine:
    """An engine for the database URL, not connected yet; `BookUnusable` when the URL or its driver is unknown."""
    try:
        url = make_url(address)
    except ArgumentError as error:
        # The address is not repeated: what cannot be taken apart may have a password anywhere in it.
        message = f"the account book's address is not a database URL: {_EXAMPLES}"
        raise BookUnusable(message) from error
    # Parameters are personal data of customers: they stay out of error texts and logs.
    options: dict[str, Any] = {"hide_parameters": True}
    if _in_memory(url):
        options |= {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    else:
        options |= {"pool_size": KEPT_OPEN, "max_overflow": AT_MOST - KEPT_OPEN}
    try:
        engine = create_engine(url, **options)
    except (ArgumentError, ImportError) as error:
        message = f"the account book's database {url.drivername!r} is not known or has no driver here: {_EXAMPLES}"
        raise BookUnusable(message) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin)
    return engine


def for_reading(engine: Engine) -> Engine:
    """The same engine for who only reads: the database refuses to write. A reader waits for no writer, and no writer for it."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{_READS: True})
    return engine.execution_options(postgresql_readonly=True)


def is_shared(engine: Engine) -> bool:
    """Whether all threads have one connection, as of a database in memory: they take turns at it."""
    return isinstance(engine.pool, StaticPool)


def make_folder_of(engine: Engine) -> None:
    """Make the folder of an SQLite file, if that is what the engine opens; `BookUnusable` when it cannot be made."""
    if engine.dialect.name != "sqlite" or _in_memory(engine.url) or engine.url.database is None:
        return
    folder = Path(engine.url.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the account book's folder {folder} cannot be made: {error.strerror}"
        raise BookUnusable(message) from error


def _in_memory(url: URL) -> bool:
    if url.get_backend_name() != "sqlite":
        return False
    return url.database in {None, "", ":memory:"} or "mode=memory" in str(url.query) or ":memory:" in str(url.database)


def _set_up_sqlite(connection: "DBAPIConnection", _record: object) -> None:
    """Set what SQLite keeps per connection. The driver begins no transactions of its own: `_begin` does."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    _write_ahead(cursor)
    # With a write-ahead log the default, NORMAL, may lose the last commits at a power failure: they are payments.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _write_ahead(cursor: "DBAPICursor") -> None:
    """Make the log a write-ahead log; a file that has one keeps it.

    While another process changes a new file's, or the last one closes it, SQLite answers "busy" at once instead of
    waiting `busy_timeout`: it cannot know that the two do not wait for each other. So the waiting is ours.
    """
    give_up = monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > give_up:
                raise
            sleep(_BUSY_PAUSE)
        else:
            return


def _begin(connection: Connection) -> None:
    """Take the write lock at once: one that is asked for in the middle of a transaction can fail without waiting.

    Who only reads takes none. With a write-ahead log they see the book as it was when they first looked, to their end.
    """
    reads = connection.get_execution_options().get(_READS, False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if reads else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
