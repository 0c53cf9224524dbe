"""What settle-balance asks, and what it may be answered: what is due with a method, and the one charge that pays it (G62).

All that is due in one currency is one attempt: a row for each debt (law 1), one intent at the provider with the sum of them.
`era` is as in `methods`.
"""

from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import ClassVar, Literal

from domain.accounts import AccountKind, Era
from domain.decline_table import Category, Reason
from domain.money import Money
from paystates.engine import Event, Request
from states.debts import OutcomeUnknown, StillUnknown
from states.facts import Facts, MethodFacts, Picture
from states.methods import Conflicted, NoSuchThing


class Part(Facts):
    """What one debt has of an attempt: its row is attempt `attempt` of `invoice`. `amount` in minor units, positive."""

    invoice: str
    attempt: int
    amount: int


class Bill(Facts):
    """What is paid by one attempt: every debt in one currency, with the method `method`. The parts are in the order of ids."""

    currency: str
    method: str
    parts: tuple[Part, ...]

    @property
    def money(self) -> Money:
        """The sum that is charged."""
        return Money(sum(part.amount for part in self.parts), self.currency)

    def is_as(self, other: "Bill") -> bool:
        """Whether it says the same to whoever confirmed it: the same debts, amounts, currency and method."""
        amounts = {part.invoice: part.amount for part in self.parts}
        theirs = {part.invoice: part.amount for part in other.parts}
        return (self.currency, self.method, amounts) == (other.currency, other.method, theirs)


class Due(Facts):
    """A debt that is due now. `method` is bound to its payer, `amount` is the balance in minor units.

    `attempt` is the number its next attempt will have; `charging`: another one is open or clearing (law 1).
    """

    invoice: str
    method: str
    currency: str
    amount: int
    attempt: int
    charging: bool


class Bar(Facts):
    """Why one method may not be charged with what would be paid with it now. `until`: as long; None: for good.

    But who is asked to wait is not asked for ever: None of an `asked_to_wait` is that nobody knows how long.
    """

    method: str
    kind: Literal["capped", "asked_to_wait", "disputed", "used_up", "amount_changed"]
    invoice: str | None = None
    until: datetime | None = None


class Balance(Picture):
    """The picture with what is due. `source` is the declined method; `invoice` the only one to be paid, where one was named.

    `profile` is the billing profile that pays that one. `debts` are those due with the declined method and with any that may be
    chosen instead.
    """

    invoice: str | None
    profile: str | None
    debts: tuple[Due, ...]
    bars: tuple[Bar, ...]

    @property
    def pays_profiles(self) -> bool:
        """Where one invoice is paid by itself, nothing is moved (G63): only who pays that one counts (C8)."""
        if self.account.kind is AccountKind.MCA and self.invoice is not None:
            return self.profile is not None
        return super().pays_profiles

    def candidate(self, method: str | None) -> MethodFacts | None:
        """The declined method may be chosen too: to try again with it (G24)."""
        if self.source is not None and method == self.source.id:
            return self.source
        return super().candidate(method)

    def due_with(self, method: str | None) -> tuple[Due, ...]:
        """What is paid when `method` is chosen: all that is due with the declined one, and with that one too (G62).

        Only the one invoice where a billing account pays each by itself (G63).
        """
        source = self.source.id if self.source else None
        if self.account.kind is AccountKind.MCA:
            return tuple(due for due in self.debts if due.invoice == self.invoice)
        return tuple(due for due in self.debts if due.method in {source, method})

    def bills(self, method: str) -> tuple[Bill, ...]:
        """One for each currency, in the order of their names."""
        due = sorted(self.due_with(method), key=attrgetter("currency", "invoice"))
        return tuple(
            Bill(
                currency=currency,
                method=method,
                parts=tuple(Part(invoice=one.invoice, attempt=one.attempt, amount=one.amount) for one in debts),
            )
            for currency, debts in groupby(due, key=attrgetter("currency"))
        )


# Reading.


class BalanceRead(Event):
    """What is due as the book has it, and the roles that `actor`, who started it, has now.

    `paid` is what this procedure charged last, where the run that did was stopped before it came to an end: nothing may be bound
    yet (G61). None also where that is in doubt.
    """

    kind: Literal["balance_read"] = "balance_read"
    picture: Balance
    actor: str
    roles: frozenset[str]
    paid: Bill | None = None


