"""An operator's day on the board and in Temporal's web interface, in a real browser on a real server."""

import re
from dataclasses import replace

import pytest
from desk import SCRIPT, Desk, opened, until
from playwright.async_api import Page, Route, expect
from temporalio.api.workflowservice.v1 import PauseWorkflowExecutionRequest, UnpauseWorkflowExecutionRequest

from paystates.temporal.server import DevServer
from states.charge_retry import Hold

pytestmark = [pytest.mark.server, pytest.mark.asyncio(loop_scope="session")]

OUTAGE = "tok-lost: [{fault: reply_lost, for: 15d, notifications: none}, unexpected]"


def state(page: Page):
    """Where it stands, on top of the page."""
    return page.locator("dl.facts dd strong")


async def pause(desk: Desk, invoice: str) -> None:
    """Pause a procedure, as from Temporal's own web interface."""
    request = PauseWorkflowExecutionRequest(
        namespace="default", workflow_id=f"charge-retry/{invoice}", identity="a test", reason="a test"
    )
    await desk.client.workflow_service.pause_workflow_execution(request)


async def unpause(desk: Desk, invoice: str) -> None:
    """Let it go on."""
    request = UnpauseWorkflowExecutionRequest(
        namespace="default", workflow_id=f"charge-retry/{invoice}", identity="a test", reason="a test"
    )
    await desk.client.workflow_service.unpause_workflow_execution(request)


async def test_an_operator_finds_what_needs_attention_reads_why_and_looks_it_up_again(
    temporal: DevServer, open_page, tmp_path
) -> None:
    """Nobody can tell what became of an attempt: it stands out on the board, and the operator has the bank asked again.

    The bank of this desk is out of reach for two weeks, for whoever asks.
    """
    async with opened(temporal, tmp_path, OUTAGE, "troubled-desk") as troubled:
        page = await open_page(base_url=troubled.url)
        await looks_it_up(troubled, page)


async def looks_it_up(desk: Desk, page: Page) -> None:
    path = desk.owes("lost", billed="-1d")
    await desk.front.start("charge-retry", {"invoice": "lost"})
    await desk.sign_in(page, desk.olga, path)
    await expect(state(page)).to_have_text(re.compile("Asks"))
    await travels(page, "15d")
    await expect(state(page)).to_have_text("Needs attention: what became of the attempt cannot be found out")

    await page.get_by_role("link", name="Board").first.click()
    await page.get_by_label("Show", exact=True).select_option(label="Needs attention")

    async def found() -> bool:
        await page.get_by_role("button", name="Filter").click()
        return await page.get_by_role("link", name="charge-retry/lost").count() == 1

    await until(found, "what needs attention is listed")
    it = page.get_by_role("link", name="charge-retry/lost")  # beside what others left here without a worker: that is overdue
    await expect(page.locator("section.lane.bad").filter(has=it).locator("h2")).to_contain_text("Needs attention")
    await it.click()
    await expect(page.locator(".timeline .bad").last).to_contain_text("an operator is asked")

    await travels(page, "2d")
    await page.get_by_role("button", name="look up again").click()
    await expect(state(page)).to_have_text("Recovered: the debt was charged")


async def travels(page: Page, span: str) -> None:
    await page.get_by_label("How far").fill(span)
    await page.get_by_role("button", name="Travel").click()
    await expect(page.get_by_label("How far")).to_have_value("1d")


async def test_a_paused_procedure_says_so_and_what_to_do(desk: Desk, open_page) -> None:
    """Whoever pauses it in Temporal's web interface stops it: the board says so, offers nothing, and shows the book."""
    path = desk.owes("paused")
    await desk.front.start("charge-retry", {"invoice": "paused"})
    page = await open_page()
    await desk.sign_in(page, desk.olga, path)
    await expect(state(page)).to_have_text("Waits for the next attempt")
    await pause(desk, "paused")
    await page.reload()
    await expect(page.get_by_role("alert")).to_contain_text("Paused in Temporal: nothing happens")
    await expect(page.get_by_role("heading", name="What may be done")).to_have_count(0)
    await unpause(desk, "paused")

    async def goes_on() -> bool:
        await page.reload()
        return await page.get_by_role("alert").count() == 0

    await until(goes_on, "the pause is over")
    await expect(page.get_by_role("button", name="hold")).to_be_enabled()


async def test_it_is_held_resumed_and_written_off_and_moves_before_the_eyes_of_another(desk: Desk, open_page) -> None:
    """The other's page follows without a reload; what cannot be undone asks first."""
    path = desk.owes("given-up")
    await desk.front.start("charge-retry", {"invoice": "given-up"})
    olga, olav = await open_page(), await open_page(390)
    await desk.sign_in(olga, desk.olga, path)
    await desk.sign_in(olav, desk.olav, path)
    await expect(olav.get_by_role("button", name="hold")).to_be_disabled()
    await expect(olav.get_by_role("button", name="hold")).to_have_accessible_description(re.compile("only by: operator"))
    await olav.evaluate("window.loadedOnce = true")

    await olga.get_by_role("button", name="hold").click()
    await expect(state(olga)).to_have_text("Held by an operator")
    await expect(state(olav)).to_have_text("Held by an operator")
    await olga.get_by_role("button", name="resume").click()
    await expect(state(olav)).to_have_text("Waits for the next attempt")
    assert await olav.evaluate("window.loadedOnce"), "the page was not loaded anew"

    await olga.get_by_text("Write off", exact=True).first.click()
    await olga.get_by_label("reason").fill(SCRIPT)
    await olga.get_by_role("button", name="write off").click()
    sure = olga.get_by_label("I know that this cannot be undone")
    assert await sure.evaluate("box => box.validity.valueMissing"), "it was not sent: nobody has said that they know"
    await sure.check()
    await olga.get_by_role("button", name="write off").click()
    await expect(state(olga)).to_have_text("Written off")
    await expect(state(olav)).to_have_text("Written off")
    await expect(olav.locator(".timeline")).to_contain_text(SCRIPT)


