"""The heart: a `Procedure` is the table, `decide` reads it. Pure, total, and the only place where states change.

The table compiles to one shared `transitions.Machine`, fired with a throw-away token. Every move is guarded by one
object that evaluates *all* its rules and keeps every refusal, so nothing is refused silently.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Generic

from transitions import Event as Trigger
from transitions import EventData, Machine, Transition

from paystates.engine.lint import DefinitionError, problems
from paystates.engine.story import Story
from paystates.engine.vocabulary import (
    Action,
    Actor,
    Ask,
    Asking,
    Each,
    End,
    Event,
    M,
    Moment,
    Move,
    Refusal,
    State,
    Unavailable,
    Verdict,
    Wait,
    against,
    kind_of,
)


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[M]):
    """A procedure at rest between two decisions.

    `visit` counts entries into states; `{state}:{visit}` stamps what was asked there, so that a late answer is
    recognised. `due` is the instant a `Wait` or `Ask` ends, None elsewhere.
    """

    definition: str
    state: str
    visit: int
    memory: M
    since: datetime
    due: datetime | None = None

    @property
    def stamp(self) -> str:
        """What an answer or a timer of this visit carries."""
        return f"{self.state}:{self.visit}"


@dataclass(frozen=True, slots=True)
class Moved(Generic[M]):
    """The event was taken: this is where the procedure stands now. `reasons`: why, where it ended as refused or failed."""

    snapshot: Snapshot[M]
    move: Move
    reasons: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The event was not taken: all the reasons at once. Nothing has changed."""

    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Possibility:
    """An action and what, as far as memory tells, stands against it now (nothing: it would be taken)."""

    action: str
    refusals: tuple[Refusal, ...]
    by: tuple[str, ...]


class _Token:
    """The model that one trigger of the shared machine moves, and throws away."""

    __slots__ = ("chosen", "moment", "refusals", "state")

    def __init__(self, state: str, moment: Moment[Any, Any]) -> None:
        self.state = state
        self.moment = moment
        self.chosen: Move | None = None
        self.refusals: tuple[Refusal, ...] = ()


class _Guard:
    """One object per move: the condition chooses, then every rule is asked and every refusal kept."""

    __slots__ = ("by", "given", "move", "not_allowed", "when")

    def __init__(self, move: Move) -> None:
        self.move = move
        self.when = move.when
        self.given = move.given
        self.by = move.by
        self.not_allowed = _not_allowed(move)

    def __call__(self, event_data: EventData) -> bool:
        token: _Token = event_data.model  # type: ignore[assignment]  # transitions types its models as object
        if token.chosen is not None:  # an earlier move was chosen and refused: a later one is no way round its rules
            return False
        moment = token.moment
        if self.when is not None and not self.when(moment):
            return False
        token.chosen = self.move
        refusals = [*against(self.given, moment)]
        if self.by and self.by.isdisjoint(moment.actor.roles):
            refusals.insert(0, self.not_allowed)
        token.refusals = tuple(refusals)
        return not refusals


class _Row(Transition):
    """A row of the table, guarded by one object. There are no callbacks here, so the stations for them are left out."""

    def execute(self, event_data: EventData) -> bool:
        """Whether the guard lets it through; then the token stands where the row leads."""
        guard: Any = self.conditions[0].func
        token: Any = event_data.model
        if not guard(event_data):
            return False
        token.state = self.dest or self.source
        return True


class _Rows(Trigger):
    """All rows of one kind of event: the first that lets it through. Without callbacks nothing is queued or cleared up."""

    def trigger(self, model: Any, *args: Any, **kwargs: Any) -> bool:
        """Whether one of them did."""
        fired = EventData(None, self, self.machine, model, args, kwargs)
        for row in self.transitions.get(model.state, ()):  # noqa: SIM110 - a generator for each decision costs what it saves in lines
            if row.execute(fired):
                return True
        return False


class _Table(Machine):
    event_cls = _Rows
    transition_cls = _Row


_NOBODY = Actor("")
_AGAINST = frozenset({Verdict.REFUSED, Verdict.FAILED})
"""The ends that need reasons."""


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _not_allowed(move: Move) -> Refusal:
    roles = ", ".join(_words(role) for role in sorted(move.by))
    return Refusal(
        "NOT_ALLOWED",
        f"“{_words(kind_of(move.on))}” may be done only by: {roles}.",
        f"Ask somebody who is {roles} to do it.",
        "G1",
        {"action": _words(kind_of(move.on)), "roles": roles},
    )


