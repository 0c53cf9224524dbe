"""One Temporal server and one client for the whole session, whichever tests ask for them; and which moves the tests take."""

import pytest
from moves_taken import MovesTaken, record

from paystates.testing import temporal_client, temporal_server

__all__ = ["temporal_client", "temporal_server"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--write-moves` writes down which moves were taken, for the docs."""
    parser.addoption("--write-moves", action="store_true", help="write tests/moves_taken.json anew")


def pytest_configure(config: pytest.Config) -> None:
    """Note every decision from the start."""
    record()
    config.pluginmanager.register(MovesTaken())
