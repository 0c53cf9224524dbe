"""Writes the generated parts of the docs from what the code declares; `--check` says which files are stale instead.

A generated part stands between cog's markers in a Markdown file, with the one expression that makes it; the rest of the
file is written by hand. The functions here answer Markdown, and read nothing but declarations.
"""

import importlib
import inspect
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from cogapp import Cog  # type: ignore[import-untyped]  # cog carries no types
from pydantic.fields import FieldInfo
from typer.main import get_command

import paystates.cli
from activities.happenings import Happening, Message
from domain.durations import format_duration
from paystates.engine import (
    Action,
    Arrow,
    Ask,
    Asking,
    Chart,
    Due,
    GaveUp,
    Procedure,
    Request,
    Rule,
    Wait,
    chart,
    kind_of,
    mermaid,
    moves_table,
    states_table,
)
from paystates.front.events import NOTES
from paystates.front.filters import NAMED_FILTERS, link
from paystates.settings import Settings
from states.facts import NewMethod
from states.methods import Details
from states.procedures import DECLARED, NEWEST
from states.rules import CATALOGUE, numbers_of, other_sources_of

TAKEN = Path(__file__).resolve().parents[1] / "tests" / "moves_taken.json"
"""Which moves the tests take; `pytest --write-moves` writes it."""

ROOT = Path(__file__).resolve().parents[1]
FENCE = "```"


def pages() -> list[Path]:
    """The files that may have generated parts: the README and everything under docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def made(page: Path) -> str:
    """The page as it should be. Raises cog's error when a marker is not closed or an expression fails."""
    cog = Cog()
    cog.options.defines["docs"] = sys.modules[__name__]
    text: str = cog.process_string(page.read_text(encoding="utf-8"), str(page.relative_to(ROOT)))
    return text


def stale() -> list[Path]:
    """The pages whose generated parts no longer say what the code does, and those that a procedure does not have yet."""
    missing = [page for name in procedures() if not (page := page_of(name)).exists()]
    return [*missing, *(page for page in pages() if made(page) != page.read_text(encoding="utf-8"))]


def page_of(name: str) -> Path:
    """The page of a procedure."""
    return ROOT / "docs" / "procedures" / f"{name}.md"


def begun(name: str) -> str:
    """A procedure's page as it begins, in the words of its declaration; what it says beside them is written by hand."""
    module = name.replace("-", "_")
    said = inspect.cleandoc(importlib.import_module(f"states.{module}").__doc__ or "").removeprefix(f"{name}: ")
    said = said[:1].upper() + said[1:]
    about = "/".join(f"{{{field}}}" for field in DECLARED[name].about)
    link = f"[states/{module}.py](../../states/{module}.py)"
    head = f"# {name}\n\n{said}\n\nThe id of a run is `{name}/{about}`. The declaration is {link}.\n"
    head += "All tables and the picture below are made from the declaration by `make docs`.\n"
    parts = ["\n".join([f"{title}\n" if title else "", _marked(part, name)]).lstrip("\n") for part, title in PARTS]
    return "\n".join([head, *parts])


PARTS = (
    ("version", ""),
    ("diagram", "## Picture"),
    ("states", "## States"),
    ("actions", "## What people and services may send"),
    ("rules", "## Rules"),
    ("requests", "## Requests and answers"),
    ("answers", ""),
    ("deadlines", "## Deadlines"),
    ("moves", "## Moves"),
)
"""What every procedure's page has, by the function here that makes it."""


def _marked(part: str, name: str) -> str:
    return f'<!-- [[[cog cog.outl(docs.{part}("{name}")) ]]] -->\n<!-- [[[end]]] -->\n'


# Procedures.


def procedures() -> dict[str, Procedure[Any]]:
    """The newest released version of every procedure, by name."""
    return dict(NEWEST)