async def pauses(page: Page, milliseconds: int) -> bool:
    """Whether that is how long it waits the next time that it is refused."""
    return bool(await page.evaluate("pause") == milliseconds)


async def test_a_page_that_may_not_follow_says_so_and_follows_as_soon_as_it_may(desk: Desk, open_page) -> None:
    """Too many streams are open: the browser never asks again, so the page does, ever more rarely, and catches up."""
    path = desk.owes("crowded")
    await desk.front.start("charge-retry", {"invoice": "crowded"})
    page = await open_page(ours=False)  # a browser complains of what it was refused
    await page.clock.install()

    async def refuse(route: Route) -> None:
        await route.fulfill(status=429)

    await page.route("**/board/live/**", refuse)
    await desk.sign_in(page, desk.olga, path)
    told = page.get_by_text("This page does not follow by itself just now")
    await expect(told).to_be_visible()
    await until(lambda: pauses(page, 10_000), "it was refused")
    await page.clock.fast_forward(5_000)
    await until(lambda: pauses(page, 20_000), "it was refused again, and waits longer")
    await desk.front.act("charge-retry/crowded", Hold(), actor="olga")
    await page.unroute("**/board/live/**")
    await page.clock.fast_forward(10_000)
    await expect(told).to_be_hidden()
    await expect(state(page)).to_have_text("Held by an operator")


async def test_an_administrator_replaces_a_method_step_by_step(desk: Desk, open_page) -> None:
    """By keys only: the skip link, the buttons in their order, and Enter."""
    page = await open_page()
    await desk.sign_in(page, desk.olav, "/board/accounts/contoso")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()
    replace_it = page.get_by_role("button", name="Replace: Visa ending 4242")
    await tab_to(page, replace_it)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/board/procedures/replace-all/olav-visa**")
    await expect(page.get_by_role("button", name="Choose Mastercard ending 4444")).to_be_disabled()
    await page.get_by_text("Add new", exact=True).first.click()
    for label, text in (("token", "tok_new"), ("last four digits", "0001"), ("country", "NO"), ("expires", "2040-04-30")):
        await page.get_by_label(label, exact=True).fill(text)
    await page.get_by_label("network").select_option("visa")
    await page.get_by_label("holder").fill("Olav Haugen")
    await page.get_by_role("button", name="add new").click()
    await expect(state(page)).to_have_text("Waits for a confirmation of what will be moved")
    await expect(page.get_by_role("region").or_(page.locator("main"))).to_contain_text(["Microsoft 365 Business Premium"])
    await page.locator("details:has(button:text-is('confirm')) summary").click()
    await page.get_by_role("button", name="confirm").click()
    await expect(state(page)).to_have_text("Done: everything was moved")
    await page.get_by_role("link", name="All that was moved").click()
    await expect(page.get_by_role("row", name=re.compile("contoso-m365"))).to_be_visible()


async def tab_to(page: Page, wanted) -> None:
    """Press Tab until it is reached; every stop can be seen."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        focused = page.locator(":focus")
        await expect(focused).to_be_visible()
        if await wanted.evaluate("element => element === document.activeElement"):
            return
    message = "it cannot be reached by keys"
    raise AssertionError(message)


async def test_four_weeks_are_lived_through_in_a_meeting(desk: Desk, open_page) -> None:
    path = desk.owes("never", billed="0d")
    await desk.front.start("charge-retry", {"invoice": "never"})
    page = await open_page()
    await desk.sign_in(page, desk.olga, path)
    await page.get_by_label("How far").fill("30d")
    await page.get_by_role("button", name="Travel").click()
    await expect(state(page)).to_contain_text("Exhausted", timeout=60_000)
    await expect(page.locator(".timeline .bad")).to_have_count(6)


async def test_in_temporals_own_web_interface_the_details_are_a_page_and_no_script_runs(desk: Desk, open_page, picture) -> None:
    """What an operator sees there is the same, and what comes from outside is text there too."""
    with desk.book.transaction() as pages:
        found = pages.subscription("contoso-dynamics")
        assert found is not None
        pages.put_subscription(replace(found, name=SCRIPT))
    await desk.front.start("replace-all", {"method": "kari-mastercard", "actor": "kari"})
    page = await open_page(ours=False)
    handle = desk.client.get_workflow_handle("replace-all/kari-mastercard")
    run = (await handle.describe()).run_id
    name = "replace-all%2Fkari-mastercard"
    await page.goto(f"{desk.ui}/namespaces/default/workflows/{name}/{run}/user-metadata", wait_until="domcontentloaded")
    await expect(page.get_by_role("heading", name="Current Details")).to_be_visible()
    details = page.locator("iframe").last.content_frame
    await expect(details.get_by_text("Waits for another payment method to be chosen").first).to_be_visible()
    await expect(details.get_by_text("Mastercard").first).to_be_visible()
    assert await details.locator("img").count() == 0
    await page.screenshot(path=picture("temporal-user-metadata"), full_page=True)
