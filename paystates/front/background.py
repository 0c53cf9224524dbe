"""What the account book knows of a procedure: the account it is about, its time zone, who acted, and the journal in words."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from activities.desk import step_from
from domain.accounts import Rebinding
from paystates.engine import Actor, Refusal, Scope
from paystates.front.languages import told
from paystates.front.words import Line, Row, lines
from paystates.rehearsal.notes import note
from paystates.temporal.messages import Allowed, View
from states.procedures import RELEASED
from store.port import JournalRow, Pages

TAIL = 12
"""How many lines of the journal are shown."""


@dataclass(frozen=True, slots=True)
class Background:
    """What the book says; `missing` tells why it says nothing. `account` is the account's name."""

    account: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    rows: Sequence[JournalRow] = ()
    names: dict[str, str] = field(default_factory=dict)
    moved: Sequence[Rebinding] = ()
    missing: str = ""
    account_id: str | None = None

    def told(self, language: str = "en") -> list[Line]:
        """The last lines of the journal."""
        return self._lines(language)[-TAIL:]

    def earlier(self) -> int:
        """How many lines came before those."""
        return max(0, len(self._lines()) - TAIL)

    def begins_run(self, before: Line, line: Line) -> bool:
        """Whether another run of the procedure began between two lines that follow each other."""
        starts = (row.at for last, row in pairwise(self.rows) if last.run != row.run)
        return any(before.at < start <= line.at for start in starts)

    def _lines(self, language: str = "en") -> list[Line]:
        return list(lines([row_of(row, self.names, language) for row in self.rows], language))


def read_background(pages: Pages, subject: str, account_id: str | None) -> Background:
    """Read it; an account that is not named is the one that the journal names."""
    rows = list(pages.journal(subject))
    named = account_id or next((row.account_id for row in reversed(rows) if row.account_id), None)
    account = pages.account(named) if named else None
    people = (pages.person(actor) for actor in {row.actor for row in rows})
    names = {person.id: person.name for person in people if person is not None and person.account_id is not None}
    zone = ZoneInfo(account.time_zone) if account else ZoneInfo("UTC")
    moved = list(pages.rebindings(subject, rows[-1].run)) if rows else []
    return Background(account.name if account else "", zone, rows, names, moved, account_id=named)


def scope_of(seen: View) -> Scope:
    """Whom a procedure concerns, as far as it remembers."""
    procedure = RELEASED.get(seen.stand.definition)
    return Scope() if procedure is None else Scope.of(procedure, seen.stand.read(procedure).memory)


def allowed_to(seen: View, chooser: Actor, now: datetime) -> Sequence[Allowed]:
    """What may be done, with what stands against it when `chooser` does it; what needs an action's fields is not asked.

    Without anybody it is told as for whoever may.
    """
    procedure = RELEASED.get(seen.stand.definition)
    if procedure is None or not chooser.id:
        return seen.allowed
    found = procedure.allowed(seen.stand.read(procedure), max(now, seen.stand.since), chooser)
    return [Allowed(action=one.action, refusals=one.refusals, by=one.by) for one in found]


def row_of(row: JournalRow, names: dict[str, str], language: str = "en") -> Row:
    """A row of the journal in the form that words are found for."""
    event = json.loads(row.event)
    found = [Refusal(**one) for one in event.get("refusals", ())]  # what a commit found against it, where it goes on
    refusals = told(step_from(row).refusals or found, language)
    debt = event.get("debt") or {}
    next_at = debt.get("next_at")
    return Row(
        at=row.at.astimezone(UTC),
        subject=row.procedure,
        actor=names.get(row.actor, row.actor),
        event=row.event_kind,
        source=row.source,
        target=row.target,
        refusals=tuple(refusal.sentence.rstrip(".") for refusal in refusals),
        attempt=event.get("attempt"),
        method=debt.get("method"),
        note=note(event),
        next_at=datetime.fromisoformat(next_at) if next_at else None,
    )
