"""add-method: a payment method is checked by the provider and put on file, bound to nothing (G15 to G19, G22, G23, C1, C10).

The method is given with the start or afterwards; the same rules are asked, and once more by the transaction that writes (law 5).
Who authenticates or enters a one-time password has a deadline; nothing is on file before it is done.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Final

from pydantic import Discriminator

from paystates.engine import (
    Actor,
    Ask,
    Cancel,
    End,
    GaveUp,
    Line,
    Moment,
    Move,
    Procedure,
    Refusal,
    Run,
    Story,
    Unavailable,
    Verdict,
)
from paystates.engine import Memory as BaseMemory
from states import adding, results, rules
from states import methods as ask
from states.facts import NewMethod, Picture
from states.headlines import Headline, Phrase, Said
from states.rules.judging import judge

AddMethodAction = Annotated[ask.AddNew | ask.Authenticated | ask.ChooseAnother | Cancel, Discriminator("kind")]
"""What people may do."""

TIME_TO_ENTER = timedelta(days=1)
"""How long the method is waited for when it was not given with the start."""


class Memory(BaseMemory):
    """What is remembered on the way; see `adding.Adds`. A starter sets `account`, `request`, `actor`, and `new` if it is known.

    `request` is the starter's own name for it: asked for twice under one name, it is added once.
    """

    secrets: ClassVar[frozenset[str]] = frozenset({"password"})

    account: str
    request: str
    actor: str
    new: NewMethod | None = None
    picture: Picture | None = None
    chosen: str | None = None
    adding_until: datetime | None = None
    password: str | None = None
    refusals: tuple[Refusal, ...] = ()
    last: str = ""


# Requests made of memory, instants, conditions.


def review(memory: Memory) -> ask.Review:
    """Read the account and its methods, and the starter's roles."""
    return ask.Review(account=memory.account, actor=memory.actor)


def add_method(memory: Memory) -> ask.AddMethod:
    """Have it checked and put on file."""
    return adding.request(memory, memory.account, f"{memory.account}/{memory.request}")


def in_a_day(memory: Memory, now: datetime) -> datetime:
    """The deadline for giving the method."""
    return now + TIME_TO_ENTER


def against(memory: Memory, event: ask.Reviewed, now: datetime) -> tuple[Refusal, ...]:
    """Every reason against it, with the roles that were looked up."""
    return judge(rules.ADD, event.picture, Actor(memory.actor, event.roles), now, new=memory.new)


def may_not_add(moment: Moment[Memory, ask.Reviewed]) -> bool:
    """Who started it may not add methods, or not this one."""
    return bool(against(moment.memory, moment.event, moment.now))


def is_given(moment: Moment[Memory, ask.Reviewed]) -> bool:
    """The method came with the start."""
    return moment.memory.new is not None


# What is remembered.


def sees(memory: Memory, event: ask.Reviewed, now: datetime) -> Memory:
    """The account, as it is now."""
    return memory.model_copy(update={"picture": event.picture})


def sees_why_not(memory: Memory, event: ask.Reviewed, now: datetime) -> Memory:
    """The account, and every reason against it."""
    refusals = against(memory, event, now)
    last = " ".join(refusal.sentence for refusal in refusals)
    return memory.model_copy(update={"picture": event.picture, "refusals": refusals, "last": last})


def knows_of_none(memory: Memory, event: ask.NoSuchThing, now: datetime) -> Memory:
    """There is no such account."""
    refusal = results.NO_SUCH_THING.refusal(what=event.what)
    return memory.model_copy(update={"refusals": (refusal,), "last": refusal.sentence})


def takes_new(memory: Memory, event: ask.AddNew, now: datetime) -> Memory:
    """The method is given."""
    return memory.model_copy(update={"new": event.new, "refusals": (), "last": ""})


_ACCOUNT: Final = Phrase("account {account}", "konto {account}")
_NEW: Final = Phrase("{method}", "{method}")


@Headline
def headline(memory: Memory) -> Iterator[Said]:
    """Which account, and which method by its last four digits."""
    yield _ACCOUNT(account=memory.account)
    if memory.new is not None:
        yield _NEW(method=f"{memory.new.network} ending {memory.new.last4}")


def attributes(memory: Memory) -> dict[str, str | int]:
    """What it is searched by, and whose roles count."""
    return {"account": memory.account}


def story(memory: Memory, state: str, now: datetime) -> Story:
    """What it tells people: whose, what is to be added, and what became of it."""
    lines = [Line("account", memory.account), Line("started by", memory.actor)]
    if memory.new is not None:
        lines.append(Line("to be added", f"{memory.new.network} ending {memory.new.last4}"))
    if memory.chosen is not None:
        lines.append(Line("on file as", memory.chosen))
    if memory.adding_until is not None:
        lines.append(Line("the card holder is waited for until", memory.adding_until))
    if memory.last:
        lines.append(Line("last", memory.last))
    return Story(tuple(lines), zone=memory.picture.account.time_zone if memory.picture else "UTC")


ADD_METHOD_1: Procedure[Memory] = Procedure(
    name="add-method",
    version=1,
    memory=Memory,
    initial="reviewing",
    headline=headline,
    attributes=attributes,
    story=story,
    reasons=results.reasons,
    states={
        "reviewing": Run(ask.Review, review, "Reads the account"),
        "entering": Ask("an administrator", in_a_day, "Waits for the payment method"),
        "adding": Run(ask.AddMethod, add_method, "Has the payment method checked, and puts it on file"),
        "authenticating": adding.AUTHENTICATING,
        "added": End(Verdict.DONE, "Added: it is on file, and nothing pays with it yet"),
        "already_on_file": End(Verdict.DONE, "On file already: nothing was added"),
        "refused": End(Verdict.REFUSED, "Refused: nothing has changed"),
        "not_added": End(Verdict.FAILED, "Not added: the bank or the provider did not accept it"),
        "unavailable": End(Verdict.FAILED, "The provider or the account book could not be reached"),
        "abandoned": End(Verdict.CANCELLED, "Abandoned: nobody entered it or authenticated in time, and nothing has changed"),
        "cancelled": End(Verdict.CANCELLED, "Cancelled: nothing has changed"),
    },
    moves=[
        Move(ask.NoSuchThing, "reviewing", "refused", remember=knows_of_none),
        Move(ask.Reviewed, "reviewing", "refused", when=may_not_add, remember=sees_why_not),
        Move(ask.Reviewed, "reviewing", "adding", when=is_given, remember=sees),
        Move(ask.Reviewed, "reviewing", "entering", remember=sees),
        Move(Unavailable, "reviewing", "unavailable", remember=adding.cannot_be_reached),
        Move(
            ask.AddNew,
            "entering",
            "adding",
            given=(*rules.ADD, rules.STARTED_BY_ANOTHER),
            by=rules.METHOD_ADMINS,
            remember=takes_new,
        ),
        Move(Cancel, "entering", "cancelled", by=adding.WAKERS),
        Move(GaveUp, "entering", "abandoned"),
        Move(ask.Added, "adding", "already_on_file", when=adding.was_on_file, remember=adding.is_added),
        *adding.moves(
            added="added",
            given_up="entering",
            refused="refused",
            not_added="not_added",
            abandoned="abandoned",
            unavailable="unavailable",
        ),
    ],
)

RELEASED: dict[str, Procedure[Memory]] = {ADD_METHOD_1.id: ADD_METHOD_1}
"""Every released version: running procedures are pinned to theirs."""

ADD_METHOD = ADD_METHOD_1
"""The version that new procedures start with."""
