"""What the tests of the gateways share: a clock that is moved by hand, and the few words in which they speak."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.durations import parse_duration
from gateways.port import Charge, Gateway, Intent
from gateways.remote import RemoteBank
from gateways.scripted import ScriptedBank

Bank = ScriptedBank | RemoteBank

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(slots=True)
class VirtualClock:
    """Answers the same instant until somebody moves it."""

    instant: datetime = START

    def __call__(self) -> datetime:
        return self.instant

    def forward(self, duration: str) -> None:
        """Move it on by a duration such as `1d 2h`."""
        self.instant += parse_duration(duration)


def a_charge(method: str = "pm_card", reference: str = "inv_1/1", amount: int = 12_500) -> Charge:
    """A charge like any other."""
    return Charge(reference, method, amount, "NOK")


def opened(bank: Gateway, method: str = "pm_card", reference: str = "inv_1/1") -> Intent:
    """An intent under the key of its reference."""
    return bank.open_intent(a_charge(method, reference), reference)


def confirmed(bank: Gateway, method: str = "pm_card", reference: str = "inv_1/1") -> Intent:
    """An intent opened and confirmed under the key of its reference."""
    return bank.confirm(opened(bank, method, reference).id, reference)


def booked(bank: Bank, reference: str = "inv_1/1") -> list[tuple[str, timedelta]]:
    """What the bank's ledger says about a reference: the kind of each entry, and how long after the start."""
    return [(entry.kind.value, entry.at - START) for entry in bank.ledger() if entry.reference == reference]
