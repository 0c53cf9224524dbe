"""Durations as people write them in scripts and scenarios: `4d`, `2h`, `30s`, `1d 2h`."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

_UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
_PART = re.compile(r"(\d+)([wdhms])")
_WHOLE = re.compile(r"\d+[wdhms](\s*\d+[wdhms])*", re.ASCII)


def parse_duration(text: str) -> timedelta:
    """The duration that `text` names: whole weeks, days, hours, minutes and seconds, each unit at most once.

    >>> parse_duration("1d 2h")
    datetime.timedelta(days=1, seconds=7200)

    Raises `ValueError`, with the remedy in its sentence, when the text is not of that shape.
    """
    stripped = text.strip()
    if not _WHOLE.fullmatch(stripped):
        raise ValueError(f"{text!r} is not a duration: write whole numbers with w, d, h, m or s, such as 4d, 30s or 1d 2h")
    parts: list[tuple[str, str]] = _PART.findall(stripped)
    units = [unit for _, unit in parts]
    if len(set(units)) < len(units):
        raise ValueError(f"{text!r} names a unit twice: add the numbers up, as in 1d 2h")
    try:
        return sum((int(number) * _UNITS[unit] for number, unit in parts), timedelta())
    except OverflowError:
        raise ValueError(f"{text!r} is longer than time can be counted: write fewer digits") from None


def format_duration(duration: timedelta) -> str:
    """The text that `parse_duration` reads as `duration`, in whole seconds.

    >>> format_duration(timedelta(days=1, hours=2))
    '1d 2h'

    Raises `ValueError` for a negative duration or a fraction of a second: neither can be written.
    """
    if duration < timedelta() or duration.microseconds:
        raise ValueError(f"{duration!r} cannot be written: a duration is a whole number of seconds, zero or more")
    words: list[str] = []
    for unit in "dhms":
        count, duration = divmod(duration, _UNITS[unit])
        if count:
            words.append(f"{count}{unit}")
    return " ".join(words) or "0s"


def _read(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str):
        return parse_duration(value)
    raise ValueError(f"{value!r} has no unit: write a duration such as 4d, 30s or 1d 2h")


Duration = Annotated[timedelta, BeforeValidator(_read), PlainSerializer(format_duration)]
"""A field of a pydantic model that is written as a duration, and written back as one."""
