"""What the rules about payment methods look at: the picture, what is chosen or new, and whether whoever asks may know of it.

A rule that would tell something of the book answers nothing to somebody who may not see payment methods: there the rule about
roles refuses, and its sentence names none. What people sent themselves is judged for everybody.

No rule reads the picture in memory, or a fact that may be unknown, past the functions here: where it is not read, or nobody knows
it, they refuse for the rule (`known`). A rule about a choice that nobody has made has nothing to refuse, whatever is known.
"""

from collections.abc import Mapping
from typing import Any, Final

from domain.accounts import Role
from paystates.engine import Missing, Moment, known
from states.facts import MethodFacts, NewMethod, Picture

Found = Mapping[str, object] | Missing | None
"""What a check answers: the facts against it, what it would need to know, or nothing."""

METHOD_ADMINS: Final = frozenset(
    {
        Role.GLOBAL_ADMIN.value,
        Role.BILLING_ADMIN.value,
        Role.ACCOUNT_OWNER.value,
        Role.ACCOUNT_CONTRIBUTOR.value,
        Role.PROFILE_OWNER.value,
        Role.PROFILE_CONTRIBUTOR.value,
    }
)
"""Every role that may manage payment methods in some era, of some kind of account. Which ones do is `eras.yaml`'s."""

OPERATORS: Final = frozenset({Role.OPERATOR.value})
SERVICES: Final = frozenset({Role.SERVICE.value, Role.OPERATOR.value})

_MAY_SEE = METHOD_ADMINS | SERVICES

NOT_READ: Final = Missing("what the account book says of the account", "Try again when the account book can be reached.")
"""Nothing is read yet."""


def read(moment: Moment[Any, Any]) -> Picture:
    """The picture, for a rule whose sentence tells nothing of it but what everybody may know."""
    picture: Picture | None = moment.memory.picture
    return known(picture, NOT_READ)


def seen(moment: Moment[Any, Any]) -> Picture | None:
    """The picture, as far as the asker may see it. None: nothing may be told.

    Who manages methods in one era may see them in every other: the role that is too small is told all the other reasons too.
    """
    picture = read(moment)
    return None if _MAY_SEE.isdisjoint(moment.actor.roles) else picture


def given(moment: Moment[Any, Any], name: str) -> Any:
    """A field of the action where its type has one, else of what the procedure remembers; None where there is none.

    An action that is only listed as possible has no fields yet: then it is None too, whatever was remembered before.
    """
    holder = moment.event if name in type(moment.event).model_fields else moment.memory
    return getattr(holder, name, None)


def chosen(moment: Moment[Any, Any]) -> str | None:
    """The id of the method that items would be moved to: the one the action names, else the one that is remembered."""
    if "method" in type(moment.event).model_fields:
        return getattr(moment.event, "method", None)
    return getattr(moment.memory, "chosen", None)


def target(moment: Moment[Any, Any]) -> tuple[Picture, MethodFacts] | None:
    """The chosen method and the picture it stands in, as far as one is chosen, the asker may see it and the account has it."""
    name = chosen(moment)
    picture = seen(moment) if name is not None else None
    method = picture.candidate(name) if picture is not None else None
    return (picture, method) if picture is not None and method is not None else None


def new(moment: Moment[Any, Any]) -> tuple[Picture, NewMethod] | None:
    """The method that is to be put on file, and the picture of the account, as far as one is given and the asker may see it."""
    method = given(moment, "new")
    picture = seen(moment) if isinstance(method, NewMethod) else None
    return (picture, method) if picture is not None else None


def profile_alone(picture: Picture) -> bool:
    """Whether nothing but one billing profile is concerned, so that a role on it counts (G8, G11)."""
    return picture.subscription is None and picture.dependents.profile is not None


def where_issued(label: str) -> Missing:
    """Nobody knows where a method was issued (G15)."""
    return Missing(f"the country where {label} was issued")


def wait_ends(label: str) -> Missing:
    """A bank or network asked to wait, and nobody knows for how long."""
    return Missing(f"until when the bank or the network of {label} asked to wait", "Choose another payment method.")


def when_expires(label: str) -> Missing:
    """Nobody knows how long a card is valid (G32)."""
    return Missing(f"the date on which {label} expires")
