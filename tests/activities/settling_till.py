"""An account with two cards and what is due on them, to settle it in memory: whole procedures, or single effects of one."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

from bench import BANK_ACCOUNT, DAY, HOUR, account, invoice, method
from passing import passes, tell

from activities import Desk, effects
from activities.desk import Wake
from domain.accounts import Attempt, AttemptStatus, Case, Initiator
from domain.ledger import balance
from domain.notices import Notice
from gateways.intents import BankEntryKind
from gateways.port import Gateway
from paystates import clock
from paystates.engine import Action, Errand, Event, Request, Snapshot
from paystates.rehearsal.drivers import Where
from paystates.rehearsal.in_memory import MemoryDriver
from paystates.rehearsal.scenario import stage
from paystates.rehearsal.stage import Stage
from states import settling as ask
from states.settle_balance import SETTLE_BALANCE, Memory
from store.memory import MemoryBook
from store.port import Book

__all__ = ["BOTH", "DAY", "DEBIT", "HOUR", "MAIN", "TWO", "Till", "bill", "invoice", "method"]

T = TypeVar("T")
MAIN = "settle-balance/card"
STATE_OF = {
    ask.ReadBalance: "reviewing",
    ask.Settle: "charging",
    ask.LookUpSettlement: "looking_up",
    ask.TellSettled: "telling",
    ask.OpenCase: "opening_case",
}
PEOPLE = [
    {"id": "ingrid", "name": "Ingrid", "email": "ingrid@fjord.example", "roles": ["global_admin"]},
    {"id": "petter", "name": "Petter", "email": "petter@fjord.example", "roles": ["billing_admin"]},
    {"id": "lise", "name": "Lise", "email": "lise@fjord.example"},
]
TWO = [{"id": "m365", "name": "Microsoft 365", "method": "card"}, {"id": "visio", "name": "Visio", "method": "card"}]


def bill(*debts: tuple[str, int, int], method: str = "card", currency: str = "NOK") -> ask.Bill:
    """A bill of (invoice, attempt, amount)."""
    parts = tuple(ask.Part(invoice=name, attempt=number, amount=amount) for name, number, amount in debts)
    return ask.Bill(currency=currency, method=method, parts=parts)


BOTH = bill(("F-1", 1, 10_000), ("F-2", 1, 4_000))
"""All that is due at the till."""

DEBIT = [method("card", BANK_ACCOUNT), method("other")]
"""What is declined is a bank account."""


class Till:
    """`fjord`: F-1 over 100.00 and F-2 over 40.00 NOK, of two subscriptions on the card `card`; `other` is another card."""

    def __init__(
        self, bank: dict[str, Any] | None = None, book: Book | None = None, *, new: Any = None, **differences: Any
    ) -> None:
        """`new`: a card that the bank's script knows by its token, and that is not on file yet."""
        data = account(
            **{
                "people": PEOPLE,
                "methods": [method("card"), method("other")],
                "subscriptions": TWO,
                "invoices": [invoice("F-1"), invoice("F-2", "40.00", subscription="visio")],
                **differences,
            }
        )
        names = [one["id"] for one in data["invoices"]]
        whole = {
            "title": "At the till",
            "book": {"accounts": [data], "staff": [{"id": "desk", "name": "Desk", "email": "desk@operator.example"}]},
            "collect": names,
            "bank": bank or {},
            "ends": {name: {} for name in names},
        }
        if new is not None:  # a scenario knows the tokens that its own steps add; they are not played here
            adding = {"procedure": "add-method", "account": "fjord", "request": "new", "new": new}
            whole |= {"steps": [{"at": "0d", "by": "ingrid", "start": adding}]}
            whole["ends"] |= {"add-method/fjord/new": {}}
        staged = stage(json.dumps(whole), "till", Path(), date(2026, 11, 2), "till")
        self.stage = Stage(staged, book or MemoryBook())
        self.bank, self.desk = self.stage.bank, self.stage.desk
        self.driver = MemoryDriver(self.desk)
        self.now = staged.start + HOUR

    # Whole procedures.

    def uses(self, gateway: Gateway) -> None:
        """What procedures reach instead of the bank itself."""
        self.driver._desk = replace(self.driver._desk, gateway=gateway)

    def start(self, procedure: str = "settle-balance", **data: Any) -> Where:
        """Start a procedure, as `ingrid` unless somebody else is named; where it stands."""
        whole = {"method": "card", "actor": "ingrid", **data} if procedure == "settle-balance" else data
        assert asyncio.run(self.driver.start(procedure, whole, self.now)) == ()
        return self.where("/".join([procedure, *(str(whole[name]) for name in ("method", "invoice") if whole.get(name))]))

    def pay(self, chosen: str = "card", **data: Any) -> Where:
        """Settle with all choices made at the start."""
        return self.start(chosen=chosen, confirmed=True, **data)

    def act(self, action: Action, actor: str = "ingrid", subject: str = MAIN) -> tuple[str, ...]:
        """Act; the codes it was refused with."""
        codes = asyncio.run(self.driver.act(subject, action, actor, self.now))
        assert codes is not None, f"{subject} is over"
        return codes

    def where(self, subject: str = MAIN) -> Where:
        where = asyncio.run(self.driver.where(subject))
        assert where is not None
        return where

    def passes(self, span: timedelta) -> None:
        """Time passes, through all that is due and all that the bank tells on the way."""
        self.now = asyncio.run(passes(self.stage, self.driver, self.now, span))

    def tell(self, wakes: Sequence[Wake]) -> None:
        """Wake them, as whoever booked something does."""
        asyncio.run(tell(self.driver, wakes, self.now, by="paystates"))

    # Single effects.

    def do(self, request: Request[Any], *, subject: str = MAIN, desk: Desk | None = None, sequence: int = 5) -> Any:
        """Carry an effect out at `now`, as the settlement would have it done."""
        memory = Memory(method="card", actor="ingrid", chosen="card", bills=(bill(("F-1", 1, 10_000)),), paid=())
        snapshot = Snapshot(SETTLE_BALANCE.id, STATE_OF[type(request)], 3, memory, self.now)
        errand = Errand(request, SETTLE_BALANCE, subject, "1", snapshot, sequence, (), self.now)
        with clock.at(self.now):
            answer: Event = effects.by_request[type(request)](desk or self.desk, errand)
        return answer

    def read(self, method: str = "card", actor: str = "ingrid", invoice: str | None = None) -> Any:
        return self.do(ask.ReadBalance(method=method, actor=actor, invoice=invoice))

    def settle(self, what: ask.Bill, *, desk: Desk | None = None, actor: str = "ingrid", subject: str = MAIN) -> Any:
        return self.do(ask.Settle(method="card", actor=actor, bill=what), desk=desk, subject=subject)

    def look_up(self, what: ask.Bill, *, expire: bool = False, desk: Desk | None = None) -> Any:
        return self.do(ask.LookUpSettlement(bill=what, expire=expire), desk=desk)

    def open_elsewhere(self, name: str = "F-2") -> None:
        """The retry of a debt has an attempt open."""
        by = f"charge-retry/{name}"
        row = Attempt(name, 1, AttemptStatus.RESERVED, "card", "visa", 4_000, "NOK", Initiator.MERCHANT, by, self.now)
        with self.desk.book.transaction() as pages:
            pages.add_attempt(row)

    # What the book and the bank say.

    def owed(self, name: str) -> int:
        with self.desk.book.transaction() as pages:
            return balance(pages.entries(name))

    def attempts(self, name: str) -> list[Attempt]:
        with self.desk.book.transaction() as pages:
            return list(pages.attempts(name))

    def notices(self, *names: str) -> list[Notice]:
        with self.desk.book.transaction() as pages:
            return [one for name in names or ("F-1", "F-2") for one in pages.notices(name)]

    def cases(self) -> list[Case]:
        with self.desk.book.transaction() as pages:
            return list(pages.cases("fjord"))

    def bound(self, name: str) -> str | None:
        with self.desk.book.transaction() as pages:
            found = pages.subscription(name) or pages.profile(name)
        assert found is not None
        return found.method_id

    def credit(self) -> int:
        with self.desk.book.transaction() as pages:
            return sum(one.amount for one in pages.account_credits("fjord"))

    def taken(self) -> list[tuple[str, int, str]]:
        """What the bank's own ledger says was charged: with which token, how much, in which currency."""
        with clock.at(self.now):
            return [(one.token, one.amount, one.currency) for one in self.bank.ledger() if one.kind is BankEntryKind.CHARGE]

    def confirmed(self) -> list[str]:
        """The references of what was sent, in order."""
        return [call.reference or "" for call in self.bank.calls() if call.method == "confirm"]
