"""Effects that look and change nothing: the picture of a method or subscription, and what is left on a method."""

from activities.desk import roles_in
from activities.looks import Seen, only_looks
from activities.picturing import in_era, picture_of, picture_of_account, picture_of_subscription, scope_of
from domain.accounts import PayerKind
from paystates.engine import Errand
from states import methods as ask
from store.port import Pages


@only_looks(ask.Review)
def review(pages: Pages, errand: Errand[ask.Review]) -> Seen[ask.Reviewed | ask.NoSuchThing]:
    """The picture, and the roles of whoever asks."""
    request = errand.request
    if request.subscription is not None:
        what, picture = "subscription", picture_of_subscription(pages, request.subscription, errand.now)
    elif request.account is not None:
        what, picture = "account", picture_of_account(pages, request.account, errand.now)
    else:
        what, picture = "payment method", picture_of(pages, request.method or "", errand.now)
    if picture is None:
        return Seen(ask.NoSuchThing(what=what), account_of_method(pages, request.method))
    roles = roles_in(pages, request.actor, scope_of(picture))
    return Seen(ask.Reviewed(picture=in_era(picture, request.era), roles=roles), picture.account.id)


@only_looks(ask.Verify)
def verify(pages: Pages, errand: Errand[ask.Verify]) -> Seen[ask.Verified]:
    """What still pays with the source, without what is known to stay there."""
    request = errand.request
    known = sum(_stays(pages, key, request.source) for key in set(request.conflicts))
    left = sum(pages.count_payers(request.source).values()) - known
    moved = pages.count_rebindings(errand.subject, errand.run)
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
