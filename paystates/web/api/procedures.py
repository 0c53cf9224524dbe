"""Looking at procedures: one, many, and what became of each thing that was to be moved."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from paystates.front import items as front_items
from paystates.front.filters import LATE, NAMED_FILTERS, Filter, quoted
from paystates.front.pages import Listing
from paystates.orders import Unreachable
from paystates.temporal.announce import ACCOUNT
from paystates.web.access import Access, Accessed, May, acting
from paystates.web.api.fields import ID, PLAIN, ActingFor, Limit, Sent, Subject
from paystates.web.api.pages import ItemsTold, ListingTold, ProcedureTold, items_told, listing_told, procedure_told
from paystates.web.api.pictures import PICTURES, Drawn, picture
from paystates.web.api.problem_model import failures
from paystates.web.house import House, InHouse
from paystates.web.problems import bad_field, not_found
from paystates.web.routes import ReadingRoute
from paystates.web.tongues import language_of
from states.procedures import DECLARED, RELEASED

PATIENCE: Final = 10.0
"""Seconds in which the Temporal server must answer a look."""

router = APIRouter(prefix="/v1", route_class=ReadingRoute, tags=["procedures"], responses=failures(404, 503))


StateName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class Wanted(Sent):
    """Which procedures are wanted: everything that is asked for must hold."""

    procedure: list[str] = Field([], max_length=20, description="Only these procedures.")
    state: list[StateName] = Field([], max_length=50, description="Only those in these states.")
    account: str | None = Field(None, pattern=ID)
    named: str | None = Field(None, description=f"One of {', '.join(NAMED_FILTERS)}.")
    waits_for_customer: bool = Field(default=False, description="Only those that wait for the customer.")
    needs_attention: bool = Field(default=False, description="Only those an operator should look at.")
    due_before: AwareDatetime | None = Field(None, description="Only those due before that instant.")
    refused_since: AwareDatetime | None = Field(None, description="Only those refused since.")
    ended: bool = Field(default=False, description="Those that have ended, too.")
    query: str | None = Field(
        None, max_length=1000, pattern=PLAIN, description="A Temporal visibility query; only for a token for all accounts."
    )
    limit: int = Field(50, ge=1, le=200, description="How many at most.")
    after: str | None = Field(None, max_length=2000, description="Where the page begins: `next` of the page before.")


@router.get("/procedures", summary="List procedures")
async def list_procedures(request: Request, house: InHouse, known: Accessed, asked: Annotated[Wanted, Query()]) -> ListingTold:
    """The procedures that are running, the latest first."""
    known.check(May.READ, asked.account)
    wanted = Filter(
        procedures=_known(asked.procedure),
        states=tuple(asked.state),
        account=asked.account,
        waits_for_customer=asked.waits_for_customer,
        due_before=asked.due_before,
        refused_since=asked.refused_since,
        needs_attention=asked.needs_attention,
        overdue_since=house.now() - LATE if asked.needs_attention else None,
        ended=asked.ended,
        query=_query(known, asked.query),
    )
    if asked.named is not None:
        wanted = _with_name(wanted, asked.named, house.now())
    async with _in_time():
        found = await house.office.list(wanted, limit=asked.limit, after=asked.after)
    reached = tuple(row for row in found.rows if known.reaches(row.account))  # what the query let through is looked at again
    return listing_told(Listing(reached, found.next), language_of(request))


def _known(names: Sequence[str]) -> tuple[str, ...]:
    unknown = [name for name in names if name not in DECLARED]
    if unknown:
        raise bad_field("procedure", f"use one of {', '.join(DECLARED)}")
    return tuple(names)


def _query(known: Access, query: str | None) -> str | None:
    """The caller's own query; of a token for some accounts it is those: a query of its own could reach beyond them."""
    if known.accounts is None:
        return query
    if query is not None:
        known.check_everywhere(May.READ)
    return f"{ACCOUNT.name} IN ({', '.join(quoted(one) for one in sorted(known.accounts))})"


def _with_name(wanted: Filter, name: str, now: datetime) -> Filter:
    """The filter of that name; what else is asked for holds too."""
    known = NAMED_FILTERS.get(name)
    if known is None:
        raise bad_field("named", f"use one of {', '.join(NAMED_FILTERS)}")
    meant = known.at(now)
    return Filter(
        procedures=wanted.procedures,
        states=wanted.states,
        account=wanted.account,
        waits_for_customer=wanted.waits_for_customer or meant.waits_for_customer,
        due_before=min((one for one in (wanted.due_before, meant.due_before) if one), default=None),
        refused_since=max((one for one in (wanted.refused_since, meant.refused_since) if one), default=None),
        needs_attention=wanted.needs_attention or meant.needs_attention,
        overdue_since=meant.overdue_since or wanted.overdue_since,
        ended=wanted.ended or meant.ended,
        query=wanted.query,
    )


@router.get(
    "/procedures/{procedure}/{subject:path}/items",
    summary="What became of each thing that was to be moved",
)
async def items(
    procedure: str,
    subject: Subject,
    request: Request,
    house: InHouse,
    known: Accessed,
    *,
    run: Annotated[str | None, Query(max_length=64, pattern=r"^[A-Za-z0-9-]+$", description="Another run than the last.")] = None,
    after: Annotated[str, Query(max_length=128, pattern=r"^[!-~]*$", description="`next` of the page before.")] = "",
    limit: Limit = 50,
) -> ItemsTold:
    """The dependents that a procedure moved, and those that stayed and why, page by page."""
    whole = await reached(house, known, May.READ, f"{procedure}/{subject}")
    language = language_of(request)
    read = partial(front_items.items, house.book, whole, run=run, after=after, limit=limit, language=language)
    return items_told(await run_in_threadpool(read))


@router.get(
    "/procedures/{procedure}/{subject:path}/diagram",
    summary="A procedure as a picture",
    response_class=Response,
    responses=PICTURES,
)
async def diagram(
    procedure: str, subject: Subject, request: Request, house: InHouse, known: Accessed, *, drawn: Drawn = "mermaid"
) -> Response:
    """As Mermaid text or SVG, with the state it is in and the moves that it made."""
    whole = await reached(house, known, May.READ, f"{procedure}/{subject}")
    async with _in_time():
        page = await house.office.page(whole, viewer="")
    kept = RELEASED.get(page.definition)
    if kept is None:
        raise not_found("definition")
    return picture(kept, drawn, language_of(request), page.state, page.taken)


@router.get("/procedures/{procedure}/{subject:path}", summary="Look at a procedure")
async def view(
    request: Request, procedure: str, subject: Subject, house: InHouse, known: Accessed, actor: ActingFor = None
) -> ProcedureTold:
    """Where it stands, what it waits for and until when, what may be done and why not, and what happened.

    What may be done is told as the person named may do it, else as whoever started it.
    """
    whole = await reached(house, known, May.READ, f"{procedure}/{subject}")
    viewer = await run_in_threadpool(acting, house.book, known, actor) if actor or known.actor else None
    async with _in_time():
        return procedure_told(await house.office.page(whole, viewer=viewer, language=language_of(request)))


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    """Whoever is asked inside the block answers in time; `Unreachable` otherwise: the SDK would try on for much longer."""
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    except TimeoutError:
        message = f"the Temporal server did not answer within {PATIENCE:.0f} seconds"
        raise Unreachable(message) from None


async def reached(house: House, known: Access, may: May, subject: str) -> str:
    """The id again, when the token may do that to what it is about; 404 for what is another's, as for what is not there."""
    known.check(may)
    account = await house.office.account_of(subject)
    if account is None or not known.reaches(account):
        raise not_found("procedure")
    return subject
