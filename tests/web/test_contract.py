"""Over HTTP and by the Python client a scenario goes as its file tells, and leaves the trace that it leaves in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from house_in_memory import Clock, MemoryFront, MemoryOffice
from ordering import ByClient, OverHttp
from temporalio.client import Client

from paystates import clock
from paystates.front.office import Office
from paystates.rehearsal.on_server import ServerDriver
from paystates.rehearsal.play import in_memory, on_server
from paystates.rehearsal.run import Rehearsal, Report
from paystates.rehearsal.scenario import Scenario, first_day, read_scenario
from paystates.rehearsal.stage import Stage
from paystates.temporal.announce import SEARCH_ATTRIBUTES
from paystates.temporal.plugin import PaystatesPlugin
from paystates.temporal.server import DevServer
from states.procedures import DECLARED
from store.memory import MemoryBook

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "examples" / "scenarios", ROOT / "tests" / "scenarios" / "files")
FILES = sorted((file for folder in FOLDERS for file in folder.glob("*.yaml")), key=lambda file: file.stem)
CHOSEN: Final = (
    "a-new-card-takes-over",
    "balance-settled-with-a-new-card",
    "declined-corrected-and-still-declined",
    "one-subscription-changed",
    "replaced-and-deleted-crosswise",
    "retry-now",
    "role-withdrawn-before-confirming",
    "started-twice",
    "voided-while-a-debit-clears",
)
"""Every procedure is started and acted on, refused and raced; each way of writing the book is gone while procedures run."""

Way = ByClient | OverHttp
NUMBER = ("NUMBER_IMMUTABLE",)


def by_client(stage: Stage, driver: ServerDriver) -> Way:
    at = Clock()
    return ByClient(stage, driver, driver.front(at.now), at)


def over_http(stage: Stage, driver: ServerDriver) -> Way:
    at = Clock()
    return OverHttp(stage, driver, Office(driver.front(at.now), stage.book, at.now), at)


WAYS: Final[dict[str, Callable[[Stage, ServerDriver], Way]]] = {"by client": by_client, "over HTTP": over_http}


def orders_in(scenario: Scenario) -> int:
    """How many must be sent: one that has a card number is refused as soon as it is read."""
    given = [one for one in scenario.steps if one.start is not None or (one.act is not None and one.refused != NUMBER)]
    return len(scenario.collect) + len(given)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_every_order_of_every_scenario_can_be_given_over_http(file: Path) -> None:
    """What is started, sent, written into the book and refused: the API's models take nothing away, and add nothing."""
    staged = read_scenario(file, date(2026, 11, 2))
    stage, at = Stage(staged, MemoryBook()), Clock()
    front = MemoryFront(stage.book, stage.desk, at)
    ordering = OverHttp(stage, front.driver, MemoryOffice(front, stage.book, at.now), at)  # type: ignore[arg-type]
    report = await Rehearsal(stage, front.driver, ordering).run()
    assert report.failures == []
    assert report.trace == (await asyncio.to_thread(in_memory, staged)).trace
    assert ordering.sent >= orders_in(staged.scenario)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reports(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[tuple[str, str], "asyncio.Task[tuple[Report, Report, int]]"]]:
    """Those that are asked for, all at once; each way on a server of its own, since ids of procedures are the scenario's."""
    tomorrow = first_day(clock.now())
    files = {file.stem: file for file in FILES}

    async def both(way: str, name: str, client: Client) -> tuple[Report, Report, int]:
        staged, made = read_scenario(files[name], tomorrow), []

        def ordering(stage: Stage, driver: ServerDriver) -> Way:
            made.append(WAYS[way](stage, driver))
            return made[0]

        book = tmp_path_factory.mktemp("books") / f"{name}.db"
        on_temporal = await on_server(staged, client, book, ordering=ordering)
        return on_temporal, await asyncio.to_thread(in_memory, staged), made[0].sent

    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    asked = [item.callspec.params for item in items if item.originalname == SAME_TRACE]
    async with AsyncExitStack() as stack:
        clients = {}
        for way in dict.fromkeys(one["way"] for one in asked):
            server = await stack.enter_async_context(DevServer(travel=True, ui=False, search_attributes=SEARCH_ATTRIBUTES))
            clients[way] = await Client.connect(server.address, plugins=[PaystatesPlugin()])
        wanted = [(str(one["way"]), str(one["name"])) for one in asked]
        tasks = {(way, name): asyncio.ensure_future(both(way, name, clients[way])) for way, name in wanted}
        yield tasks
        await asyncio.gather(*tasks.values(), return_exceptions=True)


@pytest.mark.server
@pytest.mark.parametrize("name", CHOSEN)
@pytest.mark.parametrize("way", WAYS)
async def test_a_scenario_leaves_the_same_trace_by_client_and_over_http(
    way: str, name: str, reports: dict[tuple[str, str], "asyncio.Task[tuple[Report, Report, int]]"]
) -> None:
    """On a real server: decisions, refusals, bank calls and mails, to the minute, are those of procedures in memory."""
    on_temporal, memory, sent = await reports[way, name]
    assert on_temporal.failures == []
    assert on_temporal.trace == memory.trace
    assert sent >= orders_in(memory.staged.scenario)


SAME_TRACE = test_a_scenario_leaves_the_same_trace_by_client_and_over_http.__name__


def test_the_chosen_scenarios_start_every_procedure() -> None:
    """And act on each of them, and are refused."""
    scenarios = [read_scenario(file, date(2026, 11, 2)).scenario for file in FILES if file.stem in CHOSEN]
    started = {subject.partition("/")[0] for one in scenarios for subject in one.started}
    started |= {"charge-retry" for one in scenarios if one.collect}
    acted = {one.subject(step.about).partition("/")[0] for one in scenarios for step in one.steps if step.act is not None}
    assert started == acted == {*DECLARED}
