"""The words a procedure is written in: events, requests, five kinds of state, moves and rules.

Everything here is frozen data. `machine.py` decides with it, `lint.py` checks it, `model.py` draws it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, ClassVar, Generic, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict

from paystates.engine.words import say


class Event(BaseModel):
    """Something that happened: an answer, a person's action, or time passing. Its literal `kind` is the trigger.

    `unknown`: an answer that says only that it is not known whether money moved.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    unknown: ClassVar[bool] = False
    kind: str


class Action(Event):
    """An event that a person or a service sends: the only kind that may be refused.

    `wakes`: it carries no facts and asks for nothing, it only says that something may have changed outside.
    `secrets`: fields that are never written into the journal, such as a one-time password.
    """

    wakes: ClassVar[bool] = False
    secrets: ClassVar[frozenset[str]] = frozenset()


class Due(Event):
    """The instant a `Wait` waited for has come."""

    kind: Literal["due"] = "due"


class GaveUp(Event):
    """The deadline of an `Ask` has passed unanswered."""

    kind: Literal["gave_up"] = "gave_up"


class Unavailable(Event):
    """A request could not be carried out, retries included: infrastructure, never a business fact."""

    kind: Literal["unavailable"] = "unavailable"
    detail: str = ""


class Cancel(Action):
    """End the procedure at a `Wait` or `Ask`, leaving the world as it is. The runner's own Cancel arrives as this."""

    kind: Literal["cancel"] = "cancel"


A = TypeVar("A")
M = TypeVar("M", bound="Memory")
E = TypeVar("E", bound=Event)