class SettlementOpen(Event):
    """An attempt of this very procedure is open: it must be looked up, never repeated."""

    kind: Literal["settlement_open"] = "settlement_open"
    bill: Bill


class ReadBalance(Request[BalanceRead | SettlementOpen | NoSuchThing]):
    """Read what is due with `method`, or only `invoice`, and what else the rules need; the actor's roles are looked up."""

    kind: Literal["read_balance"] = "read_balance"
    local: ClassVar[bool] = True
    timeout: ClassVar[timedelta] = timedelta(seconds=10)
    method: str
    invoice: str | None = None
    actor: str
    era: Era | None = None


# Charging.


class Settled(Event):
    """The money was taken, and booked on each debt."""

    kind: Literal["settled"] = "settled"


class SettlementClearing(Event):
    """A bank debit was accepted; its result comes later, at the latest by `expected_by` as the bank says."""

    kind: Literal["settlement_clearing"] = "settlement_clearing"
    expected_by: datetime


class SettlementDeclined(Event):
    """The issuer or the bank said no to the whole. One notice is written (law 7)."""

    kind: Literal["settlement_declined"] = "settlement_declined"
    category: Category
    reason: Reason


class MustAuthenticatePayment(Event):
    """The customer must authenticate by `until` (G23). Not a decline."""

    kind: Literal["must_authenticate_payment"] = "must_authenticate_payment"
    until: datetime


class NotSettled(Event):
    """It is certain that the attempt took nothing, and that it never will: `why` in brief."""

    kind: Literal["not_settled"] = "not_settled"
    why: str


class NeverSent(Event):
    """It is certain that no charge ever began, and that this attempt never will: `why` in brief.

    No intent was ever opened for it, or it was cancelled before it was confirmed.
    """

    kind: Literal["never_sent"] = "never_sent"
    why: str


class BalanceMoved(Event):
    """What is due is not what was confirmed: nothing was sent (law 4).

    `same`: the amounts are, but another attempt was made meanwhile, so that the numbers fixed for these are taken.
    """

    kind: Literal["balance_moved"] = "balance_moved"
    same: bool = False


class Settle(
    Request[
        Settled
        | SettlementClearing
        | SettlementDeclined
        | MustAuthenticatePayment
        | OutcomeUnknown
        | NotSettled
        | BalanceMoved
        | SettlementOpen
        | Conflicted
    ]
):
    """Charge `bill`, once, with the method its actor confirmed (law 4). Its rows are written together or not at all (law 1).

    The attempt is customer-initiated: the networks count it apart. Every rule is judged again when it is reserved (law 5).
    """

    kind: Literal["settle"] = "settle"
    moves_money: ClassVar[bool] = True
    timeout: ClassVar[timedelta] = timedelta(seconds=60)
    method: str
    invoice: str | None = None
    actor: str
    bill: Bill
    era: Era | None = None


class LookUpSettlement(
    Request[Settled | SettlementClearing | SettlementDeclined | MustAuthenticatePayment | NotSettled | NeverSent | StillUnknown]
):
    """Find out what became of `bill`: close its rows first, then ask the provider (law 3). Sends no charge.

    `expire`: an authentication that was not completed is cancelled. So is one of more than is owed, as the book has it (law 2).
    """

    kind: Literal["look_up_settlement"] = "look_up_settlement"
    looks_up: ClassVar[bool] = True
    timeout: ClassVar[timedelta] = timedelta(seconds=60)
    bill: Bill
    expire: bool = False


class CaseOpened(Event):
    """An operator will find it among the cases."""

    kind: Literal["case_opened"] = "case_opened"


class OpenCase(Request[CaseOpened]):
    """Put before an operator that nobody could find out what became of `bill`. Its rows stay open: its debts are not charged."""

    kind: Literal["open_case"] = "open_case"
    local: ClassVar[bool] = True
    timeout: ClassVar[timedelta] = timedelta(seconds=10)
    method: str
    bill: Bill


# After it.


class SettledTold(Event):
    """The retries that were told, by invoice."""

    kind: Literal["settled_told"] = "settled_told"
    invoices: tuple[str, ...] = ()


class TellSettled(Request[SettledTold]):
    """Wake the retries of debts that are paid: they read the book and end, so no attempt follows (G64)."""

    kind: Literal["tell_settled"] = "tell_settled"
    invoices: tuple[str, ...]
