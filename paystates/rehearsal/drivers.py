"""The port that both drivers of a scenario meet: procedures in memory, or on a real Temporal server with time skipping."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from activities.desk import Wake
from paystates.engine import Action, Verdict
from paystates.orders import PaystatesError, Refused
from paystates.rehearsal.steps import Step


@dataclass(frozen=True, slots=True)
class Where:
    """Where a procedure stands, how it ended, and what it remembers, as JSON types."""

    state: str
    due: datetime | None
    verdict: Verdict | None
    memory: Mapping[str, Any]

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.verdict is not None


class Driver(Protocol):
    """What moves procedures through virtual time. A subject is a procedure's id, such as `charge-retry/F-1001`."""

    @property
    def subjects(self) -> Sequence[str]:
        """Every procedure that was ever started, in the order in which they began."""

    async def start(self, procedure: str, data: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
        """Start it at `now`, unless the same request is running: the codes it was refused with, none when it was taken."""

    async def advance(self, to: datetime) -> None:
        """Move every clock to `to`, through all that is due on the way."""

    async def act(self, subject: str, action: Action, actor: str, now: datetime) -> tuple[str, ...] | None:
        """Send an action: the codes of its refusals, none when it was taken; None when there is nobody to act on."""

    async def where(self, subject: str) -> Where | None:
        """Where it stands, None when it never began."""

    async def restart_worker(self) -> None:
        """Stop the worker and start another, where there is one."""


class Ordering(Protocol):
    """How those in a scenario give their orders: straight to the driver, or from farther away.

    What a driver answers to `start` and `act`, this answers too. The house's own wake-ups are no orders, and go to the driver.
    """

    async def start(self, procedure: str, data: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
        """Start a procedure."""

    async def act(self, subject: str, action: Action, actor: str, now: datetime) -> tuple[str, ...] | None:
        """Send an action."""

    async def do(self, step: Step, now: datetime) -> tuple[Sequence[Wake], tuple[str, ...]]:
        """Do what a step says to the book, the bank or the mail server: who is still to be woken, and the codes of refusals."""


def codes(error: PaystatesError) -> tuple[str, ...]:
    """The codes under which a scenario knows that a start was refused."""
    return tuple(one.code for one in error.refusals) if isinstance(error, Refused) else ("OTHER_REQUEST",)
