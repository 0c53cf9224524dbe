"""The account book in memory, in dictionaries, under the laws of the SQL one: for rehearsals and property tests."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from operator import attrgetter, itemgetter
from threading import RLock
from types import NoneType, TracebackType
from typing import Any, Final, TypeVar, get_args, get_type_hints

from domain.accounts import Attempt, Case
from domain.notices import Notice, NoticeStatus
from store.errors import ONLY_READS, BookConflict, BookError
from store.payers_in_memory import PlainPayers
from store.port import AttemptOpen, JournalRow, Pages
from store.records import BUILT_IN, BUILT_IN_GRANTS, SHAPES, Shape, as_utc

R = TypeVar("R")
_Read = Callable[[Any], Any]


def _sortable(names: tuple[str, ...], hints: Mapping[str, Any]) -> _Read:
    """The values of those fields, None before everything else."""
    read = attrgetter(*names)
    if len(names) == 1 or not any(NoneType in get_args(hints[name]) for name in names):
        return read
    return lambda record: tuple((value is not None, value) for value in read(record))


class _Shelf:
    """The records of one shape, by key and by each of their lookup fields; what it holds satisfies the shape."""

    def __init__(self, shape: Shape, shelves: Mapping[type[Any], "_Shelf"]) -> None:
        self.table: Final = shape.table
        self.key: Final[_Read] = attrgetter(*shape.key)
        self.rows: Final[dict[Any, Any]] = {}
        self.positions: Final[dict[Any, int]] = {}
        self._taken = 0
        self.found_by: Final[dict[str, defaultdict[Any, dict[Any, Any]]]] = {}
        self.order_of: Final[dict[str, _Read | None]] = {}
        hints = get_type_hints(shape.record)
        for name in (*(lookup[0] for lookup in shape.lookups), *shape.unique):
            self.found_by[name] = defaultdict(dict)
            self.order_of[name] = None if shape.as_written else _sortable(shape.order_of(name), hints)
        self._lookups = [(attrgetter(name), groups) for name, groups in self.found_by.items()]
        self._unique = [(name, attrgetter(name), self.found_by[name]) for name in shape.unique]
        self._refers = [(name, attrgetter(name), shelves[other]) for name, other in shape.refers.items()]
        self._instants = [attrgetter(name) for name, hint in hints.items() if hint in (datetime, datetime | None)]
        self._instant_lists = [attrgetter(name) for name, hint in hints.items() if hint == tuple[datetime, ...]]

    def check(self, key: Any, record: Any) -> None:
        """Raise what the database would, before anything is written."""
        for instant_of in self._instants:
            instant = instant_of(record)
            if instant is not None and instant.tzinfo is None:
                as_utc(instant)
        for instants_of in self._instant_lists:
            for instant in instants_of(record):
                as_utc(instant)
        for name, value_of, other in self._refers:
            value = value_of(record)
            if value is not None and value not in other.rows:
                message = f"{self.table} {key}: {name} {value!r} is not in the book; write it to {other.table} first"
                raise BookConflict(message)
        for name, value_of, holders in self._unique:
            value = value_of(record)
            if value is not None and any(holder != key for holder in holders.get(value, ())):
                message = f"{self.table} {key}: another record has the {name} {value!r}"
                raise BookConflict(message)

    def take_position(self, key: Any) -> None:
        """Give the record of that key a position above all that were ever taken."""
        self._taken += 1
        self.positions[key] = self._taken

    def place(self, key: Any, record: Any | None) -> Any | None:
        """Put, or with None take away, the record of that key; answers the one that was there."""
        before = self.rows.get(key)
        if record is None:
            self.rows.pop(key, None)
            self.positions.pop(key, None)
        else:
            self.rows[key] = record
            if key not in self.positions:
                self.take_position(key)
        for value_of, groups in self._lookups:
            if before is not None and (record is None or value_of(before) != value_of(record)):
                del groups[value_of(before)][key]
            if record is not None:
                groups[value_of(record)][key] = record
        return before


class _MemoryPages(PlainPayers):
    """The book inside one transaction, with what each writing replaced, so that it can be undone."""

    def __init__(self, shelves: Mapping[type[Any], _Shelf], *, reads: bool) -> None:
        self._shelves = shelves
        self._reads = reads
        self._replaced: list[tuple[_Shelf, Any, Any | None]] = []
        self._moved: list[tuple[Any, int]] = []

    def undo(self) -> None:
        """Put everything back as it was when the transaction began."""
        while self._replaced:
            shelf, key, before = self._replaced.pop()
            shelf.place(key, before)
        for key, position in reversed(self._moved):
            self._shelves[JournalRow].positions[key] = position

    def close(self) -> None:
        """Refuse whatever is asked after the block: another thread may be in the book by then."""
        self._shelves = _CLOSED

    def _one(self, record: type[R], key: Any, *, lock: bool = False) -> R | None:
        if lock and self._reads:
            raise BookError(ONLY_READS)
        found: R | None = self._shelves[record].rows.get(key)
        return found

    def _all(self, record: type[R]) -> list[R]:
        shelf = self._shelves[record]
        return sorted(shelf.rows.values(), key=shelf.key)

    def _of(self, record: type[R], field: str, value: str) -> list[R]:
        shelf = self._shelves[record]
        found = list(shelf.found_by[field].get(value, {}).values())
        order = shelf.order_of[field]
        if order is not None and len(found) > 1:
            found.sort(key=order)
        return found

    def _place(self, shelf: _Shelf, key: Any, record: Any | None) -> None:
        if self._reads:
            raise BookError(ONLY_READS)
        self._replaced.append((shelf, key, shelf.place(key, record)))

    def _put(self, record: object) -> None:
        shelf = self._shelves[type(record)]
        key = shelf.key(record)
        shelf.check(key, record)
        self._place(shelf, key, record)

    def _add(self, record: object) -> bool:
        shelf = self._shelves[type(record)]
        key = shelf.key(record)
        if key in shelf.rows:
            return False
        shelf.check(key, record)
        self._place(shelf, key, record)
        return True

    def _remove(self, record: object) -> None:
        shelf = self._shelves[type(record)]
        key = shelf.key(record)
        self._place(shelf, key, None)

    def _remove_before(self, record: type[Any], field: str, instant: datetime) -> None:
        start = as_utc(instant)
        for each in [one for one in self._shelves[record].rows.values() if getattr(one, field) < start]:
            self._remove(each)

    def add_attempt(self, attempt: Attempt) -> None:
        if attempt.is_open:
            self._refuse_beside(self.attempts(attempt.invoice_id))
        super().add_attempt(attempt)

    def put_attempt(self, attempt: Attempt) -> None:
        if attempt.is_open:
            self._refuse_beside(other for other in self.attempts(attempt.invoice_id) if other.n != attempt.n)
        super().put_attempt(attempt)

    @staticmethod
    def _refuse_beside(others: Iterable[Attempt]) -> None:
        """Law 1: raise `AttemptOpen` when one of the debt's other attempts is open."""
        for other in others:
            if other.is_open:
                message = f"invoice {other.invoice_id} has an open attempt, {other.reference}"
                raise AttemptOpen(message)

    def add_case(self, case: Case) -> bool:
        if any(case.says_again(other) for other in self.cases(case.account_id)):
            return False
        return super().add_case(case)

    def journal_after(
        self, after: int = 0, limit: int = 100, *, account_id: str | None = None
    ) -> Sequence[tuple[int, JournalRow]]:
        shelf = self._shelves[JournalRow]
        rows = ((position, shelf.rows[key]) for key, position in shelf.positions.items() if position > after)
        found = (one for one in rows if account_id in {None, one[1].account_id})
        return sorted(found, key=itemgetter(0))[:limit]

    def journal_tail(self, account_id: str, limit: int) -> Sequence[JournalRow]:
        return [row for _, row in self.journal_after(0, len(self._shelves[JournalRow].rows), account_id=account_id)][-limit:]

    def journal_at(self, position: int) -> JournalRow | None:
        shelf = self._shelves[JournalRow]
        return next((shelf.rows[key] for key, place in shelf.positions.items() if place == position), None)

    def journal_end(self) -> int:
        return max(self._shelves[JournalRow].positions.values(), default=0)

    def _write_row(self, row: JournalRow) -> None:
        self._put(row)

    def _write_row_anew(self, row: JournalRow) -> None:
        shelf = self._shelves[JournalRow]
        key = shelf.key(row)
        self._moved.append((key, shelf.positions[key]))
        self._put(row)
        shelf.take_position(key)

    def attempts_on(self, method_id: str, since: datetime) -> Sequence[Attempt]:
        start = as_utc(since)
        return [attempt for attempt in self._of(Attempt, "method_id", method_id) if attempt.reserved_at >= start]

    def notices_to_send(self, now: datetime, limit: int) -> Sequence[Notice]:
        present = as_utc(now)
        pending = self._of(Notice, "status", NoticeStatus.PENDING)
        return [each for each in pending if each.next_try_at is None or each.next_try_at <= present][:limit]


