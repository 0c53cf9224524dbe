"""Law 6: a debt is a ledger, and its balance is the sum of its entries."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import refused_otherwise

from domain.accounts import Entry, EntryKind
from domain.ledger import Ended, LedgerError, allocate, balance, check, how_ended

Line = tuple[EntryKind, int]
AT = datetime(2026, 3, 1, tzinfo=UTC)
INVOICE, PAYMENT, CREDIT = EntryKind.INVOICE, EntryKind.PAYMENT, EntryKind.CREDIT
VOID, WRITE_OFF, REVERSAL = EntryKind.VOID, EntryKind.WRITE_OFF, EntryKind.REVERSAL


def booked(*lines: Line) -> list[Entry]:
    return [Entry(f"e{n}", "in-1", kind, amount, AT) for n, (kind, amount) in enumerate(lines)]


def test_the_balance_is_the_sum_of_the_entries() -> None:
    assert balance([]) == 0
    assert balance(booked((INVOICE, 10000), (CREDIT, -2500), (PAYMENT, -5000))) == 2500


def test_each_kind_has_one_sign() -> None:
    """An invoice and a reversal raise the debt, everything else lowers it, and zero is no entry."""
    rows = []
    for kind in EntryKind:
        raises = kind in {INVOICE, REVERSAL}
        check(*booked((kind, 100 if raises else -100)))
        said = f": a {kind} {'raises' if raises else 'lowers'} the debt, make it {'positive' if raises else 'negative'}"
        rows += [(kind, -100 if raises else 100, said), (kind, 0, said)]
    assert refused_otherwise(rows, LedgerError, lambda kind, amount: check(*booked((kind, amount)))) == ""


def test_money_above_the_balance_becomes_account_credit() -> None:
    applied_and_excess = {
        (100, 250): (100, 0),
        (250, 250): (250, 0),
        (300, 250): (250, 50),
        (300, 0): (0, 300),
        (300, -50): (0, 300),
    }
    assert {(payment, owed): allocate(payment, owed) for payment, owed in applied_and_excess} == applied_and_excess


@pytest.mark.parametrize("payment", [0, -1])
def test_a_payment_is_positive(payment: int) -> None:
    with pytest.raises(LedgerError, match="pays nothing"):
        allocate(payment, 100)


@given(st.integers(1, 10**9), st.integers(-(10**9), 10**9))
@settings(max_examples=60)
def test_allocating_loses_nothing_and_never_overpays(payment: int, owed: int) -> None:
    applied, excess = allocate(payment, owed)
    assert applied + excess == payment
    assert 0 <= applied <= max(owed, 0)
    assert excess == 0 or applied == max(owed, 0)


ENDED = {
    ((INVOICE, 100), (PAYMENT, -100)): Ended.PAID,
    ((INVOICE, 100), (CREDIT, -100)): Ended.CREDITED,
    ((INVOICE, 100), (VOID, -100)): Ended.VOIDED,
    ((INVOICE, 100), (WRITE_OFF, -100)): Ended.WRITTEN_OFF,
    ((INVOICE, 100), (PAYMENT, -60), (WRITE_OFF, -40)): Ended.WRITTEN_OFF,
    ((INVOICE, 100), (CREDIT, -60), (PAYMENT, -40)): Ended.PAID,
    ((CREDIT, -10), (INVOICE, 100), (PAYMENT, -90)): Ended.PAID,
    ((CREDIT, -100), (INVOICE, 100)): Ended.CREDITED,
    ((INVOICE, 100), (PAYMENT, -100), (CREDIT, -10)): Ended.PAID,
    ((INVOICE, 100), (PAYMENT, -100), (REVERSAL, 100), (WRITE_OFF, -100)): Ended.WRITTEN_OFF,
}


def test_a_debt_ended_by_the_entry_that_brought_it_to_zero() -> None:
    assert {lines: how_ended(booked(*lines)) for lines in ENDED} == ENDED


def test_a_debt_that_is_owed_or_was_never_reduced_has_not_ended() -> None:
    """A returned debit or a chargeback reopens the debt (law 8)."""
    owed: list[tuple[Line, ...]] = [
        (),
        ((INVOICE, 100),),
        ((INVOICE, 100), (PAYMENT, -99)),
        ((INVOICE, 100), (PAYMENT, -100), (REVERSAL, 100)),
    ]
    assert {lines: how_ended(booked(*lines)) for lines in owed} == dict.fromkeys(owed)
