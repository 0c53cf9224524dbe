"""The desk that effects work at: the account book, the payment provider, the roles and the journal."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import dropwhile
from typing import Any, Protocol

from pydantic_core import to_json

from domain.roles import held
from gateways.port import Gateway
from paystates.engine import Action, Effects, Errand, Event, Refusal, Scope, Step
from store.port import Book, JournalRow, Pages


@dataclass(frozen=True, slots=True)
class Wake:
    """Tell the procedure of a debt to look again. `starts`: what it begins with when none is running (law 8); None: none begins.

    `subject`: not the debt's retry but the procedure of that id is told, one that settles the debt with others.
    """

    invoice: str
    action: Action
    starts: Mapping[str, Any] | None = None
    subject: str | None = None

    @property
    def to(self) -> str:
        """The id of the procedure that is told."""
        return self.subject or f"charge-retry/{self.invoice}"

    @property
    def procedure(self) -> str:
        """What kind of procedure that is."""
        return self.to.partition("/")[0]


class Waker(Protocol):
    """Whoever can reach procedures that are running."""

    def wake(self, wakes: Sequence[Wake]) -> tuple[str, ...]:
        """Wake them, outside any transaction; the invoices whose procedures were woken, or began."""


class NoWaker:
    """Wakes nobody: where no procedures run, as in a test of one effect."""

    def wake(self, wakes: Sequence[Wake]) -> tuple[str, ...]:  # noqa: ARG002 - a waker's shape
        """Nobody."""
        return ()


@dataclass(frozen=True, slots=True)
class Desk:
    """The adapters behind their ports, and the way to other procedures."""

    book: Book
    gateway: Gateway
    waker: Waker = field(default_factory=NoWaker)

    def roles(self, actor: str, scope: Scope) -> frozenset[str]:
        """The roles of an actor where the scope is concerned, from the book (G1-G12): what a caller claims does not count.

        A role on a billing profile counts for what that profile pays, and for nobody of another organisation (G11).
        """
        with self.book.reading() as pages:
            return roles_in(pages, actor, scope)

    def keep(self, subject: str, run: str, steps: Sequence[Step], account: str | None) -> None:
        """Write steps into the journal, in a transaction of their own."""
        with self.book.transaction() as pages:
            pages.add_journal(rows(subject, run, steps, account))

    def written(self, subject: str, run: str, sequence: int) -> Step | None:
        """What the journal has under that number, None when nothing."""
        with self.book.reading() as pages:
            row = pages.journal_row(subject, run, sequence)
        return step_from(row) if row else None


def roles_in(pages: Pages, actor: str, scope: Scope) -> frozenset[str]:
    """The same as `Desk.roles`, inside a transaction: what a commit looks up again (law 5)."""
    grants = pages.grants_of(actor)
    by_profile = any(grant.profile_id is not None for grant in grants)
    profiles = _profiles(pages, actor, scope.account) if by_profile else frozenset()
    return held(grants, scope.account, scope.profile, profiles)


def _profiles(pages: Pages, actor: str, account: str | None) -> frozenset[str]:
    """The billing profiles of the account, if the actor is of the same organisation."""
    person = pages.person(actor)
    if account is None or person is None or person.account_id != account:
        return frozenset()
    return frozenset(profile.id for profile in pages.profiles(account))


def rows(subject: str, run: str, steps: Iterable[Step], account: str | None) -> list[JournalRow]:
    """Steps in the form the book keeps them."""
    return [
        JournalRow(
            procedure=subject,
            run=run,
            sequence=step.sequence,
            at=step.at,
            definition=step.definition,
            actor=step.actor,
            event_kind=step.kind,
            event=to_json(step.event).decode(),
            source=step.source,
            target=step.target,
            accepted=step.accepted,
            refusals=json.dumps([asdict(refusal) for refusal in step.refusals], ensure_ascii=False) if step.refusals else "[]",
            account_id=account,
            roles=None if step.roles is None else json.dumps(sorted(step.roles)),
            order_id=step.order,
        )
        for step in steps
    ]


def step_from(row: JournalRow) -> Step:
    """What a row of the book tells."""
    return Step(
        sequence=row.sequence,
        at=row.at,
        definition=row.definition,
        actor=row.actor,
        kind=row.event_kind,
        event=json.loads(row.event),
        source=row.source,
        target=row.target,
        refusals=tuple(Refusal(**one) for one in json.loads(row.refusals)),
        roles=None if row.roles is None else frozenset(json.loads(row.roles)),
        order=row.order_id,
    )


class Overtaken(Exception):
    """Somebody was faster: what is about to be written rests on what is old by now. Nothing of it is.

    Whoever asks again finds the errand answered, or hears what is true now.
    """


def conclude(pages: Pages, errand: Errand[Any], answer: Event, account: str | None) -> None:
    """Write what rode with the errand, and the decision its answer causes, in the effect's own transaction.

    Raises `Overtaken` when the errand has been answered since it was begun: its worker was taken for dead, and wakes late.
    """
    if not pages.add_journal(rows(errand.subject, errand.run, errand.steps(answer), account)):
        message = f"{errand.subject}: what its step {errand.sequence} asks for has been answered since it was begun"
        raise Overtaken(message)


def runs_of(pages: Pages, errand: Errand[Any]) -> tuple[str, ...]:
    """The runs that are one wish, the newest last: this one and, after a Reset, those that came of the same start before it.

    The journal has them in the order in which they began.
    """
    if errand.origin in {None, errand.run}:
        return (errand.run,)
    runs = dict.fromkeys(row.run for row in pages.journal(errand.subject))
    since = dropwhile(lambda run: run != errand.origin, runs)
    return (*(run for run in since if run != errand.run), errand.run)


effects: Effects[Desk] = Effects()
"""Which function carries out which request; the other files of this room fill it."""


def account_of(pages: Pages, invoice_id: str) -> str | None:
    """The account a debt belongs to."""
    invoice = pages.invoice(invoice_id)
    return invoice.account_id if invoice else None
