"""What the procedures are: their declarations as data and as pictures, and the rules that may refuse somebody."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from paystates.engine import Arrow, Node, Procedure, Rule, chart
from paystates.front.languages import titled
from paystates.web.access import Accessed, May
from paystates.web.api.fields import Told
from paystates.web.api.pictures import PICTURES, Drawn, picture
from paystates.web.api.problem_model import failures
from paystates.web.problems import bad_field, not_found
from paystates.web.routes import ReadingRoute
from paystates.web.tongues import language_of
from states.procedures import DECLARED, NEWEST, RELEASED
from states.rules import CATALOGUE, numbers_of

router = APIRouter(prefix="/v1", route_class=ReadingRoute, tags=["definitions"], responses=failures())


class DefinitionListed(Told):
    """A version of a procedure. `about` are the parts of its ids, `starts_with` what a starter may set."""

    name: str
    definition: str = Field(examples=["charge-retry@1"])
    newest: bool
    states: int
    moves: int
    actions: list[str]
    about: list[str]
    starts_with: list[str]


class StateTold(Told):
    """A state: its kind is run, each, wait, ask or end. The title is for people; the rest are names of the declaration."""

    name: str
    kind: str
    title: str
    detail: str


class MoveTold(Told):
    """A move: what it happens on, from where to where, when, given which rules, and who may send it."""

    on: str
    source: str
    target: str
    stays: bool
    when: str
    rules: list[str]
    by: list[str]
    action: bool


class DefinitionTold(Told):
    """A whole declaration."""

    definition: str
    initial: str
    states: list[StateTold]
    moves: list[MoveTold]


class RuleTold(Told):
    """A rule: what it says, what helps and with which procedure, the numbers it applies, and all that it comes from."""

    code: str
    sentence: str
    remedy: str
    numbers: list[str] = Field(examples=[["G29", "C3"]])
    source: str
    helps: str | None


@router.get("/definitions", summary="List the procedures and their versions")
def definitions(known: Accessed) -> list[DefinitionListed]:
    """Every version that this paystates keeps."""
    known.check(May.READ)
    return [
        DefinitionListed(
            name=one.name,
            definition=one.id,
            newest=NEWEST[one.name] is one,
            states=len(one.states),
            moves=len(one.moves),
            actions=list(one.actions),
            about=list(DECLARED[one.name].about),
            starts_with=[*DECLARED[one.name].about, *DECLARED[one.name].choices],
        )
        for one in RELEASED.values()
    ]


@router.get("/definitions/{procedure}", summary="A declaration", responses=failures(404))
def definition(procedure: str, request: Request, known: Accessed) -> DefinitionTold:
    """A procedure's newest version, or the one named as `charge-retry@1`. Titles are told in the language asked for."""
    known.check(May.READ)
    made = chart(_procedure(procedure))
    return DefinitionTold(
        definition=made.definition,
        initial=made.initial,
        states=[_state(node, language_of(request)) for node in made.nodes],
        moves=[_move(arrow) for arrow in made.arrows],
    )


@router.get(
    "/definitions/{procedure}/diagram",
    summary="A declaration as a picture",
    response_class=Response,
    responses=PICTURES,
)
def diagram(
    procedure: str,
    request: Request,
    known: Accessed,
    drawn: Drawn = "mermaid",
    at: Annotated[str | None, Query(description="The state to mark.", max_length=64)] = None,
) -> Response:
    """As Mermaid text, or as SVG."""
    known.check(May.READ)
    found = _procedure(procedure)
    if at is not None and at not in found.states:
        raise bad_field("at", f"use one of its states: {', '.join(found.states)}")
    return picture(found, drawn, language_of(request), at)


@router.get("/rules", summary="List the rules")
def rules(request: Request, known: Accessed) -> list[RuleTold]:
    """Every rule that may refuse somebody, in the language asked for."""
    known.check(May.READ)
    return [_rule(one, language_of(request)) for one in CATALOGUE]


def _rule(rule: Rule, language: str) -> RuleTold:
    sentence, remedy = rule.others.get(language, (rule.sentence, rule.remedy))
    return RuleTold(
        code=rule.code,
        sentence=sentence,
        remedy=remedy,
        numbers=list(numbers_of(rule)),
        source=rule.source,
        helps=rule.helps,
    )


def _state(node: Node, language: str) -> StateTold:
    return StateTold(name=node.name, kind=node.kind, title=titled(node.title, language), detail=node.detail)


def _move(arrow: Arrow) -> MoveTold:
    return MoveTold(
        on=arrow.event,
        source=arrow.source,
        target=arrow.target,
        stays=arrow.stays,
        when=arrow.when,
        rules=list(arrow.rules),
        by=list(arrow.by),
        action=arrow.is_action,
    )


def _procedure(name: str) -> Procedure[Any]:
    found = NEWEST.get(name) or RELEASED.get(name)
    if found is None:
        raise not_found("definition")
    return found
