"""The course a run of a procedure takes: where it stands, how it came there, and what it carries along. Knows no Temporal.

The interpreter waits and asks; here it is decided what came of it. A course changes in `decide` only.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

from paystates.engine import (
    Actor,
    Event,
    Moved,
    Procedure,
    Refusal,
    Refused,
    Snapshot,
    State,
    Step,
    step_of,
)
from paystates.engine import Memory as AnyMemory
from paystates.temporal import announce
from paystates.temporal.details import details
from paystates.temporal.messages import Accepted, Allowed, Happened, Resumed, Stand, View

M = TypeVar("M", bound=AnyMemory)

_REMEMBERED, _SHOWN = 100, 20
"""How many of its last decisions a procedure can tell whoever follows it, and shows whoever looks; the journal has all."""
_KNOWN_AGAIN = 50
"""How many of the orders it has taken it knows again when they are repeated."""


class Course(Generic[M]):
    """What `decide` has made of a run so far.

    `sequence` is the number of its last decision. `riding` are steps that no effect has written yet: the next one will.
    """

    def __init__(self, procedure: Procedure[M], snapshot: Snapshot[M]) -> None:
        self.procedure = procedure
        self.snapshot = snapshot
        self.sequence = 0
        self.riding: tuple[Step, ...] = ()
        self.last_refusals: tuple[Refusal, ...] = ()
        self.refused_at: datetime | None = None
        self._taken: set[tuple[str, str, str]] = set()
        self._happened: tuple[Happened, ...] = ()
        self._accepted: dict[str, Accepted] = {}

    @classmethod
    def begin(cls, procedure: Procedure[M], data: Mapping[str, Any], now: datetime) -> "Course[M]":
        """At the beginning; `ValidationError` when the data is no memory of that definition."""
        return cls(procedure, procedure.begin(procedure.memory.model_validate(data), now))

    @classmethod
    def resume(cls, procedure: Procedure[M], resumed: Resumed) -> "Course[M]":
        """Where an earlier run stopped."""
        course = cls(procedure, resumed.stand.read(procedure))
        course.sequence = resumed.sequence
        course.riding = resumed.riding
        course.last_refusals = resumed.last_refusals
        course.refused_at = resumed.refused_at
        course._taken = set(resumed.taken)
        course._happened = resumed.happened
        course._accepted = dict(resumed.accepted)
        return course

    def stopped(self, run: str, *, cancel_requested: bool) -> Resumed:
        """What the next run resumes."""
        return Resumed(
            run=run,
            stand=Stand.of(self.snapshot),
            sequence=self.sequence,
            riding=self.riding,
            taken=tuple(sorted(self._taken)),
            last_refusals=self.last_refusals,
            refused_at=self.refused_at,
            happened=self._happened,
            cancel_requested=cancel_requested,
            accepted=tuple(self._accepted.items())[-_KNOWN_AGAIN:],
        )

    @property
    def state(self) -> State:
        """The state it is in."""
        return self.procedure.states[self.snapshot.state]

    # Moving.

    def decide(self, event: Event, actor: Actor, at: datetime, *, rides: bool = False) -> tuple[Refusal, ...]:
        """Decide and move; the refusals, when it was refused. `rides`: no effect has written it, the next one will."""
        before = self.snapshot
        outcome = self.procedure.decide(before, event, actor, at)
        self.sequence += 1
        if rides:
            self.riding += (step_of(before, self.sequence, event, actor, at, outcome),)
        refusals = outcome.refusals if isinstance(outcome, Refused) else ()
        if isinstance(outcome, Moved):
            self.snapshot = outcome.snapshot
            self._taken.add((before.state, event.kind, outcome.snapshot.state))
        else:
            self.was_refused(refusals, at)
        happened = Happened(
            sequence=self.sequence,
            at=at,
            event=event.kind,
            actor=actor.id,
            target=self.snapshot.state,
            refused=tuple(refusal.code for refusal in refusals),
        )
        self._happened = (*self._happened, happened)[-_REMEMBERED:]
        return refusals

    def was_refused(self, refusals: tuple[Refusal, ...], at: datetime) -> None:
        """What was refused last, for whoever looks."""
        self.last_refusals, self.refused_at = refusals, at

    def accepts(self, request: str | None) -> Accepted:
        """The answer to an order that was taken just now; its request is known again."""
        answer = Accepted(state=self.snapshot.state, visit=self.snapshot.visit)
        if request is not None:
            self._accepted[request] = answer
        return answer

    def accepted(self, request: str | None) -> Accepted | None:
        """What a request was answered by which an order was taken before; None when there was none."""
        return None if request is None else self._accepted.get(request)

    def carried(self) -> None:
        """What rode is written."""
        self.riding = ()

    # Telling.

    def shown(self) -> Stand:
        """Where it stands, without its secrets: what leaves the house in a view or an outcome."""
        return Stand.of(self.snapshot).masked(self.procedure.memory.secrets)

    def view(self, subject: str, now: datetime) -> View:
        """It as people see it."""
        procedure, snapshot = self.procedure, self.snapshot
        return View(
            subject=subject,
            headline=announce.headline(procedure, snapshot.memory),
            title=self.state.title,
            waits_for=announce.waits_for(procedure, snapshot),
            stand=self.shown(),
            allowed=tuple(
                Allowed(action=one.action, refusals=one.refusals, by=one.by) for one in procedure.allowed(snapshot, now)
            ),
            last_refusals=() if procedure.is_over(snapshot) else self.last_refusals,
            taken=tuple(sorted(self._taken)),
            verdict=procedure.verdict(snapshot),
            progress=announce.progress(procedure, snapshot),
            sequence=self.sequence,
        )

    def after(self, sequence: int) -> tuple[Happened, ...]:
        """The decisions after that one, as far back as it remembers."""
        return tuple(one for one in self._happened if one.sequence > sequence)

    def details(self, now: datetime) -> str:
        """What the Temporal UI shows of it when somebody looks."""
        return details(self.procedure, self.snapshot, self.last_refusals, now, self._happened[-_SHOWN:])
