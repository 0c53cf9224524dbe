"""Law 6: money is whole minor units of one currency, and never converted."""

import doctest
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import refused_otherwise

from domain import money
from domain.money import CurrencyMismatch, Money, MoneyError, UnknownCurrency, exponent

amounts = st.builds(Money, st.integers(-(10**12), 10**12), st.sampled_from(["NOK", "JPY", "KWD"]))


def test_the_examples_in_the_documentation_run() -> None:
    assert doctest.testmod(money).failed == 0


READ = {
    ("1495.00", "NOK"): 149500,
    ("1495", "NOK"): 149500,
    ("1495.5", "NOK"): 149550,
    ("1 495 000.00", "NOK"): 149500000,
    ("1\u00a0495.00", "NOK"): 149500,
    ("1\u202f495.00", "NOK"): 149500,
    ("-0.01", "EUR"): -1,
    ("1500", "JPY"): 1500,
    ("1.234", "KWD"): 1234,
}


def test_an_amount_is_read_in_the_currencys_own_decimals() -> None:
    found = {(text, currency): Money.parse(text, currency) for text, currency in READ}
    assert found == {(text, currency): Money(minor, currency) for (text, currency), minor in READ.items()}


AMBIGUOUS = [
    ("1,495.00", "NOK", "with a point before the decimals"),
    ("1495,00", "NOK", "with a point before the decimals"),
    ("14 95.00", "NOK", "is not an amount"),
    ("1495.", "NOK", "is not an amount"),
    ("", "NOK", "is not an amount"),
    ("1495.00\n", "NOK", "is not an amount"),
    ("١٢", "NOK", "is not an amount"),
    ("1e3", "NOK", "is not an amount"),
    ("1495.005", "NOK", "has 3 decimals, but NOK has 2"),
    ("1500.0", "JPY", "has 1 decimals, but JPY has 0"),
    (1495.0, "NOK", "a float cannot hold every amount"),
    (1495, "NOK", "is not text"),
]


def test_what_could_be_read_in_two_ways_is_refused() -> None:
    """Nothing is rounded and nothing is guessed: the sentence says how to write it."""
    assert refused_otherwise(AMBIGUOUS, MoneyError, Money.parse) == ""


@pytest.mark.parametrize("code", ["nok", "NO", "XYZ", "", None, ["NOK"]])
def test_only_a_known_currency_is_a_currency(code: Any) -> None:
    with pytest.raises(UnknownCurrency, match="use an ISO 4217 code in capitals"):
        Money.parse("1.00", code)
    with pytest.raises(UnknownCurrency):
        Money(1, code)


@pytest.mark.parametrize("amount", [1.0, "1", True, None])
def test_an_amount_is_an_integer(amount: Any) -> None:
    """A float would lose øre silently."""
    with pytest.raises(MoneyError, match="give an integer in minor units"):
        Money(amount, "NOK")


def test_the_minor_unit_is_the_one_of_iso_4217() -> None:
    decimals = {"NOK": 2} | dict.fromkeys(("JPY", "KRW", "CLP", "ISK", "VND"), 0)
    decimals |= dict.fromkeys(("KWD", "BHD", "JOD", "TND", "OMR"), 3)
    assert {code: exponent(code) for code in decimals} == decimals


def test_money_is_shown_with_its_currency_and_decimals() -> None:
    shown = {
        (149500, "NOK"): "1495.00 NOK",
        (-50, "EUR"): "-0.50 EUR",
        (0, "USD"): "0.00 USD",
        (5, "KWD"): "0.005 KWD",
        (1500, "JPY"): "1500 JPY",
        (-1500, "JPY"): "-1500 JPY",
    }
    assert {(amount, currency): str(Money(amount, currency)) for amount, currency in shown} == shown


def test_an_amount_that_no_book_could_keep_is_refused() -> None:
    """Fifteen digits in minor units, whatever zeros stand before them."""
    assert Money.parse("9 999 999 999 999.99", "NOK").amount == 10**15 - 1
    assert Money.parse("0" * 20 + "1", "NOK").amount == 100
    with pytest.raises(MoneyError, match="is too large: an amount has at most 13 digits before the point"):
        Money.parse("10000000000000.00", "NOK")


@given(amounts)
@settings(max_examples=60)
def test_what_is_shown_is_read_back(value: Money) -> None:
    assert Money.parse(*str(value).split(" ")) == value


@given(amounts, st.integers(-(10**12), 10**12))
@settings(max_examples=40)
def test_what_is_added_can_be_taken_off_again(value: Money, other: int) -> None:
    more = Money(other, value.currency)
    assert (value + more).amount == value.amount + other
    assert value + more - more == value


def test_two_currencies_never_meet() -> None:
    """Law 6: never converted."""
    with pytest.raises(CurrencyMismatch, match=r"1\.00 NOK and 1\.00 SEK are of two currencies"):
        Money(100, "NOK") + Money(100, "SEK")
    with pytest.raises(CurrencyMismatch):
        Money(100, "NOK") - Money(100, "SEK")
