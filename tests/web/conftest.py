"""Fixtures of the tests of the HTTP API and the board."""

import pytest
from house_in_memory import InMemory, in_memory


@pytest.fixture
def memory_house() -> InMemory:
    """An application over procedures and a book in memory."""
    return in_memory()
