"""What goes wrong is told in bokmål: every sentence that the source has for it, every fault of every field, every page."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from house_in_memory import InMemory, in_memory
from pydantic import BaseModel, ValidationError
from visiting import Visitor, visiting

from paystates.engine import Action
from paystates.faults import faults
from paystates.orders import BadOrder
from paystates.web import problems
from paystates.web.api.fields import Sent
from paystates.web.board.forms import fields_of
from paystates.web.board.tongue import tongue
from paystates.web.problems import _field_error, errors_of
from states.procedures import DECLARED, RELEASED

ROOT = Path(problems.__file__).parents[2]
NB = tongue("nb")
RAISED = {"Problem": (2, 3), "bad_field": (1,), "BadOrder": (0,), "BookkeepingError": (0,), "DoesNotFit": (0,), "_not_for": (1,)}
"""What is raised over HTTP, and which of its arguments are sentences."""
HOLDERS = {"detail", "message", "_NO_CURSOR", "_TOO_MANY"}
FILES = [*(ROOT / "paystates/web").rglob("*.py"), ROOT / "states/facts.py", ROOT / "states/details.py"]
FILES += [ROOT / "paystates" / name for name in ("orders.py", "replies.py", "front/filters.py", "front/items.py")]
FILES += [ROOT / "activities" / name for name in ("bookkeeping.py", "registering.py")]


def sentences(file: Path) -> Iterator[str]:
    """The sentences of one module about what is wrong, a word in each place for a fact."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        found: list[ast.expr] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found = [node.args[place] for place in RAISED.get(node.func.id, ()) if place < len(node.args)]
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in HOLDERS:
            found = list(node.value.values) if isinstance(node.value, ast.Dict) else [node.value]
        for one in found:
            text = filled(one)
            if re.search(r"[a-z]{2}", text):
                yield text


