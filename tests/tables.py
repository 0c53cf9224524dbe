"""A table of refusals is tried in one test: every row that is refused otherwise is told, and what came instead."""

from collections.abc import Callable, Iterable
from typing import Any


def refused_otherwise(
    rows: Iterable[tuple[Any, ...]], refused: type[Exception], call: Callable[..., object], begins: str = ""
) -> str:
    """The rows whose last column is not in the refusal of what the other columns are given to, as text; "" when all is well.

    Every refusal `begins` so.
    """
    otherwise = ""
    for *given, said in rows:
        try:
            came = f"no refusal: {call(*given)!r}"
        except refused as error:
            came = str(error)
            if came.startswith(begins) and said in came:
                continue
        otherwise += f"given {', '.join(map(repr, given))}\n  expected {begins}… {said}\n  but came {came}\n"
    return otherwise
