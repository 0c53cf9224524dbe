"""A book, a bank and a desk to try single effects on, or whole retries in memory."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

from activities import Desk, effects
from domain.accounts import Attempt, AttemptStatus, Case, Dunning, Entry, Initiator, Method, Subscription
from domain.notices import Notice
from gateways.intents import BankEntry
from gateways.port import Charge, GatewayUnavailable, Intent
from gateways.scripted import ScriptedBank
from paystates import clock
from paystates.engine import Errand, Event, Request, Snapshot
from paystates.rehearsal.in_memory import MemoryDriver
from paystates.rehearsal.run import Rehearsal, Report
from paystates.rehearsal.scenario import stage
from paystates.rehearsal.stage import Stage
from states import debts as ask
from states.charge_retry import CHARGE_RETRY, Memory
from store.memory import MemoryBook
from store.port import Pages

T = TypeVar("T")
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
STATE_OF: dict[type[Request[Any]], str] = {
    ask.OpenDebt: "opening",
    ask.Charge: "charging",
    ask.LookUp: "confirming",
    ask.SkipSlot: "skipping",
    ask.WriteOffDebt: "writing_off",
    ask.CloseDebt: "closing",
}

CARD = {"brand": "visa", "last4": "4242", "expires": "2031-01"}
BANK_ACCOUNT = {"scheme": "ach", "last4": "6789"}


def method(name: str, details: dict[str, str] = CARD, **more: Any) -> dict[str, Any]:
    return {"id": name, "card" if "brand" in details else "bank_account": details, "added_by": "ingrid", **more}


def account(**differences: Any) -> dict[str, Any]:
    """An account `fjord` with one card, one subscription and one invoice, but for the differences."""
    return {
        "id": "fjord",
        "name": "Fjord AS",
        "country": "NO",
        "time_zone": "Europe/Oslo",
        "people": [{"id": "ingrid", "name": "Ingrid", "email": "ingrid@fjord.example", "roles": ["global_admin"]}],
        "methods": [method("card")],
        "subscriptions": [{"id": "m365", "name": "Microsoft 365", "method": "card"}],
        "invoices": [invoice("F-1")],
        **differences,
    }


def invoice(name: str, amount: str = "100.00", **more: Any) -> dict[str, Any]:
    return {"id": name, "subscription": "m365", "currency": "NOK", "amount": amount, "billing_date": "0d", **more}


class Bench:
    """One account with its bank; `now` is the first slot until it is moved."""

    def __init__(self, bank: dict[str, Any] | None = None, *, starts: date = date(2026, 11, 2), **differences: Any) -> None:
        data = account(**differences)
        self.collect = [one["id"] for one in data["invoices"]]
        whole = {
            "title": "On the bench",
            "book": {"accounts": [data], "staff": [{"id": "desk", "name": "Desk", "email": "desk@operator.example"}]},
            "collect": self.collect,
            "bank": bank or {},
            "ends": {name: {} for name in self.collect},
        }
        self._whole = whole
        self._starts = starts
        self._set_up()

    def _set_up(self) -> None:
        staged = stage(json.dumps(self._whole), "bench", Path(), self._starts, "bench")
        self.stage = Stage(staged, MemoryBook())
        self.start = staged.start
        self.now = staged.start + HOUR
        self.bank: ScriptedBank = self.stage.bank
        self.desk = self.stage.desk

    # Single effects.

    def do(self, request: Request[Any], *, subject: str | None = None, desk: Desk | None = None, sequence: int = 5) -> Any:
        """Carry an effect out at `now`, as the procedure of the debt would have it done."""
        invoice_id = getattr(request, "invoice", self.collect[0])
        memory = Memory(invoice=invoice_id)
        snapshot = Snapshot(CHARGE_RETRY.id, STATE_OF[type(request)], 3, memory, self.now)
        errand = Errand(request, CHARGE_RETRY, subject or f"charge-retry/{invoice_id}", "1", snapshot, sequence, (), self.now)
        with clock.at(self.now):
            answer: Event = effects.by_request[type(request)](desk or self.desk, errand)
        return answer

    def charge(
        self, number: int = 1, *, slot: int | None = 0, invoice_id: str = "F-1", desk: Desk | None = None, **more: Any
    ) -> Any:
        """One attempt."""
        return self.do(ask.Charge(invoice=invoice_id, attempt=number, slot=slot, **more), desk=desk)

    def look_up(self, number: int = 1, *, expire: bool = False) -> Any:
        """One look-up."""
        return self.do(ask.LookUp(invoice="F-1", attempt=number, expire=expire))

    def open(self, **more: Any) -> Any:
        """Read the debt."""
        return self.do(ask.OpenDebt(invoice="F-1", **more))

    # What the book says.

    def read(self, question: Callable[[Pages], T]) -> T:
        """Ask the book."""
        with self.desk.book.transaction() as pages:
            return question(pages)

    def write(self, deed: Callable[[Pages], object]) -> None:
        """Write into the book behind everybody's back."""
        with self.desk.book.transaction() as pages:
            deed(pages)

    def attempts(self, invoice_id: str = "F-1") -> list[Attempt]:
        return list(self.read(lambda pages: pages.attempts(invoice_id)))

    def entries(self, invoice_id: str = "F-1") -> list[Entry]:
        return list(self.read(lambda pages: pages.entries(invoice_id)))

    def notices(self, invoice_id: str = "F-1") -> list[Notice]:
        return list(self.read(lambda pages: pages.notices(invoice_id)))

    def cases(self) -> list[Case]:
        return list(self.read(lambda pages: pages.cases("fjord")))

    def credit(self) -> int:
        return sum(one.amount for one in self.read(lambda pages: pages.account_credits("fjord")))

    def dunning(self, invoice_id: str = "F-1") -> Dunning:
        found = self.read(lambda pages: pages.dunning(invoice_id))
        assert found is not None
        return found

    def method(self, name: str = "card") -> Method:
        found = self.read(lambda pages: pages.method(name))
        assert found is not None
        return found

    def subscription(self, name: str = "m365") -> Subscription:
        found = self.read(lambda pages: pages.subscription(name))
        assert found is not None
        return found

    def ledger(self) -> list[BankEntry]:
        with clock.at(self.now):
            return self.bank.ledger()

    def calls(self, kind: str) -> list[str]:
        """The references of the calls of a kind that the bank has had."""
        return [call.reference or "" for call in self.bank.calls() if call.method == kind]

    def elsewhere(self, **differences: Any) -> Attempt:
        """Another procedure's open attempt on the debt, written into the book."""
        other = Attempt(
            invoice_id="F-1",
            n=1,
            status=AttemptStatus.RESERVED,
            method_id="card",
            network="visa",
            amount=10_000,
            currency="NOK",
            initiator=Initiator.CUSTOMER,
            begun_by="settle-balance/card",
            reserved_at=self.now,
        )
        other = replace(other, **differences)
        self.write(lambda pages: pages.add_attempt(other))
        return other

    # Whole retries.

    def play(self, *steps: dict[str, Any], lasts: str = "90d") -> Report:
        """Collect every invoice in memory, with these steps."""
        self._whole |= {"steps": list(steps), "lasts": lasts}
        self._set_up()
        report = asyncio.run(Rehearsal(self.stage, MemoryDriver(self.desk)).run())
        self.now = max(self.now, self.start + 90 * DAY)
        return report


class Meddler:
    """The bank, and something that happens in the middle of one of the calls to it."""

    def __init__(self, bank: ScriptedBank, point: str, deed: Callable[[], object]) -> None:
        self._bank = bank
        self._point = point
        self._deed = deed

    def _at(self, point: str) -> None:
        if point == self._point:
            self._point = ""
            self._deed()

    def open_intent(self, charge: Charge, key: str) -> Intent:
        self._at("before open")
        intent = self._bank.open_intent(charge, key)
        self._at("after open")
        return intent

    def confirm(self, intent_id: str, key: str) -> Intent:
        self._at("before confirm")
        intent = self._bank.confirm(intent_id, key)
        self._at("after confirm")
        return intent

    def read(self, intent_id: str) -> Intent:
        self._at("before read")
        intent = self._bank.read(intent_id)
        self._at("after read")
        return intent

    def find(self, reference: str) -> Intent:
        return self._bank.find(reference)

    def cancel(self, intent_id: str) -> Intent:
        return self._bank.cancel(intent_id)


class OutOfReach:
    """A provider that nobody reaches."""

    def open_intent(self, *_: object) -> Intent:
        raise GatewayUnavailable

    confirm = read = find = cancel = open_intent