class Request(BaseModel, Generic[A]):
    """A question to the world, generic in the closed union of its answers; an adapter implements it.

    `moves_money`: what happened is unknown when no answer comes, so `Unavailable` must lead to a look-up.
    `looks_up`: finds out what happened, and moves nothing.
    `lasts`: what it does cannot be undone by anything of ours.
    `local`: a short, repeatable read or write of our own store.
    `timeout`: how long one try may take.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    moves_money: ClassVar[bool] = False
    looks_up: ClassVar[bool] = False
    lasts: ClassVar[bool] = False
    local: ClassVar[bool] = False
    timeout: ClassVar[timedelta] = timedelta(seconds=30)
    kind: str

    @classmethod
    def answer_type(cls) -> Any:
        """The union of answers this request was declared with."""
        for base in cls.__mro__:
            metadata = getattr(base, "__pydantic_generic_metadata__", None)
            if metadata and metadata["origin"] is Request:
                return metadata["args"][0]
        message = f"{cls.__name__} does not name its answers: derive it from Request[OneAnswer | Another]"
        raise TypeError(message)

    @classmethod
    @cache
    def answers(cls) -> tuple[type[Event], ...]:
        """The event types this request may be answered with; a `TypeError` when something else is named."""
        answer = cls.answer_type()
        answers = tuple(get_args(answer)) if get_origin(answer) in (Union, UnionType) else (answer,)
        for one in answers:
            if not (isinstance(one, type) and issubclass(one, Event)):
                message = f"{cls.__name__} names {one} as an answer, which is no event"
                raise TypeError(message)
        return answers


class Memory(BaseModel):
    """What a procedure remembers between moves: a frozen model, replaced by `remember`.

    `secrets` names the fields that are shown to nobody, such as a one-time password.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    secrets: ClassVar[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an id, and the roles that were looked up for it (never those it claims)."""

    id: str
    roles: frozenset[str] = frozenset()


@dataclass(slots=True)
class Moment(Generic[M, E]):
    """What a rule or a condition may look at."""

    memory: M
    event: E
    actor: Actor
    now: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something may not be done, and what would help. `source` names the rule number or the document.

    `helps` is the action or procedure of ours that removes it; empty when the remedy lies outside, such as a call to the bank.
    """

    code: str
    sentence: str
    remedy: str
    source: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    helps: str = ""


CANNOT_TELL = "It cannot be told whether this is allowed: {missing} is not known."
"""What every rule says that lacks a fact."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that a rule needs and nobody knows, in words: the rule cannot tell, so it refuses and says what is missing.

    `remedy` is what helps where it is nothing that somebody could enter.
    """

    what: str
    remedy: str = "Have {missing} entered, and try again."


class NotKnownError(Exception):
    """A check asked for a fact that nobody knows. `known` raises it, and the rule answers it: it never leaves the rule."""

    def __init__(self, missing: Missing) -> None:
        """Keep what is missing."""
        super().__init__(missing.what)
        self.missing = missing


F = TypeVar("F")


def known(fact: F | None, missing: Missing) -> F:
    """The fact, for a check that needs it; where nobody knows it, the rule refuses and says so.

    A check takes every fact that may be unknown through this: what it says afterwards, it says of what it has seen.
    """
    if fact is None:
        raise NotKnownError(missing)
    return fact


Check = Callable[[Moment[Any, Any]], Mapping[str, object] | Missing | None]
Condition = Callable[[Moment[Any, Any]], bool]
Remember = Callable[[Any, Any, datetime], Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named guard. Its check answers None when all is well, else the facts that fill sentence and remedy.

    A fact that is a date is kept as `2026-04-30`, and written out where a sentence says `{fact:date}`. `others` are sentence
    and remedy in other languages, by their code. `helps`: see `Refusal`.
    `reads_event`: it looks at the action's own fields, so it can only be asked when the action is there.
    `reads_actor`: it looks at who acts, so it can only be asked for somebody.
    """

    code: str
    check: Check
    sentence: str
    remedy: str
    source: str
    reads_event: bool = False
    reads_actor: bool = False
    helps: str = ""
    others: Mapping[str, tuple[str, str]] = field(default_factory=dict, hash=False)

    def __call__(self, moment: Moment[Any, Any]) -> Refusal | None:
        """The refusal with its facts, or nothing."""
        try:
            facts = self.check(moment)
        except NotKnownError as unknown:
            facts = unknown.missing
        if facts is None:
            return None
        if isinstance(facts, Missing):
            return self._cannot_tell(facts)
        texts = {name: str(value) for name, value in facts.items()}
        return Refusal(self.code, say(self.sentence, texts), say(self.remedy, texts), self.source, texts, self.helps)

    def _cannot_tell(self, fact: Missing) -> Refusal:
        facts = {"missing": fact.what}
        return Refusal(self.code, say(CANNOT_TELL, facts), say(fact.remedy, facts), self.source, facts)


def against(rules: Iterable[Rule], moment: Moment[Any, Any]) -> tuple[Refusal, ...]:
    """All that stands against it, in the order of the rules; nothing: it may be done. What is `Missing` is said once."""
    found: list[Refusal] = []
    missing: set[str] = set()
    for rule in rules:
        refusal = rule(moment)
        if refusal is None:
            continue
        lacks = refusal.facts.get("missing")
        if lacks is None:
            found.append(refusal)
        elif lacks not in missing:
            missing.add(lacks)
            found.append(refusal)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Run:
    """Ask the world: `ask(memory)` makes the request that an adapter answers."""

    request: type[Request[Any]]
    ask: Callable[[Any], Request[Any]]
    title: str


@dataclass(frozen=True, slots=True)
class Each:
    """Ask the world about many things, page by page: `ask(memory)` makes the request for the next page.

    The answer's move is taken with its `remember`; as long as `more(memory)` then holds, it leads back here for the next
    page, and else where it says. `progress(memory)` is how many things are done, and of how many. A page by which nothing
    more is done is the last one, so it always ends.
    """

    request: type[Request[Any]]
    ask: Callable[[Any], Request[Any]]
    more: Callable[[Any], bool]
    progress: Callable[[Any], tuple[int, int]]
    title: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Sleep until an instant, computed by `until(memory, now)` on entry and kept; then `Due`."""

    until: Callable[[Any, datetime], datetime]
    title: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Wait for `who` to act, until an instant computed on entry and kept; then `GaveUp`.

    `alarms`: it is no part of the usual course, and whoever watches over the procedures should see it.
    """

    who: str
    until: Callable[[Any, datetime], datetime]
    title: str
    alarms: bool = False


class Verdict(StrEnum):
    """How a procedure may end."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class End:
    """The procedure is over. `alarms`: as of an `Ask`; somebody should look after what it left behind."""

    verdict: Verdict
    title: str
    alarms: bool = False


State = Run | Each | Wait | Ask | End
Asking = Run | Each
"""The states that ask the world."""


@dataclass(frozen=True, slots=True)
class Move:
    """On an event, from one or more states to another. Moves on the same event are tried in the order declared.

    `when` chooses between moves; the first that holds is taken, and then every rule in `given` must be content.
    On an action it looks at memory and actor: what may be done is also listed, before any action's fields are known.
    `to=None` stays: no new visit, and the timer runs on. `by` are the roles that may send an action.
    """

    on: type[Event]
    source: str | tuple[str, ...]
    to: str | None
    when: Condition | None = None
    given: tuple[Rule, ...] = ()
    by: frozenset[str] = frozenset()
    remember: Remember | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The states it starts from."""
        return (self.source,) if isinstance(self.source, str) else self.source


def kind_of(event: type[Event] | type[Request[Any]]) -> str:
    """The literal tag of an event or request type, its default too; a `TypeError` names the type when it has none."""
    field = event.model_fields["kind"]
    tags = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    if len(tags) != 1 or not isinstance(tags[0], str) or field.default != tags[0]:
        message = f'{event.__name__} has no tag: give it kind: Literal["…"] = "…"'
        raise TypeError(message)
    return tags[0]
