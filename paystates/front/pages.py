"""What is shown of procedures: one as a page, many as a listing, and the payment methods that they are about. Plain data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from domain.accounts import MethodKind, Standing
from paystates.engine import Actor, Refusal, Verdict
from paystates.front.choosing import Candidate
from paystates.front.filters import LATE, NAMED_FILTERS, Filter, NamedFilter
from paystates.front.words import Line
from paystates.temporal.announce import DUE_AT, STATE
from paystates.temporal.executions import Execution, Status
from paystates.temporal.messages import Allowed, View

__all__ = [
    "NAMED_FILTERS",
    "Considered",
    "Filter",
    "ListedProcedure",
    "Listing",
    "MethodPage",
    "NamedFilter",
    "ProcedurePage",
    "Trouble",
    "is_overdue",
    "trouble_of",
    "trouble_words",
]


class Trouble(StrEnum):
    """What is the matter with the execution itself, by Temporal's word, whatever state its procedure is in."""

    NONE = ""
    PAUSED = "paused"
    STUCK = "stuck"
    OVERDUE = "overdue"
    NO_WORKER = "no_worker"
    TERMINATED = "terminated"
    FAILED = "failed"


_ENDED: Final[Mapping[Status, Trouble]] = {
    Status.PAUSED: Trouble.PAUSED,
    Status.TERMINATED: Trouble.TERMINATED,
    Status.CANCELED: Trouble.TERMINATED,
    Status.FAILED: Trouble.FAILED,
    Status.TIMED_OUT: Trouble.FAILED,
}
_WORDS: Final[Mapping[str, Mapping[Trouble, str]]] = {
    "en": {
        Trouble.PAUSED: "Paused in Temporal: nothing happens and no action is taken until it is unpaused there. "
        "What falls due meanwhile is done then.",
        Trouble.STUCK: "Stuck: no worker gets on with it, by Temporal’s report. "
        "Deploy a worker that keeps its version; the cause stands in its history.",
        Trouble.OVERDUE: "Overdue: its time has come, and nobody has got on with it since. "
        "See that a worker runs (`paystates up`, or worker.py).",
        Trouble.NO_WORKER: "No worker answers for it, so this is what the account book says. "
        "Start one (`paystates up`, or worker.py).",
        Trouble.TERMINATED: "Ended from outside, in Temporal, before it came to an end of its own. "
        "Start it again: it goes on from what the account book says.",
        Trouble.FAILED: "Broken off by Temporal before it came to an end of its own. "
        "Start it again: it goes on from what the account book says.",
    },
    "nb": {
        Trouble.PAUSED: "Satt på pause i Temporal: ingenting skjer og ingen handling tas imot før pausen oppheves der. "
        "Det som forfaller i mellomtiden, gjøres da.",
        Trouble.STUCK: "Sitter fast: ingen arbeider kommer videre med den, melder Temporal. "
        "Sett i drift en som har versjonen; årsaken står i historikken.",
        Trouble.OVERDUE: "Forsinket: tiden er inne, og ingen har kommet videre med den siden. "
        "Se til at en arbeider kjører (`paystates up`, eller worker.py).",
        Trouble.NO_WORKER: "Ingen arbeider svarer for den, så dette er det kontoboken sier. "
        "Start en (`paystates up`, eller worker.py).",
        Trouble.TERMINATED: "Avsluttet utenfra, i Temporal, før den kom til en slutt av seg selv. "
        "Start den på nytt: den går videre fra det kontoboken sier.",
        Trouble.FAILED: "Avbrutt av Temporal før den kom til en slutt av seg selv. "
        "Start den på nytt: den går videre fra det kontoboken sier.",
    },
}


def trouble_of(execution: Execution) -> Trouble:
    """What is the matter with it, as far as the server knows."""
    return _ENDED.get(execution.status, Trouble.STUCK if execution.wedged else Trouble.NONE)


def is_overdue(execution: Execution, now: datetime) -> bool:
    """Whether it should have gone on a while ago, or begun: so it looks in a listing when no worker runs, whatever its state."""
    attributes = execution.attributes
    due = attributes.get(DUE_AT) if attributes.get(STATE) else execution.begins or execution.started
    return execution.status is Status.RUNNING and due is not None and due < now - LATE


def trouble_words(trouble: Trouble, language: str = "en") -> str:
    """The same as a sentence with its remedy; empty when nothing is the matter."""
    return _WORDS.get(language, _WORDS["en"]).get(trouble, "")


@dataclass(frozen=True, slots=True)
class ProcedurePage:
    """One procedure, joined from Temporal and the account book.

    `allowed` has no wakes; each action is told as `viewer` may do it. `journal` are the last lines, `earlier` is how many came
    before, `new_runs` the places in it where another run begins. `missing` tells why the book says nothing. Titles, refusals and
    outcome are told in `language`. `debts` are what a settlement would pay, each invoice with its amount. While it goes on,
    `reasons` are what it found against what was wished, such as a choice that was refused; `last` is what happened otherwise;
    `last_refusals` are those of the last order. When the procedure itself could not be asked, `trouble` says why, and the rest is
    what the book knows: `visit` is then 0, and nothing allowed.
    `view` is the procedure's own answer, or the same form filled from the book.
    """

    subject: str
    procedure: str
    definition: str
    account: str | None
    account_name: str
    zone: ZoneInfo
    headline: str
    state: str
    title: str
    kind: str
    visit: int
    since: datetime
    due: datetime | None
    waits_for: str
    verdict: Verdict | None
    progress: tuple[int, int] | None
    allowed: tuple[Allowed, ...]
    candidates: tuple[Candidate, ...]
    dependents: tuple[int, tuple[str, ...]]
    outcome: tuple[tuple[str, str], ...]
    last_refusals: tuple[Refusal, ...]
    debts: tuple[tuple[str, str], ...]
    reasons: tuple[Refusal, ...]
    last: str
    taken: tuple[tuple[str, str, str], ...]
    journal: tuple[Line, ...]
    earlier: int
    trouble: Trouble
    trouble_words: str
    new_runs: tuple[int, ...]
    missing: str
    language: str
    view: View


@dataclass(frozen=True, slots=True)
class ListedProcedure:
    """One procedure in a listing. What it has not announced yet is None."""

    subject: str
    procedure: str
    definition: str | None
    state: str | None
    title: str | None
    account: str | None
    due: datetime | None
    attempt: int | None
    refusal: str | None
    started: datetime
    ended: datetime | None
    verdict: Verdict | None
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of procedures, those that began last in front. `next` is where the next page begins, None after the last."""

    rows: tuple[ListedProcedure, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Considered:
    """Whether an action would be taken now, and where it would lead; if not, every reason."""

    accepted: bool
    actor: Actor
    definition: str
    state: str
    visit: int
    leads_to: str | None
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class MethodPage:
    """A payment method of an account: what it is, how many things pay with it and the first of them by name.

    `expired`: a card whose last day has passed, to which nothing may be moved. `manageable`: what stands against the viewer's
    managing it; nothing: they may.
    """

    id: str
    label: str
    kind: MethodKind
    network: str
    last4: str
    expires: date | None
    expired: bool
    standing: Standing
    added_by_you: bool
    dependents: tuple[int, tuple[str, ...]]
    manageable: tuple[Refusal, ...]
