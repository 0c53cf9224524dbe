"""What the procedures that choose a payment method and move items to it have in common: memory, requests and conditions.

`replace_all`, `change_single_subscription` and `delete_with_dependents` declare their moves with these, and with what `moving`
remembers. They share words, not a machine: each is read and drawn by itself. Whoever starts one makes its choices.
"""

from datetime import datetime, timedelta
from typing import ClassVar, Literal

from paystates.engine import Actor, Event, Moment, Refusal, Rule
from paystates.engine import Memory as BaseMemory
from states import methods as ask
from states import rules
from states.facts import NewMethod, Picture, era_of
from states.rules.judging import judge

CANCELLERS = rules.METHOD_ADMINS | rules.SERVICES
"""Who may end one that waits: everybody who might have started it, and our own systems."""

TIME_TO_CHOOSE = timedelta(days=7)
"""How long an administrator is waited for at each question."""

RECOVER_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, *[360] * 8))
"""How long to wait before the book is asked again when it could not be reached; then it ends as it is."""

ROUNDS = 10
"""How often what was attached meanwhile is moved too, before it is left and named."""

NAMED = 50
"""How many conflicts are remembered by name: memory must not grow with what depends on a method."""


class Choosing(BaseMemory):
    """What is remembered on the way. A starter sets `actor`, what it is about, and may make the choices at once.

    `method` is the method that is replaced or deleted, `subscription` the one that is changed. `chosen` is the target, `new` one
    to be added and chosen. `confirmed`: nobody need be asked. `agreed`: somebody was, and confirmed. `roles` are those that the
    starter had when it was last reviewed: only to tell what may be chosen, never to allow it.
    """

    start_rules: ClassVar[tuple[Rule, ...]] = rules.START
    choice_rules: ClassVar[tuple[Rule, ...]] = rules.CHOICE
    secrets: ClassVar[frozenset[str]] = frozenset({"password"})

    actor: str
    method: str = ""
    subscription: str = ""
    chosen: str | None = None
    new: NewMethod | None = None
    confirmed: bool = False
    charge_now: bool = False
    agreed: bool = False
    roles: tuple[str, ...] = ()
    picture: Picture | None = None
    adding_until: datetime | None = None
    password: str | None = None
    stage: Literal["reviewing", "moving", "waking", "deleting"] = "reviewing"
    total: int = 0
    moved: int = 0
    conflicts: tuple[ask.Conflict, ...] = ()
    unnamed: int = 0
    after: str = ""
    more: bool = False
    left: int = 0
    rounds: int = 0
    tries: int = 0
    woken: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    last: str = ""

    @property
    def source(self) -> str | None:
        """The id of the method that items are moved away from; None where there is none, or it is not known yet."""
        return self.method or (self.picture.source.id if self.picture and self.picture.source else None)

    def label(self, method: str | None) -> str:
        """What people call a method."""
        picture = self.picture
        known = (picture.source, *picture.candidates) if picture else ()
        return next((one.label for one in known if one is not None and one.id == method), method or "no method")


def attributes(memory: Choosing) -> dict[str, str | int]:
    """What it is searched by, and whose roles count: the account, and the billing profile when nothing else depends (G11)."""
    if memory.picture is None:
        return {}
    named: dict[str, str | int] = {"account": memory.picture.account.id}
    if memory.picture.dependents.profile is not None:
        named["profile"] = memory.picture.dependents.profile
    return named


# Requests made of memory.


def review(memory: Choosing) -> ask.Review:
    """Read what the rules need, and the starter's roles."""
    return ask.Review(
        method=memory.method or None,
        subscription=memory.subscription or None,
        actor=memory.actor,
        era=era_of(memory.picture),
    )


def move_page(memory: Choosing) -> ask.MovePage:
    """Move the next page of items."""
    return ask.MovePage(
        source=memory.source,
        subscription=memory.subscription or None,
        target=memory.chosen or "",
        actor=memory.actor,
        after=memory.after,
        era=era_of(memory.picture),
    )


