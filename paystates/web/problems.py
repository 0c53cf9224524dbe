"""How a request fails: every error as a problem document (RFC 9457), with all the refusals, and never with what was sent.

`Problem` is what routes raise; `response_to` makes a response of any error. What is not expected is a 500 without details.
"""

import json
import logging
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from activities.bookkeeping import BookkeepingError, DoesNotFit
from domain.ledger import LedgerError
from domain.money import MoneyError
from paystates.faults import MUST
from paystates.front.choosing import refusal_data
from paystates.front.languages import told
from paystates.orders import (
    AlreadyOver,
    BadOrder,
    NoOutcome,
    NotFound,
    NotPermitted,
    OtherRequest,
    PaystatesError,
    Refused,
    TimedOut,
    Unanswered,
    Unreachable,
)
from paystates.web.board.tongue import tongue
from paystates.web.tongues import language_of
from store.errors import BookConflict, BookUnusable

_log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
SOON: Final = {"Retry-After": "5"}
"""Seconds after which it is worth asking again."""


class Problem(Exception):
    """What a route raises: a name (`not-found`), a status, a title that is always the same, and a sentence for this time."""

    def __init__(
        self,
        name: str,
        status: int,
        title: str,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.status = status
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = dict(more or {})
        super().__init__(f"{title}: {detail}" if detail else title)


def not_found(what: str) -> Problem:
    """There is no such thing, or it is of an account that the token does not reach: the answer is the same."""
    return Problem("not-found", 404, "Not found", f"there is no {what} that this token reaches: correct its id")


def invalid(errors: Sequence[Mapping[str, str]]) -> Problem:
    """The request is malformed: each error names a field and says what is wrong, without what was given."""
    return Problem("invalid", 422, "The request is malformed", _in_a_line(errors), more={"errors": list(errors)})


def _in_a_line(errors: Sequence[Mapping[str, str]]) -> str:
    return "; ".join(f"{one['field']}: {one['message']}" if one["field"] else one["message"] for one in errors)


def bad_field(field: str, message: str) -> Problem:
    """One field of the request cannot be used."""
    return invalid([{"field": field, "message": message}])


def spoken(problem: Problem, language: str) -> Problem:
    """The same in that language; its type, its fields and what came from outside stay as they are. A sentence at a time."""
    speaks = tongue(language)
    more = dict(problem.more)
    detail = speaks.again(problem.detail)
    if "errors" in more:
        more["errors"] = [one | {"message": speaks.again(one["message"])} for one in more["errors"]]
        detail = _in_a_line(more["errors"])
    return Problem(problem.name, problem.status, speaks.again(problem.title), detail, headers=problem.headers, more=more)


def response_to(error: Exception, request: Request) -> Response:
    """The problem document that tells an error, in the language asked for; 500 without details for what is not expected.

    The log says where that happened, and not its words: they may repeat what was sent.
    """
    language = language_of(request)
    problem = problem_of(error, language)
    if problem is None:
        where = "".join(traceback.format_tb(error.__traceback__))
        _log.error("a request could not be answered: %s\n%s", type(error).__name__, where)
        problem = unexpected()
    return written(problem if language == "en" else spoken(problem, language), request.scope.get("path", ""))


def unexpected() -> Problem:
    """Something went wrong here."""
    return Problem(
        "unexpected", 500, "Something went wrong", "paystates did not expect this: the log of the server has the details"
    )


def written(problem: Problem, path: str) -> Response:
    """A problem as a response."""
    document: dict[str, Any] = {"type": f"urn:paystates:problem:{problem.name}", "title": problem.title, "status": problem.status}
    if problem.detail:
        document["detail"] = problem.detail
    document["instance"] = path
    body = json.dumps(document | problem.more, ensure_ascii=False).encode("utf-8", "replace")
    return Response(body, problem.status, problem.headers, MEDIA_TYPE)


def problem_of(error: Exception, language: str = "en") -> Problem | None:
    """What an error is over HTTP; None for one that nobody expected."""
    match error:
        case Problem():
            return error
        case PaystatesError():
            return _of_an_order(error, language)
        case DoesNotFit():
            return Problem("does-not-fit", 409, "It does not fit the balance", str(error))
        case BookConflict() | BookkeepingError():
            return Problem("conflict", 409, "It contradicts the account book", str(error))
        case BookUnusable() | OperationalError():
            _log.error("the account book cannot be read or written: %s", type(error).__name__)
            detail = "the account book does not answer: ask again in a moment; nothing was changed by this"
            return Problem("unreachable", 503, "The account book cannot be reached", detail, headers=SOON)
        case MoneyError() | LedgerError():
            return bad_field("amount", str(error))
        case RequestValidationError():
            return invalid([_field_error(one) for one in error.errors()])
        case HTTPException():
            return _of_the_framework(error)
    return None


def _of_an_order(error: PaystatesError, language: str) -> Problem | None:
    match error:
        case Refused():
            refusals = [refusal_data(one) for one in told(error.refusals, language)]
            sentence = " ".join(f"{one['sentence']} {one['remedy']}" for one in refusals)
            return Problem("refused", 409, "Refused", sentence, more={"refusals": refusals})
        case OtherRequest():
            more = {"subject": error.subject, "href": f"/v1/procedures/{error.subject}"}
            detail = f"{error.subject} is running for another request: look at it, act on it, cancel it or wait for its end"
            return Problem("other-request", 409, "Another request is running", detail, more=more)
        case NotFound():
            return not_found("procedure")
        case AlreadyOver():
            detail = "look at it to see how it ended: nothing can be done to it any more"
            return Problem("already-over", 409, "The procedure has ended", detail)
        case BadOrder():
            return invalid(errors_of(error))
        case TimedOut():
            detail = "no answer came in time, and what was ordered may still be done: look, or ask again under the same key"
            return Problem("timed-out", 504, "No answer in time", detail)
        case NoOutcome():
            detail = "it was stopped in Temporal: look at it to see how far it was"
            return Problem("already-over", 409, "The procedure was stopped", detail)
        case Unanswered():
            detail = "it is paused in Temporal, no worker runs for it, or it is only beginning: look at it to see which"
            return Problem("unreachable", 503, "The procedure does not answer", detail, headers=SOON)
        case Unreachable() | NotPermitted():
            detail = "the Temporal server or a worker does not answer: ask again in a moment"
            return Problem("unreachable", 503, "Procedures cannot be reached", detail, headers=SOON)
    return None


def _of_the_framework(error: HTTPException) -> Problem:
    title = HTTPStatus(error.status_code).phrase
    name = {404: "not-found", 405: "method-not-allowed", 400: "invalid"}.get(error.status_code, "http")
    detail = {
        404: "there is nothing under this path: /v1/openapi.json has those there are",
        405: "this path takes other methods: see the header Allow",
    }.get(error.status_code, "")
    return Problem(name, error.status_code, title, detail, headers=error.headers)


def errors_of(error: BadOrder) -> list[dict[str, str]]:
    """What is wrong with an order, field by field."""
    return [_order_error(one) for one in str(error).split("; ")]


def _order_error(sentence: str) -> dict[str, str]:
    field, colon, message = sentence.partition(": ")
    return {"field": field, "message": message} if colon and " " not in field else {"field": "", "message": sentence}


def _field_error(error: Mapping[str, Any]) -> dict[str, str]:
    """Where, and what is wrong. What was given is left out: it may be a secret."""
    where, *rest = (str(part) for part in error["loc"])
    place = ".".join(rest) if where in {"body", "query", "path", "header", "cookie"} else ".".join([where, *rest])
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "union_tag_invalid":  # the one message of pydantic's that repeats what was sent
        message = f"use one of {error['ctx']['expected_tags']}"
    plainly = (_PLAINLY.get((error["type"], where)), _PLAINLY.get((error["type"], "")), MUST.get(error["type"]), message)
    message = next(one for one in plainly if one is not None)
    return {"field": place, "message": message[0].lower() + message[1:] if message else "cannot be used"}


_PLAINLY: Final[Mapping[tuple[str, str], str]] = {
    ("extra_forbidden", ""): "is no field of this: leave it out, or correct its name (/v1/openapi.json has them all)",
    ("missing", ""): "is missing: send it",
    ("missing", "header"): "is missing: send a word of your own, and the same one when you repeat the request",
}
"""What pydantic says in its own terms, by its type and where it was."""


def install(app: FastAPI) -> None:
    """Let the application answer every error of ours, and of the framework, with a problem document."""

    async def answer(request: Request, error: Exception) -> Response:
        return response_to(error, request)

    for kind in (
        *(Problem, PaystatesError, RequestValidationError),
        *(BookConflict, BookUnusable, OperationalError, BookkeepingError, MoneyError, LedgerError),
    ):
        app.add_exception_handler(kind, answer)
    app.add_exception_handler(HTTPException, answer)
