"""The examples of answers in the description of the API are what it answers, for every operation and every status."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi.openapi.models import OpenAPI
from house_in_memory import SETTINGS, InMemory, shared_app
from jsonschema import Draft202012Validator, FormatChecker
from recording import recorded

from paystates.web import examples
from paystates.web.app import create_app
from paystates.web.house import within

NEVER = {("GET", path, "404") for path in ("/v1/accounts", "/v1/events", "/v1/webhooks")}
"""Described because their neighbours answer so: a list of all that is there is never missing."""


@cache
def described() -> dict[str, Any]:
    return shared_app().openapi()


def answers() -> Iterator[tuple[tuple[str, str, str], dict[str, Any]]]:
    """Every answer that is JSON: the operation and status, and its media type object."""
    for path, operations in described()["paths"].items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                for media_type, content in response.get("content", {}).items():
                    if media_type.endswith("json"):
                        yield (method.upper(), path, status), content


def valued(content: dict[str, Any]) -> dict[str, Any]:
    """Its examples by name, references followed."""
    shared = described()["components"]["examples"]
    named = content.get("examples", {})
    return {
        name: shared[one["$ref"].rpartition("/")[2]]["value"] if "$ref" in one else one["value"] for name, one in named.items()
    }


def test_every_answer_and_every_problem_of_every_operation_has_an_example() -> None:
    without = {answer for answer, content in answers() if not content.get("examples")}
    assert without == NEVER


def test_every_example_is_what_its_schema_says() -> None:
    """A field that is missing, has another type or form, or a problem under another status."""
    for (method, path, status), content in answers():
        schema = {**content["schema"], "components": described()["components"]}
        validator = Draft202012Validator(schema, format_checker=FormatChecker())
        for name, value in valued(content).items():
            assert not [*validator.iter_errors(value)], (method, path, status, name)
            if status >= "400":
                assert value["status"] == int(status), (method, path, name)


def test_with_its_examples_the_description_is_still_openapi() -> None:
    """As the framework's own model of it reads it, examples and references to them included."""
    read = OpenAPI.model_validate(described()).model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert read["paths"] == described()["paths"]
    assert read["components"]["examples"] == described()["components"]["examples"]


def test_of_the_problems_under_a_status_no_two_are_of_one_kind() -> None:
    for answer, content in answers():
        kinds = [value["type"] for value in valued(content).values() if answer[2] >= "400"]
        assert len(kinds) == len(set(kinds)), answer


def test_every_refusal_says_what_helps_and_by_which_rule() -> None:
    refusals = [one for _, content in answers() for value in valued(content).values() for one in refusals_in(value)]
    assert len(refusals) > 10
    for one in refusals:
        assert one["sentence"], one
        assert one["remedy"], one
        assert one["source"], one


def refusals_in(value: Any) -> list[dict[str, Any]]:
    return value.get("refusals", []) if isinstance(value, dict) else []


def test_every_shared_example_is_used() -> None:
    used = {name for _, content in answers() for name in content.get("examples", {})} - {"answer"}
    assert used == {*described()["components"]["examples"]}


def test_the_examples_are_what_the_api_answers_today() -> None:
    """Asked anew, each operation answers to the letter what the file has."""
    assert recorded() == examples.FILE.read_text(encoding="utf-8"), "run `make docs`, and read what has changed"


def test_no_example_has_a_secret_or_an_address_of_somebody() -> None:
    text = examples.FILE.read_text(encoding="utf-8")
    assert not re.findall(r"(?:ps|whsec|tok)_\w+", text)
    hosts = re.findall(r"(?:https?://|@)([\w.-]+\.\w+)", text)
    assert hosts
    assert all(host.endswith(".example") for host in hosts)


def test_the_examples_are_read_when_the_description_is_asked_for_and_not_before(
    memory_house: InMemory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(examples, "FILE", tmp_path / "examples.json")
    house = within(memory_house.app)
    app = create_app(house.office, house.book, house.gateway, SETTINGS)
    (tmp_path / "examples.json").write_text(json.dumps({"problems": {"none": {}}, "operations": {}}), encoding="utf-8")
    assert app.openapi()["components"]["examples"] == {"none": {}}
