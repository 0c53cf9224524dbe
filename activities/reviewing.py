"""Effects that look and change nothing: the picture of a method or subscription, and what is left on a method."""

import json
from dataclasses import dataclass
from typing import Any

from activities.desk import roles_in, runs_of
from activities.looks import Seen, only_looks
from activities.picturing import in_era, picture_of, picture_of_account, picture_of_subscription, scope_of
from domain.accounts import PayerKind
from paystates.engine import Errand, kind_of
from states import methods as ask
from store.port import Pages


@only_looks(ask.Review)
def review(pages: Pages, errand: Errand[ask.Review]) -> Seen[ask.Reviewed | ask.NoSuchThing]:
    """The picture, and the roles of whoever asks. After a Reset also what was moved, or deleted, before it."""
    request = errand.request
    if request.subscription is not None:
        what, picture = "subscription", picture_of_subscription(pages, request.subscription, errand.now)
    elif request.account is not None:
        what, picture = "account", picture_of_account(pages, request.account, errand.now)
    else:
        what, picture = "payment method", picture_of(pages, request.method or "", errand.now)
    before = _before(pages, errand)
    if picture is None:
        return Seen(ask.NoSuchThing(what=what, deleted=before.deleted), account_of_method(pages, request.method))
    roles = roles_in(pages, request.actor, scope_of(picture))
    answer = ask.Reviewed(picture=in_era(picture, request.era), roles=roles, moved=before.moved)
    return Seen(answer, picture.account.id)


@dataclass(frozen=True, slots=True)
class _Before:
    """What was done by the runs that this one was made of by a Reset."""

    moved: ask.MovedBefore | None = None
    deleted: bool = False


def _before(pages: Pages, errand: Errand[Any]) -> _Before:
    runs = runs_of(pages, errand)[:-1]
    if not runs:
        return _Before()
    rows = [row for row in pages.journal(errand.subject) if row.run in runs and row.accepted]
    deleted = any(row.event_kind == kind_of(ask.Deleted) for row in rows)
    bound = next((one for run in reversed(runs) for one in pages.rebindings(errand.subject, run, limit=1)), None)
    if bound is None:
        return _Before(deleted=deleted)
    confirmed = [json.loads(row.event) for row in rows if row.event_kind == kind_of(ask.Confirm)]
    count = pages.count_rebindings(errand.subject, runs)
    charge_now = any(one["charge_now"] for one in confirmed)
    return _Before(ask.MovedBefore(count=count, target=bound.to_method, charge_now=charge_now), deleted)


@only_looks(ask.Verify)
def verify(pages: Pages, errand: Errand[ask.Verify]) -> Seen[ask.Verified]:
    """What still pays with the source, without what is known to stay there."""
    request = errand.request
    known = sum(_stays(pages, key, request.source) for key in set(request.conflicts))
    left = sum(pages.count_payers(request.source).values()) - known
    moved = pages.count_rebindings(errand.subject, runs_of(pages, errand))
    return Seen(ask.Verified(left=left, moved=moved), account_of_method(pages, request.source))


def _stays(pages: Pages, key: str, source: str) -> bool:
    """Whether the payer of that key still pays with the source."""
    kind, _, name = key.partition("/")
    payer = pages.profile(name) if kind == PayerKind.PROFILE else pages.subscription(name)
    return payer is not None and payer.method_id == source


def account_of_method(pages: Pages, method_id: str | None) -> str | None:
    """The account a method belongs to, or belonged to."""
    method = pages.method(method_id) if method_id else None
    return method.account_id if method else None
