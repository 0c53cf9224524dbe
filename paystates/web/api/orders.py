"""Starting procedures and acting on them: for each procedure its own routes, with the fields that it has.

The models are made from the declarations (`states.procedures`): what a starter may set, and what may be sent.
"""

import hashlib
import json
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Response, status
from pydantic import BaseModel, Field, create_model
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from domain.accounts import MethodKind
from paystates.temporal.messages import Accepted
from paystates.web.access import Accessed, May, acting
from paystates.web.api.fields import MAY_HAVE_KEY, WITH_KEY, ActingFor, Id, Reference, Sent, Subject, Told
from paystates.web.api.pages import ConsideredTold, considered_told
from paystates.web.api.problem_model import failures
from paystates.web.api.procedures import reached
from paystates.web.house import InHouse
from paystates.web.once import key_of
from paystates.web.problems import not_found
from paystates.web.routes import ReadingRoute, WritingRoute
from paystates.web.tongues import language_of
from states.procedures import DECLARED, Declared

writing = APIRouter(prefix="/v1", route_class=WritingRoute, tags=["procedures"], responses=failures(404, 409, 503, 504))
asking = APIRouter(prefix="/v1", route_class=ReadingRoute, tags=["procedures"], responses=failures(404, 409, 503, 504))


class Started(Told):
    """The id of what is running now: `href` is where to look at it."""

    subject: str = Field(examples=["charge-retry/2026-1001"])
    href: str = Field(examples=["/v1/procedures/charge-retry/2026-1001"])


class AcceptedTold(Told):
    """The action was taken: where the procedure went because of it."""

    state: str
    visit: int


_A_CARD: Final = {
    "token": "tok_from_the_provider",
    "kind": MethodKind.CARD.value,
    "network": "visa",
    "last4": "4242",
    "country": "NO",
    "expires": "2029-04-30",
}
_EXAMPLES: Final[dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    "charge-retry": ({"invoice": "2026-1001"}, {"kind": "retry_now"}),
    "replace-all": ({"method": "visa-1", "chosen": "mastercard-2", "confirmed": True}, {"kind": "confirm"}),
    "change-single-subscription": ({"subscription": "s-1", "chosen": "mastercard-2"}, {"kind": "confirm"}),
    "delete-with-dependents": ({"method": "visa-1"}, {"kind": "choose", "method": "mastercard-2"}),
    "add-method": ({"account": "contoso", "request": "r-1", "new": _A_CARD}, {"kind": "add_new", "new": _A_CARD}),
    "update-details": (
        {"method": "visa-1", "details": {"holder": "Kari Nordmann"}, "security_code": "tok_code"},
        {"kind": "pay_now"},
    ),
    "settle-balance": ({"method": "visa-1", "chosen": "mastercard-2"}, {"kind": "confirm"}),
}
"""What a start and an action of each look like; one that has none here has none in the description."""


def start_model(declared: Declared) -> type[BaseModel]:
    """What a caller may set of a procedure's memory. Who starts it is not said in it: the token says for whom it acts.

    Hints are for the house: none of them asks whether somebody may, as the action does that charges at once.
    """
    fields: dict[str, Any] = {}
    for name in (*declared.about, *declared.choices):
        info = declared.memory.model_fields[name]
        kind: Any = info.rebuild_annotation()
        if name in declared.about:
            kind = Reference if name == "request" else Id
        needed = name == declared.about[0] or info.is_required()
        fields[name] = (kind, ...) if needed else (kind | None, None)
    return create_model(
        f"Start{_camel(declared.name)}", __base__=Sent, __doc__=f"What {declared.name} is started with.", **fields
    )


def order_model(declared: Declared) -> type[BaseModel]:
    """An action of the procedure, and what its sender looked at."""
    seen = Field(None, ge=0, strict=True, description="The visit you looked at: when that is over, nothing is done.")
    return create_model(
        f"{_camel(declared.name)}Order",
        __base__=Sent,
        __doc__=f"An action for {declared.name}.",
        action=(declared.action, ...),
        seen=(int | None, seen),
    )


