"""What is wrong with data that people sent, field by field: which field, what it must be, and a right example of it."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

MUST: Mapping[str, str] = {
    "missing": "is missing: give it",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "string_type": "must be text",
    "date_parsing": "must be a date",
    "date_type": "must be a date",
    "date_from_datetime_parsing": "must be a date",
    "date_from_datetime_inexact": "must be a date",
    "datetime_type": "must be a date and a time of day",
    "datetime_parsing": "must be a date and a time of day",
    "datetime_from_date_parsing": "must be a date and a time of day",
    "timezone_aware": "must have an offset from UTC, such as 2026-03-31T09:00:00Z",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "model_type": "must have fields of its own",
    "model_attributes_type": "must have fields of its own",
    "dict_type": "must have fields of its own",
}
"""What pydantic says in its own terms, by its type, in ours."""


def faults(error: ValidationError, model: Any, skip: int = 0) -> str:
    """All of them in one line. `model` is what the data was to become; of each place the first `skip` parts are left out.

    What was sent is never repeated: it may be what must not be kept.
    """
    return "; ".join(_told(one, one["loc"][skip:], model) for one in error.errors(include_input=False, include_url=False))


def _told(error: ErrorDetails, place: tuple[int | str, ...], model: Any) -> str:
    field = ".".join(str(part) for part in place)
    told = _what(error, place, model)
    example = _example(place, model)
    said = f"{told}, for example {example}" if example and "such as" not in told and ", for example" not in told else told
    return f"{field}: {said}" if field else said


def _what(error: ErrorDetails, place: tuple[int | str, ...], model: Any) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        there = ", ".join(name for name in _fields(_at(place[:-1], model)) if len(place) > 1 or name != "kind")
        return f"is not a field here: use {there}" if there else "is not a field here: leave it out"
    if kind in {"enum", "literal_error"}:
        return f"must be {error['ctx']['expected']}".replace("'", "")
    if kind == "union_tag_invalid":
        return f"is of no kind that is known: use one of {error['ctx']['expected_tags']}".replace("'", "")
    if kind == "value_error":
        return str(error["ctx"]["error"])
    message = error["msg"].replace("Input should be", "must be").replace("Input should", "must")
    return MUST.get(kind, message[:1].lower() + message[1:])


def _example(place: tuple[int | str, ...], model: Any) -> str:
    """A right one, where the declaration has one: of the field, or of each of its fields that must be there."""
    holder = _at(place[:-1], model)
    field = _fields(holder).get(str(place[-1])) if place else None
    if field is None:
        return ""
    if field.examples:
        return str(field.examples[0])
    inner = _model_in(field.annotation)
    needed = {name: one for name, one in _fields(inner).items() if one.examples and (one.is_required() or name == "holder")}
    return " ".join(f"{place[-1]}.{name}={one.examples[0]}" for name, one in needed.items())


def _at(place: tuple[int | str, ...], model: Any) -> type[BaseModel] | None:
    """The model whose fields stand at that place; None where there is none."""
    found = _model_in(model)
    for part in place:
        field = _fields(found).get(str(part))
        found = _model_in(field.annotation) if field is not None else None
    return found


def _model_in(annotation: Any) -> type[BaseModel] | None:
    return next((one for one in _types(annotation) if isinstance(one, type) and issubclass(one, BaseModel)), None)


def _types(annotation: Any) -> Iterator[Any]:
    yield annotation
    for one in get_args(annotation):
        yield from _types(one)


def _fields(model: type[BaseModel] | None) -> Mapping[str, Any]:
    return {} if model is None else model.model_fields