def verify(memory: Choosing) -> ask.Verify:
    """Whether anything is left on the source."""
    return ask.Verify(source=memory.source or "", conflicts=tuple(conflict.item.key for conflict in memory.conflicts))


def wake(memory: Choosing) -> ask.WakeRetries:
    """Wake the retries whose method changed."""
    return ask.WakeRetries(method=memory.chosen or "", charge_now=memory.charge_now, actor=memory.actor)


def delete_method(memory: Choosing) -> ask.DeleteMethod:
    """Delete the method."""
    return ask.DeleteMethod(method=memory.method, actor=memory.actor, era=era_of(memory.picture))


# Instants, progress.


def in_a_week(memory: Choosing, now: datetime) -> datetime:
    """The deadline of a question."""
    return now + TIME_TO_CHOOSE


def next_try(memory: Choosing, now: datetime) -> datetime:
    """When the book is asked again."""
    return now + RECOVER_AFTER[min(memory.tries, len(RECOVER_AFTER)) - 1]


def more_pages(memory: Choosing) -> bool:
    """Another page may follow."""
    return memory.more


def moved_of(memory: Choosing) -> tuple[int, int]:
    """How many items are dealt with, and of how many."""
    return memory.moved + len(memory.conflicts) + memory.unnamed, memory.total


# Conditions.


def against_start(memory: Choosing, event: ask.Reviewed, now: datetime) -> tuple[Refusal, ...]:
    """Every reason against the start, with the roles that were looked up."""
    return judge(memory.start_rules, event.picture, Actor(memory.actor, event.roles), now)


def against_choice(memory: Choosing, event: ask.Reviewed, now: datetime) -> tuple[Refusal, ...]:
    """Every reason against what is chosen; none when nothing is."""
    if memory.chosen is None:
        return ()
    return judge(memory.choice_rules, event.picture, Actor(memory.actor, event.roles), now, chosen=memory.chosen)


def against_deletion(memory: Choosing, event: ask.Reviewed, now: datetime) -> tuple[Refusal, ...]:
    """Every reason against deleting the method as it is now."""
    return judge(rules.DELETE, event.picture, Actor(memory.actor, event.roles), now)


def may_not_start(moment: Moment[Choosing, ask.Reviewed]) -> bool:
    """Who started it may not do this, or not with this method; and nothing has been moved."""
    return moment.memory.moved == 0 and bool(against_start(moment.memory, moment.event, moment.now))


def may_not_go_on(moment: Moment[Choosing, ask.Reviewed]) -> bool:
    """The same, when items have been moved already."""
    return bool(against_start(moment.memory, moment.event, moment.now))


def choice_refused(moment: Moment[Choosing, ask.Reviewed]) -> bool:
    """What was chosen at the start may not be chosen."""
    return bool(against_choice(moment.memory, moment.event, moment.now))


def choice_refused_and_nobody_to_ask(moment: Moment[Choosing, ask.Reviewed]) -> bool:
    """The same, and all choices were made at the start."""
    return moment.memory.confirmed and choice_refused(moment)


def nobody_to_ask_and_something_moved(moment: Moment[Choosing, ask.Reviewed]) -> bool:
    """Items were moved already, and neither is what was chosen still allowed, nor is there anybody to ask for another."""
    return moment.memory.moved > 0 and (choice_refused_and_nobody_to_ask(moment) or nothing_chosen_and_nobody_to_ask(moment))


def nothing_chosen_and_nobody_to_ask(moment: Moment[Choosing, ask.Reviewed]) -> bool:
    """All choices were made at the start, and what was chosen has come to nothing."""
    return moment.memory.confirmed and moment.memory.chosen is None


def nothing_depends(moment: Moment[Choosing, ask.Reviewed]) -> bool:
    """No subscription and no billing profile pays with it, whatever its status (G42)."""
    return moment.event.picture.dependents.count == 0


