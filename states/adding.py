"""Adding a method in a flow: the states and moves that every procedure includes in which a new method may be given (G15 to G23).

They are plain data, no machine of their own. Memory has the fields of `Adds`. Whatever becomes of it, nothing is bound (G16), and
nothing but the method that was `added` is on file.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, Self, TypeVar

from paystates.engine import Ask, Cancel, Event, GaveUp, Moment, Move, Refusal, Run, State, Unavailable
from states import methods as ask
from states import results, rules
from states.facts import NewMethod, Picture, era_of

WAKERS = rules.METHOD_ADMINS | rules.SERVICES
"""Who may say that the holder has authenticated, since the provider is asked, and who may cancel."""


class Adds(Protocol):
    """What is remembered on the way. `new` is to be added; `chosen` is it, once it is on file.

    `adding_until`: the deadline of the authentication, pinned when it was first asked for. `password` is kept for one request.
    """

    @property
    def actor(self) -> str:
        """Who adds it: a card is theirs from then on (G3)."""

    @property
    def picture(self) -> Picture | None:
        """What the rules read."""

    @property
    def new(self) -> NewMethod | None:
        """The provider's token, and what is known of it."""

    @property
    def adding_until(self) -> datetime | None:
        """See above."""

    @property
    def password(self) -> str | None:
        """See above."""

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """The same with other values."""


M = TypeVar("M", bound=Adds)


# Requests made of memory, instants.


def add_method(memory: Adds) -> ask.AddMethod:
    """Have the new method checked and put on file, beside the method or subscription that the picture is about."""
    picture = memory.picture
    assert picture is not None  # noqa: S101 - it is reviewed before anything is added; tells the type checker
    subscription = picture.subscription.id if picture.subscription else None
    method = picture.source.id if picture.source and subscription is None else None
    return request(memory, picture.account.id, f"{picture.account.id}/{subscription or method}", method, subscription)


def request(
    memory: Adds, account: str, subject: str, method: str | None = None, subscription: str | None = None
) -> ask.AddMethod:
    """The same for a known account. One subject adds one token once, however often it is asked."""
    new = memory.new
    assert new is not None  # noqa: S101 - nothing is added before it is given; tells the type checker
    return ask.AddMethod(
        request=f"{subject}/{new.token}",
        account=account,
        new=new,
        actor=memory.actor,
        password=memory.password,
        method=method,
        subscription=subscription,
        era=era_of(memory.picture),
    )


def holder_deadline(memory: Adds, now: datetime) -> datetime:
    """As long as the card holder was given when first asked: asking again gives no more time."""
    return memory.adding_until or now


# Conditions, and what is remembered.


def was_on_file(moment: Moment[Any, ask.Added]) -> bool:
    """Somebody had put the same on file before, so nothing was added."""
    return moment.event.already


def is_added(memory: M, event: ask.Added, now: datetime) -> M:
    """It is on file, and chosen (G28): its id is told, and whether it was there before."""
    known = event.picture.candidate(event.method)
    last = f"the new payment method is on file as {event.method}"
    if event.already:
        last = f"{known.label if known else 'the payment method'} is on file already, as {event.method}"
    told = {"picture": event.picture, "chosen": event.method, "refusals": (), "last": last}
    return _without_new(memory, told)


def asks_holder(memory: M, event: ask.MustAuthenticate, now: datetime) -> M:
    """The card holder is asked. The deadline of the first time holds."""
    what = "a one-time password is needed" if event.password else "the card holder must authenticate"
    return memory.model_copy(
        update={"adding_until": memory.adding_until or event.until, "password": None, "refusals": (), "last": what}
    )


def takes_password(memory: M, event: ask.Authenticated, now: datetime) -> M:
    """The provider is asked again, with the password when there is one."""
    return memory.model_copy(update={"password": event.password})


def is_not_accepted(memory: M, event: ask.NotAdded, now: datetime) -> M:
    """The provider or the bank did not accept it."""
    return _gives_up(memory, results.NOT_ADDED.refusal(why=event.why))


def may_not_be_added(memory: M, event: ask.Conflicted, now: datetime) -> M:
    """Rules stand against it: all the reasons."""
    last = " ".join(refusal.sentence for refusal in event.refusals)
    return _without_new(memory, {"refusals": event.refusals, "last": last})


def nobody_authenticated(memory: M, event: GaveUp, now: datetime) -> M:
    """The deadline has passed."""
    return _gives_up(memory, results.NOT_AUTHENTICATED.refusal())


def cannot_be_reached(memory: M, event: Unavailable, now: datetime) -> M:
    """Nobody can say whether it is on file."""
    return _gives_up(memory, results.ADDING_UNAVAILABLE.refusal())


def forgets_new(memory: M, event: Event, now: datetime) -> M:
    """It is not added after all."""
    return _without_new(memory, {"last": ""})


def _gives_up(memory: M, refusal: Refusal) -> M:
    return _without_new(memory, {"refusals": (refusal,), "last": refusal.sentence})


def _without_new(memory: M, told: Mapping[str, Any]) -> M:
    return memory.model_copy(update={"new": None, "adding_until": None, "password": None, **told})


# The segment.

AUTHENTICATING = Ask("the card holder", holder_deadline, "Waits for the card holder to authenticate")


def states(add: Callable[[Any], ask.AddMethod] = add_method) -> dict[str, State]:
    """What a declaration includes; `moves` leads through it. `add` has more to ask than others."""
    return {
        "adding": Run(ask.AddMethod, add, "Has the new payment method checked, and puts it on file"),
        "authenticating": AUTHENTICATING,
    }


def moves(
    *,
    added: str,
    given_up: str,
    cancelled: str = "cancelled",
    refused: str | None = None,
    not_added: str | None = None,
    abandoned: str | None = None,
    unavailable: str | None = None,
    remember_added: Callable[[Any, ask.Added, datetime], Any] = is_added,
) -> tuple[Move, ...]:
    """The moves from `adding` on. `given_up` is where it goes on without the method, unless one of the others says where.

    Who included it moves to `adding` when a new method was given; its picture must be read by then. `remember_added` keeps a
    picture that has more in it than others.
    """
    return (
        Move(ask.Added, "adding", added, remember=remember_added),
        Move(ask.MustAuthenticate, "adding", "authenticating", remember=asks_holder),
        Move(ask.Conflicted, "adding", refused or given_up, remember=may_not_be_added),
        Move(ask.NotAdded, "adding", not_added or given_up, remember=is_not_accepted),
        Move(Unavailable, "adding", unavailable or given_up, remember=cannot_be_reached),
        Move(ask.Authenticated, "authenticating", "adding", by=WAKERS, remember=takes_password),
        Move(ask.ChooseAnother, "authenticating", given_up, by=rules.METHOD_ADMINS, remember=forgets_new),
        Move(Cancel, "authenticating", cancelled, by=WAKERS, remember=forgets_new),
        Move(GaveUp, "authenticating", abandoned or given_up, remember=nobody_authenticated),
    )
