"""The account book in SQL: the port over SQLAlchemy Core, on SQLite by default and on PostgreSQL in production.

On SQLite every transaction that may write takes the one write lock when it begins (`store.engine`). So they wait for each other,
across threads and processes, instead of failing half-way as "database is locked"; none may span a call to the world. Who only
reads takes no lock, and waits for nobody.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from threading import Lock, local
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from sqlalchemy import Connection, Engine, bindparam, delete, insert, or_, select, update
from sqlalchemy.exc import DBAPIError

from domain.accounts import Attempt, Case
from domain.notices import Notice, NoticeStatus
from store.engine import for_reading, is_shared, make_folder_of, open_engine
from store.errors import ONLY_READS, BookConflict, BookError, BookUnusable
from store.journal_in_sql import SqlJournal
from store.payers_in_sql import SqlPayers
from store.port import AttemptOpen, Pages
from store.records import SHAPES, Shape
from store.sql_errors import in_the_books_words, told, writes
from store.tables import TABLES, WRITTEN

if TYPE_CHECKING:
    from sqlalchemy.sql import Select

R = TypeVar("R")


class _Queries:
    """The statements of one shape, built once, and the way of its records into rows: a row is the fields in order."""

    def __init__(self, shape: Shape) -> None:
        table = TABLES[shape.record]
        names = [each.name for each in fields(shape.record)]
        self.table: Final = shape.table
        self._names = names
        self._values = attrgetter(*names)
        self._key_names = [f"key_{name}" for name in shape.key]
        self._key = attrgetter(*shape.key)
        keys = [table.c[name] == bindparam(param) for name, param in zip(shape.key, self._key_names, strict=True)]
        columns = [table.c[name] for name in names]
        self.all: Final = select(*columns).order_by(*(table.c[name] for name in shape.key))
        self.one: Final = select(*columns).where(*keys)
        self.one_locked: Final = self.one.with_for_update()
        self.insert: Final = insert(table)
        others: dict[str, Any] = {name: bindparam(name) for name in names if name not in shape.key}
        self.update: Final = update(table).where(*keys).values(others)
        self.delete: Final = delete(table).where(*keys)
        self.found_by: Final[dict[str, Select[Any]]] = {}
        for name in (*(lookup[0] for lookup in shape.lookups), *shape.unique):
            order = [WRITTEN] if shape.as_written else shape.order_of(name)
            asked = table.c[name] == bindparam("value")
            self.found_by[name] = select(*columns).where(asked).order_by(*(table.c[each] for each in order))

    def values(self, record: object) -> dict[str, Any]:
        """The record as a row to insert."""
        return dict(zip(self._names, self._values(record), strict=True))

    def key_of(self, record: object) -> Any:
        """The record's key, as the port and the pages name it: one value, or a tuple of them."""
        return self._key(record)

    def key_values(self, key: Any) -> dict[str, Any]:
        """The key as the parameters of `one`, `update` and `delete`."""
        return dict(zip(self._key_names, key if isinstance(key, tuple) else (key,), strict=True))


_QUERIES: Final[Mapping[type[Any], _Queries]] = {shape.record: _Queries(shape) for shape in SHAPES}


class _SqlPages(SqlJournal, SqlPayers):
    """The book inside one transaction of one connection."""

    def __init__(self, connection: Connection, *, reads: bool) -> None:
        self._open: Connection | None = connection
        self._reads = reads

    def close(self) -> None:
        """Refuse whatever is asked after the block."""
        self._open = None

    @property
    def _connection(self) -> Connection:
        if self._open is None:
            message = "the transaction is over: ask inside the block"
            raise BookError(message)
        return self._open

    def _one(self, record: type[R], key: Any, *, lock: bool = False) -> R | None:
        if lock and self._reads:
            raise BookError(ONLY_READS)
        queries = _QUERIES[record]
        row = self._connection.execute(queries.one_locked if lock else queries.one, queries.key_values(key)).first()
        return None if row is None else record(*row)

    def _all(self, record: type[R]) -> list[R]:
        return [record(*row) for row in self._connection.execute(_QUERIES[record].all)]

    def _of(self, record: type[R], field: str, value: str) -> list[R]:
        return [record(*row) for row in self._connection.execute(_QUERIES[record].found_by[field], {"value": value})]

    def _put(self, record: object) -> None:
        queries = _QUERIES[type(record)]
        values = queries.values(record)
        key = queries.key_of(record)
        with in_the_books_words(queries.table, key):
            replaced = self._connection.execute(queries.update, values | queries.key_values(key)).rowcount
            if not replaced:
                self._connection.execute(queries.insert, values)

    def _add(self, record: object) -> bool:
        queries = _QUERIES[type(record)]
        key = queries.key_of(record)
        try:
            with in_the_books_words(queries.table, key), self._connection.begin_nested():
                self._connection.execute(queries.insert, queries.values(record))
        except BookConflict:
            if self._one(type(record), key) is None:
                raise
            return False
        return True

    def _remove(self, record: object) -> None:
        queries = _QUERIES[type(record)]
        self._connection.execute(queries.delete, queries.key_values(queries.key_of(record)))

    def _remove_before(self, record: type[Any], field: str, instant: datetime) -> None:
        table = TABLES[record]
        with in_the_books_words(table.name, instant):
            self._connection.execute(delete(table).where(table.c[field] < instant))

    def add_attempt(self, attempt: Attempt) -> None:
        try:
            super().add_attempt(attempt)
        except BookConflict:
            self._refuse_beside(attempt, self.attempts(attempt.invoice_id))
            raise

    def put_attempt(self, attempt: Attempt) -> None:
        try:
            with self._connection.begin_nested():
                super().put_attempt(attempt)
        except BookConflict:
            self._refuse_beside(attempt, [each for each in self.attempts(attempt.invoice_id) if each.n != attempt.n])
            raise

    @staticmethod
    def _refuse_beside(attempt: Attempt, others: Sequence[Attempt]) -> None:
        """Law 1: raise `AttemptOpen` when that is why the partial unique index refused the attempt."""
        for other in others:
            if attempt.is_open and other.is_open:
                message = f"invoice {other.invoice_id} has an open attempt, {other.reference}"
                raise AttemptOpen(message) from None

    def add_case(self, case: Case) -> bool:
        try:
            return super().add_case(case)
        except BookConflict:
            if any(case.says_again(other) for other in self.cases(case.account_id)):
                return False
            raise

    def attempts_on(self, method_id: str, since: datetime) -> Sequence[Attempt]:
        on_method = _QUERIES[Attempt].found_by["method_id"]
        recent = on_method.where(TABLES[Attempt].c.reserved_at >= bindparam("since"))
        with in_the_books_words("attempts", since):
            rows = self._connection.execute(recent, {"value": method_id, "since": since}).all()
        return [Attempt(*row) for row in rows]

    def notices_to_send(self, now: datetime, limit: int) -> Sequence[Notice]:
        next_try_at = TABLES[Notice].c.next_try_at
        due = or_(next_try_at.is_(None), next_try_at <= bindparam("now"))
        pending = _QUERIES[Notice].found_by["status"].where(due).limit(limit)
        with in_the_books_words("notices", now):
            rows = self._connection.execute(pending, {"value": NoticeStatus.PENDING, "now": now}).all()
        return [Notice(*row) for row in rows]


