"""Random scenarios for charge-retry, and the laws that are checked after every step, from the book and the bank's own ledger."""

import itertools
import json
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from deadly_bank import DeadlyBank
from hypothesis import strategies as st

from activities import Desk
from domain.accounts import OPEN_STATUSES, Attempt, AttemptStatus, EntryKind, Initiator, Standing
from domain.ledger import balance
from domain.notices import NoticeKind
from gateways.intents import BankEntryKind
from gateways.port import Charge, Intent
from gateways.scripted import ScriptedBank
from paystates.engine import chart
from paystates.rehearsal.in_memory import MemoryDriver
from paystates.rehearsal.run import Rehearsal
from paystates.rehearsal.scenario import stage
from paystates.rehearsal.stage import Stage
from states.charge_retry import CHARGE_RETRY
from store.memory import MemoryBook
from store.port import Book

DAY = timedelta(days=1)
INVOICES = {"W-1": 10_000, "W-2": 4_500}
METHODS = ("walk-a", "walk-b", "walk-c")
ARROWS = {(arrow.event, arrow.source, arrow.target) for arrow in chart(CHARGE_RETRY).arrows}
_UNSENT = {AttemptStatus.RESERVED, AttemptStatus.OPENED, AttemptStatus.NOT_CHARGED}

# What the bank may do.

CARD_CODES = ["insufficient_funds", "do_not_honor", "expired_card", "stolen_card", "card_velocity_exceeded"]
CARD_CODES += ["invalid_amount", "authentication_required", "duplicate_transaction"]
ADVICE = [{"network": "51", "network_advice": code} for code in ("24", "30", "03", "01")]
declines = st.sampled_from(CARD_CODES + ADVICE).map(lambda code: {"decline": code})
endings = st.one_of(st.just({}), declines)
faults = st.sampled_from(
    [
        {"fault": "time_out"},
        {"fault": "open_fails"},
        {"fault": "unavailable", "for": "2d"},
        {"fault": "unavailable", "for": "20d"},
        {"fault": "unavailable", "times": 3},
        {"fault": "reply_lost"},
        {"fault": "reply_lost", "times": 4},
        {"fault": "reply_lost", "for": "30d", "notifications": "none"},
        {"fault": "reply_lost", "decline": "insufficient_funds"},
    ]
)
sca = st.builds(
    lambda after, then: {"action_required": {"completed_after": after, "then": then}},
    st.sampled_from(["1d", "never", "never"]),
    endings,
)
telling = st.sampled_from(["in_order", "duplicate", "reordered"]).map(lambda word: {"notifications": word})
disputed = st.sampled_from([{"charged_back_after": after} for after in ("1h", "5d", "40d")])
cards = st.lists(st.one_of(endings, declines, faults, sca, disputed, st.just({"gone": True})), min_size=1, max_size=6)
bounces = st.sampled_from([{"decline": {"network": code}} for code in ("R01", "R09", "R08", "R02", "R10")])
late = st.builds(
    lambda after, then: {"late": {"after": after, "expected_after": "3d", "then": then}},
    st.sampled_from(["1d", "5d", "20d"]),
    st.one_of(st.just({}), bounces),
)
returned = st.builds(
    lambda after, code: {"late": {"after": "1d"}, "returned_after": {"after": after, "code": code}},
    st.sampled_from(["2d", "30d"]),
    st.sampled_from(["R01", "R10"]),
)
debits = st.lists(st.one_of(late, returned, bounces), min_size=1, max_size=4)


def told(steps: list[dict[str, Any]], words: list[dict[str, str]]) -> list[dict[str, Any]]:
    """The steps, each with a way of being told of; what can end an account's use stands last."""
    ended = next((index for index, step in enumerate(steps) if "gone" in step), len(steps) - 1)
    return [word | step for step, word in zip(steps[: ended + 1], words, strict=False)]


words = st.lists(telling, min_size=6, max_size=6)
banks = st.fixed_dictionaries(
    {"walk-a": st.builds(told, cards, words), "walk-b": st.builds(told, cards, words), "walk-c": st.builds(told, debits, words)}
)

# What people may do.

