"""Puts a new payment method on file: the rules first, then the provider's check, then the rules again as it is written (law 5).

No transaction spans the call to the provider. It is bound to nothing (G16), and it is added once, however often it is asked for.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from activities.balancing import balance_of
from activities.desk import Desk, conclude, effects, roles_in
from activities.picturing import in_era, picture_of, picture_of_account, picture_of_subscription, scope_of
from domain.accounts import Method, MethodKind
from domain.countries import needs_one_time_password
from gateways.port import SetUp, SetUpStatus
from paystates.engine import Actor, Errand, Refusal
from states import methods as ask
from states import rules
from states.facts import NewMethod, Picture
from states.rules.judging import judge
from store.port import Pages

TIME_TO_AUTHENTICATE = timedelta(days=3)
"""How long the card holder has, from when it is first asked for (G22, G23)."""

_LETTERS: Final = str.maketrans("0123456789", "ghijklmnop")

Answer = ask.Added | ask.Conflicted | ask.MustAuthenticate | ask.NotAdded


def method_id(request: str) -> str:
    """The id that a request's method has. The same request has the same one, and it has no digits: nobody takes it for a number.

    >>> method_id("fjord/r1/tok_new")
    'pm-dncmcjoamkhinkdfnbea'
    """
    return "pm-" + hashlib.sha256(request.encode()).hexdigest()[:20].translate(_LETTERS)


@effects.implements(ask.AddMethod)
def add_method(desk: Desk, errand: Errand[ask.AddMethod]) -> Answer:
    """Have the token checked, and put the method on file. Raises `GatewayUnavailable`: then it is asked again."""
    request = errand.request
    with desk.book.transaction() as pages:
        at_once = _known(pages, errand) or _refused(pages, errand, request.new)
        if at_once is not None:
            conclude(pages, errand, at_once, request.account)
            return at_once
        ask_password = _needs_password(_picture(pages, errand), request.new)
    checked = desk.gateway.set_up(request.new.token, request.request, password=request.password, ask_password=ask_password)
    with desk.book.transaction() as pages:
        answer = _after(pages, errand, checked)
        conclude(pages, errand, answer, request.account)
    return answer


def reason(code: str | None) -> str:
    """A provider's code in a sentence: what somebody else wrote is shortened to letters, digits and spaces."""
    words = "".join(letter if letter.isalnum() and letter.isascii() else " " for letter in code or "")
    told = " ".join(words.split())[:60]
    return f"the provider or the bank refused it ({told})" if told else "the provider or the bank refused it"


def _known(pages: Pages, errand: Errand[ask.AddMethod]) -> ask.Added | ask.NotAdded | None:
    """What is said when it is on file already, or its token may not be used; None when it is to be added."""
    request = errand.request
    asked_before = pages.method(method_id(request.request))
    method = asked_before or pages.method_by_token(request.new.token)
    if method is None:
        return None
    own = method.account_id == request.account and method.added_by == request.actor
    if not own or method.is_deleted:  # which of these it is may not be told: the token may be another account's
        return ask.NotAdded(why="its token is or was another payment method's; have the provider make a new one")
    return ask.Added(method=method.id, picture=_picture(pages, errand), already=asked_before is None)


def _needs_password(picture: Picture, new: NewMethod) -> bool:
    """Whether a card is put on file there with a one-time password, whatever the provider would do by itself (G22)."""
    account = picture.account
    return new.kind is MethodKind.CARD and needs_one_time_password(account.country, account.today)


def _refused(pages: Pages, errand: Errand[ask.AddMethod], new: NewMethod) -> ask.Conflicted | None:
    refusals = _refusals(pages, errand, new)
    return ask.Conflicted(refusals=refusals) if refusals else None


def _refusals(pages: Pages, errand: Errand[ask.AddMethod], new: NewMethod) -> tuple[Refusal, ...]:
    """Every rule against it now, with the roles the actor has now."""
    picture = _paying(pages, errand) or _picture(pages, errand)
    actor = Actor(errand.request.actor, roles_in(pages, errand.request.actor, scope_of(picture)))
    return judge(rules.ADD, picture, actor, errand.now, new=new)


def _after(pages: Pages, errand: Errand[ask.AddMethod], checked: SetUp) -> Answer:
    """What the provider's check comes to. Where it was issued, the provider knows better than whoever asked (G15)."""
    request, now = errand.request, errand.now
    if checked.status is SetUpStatus.REFUSED:
        return ask.NotAdded(why=reason(checked.reason))
    if checked.status is not SetUpStatus.READY:
        needs_password = checked.status is SetUpStatus.PASSWORD_REQUIRED
        return ask.MustAuthenticate(until=now + TIME_TO_AUTHENTICATE, password=needs_password)
    new = request.new.model_copy(update={"country": checked.country or request.new.country})
    answer = _known(pages, errand) or _refused(pages, errand, new)
    if answer is None and not pages.add_method(_record(request, new, now)):
        answer = _known(pages, errand)
    return answer or ask.Added(method=method_id(request.request), picture=_picture(pages, errand))


def _record(request: ask.AddMethod, new: NewMethod, now: datetime) -> Method:
    return Method(
        id=method_id(request.request),
        account_id=request.account,
        kind=new.kind,
        network=new.network,
        token=new.token,
        last4=new.last4,
        country=new.country or "",
        added_by=request.actor,
        added_at=now,
        holder=new.holder,
        expires=new.expires,
    )


def _paying(pages: Pages, errand: Errand[ask.AddMethod]) -> Picture | None:
    """The picture with the one invoice that the new method is to pay (C8); None where it is for no single one."""
    request = errand.request
    if request.method is None or request.invoice is None:
        return None
    read = balance_of(pages, request.method, request.invoice, errand.now)
    return None if read is None else in_era(read, request.era)


def _picture(pages: Pages, errand: Errand[ask.AddMethod]) -> Picture:
    """The picture beside which it is added; the account's when that method or subscription has gone meanwhile."""
    request, now = errand.request, errand.now
    beside: Picture | None = None
    if request.subscription is not None:
        beside = picture_of_subscription(pages, request.subscription, now)
    elif request.method is not None:
        beside = picture_of(pages, request.method, now)
    picture = beside or picture_of_account(pages, request.account, now)
    if picture is None:
        message = f"account {request.account} has vanished from the book while its procedure runs"
        raise LookupError(message)
    return in_era(picture, request.era)
