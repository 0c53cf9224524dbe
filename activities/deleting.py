"""Deletes a payment method, in a transaction that judges the rules again: what has changed meanwhile comes back (G47)."""

from dataclasses import replace

from activities.desk import Desk, conclude, effects, roles_in
from activities.picturing import in_era, picture_of, scope_of
from domain.accounts import Method
from paystates.engine import Actor, Errand
from states import methods as ask
from states import rules
from states.rules.judging import judge
from store.port import Pages


@effects.implements(ask.DeleteMethod)
def delete_method(desk: Desk, errand: Errand[ask.DeleteMethod]) -> ask.Deleted | ask.Conflicted:
    """Mark the method as deleted: its row stays, since attempts refer to it. One that is deleted already is deleted."""
    name = errand.request.method
    with desk.book.transaction() as pages:
        method = pages.method(name)
        if method is None:
            message = f"payment method {name} has vanished from the book while its procedure runs"
            raise LookupError(message)
        answer = _delete(pages, errand, _locked(pages, method))
        conclude(pages, errand, answer, method.account_id)
    return answer


def _locked(pages: Pages, method: Method) -> Method:
    """The method as it is once every method of its account is ours, in the order of their ids.

    The rules count the others (C4): of two deletions at once, the later one must see what the earlier one did.
    """
    names = {method.id, *(one.id for one in pages.methods(method.account_id))}
    locked = {name: pages.method(name, lock=True) for name in sorted(names)}
    return locked[method.id] or method


def _delete(pages: Pages, errand: Errand[ask.DeleteMethod], method: Method) -> ask.Deleted | ask.Conflicted:
    picture = picture_of(pages, method.id, errand.now)
    if picture is None:
        return ask.Deleted()
    actor = Actor(errand.request.actor, roles_in(pages, errand.request.actor, scope_of(picture)))
    refusals = judge(rules.DELETE, in_era(picture, errand.request.era), actor, errand.now)
    if refusals:
        return ask.Conflicted(refusals=refusals)
    pages.put_method(replace(method, deleted_at=errand.now))
    return ask.Deleted()
