"""`paystates journal ACCOUNT`: everything that happened to an account, in order, and what happens next."""

import asyncio
import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from paystates.cli.options import Json

if TYPE_CHECKING:
    from paystates.front.events import Event
    from paystates.settings import Settings
    from store.port import Book

EVERY = 0.5
"""Seconds between two looks, when it is followed."""


class Output(StrEnum):
    """How it is told."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"


def journal_command(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account.")],
    *,
    after: Annotated[int, typer.Option("--after", min=0, help="The cursor after which it begins.")] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="How many at most, the oldest first.")] = 100,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what happens, until Ctrl-C.")] = False,
    output: Annotated[Output, typer.Option("--output", "-o", help="table, json, or jsonl: one event a line.")] = Output.TABLE,
    as_json: Json = False,
) -> None:
    """Tell everything that happened to an account, in order: what its procedures decided, and what was booked beside them."""
    from paystates.cli.connection import settings

    asyncio.run(journal(settings(), account, after=after, limit=limit, follow=follow, form=Output.JSON if as_json else output))


async def journal(settings: "Settings", account: str, *, after: int, limit: int, follow: bool, form: Output) -> None:
    """Tell a page of it; with `follow` page after page. JSON that is followed is told a line at a time."""
    from paystates.cli import terminal
    from paystates.cli.connection import book
    from paystates.front.events import events

    with book(settings) as opened:
        zone = _zone(opened, account)
        page = await asyncio.to_thread(events, opened, account, after, limit)
        if form is Output.JSON and not follow:
            terminal.show_json({"events": [one.data() for one in page.rows], "next": page.next})
            return
        while True:
            for one in page.rows:
                _tell(one, zone, form)
            if not follow:
                break
            if not page.rows:
                await asyncio.sleep(EVERY)
            page = await asyncio.to_thread(events, opened, account, page.next, limit)
    if form is Output.TABLE:
        more = len(page.rows) == limit
        terminal.note(f"Go on with:  paystates journal {terminal.safe(account)} --after {page.next}" if more else "That is all.")


def _zone(opened: "Book", account: str) -> ZoneInfo:
    from paystates.cli.errors import BadInput

    with opened.reading() as pages:
        found = pages.account(account)
    if found is None:
        message = f"ACCOUNT {account!r} is not in the account book: import it, or correct its id"
        raise BadInput(message)
    return ZoneInfo(found.time_zone)


def _tell(event: "Event", zone: ZoneInfo, form: Output) -> None:
    from paystates.cli import terminal
    from paystates.front.phrases import when

    if form is not Output.TABLE:
        sys.stdout.write(json.dumps(event.data(), ensure_ascii=False) + "\n")
        sys.stdout.flush()
        return
    line = f"[dim]{event.cursor:>6}[/]  {when(event.at, zone)}  {terminal.safe(event.subject)}  {terminal.safe(event.words)}"
    terminal.console().print(line, soft_wrap=True)
