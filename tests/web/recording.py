"""Records what the HTTP API answers, for the examples in its description (`tools/examples.py` writes them down).

Every operation is asked as the example of its own request says, in a house whose clock stands still; and in every way in which a
request goes wrong.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any
from unittest.mock import patch

import httpx
from example_requests import CASES, HOOK, IDS, Case
from house_in_memory import NOW, SETTINGS, InMemory, in_memory, shared_app

from domain.access import May, Reply
from domain.signatures import HEADER, signed
from paystates import clock
from paystates.orders import TimedOut, Unreachable
from paystates.settings import Settings
from paystates.web import hooks
from paystates.web.description import plain
from paystates.web.guard import BODY_LIMIT
from paystates.web.house import furnish, within
from paystates.web.secrets import look_up
from store.errors import BookUnusable

FEW = 3
"""Of a list of objects that is longer, an example has the first."""

BY_CHANCE = {re.compile(r"wh_[0-9a-f]{16}"): IDS["hook"], re.compile(r"whsec_[\w+/=-]+"): "whsec_…"}
"""What differs each time, and what stands for it; secrets among them."""

PROVIDERS = "s" * 32
"""The secret that the house shares with the payment provider."""


@dataclass(frozen=True)
class Request:
    """One request to an operation; `ids` stand in its path."""

    operation: str
    secret: str
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | AsyncIterator[bytes] | None = None

    @property
    def is_the_providers(self) -> bool:
        """Whether it has a signature, and no token."""
        return "/provider/" in self.operation

    async def send(self, house: InMemory) -> httpx.Response:
        """What the house answers."""
        method, path = self.operation.format_map(self.ids).split()
        content = self.content or (None if self.body is None else json.dumps(self.body).encode())
        headers = {"Content-Type": "application/json"}
        if self.is_the_providers and isinstance(content, bytes):
            headers[HEADER] = signed([PROVIDERS], NOW, content)
        async with house.caller(self.secret) as caller:
            return await caller.request(method, path, params=self.query, content=content, headers=headers | dict(self.headers))


class Posted:
    """Somebody else's server, which takes every message of a web hook."""

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Take it."""


async def never_comes() -> AsyncIterator[bytes]:
    """A body of which nothing comes in the time that the house gives it."""
    raise TimeoutError
    yield b""


def gone_wrong(asked: Request, house: InMemory, *, needs_a_body: bool) -> Iterator[Request]:
    """The same with what may be wrong with a request. Of what is wrong in the same way, the first is typical."""
    looks, actions = asked.operation.startswith("GET"), asked.operation.endswith("/actions")
    yield replace(asked, secret="ps_unknown")
    yield replace(asked, secret=token(house, may=()))
    yield replace(asked, secret=token(house, all_accounts=False, accounts=("nowhere",)))
    yield replace(asked, content=never_comes())
    yield replace(asked, content=b" " * (BODY_LIMIT + 1))
    if asked.ids:
        yield replace(asked, ids=dict.fromkeys(asked.ids, "unknown"))
    if asked.is_the_providers:
        yield replace(asked, headers={HEADER: "unsigned"})
    if asked.body is not None:
        yield replace(asked, body={} if needs_a_body else {"colour": "blue"})
    if "POST /v1/procedures/" in asked.operation:
        yield replace(asked, secret=token(house, person=None))
    if actions:
        yield replace(asked, secret=token(house, person="per"))
    if asked.body is not None:
        yield replace(asked, body={**asked.body, "number": "1"})
    if looks:
        yield replace(asked, query={**asked.query, "limit": 0})
        yield replace(asked, query={**asked.query, "format": "png"})
    if asked.ids:
        yield replace(asked, ids=dict.fromkeys(asked.ids, "-"))
    if looks:
        yield replace(asked, headers={"Paystates-Actor": "-"})
        yield replace(asked, content=b"{")


async def at_a_bad_time(asked: Request, house: InMemory) -> AsyncIterator[httpx.Response]:
    """What comes to a request that was answered: it has the key of another, is being dealt with, or cannot be just now."""
    yield await replace(asked, query={"again": "1"}).send(house)
    with house.book.transaction() as pages:
        for kept in pages._all(Reply):
            pages.put_reply(Reply(kept.token_id, kept.key, kept.request, house.clock.now()))
    yield await asked.send(house)
    again = replace(asked, headers=dict.fromkeys(asked.headers, "another"))
    for room, asks, fault in (
        (house.front, "reachable", Unreachable),
        (house.front, "reachable", TimedOut),
        (house.book, "reading", BookUnusable),
    ):
        with patch.object(room, asks, side_effect=fault):
            yield await again.send(house)
    with house.book.reading() as pages:
        whose = look_up(pages, asked.secret, NOW).id
    with ExitStack() as seats:
        for _ in range(SETTINGS.http_streams):
            seats.enter_context(within(house.app).seats.take(whose))
        yield await replace(asked, query={**asked.query, "wait": 1}).send(house)
    furnish(house.app, replace(within(house.app), settings=Settings()))
    yield await asked.send(house)


class Recorder:
    """Asks the operations, and keeps what is answered."""

    def __init__(self) -> None:
        self._told = plain(shared_app())
        self.problems: dict[str, Any] = {}
        self.operations: dict[str, dict[str, Any]] = {}

    async def record(self) -> None:
        """Ask every operation in each of its cases, the first of which must be answered with success."""
        for path, operations in self._told["paths"].items():
            for method in operations:
                operation = f"{method.upper()} {path}"
                self.operations[operation] = {"problems": []}
                first, *others = CASES.get(operation, [Case()])
                await self._ask(operation, first)
                for case in others:
                    house = house_of(case)
                    self._keep(operation, await (await self._request(house, operation, case)).send(house))

    async def _ask(self, operation: str, case: Case) -> None:
        house = house_of(case)
        asked = await self._request(house, operation, case)
        for wrong in gone_wrong(asked, house, needs_a_body="required" in self._schema(operation)):
            self._keep(operation, await wrong.send(house))
        answer = await asked.send(house)
        assert answer.is_success, (operation, answer.text)
        if answer.headers.get("content-type") == "application/json":
            self.operations[operation]["answer"] = example_of(answer.json())
        async for later in at_a_bad_time(asked, house):
            self._keep(operation, later)

    async def _request(self, house: InMemory, operation: str, case: Case) -> Request:
        """The request of a case, in a house where what comes before it has been done."""
        ids = {**IDS, **case.ids}
        for one in [HOOK] * ("{hook}" in operation) + [*case.before]:
            if isinstance(one, timedelta):
                house.clock.instant += one
                await house.front.driver.advance(house.clock.now())
                continue
            path, posted = one
            made = (await Request(f"POST {path}", token(house), body=posted).send(house)).json()
            ids |= {"hook": made["id"]} if "id" in made else {"subject": made["subject"].partition("/")[2]}
        example = next(iter(self._schema(operation).get("examples", ())), None)
        return Request(
            operation,
            token(house, person=case.person),
            {name: ids[name] for name in re.findall(r"{(\w+)}", operation)},
            case.query,
            None if example is None else example | case.body,
            {"Idempotency-Key": "3f1c2a5e"} if self._takes_a_key(operation) else {},
        )

    def _described(self, operation: str) -> dict[str, Any]:
        method, path = operation.split()
        described: dict[str, Any] = self._told["paths"][path][method.lower()]
        return described

    def _takes_a_key(self, operation: str) -> bool:
        """As all that write do, whether it is demanded of them or not; but none that answers with a secret."""
        names = {one["name"] for one in self._described(operation).get("parameters", ())}
        return "Idempotency-Key" in names or operation.startswith(("PUT", "PATCH", "DELETE"))

    def _schema(self, operation: str) -> dict[str, Any]:
        """Of its body."""
        content = self._described(operation).get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        return {**self._told["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], {}), **schema}

    def _keep(self, operation: str, answer: httpx.Response) -> None:
        """Keep a problem that the description has a place for, if it has none of its kind yet."""
        status, kept = str(answer.status_code), self.operations[operation]["problems"]
        if answer.is_error and status in self._described(operation)["responses"]:
            problem = answer.json()
            kinds = {self.problems[name]["value"]["type"] for name in kept}
            if problem["type"] not in kinds:
                kept.append(self._named(problem))

    def _named(self, problem: dict[str, Any]) -> str:
        """The name of a problem: the same for those that are alike but for where they were met."""
        kind = problem["type"].rpartition(":")[2]
        for number in count(1):
            name = kind if number == 1 else f"{kind}-{number}"
            known = self.problems.setdefault(name, {"summary": problem["title"], "value": problem})["value"]
            if {**known, "instance": ""} == {**problem, "instance": ""}:
                break
        return name


def house_of(case: Case) -> InMemory:
    """A new house, whose bank declines the first attempt."""
    return in_memory(script=f"tok_visa-1: [{{decline: {case.declined}}}, succeed]")


def token(house: InMemory, **differences: Any) -> str:
    """A token that may everything everywhere, for Kari, unless said otherwise."""
    everything = {"name": "billing", "may": tuple(May), "all_accounts": True, "accounts": (), "person": "kari"}
    return house.token(**everything | differences)


def example_of(body: Any) -> dict[str, Any]:
    """An answer as an example; of its long lists the beginning, and it says so."""
    short = {name: shortened(one) for name, one in body.items()} if isinstance(body, dict) else shortened(body)
    return {"value": short} if short == body else {"description": f"Of its long lists the first {FEW}.", "value": short}


def shortened(value: Any) -> Any:
    """The beginning of a list of objects."""
    return value[:FEW] if isinstance(value, list) and all(isinstance(one, dict) for one in value) else value


def recorded() -> str:
    """What the file should have."""
    recorder = Recorder()
    with clock.at(NOW), patch.object(hooks, "post", lambda settings: Posted()):
        asyncio.run(recorder.record())
    told = json.dumps({"problems": recorder.problems, "operations": recorder.operations}, ensure_ascii=False, indent=1)
    for chance, fixed in BY_CHANCE.items():
        told = chance.sub(fixed, told)
    return told + "\n"
