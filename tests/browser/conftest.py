"""The fixtures of the tests in a browser: one desk for the session, and pages of Debian's Chromium."""

import shutil
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from desk import Desk, opened
from playwright.async_api import Browser, Page, async_playwright, expect

from paystates.temporal.announce import SEARCH_ATTRIBUTES
from paystates.temporal.server import DevServer

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BANK = "tok-never: [{decline: insufficient_funds}]"
PATIENCE = 30_000
"""Milliseconds until something that is waited for is taken not to come."""
expect.set_options(timeout=PATIENCE)
SCREENSHOTS = Path(".paystates/screenshots")

OpenPage = Callable[..., Coroutine[Any, Any, Page]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal() -> AsyncIterator[DevServer]:
    """A server that travels, with its web interface."""
    async with DevServer(travel=True, ui=True, search_attributes=SEARCH_ATTRIBUTES) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def desk(temporal: DevServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A worker, a scripted bank, the example book and the board."""
    async with opened(temporal, tmp_path_factory.mktemp("desk"), BANK, "desk") as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, as Debian has it."""
    program = shutil.which("chromium")
    assert program, "chromium is missing: install the package of that name (`make test` does it where it may)"
    async with async_playwright() as playwright:
        yield await playwright.chromium.launch(executable_path=program, args=FLAGS)


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser, desk: Desk) -> AsyncIterator[OpenPage]:
    """Opens pages, each as a browser of its own; what one complained of fails the test."""
    contexts, complaints = [], []

    async def open_one(width: int = 1280, *, ours: bool = True, **options: Any) -> Page:
        told = {"locale": "en-GB", "color_scheme": "light", "base_url": desk.url} | options
        context = await browser.new_context(viewport={"width": width, "height": 900}, **told)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = await context.new_page()
        if ours:
            page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"a dialog: {dialog.message}"))
        return page

    yield open_one
    for context in contexts:
        await context.close()
    assert complaints == []


@pytest.fixture
def picture() -> Callable[[str], str]:
    """Where the screenshot of that name is kept."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return lambda name: str(SCREENSHOTS / f"{name}.png")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where the pictures are."""
    if "desk" in sys.modules and SCREENSHOTS.exists():
        number = len(list(SCREENSHOTS.glob("*.png")))
        terminalreporter.write_line(f"{number} screenshots of the board are in {SCREENSHOTS}.")
