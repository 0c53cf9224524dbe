"""Every scenario file goes as it tells when people's orders come over HTTP, and leaves the trace that it leaves without."""

import asyncio
from datetime import date
from pathlib import Path

import pytest
from over_http import OverHttp

from paystates.rehearsal.play import in_memory
from paystates.rehearsal.run import Rehearsal, Report
from paystates.rehearsal.scenario import read_scenario
from paystates.rehearsal.stage import Stage
from store.memory import MemoryBook

TESTS = Path(__file__).parents[1]
FILES = sorted([*(TESTS.parent / "examples" / "scenarios").glob("*.yaml"), *(TESTS / "scenarios" / "files").glob("*.yaml")])
DAY = date(2026, 11, 2)


async def over_http(file: Path) -> tuple[Report, int]:
    """How it went, and how many orders were sent."""
    stage = Stage(read_scenario(file, DAY), MemoryBook())
    driver = OverHttp(stage)
    return await Rehearsal(stage, driver).run(), driver.sent


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_scenario_leaves_the_same_trace_over_http(file: Path) -> None:
    """Decisions, refusals, bank calls and mails: the API adds nothing and loses nothing."""
    report, sent = await over_http(file)
    memory = await asyncio.to_thread(in_memory, read_scenario(file, DAY))
    assert sent > 0
    assert report.failures == []
    assert report.trace == memory.trace
