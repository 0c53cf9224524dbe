"""The description of the API holds: schemathesis tries every operation by it, and whatever is made up, nothing breaks."""

import json
from typing import Any

import pytest
import schemathesis
from house_in_memory import in_memory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from domain.access import May
from paystates.orders import refuse_numbers
from paystates.web.house import furnish, within

TRIED = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
HOUSE = in_memory()
TOKEN = HOUSE.token(person="kari", all_accounts=True, accounts=(), may=tuple(May))
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
API = schemathesis.openapi.from_asgi("/v1/openapi.json", HOUSE.app)
LIVES_HERE = within(HOUSE.app)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module", autouse=True)
def its_own_house() -> None:
    """The application is everybody's: since these tests were collected, others have lived in it, who do not know the token."""
    furnish(HOUSE.app, LIVES_HERE)


@API.parametrize()
@TRIED
def test_every_operation_answers_as_it_is_described(case: schemathesis.Case) -> None:
    """No 5xx, no status, media type or field that the description does not have."""
    case.validate_response(case.call(headers=HEADERS), checks=CHECKS)


@given(st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]), st.text(max_size=80), st.binary(max_size=200), st.booleans())
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
async def test_no_request_whatever_breaks_anything(method: str, path: str, body: bytes, as_json: bool) -> None:  # noqa: FBT001 - hypothesis hands it over
    """Addresses and bodies that are nothing."""
    headers = HEADERS | {"Idempotency-Key": "k", "Content-Type": "application/json" if as_json else "text/plain"}
    address = "/v1/" + "".join(f"%{byte:02x}" for byte in path.encode("utf-8", "surrogatepass"))
    async with HOUSE.caller(TOKEN) as caller:
        answer = await caller.request(method, address, content=body, headers=headers)
    assert answer.status_code < 500


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(["invoice", "method", "action", "seen", "amount", "currency", "reference", "id", "name", "payer", "new"])
ROUTES = st.sampled_from(
    [
        ("POST", "/v1/procedures/charge-retry"),
        ("POST", "/v1/procedures/charge-retry/2026-1001/actions"),
        ("POST", "/v1/procedures/replace-all/visa-1/why"),
        ("POST", "/v1/accounts"),
        ("PATCH", "/v1/accounts/contoso"),
        ("POST", "/v1/accounts/contoso/invoices"),
        ("POST", "/v1/invoices/2026-1001/credits"),
        ("PUT", "/v1/subscriptions/s-1/method"),
    ]
)


@given(ROUTES, st.dictionaries(FIELDS, JSON, max_size=5) | JSON, st.dictionaries(FIELDS, st.text(max_size=20), max_size=2))
@settings(max_examples=80, deadline=None, derandomize=True, database=None)
async def test_no_body_of_json_breaks_anything(route: tuple[str, str], body: Any, query: dict[str, str]) -> None:
    """Fields of ours with values that are nothing; a key that repeats is a problem too, and no more than that."""
    method, path = route
    async with HOUSE.caller(TOKEN) as caller:
        headers = HEADERS | {"Idempotency-Key": "one", "Content-Type": "application/json"}
        answer = await caller.request(method, path, content=json.dumps(body), params=query, headers=headers)
    assert answer.status_code < 500


def test_the_description_is_openapi_3_1_and_every_route_needs_a_token() -> None:
    """Whatever is added."""
    told = HOUSE.app.openapi()
    assert told["openapi"].startswith("3.1")
    assert told["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            if "provider" not in operation["tags"]:  # who signs what it tells, and has no token
                assert operation.get("security") == [{"token": []}], (method, path)
            assert operation["summary"], (method, path)
            assert operation["operationId"], (method, path)


def test_every_problem_is_described_as_one() -> None:
    for path, operations in HOUSE.app.openapi()["paths"].items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                if status >= "400":
                    assert list(response["content"]) == ["application/problem+json"], (method, path, status)


ITS_OWN = ("/v1/webhooks", "/v1/provider/notifications")
"""The ones answer with a secret, which is kept nowhere; the other brings the name of what it tells."""


def test_every_post_that_writes_takes_an_idempotency_key() -> None:
    for path, operations in HOUSE.app.openapi()["paths"].items():
        operation = operations.get("post")
        if operation is None or path.endswith("/why") or path.startswith(ITS_OWN):
            continue
        names = {one["name"] for one in operation.get("parameters", [])}
        assert "Idempotency-Key" in names, path


async def test_every_example_of_a_body_is_taken() -> None:
    """It is a body that the route can read: what comes of it is decided by what there is."""
    async with HOUSE.caller(TOKEN) as caller:
        for number, (method, path, body) in enumerate(examples()):
            headers = HEADERS | ({} if path.startswith(ITS_OWN) else {"Idempotency-Key": f"example-{number}"})
            answer = await caller.request(method, path, json=body, headers=headers)
            assert answer.status_code < 500, (path, body)
            assert answer.status_code not in {401, 422}, (path, body, answer.text)
            refuse_numbers(body)


def examples() -> list[tuple[str, str, Any]]:
    """Every example of a body, with a path that leads somewhere."""
    told = HOUSE.app.openapi()
    filled = {
        "account": "contoso",
        "subject": "2026-1001",
        "invoice": "2026-1001",
        "person": "per",
        "role": "billing_admin",
        "hook": "wh_0",
    }
    found = []
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            schema = content.get("schema", {})
            named = told["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], {})
            address = path
            for name, value in filled.items():
                address = address.replace(f"{{{name}}}", value)
            address = address.replace("{", "").replace("}", "")
            found += [(method.upper(), address, one) for one in (*schema.get("examples", ()), *named.get("examples", ()))]
    assert len(found) > 15
    return found
