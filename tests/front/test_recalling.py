"""What the book recalls of a procedure that cannot be asked: the last decision that was taken, and nothing more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.common import SearchAttributePair, TypedSearchAttributes

from paystates.engine import Actor
from paystates.front.background import Background
from paystates.front.filters import LATE
from paystates.front.joining import joined
from paystates.front.office import _trouble_without_answer
from paystates.front.pages import Trouble, is_overdue, trouble_of, trouble_words
from paystates.front.recalling import recalled
from paystates.temporal.announce import DUE_AT, STATE
from paystates.temporal.executions import PROBLEMS, Execution, Status
from store.port import JournalRow

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
SUBJECT = "charge-retry/F-1"


def row(number: int, event: str, source: str, target: str, *, run: str = "r1", accepted: bool = True) -> JournalRow:
    return JournalRow(
        procedure=SUBJECT, run=run, sequence=number, at=NOW + timedelta(minutes=number), definition="charge-retry@1",
        actor="olga", accepted=accepted, event_kind=event, event="{}", source=source, target=target,
    )  # fmt: skip


def execution(status: Status = Status.PAUSED, *, wedged: bool = False, **attributes: Any) -> Execution:
    known = {"state": STATE, "due": DUE_AT, "problems": PROBLEMS}
    pairs = [SearchAttributePair(known[name], value) for name, value in attributes.items()]
    return Execution(
        id=SUBJECT, run="r1", procedure="charge-retry", status=status, started=NOW, ended=None,
        attributes=TypedSearchAttributes(pairs), memo={}, wedged=wedged, summary=r"F\-1: 1495\.00 NOK",
    )  # fmt: skip


def test_it_stands_where_its_last_decision_led() -> None:
    """A refusal is no decision that was taken, and leaves it where it was."""
    rows = [
        row(1, "opened", "opening", "waiting"),
        row(2, "hold", "waiting", "held"),
        row(3, "hold", "held", "held", accepted=False),
    ]
    seen = recalled(SUBJECT, rows, execution(), NOW)
    assert (seen.stand.state, seen.stand.since, seen.title) == ("held", NOW + timedelta(minutes=2), "Held by an operator")
    assert (seen.waits_for, seen.headline, seen.allowed) == ("an operator", "F-1: 1495.00 NOK", ())
    assert seen.taken == (("opening", "opened", "waiting"), ("waiting", "hold", "held"))
    assert seen.stand.visit == 0, "whoever acts on it as it was seen here is overtaken"


def test_in_norwegian_its_headline_is_what_its_id_says() -> None:
    """What it remembers cannot be asked; the line that Temporal keeps is English."""
    for subject, said in ((SUBJECT, "faktura F-1"), ("replace-all/visa-1", "visa-1"), ("add-method/fjord/1", "konto fjord")):
        seen = recalled(subject, [], execution(), NOW)
        told = joined(seen, Background(missing="it is away"), Actor(""), Trouble.NO_WORKER, NOW, "nb")
        assert told.headline == said


def test_until_when_is_told_only_where_temporal_says_it_of_the_same_state() -> None:
    rows = [row(1, "opened", "opening", "waiting")]
    due = NOW + timedelta(days=3)
    assert recalled(SUBJECT, rows, execution(state="waiting", due=due), NOW).stand.due == due
    assert recalled(SUBJECT, rows, execution(state="held", due=due), NOW).stand.due is None
    assert recalled(SUBJECT, rows, execution(Status.TERMINATED, state="waiting", due=due), NOW).stand.due is None


def test_a_run_that_has_decided_nothing_yet_stands_at_the_beginning() -> None:
    """What an earlier run came to is not where this one stands."""
    over = [row(1, "charged", "charging", "recovered", run="r0")]
    assert recalled(SUBJECT, over, execution(), NOW).stand.state == "opening"
    assert recalled(SUBJECT, [], execution(), NOW).stand.state == "opening"
    assert recalled(SUBJECT, over, None, NOW).verdict == "done"


def test_what_is_the_matter_is_what_temporal_says() -> None:
    assert trouble_of(execution(Status.RUNNING)) is Trouble.NONE
    assert trouble_of(execution(Status.RUNNING, wedged=True)) is Trouble.STUCK
    assert trouble_of(execution(Status.PAUSED, wedged=True)) is Trouble.PAUSED
    assert trouble_of(execution(Status.CANCELED)) is trouble_of(execution(Status.TERMINATED)) is Trouble.TERMINATED
    assert trouble_of(execution(Status.TIMED_OUT)) is trouble_of(execution(Status.FAILED)) is Trouble.FAILED


def test_what_should_have_gone_on_is_overdue_after_a_while() -> None:
    """Not at once: the request that it makes when its time has come is announced with what came of it."""
    waits = execution(Status.RUNNING, state="waiting", due=NOW)
    assert not is_overdue(waits, NOW + LATE)
    assert is_overdue(waits, NOW + LATE + timedelta(seconds=1))
    unbegun = execution(Status.RUNNING)
    put_off = replace(unbegun, begins=NOW + timedelta(days=1))
    assert is_overdue(unbegun, unbegun.started + 2 * LATE)
    assert not is_overdue(put_off, unbegun.started + 2 * LATE)
    assert not is_overdue(execution(Status.PAUSED, state="waiting", due=NOW), NOW + 2 * LATE)
    assert not is_overdue(execution(Status.COMPLETED, state="recovered"), NOW + 2 * LATE)


def test_what_did_not_answer_never_looks_healthy_unless_it_has_ended() -> None:
    """Too old for Temporal to know, it is over if the book says so, and ended from outside if not."""
    runs, over = [row(1, "opened", "opening", "waiting")], [row(1, "charged", "charging", "recovered")]
    for known, there, trouble in (
        (runs, execution(Status.RUNNING), Trouble.NO_WORKER),
        (runs, execution(Status.PAUSED), Trouble.PAUSED),
        (runs, None, Trouble.TERMINATED),
        (over, None, Trouble.NONE),
        (over, execution(Status.COMPLETED), Trouble.NONE),
    ):
        assert _trouble_without_answer(there, recalled(SUBJECT, known, there, NOW)) is trouble


def test_a_recalled_page_offers_nothing_and_says_why() -> None:
    rows = [row(1, "opened", "opening", "waiting")]
    page = joined(recalled(SUBJECT, rows, execution(), NOW), Background(rows=rows), Actor(""), Trouble.PAUSED, NOW, "nb")
    assert (page.allowed, page.candidates, page.kind) == ((), (), "wait")
    assert page.trouble_words.startswith("Satt på pause i Temporal")
    assert all(trouble_words(one, "nb") != trouble_words(one) != "" for one in Trouble if one)
