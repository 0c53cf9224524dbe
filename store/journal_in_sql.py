"""The journal by position in SQL, so that whoever follows it passes over no row.

On PostgreSQL a position is taken before its transaction commits, so a later one may be seen first. Therefore a writer
announces, before it takes a position, the last one that was taken: by an advisory lock whose number holds it, and which
ends with the transaction. A reader reads no further than the lowest announcement, and than what was taken when it looked.
On SQLite those who write take turns from their beginning, and positions are seen in their order.
"""

# ruff: noqa: D102 - `store.port` documents what each question answers

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, insert, select, text, update

from store.pages import KeptPages
from store.port import JournalRow
from store.sql_errors import in_the_books_words
from store.tables import TABLES, WRITTEN

_journal = TABLES[JournalRow]
_position = _journal.c[WRITTEN]
_names = [each.name for each in fields(JournalRow)]
_values = attrgetter(*_names)

_SEQUENCE: Final = "journal_position_seq"
"""PostgreSQL's own name for what numbers the table's rows."""
_MARK: Final = 0x7061
_BASE: Final = _MARK << 48
"""Our advisory locks have this above the lower 48 bits, in which they hold a position."""

_TAKEN: Final = f"(SELECT last_value - (NOT is_called)::int FROM {_SEQUENCE})"  # noqa: S608 - our own words
_ANNOUNCE: Final = text(f"SELECT pg_advisory_xact_lock_shared(:base + {_TAKEN})").bindparams(base=_BASE)
_TAKEN_NOW: Final = text(f"SELECT {_TAKEN}")
_ANNOUNCED: Final = text(
    "SELECT min((classid::bigint << 32 | objid::bigint) - :base) FROM pg_locks"
    " WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> 16 = :mark"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
).bindparams(base=_BASE, mark=_MARK)

_AFTER: Final = (
    select(_position, *(_journal.c[name] for name in _names))
    .where(_position > bindparam("after"), _position <= bindparam("end"))
    .order_by(_position)
    .limit(bindparam("most"))
)
_AFTER_OF_ACCOUNT: Final = _AFTER.where(_journal.c.account_id == bindparam("account"))
_TAIL: Final = (
    select(*(_journal.c[name] for name in _names))
    .where(_journal.c.account_id == bindparam("account"))
    .order_by(_position.desc())
    .limit(bindparam("most"))
)
_AT: Final = select(*(_journal.c[name] for name in _names)).where(_position == bindparam("at_position"))
_LAST: Final = select(func.coalesce(func.max(_position), 0))


class SqlJournal(KeptPages):
    """What `store.port.Pages` asks of the journal as a whole."""

    _announced = False

    @property
    @abstractmethod
    def _connection(self) -> Connection:
        """The transaction's connection."""

    def journal_after(
        self, after: int = 0, limit: int = 100, *, account_id: str | None = None
    ) -> Sequence[tuple[int, JournalRow]]:
        asked: dict[str, Any] = {"after": after, "end": self.journal_end(), "most": limit}
        statement = _AFTER
        if account_id is not None:
            statement, asked = _AFTER_OF_ACCOUNT, asked | {"account": account_id}
        return [(row[0], JournalRow(*row[1:])) for row in self._connection.execute(statement, asked)]

    def journal_tail(self, account_id: str, limit: int) -> Sequence[JournalRow]:
        found = self._connection.execute(_TAIL, {"account": account_id, "most": limit})
        return [JournalRow(*row) for row in reversed(found.all())]

    def journal_at(self, position: int) -> JournalRow | None:
        row = self._connection.execute(_AT, {"at_position": position}).first()
        return None if row is None else JournalRow(*row)

    def journal_end(self) -> int:
        if not self._on_postgresql:
            return int(self._connection.execute(_LAST).scalar_one())
        # In this order: who announces after the second question takes a position above the answer to the first.
        taken = int(self._connection.execute(_TAKEN_NOW).scalar_one())
        announced = self._connection.execute(_ANNOUNCED).scalar_one()
        return taken if announced is None else min(taken, int(announced))

    @property
    def _on_postgresql(self) -> bool:
        return self._connection.dialect.name == "postgresql"

    def _announce(self) -> None:
        if self._on_postgresql and not self._announced:
            self._connection.execute(_ANNOUNCE)
            self._announced = True

    def _write_row(self, row: JournalRow) -> None:
        self._announce()
        with in_the_books_words(_journal.name, (row.procedure, row.run, row.sequence)):
            self._connection.execute(insert(_journal), dict(zip(_names, _values(row), strict=True)))

    def _write_row_anew(self, row: JournalRow) -> None:
        self._announce()
        # Not deleted and inserted: SQLite would give the last position away again.
        fresh: Any = func.nextval(_SEQUENCE) if self._on_postgresql else select(func.max(_position) + 1).scalar_subquery()
        key = (_journal.c.procedure == row.procedure, _journal.c.run == row.run, _journal.c.sequence == row.sequence)
        changed = dict(zip(_names, _values(row), strict=True)) | {WRITTEN: fresh}
        with in_the_books_words(_journal.name, (row.procedure, row.run, row.sequence)):
            self._connection.execute(update(_journal).where(*key).values(changed))
