"""`watch`: the list, or one procedure, as it changes, until Ctrl-C. Without a terminal what has changed is printed anew."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

from paystates import clock
from paystates.cli import terminal
from paystates.cli.connection import office
from paystates.cli.listing import found, in_order, listed_data, listing_table, zones_of
from paystates.cli.serving import told_to_stop
from paystates.cli.viewing import head, look, view_data
from paystates.front.filters import Filter
from paystates.front.office import Office
from paystates.front.pages import ProcedurePage
from paystates.front.phrases import Json, count, when
from paystates.settings import Settings

_TAIL = 6
"""How many lines of the journal are shown below one that is watched."""

Look = Callable[[], Awaitable[tuple[list[Json], Callable[[], Any], bool]]]
"""What is there now: as data, how it is drawn, and whether it is over."""


async def watch(
    settings: Settings, subject: str | None, wanted: Callable[[], Filter], *, limit: int, every: float, language: str, json: bool
) -> None:
    """Follow one procedure to its end, or the list of those that are wanted. Ctrl-C ends it in order."""
    with told_to_stop() as stop:
        async with office(settings) as desk:
            if subject is not None:
                await _follow(lambda: _one(desk, subject, language), stop, every, json=json)
            else:
                await _follow(lambda: _many(desk, wanted(), limit), stop, every, json=json)


async def _follow(look: Look, stop: asyncio.Event, every: float, *, json: bool) -> None:
    if json:
        await _by_lines(look, stop, every)
    elif terminal.console().is_terminal:
        await _live(look, stop, every)
    else:
        await _anew(look, stop, every)


async def _looks(look: Look, stop: asyncio.Event, every: float) -> AsyncIterator[tuple[list[Json], Callable[[], Any]]]:
    """One look after the other, until there is nothing more to see or somebody says stop."""
    while not stop.is_set():
        data, drawn, over = await look()
        yield data, drawn
        if over:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), every)


async def _live(look: Look, stop: asyncio.Event, every: float) -> None:
    """Drawn in its place, over and over."""
    from rich.console import Group
    from rich.live import Live

    with Live(console=terminal.console(), auto_refresh=False, vertical_overflow="ellipsis") as live:
        async for _, drawn in _looks(look, stop, every):
            foot = f"[dim]as of {clock.now().astimezone():%H:%M:%S}, every {every:g} s; Ctrl-C ends it[/]"
            live.update(Group(drawn(), foot), refresh=True)


async def _anew(look: Look, stop: asyncio.Event, every: float) -> None:
    """Printed again whenever it has changed."""
    before: list[Json] | None = None
    async for data, drawn in _looks(look, stop, every):
        if data != before:
            terminal.show(drawn())
        before = data


async def _by_lines(look: Look, stop: asyncio.Event, every: float) -> None:
    """What has changed, a JSON text a line."""
    before: dict[str, Json] = {}
    with terminal.printing(terminal.Form.JSONL):
        async for data, _ in _looks(look, stop, every):
            now = {str(one.get("id") or one.get("subject")): one for one in data}
            terminal.show_json([one for name, one in now.items() if before.get(name) != one])
            before = now


async def _many(desk: Office, wanted: Filter, limit: int) -> tuple[list[Json], Callable[[], Any], bool]:
    rows, more = await found(desk, wanted, limit)
    rows = in_order(rows)
    zones = await asyncio.to_thread(zones_of, desk, rows)

    def drawn() -> Any:
        from rich.console import Group

        number = f"[bold]{count(len(rows), 'procedure')}[/]" + (", those that began last" if more else "")
        return Group(number, listing_table(rows, zones)) if rows else number

    return [listed_data(row, zones) for row in rows], drawn, False


async def _one(desk: Office, subject: str, language: str) -> tuple[list[Json], Callable[[], Any], bool]:
    page = await look(desk, subject, language=language)
    return [view_data(page)], lambda: _drawn(page), page.verdict is not None


def _drawn(page: ProcedurePage) -> Any:
    from rich.console import Group

    last = [(when(line.at, page.zone), terminal.safe(line.happened)) for line in page.journal[-_TAIL:]]
    return Group(*head(page), "", terminal.pairs(last))
