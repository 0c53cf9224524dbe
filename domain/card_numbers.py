"""Finds what may be a card number in a text or in data: it is refused, never kept and never repeated (law 6)."""

import re
from collections.abc import Iterator
from typing import Any, Final

_RUN: Final = re.compile(r"(?<![0-9])[0-9](?:[ _-]?[0-9]){11,18}(?![0-9])")
"""12 to 19 digits, with the separators people (and YAML, in whole numbers) put between them."""


def has_card_number(text: str) -> bool:
    """Whether 12 to 19 digits in a row satisfy the check digit of card numbers; one in ten other numbers does, too.

    >>> has_card_number("order 123456789012"), has_card_number("0000 0000 0000")
    (False, True)
    """
    return any(_luhn([int(digit) for digit in found[0] if digit.isdigit()]) for found in _RUN.finditer(text))


def card_numbers(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The places in a tree of lists and mappings, as YAML gives it, whose text or whole number has a card number."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if has_card_number(str(key)):
                yield place
            yield from card_numbers(inner, (*place, str(key)))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from card_numbers(inner, (*place, index))
    elif isinstance(value, str | int) and has_card_number(str(value)):
        yield place


def _luhn(digits: list[int]) -> bool:
    """ISO/IEC 7812-1, annex B: with every second digit from the right doubled, they add up to a multiple of ten."""
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
