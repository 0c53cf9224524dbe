"""Every procedure there is: its released versions, what may be sent to it, and how its id is made of what it is started with.

This is all that the rest of the house knows of a procedure: whoever declares a new one adds one entry here.
"""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from paystates.engine import Memory, Procedure
from states import (
    add_method,
    change_single_subscription,
    charge_retry,
    delete_with_dependents,
    replace_all,
    settle_balance,
    update_details,
)


@dataclass(frozen=True, slots=True)
class Declared:
    """A procedure in all its versions.

    `action` is the union of what may be sent to it. `about` are the fields of its start data that make its id; the last may
    be left out where memory has a default. `choices` are what else a starter may set: a start that differs in one of them, or in
    who starts it, is another request. `hints` may be set too, and make no difference to a procedure that is running.
    """

    released: dict[str, Procedure[Any]]
    action: Any
    about: tuple[str, ...]
    choices: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    @property
    def newest(self) -> Procedure[Any]:
        """The version that new ones start with."""
        return max(self.released.values(), key=lambda one: one.version)

    @property
    def name(self) -> str:
        """What its ids begin with."""
        return self.newest.name

    @property
    def memory(self) -> type[Memory]:
        """What the newest version remembers; it validates start data."""
        memory: type[Memory] = self.newest.memory
        return memory

    @property
    def has_actor(self) -> bool:
        """Whether somebody starts it, whose roles count; the house starts the others."""
        return "actor" in self.memory.model_fields

    @property
    def may_set(self) -> tuple[str, ...]:
        """The fields of memory that a starter may set, those that make the id first."""
        return (*self.about, *(("actor",) if self.has_actor else ()), *self.choices, *self.hints)

    def subject(self, data: Mapping[str, Any]) -> str:
        """The id of the procedure that is started with this data: `charge-retry/{invoice}`."""
        return "/".join([self.name, *(str(data[field]) for field in self.about if data.get(field))])

    def data_of(self, rest: str) -> dict[str, str]:
        """What an id says, given without the procedure's name: the fields of `about`, as far as they are there."""
        return dict(zip(self.about, rest.split("/", len(self.about) - 1), strict=False))


_CHOICES = ("chosen", "new", "confirmed", "charge_now")

_ALL = (
    Declared(charge_retry.RELEASED, charge_retry.ChargeRetryAction, ("invoice",), hints=("hint", "charge_now")),
    Declared(replace_all.RELEASED, replace_all.ReplaceAllAction, ("method",), _CHOICES),
    Declared(
        change_single_subscription.RELEASED,
        change_single_subscription.ChangeSingleSubscriptionAction,
        ("subscription",),
        _CHOICES,
    ),
    Declared(delete_with_dependents.RELEASED, delete_with_dependents.DeleteWithDependentsAction, ("method",), _CHOICES),
    Declared(add_method.RELEASED, add_method.AddMethodAction, ("account", "request"), ("new",)),
    Declared(
        update_details.RELEASED,
        update_details.UpdateDetailsAction,
        ("method",),
        ("details", "security_code", "charge_now"),
    ),
    Declared(settle_balance.RELEASED, settle_balance.SettleBalanceAction, ("method", "invoice"), ("chosen", "new", "confirmed")),
)

DECLARED: Mapping[str, Declared] = {one.name: one for one in _ALL}
"""Every procedure, by name."""

RELEASED: Mapping[str, Procedure[Any]] = ChainMap(*(one.released for one in _ALL))
"""Every released version of every procedure, by its id: what a worker keeps."""

NEWEST: Mapping[str, Procedure[Any]] = {one.name: one.newest for one in _ALL}
"""The version of each procedure that new ones start with, by name."""


def declared_of(subject: str) -> Declared | None:
    """The procedure that an id belongs to; None when there is none of that name."""
    return DECLARED.get(subject.partition("/")[0])
