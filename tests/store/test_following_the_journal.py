"""Whoever follows the journal by its positions is told every row, once and in order, whatever commits in between."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.accounts import Account
from store.port import Book, JournalRow
from store.sql import SqlBook

T0 = datetime(2026, 3, 1, 9, tzinfo=UTC)
ROW = JournalRow("charge-retry/inv_1", "run_1", 1, T0, "charge-retry@1", "ann", "hold", "{}", "waiting", "held", accepted=True)


def after(book: Book, position: int = 0, **asked) -> list[tuple[int, JournalRow]]:
    with book.transaction() as pages:
        return list(pages.journal_after(position, **asked))


def write(book: Book, *rows: JournalRow) -> None:
    with book.transaction() as pages:
        pages.add_journal(rows)


@pytest.fixture
def two(new_postgres_book):
    """The same PostgreSQL book, opened three times: for two writers and a reader."""
    url = new_postgres_book()
    with ExitStack() as stack:
        yield [stack.enter_context(closing(SqlBook(url))) for _ in range(3)]


def test_the_page_after_a_position_is_the_rows_above_it_as_they_were_written(book):
    rows = [replace(ROW, sequence=number, account_id=("fjord", "elv")[number % 2]) for number in range(1, 7)]
    write(book, *rows)
    told = after(book)
    assert [row for _, row in told] == rows
    assert [position for position, _ in told] == sorted({position for position, _ in told})
    assert after(book, told[1][0], limit=3) == told[2:5]
    assert after(book, account_id="elv") == told[0::2]
    with book.transaction() as pages:
        assert pages.journal_tail("elv", 2) == [row for _, row in told[2::2]]
        assert pages.journal_tail("elv", 9) == [row for _, row in told[0::2]]
        assert pages.journal_end() == told[-1][0]
        assert pages.journal_at(told[2][0]) == rows[2]
        assert pages.journal_at(told[-1][0] + 1) is None
    assert after(book, told[-1][0]) == []


def test_a_row_that_another_decision_took_the_place_of_is_told_anew(book):
    """What a dead worker wrote and nobody took is replaced; the follower is told what happened instead, and what came with it."""
    write(book, ROW, replace(ROW, sequence=2))
    seen = after(book)[-1][0]
    other, next_one = replace(ROW, target="charging"), replace(ROW, sequence=2)
    write(book, other, next_one)
    told = after(book, seen)
    assert [row for _, row in told] == [other, next_one]
    with book.transaction() as pages:
        assert pages.journal(ROW.procedure) == [other, next_one]
        assert pages.journal_at(seen) is None


def test_a_worker_that_wakes_late_replaces_no_decision_made_in_its_stead(book):
    """It decided before; what the procedure took stands, and nobody is told otherwise."""
    taken = replace(ROW, target="charging", at=T0 + timedelta(seconds=1))
    write(book, ROW)
    write(book, taken)
    told = after(book)
    with book.transaction() as pages:
        assert pages.add_journal([replace(ROW, target="closing")]) is False
        assert pages.add_journal([]) is True
    assert after(book) == told
    assert [row for _, row in told] == [taken]


def test_a_row_that_rides_twice_is_not_told_anew(book):
    """Nor is one that was decided again at another instant, and came to the same."""
    write(book, ROW)
    told = after(book)
    write(book, ROW)
    assert after(book) == told
    later = replace(ROW, at=T0 + timedelta(seconds=1))
    write(book, later)
    assert after(book) == [(told[0][0], later)]


def test_a_transaction_that_fails_moves_no_row(book):
    write(book, ROW, replace(ROW, sequence=2))
    told = after(book)
    with pytest.raises(KeyError), book.transaction() as pages:  # noqa: PT012 - the last line raises, after all the others
        pages.add_journal([replace(ROW, target="other"), replace(ROW, sequence=3)])
        raise KeyError
    assert after(book) == told


def test_a_row_is_held_back_while_an_earlier_position_may_still_be_written(two):
    """PostgreSQL numbers rows before they are committed: the second is there first, and the first is not passed over."""
    first, second, reader = two
    write(reader, replace(ROW, sequence=9))
    ((begin, _),) = after(reader)
    with first.transaction() as slow:
        slow.add_journal([ROW])
        write(second, replace(ROW, run="run_2"))
        assert after(reader, begin) == []
        with reader.transaction() as pages:
            assert pages.journal_end() == begin
    assert [row.run for _, row in after(reader, begin)] == ["run_1", "run_2"]


def test_the_very_first_row_is_not_passed_over_either(two):
    first, second, reader = two
    with first.transaction() as slow:
        slow.add_journal([ROW])
        write(second, replace(ROW, run="run_2"))
        with reader.transaction() as pages:
            assert (pages.journal_end(), pages.journal_after()) == (0, [])
    assert [row.run for _, row in after(reader)] == ["run_1", "run_2"]


def test_one_that_is_rolled_back_holds_nothing_back(two):
    first, second, reader = two
    with pytest.raises(KeyError), first.transaction() as slow:  # noqa: PT012 - the last line raises, after all the others
        slow.add_journal([ROW])
        write(second, replace(ROW, run="run_2"))
        raise KeyError
    assert [row.run for _, row in after(reader)] == ["run_2"]


def test_a_transaction_that_only_reads_or_writes_elsewhere_holds_nothing_back(two):
    """A report that takes an hour, or a batch of the database's other users, does not stop the events."""
    first, second, reader = two
    with first.transaction() as slow:
        slow.put_account(Account("fjord", "Fjord AS", "NO"))
        slow.journal_after()
        write(second, ROW)
        assert [row for _, row in after(reader)] == [ROW]


def test_with_many_writers_at_once_a_follower_is_told_every_row_once(book):
    """In rising positions, and each writer's rows in its own order."""
    writers, each = 4, 25

    def write_many(name: int) -> None:
        for number in range(each):
            write(book, *(replace(ROW, run=f"run_{name}", sequence=2 * number + part) for part in (1, 2)))

    told: list[tuple[int, JournalRow]] = []
    with ThreadPoolExecutor(writers) as pool:
        writing = [pool.submit(write_many, name) for name in range(writers)]
        while not all(one.done() for one in writing):
            told += after(book, told[-1][0] if told else 0, limit=7)
    while page := after(book, told[-1][0] if told else 0):
        told += page
    for one in writing:
        one.result()
    assert [position for position, _ in told] == sorted({position for position, _ in told})
    for name in range(writers):
        assert [row.sequence for _, row in told if row.run == f"run_{name}"] == list(range(1, 2 * each + 1))


def test_what_happened_outside_any_procedure_is_numbered_by_what_it_was_about(book):
    with book.transaction() as pages:
        for amount in ("10.00", "20.00"):
            pages.note("invoice/inv_1", "payment_received", {"amount": amount}, T0, "fjord", actor="olga")
        pages.note("method/card_1", "method_added", {}, T0, "fjord", actor="ann")
    told = [row for _, row in after(book, account_id="fjord")]
    assert [(row.procedure, row.sequence, row.event, row.actor) for row in told] == [
        ("book/invoice/inv_1", 1, '{"amount":"10.00"}', "olga"),
        ("book/invoice/inv_1", 2, '{"amount":"20.00"}', "olga"),
        ("book/method/card_1", 1, "{}", "ann"),
    ]