people = st.sampled_from(["ingrid", "petter", "desk", "lise", "paystates"])
acts = st.builds(
    lambda by, act, invoice: {"by": by, "act": act, "invoice": invoice},
    people,
    st.sampled_from(
        [
            "retry_now",
            "hold",
            "resume",
            "skip_attempt",
            "look_up_again",
            {"kind": "write_off", "reason": "bankrupt"},
            "write_off",
            "balance_changed",
            "cancel",
            {"kind": "method_replaced", "charge_now": True},
            {"kind": "provider_notified", "attempt": 1},
        ]
    ),
    st.sampled_from(list(INVOICES)),
)
amounts = st.builds(
    lambda name, invoice, amount: {name: {"invoice": invoice, "amount": amount}},
    st.sampled_from(["receive", "credit"]),
    st.sampled_from(list(INVOICES)),
    st.sampled_from(["1.00", "20.00", "100.00", "150.00"]),
)
deeds = st.one_of(
    acts,
    acts,
    amounts,
    st.sampled_from(list(INVOICES)).map(lambda invoice: {"void": {"invoice": invoice}}),
    st.builds(
        lambda method, now: {"bind": {"subscription": "walk-m365", "method": method, "charge_now": now}},
        st.sampled_from(METHODS),
        st.booleans(),
    ),
    st.builds(lambda method, now: {"correct": {"method": method, "charge_now": now}}, st.sampled_from(METHODS), st.booleans()),
    st.builds(lambda method, ok: {"authenticate": {"method": method, "ok": ok}}, st.sampled_from(METHODS), st.booleans()),
    st.just({"cancel_subscription": "walk-m365"}),
    st.sampled_from(["refuses", "accepts"]).map(lambda word: {"mail_server": word}),
)
gaps = st.sampled_from([timedelta(), timedelta(minutes=2), timedelta(hours=1), timedelta(hours=20), DAY, 3 * DAY, 9 * DAY])
steps = st.lists(st.tuples(gaps, deeds), max_size=9)
crashes = st.dictionaries(st.integers(1, 12), st.booleans(), max_size=2)
"""Which calls to the bank kill the worker: just before (False) or just after (True) the bank has dealt with them."""


def scenario(bank: dict[str, Any], done: list[tuple[timedelta, dict[str, Any]]], bound: str) -> str:
    """The text of a scenario (JSON is YAML) in which all this happens."""
    at, told_steps = timedelta(), []
    for number, (gap, deed) in enumerate(done):
        at += gap
        named = {
            name: value | {"reference": f"r{number}"} for name, value in deed.items() if name in {"receive", "credit", "void"}
        }
        told_steps.append({"at": f"{at.days}d {at.seconds // 60}m", **deed, **named})
    card = {"brand": "visa", "last4": "4242", "expires": "2031-01"}
    methods = [
        {"id": "walk-a", "card": card, "added_by": "ingrid"},
        {"id": "walk-b", "card": {**card, "brand": "mastercard"}, "added_by": "petter"},
        {"id": "walk-c", "bank_account": {"scheme": "ach", "last4": "6789"}, "added_by": "ingrid"},
    ]
    account = {
        "id": "walk",
        "name": "Walk Inc.",
        "country": "US",
        "time_zone": "America/New_York",
        "people": [
            {"id": "ingrid", "name": "Ingrid", "email": "ingrid@walk.example", "roles": ["global_admin"]},
            {"id": "petter", "name": "Petter", "email": "petter@walk.example", "roles": ["billing_admin"]},
            {"id": "lise", "name": "Lise", "email": "lise@walk.example"},
        ],
        "methods": methods,
        "subscriptions": [{"id": "walk-m365", "name": "Microsoft 365", "method": bound}],
        "invoices": [
            {"id": name, "subscription": "walk-m365", "currency": "USD", "amount": f"{amount // 100}.00", "billing_date": "0d"}
            for name, amount in INVOICES.items()
        ],
    }
    desk = [{"id": "desk", "name": "Desk", "email": "desk@operator.example"}]
    whole = {
        "title": "A walk",
        "book": {"accounts": [account], "staff": desk},
        "collect": list(INVOICES),
        "bank": bank,
        "steps": told_steps,
        "ends": {name: {} for name in INVOICES},
        "lasts": "500d",
    }
    return json.dumps(whole)


class WatchedBank(DeadlyBank):
    """The deadly bank behind the laws that hold at the moment of a call."""

    def __init__(self, bank: ScriptedBank, book: Book, crashes: dict[int, bool]) -> None:
        super().__init__(bank, crashes)
        self._book = book

    def _law(self, law: str, *, holds: bool) -> None:
        if not holds:
            self.broken.append(law)

    def open_intent(self, charge: Charge, key: str) -> Intent:
        """Law 4: what is charged is the method bound to the payer at that moment, and nothing that is finished."""
        with self._book.transaction() as pages:
            subscription, method = pages.subscription("walk-m365"), pages.method_by_token(charge.token)
            invoice = charge.reference.partition("/")[0]
            attempts = pages.attempts(invoice)
            owed = balance(pages.entries(invoice))
        assert subscription is not None
        assert method is not None
        disputed = {one.method_id for one in attempts if one.status is AttemptStatus.CHARGED_BACK}
        self._law("only the bound method is charged (law 4)", holds=subscription.method_id == method.id)
        self._law("a finished method is not charged (C9)", holds=method.standing is Standing.GOOD)
        self._law("what is owed is charged (law 6)", holds=charge.amount == owed)
        self._law("a chargeback is never re-debited (law 8)", holds=method.id not in disputed)
        return super().open_intent(charge, key)


class NoPost:
    """In place of the relay: the laws are about the notices that are written, and to render them takes most of the time."""

    def run_once(self, now: datetime) -> None:
        """Leave them where they are."""

    def next_due(self, now: datetime) -> None:
        """Nothing is ever due."""


