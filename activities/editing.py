"""Saves corrected details of a method, as the provider has checked them; one that was declined for them is armed again.

That is G20, G21, G24 and G25.
"""

from dataclasses import replace
from datetime import datetime

from activities.adding import reason
from activities.debts import open_own_case
from activities.desk import Desk, conclude, effects, roles_in
from activities.picturing import in_era, picture_of, scope_of
from domain.accounts import Method, Standing
from gateways.port import MethodDetails, SetUpStatus
from paystates.engine import Actor, Errand
from states import methods as ask
from states import rules
from states.details import Edit
from states.rules.judging import judge
from store.port import Pages

_LOOKED_AT = 100
"""How many debts are looked at for the offer to pay at once."""

Answer = ask.Saved | ask.HalfSaved | ask.Conflicted | ask.NotAdded

_GONE = ask.NotAdded(why="it is not on file any more")


def corrected(method: Method, details: MethodDetails, now: datetime) -> Method:
    """The method with other details. That re-arms one declined `fix`; one that is finished or gone stays so (C9).

    The billing address is kept by the provider, not in the book.
    """
    rearmed = method.standing is Standing.NEEDS_CORRECTION
    return replace(
        method,
        holder=method.holder if details.holder is None else details.holder,
        expires=details.expires or method.expires,
        last4=details.last4 or method.last4,
        details_at=now,
        standing=Standing.GOOD if rearmed else method.standing,
        standing_since=now if rearmed else method.standing_since,
    )


@effects.implements(ask.SaveDetails)
def save_details(desk: Desk, errand: Errand[ask.SaveDetails]) -> Answer:
    """Judge the rules, have the provider check and save, and judge them again as it is written (law 5).

    Raises `GatewayUnavailable`: then it is asked again, under the same key.
    """
    request = errand.request
    with desk.book.transaction() as pages:
        method = _editable(pages, errand)
        if not isinstance(method, Method):
            conclude(pages, errand, method, _account(pages, errand))
            return method
    details = MethodDetails(request.details.holder, request.details.address, request.details.expires)
    key = f"{errand.subject}/{errand.run}/{errand.snapshot.stamp}"
    checked = desk.gateway.update_details(method.token, details, request.security_code, key)
    with desk.book.transaction() as pages:
        answer: Answer
        if checked.status is not SetUpStatus.READY:
            answer = ask.NotAdded(why=reason(checked.reason))
        else:
            answer = _save(pages, errand, details, method.account_id)
        conclude(pages, errand, answer, method.account_id)
    return answer


def _save(pages: Pages, errand: Errand[ask.SaveDetails], details: MethodDetails, account: str) -> ask.Saved | ask.HalfSaved:
    """Write them. The provider has them by now: what stands against it meanwhile is put before an operator."""
    method = _editable(pages, errand)
    if not isinstance(method, Method):
        facts = f"payment method {errand.request.method}"
        open_own_case(pages, account, "details-saved-at-the-provider-only", facts, errand)
        return ask.HalfSaved(refusals=method.refusals if isinstance(method, ask.Conflicted) else ())
    pages.put_method(corrected(method, details, errand.now))
    return ask.Saved(due=_due(pages, method.id))


def _editable(pages: Pages, errand: Errand[ask.SaveDetails]) -> Method | ask.Conflicted | ask.NotAdded:
    """The method, locked, when every rule allows the edit now, with the roles the actor has now."""
    request = errand.request
    method = pages.method(request.method, lock=True)
    picture = picture_of(pages, request.method, errand.now)
    if method is None or picture is None:
        return _GONE
    actor = Actor(request.actor, roles_in(pages, request.actor, scope_of(picture)))
    same_name = request.details.holder == method.holder  # the picture has no name: what does not differ is left out
    details = request.details.model_copy(update={"holder": None}) if same_name else request.details
    edit = Edit(details=details, security_code=request.security_code)
    refusals = judge(rules.EDIT, in_era(picture, request.era), actor, errand.now, event=edit)
    return ask.Conflicted(refusals=refusals) if refusals else method


def _due(pages: Pages, method_id: str) -> tuple[str, ...]:
    """The debts that are collected, due on the method, and without an attempt that is open (law 1)."""
    debts = [one.id for one in pages.due_on(method_id, limit=_LOOKED_AT) if one.pinned]
    return tuple(debt for debt in debts if not any(attempt.is_open for attempt in pages.attempts(debt)))


def _account(pages: Pages, errand: Errand[ask.SaveDetails]) -> str | None:
    method = pages.method(errand.request.method)
    return method.account_id if method else None
