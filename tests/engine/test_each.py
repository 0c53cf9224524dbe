"""`Each`: the same request over many things, page by page, until nothing more is left or a page brings nothing on."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from paystates.engine import (
    HOUSE,
    Answers,
    Each,
    End,
    Event,
    Memory,
    Move,
    Procedure,
    Request,
    Unavailable,
    Verdict,
    Walk,
    chart,
    mermaid,
    states_table,
)
from paystates.engine.lint import DefinitionError

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Crates(Memory):
    total: int = 5
    loaded: int = 0


class Loaded(Event):
    kind: Literal["loaded"] = "loaded"
    crates: int


class Load(Request[Loaded]):
    kind: Literal["load"] = "load"
    after: int


def load(memory: Crates) -> Load:
    return Load(after=memory.loaded)


def left(memory: Crates) -> bool:
    return memory.loaded < memory.total


def loaded_of(memory: Crates) -> tuple[int, int]:
    return memory.loaded, memory.total


def counts(memory: Crates, event: Loaded, now: datetime) -> Crates:
    return Crates(total=memory.total, loaded=memory.loaded + event.crates)


def lorry(*, more: Callable[[Crates], bool] = left, progress: Callable[..., tuple[int, int]] = loaded_of) -> Procedure[Crates]:
    return Procedure(
        name="lorry",
        version=1,
        memory=Crates,
        initial="loading",
        states={
            "loading": Each(Load, load, more, progress, "Loads crates"),
            "gone": End(Verdict.DONE, "Drove off"),
            "broken": End(Verdict.FAILED, "Broke down"),
        },
        moves=[Move(Loaded, "loading", "gone", remember=counts), Move(Unavailable, "loading", "broken")],
    )


def walk(pages: list[Event]) -> Walk[Crates]:
    asked: list[Request[Any]] = []

    def reply(request: Request[Any]) -> Event:
        asked.append(request)
        return pages[len(asked) - 1]

    done = Walk(lorry(), Crates(), Answers(reply), NOW)
    assert len(asked) == len(pages)
    return done


def test_it_asks_page_by_page_until_nothing_is_left() -> None:
    """Every page is a visit of its own with a stamp of its own; the move leads on when `more` no longer holds."""
    done = walk([Loaded(crates=2), Loaded(crates=2), Loaded(crates=1)])
    assert (done.state, done.snapshot.visit, done.snapshot.memory.loaded) == ("gone", 4, 5)
    assert [step.target for step in done.steps] == ["loading", "loading", "gone"]


def test_a_page_that_brings_nothing_on_is_the_last() -> None:
    """Whatever `more` says, it does not ask for ever."""
    done = walk([Loaded(crates=2), Loaded(crates=0)])
    assert (done.state, done.snapshot.memory.loaded) == ("gone", 2)


def test_an_unavailable_page_leads_where_its_move_says() -> None:
    """What is left is not asked for again by itself."""
    assert walk([Loaded(crates=2), Unavailable()]).state == "broken"


def test_one_page_may_be_all() -> None:
    """`more` is asked of what is remembered after the page."""
    procedure = lorry()
    moved = procedure.decide(procedure.begin(Crates(total=2), NOW), Loaded(crates=2), HOUSE, NOW)
    assert moved.snapshot.state == "gone"  # type: ignore[union-attr]  # it moved, or this fails


def test_it_is_drawn_like_a_question() -> None:
    """With its kind and the request it makes."""
    assert "| loading | each (load) | Loads crates |" in states_table(chart(lorry()))
    assert "loading --> gone: loaded" in mermaid(chart(lorry()))


def one(memory: Crates, more: int) -> tuple[int, int]:
    return memory.loaded, more


@pytest.mark.parametrize(("what", "sentence"), [("more", "The more of “loading”"), ("progress", "The progress of “loading”")])
def test_its_functions_are_checked(what: str, sentence: str) -> None:
    """Each is called with memory alone."""
    with pytest.raises(DefinitionError) as found:
        lorry(**{what: one})  # type: ignore[arg-type]  # that is what is wrong with it
    assert found.value.problems == [f"{sentence} (one) is called with one argument: missing a required argument: 'more'."]
