"""What a page says on top, and how the board fails: as a page with a sentence, in the language of whoever looks."""

import logging
import traceback
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from paystates.engine import Refusal
from paystates.front.languages import field, told
from paystates.orders import BadOrder, Refused
from paystates.web.board.render import language, page
from paystates.web.board.session import Session, SignIn, session_of
from paystates.web.board.tongue import tongue
from paystates.web.problems import errors_of, problem_of, unexpected

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence on top of a page, with the refusals it is about. `tone`: `good` or `bad`."""

    text: str
    tone: str
    refusals: tuple[Refusal, ...] = ()


def not_taken(request: Request, error: Refused | BadOrder) -> tuple[Notice, int]:
    """An order was refused, with all the reasons, or cannot be read; and the status that says so."""
    code = language(request)
    if isinstance(error, BadOrder):
        wrong = "; ".join(_told(one["field"], one["message"], code) for one in errors_of(error))
        return Notice(f"{tongue(code).say('This cannot be used, and nothing has changed.')} {wrong}", "bad"), 422
    return Notice(tongue(code).say("This was refused, and nothing has changed."), "bad", told(error.refusals, code)), 409


def _told(path: str, message: str, code: str) -> str:
    """What is wrong with a field of a form, by the name that stands beside it."""
    said = tongue(code).again(message)
    return f"{field(path, code)}: {said}" if path else said


class BoardRoute(APIRoute):
    """A route whose errors are pages, and that shows the way in to whoever is not signed in."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with its errors answered."""
        handler = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handler(request)
            except SignIn as error:
                target = request.url_for("sign_in").include_query_params(back=error.back)
                return RedirectResponse(f"{target.path}?{target.query}", 303)
            except ClientDisconnect:  # nobody is left to get a page: the guard sees to it
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, a person gets a page
                return await _trouble(request, error)

        return answered


async def _trouble(request: Request, error: Exception) -> Response:
    code = language(request)
    problem = problem_of(error, code)
    if problem is None:
        where = "".join(traceback.format_tb(error.__traceback__))  # not its words: they may repeat what was sent
        _log.error("a page could not be made: %s\n%s", type(error).__name__, where)
        problem = unexpected()
    speaks = tongue(code)
    refusals = told(error.refusals, code) if isinstance(error, Refused) else ()
    title = speaks.say("Page not found" if problem.status == 404 else "That did not work")  # noqa: PLR2004 - the status
    text = speaks.say("There is nothing here that you may see.")
    if problem.status != 404:  # noqa: PLR2004 - as above
        wrong = [_told(one["field"], one["message"], code) for one in problem.more.get("errors", ())]
        text = "; ".join(wrong) or speaks.again(problem.detail or problem.title)
    session = await _signed_in(request)
    answer = page(request, "trouble.html.j2", session, problem.status, title=title, text=text, refusals=refusals)
    answer.headers.update(problem.headers)
    return answer


async def _signed_in(request: Request) -> Session | None:
    try:
        return await session_of(request)
    except Exception:  # noqa: BLE001 - a page that tells an error shows the way back, or the way in
        return None
