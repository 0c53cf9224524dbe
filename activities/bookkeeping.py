"""What happens to an account outside any procedure: payments received, credits, voids, methods added and bound, notifications.

Each is one transaction, and answers the wake-ups that open procedures should get. A wake-up carries no facts (law 2):
whoever gets it asks the book or the provider.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime

from activities.desk import Wake
from activities.editing import corrected
from activities.ledger_orders import leave_to_account, left_to_take
from activities.payers import is_over, restore_payer
from domain.accounts import (
    Attempt,
    AttemptStatus,
    Entry,
    EntryKind,
    Invoice,
    LedgerOrder,
    Method,
    PayerKind,
    Standing,
    Subscription,
    SubscriptionStatus,
)
from domain.ledger import allocate, balance
from domain.money import Money
from gateways.port import Gateway, GatewayUnavailable, MethodDetails, Notification
from paystates import clock
from paystates.engine import HOUSE, Action, kind_of
from states.charge_retry import BalanceChanged, DetailsUpdated, MethodReplaced, ProviderNotified
from states.procedures import DECLARED
from states.settling import BalanceRead
from store.port import Book, Noted, Pages

__all__ = [
    "BookkeepingError",
    "DoesNotFit",
    "Receipt",
    "Wake",
    "add_method",
    "bind",
    "cancel_subscription",
    "correct_details",
    "credit",
    "hear",
    "receive_payment",
    "void",
]

PROVIDER = "provider"
"""Who is named when the payment provider tells something."""

_REOPENING = ("intent.returned", "intent.charged_back")
_TAKEN = "intent.succeeded"
_GIVEN = {EntryKind.CREDIT: "credit_given", EntryKind.VOID: "void_given"}
_SETTLING = "settle-balance/"
"""What the ids of settlements begin with: while one has an attempt open, it is told, and no retry."""
_TOLD = {
    AttemptStatus.ACTION_REQUIRED: "intent.action_required",
    AttemptStatus.CLEARING: "intent.processing",
    AttemptStatus.SUCCEEDED: "intent.succeeded",
    AttemptStatus.DECLINED: "intent.declined",
    AttemptStatus.RETURNED: "intent.returned",
    AttemptStatus.CHARGED_BACK: "intent.charged_back",
    AttemptStatus.NOT_CHARGED: "intent.cancelled",
}


class BookkeepingError(ValueError):
    """It cannot be booked; the sentence names what is wrong and what would help. Nothing was written."""


class DoesNotFit(BookkeepingError):
    """A credit or void of more than is left of the balance, or of nothing."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A credit or void that was accepted: booked, or waiting for the result of attempt `waits_for` (law 6).

    What was told before is accepted again and changes nothing. What waits is told to whoever has the attempt open: nobody is to
    authenticate it any more.
    """

    wakes: tuple[Wake, ...] = ()
    waits_for: int | None = None


def receive_payment(
    book: Book, invoice_id: str, amount: Money, reference: str, now: datetime, *, actor: str = HOUSE.id
) -> list[Wake]:
    """Book money that came by other ways, such as a wire (G71). It may come at any time; what is too much becomes credit (law 6).

    `reference` names the transfer: the same one told twice is booked once.
    """
    with book.transaction() as pages:
        invoice = _invoice(pages, invoice_id, amount)
        entries = pages.entries(invoice_id)
        name = f"{invoice_id}/received/{reference}"
        booked = [-one.amount for one in entries if one.reference == name]
        booked += [one.amount for one in pages.account_credits(invoice.account_id) if one.reference == name]
        if booked:
            _same(name, sum(booked), amount.amount)
            return []  # told twice, booked once
        applied, excess = allocate(amount.amount, balance(entries))
        if applied:
            pages.add_entry(Entry(name, invoice_id, EntryKind.PAYMENT, -applied, now))
        if excess:
            leave_to_account(pages, invoice, name, excess, now)
        restore_payer(pages, invoice, now)
        facts = {"amount": str(amount), "reference": reference, "excess": str(Money(excess, amount.currency)) if excess else None}
        pages.note(f"invoice/{invoice_id}", "payment_received", facts, now, invoice.account_id, actor=actor)
        return _wake_holders(pages, invoice_id)


def credit(book: Book, invoice_id: str, amount: Money, reference: str, now: datetime, *, actor: str = HOUSE.id) -> Receipt:
    """Credit part of a debt or all of it. Waits while an attempt is open or clearing (law 6); `DoesNotFit` when it is too much.

    What the attempt takes meanwhile is the debt's: what the credit then has above the balance becomes account credit.
    """
    return _take_off(book, invoice_id, amount, EntryKind.CREDIT, reference, now, actor)


def void(book: Book, invoice_id: str, reference: str, now: datetime, *, actor: str = HOUSE.id) -> Receipt:
    """Void what is left of an invoice. Waits while an attempt is open or clearing (law 6); `DoesNotFit` when nothing is left.

    When the attempt takes everything meanwhile, the void came too late: it becomes an operator's case.
    """
    return _take_off(book, invoice_id, None, EntryKind.VOID, reference, now, actor)


def _take_off(
    book: Book, invoice_id: str, amount: Money | None, kind: EntryKind, reference: str, now: datetime, actor: str
) -> Receipt:
    with book.transaction() as pages:
        invoice = _invoice(pages, invoice_id, amount)
        entries, orders = pages.entries(invoice_id), pages.ledger_orders(invoice_id)
        name = f"{invoice_id}/{kind.value}/{reference}"
        given = next((order for order in orders if order.reference == name), None)
        if given is not None:
            _same(name, given.amount, None if amount is None else amount.amount)
            return Receipt(waits_for=given.attempt if given.is_waiting else None)
        before = next((entry for entry in entries if entry.reference == name), None)
        if before is not None:
            _same(name, -before.amount, -before.amount if amount is None else amount.amount)
            return Receipt()  # told twice, booked once
        left = left_to_take(balance(entries), orders)
        taken = left if amount is None else amount.amount
        if not 0 < taken <= left:
            raise DoesNotFit(f"{invoice_id}: {_why_not(kind, Money(taken, invoice.currency), Money(left, invoice.currency))}")
        running = next((one for one in pages.attempts(invoice_id) if one.is_open), None)
        waits_for = None if running is None else running.n
        facts = {"amount": str(Money(taken, invoice.currency)), "reference": reference, "waits_for": waits_for}
        pages.note(f"invoice/{invoice_id}", _GIVEN[kind], facts, now, invoice.account_id, actor=actor)
        if running is not None:
            asked_for = None if amount is None else amount.amount
            pages.add_ledger_order(LedgerOrder(name, invoice_id, kind, asked_for, running.n, now))
            return Receipt(tuple(_wake_holders(pages, invoice_id)), waits_for=running.n)
        pages.add_entry(Entry(name, invoice_id, kind, -taken, now))
        restore_payer(pages, invoice, now)
        return Receipt(tuple(_wake_holders(pages, invoice_id)))


def _wake_holders(pages: Pages, invoice_id: str) -> list[Wake]:
    """The settlement that has an attempt of the debt open, if one has, and then the retry, which may find what became of it."""
    subjects = [one.begun_by for one in pages.attempts(invoice_id) if one.is_open and one.begun_by.startswith(_SETTLING)]
    settling = [Wake(invoice_id, BalanceChanged(), subject=subject) for subject in subjects]
    return [*settling, Wake(invoice_id, BalanceChanged())]


def _same(name: str, booked: int | None, told: int | None) -> None:
    """What is told twice is told with the same amount: another one is other money, and must not be lost."""
    if booked != told:
        raise BookkeepingError(f"{name} is booked with another amount: give what is new a reference of its own")


def _why_not(kind: EntryKind, asked: Money, left: Money) -> str:
    if left.amount == 0:
        return f"nothing is left that a {kind.value} could take: see what is booked, and what waits for an attempt"
    return f"a {kind.value} of {asked} does not fit what is left of the balance, {left}: give a positive amount up to that"


def add_method(book: Book, method: Method, *, now: datetime | None = None, actor: str | None = None) -> list[Wake]:
    """Put a new method on file. It is bound to nothing (G16), so nothing is woken."""
    with book.transaction() as pages:
        if pages.method(method.id) is None and pages.method_by_token(method.token) is not None:
            raise BookkeepingError(f"{method.id}: its token is or was another method's: have the provider make a new one")
        if not pages.add_method(method):
            raise BookkeepingError(f"{method.id}: there is a payment method of that id already: choose another id")
        facts = {"method": method.id, "kind": method.kind.value, "network": method.network, "last4": method.last4}
        by = actor or method.added_by
        pages.note(f"method/{method.id}", "method_added", facts, now or clock.now(), method.account_id, actor=by)
    return []


def bind(
    book: Book,
    payer_kind: PayerKind,
    payer_id: str,
    method_id: str,
    *,
    charge_now: bool = False,
    now: datetime | None = None,
    actor: str = HOUSE.id,
) -> list[Wake]:
    """Bind a method to a subscription or a billing profile: from now on it is what automatic attempts charge (law 4, G59).

    What is bound already is no news: nobody is woken, unless it is asked to be charged now.
    """
    with book.transaction() as pages:
        if payer_kind is PayerKind.SUBSCRIPTION:
            subscription = _subscription(pages, payer_id)
            if subscription.profile_id is not None:
                through = subscription.profile_id
                raise BookkeepingError(f"{payer_id} pays through billing profile {through}: bind the method to that")
            if is_over(pages, subscription):
                raise BookkeepingError(f"{payer_id} is deleted and owes nothing: there is nothing to pay for it (G52)")
            account, before = subscription.account_id, subscription.method_id
            _bindable(pages, method_id, account)
            pages.put_subscription(replace(subscription, method_id=method_id))
        else:
            profile = pages.profile(payer_id, lock=True)
            if profile is None:
                raise BookkeepingError(f"{payer_id}: there is no such billing profile")
            account, before = profile.account_id, profile.method_id
            _bindable(pages, method_id, account)
            pages.put_profile(replace(profile, method_id=method_id))
        facts: Noted = {"method": method_id, "charge_now": charge_now}
        pages.note(f"{payer_kind.value}/{payer_id}", "method_bound", facts, now or clock.now(), account, actor=actor)
        if before == method_id and not charge_now:
            return []
        return _wake_all(pages, (payer_kind, payer_id), MethodReplaced(charge_now=charge_now))


def _bindable(pages: Pages, method_id: str, account: str) -> None:
    """The method is there, not deleted, and the account's; it stays so until the transaction ends."""
    method = pages.method(method_id, lock=True)
    if method is None or method.is_deleted:
        raise BookkeepingError(f"{method_id}: there is no such payment method: add it first")
    if method.account_id != account:
        raise BookkeepingError(f"{method_id} is not a payment method of account {account}: add it there first")


