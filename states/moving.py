"""What the procedures that choose a method and move items to it remember of each event. The conditions stand in `choosing`."""

from datetime import datetime
from typing import Any, TypeVar

from paystates.engine import Action, Event, Refusal
from states import methods as ask
from states import results
from states.choosing import NAMED, Choosing, against_choice, against_deletion, against_start

C = TypeVar("C", bound=Choosing)


def sees(memory: Choosing, event: ask.Reviewed, now: datetime) -> Choosing:
    """The picture, as it is now."""
    return memory.model_copy(update={**_seen(event), "tries": 0})


def knows_of_none(memory: Choosing, event: ask.NoSuchThing, now: datetime) -> Choosing:
    """There is nothing it could be about."""
    refusal = results.NO_SUCH_THING.refusal(what=event.what)
    return memory.model_copy(update={"refusals": (refusal,), "last": refusal.sentence})


def sees_why_not(memory: Choosing, event: ask.Reviewed, now: datetime) -> Choosing:
    """The picture, and every reason against the start or the choice."""
    against = (
        against_start(memory, event, now)
        or against_choice(memory, event, now)
        or memory.refusals
        or (results.NOTHING_CHOSEN.refusal(),)
    )
    return memory.model_copy(update={**_seen(event), "refusals": against, "last": _told(against)})


def drops_choice(memory: Choosing, event: ask.Reviewed, now: datetime) -> Choosing:
    """What was chosen may not be chosen: the reasons, and the question again."""
    return sees_why_not(memory, event, now).model_copy(update={"chosen": None, "agreed": False})


def begins_moving(memory: Choosing, event: ask.Reviewed, now: datetime) -> Choosing:
    """Everything is checked; the first item moves next."""
    return _moving(sees(memory, event, now))


def goes_on_waking(memory: Choosing, event: ask.Reviewed, now: datetime) -> Choosing:
    """All was moved before a Reset, to what was chosen then: the retries are woken next."""
    moved = event.moved
    assert moved is not None  # noqa: S101 - the move's condition says so
    done = {"chosen": moved.target, "moved": moved.count, "total": moved.count, "stage": "waking"}
    charge_now = memory.charge_now or moved.charge_now
    return sees(memory, event, now).model_copy(update={**done, "charge_now": charge_now})


def is_confirmed(memory: Choosing, event: ask.Confirm, now: datetime) -> Choosing:
    """Somebody has seen what will move, and where to."""
    return _moving(memory.model_copy(update={"agreed": True, "charge_now": event.charge_now or memory.charge_now}))


def chooses(memory: Choosing, event: ask.Choose, now: datetime) -> Choosing:
    """The target."""
    return memory.model_copy(update={"chosen": event.method, "refusals": (), "last": ""})


def chooses_again(memory: Choosing, event: Action, now: datetime) -> Choosing:
    """Nothing is chosen, and nothing has changed."""
    return memory.model_copy(update={"chosen": None, "agreed": False, "new": None})


def reads_again(memory: C, event: ask.ReadAgain, now: datetime) -> C:
    """What stood against it before may have been mended; what is found now is told anew. Nothing has changed."""
    return memory.model_copy(update={"refusals": (), "last": ""})


def takes_new(memory: Choosing, event: ask.AddNew, now: datetime) -> Choosing:
    """A new method is to be added, and chosen (G28)."""
    return memory.model_copy(update={"new": event.new, "refusals": (), "last": ""})


def counts_page(memory: Choosing, event: ask.PageMoved, now: datetime) -> Choosing:
    """What a page moved, and what stays with its reason."""
    known = {conflict.item.key for conflict in memory.conflicts}
    fresh = [conflict for conflict in event.conflicts if conflict.item.key not in known]
    named = (*memory.conflicts, *fresh)
    return memory.model_copy(
        update={
            "moved": memory.moved + event.moved,
            "total": max(memory.total, memory.moved + event.moved + len(named) + memory.unnamed),
            "conflicts": named[:NAMED],
            "unnamed": memory.unnamed + len(named[NAMED:]),
            "after": event.last,
            "more": event.more,
            "tries": 0,
        }
    )


def has_changed(memory: Choosing, event: ask.PageMoved, now: datetime) -> Choosing:
    """The one subscription is bound; its retry is woken next."""
    return counts_page(memory, event, now).model_copy(update={"stage": "waking"})


