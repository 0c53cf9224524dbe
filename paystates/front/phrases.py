"""Small phrases for people: text from outside made printable, instants on a wall clock, numbers with their nouns."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]


def plain(text: object) -> str:
    """Text from outside without control characters: a new line becomes a blank, any other a question mark."""
    blanks = str(text).replace("\n", " ").replace("\t", " ")
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in blanks)


def when(instant: datetime | None, zone: ZoneInfo, *, beside: datetime | None = None, language: str = "en") -> str:
    """An instant on a wall clock: `Thu 26 Nov 09:00`, with the year where it is another one than `beside` has."""
    if instant is None:
        return ""
    local = instant.astimezone(zone)
    year = f" {local.year}" if beside is not None and beside.astimezone(zone).year != local.year else ""
    if language != "en":
        from babel.dates import format_datetime  # noqa: PLC0415 - slow to import, and most people read English

        return format_datetime(local, f"EEE d. MMM{' y' if year else ''} HH:mm", locale=language)
    return f"{local:%a} {local.day:2d} {local:%b}{year} {local:%H:%M}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 attempt`, `2 attempts`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
