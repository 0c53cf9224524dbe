"""A worker in a process of its own, which kills or freezes itself once, at a named point of the attempt. For `test_crashes.py`.

`python worker_process.py ADDRESS QUEUE BOOK_URL BANK_ADDRESS POINT kill|stop FOLDER`. It writes `FOLDER/crashed` as the last thing
before it goes, and a frozen one that wakes writes `FOLDER/woke` with what its effect came to. It says `ready` when it polls.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from temporalio.client import Client

from activities import Desk, effects
from gateways.port import Charge as GatewayCharge
from gateways.port import Gateway, Intent
from gateways.remote import RemoteBank
from paystates.composition import worker
from paystates.engine import Errand, Event
from paystates.temporal.plugin import PaystatesPlugin
from states.debts import Charge
from store.sql import SqlBook


class Fate:
    """Strikes once, at one point."""

    def __init__(self, point: str, way: str, folder: Path) -> None:
        self._point, self._way, self._folder = point, way, folder

    def reaches(self, point: str) -> None:
        """Go down here, if this is the point and nothing has happened yet."""
        if point != self._point or (self._folder / "crashed").exists():
            return
        (self._folder / "crashed").touch()
        os.kill(os.getpid(), signal.SIGKILL if self._way == "kill" else signal.SIGSTOP)

    def woke(self, what: str) -> None:
        """A frozen worker tells what its late effect came to."""
        if (self._folder / "crashed").exists():
            (self._folder / "woke").write_text(what)


class FatefulBank:
    """The bank, with points before and after its calls."""

    def __init__(self, bank: Gateway, fate: Fate) -> None:
        self._bank, self._fate = bank, fate

    def open_intent(self, charge: GatewayCharge, key: str) -> Intent:
        """See the port."""
        self._fate.reaches("before the intent is opened")
        intent = self._bank.open_intent(charge, key)
        self._fate.reaches("before the intent's id is stored")
        return intent

    def confirm(self, intent_id: str, key: str) -> Intent:
        """See the port."""
        self._fate.reaches("before the intent is confirmed")
        intent = self._bank.confirm(intent_id, key)
        self._fate.reaches("before the result is stored")
        return intent

    def read(self, intent_id: str) -> Intent:
        """See the port."""
        return self._bank.read(intent_id)

    def find(self, reference: str) -> Intent:
        """See the port."""
        return self._bank.find(reference)

    def cancel(self, intent_id: str) -> Intent:
        """See the port."""
        return self._bank.cancel(intent_id)


def fateful(fate: Fate) -> None:
    """Put points before and after the whole attempt."""
    charge = effects.by_request[Charge]

    def strike(desk: Desk, errand: Errand[Any]) -> Event:
        fate.reaches("before the attempt is reserved")
        try:
            answer = charge(desk, errand)
        except Exception as error:
            fate.woke(type(error).__name__)
            raise
        fate.reaches("before the answer is told")
        fate.woke(answer.kind)
        return answer

    effects.by_request[Charge] = strike


async def main(address: str, queue: str, book_url: str, bank_address: str, point: str, way: str, folder: str) -> None:
    """Work until struck."""
    fate = Fate(point, way, Path(folder))
    fateful(fate)
    desk = Desk(SqlBook(book_url), FatefulBank(RemoteBank(bank_address), fate))
    client = await Client.connect(address, plugins=[PaystatesPlugin()])
    async with worker(client, desk, queue):
        print("ready", flush=True)  # noqa: T201 - the test reads it
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
