"""A worker in a process of its own that kills itself (kill -9) right before or after the commit of one effect.

The environment says where: `ADDRESS` and `QUEUE` of Temporal, `BOOK`, `BANK` (the scripted bank's file), and `KILL`: the kind of
request, the how manieth, and `before` or `after`; or `deliberate:1:after`: when the first order's row is committed, and before it
is answered. It prints a line when it listens.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from temporalio.client import Client

from activities import Desk, effects
from gateways.process import BankFile
from gateways.scripted import ScriptedBank
from paystates.composition import worker
from paystates.engine import Errand, Event, Step, kind_of
from paystates.temporal.plugin import PaystatesPlugin
from store.sql import SqlBook


def strikes(kind: str, number: int, when: str) -> None:
    """Have the effect of that kind kill this process the `number`th time."""
    request = next(one for one in effects.by_request if kind_of(one) == kind)
    carry_out = effects.by_request[request]
    asked = 0

    def striking(desk: Desk, errand: Errand[Any]) -> Event:
        nonlocal asked
        asked += 1
        if (asked, when) == (number, "before"):
            os.kill(os.getpid(), signal.SIGKILL)
        answer = carry_out(desk, errand)
        if (asked, when) == (number, "after"):
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    effects.by_request[request] = striking


class StruckDesk(Desk):
    """A desk whose process dies once it has written down what was decided on an order."""

    def keep(self, subject: str, run: str, steps: Sequence[Step], account: str | None) -> None:
        super().keep(subject, run, steps, account)
        if any(step.order is not None for step in steps):
            os.kill(os.getpid(), signal.SIGKILL)


async def main() -> None:
    """Work until it is over."""
    kind, number, when = os.environ["KILL"].split(":")
    on_order = kind == "deliberate"
    if not on_order:
        strikes(kind, int(number), when)
    client = await Client.connect(os.environ["ADDRESS"], plugins=[PaystatesPlugin()])
    kept = BankFile(Path(os.environ["BANK"]))
    desk = (StruckDesk if on_order else Desk)(SqlBook(os.environ["BOOK"]), ScriptedBank(state=kept.read(), save=kept.write))
    async with worker(client, desk, os.environ["QUEUE"]):
        sys.stdout.write("listens\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
