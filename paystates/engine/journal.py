"""What is kept of a decision (`Step`), and what an effect is given to keep it in its own transaction (`Errand`).

`Scope` says whom a procedure concerns: that is where the journal is kept, and where the roles of whoever acts must be held.

An effect needs the decision that its answer causes, to write the journal together with what it did; the driver needs it to go
on. In one process both ask the same errand, which decides once. On the server the driver is elsewhere and decides again, with
the same snapshot, answer and instant: `decide` is pure, so both come to the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import PlainSerializer

from paystates.engine.machine import Moved, Procedure, Refused, Snapshot
from paystates.engine.vocabulary import Action, Actor, Event, Refusal, Request, kind_of

HOUSE = Actor("paystates", frozenset({"service"}))
"""Who is named when time passes or the world answers."""

Roles = Annotated[frozenset[str], PlainSerializer(sorted, return_type=list[str])]
"""Roles, in the order of their names where they are written down."""

A_co = TypeVar("A_co", bound=Event, covariant=True)
R = TypeVar("R", bound=Request[Any])
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Scope:
    """The account a procedure concerns and, where a billing profile pays, that profile; None: it does not know, or none does."""

    account: str | None = None
    profile: str | None = None

    @classmethod
    def of(cls, procedure: Procedure[Any], memory: Any) -> Self:
        """What the procedure's attributes say of it, under the names of the fields."""
        named = procedure.attributes(memory) if procedure.attributes else {}
        return cls(*(str(named[name]) if name in named else None for name in ("account", "profile")))


@dataclass(frozen=True, slots=True)
class Step:
    """One decision: who, when, what, from where to where. A refusal stays where it was, and has its reasons in `refusals`.

    So has an end that is refused or failed: the reasons for it.

    `event` is the event's data as JSON types; `kind` its tag. `sequence` counts the decisions of a run from 1.
    `roles` are those of whoever acted, as it was decided; None where nobody did. `order` names the order that was decided,
    so that the same one is known again.
    """

    sequence: int
    at: datetime
    definition: str
    actor: str
    kind: str
    event: Mapping[str, Any]
    source: str
    target: str
    refusals: tuple[Refusal, ...] = ()
    roles: Roles | None = None
    order: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether it was taken."""
        return not self.refusals or self.source != self.target


def step_of(
    snapshot: Snapshot[Any],
    sequence: int,
    event: Event,
    actor: Actor,
    now: datetime,
    outcome: Moved[Any] | Refused,
    order: str | None = None,
) -> Step:
    """Put a decision into the journal's form."""
    return Step(
        sequence=sequence,
        at=now,
        definition=snapshot.definition,
        actor=actor.id,
        kind=event.kind,
        event=event.model_dump(mode="json", exclude={"kind", *(event.secrets if isinstance(event, Action) else ())}),
        source=snapshot.state,
        target=outcome.snapshot.state if isinstance(outcome, Moved) else snapshot.state,
        refusals=outcome.refusals if isinstance(outcome, Refused) else outcome.reasons,
        roles=actor.roles if isinstance(event, Action) else None,
        order=order,
    )


@dataclass(frozen=True, slots=True)
class Errand(Generic[R]):
    """A request on its way to the world, with what its effect needs to keep the journal.

    `riding` are earlier steps that no effect has carried yet; `now` is the one instant at which all of it happens. `origin` is
    the first of the runs that came of the same start, where this one was made of it by a Reset: it is the same wish.
    """

    request: R
    procedure: Procedure[Any]
    subject: str
    run: str
    snapshot: Snapshot[Any]
    sequence: int
    riding: tuple[Step, ...]
    now: datetime
    origin: str | None = None
    _decided: list[tuple[Event, Step, Moved[Any] | Refused]] = field(default_factory=list, init=False, repr=False, compare=False)

    def decision(self, answer: Event) -> tuple[Step, Moved[Any] | Refused]:
        """What the request being answered so leads to, and how the journal tells it. Decided once for each answer."""
        for known, step, outcome in self._decided:
            if known is answer:
                return step, outcome
        outcome = self.procedure.decide(self.snapshot, answer, HOUSE, self.now)
        step = step_of(self.snapshot, self.sequence, answer, HOUSE, self.now, outcome)
        self._decided.append((answer, step, outcome))
        return step, outcome

    def steps(self, answer: Event) -> tuple[Step, ...]:
        """What the journal must keep when the request is answered so: the riding steps, and the answer's own."""
        return (*self.riding, self.decision(answer)[0])


def answered_before(step: Step | None, errand: Errand[Any]) -> Event | None:
    """What this very errand was answered, when its effect has committed and only its reply was lost; None when it was not.

    `step` is what the journal has under the errand's subject, run and sequence. A driver that begins again from what it
    remembers (a worker that was killed takes more with it than its last effect) asks for what has been done already, and the
    world is no longer as it was when that was asked first. A request that moves money is never repeated, so not this one.
    """
    request = type(errand.request)
    if step is None or not step.accepted or step.source != errand.snapshot.state or request.moves_money:
        return None
    answer = next((one for one in request.answers() if kind_of(one) == step.kind), None)
    return None if answer is None else answer.model_validate({**step.event, "kind": step.kind})


Effect = Callable[[D, Errand[Any]], Event]


class Effects(Generic[D]):
    """Which function carries out which request, for a desk of type `D` that holds the adapters.

    `@effects.implements(Charge)` takes a function from (desk, errand) to one of the answers `Charge` names; a type
    checker refuses any other answer.
    """

    def __init__(self) -> None:
        self.by_request: dict[type[Request[Any]], Effect[D]] = {}

    def implements(
        self, request: type[Request[A_co]]
    ) -> Callable[[Callable[[D, Errand[Any]], A_co]], Callable[[D, Errand[Any]], A_co]]:
        """Register the function; a second one for the same request is a `ValueError`."""

        def register(function: Callable[[D, Errand[Any]], A_co]) -> Callable[[D, Errand[Any]], A_co]:
            if request in self.by_request:
                message = f"{request.__name__} is implemented already, by {self.by_request[request].__name__}"
                raise ValueError(message)
            self.by_request[request] = function
            return function

        return register
