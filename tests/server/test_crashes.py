"""Law 3 under the hammer: workers killed or frozen around every commit of an attempt, and a server that is killed.

The oracle is the bank's own ledger: whatever dies, the debt is charged exactly once. The cases wait for real heartbeats to be
missed (10 s), so they are played together, once, and each test looks at its own.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from office import OWED, Office, charges_of, until
from temporalio.client import Client
from temporalio.worker import Worker
from worker_process import POINTS, woken

import workflows
from activities import effects
from gateways.intents import Call
from gateways.process import BankProcess
from gateways.remote import RemoteBank
from paystates.temporal.announce import SEARCH_ATTRIBUTES
from paystates.temporal.effects import activities
from paystates.temporal.messages import Releases
from paystates.temporal.plugin import PaystatesPlugin
from paystates.temporal.server import DevServer, ServerFailed
from states.charge_retry import RELEASED

pytestmark = pytest.mark.server

HERE = Path(__file__).parent
SCRIPT = """
before: [{hold: before_charge}, succeed]
after: [{hold: after_charge}, unexpected]
"""
CHARGED = ["succeeded"]
NOT_CHARGED = ["not_charged", "succeeded"]
KILLED = {
    "before reserving": NOT_CHARGED,
    "after reserving": NOT_CHARGED,
    "after opening": NOT_CHARGED,
    "after storing the intent": NOT_CHARGED,
    "before the bank charges": NOT_CHARGED,
    "after the bank has charged": CHARGED,
    "after the reply": CHARGED,
    "after the result": CHARGED,
}
"""Where the worker is killed, and what the book says of the attempts in the end."""

FROZEN = ("after reserving", "after opening", "after storing the intent")
"""Where the worker is frozen until a look-up has decided."""

AT_THE_BANK = {"before the bank charges": ("before", "before_charge"), "after the bank has charged": ("after", "after_charge")}


@dataclass
class Played:
    """How a case went."""

    state: str = ""
    charges: list[int] = field(default_factory=list)
    balance: int = -1
    statuses: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    late: str = ""


@asynccontextmanager
async def worker_process(here: Office, address: str, point: str, number: signal.Signals) -> AsyncIterator[Process]:
    """A worker that strikes itself at the point; it is gone when the block ends."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path]),
        "ADDRESS": address,
        "QUEUE": here.queue,
        "BOOK": f"sqlite:///{here.path}",
        "BANK": bank_of(here).address,
        "POINT": point,
        "SIGNAL": number.name,
        "STRUCK": f"{here.path}.struck",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(HERE / "worker_process.py"), stdout=PIPE, stderr=asyncio.subprocess.DEVNULL, env=environment
    )
    try:
        assert await line(process) == "listens"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def bank_of(here: Office) -> RemoteBank:
    """The bank, which is a process of its own here."""
    assert isinstance(here.bank, RemoteBank)
    return here.bank


async def line(process: Process) -> str:
    """The next line the worker prints."""
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 60)).decode().strip()


async def finish(here: Office) -> Played:
    """Let it come to its end, and look at what became of the debt."""
    outcome = await here.ends("recovered")
    calls = [call for call in here.bank.calls() if (call.reference or "").startswith(f"{here.invoice}/")]
    return Played(outcome.state, here.charges, here.balance, here.statuses(), calls)


async def killed(here: Office, address: str, point: str) -> Played:
    """A worker is killed at the point, and another one takes over."""
    async with here.closed():
        async with worker_process(here, address, point, signal.SIGKILL) as process:
            await here.start()
            if point in AT_THE_BANK:
                await here.held(AT_THE_BANK[point][1])
                process.kill()
            await asyncio.wait_for(process.wait(), 60)
        await here.start_worker()
        await here.rests()
        for held in here.bank.waiting():
            if held.reference.startswith(f"{here.invoice}/"):
                here.bank.release(held.intent_id)
        return await finish(here)


async def frozen(here: Office, address: str, point: str) -> Played:
    """A worker is frozen at the point, another one's look-up decides, and then the first one wakes."""
    async with here.closed(), worker_process(here, address, point, signal.SIGSTOP) as process:
        await here.start_worker(without_effects(here))
        await here.start()

        async def stopped() -> bool:
            return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

        await until(stopped, f"the worker is frozen {point}", within=60)
        await here.stop_worker()
        await here.start_worker()
        await here.rests("waiting")
        woken(Path(f"{here.path}.struck")).touch()
        process.send_signal(signal.SIGCONT)
        late = await line(process)
        played = await finish(here)
        played.late = late
        return played


