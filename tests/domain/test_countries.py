"""Countries that are treated apart are dated data: G17, G19 and G22, each list with its day."""

from collections.abc import Callable
from datetime import date

import pytest
from tables import refused_otherwise

from domain.countries import (
    COUNTRIES,
    bank_accounts_unavailable,
    needs_one_time_password,
    new_bank_accounts_ended,
    read_countries,
)
from domain.data import DataError

TODAY = date(2026, 11, 22)


def test_the_seven_countries_are_seven() -> None:
    """G17: Belgium, France, Italy, Luxembourg, Portugal, Spain and the USA, as the seed names them."""
    assert set(COUNTRIES.no_new_bank_accounts.countries) == {"BE", "FR", "IT", "LU", "PT", "ES", "US"}
    assert not new_bank_accounts_ended("FR", date(2021, 1, 25))
    assert new_bank_accounts_ended("FR", date(2021, 1, 26))
    assert not new_bank_accounts_ended("DE", TODAY)


def test_a_list_without_a_day_holds_always() -> None:
    """G19: the source gives no day."""
    assert bank_accounts_unavailable("BR", date(2000, 1, 1))
    assert not bank_accounts_unavailable("NO", TODAY)


def test_a_one_time_password_is_asked_for_in_india() -> None:
    """G22."""
    assert needs_one_time_password("IN", TODAY)
    assert not needs_one_time_password("NO", TODAY)


GOOD = """\
version: 2026-11-22
no_new_bank_accounts: {from: 2021-01-26, countries: ["US"]}
no_bank_accounts: {countries: ["NO"]}
one_time_password: {countries: ["IN", "ID"]}
"""


@pytest.mark.parametrize(
    ("asked", "country"),
    [
        (new_bank_accounts_ended, "US"),
        (bank_accounts_unavailable, "NO"),
        (needs_one_time_password, "IN"),
    ],
    ids=["new", "any", "password"],
)
def test_the_lists_may_come_from_another_file(asked: Callable[..., bool], country: str) -> None:
    lists = read_countries(GOOD, "mine.yaml")
    assert asked(country, TODAY, lists)
    assert not asked("FI", TODAY, lists)


MALFORMED = [
    ('["NO"]', "[NO]", "line 3, no_bank_accounts.countries[0]: must be text, but YAML reads it as False: put it in quotes"),
    ('"US"', '"usa"', "line 2, no_new_bank_accounts.countries[0]: "),
    ('["IN", "ID"]', "[]", "line 4, one_time_password.countries: "),
    ('"IN", "ID"', '"IN", "IN"', "line 4, one_time_password.countries: IN is listed twice: keep one"),
    ("2021-01-26", "2021-02-30", "line 2, no_new_bank_accounts.from: 2021-02-30 cannot be read: "),
    ("one_time_password", "passwords", "one_time_password: is missing: add it"),
    ("one_time_password", "passwords", "line 4, passwords: is not a field of this file: remove it or correct its name"),
]


def test_a_malformed_file_is_refused() -> None:
    """Every fault with its line, its field and its remedy."""
    assert refused_otherwise(MALFORMED, DataError, lambda good, bad: read_countries(GOOD.replace(good, bad), "mine.yaml")) == ""