def diagram(name: str, *events: str) -> str:
    """The procedure as a Mermaid picture: all of it, or only its moves on some events and the states they join."""
    whole = chart(procedures()[name])
    unknown = set(events) - {arrow.event for arrow in whole.arrows}
    if unknown:
        raise ValueError(f"{name} has no event {', '.join(sorted(unknown))}: correct the expression that names it")
    arrows = tuple(arrow for arrow in whole.arrows if not events or arrow.event in events)
    joined = {state for arrow in arrows for state in (arrow.source, arrow.target)}
    shown = replace(whole, arrows=arrows, nodes=tuple(node for node in whole.nodes if node.name in joined))
    drawn = mermaid(shown, visited=tested(name)).splitlines()
    plain = [line for line in drawn if not line.endswith(" been") and not line.strip().startswith("classDef been")]
    return f"{FENCE}mermaid\n" + "\n".join(plain) + f"\n{FENCE}"


def tested(name: str) -> set[tuple[str, str, str]]:
    """The arrows that the tests take, by `tests/moves_taken.json`: of those alike in all but their condition, every one."""
    procedure = procedures()[name]
    known = json.loads(TAKEN.read_text(encoding="utf-8")) if TAKEN.exists() else {}
    by_arrow: dict[tuple[str, str, str], list[bool]] = {}
    for number, move in enumerate(procedure.moves):
        for source in move.sources:
            arrow = (source, kind_of(move.on), source if move.to is None else move.to)
            by_arrow.setdefault(arrow, []).append(number in known.get(procedure.id, []))
    return {arrow for arrow, numbers in by_arrow.items() if all(numbers)}


def version(name: str) -> str:
    """The id of the version that these docs describe."""
    return f"Version: `{procedures()[name].id}`"


def states(name: str) -> str:
    """Its states."""
    return _without_marks(states_table(chart(procedures()[name])))


def moves(name: str) -> str:
    """Its moves, those that differ only in where they start in one row."""
    return _without_marks(moves_table(_gathered(chart(procedures()[name]))))


def actions(name: str) -> str:
    """What people and services may send, who may, and with which fields."""
    procedure = procedures()[name]
    return table(
        ("action", "what it does", "fields", "by"),
        ((f"`{kind}`", said(action), _fields(action), _senders(procedure, action)) for kind, action in procedure.actions.items()),
    )


def rules(name: str) -> str:
    """The rules that guard its moves."""
    procedure = procedures()[name]
    guarded = dict.fromkeys(rule for move in procedure.moves for rule in move.given)
    return _rules(guarded, lambda rule: _uses(procedure, rule))


def requests(name: str) -> str:
    """What it asks of the world, and what it may be answered."""
    asked = _asked(procedures()[name])
    return table(
        ("request", "what is asked", "kind", "one try takes at most", "answers"),
        (
            (
                f"`{kind_of(one)}`",
                said(one),
                _kind(one),
                format_duration(one.timeout),
                ", ".join(f"`{kind_of(answer)}`" for answer in one.answers()),
            )
            for one in asked
        ),
    )


def answers(name: str) -> str:
    """What each answer says."""
    known = dict.fromkeys(answer for request in _asked(procedures()[name]) for answer in request.answers())
    rows = ((f"`{kind_of(answer)}`", said(answer)) for answer in known)
    return table(("answer", "what it says"), rows)


def deadlines(name: str) -> str:
    """Which state ends by time, when, and where that leads."""
    procedure = procedures()[name]
    return table(
        ("state", "until", "then"),
        (
            (f"`{state}`", said(node.until), " or ".join(_later(procedure, state)))
            for state, node in procedure.states.items()
            if isinstance(node, Wait | Ask)
        ),
    )


def spans(waits: Sequence[timedelta]) -> str:
    """Waits one after the other, equal ones counted: `1m, 5m, 9 × 1d`."""
    runs = [(span, len(list(group))) for span, group in groupby(waits)]
    return ", ".join(format_duration(span) if n == 1 else f"{n} × {format_duration(span)}" for span, n in runs)


