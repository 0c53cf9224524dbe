"""Every page of the board, light and dark, wide and narrow: nothing that axe-core finds, nothing cut off; and pictures of all."""

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from desk import Desk
from playwright.async_api import Page, expect

pytestmark = [pytest.mark.server, pytest.mark.asyncio(loop_scope="session")]

WAYS = [
    ("light", 1280, "en-GB"),
    ("dark", 1280, "nb-NO"),
    ("light", 390, "nb-NO"),
    ("dark", 390, "en-GB"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pages_of(desk: Desk) -> dict[str, str]:
    """Each page by name, with something on it: a debt that waits, a replacement that waits, one that is done."""
    waits = desk.owes("seen")
    await desk.front.start("charge-retry", {"invoice": "seen"})
    subjects = {"done": "energi-visa", "asks": "energi-konto"}
    for method in subjects.values():
        await desk.front.start("replace-all", {"method": method, "actor": "ingrid"})
    return {
        "board": "/board",
        "accounts": "/board/accounts",
        "account": "/board/accounts/contoso",
        "waits": waits,
        "chooses": "/board/procedures/replace-all/energi-visa",
        "ended": "/board/procedures/replace-all/energi-konto",
        "items": "/board/items/replace-all/energi-visa",
        "nothing": "/board/accounts/none",
    }


@pytest.mark.parametrize(("scheme", "width", "language"), WAYS)
async def test_every_page_can_be_used_by_everybody(desk: Desk, open_page, picture, pages_of, scheme, width, language) -> None:
    page = await open_page(width, color_scheme=scheme, locale=language, ours=False, reduced_motion="reduce")
    await page.goto("/board/login")
    found = {"login": await violations(page)}
    await desk.sign_in(page, desk.olav)
    for name, path in pages_of.items():
        await page.goto(path)
        await expect(page.locator("h1")).to_be_visible()
        for summary in await page.locator("main details:not([open]) > summary").all():
            await summary.click()
        found[name] = await violations(page)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than the window"
        await page.screenshot(path=picture(f"{name}-{scheme}-{width}"), full_page=True)
    assert {name: told for name, told in found.items() if told} == {}


async def violations(page: Page) -> str:
    """What axe-core finds."""
    results = await Axe().run(page)
    return results.generate_report() if results.violations_count else ""
