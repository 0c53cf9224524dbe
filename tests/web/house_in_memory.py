"""What the tests of the HTTP API share: an application over procedures and a book in memory, and callers with tokens.

Everything behind the front desk is the real thing: declarations, effects, rules and the book. Only Temporal is not there.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx
from fastapi import FastAPI

from activities import Desk
from activities.desk import Wake
from domain.access import May, Token
from gateways.script import parse_script
from gateways.scripted import ScriptedBank
from paystates.engine import Action, Actor, Scope
from paystates.front.office import Office
from paystates.front.pages import Filter, ListedProcedure, Listing, Trouble
from paystates.orders import AlreadyOver, NotFound, Refused, Unreachable, begin
from paystates.rehearsal.in_memory import MemoryDriver
from paystates.settings import Settings
from paystates.temporal.messages import Accepted, Allowed, Stand, View
from paystates.web.app import create_app
from paystates.web.house import House, furnish
from paystates.web.secrets import digest, new_secret
from store.files import read_book, write_book
from store.memory import MemoryBook
from store.port import Book

SETTINGS = Settings(webhook_key="k" * 32, provider_webhook_secret="s" * 32)  # type: ignore[arg-type]  # pydantic makes secrets of them
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)

BOOK = """
accounts:
  - id: contoso
    name: Contoso AS
    country: "NO"
    language: nb
    time_zone: Europe/Oslo
    people:
      - {id: kari, name: Kari Nordmann, email: kari@contoso.example, roles: [global_admin]}
      - {id: per, name: Per Reader, email: per@contoso.example}
    methods:
      - {id: visa-1, card: {brand: visa, last4: "4242", expires: "2040-04", holder: Kari Nordmann}, added_by: kari}
      - {id: mastercard-2, card: {brand: mastercard, last4: "4444", expires: "2040-04"}, added_by: kari}
      - {id: pers-3, card: {brand: visa, last4: "1881", expires: "2040-04"}, added_by: per}
    subscriptions:
      - {id: s-1, name: Business Standard, method: visa-1}
      - {id: s-2, name: Business Basic, method: visa-1}
    invoices:
      - {id: 2026-1001, subscription: s-1, amount: "1495.00", currency: NOK, billing_date: 1d}
  - id: fjord
    name: Fjord AS
    country: "NO"
    kind: MCA
    people:
      - {id: ann, name: Ann Fjord, email: ann@fjord.example, roles: [account_owner]}
    methods:
      - {id: fjord-visa, card: {brand: visa, last4: "0077", expires: "2040-04"}, added_by: ann}
    billing_profiles:
      - {id: bp-1, name: Main, method: fjord-visa}
    subscriptions:
      - {id: f-1, name: Business Premium, billing_profile: bp-1}
    invoices:
      - {id: F-1, billing_profile: bp-1, amount: "99.00", currency: NOK, billing_date: 1d}
staff:
  - {id: olga, name: Olga Operator, email: olga@operator.example}
