"""The HTTP API on a real Temporal server: a debt is started, looked at, acted on and ends; what is away is said to be."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import httpx
import pytest
from office import Office as Debt
from office import OpenOffice, until
from temporalio.client import Client

from domain.access import May, Token
from paystates import clock
from paystates.client import Paystates
from paystates.front.office import Office
from paystates.settings import Settings
from paystates.temporal.plugin import PaystatesPlugin
from paystates.web.app import create_app
from paystates.web.secrets import digest, new_secret

pytestmark = [pytest.mark.server, pytest.mark.asyncio(loop_scope="session")]


@asynccontextmanager
async def calling(
    debt: Debt, person: str, front: Paystates | None = None, patience: float = 5
) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who may do everything, for a person."""
    secret, now = new_secret(), clock.now()
    token = Token("t-1", "tests", digest(secret), tuple(May), (), True, person, now, now + timedelta(days=1))  # noqa: FBT003 - a record
    with debt.book.transaction() as pages:
        pages.put_token(token)
    office = Office(front or debt.front, debt.book, patience=patience)
    app = create_app(office, debt.book, debt.bank, Settings())
    headers = {"Authorization": f"Bearer {secret}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test", headers=headers) as caller:
        yield caller


async def test_a_debt_is_collected_over_http(office: OpenOffice) -> None:
    """Started, found in the listing, held, resumed, retried, ended; the same key holds it once."""
    debt = await office(billed="1d")
    path = f"/v1/procedures/charge-retry/{debt.invoice}"
    async with calling(debt, debt.operator) as caller:
        started = await caller.post("/v1/procedures/charge-retry", json={"invoice": debt.invoice})
        assert (started.status_code, started.headers["location"]) == (202, path)
        page = await _at(caller, path, "waiting")
        assert (page["trouble"], page["account"], page["kind"]) == ("", f"a-{debt.invoice}", "wait")

        async def listed() -> bool:
            rows = (await caller.get("/v1/procedures", params={"account": f"a-{debt.invoice}"})).json()["rows"]
            return [row["subject"] for row in rows if row["state"] == "waiting"] == [f"charge-retry/{debt.invoice}"]

        await until(listed, "it is in the listing")
        hold = {"action": {"kind": "hold"}, "seen": page["visit"]}
        answers = [await caller.post(f"{path}/actions", json=hold, headers={"Idempotency-Key": "hold"}) for _ in range(2)]
        assert [one.json()["state"] for one in answers] == ["held", "held"]
        assert answers[1].headers["idempotency-replayed"] == "true"
        overtaken = await caller.post(f"{path}/actions", json=hold, headers={"Idempotency-Key": "late"})
        assert overtaken.status_code == 409
        why = (await caller.post(f"{path}/why", json={"action": {"kind": "retry_now"}})).json()
        assert (why["accepted"], why["state"]) == (False, "held")
        await caller.post(f"{path}/actions", json={"action": {"kind": "resume"}}, headers={"Idempotency-Key": "resume"})
        await _at(caller, path, "waiting")
        retried = await caller.post(f"{path}/actions", json={"action": {"kind": "retry_now"}}, headers={"Idempotency-Key": "now"})
        assert retried.status_code == 200
        ended = await _at(caller, path, "recovered")
        assert (ended["verdict"], debt.charges) == ("done", [149_500])
        over = await caller.post(f"{path}/actions", json=hold, headers={"Idempotency-Key": "over"})
        assert (over.status_code, over.json()["type"]) == (409, "urn:paystates:problem:already-over")
        assert (await caller.get(f"/v1/invoices/{debt.invoice}")).json()["balance"] == 0


