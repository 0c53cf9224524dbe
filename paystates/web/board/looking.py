"""What is looked at on the board: the lanes, accounts, procedures, and the stream that says that one of them has changed."""

from dataclasses import replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from paystates.front.pages import NAMED_FILTERS, Filter
from paystates.web.access import May
from paystates.web.board.lanes import lanes
from paystates.web.board.notices import BoardRoute, Notice
from paystates.web.board.render import language, page
from paystates.web.board.seeing import account_page, accounts_of, items_page, listed, procedure_page, reached
from paystates.web.board.session import Session, session_of
from paystates.web.board.tongue import tongue
from paystates.web.house import House, InHouse
from paystates.web.problems import not_found
from paystates.web.pulse import Concerns
from paystates.web.seats import EventStream
from states.procedures import DECLARED

router = APIRouter(prefix="/board", include_in_schema=False, route_class=BoardRoute)

SignedIn = Annotated[Session, Depends(session_of)]


@router.get("")
async def board(
    request: Request,
    house: InHouse,
    session: SignedIn,
    *,
    named: str = "",
    procedure: str = "",
    account: str = "",
    ended: bool = False,
    after: str | None = None,
) -> Response:
    """The lanes: what is under way, by state."""
    session.access.check(May.READ)
    known = await run_in_threadpool(accounts_of, house, session)
    chosen = {"named": named, "procedure": procedure, "account": account, "ended": "true" if ended else ""}
    if (account and account not in known) or (named and named not in NAMED_FILTERS) or (procedure and procedure not in DECLARED):
        raise not_found("page")
    rows, following = await listed(house, session, _wanted(house, chosen), after)
    given = {name: value for name, value in chosen.items() if value}
    return page(
        request,
        "lanes.html.j2",
        session,
        here="board",
        live="/board/live",
        named=list(NAMED_FILTERS.values()),
        procedures=list(DECLARED),
        accounts=[(one.id, one.name) for one in known.values()],
        chosen=chosen,
        lanes=lanes(rows, known, language(request)),
        count=len(rows),
        more=f"/board?{urlencode({**given, 'after': following})}" if following else "",
    )


def _wanted(house: House, chosen: dict[str, str]) -> Filter:
    made = NAMED_FILTERS[chosen["named"]].at(house.now()) if chosen["named"] else Filter()
    return replace(
        made,
        procedures=(chosen["procedure"],) if chosen["procedure"] else (),
        account=chosen["account"] or None,
        ended=made.ended or bool(chosen["ended"]),
    )


@router.get("/accounts")
async def accounts(request: Request, house: InHouse, session: SignedIn) -> Response:
    """The accounts that the token reaches."""
    session.access.check(May.READ)
    known = await run_in_threadpool(accounts_of, house, session)
    return page(request, "accounts.html.j2", session, here="accounts", accounts=list(known.values()))


@router.get("/accounts/{account_id}")
async def account(request: Request, house: InHouse, session: SignedIn, account_id: str) -> Response:
    """One account."""
    return await account_page(request, house, session, account_id)


@router.get("/procedures/{subject:path}")
async def procedure(request: Request, house: InHouse, session: SignedIn, subject: str, *, taken: bool = False) -> Response:
    """One procedure; `taken`: somebody comes here from an action that was."""
    notices = (Notice(tongue(language(request)).say("Taken."), "good"),) if taken else ()
    return await procedure_page(request, house, session, subject, *notices)


@router.get("/items/{subject:path}")
async def items(request: Request, house: InHouse, session: SignedIn, subject: str, after: str = "") -> Response:
    """What became of each thing that a procedure was to move."""
    return await items_page(request, house, session, subject, after)


@router.get("/live")
async def live(house: InHouse, session: SignedIn, account: str = "") -> Response:
    """The stream for the lanes, or for one account's page."""
    session.access.check(May.READ, account or None)
    if account:
        return _stream(house, session, lambda row: row.account_id == account)
    return _stream(house, session, lambda row: session.access.reaches(row.account_id))


@router.get("/live/{subject:path}")
async def live_procedure(house: InHouse, session: SignedIn, subject: str) -> Response:
    """The stream for one procedure."""
    await reached(house, session, May.READ, subject)
    return _stream(house, session, lambda row: row.procedure == subject)


def _stream(house: House, session: Session, concerns: Concerns) -> EventStream:
    return EventStream(house.pulse.changes(concerns), house.seats.take(session.access.token_id))
