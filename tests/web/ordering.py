"""Two ways in which those in a scenario give their orders: by the Python client's typed methods and handles, and over HTTP.

The house's own wake-ups go to the driver: nobody acts as our own timers, or as the payment provider, from outside.
"""

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx
from house_in_memory import SETTINGS, Clock
from pydantic_core import to_jsonable_python

from activities.desk import Wake
from domain.access import May, Token
from paystates.client import Paystates
from paystates.engine import Action
from paystates.front.office import Office
from paystates.handles import Handle
from paystates.orders import AlreadyOver, NotFound, OtherRequest, Refused
from paystates.rehearsal.drivers import Driver, codes
from paystates.rehearsal.stage import Stage
from paystates.rehearsal.steps import Step
from paystates.web.app import create_app
from paystates.web.secrets import digest, new_secret
from states.facts import NewMethod
from states.methods import Details

NAMES = {"chosen": "with_method", "hint": "attempt"}
MODELS = {"new": NewMethod, "details": Details}
"""What the typed methods call and take otherwise than plain data does."""


class ByClient:
    """What a Python service does: a typed method starts, and the handle that it answers takes the actions."""

    def __init__(self, stage: Stage, driver: Driver, front: Paystates, clock: Clock) -> None:
        """`clock` tells the front when what it starts begins."""
        self._stage = stage
        self._driver = driver
        self._front = front
        self._clock = clock
        self._handles: dict[str, Handle[Any]] = {}
        self.sent = 0

    async def start(self, procedure: str, data: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
        self._clock.instant = now
        typed = {name: MODELS[name].model_validate(one) if name in MODELS else one for name, one in data.items()}
        begin = getattr(self._front, procedure.replace("-", "_"))
        self.sent += 1
        try:
            handle = await begin(**{NAMES.get(name, name): one for name, one in typed.items()})
        except (Refused, OtherRequest) as error:
            return codes(error)
        self._handles[handle.subject] = handle
        await self._driver.advance(now)
        return ()

    async def act(self, subject: str, action: Action, actor: str, now: datetime) -> tuple[str, ...] | None:
        handle = self._handles.get(subject) or self._front.handle(subject)
        self.sent += 1
        try:
            await handle.act(action, actor=actor)
        except Refused as error:
            return codes(error)
        except (AlreadyOver, NotFound):
            return None
        await self._driver.advance(now)
        return ()

    async def do(self, step: Step, now: datetime) -> tuple[Sequence[Wake], tuple[str, ...]]:
        """The client has no book: that is the HTTP API's."""
        return self._stage.do(step, now)


class OverHttp:
    """What any other service does: requests with a token. The API itself wakes whom a change of the book concerns."""

    def __init__(self, stage: Stage, driver: Driver, office: Office, clock: Clock) -> None:
        """`clock` is the application's."""
        self._stage = stage
        self._driver = driver
        self._clock = clock
        self._app = create_app(office, stage.book, stage.bank, SETTINGS, now=clock.now)
        self._secret = new_secret()
        self._keys = itertools.count(1)
        made = stage.staged.start
        with stage.book.transaction() as pages:
            pages.put_token(
                Token(
                    id="scenario",
                    name=stage.staged.name,
                    digest=digest(self._secret),
                    may=(May.ACT, May.BOOK),
                    accounts=(),
                    all_accounts=True,
                    person=None,
                    made_at=made,
                    expires_at=made + timedelta(days=3650),
                )
            )
        self.sent = 0

    async def start(self, procedure: str, data: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
        wanted = {name: one for name, one in data.items() if name != "actor"}
        return told(await self._send("POST", f"/procedures/{procedure}", wanted, now, data.get("actor")))

    async def act(self, subject: str, action: Action, actor: str, now: datetime) -> tuple[str, ...] | None:
        order = {"action": action.model_dump(mode="json", exclude_unset=True)}
        answer = await self._send("POST", f"/procedures/{subject}/actions", order, now, actor)
        return None if problem(answer) in {"already-over", "not-found"} else told(answer)

    async def do(self, step: Step, now: datetime) -> tuple[Sequence[Wake], tuple[str, ...]]:
        """What the API writes into the book; the rest is the provider's, the mail server's and the worker's."""
        if not (requests := [*self._requests(step)]):
            return self._stage.do(step, now)
        answers = [await self._send(verb, path, body, now) for verb, path, body in requests]
        return [], tuple(code for answer in answers for code in told(answer))

    def _requests(self, step: Step) -> Sequence[tuple[str, str, Mapping[str, Any] | None]]:
        if step.receive is not None:
            return [self._entry("payments", step.receive.invoice, step.receive.reference, step.receive.amount)]
        if step.credit is not None:
            return [self._entry("credits", step.credit.invoice, step.credit.reference, step.credit.amount)]
        if step.void is not None:
            return [self._entry("void", step.void.invoice, step.void.reference)]
        if step.bind is not None:
            payer = f"subscriptions/{step.bind.subscription}"
            if step.bind.billing_profile is not None:
                payer = f"billing-profiles/{step.bind.billing_profile}"
            return [("PUT", f"/{payer}/method", {"method": step.bind.method, "charge_now": step.bind.charge_now})]
        if step.cancel_subscription is not None:
            return [("PATCH", f"/subscriptions/{step.cancel_subscription}", {"status": "cancelled"})]
        if step.withdraw is not None:
            return self._withdrawals(step.withdraw.person, step.withdraw.role)
        return []

    def _entry(
        self, what: str, named: str | None, reference: str, amount: str | None = None
    ) -> tuple[str, str, Mapping[str, Any]]:
        invoice = self._stage.invoice(named)
        money = self._stage.money(invoice, amount) if amount is not None else None
        body = {"amount": money.amount, "currency": money.currency} if money else {}
        return "POST", f"/invoices/{invoice}/{what}", {"reference": reference, **body}

    def _withdrawals(self, person: str, role: str) -> Sequence[tuple[str, str, None]]:
        """Wherever it is held: each is one request."""
        with self._stage.book.transaction() as pages:
            held = [one for one in pages.grants_of(person) if one.role == role]
        paths = [f"/accounts/{one.account_id}/people/{person}/roles/{role}" for one in held]
        queries = [f"?profile={one.profile_id}" if one.profile_id else "" for one in held]
        return [("DELETE", path + query, None) for path, query in zip(paths, queries, strict=True)]

    async def _send(
        self, verb: str, path: str, body: Mapping[str, Any] | None, now: datetime, actor: str | None = None
    ) -> httpx.Response:
        """With a key of its own, so that it is done once; and time stands still until all has happened that it leads to."""
        self._clock.instant = now
        self.sent += 1
        headers = {"Authorization": f"Bearer {self._secret}", "Idempotency-Key": f"{self._stage.staged.name}-{next(self._keys)}"}
        headers |= {"Paystates-Actor": actor} if actor else {}
        transport = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://paystates.example/v1", headers=headers) as caller:
            answer = await caller.request(verb, path, json=to_jsonable_python(body))
        if answer.is_success:
            await self._driver.advance(now)
        return answer


def problem(answer: httpx.Response) -> str:
    """The kind of a problem document; nothing for an answer that is none."""
    return "" if answer.is_success else str(answer.json()["type"]).removeprefix("urn:paystates:problem:")


def told(answer: httpx.Response) -> tuple[str, ...]:
    """The codes of its refusals, as the rules have them; of another problem that a scenario knows, its code there."""
    kind = problem(answer)
    if kind == "refused":
        return tuple(one["code"] for one in answer.json()["refusals"])
    known = {"": (), "other-request": ("OTHER_REQUEST",), "does-not-fit": ("DOES_NOT_FIT",), "conflict": ("NOT_BOOKED",)}
    assert kind in known, answer.text
    return known[kind]