def starts_over(memory: Choosing, event: ask.Conflicted, now: datetime) -> Choosing:
    """The commit found a rule broken before anything moved: it is reviewed again, and the reasons are told."""
    return memory.model_copy(
        update={"stage": "reviewing", "chosen": None, "agreed": False, "refusals": event.refusals, "last": _told(event.refusals)}
    )


def stops_moving(memory: Choosing, event: ask.Conflicted, now: datetime) -> Choosing:
    """The commit found a rule broken: what is left stays, and the reasons are told."""
    left = max(memory.total - memory.moved, 0)
    return memory.model_copy(update={"stage": "waking", "left": left, "refusals": event.refusals, "last": _told(event.refusals)})


def goes_round(memory: Choosing, event: ask.Verified, now: datetime) -> Choosing:
    """What was attached meanwhile is moved too, from the first again."""
    moved = max(memory.moved, event.moved)  # a page may have been committed whose reply never came
    return memory.model_copy(
        update={
            "rounds": memory.rounds + 1,
            "after": "",
            "more": False,
            "moved": moved,
            "unnamed": 0,
            "total": moved + len(memory.conflicts) + event.left,
            "tries": 0,
        }
    )


def is_verified(memory: Choosing, event: ask.Verified, now: datetime) -> Choosing:
    """What is left, and that the retries are woken next."""
    moved = max(memory.moved, event.moved)
    return memory.model_copy(update={"left": event.left, "moved": moved, "stage": "waking", "tries": 0})


def has_woken(memory: Choosing, event: ask.Woken, now: datetime) -> Choosing:
    """Which retries know of their new method."""
    return memory.model_copy(update={"woken": event.invoices})


def counts_try(memory: Choosing, event: Event, now: datetime) -> Choosing:
    """One try more to reach the book."""
    return memory.model_copy(update={"tries": memory.tries + 1})


def gives_up(memory: Choosing, event: Event, now: datetime) -> Choosing:
    """The book cannot be reached: what is left stays where it is."""
    left = max(memory.total - memory.moved, 0)
    return memory.model_copy(update={"left": left, "last": "the account book could not be reached"})


def sees_why_it_stays(memory: Choosing, event: ask.Reviewed, now: datetime) -> Choosing:
    """The picture, and every reason against the deletion."""
    against = against_deletion(memory, event, now)
    return memory.model_copy(update={**_seen(event), "refusals": against, "last": _told(against)})


def agrees_to_delete(memory: Choosing, event: ask.Confirm, now: datetime) -> Choosing:
    """Somebody has seen that nothing depends on it, and confirmed."""
    return deletes_next(memory.model_copy(update={"agreed": True}), event, now)


def goes_deleting(memory: Choosing, event: ask.Reviewed, now: datetime) -> Choosing:
    """Nothing depends on it: it is deleted next."""
    return deletes_next(sees(memory, event, now), event, now)


def has_woken_and_deletes(memory: Choosing, event: ask.Woken, now: datetime) -> Choosing:
    """Which retries know of their new method; the old one is deleted next."""
    return deletes_next(has_woken(memory, event, now), event, now)


def deletes_next(memory: Choosing, event: Event, now: datetime) -> Choosing:
    """The method is deleted next."""
    return memory.model_copy(update={"stage": "deleting", "tries": 0, "refusals": (), "last": ""})


def must_review(memory: Choosing, event: ask.Conflicted, now: datetime) -> Choosing:
    """Something stands against the deletion that was not there before: it is reviewed again (G47)."""
    return memory.model_copy(
        update={
            "stage": "reviewing",
            "rounds": memory.rounds + 1,
            "after": "",
            "more": False,
            "left": 0,
            "refusals": event.refusals,
            "last": _told(event.refusals),
        }
    )


def is_left(memory: Choosing, event: Event, now: datetime) -> Choosing:
    """What was moved stays moved; the method is not deleted."""
    return memory.model_copy(update={"last": "the method is not deleted"})


def _seen(event: ask.Reviewed) -> dict[str, Any]:
    return {"picture": event.picture, "roles": tuple(sorted(event.roles))}


def _moving(memory: Choosing) -> Choosing:
    total = memory.moved + (memory.picture.dependents.count if memory.picture else 0)
    return memory.model_copy(update={"stage": "moving", "total": total, "refusals": (), "last": "", "after": ""})


def _told(refusals: tuple[Refusal, ...]) -> str:
    return " ".join(refusal.sentence for refusal in refusals)
