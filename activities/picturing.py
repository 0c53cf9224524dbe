"""Reads the facts that the rules about payment methods judge: a picture, inside the transaction that needs it (law 5)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from activities.payers import is_over
from activities.reading import network_name
from domain.accounts import Account, BillingProfile, Era, Method, PayerKind, Subscription, SubscriptionStatus
from domain.ledger import balance
from paystates.engine import Scope
from states.facts import AccountFacts, Dependents, Item, MethodFacts, Picture, SubscriptionFacts
from store.port import Pages, Payer

FEW = 10
"""How many dependents and invoices a picture names: it is remembered and shown, and must not grow with what there is."""


def picture_of(pages: Pages, method_id: str, now: datetime, *, debts: bool = True) -> Picture | None:
    """A method, everything that depends on it whatever its status (G42), and what else might be chosen.

    None: there is no such method, or it is deleted. Without `debts` nothing is read of what is due: no rule of a choice asks
    for that, and each page of many is judged.
    """
    source = pages.method(method_id)
    if source is None or source.is_deleted:
        return None
    account = _account(pages, source.account_id)
    on_file = pages.methods(account.id)
    facts = _account_facts(pages, account, len(on_file), now, debts=debts)
    return Picture(
        account=facts,
        source=facts_of(source, account),
        dependents=_dependents(pages, method_id),
        candidates=_but(on_file, method_id, account),
        charging=_charging(pages, method_id) if debts else None,
        retried=tuple(one.id for one in pages.due_on(method_id, limit=FEW, retried=True)) if debts else None,
        outstanding=_outstanding(pages, method_id, facts) if debts else None,
    )


def pictures_of(pages: Pages, account_id: str, now: datetime) -> Mapping[str, Picture]:
    """The picture of every method on file of an account, without debts: read at once, however many methods there are."""
    account = pages.account(account_id)
    if account is None:
        return {}
    on_file = {one.id: facts_of(one, account) for one in pages.methods(account_id)}
    facts = _account_facts(pages, account, len(on_file), now, debts=False)
    paying: dict[str | None, list[Payer]] = {}
    payers: list[Payer] = [*pages.profiles(account_id), *pages.subscriptions(account_id)]
    for payer in payers:
        paying.setdefault(payer.method_id, []).append(payer)
    return {
        name: Picture(
            account=facts,
            source=source,
            dependents=_these(paying.get(name, ())),
            candidates=tuple(one for one in on_file.values() if one.id != name),
            charging=None,
            retried=None,
            outstanding=None,
        )
        for name, source in on_file.items()
    }


def picture_of_subscription(pages: Pages, subscription_id: str, now: datetime) -> Picture | None:
    """One subscription, which alone depends here (G35), and what else might be chosen. None: there is no such subscription.

    One that is paid through a billing profile or by invoice has no method of its own, and so the picture no source; nor has one
    that is deleted and has let go of it.
    """
    subscription = pages.subscription(subscription_id)
    if subscription is None:
        return None
    account = _account(pages, subscription.account_id)
    on_file = pages.methods(account.id)
    source = next((one for one in on_file if one.id == subscription.method_id), None)
    facts = _account_facts(pages, account, len(on_file), now)
    invoices = pages.invoices_of(PayerKind.SUBSCRIPTION, subscription_id) if facts.strict else ()
    due = [one.id for one in invoices if balance(pages.entries(one.id)) > 0]
    return Picture(
        account=facts,
        source=facts_of(source, account) if source else None,
        subscription=SubscriptionFacts(
            id=subscription.id,
            name=subscription.name,
            status=subscription.status,
            method=subscription.method_id,
            profile=subscription.profile_id,
            owes=subscription.status is SubscriptionStatus.DELETED and not is_over(pages, subscription),
        ),
        dependents=Dependents(count=1, profiles=0, first=(item_of(subscription),)),
        candidates=_but(on_file, subscription.method_id, account),
        charging=_charging(pages, source.id) if source else (),
        retried=None,
        outstanding=tuple(due[:FEW]),
    )


def picture_of_account(pages: Pages, account_id: str, now: datetime) -> Picture | None:
    """An account and its methods, about none of them: where one is added by itself. None: there is no such account."""
    account = pages.account(account_id)
    if account is None:
        return None
    on_file = pages.methods(account_id)
    return Picture(
        account=_account_facts(pages, account, len(on_file), now),
        source=None,
        dependents=Dependents(count=0, profiles=0),
        candidates=_but(on_file, None, account),
        charging=(),
        retried=(),
        outstanding=(),
    )


P = TypeVar("P", bound=Picture)


def in_era(picture: P, era: Era | None) -> P:
    """The picture for the rules of the era in which a procedure began, whichever its account has by now; None: it begins now."""
    return picture if era is None else picture.model_copy(update={"account": picture.account.model_copy(update={"era": era})})


def scope_of(picture: Picture) -> Scope:
    """Where the roles of whoever acts must be held: on the account or, when nothing else depends, on the profile (G8, G11)."""
    return Scope(picture.account.id, picture.dependents.profile)


def facts_of(method: Method, account: Account) -> MethodFacts:
    """A method in the rules' words: its dates are those of the account's time zone."""
    return MethodFacts(
        id=method.id,
        label=f"{network_name(method)} ending {method.last4}",
        kind=method.kind,
        country=method.country or None,
        added_by=method.added_by,
        added_on=method.added_at.astimezone(ZoneInfo(account.time_zone)).date(),
        expires=method.expires,
        standing=method.standing,
    )


def item_of(payer: Payer) -> Item:
    """A subscription or billing profile in the rules' words."""
    kind = PayerKind.SUBSCRIPTION if isinstance(payer, Subscription) else PayerKind.PROFILE
    return Item(kind=kind, id=payer.id, name=payer.name)


