"""Tells what a procedure decided in words for people: one line for each thing that somebody would want to know."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from paystates.engine import HOUSE, Ask, End, Procedure, Verdict, Wait
from paystates.front.languages import decision, deed, method_called, note_of, titled
from paystates.front.phrases import plain, when
from states.procedures import DECLARED, declared_of


class Tone(StrEnum):
    """How a line is meant."""

    GOOD = "good"
    BAD = "bad"
    PLAIN = "plain"
    DEED = "deed"
    REFUSED = "refused"
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
    wake: bool = False

    @property
    def happened(self) -> str:
        """What happened, and with which method."""
        return " · ".join(plain(part) for part in (self.text, self.method) if part)

    def followed(self, zone: ZoneInfo, language: str = "en") -> str:
        """What was mailed, and when it goes on; empty when neither."""
        parts = [plain(decision(mail, language)) for mail in self.mails]
        going_on = decision("next {when}", language)
        parts += [going_on.format(when=when(self.next_at, zone, beside=self.at, language=language))] if self.next_at else []
        return " · ".join(parts)


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
    "attempt_open": ("attempt {attempt} is looked up at the bank", Tone.PLAIN),
    "not_charged": ("attempt {attempt} took nothing, and never will", Tone.PLAIN),
    "reopened": ("the money of attempt {attempt} came back{note}", Tone.BAD),
    "still_unknown": ("the bank cannot tell yet what became of attempt {number}", Tone.PLAIN),
    "no_such_invoice": ("the account book has no such invoice", Tone.BAD),
    "page_moved": ("{why}", Tone.GOOD),
    "conflicted": ("what was checked does not hold any more, and nothing was written{note}", Tone.BAD),
    "added": ("the new payment method is on file", Tone.GOOD),
    "not_added": ("the payment method was not accepted{note}", Tone.BAD),
    "must_authenticate": ("the bank wants the card holder to authenticate", Tone.PLAIN),
    "saved": ("the details are saved", Tone.GOOD),
    "half_saved": ("the details are saved at the provider only", Tone.BAD),
    "deleted": ("the payment method is deleted", Tone.GOOD),
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
_SETTLING: Final[Mapping[tuple[str, str], tuple[str, Tone]]] = {
    ("settled", ""): ("the confirmed amount is charged", Tone.GOOD),
    ("settlement_declined", ""): ("the confirmed amount was declined{note}", Tone.BAD),
    ("settlement_clearing", ""): ("the debit is accepted by the bank, clearing", Tone.PLAIN),
    ("must_authenticate_payment", ""): ("the bank wants the customer to authenticate", Tone.PLAIN),
    ("not_settled", ""): ("the attempt took nothing, and never will{note}", Tone.PLAIN),
    ("never_sent", ""): ("nothing was sent to the bank, and never will be{note}", Tone.PLAIN),
    ("balance_moved", ""): ("what is due is not what was confirmed: nothing was sent", Tone.PLAIN),
    ("settlement_open", ""): ("an attempt that was found open is looked up at the bank", Tone.PLAIN),
    ("outcome_unknown", ""): ("no answer from the bank, the outcome is unknown", Tone.BAD),
    ("unavailable", "looking_up"): ("broke off, the outcome is unknown", Tone.BAD),
    ("unavailable", "looking_later"): ("the bank cannot be asked what became of the attempt", Tone.PLAIN),
    ("unavailable", "needs_attention"): ("nobody can tell what became of the attempt: an operator is asked", Tone.BAD),
    ("still_unknown", ""): ("the bank cannot tell yet what became of the attempt", Tone.PLAIN),
    ("still_unknown", "needs_attention"): ("nobody can tell what became of the attempt: an operator is asked", Tone.BAD),
    ("gave_up", "looking_up"): ("the time for it is over: the bank is asked what became of the attempt", Tone.PLAIN),
    ("case_opened", ""): ("it is put before an operator, and the attempt stays open", Tone.BAD),
}
"""What a settlement says of its attempts, which have no number that anybody knows; by where that leads, or wherever it does."""
_LEFT: Final[Mapping[tuple[str, str], tuple[str, Tone]]] = {
    ("gave_up", "authenticating"): ("the card holder did not authenticate in time", Tone.BAD),
    ("unavailable", "adding"): ("the payment provider or the account book cannot be reached", Tone.BAD),
}
"""What is told of leaving a state for one that people are asked in: an end says it itself."""
_ACTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "retry_now": ("asks to charge now", "charge now"),
    "hold": ("holds the attempts", "hold the attempts"),
    "resume": ("lets the attempts go on", "let the attempts go on"),
    "skip_attempt": ("skips the next attempt", "skip the next attempt"),
    "write_off": ("writes the debt off", "write the debt off"),
    "look_up_again": ("asks the bank again", "ask the bank again"),
    "cancel": ("cancels the collection", "cancel the collection"),
    "method_replaced": ("reports that another method may be bound", "report another method"),
    "details_updated": ("reports that a method’s details may be corrected", "report corrected details"),
    "balance_changed": ("reports that something may be booked", "report a booking"),
    "provider_notified": ("reports news about an attempt", "report news about an attempt"),
    "choose": ("chooses a payment method", "choose a payment method"),
    "add_new": ("adds a payment method", "add a payment method"),
    "authenticated": ("has authenticated", "authenticate"),
    "confirm": ("confirms", "confirm"),
    "edit": ("corrects the details", "correct the details"),
    "pay_now": ("pays at once", "pay at once"),
    "not_now": ("leaves it to the next date", "leave it to the next date"),
    "read_again": ("reads again what may be chosen", "read again what may be chosen"),
    "choose_another": ("wants to choose again", "choose again"),
    "": ("cancels", "cancel"),
}
"""Each action as somebody does it, and as somebody wants to; the last one is how anything but a collection is cancelled."""

_RESULTS: Final = frozenset({"charged", "declined", "not_charged"})
_TRIED: Final = frozenset({*_RESULTS, "clearing", "action_required"})
_CAUSES: Final[Mapping[str, str]] = {"charged_back": "charged back", "returned": "returned"}
MAILS: Final[Mapping[str, str]] = {
    "declined": "declined",
    "authenticate": "please authenticate",
    "reminder": "reminder",
    "final": "that was the last attempt",
    "pre_notification": "the debit is announced",
}
"""The kinds of notice, in brief."""


def lines(rows: Sequence[Row], language: str = "en") -> Iterator[Line]:
    """The lines of one procedure's decisions, oldest first; wake-ups are marked, since a story may do without them."""
    teller = _Teller(language)
    for row in rows:
        yield from teller.tell(row)


