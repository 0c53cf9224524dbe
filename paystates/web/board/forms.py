"""Forms for actions: their fields are read from the action's model, and what was filled in is put into its shape again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from domain.method_fields import BANK_NETWORKS, CARD_NETWORKS

_KINDS: Final[Mapping[type, str]] = {bool: "checkbox", int: "number", date: "date", datetime: "datetime-local"}
"""The kind of input for a type; everything else is text."""

_CLOSED: Final[Mapping[str, tuple[str, ...]]] = {"network": (*CARD_NETWORKS, *BANK_NETWORKS)}
"""What may be chosen where a model checks a text against a list of its own."""

OWN: Final = frozenset({"csrf", "action", "seen", "sure", "procedure", "subject"})
"""What a form says for itself: no field of an action."""


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a form. `name` has a point where it is a field of a field."""

    name: str
    kind: str = "text"
    required: bool = False
    options: tuple[str, ...] = ()


@cache
def fields_of(model: type[BaseModel], prefix: str = "", *, required: bool = True) -> tuple[Field, ...]:
    """The inputs that a model needs, those of its models too. An inner model that may be left out demands nothing."""
    found: list[Field] = []
    secrets: frozenset[str] = getattr(model, "secrets", frozenset())
    for name, info in model.model_fields.items():
        if not prefix and name == "kind":
            continue
        kind, path, needed = _type(info), f"{prefix}{name}", required and info.is_required()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found += fields_of(kind, f"{path}.", required=needed)
        else:
            shown = "password" if name in secrets else _KINDS.get(kind, "text")
            options = _options(kind) or _CLOSED.get(name, ())
            found.append(Field(path, shown, needed, options))
    return tuple(found)


def _type(info: FieldInfo) -> Any:
    """A field's type: None left out, and what it is checked by."""
    kind: Any = info.annotation
    while get_origin(kind) in {Union, UnionType, Annotated}:
        kind = next(one for one in get_args(kind) if one is not type(None))
    return kind


def _options(kind: Any) -> tuple[str, ...]:
    if get_origin(kind) is Literal:
        return tuple(str(one) for one in get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return tuple(str(one.value) for one in kind)
    return ()


def filled_in(given: Iterable[tuple[str, object]]) -> dict[str, Any]:
    """The fields of an action from a form: `new.token` goes into `new`; what was left empty is left out."""
    read: dict[str, Any] = {}
    for name, value in given:
        text = str(value).strip()
        if name in OWN or not text:
            continue
        *path, last = name.split(".")
        inner = read
        for part in path:
            inner = inner.setdefault(part, {})
            if not isinstance(inner, dict):
                return {**read, name: text}
        inner[last] = text
    return read
