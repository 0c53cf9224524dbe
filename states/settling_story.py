"""What settle-balance tells people: what is due and was paid, in each currency, and which payment methods may pay it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from domain.money import Money
from paystates.engine import Actor, Line, Story, Table
from states import rules
from states.choosing_story import candidates_table, conflicts_table, dependents_table, lines, of_picture
from states.headlines import Headline, Phrase, Said
from states.settle_functions import Memory
from states.settling import Balance, Bill

_METHOD: Final = Phrase("{method}", "{method}")
_DUE: Final = Phrase("{due}", "{due}")
_WITH: Final = Phrase("with {chosen}", "med {chosen}")
_PAID: Final = Phrase("{paid} paid", "{paid} er betalt")


@Headline
def headline(memory: Memory) -> Iterator[Said]:
    """What is settled, with what, and what is paid already: `Visa ending 4242 · 200.00 NOK · with Visa ending 1881`."""
    yield _METHOD(method=memory.label(memory.method))
    if memory.bills:
        yield _DUE(due=_sum(memory.bills))
    if memory.chosen:
        yield _WITH(chosen=memory.label(memory.chosen))
    if memory.paid:
        yield _PAID(paid=_sum(memory.paid))


def _sum(bills: Sequence[Bill]) -> str:
    return " + ".join(str(bill.money) for bill in bills)


def story(memory: Memory, state: str, now: datetime) -> Story:
    """As far as memory knows it; the book may know more. What may be chosen is judged for whoever started it."""
    picture = memory.picture
    if picture is None:
        return Story((*lines(memory), *_lines(memory)))
    tables = [*_due(picture, memory), *dependents_table(picture), *conflicts_table(memory)]
    if state == "choosing":
        again = picture.candidate(picture.source.id) if picture.source is not None else None
        candidates = (*((again,) if again is not None else ()), *picture.candidates)
        actor = Actor(memory.actor, frozenset(memory.roles))
        tables[1:1] = candidates_table(memory, candidates, rules.SETTLING, actor, now)
    return Story((*of_picture(picture), *lines(memory), *_lines(memory)), tuple(tables), picture.account.time_zone)


def _lines(memory: Memory) -> Iterator[Line]:
    if memory.invoice is not None:
        yield Line("only the invoice", memory.invoice)
    for what, bills in (("paid", memory.paid), ("to be charged", memory.bills)):
        for bill in bills:
            yield Line(what, _told(bill, memory))
    if memory.attempt_under_way:
        yield Line("under way", f"an attempt, looked up {memory.look_ups} times")
    if memory.until is not None:
        yield Line("the bank's result or the customer is waited for until", memory.until)


def _told(bill: Bill, memory: Memory) -> str:
    return f"{bill.money} with {memory.label(bill.method)}, for {', '.join(part.invoice for part in bill.parts)}"


def _due(picture: Balance, memory: Memory) -> Iterator[Table]:
    """What is due, one debt a row."""
    rows = [
        (part.invoice, str(Money(part.amount, bill.currency)), f"{part.invoice}/{part.attempt}")
        for bill in due(picture, memory)
        for part in bill.parts
    ]
    yield Table("What was due when it was last read", ("invoice", "amount", "attempt"), tuple(rows))


def due(picture: Balance, memory: Memory) -> Sequence[Bill]:
    """What is due with the declined method and what is chosen instead, as last read: an attempt for each currency (G62)."""
    return picture.bills(memory.chosen or memory.using or (picture.source.id if picture.source is not None else ""))
