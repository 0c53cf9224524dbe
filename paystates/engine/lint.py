"""What is wrong with a declaration, each problem one plain sentence; asked when a `Procedure` is constructed."""

import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from paystates.engine.vocabulary import (
    Action,
    Ask,
    Asking,
    Due,
    Each,
    End,
    Event,
    GaveUp,
    Move,
    State,
    Unavailable,
    Wait,
    kind_of,
)

if TYPE_CHECKING:
    from paystates.engine.machine import Procedure


_COUNT = {1: "one argument", 2: "two arguments", 3: "three arguments"}


class DefinitionError(Exception):
    """A procedure that must not run; `problems` are the sentences."""

    def __init__(self, definition: str, found: list[str]) -> None:
        super().__init__(f"{definition} is not well defined:\n" + "\n".join(f"- {problem}" for problem in found))
        self.problems = found


def problems(procedure: "Procedure[Any]") -> list[str]:
    """Every problem of a declaration, none for a good one. Later checks assume what earlier ones found in order."""
    for checks in ((_names, _tags), (_shapes, _actions, _totality, _shadows, _ways, _money, _circles)):
        found = [problem for check in checks for problem in check(procedure)]
        if found:
            return list(dict.fromkeys(found))
    return []


def _names(procedure: "Procedure[Any]") -> Iterator[str]:
    if procedure.initial not in procedure.states:
        yield f"The initial state “{procedure.initial}” is not among the states."
    for move in procedure.moves:
        if not move.sources:
            yield f"A move on {move.on.__name__} starts from no state."
        for name in (*move.sources, *([move.to] if move.to is not None else [])):
            if name not in procedure.states:
                yield f"A move on {move.on.__name__} names the state “{name}”, which is not among the states."


def _tags(procedure: "Procedure[Any]") -> Iterator[str]:
    events = {move.on for move in procedure.moves}
    requests = {state.request for state in procedure.states.values() if isinstance(state, Asking)}
    request_tags: dict[str, type] = {}
    for request in sorted(requests, key=_name):
        yield from _tag(request, request_tags)
        try:
            events.update(request.answers())
        except TypeError as error:
            yield f"{error}."
    event_tags: dict[str, type] = {}
    for event in sorted(events, key=_name):
        yield from _tag(event, event_tags)


def _name(tagged_type: type) -> str:
    return tagged_type.__qualname__


def _tag(tagged_type: Any, tagged: dict[str, type]) -> Iterator[str]:
    try:
        kind = kind_of(tagged_type)
    except TypeError as error:
        yield f"{error}."
        return
    other = tagged.setdefault(kind, tagged_type)
    if other is not tagged_type:
        yield f"{other.__name__} and {tagged_type.__name__} share the tag “{kind}”."


def named_callables(procedure: "Procedure[Any]") -> Iterator[tuple[str, Callable[..., Any], int]]:
    """Every function a declaration names: where it stands, the function, and how many arguments it is called with."""
    for name, state in procedure.states.items():
        if isinstance(state, Asking):
            yield f"ask of “{name}”", state.ask, 1
        if isinstance(state, Each):
            yield f"more of “{name}”", state.more, 1
            yield f"progress of “{name}”", state.progress, 1
        if isinstance(state, Wait | Ask):
            yield f"until of “{name}”", state.until, 2
    for move in procedure.moves:
        where = f"the move on {move.on.__name__} from {' and '.join(f'“{source}”' for source in move.sources)}"
        if move.when is not None:
            yield f"when of {where}", move.when, 1
        if move.remember is not None:
            yield f"remember of {where}", move.remember, 3
        for rule in move.given:
            yield f"check of the rule {rule.code}", rule.check, 1


def _shapes(procedure: "Procedure[Any]") -> Iterator[str]:
    for where, function, takes in named_callables(procedure):
        name = getattr(function, "__name__", "<lambda>")
        if name == "<lambda>":
            yield f"The {where} has no name: use a named function, the diagram and the fingerprint show it."
            continue
        yield from _shape(f"{where} ({name})", function, takes)
    views: tuple[tuple[str, Callable[..., Any] | None, int], ...] = (
        ("headline function", procedure.headline, 1),
        ("attributes function", procedure.attributes, 1),
        ("story function", procedure.story, 3),
        ("reasons function", procedure.reasons, 1),
    )
    for where, view, takes in views:
        if view is not None:
            yield from _shape(where, view, takes)


def _shape(where: str, function: Callable[..., Any], takes: int) -> Iterator[str]:
    try:
        inspect.signature(function).bind(*[None] * takes)
    except TypeError as error:
        yield f"The {where} is called with {_COUNT[takes]}: {error}."


