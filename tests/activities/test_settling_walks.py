"""Settlements and retries at once, a bank that fails, workers that die: never more is taken than is owed (laws 1 to 8)."""

import asyncio
import os
from datetime import timedelta
from typing import Any

from bench import BANK_ACCOUNT
from deadly_bank import DeadlyBank
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from settling_till import DAY, HOUR, MAIN, Till, invoice, method

from activities.bookkeeping import DoesNotFit, credit, receive_payment
from domain.accounts import EntryKind
from domain.ledger import balance
from domain.money import Money
from gateways.intents import BankEntryKind
from gateways.port import NoSuchIntent
from paystates import clock
from paystates.engine import Action, Cancel
from states import methods

EXAMPLES = int(os.environ.get("PAYSTATES_WALKS", "60"))
"""More of them find more: `PAYSTATES_WALKS=20000 pytest tests/activities/test_settling_walks.py`."""

OWED = {"F-1": 10_000, "F-2": 4_000, "F-3": 2_500}
METHODS = ("card", "other", "bank")

steps = st.sampled_from(
    [
        "succeed",
        {"decline": "insufficient_funds"},
        {"decline": "expired_card"},
        {"decline": "stolen_card"},
        {"decline": "duplicate_transaction"},
        {"decline": "invalid_amount"},
        {"fault": "time_out"},
        {"fault": "open_fails"},
        {"fault": "reply_lost"},
        {"fault": "reply_lost", "decline": "insufficient_funds"},
        {"fault": "unavailable", "for": "2d"},
        {"action_required": {"completed_after": "never"}},
        {"action_required": {"completed_after": "1d", "then": "succeed"}},
        {"charged_back_after": "3d"},
        {"late": {"after": "2d"}, "returned_after": {"after": "4d", "code": "R01"}},
        {"late": {"after": "2d", "then": {"decline": {"network": "R01"}}}},
    ]
)
banks = st.fixed_dictionaries({name: st.lists(steps, min_size=1, max_size=4) for name in METHODS})
deeds = st.one_of(
    st.tuples(st.just("settle"), st.sampled_from(METHODS)),
    st.tuples(st.just("settle"), st.sampled_from(METHODS)),
    st.tuples(st.just("retry"), st.sampled_from(list(OWED))),
    st.tuples(st.just("choose"), st.sampled_from(METHODS)),
    st.tuples(st.sampled_from(["confirm", "cancel", "read"]), st.just("")),
    st.tuples(st.sampled_from(["wire", "credit"]), st.sampled_from(list(OWED))),
    st.tuples(st.just("authenticate"), st.sampled_from(METHODS)),
)
gaps = st.sampled_from([timedelta(), timedelta(minutes=2), HOUR, DAY, 3 * DAY])
crashes = st.dictionaries(st.integers(1, 12), st.booleans(), max_size=3)
"""Which calls to the bank kill the worker: just before (False) or just after (True) the bank has dealt with them."""


class Walked(Till):
    """Three debts on three methods, and the laws, checked after every deed."""

    def __init__(self, bank: dict[str, Any], kills: dict[int, bool]) -> None:
        super().__init__(
            bank,
            methods=[method("card"), method("other"), method("bank", BANK_ACCOUNT)],
            subscriptions=[{"id": name, "name": name, "method": on} for name, on in zip("abc", METHODS, strict=True)],
            invoices=[
                invoice(name, f"{amount // 100}.00", subscription=payer)
                for (name, amount), payer in zip(OWED.items(), "aac", strict=True)
            ],
        )
        self.deadly = DeadlyBank(self.bank, kills)
        self.uses(self.deadly)

    def do_it(self, what: str, on: str) -> None:
        with clock.at(self.now):
            if what == "settle":
                data = {"method": "card", "actor": "ingrid", "chosen": on, "confirmed": True}
                asyncio.run(self.driver.start("settle-balance", data, self.now))
            elif what == "retry":
                asyncio.run(self.driver.start("charge-retry", {"invoice": on}, self.now))
            elif what == "wire":
                receive_payment(self.desk.book, on, Money(3_000, "NOK"), f"w{self.now}", self.now)
            elif what == "credit":
                self._credit(on)
            elif what == "authenticate":
                self._authenticate(on)
            else:
                self._act({"choose": methods.Choose(method=on), "confirm": methods.Confirm(), "cancel": Cancel()}.get(what))

    def _act(self, action: Action | None) -> None:
        asyncio.run(self.driver.act(MAIN, action or methods.ReadAgain(), "ingrid", self.now))

    def _credit(self, on: str) -> None:
        try:
            credit(self.desk.book, on, Money(1_000, "NOK"), f"c{self.now}", self.now)
        except DoesNotFit:
            return

    def _authenticate(self, on: str) -> None:
        try:
            self.bank.authenticate(f"tok_{on}")
        except NoSuchIntent:
            return

    def check(self) -> None:
        assert self.deadly.broken == []
        with self.desk.book.transaction() as pages:
            attempts = {name: pages.attempts(name) for name in OWED}
            entries = {name: pages.entries(name) for name in OWED}
        for name in OWED:
            assert sum(one.is_open for one in attempts[name]) <= 1, "law 1"
            assert balance(entries[name]) >= 0, "law 6"
        for rows in self.shared(attempts):
            assert len({(one.status, one.fenced) for one in rows}) == 1, "an attempt for several debts has one result"
        assert 0 <= self.net() <= sum(OWED.values()), "nobody is charged twice (U1)"

    @staticmethod
    def shared(attempts: dict[str, Any]) -> list[list[Any]]:
        """The rows that share an intent."""
        by_intent: dict[str, list[Any]] = {}
        for one in (one for rows in attempts.values() for one in rows if one.intent_id):
            by_intent.setdefault(one.intent_id, []).append(one)
        return list(by_intent.values())

    def net(self) -> int:
        """What the bank has taken and not given back."""
        with clock.at(self.now):
            return sum(one.amount if one.kind is BankEntryKind.CHARGE else -one.amount for one in self.bank.ledger())

    def check_end(self) -> None:
        """Everything ends by itself (U3), and then the bank's ledger and ours say the same."""
        for subject in self.driver.subjects:
            where = self.where(subject)
            assert where.over, f"{subject} stands {where.state} until {where.due}"
        with self.desk.book.transaction() as pages:
            attempts = [one for name in OWED for one in pages.attempts(name)]
            ours = {f"{one.reference}/{what}" for one in attempts for what in ("payment", "reversal")}
            booked = -sum(
                one.amount
                for name in OWED
                for one in pages.entries(name)
                if one.reference in ours and one.kind in {EntryKind.PAYMENT, EntryKind.REVERSAL}
            )
            booked += sum(one.amount for one in pages.account_credits("fjord") if "/excess" in one.reference)
        assert not any(one.is_open for one in attempts)
        assert self.net() == booked


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(bank=banks, done=st.lists(st.tuples(gaps, deeds), min_size=1, max_size=8), kills=crashes)
def test_never_more_is_taken_than_is_owed(
    bank: dict[str, Any], done: list[tuple[timedelta, tuple[str, str]]], kills: dict[int, bool]
) -> None:
    """Laws 1 to 8, U1, U3, U8: any bank, any order of settlements and retries, crashes between any two commits."""
    walked = Walked(bank, kills)
    for gap, (what, on) in done:
        walked.passes(gap)
        walked.do_it(what, on)
        walked.check()
    for _ in range(40):
        walked.passes(3 * DAY)
        walked.check()
    walked.passes(200 * DAY)
    walked.check_end()
