"""Puts the application together: the routes, what guards them, and how they fail."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.responses import RedirectResponse

from gateways.port import Gateway
from paystates import clock
from paystates.settings import Settings
from paystates.web import api, events, hooks, problems
from paystates.web.board.router import router as board_router
from paystates.web.description import described
from paystates.web.guard import Guard
from paystates.web.house import House, furnish
from store.port import Book

if TYPE_CHECKING:
    from paystates.front.office import Office


def create_app(
    office: "Office",
    book: Book,
    gateway: Gateway,
    settings: Settings,
    *,
    travel: bool = False,
    now: Callable[[], datetime] = clock.now,
) -> FastAPI:
    """The HTTP API and the board over an office and its book. Nothing in it is loaded from elsewhere."""
    app = FastAPI(
        title="paystates",
        summary="Payment procedures of a business subscription account",
        version="1",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    furnish(app, House(office, book, gateway, settings, travel, now))
    problems.install(app)
    app.add_api_route("/healthz", _healthy, methods=["GET"], include_in_schema=False)
    app.include_router(api.router)
    app.include_router(events.router)
    app.include_router(hooks.router)
    app.webhooks.include_router(hooks.told)
    app.include_router(board_router)
    app.add_api_route("/", _to_the_board, methods=["GET"], include_in_schema=False)
    app.add_middleware(Guard, seconds=settings.http_body_seconds)
    app.openapi = partial(described, app)  # type: ignore[method-assign]  # how the framework lets a description be completed
    return app


def _to_the_board() -> RedirectResponse:
    """People come in by the board."""
    return RedirectResponse("/board", 303)


def _healthy() -> dict[str, str]:
    """Whether it answers at all; whether procedures do is another question."""
    return {"status": "ok"}
