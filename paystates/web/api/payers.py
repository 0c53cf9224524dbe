"""What pays and is billed: subscriptions, and the billing profiles of an MCA account."""

from fastapi import APIRouter, Response, status
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from activities import bookkeeping, registering
from activities.desk import Wake
from domain.accounts import BillingProfile, PayerKind, Subscription, SubscriptionStatus
from paystates.web.access import Access, Accessed, May
from paystates.web.api.fields import WITH_KEY, AccountId, ActingFor, AnId, Id, Name, Sent, Told, Yes, example
from paystates.web.api.problem_model import failures
from paystates.web.api.writing import author, wake
from paystates.web.house import House, InHouse
from paystates.web.problems import not_found
from paystates.web.routes import ReadingRoute, WritingRoute

reading = APIRouter(prefix="/v1", route_class=ReadingRoute, tags=["payers"], responses=failures(404))
writing = APIRouter(prefix="/v1", route_class=WritingRoute, tags=["payers"], responses=failures(404, 409))


class NewSubscription(Sent):
    """A subscription. It pays with a method of its own, through a billing profile, or with nothing yet."""

    model_config = example(id="s-1", name="Business Standard", method="visa-1")

    id: Id
    name: Name
    method: Id | None = None
    billing_profile: Id | None = None
    recurring_billing: Yes = True


class SubscriptionChange(Sent):
    """What may change of a subscription; what is left out stays. What is owed stays owed, also when it is cancelled."""

    model_config = example(status="cancelled")

    name: Name | None = None
    status: SubscriptionStatus | None = None
    recurring_billing: Yes | None = None


class SubscriptionTold(Told):
    """A subscription."""

    id: str
    account: str = Field(validation_alias="account_id")
    name: str
    status: SubscriptionStatus
    method: str | None = Field(validation_alias="method_id")
    billing_profile: str | None = Field(validation_alias="profile_id")
    recurring_billing: bool


class NewProfile(Sent):
    """A billing profile of an MCA account; without a method it pays by invoice."""

    model_config = example(id="bp-2", name="Head office", method="fjord-visa")

    id: Id
    name: Name
    method: Id | None = None


class ProfileChange(Sent):
    """Another name."""

    model_config = example(name="Branch office")

    name: Name


class ProfileTold(Told):
    """A billing profile."""

    id: str
    account: str = Field(validation_alias="account_id")
    name: str
    method: str | None = Field(validation_alias="method_id")


class Binding(Sent):
    """The method that is charged from now on; `charge_now`: what is owed is charged at once."""

    model_config = example(method="mastercard-2")

    method: Id
    charge_now: Yes = False


class BoundTold(Told):
    """It is bound; so many procedures were woken to look at it."""

    method: str
    woken: int


@reading.get(
    "/accounts/{account}/subscriptions",
    summary="List subscriptions",
)
def subscriptions(account: AccountId, house: InHouse, known: Accessed) -> list[SubscriptionTold]:
    """All of an account, whatever their status."""
    known.check(May.READ, account)
    with house.book.reading() as pages:
        if pages.account(account) is None:
            raise not_found("account")
        return [SubscriptionTold.model_validate(one) for one in pages.subscriptions(account)]


@writing.post(
    "/accounts/{account}/subscriptions",
    summary="Register a subscription",
    status_code=status.HTTP_201_CREATED,
    dependencies=[WITH_KEY],
)
def register_subscription(
    account: AccountId, house: InHouse, known: Accessed, wanted: NewSubscription, response: Response, actor: ActingFor = None
) -> SubscriptionTold:
    """A new one. A method of another account, or a deleted one, is refused."""
    known.check(May.BOOK, account)
    _exists(house, account)
    told = Subscription(
        id=wanted.id,
        account_id=account,
        name=wanted.name,
        method_id=wanted.method,
        profile_id=wanted.billing_profile,
        recurring_billing=wanted.recurring_billing,
    )
    response.headers["Location"] = f"/v1/subscriptions/{wanted.id}"
    made = registering.register_subscription(house.book, told, house.now(), actor=author(house, known, actor))
    return SubscriptionTold.model_validate(made)


@reading.get("/subscriptions/{subscription}", summary="Look at a subscription")
def subscription(subscription: AnId, house: InHouse, known: Accessed) -> SubscriptionTold:
    """Its status, and what it pays with."""
    return SubscriptionTold.model_validate(_subscription(house, known, May.READ, subscription))


