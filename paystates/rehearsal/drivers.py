"""The port that both drivers of a scenario meet: procedures in memory, or on a real Temporal server with time skipping."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from paystates.engine import Action


@dataclass(frozen=True, slots=True)
class Where:
    """Where a procedure stands."""

    state: str
    due: datetime | None
    over: bool


class Driver(Protocol):
    """What moves procedures through virtual time. `invoice` names the charge-retry that collects it."""

    async def start(self, invoice: str, now: datetime, *, attempt: int | None = None, charge_now: bool = False) -> None:
        """Start it at `now`, unless it is running."""

    async def advance(self, to: datetime) -> None:
        """Move every clock to `to`, through all that is due on the way."""

    async def act(self, invoice: str, action: Action, actor: str, now: datetime) -> tuple[str, ...] | None:
        """Send an action: the codes of its refusals, none when it was taken; None when there is nobody to act on."""

    async def where(self, invoice: str) -> Where | None:
        """Where it stands, None when it never began."""

    async def restart_worker(self) -> None:
        """Stop the worker and start another, where there is one."""