def filled(node: ast.expr) -> str:
    """A literal, or an f-string with one of our nouns in each place: `page` reads as an id, a name or a number."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    parts = node.values if isinstance(node, ast.JoinedStr) else []
    if [one for one in parts if isinstance(one, ast.FormattedValue) and "_why_not" in ast.unparse(one)]:
        return ""  # told by the two sentences of that function
    return "".join(one.value if isinstance(one, ast.Constant) and isinstance(one.value, str) else "card" for one in parts)


ENGLISH = re.compile(r"\b(?:a|an|and|any|be|been|by|give|has|have|is|it|must|no|not|of|or|should|that|the|this|use|with)\b")
"""Words that no sentence in English does without, and that Norwegian does not have."""


def english(sentence: str) -> bool:
    """Whether any of it is left in English. What names a field first may be told by what follows."""
    field, _, message = sentence.partition(": ")
    message = sentence if " " in field else message
    told = [(one, NB.again(one)) for one in (sentence, message)]
    return all(one == said or ENGLISH.search(re.sub("'[^']*'", "", said)) for one, said in told)


ELSEWHERE = {
    "the Temporal server did not answer within card seconds",  # told as `unreachable` is
    "token card does not act for that person: card",  # with its remedy: `_not_for`
    "card is no card of account card",  # a subscription or a billing profile
    "network card is none of a card: give one of card, or correct kind",
}


@pytest.mark.parametrize("file", FILES, ids=lambda one: str(one.relative_to(ROOT)))
def test_every_sentence_about_what_is_wrong_is_said_in_norwegian(file: Path) -> None:
    found = {one for one in sentences(file) if english(one)} - ELSEWHERE
    remedies = {one for one in found if NB.again(f"token card does not act for that person: {one}").startswith("nøkkelen")}
    assert found - remedies == set()


@pytest.mark.parametrize("what", ["a credit of 2.00 NOK", "a void of 2.00 NOK"])
def test_what_does_not_fit_is_said_in_norwegian(what: str) -> None:
    said = NB.again(f"F-1: {what} does not fit what is left of the balance, 1.00 NOK: give a positive amount up to that")
    assert said.startswith("F-1: en ")
    noun = what.split()[1]
    left = f"F-1: nothing is left that a {noun} could take: see what is booked, and what waits for an attempt"
    assert NB.again(left).startswith("F-1: ingenting gjenstår")


BAD: tuple[Any, ...] = (None, "", "x y", "12", 1.5, -1, True, [], {}, {"x": 1}, "2040-04-01", "2040-99-99", "a\x00b")


def wrongly_filled(model: type[BaseModel], kind: str = "") -> Iterator[str]:
    """The sentences for each field of a model with each of many wrong values, and for each one left out."""
    for each in fields_of(model):
        for value in BAD:
            *path, last = each.name.split(".")
            data: dict[str, Any] = {last: value}
            for name in reversed(path):
                data = {name: data}
            try:
                model.model_validate({**data, **({"kind": kind} if kind else {}), "nonsense": 1})
            except ValidationError as error:
                for one in errors_of(BadOrder(faults(error, model))):
                    yield one["message"]


def models() -> Iterator[tuple[str, type[BaseModel]]]:
    actions: dict[str, type[Action]] = {kind: one for each in RELEASED.values() for kind, one in each.actions.items()}
    yield from actions.items()
    yield from (("", one.memory) for one in DECLARED.values())


@pytest.mark.parametrize(("kind", "model"), [pytest.param(kind, model, id=kind or model.__module__) for kind, model in models()])
def test_every_fault_of_every_field_is_told_in_norwegian(kind: str, model: type[BaseModel]) -> None:
    assert {one for one in wrongly_filled(model, kind) if english(one)} == set()


def sent() -> Iterator[type[BaseModel]]:
    """What the API takes in."""
    pending: list[type[BaseModel]] = [Sent]
    while pending:
        pending += (found := pending.pop().__subclasses__())
        yield from found


@pytest.mark.parametrize("model", list(sent()), ids=lambda one: one.__qualname__)
def test_every_fault_of_what_the_api_takes_in_is_told_in_norwegian(model: type[BaseModel]) -> None:
    told = set()
    for name in model.model_fields:
        for value in (*BAD, "x" * 1000, 10**30, [1], [{"x": 1}]):
            try:
                model.model_validate({name: value, "nonsense": 1})
            except ValidationError as error:
                told |= {_field_error(one | {"loc": ("body", *one["loc"])})["message"] for one in error.errors()}
    assert {one for one in told if english(one)} == set()


def test_an_example_is_told_with_what_it_is_an_example_of() -> None:
    told = NB.again("must be four digits, never more of it, for example 4242")
    assert told == "må være fire sifre, aldri flere, for eksempel 4242"
    assert NB.again("nobody has put this into words") == "nobody has put this into words"
    assert tongue("en").again("must be text") == "must be text"


async def test_a_problem_is_told_in_the_language_asked_for_and_its_fields_stay_as_they_are_called(memory_house: InMemory) -> None:
    async with memory_house.caller(Accept_Language="nb", Idempotency_Key="k") as caller:
        answer = (await caller.get("/v1/accounts/nobody")).json()
        assert (answer["type"], answer["title"]) == ("urn:paystates:problem:not-found", "Finnes ikke")
        assert answer["detail"] == "her er det ingen konto som denne nøkkelen når: rett id-en"
        body = {"method": "visa-1", "new": {"token": "tok_1", "kind": "card", "network": "visa", "last4": "12"}}
        answer = (await caller.post("/v1/procedures/replace-all", json=body)).json()
        said = "må være fire sifre, aldri flere"
        assert answer["errors"] == [{"field": "new.last4", "message": said}]
        assert answer["detail"] == f"new.last4: {said}"


async def test_titles_and_headlines_over_http_are_told_in_the_language_asked_for(memory_house: InMemory) -> None:
    await memory_house.front.start("charge-retry", {"invoice": "2026-1001"})
    async with memory_house.caller(Accept_Language="nb") as caller:
        (row,) = (await caller.get("/v1/procedures")).json()["rows"]
        assert (row["state"], row["title"]) == ("waiting", "Venter på neste forsøk")
        page = (await caller.get("/v1/procedures/charge-retry/2026-1001")).json()
        assert page["headline"] == "faktura 2026-1001 · forsøk 0 · dato 0 av 6 · 1495.00 NOK · Visa •••• 4242"
        declared = {one["name"]: one["title"] for one in (await caller.get("/v1/definitions/charge-retry")).json()["states"]}
        assert declared["waiting"] == row["title"]
        drawn = (await caller.get("/v1/definitions/charge-retry/diagram?format=svg&at=waiting")).text
        assert "trenger betalingsmåte" in " ".join(re.sub("<[^>]+>", " ", drawn).split())


class Texts(HTMLParser):
    """The texts of a page, and the names that are only heard."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._depth = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._depth += tag in {"style", "script"}
        self.found |= {value for name, value in attrs if name in {"aria-label", "title"} and value}

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag in {"style", "script"}

    def handle_data(self, data: str) -> None:
        if not self._depth and data.strip():
            self.found.add(" ".join(data.split()))


