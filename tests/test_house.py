"""The laws of the house that no single room can keep: one clock, no card numbers, no trace of a machine, bare cores."""

import ast
import importlib.metadata
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from store.card_numbers import has_card_number

ROOT = Path(__file__).resolve().parents[1]
HASHES = re.compile(r"(requirements.*\.txt|go\.(sum|mod))$")
"""Files of hashes and time stamps, whose digits satisfy any check by chance."""

CLOCKS = {
    "datetime": {"now", "today", "utcnow"},
    "date": {"today"},
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime"},
}
READS_THE_MACHINES_CLOCK = {
    "paystates/clock.py": "the one clock",
}
"""Every file outside tests and benchmarks that reads the machine's clock, and why."""

WAITS_IN_TESTS = {
    "tests/server/office.py": "asks a real server again and again, and gives up by time",
    "tests/server/worker_process.py": "a process that freezes itself waits to be woken by the test",
}
"""Every file under tests that sleeps, and why."""

LIKE_A_CARD = re.compile(r"(?<!\d)(\d{12,19}|\d{4}([ -]\d{4}){2,3}([ -]\d{1,3})?|\d{4}[ -]\d{6}[ -]\d{5})(?!\d)")
"""Digits as they are printed on cards: in one run, in fours, or as 4-6-5."""


@cache
def tracked() -> tuple[Path, ...]:
    """What is in the repository or about to be: everything that git does not ignore."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(path for name in sorted(set(listed.split("\0")) - {""}) if (path := ROOT / name).is_file())


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def texts() -> dict[str, str]:
    """The tracked files that are text."""
    found = {}
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content:
            found[name(path)] = content.decode("utf-8")
    return found


@cache
def trees() -> dict[str, ast.Module]:
    return {file: ast.parse(content) for file, content in texts().items() if file.endswith(".py")}


def every_test() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for file, tree in trees().items():
        if file.startswith("tests/"):
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                    yield file, node


def calls(tree: ast.Module) -> Iterator[tuple[str, str, ast.Call]]:
    """Every call of the shape `….owner.name(…)`: owner, name and the call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            last = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            yield last, node.func.attr, node


# Time.


def test_only_the_listed_places_read_the_machines_clock() -> None:
    """One clock: everything else asks `paystates.clock`, or is given `now`."""
    readers = {
        file
        for file, tree in trees().items()
        if not file.startswith(("tests/", "benchmarks/"))
        for owner, called, _ in calls(tree)
        if called in CLOCKS.get(owner, ())
    }
    assert readers == set(READS_THE_MACHINES_CLOCK)


def test_no_clock_is_imported_under_another_name() -> None:
    """`from time import time`, or a clock under an alias, would go round the law above."""
    hidden = [
        f"{file}: {alias.name}"
        for file, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if (node.module == "time" and alias.name in CLOCKS["time"])
        or (node.module == "datetime" and alias.name in CLOCKS and alias.asname)
    ]
    assert hidden == []


def test_only_the_listed_tests_sleep() -> None:
    """Time is virtual, and what happens elsewhere is waited for by asking; a sleep of zero only yields."""
    sleeping = {
        file
        for file, tree in trees().items()
        if file.startswith("tests/")
        for owner, called, call in calls(tree)
        if called == "sleep" and owner in {"time", "asyncio"} and ast.unparse(call.args[0]) != "0"
    }
    assert sleeping == set(WAITS_IN_TESTS)


# What must not be written down.


def test_no_card_number_is_written_anywhere() -> None:
    """Law 6: no 12 to 19 digits that satisfy the check digit of card numbers, except of one repeated digit."""
    found = [
        f"{file}:{number}"
        for file, content in texts().items()
        if not HASHES.search(file)
        for number, line in enumerate(content.splitlines(), start=1)
        for digits in LIKE_A_CARD.finditer(line)
        if has_card_number(digits[0]) and len(set(digits[0]) - {" ", "-"}) > 1
    ]
    assert found == []


TRACES = {
    "a path of one machine": re.compile(r"/(h[o]me|U[s]ers)/[a-z]+|/r[o]ot/|/w[o]rk/|/t[m]p/[a-z]|[A-Z]:\\\\U[s]ers"),
    "a package index": re.compile(
        r"p[y]pi\.|pythonh[o]sted\.org|pr[o]xy\.golang|s[u]m\.golang|registry\.n[p]mjs|--(extra-)?inde[x]-url|artifact[o]ry"
    ),
    "an address in a private network": re.compile(r"\b(10\.\d+|192\.168|172\.(1[6-9]|2\d|3[01]))\.\d+\.\d+\b"),
}


@pytest.mark.parametrize("trace", TRACES)
def test_nothing_tells_of_the_machine_it_was_made_on(trace: str) -> None:
    """A clone works anywhere: no path, package index or address of one place is written down."""
    found = [
        f"{file}:{number}: {line.strip()[:80]}"
        for file, content in texts().items()
        for number, line in enumerate(content.splitlines(), start=1)
        if TRACES[trace].search(line)
    ]
    assert found == []