def correct_details(
    book: Book,
    method_id: str,
    now: datetime,
    *,
    charge_now: bool = False,
    details: MethodDetails | None = None,
    actor: str = HOUSE.id,
) -> list[Wake]:
    """Name, address or expiry were corrected. That re-arms a method declined `fix`; one declined `never` stays finished.

    `details`: what they are now. None: the provider has them, and that something was corrected is all that is known.
    """
    with book.transaction() as pages:
        method = pages.method(method_id, lock=True)
        if method is None or method.is_deleted:
            raise BookkeepingError(f"{method_id}: there is no such payment method")
        pages.put_method(corrected(method, details or MethodDetails(), now))
        pages.note(f"method/{method_id}", "details_corrected", {"method": method_id}, now, method.account_id, actor=actor)
        payers = [
            (PayerKind.SUBSCRIPTION, one.id) for one in pages.subscriptions(method.account_id) if one.method_id == method_id
        ]
        payers += [(PayerKind.PROFILE, one.id) for one in pages.profiles(method.account_id) if one.method_id == method_id]
        return [wake for payer in payers for wake in _wake_all(pages, payer, DetailsUpdated(charge_now=charge_now))]


def cancel_subscription(book: Book, subscription_id: str, *, now: datetime | None = None, actor: str = HOUSE.id) -> list[Wake]:
    """Cancel a subscription. It voids nothing: what is owed stays owed, and is charged on (law 6)."""
    with book.transaction() as pages:
        subscription = _subscription(pages, subscription_id)
        if subscription.status is SubscriptionStatus.DELETED:
            raise BookkeepingError(f"{subscription_id} is deleted, and stays so")
        pages.put_subscription(replace(subscription, status=SubscriptionStatus.CANCELLED))
        about, at = f"subscription/{subscription_id}", now or clock.now()
        pages.note(about, "subscription_cancelled", {}, at, subscription.account_id, actor=actor)
    return []


