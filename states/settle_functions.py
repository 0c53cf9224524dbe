"""The functions that the declaration of settle-balance names: requests, instants, conditions and how it is shown. All pure.

What it has in common with the procedures that move items, it takes from `choosing` and `moving`.
"""

from datetime import datetime, timedelta

from domain.accounts import AccountKind
from paystates.engine import Actor, Event, Moment, Refusal
from states import adding, methods, rules
from states import settling as ask
from states.choosing import Choosing
from states.facts import era_of
from states.retry_functions import ATTENTION, CLEARING_SLACK, LOOK_UP_AFTER
from states.rules.judging import judge

SENDS = 3
"""How often in all what was confirmed is sent by itself while it is certain that nothing of it ever was."""

FRESH = timedelta(days=1)
"""How long after it was to be sent: what is found out later than that is confirmed again."""


TOLD_OF_PAYMENT = frozenset({"done", "incomplete", "unresolved"})
"""The ends by which people know what was paid and what was bound. At the others nothing was taken by this run."""


class Memory(Choosing):
    """What a settlement remembers. A starter sets `actor`, `method`, `invoice` where one is paid by itself (G63), and may choose.

    `bills` are to be charged, one after the other; while an attempt is under way it is the first one's. `paid` are booked.
    `using` is the method of what was sent last. `adopted`: the attempt was found in the book, so what else was confirmed is not
    known. `agreed`: somebody confirmed `bills`, which were never sent. `unsent`: how often that has happened; `sent_at`: when
    the last attempt began.
    """

    invoice: str | None = None
    picture: ask.Balance | None = None
    bills: tuple[ask.Bill, ...] = ()
    paid: tuple[ask.Bill, ...] = ()
    using: str | None = None
    attempt_under_way: bool = False
    adopted: bool = False
    until: datetime | None = None
    expire: bool = False
    look_ups: int = 0
    unsent: int = 0
    sent_at: datetime | None = None
    asked_last: bool = False

    @property
    def open_attempt(self) -> int | None:
        """The number that the first debt's attempt has, as a refusal names it."""
        return self.bills[0].parts[0].attempt if self.bills else None


# Requests made of memory.


def add_method(memory: Memory) -> methods.AddMethod:
    """Have the new method checked and put on file; what it is to pay decides whether it may be a bank account (C8)."""
    return adding.add_method(memory).model_copy(update={"invoice": memory.invoice})


def read_balance(memory: Memory) -> ask.ReadBalance:
    """Read what is due with the declined method, or the one invoice."""
    return ask.ReadBalance(method=memory.method, invoice=memory.invoice, actor=memory.actor, era=era_of(memory.picture))


def settle(memory: Memory) -> ask.Settle:
    """Charge the next bill."""
    return ask.Settle(
        method=memory.method,
        invoice=memory.invoice,
        actor=memory.actor,
        bill=memory.bills[0],
        era=era_of(memory.picture),
    )


def look_up(memory: Memory) -> ask.LookUpSettlement:
    """What became of the bill that was sent."""
    return ask.LookUpSettlement(bill=memory.bills[0], expire=memory.expire)


def open_case(memory: Memory) -> ask.OpenCase:
    """Put the bill whose outcome is unknown before an operator."""
    return ask.OpenCase(method=memory.method, bill=memory.bills[0])


def tell_settled(memory: Memory) -> ask.TellSettled:
    """Tell the retries of what was paid last."""
    return ask.TellSettled(invoices=tuple(part.invoice for part in memory.paid[-1].parts))


# Instants computed on entry.


def deadline(memory: Memory, now: datetime) -> datetime:
    """Until when the customer may authenticate."""
    return memory.until or now


def after_expected(memory: Memory, now: datetime) -> datetime:
    """A little after the bank's result is due, at the earliest in a day when it is overdue already."""
    expected = deadline(memory, now) + CLEARING_SLACK
    return expected if expected > now else now + timedelta(days=1)


def next_look(memory: Memory, now: datetime) -> datetime:
    """Look-ups become rarer."""
    return now + LOOK_UP_AFTER[min(memory.look_ups, len(LOOK_UP_AFTER)) - 1]


def two_weeks(memory: Memory, now: datetime) -> datetime:
    """How long an operator is waited for."""
    return now + ATTENTION


# Conditions.


def against_start(memory: Memory, event: ask.BalanceRead, now: datetime) -> tuple[Refusal, ...]:
    """Every reason why this person may not settle this at all, whatever is chosen."""
    return judge(rules.START_SETTLING, event.picture, Actor(memory.actor, event.roles), now)


def against_choice(memory: Memory, event: ask.BalanceRead, now: datetime) -> tuple[Refusal, ...]:
    """Every reason against paying with what is chosen; none when nothing is."""
    if memory.chosen is None:
        return ()
    return judge(rules.SETTLING, event.picture, Actor(memory.actor, event.roles), now, chosen=memory.chosen)


def may_not_settle(moment: Moment[Memory, ask.BalanceRead]) -> bool:
    """Who started it may not do this, and nothing has been paid."""
    return not moment.memory.paid and may_not_go_on(moment)


