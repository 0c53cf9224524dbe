"""What a function, a class or a value means, as JSON data that is the same in every process and on every Python.

Code is read from its source: comments, formatting, docstrings and the annotations of arguments do not count, nor does
the module in which it stands. The names that code uses are followed into our own packages; a library's name stands for
itself.
"""

import ast
import copyreg
import enum
import functools
import inspect
import json
import linecache
import pickle
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from paystates.engine.machine import Procedure

ENGINE = __name__.rpartition(".")[0]
_ATOMS = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis))


class Meaning:
    """Collects the definitions that something uses. `home` is a module of the packages that are ours.

    Ours are the packages beside home's; where libraries are installed, home's own. The engine is never among them: what
    it does with a declaration is not a part of the declaration.
    """

    def __init__(self, home: str) -> None:
        self.definitions: set[str] = set()
        self._home = home.partition(".")[0]
        self._folder = _folder(self._home)
        self._seen: set[Any] = set()
        self._within: list[int] = []

    def of(self, value: Any) -> Any:
        """The value as JSON data. What it uses of our own code is added to `definitions`."""
        if isinstance(value, enum.Enum):
            return [self.of(type(value)), self.of(value.value)]
        if isinstance(value, _ATOMS):
            return repr(value)
        meant = inspect.unwrap(value)
        if isinstance(meant, type | FunctionType):
            return self._code(meant)
        if id(value) in self._within:
            return "…"
        self._within.append(id(value))
        found = self._composite(value)
        self._within.pop()
        return found

    def _composite(self, value: Any) -> Any:
        if isinstance(value, Procedure):  # another one, with a fingerprint of its own
            return value.id
        if isinstance(value, set | frozenset):
            return ["set", *sorted((self.of(one) for one in value), key=json.dumps)]
        if isinstance(value, Mapping):
            pairs = ([self.of(key), self.of(one)] for key, one in value.items())
            return ["mapping", *sorted(pairs, key=json.dumps)]
        if isinstance(value, list | tuple):
            return [type(value).__name__, *(self.of(one) for one in value)]
        try:
            reduce = copyreg.dispatch_table.get(type(value))
            parts = value.__reduce_ex__(4) if reduce is None else reduce(value)
        except (TypeError, pickle.PickleError):  # a lock, a file: no data, so its kind is what counts
            return self.of(type(value))
        if not isinstance(parts, str):
            parts = [self.of(list(part) if isinstance(part, Iterator) else part) for part in parts]
        return parts

    def _code(self, thing: type | FunctionType) -> Any:
        name = thing.__qualname__
        if not self._is_ours(thing.__module__):
            return f"{thing.__module__}.{name}"
        if thing not in self._seen:
            self._seen.add(thing)
            scope = thing.__globals__ if isinstance(thing, FunctionType) else vars(sys.modules[thing.__module__])
            nodes = _nodes(thing)
            used = {path: self.of(value) for node in nodes for path, value in _used(node, scope)}
            self.definitions.add(json.dumps([name, [_code_of(node) for node in nodes], used], sort_keys=True))
        held = inspect.getclosurevars(thing).nonlocals if isinstance(thing, FunctionType) else {}
        return [name, self.of(held)] if held else name

    def _is_ours(self, module: str) -> bool:
        if module.startswith(f"{ENGINE}."):
            return False
        package = module.partition(".")[0]
        return package == self._home or (self._folder is not None and _folder(package) == self._folder)


@functools.cache
def _folder(package: str) -> Path | None:
    """The folder a top-level package or module stands in; None for one that is installed or built in."""
    module = sys.modules.get(package)
    origin = next(iter(getattr(module, "__path__", ())), None) or getattr(module, "__file__", None)
    if origin is None:
        return None
    folder = Path(origin).resolve().parent
    return None if folder in _installed() else folder


@functools.cache
def _installed() -> frozenset[Path]:
    """Where libraries stand."""
    return frozenset(Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "purelib", "platlib"))


def _nodes(thing: type | FunctionType) -> list[ast.AST]:
    """Where the source defines it; nothing when there is no source."""
    if isinstance(thing, FunctionType):
        lines = linecache.getlines(thing.__code__.co_filename, thing.__globals__)
        here = _index("".join(lines)).get(thing.__qualname__, [])
        return [node for node in here if _first_line(node) == thing.__code__.co_firstlineno]
    lines = linecache.getlines(getattr(sys.modules[thing.__module__], "__file__", None) or "")
    return _index("".join(lines)).get(thing.__qualname__, [])


def _first_line(node: Any) -> int:
    lines: list[int] = [node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))]
    return min(lines)


@functools.cache
def _index(source: str) -> dict[str, list[ast.AST]]:
    """Every function and class of a module, by its qualified name."""
    found: dict[str, list[ast.AST]] = {}
    pending: list[tuple[ast.AST, str]] = [(_Bare().visit(ast.parse(source)), "")]
    while pending:
        node, within = pending.pop()
        for child in ast.iter_child_nodes(node):
            inner = within
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
                name = within + getattr(child, "name", "<lambda>")
                found.setdefault(name, []).append(child)
                inner = f"{name}." if isinstance(child, ast.ClassDef) else f"{name}.<locals>."
            pending.append((child, inner))
    return found


class _Bare(ast.NodeTransformer):
    """Takes away what means nothing when the code runs."""

    def visit(self, node: ast.AST) -> Any:
        match node:
            case ast.Pass() | ast.Expr(value=ast.Constant(value=str())):
                return None
            case ast.arg():
                node.annotation = None
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                node.returns = None
        return self.generic_visit(node)


@functools.cache
def _code_of(node: ast.AST) -> Any:
    """What a function or class says, as JSON data."""
    return _plain(node)


def _plain(node: Any) -> Any:
    """A syntax tree as JSON data, without what only some versions of Python write down."""
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = {name: _plain(value) for name, value in ast.iter_fields(node) if name != "kind" and value not in (None, [])}
    return [type(node).__name__, fields]


def _used(node: ast.AST, scope: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The global names a piece of code uses, each with its value; through a module, what is used of it."""
    for base, path in _names(node):
        if base not in scope:
            continue
        name, value, rest = base, scope[base], list(path)
        while rest and isinstance(value, ModuleType):
            name, value = f"{name}.{rest[0]}", getattr(value, rest.pop(0), None)
        if not isinstance(value, ModuleType):
            yield name, value


@functools.cache
def _names(node: ast.AST) -> Sequence[tuple[str, tuple[str, ...]]]:
    """The names a piece of code reads, each with the attributes that it reads of it: `a.b.c` is a, and b, c."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for used in ast.walk(node):
        path: list[str] = []
        base = used
        while isinstance(base, ast.Attribute):
            path.insert(0, base.attr)
            base = base.value
        if isinstance(base, ast.Name):
            found.append((base.id, tuple(path)))
    return found
