"""What the account book recalls of a procedure that cannot be asked: its journal's last word, in the form of its own answer."""

from collections.abc import Sequence
from datetime import UTC, datetime

from paystates.engine import Ask, End, Wait
from paystates.front.words import procedure_of
from paystates.temporal.announce import DUE_AT, STATE
from paystates.temporal.executions import Execution
from paystates.temporal.markdown import read
from paystates.temporal.messages import Stand, View
from states.procedures import RELEASED
from store.port import JournalRow


def recalled(subject: str, rows: Sequence[JournalRow], execution: Execution | None, now: datetime) -> View:
    """The state of its last decision that was taken, and since when. Its visit is not known (0), and nothing may be done.

    Decisions that ride with an effect are written with it: what a timer has just begun is not yet in the journal.
    """
    last = next((row for row in reversed(rows) if row.accepted), None)
    newest = procedure_of(subject)
    procedure = RELEASED.get(last.definition, newest) if last else newest
    name = last.target if last and last.target in procedure.states else procedure.initial
    if execution is not None and execution.is_open and isinstance(procedure.states[name], End):
        last, name = None, procedure.initial  # another run has begun, and has decided nothing yet
    state = procedure.states[name]
    since = last.at.astimezone(UTC) if last else execution.started if execution else now
    announced = execution is not None and execution.is_open and execution.attributes.get(STATE) == name
    return View(
        subject=subject,
        headline=(read(execution.summary) if execution else "") or subject,
        title=state.title,
        waits_for=state.who if isinstance(state, Ask) else "time" if isinstance(state, Wait) else "",
        stand=Stand(
            definition=procedure.id,
            state=name,
            visit=0,
            memory={},
            since=since,
            due=execution.attributes.get(DUE_AT) if execution and announced else None,
        ),
        allowed=(),
        taken=tuple(sorted({(row.source, row.event_kind, row.target) for row in rows if _belongs(row, last)})),
        verdict=state.verdict if isinstance(state, End) else None,
    )


def _belongs(row: JournalRow, last: JournalRow | None) -> bool:
    """Whether it was taken in the run whose last word that is."""
    return last is not None and row.accepted and row.run == last.run
