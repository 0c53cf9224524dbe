"""How the routes of the API read a request: who it is from first, then JSON that hides nothing, and never a card number.

JSON is refused that says a field twice, is too deep, or has numbers that JSON does not know.
"""

import json
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from paystates.orders import refuse_numbers
from paystates.web.access import access_of
from paystates.web.once import key_of, once
from paystates.web.problems import bad_field

DEPTH: Final = 16
"""How deep lists and objects may lie in each other: nothing that is taken in is deeper than four."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ReadingRoute(APIRoute):
    """A route of the API: nobody gets past it without a token."""

    def get_route_handler(self) -> Handler:
        """What FastAPI does, behind our care."""
        answered = super().get_route_handler()

        async def careful(request: Request) -> Response:
            await access_of(request)
            await _read(request)
            return await self.answer(request, answered)

        return careful

    async def answer(self, request: Request, answered: Handler) -> Response:
        """What becomes of a request that could be read."""
        return await answered(request)


class WritingRoute(ReadingRoute):
    """A route that writes: under an `Idempotency-Key`, once."""

    async def answer(self, request: Request, answered: Handler) -> Response:
        """The answer, or that of before."""
        key = key_of(request)
        if key is None:
            return await answered(request)
        return await once(request, await access_of(request), key, lambda: answered(request))


async def _read(request: Request) -> None:
    """Read the body here, so that the framework finds it read."""
    body = await request.body()
    if not body or "json" not in request.headers.get("content-type", "").lower():
        return
    data = read_json(body)
    refuse_numbers(data)
    request._json = data  # noqa: SLF001 - where the framework keeps what it has read; it would read it again, with less care


def read_json(body: bytes) -> Any:
    """A body as data; the problem of what is no JSON, or too deep, or says a field twice."""
    try:
        data = json.loads(body, object_pairs_hook=_once_each, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        told = str(error) if isinstance(error, _Told) else "it is not JSON in UTF-8: send one JSON object"
        raise bad_field("", told) from None
    if _depth(data) > DEPTH:
        raise bad_field("", f"it is deeper than {DEPTH} levels: nothing that is taken in is so deep")
    return data


class _Told(ValueError):
    """What is wrong with JSON that a parser would let pass."""


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        message = "a field is given twice: keep one"
        raise _Told(message)
    return fields


def _no_number(_: str) -> Any:
    message = "NaN and Infinity are no numbers of JSON: leave them out"
    raise _Told(message)


def _depth(data: Any) -> int:
    """How many lists and objects lie in each other."""
    deepest, layer = 0, [data]
    while deepest <= DEPTH and (holders := [one for one in layer if isinstance(one, dict | list)]):
        layer = [inner for one in holders for inner in (one.values() if isinstance(one, dict) else one)]
        deepest += 1
    return deepest
