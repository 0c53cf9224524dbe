"""Which moves of the released procedures the tests take. A run of the whole suite fails when one is never taken.

The docs draw them: `tests/moves_taken.json` is written anew by `pytest --write-moves` and read by `tools/docs.py`.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from paystates.engine import Moved, Procedure

FILE = Path(__file__).with_suffix(".json")
_taken: set[tuple[str, int]] = set()


@cache
def numbers(procedure: Procedure[Any]) -> dict[int, int]:
    """The number of every move, by its identity: moves that are equal are two all the same."""
    return {id(move): number for number, move in enumerate(procedure.moves)}


def record() -> None:
    """From now on every decision is noted."""
    decide = Procedure.decide

    def noting(self: Procedure[Any], *args: Any) -> Any:
        outcome = decide(self, *args)
        if isinstance(outcome, Moved):
            _taken.add((self.id, numbers(self)[id(outcome.move)]))
        return outcome

    Procedure.decide = noting  # type: ignore[method-assign]  # a note beside it, the decision is the same


def newest() -> list[Procedure[Any]]:
    """The newest versions; imported when they are asked for, as a run of the engine's own tests needs none of them."""
    from states.procedures import NEWEST  # noqa: PLC0415 - see above

    return list(NEWEST.values())


def told(procedure: Procedure[Any], number: int) -> str:
    """A move in words that name it."""
    move = procedure.moves[number]
    when = f" when {move.when.__name__}" if move.when else ""
    return f"{'|'.join(move.sources)} --{move.on.__name__}{when}--> {move.to or '(stays)'}"


def never_taken() -> Iterator[str]:
    """Every move of the newest versions that no test has taken."""
    for procedure in newest():
        for number in range(len(procedure.moves)):
            if (procedure.id, number) not in _taken:
                yield f"{procedure.id}: {told(procedure, number)}"


class MovesTaken:
    """Looks at the end of a run of the whole suite."""

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Fail when a move was left out; write the file when that was asked for."""
        config = session.config
        if config.option.write_moves:
            taken = {one.id: [n for n in range(len(one.moves)) if (one.id, n) in _taken] for one in newest()}
            FILE.write_text(json.dumps(taken, indent=1) + "\n", encoding="utf-8")
        whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not (config.option.keyword or config.option.markexpr)
        missing = list(never_taken()) if whole and exitstatus == pytest.ExitCode.OK else []
        if missing:
            reporter = config.pluginmanager.get_plugin("terminalreporter")
            reporter.write_line("\nMoves that no test takes:\n" + "\n".join(f"- {one}" for one in missing), red=True)
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
