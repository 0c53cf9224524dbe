"""A worker that dies or freezes anywhere around the charge, and a server that dies, charge nobody twice and lose no debt (laws 1 and 3).

Every crash is played at the same time, each with a book, a bank process, a task queue and a worker process of its own: what takes
time is Temporal's own patience with a worker that no longer answers. The oracle is the bank's own ledger.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from office import OWED, Office, charges_of, until
from temporalio.client import Client

from gateways.process import BankProcess
from gateways.remote import RemoteBank
from paystates.temporal.announce import SEARCH_ATTRIBUTES
from paystates.temporal.messages import Outcome
from paystates.temporal.plugin import PaystatesPlugin
from paystates.temporal.server import DevServer

pytestmark = [pytest.mark.server, pytest.mark.asyncio(loop_scope="session")]

HERE = Path(__file__).parent
POINTS = (
    "before the attempt is reserved",
    "before the intent is opened",
    "before the intent's id is stored",
    "before the intent is confirmed",
    "before the result is stored",
    "before the answer is told",
)
HOLDS = ("before_charge", "after_charge")
FREEZES = ("before the intent is opened", "before the intent is confirmed")


@dataclass
class Aftermath:
    """What was left when the procedure had ended."""

    outcome: Outcome
    charges: list[int]
    balance: int
    statuses: list[str]
    woke: str = ""


class Accident:
    """One crash: a debt, a bank process, a worker process that goes down, and the worker that takes over."""

    def __init__(self, client: Client, address: str, folder: Path, name: str, point: str, way: str) -> None:
        folder.mkdir()
        self._folder, self._address, self._point, self._way = folder, address, point, way
        script = folder / "bank.yaml"
        script.write_text(f"pm:\n  - {{hold: {point}}}\n  - succeed\n" if way == "hold" else "pm: [succeed]\n")
        self._bank_process = BankProcess(folder / "bank.json", script)
        self._bank: RemoteBank = self._bank_process.start()
        self._office = Office(client, folder / "book.db", name, bank_as=lambda _: self._bank)

    async def run(self) -> Aftermath:
        """Begin, crash, take over, end."""
        office = self._office
        try:
            process = await self._start_process()
            await office.start()
            await self._strike(process)
            async with office:
                if self._way == "stop":
                    await self._decided_without_it()
                    os.kill(process.pid, signal.SIGCONT)
                    await until(self._woke, f"{office.invoice}: the frozen worker woke and was done")
                    process.kill()
                outcome = await office.ends("recovered", "settled")
                charges = charges_of(self._bank.ledger, office.invoice)
                woke = await self._woke() or ""
                return Aftermath(outcome, charges, office.balance, office.statuses(), woke)
        finally:
            self._bank_process.kill()

    async def _start_process(self) -> asyncio.subprocess.Process:
        way = "kill" if self._way == "hold" else self._way
        url = f"sqlite:///{self._folder / 'book.db'}"
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(HERE / "worker_process.py"),
            self._address, self._office.queue, url, self._bank.address, self._point, way, str(self._folder),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent.parent), str(HERE)])},
        )  # fmt: skip
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        return process

    async def _strike(self, process: asyncio.subprocess.Process) -> None:
        """Wait until it is down."""
        if self._way == "hold":
            await until(self._held, f"the bank holds the charge {self._point}", within=60)
            process.kill()
        elif self._way == "stop":
            await until(self._crashed, "the worker froze", within=60)
            return
        await process.wait()
        if self._way == "hold":
            self._bank.release()

    async def _held(self) -> bool:
        return any(held.point == self._point for held in await asyncio.to_thread(self._bank.waiting))

    async def _crashed(self) -> bool:
        return (self._folder / "crashed").exists()

    async def _woke(self) -> str | None:
        path = self._folder / "woke"
        return path.read_text() if path.exists() else None

    async def _decided_without_it(self) -> None:
        """The look-up has closed the frozen worker's attempt."""

        async def closed() -> bool:
            attempts = self._office.attempts
            return bool(attempts) and attempts[0].status.value == "not_charged"

        await until(closed, "the look-up closed the attempt", within=60)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def aftermaths(
    temporal_client: Client, temporal_server: DevServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[tuple[str, str], Aftermath]]:
    """Every accident, all at once."""
    folder = tmp_path_factory.mktemp("crashes")
    cases = [*(("kill", point) for point in POINTS), *(("hold", hold) for hold in HOLDS), *(("stop", point) for point in FREEZES)]
    accidents = {
        case: Accident(temporal_client, temporal_server.address, folder / str(number), f"CR-{number}", case[1], case[0])
        for number, case in enumerate(cases)
    }
    done = await asyncio.gather(*(accident.run() for accident in accidents.values()))
    yield dict(zip(accidents, done, strict=True))


