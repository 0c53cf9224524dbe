"""Edits, deletions, additions, settlements and retries of one account at once, interleaved at every effect.

Whatever is done in whatever order: nothing points at a deleted method, nothing is charged that was neither bound nor confirmed,
every move was allowed when it was committed, one attempt of a debt is open at most, and everything ends.
"""

import itertools
import os
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from racing import ADMIN, METHODS, World, attach, fill
from ways import HOLDER, NEW

from activities.bookkeeping import receive_payment
from domain.money import Money
from gateways.port import NoSuchIntent
from paystates import clock
from paystates.engine import Action
from states import details, methods, retry_messages
from store.memory import MemoryBook
from store.sql import SqlBook

EXAMPLES = int(os.environ.get("PAYSTATES_RACES", "30"))
"""More of them find more: `PAYSTATES_RACES=5000 pytest tests/activities/test_races_with_money.py`."""

Start = tuple[str, dict[str, Any]]


def _start(procedure: str, **data: Any) -> Start:
    return procedure, data


PAIRS: dict[str, list[list[Start]]] = {
    "update x delete": [
        [
            _start("update-details", method="card-a", details=HOLDER, security_code="cvc_tok"),
            _start("charge-retry", invoice="F-1"),
        ],
        [
            _start("delete-with-dependents", method="card-a", chosen="card-c", confirmed=True),
            _start("delete-with-dependents", method="card-a", new=NEW, confirmed=True),
        ],
    ],
    "delete x add and bind": [
        [
            _start("delete-with-dependents", method="card-c", chosen="card-b", confirmed=True),
            _start("delete-with-dependents", method="card-b", chosen="card-a", confirmed=True),
            _start("delete-with-dependents", method="card-a", new=NEW, confirmed=True),
        ],
        [
            _start("replace-all", method="card-a", new=NEW, confirmed=True, charge_now=True),
            _start("replace-all", method="card-b", new=NEW, confirmed=True),
            _start("change-single-subscription", subscription="sub-1", new=NEW, confirmed=True),
            _start("add-method", account="fjord", request="r1", new=NEW),
        ],
    ],
    "settle x retry": [
        [
            _start("settle-balance", method="card-a", chosen="card-a", confirmed=True),
            _start("settle-balance", method="card-a", chosen="card-b", confirmed=True),
            _start("settle-balance", method="card-b", chosen="card-c", confirmed=True),
            _start("settle-balance", method="card-a"),
        ],
        [_start("charge-retry", invoice="F-1"), _start("charge-retry", invoice="F-3")],
    ],
    "settle x replace": [
        [
            _start("settle-balance", method="card-a", chosen="card-a", confirmed=True),
            _start("settle-balance", method="card-a", chosen="card-c", confirmed=True),
        ],
        [
            _start("replace-all", method="card-a", chosen="card-b", confirmed=True, charge_now=True),
            _start("replace-all", method="card-b", chosen="card-a", confirmed=True),
            _start("replace-all", method="card-a", new=NEW, confirmed=True),
        ],
    ],
    "settle x delete": [
        [
            _start("settle-balance", method="card-a", chosen="card-b", confirmed=True),
            _start("settle-balance", method="card-a", chosen="card-c", confirmed=True),
            _start("settle-balance", method="card-a", chosen="card-a", confirmed=True),
        ],
        [
            _start("delete-with-dependents", method="card-b", chosen="card-c", confirmed=True),
            _start("delete-with-dependents", method="card-c", confirmed=True),
            _start("delete-with-dependents", method="card-a", chosen="card-b", confirmed=True),
        ],
    ],
}
"""Of each list one is started; and then perhaps some of all the others."""
ALL = [start for pair in PAIRS.values() for starts in pair for start in starts]

