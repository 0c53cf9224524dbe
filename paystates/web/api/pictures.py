"""Procedures as pictures, Mermaid text or SVG: as declared, or as one of them runs, with where it is and what it went through."""

from collections.abc import Collection
from typing import Annotated, Any, Final, Literal

from fastapi import Query
from fastapi.responses import PlainTextResponse
from starlette.responses import Response

from paystates.engine import Procedure, chart, mermaid
from paystates.web.api.problem_model import failures

_SVG: Final = "image/svg+xml"

Drawn = Annotated[Literal["mermaid", "svg"], Query(alias="format", description="Text to be drawn, or a drawing.")]

PICTURES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}, _SVG: {"schema": {"type": "string"}}}},
    **failures(404),
}
"""How the answers are described."""


def picture(
    procedure: Procedure[Any], drawn: str, language: str, at: str | None, taken: Collection[tuple[str, str, str]] = ()
) -> Response:
    """The picture, with the state `at` and the moves `taken` marked."""
    if drawn == "mermaid":
        return PlainTextResponse(mermaid(chart(procedure), at=at, visited=taken))
    from paystates.web import drawing  # noqa: PLC0415 - Graphviz is slow to load, and most callers draw nothing

    return Response(drawing.picture(procedure, at=at, taken=taken, language=language), media_type=_SVG)
