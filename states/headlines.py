"""Headlines: what a procedure is about, in one line of phrases that stand in English and in bokmål side by side."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeVar

from paystates.engine import Memory, say

M = TypeVar("M", bound=Memory)

BETWEEN: Final = " · "
"""What stands between two phrases."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words with places for facts, in English and in bokmål (`nb`)."""

    en: str
    nb: str

    def __call__(self, **facts: object) -> "Said":
        """Said of a case. A fact is written by its name: `method` and `chosen` are what payment methods are called."""
        return Said(self, facts)


class Said(NamedTuple):
    """A phrase with the facts of a case, not yet in any language."""

    phrase: Phrase
    facts: Mapping[str, object]


class Headline(Generic[M]):
    """A procedure's headline, made of what `parts` says of its memory: in English when it is called.

    >>> from paystates.engine import Memory, say
    >>> invoice = Phrase("invoice {invoice}", "faktura {invoice}")
    >>> Headline(lambda memory: [invoice(invoice="1001")])(Memory())
    'invoice 1001'
    """

    def __init__(self, parts: Callable[[M], Iterable[Said]]) -> None:
        self.parts = parts

    def __call__(self, memory: M) -> str:
        """The line in English."""
        return BETWEEN.join(say(one.phrase.en, one.facts) for one in self.parts(memory))
