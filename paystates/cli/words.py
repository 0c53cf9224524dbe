"""Tells what a procedure decided in words for people: one line for each thing that somebody would want to know."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from paystates.cli.terminal import plain, when
from paystates.engine import HOUSE
from states.charge_retry import CHARGE_RETRY


class Tone(StrEnum):
    """How a line is meant."""

    GOOD = "good"
    BAD = "bad"
    PLAIN = "plain"
    END = "end"


@dataclass(frozen=True, slots=True)
class Row:
    """One decision, whether it was read from a trace or from the journal. `refusals` are the reasons in brief."""

    at: datetime
    subject: str
    actor: str
    event: str
    source: str
    target: str
    refusals: tuple[str, ...] = ()
    attempt: int | None = None
    method: str | None = None
    note: str = ""
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What is told of it."""

    at: datetime
    subject: str
    text: str
    tone: Tone = Tone.PLAIN
    attempt: int | None = None
    method: str | None = None
    next_at: datetime | None = None
    mails: tuple[str, ...] = ()

    def told(self, zone: ZoneInfo) -> str:
        """All of it in one line."""
        parts = [self.text, *([self.method] if self.method else []), *self.mails]
        parts += [f"next {when(self.next_at, zone, beside=self.at)}"] if self.next_at else []
        return " · ".join(plain(part) for part in parts)


WAKES: Final = frozenset({"method_replaced", "details_updated", "balance_changed", "provider_notified"})
"""Actions that only say “look again”; what is found is told by the lines that follow."""

_SAID: Final[Mapping[str, tuple[str, Tone]]] = {
    "charged": ("attempt {attempt} charged", Tone.GOOD),
    "declined": ("attempt {attempt} declined{note}", Tone.BAD),
    "clearing": ("attempt {attempt} accepted by the bank, clearing", Tone.PLAIN),
    "action_required": ("attempt {attempt}: the bank wants the customer to authenticate", Tone.PLAIN),
    "outcome_unknown": ("attempt {number}: no answer from the bank, the outcome is unknown", Tone.BAD),
    "postponed": ("no attempt: {why}", Tone.PLAIN),
    "method_needed": ("no attempt: {why}", Tone.BAD),
    "attempt_open": ("attempt {attempt} is open: it is looked up first", Tone.PLAIN),
    "not_charged": ("attempt {attempt} took nothing, and never will", Tone.PLAIN),
    "reopened": ("the money of attempt {attempt} came back{note}", Tone.BAD),
    "still_unknown": ("the bank cannot tell yet what became of attempt {number}", Tone.PLAIN),
    "no_such_invoice": ("the account book has no such invoice", Tone.BAD),
}
_WHERE: Final[Mapping[tuple[str, str], tuple[str, Tone]]] = {
    ("opened", "needs_method"): ("waits for another or a corrected payment method", Tone.PLAIN),
    ("opened", "needs_payment"): ("waits for a payment by hand: recurring billing is off", Tone.PLAIN),
    ("opened", "charging"): ("charges the new or corrected method at once, as asked", Tone.PLAIN),
    ("unavailable", "confirming"): ("attempt {number}: broke off, the outcome is unknown", Tone.BAD),
    ("unavailable", "confirming_later"): ("the bank cannot be asked what became of attempt {number}", Tone.PLAIN),
    ("unavailable", "recovering"): ("the account book cannot be reached: tries again", Tone.BAD),
    ("unavailable", "needs_attention"): ("cannot go on: an operator is asked", Tone.BAD),
    ("still_unknown", "needs_attention"): ("nobody can tell what became of attempt {number}: an operator is asked", Tone.BAD),
    ("gave_up", "confirming"): ("the customer did not authenticate in time", Tone.BAD),
    ("gave_up", "closing"): ("the time for it is over", Tone.PLAIN),
    ("gave_up", "unresolved"): ("nobody found out what became of attempt {number}", Tone.BAD),
    ("clearing", "clearing"): ("attempt {attempt} is still clearing", Tone.PLAIN),
}
_ACTIONS: Final[Mapping[str, str]] = {
    "retry_now": "asks to charge now",
    "hold": "holds the attempts",
    "resume": "lets the attempts go on",
    "skip_attempt": "skips the next attempt",
    "write_off": "writes the debt off",
    "look_up_again": "asks to look again at the bank",
    "cancel": "cancels the collection",
    "method_replaced": "reports that another method is bound",
    "details_updated": "reports that a method’s details were corrected",
    "balance_changed": "reports that something was booked",
    "provider_notified": "reports news about an attempt",
}
_CAUSES: Final[Mapping[str, str]] = {"charged_back": "charged back", "returned": "returned"}
MAILS: Final[Mapping[str, str]] = {
    "declined": "declined",
    "authenticate": "please authenticate",
    "reminder": "reminder",
    "final": "that was the last attempt",
}
"""The kinds of notice, in brief."""


def lines(rows: Sequence[Row], *, wakes: bool = False) -> Iterator[Line]:
    """The lines of one procedure's decisions, oldest first. Without `wakes`, wake-ups that were taken are left out."""
    begun, told_next, attempts, method = False, None, 0, None
    for row in rows:
        attempts = max(attempts, row.attempt or 0)
        method = row.method or method
        number = attempts + 1 if row.source == "charging" else attempts
        line = _line(replace(row, method=method), number, begun=begun)
        if row.event == "opened" and row.target == "waiting" and begun and row.next_at != told_next:
            line = Line(row.at, row.subject, "the plan goes on")
        if line is not None and (wakes or row.event not in WAKES or row.refusals):
            shown = row.next_at if row.target in {"waiting", "needs_method"} and row.next_at != told_next else None
            yield replace(line, next_at=shown or line.next_at)
            told_next = shown or told_next
        begun = True
        if not row.refusals and (ended := CHARGE_RETRY.states[row.target]) and hasattr(ended, "verdict"):
            yield Line(row.at, row.subject, ended.title, Tone.END)
            begun, told_next = False, None


def _line(row: Row, number: int, *, begun: bool) -> Line | None:
    if row.event in _ACTIONS:
        return _ordered(row)
    if row.event == "opened" and row.target == "waiting":
        return None if begun else Line(row.at, row.subject, "collection begins", method=row.method)
    found = _WHERE.get((row.event, row.target)) if row.event != "clearing" or row.source == "confirming" else None
    found = found or _SAID.get(row.event)
    if found is None:
        return None
    text, tone = found
    brief = _CAUSES.get(row.note, row.note.replace("_", " "))
    said = text.format(
        attempt=row.attempt,
        number=number,
        note=f": {brief}" if brief and brief != row.event else "",
        why=brief or "it must wait",
    )
    tried = row.attempt if row.event in {"charged", "declined", "clearing", "action_required", "not_charged"} else None
    shown = row.method if tried is not None or row.event == "opened" else None
    return Line(row.at, row.subject, said, tone, attempt=tried, method=shown)


def _ordered(row: Row) -> Line:
    who = "the house" if row.actor == HOUSE.id else row.actor
    text = f"{who} {_ACTIONS[row.event]}"
    if row.note and not row.refusals:
        text += f": {row.note}"
    if row.refusals:
        return Line(row.at, row.subject, f"{text}. Refused: {'; '.join(row.refusals)}", Tone.BAD)
    return Line(row.at, row.subject, text)
