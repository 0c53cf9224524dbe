"""Which procedures are wanted: filters, as the server's visibility query, and the four that have a name.

The named ones stand here once: the terminal, the API, the board and the links into Temporal's own UI all use them.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from urllib.parse import quote

from paystates.engine import Ask, End, State, Verdict
from paystates.orders import BadOrder
from paystates.temporal.announce import ACCOUNT, DUE_AT, REFUSED_AT, STATE
from paystates.temporal.executions import OPEN, PROBLEMS, Status
from states.procedures import DECLARED, RELEASED

OPERATOR: Final = "an operator"
"""Whom an `Ask` names that waits for our own staff; every other one waits for somebody of the customer's."""


def _states(wanted: Callable[[State], bool]) -> tuple[str, ...]:
    """The names of all such states, in whatever procedure."""
    return tuple(sorted({name for one in RELEASED.values() for name, state in one.states.items() if wanted(state)}))


CUSTOMER_STATES: Final = _states(lambda state: isinstance(state, Ask) and state.who != OPERATOR)
"""Where a procedure waits for the customer: the card holder, or an administrator of the account."""
ALARMING_STATES: Final = _states(lambda state: isinstance(state, Ask) and state.alarms)
"""Where a procedure needs the attention of an operator."""
ALARMING_ENDS: Final = _states(lambda state: isinstance(state, End) and state.alarms)
"""Ends that leave something to look after."""
REFUSED_ENDS: Final = _states(lambda state: isinstance(state, End) and state.verdict is Verdict.REFUSED)
"""Ends of procedures that never began."""
LATE: Final = timedelta(minutes=15)
"""How long after its time a procedure may still be at what it does then. A request that is tried for longer needs a look, too."""
BROKEN: Final = (Status.FAILED, Status.TIMED_OUT, Status.TERMINATED, Status.CANCELED)
"""How an execution ends that did not come to an end of its own."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What is wanted; everything that is said must hold.

    `procedures` by name, all when none is named. `ended`: also those that have ended. `due_before` and `refused_since` are
    instants. `needs_attention`: in a state that alarms, paused, wedged, or ended without an end of its own; among these are some
    that are not open. With `overdue_since` those that should have gone on before then are among them, too. `ids`: only these
    procedures. `query` is a visibility query of the caller's own.
    """

    procedures: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    account: str | None = None
    waits_for_customer: bool = False
    due_before: datetime | None = None
    refused_since: datetime | None = None
    needs_attention: bool = False
    overdue_since: datetime | None = None
    ended: bool = False
    ids: tuple[str, ...] = ()
    query: str | None = None

    def to_query(self) -> str:
        """The server's visibility query. Text is quoted; only `query` is taken as it is, in brackets of its own.

        Raises `BadOrder` for a `query` that would leave them.
        """
        parts = [_one_of("WorkflowType", self.procedures or sorted(DECLARED))]
        if self.needs_attention:
            parts.append(_attention(self.overdue_since))
        elif not self.ended:
            parts.append(_RUNNING)
        if self.states:
            parts.append(_one_of(STATE.name, self.states))
        if self.account is not None:
            parts.append(f"{ACCOUNT.name} = {quoted(self.account)}")
        if self.waits_for_customer:
            parts.append(_one_of(STATE.name, CUSTOMER_STATES))
        if self.due_before is not None:
            parts.append(f"{DUE_AT.name} < {_instant(self.due_before)}")
        if self.refused_since is not None:
            since = _instant(self.refused_since)
            ended = f"({_one_of(STATE.name, REFUSED_ENDS)} AND CloseTime >= {since})"
            parts.append(f"({REFUSED_AT.name} >= {since} OR {ended})")
        if self.ids:
            parts.append(_one_of("WorkflowId", self.ids))
        if self.query:
            parts.append(f"({_of_its_own(self.query)})")
        return " AND ".join(parts)


