"""`paystates book credit` and `void` say what became of an order: booked, waiting for an attempt, or refused."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from shell import Run, book_text

from domain.accounts import Attempt, AttemptStatus, EntryKind, Initiator
from store.sql import SqlBook

CLEARING = Attempt(
    invoice_id="i-1",
    n=1,
    status=AttemptStatus.CLEARING,
    method_id="",
    network="ach",
    amount=149_500,
    currency="NOK",
    initiator=Initiator.MERCHANT,
    begun_by="charge-retry/i-1",
    reserved_at=datetime(2026, 11, 2, tzinfo=UTC),
)


@pytest.fixture
def owed(home: Path, paystates: Run) -> SqlBook:
    """A book in which i-1 is owed, opened behind the command line's back; no server answers."""
    (home / "book.yaml").write_text(book_text("i-1"), encoding="utf-8")
    assert paystates("book", "import", "book.yaml").code == 0
    return SqlBook(f"sqlite:///{home}/.paystates/book.db")


def test_an_order_waits_for_an_attempt_that_is_open_and_says_so(owed: SqlBook, paystates: Run) -> None:
    """Law 6: it is accepted, and a server that is away loses nothing; told again, it is the same order."""
    with closing(owed), owed.transaction() as pages:
        (method,) = pages.methods("i-1")
        pages.add_attempt(replace(CLEARING, method_id=method.id))
    for _ in range(2):
        ran = paystates("book", "credit", "i-1", "95.00", "--reference", "goodwill")
        assert ran.code == 0
        assert "the credit of 95.00 NOK to i-1 (goodwill) is accepted; it waits for the result of attempt 1" in ran.told
    voided = paystates("book", "void", "i-1", "--reference", "mistake", "--json")
    assert voided.data == {"waiting": "the void of i-1 (mistake)", "attempt": 1, "woken": 0}
    refused = paystates("book", "credit", "i-1", "0.01")
    assert refused.code == 1
    assert "i-1: nothing is left that a credit could take: see what is booked, and what waits" in refused.told
    with owed.transaction() as pages:
        assert [order.reference for order in pages.ledger_orders("i-1")] == ["i-1/credit/goodwill", "i-1/void/mistake"]
        assert len(pages.entries("i-1")) == 1


def test_an_order_that_waits_for_nothing_is_booked_at_once(owed: SqlBook, paystates: Run) -> None:
    """Once; and what does not fit is refused with what would."""
    with closing(owed):
        ran = paystates("book", "credit", "i-1", "95.00", "--reference", "goodwill")
        assert ran.code == 0
        assert "95.00 NOK credited to i-1 (goodwill); 0 procedures woken. Nobody was woken" in ran.told
        again = paystates("book", "credit", "i-1", "95.00", "--reference", "goodwill", "--json")
        assert again.data == {"booked": "95.00 NOK credited to i-1 (goodwill)", "woken": 0}
        refused = paystates("book", "credit", "i-1", "1400.01")
        assert (refused.code, "what is left of the balance, 1400.00 NOK: give a positive" in refused.told) == (1, True)
        assert paystates("book", "void", "i-1").code == 0
        with owed.transaction() as pages:
            assert sum(entry.amount for entry in pages.entries("i-1")) == 0


NOTHING_TO_BOOK = "is nothing that could be booked: write an amount above zero, such as 1495.00"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["pay", "i-1", "0"], f"AMOUNT: 0.00 NOK {NOTHING_TO_BOOK}"),
        (["pay", "i-1", "--", "-5"], f"AMOUNT: -5.00 NOK {NOTHING_TO_BOOK}"),
        (["credit", "i-1", "--", "-5"], f"AMOUNT: -5.00 NOK {NOTHING_TO_BOOK}"),
        (["pay", "i-1", "1,50"], "AMOUNT: '1,50' is not an amount: write 1495.00 or 1 495.00"),
        (["pay", "i-9", "1.00"], "INVOICE 'i-9' is not in the account book: correct the number, or import it"),
        (["void", "i-9"], "INVOICE 'i-9' is not in the account book"),
        (["bind", "m-9", "--subscription", "s-9"], "METHOD 'm-9' is not in the account book: import it, or correct its id"),
        (["bind", "m-9", "--subscription", "s-9"], "--subscription 's-9' is not in the account book"),
        (["bind", "m-i-1", "--billing-profile", "b-9"], "--billing-profile 'b-9' is not in the account book"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_booked_is_named_with_its_remedy_and_nothing_is(
    arguments: list[str], told: str, owed: SqlBook, paystates: Run
) -> None:
    """Bad input, so exit code 2; the book stays as it was."""
    with closing(owed):
        ran = paystates("book", *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert told in ran.told
        with owed.reading() as pages:
            assert [entry.kind for entry in pages.entries("i-1")] == [EntryKind.INVOICE]
            assert not pages.account_credits("i-1")
