"""What only a database can do: races between processes, what survives a crash, and how a book is opened."""

import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread
from traceback import format_exception

import pytest
from sqlalchemy import text

from domain.accounts import Account, Entry, EntryKind, Person
from store.engine import BUSY_SECONDS
from store.errors import BookConflict, BookUnusable
from store.migrations import HEAD
from store.port import AttemptOpen
from store.sql import SqlBook

ROOT = Path(__file__).parents[2]


def together(work, threads: int = 8) -> list[object]:
    """Run `work` in that many threads, from the same moment on; what each answered or raised."""
    start, answers = Barrier(threads), []

    def run():
        start.wait()
        try:
            answers.append(work())
        except Exception as error:  # noqa: BLE001 - the test looks at every one
            answers.append(error)

    running = [Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return answers


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path) -> str:
    """The address of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/book.db"
    server = request.getfixturevalue("postgres_server")
    return server.url(server.new_database())


def test_of_eight_who_reserve_the_same_debt_at_once_exactly_one_wins(url, fill, attempt):
    """Law 1, with eight engines on one database, as eight processes would have."""
    with closing(SqlBook.create(url)) as book:
        fill(book)

    def reserve():
        with closing(SqlBook(url)) as mine, mine.transaction() as pages:
            n = len(pages.attempts("inv_1")) + 1
            pages.add_attempt(attempt(n=n))
            return n

    answers = together(reserve)
    assert [each for each in answers if not isinstance(each, AttemptOpen)] == [1]
    with closing(SqlBook(url)) as book, book.transaction() as pages:
        assert [each.n for each in pages.attempts("inv_1")] == [1]


def test_of_eight_who_make_the_same_account_at_once_one_does_and_the_others_find_it(url):
    """Each waits for whoever was faster, is told so, and reads what is there; nobody writes over another's."""
    with closing(SqlBook.create(url)):
        numbers = iter(range(8))

    def make():
        with closing(SqlBook(url)) as mine, mine.transaction() as pages:
            own = Account("fjord", f"Fjord {next(numbers)}", "NO")
            return pages.add_account(own), own, pages.account("fjord")

    answers = together(make)
    (made,) = [own for was_made, own, _ in answers if was_made]
    assert [found for _, _, found in answers] == [made] * 8


def test_eight_who_create_the_same_book_at_once_all_open_it(url):
    def create():
        with closing(SqlBook.create(url)) as mine, mine.transaction() as pages:
            return [person.id for person in (pages.person("paystates"), pages.person("provider"))]

    assert together(create) == [["paystates", "provider"]] * 8


def test_a_book_in_memory_serves_many_threads(fill, attempt):
    with closing(SqlBook.create("sqlite://")) as book:
        fill(book)

        def reserve():
            with book.transaction() as pages:
                pages.add_attempt(attempt())
                return 1

        answers = together(reserve)
        assert [each for each in answers if not isinstance(each, AttemptOpen)] == [1]


def test_who_reads_waits_for_nobody_who_writes_and_sees_one_state_to_the_end(url, fill):
    """Two connections, one of which holds what it has written: the other sees what is committed, and nothing of it half-way."""
    with closing(SqlBook.create(url)) as writer, closing(SqlBook(url)) as reader:
        fill(writer)
        with writer.transaction() as writing:
            writing.put_account(Account("elv", "Elv AS", "NO"))
            with reader.reading() as pages:
                assert [each.id for each in pages.accounts()] == ["fjord"]
        with reader.reading() as pages:
            before = pages.accounts()
            with writer.transaction() as writing:
                writing.put_account(Account("berg", "Berg AS", "NO"))
            if url.startswith("sqlite"):
                assert pages.accounts() == before
        with reader.reading() as pages:
            assert {each.id for each in pages.accounts()} == {"fjord", "elv", "berg"}


def test_threads_of_one_book_read_while_another_writes(url, fill):
    """As the callers of one web server do; on SQLite the writers alone take turns."""
    with closing(SqlBook.create(url)) as book:
        fill(book)

        def read():
            with book.reading() as pages:
                return len(pages.accounts())

        with book.transaction() as writing:
            writing.put_account(Account("elv", "Elv AS", "NO"))
            assert together(read) == [1] * 8
        assert together(read) == [2] * 8


def test_a_book_in_memory_lets_its_readers_take_turns(fill):
    with closing(SqlBook.create("sqlite://")) as book:
        fill(book)

        def read():
            with book.reading() as pages:
                return len(pages.accounts())

        assert together(read) == [1] * 8


