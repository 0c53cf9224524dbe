"""One test for a whole table: a law is tried with each row, and every row for which it does not hold is told with its reason."""

from collections.abc import Callable, Iterable
from functools import wraps
from inspect import Signature, signature
from reprlib import repr as short
from typing import Any

Law = Callable[..., None]


def for_every(rows: Iterable[Any], called: Callable[..., str] | None = None) -> Callable[[Law], Callable[[], None]]:
    """Like `parametrize`, for cases that are a few pure calls: a test of its own would cost each a hundred times as much.

    A law with one argument is given the row, one with several its columns; `called` is given the same, and names the row.
    """
    table = list(rows)
    if not table:
        raise ValueError("a law without a single case holds whatever it says: give a row")

    def tried(law: Law) -> Callable[[], None]:
        columns = list(signature(law).parameters)
        cases = [dict(zip(columns, (row,) if len(columns) == 1 else row, strict=True)) for row in table]

        @wraps(law)
        def test() -> None:
            __tracebackhide__ = True
            broken: dict[str, Exception] = {}
            for number, case in enumerate(cases, start=1):
                try:
                    law(**case)
                except Exception as why:  # noqa: BLE001 - whatever it is, it is told with its row, once all rows were tried
                    row = f"Row {number}: {called(*case.values()) if called else named(case)}"
                    why.add_note(row)
                    broken[row] = why
            if broken:
                raise ExceptionGroup("\n".join([f"not so in {len(broken)} of {len(cases)} rows", *broken]), [*broken.values()])

        test.__signature__ = Signature()  # type: ignore[attr-defined]  # pytest finds no fixtures in the law's arguments
        return test

    return tried


def named(case: dict[str, Any]) -> str:
    """A row by its columns, long ones cut short."""
    return ", ".join(f"{column} {short(value)}" for column, value in case.items())