def lines_by_row(rows: Sequence[Row], language: str = "en") -> Iterator[tuple[Line, ...]]:
    """The same, for each row its own; none for a row of which there is nothing to tell."""
    teller = _Teller(language)
    for row in rows:
        yield tuple(teller.tell(row))


class _Teller:
    """Remembers what has been told already, so that nothing is said twice."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._begun = False
        self._next: datetime | None = None
        self._attempt = 0
        self._method: str | None = None
        self._results: set[tuple[int | None, str]] = set()

    def tell(self, row: Row) -> Iterator[Line]:
        if row.method is not None or row.event == "opened":  # what is read anew says what is bound now, and that may be nothing
            self._method = row.method
        if row.source == "charging" and row.event in {"outcome_unknown", "unavailable"}:
            self._attempt += 1
        self._attempt = max(self._attempt, row.attempt or 0)
        told = (row.attempt, row.event)
        line = None if told in self._results else self._line(row)
        if row.event in _RESULTS:
            self._results.add(told)
        fresh = row.next_at if row.target in {"waiting", "needs_method"} and row.next_at not in {self._next, row.at} else None
        if line is None and fresh is not None:
            line = Line(row.at, row.subject, self._said("the plan goes on"))
        if line is not None:
            yield replace(line, next_at=fresh)
        self._next = fresh or self._next
        self._begun = True
        state = procedure_of(row.subject).states[row.target]
        if isinstance(state, End) and row.source != row.target:
            refused = state.verdict is Verdict.REFUSED  # of a failure the lines before it have told
            because = f": {'; '.join(row.refusals)}" if row.refusals and refused else ""
            yield Line(row.at, row.subject, f"{titled(state.title, self._language)}{because}", Tone.END)
            self._begun, self._next = False, None

    def _line(self, row: Row) -> Line | None:
        if row.event in procedure_of(row.subject).actions:
            return self._ordered(row)
        if row.event == "opened" and row.target == "waiting":
            return None if self._begun else Line(row.at, row.subject, self._said("collection begins"), method=self._called)
        found = _words_of(row) or self._rests(row)
        if found is None:
            return None
        text, tone = found
        cause = _CAUSES.get(row.note, row.note.replace("_", " "))
        brief = note_of(cause, self._language)
        if row.event == "conflicted" and not isinstance(procedure_of(row.subject).states[row.target], End):
            brief = "; ".join(row.refusals)  # an end tells its reasons itself
        note = f": {brief}" if brief and cause != row.event else ""
        why = brief or self._said("it must wait")
        said = self._said(text, attempt=row.attempt, number=self._attempt, note=note, why=why)
        shown = self._called if row.event in {*_TRIED, "opened"} else None
        return Line(row.at, row.subject, said, tone, row.attempt if row.event in _TRIED else None, shown)

    def _rests(self, row: Row) -> tuple[str, Tone] | None:
        """What is told of an event that has no words of its own: where it led, if that is a rest."""
        procedure = procedure_of(row.subject)
        state = procedure.states.get(row.target)
        if procedure.name == "charge-retry" or row.source == row.target or not isinstance(state, Ask | Wait):
            return None
        title = titled(state.title, self._language)
        return title[0].lower() + title[1:].replace("{", "").replace("}", ""), Tone.PLAIN

    def _ordered(self, row: Row) -> Line:
        known = {HOUSE.id: "the house", "provider": "the bank"}.get(row.actor)
        who = self._said(known) if known else row.actor
        does, do = self._doing(row)
        wake = row.event in WAKES
        if row.refusals and row.source == row.target:
            text = self._said("{who} wants to {do}: refused ({why})", who=who, do=do, why="; ".join(row.refusals))
            return Line(row.at, row.subject, text, Tone.REFUSED, wake=wake)
        note = method_called(row.note, self._language) if row.event == "add_new" else row.note
        text = self._said("{who} {does}: {note}" if note else "{who} {does}", who=who, does=does, note=note)
        return Line(row.at, row.subject, text, Tone.DEED, wake=wake)

    def _doing(self, row: Row) -> tuple[str, str]:
        """An action as somebody does it, and as somebody wants to."""
        kind = row.event
        if kind == "cancel" and procedure_of(row.subject).name != "charge-retry":
            kind = ""
        words = kind.replace("_", " ")
        return deed(kind, _ACTIONS.get(kind), self._language) or (self._said("asks for “{kind}”", kind=words), words)

    @property
    def _called(self) -> str | None:
        return method_called(self._method, self._language) if self._method else None

    def _said(self, text: str, **facts: object) -> str:
        known = decision(text, self._language)
        return known.format(**facts) if facts else known


def _words_of(row: Row) -> tuple[str, Tone] | None:
    """The words for an event: its procedure's own, before those for what it left, for where it led, and for what it is."""
    procedure = procedure_of(row.subject)
    own = _SETTLING.get((row.event, row.target)) or _SETTLING.get((row.event, ""))
    if own is not None and procedure.name == "settle-balance":
        return own
    left = _LEFT.get((row.event, row.source))
    if left is not None and not isinstance(procedure.states[row.target], End):
        return left
    found = _WHERE.get((row.event, row.target)) if row.event != "clearing" or row.source == "confirming" else None
    return found or _SAID.get(row.event)


def procedure_of(subject: str) -> Procedure[Any]:
    """The procedure that an id belongs to; a bare invoice stands for what collects it."""
    return (declared_of(subject) or DECLARED["charge-retry"]).newest
