"""The picture of a procedure: laid out by Graphviz once for each definition, drawn as SVG with classes that a style sheet reads.

States are boxes that name themselves, moves are lines that tell their events when they are pointed at (the tables have them in
full), in the language asked for. The state it is in now is `now`, states and moves it has been through are `been`: the layout
stays, only classes differ.
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
from paystates.engine.model import Node
from paystates.front.languages import named, titled

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
    procedure: Procedure[Any],
    *,
    at: str | None = None,
    taken: Collection[tuple[str, str, str]] = (),
    label: str = "",
    language: str = "en",
) -> Markup:
    """The picture as an `<svg>` element, `at` marked and the moves `taken` too; `label` is its accessible name."""
    return Markup(picture(procedure, at=at, taken=taken, label=label, language=language))  # noqa: S704 - the template escapes


def picture(
    procedure: Procedure[Any],
    *,
    at: str | None = None,
    taken: Collection[tuple[str, str, str]] = (),
    label: str = "",
    language: str = "en",
) -> str:
    """The same as text."""
    steps = set(taken)
    been = {name for source, _, target in steps for name in (source, target)}
    went = {(source, target) for source, _, target in steps}
    title = label or procedure.id
    return _templates.get_template("drawing.svg.j2").render(
        drawing=drawing(procedure, language),
        at=at,
        been=been,
        went=went,
        steps=steps,
        label=title,
        named=lambda name: named(name, language),
    )


@cache
def drawing(procedure: Procedure[Any], language: str = "en") -> Drawing:
    """Lay a procedure out; the same definition is laid out once in each language."""
    model = chart(procedure)
    with _graphviz:
        graph = _graph(model, language)
        graph.layout("dot")
        _, _, width, height = (float(part) for part in graph.graph_attr["bb"].split(","))
        boxes = tuple(_box(graph, node, height, language) for node in model.nodes)
        wires = tuple(
            _wire(source, target, tuple(events), graph.get_edge(source, target).attr["pos"], height)
            for (source, target), events in _between(model).items()
        )
    return Drawing(model.definition, model.initial, width, height, boxes, wires)


def _graph(model: Chart, language: str) -> "AGraph":
    import pygraphviz  # noqa: PLC0415 - brings Graphviz along, and only who draws needs it

    graph = pygraphviz.AGraph(directed=True, strict=True, ranksep="0.4", nodesep="0.3", outputorder="edgesfirst")
    graph.node_attr.update(shape="box", fixedsize="true", label="")
    graph.edge_attr.update(arrowsize="0.6", label="")
    for node in model.nodes:
        lines = _lines(node.name, language)
        width, height = max(map(len, lines)) * _CHARACTER + _ROOM, len(lines) * _LINE + _ROOM / 2
        graph.add_node(node.name, width=f"{width / _INCH:.3f}", height=f"{height / _INCH:.3f}")
    for source, target in _between(model):
        graph.add_edge(source, target)
    return graph


def _lines(name: str, language: str) -> tuple[str, ...]:
    return tuple(textwrap.wrap(named(name, language), _WIDE, break_long_words=False))


def _between(model: Chart) -> Mapping[tuple[str, str], list[str]]:
    """The events that lead from one state to another; what stays is not drawn."""
    found: dict[tuple[str, str], list[str]] = {}
    for arrow in model.arrows:
        if not arrow.stays and arrow.source != arrow.target:
            events = found.setdefault((arrow.source, arrow.target), [])
            if arrow.event not in events:
                events.append(arrow.event)
    return found


def _box(graph: "AGraph", node: Node, total: float, language: str) -> Box:
    attributes = graph.get_node(node.name).attr
    x, y = (float(part) for part in attributes["pos"].split(","))
    width, height = float(attributes["width"]) * _INCH, float(attributes["height"]) * _INCH
    place = round(x, 1), round(total - y, 1), round(width, 1), round(height, 1)
    return Box(node.name, node.kind, titled(node.title, language), _lines(node.name, language), *place)


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
