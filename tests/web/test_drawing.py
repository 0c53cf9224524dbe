"""The picture of a procedure: all states and moves in it, what is now and what has been marked, nothing but the declaration."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Literal
from xml.etree import ElementTree as ET

import pytest

from paystates.engine import Action, Ask, End, GaveUp, Memory, Move, Procedure, Verdict, chart
from paystates.web.drawing import drawing, picture
from states.procedures import RELEASED

SVG = "{http://www.w3.org/2000/svg}"


def groups(text: str, name: str) -> list[ET.Element]:
    """The groups of the picture that have that class."""
    found = ET.fromstring(text).findall(f"{SVG}g")  # noqa: S314 - our own picture
    return [one for one in found if name in one.attrib["class"].split()]


@pytest.mark.parametrize("definition", RELEASED)
def test_every_state_and_every_move_is_drawn(definition):
    procedure = RELEASED[definition]
    model, text = chart(procedure), picture(procedure)
    assert len(groups(text, "state")) == len(model.nodes)
    pairs = {(one.source, one.target) for one in model.arrows if one.source != one.target and not one.stays}
    assert len(groups(text, "wire")) == len(pairs)
    told = {tuple((one.findtext(f"{SVG}title") or "").split(": ")) for one in groups(text, "wire")}
    meant = {f"{source} → {target}".replace("_", " ") for source, target in pairs}
    assert {where for where, _ in told} == meant
    events = {event for _, found in told for event in found.split(", ")}
    assert events == {one.event.replace("_", " ") for one in model.arrows if (one.source, one.target) in pairs}


def test_the_current_state_and_the_moves_taken_are_marked_and_nothing_else_differs():
    procedure = RELEASED["charge-retry@1"]
    plain = picture(procedure)
    marked = picture(procedure, at="waiting", taken=[("opening", "opened", "waiting")])
    assert [one.findtext(f"{SVG}title") for one in groups(marked, "now")] == [procedure.states["waiting"].title]
    assert len(groups(marked, "been")) == 3  # two states and the line between them
    assert "✓ opened" in marked
    bare = re.sub(r"(?<=[a-z])( now| been)+(?=\")|✓ ", "", marked)
    assert bare == plain


def test_a_definition_is_laid_out_once_and_from_many_threads():
    """Graphviz is not safe in threads; who asks at the same time gets the same drawing."""
    procedure = RELEASED["settle-balance@1"]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: picture(procedure), range(16)))
    assert len(set(found)) == 1
    assert drawing(procedure) is drawing(procedure)


class Shout(Action):
    kind: Literal["shout"] = "shout"


class Nothing(Memory):
    pass


def soon(memory, now):
    return now


def test_a_label_is_text_whatever_it_looks_like():
    """Graphviz reads `<…>` as HTML, and a browser too: titles go through neither."""
    procedure = Procedure(
        name="loud",
        version=1,
        memory=Nothing,
        initial="asking",
        states={
            "asking": Ask("<b>you</b>", soon, '<script>alert("1")</script>'),
            "done": End(Verdict.DONE, "Done"),
        },
        moves=[Move(Shout, "asking", "done"), Move(GaveUp, "asking", "done")],
    )
    text = picture(procedure, at="asking", label='"><script>')
    assert "<script>" not in text
    assert len(groups(text, "state")) == 2
