"""The facts that the rules about payment methods read: an account, its methods, and what depends on one of them.

An effect reads them from the book, and the same rules judge them twice: when a person chooses, and again in the transaction
that writes (law 5). Dates are in the account's time zone.

A fact that speaks against something has no default: whoever leaves it out says nothing by that. None of what is due means that
it was not read.
"""

from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from domain.accounts import AccountKind, Era, MethodKind, PayerKind, Standing, SubscriptionStatus
from domain.method_fields import BANK_NETWORKS, CARD_NETWORKS, NETWORKS, has_long_number, is_country, is_last4, is_token


class Facts(BaseModel):
    """Frozen, and closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MethodFacts(Facts):
    """A payment method. `label` is what people call it, such as “Visa ending 4242”; `country` None: nobody knows it."""

    id: str
    label: str
    kind: MethodKind
    country: str | None
    added_by: str
    added_on: date
    expires: date | None = None
    standing: Standing

    @property
    def is_card(self) -> bool:
        """A credit or debit card (C3)."""
        return self.kind is MethodKind.CARD


class Item(Facts):
    """A subscription or a billing profile that pays with a method."""

    kind: PayerKind
    id: str
    name: str

    @property
    def key(self) -> str:
        """Kind and id in one word, `billing_profile/bp-1`: where a page of items begins after."""
        return f"{self.kind.value}/{self.id}"


class SubscriptionFacts(Facts):
    """The one subscription whose method is changed (G35). `profile` is the billing profile it pays through, `method` its own.

    `owes`: it is deleted, and something is due of it all the same (G52); of others nobody asks.
    """

    id: str
    name: str
    status: SubscriptionStatus
    method: str | None
    profile: str | None
    owes: bool = False


class AccountFacts(Facts):
    """The account, and the day it is there. `methods` counts those on file; `needs_paying`: something must be paid (C4).

    `strict`: the account is in strict mode, where outstanding charges block a deletion too (C11). `time_zone` is IANA's name.
    """

    id: str
    country: str
    kind: AccountKind
    era: Era
    today: date
    methods: int
    needs_paying: bool | None
    strict: bool = False
    time_zone: str = "UTC"


class Dependents(Facts):
    """What pays with the method, whatever its status (C2, G42): how many, how many of them billing profiles, and the first few.

    `profile` is the billing profile when it is the only dependent: then a role on it counts (G8, G11).
    """

    count: int
    profiles: int
    first: tuple[Item, ...] = ()
    profile: str | None = None


class Picture(Facts):
    """Everything that the rules ask about a choice. `source` is the method that is replaced, changed or deleted.

    `candidates` are the account's other methods. `charging` are the invoices with an attempt on the source that is open or
    clearing (C11); `retried` those whose retries would lose their method; `outstanding` those still due on it (strict mode).
    Of each there are the first few: they are named to a person, and a picture must not grow with what depends on a method. None:
    nobody looked, because the picture is for those who choose, or add; a rule that asks for it cannot tell.
    """

    account: AccountFacts
    source: MethodFacts | None
    subscription: SubscriptionFacts | None = None
    dependents: Dependents
    candidates: tuple[MethodFacts, ...] = ()
    charging: tuple[str, ...] | None
    retried: tuple[str, ...] | None
    outstanding: tuple[str, ...] | None

    @property
    def pays_profiles(self) -> bool:
        """Whether a billing profile is among what would be moved (C8): of one subscription, the profile it pays through."""
        if self.subscription is not None:
            return self.subscription.profile is not None
        return self.dependents.profiles > 0

    def candidate(self, method: str | None) -> MethodFacts | None:
        """The method of that id among those that may be chosen from; None when it is not one of them."""
        return next((one for one in self.candidates if one.id == method), None)


def era_of(picture: Picture | None) -> Era | None:
    """The era in which a procedure was begun that has this picture: every later look is judged by it. None: it has none yet."""
    return picture.account.era if picture is not None else None


def _token(text: str) -> str:
    if not is_token(text):
        message = "must be the provider's token: one word with a letter in it, never a number"
        raise ValueError(message)
    return text


def _network(text: str) -> str:
    if text not in NETWORKS:
        message = f"must be one of {', '.join(NETWORKS)}"
        raise ValueError(message)
    return text


def _last4(text: str) -> str:
    if not is_last4(text):
        message = "must be four digits, never more of it"
        raise ValueError(message)
    return text


def _country(text: str) -> str:
    if not is_country(text):
        message = "must be an ISO 3166 code in two capital letters, such as NO"
        raise ValueError(message)
    return text


def _holder(text: str) -> str:
    if has_long_number(text):
        message = "must be a name: it has too many digits in a row"
        raise ValueError(message)
    return text


def _month_end(day: date) -> date:
    if day == date.max or (day + timedelta(days=1)).day != 1:
        message = "must be the last day of the card's month, such as 2029-04-30"
        raise ValueError(message)
    return day


class NewMethod(Facts):
    """A method to be put on file, as the provider's token: no number ever comes here (law 6), so each field is checked.

    `country` is where it was issued, None when the provider does not say. A card has a card's network, a bank account its scheme.
    """

    token: Annotated[str, AfterValidator(_token)] = Field(description="the provider's token for it", examples=["tok_1"])
    kind: MethodKind = Field(description="what it is: a card or a bank account", examples=["card"])
    network: Annotated[str, AfterValidator(_network)] = Field(
        description="the brand of a card, or the scheme by which a bank account is debited", examples=["visa"]
    )
    last4: Annotated[str, AfterValidator(_last4)] = Field(description="the last four digits of its number", examples=["4242"])
    country: Annotated[str, AfterValidator(_country)] | None = Field(
        default=None, description="where it was issued, as ISO 3166 has it", examples=["NO"]
    )
    holder: Annotated[str, AfterValidator(_holder)] = Field(
        default="", description="the name on it, without any number", examples=["Kari Nordmann"]
    )
    expires: Annotated[date, AfterValidator(_month_end)] | None = Field(
        default=None, description="the last day of the card's month", examples=["2029-04-30"]
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        known = CARD_NETWORKS if self.kind is MethodKind.CARD else BANK_NETWORKS
        if self.network not in known:
            what = self.kind.value.replace("_", " ")
            message = f"network {self.network} is none of a {what}: give one of {', '.join(known)}, or correct kind"
            raise ValueError(message)
        return self
