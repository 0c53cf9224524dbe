"""The in-memory driver: walks a procedure on a virtual clock, in milliseconds, deciding as the server's driver does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol

from paystates.engine.journal import HOUSE, Errand, Step, step_of
from paystates.engine.machine import Moved, Procedure, Refused
from paystates.engine.vocabulary import (
    Actor,
    Ask,
    Asking,
    Due,
    Event,
    GaveUp,
    M,
    Refusal,
    Request,
    Unavailable,
    Wait,
    kind_of,
)


class World(Protocol):
    """What answers requests in memory. `journal` receives the steps that no effect carries."""

    def answer(self, errand: Errand[Request[Any]]) -> Event:
        """Carry out the request at `errand.now`, keep `errand.steps(answer)`, and answer it."""

    def journal(self, subject: str, run: str, steps: tuple[Step, ...]) -> None:
        """Keep steps that a person caused, or that came last."""


@dataclass(slots=True)
class Answers:
    """The simplest world: a function from request to answer, and a journal that is a list."""

    reply: Callable[[Request[Any]], Event]

    def answer(self, errand: Errand[Request[Any]]) -> Event:
        """Ask the function."""
        return self.reply(errand.request)

    def journal(self, subject: str, run: str, steps: tuple[Step, ...]) -> None:
        """Nothing to do: the walk's own `steps` are the journal."""


class Walk(Generic[M]):
    """A procedure under way in memory. It rests at a `Wait`, an `Ask` or an `End`; requests are answered at once.

    >>> from typing import Literal
    >>> from datetime import UTC, datetime, timedelta
    >>> from paystates.engine import *
    >>> class Knocked(Event):
    ...     kind: Literal["knocked"] = "knocked"
    >>> class Knock(Request[Knocked]):
    ...     kind: Literal["knock"] = "knock"
    >>> class Door(Memory):
    ...     knocks: int = 0
    >>> def knock(memory: Door) -> Knock:
    ...     return Knock()
    >>> def counted(memory: Door, event: Knocked, now: datetime) -> Door:
    ...     return Door(knocks=memory.knocks + 1)
    >>> def enough(moment: Moment) -> bool:
    ...     return moment.memory.knocks >= 2
    >>> def tomorrow(memory: Door, now: datetime) -> datetime:
    ...     return now + timedelta(days=1)
    >>> patience = Procedure(
    ...     name="patience", version=1, memory=Door, initial="knocking",
    ...     states={
    ...         "knocking": Run(Knock, knock, "Knocks"),
    ...         "waiting": Wait(tomorrow, "Waits a day"),
    ...         "gone": End(Verdict.DONE, "Went home"),
    ...     },
    ...     moves=[
    ...         Move(Knocked, "knocking", "gone", when=enough, remember=counted),
    ...         Move(Knocked, "knocking", "waiting", remember=counted),
    ...         Move(Unavailable, "knocking", "gone"),
    ...         Move(Due, "waiting", "knocking"),
    ...     ],
    ... )
    >>> walk = Walk(patience, Door(), Answers(lambda request: Knocked()), datetime(2026, 3, 2, tzinfo=UTC))
    >>> while walk.due:
    ...     walk.travel(walk.due)
    >>> walk.state, walk.now.day, [step.kind for step in walk.steps]
    ('gone', 4, ['knocked', 'due', 'knocked', 'due', 'knocked'])
    """

    def __init__(
        self,
        procedure: Procedure[M],
        memory: M,
        world: World,
        now: datetime,
        subject: str = "walk",
        run: str = "1",
        *,
        stepwise: bool = False,
    ) -> None:
        """Begin at `now`, and go as far as the first rest. `subject` and `run` are what the journal calls it.

        `stepwise`: it asks the world only when `step` is called, so that several can be made to race.
        """
        self.procedure = procedure
        self.world = world
        self.now = now
        self.subject = subject
        self.run = run
        self.stepwise = stepwise
        self.steps: list[Step] = []
        self.riding: tuple[Step, ...] = ()
        self.snapshot = procedure.begin(memory, now)
        self._go_on()

    @property
    def state(self) -> str:
        """Where it stands."""
        return self.snapshot.state

    @property
    def due(self) -> datetime | None:
        """When time will move it on by itself."""
        return self.snapshot.due

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.procedure.is_over(self.snapshot)

    def travel(self, to: datetime) -> None:
        """Let time pass until `to`, through every due instant on the way."""
        while (due := self.snapshot.due) is not None and due <= to:
            self.now = max(self.now, due)
            state = self.procedure.states[self.snapshot.state]
            step, _ = self._decide(Due() if isinstance(state, Wait) else GaveUp(), HOUSE)
            self.riding += (step,)
            self._go_on()
        self.now = max(self.now, to)

    def act(self, action: Event, actor: Actor = HOUSE) -> tuple[Refusal, ...]:
        """Let somebody act now; the refusals, none when it was taken."""
        step, outcome = self._decide(action, actor)
        self.world.journal(self.subject, self.run, (*self.riding, step))
        self.riding = ()
        if isinstance(outcome, Moved):
            self._go_on()
            return ()
        return outcome.refusals

    def _decide(self, event: Event, actor: Actor) -> tuple[Step, Moved[M] | Refused]:
        outcome = self.procedure.decide(self.snapshot, event, actor, self.now)
        step = step_of(self.snapshot, len(self.steps) + 1, event, actor, self.now, outcome)
        self._take(step, outcome)
        return step, outcome

    def _take(self, step: Step, outcome: Moved[M] | Refused) -> None:
        self.steps.append(step)
        if isinstance(outcome, Moved):
            self.snapshot = outcome.snapshot

    def _go_on(self) -> None:
        if not self.stepwise:
            while self.step():
                pass
        if self.is_over and self.riding:
            self._keep_riding()

    def step(self) -> bool:
        """Ask the world once; False when there is nothing to ask, because it rests."""
        state = self.procedure.states[self.snapshot.state]
        if not isinstance(state, Asking):
            return False
        errand = Errand(
            state.ask(self.snapshot.memory),
            self.procedure,
            self.subject,
            self.run,
            self.snapshot,
            len(self.steps) + 1,
            self.riding,
            self.now,
        )
        answer = self.world.answer(errand)
        step, outcome = errand.decision(answer)
        self._take(step, outcome)
        if isinstance(outcome, Refused):
            message = f"{kind_of(state.request)} cannot be answered with {answer.kind}"
            raise ValueError(message)  # noqa: TRY004 - what is wrong is the answer, not the type of `outcome`
        # What was riding is kept by the effect, unless there was none.
        self.riding = (*self.riding, step) if isinstance(answer, Unavailable) else ()
        if self.is_over and self.riding:
            self._keep_riding()
        return True

    def _keep_riding(self) -> None:
        self.world.journal(self.subject, self.run, self.riding)
        self.riding = ()

    @property
    def asks(self) -> str | None:
        """Whom it waits for, None unless it stands at an `Ask`."""
        state = self.procedure.states[self.snapshot.state]
        return state.who if isinstance(state, Ask) else None
