"""Pictures of a procedure: a Mermaid diagram and Markdown tables, with the current state and visited moves marked."""

from collections.abc import Collection
from itertools import groupby

from paystates.engine.model import Arrow, Chart

Visited = Collection[tuple[str, str, str]]
"""Moves taken, each as (source, event kind, target)."""


def _text(label: str) -> str:
    """Mermaid reads `:` `;` `#` `%%` and a new line in a label as syntax."""
    plain = label.replace("#", "no.").replace(";", ",").replace(":", " –").replace("%%", "%")
    return " ".join(plain.split())


def mermaid(chart: Chart, *, at: str | None = None, visited: Visited = ()) -> str:
    """A Mermaid state diagram. Arrows between the same two states share one label; `at` and `visited` are marked.

    Moves that stay are not drawn: the table has them. Raises `ValueError` when `at` is no state of the procedure.
    """
    _known(chart, at)
    taken = set(visited)
    been = {name for source, _, target in taken for name in (source, target)}
    lines = ["stateDiagram-v2", f"    [*] --> {chart.initial}"]
    lines += [f"    {node.name}: {_text(node.title)}" for node in chart.nodes]
    for (source, target), arrows in _between(chart.arrows):
        names = sorted({_mark(arrow, taken) for arrow in arrows}, key=lambda name: name.lstrip("✓ "))
        lines.append(f"    {source} --> {target}: {', '.join(names)}")
    lines += [f"    {node.name} --> [*]" for node in chart.nodes if node.kind == "end"]
    lines += ["    classDef now font-weight:bold,stroke-width:4px", "    classDef been stroke-dasharray:4"]
    lines += [f"    class {node.name} been" for node in chart.nodes if node.name in been and node.name != at]
    if at is not None:
        lines.append(f"    class {at} now")
    return "\n".join(lines) + "\n"


def _mark(arrow: Arrow, taken: set[tuple[str, str, str]]) -> str:
    name = _text(arrow.event.replace("_", " "))
    return f"✓ {name}" if (arrow.source, arrow.event, arrow.target) in taken else name


def _between(arrows: Collection[Arrow]) -> list[tuple[tuple[str, str], list[Arrow]]]:
    def ends(arrow: Arrow) -> tuple[str, str]:
        return arrow.source, arrow.target

    drawn = sorted((arrow for arrow in arrows if not arrow.stays), key=ends)
    return [(pair, list(group)) for pair, group in groupby(drawn, key=ends)]


def states_table(chart: Chart, *, at: str | None = None) -> str:
    """The states as a Markdown table, the current one marked with an arrow and bold."""
    _known(chart, at)
    lines = ["| | state | kind | meaning |", "|---|---|---|---|"]
    for node in chart.nodes:
        here = node.name == at
        name = f"**{node.name}**" if here else node.name
        lines.append(f"| {'→' if here else ''} | {name} | {node.kind} ({_cell(node.detail)}) | {_cell(node.title)} |")
    return "\n".join(lines) + "\n"


def moves_table(chart: Chart, *, visited: Visited = ()) -> str:
    """The moves as a Markdown table, those taken marked with a tick."""
    taken = set(visited)
    lines = ["| | on | from | to | when | rules | by |", "|---|---|---|---|---|---|---|"]
    for arrow in chart.arrows:
        tick = "✓" if (arrow.source, arrow.event, arrow.target) in taken else ""
        target = "(stays)" if arrow.stays else arrow.target
        cells = [
            tick, arrow.event, arrow.source, target, arrow.when.replace("_", " "),
            ", ".join(arrow.rules), ", ".join(arrow.by),
        ]  # fmt: skip
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def table(chart: Chart, *, at: str | None = None, visited: Visited = ()) -> str:
    """States and moves, one table after the other."""
    return f"{states_table(chart, at=at)}\n{moves_table(chart, visited=visited)}"


def _cell(text: str) -> str:
    return " ".join(text.replace("\\", "\\\\").replace("|", "\\|").split())


def _known(chart: Chart, at: str | None) -> None:
    names = [node.name for node in chart.nodes]
    if at is not None and at not in names:
        message = f"{chart.definition} has no state “{at}”: choose one of {', '.join(names)}"
        raise ValueError(message)
