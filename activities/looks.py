"""Effects that only look at the book: what they would answer can be had without carrying them out, by whoever asks beforehand."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from activities.desk import Desk, conclude, effects
from paystates.engine import Errand, Event, Request
from store.port import Pages

A_co = TypeVar("A_co", bound=Event, covariant=True)


@dataclass(frozen=True, slots=True)
class Seen(Generic[A_co]):
    """What a look is answered, and the account that it is kept under in the journal."""

    answer: A_co
    account: str | None


Look = Callable[[Pages, Errand[Any]], Seen[A_co]]

LOOKS: Final[dict[type[Request[Any]], Look[Event]]] = {}
"""Which look answers which request. None of them writes, so each may be asked of pages that are only read."""


def only_looks(request: type[Request[A_co]]) -> Callable[[Look[A_co]], Look[A_co]]:
    """Make the effect of a look: it reads, and keeps the journal, in one transaction."""

    def register(look: Look[A_co]) -> Look[A_co]:
        @effects.implements(request)
        def carried_out(desk: Desk, errand: Errand[Any]) -> A_co:
            with desk.book.transaction() as pages:
                seen = look(pages, errand)
                conclude(pages, errand, seen.answer, seen.account)
            return seen.answer

        LOOKS[request] = look
        return look

    return register
