"""The pictures show what the declaration says, where a procedure stands and how it came there."""

import pytest
from parcel import MOVES, PARCEL, STATES, Paid, Parcel, a_week, declare

from paystates.engine import Ask, Chart, End, Verdict, chart, mermaid, moves_table, states_table, table

VISITED = [("paying", "declined", "pausing"), ("pausing", "due", "paying"), ("pausing", "note", "pausing")]


def cells(line: str) -> list[str]:
    """A Markdown table's row, read as a renderer does: a backslash takes the next character as it is."""
    found, escaped = [""], False
    for character in line.strip()[1:-1]:
        if escaped or character not in "\\|":
            found[-1] += character
            escaped = False
        elif character == "\\":
            escaped = True
        else:
            found.append("")
    return [cell.strip() for cell in found]


def test_the_chart_is_the_declaration_as_plain_data():
    """Every state once, every move once for each state it starts from, in the order declared."""
    drawn = chart(PARCEL)
    assert (drawn.definition, drawn.initial) == ("parcel@1", "paying")
    assert [(node.name, node.kind, node.detail) for node in drawn.nodes] == [
        ("paying", "run", "pay"),
        ("checking", "run", "look_up"),
        ("pausing", "wait", "an hour"),
        ("waiting", "ask", "the courier"),
        ("collected", "end", "done"),
        ("returned", "end", "failed"),
        ("cancelled", "end", "cancelled"),
    ]
    assert [(arrow.source, arrow.event) for arrow in drawn.arrows] == [
        (source, move.on.model_fields["kind"].default) for move in MOVES for source in move.sources
    ]


def test_an_arrow_says_what_it_depends_on():
    """Event, condition and rules in one line; actions and moves that stay are told apart."""
    by_label = {arrow.label: arrow for arrow in chart(PARCEL).arrows}
    fragile = by_label["collect when is fragile given UNWRAPPED, CLOSED, HEAVY"]
    assert (fragile.is_action, fragile.stays, fragile.by) == (True, False, ("courier",))
    assert (by_label["note"].stays, by_label["note"].target) == (True, "pausing")
    assert not by_label["declined when tries left"].is_action


def test_the_diagram_is_mermaid():
    """Arrows between the same two states share one label; moves that stay are left to the table."""
    assert mermaid(chart(PARCEL)).splitlines() == [
        "stateDiagram-v2",
        "    [*] --> paying",
        "    paying: Pays the postage",
        "    checking: Looks up whether it was paid",
        "    pausing: Waits an hour",
        "    waiting: Waits for the courier",
        "    collected: Collected",
        "    returned: Returned to the sender",
        "    cancelled: Cancelled",
        "    checking --> pausing: not paid, unavailable",
        "    checking --> returned: not paid, unavailable",
        "    checking --> waiting: paid",
        "    pausing --> cancelled: cancel",
        "    pausing --> paying: due",
        "    paying --> checking: lost, unavailable",
        "    paying --> pausing: declined",
        "    paying --> returned: declined",
        "    paying --> waiting: paid",
        "    waiting --> cancelled: cancel",
        "    waiting --> collected: collect",
        "    waiting --> returned: gave up",
        "    collected --> [*]",
        "    returned --> [*]",
        "    cancelled --> [*]",
        "    classDef now font-weight:bold,stroke-width:4px",
        "    classDef been stroke-dasharray:4",
    ]


def test_the_diagram_marks_where_it_stands_and_where_it_was():
    """The current state is the only one marked as now; moves taken have a tick, and only those."""
    lines = mermaid(chart(PARCEL), at="paying", visited=VISITED).splitlines()
    assert "    paying --> pausing: ✓ declined" in lines
    assert "    pausing --> paying: ✓ due" in lines
    assert "    paying --> returned: declined" in lines
    assert [line for line in lines if line.startswith("    class ")] == [
        "    class pausing been",
        "    class paying now",
    ]


