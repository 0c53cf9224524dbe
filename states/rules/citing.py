"""Which numbered rules and decisions a rule applies, read from the source it is declared with (docs/sources.md)."""

import re
from typing import Final

from paystates.engine import Rule

_NUMBER: Final = re.compile(r"[GC]\d+[a-c]?")
"""A rule such as G18a, or a decision where the sources contradict each other, such as C3."""


def numbers_of(rule: Rule) -> tuple[str, ...]:
    """The numbers it cites, in the order of its source; none where it comes from elsewhere, such as a law of money."""
    return tuple(part for part in _parts(rule) if _NUMBER.fullmatch(part))


def other_sources_of(rule: Rule) -> tuple[str, ...]:
    """What else it comes from."""
    return tuple(part for part in _parts(rule) if not _NUMBER.fullmatch(part))


def _parts(rule: Rule) -> list[str]:
    return rule.source.split("; ")
