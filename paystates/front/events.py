"""Everything that happened to an account, in order, from the journal: what its procedures decided, and what else was booked.

Whoever asks again with the last `next` is told each event once it is committed, and passes over none.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from activities.desk import step_from
from activities.happenings import Happening, event_id, happening
from domain.money import Money
from paystates.engine import Refusal
from paystates.front.background import row_of
from paystates.front.choosing import refusal_data
from paystates.front.languages import field, named, noted, roles, word
from paystates.front.phrases import Json, plain
from paystates.front.words import lines_by_row
from states.procedures import RELEASED
from store.port import Book, JournalRow, Pages

MOST: Final = 500
"""How many events are told at once."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `cursor` rises; `id` is the same wherever it is told.

    `type` is what it was, `kind` the event's own tag, `subject` a procedure's id or `book/…`, `words` a line for people. A
    decision that was replaced before its procedure took it is told anew with the same `run` and `sequence`: the later one holds.
    """

    cursor: int
    id: str
    at: datetime
    account: str | None
    type: Happening
    subject: str
    procedure: str
    definition: str
    run: str
    sequence: int
    kind: str
    actor: str
    source: str
    target: str
    accepted: bool
    refusals: tuple[Refusal, ...]
    words: str

    def data(self) -> Json:
        """As JSON types."""
        told: Json = {name: getattr(self, name) for name in self.__slots__}
        return told | {"at": self.at.isoformat(), "refusals": [refusal_data(one) for one in self.refusals]}


@dataclass(frozen=True, slots=True)
class Events:
    """A page of them. `next` is what to ask with for what comes after: also when nothing has."""

    rows: tuple[Event, ...]
    next: int


def events(book: Book, account: str | None, after: int | None = None, limit: int = 100, language: str = "en") -> Events:
    """What happened to an account, or with None to all, after a cursor (None: from the beginning); at most `MOST` at once.

    `words` are in that language; refusals are as they were kept, for `told`.
    """
    begin = max(after or 0, 0)
    with book.reading() as pages:
        found = pages.journal_after(begin, max(1, min(limit, MOST)), account_id=account)
        names = names_of(pages, (row for _, row in found))
        words = _words(pages, [row for _, row in found], names, language)
    rows = tuple(_event(position, row, words[_key(row)]) for position, row in found)
    return Events(rows, rows[-1].cursor if rows else begin)


def _event(position: int, row: JournalRow, words: str) -> Event:
    return Event(
        cursor=position,
        id=event_id(position),
        at=row.at,
        account=row.account_id,
        type=happening(row),
        subject=row.procedure,
        procedure=row.procedure.partition("/")[0],
        definition=row.definition,
        run=row.run,
        sequence=row.sequence,
        kind=row.event_kind,
        actor=row.actor,
        source=row.source,
        target=row.target,
        accepted=row.accepted,
        refusals=step_from(row).refusals,
        words=words,
    )


_Key = tuple[str, str, int]


def _key(row: JournalRow) -> _Key:
    return row.procedure, row.run, row.sequence


def names_of(pages: Pages, rows: Iterable[JournalRow]) -> dict[str, str]:
    """The names of the people who acted."""
    people = (pages.person(actor) for actor in {row.actor for row in rows})
    return {person.id: person.name for person in people if person is not None and person.account_id is not None}


def _words(pages: Pages, rows: Sequence[JournalRow], names: dict[str, str], language: str) -> dict[_Key, str]:
    """A line for each row. What a procedure's line says depends on what it has said before, so its whole journal is read."""
    told = {_key(row): note_words(row, language) for row in rows if happening(row) is Happening.NOTED}
    asked = {_key(row) for row in rows} - told.keys()
    for subject in dict.fromkeys(procedure for procedure, _, _ in asked):
        known = [row for row in pages.journal(subject) if is_kept(row)]
        by_row = lines_by_row([row_of(row, names, language) for row in known], language)
        for row, lines in zip(known, by_row, strict=True):
            if _key(row) in asked and lines:
                told[_key(row)] = "; ".join(line.happened for line in lines)
    return {_key(row): told.get(_key(row)) or _plainly(row, language) for row in rows}


def is_kept(row: JournalRow) -> bool:
    """Whether its definition is one that this version of paystates has, and its state one of that."""
    procedure = RELEASED.get(row.definition)
    return procedure is not None and row.target in procedure.states


def _plainly(row: JournalRow, language: str) -> str:
    kind = plain(named(row.event_kind, language))
    source, target = (plain(name if language == "en" else named(name, language)) for name in (row.source, row.target))
    return f"{kind}: {source} → {target}" if source != target else kind


