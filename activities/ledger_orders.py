"""Credits and voids that were given while an attempt was open, and are booked in the transaction that ends it (law 6)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from activities.payers import restore_payer
from activities.reading import File
from domain.accounts import AccountCredit, Attempt, Case, Entry, Invoice, LedgerOrder
from domain.ledger import allocate, balance
from domain.money import Money
from paystates.engine import HOUSE
from store.port import Noted, Pages


def left_to_take(owed: int, orders: Iterable[LedgerOrder]) -> int:
    """What a further credit or void may take, in minor units: the balance less what waits; a void that waits leaves nothing."""
    waiting = [order for order in orders if order.is_waiting]
    if any(order.amount is None for order in waiting):
        return 0
    return max(owed - sum(order.amount or 0 for order in waiting), 0)


def asks_too_much(pages: Pages, file: File, attempt: Attempt) -> bool:
    """Whether the attempt asks for more than is owed by now, or would once the credit or void is booked that waits for it."""
    waiting = any(order.is_waiting and order.attempt == attempt.n for order in pages.ledger_orders(file.invoice.id))
    return waiting or file.owed < attempt.amount


def book_waiting(pages: Pages, file: File, now: datetime) -> File:
    """Book what waited for the debt's attempt, in the order given, now that it is over; answers the file as it is after that."""
    waiting = [order for order in pages.ledger_orders(file.invoice.id) if order.is_waiting]
    for order in waiting:
        _book(pages, file.invoice, order, now)
        pages.put_ledger_order(replace(order, done_at=now))
    if not waiting:
        return file
    restore_payer(pages, file.invoice, now)
    return replace(file, entries=tuple(pages.entries(file.invoice.id)))


def _book(pages: Pages, invoice: Invoice, order: LedgerOrder, now: datetime) -> None:
    """A credit takes what is still owed, and the rest is the account's; a void takes what is left, or comes too late."""
    owed = max(balance(pages.entries(invoice.id)), 0)
    taken, excess = (owed, 0) if order.amount is None else allocate(order.amount, owed)
    if taken:
        pages.add_entry(Entry(order.reference, invoice.id, order.kind, -taken, now))
    if excess:
        leave_to_account(pages, invoice, order.reference, excess, now)
    noted: Noted = {"taken": str(Money(taken, invoice.currency)), "reference": order.reference, "attempt": order.attempt}
    pages.note(f"invoice/{invoice.id}", f"{order.kind.value}_booked", noted, now, invoice.account_id, actor=HOUSE.id)
    if order.amount is None and not taken:
        facts = f"nothing was left to void when the result of attempt {order.attempt} was known: refund it, or leave it paid"
        pages.add_case(
            Case(f"{order.reference}/too-late", invoice.account_id, invoice.id, "void-came-too-late", facts, now),
        )


def leave_to_account(pages: Pages, invoice: Invoice, reference: str, excess: int, now: datetime) -> None:
    """Money above the balance: the account's credit and an operator's case, once for each reference, never a refund (law 6)."""
    credit = AccountCredit(reference, invoice.account_id, invoice.id, excess, invoice.currency, now)
    if pages.add_account_credit(credit):
        facts = f"{Money(excess, invoice.currency)} more than was owed"
        pages.add_case(Case(f"{reference}/excess", invoice.account_id, invoice.id, "paid-too-much", facts, now))
