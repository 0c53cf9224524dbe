"""The problem document (RFC 9457) as the description of the API has it."""

from typing import Any, Final

from pydantic import BaseModel, Field

from paystates.web.problems import MEDIA_TYPE


class RefusalTold(BaseModel):
    """One reason against it, and what would help. `helps` is the procedure that does; `source` is the rule's."""

    code: str
    sentence: str
    remedy: str
    source: str
    facts: dict[str, Any]
    helps: str | None = None


class FieldError(BaseModel):
    """A field that cannot be used, and why; an empty one is the whole request."""

    field: str
    message: str


class ProblemDocument(BaseModel):
    """Why a request failed. `type` tells the kinds apart; `refusals` are all the reasons, `errors` all the fields."""

    type: str = Field(examples=["urn:paystates:problem:refused"])
    title: str
    status: int
    detail: str | None = None
    instance: str | None = None
    refusals: list[RefusalTold] | None = None
    errors: list[FieldError] | None = None
    subject: str | None = None
    href: str | None = None


_TOLD: Final = {
    401: "No token, or one that may not be used",
    403: "The token may not do this, or not for this person",
    404: "There is no such thing, or it is of an account that the token does not reach",
    408: "The request did not come in time",
    409: "Refused, with all the reasons; or it contradicts what is there",
    413: "The request is too large",
    422: "The request is malformed, or its key was used for another one",
    429: "The token has too many streams open: ask again when one has ended",
    503: "The Temporal server or a worker does not answer: ask again",
    504: "No answer in time",
}


def failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How a route may fail, for its description; every one of them as a problem document."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
    return {status: {"description": _TOLD[status], "content": content} for status in (401, 403, 408, 413, 422, *statuses)}