# Tests.


def test_every_test_file_says_what_it_is_about() -> None:
    silent = [
        file
        for file, tree in trees().items()
        if Path(file).name.startswith("test_") and file.startswith("tests/") and not ast.get_docstring(tree)
    ]
    assert silent == []


def test_every_test_states_its_law() -> None:
    """In a docstring, or in its own name when that is a sentence: at least three words."""
    unsaid = [
        f"{file}::{node.name}"
        for file, node in every_test()
        if not ast.get_docstring(node) and len(node.name.removeprefix("test_").split("_")) < 3
    ]
    assert unsaid == []


# Bare cores.

WORLDLY = {
    "asyncio", "concurrent", "http", "logging", "multiprocessing", "os", "random", "secrets", "shutil", "socket", "sqlite3",
    "ssl", "subprocess", "tempfile", "threading", "time", "urllib.request", "uuid",
}  # fmt: skip
"""Modules by which a function comes to another answer the second time, or does something."""


def imported(tree: ast.Module) -> Iterator[str]:
    """The modules a file imports, and the packages they are in."""
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        yield from {part for one in names for part in (one, one.split(".")[0])}


def test_what_decides_has_no_way_into_the_world() -> None:
    """Procedures run outside Temporal's sandbox, and again on replay (ADR 17): the pure rooms import nothing that varies."""
    rooms = ("paystates/engine/", "domain/", "states/")
    pure = {file: set(imported(tree)) for file, tree in trees().items() if file.startswith(rooms)}
    assert len(pure) > 50
    assert {file: worldly for file, found in pure.items() if (worldly := found & WORLDLY)} == {}


def run(program: str) -> str:
    """What a program prints in a fresh interpreter at the root of the checkout."""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def loaded(module: str) -> set[str]:
    """The modules that importing one brings along."""
    return set(run(f"import sys, {module}\nprint(*sys.modules, sep='\\n')").split())


def test_the_engine_knows_neither_the_runner_nor_the_database() -> None:
    """Importing it loads neither, nor any other room of ours."""
    modules = loaded("paystates.engine")
    assert "transitions" in modules
    assert modules.isdisjoint({"temporalio", "sqlalchemy", "paystates.temporal", "paystates.client"})
    rooms = {"domain", "states", "workflows", "activities", "gateways", "store", "notices"}
    assert modules.isdisjoint(rooms)


def test_the_package_itself_is_there_at_once() -> None:
    """What is slow to import comes with the name that needs it."""
    assert loaded("paystates").isdisjoint({"temporalio", "pydantic", "sqlalchemy", "states", "paystates.client"})
    assert "paystates.client" in run("import sys, paystates\npaystates.Paystates\nprint(*sys.modules)").split()


def test_the_client_loads_no_database_no_command_line_and_no_effects() -> None:
    """A backend service that imports the front desk gets messages, not adapters."""
    modules = loaded("paystates.client")
    assert modules.isdisjoint({"sqlalchemy", "alembic", "typer", "rich", "jinja2"})
    assert modules.isdisjoint({"workflows", "activities", "gateways", "store", "notices"})


def test_the_sdk_comes_with_the_line_to_a_server() -> None:
    """It takes longer to import than all of ours, and who only names the front desk, or catches its errors, needs none of it."""
    for module in ("paystates.client", "paystates.sync", "paystates.handles"):
        assert loaded(module).isdisjoint({"temporalio", "google", "nexusrpc"}), module
    assert "temporalio" in loaded("paystates.line")


def _plain(distribution: str) -> str:
    return distribution.lower().replace("_", "-")


def _with_what_they_need(*names: str) -> set[str]:
    """The distributions named, and all that these require."""
    known: set[str] = set()
    pending = list(names)
    while pending:
        one = _plain(pending.pop())
        if one not in known:
            known.add(one)
            wanted = [Requirement(text) for text in importlib.metadata.requires(one) or ()]
            pending += [each.name for each in wanted if each.marker is None or each.marker.evaluate({"extra": ""})]
    return known


def test_the_engine_works_with_nothing_but_pydantic_and_transitions() -> None:
    """With every other library out of reach, the examples in its docstrings still run."""
    needed = _with_what_they_need("pydantic", "transitions")
    owners = importlib.metadata.packages_distributions().items()
    others = [package for package, names in owners if needed.isdisjoint(map(_plain, names))]
    assert {"temporalio", "sqlalchemy", "yaml"} <= set(others)
    program = f"""
import sys
for package in {others!r}:
    if package != "paystates":
        sys.modules[package] = None
import doctest
from paystates.engine import machine, walk
results = [doctest.testmod(module) for module in (machine, walk)]
print(sum(each.attempted for each in results), sum(each.failed for each in results))
"""
    attempted, failed = map(int, run(program).split())
    assert attempted > 10
    assert failed == 0
