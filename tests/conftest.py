"""One Temporal server and one PostgreSQL for the whole session, for the tests that ask; and which moves the tests take."""

import gc
import signal
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from moves_taken import MovesTaken, record

from paystates.testing import temporal_client, temporal_server

if TYPE_CHECKING:  # databases are slow to import, and a test session of pure tests needs none
    from postgres_server import PostgresServer

__all__ = ["temporal_client", "temporal_server"]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator["PostgresServer"]:
    """A real PostgreSQL."""
    from postgres_server import PostgresServer  # noqa: PLC0415 - see above

    with PostgresServer.running() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_shelf() -> list[str]:
    """The URLs of empty account books that nobody uses."""
    return []


@pytest.fixture
def new_postgres_book(postgres_server: "PostgresServer", postgres_shelf: list[str]) -> Iterator[Callable[[], str]]:
    """Gives account books as they are when they are new, each in a database of its own; their URLs."""
    from postgres_server import emptied  # noqa: PLC0415 - see above

    from store.sql import SqlBook  # noqa: PLC0415 - see above

    taken: list[str] = []

    def take() -> str:
        if not postgres_shelf:
            postgres_shelf.append(postgres_server.url(postgres_server.new_database()))
            SqlBook.create(postgres_shelf[-1]).close()
        taken.append(postgres_shelf.pop())
        return taken[-1]

    yield take
    for url in taken:
        emptied(url)
    postgres_shelf += taken


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--write-moves` writes down which moves were taken, for the docs."""
    parser.addoption("--write-moves", action="store_true", help="write tests/moves_taken.json anew")


def pytest_configure(config: pytest.Config) -> None:
    """Note every decision from the start; and hear Ctrl-C, as the commands that the tests start must.

    A shell without job control has it ignored by what it starts in the background, and by whatever that starts.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    record()
    config.pluginmanager.register(MovesTaken())


def pytest_collection_finish() -> None:
    """Thousands of tests and all modules are there to stay: looking through them for garbage would stop workflows for seconds."""
    gc.collect()
    gc.freeze()