def _actions(procedure: "Procedure[Any]") -> Iterator[str]:
    for move in procedure.moves:
        if (move.given or move.by) and not issubclass(move.on, Action):
            yield (
                f"The move on {move.on.__name__} from “{move.sources[0]}” has a rule or a role, "
                "but a result cannot be refused: use a condition."
            )
        if move.to is None and not issubclass(move.on, Action):
            yield (
                f"The move on {move.on.__name__} from “{move.sources[0]}” stays, but a result must lead on: "
                "what was asked or waited for there is over."
            )
        for source in move.sources:
            if isinstance(procedure.states[source], End):
                yield f"A move on {move.on.__name__} leaves “{source}”, which is an End."


def _expected(state: State) -> tuple[type[Event], ...]:
    if isinstance(state, Asking):
        return (*state.request.answers(), Unavailable)
    if isinstance(state, Wait):
        return (Due,)
    return (GaveUp,) if isinstance(state, Ask) else ()


def _moves(procedure: "Procedure[Any]", source: str, event: type[Event]) -> list[Move]:
    return [move for move in procedure.moves if move.on is event and source in move.sources]


def _totality(procedure: "Procedure[Any]") -> Iterator[str]:
    for name, state in procedure.states.items():
        for event in _expected(state):
            moves = _moves(procedure, name, event)
            if not moves:
                yield f"“{name}” does not handle {event.__name__}."
            elif moves[-1].when is not None:
                yield f"“{name}” may be left without a move on {event.__name__}: its last move has a condition."
        for move in procedure.moves:
            if name in move.sources and not issubclass(move.on, Action) and move.on not in _expected(state):
                yield f"“{name}” handles {move.on.__name__}, which never comes there."


def _shadows(procedure: "Procedure[Any]") -> Iterator[str]:
    for name in procedure.states:
        open_ended: set[type[Event]] = set()
        for move in procedure.moves:
            if name not in move.sources:
                continue
            if move.on in open_ended:
                yield f"A move on {move.on.__name__} from “{name}” is never tried: one before it has no condition."
            if move.when is None:
                open_ended.add(move.on)


def _targets(procedure: "Procedure[Any]", name: str) -> set[str]:
    return {move.to for move in procedure.moves if name in move.sources and move.to is not None}


def _reach(procedure: "Procedure[Any]", start: str) -> set[str]:
    seen: set[str] = set()
    pending = [start]
    while pending:
        here = pending.pop()
        if here not in seen:
            seen.add(here)
            pending.extend(_targets(procedure, here))
    return seen


def _ways(procedure: "Procedure[Any]") -> Iterator[str]:
    reachable = _reach(procedure, procedure.initial)
    for name, state in procedure.states.items():
        if name not in reachable:
            yield f"“{name}” cannot be reached."
        elif not isinstance(state, End):
            if not _targets(procedure, name):
                yield f"“{name}” is a dead end: no move leaves it, and it is not an End."
            elif not any(isinstance(procedure.states[there], End) for there in _reach(procedure, name)):
                yield f"“{name}” can reach no End."


def _money(procedure: "Procedure[Any]") -> Iterator[str]:
    for name, state in procedure.states.items():
        if not isinstance(state, Asking) or not state.request.moves_money:
            continue
        unknown = {Unavailable} | {answer for answer in state.request.answers() if answer.unknown}
        for move in procedure.moves:
            target = procedure.states[move.to] if move.to is not None else None
            looks_up = isinstance(target, Asking) and target.request.looks_up
            if name in move.sources and move.on in unknown and not looks_up:
                yield (
                    f"“{name}” moves money: what happened is unknown on {move.on.__name__}, "
                    f"so that must lead to a look-up, not to “{move.to or name}”."
                )


def _circles(procedure: "Procedure[Any]") -> Iterator[str]:
    """A circle of answers and due times on which no move has a condition would run for ever."""
    unconditional: dict[str, set[str]] = {}
    for move in procedure.moves:
        if move.when is None and not issubclass(move.on, Action):
            for source in move.sources:
                first = _moves(procedure, source, move.on)[0]
                target = source if move.to is None else move.to
                if first is move:
                    unconditional.setdefault(source, set()).add(target)
    told: set[frozenset[str]] = set()
    for name in procedure.states:
        circle = _circle(unconditional, name)
        if circle and frozenset(circle) not in told:
            told.add(frozenset(circle))
            path = " → ".join(f"“{state}”" for state in (*circle, circle[0]))
            yield f"The circle {path} has no condition on it: it would run for ever. Give it a budget."


def _circle(edges: dict[str, set[str]], start: str) -> list[str] | None:
    trail: list[tuple[str, list[str]]] = [(start, [start])]
    seen: set[str] = set()
    while trail:
        here, path = trail.pop()
        for there in sorted(edges.get(here, ())):
            if there == start:
                return path
            if there not in seen:
                seen.add(there)
                trail.append((there, [*path, there]))
    return None
