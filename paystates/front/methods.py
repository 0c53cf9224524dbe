"""The payment methods of an account, as somebody sees them: what depends on each, and what they may do with it."""

from collections.abc import Mapping
from datetime import datetime

from activities.desk import roles_in
from activities.picturing import picture_of, pictures_of, scope_of
from domain.accounts import Method
from paystates.engine import Actor, Scope
from paystates.front.choosing import Candidate, item_name
from paystates.front.languages import method_called, told
from paystates.front.pages import MethodPage
from states import rules
from states.facts import Picture
from states.rules.judging import judge
from store.port import Pages


def methods_of(pages: Pages, account_id: str, viewer: str, now: datetime, language: str) -> list[MethodPage]:
    """Each method on file; empty when there is no such account."""
    pictures = pictures_of(pages, account_id, now)
    actors: dict[Scope, Actor] = {}
    found = []
    for one in pages.methods(account_id):
        picture = pictures[one.id]
        scope = scope_of(picture)
        if scope not in actors:
            actors[scope] = _actor(pages, viewer, picture)
        found.append(_page(one, picture, actors[scope], now, language))
    return found


def _page(method: Method, picture: Picture, viewer: Actor, now: datetime, language: str) -> MethodPage:
    found = picture.dependents
    label = picture.source.label if picture.source else method.id
    return MethodPage(
        id=method.id,
        label=method_called(label, language),
        kind=method.kind,
        network=method.network,
        last4=method.last4,
        expires=method.expires,
        expired=method.expires is not None and method.expires < picture.account.today,
        standing=method.standing,
        added_by_you=method.added_by == viewer.id,
        dependents=(found.count, tuple(item_name(one.model_dump(mode="json"), language) for one in found.first)),
        manageable=told(judge(rules.START, picture, viewer, now), language),
    )


def which_may_be_chosen(pages: Pages, method: str, viewer: str, now: datetime, language: str) -> list[Candidate]:
    """Every other method of the account, with all that stands against choosing it instead; empty when there is no such method."""
    picture = picture_of(pages, method, now)
    if picture is None:
        return []
    actor = _actor(pages, viewer, picture)
    return [
        Candidate(
            one.id,
            method_called(one.label, language),
            told(judge(rules.CHOICE, picture, actor, now, chosen=one.id), language),
        )
        for one in picture.candidates
    ]


def _actor(pages: Pages, viewer: str, picture: Picture) -> Actor:
    return Actor(viewer, roles_in(pages, viewer, scope_of(picture)))


def account_about(pages: Pages, about: Mapping[str, str]) -> str | None:
    """The account of what a procedure is about, by the fields that make its id."""
    if "account" in about:
        found = pages.account(about["account"])
        return found.id if found else None
    if "subscription" in about:
        subscription = pages.subscription(about["subscription"])
        return subscription.account_id if subscription else None
    if "method" in about:
        method = pages.method(about["method"])
        return method.account_id if method else None
    invoice = pages.invoice(about.get("invoice", ""))
    return invoice.account_id if invoice else None
