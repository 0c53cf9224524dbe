"""What happened in a rehearsal, as both drivers must tell it: decisions, bank calls and mails, to the minute."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.notices import NoticeStatus
from paystates.rehearsal.notes import note
from paystates.rehearsal.scenario import shown
from paystates.rehearsal.stage import Stage


@dataclass(frozen=True, slots=True)
class Decided:
    """One row of the journal. `refusals` are the codes of a refused order or an end; `reasons` the sentences, of a commit too."""

    at: str
    subject: str
    actor: str
    event: str
    source: str
    target: str
    refusals: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    attempt: int | None = None
    method: str | None = None
    note: str = ""
    next_at: str | None = None


@dataclass(frozen=True, slots=True)
class Called:
    """One call to the bank."""

    method: str
    reference: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Mailed:
    """One notice."""

    written: str
    subject: str
    kind: str
    attempt: int | None
    next_at: str | None
    status: NoticeStatus


@dataclass(frozen=True, slots=True)
class Waited:
    """A credit or void that waited for an attempt: when it was given and when it was dealt with (None: it waits still).

    `taken` was taken off the debt, `left` became account credit: minor units. A void with neither came too late.
    """

    given: str
    subject: str
    reference: str
    attempt: int
    done: str | None
    taken: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything, in order."""

    decided: tuple[Decided, ...] = ()
    called: tuple[Called, ...] = field(default=())
    mailed: tuple[Mailed, ...] = field(default=())
    waited: tuple[Waited, ...] = field(default=())


def trace(stage: Stage, subjects: Sequence[str]) -> Trace:
    """Read it from the book and the bank, procedure by procedure in the order in which they first began."""
    decided = [decision for subject in subjects for decision in _decided(stage, subject)]
    collected = [shown(subject) for subject in subjects if "/" not in shown(subject)]
    told = [_told(stage, invoice) for invoice in collected]
    mailed = tuple(mail for mails, _ in told for mail in mails)
    waited = tuple(order for _, orders in told for order in orders)
    runs = _runs(stage, subjects)
    called = [Called(call.method, _counted(call.reference or "", runs), call.outcome) for call in stage.bank.calls()]
    return Trace(tuple(decided), tuple(sorted(called, key=lambda one: one.reference)), mailed, waited)


def _runs(stage: Stage, subjects: Iterable[str]) -> dict[str, int]:
    """The number of each run of a procedure: a server gives them ids of its own."""
    with stage.book.transaction() as pages:
        ids = [list(dict.fromkeys(row.run for row in pages.journal(subject))) for subject in subjects]
    return {run: number for runs in ids for number, run in enumerate(runs, start=1)}


def _counted(reference: str, runs: Mapping[str, int]) -> str:
    """A reference at the bank, with a run's number for its id."""
    return "/".join(str(runs.get(part, part)) for part in reference.split("/"))


def _decided(stage: Stage, subject: str) -> list[Decided]:
    """The journal of one procedure, all its runs."""
    with stage.book.transaction() as pages:
        rows = pages.journal(subject)
        names = {name: called for account in pages.accounts() for name, called in stage.names(pages, account).items()}
    decided = []
    for row in rows:
        event = json.loads(row.event)
        debt = event.get("debt") or {}
        decided.append(
            Decided(
                at=stage.staged.elapsed(row.at),
                subject=shown(subject),
                actor=row.actor,
                event=row.event_kind,
                source=row.source,
                target=row.target,
                refusals=tuple(refusal["code"] for refusal in json.loads(row.refusals)),
                reasons=tuple(refusal["sentence"] for refusal in json.loads(row.refusals) or event.get("refusals", ())),
                attempt=event.get("attempt"),
                method=debt.get("method"),
                note=names.get(note(event), note(event)),
                next_at=_next(stage, debt.get("next_at")),
            )
        )
    return decided


def _told(stage: Stage, invoice: str) -> tuple[list[Mailed], list[Waited]]:
    """The notices of a debt, and what had to wait for an attempt."""
    staged = stage.staged
    with stage.book.transaction() as pages:
        notices = pages.notices(invoice)
        orders = pages.ledger_orders(invoice)
        taken = {entry.reference: -entry.amount for entry in pages.entries(invoice)}
        left = {one.reference: one.amount for one in pages.account_credits(stage.account(invoice))} if orders else {}
    mailed = [
        Mailed(
            written=staged.elapsed(notice.created_at),
            subject=invoice,
            kind=notice.kind.value,
            attempt=notice.attempt,
            next_at=staged.elapsed(notice.next_at) if notice.next_at else None,
            status=notice.status,
        )
        for notice in notices
    ]
    waited = [
        Waited(
            given=staged.elapsed(order.given_at),
            subject=invoice,
            reference=order.reference,
            attempt=order.attempt,
            done=staged.elapsed(order.done_at) if order.done_at else None,
            taken=taken.get(order.reference, 0),
            left=left.get(order.reference, 0),
        )
        for order in orders
    ]
    return mailed, waited


def _next(stage: Stage, instant: str | None) -> str | None:
    return stage.staged.elapsed(datetime.fromisoformat(instant)) if instant else None
