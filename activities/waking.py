"""Tells the retries of a method's debts to look again: it was bound to their payer, or its details were corrected (U4, U6)."""

from collections.abc import Iterator, Sequence

from activities.desk import Desk, Wake, conclude, effects, roles_in, runs_of
from activities.reviewing import account_of_method
from domain.accounts import PayerKind
from paystates.engine import Errand, Scope
from states import methods as ask
from states import rules
from states.charge_retry import DetailsUpdated, MethodReplaced
from store.port import DueInvoice, Pages

AT_ONCE = 250
"""How many are read in one transaction and woken together."""

_NAMED = 100
"""How many of them the answer names: it is kept in the procedure's memory."""


@effects.implements(ask.WakeRetries)
def wake_retries(desk: Desk, errand: Errand[ask.WakeRetries]) -> ask.Woken:
    """Wake them, outside any transaction, so that a lost reply has them told twice.

    That does no harm: the retry reads the debt, and charges at once only what was not tried since it was corrected (law 2).

    Only what this run bound to the method is woken, or charged at once, and what was bound before it was reset: the other debts
    of the method were not asked about (law 4). After a correction that is whatever is bound to it. One whose attempts are over
    begins again only when that was asked for; what the actor may not pay is woken, but neither charged at once nor begun again
    (G4, G5, G9).
    """
    request = errand.request
    woken: list[str] = []
    for wakes in _pages(desk, errand):
        woken += desk.waker.wake(wakes)
    answer = ask.Woken(invoices=tuple(woken[:_NAMED]), count=len(woken))
    with desk.book.transaction() as pages:
        conclude(pages, errand, answer, account_of_method(pages, request.method))
    return answer


def _pages(desk: Desk, errand: Errand[ask.WakeRetries]) -> Iterator[Sequence[Wake]]:
    request, after = errand.request, ""
    while True:
        with desk.book.transaction() as pages:
            rebound_by = None if request.details else (errand.subject, runs_of(pages, errand))
            retried = not request.charge_now
            debts = pages.due_on(request.method, after, AT_ONCE, retried=retried, rebound_by=rebound_by)
            at_once = _to_be_charged(pages, errand, debts)
        if not debts:
            return
        yield [_wake(request, one.id, charge_now=one.id in at_once) for one in debts if one.id in at_once or _is_retried(one)]
        after = debts[-1].id


def _wake(request: ask.WakeRetries, invoice: str, *, charge_now: bool) -> Wake:
    action = DetailsUpdated(charge_now=charge_now) if request.details else MethodReplaced(charge_now=charge_now)
    return Wake(invoice, action, starts={"invoice": invoice, "charge_now": True} if charge_now else None)


def _is_retried(debt: DueInvoice) -> bool:
    return debt.pinned and not debt.over


def _to_be_charged(pages: Pages, errand: Errand[ask.WakeRetries], debts: Sequence[DueInvoice]) -> frozenset[str]:
    """Those that are charged at once: that was asked for, by somebody who may pay them."""
    if not errand.request.charge_now:
        return frozenset()
    collected = [one.id for one in debts if one.pinned]
    actor = _who_asked(pages, errand)
    if actor is None:
        return frozenset(collected)
    scopes = {name: _scope(pages, name) for name in collected}
    may_pay = {scope: not roles_in(pages, actor, scope).isdisjoint(rules.PAYERS) for scope in set(scopes.values())}
    return frozenset(name for name, scope in scopes.items() if may_pay[scope])


def _who_asked(pages: Pages, errand: Errand[ask.WakeRetries]) -> str | None:
    """The starter, or who was asked and said so: the journal has that before the procedure goes on."""
    request = errand.request
    if request.said is None:
        return request.actor
    said = [row.actor for row in pages.journal(errand.subject) if row.event_kind == request.said and row.accepted]
    return said[-1] if said else request.actor


def _scope(pages: Pages, invoice_id: str) -> Scope:
    """Where the roles of whoever pays it must be held: the account, and the billing profile that pays if one does (G11)."""
    invoice = pages.invoice(invoice_id)
    if invoice is None:
        return Scope()
    if invoice.payer_kind is PayerKind.PROFILE:
        return Scope(invoice.account_id, invoice.payer_id)
    subscription = pages.subscription(invoice.payer_id)
    return Scope(invoice.account_id, subscription.profile_id if subscription else None)
