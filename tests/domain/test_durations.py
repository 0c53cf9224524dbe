"""Durations as people write them."""

import doctest
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from tables import refused_otherwise

import domain.durations
from domain.durations import Duration, format_duration, parse_duration

WRITTEN = {
    "4d": timedelta(days=4),
    "2h": timedelta(hours=2),
    "30s": timedelta(seconds=30),
    "90m": timedelta(hours=1, minutes=30),
    "1w": timedelta(weeks=1),
    " 1d 2h ": timedelta(days=1, hours=2),
    "2h1d": timedelta(days=1, hours=2),
    "0s": timedelta(),
}


def test_a_duration_is_the_sum_of_its_parts() -> None:
    assert {text: parse_duration(text) for text in WRITTEN} == WRITTEN


def test_what_is_not_a_duration_is_refused_with_a_remedy() -> None:
    remedy = "is not a duration: write whole numbers with w, d, h, m or s, such as 4d"
    no_durations = ["", "4", "d", "4 d", "4 days", "-4d", "1.5h", "4d,2h", "4D", "٤d"]
    assert refused_otherwise([(text, remedy) for text in no_durations], ValueError, parse_duration) == ""


def test_a_unit_may_be_named_once() -> None:
    with pytest.raises(ValueError, match="'1d 2d' names a unit twice: add the numbers up"):
        parse_duration("1d 2d")


def test_a_duration_beyond_counting_is_refused() -> None:
    with pytest.raises(ValueError, match="is longer than time can be counted: write fewer digits"):
        parse_duration("99999999999999w")


@given(st.integers(0, 10**9))
def test_what_is_written_is_read_as_the_same(seconds: int) -> None:
    assert parse_duration(format_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


@pytest.mark.parametrize("duration", [timedelta(seconds=-1), timedelta(milliseconds=1)])
def test_what_cannot_be_written_is_refused(duration: timedelta) -> None:
    with pytest.raises(ValueError, match="a duration is a whole number of seconds, zero or more"):
        format_duration(duration)


def test_a_field_reads_and_writes_durations() -> None:
    field: TypeAdapter[timedelta] = TypeAdapter(Duration)

    assert field.validate_python("1d 2h") == field.validate_json('"26h"') == timedelta(hours=26)
    assert field.validate_python(timedelta(hours=26)) == timedelta(hours=26)
    assert field.dump_python(timedelta(hours=26)) == "1d 2h"
    with pytest.raises(ValidationError, match="4 has no unit: write a duration such as 4d"):
        field.validate_python(4)


def test_the_examples_hold() -> None:
    assert doctest.testmod(domain.durations).failed == 0