def charged_once(aftermath: Aftermath) -> None:
    """One charge in the bank's ledger, one payment in our book."""
    assert aftermath.charges == [OWED]
    assert aftermath.balance == 0
    assert aftermath.statuses.count("succeeded") == 1
    assert set(aftermath.statuses) <= {"succeeded", "not_charged"}


@pytest.mark.parametrize("point", POINTS)
async def test_a_worker_killed_around_the_attempts_commits_charges_once(
    aftermaths: dict[tuple[str, str], Aftermath], point: str
) -> None:
    """Law 3: unknown is a state. Killed between any two commits, the debt is charged exactly once, and the procedure ends."""
    charged_once(aftermaths["kill", point])


@pytest.mark.parametrize("hold", HOLDS)
async def test_a_worker_killed_while_the_bank_charges_charges_once(
    aftermaths: dict[tuple[str, str], Aftermath], hold: str
) -> None:
    """Law 3: killed while the bank is about to charge, or has charged and its reply is on the way, the debt is charged once."""
    charged_once(aftermaths["hold", hold])


@pytest.mark.parametrize("point", ["before the result is stored", "before the answer is told"])
async def test_what_was_charged_before_the_crash_is_found_by_look_up(
    aftermaths: dict[tuple[str, str], Aftermath], point: str
) -> None:
    """Law 3: "already succeeded" means charged; nothing is sent a second time, so there is one attempt."""
    assert aftermaths["kill", point].statuses == ["succeeded"]


@pytest.mark.parametrize("point", FREEZES)
async def test_a_worker_that_wakes_after_the_look_up_neither_opens_nor_confirms(
    aftermaths: dict[tuple[str, str], Aftermath], point: str
) -> None:
    """Law 3: the look-up closes the row first; a worker frozen before the bank's call and woken later can no longer charge."""
    aftermath = aftermaths["stop", point]
    assert aftermath.woke == "Fenced"
    charged_once(aftermath)
    assert aftermath.statuses == ["not_charged", "succeeded"]


def server_pid(port: str) -> int:
    """The process of the development server that listens on a port."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:  # it has just ended
                continue
            if b"start-dev" in words and port.encode() in words and b"leash.py" not in b" ".join(words):
                return int(entry.name)
    message = f"no server listens on {port}"
    raise LookupError(message)


async def test_a_server_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    """No debt is lost when the server is killed in the middle of a wait: started again on its file, it goes on."""
    database = tmp_path / "temporal.db"
    async with AsyncExitStack() as stack:
        server = DevServer(travel=True, ui=False, database=database, search_attributes=SEARCH_ATTRIBUTES).start()
        stack.callback(server.stop)
        port = server.address.rpartition(":")[2]
        client = await Client.connect(server.address, plugins=[PaystatesPlugin()])
        office = Office(client, tmp_path / "book.db", "SK-1", "pm: [{decline: insufficient_funds}, succeed]")
        await stack.enter_async_context(office)
        await office.start()
        await office.rests("waiting")
        os.kill(server_pid(port), signal.SIGKILL)
        server.stop()
        again = DevServer(travel=True, ui=False, port=int(port), database=database, search_attributes=SEARCH_ATTRIBUTES).start()
        stack.callback(again.stop)
        await office.ends("recovered")
        assert office.charges == [OWED]
        assert office.statuses() == ["declined", "succeeded"]