"""


class MemoryFront:
    """The shape of `paystates.client.Paystates`, over walks in memory. `away`: nobody answers."""

    def __init__(self, book: Book, desk: Desk, clock: "Clock") -> None:
        self.driver = MemoryDriver(desk)
        self.away = False
        self._desk = desk
        self._clock = clock
        self._taken: dict[str, Accepted] = {}

    async def start(self, procedure: str, data: Mapping[str, Any], *, delay: timedelta | None = None) -> str:
        self.reachable()
        subject = begin(procedure, data).subject
        self.driver._start(procedure, data, self._clock.now())
        self.driver._walks[subject].travel(self._clock.now())
        self.driver._wake_up()
        return subject

    async def act(
        self, subject: str, action: Action, *, actor: str, seen: int | None = None, request: str | None = None
    ) -> Accepted:
        self.reachable()
        if request is not None and request in self._taken:
            return self._taken[request]
        walk = self._walk(subject)
        if walk.is_over:
            raise AlreadyOver(subject)
        walk.now = max(walk.now, self._clock.now())
        roles = self._desk.roles(actor, Scope.of(walk.procedure, walk.snapshot.memory))
        if action.kind not in walk.procedure.possible(walk.state):  # refused without a trace, as by the update's validator
            raise Refused(walk.procedure.decide(walk.snapshot, action, Actor(actor, roles), walk.now).refusals)
        refusals = walk.act(action, Actor(actor, roles))
        self.driver._wake_up()
        if refusals:
            raise Refused(refusals)
        accepted = Accepted(state=walk.state, visit=walk.snapshot.visit)
        if request is not None:
            self._taken[request] = accepted
        return accepted

    async def view(self, subject: str) -> View:
        self.reachable()
        walk = self._walk(subject)
        state = walk.procedure.states[walk.state]
        memory = walk.snapshot.memory
        return View(
            subject=subject,
            headline=walk.procedure.headline(memory) if walk.procedure.headline else subject,
            title=state.title,
            waits_for=walk.asks or "",
            stand=Stand.of(walk.snapshot).masked(getattr(memory, "secrets", frozenset())),
            allowed=tuple(
                Allowed(action=one.action, refusals=one.refusals, by=one.by)
                for one in walk.procedure.allowed(walk.snapshot, walk.now)
            ),
            taken=tuple(sorted({(step.source, step.kind, step.target) for step in walk.steps if step.accepted})),
            verdict=walk.procedure.verdict(walk.snapshot),
        )

    async def wake(
        self,
        invoice: str,
        action: Action,
        *,
        actor: str,
        starts: Mapping[str, Any] | None = None,
        subject: str | None = None,
    ) -> bool:
        self.reachable()
        wake = Wake(invoice, action, starts, subject)
        if starts is not None and self.driver._runs_now(wake.to) is None:
            return await self.driver.start(wake.procedure, starts, self._clock.now()) == ()
        return await self.driver.act(wake.to, action, actor, self._clock.now()) == ()

    def reachable(self) -> None:
        if self.away:
            message = "no Temporal server answers at temporal.internal:7233"
            raise Unreachable(message)

    def _walk(self, subject: str) -> Any:
        walk = self.driver._walks.get(subject)
        if walk is None:
            raise NotFound(subject)
        return walk


class MemoryOffice(Office):
    """The office over such a front: what it asks Temporal itself, it asks the walks."""

    front: MemoryFront  # type: ignore[assignment]

    async def _look(self, subject: str) -> tuple[None, View | None]:
        self.front.reachable()
        try:
            return None, await self.front.view(subject)
        except NotFound:
            return None, None

    async def list(self, wanted: Filter, *, limit: int = 50, after: str | None = None) -> Listing:
        self.front.reachable()
        rows = [self._row(subject) for subject in self.front.driver.subjects]
        named = [row for row in rows if not wanted.ids or row.subject in wanted.ids]
        shown = [row for row in named if wanted.account in {None, row.account} and (wanted.ended or row.verdict is None)]
        return Listing(tuple(shown[:limit]), "more" if len(shown) > limit else None)

    def _row(self, subject: str) -> ListedProcedure:
        walk = self.front._walk(subject)
        return ListedProcedure(
            subject=subject,
            procedure=walk.procedure.name,
            definition=walk.procedure.id,
            state=walk.state,
            title=walk.procedure.states[walk.state].title,
            account=Scope.of(walk.procedure, walk.snapshot.memory).account,
            due=walk.due,
            attempt=None,
            refusal=None,
            started=NOW,
            ended=None,
            verdict=walk.procedure.verdict(walk.snapshot),
            trouble=Trouble.NONE,
        )


class Clock:
    """An instant that tests move."""

    def __init__(self) -> None:
        self.instant = NOW

    def now(self) -> datetime:
        return self.instant


@dataclass
class InMemory:
    """An application, and what is behind it."""

    app: FastAPI
    book: MemoryBook
    front: MemoryFront
    clock: Clock
    numbers: Any

    def token(self, **differences: Any) -> str:
        """The secret of a new token: for Contoso, may everything but administer, acts for Kari, unless said otherwise."""
        secret = new_secret()
        made = Token(
            id=f"t-{next(self.numbers)}",
            name="tests",
            digest=digest(secret),
            may=(May.READ, May.ACT, May.BOOK),
            accounts=("contoso",),
            all_accounts=False,
            person="kari",
            made_at=NOW,
            expires_at=NOW + timedelta(days=90),
        )
        with self.book.transaction() as pages:
            pages.put_token(replace(made, **differences))
        return secret

    def caller(self, secret: str | None = None, **headers: str) -> httpx.AsyncClient:
        """Somebody who calls with that token; without one, with a new one of `token`."""
        sent = {"Authorization": f"Bearer {secret or self.token()}"} | {
            name.replace("_", "-"): one for name, one in headers.items()
        }
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://paystates.example", headers=sent)


def in_memory(text: str = BOOK, book: MemoryBook | None = None, script: str = "") -> InMemory:
    """An application over a new book filled from the text; `script` is what happens at the bank, where not all goes well."""
    clock, kept = Clock(), book or MemoryBook()
    write_book(read_book(text, "book", NOW.date()), kept, NOW)
    bank = ScriptedBank(parse_script(script), now=clock.now)
    front = MemoryFront(kept, Desk(kept, bank), clock)
    office = MemoryOffice(front, kept, clock.now)  # type: ignore[arg-type]
    app = shared_app()
    furnish(app, House(office, kept, bank, SETTINGS, now=clock.now))
    return InMemory(app, kept, front, clock, itertools.count(1))


@cache
def shared_app() -> FastAPI:
    """One for all tests, each of which puts its own house into it: making one takes longer than most of them."""
    book, clock = MemoryBook(), Clock()
    bank = ScriptedBank(now=clock.now)
    office = MemoryOffice(MemoryFront(book, Desk(book, bank), clock), book, clock.now)  # type: ignore[arg-type]
    return create_app(office, book, bank, SETTINGS, now=clock.now)


def problem(response: httpx.Response) -> str:
    """The kind of a problem document."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    kind: str = response.json()["type"].removeprefix("urn:paystates:problem:")
    return kind
