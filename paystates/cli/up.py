"""`paystates up`: a server, its web interface and a worker, until Ctrl-C; and a worker alone, for `worker.py`."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from paystates import clock
from paystates.cli import quiet, terminal
from paystates.cli.connection import address, book, connect
from paystates.cli.errors import BadInput, Unmet
from paystates.cli.serving import Latest, in_service, told_to_stop
from paystates.cli.web import listening, served
from paystates.composition import bank_file, gateway
from paystates.front.phrases import count
from paystates.settings import Settings
from paystates.temporal.announce import SEARCH_ATTRIBUTES
from paystates.temporal.server import DevServer, find_program

if TYPE_CHECKING:
    from gateways.port import Gateway
    from store.port import Book

SERVER_FILE = Path(".paystates/temporal.db")


class Place(NamedTuple):
    """A server in use: where, how it was found, and where its web interface is, if it is ours."""

    address: str
    how: str
    ui: str | None
    server: DevServer | None = None


async def up(settings: Settings, *, travel: bool, web: bool, json: bool) -> None:
    """Start everything, say where it is, and serve until Ctrl-C."""
    quiet.to_stderr(logging.WARNING)
    if travel and settings.temporal_address:
        message = "--travel starts a server of its own, but TEMPORAL_ADDRESS names one that runs: unset it, or leave --travel out"
        raise BadInput(message)
    latest = Latest()
    bank = bank_of(settings, latest)
    now = latest.now if travel else clock.now
    with told_to_stop() as stop, listening(settings) if web else nullcontext() as door:
        async with _server(settings, travel=travel) as place:
            client = await connect(settings)
            with book(settings, make=True) as opened:
                async with (
                    in_service(client, settings, opened, bank, now),
                    served(client, settings, opened, bank, door, travel=travel, now=now) as board,
                ):
                    _tell(settings, place, opened, board, travel=travel, json=json)
                    lost = await _stopped_or_lost(stop, place.server)
                    if not lost:
                        terminal.say("Stopping: the worker ends first, then the server.")
            if lost:
                message = "the Temporal server has ended by itself: run `paystates up` again, which goes on from its files"
                raise Unmet(message)
    terminal.say("Stopped in order.")


async def serve(settings: Settings) -> None:
    """A worker alone, on a server that runs already, until SIGINT or SIGTERM."""
    quiet.to_stderr(logging.INFO)
    bank = bank_of(settings, Latest())
    with told_to_stop() as stop:
        client = await connect(settings, warned=True)
        with book(settings, make=True) as opened:
            async with in_service(client, settings, opened, bank):
                place = address(settings)
                terminal.say(f"The worker serves queue {settings.task_queue} at {place}. SIGTERM or Ctrl-C stops it in order.")
                await stop.wait()
    terminal.say("The worker has stopped in order.")


def bank_of(settings: Settings, latest: Latest) -> "Gateway":
    """The bank of the settings; `BadInput` when its script or its state cannot be read."""
    from gateways.script import ScriptError

    try:
        return gateway(settings, latest.seen)
    except ScriptError as error:
        message = f"{settings.bank} cannot be used:\n{error}"
        raise BadInput(message) from None
    except OSError as error:
        told = f"PAYSTATES_BANK is {str(settings.bank)!r}: it cannot be read ({error.strerror})"
        message = f"{told}. Name the scripted bank's file, or unset it."
        raise BadInput(message) from None
    except ValueError as error:
        raise BadInput(str(error)) from None


@asynccontextmanager
async def _server(settings: Settings, *, travel: bool) -> AsyncIterator[Place]:
    """The server that the settings name, or one started here whose state survives."""
    if settings.temporal_address:
        yield Place(settings.temporal_address, "TEMPORAL_ADDRESS", None)
        return
    found = find_program(say=terminal.say)
    server = DevServer(
        found.path,
        port=settings.server_port,
        ui_port=settings.ui_port,
        database=settings.server_db or SERVER_FILE,
        travel=travel,
        namespace=settings.temporal_namespace,
        search_attributes=SEARCH_ATTRIBUTES,
    )
    async with server:
        yield Place(server.address, f"{found.path}, {found.how}", server.ui_url, server)


async def _stopped_or_lost(stop: asyncio.Event, server: DevServer | None) -> bool:
    """Wait until somebody says stop; True when our own server ended before that."""
    told = asyncio.create_task(stop.wait())
    over = asyncio.create_task(server.ended()) if server is not None else None
    await asyncio.wait({told} if over is None else {told, over}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    return not stop.is_set()


def _tell(settings: Settings, place: Place, opened: "Book", board: str | None, *, travel: bool, json: bool) -> None:
    with opened.reading() as pages:
        accounts = len(pages.accounts())
    ui = f"{place.ui}/namespaces/{settings.temporal_namespace}/workflows" if place.ui else None
    if json:
        data = {
            "server": place.address,
            "ui": ui,
            "http": board,
            "book": _shown(settings.book_url),
            "accounts": accounts,
            "task_queue": settings.task_queue,
            "travel": travel,
        }
        terminal.show_json(data)
        return
    rows = [
        ("Temporal server", f"{place.address}  ({terminal.safe(place.how)})"),
        ("Web interface", ui or "that server’s own"),
        ("HTTP API, board", board or "not served (--no-web)"),
        ("Account book", f"{terminal.safe(_shown(settings.book_url))}, {count(accounts, 'account')}"),
        ("Bank", _bank_words(settings)),
        ("Mails", _mail_words(settings)),
        ("Worker", f"listens on queue {terminal.safe(settings.task_queue)}"),
    ]
    terminal.show(terminal.pairs(rows))
    advice = [] if accounts else ["Fill the book in another terminal:  paystates book import examples/contoso.yaml"]
    advice += ["Then collect an invoice:            paystates start charge-retry 2026-1001"] if not accounts else []
    advice += ["Travel in time:                     paystates travel charge-retry/2026-1001 3d"] if travel else []
    for line in [*advice, "Ctrl-C stops everything in order."]:
        terminal.console().print(line, soft_wrap=True)


def _shown(url: str) -> str:
    from sqlalchemy import make_url

    return make_url(url).render_as_string(hide_password=True)


def _bank_words(settings: Settings) -> str:
    if settings.bank_address:
        return f"scripted, at {terminal.safe(settings.bank_address)}"
    kept = terminal.safe(bank_file(settings))
    if settings.bank:
        return f"scripted by {terminal.safe(settings.bank)}, its state in {kept}"
    return f"scripted, every charge succeeds (PAYSTATES_BANK=examples/bank.yaml: not every one); its state in {kept}"


def _mail_words(settings: Settings) -> str:
    if settings.smtp_host:
        return f"to {terminal.safe(settings.smtp_host)}:{settings.smtp_port}"
    return f"as files in {terminal.safe(settings.mail_folder)}"
