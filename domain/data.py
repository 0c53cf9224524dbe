"""Reads a YAML data file into its model, and says of every fault in which line and field it is and what to do about it.

Strict: a safe loader only, no key twice, no aliases, no field the model does not know. What only the whole file can
tell (a code listed twice, dates that overlap) is said by `Data.faults` and reported the same way.
"""

import reprlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails
    from yaml import MappingNode, ScalarNode, SequenceNode

    Node = MappingNode | ScalarNode | SequenceNode

Place = tuple[str | int, ...]
"""Where a field is: the keys and list indexes that lead to it from the top of the file."""


class Data(BaseModel):
    """What a data file's model is made of: frozen, and a field it does not know is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def faults(self) -> Iterator[tuple[Place, str]]:
        """What only the whole file can tell, as (place, sentence with the remedy). Asked of the topmost model alone."""
        return iter(())


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a file: its line (from 1), the field's path (`tables.ach.default`, or empty) and a sentence."""

    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}{', ' if self.field else ''}{self.field}: {self.message}"


class DataError(ValueError):
    """A data file that cannot be used, with all its problems. `source_name` is the file as the reader knows it."""

    def __init__(self, source_name: str, problems: Sequence[Problem]) -> None:
        self.source_name = source_name
        self.problems = sorted(problems, key=lambda problem: problem.line)
        super().__init__("\n".join([f"{source_name} cannot be used:", *(f"  {problem}" for problem in self.problems)]))


Model = TypeVar("Model", bound=BaseModel)


def load(text: str, model: type[Model], source_name: str, context: Mapping[str, object] | None = None) -> Model:
    """Read YAML text into `model`; `context` is handed to its validators.

    Raises `DataError` with every problem found, each with line, field and remedy.
    """
    node, content = _read(text, source_name)
    try:
        loaded = model.model_validate(content, context=dict(context or {}))
    except ValidationError as error:
        problems = [_problem(node, fault["loc"], _sentence(fault)) for fault in error.errors()]
        raise DataError(source_name, problems) from None
    if isinstance(loaded, Data):
        problems = [_problem(node, place, message) for place, message in loaded.faults()]
        if problems:
            raise DataError(source_name, problems)
    return loaded


def load_packaged(name: str, model: type[Model]) -> Model:
    """Read the data file `name` that is packaged with `domain`. Raises `DataError` as `load` does."""
    return load(files("domain").joinpath(name).read_text(encoding="utf-8"), model, f"domain/{name}")


def _read(text: str, source_name: str) -> tuple["Node", Any]:
    """The text as nodes, which know their lines, and as plain values."""
    import yaml  # noqa: PLC0415 - most who import this module never read a file

    made: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one is not built everywhere
    loader = made(text)
    try:
        if _is_too_deep(text, made):
            raise DataError(source_name, [Problem(1, "", "it is nested too deeply: write it with fewer levels")])
        node = loader.get_single_node()
        if node is None:
            raise DataError(source_name, [Problem(1, "", "the file is empty: write its fields")])
        problems = list(_unsafe(loader, node, (), set()))
        if problems:
            raise DataError(source_name, problems)
        return node, loader.construct_document(node)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or str(error)
        line = mark.line + 1 if mark else 1
        raise DataError(source_name, [Problem(line, "", f"this is not YAML as we read it: {said}")]) from None
    finally:
        loader.dispose()


_DEEPEST: Final = 200
"""No file that people write has as many levels; what reads them goes down with each, and the parser in C may not survive it."""


def _is_too_deep(text: str, loader: Any) -> bool:
    """Whether it is nested deeper than can be read. Each level takes a bracket, or a place on its line."""
    import yaml  # noqa: PLC0415 - see above

    if text.count("[") + text.count("{") + max(map(len, text.splitlines()), default=0) <= _DEEPEST:
        return False
    level = 0
    for event in yaml.parse(text, Loader=loader):
        level += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if level > _DEEPEST:
            return True
    return False


def _unsafe(loader: Any, node: "Node", place: Place, seen: set[int]) -> Iterator[Problem]:
    """What YAML itself would accept and a strict reader must not: aliases, keys given twice, impossible dates."""
    line = node.start_mark.line + 1
    if id(node) in seen:
        yield Problem(line, _path(place), "an alias repeats this value: write it out where it is used")
        return
    seen.add(id(node))
    if node.id == "scalar":
        try:
            loader.construct_object(node)
        except ValueError as error:
            yield Problem(line, _path(place), f"{node.value} cannot be read: {error}")
    elif node.id == "sequence":
        for index, item in enumerate(node.value):
            yield from _unsafe(loader, item, (*place, index), seen)
    else:
        keys: set[str | int] = set()
        for key, value in node.value:
            inner = (*place, str(key.value))
            if inner[-1] in keys:
                yield Problem(key.start_mark.line + 1, _path(inner), "is given twice: keep one")
            keys.add(inner[-1])
            yield from _unsafe(loader, value, inner, seen)


def _problem(node: "Node", place: Place, message: str) -> Problem:
    """The fault at `place`, with the line of that field, or of what should hold it when it is missing."""
    line, shown = node.start_mark.line + 1, list[str | int]()
    for depth, part in enumerate(place):
        inner = _inside(node, part)
        if inner is not None:
            line, node = inner
            shown.append(part)
        elif depth == len(place) - 1 and part != "[key]":  # otherwise the tag of a union, which is in no file
            shown.append(part)
    return Problem(line, _path(tuple(shown)), message)


def _inside(node: "Node", part: str | int) -> tuple[int, "Node"] | None:
    """The line and the node of one field or item of `node`, None when it has none."""
    if node.id == "mapping":
        found = [(key.start_mark.line + 1, value) for key, value in node.value if key.value == str(part)]
        return found[0] if found else None
    if node.id == "sequence" and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line + 1, node.value[part]
    return None


def _path(place: Place) -> str:
    """A place as people write it: `tables.ach.groups[2].codes`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")


def _sentence(fault: "ErrorDetails") -> str:
    """A fault that pydantic found, as a sentence that ends with what to do."""
    given = reprlib.repr(fault["input"])
    match fault["type"]:
        case "missing":
            return "is missing: add it"
        case "extra_forbidden":
            return "is not a field of this file: remove it or correct its name"
        case "string_type":
            return f"must be text, but YAML reads it as {given}: put it in quotes"
        case "enum" | "literal_error":
            return f"{given} is not known here: use {fault['ctx']['expected']}"
        case "value_error":
            return str(fault["ctx"]["error"])
        case _:
            return f"{fault['msg'].replace('Input should', 'must')}, but it is {given}: correct it"
