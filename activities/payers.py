"""What becomes of the subscription that pays, when a debt of it runs out of attempts, ends, or is charged back.

Each is part of the transaction that does it. A billing profile has no status, and keeps its method.
"""

from dataclasses import replace
from datetime import datetime

from domain.accounts import Invoice, PayerKind, Subscription, SubscriptionStatus
from domain.ledger import balance
from domain.notices import NoticeKind
from paystates.engine import HOUSE
from store.port import Pages


def restore_payer(pages: Pages, invoice: Invoice, now: datetime) -> None:
    """Once nothing is owed, the subscription is past due no more; unless another of its debts has run out of attempts.

    One that is deleted lets go of its payment method.
    """
    if invoice.payer_kind is not PayerKind.SUBSCRIPTION or balance(pages.entries(invoice.id)) > 0:
        return
    let_go(pages, invoice, now)
    subscription = pages.subscription(invoice.payer_id, lock=True)
    if subscription is None or subscription.status is not SubscriptionStatus.PAST_DUE:
        return
    theirs = pages.invoices_of(invoice.payer_kind, subscription.id)
    if not any(balance(pages.entries(one.id)) > 0 and _has_run_out(pages, one) for one in theirs):
        pages.put_subscription(replace(subscription, status=SubscriptionStatus.ACTIVE))


def _has_run_out(pages: Pages, invoice: Invoice) -> bool:
    return any(notice.kind is NoticeKind.FINAL for notice in pages.notices(invoice.id))


def let_go(pages: Pages, invoice: Invoice, now: datetime) -> None:
    """A deleted subscription that owes nothing any more keeps no payment method from being deleted (G52)."""
    if invoice.payer_kind is not PayerKind.SUBSCRIPTION:
        return
    subscription = pages.subscription(invoice.payer_id, lock=True)
    if subscription is None or subscription.method_id is None or not is_over(pages, subscription):
        return
    pages.put_subscription(replace(subscription, method_id=None))
    facts = {"method": subscription.method_id}
    pages.note(f"subscription/{subscription.id}", "method_let_go", facts, now, subscription.account_id, actor=HOUSE.id)


def is_over(pages: Pages, subscription: Subscription) -> bool:
    """Whether it is deleted and owes nothing: then nothing need ever be paid for it. To delete it voids nothing (law 6)."""
    if subscription.status is not SubscriptionStatus.DELETED:
        return False
    debts = pages.invoices_of(PayerKind.SUBSCRIPTION, subscription.id)
    return not any(balance(pages.entries(one.id)) > 0 for one in debts)


def set_payer_status(pages: Pages, invoice: Invoice, status: SubscriptionStatus, *, only_from: SubscriptionStatus) -> None:
    """Change the status of the subscription that pays, if it is the one expected."""
    if invoice.payer_kind is PayerKind.SUBSCRIPTION:
        subscription = pages.subscription(invoice.payer_id, lock=True)
        if subscription is not None and subscription.status is only_from:
            pages.put_subscription(replace(subscription, status=status))
