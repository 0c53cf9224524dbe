"""Any procedures on the methods of one account at once, interleaved at every effect: none leaves it in a wrong state."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities import Desk, effects
from domain.accounts import Account, BillingProfile, Grant, Method, MethodKind, Person, Role, Subscription
from gateways.scripted import ScriptedBank
from paystates import clock
from paystates.engine import Errand, Event, Request, Step, Unavailable, Walk, answered_before
from states.procedures import NEWEST
from store.memory import MemoryBook
from store.port import Book
from store.sql import SqlBook

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ADMIN = Grant("kari", Role.GLOBAL_ADMIN, "fjord")
METHODS = ("card-a", "card-b", "card-c", "bank-d")
PAYERS = ("sub-1", "sub-2", "sub-3")


def fill(book: Book) -> None:
    """Three cards and a bank account of Kari's; three subscriptions and a billing profile pay with two of them."""
    with book.transaction() as pages:
        pages.put_account(Account("fjord", "Fjord", "NO", "nb", "Europe/Oslo"))
        pages.put_person(Person("kari", "fjord", "Kari", "kari@fjord.example"))
        pages.put_grant(ADMIN)
        for name in METHODS:
            kind = MethodKind.BANK_ACCOUNT if name == "bank-d" else MethodKind.CARD
            expires = None if name == "bank-d" else date(2031, 4, 30)
            network = "sepa" if name == "bank-d" else "visa"
            pages.put_method(Method(name, "fjord", kind, network, f"tok-{name}", "4242", "NO", "kari", NOW, expires=expires))
        for name, method in zip(PAYERS, ("card-a", "card-a", "card-b"), strict=True):
            pages.put_subscription(Subscription(name, "fjord", name, method_id=method))
        pages.put_profile(BillingProfile("bp-1", "fjord", "Drift", method_id="card-b"))


class World:
    """The effects on one desk, as a worker carries them out: what was answered before is not done again."""

    def __init__(self, book: Book) -> None:
        self.desk = Desk(book, ScriptedBank())

    def answer(self, errand: Errand[Request[Any]]) -> Event:
        """Carry it out, unless it was, and only the reply was lost."""
        with clock.at(errand.now):
            before = answered_before(self.desk.written(errand.subject, errand.run, errand.sequence), errand)
            if before is not None:
                return before
            try:
                return effects.by_request[type(errand.request)](self.desk, errand)
            except Exception as error:  # noqa: BLE001 - as on the server: whatever an effect raises is infrastructure
                return Unavailable(detail=type(error).__name__)

    def journal(self, subject: str, run: str, steps: tuple[Step, ...]) -> None:
        """Keep what no effect carries."""
        self.desk.keep(subject, run, steps, "fjord")


STARTS: dict[str, Callable[[str, str], tuple[str, dict[str, Any]]]] = {
    "replace-all": lambda one, other: (one, {"method": one, "chosen": other}),
    "delete-with-dependents": lambda one, other: (one, {"method": one, "chosen": other}),
    "change-single-subscription": lambda one, other: (
        PAYERS[METHODS.index(one) % 3],
        {"subscription": PAYERS[METHODS.index(one) % 3], "chosen": other},
    ),
}
starts = st.tuples(st.sampled_from(sorted(STARTS)), st.sampled_from(METHODS), st.sampled_from(METHODS))
deeds = st.one_of(
    st.tuples(st.just("step"), st.integers(0, 3)),
    st.tuples(st.just("step"), st.integers(0, 3)),
    st.tuples(st.just("step"), st.integers(0, 3)),
    st.tuples(st.just("kill"), st.integers(0, 3)),
    st.tuples(st.just("withdraw"), st.just(0)),
    st.tuples(st.just("grant"), st.just(0)),
    st.tuples(st.just("attach"), st.integers(0, 3)),
)


def begin(world: World, start: tuple[str, str, str]) -> Walk[Any]:
    """One procedure with all its choices made, which takes a step only when it is told to."""
    name, one, other = start
    about, data = STARTS[name](one, other)
    procedure = NEWEST[name]
    memory = procedure.memory(actor="kari", confirmed=True, **data)
    return Walk(procedure, memory, world, NOW, f"{name}/{about}", "1", stepwise=True)


def attach(book: Book, number: int) -> None:
    """Somebody buys a new subscription with a method that is on file."""
    with book.transaction() as pages:
        method = pages.method(METHODS[number])
        taken = len(pages.subscriptions("fjord"))
        if method is not None and not method.is_deleted:
            pages.put_subscription(Subscription(f"sub-new-{taken}", "fjord", "New", method_id=method.id))


