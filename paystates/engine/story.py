"""How a procedure tells people of itself, beyond its state and its moves: plain data, which whoever shows it escapes."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that people want to know, such as “attempts” and “2 of 6”. An instant is told on the story's clock."""

    what: str
    how: str | datetime


@dataclass(frozen=True, slots=True)
class Table:
    """Several things of one kind. `more` is how many there are besides those in the rows."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Story:
    """What a procedure tells of itself. `zone` is the time zone, by its IANA name, in which its people live."""

    lines: tuple[Line, ...] = ()
    tables: tuple[Table, ...] = ()
    zone: str = "UTC"