async def test_an_action_whose_answer_was_lost_is_taken_once_by_the_procedure(office: OpenOffice) -> None:
    """The key is the update's id: what we forgot, Temporal knows."""
    debt = await office(billed="1d")
    path = f"/v1/procedures/charge-retry/{debt.invoice}"
    async with calling(debt, debt.operator) as caller:
        await caller.post("/v1/procedures/charge-retry", json={"invoice": debt.invoice})
        await _at(caller, path, "waiting")
        answers = []
        for _ in range(2):
            skip = {"action": {"kind": "skip_attempt"}}
            answers.append(await caller.post(f"{path}/actions", json=skip, headers={"Idempotency-Key": "skip"}))
            with debt.book.transaction() as pages:
                pages.remove_replies(clock.now() + timedelta(days=1))
        assert [one.status_code for one in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()
        assert [row.event_kind for row in debt.journal].count("skip_attempt") == 1


async def test_an_account_that_pays_is_woken_over_http(office: OpenOffice) -> None:
    debt = await office(billed="1d")
    path = f"/v1/procedures/charge-retry/{debt.invoice}"
    async with calling(debt, debt.operator) as caller:
        await caller.post("/v1/procedures/charge-retry", json={"invoice": debt.invoice})
        await _at(caller, path, "waiting")
        paid = {"amount": 149_500, "currency": "NOK", "reference": "wire-1"}
        told = await caller.post(f"/v1/invoices/{debt.invoice}/payments", json=paid, headers={"Idempotency-Key": "pay"})
        assert (told.json()["balance"], told.json()["woken"]) == (0, 1)
        assert (await _at(caller, path, "settled", "paid", "paid_elsewhere", "ended"))["verdict"] == "done"


async def test_what_was_paused_or_ended_in_temporal_takes_nothing_and_says_so(office: OpenOffice) -> None:
    """A paused one does not blame the server; of one that was terminated nobody is told that it would take an action."""
    debt = await office(billed="1d")
    await debt.start()
    await debt.rests("waiting")
    path, hold = f"/v1/procedures/charge-retry/{debt.invoice}", {"action": {"kind": "hold"}}
    async with calling(debt, debt.operator) as caller:

        async def ordered(key: str) -> list[httpx.Response]:
            why = await caller.post(f"{path}/why", json=hold)
            return [why, await caller.post(f"{path}/actions", json=hold, headers={"Idempotency-Key": key})]

        await debt.pause()
        for answer in await ordered("paused"):
            assert (answer.status_code, answer.json()["title"]) == (503, "The procedure does not answer")
            assert "paused in Temporal" in answer.json()["detail"]
        await debt.unpause()
        await debt.handle.terminate("a test")
        for answer in await ordered("terminated"):
            assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (409, "already-over")


async def test_a_temporal_server_that_is_away_is_a_503(office: OpenOffice) -> None:
    """Nothing is started, and the key stays free for the next try. The wire to the server is ours, and is cut."""
    debt = await office(billed="1d")
    start = {"json": {"invoice": debt.invoice}, "headers": {"Idempotency-Key": "start"}}
    async with wire_to(debt.client.service_client.config.target_host) as (address, cut):
        front = Paystates(await Client.connect(address, plugins=[PaystatesPlugin()]), debt.queue, patience=2)
        async with calling(debt, debt.operator, front, patience=1) as caller:
            assert (await caller.get("/v1/procedures")).status_code == 200
            cut()
            answers = [
                await caller.get(f"/v1/procedures/charge-retry/{debt.invoice}"),
                await caller.get("/v1/procedures"),
                await caller.post("/v1/procedures/charge-retry", **start),
            ]
            assert {one.status_code for one in answers} <= {503, 504}, [one.text for one in answers]
            assert all(one.headers["content-type"] == "application/problem+json" for one in answers)
            assert (await caller.get(f"/v1/invoices/{debt.invoice}")).status_code == 200, "the book is asked without it"
    with debt.book.transaction() as pages:
        assert pages.reply("t-1", "start") is None
    async with calling(debt, debt.operator) as caller:
        assert (await caller.post("/v1/procedures/charge-retry", **start)).status_code == 202


@asynccontextmanager
async def wire_to(target: str) -> AsyncIterator[tuple[str, Callable[[], None]]]:
    """A port that leads to another, and what cuts it."""
    host, _, port = target.rpartition(":")
    open_ends: list[asyncio.StreamWriter] = []

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while part := await reader.read(65536):
                writer.write(part)
                await writer.drain()
        writer.close()

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        open_ends.extend((writer, far_writer))
        await asyncio.gather(pour(reader, far_writer), pour(far_reader, writer))

    server = await asyncio.start_server(joined, "127.0.0.1", 0)

    def cut() -> None:
        server.close()
        for one in open_ends:
            one.transport.abort()

    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", cut
    finally:
        cut()


async def _at(caller: httpx.AsyncClient, path: str, *states: str) -> dict[str, object]:
    """Its page, as soon as it stands there."""

    async def there() -> dict[str, object] | None:
        answer = await caller.get(path)
        page: dict[str, object] = answer.json()
        return page if answer.status_code == 200 and page["state"] in states else None

    return await until(there, f"{path} stands in {' or '.join(states)}")