def is_sound(book: Book) -> None:
    """At any moment: nothing points at a deleted method; a billing profile pays with a card."""
    with book.transaction() as pages:
        alive = {one.id: one for one in pages.methods("fjord")}
        for payer in (*pages.subscriptions("fjord"), *pages.profiles("fjord")):
            assert payer.method_id in alive, f"{payer.id} points at {payer.method_id}"
        for profile in pages.profiles("fjord"):
            assert profile.method_id is not None
            assert alive[profile.method_id].kind is MethodKind.CARD, "C5"


def finish(walks: list[Walk[Any]], book: Book) -> None:
    """Everything ends, by steps and by time, and says the truth about its end."""
    for walk in walks:
        for _ in range(400):
            if not walk.step():
                if walk.is_over:
                    break
                assert walk.due is not None
                walk.travel(walk.due)
        assert walk.is_over, f"{walk.subject} stands {walk.state}"
    is_sound(book)
    with book.transaction() as pages:
        for walk in walks:
            if walk.procedure.name == "delete-with-dependents":
                method = pages.method(walk.snapshot.memory.method)
                assert method is not None
                assert walk.state != "done" or method.is_deleted


@settings(max_examples=150, deadline=None)
@given(st.lists(starts, min_size=2, max_size=4, unique=True), st.lists(deeds, max_size=40))
def test_no_interleaving_leaves_an_account_in_a_wrong_state(
    chosen: list[tuple[str, str, str]], done: list[tuple[str, int]]
) -> None:
    """Replace x replace, replace x delete, change x replace: with kills, roles withdrawn and items attached in between."""
    book = MemoryBook()
    fill(book)
    world = World(book)
    begun = {walk.subject: (start, walk) for start, walk in ((start, begin(world, start)) for start in chosen)}
    starting, walks = [start for start, _ in begun.values()], [walk for _, walk in begun.values()]
    for deed, number in done:
        if deed == "step":
            walks[number % len(walks)].step()
        elif deed == "kill":
            walks[number % len(walks)] = begin(world, starting[number % len(walks)])
        elif deed == "attach":
            attach(book, number)
        else:
            with book.transaction() as pages:
                (pages.remove_grant if deed == "withdraw" else pages.put_grant)(ADMIN)
        is_sound(book)
    with book.transaction() as pages:
        pages.put_grant(ADMIN)
    finish(walks, book)


CROSSED = [
    [("replace-all", "card-a", "card-b"), ("replace-all", "card-b", "card-a")],
    [("replace-all", "card-a", "card-b"), ("delete-with-dependents", "card-b", "card-c")],
    [("delete-with-dependents", "card-a", "card-b"), ("delete-with-dependents", "card-b", "card-a")],
    [("change-single-subscription", "card-a", "card-c"), ("replace-all", "card-a", "card-b")],
    [("change-single-subscription", "card-a", "card-c"), ("delete-with-dependents", "card-c", "card-b")],
]


@pytest.mark.parametrize("chosen", CROSSED)
@pytest.mark.parametrize("first", [0, 1])
def test_the_same_with_real_transactions(chosen: list[tuple[str, str, str]], first: int, tmp_path: Path) -> None:
    """On SQLite, step by step in turn, beginning with one or the other."""
    book = SqlBook.create(f"sqlite:///{tmp_path / 'book.db'}")
    fill(book)
    world = World(book)
    walks = [begin(world, start) for start in chosen]
    for number in range(first, first + 30):
        walks[number % 2].step()
        is_sound(book)
    finish(walks, book)


@pytest.mark.parametrize("name", sorted(STARTS))
def test_a_kill_after_every_effect_ends_as_without_it(name: str) -> None:
    """A worker takes all with it that was not yet told to the server: begun again, it ends the same, and moves nothing twice."""

    def play(kill_after: int) -> tuple[int, dict[str, Any]]:
        book = MemoryBook()
        fill(book)
        world = World(book)
        walk = begin(world, (name, "card-a", "card-c"))
        asked = 0
        while walk.step():
            asked += 1
            if asked == kill_after:
                walk = begin(world, (name, "card-a", "card-c"))
        with book.transaction() as pages:
            bound = {one.id: one.method_id for one in (*pages.subscriptions("fjord"), *pages.profiles("fjord"))}
            rows = [(row.sequence, row.event_kind, row.target) for row in pages.journal(walk.subject)]
            on_file = [one.id for one in pages.methods("fjord")]
        return asked, {"state": walk.state, "memory": walk.snapshot.memory, "bound": bound, "journal": rows, "methods": on_file}

    asked, undisturbed = play(0)
    assert undisturbed["state"] == "done"
    for kill_after in range(1, asked + 1):
        assert play(kill_after)[1] == undisturbed, f"killed after effect {kill_after}"
