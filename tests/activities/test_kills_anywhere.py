"""A worker killed at every boundary of every effect, on the main ways of every procedure: it ends as without the kill."""

import itertools
import re
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest
from racer import Racer, When
from racing import INVOICES, NOW, World, fill
from ways import BY, ONCE, WAYS, Way

from activities import effects
from domain.accounts import Attempt, AttemptStatus
from domain.notices import NoticeKind
from gateways.port import NoSuchIntent
from paystates import clock
from paystates.engine import Request
from states.debts import Charge
from states.procedures import NEWEST
from store.memory import MemoryBook


@dataclass(frozen=True)
class End:
    """How it all ended: in the book, at the bank, and what the procedure remembers."""

    state: str
    memory: dict[str, Any]
    others: dict[str, str]
    bound: dict[str, Any]
    methods: list[Any]
    attempts: list[Attempt]
    entries: list[Any]
    notices: list[Any]
    cases: list[Any]
    budgets: list[Any]
    rebindings: list[Any]
    journal: list[Any]
    confirmed: list[Any]


def play(way: Way, kill: tuple[int, When] | None = None, *, twice: int = 0) -> tuple[End, list[type[Request[Any]]]]:
    """Walk it to the end of everything; how that is, and what it asked of the world in order.

    `twice`: that effect is carried out once more, after the next one.
    """
    book = MemoryBook()
    fill(book, debts=True)
    world = World(book, way.bank)
    way.prepare(world)
    for invoice in way.retried:
        world.rest(world.start("charge-retry", invoice=invoice))
    racer = world.start(way.procedure, **way.choices)
    asked: list[type[Request[Any]]] = []
    answered: set[str] = set()
    late = None
    while not racer.walk.is_over:
        if racer.request is not None:
            asked.append(racer.request)
            world.step(racer, kill[1] if kill is not None and kill[0] == len(asked) else None)
            if len(asked) == twice:
                late = racer.errand
            elif late is not None:
                world.carry_out(late)
                late = None
            continue
        world.rest_all()
        if racer.request is None and not racer.walk.is_over and not answer(world, racer, way, answered):
            assert world.passes()
    if late is not None:
        world.carry_out(late)
    world.finish()
    (world.check if way.ends == "unresolved" else world.check_end)()
    return end_of(world, racer), asked


def answer(world: World, racer: Racer, way: Way, answered: set[str]) -> bool:
    """What somebody does where it rests; False: nothing, or it has been done."""
    action = way.answers.get(racer.walk.state)
    if action is None or (action.kind in ONCE and action.kind in answered):
        return False
    answered.add(action.kind)
    if racer.walk.state in {"needs_customer", "authenticating"}:
        with clock.at(world.now):
            for token in way.bank:
                try:
                    world.bank.authenticate(token)
                except NoSuchIntent:
                    continue
    assert world.act(racer, action, BY.get(action.kind, "kari")) == ()
    return True


def end_of(world: World, racer: Racer) -> End:
    """All that is left of it."""
    walk = racer.walk
    lives = world.bank._state.lives
    with world.book.transaction() as pages:
        payers = (*pages.subscriptions("fjord"), *pages.profiles("fjord"))
        return End(
            state=walk.state,
            memory=walk.snapshot.memory.model_dump(mode="json"),
            others={subject: one.walk.state for subject, one in world.racers.items() if one is not racer},
            bound={one.id: (one.method_id, getattr(one, "status", None)) for one in payers},
            methods=list(pages.methods("fjord", deleted=True)),
            attempts=[one for name in INVOICES for one in pages.attempts(name)],
            entries=[one for name in INVOICES for one in pages.entries(name)],
            notices=[one for name in INVOICES for one in pages.notices(name)],
            cases=list(pages.cases("fjord")),
            budgets=[pages.dunning(name) for name in INVOICES],
            rebindings=list(pages.rebindings(walk.subject, limit=100)),
            journal=[(row.sequence, row.event_kind, row.source, row.target) for row in pages.journal(walk.subject)],
            confirmed=[
                (one.charge.reference, one.charge.token, one.charge.amount) for one in lives.values() if one.step is not None
            ],
        )


# What is equal.

_NUMBERED = {"attempt", "attempts", "open_attempt", "next_at", "not_before", "until", "unsent"}
"""What a memory may have otherwise when an attempt is made anew: its number, its dates, and that one before was never sent."""


