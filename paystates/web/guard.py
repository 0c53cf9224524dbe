"""What no answer goes without and no request gets past: security headers, limits on bodies, a line in the log, a last resort.

The log has the route, not the address that was asked: nothing in it comes from outside, neither tokens nor cookies nor ids.
"""

import asyncio
import logging
from time import monotonic
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from paystates.web.problems import Problem, response_to

_log = logging.getLogger(__name__)

BODY_LIMIT: Final = 64 * 1024
"""Bytes of a request: the longest that anybody needs to send is a hundredth of it."""

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cache-Control": "no-store",
}
"""On every response that does not say otherwise itself, as the board's pages do with their content security policy."""


class Guard:
    """The outermost room of the application."""

    def __init__(self, app: ASGIApp, *, seconds: float, limit: int = BODY_LIMIT) -> None:
        """A body may have so many bytes (`limit`), and must have come within so many `seconds`."""
        self._app = app
        self._seconds = seconds
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = monotonic()
        status = 0

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._admitted(scope, receive, guarded)
        except ClientDisconnect:  # no fault of ours, and nobody is left to answer
            _log.debug("the caller left before all was said")
        except Exception as error:
            if status:  # the answer has begun: all that is left is to break it off
                raise
            await response_to(error, Request(scope))(scope, receive, guarded)
        finally:
            route = getattr(scope.get("route"), "path", "-")
            method = scope["method"] if scope["method"] in _METHODS else "-"
            _log.info("%s %s %s %.0f ms", method, route, status or "-", 1000 * (monotonic() - begun))

    async def _admitted(self, scope: Scope, receive: Receive, send: Send) -> None:
        lengths = [value for name, value in scope["headers"] if name == b"content-length"]
        if any(len(one) > _LONG or int(one) > self._limit for one in lengths if one.isdigit()):
            await response_to(self._too_large(), Request(scope))(scope, receive, send)
            return
        received, whole = 0, False
        until = asyncio.get_running_loop().time() + self._seconds

        async def counted() -> Message:
            nonlocal received, whole
            if whole:  # what is still waited for is that the caller goes
                return await receive()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise self._too_slow() from None
            whole = not message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > self._limit:
                raise self._too_large()
            return message

        await self._app(scope, counted, send)

    def _too_large(self) -> Problem:
        detail = f"a request may have {self._limit} bytes: send less at a time"
        return Problem("too-large", 413, "The request is too large", detail, headers=_GO)

    def _too_slow(self) -> Problem:
        detail = f"the body of a request must come within {self._seconds:g} seconds: send it at once, and again as a whole"
        return Problem("too-slow", 408, "The request did not come in time", detail, headers=_GO)


_GO: Final = {"Connection": "close"}
"""Nothing more of the request is listened to."""


_LONG: Final = 12
"""Digits of a length that is too long whatever it says."""

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
