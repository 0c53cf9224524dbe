"""Ten thousand subscriptions moved to another method, page by page, as the effects of replace-all do it; no server.

It tells time, statements and peak memory for the book in memory and for an SQLite file, beside a thousand subscriptions: memory
must not grow with what depends on a method. `python -m benchmarks.move_ten_thousand`
"""

import gc
import tempfile
import time
import tracemalloc
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import event

from activities import Desk, effects
from domain.accounts import Account, Entry, EntryKind, Grant, Invoice, Method, MethodKind, PayerKind, Person, Role, Subscription
from gateways.scripted import ScriptedBank
from paystates import clock
from paystates.engine import End, Errand, Memory, Move, Procedure, Run, Unavailable, Verdict
from states import methods as ask
from store.memory import MemoryBook
from store.port import Book
from store.sql import SqlBook

MANY, FEWER = 10_000, 1_000
SUBJECT = "replace-all/old"
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


class _Nothing(Memory):
    """The effects are measured, not the procedure."""


_ONE_PAGE: Procedure[_Nothing] = Procedure(
    name="one-page",
    version=1,
    memory=_Nothing,
    initial="moving",
    states={"moving": Run(ask.MovePage, ask.MovePage.model_construct, "Moves"), "over": End(Verdict.DONE, "Over")},
    moves=[Move(on, "moving", "over") for on in (ask.PageMoved, ask.Conflicted, Unavailable)],
)


def fill(book: Book, count: int) -> None:
    """An account with two cards; everything pays with the first, and has paid its last invoice."""
    with book.transaction() as pages:
        pages.put_account(Account("big", "Big AS", "NO", time_zone="Europe/Oslo"))
        pages.put_person(Person("anna", "big", "Anna", "anna@big.example"))
        pages.put_grant(Grant("anna", Role.BILLING_ADMIN, "big"))
        for name in ("old", "new"):
            expires = date(2031, 1, 31)
            pages.put_method(
                Method(name, "big", MethodKind.CARD, "visa", f"tok_{name}", "4242", "NO", "anna", NOW, expires=expires)
            )
        for number in range(count):
            name = f"s{number:05}"
            pages.put_subscription(Subscription(name, "big", f"Seat {number}", method_id="old"))
            pages.put_invoice(Invoice(name, "big", PayerKind.SUBSCRIPTION, name, "NOK", date(2026, 10, 1)))
            for kind, amount in ((EntryKind.INVOICE, 9900), (EntryKind.PAYMENT, -9900)):
                pages.add_entry(Entry(f"{name}/{kind.value}", name, kind, amount, NOW))


def move_all(book: Book) -> tuple[int, int, float]:
    """Move page by page; items moved, pages, and the longest page in seconds."""
    desk = Desk(book, ScriptedBank())
    moved, pages, longest, after, more = 0, 0, 0.0, "", True
    while more:
        pages += 1
        request = ask.MovePage(source="old", target="new", actor="anna", after=after)
        errand = Errand(request, _ONE_PAGE, SUBJECT, "1", _ONE_PAGE.begin(_Nothing(), NOW), pages, (), NOW)
        begun = time.perf_counter()
        with clock.at(NOW):
            answer = effects.by_request[ask.MovePage](desk, errand)
        longest = max(longest, time.perf_counter() - begun)
        assert isinstance(answer, ask.PageMoved)
        moved, after, more = moved + answer.moved, answer.last, answer.more
    return moved, pages, longest


def measure(title: str, book: Book, count: int) -> None:
    """One line. Memory is measured on its own, on the way of a page after everything was moved back."""
    fill(book, count)
    statements = 0

    def counted(*_: object) -> None:
        nonlocal statements
        statements += 1

    if isinstance(book, SqlBook):
        event.listen(book.engine, "before_cursor_execute", counted)
    gc.collect()
    begun = time.perf_counter()
    moved, pages, longest = move_all(book)
    taken = time.perf_counter() - begun
    assert moved == count
    with book.transaction() as written:
        assert not written.payers_on("old", limit=1)
        assert sum(written.count_payers("new").values()) == len(written.rebindings(SUBJECT, limit=count + 1)) == count
    told = f"; {statements / pages:.1f} statements a page" if statements else ""
    print(f"  {title}, {count:>6}: {taken:6.2f} s, {pages} pages, longest {longest * 1000:.0f} ms{told}")


def peak(folder: Path, count: int) -> float:
    """The most memory that Python holds while everything is moved in a file, in MB."""
    book = SqlBook.create(f"sqlite:///{folder / f'peak-{count}.db'}")
    fill(book, count)
    gc.collect()
    tracemalloc.start()
    move_all(book)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    book.close()
    return most / 1e6


def main() -> None:
    """Measure and print."""
    print("Everything that pays with a method, moved to another one, 250 in a transaction")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for count in (FEWER, MANY):
            measure("in memory", MemoryBook(), count)
        for count in (FEWER, MANY):
            book = SqlBook.create(f"sqlite:///{folder / f'book-{count}.db'}")
            measure("SQLite file", book, count)
            book.close()
        print(f"  peak memory of the moving process on SQLite: {peak(folder, FEWER):.1f} MB for {FEWER}, ", end="")
        print(f"{peak(folder, MANY):.1f} MB for {MANY}")


if __name__ == "__main__":
    main()
