"""Asks the rules outside a move: an effect in the transaction that writes (law 5), or a condition on an answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from paystates.engine import Actor, Event, Moment, Refusal, Rule, against
from states.facts import NewMethod, Picture


@dataclass(frozen=True, slots=True)
class _Remembered:
    picture: Picture
    chosen: str | None
    new: NewMethod | None


class _Question(Event):
    kind: Literal["question"] = "question"


_QUESTION = _Question()


def judge(
    rules: Iterable[Rule],
    picture: Picture,
    actor: Actor,
    now: datetime,
    *,
    chosen: str | None = None,
    new: NewMethod | None = None,
    event: Event = _QUESTION,
) -> tuple[Refusal, ...]:
    """Every reason against it, in the order of the rules; nothing when it may be done.

    `chosen` is the id of the target, `new` a method to be put on file. An action whose own fields are to be judged is `event`.
    """
    moment: Moment[Any, Any] = Moment(_Remembered(picture, chosen, new), event, actor, now)
    return against(rules, moment)
