"""The ledger of a debt: what its entries sum to, which sign each kind carries, and what ended the debt (law 6).

All amounts are integer minor units of the debt's one currency. Entries are given in the order they were booked.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from domain.accounts import Entry, EntryKind

_RAISES = frozenset({EntryKind.INVOICE, EntryKind.REVERSAL})


class LedgerError(ValueError):
    """An entry or a payment that a ledger cannot take; the sentence says why."""


class Ended(StrEnum):
    """By what a debt ended: the entry that brought its balance to zero or below."""

    PAID = "paid"
    CREDITED = "credited"
    VOIDED = "voided"
    WRITTEN_OFF = "written_off"


_ENDS = {
    EntryKind.PAYMENT: Ended.PAID,
    EntryKind.CREDIT: Ended.CREDITED,
    EntryKind.VOID: Ended.VOIDED,
    EntryKind.WRITE_OFF: Ended.WRITTEN_OFF,
}


class Allocation(NamedTuple):
    """How much of a payment the debt takes, and how much becomes account credit: minor units, never negative."""

    applied: int
    excess: int


def balance(entries: Iterable[Entry]) -> int:
    """What is still owed, in minor units: the sum of the entries (law 6); negative when too much was taken off."""
    return sum(entry.amount for entry in entries)


def check(entry: Entry) -> None:
    """Raise `LedgerError` unless the entry's sign is its kind's own.

    An invoice and a reversal (a returned debit, a chargeback) raise the debt: positive. A payment, a credit, a void and
    a write-off lower it: negative. Zero changes nothing and is no entry.
    """
    raises = entry.kind in _RAISES
    if (entry.amount > 0) != raises or entry.amount == 0:
        sign, effect = ("positive", "raises") if raises else ("negative", "lowers")
        raise LedgerError(
            f"entry {entry.reference} has the amount {entry.amount}: a {entry.kind} {effect} the debt, make it {sign}"
        )


def allocate(payment: int, balance: int) -> Allocation:
    """Split a payment (positive, minor units): the debt takes what it owes, the rest becomes account credit (law 6).

    `applied` is 0 when nothing is owed: then there is no payment to book, only account credit. Raises `LedgerError`
    when the payment is not positive.
    """
    if payment <= 0:
        raise LedgerError(f"a payment of {payment} pays nothing: give the amount that was charged, in minor units")
    applied = min(payment, max(balance, 0))
    return Allocation(applied, payment - applied)


def how_ended(entries: Iterable[Entry]) -> Ended | None:
    """By what the debt ended: the entry that last brought its balance to zero or below.

    None while something is owed, and when nothing was ever taken off (a debt without entries owes nothing, and nothing
    ended it). A reversal reopens the debt (law 8): what ended it before is forgotten.
    """
    entry = ending(entries)
    return _ENDS[entry.kind] if entry is not None else None


def ending(entries: Iterable[Entry]) -> Entry | None:
    """The entry that ended the debt, as `how_ended` says."""
    owed = 0
    ended: Entry | None = None
    for entry in entries:
        owed += entry.amount
        if owed > 0:
            ended = None
        elif ended is None and entry.kind in _ENDS:
            ended = entry
    return ended
