"""Waking: the retries whose method changed are told to look again, and charge at once only when that was asked for."""

from collections.abc import Sequence

import pytest
from method_office import Office, card

from activities.desk import Wake
from domain.accounts import PayerKind
from states import methods as ask
from states.charge_retry import DetailsUpdated, MethodReplaced
from store.port import Book


class Bell:
    """A waker that reaches everybody but those who sleep too deep, and can open the book meanwhile."""

    def __init__(self, book: Book, deaf: Sequence[str] = ()) -> None:
        self.book = book
        self.deaf = deaf
        self.rung: list[Wake] = []
        self.times = 0

    def wake(self, wakes: Sequence[Wake]) -> tuple[str, ...]:
        with self.book.transaction():  # which a transaction around the call would make impossible
            self.rung += wakes
            self.times += 1
        return tuple(wake.invoice for wake in wakes if wake.invoice not in self.deaf)


@pytest.fixture
def bell(kept: Book) -> Bell:
    return Bell(kept, ["F-deaf"])


@pytest.fixture
def office(kept: Book, bell: Bell) -> Office:
    """Two subscriptions and a profile pay with `old`; one pays with `new` already. Everybody owes something."""
    office = Office(kept, bell)
    office.subscribe("m365", "azure")
    office.profile("nord")
    office.subscribe("before", method="new")
    office.owe("F-1", "m365")
    office.owe("F-2", "azure", over=True)
    office.owe("F-3", "azure", pinned=False)
    office.owe("F-4", "azure")
    office.pay("F-4")
    office.owe("F-5", "nord", PayerKind.PROFILE)
    office.owe("F-6", "before")
    return office


def test_the_open_retries_of_what_was_moved_are_woken(office: Office, bell: Bell) -> None:
    """U4: not what is paid, was never retried, or is over; and not what paid with the target before."""
    office.move()
    assert office.do(ask.WakeRetries(method="new")) == ask.Woken(invoices=("F-1", "F-5"), count=2)
    assert bell.rung == [Wake("F-1", MethodReplaced()), Wake("F-5", MethodReplaced())]
    assert office.journal()[-1].event_kind == "woken"


def test_at_once_only_what_was_moved_is_charged_and_what_was_over_begins_again(office: Office, bell: Bell) -> None:
    """U6, law 4: the debts that the target had before were not asked about."""
    office.move()
    office.do(ask.WakeRetries(method="new", charge_now=True))
    action = MethodReplaced(charge_now=True)
    assert bell.rung == [Wake(name, action, starts=True) for name in ("F-1", "F-2", "F-5")]


def test_after_a_correction_the_retries_of_everything_on_the_method_are_woken(office: Office, bell: Bell) -> None:
    """G24: whoever bound it there."""
    office.move()
    answer = office.do(ask.WakeRetries(method="new", details=True), subject="update-details/new")
    assert answer.invoices == ("F-1", "F-5", "F-6")
    assert {wake.action for wake in bell.rung} == {DetailsUpdated()}


def test_who_was_not_moved_or_has_moved_on_is_left_alone(office: Office, bell: Bell) -> None:
    """What is bound to another method by now is woken by whoever bound it there."""
    assert office.do(ask.WakeRetries(method="new")).count == 0
    office.move()
    office.subscribe("m365", method="bos")
    assert office.do(ask.WakeRetries(method="new")).invoices == ("F-5",)
    assert [wake.invoice for wake in bell.rung] == ["F-5"]


def test_what_the_procedure_moved_elsewhere_is_not_its_own_here(office: Office, bell: Bell) -> None:
    """Law 4: moved to one method, and bound to this one by hand since: whoever did that wakes it. A twin's row is not its own."""
    office.write(lambda pages: pages.put_method(card("third")))
    office.subscribe("nord", method="new")
    office.owe("F-7", "nord")
    office.move("third")
    office.subscribe("m365", "azure", method="new")
    office.profile("nord", "new")
    assert office.do(ask.WakeRetries(method="new", charge_now=True)).count == 0
    office.move("new", run="2")
    assert office.do(ask.WakeRetries(method="new", charge_now=True)).count == 0
    office.profile("nord", "old")
    office.move("new", run="3")
    office.do(ask.WakeRetries(method="new", charge_now=True))
    assert [wake.invoice for wake in bell.rung] == ["F-5"]


def test_a_later_run_after_a_reset_still_wakes_what_the_earlier_moved(office: Office) -> None:
    """The rows are the procedure's: a new run of it goes on where the first stopped."""
    office.move(run="1")
    assert office.do(ask.WakeRetries(method="new"), run="2").count == 2


def test_the_answer_names_those_who_were_reached(office: Office) -> None:
    """A retry that is not running was not woken."""
    office.owe("F-deaf", "m365")
    office.move()
    assert office.do(ask.WakeRetries(method="new")).invoices == ("F-1", "F-5")


def test_many_are_woken_in_pages_and_the_answer_names_some(office: Office, bell: Bell) -> None:
    """Memory does not grow with them: they are read and told 250 at a time, and a hundred are named."""
    for n in range(400):
        office.owe(f"G-{n:03}", "m365")
    office.move()
    answer = office.do(ask.WakeRetries(method="new"))
    assert (answer.count, len(answer.invoices), bell.times) == (402, 100, 2)
    assert len({wake.invoice for wake in bell.rung}) == 402


def test_a_desk_without_a_waker_wakes_nobody(kept: Book) -> None:
    """Where no procedures run, there is nobody to tell."""
    office = Office(kept)
    office.write(lambda pages: pages.put_method(card("third")))
    office.subscribe("m365")
    office.owe("F-1", "m365")
    office.move()
    assert office.do(ask.WakeRetries(method="new")) == ask.Woken()
