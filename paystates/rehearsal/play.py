"""Plays a scenario in memory, or on a Temporal server: the two ways `paystates rehearse` knows."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

from temporalio.client import Client

from notices.sender import Sender
from paystates.rehearsal.drivers import Ordering
from paystates.rehearsal.in_memory import MemoryDriver
from paystates.rehearsal.on_server import ServerDriver
from paystates.rehearsal.run import Rehearsal, Report
from paystates.rehearsal.scenario import Staged
from paystates.rehearsal.stage import Stage
from store.memory import MemoryBook
from store.port import Book

_making_books = threading.Lock()
"""Alembic keeps what it works on in globals of its module, so two books are never made at once."""


def in_memory(staged: Staged, sender: Sender | None = None) -> Report:
    """Play it with procedures, book and bank in memory."""
    stage = Stage(staged, MemoryBook(), sender)
    return asyncio.run(Rehearsal(stage, MemoryDriver(stage.desk)).run())


async def on_server(
    staged: Staged,
    client: Client,
    book_file: Path,
    sender: Sender | None = None,
    ordering: Callable[[Stage, ServerDriver], Ordering] | None = None,
) -> Report:
    """Play it on a server that skips time, with an SQLite book of its own and a worker of its own.

    `ordering` makes another way to give its orders than straight to the driver.
    """
    book = await asyncio.to_thread(_new_book, book_file)
    stage = Stage(staged, book, sender)
    async with ServerDriver(client, stage.desk, f"rehearsal-{staged.name}") as driver:
        return await Rehearsal(stage, driver, ordering(stage, driver) if ordering else None).run()


def _new_book(file: Path) -> Book:
    from store.sql import SqlBook  # noqa: PLC0415 - SQLAlchemy is slow to import, and memory needs none

    with _making_books:
        return SqlBook.create(f"sqlite:///{file}")