# The catalogue, the settings, the command line.


def catalogue() -> str:
    """Every rule, and which actions of which procedures it guards."""

    def used(rule: Rule) -> str:
        uses = ((name, _uses(procedure, rule)) for name, procedure in procedures().items())
        return "; ".join(f"{name}: {guarded}" for name, guarded in uses if guarded) or "nowhere yet"

    return _rules(CATALOGUE, used)


def settings() -> str:
    """The variables a worker and the command line read."""
    rows = []
    for (variable, purpose), field in zip(Settings.variables().items(), Settings.model_fields.values(), strict=True):
        default = json.dumps(field.default) if isinstance(field.default, bool) else field.default
        example = field.examples[0] if field.examples else None
        rows.append((f"`{variable}`", purpose, _code(default), _code(example)))
    return table(("variable", "what it is for", "default", "for example"), rows)


def fields(*names: str) -> str:
    """What the parts of a start or an action that have fields of their own may say: `new` and `details`."""
    models = {"new": NewMethod, "details": Details}
    return table(
        ("field", "what it is", "for example"),
        (
            (_code(f"{name}.{field}"), _needed(one), _code(one.examples[0] if one.examples else None))
            for name in names
            for field, one in models[name].model_fields.items()
        ),
    )


def _needed(field: FieldInfo) -> str:
    return f"{field.description or ''}; must be given" if field.is_required() else field.description or ""


def happenings() -> str:
    """What an event may be."""
    return table(("type", "what it was"), ((f"`{one}`", _HAPPENINGS[one]) for one in Happening))


_HAPPENINGS = {
    Happening.ENDED: "a procedure came to its end",
    Happening.REFUSED: "somebody's order was refused, with every reason",
    Happening.MOVED: "a procedure took an answer, an order or the passing of time",
    Happening.NOTED: "somebody wrote the account book beside the procedures",
}


def notes() -> str:
    """What is written into the journal beside what procedures decide."""
    return table(("kind", "what happened"), ((f"`{kind}`", told) for kind, (told, _) in NOTES.items()))


def message() -> str:
    """The fields of what a web hook is sent."""
    fields = Message.model_json_schema()["properties"]
    rows = ((f"`{name}`", _code(json.dumps(one["examples"][0]) if "examples" in one else None)) for name, one in fields.items())
    return table(("field", "for example"), rows)


def filters() -> str:
    """The filters that have a name, and where Temporal's own interface shows what they find. Dates are an example's."""
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    rows = []
    for name, one in NAMED_FILTERS.items():
        rows.append((f"`{name}`", one.titles["en"], one.sentence, _code(link(one.at(noon)))))
    return table(("`--named`", "", "what it finds", "in Temporal’s interface"), rows)


def commands() -> str:
    """The command line, command by command, as typer knows it."""
    return "\n\n".join(_command(path, command) for path, command in command_line())


def command_line() -> Iterator[tuple[str, Any]]:
    """Every command that is not hidden: what one types, and typer's own description of it."""
    pending: list[tuple[str, Any]] = [("paystates", get_command(paystates.cli.app))]
    while pending:
        path, command = pending.pop(0)
        inner = getattr(command, "commands", {})
        if not inner:
            yield path, command
        pending[:0] = [(f"{path} {name}", one) for name, one in inner.items() if not one.hidden]


def _command(path: str, command: Any) -> str:
    shown = [one for one in command.params if not getattr(one, "hidden", False)]
    given = [one for one in shown if one.param_type_name == "argument"]
    words = [path, *(_word(one) for one in given), *(["[options]"] if len(shown) > len(given) else [])]
    parts = [f"### `{path}`", inspect.cleandoc(command.help or ""), f"{FENCE}text\n{' '.join(words)}\n{FENCE}"]
    if shown:
        parts.append(table(("", "what it is", "default"), (_parameter(one) for one in shown)))
    return "\n\n".join(parts)


