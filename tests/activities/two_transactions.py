"""Two effects at once on PostgreSQL: the first is held right before it commits, until the second waits for it or is through."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from threading import Event as Signal
from typing import Any

import psycopg
from method_office import Nothing, Office, asking

from activities import Desk, effects
from paystates import clock
from paystates.engine import Errand, Procedure, Request, Snapshot
from states.charge_retry import CHARGE_RETRY
from states.debts import Charge
from states.retry_messages import Memory as RetryMemory
from states.settle_balance import SETTLE_BALANCE
from states.settle_balance import Memory as SettleMemory
from states.settling import Settle
from store.port import Book, Pages
from store.sql import SqlBook

Deed = Callable[[Book], Any]
"""Something that is done to a book, in one transaction or several."""

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


class HeldBook:
    """A book whose first transaction has written everything, and commits only when it is let go."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._go = Signal()
        self.holds = Signal()

    def let_go(self) -> None:
        """Commit, and hold nothing any more."""
        self._go.set()

    @contextmanager
    def transaction(self) -> Iterator[Pages]:
        """The book's own."""
        with self._book.transaction() as pages:
            yield pages
            self.holds.set()
            self._go.wait()


class OvertakenBook:
    """A book whose first transaction has looked at everything, when something else is done before it writes."""

    def __init__(self, book: Book, overtakes: Callable[[], object]) -> None:
        self._book = book
        self._overtakes = overtakes

    @contextmanager
    def transaction(self) -> Iterator[Pages]:
        """The book's own."""
        with self._book.transaction() as pages:
            yield _OvertakenPages(pages, self._overtake)  # type: ignore[misc] - what it does not have, `__getattr__` has

    def _overtake(self) -> None:
        overtakes, self._overtakes = self._overtakes, lambda: None
        overtakes()


class _OvertakenPages:
    def __init__(self, pages: Pages, overtake: Callable[[], None]) -> None:
        self._pages = pages
        self._overtake = overtake

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("add_", "put_")):
            self._overtake()
        return getattr(self._pages, name)


def overtaken(url: str, first: Deed, second: Deed) -> tuple[Any, Any]:
    """What came of two deeds, the first of which is done, from beginning to end, right before the second writes."""
    with closing(SqlBook(url)) as one, closing(SqlBook(url)) as other, ThreadPoolExecutor(2) as threads:
        firsts: list[Any] = []
        book = OvertakenBook(other, lambda: firsts.append(told(threads.submit(first, one))))
        second_told = told(threads.submit(second, book))
        return firsts[0], second_told


def crossed(url: str, first: Deed, second: Deed) -> tuple[Any, Any]:
    """What came of two deeds, the first of which is about to commit when the second begins; it must find that out by waiting."""
    met = Crossing(url, first, second)
    assert met.waited, f"the second did not wait for the first: {met.first!r}, {met.second!r}"
    return met.first, met.second


class Crossing:
    """What came of two deeds. `waited`: the second found a row that the first had locked."""

    def __init__(self, url: str, first: Deed, second: Deed) -> None:
        with closing(SqlBook(url)) as one, closing(SqlBook(url)) as other, ThreadPoolExecutor(2) as threads:
            held = HeldBook(one)
            try:
                earlier = threads.submit(first, held)
                until(held.holds.is_set, earlier)
                later = threads.submit(second, other)
                self.waited = until(waiting(url), later)
            finally:
                held.let_go()
            self.first = told(earlier)
            self.second = told(later)


def until(so: Callable[[], bool], deed: "Future[Any]") -> bool:
    """Ask until it is so, or the deed is done; whether it was so."""
    while not (is_so := so()) and not deed.done():
        pass
    return is_so


def waiting(url: str) -> Callable[[], bool]:
    """Whether a transaction waits for another one's lock."""

    def ask() -> bool:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            row = connection.execute(_WAITING).fetchone()
        return row is not None and row[0] > 0

    return ask


def told(deed: "Future[Any]") -> Any:
    """What it answered, or raised."""
    return deed.exception() or deed.result()


def carried_out(office: Office, request: Request[Any], subject: str, run: str = "1") -> Deed:
    """An effect, as a worker of another process carries it out."""

    def deed(book: Book) -> Any:
        procedure, snapshot = _where(request, office)
        errand = Errand(request, procedure, subject, run, snapshot, 1, (), office.now)
        with clock.at(office.now):
            return effects.by_request[type(request)](Desk(book, office.desk.gateway), errand)

    return deed


def _where(request: Request[Any], office: Office) -> tuple[Procedure[Any], Snapshot[Any]]:
    """What asks: what moves money is asked by its own procedure only."""
    if isinstance(request, Charge):
        return CHARGE_RETRY, Snapshot(CHARGE_RETRY.id, "charging", 1, RetryMemory(invoice=request.invoice), office.now)
    if isinstance(request, Settle):
        memory = SettleMemory(method=request.method, actor=request.actor, bills=(request.bill,))
        return SETTLE_BALANCE, Snapshot(SETTLE_BALANCE.id, "charging", 1, memory, office.now)
    procedure = asking(type(request))
    return procedure, procedure.begin(Nothing(), office.now)
