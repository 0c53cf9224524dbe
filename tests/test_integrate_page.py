"""The examples of docs/integrate.md answer what they say, on a real server with the book and the bank of `examples/`."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio import workflow

from activities import Desk
from gateways.script import load_script
from gateways.scripted import ScriptedBank
from paystates.client import TASK_QUEUE, Paystates, charge_retry_id
from paystates.temporal.announce import SEARCH_ATTRIBUTES
from paystates.temporal.server import DevServer
from store.files import read_book, write_book
from store.memory import MemoryBook

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "integrate.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python client\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@workflow.defn(sandboxed=False)
class Besides:
    """What a service has of its own."""

    @workflow.run
    async def run(self) -> str:
        return "of our own"


@asynccontextmanager
async def served() -> AsyncIterator[tuple[dict[str, Any], Paystates, str]]:
    """The names that the examples define, and a worker as the last of them makes it."""
    page: dict[str, Any] = {}
    for example in EXAMPLES:
        exec(compile(example, "<integrate.md>", "exec"), page)  # noqa: S102 - our own page
    now = datetime.now(UTC)  # noqa: TID251 - a server without time travel has the machine's time
    book = MemoryBook()
    write_book(read_book((ROOT / "examples" / "contoso.yaml").read_text(encoding="utf-8"), "contoso.yaml", now.date()), book, now)
    desk = Desk(book, ScriptedBank(load_script(ROOT / "examples" / "bank.yaml")))
    async with DevServer(ui=False, search_attributes=SEARCH_ATTRIBUTES) as server:
        front, worker = await page["serve"](server.address, desk, TASK_QUEUE, [Besides])
        async with worker:
            yield page, front, server.address


def test_an_example_has_ten_lines_or_little_more() -> None:
    """Ten minutes are enough to integrate: whatever an example imports, what it does is short."""
    for example in EXAMPLES:
        lines = [line for line in example.splitlines() if line and not line.startswith(("from ", "import "))]
        assert len(lines) <= 10, example


@pytest.mark.server
async def test_the_python_examples_do_what_the_page_says() -> None:
    async with served() as (page, front, address):
        replaced = await page["replace_card"]("kari-mastercard", "kari-mastercard", "kari", address)
        assert replaced == "replace-all/kari-mastercard: Refused: nothing was moved"
        told = await page["follow"](front, "replace-all/kari-mastercard")
        assert told[-1].endswith(": refused")
        assert await page["follow"](front, "replace-all/kari-mastercard", len(told)) == []
        assert await asyncio.to_thread(page["collect"], "2026-1003", address)
        async with asyncio.timeout(20):
            while not (await front.view(charge_retry_id("2026-1003"))).waits_for:
                pass  # each question is a round trip
        (reason,) = await page["retry_now"](front, "2026-1003", "kari", "click-1")
        assert "may not be charged any more as it is. Correct its details" in reason
        assert await front.client.execute_workflow("Besides", id="besides", task_queue=front.task_queue) == "of our own"