class Procedure(Generic[M]):
    """A procedure, declared once as data and checked when it is constructed (`DefinitionError` lists every problem).

    >>> from typing import Literal
    >>> from datetime import UTC, datetime, timedelta
    >>> from paystates.engine import Action, Actor, Ask, End, GaveUp, Memory, Move, Procedure, Verdict
    >>> class Approve(Action):
    ...     kind: Literal["approve"] = "approve"
    >>> class Nothing(Memory):
    ...     pass
    >>> def in_a_week(memory: Nothing, now: datetime) -> datetime:
    ...     return now + timedelta(days=7)
    >>> approval = Procedure(
    ...     name="approval", version=1, memory=Nothing, initial="asking",
    ...     states={
    ...         "asking": Ask("the manager", in_a_week, "Waits for approval"),
    ...         "approved": End(Verdict.DONE, "Approved"),
    ...         "lapsed": End(Verdict.FAILED, "Nobody answered"),
    ...     },
    ...     moves=[Move(Approve, "asking", "approved"), Move(GaveUp, "asking", "lapsed")],
    ... )
    >>> start = approval.begin(Nothing(), datetime(2026, 3, 2, tzinfo=UTC))
    >>> step = approval.decide(start, Approve(), Actor("anna"), datetime(2026, 3, 4, tzinfo=UTC))
    >>> step.snapshot.state
    'approved'
    """

    def __init__(  # noqa: PLR0913 - the parts of a declaration, each by its name
        self,
        *,
        name: str,
        version: int,
        memory: type[M],
        initial: str,
        states: Mapping[str, State],
        moves: Iterable[Move],
        headline: Callable[[M], str] | None = None,
        attributes: Callable[[M], Mapping[str, str | int]] | None = None,
        story: Callable[[M, str, datetime], Story] | None = None,
        reasons: Callable[[M], tuple[Refusal, ...]] | None = None,
    ) -> None:
        """Declare it. `headline` says in one line what it is about; `attributes` are what people search by.

        Of these, "account" and "profile" say whom it concerns: there roles count, and the journal is kept (`Scope`).
        `story` is what it tells people of itself, by memory and state, at an instant, and `reasons` are what it remembers against
        what was wished, for the end that it came to: no parts of its meaning, they decide nothing.
        """
        self.name = name
        self.version = version
        self.id = f"{name}@{version}"
        self.memory = memory
        self.initial = initial
        self.states = dict(states)
        self.moves = tuple(moves)
        self.headline = headline
        self.attributes = attributes
        self.story = story
        self.reasons = reasons
        found = problems(self)
        if found:
            raise DefinitionError(self.id, found)
        self._until = {state_name: state.until for state_name, state in self.states.items() if isinstance(state, Wait | Ask)}
        self._compile()

    def _compile(self) -> None:
        self._machine = _Table(
            model=None,
            states=list(self.states),
            initial=self.initial,
            auto_transitions=False,
            queued=False,
            send_event=True,
        )
        self._by_kind: dict[str, dict[str, list[Move]]] = {}
        for move in self.moves:
            kind = kind_of(move.on)
            guard = _Guard(move)
            for source in move.sources:
                self._machine.add_transition(kind, source, move.to, conditions=guard)
                self._by_kind.setdefault(kind, {}).setdefault(source, []).append(move)
        self._events = {kind_of(move.on): move.on for move in self.moves}
        self._triggers = {kind: self._machine.events[kind].trigger for kind in self._by_kind}

    @cached_property
    def actions(self) -> dict[str, type[Action]]:
        """The actions it knows, by kind."""
        return {kind_of(move.on): move.on for move in self.moves if issubclass(move.on, Action)}

    @cached_property
    def _blank(self) -> dict[str, Action]:
        """An action of each kind without its fields: what rules that do not read them are asked about."""
        return {kind: action.model_construct(kind=kind) for kind, action in self.actions.items()}

    def begin(self, memory: M, now: datetime) -> Snapshot[M]:
        """The first snapshot."""
        return Snapshot(self.id, self.initial, 1, memory, now, self._due(self.initial, memory, now))

    def _due(self, state: str, memory: M, now: datetime) -> datetime | None:
        until = self._until.get(state)
        return None if until is None else until(memory, now)

    def decide(self, snapshot: Snapshot[M], event: Event, actor: Actor, now: datetime) -> Moved[M] | Refused:
        """Where the event leads, or every reason why it leads nowhere. Pure and total: it never raises for an event.

        An event of another procedure is not possible here, even when it bears a tag that is known here.
        """
        kind = event.kind
        if not isinstance(event, self._events.get(kind, ())) or snapshot.state not in self._by_kind[kind]:
            return Refused((self.not_possible(snapshot.state, kind, actor),))
        token = _Token(snapshot.state, Moment(snapshot.memory, event, actor, now))
        if not self._triggers[kind](token):
            return Refused(token.refusals or (self.not_possible(snapshot.state, kind, actor),))
        move = token.chosen
        assert move is not None  # noqa: S101 - a trigger that fired has chosen; tells the type checker
        memory = snapshot.memory if move.remember is None else move.remember(snapshot.memory, event, now)
        if move.to is None:
            return Moved(
                Snapshot(snapshot.definition, snapshot.state, snapshot.visit, memory, snapshot.since, snapshot.due),
                move,
            )
        to = snapshot.state if self._goes_on(snapshot, event, memory) else move.to
        moved = Snapshot(snapshot.definition, to, snapshot.visit + 1, memory, now, self._due(to, memory, now))
        return Moved(moved, move, self._reasons(moved))

    def _reasons(self, snapshot: Snapshot[M]) -> tuple[Refusal, ...]:
        """Why it ended so. Of one that is done, or was given up by whoever began it, what was once against it is no reason."""
        if self.reasons is None or self.verdict(snapshot) not in _AGAINST:
            return ()
        return self.reasons(snapshot.memory)

    def _goes_on(self, snapshot: Snapshot[M], event: Event, memory: M) -> bool:
        """Whether the answer to one page is followed by the next."""
        state = self.states[snapshot.state]
        if not isinstance(state, Each) or isinstance(event, Action | Unavailable):
            return False
        return state.more(memory) and state.progress(memory)[0] > state.progress(snapshot.memory)[0]

    def not_possible(self, state: str, kind: str, actor: Actor | None = None) -> Refusal:
        """That an action is not possible in a state. It names what is: to the actor by its roles, else to others.

        `actor` None: nobody knows yet who asks, so all that is possible to anybody is named.
        """
        others = [one for one in self.possible(state) if one != kind]
        theirs = [one for one in others if actor is not None and self._may(actor, one, state)]
        possible = ", ".join(map(_words, theirs or others)) or "nothing"
        title = self.states[state].title
        return Refusal(
            "NOT_POSSIBLE_NOW",
            f"“{_words(kind)}” is not possible now ({title}).",
            f"Possible now: {possible}.",
            "",
            {"action": _words(kind), "state": state, "title": title, "possible": possible},
        )

    def _may(self, actor: Actor, kind: str, state: str) -> bool:
        return any(not move.by or move.by & actor.roles for move in self._by_kind[kind][state])

    def possible(self, state: str) -> list[str]:
        """The kinds of action that some move takes from this state, rules aside, in the order they are declared."""
        return [kind for kind in self.actions if state in self._by_kind[kind]]

    def possible_soon(self, state: str) -> set[str]:
        """What is possible here, or right after an answer: what an order given during a `Run` or `Each` may hope for."""
        seen: set[str] = set()
        kinds: set[str] = set()
        pending = [state]
        while pending:
            here = pending.pop()
            if here in seen:
                continue
            seen.add(here)
            kinds.update(self.possible(here))
            if isinstance(self.states[here], Asking):
                pending.extend(move.to for move in self.moves if here in move.sources and move.to is not None)
        return kinds

    def allowed(self, snapshot: Snapshot[M], now: datetime, actor: Actor | None = None) -> list[Possibility]:
        """What may be done now, each with the refusals that memory (and the actor's roles, when given) already tell."""
        rows = []
        for kind in self.possible(snapshot.state):
            moment = Moment(snapshot.memory, self._blank[kind], actor or _NOBODY, now)
            move = next((m for m in self._by_kind[kind][snapshot.state] if m.when is None or m.when(moment)), None)
            if move is None:
                rows.append(Possibility(kind, (self.not_possible(snapshot.state, kind, actor),), ()))
                continue
            asked = [rule for rule in move.given if not rule.reads_event and (actor is not None or not rule.reads_actor)]
            refusals = [*against(asked, moment)]
            if actor is not None and move.by and move.by.isdisjoint(actor.roles):
                refusals.insert(0, _not_allowed(move))
            rows.append(Possibility(kind, tuple(refusals), tuple(sorted(move.by))))
        return rows

    def is_over(self, snapshot: Snapshot[M]) -> bool:
        """Whether it has ended."""
        return isinstance(self.states[snapshot.state], End)

    def verdict(self, snapshot: Snapshot[M]) -> Verdict | None:
        """How it ended, None while it runs."""
        state = self.states[snapshot.state]
        return state.verdict if isinstance(state, End) else None
