"""Law 5 with two real transactions on PostgreSQL, the first of them about to commit: the second waits, and then sees what it did.

Each would find the old state, and write on top of it, without the lock that is named.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from method_office import Office, card, codes
from two_transactions import Crossing, Deed, carried_out

from activities import bookkeeping
from activities.bookkeeping import BookkeepingError
from domain.accounts import Attempt, AttemptStatus, Grant, Initiator, PayerKind, Role, Standing
from domain.money import Money
from states import debts, settling
from states import methods as ask
from store.port import AttemptOpen, Book
from store.sql import SqlBook

SUBSCRIPTION = PayerKind.SUBSCRIPTION
_BALANCE = 149_500


@dataclass
class Meeting:
    """An office on PostgreSQL, and its address."""

    office: Office
    url: str

    def cross(self, first: Deed, second: Deed) -> Crossing:
        """Both at once, the first about to commit when the second begins; it must find that out by waiting."""
        met = Crossing(self.url, first, second)
        assert met.waited, f"the second did not wait for the first: {met.first!r}, {met.second!r}"
        return met

    def delete(self, method: str = "old") -> Deed:
        return carried_out(self.office, ask.DeleteMethod(method=method, actor="anna"), f"delete-with-dependents/{method}")

    def move(self, source: str = "old", target: str = "new", subscription: str | None = None) -> Deed:
        subject = f"replace-all/{source}" if subscription is None else f"change-single-subscription/{subscription}"
        request = ask.MovePage(source=source, target=target, actor="anna", subscription=subscription)
        return carried_out(self.office, request, subject)

    def retry(self, invoice: str = "F-1") -> Deed:
        request = debts.Charge(invoice=invoice, attempt=1, initiator=Initiator.MERCHANT, slot=0, automatic=True)
        return carried_out(self.office, request, f"charge-retry/{invoice}")

    def settle(self, chosen: str = "old", *invoices: str) -> Deed:
        parts = tuple(settling.Part(invoice=name, attempt=1, amount=_BALANCE) for name in invoices or ("F-1",))
        bill = settling.Bill(currency="NOK", method=chosen, parts=parts)
        return carried_out(self.office, settling.Settle(method="old", actor="anna", bill=bill), "settle-balance/old")

    def deleted(self, *names: str) -> list[str]:
        """Which of the methods are deleted."""
        methods = self.office.read(lambda pages: pages.methods("fjord", deleted=True))
        return [one.id for one in methods if one.is_deleted and one.id in (names or ("old", "new"))]

    def attempts(self, invoice: str = "F-1") -> list[tuple[str, AttemptStatus]]:
        """On which method each attempt was made, and what became of it."""
        return [(one.method_id, one.status) for one in self.office.read(lambda pages: pages.attempts(invoice))]


@pytest.fixture
def meeting(new_postgres_book: Callable[[], str]) -> Iterator[Meeting]:
    url = new_postgres_book()
    with closing(SqlBook(url)) as book:
        yield Meeting(Office(book), url)


@pytest.fixture
def owing(meeting: Meeting) -> Meeting:
    """`sub` pays with `old`, and owes F-1."""
    meeting.office.subscribe("sub")
    meeting.office.owe("F-1", "sub", pinned=False)
    return meeting


def attach(book: Book) -> Any:
    """Somebody binds `old` to the subscription `late`."""
    return bookkeeping.bind(book, SUBSCRIPTION, "late", "old")


# Deleting: every method of the account is locked, in the order of ids, before the rules are judged.


def test_what_is_bound_in_the_moment_of_a_deletion_finds_no_method(meeting: Meeting) -> None:
    """G47: nothing ever points at a deleted method."""
    meeting.office.subscribe("late", method="new")
    met = meeting.cross(meeting.delete(), attach)
    assert met.first == ask.Deleted()
    assert isinstance(met.second, BookkeepingError)
    assert meeting.office.bound() == {"late": "new"}


def test_a_deletion_in_the_moment_of_a_binding_comes_back(meeting: Meeting) -> None:
    """G47, the other way round."""
    meeting.office.subscribe("late", method="new")
    met = meeting.cross(attach, meeting.delete())
    assert "STILL_USED" in codes(met.second)
    assert meeting.office.bound() == {"late": "old"}
    assert meeting.deleted() == []


def test_of_two_deletions_of_the_last_two_methods_one_is_refused(meeting: Meeting) -> None:
    """C4: both look at each other's method, and only one of them may find it there."""
    meeting.office.write(lambda pages: [pages.put_method(card(name, deleted_at=meeting.office.now)) for name in ("bank", "bos")])
    meeting.office.subscribe("sub", method=None)
    met = meeting.cross(meeting.delete("old"), meeting.delete("new"))
    assert met.first == ask.Deleted()
    assert codes(met.second) == ["LAST_METHOD"]
    assert meeting.deleted() == ["old"]


def test_a_deletion_in_the_moment_of_a_reservation_finds_the_attempt(owing: Meeting) -> None:
    """C11: a balance is settled with a method to which nothing is bound."""
    met = owing.cross(owing.settle("new"), owing.delete("new"))
    assert codes(met.second) == ["ATTEMPT_ON_METHOD"]
    assert owing.attempts()[0][0] == "new"


