"""The neutral model of a procedure: states and arrows as plain data, for every renderer and for the fingerprint."""

from dataclasses import dataclass
from typing import Any

from paystates.engine.machine import Procedure
from paystates.engine.vocabulary import Action, Ask, Each, Run, State, Wait, kind_of


@dataclass(frozen=True, slots=True)
class Node:
    """A state: its name, its kind (`run`, `each`, `wait`, `ask`, `end`), its title, and what it asks, awaits or ends with."""

    name: str
    kind: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """A move from one state: `stays` when it is no new visit."""

    event: str
    source: str
    target: str
    stays: bool
    when: str
    rules: tuple[str, ...]
    by: tuple[str, ...]
    is_action: bool

    @property
    def label(self) -> str:
        """Event, condition and rules in one line."""
        parts = [self.event.replace("_", " ")]
        if self.when:
            parts.append(f"when {self.when.replace('_', ' ')}")
        if self.rules:
            parts.append(f"given {', '.join(self.rules)}")
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole procedure, ready to be drawn."""

    definition: str
    initial: str
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]


def _node(name: str, state: State) -> Node:
    match state:
        case Run():
            return Node(name, "run", state.title, kind_of(state.request))
        case Each():
            return Node(name, "each", state.title, kind_of(state.request))
        case Wait():
            return Node(name, "wait", state.title, state.until.__name__.replace("_", " "))
        case Ask():
            return Node(name, "ask", state.title, state.who)
    return Node(name, "end", state.title, state.verdict)


def chart(procedure: Procedure[Any]) -> Chart:
    """Derive the neutral model from the declaration."""
    arrows = tuple(
        Arrow(
            event=kind_of(move.on),
            source=source,
            target=source if move.to is None else move.to,
            stays=move.to is None,
            when="" if move.when is None else move.when.__name__,
            rules=tuple(rule.code for rule in move.given),
            by=tuple(sorted(move.by)),
            is_action=issubclass(move.on, Action),
        )
        for move in procedure.moves
        for source in move.sources
    )
    nodes = tuple(_node(name, state) for name, state in procedure.states.items())
    return Chart(procedure.id, procedure.initial, nodes, arrows)
