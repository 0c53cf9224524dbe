"""The front desk for backend services: start a procedure, act on it, look at it, follow it, wait for its end. Typed answers.

The errors stand in `paystates.orders`, and are to be had from here too.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Self

from paystates.engine import Action
from paystates.handles import Handle
from paystates.orders import (
    PATIENCE,
    AlreadyOver,
    BadOrder,
    NoOutcome,
    NotFound,
    NotPermitted,
    OtherRequest,
    PaystatesError,
    Refused,
    TimedOut,
    Unanswered,
    Unreachable,
    begin,
    charge_retry_id,
    read_action,
    refuse_numbers,
)
from paystates.starts import Starts
from paystates.temporal.messages import Accepted, Order, Outcome, View

if TYPE_CHECKING:
    from temporalio.client import Client
    from temporalio.service import TLSConfig

    from states.charge_retry import ChargeRetryAction

__all__ = [
    "TASK_QUEUE",
    "AlreadyOver",
    "BadOrder",
    "Handle",
    "NoOutcome",
    "NotFound",
    "NotPermitted",
    "OtherRequest",
    "Paystates",
    "PaystatesError",
    "Refused",
    "TimedOut",
    "Unanswered",
    "Unreachable",
    "charge_retry_id",
    "read_action",
]

TASK_QUEUE = "paystates"

_AGAIN: Final = 0.2
"""Seconds until a procedure is woken again that could not say whether it takes it in."""


class Paystates(Starts):
    """The front desk over a Temporal client. Bring a client that has `PaystatesPlugin`, or `connect`.

    Each procedure has a method that starts it and answers a `Handle`. Who has plain data instead, such as a command line or an
    HTTP service, uses `start`, `act` and `view` with ids.
    """

    def __init__(self, client: "Client", task_queue: str = TASK_QUEUE, *, patience: float = PATIENCE) -> None:
        """`task_queue` is where the workers listen; `patience` the seconds in which every call must be answered."""
        from paystates.line import Line  # noqa: PLC0415 - it brings the SDK, which is slow to import

        self.client = client
        self.task_queue = task_queue
        self.patience = patience
        self._line = Line(client, patience)

    @classmethod
    async def connect(
        cls,
        address: str | None = None,
        *,
        profile: str | None = None,
        namespace: str | None = None,
        tls: "bool | TLSConfig | None" = None,
        api_key: str | None = None,
        task_queue: str = TASK_QUEUE,
        patience: float = PATIENCE,
    ) -> Self:
        """Connect to a server: what is given here, else TEMPORAL_* variables, else the profile they name, else this machine.

        The first time in a process it imports Temporal's SDK: connect when your service starts, not when it is first asked.
        Raises `Unreachable` when none answers, `NotPermitted` when it does not let us in (TLS, API key), `NotFound` when it has
        no such namespace, `BadOrder` when the profile cannot be read.
        """
        from paystates.connecting import open_client  # noqa: PLC0415 - the same

        client = await open_client(address, profile=profile, namespace=namespace, tls=tls, api_key=api_key, patience=patience)
        return cls(client, task_queue, patience=patience)

    def handle(self, subject: str) -> Handle[Any]:
        """A handle on whatever runs, or ran last, under an id. Nothing is asked.

        To have its actions checked, say which: `handle: Handle[ChargeRetryAction] = desk.handle(charge_retry_id(invoice))`.
        """
        return Handle(self._line, subject)

    # By plain data and ids.

    async def start(self, procedure: str, data: Mapping[str, Any], *, delay: timedelta | None = None) -> str:
        """Start any procedure with plain data, the fields of its memory that a starter may set; `delay` puts its begin off.

        Answers its id; the same request twice is answered by the one that is running. Raises `OtherRequest` when another one is
        running for the same subject, `BadOrder` when the data is malformed, `Refused` when a number is in it, `TimedOut`,
        `Unreachable`.
        """
        return (await self._begin(procedure, data, delay)).subject

    async def act(
        self, subject: str, action: Action, *, actor: str, seen: int | None = None, request: str | None = None
    ) -> Accepted:
        """Send an action; see `Handle.act`."""
        return await self.handle(subject).act(action, actor=actor, seen=seen, request=request)

    async def view(self, subject: str) -> View:
        """Where a procedure stands; see `Handle.view`."""
        return await self.handle(subject).view()

    async def is_running(self, subject: str) -> bool:
        """Whether a procedure is under way."""
        return await self.handle(subject).is_running()

    async def result(self, subject: str) -> Outcome:
        """Wait for the end; see `Handle.result`."""
        return await self.handle(subject).result()

    # What the house itself does.

    async def wake(
        self,
        invoice: str,
        action: Action,
        *,
        actor: str,
        starts: Mapping[str, Any] | None = None,
        subject: str | None = None,
    ) -> bool:
        """Wake the procedure of a debt, if one is running; else one begins with the data of `starts`. False: nobody to wake.

        `subject`: not its retry is woken, but the procedure of that id. One that is about to end takes nothing in any more: with
        `starts`, the next one begins after it. Raises `TimedOut`, and `Unreachable`, when it cannot be told who has taken it in:
        the account book is away, or no worker gets on. It is to be repeated then.
        """
        woken = subject or charge_retry_id(invoice)
        async with self._line.waking(woken):
            while True:
                was_woken = await self._woken(woken, action, actor, starts)
                if was_woken is not None:
                    return was_woken
                await asyncio.sleep(_AGAIN)

    async def _woken(self, subject: str, action: Action, actor: str, starts: Mapping[str, Any] | None) -> bool | None:
        """Whether it was woken, or has begun; None while that cannot be told.

        First it is told, and only then another one started: who looks before they act know what is over by now. A start that
        finds somebody running has told them nothing, so they are told again.
        """
        try:
            await self.act(subject, action, actor=actor)
        except Refused as error:
            if error.cannot_tell:
                return None
            if not error.nothing_possible:
                return False
        except (NotFound, AlreadyOver):
            pass
        else:
            return True
        if starts is None:
            return False
        begun = await self._line.begin(begin(subject.partition("/")[0], starts), self.task_queue)
        return None if begun is None else True

    async def start_and_act(self, invoice: str, action: "ChargeRetryAction", *, actor: str) -> Accepted:
        """Start the collection of an invoice, or find it running, and send an action, in one round trip."""
        refuse_numbers(action.model_dump(mode="json"))
        beginning = begin("charge-retry", {"invoice": invoice})
        order = Order[Any](actor=actor, action=action)
        return await self._line.start_and_order(beginning, order, self.task_queue)

    async def _begin(self, procedure: str, data: Mapping[str, Any], delay: timedelta | None = None) -> Handle[Any]:
        beginning = begin(procedure, data)
        run = await self._line.start(beginning, self.task_queue, delay)
        return Handle(self._line, beginning.subject, run=run)
