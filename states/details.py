"""What update-details remembers, may be sent, asks and decides. All pure; `update_details` is the declaration that names it."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator

from domain.accounts import Standing
from paystates.engine import Action, Actor, Event, Line, Moment, Refusal, Story, kind_of
from paystates.engine import Memory as BaseMemory
from states import methods as ask
from states import results, rules
from states.choosing_story import dependents_table, of_picture
from states.facts import Picture, era_of
from states.headlines import Headline, Phrase, Said
from states.rules.judging import judge

TIME_TO_ANSWER = timedelta(days=1)
"""How long the details, or the answer to the offer, are waited for."""


def _token(code: str) -> str:
    if re.fullmatch(r"\s*[0-9]{3,4}\s*", code):
        message = "give the provider's token for the security code: the code itself must not be sent"
        raise ValueError(message)
    return code


CodeToken = Annotated[str, AfterValidator(_token)]
"""The provider's token for a security code, never the code itself: what is sent is kept in histories."""


class Edit(Action):
    """Save these details (G20). `security_code` is the provider's token for it (G21)."""

    kind: Literal["edit"] = "edit"
    secrets: ClassVar[frozenset[str]] = frozenset({"security_code"})
    details: ask.Details
    security_code: CodeToken | None = None


class PayNow(Action):
    """Pay at once what waited for this method (G24)."""

    kind: Literal["pay_now"] = "pay_now"


class NotNow(Action):
    """Leave it to the plan's next date."""

    kind: Literal["not_now"] = "not_now"


class Memory(BaseMemory):
    """What is remembered. A starter sets `actor` and `method`, and may make the choices at once.

    `charge_now`: whether to pay at once what waited; None: the customer is asked. `due` are the invoices that waited. `agreed`:
    somebody said so when asked, who need not be the starter.
    """

    secrets: ClassVar[frozenset[str]] = frozenset({"security_code"})

    actor: str
    method: str
    details: ask.Details | None = None
    security_code: CodeToken | None = None
    charge_now: bool | None = None
    agreed: bool = False
    by_step: bool = False
    picture: Picture | None = None
    due: tuple[str, ...] = ()
    woken: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    last: str = ""


# Requests made of memory, instants.


def review(memory: Memory) -> ask.Review:
    """Read the method, and the starter's roles."""
    return ask.Review(method=memory.method, actor=memory.actor)


def save(memory: Memory) -> ask.SaveDetails:
    """Have the details checked and saved."""
    details = memory.details or ask.Details()
    return ask.SaveDetails(
        method=memory.method,
        details=details,
        security_code=memory.security_code,
        actor=memory.actor,
        era=era_of(memory.picture),
    )


def wake(memory: Memory) -> ask.WakeRetries:
    """Tell the open retries, and have them charge at once when that was asked for."""
    said = kind_of(PayNow) if memory.agreed else None
    return ask.WakeRetries(method=memory.method, charge_now=bool(memory.charge_now), details=True, actor=memory.actor, said=said)


def in_a_day(memory: Memory, now: datetime) -> datetime:
    """The deadline of a question."""
    return now + TIME_TO_ANSWER


# Conditions.


def against(memory: Memory, event: ask.Reviewed, now: datetime) -> tuple[Refusal, ...]:
    """Every reason against it, with the roles that were looked up. What is not given yet is not asked for."""
    who = Actor(memory.actor, event.roles)
    if memory.details is None:
        return judge(rules.EDIT, event.picture, who, now)
    edit = Edit(details=memory.details, security_code=memory.security_code)
    return judge(rules.EDIT, event.picture, who, now, event=edit)


def may_not_edit(moment: Moment[Memory, ask.Reviewed]) -> bool:
    """Who started it may not do this, or the method may not be edited."""
    return bool(against(moment.memory, moment.event, moment.now))


def is_given(moment: Moment[Memory, ask.Reviewed]) -> bool:
    """The details came with the start."""
    return moment.memory.details is not None


def may_be_paid_now(moment: Moment[Memory, ask.Saved]) -> bool:
    """It was declined for its details, something is due on it, and nobody has said yet whether that is paid at once (G24)."""
    memory = moment.memory
    source = memory.picture.source if memory.picture else None
    was_declined = source is not None and source.standing is Standing.NEEDS_CORRECTION
    return was_declined and bool(moment.event.due) and memory.charge_now is None


def step_by_step(moment: Moment[Memory, ask.NotAdded]) -> bool:
    """Somebody gave the details when asked, and may correct them."""
    return moment.memory.by_step


