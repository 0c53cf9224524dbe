"""The single fields of requests and answers, and what all models of the API have in common.

Money is an integer of minor units (øre, cents) with its currency: a float cannot hold every amount, and no text needs parsing.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, Header, Path, Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from domain.money import Money, UnknownCurrency, exponent
from paystates.web.once import LONGEST

MOST: Final = 99_999_999_999
"""The largest amount in minor units: longer numbers may be card numbers, and are refused before they are read."""

ID: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
PLAIN: Final = r"^[^\x00-\x1f\x7f]*$"


class Sent(BaseModel):
    """What a caller sends: a field nobody knows is an error, not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(BaseModel):
    """What a caller is told."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


def example(**fields: Any) -> ConfigDict:
    """The model's configuration with an example for the description."""
    examples: Mapping[str, Any] = {"examples": [fields]}
    return ConfigDict(frozen=True, extra="forbid", json_schema_extra=dict(examples))


def _text_only(value: object) -> object:
    if not isinstance(value, str):
        message = "write a date such as 2026-03-31"
        raise ValueError(message)  # noqa: TRY004 - pydantic tells a ValueError to the caller
    return value


def _known_currency(code: str) -> str:
    try:
        exponent(code)
    except UnknownCurrency:
        message = "use an ISO 4217 code in capitals, such as NOK"
        raise ValueError(message) from None
    return code


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        message = "use a name of the IANA list, such as Europe/Oslo"
        raise ValueError(message) from None
    return name


Id = Annotated[str, Field(pattern=ID, description="Up to 64 letters, digits, '.', '_' and '-', a letter or digit first.")]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN)]
Email = Annotated[str, Field(max_length=254, pattern=r"^[!-?A-~]+@[!-?A-~]+$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166, two capital letters.")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$", description="ISO 639, two small letters.")]
Zone = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$", description="IANA."), AfterValidator(_known_zone)]
Day = Annotated[
    date, BeforeValidator(_text_only, json_schema_input_type=Annotated[str, Field(json_schema_extra={"format": "date"})])
]
Yes = Annotated[bool, Field(strict=True)]
Reference = Annotated[
    str,
    Field(min_length=1, max_length=128, pattern=r"^[!-~]+$", description="What it is known by: told twice, it is booked once."),
]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217."), AfterValidator(_known_currency)]
Minor = Annotated[int, Field(strict=True, ge=1, le=MOST, description="In minor units: 149500 is 1495.00 NOK.")]


class Amount(Sent):
    """Money in minor units of a currency: `{"amount": 149500, "currency": "NOK"}` is 1495.00 NOK."""

    model_config = example(amount=149500, currency="NOK")

    amount: Minor
    currency: Currency

    @property
    def money(self) -> Money:
        """The same for the house."""
        return Money(self.amount, self.currency)


AccountId = Annotated[str, Path(pattern=ID, examples=["contoso"])]
AnId = Annotated[str, Path(pattern=ID)]
Subject = Annotated[
    str,
    Path(
        pattern=r"^[^\x00-\x1f\x7f]{1,255}$",
        description="What the procedure is about: the rest of its id, such as an invoice. It may have slashes.",
        examples=["2026-1001"],
    ),
]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
ActingFor = Annotated[
    str | None,
    Header(
        alias="Paystates-Actor",
        pattern=ID,
        description="The person the call is for; needed when the token is made for nobody in particular.",
        examples=["kari"],
    ),
]

_KEY: Final = Header(
    alias="Idempotency-Key",
    min_length=1,
    max_length=LONGEST,
    pattern=r"^[ -~]+$",
    description="Your own name for this request, such as a UUID: sent again under it, the request is done once.",
    examples=["3f1c2a5e-7b7e-4b39-9a53-0c3f8f0d5f7a"],
)


def _key_given(key: Annotated[str, _KEY]) -> None:
    """The key is read before the route is; here it is described, and demanded."""


def _key_perhaps(key: Annotated[str | None, _KEY] = None) -> None:
    """The same, where a request is its own key."""


WITH_KEY: Final = Depends(_key_given)
MAY_HAVE_KEY: Final = Depends(_key_perhaps)
