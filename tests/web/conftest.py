"""Fixtures of the tests of the HTTP API and the board."""

import pytest
from house_in_memory import InMemory, in_memory


def pytest_configure(config: pytest.Config) -> None:
    """Schemathesis brings its tests into pytest; only here, since its import takes as long as hundreds of pure tests."""
    config.pluginmanager.import_plugin("schemathesis.pytest.plugin")


@pytest.fixture
def memory_house() -> InMemory:
    """An application over procedures and a book in memory."""
    return in_memory()