charged = st.sampled_from(
    [
        "succeed",
        "succeed",
        {"decline": "insufficient_funds"},
        {"decline": "expired_card"},
        {"decline": "stolen_card"},
        {"fault": "time_out"},
        {"fault": "reply_lost"},
        {"fault": "reply_lost", "decline": "insufficient_funds"},
        {"action_required": {"completed_after": "never"}},
        {"late": {"after": "2d"}},
    ]
)
asked = st.sampled_from(
    [
        {"details": "saved"},
        {"details": {"refused": "invalid_expiry_year"}},
        {"details": {"fault": "reply_lost"}},
        {"set_up": "ready"},
        {"set_up": {"action_required": {"completed_after": "never"}}},
        {"set_up": {"password": "123456"}},
        {"set_up": {"refused": "card_declined"}},
    ]
)
banks = st.fixed_dictionaries(
    {
        token: st.builds(lambda check, steps: [check, *steps], asked, st.lists(charged, min_size=1, max_size=3))
        for token in ("tok-card-a", "tok-card-b", "tok-card-c", "tok-new")
    }
)
deeds = st.one_of(
    st.tuples(st.just("step"), st.integers(0, 5)),
    st.tuples(st.just("step"), st.integers(0, 5)),
    st.tuples(st.just("step"), st.integers(0, 5)),
    st.tuples(st.just("step"), st.integers(0, 5)),
    st.tuples(st.sampled_from(["before", "after"]), st.integers(0, 5)),
    st.tuples(st.sampled_from(["act", "act", "pass", "withdraw", "grant", "wire"]), st.integers(0, 5)),
    st.tuples(st.just("attach"), st.integers(0, 3)),
    st.tuples(st.just("inside"), st.integers(0, 29)),
)

ACTS: dict[str, Callable[[int], Action]] = {
    "choosing": lambda number: methods.Choose(method=METHODS[number % 4]),
    "confirming": lambda number: methods.Confirm(charge_now=number % 2 == 0),
    "authenticating": lambda _: methods.Authenticated(password="123456"),
    "needs_customer": lambda _: methods.Authenticated(),
    "offering": lambda number: details.PayNow() if number % 2 else details.NotNow(),
    "waiting": lambda _: retry_messages.RetryNow(),
    "needs_method": lambda _: retry_messages.RetryNow(),
}
"""What Kari does at a question."""


def act(world: World, number: int) -> None:
    """Kari answers what one of them asks, and authenticates where the bank wants that."""
    racer = list(world.racers.values())[number % len(world.racers)]
    if racer.walk.state in {"needs_customer", "authenticating"}:
        with clock.at(world.now):
            for token in ("tok-card-a", "tok-card-b", "tok-card-c", "tok-new"):
                try:
                    world.bank.authenticate(token)
                except NoSuchIntent:
                    continue
    action = ACTS.get(racer.walk.state, lambda _: None)(number)
    if action is not None and action.kind in racer.walk.procedure.possible(racer.walk.state):
        world.act(racer, action)


