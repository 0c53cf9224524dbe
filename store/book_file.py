"""The shape of a book file: accounts with their people, methods, payers and invoices, as people write them in YAML."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Annotated, Literal, Self, cast

from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import InitErrorDetails

from domain.accounts import AccountKind, Era, Role, Standing, SubscriptionStatus
from domain.data import Data, Place
from domain.money import Money, exponent
from domain.roles import PROFILE_ROLES
from store.book_fields import Country, Day, Email, EraName, Id, Last4, MonthEnd, TimeZone
from store.card_numbers import REMEDY, card_numbers
from store.records import BUILT_IN


def _mapping_of_role(value: object) -> object:
    return {"role": value} if isinstance(value, str) else value


class RoleData(Data):
    """One role of a person: on the account, or with `profile` on one of its billing profiles."""

    role: Role
    profile: Id | None = None

    @model_validator(mode="after")
    def _held_where_it_can_be(self) -> Self:
        if self.role in {Role.OPERATOR, Role.SERVICE}:
            message = f"{self.role} is not a customer's role: list our people under staff, our systems under services"
        elif self.role in PROFILE_ROLES and self.profile is None:
            message = f"{self.role} is held on one billing profile: write {{role: {self.role}, profile: ID}}"
        elif self.role not in PROFILE_ROLES and self.profile is not None:
            message = f"{self.role} is held on the whole account: leave the profile out"
        else:
            return self
        raise ValueError(message)


class PersonData(Data):
    """Somebody of the account, who may act or be written to."""

    id: Id
    name: str
    email: Email
    alternate_email: Email | None = None
    roles: tuple[Annotated[RoleData, BeforeValidator(_mapping_of_role)], ...] = ()


class CardData(Data):
    """A card, as far as it is known here. `expires` is the last day of its month."""

    brand: Literal["visa", "mastercard", "amex"]
    last4: Last4
    expires: MonthEnd
    holder: str = ""

    @property
    def network(self) -> str:
        """Who sets its caps."""
        return self.brand


class BankAccountData(Data):
    """A bank account, as far as it is known here; `scheme` is how it is debited."""

    scheme: Literal["ach", "sepa", "autogiro"]
    last4: Last4
    holder: str = ""

    @property
    def network(self) -> str:
        """Who sets its caps."""
        return self.scheme


class MethodData(Data):
    """A payment method: a card or a bank account. Unless given, its token is `tok_{id}`, its country the account's."""

    id: Id
    card: CardData | None = None
    bank_account: BankAccountData | None = None
    token: str | None = Field(default=None, min_length=1)
    country: Country | None = None
    added_by: Id
    added: Day = Field(default="-30d", validate_default=True)
    standing: Standing = Standing.GOOD

    @property
    def details(self) -> CardData | BankAccountData:
        """The one thing that it is."""
        return self.card or cast("BankAccountData", self.bank_account)  # one of the two is there: `_one_kind`

    @property
    def provider_token(self) -> str:
        """The provider's token for it, derived when none is given."""
        return self.token or f"tok_{self.id}"

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.card is None) == (self.bank_account is None):
            message = f"method {self.id} must be one thing: write either card or bank_account"
            raise ValueError(message)
        return self


class SubscriptionData(Data):
    """A subscription, which pays with its own method or through a billing profile."""

    id: Id
    name: str
    method: Id | None = None
    billing_profile: Id | None = None
    status: SubscriptionStatus = SubscriptionStatus.ACTIVE
    recurring_billing: bool = True

    @model_validator(mode="after")
    def _one_way_to_pay(self) -> Self:
        pays = self.status in {SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE}
        if self.method and self.billing_profile:
            message = f"subscription {self.id} pays in two ways: keep either method or billing_profile"
        elif pays and not self.method and not self.billing_profile:
            message = f"subscription {self.id} is {self.status} and pays with nothing: write method or billing_profile"
        else:
            return self
        raise ValueError(message)


class ProfileData(Data):
    """A billing profile: it pays with a method, or by invoice when that is null."""

    id: Id
    name: str
    method: Id | None = None


class InvoiceData(Data):
    """An invoice and its amount, in major units of its currency; exactly one payer."""

    id: Id
    subscription: Id | None = None
    billing_profile: Id | None = None
    currency: str
    amount: str
    billing_date: Day
    due_date: Day | None = None

    @property
    def money(self) -> Money:
        """What it asks for."""
        return Money.parse(self.amount, self.currency)

    @field_validator("currency")
    @classmethod
    def _known(cls, currency: str) -> str:
        exponent(currency)
        return currency

    @field_validator("amount")
    @classmethod
    def _above_zero(cls, amount: str, info: ValidationInfo) -> str:
        currency = info.data.get("currency")
        if currency is not None and Money.parse(amount, currency).amount <= 0:
            message = f"{amount} is not a debt: write an amount above zero"
            raise ValueError(message)
        return amount

    @model_validator(mode="after")
    def _one_payer_and_days_in_order(self) -> Self:
        if (self.subscription is None) == (self.billing_profile is None):
            message = f"invoice {self.id} must have one payer: write either subscription or billing_profile"
            raise ValueError(message)
        if self.due_date is not None and self.due_date < self.billing_date:
            message = f"invoice {self.id} is due before it is billed: correct due_date or billing_date"
            raise ValueError(message)
        return self


