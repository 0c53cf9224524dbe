"""Fixtures of the tests on a real Temporal server: one server and one client a session, and offices to play in."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest_asyncio
from office import Office, OpenOffice
from temporalio.client import Client

from paystates.temporal.announce import SEARCH_ATTRIBUTES
from paystates.temporal.plugin import PaystatesPlugin
from paystates.temporal.server import DevServer

_numbers = count(1)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal_server() -> AsyncIterator[DevServer]:
    """A development server that can skip time."""
    async with DevServer(travel=True, ui=False, search_attributes=SEARCH_ATTRIBUTES) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal_client(temporal_server: DevServer) -> Client:
    """A client with our plugin."""
    return await Client.connect(temporal_server.address, plugins=[PaystatesPlugin()])


@pytest_asyncio.fixture(loop_scope="session")
async def office(temporal_client: Client, tmp_path: Path) -> AsyncIterator[OpenOffice]:
    """Opens offices, each with a debt, a book, a bank and a worker of its own; they close with the test."""
    async with AsyncExitStack() as stack:

        async def open_office(bank: str = "", **differences: Any) -> Office:
            name = f"I-{next(_numbers)}"
            made = Office(temporal_client, tmp_path / f"{name}.db", name, bank, **differences)
            return await stack.enter_async_context(made)

        yield open_office
