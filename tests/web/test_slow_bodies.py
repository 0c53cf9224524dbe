"""A body that does not come: whoever sends it is told so in time, over a socket of their own, and the connection is closed."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import pytest
import uvicorn
from house_in_memory import SETTINGS, InMemory, in_memory

from paystates.web.app import create_app
from paystates.web.guard import BODY_LIMIT
from paystates.web.house import within
from paystates.web.seats import EVENT_STREAM

SOON = 0.2
"""Seconds in which a body must have come here."""
LONG = 30.0
START = b"POST /v1/procedures/charge-retry HTTP/1.1\r\nHost: paystates.example\r\nContent-Type: application/json\r\n"
DRIPS = [b'{"invoice"', b":", *[b" "] * 30]


class Server(uvicorn.Server):
    """Without signals of its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served() -> AsyncIterator[tuple[InMemory, int]]:
    """A house over procedures in memory, served with uvicorn at a port."""
    house = in_memory()
    kept = within(house.app)
    settings = SETTINGS.model_copy(update={"http_body_seconds": SOON})
    app = create_app(kept.office, house.book, kept.gateway, settings, now=house.clock.now)
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = Server(uvicorn.Config(app, ws="none", lifespan="off", log_config=None, access_log=False))
        running = asyncio.create_task(server.serve(sockets=[door]))
        try:
            yield house, door.getsockname()[1]
        finally:
            within(app).closing.begin()
            server.should_exit = True
            await running


async def answer_to(port: int, *parts: bytes) -> tuple[int, dict[str, object]]:
    """Send parts, as long as somebody listens: the status and the body that come before the other side hangs up."""
    reading, writing = await asyncio.open_connection("127.0.0.1", port)
    told = asyncio.create_task(all_of(reading))
    try:
        for part in parts:
            if not told.done():
                writing.write(part)
                await asyncio.wait([told], timeout=SOON / 10)
        head, _, body = (await asyncio.wait_for(told, LONG)).partition(b"\r\n\r\n")
    finally:
        writing.close()
    return int(head.split()[1]), json.loads(body)


async def all_of(reading: asyncio.StreamReader) -> bytes:
    """Everything up to the end, also when that is said because something was sent after it."""
    told = b""
    with suppress(ConnectionResetError):
        while part := await reading.read(10_000):
            told += part
    return told


@pytest.mark.parametrize(
    ("length", "parts"),
    [
        (b"Content-Length: 100\r\n", [b"{"]),
        (b"Content-Length: 100\r\n", []),
        (b"Content-Length: 100\r\n", DRIPS),
        (b"Transfer-Encoding: chunked\r\n", [b"1\r\n{\r\n"]),
    ],
    ids=["stops", "never begins", "drips", "stops in chunks"],
)
async def test_a_body_that_does_not_come_in_time_is_answered_and_hung_up_on(length: bytes, parts: list[bytes]) -> None:
    async with served() as (house, port):
        token = f"Authorization: Bearer {house.token()}\r\n".encode()
        status, problem = await answer_to(port, START + token + length + b"\r\n", *parts)
    assert (status, problem["type"]) == (408, "urn:paystates:problem:too-slow")
    assert "within 0.2 seconds" in str(problem["detail"])
    assert house.front.driver.subjects == []


async def test_who_says_that_too_much_will_come_is_hung_up_on_at_once() -> None:
    async with served() as (_, port):
        status, problem = await answer_to(port, START + f"Content-Length: {BODY_LIMIT + 1}\r\n\r\n".encode())
    assert (status, problem["type"]) == (413, "urn:paystates:problem:too-large")


async def test_an_answer_may_take_longer_than_a_body() -> None:
    """The limit is the caller's, not ours: once a body is whole, a stream goes on."""
    async with served() as (house, port):
        asked = f"GET /v1/accounts/contoso/events?after=1000 HTTP/1.1\r\nHost: paystates.example\r\nAccept: {EVENT_STREAM}\r\n"
        reading, writing = await asyncio.open_connection("127.0.0.1", port)
        writing.write(f"{asked}Authorization: Bearer {house.token()}\r\n\r\n".encode())
        await asyncio.wait_for(reading.readuntil(b": events follow\n\n\r\n"), LONG)
        try:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reading.read(1), 2 * SOON)
        finally:
            writing.close()
