"""A worker in a process of its own that kills or freezes itself at a given point of its first charge.

The environment says where: `ADDRESS` and `QUEUE` of Temporal, `BOOK` and `BANK`, `POINT` (one of `POINTS`, or nothing), `SIGNAL`
(`SIGKILL` or `SIGSTOP`) and `STRUCK`, a file that remembers that it has happened, so that it happens once. It prints a line
when it listens, and one when a charge ends: the type of the answer or of the exception.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

from activities import Desk, charging, effects
from gateways.port import Charge, Gateway, Intent
from gateways.remote import RemoteBank
from paystates.composition import worker
from paystates.engine import Errand
from paystates.temporal.effects import activities
from paystates.temporal.messages import Releases
from paystates.temporal.plugin import PaystatesPlugin
from states import debts as ask
from states.charge_retry import RELEASED
from store.port import Book, Pages
from store.sql import SqlBook

POINTS = (
    "before reserving",
    "after reserving",
    "after opening",
    "after storing the intent",
    "after the reply",
    "after the result",
)
_COMMITS = ("after reserving", "after storing the intent", "after the result")


def strike(point: str) -> None:
    """Kill or freeze this process, if this is the point and it has not happened before."""
    struck = Path(os.environ["STRUCK"])
    if os.environ.get("POINT") == point and not struck.exists():
        struck.touch()
        os.kill(os.getpid(), signal.Signals[os.environ["SIGNAL"]])
        while not woken(struck).exists():  # a signal to oneself takes a moment to strike
            time.sleep(0.001)


def woken(struck: Path) -> Path:
    """The file by which the test says that it has woken the process."""
    return struck.with_suffix(".woken")


class StrikingBook:
    """The book as one charge sees it: its commits are counted."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._commits = iter(_COMMITS)

    @contextmanager
    def transaction(self) -> Iterator[Pages]:
        """The book's own, and perhaps the last thing this process does."""
        with self._book.transaction() as pages:
            yield pages
        strike(next(self._commits, ""))

    def reading(self) -> AbstractContextManager[Pages]:
        """The book's own."""
        return self._book.reading()


class StrikingBank:
    """The provider as one charge sees it."""

    def __init__(self, bank: Gateway) -> None:
        self._bank = bank

    def open_intent(self, charge: Charge, key: str) -> Intent:
        """Open it, and perhaps never tell."""
        intent = self._bank.open_intent(charge, key)
        strike("after opening")
        return intent

    def confirm(self, intent_id: str, key: str) -> Intent:
        """Confirm it, and perhaps never tell."""
        intent = self._bank.confirm(intent_id, key)
        strike("after the reply")
        return intent

    def read(self, intent_id: str) -> Intent:
        """As it is."""
        return self._bank.read(intent_id)

    def find(self, reference: str) -> Intent:
        """As it is."""
        return self._bank.find(reference)

    def cancel(self, intent_id: str) -> Intent:
        """As it is."""
        return self._bank.cancel(intent_id)


def charge(desk: Desk, errand: Errand[ask.Charge]) -> Any:
    """The real charge, on a desk that may strike."""
    strike("before reserving")
    ended = "nothing"
    try:
        answer = charging.charge(Desk(StrikingBook(desk.book), StrikingBank(desk.gateway)), errand)
        ended = answer.kind
    except Exception as error:
        ended = type(error).__name__
        raise
    else:
        return answer
    finally:
        say(f"charge ended: {ended}")


def say(line: str) -> None:
    """A line for the test to wait for."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def make_worker(client: Client) -> Worker:
    """A worker like any other but for its charges."""
    effects.by_request[ask.Charge] = charge
    desk = Desk(SqlBook(os.environ["BOOK"]), RemoteBank(os.environ["BANK"]))
    if os.environ["SIGNAL"] == "SIGKILL":
        return worker(client, desk, os.environ["QUEUE"])
    # A frozen process would keep whatever its pollers are handed: this one takes one charge, and nothing else.
    made = activities(effects, desk, Releases(RELEASED))
    thread = ThreadPoolExecutor(1)
    queue = os.environ["QUEUE"]
    return Worker(client, task_queue=queue, activities=made, activity_executor=thread, max_concurrent_activities=1)


async def main() -> None:
    """Work until somebody ends it."""
    client = await Client.connect(os.environ["ADDRESS"], plugins=[PaystatesPlugin()])
    async with make_worker(client):
        say("listens")
        await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
