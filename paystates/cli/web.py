"""Serves the HTTP API and the board: in `paystates up`, and alone as `paystates serve`."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Final

from paystates import clock
from paystates.cli import quiet, terminal
from paystates.cli.connection import address, book, connect
from paystates.cli.errors import BadInput, Unmet
from paystates.cli.serving import Latest, told_to_stop

if TYPE_CHECKING:
    from temporalio.client import Client

    from gateways.port import Gateway
    from paystates.settings import Settings
    from store.port import Book

PATIENCE: Final = 5
"""Seconds in which answers under way may be finished, once it is told to stop."""

_WAITING: Final = 2048
"""How many callers may wait to be let in."""


@contextmanager
def listening(settings: "Settings") -> Iterator[socket.socket]:
    """A socket at the settings' host and port; `Unmet` when another program has it, `BadInput` for a host that is not here."""
    host, port = settings.http_host, settings.http_port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.getaddrinfo(host, port, family)
        door = socket.create_server((host, port), family=family, backlog=_WAITING)
    except socket.gaierror:
        message = f"PAYSTATES_HTTP_HOST is {host!r}: it is no address of this machine. Use 127.0.0.1, or 0.0.0.0 for all of them."
        raise BadInput(message) from None
    except OSError as error:
        why = os.strerror(error.errno).lower() if error.errno else "it cannot"
        message = f"port {port} on {host} cannot be listened at ({why}): name another in PAYSTATES_HTTP_PORT"
        raise Unmet(message) from None
    with door:
        # asyncio does so only where it makes the socket itself, and without it an answer takes 40 ms longer.
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield door


@asynccontextmanager
async def served(
    client: "Client",
    settings: "Settings",
    opened: "Book",
    bank: "Gateway",
    door: socket.socket | None,
    *,
    travel: bool = False,
    now: Callable[[], datetime] = clock.now,
) -> AsyncIterator[str | None]:
    """Inside the block callers are answered at `door`, whose address it gives; without one nobody is.

    In the end answers under way are finished first.
    """
    if door is None:
        yield None
        return
    import uvicorn

    from paystates.client import Paystates
    from paystates.front.office import Office
    from paystates.web.app import create_app
    from paystates.web.house import within

    class Server(uvicorn.Server):
        """Stopped by whoever runs it, not by signals of its own."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    office = Office(Paystates(client, settings.task_queue), opened, now)
    app = create_app(office, opened, bank, settings, travel=travel)  # tokens expire in real time, whoever travels
    # uvicorn's own log of requests has whole addresses: `paystates.web.guard` writes ours.
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=PATIENCE,
        ws="none",
    )
    server = Server(config)
    running = asyncio.create_task(server.serve(sockets=[door]), name="http")
    try:
        yield _url(settings, door)
    finally:
        within(app).closing.begin()  # streams would never end
        server.should_exit = True
        await asyncio.gather(running, return_exceptions=True)


async def serve_alone(settings: "Settings", *, json: bool) -> None:
    """The HTTP API and the board alone, on a server that runs already, until SIGINT or SIGTERM."""
    from paystates.cli.up import bank_of

    quiet.to_stderr(logging.INFO)
    bank = bank_of(settings, Latest())
    with told_to_stop() as stop, listening(settings) as door:
        client = await connect(settings, warned=True)
        with book(settings, make=True) as opened:
            async with served(client, settings, opened, bank, door) as url:
                if json:
                    terminal.show_json({"http": url, "server": address(settings)})
                else:
                    terminal.say(f"The HTTP API and the board are at {url}. SIGTERM or Ctrl-C stops them in order.")
                await stop.wait()
    terminal.say("Stopped in order.")


def _url(settings: "Settings", door: socket.socket) -> str:
    host = f"[{settings.http_host}]" if ":" in settings.http_host else settings.http_host
    return f"http://{host}:{door.getsockname()[1]}"
