"""What a person must know of what was found: why they are asked again, what there is to pay, and what was paid in the end."""

from collections.abc import Iterator

from domain.money import Money
from paystates.engine import Refusal
from paystates.front.languages import last, method_called, told, word
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
    memory = _settlement(seen)
    if memory is None or seen.verdict is not None or not isinstance(memory.picture, Balance):
        return
    for bill in due(memory.picture, memory):
        for part in bill.parts:
            yield part.invoice, str(Money(part.amount, bill.currency))


def paid(seen: View, language: str = "en") -> Iterator[tuple[str, str]]:
    """What a settlement that has ended has paid, however it ended: each invoice, how much and with what."""
    memory = _settlement(seen)
    if memory is None or seen.verdict is None:
        return
    for bill in memory.paid:
        method = method_called(memory.label(bill.method), language)
        for part in bill.parts:
            yield part.invoice, word("{} paid with {}", language, Money(part.amount, bill.currency), method)


def _settlement(seen: View) -> Memory | None:
    """What a settlement remembers; None of anything else, and where the procedure itself could not be asked."""
    procedure = RELEASED.get(seen.stand.definition)
    memory = seen.stand.read(procedure).memory if procedure is not None and seen.stand.memory else None
    return memory if isinstance(memory, Memory) else None