CRASH = """
import sys
from domain.accounts import Account, Person
from store.sql import SqlBook

book = SqlBook(sys.argv[1])
with book.transaction() as pages:
    pages.put_account(Account("whole", "Whole", "NO"))
with book.transaction() as pages:
    for n in range(500):
        pages.put_account(Account(f"half_{n}", "Half", "NO"))
    pages.put_person(Person("bo", "half_1", "Bo", "bo@half.example"))
    print("written", flush=True)
    sys.stdin.read()
"""


def test_a_process_killed_in_the_middle_of_a_transaction_leaves_nothing_half_done(url):
    """What it had committed stays, what it was writing is gone, and its lock with it: the next transaction goes on."""
    with closing(SqlBook.create(url)) as book:
        with subprocess.Popen(
            [sys.executable, "-c", CRASH, url], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout.readline() == b"written\n"
            process.kill()
        with book.transaction() as pages:
            assert [each.id for each in pages.accounts()] == ["whole"]
            assert pages.person("bo") is None
            pages.put_account(Account("half_1", "Next", "NO"))


def test_sqlite_is_set_up_for_money(tmp_path):
    """A write-ahead log, flushed at every commit (2 is FULL), with foreign keys, and patience with other processes."""
    with closing(SqlBook.create(f"sqlite:///{tmp_path}/book.db")) as book, book.engine.connect() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": BUSY_SECONDS * 1000,
    }


def test_the_folder_of_a_new_book_is_made_and_an_old_book_is_opened_as_it_is(tmp_path):
    url = f"sqlite:///{tmp_path}/deep/er/book.db"
    with closing(SqlBook.create(url)) as book, book.transaction() as pages:
        pages.put_account(Account("fjord", "Fjord AS", "NO"))
    with closing(SqlBook.create(url)) as book, book.transaction() as pages:
        assert [each.id for each in pages.accounts()] == ["fjord"]


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("book.db", "the account book's address is not a database URL: write sqlite:///book.db or postgresql"),
        ("", "the account book's address is not a database URL: write sqlite:///book.db or postgresql"),
        (
            "oracle9://me:secret@host/x",
            "the account book's database 'oracle9' is not known or has no driver here: write",
        ),
        (
            "sqlite:////proc/none/book.db",
            "the account book's folder /proc/none cannot be made: No such file or directory",
        ),
    ],
    ids=["no URL", "empty", "unknown", "no folder"],
)
def test_an_address_that_cannot_be_opened_is_one_sentence(url, sentence):
    with pytest.raises(BookUnusable) as caught:
        SqlBook.create(url)
    assert str(caught.value).startswith(sentence)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_one_sentence(tmp_path):
    (tmp_path / "book.db").write_text("these are not the payments you are looking for " * 9)
    with pytest.raises(BookUnusable, match=r"book\.db cannot be opened \(file is not a database\): correct its address, or"):
        SqlBook.create(f"sqlite:///{tmp_path}/book.db")


def test_a_book_written_by_a_newer_paystates_is_left_alone(url):
    with closing(SqlBook.create(url)) as book, book.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BookUnusable, match=f"has schema 9999, newer than our {HEAD}: install the newer paystates$"):
        SqlBook.create(url)


def test_an_error_of_the_book_repeats_no_personal_data_and_no_token(url, fill):
    """Parameters and rows stay out of what is logged: the sentence, and the traceback with all that it was caused by."""
    with closing(SqlBook.create(url)) as book:
        fill(book)
        address = "bo@home.example"
        with pytest.raises(BookConflict, match=r"^people bo") as caught, book.transaction() as pages:
            pages.put_person(Person("bo", "nowhere", "Bo", address))
        assert address not in "".join(format_exception(caught.value))
        with pytest.raises(BookConflict, match=r"^methods card_9") as caught, book.transaction() as pages:
            pages.put_method(replace(pages.method("card_1"), id="card_9"))
        assert "tok_card_1" not in "".join(format_exception(caught.value))


def test_a_value_outside_a_closed_list_is_not_read_as_one_of_it(url, fill):
    """A word that a newer version or a hand has written is found when it is read, not taken for another."""
    with closing(SqlBook.create(url)) as book:
        fill(book)
        with book.transaction() as pages:
            pages.add_entry(Entry("inv_1/invoice", "inv_1", EntryKind.INVOICE, 1, pages.method("card_1").added_at))
        with book.engine.begin() as connection:
            connection.execute(text("UPDATE entries SET kind = 'gift'"))
        with pytest.raises(LookupError, match="gift"), book.transaction() as pages:
            pages.entries("inv_1")


def test_the_port_and_the_book_in_memory_are_light():
    """Neither SQLAlchemy nor pydantic comes in with them: a rehearsal or a property test does not pay for either."""
    script = "import sys, store.port, store.memory; print({'sqlalchemy', 'alembic', 'pydantic'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout == "set()\n"