# What was booked beside the procedures.

_Facts = Mapping[str, Any]
NOTES: Final[Mapping[str, tuple[str, str]]] = {
    "imported": ("an account file was read into the book", "imported: {counts}"),
    "payment_received": ("money came by other ways, such as a wire", "{amount} received for {about}{excess}"),
    "credit_given": ("somebody credited part of a debt", "credit of {amount} for {about}{waits}"),
    "void_given": ("somebody voided what was left of an invoice", "void of {amount} of {about}{waits}"),
    "credit_booked": (
        "a credit that waited for an attempt was booked",
        "the credit that waited takes {taken} off {about}",
    ),
    "void_booked": ("a void that waited for an attempt was booked", "the void that waited takes {taken} off {about}"),
    "method_added": ("a payment method was put on file outside a procedure", "{about} is on file: {network} {last4}"),
    "method_bound": (
        "a payment method was bound to a payer outside a procedure",
        "{method} pays for {about} from now on",
    ),
    "method_let_go": (
        "a deleted subscription owes nothing any more, and pays with its method no more",
        "{about} is deleted and owes nothing: it pays with {method} no more",
    ),
    "details_corrected": ("name, address or expiry of a method were corrected", "the details of {about} are corrected"),
    "method_gone": ("the payment provider has a method no more", "the provider has {about} no more"),
    "account_opened": ("an account was opened", "account {about} is opened"),
    "account_changed": ("details of an account were changed", "account {about}: {changed} changed"),
    "person_registered": ("somebody was registered", "{about} is registered"),
    "person_changed": ("details of somebody were changed", "the details of {about} are changed"),
    "role_given": ("somebody was given a role", "{about} is {role} from now on"),
    "role_taken": ("a role was taken from somebody", "{about} is {role} no more"),
    "subscription_registered": ("a subscription was registered", "subscription {about} is registered"),
    "subscription_changed": (
        "a subscription was changed",
        "subscription {about} is {status}, recurring billing {recurring}",
    ),
    "profile_registered": ("a billing profile was registered", "billing profile {about} is registered"),
    "profile_changed": ("a billing profile was changed", "billing profile {about} is changed"),
    "invoice_issued": ("an invoice was issued", "invoice {about} is issued: {owed}"),
    "subscription_cancelled": ("a subscription was cancelled", "{about} is cancelled"),
}
"""What the book notes of itself: for the docs what it means, and the line that tells it."""


def note_words(row: JournalRow, language: str = "en") -> str:
    """A line for what was booked; a kind that is not known yet tells its name."""
    _, kind, about = (*row.procedure.split("/", 2), "", "")[:3]
    known = NOTES.get(row.event_kind)
    if known is None:
        return plain(f"{row.event_kind.replace('_', ' ')} ({kind.replace('_', ' ')} {about})")
    facts = json.loads(row.event)
    try:
        return plain(noted(known[1], language).format(**facts | _derived(row.event_kind, facts, language) | {"about": about}))
    except KeyError:
        return plain(row.event_kind.replace("_", " "))


def _derived(kind: str, facts: _Facts, language: str) -> dict[str, str]:
    """What a line says that its row only implies."""
    told = {"waits": "", "excess": "", "counts": ""}
    for name, needs, text in (
        ("waits", "waits_for", ", once the result of attempt {waits_for} is known"),
        ("excess", "excess", ", {excess} of it more than was owed: account credit"),
    ):
        if facts.get(needs):
            told[name] = noted(text, language).format(**facts)
    if kind == "imported":
        told["counts"] = _counts(facts, language)
    if kind == "account_changed":
        told["changed"] = ", ".join(field(name, language) for name in str(facts["changed"]).split(", "))
    if "role" in facts:
        role = roles([str(facts["role"])], language)
        told["role"] = (
            noted("{role} of {profile}", language).format(role=role, profile=facts["profile"]) if facts.get("profile") else role
        )
    if "status" in facts:
        told["status"] = noted(str(facts["status"]).replace("_", " "), language)
        told["recurring"] = noted("on" if facts.get("recurring_billing") else "off", language)
    if "currency" in facts:
        told["owed"] = str(Money(int(facts["amount"]), str(facts["currency"])))
    return told


def _counts(facts: _Facts, language: str) -> str:
    found = [(number, word(noun, language)) for noun, number in facts.items()]
    return ", ".join(f"{number} {noun}" if number == 1 else f"{number} × {noun}" for number, noun in found)
