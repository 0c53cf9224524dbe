"""The terminal: data on stdout, progress and complaints on stderr, readable at 80 columns and without colours."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from paystates.front.phrases import plain

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table


def console(*, error: bool = False) -> "Console":
    """A console on stdout, or on stderr. It writes no colour codes where there is no terminal."""
    from rich.console import Console

    return Console(stderr=error, highlight=False, emoji=False)


def safe(text: object) -> str:
    """Text from outside, made harmless: nothing in it moves the cursor, and nothing is read as rich's markup."""
    from rich.markup import escape

    return escape(plain(text))


def show(*things: "RenderableType") -> None:
    """Put data on stdout."""
    out = console()
    for thing in things:
        out.print(thing)


def note(text: str) -> None:
    """Progress and advice, on stderr; `text` is rich's markup."""
    console(error=True).print(text)


def say(line: str) -> None:
    """The same for a line that is no markup."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def complain(message: str) -> None:
    """What went wrong, on stderr, whole lines and never cut."""
    err = console(error=True)
    for line in message.splitlines():
        err.print(safe(line), style="red" if err.is_terminal else None, soft_wrap=not err.is_terminal)


class Form(StrEnum):
    """How data is printed: for people, as one JSON text, or as JSON texts of a line each."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"


_form: ContextVar[Form] = ContextVar("how a command prints its data", default=Form.TABLE)


@contextmanager
def printing(form: Form) -> Iterator[None]:
    """What is shown inside the block is printed like that."""
    before = _form.set(form)
    try:
        yield
    finally:
        _form.reset(before)


def by_lines() -> bool:
    """Whether data is wanted as a JSON text a line."""
    return _form.get() is Form.JSONL


def show_json(data: object) -> None:
    """Put data on stdout as JSON; where it is wanted by lines, each thing of a list on its own."""
    if by_lines():
        for one in data if isinstance(data, list) else [data]:
            sys.stdout.write(json.dumps(one, ensure_ascii=False, default=_as_json) + "\n")
    else:
        sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2, default=_as_json) + "\n")
    sys.stdout.flush()


def _as_json(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Iterable):
        return list(value)
    return str(value)


def table(*columns: str, rows: Iterable[Sequence[str]], whole: Sequence[int] = (0,), spare: Sequence[int] = ()) -> "Table":
    """A plain table; cells are rich's markup. The columns numbered in `whole` are never broken.

    Those in `spare` are left out, the first of them first, where the terminal is too narrow for whole words in all; then a line
    below says which.
    """
    lines = list(rows)
    out = console()
    unbounded = out.options.update(max_width=10_000)
    for gone in range(len(spare)):
        made = _table(columns, lines, whole, spare[:gone])
        if out.measure(made, options=unbounded).minimum <= out.width:
            return made
    return _table(columns, lines, whole, spare)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], whole: Sequence[int], without: Sequence[int]) -> "Table":
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", expand=False)
    for number, name in enumerate(columns):
        if number not in without:
            longest = max((Text.from_markup(row[number]).cell_len for row in rows), default=0) if number in whole else None
            made.add_column(name, overflow="fold", no_wrap=number in whole, min_width=longest)
    for row in rows:
        made.add_row(*(cell for number, cell in enumerate(row) if number not in without))
    if without:
        left_out = " and ".join(columns[number] for number in sorted(without))
        made.caption = f"A wider terminal is shown the {left_out}, too."
        made.caption_justify = "left"
    return made


def pairs(rows: Iterable[tuple[str, str]]) -> "Table":
    """Names and values, one a line; cells are rich's markup."""
    from rich.table import Table

    made = Table.grid(padding=(0, 2))
    made.add_column(style="bold", no_wrap=True)
    made.add_column(overflow="fold")
    for row in rows:
        made.add_row(*row)
    return made
