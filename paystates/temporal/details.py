"""What an operator reads under *User Metadata* in the Temporal UI: a procedure's current details, as Markdown.

They are written when somebody looks, not at every step: that costs a procedure nothing, and what may be done is told as of now.
What a procedure tells of itself (its `Story`) is rendered and escaped here. Not everything fits: tables are cut, and say so.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from temporalio import workflow
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.worker import HandleQueryInput, Interceptor, WorkflowInboundInterceptor, WorkflowInterceptorClassInput

from paystates.engine import (
    HOUSE,
    Ask,
    Due,
    End,
    GaveUp,
    Moved,
    Procedure,
    Refusal,
    Snapshot,
    Story,
    Table,
    Wait,
    chart,
    states_table,
)
from paystates.temporal.announce import headline, progress
from paystates.temporal.markdown import plain
from paystates.temporal.messages import Happened

MOST = 19_000
"""How many bytes the details may have: Temporal keeps 20 KB of them."""

_ROOM = "\u00a0\u00a0"
"""Spaces that neither Markdown nor a browser takes away."""
_LINES, _LINE, _CELL, _REASONS = 20, 200, 400, 1500
"""How many lines a story may have, and how many characters a line, a cell, and the reasons in one cell."""


@runtime_checkable
class Detailed(Protocol):
    """A workflow that can tell its details."""

    def details(self) -> str:
        """As Markdown, at most 20 KB."""


class DetailsInterceptor(Interceptor):
    """Answers the server's question for a workflow's metadata with details made for the occasion."""

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:  # noqa: A002, ARG002 - the SDK's name and shape
        """Called by the SDK once for each worker."""
        return _Workflow


class _Workflow(WorkflowInboundInterceptor):
    async def handle_query(self, input: HandleQueryInput) -> Any:  # noqa: A002 - the SDK's name
        answer = await super().handle_query(input)
        if isinstance(answer, WorkflowMetadata) and isinstance(detailed := workflow.instance(), Detailed):
            answer.current_details = detailed.details()
        return answer


def details(
    procedure: Procedure[Any],
    snapshot: Snapshot[Any],
    last_refusals: Sequence[Refusal],
    now: datetime,
    happened: Sequence[Happened] = (),
) -> str:
    """The details as Markdown: what it is, where it stands, until when, what happened, what may be done and what not and why."""
    story = procedure.story(snapshot.memory, snapshot.state, now) if procedure.story else Story()
    zone, called = _clock(story.zone)
    head = "\n".join(_head(procedure, snapshot, story, zone, called))
    over = isinstance(procedure.states[snapshot.state], End)
    parts = [] if over else [_allowed(procedure, snapshot, now), _last_refused(last_refusals)]
    states = f"#### States\n\n{_states(procedure, snapshot.state)}"
    tables = [*story.tables, *([_so_far(procedure, happened, zone)] if happened else [])]
    left = MOST - sum(_size(part) + len("\n\n") for part in (head, *parts, states))
    for number, table in enumerate(tables):
        part = _table(table, left // (len(tables) - number))
        left -= _size(part) + len("\n\n")
        parts.append(part)
    return "\n\n".join([head, *filter(None, parts), states])


def _clock(name: str) -> tuple[tzinfo, str]:
    """The time zone of that name, and what it is called; UTC where there is none."""
    try:
        return ZoneInfo(name), name
    except (KeyError, ValueError, OSError):
        return UTC, "UTC"


def _head(procedure: Procedure[Any], snapshot: Snapshot[Any], story: Story, zone: tzinfo, called: str) -> list[str]:
    state = procedure.states[snapshot.state]
    lines = [f"### {plain(state.title)}", "", plain(_cut(headline(procedure, snapshot.memory), _LINE)), ""]
    lines.append(f"- procedure: {plain(procedure.id)}, in the state {plain(snapshot.state)} (visit {snapshot.visit})")
    lines.append(f"- since {_when(snapshot.since, zone)}")
    if isinstance(state, End):
        lines.append(f"- it has ended ({state.verdict.value})")
    if snapshot.due is not None:
        whom = f" for {plain(state.who)}" if isinstance(state, Ask) else ""
        lines.append(f"- waits{whom} until {_when(snapshot.due, zone)}{_then(procedure, snapshot)}")
    if (done := progress(procedure, snapshot)) is not None:
        lines.append(f"- {done[0]} of {done[1]} done")
    for line in story.lines[:_LINES]:
        how = _when(line.how, zone) if isinstance(line.how, datetime) else plain(_cut(line.how, _LINE))
        lines.append(f"- {plain(line.what)}: {how}")
    return [*lines, f"- all times are those of {plain(called)}"]


def _then(procedure: Procedure[Any], snapshot: Snapshot[Any]) -> str:
    """Where it goes when nothing happens until then, as memory stands now."""
    event = Due() if isinstance(procedure.states[snapshot.state], Wait) else GaveUp()
    outcome = procedure.decide(snapshot, event, HOUSE, snapshot.due or snapshot.since)
    return f"; then: {plain(procedure.states[outcome.snapshot.state].title)}" if isinstance(outcome, Moved) else ""


def _allowed(procedure: Procedure[Any], snapshot: Snapshot[Any], now: datetime) -> str:
    actions = procedure.actions
    possibilities = [one for one in procedure.allowed(snapshot, now) if not actions[one.action].wakes]
    if not possibilities:
        return "Nothing can be done by hand now."
    rows = ["#### What may be done now", "", *_rows(("action", "by", "what stands against it"))]
    for one in possibilities:
        against = "; ".join(f"{refusal.sentence} {refusal.remedy}" for refusal in one.refusals)
        by = ", ".join(role.replace("_", " ") for role in one.by) or "anybody"
        rows.append(_row((one.action, by, _cut(against, _REASONS) or "nothing")))
    return "\n".join(rows)


def _last_refused(refusals: Sequence[Refusal]) -> str:
    told = (f"Last refused: {plain(_cut(f'{one.sentence} {one.remedy}', _CELL))}" for one in refusals[:_LINES])
    return "\n\n".join(told)


def _so_far(procedure: Procedure[Any], happened: Sequence[Happened], zone: tzinfo) -> Table:
    """The last decisions, the newest first."""
    return Table(
        "What happened so far",
        ("when", "what", "by", "then"),
        tuple(
            (
                _told_when(one.at, zone),
                one.event.replace("_", " "),
                one.actor,
                f"refused: {', '.join(one.refused)}" if one.refused else procedure.states[one.target].title,
            )
            for one in reversed(happened)
        ),
        more=happened[0].sequence - 1,
    )


def _table(table: Table, room: int) -> str:
    """The table with as many rows as there is room for, in bytes; how many are left out is said."""
    lines = [f"#### {plain(table.title)}", "", *_rows(table.head)]
    left = room - sum(_size(line) + 1 for line in lines) - _size(_more(len(table.rows) + table.more))
    shown = 0
    for cells in table.rows:
        row = _row(tuple(_cut(cell, _CELL if number < len(cells) - 1 else _REASONS) for number, cell in enumerate(cells)))
        left -= _size(row) + 1
        if left < 0:
            break
        lines.append(row)
        shown += 1
    more = len(table.rows) - shown + table.more
    return "\n".join([*lines, *(["", _more(more)] if more else [])])


def _more(number: int) -> str:
    return f"and {number} more"


@cache
def _states(procedure: Procedure[Any], state: str) -> str:
    """The table of states is the same every time: drawn once for each state of a definition."""
    return "\n".join(map(_padded, states_table(chart(procedure), at=state).splitlines())) + "\n"


def _rows(head: Sequence[str]) -> list[str]:
    return [_row(head), "|" + "---|" * len(head)]


def _row(cells: Sequence[str]) -> str:
    return _padded(f"| {' | '.join(map(plain, cells))} |")


def _padded(row: str) -> str:
    """A row of a table with room after each cell: the UI draws its tables without any, and one cell runs into the next."""
    return row.replace(" |", f"{_ROOM} |")


def _when(instant: datetime, zone: tzinfo) -> str:
    return plain(_told_when(instant, zone))


def _told_when(instant: datetime, zone: tzinfo) -> str:
    return f"{instant.astimezone(zone):%a %d %b %Y %H:%M}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _size(text: str) -> int:
    return len(text.encode())
