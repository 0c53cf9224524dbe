"""Plays scenario files, many at a time, in memory or on one server, and shows each as soon as it and those before it are done."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from paystates import clock
from paystates.cli.errors import BadInput
from paystates.cli.timeline import Played
from paystates.rehearsal.scenario import Staged, first_day, read_scenario

if TYPE_CHECKING:
    from temporalio.client import Client

    from notices.sender import Sender
    from paystates.rehearsal.run import Report

AT_ONCE = 12
"""How many scenarios share a server at a time; more only wait for the processor."""


def files(paths: Sequence[Path]) -> list[Path]:
    """The scenario files that are meant: a folder stands for every .yaml file in it, in the order of their names."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(path.glob("*.yaml"))
            if not inside:
                message = f"the folder {path} has no scenario in it: name one with .yaml files, or a scenario file"
                raise BadInput(message)
            found += inside
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def tomorrow() -> date:
    """The day on which scenarios begin unless they name their own: a server can only go forward in time."""
    return first_day(clock.now())


def read(paths: Sequence[Path], *, taken: Sequence[str] = (), on_server: bool = False) -> list[Staged]:
    """Read all of them before the first is played. Raises `DataError`, and `BadInput` when two do the same.

    `taken`: invoices that somebody else collects on the same server. `on_server`: that is where they are to be played.
    """
    staged = [read_scenario(path, tomorrow()) for path in files(paths)]
    problems = [
        f"{path}: starts: {one.scenario.starts} has begun, and a server can only go forward in time: write a day"
        f" from {tomorrow()} on, or drivers: [memory]"
        for path, one in zip(files(paths), staged, strict=True)
        if on_server and "temporal" in one.scenario.drivers and (one.scenario.starts or tomorrow()) < tomorrow()
    ]
    owner = dict.fromkeys(taken, "the demo’s own account")
    for path, one in zip(files(paths), staged, strict=True):
        for name in (*one.scenario.collect, *one.scenario.started):
            if name in owner:
                does = "start" if "/" in name else "collect"
                problems.append(f"{path} and {owner[name]} both {does} {name}: give it another id in one of them")
            owner[name] = str(path)
    if problems:
        raise BadInput("\n".join(problems))
    return staged


Senders = Callable[[Staged], "Sender | None"]


async def in_order(staged: Sequence[Staged], client: "Client | None", sender: Senders = lambda _: None) -> AsyncIterator[Played]:
    """Play all of them, on the server where there is a client and the scenario can be played there, else in memory."""
    with tempfile.TemporaryDirectory(prefix="paystates-") as folder:
        room = asyncio.Semaphore(AT_ONCE)
        began = [
            asyncio.create_task(_play(one, client, Path(folder) / f"{number}.db", sender, room))
            for number, one in enumerate(staged)
        ]
        try:
            for task in began:
                yield await task
        finally:
            for task in began:
                task.cancel()
            await asyncio.gather(*began, return_exceptions=True)


async def _play(one: Staged, client: "Client | None", book: Path, sender: Senders, room: asyncio.Semaphore) -> Played:
    on = "temporal" if client is not None and "temporal" in one.scenario.drivers else "memory"
    instead = client is not None and on == "memory"
    try:
        async with room:
            report = await _report(one, client if on == "temporal" else None, book, sender)
    except Exception as error:  # noqa: BLE001 - one that breaks must not take the others with it
        return Played(one.name, one.scenario.title, None, on, f"it could not be played: {type(error).__name__}: {error}")
    return Played(one.name, one.scenario.title, report, on, instead=instead)


async def _report(one: Staged, client: "Client | None", book: Path, sender: Senders) -> "Report":
    from paystates.rehearsal.play import in_memory, on_server

    if client is None:
        return await asyncio.to_thread(in_memory, one, sender(one))
    return await on_server(one, client, book, sender(one))


async def client_of(address: str) -> "Client":
    """A client for rehearsals, whose SDK speaks only of errors: interruptions are part of the play."""
    from temporalio.client import Client
    from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

    from paystates.temporal.plugin import PaystatesPlugin

    only_errors = LoggingConfig(filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"))
    runtime = Runtime(telemetry=TelemetryConfig(logging=only_errors))
    return await Client.connect(address, plugins=[PaystatesPlugin()], runtime=runtime)


class Stopwatch:
    """How long something takes, in real seconds."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since it was made."""
        return time.monotonic() - self._began