def hear(book: Book, notification: Notification, now: datetime, gateway: Gateway | None = None) -> list[Wake]:
    """What the provider tells us unasked: whom to wake. Duplicates and late comers are harmless, since nothing is believed.

    `gateway` is asked for the details of a card that was renewed (G25); without one they stay as they are.
    """
    if notification.kind == "method.updated":
        return [] if gateway is None else _method_updated(book, gateway, notification.token or "", now)
    with book.transaction() as pages:
        if notification.kind == "method.gone":
            return _method_gone(pages, notification.token or "", now)
        attempts = pages.attempts_by_intent(notification.intent_id) if notification.intent_id else ()
        fresh = [one for one in attempts if notification.kind != _TOLD.get(one.status)]  # else the book says so already
        settling = next((one for one in fresh if one.is_open and one.begun_by.startswith(_SETTLING)), None)
        if settling is not None:
            return [_tell_settlement(pages, settling)]
        return [_tell_retry(one, notification.kind) for one in fresh]


def _tell_settlement(pages: Pages, attempt: Attempt) -> Wake:
    """The settlement looks it up. One that is over begins anew, for who started it: it finds the attempt open and books it.

    Nothing is chosen for it, so it charges nothing that somebody does not confirm (laws 2, 4 and 8).
    """
    subject = attempt.begun_by
    data = {**DECLARED["settle-balance"].data_of(subject.removeprefix(_SETTLING)), "actor": _starter(pages, subject)}
    return Wake(attempt.invoice_id, ProviderNotified(attempt=attempt.n), starts=data, subject=subject)


