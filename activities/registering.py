"""What procedures live on, written by the systems that know it: accounts, people and their roles, payers, and invoices.

Each is one transaction that breaks no law: nothing is bound to a method that is deleted or another account's, an invoice's amount
is never changed (law 6), and whose a record is never changes either. What is told twice with the same content changes nothing,
also when it is told twice at once.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar

from activities.bookkeeping import BookkeepingError
from activities.payers import is_over
from domain.accounts import (
    Account,
    AccountKind,
    BillingProfile,
    Entry,
    EntryKind,
    Grant,
    Invoice,
    PayerKind,
    Person,
    Role,
    Subscription,
    SubscriptionStatus,
)
from domain.money import Money
from domain.roles import PROFILE_ROLES
from store.port import Book, Pages

__all__ = [
    "change_account",
    "change_profile",
    "change_subscription",
    "give_role",
    "issue_invoice",
    "open_account",
    "register_person",
    "register_profile",
    "register_subscription",
    "take_role",
]

R = TypeVar("R")
_Facts = dict[str, str | int | bool | None]

_OURS: Final = frozenset({Role.OPERATOR, Role.SERVICE})


def open_account(book: Book, account: Account, now: datetime, *, actor: str) -> Account:
    """A new account."""
    with book.transaction() as pages:
        if not pages.add_account(account):
            return _same(pages.account(account.id), account, f"account {account.id}")
        facts: _Facts = {"kind": account.kind, "country": account.country, "era": account.era}
        pages.note(f"account/{account.id}", "account_opened", facts, now, account.id, actor=actor)
    return account


def change_account(book: Book, account_id: str, changes: Mapping[str, object], now: datetime, *, actor: str) -> Account:
    """Other details of an account: its kind and its country stay, since what it has was judged by them."""
    with book.transaction() as pages:
        before = pages.account(account_id, lock=True)
        if before is None:
            raise BookkeepingError(f"{account_id}: there is no such account")
        after = replace(before, **changes)  # type: ignore[arg-type]  # the caller's model has the fields' types
        if after != before:
            pages.put_account(after)
            facts: _Facts = {"changed": ", ".join(sorted(changes)), "era": after.era}
            pages.note(f"account/{account_id}", "account_changed", facts, now, account_id, actor=actor)
    return after


def register_person(book: Book, person: Person, now: datetime, *, actor: str) -> Person:
    """Somebody of an account, or other details of them."""
    with book.transaction() as pages:
        if pages.person(person.id) is None and pages.add_person(person):
            _note_person(pages, person, "person_registered", now, actor)
            return person
        before = pages.person(person.id, lock=True)
        if before is None or before.account_id != person.account_id:
            raise BookkeepingError(f"{person.id}: another person has this id: choose another")
        if before != person:
            pages.put_person(person)
            _note_person(pages, person, "person_changed", now, actor)
    return person


def _note_person(pages: Pages, person: Person, kind: str, now: datetime, actor: str) -> None:
    pages.note(f"person/{person.id}", kind, {"person": person.id}, now, str(person.account_id), actor=actor)


def give_role(book: Book, grant: Grant, now: datetime, *, actor: str) -> None:
    """A role for somebody of the account: on all of it or, a role of a billing profile, on one of its profiles (G1 to G12)."""
    with book.transaction() as pages:
        account = _grantable(pages, grant)
        if pages.add_grant(grant):
            _note_role(pages, grant, "role_given", now, account, actor)


def take_role(book: Book, grant: Grant, now: datetime, *, actor: str) -> None:
    """The role is held no more, if it was."""
    with book.transaction() as pages:
        pages.person(grant.person_id, lock=True)  # of two at once, one takes it
        if grant in pages.grants_of(grant.person_id):
            pages.remove_grant(grant)
            _note_role(pages, grant, "role_taken", now, str(grant.account_id), actor)


def _note_role(pages: Pages, grant: Grant, kind: str, now: datetime, account: str, actor: str) -> None:
    facts: _Facts = {"person": grant.person_id, "role": grant.role, "profile": grant.profile_id}
    pages.note(f"person/{grant.person_id}", kind, facts, now, account, actor=actor)


def _grantable(pages: Pages, grant: Grant) -> str:
    if grant.role in _OURS:
        raise BookkeepingError(f"{grant.role} is not a customer's role: list our own people and systems in a book file")
    person = pages.person(grant.person_id, lock=True)
    if person is None or person.account_id is None or person.account_id != grant.account_id:
        raise BookkeepingError(f"{grant.person_id} is nobody of account {grant.account_id}: register the person there first")
    if grant.role not in PROFILE_ROLES:
        if grant.profile_id is not None:
            raise BookkeepingError(f"{grant.role} is held on the whole account: leave the billing profile out")
        return person.account_id
    profile = pages.profile(grant.profile_id) if grant.profile_id else None
    if profile is None or profile.account_id != grant.account_id:
        raise BookkeepingError(f"{grant.role} is held on one billing profile of the account: name one")
    return person.account_id


def register_subscription(book: Book, subscription: Subscription, now: datetime, *, actor: str) -> Subscription:
    """A new subscription, which pays with a method of its own, through a billing profile, or with nothing yet."""
    with book.transaction() as pages:
        if pages.subscription(subscription.id) is None:
            _refuse_unpayable(pages, subscription)
            if pages.add_subscription(subscription):
                facts: _Facts = {"method": subscription.method_id, "profile": subscription.profile_id}
                about = f"subscription/{subscription.id}"
                pages.note(about, "subscription_registered", facts, now, subscription.account_id, actor=actor)
                return subscription
        return _same(pages.subscription(subscription.id), subscription, f"subscription {subscription.id}")


def _refuse_unpayable(pages: Pages, subscription: Subscription) -> None:
    if subscription.method_id is not None and subscription.profile_id is not None:
        raise BookkeepingError(f"{subscription.id} pays with a method or through a billing profile: give one of them")
    if subscription.profile_id is not None:
        _profile_of(pages, subscription.profile_id, subscription.account_id)
    if subscription.method_id is not None:
        if is_over(pages, subscription):
            raise BookkeepingError(f"{subscription.id} is deleted, and owes nothing yet: leave its payment method out (G52)")
        _bindable(pages, subscription.method_id, subscription.account_id)


def change_subscription(
    book: Book,
    subscription_id: str,
    now: datetime,
    *,
    actor: str,
    name: str | None = None,
    status: SubscriptionStatus | None = None,
    recurring_billing: bool | None = None,
) -> Subscription:
    """Other details of a subscription. What it pays with is changed by `bind`, and what is owed stays owed (law 6).

    Whether it is past due is the retries' to say, and one that is deleted stays so. Once it owes nothing more, nothing
    pays for it: it keeps no payment method from being deleted (G52).
    """
    with book.transaction() as pages:
        before = pages.subscription(subscription_id, lock=True)
        if before is None:
            raise BookkeepingError(f"{subscription_id}: there is no such subscription")
        if status is not None and status is not before.status:
            if status is SubscriptionStatus.PAST_DUE or (
                before.status is SubscriptionStatus.PAST_DUE and status is SubscriptionStatus.ACTIVE
            ):
                raise BookkeepingError(f"{subscription_id}: whether it is past due follows from its debts: collect them")
            if before.status is SubscriptionStatus.DELETED:
                raise BookkeepingError(f"{subscription_id} is deleted, and stays so: register another one")
        after = replace(
            before,
            name=before.name if name is None else name,
            status=before.status if status is None else status,
            recurring_billing=before.recurring_billing if recurring_billing is None else recurring_billing,
        )
        if is_over(pages, after):
            after = replace(after, method_id=None)
        if after != before:
            pages.put_subscription(after)
            facts: _Facts = {"status": after.status, "recurring_billing": after.recurring_billing}
            pages.note(f"subscription/{after.id}", "subscription_changed", facts, now, after.account_id, actor=actor)
    return after


def register_profile(book: Book, profile: BillingProfile, now: datetime, *, actor: str) -> BillingProfile:
    """A new billing profile of an MCA account; without a method it pays by invoice."""
    with book.transaction() as pages:
        if pages.profile(profile.id) is None:
            account = pages.account(profile.account_id)
            if account is None or account.kind is not AccountKind.MCA:
                raise BookkeepingError(f"account {profile.account_id} is no MCA account: only those have billing profiles")
            if profile.method_id is not None:
                _bindable(pages, profile.method_id, profile.account_id)
            if pages.add_profile(profile):
                facts: _Facts = {"method": profile.method_id}
                pages.note(f"billing_profile/{profile.id}", "profile_registered", facts, now, profile.account_id, actor=actor)
                return profile
        return _same(pages.profile(profile.id), profile, f"billing profile {profile.id}")


def change_profile(book: Book, profile_id: str, now: datetime, *, actor: str, name: str) -> BillingProfile:
    """Another name for a billing profile; what it pays with is changed by `bind`."""
    with book.transaction() as pages:
        before = pages.profile(profile_id, lock=True)
        if before is None:
            raise BookkeepingError(f"{profile_id}: there is no such billing profile")
        after = replace(before, name=name)
        if after != before:
            pages.put_profile(after)
            pages.note(f"billing_profile/{profile_id}", "profile_changed", {}, now, after.account_id, actor=actor)
    return after


def issue_invoice(book: Book, invoice: Invoice, money: Money, now: datetime, *, actor: str) -> Invoice:
    """A new debt, with the first entry of its ledger. Told again with another amount or payer it is refused (law 6)."""
    reference = f"{invoice.id}/invoice"
    with book.transaction() as pages:
        if money.amount <= 0 or money.currency != invoice.currency:
            raise BookkeepingError(f"{invoice.id}: an invoice is for a positive amount of its own currency")
        if pages.invoice(invoice.id) is None:
            _refuse_payerless(pages, invoice)
            if pages.add_invoice(invoice):
                pages.add_entry(Entry(reference, invoice.id, EntryKind.INVOICE, money.amount, now))
                facts: _Facts = {"amount": money.amount, "currency": money.currency, "payer": invoice.payer_id}
                pages.note(f"invoice/{invoice.id}", "invoice_issued", facts, now, invoice.account_id, actor=actor)
                return invoice
        present = _same(pages.invoice(invoice.id), invoice, f"invoice {invoice.id}")  # nobody learns another account's amounts
        if money.amount not in [one.amount for one in pages.entries(invoice.id) if one.reference == reference]:
            raise BookkeepingError(f"{invoice.id} is issued with another amount: credit it, or issue another invoice")
        return present


def _refuse_payerless(pages: Pages, invoice: Invoice) -> None:
    if invoice.payer_kind is PayerKind.SUBSCRIPTION:
        payer: Subscription | BillingProfile | None = pages.subscription(invoice.payer_id)
    else:
        payer = pages.profile(invoice.payer_id)
    if payer is None or payer.account_id != invoice.account_id:
        raise BookkeepingError(f"{invoice.payer_id} is no {_NOUN[invoice.payer_kind]} of account {invoice.account_id}")


_NOUN: Final = {PayerKind.SUBSCRIPTION: "subscription", PayerKind.PROFILE: "billing profile"}


def _same(present: R | None, told: R, name: str) -> R:
    if present != told:
        raise BookkeepingError(f"{name} is in the book already, with other details: change those, or choose another id")
    return told


def _profile_of(pages: Pages, profile_id: str, account: str) -> None:
    profile = pages.profile(profile_id, lock=True)
    if profile is None or profile.account_id != account:
        raise BookkeepingError(f"{profile_id} is not a billing profile of account {account}: register it there first")


def _bindable(pages: Pages, method_id: str, account: str) -> None:
    """The method is there, not deleted, and the account's; it stays so until the transaction ends."""
    method = pages.method(method_id, lock=True)
    if method is None or method.is_deleted or method.account_id != account:
        raise BookkeepingError(f"{method_id} is not a payment method of account {account}: add it there first")
