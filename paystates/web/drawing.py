"""The picture of a procedure: laid out by Graphviz once for each definition, drawn as SVG with classes that a style sheet reads.

States are boxes that name themselves; moves are lines that tell their events when they are pointed at (the tables have them in
full). The state it is in now is `now`, states and moves it has been through are `been`: the layout stays, only classes differ.
"""

import textwrap
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from paystates.engine import Chart, Procedure, chart

if TYPE_CHECKING:
    from pygraphviz import AGraph

_WIDE: Final = 16
"""Characters of a name on one line of a box."""
_CHARACTER, _LINE, _ROOM = 7.0, 15.0, 20.0
"""Points that a character and a line take, and the room around them: boxes are measured here, so that no font decides."""
_INCH: Final = 72.0

_graphviz = Lock()
"""Graphviz is not documented to be safe in several threads."""

_templates = Environment(
    loader=PackageLoader("paystates.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


@dataclass(frozen=True, slots=True)
class Box:
    """A state and its place: the middle of its box, in points from the upper left corner."""

    name: str
    kind: str
    title: str
    lines: tuple[str, ...]
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Wire:
    """All moves from one state to another: the events that cause them, the line, and the tip of its arrow."""

    source: str
    target: str
    events: tuple[str, ...]
    line: str
    tip: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A procedure with everything in its place, in points."""

    definition: str
    initial: str
    width: float
    height: float
    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]


def svg(
    procedure: Procedure[Any], *, at: str | None = None, taken: Collection[tuple[str, str, str]] = (), label: str = ""
) -> Markup:
    """The picture as an `<svg>` element, `at` marked and the moves `taken` too; `label` is its accessible name."""
    return Markup(picture(procedure, at=at, taken=taken, label=label))  # noqa: S704 - the template escapes what it is given


def picture(
    procedure: Procedure[Any], *, at: str | None = None, taken: Collection[tuple[str, str, str]] = (), label: str = ""
) -> str:
    """The same as text."""
    steps = {(source, event.replace("_", " "), target) for source, event, target in taken}
    been = {name for source, _, target in steps for name in (source, target)}
    went = {(source, target) for source, _, target in steps}
    title = label or procedure.id
    return _templates.get_template("drawing.svg.j2").render(
        drawing=drawing(procedure), at=at, been=been, went=went, steps=steps, label=title
    )


@cache
def drawing(procedure: Procedure[Any]) -> Drawing:
    """Lay a procedure out; the same definition is laid out once."""
    model = chart(procedure)
    with _graphviz:
        graph = _graph(model)
        graph.layout("dot")
        _, _, width, height = (float(part) for part in graph.graph_attr["bb"].split(","))
        boxes = tuple(_box(graph, node.name, node.kind, node.title, height) for node in model.nodes)
        wires = tuple(
            _wire(source, target, tuple(events), graph.get_edge(source, target).attr["pos"], height)
            for (source, target), events in _between(model).items()
        )
    return Drawing(model.definition, model.initial, width, height, boxes, wires)


def _graph(model: Chart) -> "AGraph":
    import pygraphviz  # noqa: PLC0415 - brings Graphviz along, and only who draws needs it

    graph = pygraphviz.AGraph(directed=True, strict=True, ranksep="0.4", nodesep="0.3", outputorder="edgesfirst")
    graph.node_attr.update(shape="box", fixedsize="true", label="")
    graph.edge_attr.update(arrowsize="0.6", label="")
    for node in model.nodes:
        lines = _lines(node.name)
        width, height = max(map(len, lines)) * _CHARACTER + _ROOM, len(lines) * _LINE + _ROOM / 2
        graph.add_node(node.name, width=f"{width / _INCH:.3f}", height=f"{height / _INCH:.3f}")
    for source, target in _between(model):
        graph.add_edge(source, target)
    return graph


def _lines(name: str) -> tuple[str, ...]:
    return tuple(textwrap.wrap(name.replace("_", " "), _WIDE, break_long_words=False))


def _between(model: Chart) -> Mapping[tuple[str, str], list[str]]:
    """The events that lead from one state to another; what stays is not drawn."""
    found: dict[tuple[str, str], list[str]] = {}
    for arrow in model.arrows:
        if not arrow.stays and arrow.source != arrow.target:
            events = found.setdefault((arrow.source, arrow.target), [])
            name = arrow.event.replace("_", " ")
            if name not in events:
                events.append(name)
    return found


def _box(graph: "AGraph", name: str, kind: str, title: str, total: float) -> Box:
    attributes = graph.get_node(name).attr
    x, y = (float(part) for part in attributes["pos"].split(","))
    width, height = float(attributes["width"]) * _INCH, float(attributes["height"]) * _INCH
    return Box(name, kind, title, _lines(name), round(x, 1), round(total - y, 1), round(width, 1), round(height, 1))


def _wire(source: str, target: str, events: tuple[str, ...], position: str, total: float) -> Wire:
    """Graphviz writes a line as `e,x,y x,y x,y …`: the tip of the arrow, where the line begins, and its Bézier points."""
    points = position.replace("\\\n", "").split()
    tip = _point(points[0].removeprefix("e,"), total)
    start, *curve = (_point(point, total) for point in points[1:])
    line = f"M{_told(start)}C{' '.join(map(_told, curve))}"
    return Wire(source, target, events, line, _arrow(curve[-1], tip))


def _point(text: str, total: float) -> tuple[float, float]:
    x, y = (float(part) for part in text.split(","))
    return round(x, 1), round(total - y, 1)


def _told(point: tuple[float, float]) -> str:
    return f"{point[0]:g},{point[1]:g}"


def _arrow(end: tuple[float, float], tip: tuple[float, float]) -> str:
    """A triangle from the end of the line to the tip."""
    across = (tip[1] - end[1]) / 2.2, (end[0] - tip[0]) / 2.2
    corners = (end[0] + across[0], end[1] + across[1]), tip, (end[0] - across[0], end[1] - across[1])
    return " ".join(_told((round(x, 1), round(y, 1))) for x, y in corners)
