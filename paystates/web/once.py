"""`Idempotency-Key`: the same request under the same key is done once, and answered again as it was the first time.

What is kept is what was decided: an answer of success, or a refusal. What changed nothing (a malformed request, a server that is
away) is forgotten, so that it can be asked again under the same key.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from domain.access import Reply
from paystates.web.access import ACTOR, Access
from paystates.web.house import house_of
from paystates.web.problems import Problem, bad_field, response_to
from store.port import Book

KEY: Final = "idempotency-key"
REPLAYED: Final = "Idempotency-Replayed"
"""The header that marks an answer of before."""

KEPT: Final = timedelta(days=2)
"""How long an answer is known again."""
PATIENCE: Final = timedelta(seconds=60)
"""How long a request may be dealt with, before another one under its key takes over: whoever had it is gone."""

LONGEST: Final = 255


def key_of(request: Request) -> str | None:
    """The key of a request, None when it has none; the problem of one that is no key."""
    key = request.headers.get(KEY)
    if key is None:
        return None
    if not 0 < len(key) <= LONGEST or not key.isascii() or not key.isprintable():
        raise bad_field("Idempotency-Key", f"use 1 to {LONGEST} printable ASCII characters, such as a UUID")
    return key


async def once(request: Request, known: Access, key: str, answer: Callable[[], Awaitable[Response]]) -> Response:
    """Answer as before, or deal with the request and keep the answer. 422 for another request, 409 while it is dealt with."""
    house = house_of(request)
    asked = Reply(known.token_id, key, await _fingerprint(request), house.now())
    earlier = await run_in_threadpool(_begin, house.book, asked, house.now())
    if earlier is not None:
        return _again(earlier)
    try:
        response = await answer()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is an answer, and the key must not stay taken
        response = response_to(error, request)
    await run_in_threadpool(_finish, house.book, asked, response)
    return response


async def _fingerprint(request: Request) -> str:
    """The hash of what is asked, and for whom."""
    parts = [request.method, request.url.path, request.url.query, request.headers.get(ACTOR, "")]
    whole = hashlib.sha256("\n".join(parts).encode("utf-8", "replace"))
    whole.update(b"\n\n" + await request.body())
    return whole.hexdigest()


def _begin(book: Book, asked: Reply, now: datetime) -> Reply | None:
    """Take the key, in a transaction of its own: of two at once, one gets it. The earlier answer, if there is one."""
    with book.transaction() as pages:
        pages.remove_replies(now - KEPT)
        if pages.add_reply(asked):
            return None
        earlier = pages.reply(asked.token_id, asked.key, lock=True)
        if earlier is not None and earlier.request != asked.request:
            detail = "this Idempotency-Key was used for another request: take a new key for a new request"
            raise Problem("key-used", HTTPStatus.UNPROCESSABLE_ENTITY, "Another request has this key", detail)
        if earlier is not None and earlier.status is not None:
            return earlier
        if earlier is not None and earlier.at > now - PATIENCE:
            detail = "the request with this Idempotency-Key is still being dealt with: ask again in a moment"
            raise Problem("under-way", HTTPStatus.CONFLICT, "It is being dealt with", detail, headers={"Retry-After": "1"})
        pages.put_reply(asked)
        return None


def _finish(book: Book, asked: Reply, response: Response) -> None:
    """Keep the answer if anything was decided, else let the key go; unless another has taken it over, whose it is now."""
    decided = response.status_code < HTTPStatus.BAD_REQUEST or response.status_code == HTTPStatus.CONFLICT
    with book.transaction() as pages:
        now = pages.reply(asked.token_id, asked.key, lock=True)
        if now is None or now.at != asked.at:
            return
        if not decided:
            pages.remove_reply(asked)
            return
        body = bytes(response.body).decode()
        media_type = response.headers.get("content-type", "")
        location = response.headers.get("location")
        kept = replace(asked, status=response.status_code, body=body, media_type=media_type, location=location)
        pages.put_reply(kept)


def _again(earlier: Reply) -> Response:
    headers = {REPLAYED: "true"}
    if earlier.media_type:
        headers["Content-Type"] = earlier.media_type
    if earlier.location:
        headers["Location"] = earlier.location
    return Response(earlier.body, earlier.status or HTTPStatus.OK, headers)
