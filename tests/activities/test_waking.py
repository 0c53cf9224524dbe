"""Waking: the retries whose method changed are told to look again, and charge at once only when that was asked for."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest
from bench import DAY, HOUR, Bench
from method_office import Office, card

from activities.bookkeeping import correct_details
from activities.desk import Wake
from domain.accounts import Grant, PayerKind, Person, Role
from paystates.client import Paystates
from paystates.composition import ClientWaker
from paystates.orders import Unreachable
from states import debts
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


def at_once(invoice: str) -> dict[str, object]:
    """What its retry begins with."""
    return {"invoice": invoice, "charge_now": True}


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
    assert bell.rung == [Wake(name, action, starts=at_once(name)) for name in ("F-1", "F-2", "F-5")]


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
    assert office.do(ask.WakeRetries(method="new", charge_now=True), run="2").count == 0
    office.profile("nord", "old")
    office.move("new", run="3")
    office.do(ask.WakeRetries(method="new", charge_now=True), run="3")
    assert [wake.invoice for wake in bell.rung] == ["F-5"]


def test_what_an_earlier_run_moved_is_not_charged_for_a_later_one(office: Office, bell: Bell) -> None:
    """Law 4: whoever confirmed the later run was not asked about it; the earlier run has woken it."""
    office.move(run="1")
    office.subscribe("later")
    office.owe("F-7", "later")
    office.move(run="2")
    office.do(ask.WakeRetries(method="new", charge_now=True), run="2")
    assert [wake.invoice for wake in bell.rung] == ["F-7"]


def test_only_what_the_actor_may_pay_is_charged_at_once(office: Office, bell: Bell) -> None:
    """G4, G5, G11: a role on the profile pays the profile's debts alone; the others wait for their slot, or stay over."""
    office.write(lambda pages: pages.put_person(Person("ivar", "fjord", "Ivar", "ivar@fjord.example")))
    office.write(lambda pages: pages.put_grant(Grant("ivar", Role.INVOICE_MANAGER, "fjord", "nord")))
    office.move()
    office.do(ask.WakeRetries(method="new", charge_now=True, actor="ivar"))
    assert bell.rung == [Wake("F-1", MethodReplaced()), Wake("F-5", MethodReplaced(charge_now=True), starts=at_once("F-5"))]
    bell.rung.clear()
    office.do(ask.WakeRetries(method="new", charge_now=True, actor="anna"))
    assert [wake.starts for wake in bell.rung] == [at_once(name) for name in ("F-1", "F-2", "F-5")]


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


def test_a_method_counts_as_tried_until_it_is_corrected() -> None:
    """U6, G24: a wake-up told again finds that the bank was asked; about a corrected card it was not."""
    bench = Bench({"card": [{"decline": "insufficient_funds"}] * 2})
    assert not bench.open().debt.tried
    assert isinstance(bench.charge(), debts.Declined)
    assert bench.open().debt.tried
    bench.now += HOUR
    correct_details(bench.desk.book, "card", bench.now)
    assert not bench.open().debt.tried
    bench.now += 4 * DAY
    bench.charge(2, slot=1)
    assert bench.open().debt.tried


class Front:
    """A front desk that cannot reach one of the retries, and finds another not running."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def wake(self, invoice: str, *_: Any, **__: Any) -> bool:
        self.asked.append(invoice)
        if invoice == "F-deaf":
            message = "charge-retry/F-deaf is only just beginning"
            raise Unreachable(message)
        return invoice != "F-over"


def woken_over(front: Front, *invoices: str) -> tuple[str, ...]:
    async def main() -> tuple[str, ...]:
        waker = ClientWaker(cast("Paystates", front))
        return await asyncio.to_thread(waker.wake, [Wake(name, MethodReplaced()) for name in invoices])

    return asyncio.run(main())


def test_one_that_cannot_be_reached_does_not_keep_the_others_from_being_woken() -> None:
    """Waking is repeated as a whole; meanwhile who can be reached knows."""
    front = Front()
    with pytest.raises(Unreachable, match="F-deaf"):
        woken_over(front, "F-1", "F-deaf", "F-2")
    assert front.asked == ["F-1", "F-deaf", "F-2"]
    assert woken_over(front, "F-1", "F-over") == ("F-1",)
