"""Web hooks over HTTP: those of ours that others receive are made and seen to here; and the payment provider's come in here.

What the provider tells is believed by nobody (law 2): it only says which procedures should look. So a notification that comes
twice, late or in another order does no harm, and it is answered with success only when whom it is about has been told.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path, Response
from pydantic import AwareDatetime, Field, ValidationError
from starlette.requests import Request

from activities.bookkeeping import PROVIDER, Wake, hear
from activities.happenings import Message
from domain.signatures import HEADER, BadSignature, verify
from domain.webhooks import BadEndpoint, Endpoint, NotDelivered, Wanted
from gateways.port import Notification
from paystates import clock
from paystates.composition import post
from paystates.front import hooks
from paystates.orders import NotFound
from paystates.web.access import Access, Accessed, May
from paystates.web.api.fields import Id, Sent, Told, example
from paystates.web.api.problem_model import failures
from paystates.web.house import House, InHouse
from paystates.web.once import KEY
from paystates.web.problems import Problem, bad_field, invalid, not_found
from paystates.web.routes import ReadingRoute, read_json

ours = APIRouter(prefix="/v1/webhooks", route_class=ReadingRoute, tags=["webhooks"], responses=failures(404))
theirs = APIRouter(prefix="/v1/provider", tags=["provider"])
router = APIRouter()
told = APIRouter()
"""What we post, for the description of the API."""

HookId = Annotated[str, Path(pattern=r"^wh_[0-9a-f]{1,32}$", examples=["wh_4f1c2a5e7b7e4b39"])]


# Ours.


class NewHook(Sent):
    """Where somebody wants to be told, and of what. Without an account: of all of them."""

    model_config = example(url="https://billing.contoso.example/paystates", account="contoso", events=["procedure.ended"])

    url: str = Field(max_length=2000)
    account: Id | None = None
    events: tuple[Wanted, ...] = Field(tuple(Wanted), min_length=1, max_length=len(Wanted))


class Rotation(Sent):
    """For how many hours the secret before the new one signs beside it."""

    model_config = example(overlap_hours=24)

    overlap_hours: Annotated[int, Field(strict=True, ge=0, le=int(hooks.LONGEST_OVERLAP / timedelta(hours=1)))] = 24


class HookTold(Told):
    """A web hook. One that is `failing` has not taken an event for days; once it is resumed it is told everything since."""

    id: str
    url: str
    account: str | None
    events: list[Wanted]
    status: str = Field(examples=["active"])
    cursor: int
    made_at: datetime
    former_secret_until: datetime | None
    failing_since: datetime | None
    error: str | None


class HookMade(HookTold):
    """The same with its secret, which is told this once."""

    secret: str = Field(examples=["whsec_…"])


class Tested(Told):
    """Whether a message that says nothing was taken, and if not, why."""

    delivered: bool
    error: str | None


@ours.post("", summary="Make a web hook", status_code=201, response_model=HookMade)
def make(request: Request, house: InHouse, known: Accessed, wanted: NewHook) -> dict[str, Any]:
    """It is told of what happens from now on. Its secret stands in the answer, and nowhere else."""
    _no_key(request)
    _check(known, wanted.account)
    try:
        made = hooks.add(house.book, house.settings, wanted.url, wanted.events, wanted.account, house.now())
    except NotFound:
        raise not_found("account") from None
    except BadEndpoint as error:
        raise _problem(error) from None
    return _made(made)


@ours.get("", summary="List web hooks", response_model=list[HookTold])
def list_them(house: InHouse, known: Accessed) -> list[dict[str, Any]]:
    """Those of the accounts that the token reaches; a token for all accounts sees all."""
    known.check(May.READ)
    return [hooks.data(one) for one in hooks.listed(house.book) if known.reaches(one.account_id)]


@ours.get("/{hook}", summary="Look at a web hook", response_model=HookTold)
def look(hook: HookId, house: InHouse, known: Accessed) -> dict[str, Any]:
    """How it stands."""
    known.check(May.READ)
    return hooks.data(_reached(house, known, hook))


@ours.delete("/{hook}", summary="Remove a web hook", status_code=204, response_class=Response)
def remove(hook: HookId, house: InHouse, known: Accessed) -> None:
    """It is told nothing any more."""
    _checked(house, known, hook)
    hooks.remove(house.book, hook)


@ours.post("/{hook}/rotate", summary="Give a web hook a new secret", response_model=HookMade)
def rotate(request: Request, hook: HookId, house: InHouse, known: Accessed, wanted: Rotation) -> dict[str, Any]:
    """For a while both sign, so that the receiver can be changed without losing a message."""
    _no_key(request)
    _checked(house, known, hook)
    try:
        return _made(hooks.rotate(house.book, house.settings, hook, house.now(), timedelta(hours=wanted.overlap_hours)))
    except BadEndpoint as error:
        raise _problem(error) from None


@ours.post("/{hook}/pause", summary="Pause a web hook", response_model=HookTold)
def pause(hook: HookId, house: InHouse, known: Accessed) -> dict[str, Any]:
    """No new delivery begins; what happens meanwhile is told when it is resumed."""
    _checked(house, known, hook)
    return hooks.data(hooks.pause(house.book, hook))


@ours.post("/{hook}/resume", summary="Resume a web hook", response_model=HookTold)
def resume(hook: HookId, house: InHouse, known: Accessed) -> dict[str, Any]:
    """It goes on after a pause or a failure, with the first event that was not taken."""
    _checked(house, known, hook)
    return hooks.data(hooks.resume(house.book, hook))


@ours.post("/{hook}/test", summary="Try a web hook")
async def test(hook: HookId, house: InHouse, known: Accessed) -> Tested:
    """A message that says nothing is posted, once and now."""
    endpoint = await asyncio.to_thread(_checked, house, known, hook)
    try:
        await hooks.test(endpoint, house.settings, post(house.settings), clock.now())
    except NotDelivered as error:
        return Tested(delivered=False, error=str(error))
    except BadEndpoint as error:
        raise _problem(error) from None
    return Tested(delivered=True, error=None)


@told.post("event", summary="What a web hook is sent", tags=["webhooks"])
def event(
    body: Message,
    signature: Annotated[str, Header(alias=HEADER, description="`t=…,v1=…`: HMAC-SHA256 over t, a full stop and the body.")],
    name: Annotated[str, Header(alias="Paystates-Event", description="The event's id: the same however often it is delivered.")],
) -> None:
    """Answer 2xx once it is kept. It may come more than once, and not in order: `id` and `cursor` tell."""


def _no_key(request: Request) -> None:
    if KEY in request.headers:
        raise bad_field("Idempotency-Key", "leave it out: the answer holds a secret, and is kept nowhere")


def _check(known: Access, account: str | None) -> None:
    if account is None:
        known.check_everywhere(May.ADMIN)
    else:
        known.check(May.BOOK, account)


def _reached(house: House, known: Access, hook: str) -> Endpoint:
    try:
        endpoint = hooks.found(house.book, hook)
    except NotFound:
        raise not_found("web hook") from None
    if not known.reaches(endpoint.account_id):
        raise not_found("web hook")
    return endpoint


def _checked(house: House, known: Access, hook: str) -> Endpoint:
    endpoint = _reached(house, known, hook)
    _check(known, endpoint.account_id)
    return endpoint


def _made(made: hooks.Made) -> dict[str, Any]:
    return hooks.data(made.endpoint) | {"secret": made.secret}


def _problem(error: BadEndpoint) -> Problem:
    if isinstance(error, hooks.NoKey):
        return Problem("not-set-up", 503, "Not set up", str(error))
    field, _, sentence = str(error).partition(": ")
    return bad_field(field, sentence)


# The payment provider's.


class NotificationTold(Sent):
    """What the provider tells: that something is new about an intent or a method, not what."""

    model_config = example(id="n_1", kind="intent.succeeded", at="2026-04-01T09:00:00Z", intent_id="pi_1")

    id: str = Field(min_length=1, max_length=255)
    kind: str = Field(min_length=1, max_length=64)
    at: AwareDatetime
    intent_id: str | None = Field(None, max_length=255)
    reference: str | None = Field(None, max_length=255)
    token: str | None = Field(None, max_length=255)


_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": NotificationTold.model_json_schema()}},
    }
}


_FAILURES: Final[dict[int | str, dict[str, Any]]] = {
    **{status: how for status, how in failures(503).items() if status in {408, 413, 422, 503}},
    400: {**failures()[422], "description": "Not signed by the provider, or not just now"},
}


@theirs.post(
    "/notifications",
    summary="What the payment provider tells",
    status_code=204,
    response_class=Response,
    responses=_FAILURES,
    openapi_extra=_BODY,
)
async def notified(
    request: Request,
    house: InHouse,
    signature: Annotated[str | None, Header(alias=HEADER, description="`t=…,v1=…`, as our own web hooks are signed.")] = None,
) -> None:
    """Signed with the shared secret, at most five minutes ago. Without success it is to be sent again: twice does no harm."""
    body = await request.body()
    _verify(house, signature, body)
    for one in await asyncio.to_thread(_heard, house, _read(body), house.now()):
        await house.office.front.wake(one.invoice, one.action, actor=PROVIDER, starts=one.starts, subject=one.subject)


def _verify(house: House, signature: str | None, body: bytes) -> None:
    """Only then the body is read at all."""
    given = (house.settings.provider_webhook_secret, house.settings.provider_webhook_secret_former)
    secrets = [one.get_secret_value() for one in given if one is not None]
    if not secrets:
        detail = "no secret is shared with the payment provider: set PAYSTATES_PROVIDER_WEBHOOK_SECRET"
        raise Problem("not-set-up", 503, "Not set up", detail)
    try:
        verify(signature or "", body, secrets, clock.now())
    except BadSignature as error:
        raise Problem("bad-signature", 400, "Not signed by the payment provider just now", str(error)) from None


def _read(body: bytes) -> Notification:
    data = read_json(body)
    if not isinstance(data, dict):
        raise bad_field("", "it is no JSON object: send one notification")
    try:
        told = NotificationTold.model_validate(data)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        raise invalid([{"field": ".".join(map(str, one["loc"])), "message": one["msg"]} for one in problems]) from None
    return Notification(**told.model_dump())


def _heard(house: House, told: Notification, now: datetime) -> list[Wake]:
    with clock.at(now):
        return hear(house.book, told, now, house.gateway)


router.include_router(ours)
router.include_router(theirs)