CARD = {"new.token": "tok_1", "new.kind": "card", "new.network": "visa", "new.last4": "0001", "new.country": "NO"}
CONTOSO = "/board/accounts/contoso"
DEBT = "/board/act/charge-retry/2026-1001"
REPLACING = "/board/act/replace-all/visa-1"
DAY: tuple[tuple[str, dict[str, str]], ...] = (
    (f"{CONTOSO}/start", {"procedure": "charge-retry", "subject": "2026-1001"}),
    (DEBT, {"action": "hold"}),
    (DEBT, {"action": "nonsense"}),
    (DEBT, {"action": "write_off"}),
    (DEBT, {"action": "write_off", "sure": "true"}),
    (f"{CONTOSO}/start", {"procedure": "replace-all", "subject": "visa-1"}),
    (REPLACING, {"action": "confirm", "sure": "true"}),
    (REPLACING, {"action": "choose"}),
    (REPLACING, {"action": "choose", "method": "mastercard-2"}),
    (REPLACING, {"action": "confirm", "sure": "true"}),
    ("/board/items/replace-all/visa-1", {}),
    ("/board/items/replace-all/visa-1?after=x", {}),
    (f"{CONTOSO}/start", {"procedure": "add-method", "subject": "contoso/x"} | CARD | {"new.expires": "2040-04-29"}),
    (f"{CONTOSO}/start", {"procedure": "add-method", "subject": "contoso/x"} | CARD | {"new.expires": "2040-04-30"}),
    (f"{CONTOSO}/start", {"procedure": "change-single-subscription", "subject": "s-1"}),
    (f"{CONTOSO}/start", {"procedure": "update-details", "subject": "mastercard-2"}),
    (f"{CONTOSO}/start", {"procedure": "settle-balance", "subject": "visa-1"}),
    (f"{CONTOSO}/start", {"procedure": "delete-with-dependents", "subject": "visa-1"}),
    (CONTOSO, {}),
    ("/board", {}),
    ("/board/accounts", {}),
    ("/board/accounts/nobody", {}),
)
"""A day at the board: all that may be started, what goes well and what does not."""


async def seen(visitor: Visitor, path: str, fields: dict[str, str]) -> set[str]:
    answer = await (visitor.sends(path, **fields) if fields else visitor.client.get(path))
    where = answer.headers.get("location")
    return Texts(await visitor.sees(where) if where else answer.text).found


IS_THE_SAME = re.compile(
    r"[\W\d_]*|English|Norsk|paystates|.* · paystates|Journal|Status|Filter|Person|Transport"
    r"|(?:[a-z-]+/)?\S*\d\S*|[a-z-]+/\S+|[A-Z][\w ]*(?: AS|Nordmann|Standard|Basic)|[\w-]+@\d+|\w+, [\w-]+@\d"
    r"|Europe/Oslo|UTC|NO|contoso.*|kari|olga|visa|mastercard|amex|discover|jcb|sepa|ach|bacs|autogiro"
    r"|.* → .*-\d|Visa •••• 4242|For|[\d.]+ NOK|pm-\w+"
)
"""What may read the same in both: names, ids, and words that the languages share."""


async def test_no_page_of_a_day_at_the_board_has_a_text_that_reads_the_same_as_in_english() -> None:
    found: dict[str, list[set[str]]] = {}
    for code in ("en", "nb"):
        async with visiting(in_memory(), code) as visitor:
            found[code] = [await seen(visitor, path, fields) for path, fields in DAY]
    same = {text for one, other in zip(found["en"], found["nb"], strict=True) for text in one & other}
    assert {text for text in same if not IS_THE_SAME.fullmatch(text)} == set()
