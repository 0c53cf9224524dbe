"""Accounts, the people in them, and the roles that they hold."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response, status
from pydantic import Field

from activities import registering
from domain.accounts import Account, AccountKind, Era, Grant, Person, Role
from paystates.web.access import Accessed, May
from paystates.web.api.fields import (
    ID,
    WITH_KEY,
    AccountId,
    ActingFor,
    AnId,
    Country,
    Day,
    Email,
    Id,
    Language,
    Limit,
    Name,
    Sent,
    Told,
    Zone,
    example,
)
from paystates.web.api.problem_model import failures
from paystates.web.api.writing import author, changed_fields
from paystates.web.house import InHouse
from paystates.web.problems import not_found
from paystates.web.routes import ReadingRoute, WritingRoute

reading = APIRouter(prefix="/v1", route_class=ReadingRoute, tags=["accounts"], responses=failures(404))
writing = APIRouter(prefix="/v1", route_class=WritingRoute, tags=["accounts"], responses=failures(404, 409))


class NewAccount(Sent):
    """A business account. `era` is the dated text whose rules hold for it; from `strict_from` on it is in strict mode."""

    model_config = example(id="contoso", name="Contoso AS", country="NO", language="nb", time_zone="Europe/Oslo", kind="MOSA")

    id: Id
    name: Name
    country: Country
    language: Language = "en"
    time_zone: Zone = "UTC"
    kind: AccountKind = AccountKind.MOSA
    era: Era = Era.SEED
    contact_email: Email | None = None
    extra_recipients: Annotated[tuple[Email, ...], Field(max_length=20)] = ()
    strict_from: Day | None = None


class AccountChange(Sent):
    """What may change of an account; what is left out stays. Its kind and its country stay."""

    model_config = example(contact_email="billing@contoso.example")

    name: Name | None = None
    language: Language | None = None
    time_zone: Zone | None = None
    era: Era | None = None
    contact_email: Email | None = None
    extra_recipients: Annotated[tuple[Email, ...], Field(max_length=20)] | None = None
    strict_from: Day | None = None


class AccountTold(Told):
    """A business account."""

    id: str
    name: str
    country: str
    language: str
    time_zone: str
    kind: AccountKind
    era: Era
    contact_email: str | None
    extra_recipients: list[str]
    strict_from: date | None


class AccountsTold(Told):
    """A page of accounts, by id. `next` goes into `after` for the page that follows; null after the last."""

    rows: list[AccountTold]
    next: str | None


class PersonDetails(Sent):
    """Somebody who may act for the account, or be written to."""

    model_config = example(name="Kari Nordmann", email="kari@contoso.example")

    name: Name
    email: Email
    alternate_email: Email | None = None


class PersonTold(Told):
    """Somebody of an account."""

    id: str
    account_id: str | None
    name: str
    email: str
    alternate_email: str | None


class RoleOfPerson(Sent):
    """A role of somebody: on the whole account or, a role of a billing profile, on one of its profiles."""

    model_config = example(person="kari", role="billing_admin")

    person: Id
    role: Role
    profile: Id | None = None


class RoleTold(Told):
    """A role that is held."""

    person: str
    role: Role
    profile: str | None


@reading.get("/accounts", summary="List accounts")
def accounts(
    house: InHouse, known: Accessed, limit: Limit = 50, after: Annotated[str, Query(max_length=64, pattern=r"^[!-~]*$")] = ""
) -> AccountsTold:
    """The accounts that the token reaches."""
    known.check(May.READ)
    with house.book.reading() as pages:
        if known.accounts is None:
            found = list(pages.accounts())
        else:
            found = [one for one in (pages.account(name) for name in sorted(known.accounts)) if one is not None]
    following = [one for one in found if one.id > after]
    shown = following[:limit]
    rows = [AccountTold.model_validate(one) for one in shown]
    return AccountsTold(rows=rows, next=shown[-1].id if len(following) > limit else None)


@writing.post(
    "/accounts",
    summary="Open an account",
    status_code=status.HTTP_201_CREATED,
    response_model=AccountTold,
    dependencies=[WITH_KEY],
)
def open_account(house: InHouse, known: Accessed, wanted: NewAccount, response: Response, actor: ActingFor = None) -> Account:
    """A new account; the same one again changes nothing. A token for some accounts may open those only."""
    known.check(May.BOOK, wanted.id)
    account = Account(**wanted.model_dump())
    response.headers["Location"] = f"/v1/accounts/{account.id}"
    return registering.open_account(house.book, account, house.now(), actor=author(house, known, actor))


@reading.get("/accounts/{account}", summary="Look at an account", response_model=AccountTold)
def account(account: AccountId, house: InHouse, known: Accessed) -> Account:
    """Its details."""
    known.check(May.READ, account)
    with house.book.reading() as pages:
        found = pages.account(account)
    if found is None:
        raise not_found("account")
    return found


@writing.patch("/accounts/{account}", summary="Change an account", response_model=AccountTold)
def change_account(
    account: AccountId, house: InHouse, known: Accessed, wanted: AccountChange, actor: ActingFor = None
) -> Account:
    """Other details; what is left out stays."""
    known.check(May.BOOK, account)
    _exists(house, account)
    changes = changed_fields(wanted, may_be_empty={"contact_email", "strict_from"})
    return registering.change_account(house.book, account, changes, house.now(), actor=author(house, known, actor))


@reading.get("/accounts/{account}/people", summary="List the people of an account", response_model=list[PersonTold])
def people(account: AccountId, house: InHouse, known: Accessed) -> list[Person]:
    """Those who may act for it, or be written to."""
    known.check(May.READ, account)
    _exists(house, account)
    with house.book.reading() as pages:
        return list(pages.people(account))


@reading.get("/accounts/{account}/people/{person}", summary="Look at a person", response_model=PersonTold)
def person(account: AccountId, person: AnId, house: InHouse, known: Accessed) -> Person:
    """Their details."""
    known.check(May.READ, account)
    with house.book.reading() as pages:
        found = pages.person(person)
    if found is None or found.account_id != account:
        raise not_found("person")
    return found


@writing.put("/accounts/{account}/people/{person}", summary="Register or change a person", response_model=PersonTold)
def register_person(
    account: AccountId, person: AnId, house: InHouse, known: Accessed, wanted: PersonDetails, actor: ActingFor = None
) -> Person:
    """Somebody of the account, as they are from now on."""
    known.check(May.BOOK, account)
    _exists(house, account)
    told = Person(person, account, wanted.name, wanted.email, wanted.alternate_email)
    return registering.register_person(house.book, told, house.now(), actor=author(house, known, actor))


@reading.get("/accounts/{account}/roles", summary="List the roles held in an account")
def roles(account: AccountId, house: InHouse, known: Accessed) -> list[RoleTold]:
    """Who holds which."""
    known.check(May.READ, account)
    _exists(house, account)
    with house.book.reading() as pages:
        held = pages.grants(account)
    return [RoleTold(person=one.person_id, role=one.role, profile=one.profile_id) for one in held]


@writing.post(
    "/accounts/{account}/roles",
    summary="Give somebody a role",
    status_code=status.HTTP_201_CREATED,
    dependencies=[WITH_KEY],
)
def give_role(account: AccountId, house: InHouse, known: Accessed, wanted: RoleOfPerson, actor: ActingFor = None) -> RoleTold:
    """Given twice, it is held once. Our own roles are not given here."""
    known.check(May.BOOK, account)
    _exists(house, account)
    grant = Grant(wanted.person, wanted.role, account, wanted.profile)
    registering.give_role(house.book, grant, house.now(), actor=author(house, known, actor))
    return RoleTold(person=wanted.person, role=wanted.role, profile=wanted.profile)


@writing.delete(
    "/accounts/{account}/people/{person}/roles/{role}",
    summary="Take a role away",
    status_code=status.HTTP_204_NO_CONTENT,
    response_class=Response,
)
def take_role(
    account: AccountId,
    person: AnId,
    role: Role,
    house: InHouse,
    known: Accessed,
    profile: Annotated[str | None, Query(pattern=ID, description="The billing profile it is held on.")] = None,
    actor: ActingFor = None,
) -> None:
    """From now on it permits nothing, also to what is under way."""
    known.check(May.BOOK, account)
    _exists(house, account)
    grant = Grant(person, role, account, profile)
    registering.take_role(house.book, grant, house.now(), actor=author(house, known, actor))


def _exists(house: InHouse, account: str) -> None:
    with house.book.reading() as pages:
        if pages.account(account) is None:
            raise not_found("account")
