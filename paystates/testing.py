"""pytest fixtures for whoever tests on a real Temporal server, here or in a project that adds a procedure.

Import them in a `conftest.py`: `from paystates.testing import temporal_client, temporal_server, unique`. There is one
server for a test session, on which time can be skipped, and every test takes ids of its own (`unique`).
"""

import itertools
import re
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

if TYPE_CHECKING:  # Temporal is slow to import, and a test session of pure tests needs none
    from temporalio.client import Client

    from paystates.temporal.server import DevServer

__all__ = ["temporal_client", "temporal_server", "unique"]

_numbers = itertools.count(1)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal_server() -> "AsyncIterator[DevServer]":
    """A development server that can skip time and knows our search attributes; it forgets everything in the end."""
    from paystates.temporal.announce import SEARCH_ATTRIBUTES  # noqa: PLC0415 - see above
    from paystates.temporal.server import DevServer  # noqa: PLC0415 - see above

    async with DevServer(travel=True, ui=False, search_attributes=SEARCH_ATTRIBUTES) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal_client(temporal_server: "DevServer") -> "Client":
    """A client of that server, with our plugin: workers made of it need nothing more."""
    from temporalio.client import Client  # noqa: PLC0415 - see above

    from paystates.temporal.plugin import PaystatesPlugin  # noqa: PLC0415 - see above

    return await Client.connect(temporal_server.address, plugins=[PaystatesPlugin()])


@pytest.fixture
def unique(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Makes ids that no other test of the session uses: `unique("inv")` is `inv-12-the-test-s-name`."""
    told = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")

    def make(prefix: str) -> str:
        return f"{prefix}-{next(_numbers)}-{told}"[:64].rstrip("-")

    return make
