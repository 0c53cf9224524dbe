"""Where a card number hides in what somebody wrote (law 6)."""

import pytest

from domain.card_numbers import card_numbers, has_card_number

NUMBER = "4" + "1" * 15
"""Passes the check digit, as every number of this shape that is made for tests."""


@pytest.mark.parametrize(
    ("tree", "places"),
    [
        ({"a": [{"b": f"card {NUMBER}"}]}, [("a", 0, "b")]),
        ({"a": int(NUMBER)}, [("a",)]),
        ({"a": {NUMBER: "visa"}}, [("a",)]),
        ({NUMBER: None}, [()]),
        ({"a": 1, "b": [None, 2.5, "4111"]}, []),
    ],
)
def test_it_is_found_wherever_it_stands(tree, places):
    """In text, as a whole number, and as a key, which is told by where it stands and not repeated."""
    assert list(card_numbers(tree)) == places


def test_digits_that_fail_the_check_are_none():
    assert has_card_number(NUMBER)
    assert not has_card_number(NUMBER[:-1] + "2")