@writing.patch("/subscriptions/{subscription}", summary="Change a subscription")
def change_subscription(
    subscription: AnId, house: InHouse, known: Accessed, wanted: SubscriptionChange, actor: ActingFor = None
) -> SubscriptionTold:
    """Another name, status or way of billing; what is left out stays."""
    _subscription(house, known, May.BOOK, subscription)
    changed = registering.change_subscription(
        house.book,
        subscription,
        house.now(),
        actor=author(house, known, actor),
        name=wanted.name,
        status=wanted.status,
        recurring_billing=wanted.recurring_billing,
    )
    return SubscriptionTold.model_validate(changed)


@writing.put("/subscriptions/{subscription}/method", summary="Bind a method to a subscription")
async def bind_to_subscription(
    subscription: AnId, house: InHouse, known: Accessed, wanted: Binding, actor: ActingFor = None
) -> BoundTold:
    """A correction by a system that knows: nobody is asked, and no role judged. People use change-single-subscription."""
    await run_in_threadpool(_subscription, house, known, May.BOOK, subscription)
    return await _bind(house, known, PayerKind.SUBSCRIPTION, subscription, wanted, actor)


@reading.get("/accounts/{account}/billing-profiles", summary="List billing profiles")
def profiles(account: AccountId, house: InHouse, known: Accessed) -> list[ProfileTold]:
    """All of an account."""
    known.check(May.READ, account)
    with house.book.reading() as pages:
        if pages.account(account) is None:
            raise not_found("account")
        return [ProfileTold.model_validate(one) for one in pages.profiles(account)]


@writing.post(
    "/accounts/{account}/billing-profiles",
    summary="Register a billing profile",
    status_code=status.HTTP_201_CREATED,
    dependencies=[WITH_KEY],
)
def register_profile(
    account: AccountId, house: InHouse, known: Accessed, wanted: NewProfile, response: Response, actor: ActingFor = None
) -> ProfileTold:
    """A new one, of an MCA account."""
    known.check(May.BOOK, account)
    _exists(house, account)
    told = BillingProfile(wanted.id, account, wanted.name, wanted.method)
    response.headers["Location"] = f"/v1/billing-profiles/{wanted.id}"
    made = registering.register_profile(house.book, told, house.now(), actor=author(house, known, actor))
    return ProfileTold.model_validate(made)


@reading.get("/billing-profiles/{profile}", summary="Look at a billing profile")
def profile(profile: AnId, house: InHouse, known: Accessed) -> ProfileTold:
    """What it pays with."""
    return ProfileTold.model_validate(_profile(house, known, May.READ, profile))


@writing.patch("/billing-profiles/{profile}", summary="Rename a billing profile")
def change_profile(profile: AnId, house: InHouse, known: Accessed, wanted: ProfileChange, actor: ActingFor = None) -> ProfileTold:
    """Another name."""
    _profile(house, known, May.BOOK, profile)
    changed = registering.change_profile(house.book, profile, house.now(), actor=author(house, known, actor), name=wanted.name)
    return ProfileTold.model_validate(changed)


@writing.put("/billing-profiles/{profile}/method", summary="Bind a method to a billing profile")
async def bind_to_profile(profile: AnId, house: InHouse, known: Accessed, wanted: Binding, actor: ActingFor = None) -> BoundTold:
    """As for a subscription."""
    await run_in_threadpool(_profile, house, known, May.BOOK, profile)
    return await _bind(house, known, PayerKind.PROFILE, profile, wanted, actor)


async def _bind(house: House, known: Access, kind: PayerKind, payer: str, wanted: Binding, named: str | None) -> BoundTold:
    def bound() -> list[Wake]:
        actor, now = author(house, known, named), house.now()
        return bookkeeping.bind(house.book, kind, payer, wanted.method, charge_now=wanted.charge_now, now=now, actor=actor)

    wakes = await run_in_threadpool(bound)
    return BoundTold(method=wanted.method, woken=await wake(house, wakes))


def _subscription(house: House, known: Access, may: May, subscription_id: str) -> Subscription:
    known.check(may)
    with house.book.reading() as pages:
        found = pages.subscription(subscription_id)
    if found is None or not known.reaches(found.account_id):
        raise not_found("subscription")
    return found


def _profile(house: House, known: Access, may: May, profile_id: str) -> BillingProfile:
    known.check(may)
    with house.book.reading() as pages:
        found = pages.profile(profile_id)
    if found is None or not known.reaches(found.account_id):
        raise not_found("billing profile")
    return found


def _exists(house: House, account: str) -> None:
    with house.book.reading() as pages:
        if pages.account(account) is None:
            raise not_found("account")
