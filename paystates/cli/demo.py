"""`paystates demo`: every scenario on a Temporal server on virtual time, as timelines, and one retry to look at in the UI."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from temporalio.client import Client

from activities import Desk
from gateways.script import Script, load_script
from gateways.scripted import ScriptedBank
from notices.sender import FolderSender
from paystates import clock
from paystates.cli import terminal
from paystates.cli.errors import BadInput, Unmet
from paystates.cli.playing import Stopwatch, client_of, in_order, read
from paystates.cli.quiet import quiet
from paystates.cli.serving import told_to_stop
from paystates.cli.timeline import Played, as_json, show_timeline, summary, verdict
from paystates.client import Paystates
from paystates.composition import worker
from paystates.front.phrases import count
from paystates.front.resting import at_rest
from paystates.rehearsal.scenario import Staged
from paystates.temporal.announce import SEARCH_ATTRIBUTES
from paystates.temporal.messages import View
from paystates.temporal.server import DevServer, find_program
from store.files import read_book, write_book
from store.sql import SqlBook

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FOLDER = Path(".paystates/demo")
INVOICE = "2026-1001"
"""The invoice of `examples/contoso.yaml` whose collection is started to be looked at."""


class Sight(NamedTuple):
    """The retry that is left waiting in the UI."""

    subject: str
    account: str
    view: View


async def demo(*, json: bool, stay: bool) -> bool:
    """Play it all; answers whether every scenario ended as its file says."""
    if not EXAMPLES.is_dir():
        message = f"there is no {EXAMPLES}: the demo plays the scenarios of a checkout, so run it in one"
        raise BadInput(message)
    stopwatch = Stopwatch()
    staged = read([EXAMPLES / "scenarios"], taken=[INVOICE])
    found = find_program(say=terminal.say)
    terminal.say(str(found))
    _clear()
    with quiet(), told_to_stop() as stop:
        async with DevServer(found.path, travel=True, search_attributes=SEARCH_ATTRIBUTES) as server:
            client = await client_of(server.address)
            terminal.say(f"Web interface: {server.ui_url}")
            terminal.say(f"Playing {count(len(staged), 'scenario')} on virtual time …")
            async with _in_sight(client) as sight:
                playing = asyncio.create_task(_play(staged, client, json=json))
                await _unless_stopped(playing, stop)
                played = playing.result()
                seconds = stopwatch.seconds
                if json:
                    passed = all(one.passed for one in played)
                    terminal.show_json(
                        {"passed": passed, "scenarios": [as_json(one) for one in played], "seconds": round(seconds, 1)}
                    )
                else:
                    _conclude(played, seconds, sight, server.ui_url or "")
                if stay:
                    terminal.say(f"The web interface stays at {server.ui_url} until Ctrl-C.")
                    await stop.wait()
    return all(one.passed for one in played)


def _clear() -> None:
    """Begin with an empty folder: what an earlier demo left is gone."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)


async def _unless_stopped(playing: "asyncio.Task[list[Played]]", stop: asyncio.Event) -> None:
    """Wait for the end, or for a person who has seen enough."""
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait([playing, stopped], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not playing.done():
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        message = "the demo was stopped before its end; the server is stopped too"
        raise Unmet(message)


async def _play(staged: list[Staged], client: Client, *, json: bool) -> list[Played]:
    played = []
    async for one in in_order(staged, client, lambda each: FolderSender(FOLDER / "mail" / each.name)):
        played.append(one)
        if not json:
            show_timeline(one)
    return played


@asynccontextmanager
async def _in_sight(client: Client) -> AsyncIterator[Sight]:
    """Contoso's book, its bank and its worker, and one retry that goes as far as it can and waits."""
    book = SqlBook.create(f"sqlite:///{FOLDER / 'book.db'}")
    try:
        file = EXAMPLES / "contoso.yaml"
        now = clock.now()
        contoso = read_book(file.read_text(encoding="utf-8"), str(file), now.date())
        write_book(contoso, book, now)
        script = EXAMPLES / "bank.yaml"
        bank = ScriptedBank(load_script(script) if script.exists() else Script({}))
        front = Paystates(client, "paystates-demo")
        async with worker(client, Desk(book, bank), front.task_queue):
            subject = (await front.charge_retry(INVOICE)).subject
            yield Sight(subject, contoso.accounts[0].name, await at_rest(front, subject))
    finally:
        book.close()


def _conclude(played: list[Played], seconds: float, sight: Sight, ui: str) -> None:
    out = terminal.console()
    out.print()
    out.rule("Summary", characters="─")
    out.print(summary(played))
    style = "bold green" if all(one.passed for one in played) else "bold red"
    out.print(verdict(played, seconds), style=style)
    out.print()
    rows = [
        ("Account book", f"{FOLDER / 'book.db'}, filled from examples/contoso.yaml"),
        ("Mails", f"{FOLDER / 'mail'}, one folder for each scenario"),
        ("In the UI", f"{sight.subject} of {terminal.safe(sight.account)}: {terminal.safe(sight.view.title).lower()}"),
        ("", f"{ui}/namespaces/default/workflows"),
    ]
    out.print(terminal.pairs(rows))
    out.print()
    out.print("The server stops with the demo. To look around in the UI:  paystates demo --stay", soft_wrap=True)
    out.print("To keep a server, its UI and a worker running:             paystates up", soft_wrap=True)
    if (script := activating()) is not None:
        out.print(f"For your shell to find that command:                       . {terminal.safe(script)}", soft_wrap=True)


def activating() -> Path | None:
    """The script that lets a shell find `paystates`, where it does not, as after `make demo`; None where it does, or has none."""
    script = Path(sys.executable).with_name("activate")
    if shutil.which("paystates") is not None or not script.exists():
        return None
    here = Path.cwd()
    return script.relative_to(here) if script.is_relative_to(here) else script
