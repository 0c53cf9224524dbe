"""What the engine's docstrings show is what happens."""

import doctest
import importlib
import pkgutil

import pytest

import paystates.engine

MODULES = [
    "paystates.engine",
    *(f"paystates.engine.{module.name}" for module in pkgutil.iter_modules(paystates.engine.__path__)),
]


@pytest.mark.parametrize("name", MODULES)
def test_every_example_in_a_docstring_runs(name):
    """And says what it prints."""
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples():
    """A procedure is shown where it is declared and where it is walked."""
    for name in ("paystates.engine.machine", "paystates.engine.walk"):
        assert doctest.testmod(importlib.import_module(name)).attempted > 0


def test_everything_public_is_named_once_and_exists():
    """`__all__` is what others may use."""
    assert len(set(paystates.engine.__all__)) == len(paystates.engine.__all__)
    assert all(hasattr(paystates.engine, name) for name in paystates.engine.__all__)
