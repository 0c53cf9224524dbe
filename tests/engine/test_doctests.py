"""What the engine's docstrings show is what happens."""

import doctest
import importlib
import pkgutil

import paystates.engine

MODULES = [
    "paystates.engine",
    *(f"paystates.engine.{module.name}" for module in pkgutil.iter_modules(paystates.engine.__path__)),
]


def test_every_example_in_a_docstring_runs():
    """And says what it prints. A procedure is shown where it is declared and where it is walked."""
    results = {name: doctest.testmod(importlib.import_module(name)) for name in MODULES}
    assert {name: result.failed for name, result in results.items() if result.failed} == {}
    assert results["paystates.engine.machine"].attempted > 0
    assert results["paystates.engine.walk"].attempted > 0


def test_everything_public_is_named_once_and_exists():
    """`__all__` is what others may use."""
    assert len(set(paystates.engine.__all__)) == len(paystates.engine.__all__)
    assert all(hasattr(paystates.engine, name) for name in paystates.engine.__all__)
