"""What a charge-retry tells people of itself: what is due and with what it is paid, how often it was tried, what comes next."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from domain.money import Money
from paystates.engine import Line, Story
from states import debts as ask
from states.headlines import Headline, Phrase, Said
from states.retry_messages import Memory

_INVOICE: Final = Phrase("invoice {invoice}", "faktura {invoice}")
_ATTEMPT: Final = Phrase("attempt {attempt}", "forsøk {attempt}")
_SLOT: Final = Phrase("slot {slot} of {slots}", "dato {slot} av {slots}")
_AMOUNT: Final = Phrase("{amount}", "{amount}")
_METHOD: Final = Phrase("{method}", "{method}")
_NO_METHOD: Final = Phrase("no payment method", "ingen betalingsmåte")


@Headline
def headline(memory: Memory) -> Iterator[Said]:
    """What a retry is about, in one line without names: `invoice 1001 · attempt 3 · slot 2 of 6 · 299.00 NOK · Visa 4242`."""
    debt = memory.debt
    yield _INVOICE(invoice=memory.invoice)
    if debt is None:
        return
    yield _ATTEMPT(attempt=memory.open_attempt or debt.attempts)
    yield _SLOT(slot=debt.used, slots=debt.slots)
    yield _AMOUNT(amount=Money(debt.balance, debt.currency))
    yield _NO_METHOD() if debt.method is None else _METHOD(method=debt.method)


def story(memory: Memory, state: str, now: datetime) -> Story:
    """As far as memory knows it; the book may know more."""
    debt = memory.debt
    zone = debt.time_zone if debt is not None else memory.time_zone
    return Story((*(_of_debt(debt, now) if debt is not None else ()), *_of_attempt(memory)), zone=zone)


def _of_debt(debt: ask.Debt, now: datetime) -> Iterator[Line]:
    may = "" if debt.chargeable else ", which may not be charged as it is"
    yield Line("account", debt.account)
    if debt.profile is not None:
        yield Line("billing profile", debt.profile)
    yield Line("due", str(Money(debt.balance, debt.currency)))
    yield Line("paid with", f"{debt.method or 'nothing: no payment method is bound'}{may}")
    yield Line("attempts", f"{debt.attempts} so far; {debt.used} of {debt.slots} dates of the plan used up")
    yield Line("mails", f"{debt.mails} so far")
    if debt.manual:
        yield Line("paid by hand", "recurring billing is off, so nothing is charged automatically")
    if debt.next_at is not None:
        yield Line("next date of the plan", debt.next_at)
    if debt.not_before is not None and debt.not_before > now:
        yield Line("asked to wait until", debt.not_before)
    yield Line("the attempts end", debt.window_ends)


def _of_attempt(memory: Memory) -> Iterator[Line]:
    if memory.attempt_under_way:
        yield Line("under way", f"attempt {memory.open_attempt or '?'}, looked up {memory.look_ups} times")
    if memory.until is not None:
        yield Line("the bank's result or the customer is waited for until", memory.until)
    if memory.held:
        yield Line("held", "an operator stopped the attempts")
    if memory.rebound:
        yield Line("told", "another or a corrected payment method; the account book is asked before anything is charged")
    if memory.tries:
        yield Line("tries to reach the account book", str(memory.tries))
    if memory.last:
        yield Line("last", memory.last)
    if memory.reason:
        yield Line("reason", memory.reason)
