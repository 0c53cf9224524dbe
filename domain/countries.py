"""Countries where payment methods are treated apart: dated lists, read from `countries.yaml` when this module is imported.

They are read then, and kept in a constant, because rules ask them while a procedure decides: the constant is a part of what
a released procedure means, so a changed list is found as a changed rule is. Days are days in the account's time zone.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Final

from pydantic import Field

from domain.data import Data, Place, load, load_packaged

_Country = Annotated[str, Field(strict=True, pattern="^[A-Z]{2}$")]


class Listed(Data):
    """Some countries, from a day on; without one, always."""

    from_: date | None = Field(None, alias="from")
    countries: Annotated[tuple[_Country, ...], Field(min_length=1)]

    def holds(self, country: str, on: date) -> bool:
        """Whether the country is listed on that day."""
        return country in self.countries and (self.from_ is None or self.from_ <= on)

    def twice(self) -> list[str]:
        """The countries that stand here more than once."""
        return sorted({one for one in self.countries if self.countries.count(one) > 1})


class Countries(Data):
    """The whole of `countries.yaml`. What each list is for is said there."""

    version: date
    no_new_bank_accounts: Listed
    no_bank_accounts: Listed
    one_time_password: Listed

    def faults(self) -> Iterator[tuple[Place, str]]:
        """Countries that are listed twice in one list."""
        for name in type(self).model_fields:
            listed = getattr(self, name)
            for country in listed.twice() if isinstance(listed, Listed) else ():
                yield (name, "countries"), f"{country} is listed twice: keep one"


def read_countries(text: str, source_name: str) -> Countries:
    """Lists from the text of another file of the same form. Raises `DataError` with every fault and its line."""
    return load(text, Countries, source_name)


COUNTRIES: Final = load_packaged("countries.yaml", Countries)
"""The lists packaged with `domain`."""


def new_bank_accounts_ended(country: str, on: date, lists: Countries = COUNTRIES) -> bool:
    """Whether no new bank account may be put on file there any more (G17)."""
    return lists.no_new_bank_accounts.holds(country, on)


def bank_accounts_unavailable(country: str, on: date, lists: Countries = COUNTRIES) -> bool:
    """Whether nobody pays by bank account there (G19)."""
    return lists.no_bank_accounts.holds(country, on)


def needs_one_time_password(country: str, on: date, lists: Countries = COUNTRIES) -> bool:
    """Whether a card is put on file there with a one-time password (G22)."""
    return lists.one_time_password.holds(country, on)