class _Closed(dict[type[Any], _Shelf]):
    """No shelves: what the pages of an ended transaction see."""

    def __missing__(self, record: type[Any]) -> _Shelf:
        message = "the transaction is over: ask inside the block"
        raise BookError(message)


_CLOSED: Final = _Closed()


class _Turn:
    """Whose transaction it is: one at a time, from any thread."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._busy = False

    def take(self) -> None:
        """Wait for the turn. `BookError` when this thread has it already."""
        self._lock.acquire()
        if self._busy:
            self._lock.release()
            message = "a transaction of the book is open in this thread already: they do not nest"
            raise BookError(message)
        self._busy = True

    def leave(self) -> None:
        """Let the next one have it."""
        self._busy = False
        self._lock.release()


class _Transaction(AbstractContextManager["_MemoryPages"]):
    """What happens to the pages around a block: kept at its end, or put back as they were where it raised."""

    def __init__(self, turn: _Turn, pages: _MemoryPages) -> None:
        self._turn = turn
        self._pages = pages

    def __enter__(self) -> _MemoryPages:
        self._turn.take()
        return self._pages

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is not None:
                self._pages.undo()
        finally:
            self._pages.close()
            self._turn.leave()


class MemoryBook:
    """`store.port.Book` in memory. A new one holds the two built-in actors and nothing else.

    One transaction at a time, from any thread; the records are frozen and are shared, never copied.
    """

    def __init__(self) -> None:
        self._turn = _Turn()
        self._shelves: dict[type[Any], _Shelf] = {}
        for shape in SHAPES:
            self._shelves[shape.record] = _Shelf(shape, self._shelves)
        with self.transaction() as pages:
            for person in BUILT_IN:
                pages.put_person(person)
            for grant in BUILT_IN_GRANTS:
                pages.put_grant(grant)

    def transaction(self) -> AbstractContextManager[Pages]:
        """See `store.port.Book`. `BookError` when the same thread is in a transaction already."""
        return _Transaction(self._turn, _MemoryPages(self._shelves, reads=False))

    def reading(self) -> AbstractContextManager[Pages]:
        """See `store.port.Book`; here it takes its turn, too."""
        return _Transaction(self._turn, _MemoryPages(self._shelves, reads=True))
