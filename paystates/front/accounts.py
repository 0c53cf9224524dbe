"""What is told of an account beside its methods and procedures: what pays with which method, and what is owed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.accounts import Account, BillingProfile, PayerKind, Subscription
from domain.money import Money
from store.port import Owed, Pages, Payer, PayerKey

SHOWN: Final = 50
"""How many subscriptions and debts are named one by one; the rest is counted, or left to the API."""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription: `method` is what it pays with itself, `profile` the name of the billing profile that pays for it.

    `owes`: something is due of it.
    """

    id: str
    name: str
    status: str
    recurring: bool
    method: str | None
    profile: str | None
    owes: bool


@dataclass(frozen=True, slots=True)
class Debt:
    """An invoice with something left to pay, and what it is for. `method`: what its payer pays with, if with any."""

    invoice: str
    payer: str
    billed: date
    due: date | None
    left: Money
    method: str | None


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
    profiles = {one.id: one for one in pages.profiles(account.id)}
    found = pages.subscriptions(account.id)
    payers: dict[PayerKey, Payer] = {(PayerKind.PROFILE, name): one for name, one in profiles.items()}
    payers |= {(PayerKind.SUBSCRIPTION, one.id): one for one in found}
    owed = pages.owed(account.id)
    owing = {one.invoice.payer_id for one in owed if one.invoice.payer_kind is PayerKind.SUBSCRIPTION}
    shown = [_subscribed(one, profiles.get(one.profile_id or ""), owes=one.id in owing) for one in found[:SHOWN]]
    debts = [_debt(one, payers.get((one.invoice.payer_kind, one.invoice.payer_id))) for one in owed]
    return Holdings(account, shown, len(found) - len(shown), debts, _sums(debts))


def _subscribed(one: Subscription, profile: BillingProfile | None, *, owes: bool) -> Subscribed:
    name = profile.name if profile else None
    return Subscribed(one.id, one.name, one.status.value, one.recurring_billing, one.method_id, name, owes)


def _debt(one: Owed, payer: Payer | None) -> Debt:
    return Debt(
        invoice=one.invoice.id,
        payer=payer.name if payer else one.invoice.payer_id,
        billed=one.invoice.billing_date,
        due=one.invoice.due_date,
        left=Money(one.balance, one.invoice.currency),
        method=payer.method_id if payer else None,
    )


def _sums(debts: Sequence[Debt]) -> Sequence[Money]:
    sums: Mapping[str, Money] = {}
    for one in debts:
        before = sums.get(one.left.currency)
        sums = {**sums, one.left.currency: one.left if before is None else before + one.left}
    return [sums[currency] for currency in sorted(sums)]
