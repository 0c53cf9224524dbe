"""What this version knows: every released procedure, and every rule with the actions it may refuse."""

from typing import Any, NamedTuple

from paystates.cli.errors import BadInput
from paystates.engine import Move, Procedure, Rule, kind_of
from states import rules
from states.procedures import DECLARED, NEWEST, RELEASED, Declared

__all__ = ["DECLARED", "NEWEST", "RELEASED", "Use", "action_kind", "catalogue", "declared", "fields", "procedure", "subject"]


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


def declared(name: str) -> Declared:
    """What is known of the procedure of that name."""
    found = DECLARED.get(name)
    if found is None:
        message = f"PROCEDURE {name!r} is not known: use {', '.join(DECLARED)}"
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


def fields(given: list[str]) -> dict[str, Any]:
    """The fields of an action or a start from `key=value` words; `new.last4=4444` is a field of a field.

    `BadInput` names the word that is none.
    """
    read: dict[str, Any] = {}
    for word in given:
        name, equals, value = word.partition("=")
        path = name.replace("-", "_").split(".")
        if not equals or not all(part.isidentifier() for part in path):
            message = f"FIELD {word!r} is not of the form key=value: write for example reason=bankrupt"
            raise BadInput(message)
        if path == ["kind"]:
            message = "FIELD 'kind' is the action itself: name it before the fields"
            raise BadInput(message)
        inner = read
        for part in path[:-1]:
            inner = inner.setdefault(part, {})
            if not isinstance(inner, dict):
                break
        if not isinstance(inner, dict) or path[-1] in inner:
            message = f"FIELD {name!r} is given twice: keep one"
            raise BadInput(message)
        inner[path[-1]] = value
    return read


def catalogue() -> list[tuple[Rule, list[Use]]]:
    """Every rule, and where it may refuse."""
    return [(rule, _uses(rule)) for rule in rules.CATALOGUE]


def _uses(rule: Rule) -> list[Use]:
    uses = []
    for each in RELEASED.values():
        actions = dict.fromkeys(kind_of(move.on) for move in each.moves if _asks(move, rule))
        if actions:
            uses.append(Use(each.id, tuple(actions)))
    return uses


def _asks(move: Move, rule: Rule) -> bool:
    """By the code: a procedure may ask a rule under a condition of its own, and it is the same rule."""
    return any(one.code == rule.code for one in move.given)
