"""Procedures as the API tells them: one as a page, many as a listing, and what became of each thing that was to be moved."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import Field

from domain.accounts import PayerKind
from paystates.engine import Refusal, Verdict
from paystates.front.choosing import Candidate, refusal_data
from paystates.front.items import ItemsPage
from paystates.front.languages import titled
from paystates.front.pages import Considered, Listing, ProcedurePage, Trouble
from paystates.web.api.fields import Told
from paystates.web.api.problem_model import RefusalTold


class AllowedTold(Told):
    """An action, what stands against it now (nothing: it may be sent), and which roles may send it (none named: anybody)."""

    action: str
    refusals: list[RefusalTold]
    by: list[str]


class CandidateTold(Told):
    """A payment method that may be chosen from, and what stands against it."""

    method: str
    label: str
    refusals: list[RefusalTold]


class DependentsTold(Told):
    """How many things pay with a method, and the first of them by name."""

    count: int
    first: list[str]


class ProgressTold(Told):
    """How many of many are done."""

    done: int
    of: int


class ChangeTold(Told):
    """What changed, or stayed, and how."""

    what: str
    how: str


class LineTold(Told):
    """A line of the journal in words."""

    at: datetime
    text: str
    followed: str
    attempt: int | None


class DebtTold(Told):
    """An invoice that would be paid, and what is due of it."""

    invoice: str = Field(examples=["2026-1001"])
    amount: str = Field(examples=["5970.00 NOK"])


class ProcedureTold(Told):
    """A procedure: what it is about, where it stands, what may be done and why not, and what happened.

    `kind` is its state's: run, each, wait, ask or end. `trouble` is Temporal's own word when something is the matter with the
    execution; then the rest is what the account book knows. `visit` is what `seen` of an action refers to. `debts` are what a
    settlement would pay. While it goes on, `reasons` are what it found against what was wished, and `last` is what happened
    otherwise; `last_refusals` are those of the last action.
    """

    subject: str = Field(examples=["charge-retry/2026-1001"])
    procedure: str
    definition: str
    account: str | None
    account_name: str
    time_zone: str
    headline: str
    state: str
    title: str
    kind: str
    visit: int
    since: datetime
    due: datetime | None
    waits_for: str
    verdict: Verdict | None
    progress: ProgressTold | None
    allowed: list[AllowedTold]
    candidates: list[CandidateTold]
    dependents: DependentsTold
    outcome: list[ChangeTold]
    last_refusals: list[RefusalTold]
    debts: list[DebtTold]
    reasons: list[RefusalTold]
    last: str
    taken: list[tuple[str, str, str]]
    journal: list[LineTold]
    earlier: int
    trouble: Trouble
    trouble_words: str


class ListedTold(Told):
    """A procedure in a listing; what it has not announced yet is null."""

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


class ListingTold(Told):
    """A page of procedures, the latest first. `next` goes into `after` for the page that follows; null after the last."""

    rows: list[ListedTold]
    next: str | None


class ConsideredTold(Told):
    """Whether an action would be taken now, by whom with which roles, where it would lead, and if not, every reason."""

    accepted: bool
    actor: str
    roles: list[str]
    state: str
    visit: int
    leads_to: str | None
    refusals: list[RefusalTold]


class StayedTold(Told):
    """Why an item stays as it was."""

    at: datetime
    code: str
    sentence: str


class ItemTold(Told):
    """One thing that paid with a method, and what became of it."""

    kind: PayerKind
    id: str
    name: str
    from_method: str | None
    to_method: str | None
    moved: datetime | None
    stayed: StayedTold | None


class ItemsTold(Told):
    """Items of one run. `next` goes into `after` for the page that follows; null after the last."""

    subject: str
    run: str
    items: list[ItemTold]
    next: str | None


def refusals_told(refusals: Iterable[Refusal]) -> list[RefusalTold]:
    """Refusals as data."""
    return [RefusalTold.model_validate(refusal_data(one)) for one in refusals]


def candidates_told(candidates: Iterable[Candidate]) -> list[CandidateTold]:
    """Methods that may be chosen from."""
    return [CandidateTold(method=one.method, label=one.label, refusals=refusals_told(one.refusals)) for one in candidates]


def procedure_told(page: ProcedurePage) -> ProcedureTold:
    """A page as data."""
    same = ("subject", "procedure", "definition", "account", "account_name", "headline", "state", "title", "kind", "visit")
    more = ("since", "due", "waits_for", "verdict", "last", "earlier", "trouble", "trouble_words")
    fields: dict[str, Any] = {name: getattr(page, name) for name in (*same, *more)}
    count, first = page.dependents
    return ProcedureTold(
        **fields,
        time_zone=page.zone.key,
        progress=ProgressTold(done=page.progress[0], of=page.progress[1]) if page.progress else None,
        allowed=[AllowedTold(action=one.action, refusals=refusals_told(one.refusals), by=list(one.by)) for one in page.allowed],
        candidates=candidates_told(page.candidates),
        dependents=DependentsTold(count=count, first=list(first)),
        outcome=[ChangeTold(what=what, how=how) for what, how in page.outcome],
        last_refusals=refusals_told(page.last_refusals),
        debts=[DebtTold(invoice=invoice, amount=amount) for invoice, amount in page.debts],
        reasons=refusals_told(page.reasons),
        taken=[*page.taken],
        journal=[
            LineTold(at=line.at, text=line.happened, followed=line.followed(page.zone, page.language), attempt=line.attempt)
            for line in page.journal
        ],
    )


def listing_told(listing: Listing, language: str) -> ListingTold:
    """A listing as data, its titles in that language."""
    rows = [replace(row, title=titled(row.title, language)) if row.title else row for row in listing.rows]
    return ListingTold(rows=[ListedTold.model_validate(row) for row in rows], next=listing.next)


def considered_told(considered: Considered) -> ConsideredTold:
    """What would become of an action, as data."""
    return ConsideredTold(
        accepted=considered.accepted,
        actor=considered.actor.id,
        roles=sorted(considered.actor.roles),
        state=considered.state,
        visit=considered.visit,
        leads_to=considered.leads_to,
        refusals=refusals_told(considered.refusals),
    )


def items_told(page: ItemsPage) -> ItemsTold:
    """A page of items as data."""
    return ItemsTold(
        subject=page.subject, run=page.run, items=[ItemTold.model_validate(one) for one in page.items], next=page.after
    )