def _fingerprint(person: str, sent: Any) -> str:
    """What is ordered, in short: by the key alone another order under it would be answered as if it had been taken.

    A key is forgotten after days, or when no answer came in time; a procedure forgets no order.
    """
    return hashlib.sha256(json.dumps([person, sent], sort_keys=True).encode()).hexdigest()[:32]


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


def _add(declared: Declared) -> None:
    """The three routes of one procedure."""
    name, wanted_model, sent_model = declared.name, start_model(declared), order_model(declared)
    wanted_example, action_example = _EXAMPLES.get(name, ({}, {}))
    Wanted = Annotated[wanted_model, Body(examples=[wanted_example] if wanted_example else None)]  # type: ignore[valid-type]  # noqa: N806 - made here, as a type
    Order = Annotated[sent_model, Body(examples=[{"action": action_example}] if action_example else None)]  # type: ignore[valid-type]  # noqa: N806 - made here, as a type

    @writing.post(
        f"/procedures/{name}",
        summary=f"Start {name}",
        operation_id=f"start_{name}",
        status_code=status.HTTP_202_ACCEPTED,
        dependencies=[MAY_HAVE_KEY],
    )
    async def start(house: InHouse, known: Accessed, response: Response, wanted: Wanted, actor: ActingFor = None) -> Started:
        """Start it, or find the same one running. Another one that runs for the same subject is a problem that names it."""
        known.check(May.ACT)
        data: dict[str, Any] = wanted.model_dump(mode="json", exclude_unset=True)  # type: ignore[attr-defined]
        account = await house.office.account_of(declared.subject(data))
        if account is None or not known.reaches(account):
            raise not_found(declared.about[0])
        if declared.has_actor:
            data["actor"] = await run_in_threadpool(acting, house.book, known, actor)
        subject = await house.office.start(name, data)
        href = f"/v1/procedures/{subject}"
        response.headers["Location"] = href
        return Started(subject=subject, href=href)

    @writing.post(
        f"/procedures/{name}/{{subject:path}}/actions",
        summary=f"Act on {name}",
        operation_id=f"act_on_{name}",
        response_model=AcceptedTold,
        dependencies=[WITH_KEY],
    )
    async def act(
        request: Request,
        subject: Subject,
        house: InHouse,
        known: Accessed,
        order: Order,
        actor: ActingFor = None,
    ) -> Accepted:
        """Send an action for a person. It is taken, or refused with every reason; the person's own roles count."""
        whole = await reached(house, known, May.ACT, f"{name}/{subject}")
        person = await run_in_threadpool(acting, house.book, known, actor)
        sent: dict[str, Any] = order.model_dump(mode="json")  # type: ignore[attr-defined]
        named = f"{known.token_id}/{key_of(request)}/{_fingerprint(person, sent)}"
        return await house.office.act(whole, sent["action"], actor=person, seen=sent["seen"], request=named)

    @asking.post(
        f"/procedures/{name}/{{subject:path}}/why",
        summary=f"Ask whether {name} would take an action, and why not",
        operation_id=f"why_{name}",
    )
    async def why(
        request: Request,
        subject: Subject,
        house: InHouse,
        known: Accessed,
        order: Order,
        actor: ActingFor = None,
    ) -> ConsideredTold:
        """Nothing is sent, and nothing written."""
        whole = await reached(house, known, May.READ, f"{name}/{subject}")
        person = await run_in_threadpool(acting, house.book, known, actor)
        sent: dict[str, Any] = order.model_dump(mode="json")  # type: ignore[attr-defined]
        language = language_of(request)
        return considered_told(await house.office.why(whole, sent["action"], actor=person, seen=sent["seen"], language=language))


for _declared in DECLARED.values():
    _add(_declared)
