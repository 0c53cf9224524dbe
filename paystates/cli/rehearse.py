"""`paystates rehearse`: plays scenario files in memory or on a Temporal server, and says what did not go as they say."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from paystates.cli import terminal
from paystates.cli.playing import Stopwatch, client_of, in_order, read
from paystates.cli.quiet import quiet
from paystates.cli.timeline import as_json, show_timeline, summary, verdict

if TYPE_CHECKING:
    from temporalio.client import Client


async def rehearse(paths: Sequence[Path], *, on_server: bool, json: bool) -> bool:
    """Play them; answers whether all went as their files say."""
    stopwatch = Stopwatch()
    staged = read(paths, on_server=on_server)
    played = []
    with quiet():
        async with _server(wanted=on_server) as client:
            async for one in in_order(staged, client):
                played.append(one)
                if not json:
                    show_timeline(one)
    passed = all(one.passed for one in played)
    if json:
        terminal.show_json({"passed": passed, "scenarios": [as_json(one) for one in played]})
        return passed
    out = terminal.console()
    out.print()
    if len(played) > 1:
        out.print(summary(played))
    out.print(verdict(played, stopwatch.seconds), style="bold green" if passed else "bold red")
    return passed


@asynccontextmanager
async def _server(*, wanted: bool) -> "AsyncIterator[Client | None]":
    """A server that skips time, for as long as the scenarios play; None when they play in memory."""
    if not wanted:
        yield None
        return
    from paystates.temporal.announce import SEARCH_ATTRIBUTES
    from paystates.temporal.server import DevServer, find_program

    found = find_program(say=terminal.say)
    terminal.say(str(found))
    async with DevServer(found.path, travel=True, ui=False, search_attributes=SEARCH_ATTRIBUTES) as server:
        yield await client_of(server.address)
