"""The desk that effects work at: the account book, the payment provider, the roles and the journal."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from domain.accounts import Grant, Role
from gateways.port import Gateway
from paystates.engine import Effects, Errand, Event, Step
from store.port import Book, JournalRow, Pages


@dataclass(frozen=True, slots=True)
class Desk:
    """The adapters behind their ports."""

    book: Book
    gateway: Gateway

    def roles(self, actor: str, account: str | None) -> frozenset[str]:
        """The roles of an actor on an account, from the book (G1-G12): what a caller claims does not count."""
        with self.book.transaction() as pages:
            grants = pages.grants_of(actor)
            profiles = {profile.id for profile in pages.profiles(account)} if account else set()
        return frozenset(grant.role.value for grant in grants if _holds(grant, account, profiles))

    def keep(self, subject: str, run: str, steps: Sequence[Step], account: str | None) -> None:
        """Write steps into the journal, in a transaction of their own."""
        with self.book.transaction() as pages:
            pages.add_journal(rows(subject, run, steps, account))


def _holds(grant: Grant, account: str | None, profiles: set[str]) -> bool:
    if grant.role in {Role.OPERATOR, Role.SERVICE}:
        return grant.account_id in {None, account}
    if grant.profile_id is not None:
        return grant.profile_id in profiles
    return account is not None and grant.account_id == account


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
            event=json.dumps(step.event, ensure_ascii=False, separators=(",", ":")),
            source=step.source,
            target=step.target,
            accepted=step.accepted,
            refusals=json.dumps([asdict(refusal) for refusal in step.refusals], ensure_ascii=False) if step.refusals else "[]",
            account_id=account,
        )
        for step in steps
    ]


def conclude(pages: Pages, errand: Errand[Any], answer: Event, account: str | None) -> None:
    """Write what rode with the errand, and the decision its answer causes, in the effect's own transaction."""
    pages.add_journal(rows(errand.subject, errand.run, errand.steps(answer), account))


effects: Effects[Desk] = Effects()
"""Which function carries out which request; the other files of this room fill it."""


def account_of(pages: Pages, invoice_id: str) -> str | None:
    """The account a debt belongs to."""
    invoice = pages.invoice(invoice_id)
    return invoice.account_id if invoice else None
