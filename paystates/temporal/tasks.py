"""What a procedure has its worker do, over the wire: carry out an effect, decide an order, keep steps. Frozen pydantic models.

Apart from `messages`, which is what the front desk says: who only starts procedures and acts on them need not know of this.
"""

from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Discriminator

from paystates.engine import Procedure, Request, Roles, Snapshot, Step
from paystates.temporal.messages import Message

A = TypeVar("A")
R = TypeVar("R", bound=Request[Any])


class Task(Message, Generic[R]):
    """An errand on the wire. In the snapshot's place for its memory there travels plain data: `read_back` gives it its shape."""

    request: R
    subject: str
    run: str
    stand: Snapshot[Any]
    sequence: int
    riding: tuple[Step, ...] = ()
    origin: str | None = None


class Answered(Message, Generic[A]):
    """The answer, and the instant at which the effect decided it."""

    event: A
    at: datetime


class Deliberation(Message):
    """An order on its way to the book: whose roles are looked up, and whose decision is written in the same transaction.

    `order` names it: the same one is answered once.
    """

    subject: str
    run: str
    stand: Snapshot[Any]
    sequence: int
    actor: str
    action: dict[str, Any]
    order: str | None = None
    riding: tuple[Step, ...] = ()


class Deliberated(Message):
    """The roles the actor had, and the instant at which the order was decided."""

    roles: Roles
    at: datetime


class Keep(Message):
    """Steps that no effect carries, to be written by themselves."""

    subject: str
    run: str
    steps: tuple[Step, ...]
    account: str | None = None


def union_of(request: type[Request[Any]]) -> Any:
    """The answers of a request as one type that tells them apart by their tag."""
    answer = request.answer_type()
    return Annotated[answer, Discriminator("kind")] if len(request.answers()) > 1 else answer


@cache
def answered_type(request: type[Request[Any]]) -> Any:
    """`Answered` for the answers of a request."""
    return Answered.__class_getitem__(union_of(request))


@cache
def task_type(request: type[Request[Any]]) -> Any:
    """`Task` for a request."""
    return Task.__class_getitem__(request)


def read_back(snapshot: Snapshot[Any], procedure: Procedure[Any]) -> Snapshot[Any]:
    """A snapshot that came over the wire with plain data for its memory, as it was; `ValidationError` for another shape."""
    return replace(snapshot, memory=procedure.memory.model_validate(snapshot.memory))
