"""Effects that look and change nothing: the picture of a method or subscription, and what is left on a method."""

from activities.desk import Desk, conclude, effects, roles_in
from activities.picturing import in_era, picture_of, picture_of_account, picture_of_subscription, scope_of
from domain.accounts import PayerKind
from paystates.engine import Errand
from states import methods as ask
from store.port import Pages


@effects.implements(ask.Review)
def review(desk: Desk, errand: Errand[ask.Review]) -> ask.Reviewed | ask.NoSuchThing:
    """Read the picture, and the roles of whoever asks, in one transaction."""
    request = errand.request
    with desk.book.transaction() as pages:
        answer: ask.Reviewed | ask.NoSuchThing
        if request.subscription is not None:
            what, picture = "subscription", picture_of_subscription(pages, request.subscription, errand.now)
        elif request.account is not None:
            what, picture = "account", picture_of_account(pages, request.account, errand.now)
        else:
            what, picture = "payment method", picture_of(pages, request.method or "", errand.now)
        if picture is None:
            answer = ask.NoSuchThing(what=what)
        else:
            answer = ask.Reviewed(picture=in_era(picture, request.era), roles=roles_in(pages, request.actor, scope_of(picture)))
        conclude(pages, errand, answer, picture.account.id if picture else account_of_method(pages, request.method))
    return answer


@effects.implements(ask.Verify)
def verify(desk: Desk, errand: Errand[ask.Verify]) -> ask.Verified:
    """Count what still pays with the source, and leave out what is known to stay there."""
    request = errand.request
    with desk.book.transaction() as pages:
        known = sum(_stays(pages, key, request.source) for key in set(request.conflicts))
        left = sum(pages.count_payers(request.source).values()) - known
        answer = ask.Verified(left=left, moved=pages.count_rebindings(errand.subject, errand.run))
        conclude(pages, errand, answer, account_of_method(pages, request.source))
    return answer


def _stays(pages: Pages, key: str, source: str) -> bool:
    """Whether the payer of that key still pays with the source."""
    kind, _, name = key.partition("/")
    payer = pages.profile(name) if kind == PayerKind.PROFILE else pages.subscription(name)
    return payer is not None and payer.method_id == source


def account_of_method(pages: Pages, method_id: str | None) -> str | None:
    """The account a method belongs to, or belonged to."""
    method = pages.method(method_id) if method_id else None
    return method.account_id if method else None
