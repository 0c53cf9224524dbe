"""What this version knows: every released procedure, and every rule with the actions it may refuse."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from paystates.cli.errors import BadInput
from paystates.engine import Procedure, Rule, kind_of
from states import charge_retry, rules

RELEASED: Mapping[str, Procedure[Any]] = {**charge_retry.RELEASED}
"""Every released version of every procedure, by its id."""

NEWEST: Mapping[str, Procedure[Any]] = {each.name: each for each in sorted(RELEASED.values(), key=lambda one: one.version)}
"""The version of each procedure that new ones start with."""


class Use(NamedTuple):
    """Where a rule stands guard."""

    procedure: str
    actions: tuple[str, ...]


def procedure(name: str) -> Procedure[Any]:
    """The procedure of that name (`charge-retry`, its newest version) or id (`charge-retry@1`)."""
    found = RELEASED.get(name) or NEWEST.get(name)
    if found is None:
        message = f"PROCEDURE {name!r} is not known: use {', '.join([*NEWEST, *RELEASED])}"
        raise BadInput(message)
    return found


def subject(name: str) -> str:
    """The id of a procedure; a bare invoice stands for its charge-retry."""
    return name if "/" in name else f"charge-retry/{name}"


def action_kind(name: str, of: Procedure[Any]) -> str:
    """The kind of an action as typed, `retry-now` or `retry_now`; `BadInput` lists what there is."""
    kind = name.strip().lower().replace("-", "_")
    if kind not in of.actions:
        message = f"ACTION {name!r} is not known to {of.name}: use {', '.join(of.actions)}"
        raise BadInput(message)
    return kind


def fields(given: list[str]) -> dict[str, str]:
    """The fields of an action from `key=value` words; `BadInput` names the word that is none."""
    read: dict[str, str] = {}
    for word in given:
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier():
            message = f"FIELD {word!r} is not of the form key=value: write for example reason=bankrupt"
            raise BadInput(message)
        if name in read:
            message = f"FIELD {name!r} is given twice: keep one"
            raise BadInput(message)
        if name == "kind":
            message = "FIELD 'kind' is the action itself: name it before the fields"
            raise BadInput(message)
        read[name] = value
    return read


def catalogue() -> list[tuple[Rule, list[Use]]]:
    """Every rule, and where it may refuse."""
    return [(rule, _uses(rule)) for rule in rules.CATALOGUE]


def _uses(rule: Rule) -> list[Use]:
    uses = []
    for each in RELEASED.values():
        actions = dict.fromkeys(kind_of(move.on) for move in each.moves if rule in move.given)
        if actions:
            uses.append(Use(each.id, tuple(actions)))
    return uses
