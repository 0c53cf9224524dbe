"""Puts the pages together: what is read from the office and the book for them, and only of accounts that the token reaches."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from domain.accounts import Account
from paystates.engine import chart
from paystates.front.items import items
from paystates.front.pages import Filter, ListedProcedure
from paystates.web.access import May
from paystates.web.board.deeds import deeds
from paystates.web.board.forms import fields_of
from paystates.web.board.notices import Notice
from paystates.web.board.render import language, page
from paystates.web.board.session import Session
from paystates.web.board.starting import called, section
from paystates.web.drawing import svg
from paystates.web.house import House
from paystates.web.problems import not_found
from states.methods import AddNew
from states.procedures import RELEASED

MANY: Final = 200
"""How many procedures stand on one page."""
_ITEMS: Final = 100


async def procedure_page(
    request: Request, house: House, session: Session, subject: str, *notices: Notice, status: int = 200
) -> Response:
    """One procedure, as the session's person may act on it."""
    await reached(house, session, May.READ, subject)
    found = await house.office.page(subject, viewer=session.actor, language=language(request))
    declared = RELEASED.get(found.definition)
    acts = May.ACT in session.access.may
    address, label = quote(subject), f"{found.definition}: {found.title}"
    return page(
        request,
        "procedure.html.j2",
        session,
        status,
        here="board",
        live=f"/board/live/{address}" if found.verdict is None else "",
        notices=notices,
        page=found,
        deeds=deeds(found) if acts else [],
        acts=acts,
        act=f"/board/act/{address}",
        travel=f"/board/travel/{address}",
        travels=house.travel and acts,
        items=f"/board/items/{address}" if found.progress or found.outcome else "",
        diagram=svg(declared, at=found.state, taken=found.taken, label=label, language=found.language) if declared else "",
        nodes=chart(declared).nodes if declared else (),
    )


async def account_page(
    request: Request, house: House, session: Session, account_id: str, *notices: Notice, status: int = 200
) -> Response:
    """An account: its methods and what depends on them, its procedures, and what happened."""
    session.access.check(May.READ, account_id)
    acts = May.ACT in session.access.may
    seen = await house.office.account(account_id, viewer=session.actor, language=language(request), acts=acts)
    if seen is None:
        raise not_found("account")
    rows, more = await listed(house, session, Filter(account=account_id))
    running = {row.subject for row in rows}
    if more:  # among the rest may be some that a button would start
        others = tuple(one.subject for some in seen.starts.values() for one in some if one.subject not in running)
        running |= {row.subject for row in (await listed(house, session, Filter(ids=others), limit=len(others)))[0]}
    return page(
        request,
        "account.html.j2",
        session,
        status,
        here="accounts",
        live=f"/board/live?account={quote(account_id)}",
        notices=notices,
        account=seen.held.account,
        zone=ZoneInfo(seen.held.account.time_zone),
        held=seen.held,
        methods=seen.methods,
        labels={one.id: one.label for one in seen.methods},
        adding=fields_of(AddNew),
        start=f"/board/accounts/{quote(account_id)}/start",
        starts_called=called(language(request)),
        whole=section("account", seen.starts, [f"account/{account_id}"], running),
        owing=section("owed", seen.starts, [f"invoice/{one.invoice}" for one in seen.held.debts], running),
        on_file={one.id: section(one.id, seen.starts, [f"method/{one.id}"], running) for one in seen.methods},
        paying=section("subscriptions", seen.starts, [f"subscription/{one.id}" for one in seen.held.subscriptions], running),
        procedures=rows,
        lines=seen.lines,
        acts=acts,
    )


async def items_page(request: Request, house: House, session: Session, subject: str, after: str) -> Response:
    """What became of each thing that a procedure was to move, page by page."""
    account = await reached(house, session, May.READ, subject)
    found = await run_in_threadpool(items, house.book, subject, after=after, limit=_ITEMS, language=language(request))
    zone = (await run_in_threadpool(house.office.zones, [account])).get(account) if account else None
    return page(
        request,
        "items.html.j2",
        session,
        here="board",
        subject=subject,
        found=found.items,
        zone=zone or ZoneInfo("UTC"),
        more=f"/board/items/{quote(subject)}?{urlencode({'after': found.after})}" if found.after else "",
    )


async def listed(
    house: House, session: Session, wanted: Filter, after: str | None = None, limit: int = MANY
) -> tuple[Sequence[ListedProcedure], str | None]:
    """The procedures wanted, those of other accounts left out, and where the next page begins."""
    found = await house.office.list(wanted, limit=limit, after=after)
    return [row for row in found.rows if session.access.reaches(row.account)], found.next


async def reached(house: House, session: Session, may: May, subject: str) -> str | None:
    """The account that a procedure is about, if the session's token reaches it and may do that there."""
    session.access.check(may)
    account_id = await house.office.account_of(subject)
    if not session.access.reaches(account_id):
        raise not_found("procedure")
    return account_id


def accounts_of(house: House, session: Session) -> Mapping[str, Account]:
    """The accounts that the token reaches, by id."""
    with house.book.reading() as pages:
        return {one.id: one for one in pages.accounts() if session.access.reaches(one.id)}
