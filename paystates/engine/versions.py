"""Fingerprints of definitions: a released procedure whose meaning changes without a new version is found in CI.

The fingerprint covers the neutral model, the fields of memory, events and requests, and the syntax tree of every function the
declaration names, with the functions and constants those use. Formatting, comments and docstrings do not count.
"""

import ast
import hashlib
import inspect
import json
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from types import FunctionType, ModuleType
from typing import Any

from pydantic import BaseModel

from paystates.engine.lint import named_callables
from paystates.engine.machine import Procedure
from paystates.engine.model import chart
from paystates.engine.vocabulary import Run


def fingerprint(procedure: Procedure[Any]) -> str:
    """A hash of what the definition means, as 16 hexadecimal digits."""
    facts = {
        "chart": asdict(chart(procedure)),
        "shapes": {model.__name__: _shape(model) for model in _models(procedure)},
        "rules": {rule.code: [rule.sentence, rule.remedy, rule.source] for move in procedure.moves for rule in move.given},
        "code": [[where, *_meanings(function)] for where, function, _ in named_callables(procedure)],
    }
    text = json.dumps(facts, sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def changed(procedures: Mapping[str, Procedure[Any]], baseline: Mapping[str, str]) -> list[str]:
    """One sentence for every definition that is not as released, and for every release that is no longer kept."""
    found = []
    for name, procedure in sorted(procedures.items()):
        released = baseline.get(name)
        if released is None:
            found.append(f"{name} is not in the baseline: release it with `make docs`.")
        elif released != fingerprint(procedure):
            found.append(
                f"{name} no longer means what was released: running procedures are pinned to it. "
                f"Declare {procedure.name}@{procedure.version + 1} instead, and keep {name} as it was."
            )
    found += [
        f"{name} was released and is not kept: running procedures need it." for name in sorted(baseline.keys() - procedures)
    ]
    return found


def _models(procedure: Procedure[Any]) -> list[type[BaseModel]]:
    models: set[type[BaseModel]] = {procedure.memory} | {move.on for move in procedure.moves}
    models |= {state.request for state in procedure.states.values() if isinstance(state, Run)}
    return sorted(models, key=lambda model: model.__name__)


def _shape(model: type[BaseModel]) -> dict[str, str]:
    return {
        name: f"{field.annotation!r} = {field.default!r}" if not field.is_required() else repr(field.annotation)
        for name, field in model.model_fields.items()
    }


def _meanings(function: Any) -> list[str]:  # noqa: ANN401 - whatever a global name may hold
    seen: dict[int, str] = {}
    _gather(function, _root(function), seen)
    return list(seen.values())


def _root(thing: Any) -> str:  # noqa: ANN401 - whatever a global name may hold
    return str(getattr(thing, "__module__", "")).partition(".")[0]


def _gather(thing: Any, home: str, seen: dict[int, str]) -> None:  # noqa: ANN401 - whatever a global name may hold
    """Follow the names a function uses, as far as they lead to our own packages and to plain constants."""
    if id(thing) in seen or isinstance(thing, ModuleType):
        return
    if isinstance(thing, FunctionType):
        seen[id(thing)] = _tree(thing)
        for used in _uses(thing):
            _gather(used, home, seen)
    elif isinstance(thing, type):
        if _root(thing) in {home, "domain", "states"}:
            seen[id(thing)] = _tree(thing)
    elif not callable(thing):
        seen[id(thing)] = repr(thing)


def _uses(function: FunctionType) -> Iterator[Any]:
    code = function.__code__
    scope = function.__globals__
    for name in code.co_names:
        value = scope.get(name)
        if isinstance(value, FunctionType) and _root(value) not in {_root(function), "domain", "states"}:
            continue
        if isinstance(value, ModuleType):
            yield from (vars(value)[inner] for inner in code.co_names if isinstance(vars(value).get(inner), FunctionType))
        elif value is not None:
            yield value


def _tree(thing: Any) -> str:  # noqa: ANN401 - a function or a class
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(thing)))
    except (OSError, TypeError):  # no source, as in an interactive session: the name has to do
        return str(getattr(thing, "__qualname__", thing))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree, annotate_fields=False)
