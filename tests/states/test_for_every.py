"""A law over a whole table: no row is left out, and whatever is wrong with one, the others are tried and told too."""

import pytest
from for_every import for_every

ROWS = [(1, 2), (2, 2), (0, 3), (4, 5)]


def test_every_row_for_which_the_law_does_not_hold_is_told_with_its_reason() -> None:
    @for_every(ROWS, lambda left, right: f"{left} and {right}")
    def law(left: int, *, right: int) -> None:
        assert 4 // left == right, f"{4 // left} is another number"

    with pytest.raises(ExceptionGroup) as raised:
        law()
    assert raised.value.message == "not so in 3 of 4 rows\nRow 1: 1 and 2\nRow 3: 0 and 3\nRow 4: 4 and 5"
    assert [type(why) for why in raised.value.exceptions] == [AssertionError, ZeroDivisionError, AssertionError]
    assert [why.__notes__ for why in raised.value.exceptions] == [["Row 1: 1 and 2"], ["Row 3: 0 and 3"], ["Row 4: 4 and 5"]]
    assert str(raised.value.exceptions[0]).startswith("4 is another number")


def test_a_law_with_one_argument_is_given_the_row() -> None:
    tried = []

    @for_every(iter(ROWS))
    def law(row: tuple[int, int]) -> None:
        tried.append(row)

    law()
    assert tried == ROWS


def test_a_row_without_a_name_is_named_by_its_columns() -> None:
    @for_every([("it", "x" * 99)])
    def law(word: str, text: str) -> None:
        raise KeyError(word)

    with pytest.raises(ExceptionGroup, match=r"Row 1: word 'it', text 'x+\.\.\.x+'$"):
        law()


def test_a_table_must_have_rows_and_they_must_fit_the_law() -> None:
    """A table that is found empty, or a column that is forgotten, would prove nothing."""
    with pytest.raises(ValueError, match="give a row"):
        for_every([])
    with pytest.raises(ValueError, match="shorter"):
        for_every([(1, 2), (3,)])(lambda left, right: None)