def _word(argument: Any) -> str:
    name = argument.name.upper() + ("…" if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _parameter(one: Any) -> tuple[str, str, str]:
    is_argument = one.param_type_name == "argument"
    names = [_word(one).strip("[]")] if is_argument else [*one.opts, *one.secondary_opts]
    silent = one.default in (None, False, (), []) or callable(one.default)
    default = "required" if one.required else _code(None if silent else one.default)
    return ", ".join(map(_code, names)), one.help or "", default


# Pieces.


def _code(value: object) -> str:
    return "" if value is None else f"`{value}`"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a cell is one line, and a bar in it is text."""
    cells = [[" ".join(cell.replace("|", "\\|").split()) for cell in row] for row in (head, *rows)]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])


def said(thing: type | Callable[..., Any]) -> str:
    """The first paragraph of what a declaration says of itself."""
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())


def _without_marks(marked: str) -> str:
    """A table of the engine's without its first column, which marks where a running procedure stands."""
    return "\n".join("|" + line.split("|", 2)[2] for line in marked.splitlines())


def _gathered(whole: Chart) -> Chart:
    def but_for_source(arrow: Arrow) -> Arrow:
        return replace(arrow, source="", target="" if arrow.stays else arrow.target)

    groups = [list(group) for _, group in groupby(whole.arrows, key=but_for_source)]
    rows = (replace(alike[0], source=", ".join(one.source for one in alike)) for alike in groups)
    return replace(whole, arrows=tuple(rows))


def _asked(procedure: Procedure[Any]) -> list[type[Request[Any]]]:
    return list(dict.fromkeys(state.request for state in procedure.states.values() if isinstance(state, Asking)))


def _kind(request: type[Request[Any]]) -> str:
    if request.moves_money:
        return "moves money: sent once, never repeated"
    if request.looks_up:
        return "looks up: may be repeated"
    return "our own book: may be repeated" if request.local else "may be repeated"


def _fields(action: type[Action]) -> str:
    return ", ".join(f"`{name}`" for name in action.model_fields if name != "kind")


def _senders(procedure: Procedure[Any], action: type[Action]) -> str:
    roles = {role for move in procedure.moves if move.on is action for role in move.by}
    return ", ".join(role.replace("_", " ") for role in sorted(roles)) or "anybody"


def _uses(procedure: Procedure[Any], rule: Rule) -> str:
    # By the code: a procedure may ask a rule under a condition of its own, and it is the same rule.
    asked = (move for move in procedure.moves if any(one.code == rule.code for one in move.given))
    return ", ".join(dict.fromkeys(f"`{kind_of(move.on)}`" for move in asked))


def _rules(listed: Iterable[Rule], used: Callable[[Rule], str]) -> str:
    return table(
        ("code", "sentence", "remedy", "removed by", "numbers", "other source", "guards"),
        (
            (
                f"`{rule.code}`",
                rule.sentence,
                rule.remedy,
                _code(rule.helps or None) or "outside",
                ", ".join(numbers_of(rule)),
                ", ".join(other_sources_of(rule)),
                used(rule),
            )
            for rule in {rule.code: rule for rule in listed}.values()
        ),
    )


def _later(procedure: Procedure[Any], state: str) -> Iterator[str]:
    for move in procedure.moves:
        if move.on in {Due, GaveUp} and state in move.sources and move.to is not None:
            yield f"`{move.to}`"


def main(arguments: Sequence[str]) -> int:
    """Write what is stale, or with `--check` say what is and answer 1."""
    old = stale()
    for page in old:
        if not page.exists() and "--check" not in arguments:
            page.write_text(begun(page.stem), encoding="utf-8")
        name = page.relative_to(ROOT)
        if "--check" in arguments:
            print(f"{name} does not say what the code does any more: run `make docs`, and read what has changed.")
        else:
            page.write_text(made(page), encoding="utf-8")
            print(f"Wrote {name} anew.")
    return 1 if old and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
