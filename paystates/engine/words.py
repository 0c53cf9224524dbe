"""Fills sentences with the facts of a case. Facts are written as texts; a date is written out as the language does it."""

from collections.abc import Callable, Mapping
from datetime import date


def english_date(day: date) -> str:
    """`30 April 2026`."""
    return f"{day.day} {day:%B %Y}"


class _Fact(str):
    __slots__ = ("write",)
    write: Callable[[date], str]

    def __format__(self, spec: str) -> str:
        return self.write(date.fromisoformat(self)) if spec == "date" else super().__format__(spec)


def say(template: str, facts: Mapping[str, object], write_date: Callable[[date], str] = english_date) -> str:
    """The sentence with its facts in it; `{expires:date}` writes an ISO date out. `KeyError` for a fact that is not there.

    >>> say("{method} expired on {expires:date}.", {"method": "Visa ending 4242", "expires": "2026-04-30"})
    'Visa ending 4242 expired on 30 April 2026.'
    """
    if ":date}" not in template:
        return template.format_map(facts)
    told = {}
    for name, fact in facts.items():
        told[name] = _Fact(fact)
        told[name].write = write_date
    return template.format_map(told)