def link(wanted: Filter, namespace: str = "default") -> str:
    """Where Temporal's own UI shows the same, from the UI's address on."""
    return f"/namespaces/{quote(namespace, safe='')}/workflows?query={quote(wanted.to_query(), safe='')}"


def quoted(text: str) -> str:
    """Text as a literal of a visibility query: nothing in it ends the literal, nor, as NUL would on SQLite, the query."""
    doubled = text.replace("\0", "\N{REPLACEMENT CHARACTER}").replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


def _of_its_own(query: str) -> str:
    """A query that stays in the brackets it is put into: what else is said holds whatever it says."""
    bare, depth = _LITERAL.sub("", query), 0
    for character in bare:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            break
    if depth or _LEAVES.search(bare):
        message = "query: a bracket or quote is not closed, or it has a comment: write one condition, closed in itself"
        raise BadOrder(message)
    return query


_LITERAL: Final = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`""", re.DOTALL)
_LEAVES: Final = re.compile(r"""['"`;#\0]|--|/\*""")


def _one_of(name: str, values: Iterable[str]) -> str:
    return f"{name} IN ({', '.join(quoted(value) for value in values)})"


def _instant(at: datetime) -> str:
    try:
        utc = at.astimezone(UTC)
    except OverflowError:  # in its own zone it is within the first or the last day that there is
        utc = at.replace(tzinfo=UTC)
    return quoted(f"{utc.replace(microsecond=0, tzinfo=None).isoformat()}Z")


_RUNNING: Final = _one_of("ExecutionStatus", OPEN)
_WEDGED: Final = f"ExecutionStatus = 'Paused' OR {PROBLEMS.name} IS NOT NULL OR {_one_of(STATE.name, ALARMING_STATES)}"
_ATTENTION: Final = (
    f"({_RUNNING} AND ({_WEDGED})) OR {_one_of(STATE.name, ALARMING_ENDS)} OR {_one_of('ExecutionStatus', BROKEN)}"
)


def _attention(overdue_since: datetime | None) -> str:
    if overdue_since is None:
        return f"({_ATTENTION})"
    since = _instant(overdue_since)
    late = f"{DUE_AT.name} < {since} OR ({STATE.name} IS NULL AND ExecutionTime < {since})"
    return f"({_ATTENTION} OR (ExecutionStatus = 'Running' AND ({late})))"


@dataclass(frozen=True, slots=True)
class NamedFilter:
    """A filter that people ask for by name. What it means depends on the hour: `at` makes it."""

    name: str
    titles: Mapping[str, str]
    sentence: str
    made: Callable[[datetime], Filter]

    def at(self, now: datetime, zone: tzinfo = UTC) -> Filter:
        """The filter as it is now; days are those of the zone."""
        return self.made(now.astimezone(zone))


def _due_today(now: datetime) -> Filter:
    tomorrow = (now + timedelta(days=1)).date()
    return Filter(due_before=datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=now.tzinfo))


NAMED_FILTERS: Final[Mapping[str, NamedFilter]] = {
    one.name: one
    for one in (
        NamedFilter(
            "needs-attention",
            {"en": "Needs attention", "nb": "Trenger tilsyn"},
            "What became of an attempt cannot be found out, or the execution is wedged, overdue, paused or ended from outside.",
            lambda now: Filter(needs_attention=True, overdue_since=now - LATE),
        ),
        NamedFilter(
            "waits-for-customer",
            {"en": "Waits for the customer", "nb": "Venter på kunden"},
            "The card holder or an administrator of the account has something to do.",
            lambda _: Filter(waits_for_customer=True),
        ),
        NamedFilter(
            "due-today",
            {"en": "Due today", "nb": "Forfaller i dag"},
            "The next thing happens by itself before the day is over, or a person's time runs out.",
            _due_today,
        ),
        NamedFilter(
            "refused-lately",
            {"en": "Refused in the last day", "nb": "Avvist det siste døgnet"},
            "Somebody wanted something within the last day, and it was refused.",
            lambda now: Filter(refused_since=now - timedelta(days=1), ended=True),
        ),
    )
}
"""By name."""
