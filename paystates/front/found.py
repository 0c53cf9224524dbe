"""What a person who is asked must know of what was found: why they are asked again, and what there is to pay."""

from collections.abc import Iterator

from domain.money import Money
from paystates.engine import Refusal
from paystates.front.languages import last, told
from paystates.temporal.messages import View
from states.procedures import RELEASED
from states.settle_functions import Memory
from states.settling import Balance
from states.settling_story import due


def found_last(seen: View, language: str = "en") -> tuple[tuple[Refusal, ...], str]:
    """All reasons against what was wished, or else what happened last.

    Neither once it has ended, when its outcome tells them, nor of a retry, whose journal does.
    """
    if seen.verdict is not None or seen.stand.definition.partition("@")[0] == "charge-retry":
        return (), ""
    memory = seen.stand.memory
    reasons = told([Refusal(**one) for one in memory.get("refusals") or ()], language)
    return reasons, "" if reasons else last(str(memory.get("last") or ""), language)


def debts(seen: View) -> Iterator[tuple[str, str]]:
    """What a settlement would pay, as it was last read: each invoice and its amount. Of what has ended nothing is to be paid."""
    procedure = RELEASED.get(seen.stand.definition)
    if procedure is None or seen.verdict is not None or not seen.stand.memory:
        return
    memory = seen.stand.read(procedure).memory
    if isinstance(memory, Memory) and isinstance(memory.picture, Balance):
        for bill in due(memory.picture, memory):
            for part in bill.parts:
                yield part.invoice, str(Money(part.amount, bill.currency))
