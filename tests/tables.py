"""A table of refusals is tried in one test: every row that is refused otherwise is told, and what came instead."""

from collections.abc import Callable, Iterable
from typing import Any


def refused_otherwise(rows: Iterable[tuple[Any, ...]], refused: type[Exception], call: Callable[..., object]) -> dict[str, str]:
    """The rows whose last column does not stand in the refusal of what the others are given to; none when all is well."""
    otherwise = {}
    for *given, said in rows:
        try:
            came = f"not refused: {call(*given)!r}"
        except refused as error:
            if said in str(error):
                continue
            came = str(error)
        otherwise[", ".join(map(repr, given))] = f"{came} (expected: {said})"
    return otherwise