class SqlBook:
    """`store.port.Book` in a database whose schema is up to date; `SqlBook.create` sees to that.

    On SQLite the threads of a process that may write take turns; other processes are waited for up to
    `store.engine.BUSY_SECONDS`.
    """

    def __init__(self, url: str) -> None:
        """Open the book at a database URL, e.g. `sqlite:///book.db`; `BookUnusable` for one that cannot be understood.

        Nothing is read or written before the first transaction.
        """
        self.engine: Final = open_engine(url)
        self._reading: Final = for_reading(self.engine)
        self._turn: Final = Lock() if self.engine.dialect.name == "sqlite" else nullcontext()
        self._turn_to_read: Final = self._turn if is_shared(self.engine) else nullcontext()
        self._mine = local()

    @classmethod
    def create(cls, url: str) -> Self:
        """Open the book, and bring its schema up to date first: a new database, and an SQLite file's folder, are made.

        `BookUnusable` when the database cannot be reached or was written by a newer paystates.
        """
        from store.migrations import upgrade  # noqa: PLC0415 - Alembic is slow to import, and needed only here

        book = cls(url)
        make_folder_of(book.engine)
        try:
            with book.engine.begin() as connection:
                upgrade(connection)
        except DBAPIError as error:
            book.close()
            raise book._unopened(error) from error
        except BookUnusable:
            book.close()
            raise
        return book

    def schema(self) -> str | None:
        """The revision of its schema now, for who only looks: nothing is made or brought up to date. None: it has none of ours.

        `BookUnusable` when the database cannot be reached.
        """
        from store.migrations import revision_of  # noqa: PLC0415 - Alembic is slow to import, and needed only here

        try:
            with self._reading.connect() as connection:
                return revision_of(connection)
        except DBAPIError as error:
            raise self._unopened(error) from error

    def _unopened(self, error: DBAPIError) -> BookUnusable:
        address = self.engine.url.render_as_string(hide_password=True)
        remedy = "correct its address, or see to its database"
        return BookUnusable(f"the account book at {address} cannot be opened ({told(error)}): {remedy}")

    def transaction(self) -> AbstractContextManager[Pages]:
        """See `store.port.Book`. `BookError` when the same thread is in a transaction already."""
        return self._opened(self.engine, self._turn)

    @contextmanager
    def reading(self) -> Iterator[Pages]:
        """See `store.port.Book`. `BookError` as of `transaction`, and when something is written after all."""
        try:
            with self._opened(self._reading, self._turn_to_read) as pages:
                yield pages
        except DBAPIError as error:
            if writes(error):
                raise BookError(ONLY_READS) from None
            raise

    @contextmanager
    def _opened(self, engine: Engine, turn: AbstractContextManager[object]) -> Iterator[Pages]:
        if getattr(self._mine, "busy", False):
            message = "a transaction of the book is open in this thread already: they do not nest"
            raise BookError(message)
        with turn:
            self._mine.busy = True
            try:
                with engine.begin() as connection:
                    pages = _SqlPages(connection, reads=engine is self._reading)
                    try:
                        yield pages
                    finally:
                        pages.close()
            finally:
                self._mine.busy = False

    def close(self) -> None:
        """Give the connections back; the book may be used again and then opens new ones."""
        self.engine.dispose()
