"""Kari's walks through replace-all, change-single-subscription and delete-with-dependents, in a world that answers as told."""

from typing import Any

from choosing_world import HOUSE_SERVICE, NEWER, NOW, SUBSCRIPTION, VISA, Told, picture, reviewed, walk
from for_every import for_every

from paystates.engine import Cancel, Procedure, Refusal, Walk
from states import methods as ask
from states.change_single_subscription import CHANGE_SINGLE_SUBSCRIPTION
from states.change_single_subscription import Memory as ChangeMemory
from states.choosing import TIME_TO_CHOOSE, Choosing
from states.delete_with_dependents import DELETE_WITH_DEPENDENTS
from states.delete_with_dependents import Memory as DeleteMemory
from states.replace_all import REPLACE_ALL
from states.replace_all import Memory as ReplaceMemory

STARTS: dict[str, tuple[Procedure[Any], type[Choosing], dict[str, Any]]] = {
    "replace": (REPLACE_ALL, ReplaceMemory, {"actor": "kari", "method": VISA.id}),
    "change": (CHANGE_SINGLE_SUBSCRIPTION, ChangeMemory, {"actor": "kari", "subscription": "sub-1"}),
    "delete": (DELETE_WITH_DEPENDENTS, DeleteMemory, {"actor": "kari", "method": VISA.id}),
}
every = for_every(STARTS)
BROKEN = Refusal("METHOD_EXPIRED", "It has expired.", "Choose another.")
ONE_CALL = {"chosen": NEWER.id, "confirmed": True}


def seen(which: str, **more: Any) -> ask.Reviewed:
    """The answer to the procedure's review."""
    return reviewed(picture(subscription=SUBSCRIPTION, **more) if which == "change" else picture(**more))


def world(which: str, **answers: Any) -> Told:
    """A world in which all goes well, but for what is told otherwise."""
    good: dict[str, Any] = {
        "review": seen(which),
        "move_page": ask.PageMoved(moved=1 if which == "change" else 3, last="sub-3"),
        "verify": ask.Verified(left=0),
        "wake_retries": ask.Woken(invoices=("F-1",)),
        "delete_method": ask.Deleted(),
        "add_method": ask.Added(method="visa-5100", picture=picture()),
    }
    return Told(**{**good, **answers})


def begin(which: str, told: Told, **choices: Any) -> Walk[Any]:
    """Started by Kari, with choices or without."""
    procedure, memory, about = STARTS[which]
    return walk(procedure, memory(**about, **choices), told)


def codes(refusals: tuple[Refusal, ...]) -> set[str]:
    """What stands against it."""
    return {refusal.code for refusal in refusals}


def cancel(going: Walk[Any]) -> None:
    """Our own systems may."""
    assert going.act(Cancel(), HOUSE_SERVICE) == ()


def wait_a_week(going: Walk[Any]) -> None:
    """Until the deadline."""
    going.travel(NOW + TIME_TO_CHOOSE)
