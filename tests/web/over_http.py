"""A third driver of scenarios: what people start and do goes through the HTTP API, with a token, to procedures in memory.

What the house itself does (wake-ups, what the bank tells) is not sent over HTTP: nobody acts as our own timers from outside.
"""

import itertools
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
from house_in_memory import SETTINGS, Clock, MemoryFront, MemoryOffice, shared_app
from pydantic_core import to_jsonable_python

from domain.access import May, Token
from paystates.engine import HOUSE, Action
from paystates.rehearsal.in_memory import MemoryDriver
from paystates.rehearsal.stage import Stage
from paystates.web.house import House, furnish
from paystates.web.secrets import digest, new_secret
from states.procedures import DECLARED

_OURS = frozenset({HOUSE.id, "provider"})


class _Front(MemoryFront):
    """The front desk over the walks of a rehearsal, which moves their clocks itself."""

    def __init__(self, stage: Stage, driver: MemoryDriver, clock: Clock) -> None:
        super().__init__(stage.book, stage.desk, clock)
        self.driver = driver

    async def start(self, procedure: str, data: Mapping[str, Any], *, delay: timedelta | None = None) -> str:
        self.driver._start(procedure, data, self._clock.now())
        self.driver._wake_up()
        return DECLARED[procedure].subject(data)


class OverHttp(MemoryDriver):
    """Procedures in memory, behind the API."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.desk)
        self._keys = itertools.count()
        self._clock = Clock()
        self._clock.instant = stage.staged.start
        self._secret = new_secret()
        self._book = stage.book
        front = _Front(stage, self, self._clock)
        self._house = House(
            MemoryOffice(front, stage.book, self._clock.now), stage.book, stage.bank, SETTINGS, now=self._clock.now
        )  # type: ignore[arg-type]
        made, ends = stage.staged.start, stage.staged.start + timedelta(days=3650)
        with stage.book.transaction() as pages:
            pages.put_token(Token("t-0", "scenario", digest(self._secret), tuple(May), (), True, None, made, ends))  # noqa: FBT003 - a record
        self.sent = 0

    async def start(self, procedure: str, data: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
        """Over HTTP, but for what the house itself begins with a hint."""
        if not {*data} <= {*DECLARED[procedure].about, *DECLARED[procedure].choices, "actor"}:
            return await super().start(procedure, data, now)
        body = {name: value for name, value in data.items() if name != "actor"}
        answer = await self._post(f"/v1/procedures/{procedure}", body, data.get("actor"), now)
        return () if answer.status_code == 202 else _codes(answer)

    async def act(self, subject: str, action: Action, actor: str, now: datetime) -> tuple[str, ...] | None:
        """Over HTTP, when it is a person's."""
        if actor in _OURS:
            return await super().act(subject, action, actor, now)
        if self._runs_now(subject) is None:
            return None
        answer = await self._post(f"/v1/procedures/{subject}/actions", {"action": action.model_dump(mode="json")}, actor, now)
        return () if answer.status_code == 200 else _codes(answer)

    async def _post(self, path: str, body: object, actor: str | None, now: datetime) -> httpx.Response:
        self._clock.instant = now
        app = shared_app()
        furnish(app, self._house)
        headers = {"Authorization": f"Bearer {self._secret}", "Idempotency-Key": f"k-{next(self._keys)}"}
        headers |= {"Paystates-Actor": actor} if actor else {}
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://paystates.example", headers=headers) as caller:
            answer = await caller.post(path, json=to_jsonable_python(body))
        self.sent += 1
        return answer


def _codes(answer: httpx.Response) -> tuple[str, ...]:
    told = answer.json()
    kind = told["type"].removeprefix("urn:paystates:problem:")
    if kind == "refused":
        return tuple(one["code"] for one in told["refusals"])
    return (kind.upper().replace("-", "_"),)
