"""Every scenario file goes as it tells, in memory and on a real server, and leaves the same trace on both."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from temporalio.client import Client

from paystates import clock
from paystates.rehearsal.play import in_memory, on_server
from paystates.rehearsal.run import Report
from paystates.rehearsal.scenario import OPENS, first_day, read_scenario

ROOT = Path(__file__).parents[2]
SHOWN = sorted((ROOT / "examples" / "scenarios").glob("*.yaml"))
FILES = SHOWN + sorted((Path(__file__).parent / "files").glob("*.yaml"))
ON_SERVER = [file for file in FILES if "temporal" in read_scenario(file, date(2026, 11, 2)).scenario.drivers]
_AT_ONCE = 12
"""How many are played at a time on the server: enough to fill its waits, and few enough that each has its turn in time."""
DAYS = [date(2027, 3, 13), date(2027, 10, 30), date(2027, 12, 20)]
"""The day before a change of clocks in America and in Europe, and one before the holidays."""


def name(file: Path) -> str:
    return file.stem


def played(file: Path, day: date) -> Report:
    return in_memory(read_scenario(file, day))


@pytest.mark.parametrize("file", FILES, ids=name)
def test_a_scenario_goes_as_it_tells_in_memory(file: Path) -> None:
    """Slots, order, refusals, bank calls, mails and balances are what the file says (S1; the rules it names in `shows`)."""
    assert played(file, date(2026, 11, 2)).failures == []


@pytest.mark.parametrize("file", ON_SERVER, ids=name)
def test_the_day_on_which_it_begins_makes_no_difference(file: Path) -> None:
    """Days are days on the account's wall clock, whatever the calendar does meanwhile (U15)."""
    assert {day: played(file, day).failures for day in DAYS} == {day: [] for day in DAYS}


@pytest.mark.parametrize("file", FILES, ids=name)
def test_a_scenario_says_what_it_shows(file: Path) -> None:
    """A product owner finds a rule by its number, and a company of its own in every file."""
    scenario = read_scenario(file, date(2026, 11, 2)).scenario
    assert scenario.shows
    assert scenario.title[0].isupper()
    assert not scenario.title.endswith(".")


def test_no_two_scenarios_share_an_id() -> None:
    """All of them can be played at once on one server, whose workflow ids are made of invoices and methods."""
    scenarios = [read_scenario(file, date(2026, 11, 2)).scenario for file in FILES]
    invoices = [invoice.id for one in scenarios for account in one.book.accounts for invoice in account.invoices]
    accounts = [account.id for one in scenarios for account in one.book.accounts]
    started = [subject for one in scenarios for subject in one.started]
    assert len(set(started)) == len(started)
    assert len(set(invoices)) == len(invoices)
    assert len(set(accounts)) == len(accounts)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def reports(
    request: pytest.FixtureRequest, temporal_client: Client, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[Path, asyncio.Task[tuple[Report, Report]]]]:
    """Those that are asked for, many at once: one begins tomorrow, since the server's clock only goes forward."""
    folder = tmp_path_factory.mktemp("books")
    tomorrow = first_day(clock.now())

    async def both(file: Path) -> tuple[Report, Report]:
        on_temporal = await on_server(read_scenario(file, tomorrow), temporal_client, folder / f"{file.stem}.db")
        return on_temporal, await asyncio.to_thread(played, file, tomorrow)

    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    chosen = {item.callspec.params["file"] for item in items if item.originalname == SAME_TRACE}
    turn = asyncio.Semaphore(_AT_ONCE)

    async def in_turn(file: Path) -> tuple[Report, Report]:
        async with turn:
            return await both(file)

    tasks = {file: asyncio.ensure_future(in_turn(file)) for file in chosen}
    yield tasks
    await asyncio.gather(*tasks.values(), return_exceptions=True)


@pytest.mark.server
@pytest.mark.parametrize("file", ON_SERVER, ids=name)
async def test_a_scenario_leaves_the_same_trace_on_both_drivers(
    file: Path, reports: dict[Path, asyncio.Task[tuple[Report, Report]]]
) -> None:
    """One vocabulary, two drivers, one trace: decisions, refusals, bank calls and mails, to the minute (design, 5)."""
    on_temporal, memory = await reports[file]
    assert on_temporal.failures == []
    assert on_temporal.trace == memory.trace


SAME_TRACE = test_a_scenario_leaves_the_same_trace_on_both_drivers.__name__


def test_a_scenario_that_goes_otherwise_says_where_and_how(tmp_path: Path) -> None:
    """What should be and what is stand side by side, with the invoice and the moment."""
    text = (ROOT / "examples" / "scenarios" / "two-declines-then-paid.yaml").read_text(encoding="utf-8")
    text = text.replace("next: 3d 1h", "next: 3d 2h").replace("state: recovered", "state: exhausted")
    file = tmp_path / "wrong.yaml"
    file.write_text(text.replace("checks:", "steps:\n  - {at: 2d, by: ingrid, act: retry_now, refused: [LAST_SLOT]}\nchecks:"))
    assert played(file, date(2026, 11, 2)).failures == [
        "F-1001 at 1d 00:00: next should be 3d 02:00, is 3d 01:00",
        "2d 00:00 ingrid act: expected refused with LAST_SLOT, got taken",
        "F-1001 at the end: state should be exhausted, is recovered",
    ]


@pytest.mark.parametrize("hour", range(24))
def test_a_scenario_begins_in_the_future_in_every_time_zone(hour: int) -> None:
    """A server's clock only goes forward, and in Kiritimati it is morning before it is evening in Greenwich."""
    now = datetime(2026, 11, 22, hour, 30, tzinfo=UTC)
    for zone in ("Pacific/Kiritimati", "Asia/Tokyo", "Europe/Oslo", "America/New_York"):
        assert datetime.combine(first_day(now), OPENS, ZoneInfo(zone)) > now


def test_what_stands_against_a_procedure_that_ended_is_a_truth(tmp_path: Path) -> None:
    """All its codes, in whatever order; a check that names one of two, or another, is told what they are."""
    text = (Path(__file__).parent / "files" / "the-only-method.yaml").read_text(encoding="utf-8")
    file = tmp_path / "wrong.yaml"
    file.write_text(text.replace("refusals: [LAST_METHOD]", "refusals: [LAST_METHOD, STILL_USED]"))
    assert played(file, date(2026, 11, 2)).failures == [
        "delete-with-dependents/randoy-visa at the end: refusals should be [LAST_METHOD, STILL_USED], is [LAST_METHOD]"
    ]


def test_a_case_about_a_procedure_is_its_own_and_not_its_debts(tmp_path: Path) -> None:
    text = (Path(__file__).parent / "files" / "settlement-never-found-out.yaml").read_text(encoding="utf-8")
    file = tmp_path / "wrong.yaml"
    text = text.replace('balance: "120.00", cases: []', 'balance: "120.00", cases: [settlement-unresolved]')
    file.write_text(text.replace("bykle-mc}, cases: [settlement-unresolved]", "bykle-mc}, cases: []"))
    assert played(file, date(2026, 11, 2)).failures == [
        "BY-1 at 59d 00:00: cases should be [settlement-unresolved], is []",
        "settle-balance/bykle-visa at the end: cases should be [], is [settlement-unresolved]",
    ]
