"""What is posted to the board: starting a procedure, acting on one, and travelling in time where the server lets that be."""

import asyncio
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from domain.durations import parse_duration
from paystates.front.lasting import cannot_be_undone
from paystates.front.resting import at_rest
from paystates.front.travel import travel
from paystates.orders import BadOrder, PaystatesError, Refused
from paystates.web.access import May
from paystates.web.board.forms import filled_in
from paystates.web.board.notices import BoardRoute, not_taken
from paystates.web.board.seeing import account_page, procedure_page, reached
from paystates.web.board.session import Session, from_here, session_of, with_word
from paystates.web.house import House, InHouse
from paystates.web.problems import bad_field, not_found
from states.procedures import DECLARED, declared_of

router = APIRouter(prefix="/board", include_in_schema=False, route_class=BoardRoute)

_SETTLES: Final = 1.5
"""Seconds that something is given to come to rest before its page is shown; the stream tells the rest."""
_JOURNEY: Final = 120.0
_LONGEST_VISIT: Final = 18
"""Digits that a visit may have: more than any has."""


async def _posted(request: Request, session: Annotated[Session, Depends(session_of)]) -> tuple[Session, FormData]:
    """Who posted a form, and what is in it: only from a page of ours, with the word of the session."""
    from_here(request)
    form = await request.form()
    with_word(session, form.get("csrf"))
    return session, form


Posted = Annotated[tuple[Session, FormData], Depends(_posted)]


@router.post("/accounts/{account_id}/start")
async def start(request: Request, house: InHouse, posted: Posted, account_id: str) -> Response:
    """Start a procedure about something of the account, and go to it."""
    session, form = posted
    procedure, about = str(form.get("procedure", "")), str(form.get("subject", ""))
    declared = DECLARED.get(procedure)
    if declared is None or await reached(house, session, May.ACT, f"{procedure}/{about}") != account_id:
        raise not_found("page")
    choices = {name: value for name, value in filled_in(form.multi_items()).items() if name in declared.choices}
    data = {**choices, **declared.data_of(about), **({"actor": session.actor} if declared.has_actor else {})}
    try:
        subject = await house.office.start(procedure, data)
    except (Refused, BadOrder) as error:
        notice, status = not_taken(request, error)
        return await account_page(request, house, session, account_id, notice, status=status)
    await _settled(house, subject)
    return RedirectResponse(_address(subject), 303)


@router.post("/act/{subject:path}")
async def act(request: Request, house: InHouse, posted: Posted, subject: str) -> Response:
    """Send an action. What is refused is told on the page, with every reason."""
    session, form = posted
    await reached(house, session, May.ACT, subject)
    kind, seen = str(form.get("action", "")), str(form.get("seen", ""))
    declared = declared_of(subject)
    if declared is not None and cannot_be_undone(declared.newest, kind) and form.get("sure") != "true":
        raise bad_field("sure", "say that you know that this cannot be undone")
    order = {**filled_in(form.multi_items()), "kind": kind}  # in this order: what was judged is what is sent
    try:
        await house.office.act(subject, order, actor=session.actor, seen=_visit(seen))
    except (Refused, BadOrder) as error:
        notice, status = not_taken(request, error)
        return await procedure_page(request, house, session, subject, notice, status=status)
    await _settled(house, subject)
    return RedirectResponse(f"{_address(subject)}?taken=1", 303)


@router.post("/travel/{subject:path}")
async def travel_in_time(house: InHouse, posted: Posted, subject: str) -> Response:
    """Move a procedure's clock forward: only where the server was started for it, as if this did not exist elsewhere."""
    session, form = posted
    if not house.travel:
        raise not_found("page")
    await reached(house, session, May.ACT, subject)
    try:
        span = parse_duration(str(form.get("span", "")))
    except ValueError as error:
        raise bad_field("span", str(error)) from None
    async with asyncio.timeout(_JOURNEY):
        await travel(house.office.front, subject, span)
    return RedirectResponse(_address(subject), 303)


def _visit(seen: str) -> int | None:
    """The visit that the page showed; a number that no visit has is one that is over."""
    return int(seen[:_LONGEST_VISIT]) if seen.isdecimal() else None


async def _settled(house: House, subject: str) -> None:
    """Give it a moment to come to rest: whoever has no JavaScript sees where it led."""
    try:
        async with asyncio.timeout(_SETTLES):
            await at_rest(house.office.front, subject)
    except (TimeoutError, PaystatesError):
        return


def _address(subject: str) -> str:
    return f"/board/procedures/{quote(subject)}"
