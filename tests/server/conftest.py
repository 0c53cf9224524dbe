"""The fixture of the tests on a real Temporal server: offices to play in, on the session's one server."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest_asyncio
from office import Office, OpenOffice
from temporalio.client import Client

_numbers = count(1)


@pytest_asyncio.fixture(loop_scope="session")
async def office(temporal_client: Client, tmp_path: Path) -> AsyncIterator[OpenOffice]:
    """Opens offices, each with a debt, a book, a bank and a worker of its own; they close with the test."""
    async with AsyncExitStack() as stack:

        async def open_office(bank: str = "", **differences: Any) -> Office:
            name = f"I-{next(_numbers)}"
            made = Office(temporal_client, tmp_path / f"{name}.db", name, bank, **differences)
            return await stack.enter_async_context(made)

        yield open_office
