"""A worker in service: procedures, the relay and the pump, run together until they are told to stop, and stopped in order."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta

from temporalio.client import Client

from activities import Desk
from gateways.port import Gateway
from notices.relay import run_forever
from paystates import clock
from paystates.cli.dispatching import Dispatcher
from paystates.cli.pump import Pump, Tells
from paystates.client import Paystates
from paystates.composition import deliveries, hooks_worker, register_search_attributes, relay, worker
from paystates.settings import Settings
from store.port import Book

RELAY_EVERY = timedelta(seconds=2)
HEAR_EVERY = timedelta(seconds=1)
DISPATCH_EVERY = timedelta(seconds=1)

_log = logging.getLogger(__name__)


class Latest:
    """The latest instant anybody in this process has come to: real time, unless a procedure has travelled ahead of it.

    The bank's clock passes through here, so that what it announces for a day somebody travelled to is heard.
    """

    def __init__(self) -> None:
        self._ahead = clock.now()

    def seen(self) -> datetime:
        """The instant of the code that asks, remembered."""
        instant = clock.now()
        self._ahead = max(self._ahead, instant)
        return instant

    def now(self) -> datetime:
        """Real time, or what is ahead of it."""
        return max(self._ahead, clock.now())


@asynccontextmanager
async def in_service(
    client: Client, settings: Settings, book: Book, bank: Gateway, now: Callable[[], datetime] = clock.now
) -> AsyncIterator[None]:
    """Inside the block a worker runs on the settings' queue, mails are relayed, web hooks are told and the bank is listened to.

    In the end the loops finish first, then the worker lets what is under way come to its end.
    """
    await register_search_attributes(client)
    stop = asyncio.Event()
    front = Paystates(client, settings.task_queue)
    loops = [asyncio.create_task(run_forever(relay(settings, book), RELAY_EVERY, stop, now), name="relay")]
    dispatcher = Dispatcher(book, client, settings.task_queue)
    loops.append(asyncio.create_task(dispatcher.run(DISPATCH_EVERY, stop), name="dispatcher"))
    if isinstance(bank, Tells):
        pump = Pump(bank, book, front, now, gateway=bank)
        loops.append(asyncio.create_task(pump.run(HEAR_EVERY, stop), name="pump"))
    try:
        hooks = hooks_worker(client, deliveries(settings, book), settings.task_queue)
        async with hooks, worker(client, Desk(book, bank), settings.task_queue):
            _log.info("the worker listens on queue %s of %s", settings.task_queue, client.service_client.config.target_host)
            try:
                yield
            finally:
                stop.set()
                await asyncio.gather(*loops, return_exceptions=True)
    finally:
        stop.set()
        await asyncio.gather(*loops, return_exceptions=True)
        _log.info("the worker has stopped in order")


@contextmanager
def told_to_stop() -> Iterator[asyncio.Event]:
    """An event that SIGINT (Ctrl-C) or SIGTERM sets. A second signal is not caught: it ends the process at once."""
    loop = asyncio.get_running_loop()
    event = asyncio.Event()

    def stop(number: signal.Signals) -> None:
        event.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    try:
        yield event
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(ValueError):
                loop.remove_signal_handler(number)