def _account(pages: Pages, account_id: str) -> Account:
    account = pages.account(account_id)
    if account is None:
        message = f"account {account_id} has vanished from the book"
        raise LookupError(message)
    return account


def _account_facts(pages: Pages, account: Account, methods: int, now: datetime, *, debts: bool = True) -> AccountFacts:
    today = now.astimezone(ZoneInfo(account.time_zone)).date()
    return AccountFacts(
        id=account.id,
        country=account.country,
        kind=account.kind,
        era=account.era,
        today=today,
        methods=methods,
        needs_paying=pages.must_pay(account.id) if debts else None,
        strict=account.strict_from is not None and account.strict_from <= today,
        time_zone=account.time_zone,
    )


def _dependents(pages: Pages, method_id: str) -> Dependents:
    counts = pages.count_payers(method_id)
    profiles, count = counts[PayerKind.PROFILE], sum(counts.values())
    return _told(count, profiles, pages.payers_on(method_id, limit=FEW) if count else ())


def _these(payers: Sequence[Payer]) -> Dependents:
    """All that pay with a method, profiles first."""
    return _told(len(payers), sum(isinstance(one, BillingProfile) for one in payers), payers[:FEW])


def _told(count: int, profiles: int, few: Sequence[Payer]) -> Dependents:
    first = tuple(item_of(one) for one in few)
    return Dependents(count=count, profiles=profiles, first=first, profile=first[0].id if count == 1 and profiles == 1 else None)


def _but(methods: Sequence[Method], source: str | None, account: Account) -> tuple[MethodFacts, ...]:
    return tuple(facts_of(one, account) for one in methods if one.id != source)


def _outstanding(pages: Pages, method_id: str, account: AccountFacts) -> tuple[str, ...]:
    """What is due on the method where that stands against its deletion: in strict mode (C11)."""
    return tuple(one.id for one in pages.due_on(method_id, limit=FEW)) if account.strict else ()


def _charging(pages: Pages, method_id: str) -> tuple[str, ...]:
    return _once(attempt.invoice_id for attempt in pages.open_attempts_on(method_id, FEW))


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