def without_effects(here: Office) -> Worker:
    """A worker that decides, and leaves every charge to another."""
    return Worker(
        here.client,
        task_queue=here.queue,
        workflows=list(workflows.ALL),
        activities=activities(effects, here.desk, Releases(RELEASED)),
        activity_executor=ThreadPoolExecutor(2),
        no_remote_activities=True,
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(
    temporal_server: DevServer, temporal_client: Client, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[tuple[str, str], Played | BaseException]]:
    """All the cases, played at once on one server and at one bank."""
    folder = tmp_path_factory.mktemp("crashes")
    script = folder / "bank.yaml"
    script.write_text(SCRIPT)
    with BankProcess(folder / "bank.json", script) as bank:
        cases = [("killed", point) for point in KILLED] + [("frozen", point) for point in FROZEN]
        going = []
        for number, (how, point) in enumerate(cases, start=1):
            token = AT_THE_BANK.get(point, (f"pm{number}", ""))[0]
            here = Office(temporal_client, folder / f"{number}.db", f"C-{number}", bank, token=token)
            play = killed if how == "killed" else frozen
            going.append(play(here, temporal_server.address, point))
        yield dict(zip(cases, await asyncio.gather(*going, return_exceptions=True), strict=True))


def one_of(played: dict[tuple[str, str], Played | BaseException], how: str, point: str) -> Played:
    """The case, or what went wrong in it."""
    case = played[how, point]
    if isinstance(case, BaseException):
        raise case
    return case


def test_every_point_between_two_commits_is_tried() -> None:
    """The worker can strike at each point the cases name, and no point is left out."""
    assert set(POINTS) | set(AT_THE_BANK) == set(KILLED)


@pytest.mark.parametrize("point", KILLED)
async def test_a_killed_worker_costs_no_charge_and_makes_none(
    played: dict[tuple[str, str], Played | BaseException], point: str
) -> None:
    """Law 3: wherever the worker dies, the look-up finds out, and the debt is charged exactly once; the book agrees."""
    case = one_of(played, "killed", point)
    assert case.charges == [OWED]
    assert (case.state, case.balance) == ("recovered", 0)
    assert case.statuses == KILLED[point]


@pytest.mark.parametrize("point", FROZEN)
async def test_a_worker_that_wakes_late_takes_no_money(played: dict[tuple[str, str], Played | BaseException], point: str) -> None:
    """Law 3: the look-up has closed the row, so the late worker stores nothing, and the bank confirms nothing for it."""
    case = one_of(played, "frozen", point)
    assert case.late == "charge ended: Fenced"
    first = [call for call in case.calls if (call.reference or "").endswith("/1")]
    assert [call.outcome for call in first if call.method == "confirm"] in ([], ["cancelled"])
    assert first[-1].outcome == "cancelled", "what it opened late is closed again"
    assert case.charges == [OWED]
    assert (case.state, case.balance, case.statuses) == ("recovered", 0, NOT_CHARGED)


async def test_a_server_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    """The history is on the disk: a kill at a wait, and one in the middle of a charge, cost nothing and charge nothing twice."""
    script = tmp_path / "bank.yaml"
    script.write_text("pm: [{decline: insufficient_funds}, {hold: after_charge}, unexpected]")
    database = tmp_path / "temporal.db"
    async with AsyncExitStack() as stack:
        bank = stack.enter_context(BankProcess(tmp_path / "bank.json", script))
        server = DevServer(travel=True, ui=False, database=database, search_attributes=SEARCH_ATTRIBUTES)
        stack.callback(server.stop)
        await asyncio.to_thread(server.start)
        port = int(server.address.rpartition(":")[2])
        client = await Client.connect(server.address, plugins=[PaystatesPlugin()])
        here = await stack.enter_async_context(Office(client, tmp_path / "book.db", "K-1", bank))
        await here.start()
        before = await here.rests("waiting")
        server = await killed_and_restarted(server, port, stack)
        assert (await here.rests("waiting")).stand == before.stand
        travelling = asyncio.create_task(here.travel())
        await here.held("after_charge")
        server = await killed_and_restarted(server, port, stack)
        bank.release()
        await here.ends("recovered")
        travelling.cancel()
        await asyncio.gather(travelling, return_exceptions=True)
        assert charges_of(bank.ledger, here.invoice) == [OWED]
        assert (here.statuses(), here.balance) == (["declined", "succeeded"], 0)


async def killed_and_restarted(server: DevServer, port: int, stack: AsyncExitStack) -> DevServer:
    """Kill the server on the spot, and start another one on its port and its database."""
    assert server._process is not None
    server._process.kill()
    await asyncio.to_thread(server.stop)
    again = DevServer(port=port, travel=True, ui=False, database=server.database, search_attributes=server.search_attributes)
    stack.callback(again.stop)

    async def restarted() -> DevServer | None:
        try:
            return await asyncio.to_thread(again.start)
        except ServerFailed:  # the old one still has the port
            return None

    return await until(restarted, "the server is back on its port")