def may_not_go_on(moment: Moment[Memory, ask.BalanceRead]) -> bool:
    """Who started it may not do this."""
    return bool(against_start(moment.memory, moment.event, moment.now))


def was_paid_before(moment: Moment[Memory, ask.BalanceRead]) -> bool:
    """A run before this one took the money, and was stopped before it bound anything by it (G61)."""
    return moment.event.paid is not None and not moment.memory.paid


def nothing_was_due(moment: Moment[Memory, ask.BalanceRead]) -> bool:
    """Nothing is due with the method, and nothing was paid here."""
    return not moment.memory.paid and nothing_is_left(moment)


def nothing_is_left(moment: Moment[Memory, ask.BalanceRead]) -> bool:
    """Nothing is due any more; once something is paid, with the methods that pay neither: their own debts are included (G62)."""
    memory, picture = moment.memory, moment.event.picture
    payers = {*_payers(memory), memory.using} if memory.paid else set()
    return not any(picture.due_with(method) for method in {memory.method, *payers})


def nothing_is_left_but_binding(moment: Moment[Memory, ask.BalanceRead]) -> bool:
    """The same, and what used the declined method is to use the one that paid (G61)."""
    return nothing_is_left(moment) and _is_bound_anew(moment.memory, moment.event.picture)


def choice_refused(moment: Moment[Memory, ask.BalanceRead]) -> bool:
    """What was chosen may not be charged."""
    return bool(against_choice(moment.memory, moment.event, moment.now))


def choice_refused_and_nobody_to_ask(moment: Moment[Memory, ask.BalanceRead]) -> bool:
    """The same, and all choices were made at the start."""
    return moment.memory.confirmed and choice_refused(moment)


def nobody_to_ask_and_something_paid(moment: Moment[Memory, ask.BalanceRead]) -> bool:
    """Money was taken, and neither may what was chosen be charged with the rest, nor is there anybody to ask for another."""
    without_choice = moment.memory.confirmed and moment.memory.chosen is None
    return bool(moment.memory.paid) and (without_choice or choice_refused_and_nobody_to_ask(moment))


def chosen_and_confirmed(moment: Moment[Memory, ask.BalanceRead]) -> bool:
    """The choice is made, and nobody need be asked: so it was said at the start, or these very amounts were confirmed (law 4)."""
    memory = moment.memory
    if memory.chosen is None:
        return False
    due = moment.event.picture.bills(memory.chosen)
    as_agreed = len(due) == len(memory.bills) and all(one.is_as(other) for one, other in zip(due, memory.bills, strict=True))
    return memory.confirmed or (memory.agreed and as_agreed)


def sends_left(moment: Moment[Memory, ask.NeverSent]) -> bool:
    """The budget of sends is not used up, and it was confirmed not long ago."""
    memory = moment.memory
    return memory.unsent + 1 < SENDS and memory.sent_at is not None and moment.now < memory.sent_at + FRESH


def bills_left(moment: Moment[Memory, Event]) -> bool:
    """Another currency was confirmed too."""
    return bool(moment.memory.bills)


def more_may_be_due(moment: Moment[Memory, Event]) -> bool:
    """What is due besides is read: the attempt was found in the book, or one method paid what another one had left (G62)."""
    return moment.memory.adopted or len(_payers(moment.memory) - {moment.memory.method}) > 1


def binds_anew(moment: Moment[Memory, Event]) -> bool:
    """What used the declined method is to use the one that paid (G61); an invoice paid by itself binds nothing (G63)."""
    return moment.memory.picture is not None and _is_bound_anew(moment.memory, moment.memory.picture)


def _is_bound_anew(memory: Memory, picture: ask.Balance) -> bool:
    return picture.account.kind is AccountKind.MOSA and bool(memory.paid) and memory.paid[-1].method != memory.method


def _payers(memory: Memory) -> set[str]:
    """The methods that have paid something here."""
    return {bill.method for bill in memory.paid}


def nothing_paid(moment: Moment[Memory, Event]) -> bool:
    """No money was taken here."""
    return not something_paid(moment)


def look_ups_left(moment: Moment[Memory, Event]) -> bool:
    """The budget of look-ups is not used up."""
    return moment.memory.look_ups < len(LOOK_UP_AFTER)


def asked_last(moment: Moment[Memory, Event]) -> bool:
    """The last look-up has been made."""
    return moment.memory.asked_last


def was_opening_case(moment: Moment[Memory, Event]) -> bool:
    """The case could not be opened: nothing else waits for the book while an attempt is under way."""
    return moment.memory.attempt_under_way


def something_paid(moment: Moment[Memory, Event]) -> bool:
    """Money was taken here."""
    return bool(moment.memory.paid)


# How it is shown.


def attributes(memory: Memory) -> dict[str, str | int]:
    """What it is searched by, and where roles count: the account, and the profile that pays the one invoice (G9, G11)."""
    picture = memory.picture
    if picture is None:
        return {}
    return {"account": picture.account.id, **({"profile": picture.profile} if picture.profile else {})}