def test_the_states_table_marks_where_it_stands():
    """With an arrow, and in bold."""
    lines = states_table(chart(PARCEL), at="waiting").splitlines()
    assert lines[:2] == ["| | state | kind | meaning |", "|---|---|---|---|"]
    assert lines[2] == "|  | paying | run (pay) | Pays the postage |"
    assert lines[5] == "| → | **waiting** | ask (the courier) | Waits for the courier |"
    assert sum("→" in line for line in lines) == 1


def test_the_moves_table_has_every_move_and_ticks_those_taken():
    """Also those that stay; every row has the columns of the head."""
    lines = moves_table(chart(PARCEL), visited=VISITED).splitlines()
    assert len(lines) == 2 + len(chart(PARCEL).arrows)
    assert "| ✓ | declined | paying | pausing | tries left |  |  |" in lines
    assert "|  | collect | waiting | collected | is fragile | UNWRAPPED, CLOSED, HEAVY | courier |" in lines
    assert "| ✓ | note | pausing | (stays) |  |  |  |" in lines
    assert {len(cells(line)) for line in lines} == {7}
    assert sum("✓" in line for line in lines) == len(VISITED)


def test_both_tables_one_after_the_other():
    """For a file, or a terminal."""
    drawn = chart(PARCEL)
    both = table(drawn, at="paying", visited=VISITED)
    assert both == states_table(drawn, at="paying") + "\n" + moves_table(drawn, visited=VISITED)


@pytest.mark.parametrize("draw", [mermaid, states_table, table])
def test_a_state_that_does_not_exist_cannot_be_marked(draw):
    """The error names those that do."""
    with pytest.raises(ValueError, match="parcel@1 has no state “lost”: choose one of paying, checking"):
        draw(chart(PARCEL), at="lost")


AWKWARD = "a|b: c; d # e \\| f\n%% g"


def awkward() -> Chart:
    """A chart in which every text that is free has all that is syntax somewhere."""
    states = STATES | {"waiting": Ask(AWKWARD, a_week, AWKWARD), "collected": End(Verdict.DONE, AWKWARD)}
    drawn = chart(declare(states=states))
    arrow = type(drawn.arrows[0])(AWKWARD, "paying", "waiting", False, AWKWARD, (AWKWARD,), (AWKWARD,), True)  # noqa: FBT003
    return Chart(AWKWARD, drawn.initial, drawn.nodes, (*drawn.arrows, arrow))


def test_no_text_breaks_the_diagram():
    """Only the colon that begins a label is left, and no new line, comment or entity begins in one."""
    plain, drawn = mermaid(chart(PARCEL)).splitlines(), mermaid(awkward()).splitlines()
    assert len(drawn) == len(plain)
    for line in drawn[1:-2]:
        _, _, label = line.partition(": ")
        assert not set(label) & set(":;#")
        assert "%%" not in label
    assert "    waiting: a|b – c, d no. e \\| f % g" in drawn


def test_no_text_breaks_a_table():
    """Every row keeps its columns, and a reader sees the text that was declared."""
    drawn = table(awkward(), at="waiting", visited=[("paying", AWKWARD, "waiting")])
    shown = " ".join(AWKWARD.split())
    rows = [cells(line) for line in drawn.splitlines() if line]
    assert {len(row) for row in rows} == {4, 7}
    assert ["→", "**waiting**", f"ask ({shown})", shown] in rows
    assert rows[-1] == ["✓", shown, "paying", "waiting", shown.replace("_", " "), shown, shown]


def test_a_chart_without_choices_can_be_drawn():
    """A procedure that has hardly begun is drawn as well: nothing visited, nowhere to stand."""
    one_way = declare(initial="over", states={"over": End(Verdict.DONE, "Over")}, moves=[], memory=Parcel)
    assert mermaid(chart(one_way)).count("-->") == 2
    assert moves_table(chart(one_way)).count("\n") == 2
    assert Paid().kind not in mermaid(chart(one_way))