def all_moved_before(moment: Moment[Choosing, ask.Reviewed]) -> bool:
    """Nothing depends on it, because all was moved before a Reset: whom that concerns may not have been told."""
    return nothing_depends(moment) and moment.memory.moved == 0 and moment.event.moved is not None


def changed_before(moment: Moment[Choosing, ask.Reviewed]) -> bool:
    """The subscription pays with what was chosen before a Reset, and with nothing else since."""
    source, moved = moment.event.picture.source, moment.event.moved
    return source is not None and moved is not None and source.id == moved.target


def was_deleted_before(moment: Moment[Choosing, ask.NoSuchThing]) -> bool:
    """It is gone because it was deleted before a Reset."""
    return moment.event.deleted


def may_not_be_deleted(moment: Moment[Choosing, ask.Reviewed]) -> bool:
    """Nothing depends on it and nothing was moved, but it may not be deleted all the same."""
    return moment.memory.moved == 0 and is_left_undeleted(moment)


def is_left_undeleted(moment: Moment[Choosing, ask.Reviewed]) -> bool:
    """Nothing depends on it, but it may not be deleted all the same."""
    return nothing_depends(moment) and bool(against_deletion(moment.memory, moment.event, moment.now))


def nothing_depends_and_confirmed(moment: Moment[Choosing, ask.Reviewed]) -> bool:
    """The same, and nobody need be asked."""
    return nothing_depends(moment) and (moment.memory.confirmed or moment.memory.agreed)


def no_rounds_left(moment: Moment[Choosing, ask.Reviewed]) -> bool:
    """It was reviewed as often as it may be: something attaches to the method again and again."""
    return moment.memory.rounds >= ROUNDS


def to_be_added(moment: Moment[Choosing, ask.Reviewed]) -> bool:
    """A new method was given at the start."""
    return moment.memory.new is not None


def chosen_and_confirmed(moment: Moment[Choosing, ask.Reviewed]) -> bool:
    """The choice is made, and nobody need be asked."""
    return moment.memory.chosen is not None and (moment.memory.confirmed or moment.memory.agreed)


def is_chosen(moment: Moment[Choosing, ask.Reviewed]) -> bool:
    """The choice is made, and waits for a confirmation (G31)."""
    return moment.memory.chosen is not None


def nothing_moved(moment: Moment[Choosing, Event]) -> bool:
    """No item has been touched yet."""
    return moment.memory.moved == 0


def something_moved(moment: Moment[Choosing, Event]) -> bool:
    """Items have been moved already."""
    return moment.memory.moved > 0


def left_and_rounds_left(moment: Moment[Choosing, ask.Verified]) -> bool:
    """Something was attached meanwhile, beside what is known to stay, and it is not the tenth time."""
    return moment.event.left > moment.memory.unnamed and moment.memory.rounds < ROUNDS


def without_conflict(moment: Moment[Choosing, ask.PageMoved]) -> bool:
    """The one item was moved, or pointed there already."""
    return not moment.event.conflicts


def all_moved(moment: Moment[Choosing, ask.Verified]) -> bool:
    """Nothing is left where it was, and no item is in conflict (G33)."""
    return moment.event.left == 0 and not moment.memory.conflicts


def tries_left(moment: Moment[Choosing, Event]) -> bool:
    """The budget of tries is not used up."""
    return moment.memory.tries < len(RECOVER_AFTER)


def was_reviewing(moment: Moment[Choosing, Event]) -> bool:
    """The book was not to be reached before anything was moved."""
    return moment.memory.stage == "reviewing"


def was_waking_all(moment: Moment[Choosing, Event]) -> bool:
    """The retries could not be woken, and everything was moved."""
    memory = moment.memory
    return was_waking(moment) and not (memory.left or memory.conflicts or memory.refusals)


def was_waking(moment: Moment[Choosing, Event]) -> bool:
    """The retries could not be woken."""
    return moment.memory.stage == "waking"


def was_deleting(moment: Moment[Choosing, Event]) -> bool:
    """The method could not be deleted."""
    return moment.memory.stage == "deleting"