# What is remembered.


def sees(memory: Memory, event: ask.Reviewed, now: datetime) -> Memory:
    """The method, as it is now."""
    return memory.model_copy(update={"picture": event.picture})


def sees_why_not(memory: Memory, event: ask.Reviewed, now: datetime) -> Memory:
    """The method, and every reason against it."""
    return _refused(sees(memory, event, now), against(memory, event, now))


def may_not_be_saved(memory: Memory, event: ask.Conflicted, now: datetime) -> Memory:
    """The commit found rules against it: all the reasons."""
    return _refused(memory, event.refusals)


def knows_of_none(memory: Memory, event: ask.NoSuchThing, now: datetime) -> Memory:
    """There is no such method."""
    return _refused(memory, (results.NO_SUCH_THING.refusal(what=event.what),))


def takes_details(memory: Memory, event: Edit, now: datetime) -> Memory:
    """The details are given."""
    given = {"details": event.details, "security_code": event.security_code, "by_step": True}
    return memory.model_copy(update={**given, "refusals": (), "last": ""})


def is_saved(memory: Memory, event: ask.Saved, now: datetime) -> Memory:
    """They are saved, and what waited for them is known."""
    return memory.model_copy(update={"security_code": None, "due": event.due, "refusals": (), "last": "the details are saved"})


def is_not_accepted(memory: Memory, event: ask.NotAdded, now: datetime) -> Memory:
    """The provider did not accept them."""
    return _refused(memory, (results.NOT_SAVED.refusal(why=event.why),))


def is_half_saved(memory: Memory, event: ask.HalfSaved, now: datetime) -> Memory:
    """The provider has them and the book has not: that, and all the reasons."""
    return _refused(memory, (results.SAVED_AT_PROVIDER_ONLY.refusal(), *event.refusals))


def cannot_be_reached(memory: Memory, event: Event, now: datetime) -> Memory:
    """Nobody can say whether they are saved."""
    return _refused(memory, (results.SAVING_UNAVAILABLE.refusal(),))


def pays(memory: Memory, event: PayNow, now: datetime) -> Memory:
    """What waited is paid at once, as far as whoever says so may pay it."""
    return memory.model_copy(update={"charge_now": True, "agreed": True})


def pays_not(memory: Memory, event: Event, now: datetime) -> Memory:
    """What waited is left to the plan."""
    return memory.model_copy(update={"charge_now": False})


def has_woken(memory: Memory, event: ask.Woken, now: datetime) -> Memory:
    """Which retries know of it."""
    return memory.model_copy(update={"woken": event.invoices})


def _refused(memory: Memory, refusals: tuple[Refusal, ...]) -> Memory:
    last = " ".join(refusal.sentence for refusal in refusals)
    return memory.model_copy(update={"refusals": refusals, "last": last, "security_code": None})


_CALLED: Final = Phrase("{method}", "{method}")
_UNREAD: Final = Phrase("payment method {id}", "betalingsmåte {id}")


@Headline
def headline(memory: Memory) -> Iterator[Said]:
    """Which method."""
    source = memory.picture.source if memory.picture else None
    yield _CALLED(method=source.label) if source else _UNREAD(id=memory.method)


def story(memory: Memory, state: str, now: datetime) -> Story:
    """What it tells people: which fields are to be corrected, never what they hold, and what waited for that."""
    picture, details = memory.picture, memory.details
    lines = [*(of_picture(picture) if picture is not None else ()), Line("started by", memory.actor)]
    if details is not None:
        corrected = [name for name, value in details if value is not None]
        lines.append(Line("to be corrected", ", ".join(corrected) or "nothing"))
    if memory.due:
        lines.append(Line("waited for it", ", ".join(memory.due)))
    if memory.charge_now is not None:
        lines.append(Line("what waited is paid", "at once" if memory.charge_now else "at the plan's next date"))
    if memory.woken:
        lines.append(Line("retries that know of it", ", ".join(memory.woken)))
    if memory.last:
        lines.append(Line("last", memory.last))
    tables = dependents_table(picture) if picture is not None else ()
    return Story(tuple(lines), tuple(tables), picture.account.time_zone if picture is not None else "UTC")


def attributes(memory: Memory) -> dict[str, str | int]:
    """What it is searched by, and whose roles count: the account, and the billing profile when nothing else depends (G11)."""
    if memory.picture is None:
        return {}
    profile = memory.picture.dependents.profile
    return {"account": memory.picture.account.id, **({} if profile is None else {"profile": profile})}
