"""The way to the Temporal server and to the account book, from the settings."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from paystates.cli.errors import BadInput, Unmet
from paystates.settings import Settings, in_plain_words

if TYPE_CHECKING:
    from temporalio.client import Client

    from paystates.client import Paystates
    from paystates.temporal.messages import View
    from store.sql import SqlBook

PATIENCE = 20.0
"""Seconds in which a worker must answer a person at a terminal."""

LONG_ENOUGH = 3.0
"""Seconds after which a person is shown how far something is, instead of its end."""


def settings() -> Settings:
    """The settings of the environment; `BadInput` names each variable that is wrong, and what would be right."""
    try:
        return Settings()
    except ValidationError as error:
        raise BadInput("\n".join(in_plain_words(error))) from None


def address(of: Settings) -> str:
    """Where the server is: the address given, the profile's, or where `paystates up` starts one."""
    if of.temporal_address:
        return of.temporal_address
    if os.environ.get("TEMPORAL_PROFILE"):
        from paystates.temporal.binary import find_server

        return find_server().address or ""
    return f"127.0.0.1:{of.server_port}"


async def connect(of: Settings) -> "Client":
    """A client with our plugin; TLS, API key and the like come from TEMPORAL_* variables or the profile they name.

    Raises `Unmet` when nobody answers.
    """
    from temporalio.client import Client
    from temporalio.envconfig import ClientConfig
    from temporalio.service import RPCError

    from paystates.temporal.plugin import PaystatesPlugin

    place = address(of)
    try:
        more = ClientConfig.load_client_connect_config(disable_file=not os.environ.get("TEMPORAL_PROFILE"))
        more["target_host"] = place
        more["namespace"] = of.temporal_namespace
        return await Client.connect(**more, plugins=[PaystatesPlugin()])
    except (RuntimeError, RPCError):
        message = f"no Temporal server answers at {place}: start one with `paystates up`, or set TEMPORAL_ADDRESS"
        raise Unmet(message) from None


async def front_desk(of: Settings) -> "Paystates":
    """The front desk of that server."""
    from paystates.client import Paystates

    return Paystates(await connect(of), of.task_queue)


@asynccontextmanager
async def patiently(what: str, seconds: float = PATIENCE) -> AsyncIterator[None]:
    """Whoever answers inside the block must do so in time; `Unmet` when nobody does: a worker may be missing."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        message = f"{what} got no answer within {seconds:.0f} seconds: is a worker running (`paystates up`, or worker.py)?"
        raise Unmet(message) from None


async def at_rest(front: "Paystates", subject: str, *, after: "View | None" = None) -> "View":
    """Its view as soon as it waits for something or has ended, and not just as it was `after`. To be asked `patiently`.

    In the middle of many things nobody is kept waiting for long: then it is the view of that, with its progress.
    """
    pause = 0.02
    give_up = asyncio.get_running_loop().time() + LONG_ENOUGH
    while True:
        seen = await front.view(subject)
        moved = after is None or seen.stand.visit != after.stand.visit
        if seen.verdict is not None or (seen.stand.due is not None and moved):
            return seen
        if seen.progress is not None and asyncio.get_running_loop().time() > give_up:
            return seen
        await asyncio.sleep(pause)
        pause = min(2 * pause, 0.5)


@contextmanager
def book(of: Settings, *, make: bool = False) -> Iterator["SqlBook"]:
    """The account book, closed in the end. Unless it may be made, `Unmet` when there is none yet."""
    from sqlalchemy import make_url

    from paystates.composition import open_book

    if not make and of.book_url.startswith("sqlite"):
        file = make_url(of.book_url).database
        if file and file != ":memory:" and not Path(file).exists():
            message = f"there is no account book at {file}: fill one with `paystates book import FILE`, or set PAYSTATES_BOOK_URL"
            raise Unmet(message)
    opened = open_book(of)
    try:
        yield opened
    finally:
        opened.close()
