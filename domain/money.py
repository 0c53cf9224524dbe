"""Money as integer minor units of one currency: added, subtracted, read from text, and never converted (law 6).

MoneyError (a ValueError)
├── UnknownCurrency
└── CurrencyMismatch
"""

import re
from dataclasses import dataclass
from typing import Self

_BY_EXPONENT = """
0 BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF
2 AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC
2 CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
2 KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR
2 NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
2 TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG
3 BHD IQD JOD KWD LYD OMR TND
"""
_EXPONENTS = {code: int(digits) for digits, *codes in map(str.split, _BY_EXPONENT.strip().splitlines()) for code in codes}

# A space (or a non-breaking one) groups thousands in every language; a comma is the decimal sign in some: refused.
_AMOUNT = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]+|[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+)(?:\.(?P<part>[0-9]+))?")

_DIGITS = 15
"""How many an amount may have, in minor units: a sum of many still fits the database’s integers, and is exact in JSON."""


class MoneyError(ValueError):
    """An amount of money that cannot be read or used; the sentence says why and what to do."""


class UnknownCurrency(MoneyError):
    """The code is not one of ISO 4217's currencies as this house knows them."""


class CurrencyMismatch(MoneyError):
    """Two currencies met where one is needed: money is never converted (law 6)."""


def exponent(currency: str) -> int:
    """How many decimals the currency's minor unit stands for: 0 (JPY), 2 (NOK) or 3 (KWD), as in ISO 4217.

    A provider may count otherwise (Stripe takes ISK and UGX in hundredths): that is for its adapter to convert.
    Raises `UnknownCurrency` for anything but a known code in three capital letters.
    """
    try:
        return _EXPONENTS[currency]
    except (KeyError, TypeError):
        raise UnknownCurrency(f"{currency!r} is not a known currency: use an ISO 4217 code in capitals, such as NOK") from None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (øre, cents) of one currency; it may be zero or negative.

    Raises `MoneyError` when the amount is not an integer, `UnknownCurrency` when the code is not known.

    >>> Money(149500, "NOK") - Money(500, "NOK")
    Money(amount=149000, currency='NOK')
    """

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise MoneyError(f"{self.amount!r} is not an amount: give an integer in minor units, 149500 for 1495.00 NOK")
        exponent(self.currency)

    @classmethod
    def parse(cls, text: object, currency: str) -> Self:
        """Read an amount written in major units, `1495.00` or `1 495.00`; decimals may be left out, never exceeded.

        Raises `MoneyError` for a float, a comma or too many decimals, and `UnknownCurrency` for an unknown code.

        >>> Money.parse("1 495.00", "NOK").amount
        149500
        """
        decimals = exponent(currency)
        if not isinstance(text, str):
            raise MoneyError(f"{text!r} is not text: write the amount as text, since a float cannot hold every amount")
        found = _AMOUNT.fullmatch(text)
        if found is None:
            raise MoneyError(f"{text!r} is not an amount: write 1495.00 or 1 495.00, with a point before the decimals")
        part = found["part"] or ""
        if len(part) > decimals:
            raise MoneyError(f"{text!r} has {len(part)} decimals, but {currency} has {decimals}: round it before it comes here")
        digits = "".join(filter(str.isdigit, found["whole"])) + part.ljust(decimals, "0")
        if len(digits.lstrip("0")) > _DIGITS:
            raise MoneyError(f"{text!r} is too large: an amount has at most {_DIGITS - decimals} digits before the point")
        return cls(int(found["sign"] + digits), currency)

    def __add__(self, other: Self) -> Self:
        """The sum. Raises `CurrencyMismatch` when the other is of another currency."""
        self._same(other)
        return type(self)(self.amount + other.amount, self.currency)

    def __sub__(self, other: Self) -> Self:
        """The difference. Raises `CurrencyMismatch` when the other is of another currency."""
        self._same(other)
        return type(self)(self.amount - other.amount, self.currency)

    def __str__(self) -> str:
        """The amount in major units with the currency's decimals: `1495.00 NOK`, `-0.50 EUR`, `1500 JPY`."""
        decimals = exponent(self.currency)
        digits = str(abs(self.amount)).rjust(decimals + 1, "0")
        whole, part = (digits[:-decimals], f".{digits[-decimals:]}") if decimals else (digits, "")
        return f"{'-' if self.amount < 0 else ''}{whole}{part} {self.currency}"

    def _same(self, other: Self) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self} and {other} are of two currencies: money is never converted, keep them apart")