class AccountData(Data):
    """A business account and everything it owns and owes."""

    id: Id
    name: str
    country: Country
    language: Literal["nb", "en"] = "en"
    time_zone: TimeZone = "UTC"
    kind: AccountKind = AccountKind.MOSA
    era: EraName = Era.SEED
    contact_email: Email | None = None
    extra_recipients: tuple[Email, ...] = ()
    strict_from: Day | None = None
    people: tuple[PersonData, ...] = ()
    methods: tuple[MethodData, ...] = ()
    billing_profiles: tuple[ProfileData, ...] = ()
    subscriptions: tuple[SubscriptionData, ...] = ()
    invoices: tuple[InvoiceData, ...] = ()

    def lost_names(self, ours: AbstractSet[str], owners: Mapping[str, str]) -> Iterator[tuple[Place, str]]:
        """The names that lead to nothing of this account, with their places in it.

        `ours` are people of our own; `owners` says which account of the file each billing profile belongs to.
        """
        people = {each.id for each in self.people} | ours
        methods = {each.id for each in self.methods}
        profiles = {each.id for each in self.billing_profiles}
        subscriptions = {each.id for each in self.subscriptions}
        if self.kind is AccountKind.MOSA and profiles:
            yield ("billing_profiles",), f"account {self.id} is MOSA, which has none: write kind: MCA or remove them"
        for i, person in enumerate(self.people):
            for j, role in enumerate(person.roles):
                place: Place = ("people", i, "roles", j, "profile")
                if role.profile in owners.keys() - profiles:  # G11
                    owner = f"account {owners[role.profile]}"
                    yield place, f"{role.profile!r} is of {owner}, and only its own people have roles there: remove this role"
                else:
                    yield from self._lost(role.profile, profiles, place)
        for i, method in enumerate(self.methods):
            yield from self._lost(method.added_by, people, ("methods", i, "added_by"))
        for i, profile in enumerate(self.billing_profiles):
            yield from self._lost(profile.method, methods, ("billing_profiles", i, "method"))
        for i, subscription in enumerate(self.subscriptions):
            yield from self._lost(subscription.method, methods, ("subscriptions", i, "method"))
            yield from self._lost(subscription.billing_profile, profiles, ("subscriptions", i, "billing_profile"))
        for i, invoice in enumerate(self.invoices):
            yield from self._lost(invoice.subscription, subscriptions, ("invoices", i, "subscription"))
            yield from self._lost(invoice.billing_profile, profiles, ("invoices", i, "billing_profile"))

    def kept_for_nothing(self) -> Iterator[tuple[Place, str]]:
        """The deleted subscriptions that owe nothing and keep a method from being deleted all the same (G52)."""
        owing = {each.subscription for each in self.invoices}
        for i, subscription in enumerate(self.subscriptions):
            if subscription.status is SubscriptionStatus.DELETED and subscription.method and subscription.id not in owing:
                message = f"subscription {subscription.id} is deleted and owes nothing: leave its method out"
                yield ("subscriptions", i, "method"), message

    def _lost(self, name: str | None, known: AbstractSet[str], place: Place) -> Iterator[tuple[Place, str]]:
        if name is not None and name not in known:
            what = str(place[-1]).replace("added_by", "person").replace("_", " ")
            yield place, f"account {self.id} has no {what} {name!r}: add it there, or correct the name"


class StaffData(Data):
    """One of our own: an operator under `staff`, a system under `services`."""

    id: Id
    name: str
    email: Email


class BookFile(Data):
    """A whole book file: accounts, and our own people and systems. Ids are unique over the file, as in the book."""

    accounts: tuple[AccountData, ...] = ()
    staff: tuple[StaffData, ...] = ()
    services: tuple[StaffData, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _without_card_numbers(cls, content: object) -> object:
        """Look before any field does, whose sentence would repeat what it was given."""
        found = [
            InitErrorDetails(type="value_error", loc=place, input=None, ctx={"error": ValueError(REMEDY)})
            for place in card_numbers(content)
        ]
        if found:
            raise ValidationError.from_exception_data(cls.__name__, found)
        return content

    def faults(self) -> Iterator[tuple[Place, str]]:
        """What only the whole file can tell: ids and tokens given twice, and names that lead nowhere."""
        taken = {("person id", actor.id) for actor in BUILT_IN}
        for what, name, place in self._names():
            if (what, name) in taken:
                yield place, f"{name!r} is the {what} of another already: choose another"
            taken.add((what, name))
        ours = {each.id for each in (*self.staff, *self.services)}
        owners = {profile.id: account.id for account in self.accounts for profile in account.billing_profiles}
        for i, account in enumerate(self.accounts):
            for place, message in account.lost_names(ours, owners):
                yield ("accounts", i, *place), message
            for place, message in account.kept_for_nothing():
                yield ("accounts", i, *place), message

    def _names(self) -> Iterator[tuple[str, str, Place]]:
        """Every id and token with what it is the name of, and its place."""
        for field, actors in (("staff", self.staff), ("services", self.services)):
            for i, actor in enumerate(actors):
                yield "person id", actor.id, (field, i, "id")
        for i, account in enumerate(self.accounts):
            at: Place = ("accounts", i)
            yield "account id", account.id, (*at, "id")
            for j, person in enumerate(account.people):
                yield "person id", person.id, (*at, "people", j, "id")
            for j, method in enumerate(account.methods):
                yield "method id", method.id, (*at, "methods", j, "id")
                yield "token", method.provider_token, (*at, "methods", j, "token")
            for j, profile in enumerate(account.billing_profiles):
                yield "billing profile id", profile.id, (*at, "billing_profiles", j, "id")
            for j, subscription in enumerate(account.subscriptions):
                yield "subscription id", subscription.id, (*at, "subscriptions", j, "id")
            for j, invoice in enumerate(account.invoices):
                yield "invoice id", invoice.id, (*at, "invoices", j, "id")
