"""The way to the Temporal server and to the account book, from the settings."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from paystates.cli import quiet
from paystates.cli.errors import BadInput, Unmet
from paystates.settings import Settings, in_plain_words

if TYPE_CHECKING:
    from temporalio.client import Client

    from paystates.client import Paystates
    from paystates.front.office import Office
    from store.port import Book, Pages
    from store.sql import SqlBook

PATIENCE = 20.0
"""Seconds in which a worker must answer a person at a terminal."""


def settings() -> Settings:
    """The settings of the environment; `BadInput` names each variable that is wrong, and what would be right."""
    try:
        return Settings()
    except ValidationError as error:
        raise BadInput("\n".join(in_plain_words(error))) from None


def address(of: Settings) -> str:
    """Where the server is: the address given, the profile's, or where `paystates up` starts one. `BadInput`: a bad profile."""
    if of.temporal_address:
        return of.temporal_address
    if os.environ.get("TEMPORAL_PROFILE"):
        from paystates.temporal.binary import ServerMissing, find_server

        try:
            return find_server().address or ""
        except ServerMissing as error:
            raise BadInput(str(error)) from None
    return f"127.0.0.1:{of.server_port}"


async def connect(of: Settings, *, warned: bool = False) -> "Client":
    """A client with our plugin; TLS, API key and the like come from TEMPORAL_* variables or the profile they name.

    `warned`: the SDK also tells what it has to try again, for a log rather than a screen.

    Raises `Unmet` when nobody answers, or lets us in.
    """
    from paystates.connecting import open_client
    from paystates.orders import PaystatesError

    if not warned:
        quiet.only_errors()
    try:
        return await open_client(address(of), namespace=_namespace(of))
    except PaystatesError as error:
        raise Unmet(str(error)) from error


def _namespace(of: Settings) -> str | None:
    """The one given; a profile that is named has its own."""
    given = "temporal_namespace" in of.model_fields_set or not os.environ.get("TEMPORAL_PROFILE")
    return of.temporal_namespace if given else None


async def front_desk(of: Settings) -> "Paystates":
    """The front desk of that server."""
    from paystates.client import Paystates

    return Paystates(await connect(of), of.task_queue)


@asynccontextmanager
async def patiently(what: str, seconds: float = PATIENCE) -> AsyncIterator[None]:
    """Whoever answers inside the block must do so in time; `Unmet` when nobody does: a worker may be missing."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        message = f"{what} got no answer within {seconds:.0f} seconds: is a worker running (`paystates up`, or worker.py)?"
        raise Unmet(message) from None


class NoBook:
    """In the place of an account book that cannot be opened: whoever reads it is told why."""

    def __init__(self, why: str) -> None:
        self._why = why

    def transaction(self) -> "AbstractContextManager[Pages]":
        """There is none."""
        from store.errors import BookUnusable

        raise BookUnusable(self._why)

    reading = transaction


@asynccontextmanager
async def office(of: Settings) -> "AsyncIterator[Office]":
    """The front office over that server and the account book. Without a book it still shows what the server knows."""
    from paystates.front.office import Office
    from store.errors import BookError

    front = await front_desk(of)
    with ExitStack() as stack:
        opened: Book
        try:
            opened = stack.enter_context(book(of))
        except (BookError, Unmet) as error:
            opened = NoBook(str(error))
        yield Office(front, opened, patience=PATIENCE)


def missing_file(of: Settings) -> str | None:
    """The SQLite file that the settings name, when it is not there yet."""
    from sqlalchemy import make_url

    if not of.book_url.startswith("sqlite"):
        return None
    file = make_url(of.book_url).database
    return file if file and file != ":memory:" and not Path(file).exists() else None


@contextmanager
def book(of: Settings, *, make: bool = False) -> Iterator["SqlBook"]:
    """The account book, closed in the end. Unless it may be made, `Unmet` when there is none yet."""
    from paystates.composition import open_book

    if not make and (file := missing_file(of)) is not None:
        message = f"there is no account book at {file}: fill one with `paystates book import FILE`, or set PAYSTATES_BOOK_URL"
        raise Unmet(message)
    opened = open_book(of)
    try:
        yield opened
    finally:
        opened.close()