def test_a_settlement_in_the_moment_of_a_deletion_charges_nothing(owing: Meeting) -> None:
    """U7: what is deleted is never charged."""
    met = owing.cross(owing.delete("new"), owing.settle("new"))
    assert met.first == ask.Deleted()
    assert isinstance(met.second, ask.Conflicted)
    assert owing.attempts() == []


def test_what_an_edit_has_armed_again_is_not_brought_back_after_its_deletion(meeting: Meeting) -> None:
    """An edit reads the method and writes it: without its lock it would write a deleted method as it was."""
    meeting.office.write(lambda pages: pages.put_method(card("old", standing=Standing.NEEDS_CORRECTION)))
    met = meeting.cross(meeting.delete(), lambda book: bookkeeping.correct_details(book, "old", meeting.office.now))
    assert isinstance(met.second, BookkeepingError)
    assert meeting.deleted() == ["old"]


# Moving: payers are locked first, then both methods.


def test_a_target_that_is_deleted_in_the_moment_of_a_move_keeps_the_items_where_they_are(owing: Meeting) -> None:
    """The target is looked at again once it is ours."""
    met = owing.cross(owing.delete("new"), owing.move())
    assert met.first == ask.Deleted()
    assert isinstance(met.second, ask.Conflicted)
    assert owing.office.bound() == {"sub": "old"}


def test_a_deletion_of_the_target_in_the_moment_of_a_move_comes_back(owing: Meeting) -> None:
    """G47: what was moved there a moment ago is a dependent."""
    met = owing.cross(owing.move(), owing.delete("new"))
    assert met.first.moved == 1
    assert "STILL_USED" in codes(met.second)
    assert owing.office.bound() == {"sub": "new"}


def test_of_two_moves_of_one_subscription_the_later_one_finds_it_gone(owing: Meeting) -> None:
    """Change x replace-all: it is bound once, and the other procedure says so."""
    met = owing.cross(owing.move(target="new"), owing.move(target="bank", subscription="sub"))
    assert met.first.moved == 1
    assert met.second.moved == 0
    assert [conflict.code for conflict in met.second.conflicts] == ["CHANGED_MEANWHILE"]
    assert owing.office.bound() == {"sub": "new"}


def test_a_page_that_waited_for_another_moves_what_is_left(owing: Meeting) -> None:
    """Rows that are bound elsewhere by the time they are ours are not of the page any more."""
    owing.office.subscribe("sub-2")
    met = owing.cross(owing.move(target="bank", subscription="sub"), owing.move(target="new"))
    assert (met.first.moved, met.second.moved, met.second.conflicts) == (1, 1, ())
    assert owing.office.bound() == {"sub": "bank", "sub-2": "new"}


# Charging: the debt, its payer and the method are ours when an attempt is reserved.


def test_a_retry_in_the_moment_of_a_move_charges_what_is_bound_by_then(owing: Meeting) -> None:
    """Law 4: the payer is locked, so that the reservation does not read what is being changed."""
    met = owing.cross(owing.move(), owing.retry())
    assert isinstance(met.second, debts.Charged)
    assert owing.attempts() == [("new", AttemptStatus.SUCCEEDED)]


@pytest.mark.parametrize("first", ["retry", "settlement"])
def test_of_a_retry_and_a_settlement_at_once_one_reserves_the_debt(owing: Meeting, first: str) -> None:
    """Law 1: money is taken once."""
    retry, settlement = owing.retry(), owing.settle("new")
    if first == "retry":
        met = owing.cross(retry, settlement)
        assert isinstance(met.first, debts.Charged)
        assert isinstance(met.second, ask.Conflicted | settling.BalanceMoved)
    else:
        met = owing.cross(settlement, retry)
        assert isinstance(met.first, settling.Settled)
        assert isinstance(met.second, debts.Postponed | debts.NothingDue)
    assert len(owing.attempts()) == 1


def test_the_partial_unique_index_refuses_a_second_reservation_that_locks_nothing(owing: Meeting) -> None:
    """Law 1, whatever the code forgets to lock: the second one waits for the first one's commit, and is refused."""

    def reserve(number: int) -> Deed:
        def deed(book: Book) -> None:
            with book.transaction() as pages:
                now = owing.office.now
                row = Attempt("F-1", number, AttemptStatus.RESERVED, "old", "visa", 1, "NOK", Initiator.MERCHANT, "x", now)
                pages.add_attempt(row)

        return deed

    met = owing.cross(reserve(1), reserve(2))
    assert isinstance(met.second, AttemptOpen)
    assert len(owing.attempts()) == 1


def test_a_settlement_is_reserved_only_with_a_debt_that_is_still_due(owing: Meeting) -> None:
    """A payment by wire is booked in the same moment (law 2)."""
    met = owing.cross(
        lambda book: bookkeeping.receive_payment(book, "F-1", Money(_BALANCE, "NOK"), "wire", owing.office.now), owing.settle()
    )
    assert isinstance(met.second, ask.Conflicted | settling.BalanceMoved)
    assert owing.attempts() == []


def test_two_transactions_that_lock_nothing_in_common_do_not_wait(owing: Meeting) -> None:
    """What the other tests see is a lock of PostgreSQL's, not the harness."""
    met = Crossing(owing.url, lambda book: bookkeeping.void(book, "F-1", "v", owing.office.now), another_grant)
    assert not met.waited


def another_grant(book: Book) -> None:
    """Nothing that anybody else touches."""
    with book.transaction() as pages:
        pages.put_grant(Grant("bo", Role.PROFILE_READER, "fjord"))
