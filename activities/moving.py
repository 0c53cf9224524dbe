"""Moves what pays with a method to another one, a page in a transaction that judges the rules again (law 5, G33).

Payers are locked before methods, like everywhere. Each move leaves one row, unique in its run: what was moved and then put back
by somebody else is not moved again, nor after a Reset, so that two procedures cannot push an item to and fro for ever.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from activities.desk import Desk, conclude, effects, roles_in, runs_of
from activities.picturing import in_era, item_of, picture_of, picture_of_subscription, scope_of
from domain.accounts import PayerKind, Rebinding
from paystates.engine import Actor, Errand, Refusal
from states import methods as ask
from states import results, rules
from states.facts import Item, Picture
from states.rules.judging import judge
from store.port import Pages, Payer, PayerKey


@dataclass(frozen=True, slots=True)
class _Page:
    """The next items, locked; `more` follow. `picture` is None when there is nothing to judge."""

    items: Sequence[Payer]
    more: bool
    picture: Picture | None
    source: str | None


@effects.implements(ask.MovePage)
def move_page(desk: Desk, errand: Errand[ask.MovePage]) -> ask.PageMoved | ask.Conflicted:
    """Move one page."""
    with desk.book.transaction() as pages:
        page = _read(pages, errand)
        answer = _move(pages, errand, page)
        account = page.picture.account.id if page.picture else _account_of(page.items)
        conclude(pages, errand, answer, account)
    return answer


def _read(pages: Pages, errand: Errand[ask.MovePage]) -> _Page:
    request = errand.request
    if request.subscription is not None:
        return _one(pages, errand, request.subscription)
    source = request.source or ""
    items = pages.payers_on(source, _place(request.after), request.limit + 1, lock=True)
    if not items:
        return _Page((), more=False, picture=None, source=source)
    _lock(pages, {source, request.target})
    picture = picture_of(pages, source, errand.now, debts=False)
    return _Page(items[: request.limit], len(items) > request.limit, picture, source)


def _one(pages: Pages, errand: Errand[ask.MovePage], name: str) -> _Page:
    request = errand.request
    subscription = pages.subscription(name, lock=True)
    if subscription is None:
        message = f"subscription {name} has vanished from the book while its procedure runs"
        raise LookupError(message)
    if subscription.method_id == request.target:
        return _Page((), more=False, picture=None, source=request.target)
    _lock(pages, {method for method in (subscription.method_id, request.target) if method is not None})
    source = request.source or subscription.method_id
    return _Page((subscription,), more=False, picture=picture_of_subscription(pages, name, errand.now), source=source)


def _lock(pages: Pages, methods: Collection[str]) -> None:
    for method in sorted(methods):
        pages.method(method, lock=True)


def _move(pages: Pages, errand: Errand[ask.MovePage], page: _Page) -> ask.PageMoved | ask.Conflicted:
    request, picture = errand.request, page.picture
    if picture is None:
        return ask.PageMoved(moved=0, last=request.after)
    procedure = request.procedure or errand.subject
    actor = Actor(request.actor, roles_in(pages, request.actor, scope_of(picture)))
    asked = rules.CHANGE if request.subscription is not None else rules.CHOICE
    refusals = judge(asked, in_era(picture, request.era), actor, errand.now, chosen=request.target)
    cards_only = None
    runs = runs_of(pages, errand)
    if request.after or pages.count_rebindings(procedure, runs):
        # Items have been moved: a profile that came meanwhile stays by itself, and does not keep the others.
        cards_only = next((one for one in refusals if one.code == rules.CARDS_ONLY.code), None)
        refusals = tuple(one for one in refusals if one is not cards_only)
    if refusals:
        return ask.Conflicted(refusals=refusals)
    items = [item_of(one) for one in page.items]
    moved_before = pages.rebound(procedure, runs, [(one.kind, one.id) for one in items])
    staying = _Staying(picture, page.source, moved_before, cards_only)
    conflicts = tuple(found for payer in page.items if (found := staying.conflict(payer)) is not None)
    kept = {conflict.item.key for conflict in conflicts}
    rebindings = [
        Rebinding(procedure, errand.run, one.kind, one.id, picture.account.id, page.source, request.target, errand.now)
        for one in items
        if one.key not in kept
    ]
    pages.rebind(rebindings)
    return ask.PageMoved(moved=len(rebindings), conflicts=conflicts, last=items[-1].key, more=page.more)


@dataclass(frozen=True, slots=True)
class _Staying:
    """Why single items of a page stay as they are."""

    picture: Picture
    source: str | None
    moved_before: frozenset[PayerKey]
    cards_only: Refusal | None

    def conflict(self, payer: Payer) -> ask.Conflict | None:
        """The reason against this item, None when it may be moved."""
        item = item_of(payer)
        if payer.account_id != self.picture.account.id:
            return _conflict(item, results.OTHER_ACCOUNT.refusal(name=item.name))
        if (item.kind, item.id) in self.moved_before:
            return _conflict(item, results.MOVED_BEFORE.refusal(name=item.name))
        if payer.method_id != self.source:
            return _conflict(item, results.CHANGED_MEANWHILE.refusal(name=item.name))
        if self.cards_only is not None and item.kind is PayerKind.PROFILE:
            return _conflict(item, self.cards_only)
        return None


def _conflict(item: Item, why: Refusal) -> ask.Conflict:
    return ask.Conflict(item=item, code=why.code, sentence=why.sentence, remedy=why.remedy, facts=dict(why.facts))


def _place(after: str) -> PayerKey | None:
    kind, _, name = after.partition("/")
    return (PayerKind(kind), name) if after else None


def _account_of(items: Sequence[Payer]) -> str | None:
    return items[0].account_id if items else None