def anew(end: End) -> End:
    """The same but for what differs when an attempt died before it began: its number is taken, and the next one pays.

    A retry makes that a day later; a settlement at once, and asks nobody again.
    """
    sent = [one for one in end.attempts if not (one.status is AttemptStatus.NOT_CHARGED and one.intent_id is None)]
    return replace(
        end,
        memory=_scrubbed(end.memory),
        methods=[replace(one, standing_since=None) for one in end.methods],
        attempts=[replace(one, n=0, reserved_at=NOW, finished_at=None, not_before=None) for one in sent],
        entries=sorted((one.invoice_id, one.kind, one.amount) for one in end.entries),
        notices=[(one.invoice_id, one.kind, one.reason, one.customer_action, one.amount, one.also) for one in end.notices],
        journal=[],
        confirmed=[(token, amount) for _, token, amount in end.confirmed],
    )


def _scrubbed(memory: Any) -> Any:
    if isinstance(memory, dict):
        return {name: _scrubbed(value) for name, value in memory.items() if name not in _NUMBERED}
    if isinstance(memory, list):
        return [_scrubbed(one) for one in memory]
    return re.sub("attempt [0-9]+", "attempt", memory) if isinstance(memory, str) else memory


def differences(undisturbed: End, ended: End) -> dict[str, tuple[Any, Any]]:
    """Field by field, for who reads that a test failed."""
    both = {one.name: (getattr(undisturbed, one.name), getattr(ended, one.name)) for one in fields(End)}
    return {name: (one, other) for name, (one, other) in both.items() if one != other}


@pytest.mark.parametrize("name", WAYS)
def test_a_kill_after_an_effects_commit_changes_nothing(name: str) -> None:
    """Only the reply is lost. A charge is looked up then, which the journal tells; everything else is as if nobody had died."""
    undisturbed, asked = play(WAYS[name])
    assert undisturbed.state == WAYS[name].ends
    for number, request in enumerate(asked, start=1):
        ended, _ = play(WAYS[name], (number, "after"))
        if request.moves_money:
            assert is_one_path(ended.journal)
            ended = replace(ended, journal=undisturbed.journal)
        assert differences(undisturbed, ended) == {}, f"killed after {request.__name__}, its effect {number}"


@pytest.mark.parametrize("name", WAYS)
def test_a_kill_before_an_effect_changes_nothing(name: str) -> None:
    """It is done by the next worker. A charge never is: it is looked up, has not been made, and another attempt is made."""
    undisturbed, asked = play(WAYS[name])
    for number, request in enumerate(asked, start=1):
        ended, _ = play(WAYS[name], (number, "before"))
        if not request.moves_money:
            assert differences(undisturbed, ended) == {}, f"killed before {request.__name__}, its effect {number}"
            continue
        assert is_one_path(ended.journal)
        if not is_last_slot(undisturbed, asked, number):
            assert differences(anew(undisturbed), anew(ended)) == {}, f"killed before {request.__name__}, its effect {number}"


@pytest.mark.parametrize("name", WAYS)
def test_a_worker_that_wakes_late_changes_nothing(name: str) -> None:
    """It was frozen before its effect, another one did it and went on: the book and the bank stay as they are (law 3)."""
    undisturbed, asked = play(WAYS[name])
    for number, request in enumerate(asked, start=1):
        ended, _ = play(WAYS[name], twice=number)
        ended = replace(ended, journal=undisturbed.journal)  # the row of its decision has the later answer
        assert differences(undisturbed, ended) == {}, f"{request.__name__}, its effect {number}, came late"


def is_one_path(journal: list[tuple[int, str, str, str]]) -> bool:
    """Whether every decision is in the journal once, and begins where the one before it led."""
    numbers = [sequence for sequence, *_ in journal] == list(range(1, len(journal) + 1))
    return numbers and all(one[3] == other[2] for one, other in itertools.pairwise(journal))


def is_last_slot(undisturbed: End, asked: list[type[Request[Any]]], number: int) -> bool:
    """Whether that was the attempt on the last day of the window: a day later there is none (money.md, never past it)."""
    return undisturbed.state == "exhausted" and Charge not in asked[number:]


def test_a_worker_that_dies_before_the_last_attempt_takes_it_along() -> None:
    """The window ends with that day (U13), so there is one attempt less; the customer is told of the end all the same (law 7)."""
    way = WAYS["charge-retry, exhausted"]
    undisturbed, asked = play(way)
    last = max(number for number, request in enumerate(asked, start=1) if request is Charge)
    ended, _ = play(way, (last, "before"))
    assert (ended.state, len(ended.confirmed)) == ("exhausted", len(undisturbed.confirmed) - 1)
    assert [one.kind for one in ended.notices][-1] is [one.kind for one in undisturbed.notices][-1] is NoticeKind.FINAL


def test_every_effect_is_one_that_a_worker_dies_in() -> None:
    """Every procedure is among the ways, and every request that any of them may make is made on one."""
    assert {way.procedure for way in WAYS.values()} == set(NEWEST)
    assert {request for way in WAYS.values() for request in play(way)[1]} == set(effects.by_request)
