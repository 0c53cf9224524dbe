"""A server that is told to stop does not wait for open pages and those who follow events: their streams end with it, in order."""

import logging
import socket
from datetime import timedelta

import httpx
import pytest
from temporalio.client import Client

from domain.access import May, Token
from gateways.scripted import ScriptedBank
from paystates import clock
from paystates.cli.web import PATIENCE, served
from paystates.settings import Settings
from paystates.web.secrets import digest, new_secret
from store.memory import MemoryBook

pytestmark = [pytest.mark.server, pytest.mark.asyncio(loop_scope="session")]


def token(book: MemoryBook) -> str:
    secret, now = new_secret(), clock.now()
    made = Token(
        id="t",
        name="tests",
        digest=digest(secret),
        may=(May.READ,),
        accounts=(),
        all_accounts=True,
        person="paystates-tests",
        made_at=now,
        expires_at=now + timedelta(days=1),
    )
    with book.transaction() as pages:
        pages.put_token(made)
    return secret


async def test_streams_end_whole_when_the_server_stops(temporal_client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """None is broken off once the server's patience is over, which is what uvicorn would say in its log."""
    book = MemoryBook()
    headers = {"Authorization": f"Bearer {token(book)}", "Accept": "text/event-stream"}
    with caplog.at_level(logging.ERROR), socket.create_server(("127.0.0.1", 0)) as door:
        serving = served(temporal_client, Settings(), book, ScriptedBank(), door)
        url = await serving.__aenter__()
        async with (
            httpx.AsyncClient(timeout=10 * PATIENCE) as caller,
            caller.stream("GET", f"{url}/v1/events", headers=headers) as events,
        ):
            told = events.aiter_text()
            assert await anext(told) == ": events follow\n\n"
            await serving.__aexit__(None, None, None)
            assert [text async for text in told] in ([], [": nothing new\n\n"])
    assert [record.message for record in caplog.records] == []
