"""What goes over the wire: how a procedure is started, ordered and viewed, and how it ends. Frozen pydantic models."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from paystates.engine import Action, Procedure, Refusal, Snapshot, Step, Verdict

A = TypeVar("A")


class Message(BaseModel):
    """Frozen, and closed: a field nobody knows is an error, not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Stand(Message):
    """A snapshot in plain data: memory has the shape of the definition it names, which validates it."""

    definition: str
    state: str
    visit: int
    memory: dict[str, Any]
    since: datetime
    due: datetime | None = None

    @classmethod
    def of(cls, snapshot: Snapshot[Any]) -> "Stand":
        """Write a snapshot down."""
        return cls(
            definition=snapshot.definition,
            state=snapshot.state,
            visit=snapshot.visit,
            memory=snapshot.memory.model_dump(mode="json"),
            since=snapshot.since,
            due=snapshot.due,
        )

    def masked(self, secrets: frozenset[str]) -> "Stand":
        """The same to be looked at: of a secret it tells only that there is one."""
        hidden = {name: "(hidden)" for name in secrets if self.memory.get(name) is not None}
        return self.model_copy(update={"memory": {**self.memory, **hidden}})

    def read(self, procedure: Procedure[Any]) -> Snapshot[Any]:
        """Read it back, with the definition it names; `ValidationError` when the memory has another shape."""
        memory = procedure.memory.model_validate(self.memory)
        return Snapshot(self.definition, self.state, self.visit, memory, self.since, self.due)


@dataclass(frozen=True, slots=True)
class Happened:
    """One decision in brief: its number, when, what, who, and where it led or why it was refused (codes)."""

    sequence: int
    at: datetime
    event: str
    actor: str
    target: str
    refused: tuple[str, ...] = ()


class Accepted(Message):
    """The order was taken: where the procedure went because of it."""

    state: str
    visit: int


class Resumed(Message):
    """Where an earlier run of the same procedure stopped, for continue-as-new. `run` is what the book knows all of them by.

    `accepted`: the orders taken last, by the names of their requests. The server knows those of one run only.
    """

    run: str | None = None
    stand: Stand
    sequence: int
    riding: tuple[Step, ...] = ()
    taken: tuple[tuple[str, str, str], ...] = ()
    last_refusals: tuple[Refusal, ...] = ()
    refused_at: datetime | None = None
    happened: tuple[Happened, ...] = ()
    cancel_requested: bool = False
    accepted: tuple[tuple[str, Accepted], ...] = ()


class Start(Message):
    """Start a procedure: the definition is pinned here, and its memory validates `data`.

    `renew_after`: history events after which the run continues as new (the server's own suggestion is honoured too).
    """

    definition: str
    data: dict[str, Any] = Field(default_factory=dict)
    resumed: Resumed | None = None
    renew_after: int = Field(default=10_000, ge=5)


class Order(Message, Generic[A]):
    """An action, who sends it, and optionally the visit its sender saw: when that is over, the order is *overtaken*."""

    actor: str
    action: A
    seen: int | None = None


OVERTAKEN = Refusal(
    "OVERTAKEN",
    "The procedure has moved on since you looked.",
    "Look at it again, and repeat the action if it still fits.",
)
"""Why an order is refused whose sender saw what is over."""

BOOK_AWAY = Refusal(
    "CANNOT_TELL",
    "The account book cannot be reached, so your roles cannot be looked up.",
    "Try again in a few minutes; nothing has changed.",
)
"""Why an order is refused that nobody could consider. It is no answer: sent again, the same order may be accepted."""


class Allowed(Message):
    """One action: what stands against it now as far as memory tells, and who may send it (nobody named: anybody)."""

    action: str
    refusals: tuple[Refusal, ...] = ()
    by: tuple[str, ...] = ()


class View(Message):
    """A procedure as people see it. `sequence`: the number of its last decision, the journal's cursor.

    `progress`: in the middle of many things, how many are done, and of how many.
    """

    subject: str
    headline: str
    title: str
    waits_for: str
    stand: Stand
    allowed: tuple[Allowed, ...]
    last_refusals: tuple[Refusal, ...] = ()
    taken: tuple[tuple[str, str, str], ...] = ()
    verdict: Verdict | None = None
    progress: tuple[int, int] | None = None
    sequence: int = 0


class Outcome(Message):
    """How a procedure ended, and what it remembers."""

    subject: str
    definition: str
    verdict: Verdict
    state: str
    title: str
    memory: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Releases:
    """The definitions a worker keeps: every released version of every procedure."""

    procedures: Mapping[str, Procedure[Any]]

    def get(self, definition: str) -> Procedure[Any]:
        """The procedure of that id; `UnknownDefinition` names those that are kept."""
        procedure = self.procedures.get(definition)
        if procedure is None:
            raise UnknownDefinition(definition, sorted(self.procedures))
        return procedure


class UnknownDefinition(Exception):
    """This worker does not keep the definition a procedure is pinned to. It waits until a worker comes that does."""

    def __init__(self, definition: str, kept: list[str]) -> None:
        super().__init__(f"{definition} is not kept by this worker, which has {', '.join(kept)}: deploy one that keeps it")


def action_data(action: Action) -> dict[str, Any]:
    """An action as plain data, its tag included."""
    return action.model_dump(mode="json")
