"""Events over HTTP: what happened to an account, page by page with a cursor, waited for, or as a stream of server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query
from starlette.requests import Request

from activities.happenings import Happening
from paystates.front.choosing import refusal_data
from paystates.front.events import MOST, Event, Events, events
from paystates.front.languages import told
from paystates.web.access import Access, Accessed, May
from paystates.web.api.fields import AccountId, Told
from paystates.web.api.problem_model import RefusalTold, failures
from paystates.web.house import House, InHouse, house_of
from paystates.web.problems import bad_field, not_found
from paystates.web.routes import ReadingRoute
from paystates.web.seats import EVENT_STREAM, EventStream
from paystates.web.tongues import language_of

LONGEST_WAIT: Final = 30
STREAM_FOR: Final = 600.0
"""Seconds after which a stream ends, so that its token is looked at again; whoever listens asks anew with the last id."""
ALIVE_EVERY: Final = 15.0
"""Seconds without an event after which a stream says that it is there."""

_LARGEST: Final = 2**63 - 1


class EventTold(Told):
    """One thing that happened. `cursor` rises, `id` is the same wherever the event is told, `words` are for people.

    `type` says what it was; `kind` is the event's own name. A decision that was replaced before its procedure took it is told
    anew with the same `subject`, `run` and `sequence`: the later one holds.
    """

    cursor: int
    id: str
    at: datetime
    account: str | None
    type: Happening
    subject: str
    procedure: str
    definition: str
    run: str
    sequence: int
    kind: str
    actor: str
    source: str
    target: str
    accepted: bool
    refusals: list[RefusalTold]
    words: str


class EventsTold(Told):
    """A page of events. `next` goes into `after` for what comes then, also when nothing has happened yet."""

    rows: list[EventTold]
    next: int


After = Annotated[int, Query(ge=0, le=_LARGEST, description="The cursor after which it begins; 0 is the beginning.")]
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most.")]
Wait = Annotated[int, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait for an event when there is none yet.")]
LastId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", max_length=64, description="Of a stream: the id of the last event that was received."),
]

router = APIRouter(prefix="/v1", route_class=ReadingRoute, tags=["events"], responses=failures(404, 429))
_ALSO_A_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {EVENT_STREAM: {"schema": {"type": "string"}}},
        "description": "The page; or, where that is accepted, a stream.",
    }
}


@router.get("/accounts/{account}/events", summary="Follow an account", response_model=EventsTold, responses=_ALSO_A_STREAM)
async def of_account(
    request: Request,
    account: AccountId,
    house: InHouse,
    known: Accessed,
    after: After = 0,
    limit: Limit = 100,
    wait: Wait = 0,
    last_id: LastId = None,
) -> Any:
    """Everything that happened to it, in order. Ask again with `next`: no event is passed over, and none comes twice.

    With `Accept: text/event-stream` the events come as they happen; a stream that breaks is taken up with `Last-Event-ID`.
    """
    known.check(May.READ, account)
    if not await asyncio.to_thread(_is_there, house, account):
        raise not_found("account")
    return await _answer(request, known, account, _begin(after, last_id), limit, wait)


@router.get("/events", summary="Follow all accounts", response_model=EventsTold, responses=_ALSO_A_STREAM)
async def of_all(
    request: Request,
    house: InHouse,
    known: Accessed,
    after: After = 0,
    limit: Limit = 100,
    wait: Wait = 0,
    last_id: LastId = None,
) -> Any:
    """The same for everything there is; only a token for all accounts may."""
    known.check_everywhere(May.READ)
    return await _answer(request, known, None, _begin(after, last_id), limit, wait)


async def _answer(request: Request, known: Access, account: str | None, after: int, limit: int, wait: int) -> Any:
    house, language = house_of(request), language_of(request)
    if EVENT_STREAM in request.headers.get("accept", ""):
        return EventStream(_stream(house, account, after, limit, language), house.seats.take(known.token_id))
    with house.seats.take(known.token_id) if wait else nullcontext():
        page = await _awaited(house, account, after, limit, wait, language)
    rows = [EventTold.model_validate(_data(one, language)) for one in page.rows]
    return EventsTold(rows=rows, next=page.next)


async def _awaited(house: House, account: str | None, after: int, limit: int, wait: float, language: str) -> Events:
    """A page, as soon as it has something, or empty once it has been waited. All who wait share the looks at the journal."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + wait
    page = await asyncio.to_thread(events, house.book, account, after, limit, language)
    if page.rows or not wait:
        return page
    with house.pulse.listening(lambda row: account in {None, row.account_id}) as told:
        await house.closing.or_else(house.pulse.follows, wait)
        while True:
            told.clear()
            page = await asyncio.to_thread(events, house.book, account, after, limit, language)
            left = give_up - loop.time()
            if page.rows or left <= 0 or not await house.closing.or_else(told, left):
                return page


async def _stream(house: House, account: str | None, after: int, limit: int, language: str) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    end = loop.time() + STREAM_FOR
    yield b": events follow\n\n"
    while loop.time() < end and not house.closing.begun:
        page = await _awaited(house, account, after, limit, ALIVE_EVERY, language)
        for one in page.rows:
            text = json.dumps(_data(one, language), ensure_ascii=False)
            yield f"id: {one.cursor}\nevent: {one.type}\ndata: {text}\n\n".encode()
        if not page.rows:
            yield b": nothing new\n\n"
        after = page.next


def _data(event: Event, language: str) -> dict[str, Any]:
    refusals = tuple(told(event.refusals, language))
    return replace(event, refusals=refusals).data() | {"refusals": [refusal_data(one) for one in refusals]}


def _begin(after: int, last_id: str | None) -> int:
    """Where it begins: a stream that is taken up says so in a header."""
    if last_id is None:
        return after
    if not (last_id.isascii() and last_id.isdigit() and int(last_id) <= _LARGEST):
        raise bad_field("Last-Event-ID", "send the id of an event of this stream, which is its cursor")
    return int(last_id)


def _is_there(house: House, account: str) -> bool:
    with house.book.reading() as pages:
        return pages.account(account) is not None
