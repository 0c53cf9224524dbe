"""After a Reset: what was moved, and by whom it is known, is what all runs did that came of the same start."""

from dataclasses import replace
from typing import Any

import pytest
from method_office import SUBJECT, Office
from test_waking import Bell

from domain.accounts import PayerKind
from states import methods as ask
from states.charge_retry import MethodReplaced
from store.port import Book, JournalRow

DELETING = "delete-with-dependents/old"


@pytest.fixture
def bell(kept: Book) -> Bell:
    return Bell(kept)


@pytest.fixture
def office(kept: Book, bell: Bell) -> Office:
    """A subscription with a debt was moved by the first run."""
    office = Office(kept, bell)
    office.subscribe("m365")
    office.owe("F-1", "m365")
    office.move()
    return office


def review(office: Office, run: str, origin: str | None = None) -> Any:
    return office.do(ask.Review(method="old", actor="anna"), run=run, origin=origin)


def test_a_review_tells_what_was_moved_before_a_reset(office: Office) -> None:
    """A run that was started by itself is another wish: to that, nothing was."""
    moved = ask.MovedBefore(count=1, target="new", charge_now=False)
    assert review(office, "2", "1").moved == moved
    assert review(office, "3", "1").moved == moved
    assert review(office, "4").moved is None
    assert review(office, "4", "4").moved is None
    assert review(office, "5", "4").moved is None


def test_what_was_confirmed_with_it_is_told_too(office: Office) -> None:
    """U6, law 4: to charge at once was agreed by a person, as the journal tells; one that was refused was not."""
    order = ("replace-all@1", "anna", "confirm", '{"charge_now": true}', "confirming", "confirming")
    row = JournalRow(SUBJECT, "1", 90, office.now, *order, accepted=False)
    office.write(lambda pages: pages.add_journal([row]))
    assert not review(office, "2", "1").moved.charge_now
    office.write(lambda pages: pages.add_journal([replace(row, sequence=91, target="moving", accepted=True)]))
    assert review(office, "2", "1").moved.charge_now


def test_the_retries_of_what_was_moved_before_are_woken(office: Office, bell: Bell) -> None:
    """U4, U6: also by a run that was reset twice, and never by one that was started by itself."""
    wake = ask.WakeRetries(method="new", charge_now=True)
    assert office.do(wake, run="2").count == 0
    assert office.do(ask.Verify(source="old"), run="3", origin="1") == ask.Verified(left=0, moved=1)
    assert office.do(wake, run="4", origin="1").invoices == ("F-1",)
    assert [one.action for one in bell.rung] == [MethodReplaced(charge_now=True)]


def test_what_was_put_back_meanwhile_is_not_moved_again(office: Office) -> None:
    """It was moved once for this wish: whoever put it back means it. A wish of its own moves it again."""
    office.subscribe("m365", "azure")
    answer = office.move(run="2", origin="1")
    assert (answer.moved, [one.code for one in answer.conflicts]) == (1, ["MOVED_BEFORE"])
    assert office.bound() == {"m365": "old", "azure": "new"}
    assert office.move(run="3").moved == 1


def test_a_profile_that_comes_after_a_reset_stays_by_itself(office: Office) -> None:
    """G29, G33: items were moved to a bank account already, so it keeps no others."""
    office.subscribe("azure")
    office.move("bank", run="7", limit=1)
    office.subscribe("teams")
    office.profile("nord")
    answer = office.move("bank", run="8", origin="7")
    assert [one.item.kind for one in answer.conflicts] == [PayerKind.PROFILE]
    assert answer.moved == 1


def test_what_was_deleted_before_a_reset_is_told_as_that(office: Office) -> None:
    """For the run that deleted it, not for one that found it deleted."""
    assert office.delete() == ask.Deleted()
    gone = ask.Review(method="old", actor="anna")
    assert office.do(gone, subject=DELETING, run="2", origin="1") == ask.NoSuchThing(what="payment method", deleted=True)
    assert office.do(gone, subject=DELETING, run="3") == ask.NoSuchThing(what="payment method")
    assert office.do(gone, subject=SUBJECT, run="3", origin="1") == ask.NoSuchThing(what="payment method")


def test_a_run_that_never_came_to_the_journal_was_none(office: Office) -> None:
    """It was reset before it did anything: no run is taken for it."""
    assert review(office, "9", "8").moved is None
