"""Any procedures on the methods of one account at once, interleaved at every effect: none leaves it in a wrong state."""

from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from racer import Racer
from racing import ADMIN, METHODS, PAYERS, World, attach, fill

from store.memory import MemoryBook
from store.sql import SqlBook

Start = tuple[str, str, str]
"""A procedure, the method it is about (or whose subscription), and the method that is chosen."""

PROCEDURES = ("change-single-subscription", "delete-with-dependents", "replace-all")
starts = st.tuples(st.sampled_from(PROCEDURES), st.sampled_from(METHODS), st.sampled_from(METHODS))
deeds = st.one_of(
    st.tuples(st.just("step"), st.integers(0, 3)),
    st.tuples(st.just("step"), st.integers(0, 3)),
    st.tuples(st.just("step"), st.integers(0, 3)),
    st.tuples(st.sampled_from(["before", "after"]), st.integers(0, 3)),
    st.tuples(st.just("withdraw"), st.just(0)),
    st.tuples(st.just("grant"), st.just(0)),
    st.tuples(st.just("attach"), st.integers(0, 3)),
)


def begin(world: World, start: Start) -> Racer:
    """One procedure with all its choices made."""
    name, one, other = start
    about = {"subscription": PAYERS[METHODS.index(one) % 3]} if name == "change-single-subscription" else {"method": one}
    return world.start(name, chosen=other, confirmed=True, **about)


@settings(max_examples=150, deadline=None)
@given(st.lists(starts, min_size=2, max_size=4, unique=True), st.lists(deeds, max_size=40))
def test_no_interleaving_leaves_an_account_in_a_wrong_state(chosen: list[Start], done: list[tuple[str, int]]) -> None:
    """Replace x replace, replace x delete, change x replace: with kills, roles withdrawn and items attached in between."""
    book = MemoryBook()
    fill(book)
    world = World(book)
    racers = list({id(one): one for one in (begin(world, start) for start in chosen)}.values())
    for deed, number in done:
        if deed == "step":
            world.step(racers[number % len(racers)])
        elif deed in {"before", "after"}:
            world.step(racers[number % len(racers)], "before" if deed == "before" else "after")
        elif deed == "attach":
            attach(book, number)
        else:
            with book.transaction() as pages:
                (pages.remove_grant if deed == "withdraw" else pages.put_grant)(ADMIN)
        world.check()
    with book.transaction() as pages:
        pages.put_grant(ADMIN)
    world.finish()
    world.check_end()


CROSSED = [
    [("replace-all", "card-a", "card-b"), ("replace-all", "card-b", "card-a")],
    [("replace-all", "card-a", "card-b"), ("delete-with-dependents", "card-b", "card-c")],
    [("delete-with-dependents", "card-a", "card-b"), ("delete-with-dependents", "card-b", "card-a")],
    [("change-single-subscription", "card-a", "card-c"), ("replace-all", "card-a", "card-b")],
    [("change-single-subscription", "card-a", "card-c"), ("delete-with-dependents", "card-c", "card-b")],
]


@pytest.mark.parametrize("chosen", CROSSED)
@pytest.mark.parametrize("first", [0, 1])
def test_the_same_with_real_transactions(chosen: list[Start], first: int, book_file: str) -> None:
    """On SQLite, step by step in turn, beginning with one or the other."""
    with closing(SqlBook(book_file)) as book:
        fill(book)
        world = World(book)
        racers = [begin(world, start) for start in chosen]
        for number in range(first, first + 30):
            world.step(racers[number % 2])
            world.check()
        world.finish()
        world.check_end()
