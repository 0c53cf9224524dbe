"""pytest fixtures for whoever tests on a real Temporal server, here or in a project that adds a procedure.

Import them in a `conftest.py`: `from paystates.testing import temporal_client, temporal_server, unique`. There is one
server for a test session, on which time can be skipped, and every test takes ids of its own (`unique`).
"""

import itertools
import re
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from temporalio.client import Client

from paystates.temporal.announce import SEARCH_ATTRIBUTES
from paystates.temporal.plugin import PaystatesPlugin
from paystates.temporal.server import DevServer

__all__ = ["temporal_client", "temporal_server", "unique"]

_numbers = itertools.count(1)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal_server() -> AsyncIterator[DevServer]:
    """A development server that can skip time and knows our search attributes; it forgets everything in the end."""
    async with DevServer(travel=True, ui=False, search_attributes=SEARCH_ATTRIBUTES) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal_client(temporal_server: DevServer) -> Client:
    """A client of that server, with our plugin: workers made of it need nothing more."""
    return await Client.connect(temporal_server.address, plugins=[PaystatesPlugin()])


@pytest.fixture
def unique(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Makes ids that no other test of the session uses: `unique("inv")` is `inv-12-the-test-s-name`."""
    told = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")

    def make(prefix: str) -> str:
        return f"{prefix}-{next(_numbers)}-{told}"[:64].rstrip("-")

    return make
