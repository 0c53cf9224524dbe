"""What the account book knows of a procedure: the account it is about, its time zone, who acted, and the journal in words."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from domain.accounts import Rebinding
from paystates.cli.connection import book
from paystates.cli.errors import BadInput, Unmet
from paystates.cli.words import Line, Row, lines
from paystates.engine import Scope
from paystates.rehearsal.notes import note
from paystates.settings import Settings
from store.errors import BookError
from store.port import JournalRow

TAIL = 12
"""How many lines of the journal are shown."""


@dataclass(frozen=True, slots=True)
class Background:
    """What the book says; `missing` tells why it says nothing."""

    account: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    rows: Sequence[JournalRow] = ()
    names: dict[str, str] = field(default_factory=dict)
    moved: Sequence[Rebinding] = ()
    missing: str = ""

    def told(self) -> list[Line]:
        """The last lines of the journal."""
        return self._lines()[-TAIL:]

    def earlier(self) -> int:
        """How many lines came before those."""
        return max(0, len(self._lines()) - TAIL)

    def begins_run(self, before: Line, line: Line) -> bool:
        """Whether another run of the procedure began between two lines that follow each other."""
        starts = (row.at for last, row in pairwise(self.rows) if last.run != row.run)
        return any(before.at < start <= line.at for start in starts)

    def _lines(self) -> list[Line]:
        return list(lines([_row(row, self.names) for row in self.rows]))


def background(settings: Settings, subject: str, account_id: str | None) -> Background:
    """Read it. A book that cannot be read is no reason not to show what the server knows."""
    try:
        with book(settings) as opened, opened.transaction() as pages:
            account = pages.account(account_id) if account_id else None
            rows = list(pages.journal(subject))
            people = (pages.person(actor) for actor in {row.actor for row in rows})
            names = {person.id: person.name for person in people if person is not None and person.account_id is not None}
            zone = ZoneInfo(account.time_zone) if account else ZoneInfo("UTC")
            moved = list(pages.rebindings(subject, rows[-1].run)) if rows else []
            return Background(account.name if account else "", zone, rows, names, moved)
    except (BookError, Unmet) as error:
        return Background(missing=str(error))


def roles_of(settings: Settings, actor: str, scope: Scope) -> frozenset[str]:
    """The roles that somebody has where a procedure is concerned, from the book."""
    from activities import Desk
    from gateways.scripted import ScriptedBank

    with book(settings) as opened:
        return Desk(opened, ScriptedBank()).roles(actor, scope)


def known_person(settings: Settings, actor: str | None) -> None:
    """`BadInput` when the book has nobody of that id. A book that cannot be read does not say so: the server decides."""
    if actor is None:
        return
    try:
        with book(settings) as opened, opened.transaction() as pages:
            person = pages.person(actor)
    except (BookError, Unmet):
        return
    if person is None:
        message = f"--as {actor!r} is nobody in the account book: give the id of a person in it"
        raise BadInput(message)


def _row(row: JournalRow, names: dict[str, str]) -> Row:
    event = json.loads(row.event)
    debt = event.get("debt") or {}
    next_at = debt.get("next_at")
    return Row(
        at=row.at.astimezone(UTC),
        subject=row.procedure,
        actor=names.get(row.actor, row.actor),
        event=row.event_kind,
        source=row.source,
        target=row.target,
        refusals=tuple(refusal["sentence"].rstrip(".") for refusal in json.loads(row.refusals)),
        attempt=event.get("attempt"),
        method=debt.get("method"),
        note=note(event),
        next_at=datetime.fromisoformat(next_at) if next_at else None,
    )
