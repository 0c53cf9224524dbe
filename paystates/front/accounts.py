"""What is told of an account beside its methods and procedures: what pays with which method, and what is owed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.accounts import Account, PayerKind
from domain.money import Money
from store.port import Pages

SHOWN: Final = 50
"""How many subscriptions and debts are named one by one; the rest is counted, or left to the API."""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription: `method` is what it pays with itself, `profile` the name of the billing profile that pays for it."""

    id: str
    name: str
    status: str
    recurring: bool
    method: str | None
    profile: str | None


@dataclass(frozen=True, slots=True)
class Debt:
    """An invoice with something left to pay, and what it is for."""

    invoice: str
    payer: str
    billed: date
    due: date | None
    left: Money


@dataclass(frozen=True, slots=True)
class Holdings:
    """An account with its subscriptions and debts. `more`: how many subscriptions are not shown. `balances`: one a currency."""

    account: Account
    subscriptions: Sequence[Subscribed]
    more: int
    debts: Sequence[Debt]
    balances: Sequence[Money]


def holdings(pages: Pages, account: Account) -> Holdings:
    """Read it: a handful of questions, however much there is."""
    profiles = {one.id: one.name for one in pages.profiles(account.id)}
    found = pages.subscriptions(account.id)
    names = {(PayerKind.PROFILE, name): told for name, told in profiles.items()}
    names |= {(PayerKind.SUBSCRIPTION, one.id): one.name for one in found}
    shown = [
        Subscribed(one.id, one.name, one.status.value, one.recurring_billing, one.method_id, profiles.get(one.profile_id or ""))
        for one in found[:SHOWN]
    ]
    debts = [
        Debt(
            one.invoice.id,
            names.get((one.invoice.payer_kind, one.invoice.payer_id), one.invoice.payer_id),
            one.invoice.billing_date,
            one.invoice.due_date,
            Money(one.balance, one.invoice.currency),
        )
        for one in pages.owed(account.id)
    ]
    return Holdings(account, shown, len(found) - len(shown), debts, _sums(debts))


def _sums(debts: Sequence[Debt]) -> Sequence[Money]:
    sums: Mapping[str, Money] = {}
    for one in debts:
        before = sums.get(one.left.currency)
        sums = {**sums, one.left.currency: one.left if before is None else before + one.left}
    return [sums[currency] for currency in sorted(sums)]
