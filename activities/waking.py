"""Tells the retries of a method's debts to look again: it was bound to their payer, or its details were corrected (U4, U6)."""

from collections.abc import Iterator, Sequence

from activities.desk import Desk, Wake, conclude, effects
from activities.reviewing import account_of_method
from paystates.engine import Errand
from states import methods as ask
from states.charge_retry import DetailsUpdated, MethodReplaced
from store.port import DueInvoice

AT_ONCE = 250
"""How many are read in one transaction and woken together."""

_NAMED = 100
"""How many of them the answer names: it is kept in the procedure's memory."""


@effects.implements(ask.WakeRetries)
def wake_retries(desk: Desk, errand: Errand[ask.WakeRetries]) -> ask.Woken:
    """Wake them, outside any transaction. A wake-up carries no facts, so that one that is told twice does no harm (law 2).

    Only what this procedure bound to the method is woken, or charged at once: the method's other debts were not asked about
    (law 4). One whose attempts are over begins again only when that was asked for.
    """
    request = errand.request
    charge_now = request.charge_now
    action = DetailsUpdated(charge_now=charge_now) if request.details else MethodReplaced(charge_now=charge_now)
    woken: list[str] = []
    for debts in _pages(desk, errand):
        woken += desk.waker.wake([Wake(one.id, action, starts=charge_now) for one in debts if one.pinned])
    answer = ask.Woken(invoices=tuple(woken[:_NAMED]), count=len(woken))
    with desk.book.transaction() as pages:
        conclude(pages, errand, answer, account_of_method(pages, request.method))
    return answer


def _pages(desk: Desk, errand: Errand[ask.WakeRetries]) -> Iterator[Sequence[DueInvoice]]:
    request, after = errand.request, ""
    rebound_by = None if request.details else errand.subject
    while True:
        with desk.book.transaction() as pages:
            retried = not request.charge_now
            debts = pages.due_on(request.method, after, AT_ONCE, retried=retried, rebound_by=rebound_by)
        if not debts:
            return
        yield debts
        after = debts[-1].id