class WatchedRehearsal(Rehearsal):
    """A rehearsal in memory whose book and bank are held to the laws after everything that happens."""

    def __init__(self, text: str, kills: dict[int, bool]) -> None:
        played = Stage(stage(text, "walk", Path(), date(2026, 10, 20), "walk"), MemoryBook())
        self.watched = WatchedBank(played.bank, played.book, kills)
        played.desk = Desk(played.book, self.watched)
        played.relay = NoPost()  # type: ignore[assignment]  # as much of a relay as a rehearsal asks for
        super().__init__(played, MemoryDriver(played.desk))
        self._used = dict.fromkeys(INVOICES, 0)

    async def _stop_at(self, instant: datetime) -> None:
        await super()._stop_at(instant)
        await self.check()

    async def check(self) -> None:
        """The laws that hold at any moment."""
        assert self.watched.broken == []
        for invoice, amount in INVOICES.items():
            where = await self._driver.where(f"charge-retry/{invoice}")
            assert where is None or not where.over or where.due is None
            self._check_debt(invoice, amount)
            self._check_journal(invoice)

    def _check_debt(self, invoice: str, amount: int) -> None:
        with self._stage.book.transaction() as pages:
            attempts, entries, notices = pages.attempts(invoice), pages.entries(invoice), pages.notices(invoice)
            dunning = pages.dunning(invoice)
            waiting = [order for order in pages.ledger_orders(invoice) if order.is_waiting]
            asked = {row.at for row in pages.journal(f"charge-retry/{invoice}") if row.event_kind == "retry_now" and row.accepted}
        assert sum(one.status in OPEN_STATUSES for one in attempts) <= 1, "law 1: one open attempt per debt"
        assert not waiting or any(one.is_open for one in attempts), "an order waits only while an attempt is open (law 6)"
        assert balance(entries) >= 0, "what is too much becomes account credit (law 6)"
        if dunning is not None:
            assert self._used[invoice] <= dunning.used <= len(dunning.slots), "budgets never go back (law 8)"
            self._used[invoice] = dunning.used
            presented = [one for one in attempts if one.slot is not None and one.status not in _UNSENT]
            slots = [one.slot for one in presented if one.slot is not None]
            assert slots == sorted(set(slots)), "each slot is used once (U13)"
            _check_gaps([one for one in presented if one.initiator is Initiator.MERCHANT], asked)
        failed = [one.n for one in attempts if one.status in {AttemptStatus.DECLINED, AttemptStatus.RETURNED}]
        told_of = [notice.attempt for notice in notices if notice.kind is NoticeKind.DECLINED]
        assert sorted(failed) == sorted(n for n in told_of if n is not None), "law 7: one notice per failed attempt"
        assert all(notice.next_at is None or notice.next_at > notice.created_at for notice in notices), "U9"
        assert all(notice.recipients for notice in notices), "G80"
        net = 0
        for entry in self._stage.bank.ledger():
            if entry.reference.startswith(f"{invoice}/"):
                net += entry.amount if entry.kind is BankEntryKind.CHARGE else -entry.amount
                assert 0 <= net <= amount, "nobody is charged twice (U1)"

    def _check_journal(self, invoice: str) -> None:
        with self._stage.book.transaction() as pages:
            rows = pages.journal(f"charge-retry/{invoice}")
        at: dict[str, str] = {}
        for row in rows:
            assert row.source == at.get(row.run, "opening"), "no decision is missing from the journal"
            at[row.run] = row.target
            if row.accepted:
                assert (row.event_kind, row.source, row.target) in ARROWS, "every decision is a move of the chart"

    async def check_end(self) -> None:
        """Every state has a way out by time (U3); then our ledger and the bank's say the same."""
        for invoice in INVOICES:
            where = await self._driver.where(f"charge-retry/{invoice}")
            assert where is not None
            assert where.over, f"{invoice} stands {where.state} until {where.due}"
            with self._stage.book.transaction() as pages:
                attempts, entries = pages.attempts(invoice), pages.entries(invoice)
                credit = sum(
                    one.amount
                    for one in pages.account_credits("walk")
                    if one.invoice_id == invoice and not one.reference.startswith((f"{invoice}/received", f"{invoice}/credit"))
                )
            if where.state == "unresolved":
                continue
            net = sum(
                entry.amount if entry.kind is BankEntryKind.CHARGE else -entry.amount
                for entry in self._stage.bank.ledger()
                if entry.reference.startswith(f"{invoice}/")
            )
            booked = -sum(entry.amount for entry in entries if _is_ours(entry.reference, attempts, entry.kind)) + credit
            assert net == booked, f"{invoice}: the bank has {net}, the book {booked}"


def _check_gaps(attempts: list[Attempt], asked: Collection[datetime]) -> None:
    """A day lies before an automatic attempt. An operator may ask for one at any time, which is the merchant's too (U14)."""
    for earlier, later in itertools.pairwise(attempts):
        if later.reserved_at not in asked:
            assert later.reserved_at - earlier.reserved_at >= DAY or earlier.slot == later.slot, "a day between attempts"


def _is_ours(reference: str, attempts: Sequence[Attempt], kind: EntryKind) -> bool:
    names = {f"{one.reference}/{what}" for one in attempts for what in ("payment", "reversal")}
    return reference in names and kind in {EntryKind.PAYMENT, EntryKind.REVERSAL}