def _starter(pages: Pages, subject: str) -> str:
    """Who started that settlement, as its last look at the balance says; the house when it says nothing."""
    seen = [row for row in pages.journal(subject) if row.event_kind == kind_of(BalanceRead)]
    return str(json.loads(seen[-1].event)["actor"]) if seen else HOUSE.id


def _tell_retry(attempt: Attempt, kind: str) -> Wake:
    """The retry of the debt looks it up, also what a settlement charged: once that is over, the debt is the retry's (law 8)."""
    came_back = attempt.status in {AttemptStatus.RETURNED, AttemptStatus.CHARGED_BACK}
    starts = kind in _REOPENING or (kind == _TAKEN and not came_back)
    data = {"invoice": attempt.invoice_id, "hint": attempt.n}
    return Wake(attempt.invoice_id, ProviderNotified(attempt=attempt.n), starts=data if starts else None)


def _method_gone(pages: Pages, token: str, now: datetime) -> list[Wake]:
    """The provider no longer has it (U7). Believing this can only keep us from charging."""
    found = pages.method_by_token(token)
    method = pages.method(found.id, lock=True) if found else None
    if method is not None and method.standing is not Standing.GONE:
        pages.put_method(replace(method, standing=Standing.GONE, standing_since=now))
        pages.note(f"method/{method.id}", "method_gone", {"method": method.id}, now, method.account_id, actor=PROVIDER)
    return []


def _method_updated(book: Book, gateway: Gateway, token: str, now: datetime) -> list[Wake]:
    """The issuer renewed a card: its details are read from the provider, whatever is under way (G25, law 2).

    Only what differs counts as a correction: what is told twice does not arm a method again that was declined since.
    """
    try:
        details = gateway.read_details(token)
    except GatewayUnavailable:
        return []  # the provider charges the renewed card all the same: only what people see of it is older
    with book.transaction() as pages:
        method = pages.method_by_token(token)
        if method is None or method.is_deleted or not _differs(method, details):
            return []
    return correct_details(book, method.id, now, details=details, actor=PROVIDER)


def _differs(method: Method, details: MethodDetails) -> bool:
    told = ((details.holder, method.holder), (details.expires, method.expires), (details.last4, method.last4))
    return any(new is not None and new != known for new, known in told)


def _wake_all(pages: Pages, payer: tuple[PayerKind, str], action: Action) -> list[Wake]:
    """Every debt of the payer. One whose attempts are over is only collected again when that was asked for (U6)."""
    asked = isinstance(action, MethodReplaced | DetailsUpdated) and action.charge_now
    due = [one for one in pages.invoices_of(*payer) if balance(pages.entries(one.id)) > 0]
    begins = {one.id: {"invoice": one.id, "charge_now": True} for one in due if asked and pages.dunning(one.id) is not None}
    return [Wake(one.id, action, starts=begins.get(one.id)) for one in due]


def _invoice(pages: Pages, invoice_id: str, amount: Money | None) -> Invoice:
    invoice = pages.invoice(invoice_id, lock=True)
    if invoice is None:
        raise BookkeepingError(f"{invoice_id}: there is no such invoice")
    if amount is not None and amount.currency != invoice.currency:
        raise BookkeepingError(f"{invoice_id} is in {invoice.currency}, not in {amount.currency}: money is never converted")
    return invoice


def _subscription(pages: Pages, subscription_id: str) -> Subscription:
    subscription = pages.subscription(subscription_id, lock=True)
    if subscription is None:
        raise BookkeepingError(f"{subscription_id}: there is no such subscription")
    return subscription