def do(world: World, deed: str, number: int) -> None:
    """One thing that happens."""
    racers = list(world.racers.values())
    if deed == "step":
        world.step(racers[number % len(racers)])
    elif deed in {"before", "after"}:
        world.step(racers[number % len(racers)], "before" if deed == "before" else "after")
    elif deed == "inside":
        world.meanwhile(number % 5 + 1, lambda: world.rest(racers[number // 5 % len(racers)]))
    elif deed == "act":
        act(world, number)
    elif deed == "attach":
        attach(world.book, number)
    elif deed == "pass":
        world.passes()
    elif deed == "wire":
        with clock.at(world.now):
            receive_payment(world.book, f"F-{number % 3 + 1}", Money(3_000, "NOK"), f"w{world.now}{number}", world.now)
    else:
        with world.book.transaction() as pages:
            (pages.remove_grant if deed == "withdraw" else pages.put_grant)(ADMIN)


@pytest.mark.parametrize("pair", PAIRS)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), bank=banks, done=st.lists(deeds, max_size=40))
def test_no_interleaving_ends_wrong(pair: str, data: st.DataObject, bank: dict[str, Any], done: list[tuple[str, int]]) -> None:
    """One of each side, perhaps others, in any order; with workers that die, roles withdrawn, and any bank."""
    chosen = [data.draw(st.sampled_from(side)) for side in PAIRS[pair]]
    chosen += data.draw(st.lists(st.sampled_from(ALL), max_size=2))
    book = MemoryBook()
    fill(book, debts=True)
    world = World(book, bank)
    for procedure, choices in chosen:
        world.start(procedure, **choices)
    for deed, number in done:
        do(world, deed, number)
        world.check()
    with book.transaction() as pages:
        pages.put_grant(ADMIN)
    world.finish()
    world.check_end()


def _withdraws(world: World) -> None:
    do(world, "withdraw", 0)


def _attaches(world: World) -> None:
    for number in range(len(METHODS)):
        attach(world.book, number)


def _pays(world: World) -> None:
    do(world, "wire", 0)


def _starts(start: Start) -> Callable[[World], None]:
    return lambda world: world.rest(world.start(start[0], **start[1]))


MEANWHILE: list[tuple[Start, Callable[[World], None]]] = [
    *((start, _starts(other)) for one, two in PAIRS.values() for start in one[:2] for other in two[:2]),
    *((start, _starts(other)) for one, two in PAIRS.values() for start in two[:2] for other in one[:2]),
    *((start, _withdraws) for start in ALL),
    *((sides[1][0], _attaches) for sides in PAIRS.values()),
    *((sides[0][0], _pays) for sides in PAIRS.values()),
]
"""A procedure, and what happens in the middle of it: from its beginning to its rest another one, or something else."""


@pytest.mark.parametrize("step", ["succeed", {"fault": "reply_lost"}], ids=["the bank answers", "its reply is lost"])
def test_whatever_happens_at_any_boundary_ends_well(step: Any) -> None:
    """At every boundary of every one, and around each of its calls to the bank, where its transactions are apart."""
    bank = {token: [step, "succeed"] for token in ("tok-card-a", "tok-card-b", "tok-card-c", "tok-new")}
    for (procedure, choices), deed in MEANWHILE:
        if step != "succeed" and procedure not in {"settle-balance", "charge-retry"}:
            continue
        for number in itertools.count(1):
            book = MemoryBook()
            fill(book, debts=True)
            world = World(book, bank)
            world.meanwhile(number, lambda: deed(world))  # noqa: B023 - called in this very round
            world.rest(world.start(procedure, **choices))
            if not world.has_happened:
                break
            world.check()
            with book.transaction() as pages:
                pages.put_grant(ADMIN)
            world.finish()
            world.check_end()
        assert number > 1


CROSSED = {name: (one[0], other[0]) for name, (one, other) in PAIRS.items()}
CROSSED["settle x delete what it pays with"] = (PAIRS["settle x delete"][0][1], PAIRS["settle x delete"][1][1])
"""What is played with real transactions: the first of each side."""


@pytest.mark.parametrize("pair", CROSSED)
@pytest.mark.parametrize("first", [0, 1])
def test_the_same_with_real_transactions(pair: str, first: int, book_file: str) -> None:
    """On SQLite, step by step in turn, beginning with one or the other."""
    with closing(SqlBook(book_file)) as book:
        fill(book, debts=True)
        world = World(book)
        racers = [world.start(name, **choices) for name, choices in CROSSED[pair]]
        for number in range(first, first + 16):
            world.step(racers[number % 2])
            world.check()
        world.finish()
        world.check_end()


@pytest.mark.parametrize("pair", CROSSED)
def test_the_same_in_threads(pair: str, book_file: str) -> None:
    """On SQLite, each in a thread of its own, let go together: their transactions really wait for each other."""
    with closing(SqlBook(book_file)) as book:
        fill(book, debts=True)
        world = World(book)
        racers = [world.start(name, **choices) for name, choices in CROSSED[pair]]
        line = threading.Barrier(len(racers))
        failed: list[BaseException] = []

        def run(number: int) -> None:
            line.wait(10)
            try:
                world.rest(racers[number])
            except BaseException as error:  # noqa: BLE001 - a thread's error is told by the test, whatever it is
                failed.append(error)

        threads = [threading.Thread(target=run, args=(number,)) for number in range(len(racers))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert failed == []
        assert not any(thread.is_alive() for thread in threads)
        world.check()
        world.finish()
        world.check_end()
