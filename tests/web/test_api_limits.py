"""What no request gets past and no answer goes without: limits, headers, a problem for every error, a log that tells nothing."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from house_in_memory import InMemory, problem
from sqlalchemy.exc import OperationalError
from starlette.types import Message

from paystates.web.guard import BODY_LIMIT, HEADERS
from paystates.web.routes import DEPTH

JSON = {"Content-Type": "application/json", "Idempotency-Key": "k"}
CHARGE = "/v1/procedures/charge-retry"
CARD = "4242" * 4
"""Sixteen digits that satisfy the check digit, put together here so that none stands in the repository."""


async def test_a_body_that_is_too_long_is_refused_before_it_is_read(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        answer = await caller.post(CHARGE, content=b"x" * (BODY_LIMIT + 1), headers=JSON)
        assert (answer.status_code, problem(answer)) == (413, "too-large")


async def test_a_length_that_no_machine_can_count_is_too_long(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        answer = await caller.post(CHARGE, content=b"x", headers=JSON | {"Content-Length": "9" * 5000})
    assert (answer.status_code, problem(answer)) == (413, "too-large")


async def test_a_body_that_does_not_say_how_long_it_is_is_counted(memory_house: InMemory) -> None:
    async def endless():
        while True:
            yield b"x" * 10_000

    async with memory_house.caller() as caller:
        answer = await caller.post(CHARGE, content=endless(), headers=JSON)
    assert (answer.status_code, problem(answer)) == (413, "too-large")


FORM = b"application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("path", "sent"),
    [(CHARGE, b"application/json"), ("/v1/provider/notifications", b"application/json"), ("/board/login", FORM)],
)
async def test_whoever_leaves_in_the_middle_of_a_request_is_answered_nothing_and_is_no_error_of_ours(
    memory_house: InMemory, caplog: pytest.LogCaptureFixture, path: str, sent: bytes
) -> None:
    """No more is told than that they left, and that at the most talkative level: wherever a body is read."""
    caplog.set_level(logging.DEBUG, "paystates")
    came: Iterator[Message] = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    answered: list[Message] = []

    async def receive() -> Message:
        return next(came)

    async def send(message: Message) -> None:
        answered.append(message)

    headers = [(b"authorization", f"Bearer {memory_house.token()}".encode()), (b"content-type", sent)]
    scope = {"type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": path, "headers": headers}
    await memory_house.app(scope | {"raw_path": path.encode(), "query_string": b"", "root_path": ""}, receive, send)
    assert answered == []
    told = [one for one in caplog.records if one.name.startswith("paystates.")]
    assert [one.levelno for one in told] == [logging.DEBUG, logging.INFO]
    assert f"POST {path} - " in told[1].getMessage()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{", "it is not JSON in UTF-8"),
        (b"\xff\xfe", "it is not JSON in UTF-8"),
        (b'{"invoice": "a", "invoice": "b"}', "a field is given twice"),
        (b'{"invoice": NaN}', "NaN and Infinity"),
        (b'{"invoice": -Infinity}', "NaN and Infinity"),
        (b'{"invoice": ' + b"9" * 5000 + b"}", "it is not JSON in UTF-8"),
        (b"[" * 60_000, "it is not JSON in UTF-8"),
        (b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1), "deeper than"),
        (b'{"a":' * (DEPTH + 1) + b"1" + b"}" * (DEPTH + 1), "deeper than"),
    ],
)
async def test_json_that_hides_something_is_refused(memory_house: InMemory, body: bytes, told: str) -> None:
    async with memory_house.caller() as caller:
        answer = await caller.post(CHARGE, content=body, headers=JSON)
    assert (answer.status_code, problem(answer)) == (422, "invalid")
    assert told in answer.json()["detail"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_what_is_not_json_is_not_taken_for_it(memory_house: InMemory, content_type: str) -> None:
    """A form that another site sends with a browser's help is none of these."""
    async with memory_house.caller() as caller:
        answer = await caller.post(CHARGE, content=b'{"invoice": "2026-1001"}', headers={"Content-Type": content_type})
    assert (answer.status_code, problem(answer)) == (422, "invalid")
    assert memory_house.front.driver.subjects == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CHARGE, {"invoice": CARD}),
        (CHARGE, {"invoice": "2026-1001", "note": f"the card is {CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:]}"}),
        (f"{CHARGE}/2026-1001/actions", {"action": {"kind": "write_off", "reason": CARD}}),
        (f"{CHARGE}/2026-1001/actions", {"action": {"kind": "write_off", "number": "1"}}),
        ("/v1/procedures/add-method", {"account": "contoso", "request": "r", "new": {"number": CARD}}),
        ("/v1/accounts/contoso/subscriptions", {"id": "s-9", "name": CARD}),
        ("/v1/invoices/2026-1001/payments", {"amount": int(CARD), "currency": "NOK", "reference": "w"}),
    ],
)
async def test_a_card_number_is_refused_wherever_it_stands_and_never_repeated(
    memory_house: InMemory, path: str, body: object
) -> None:
    """Law 6, as the client does, and before anything is kept."""
    async with memory_house.caller() as caller:
        answer = await caller.post(path, json=body, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, problem(answer)) == (409, "refused")
    assert [one["code"] for one in answer.json()["refusals"]] == ["NUMBER_IMMUTABLE"]
    assert CARD not in answer.text
    assert memory_house.front.driver.subjects == []


async def test_what_was_sent_is_never_repeated_in_a_problem(memory_house: InMemory) -> None:
    """It may be a secret: a provider's token in the wrong field, a security code."""
    async with memory_house.caller() as caller:
        order = {"action": {"kind": "tok_secret"}}
        answer = await caller.post(f"{CHARGE}/2026-1001/actions", json=order, headers={"Idempotency-Key": "k"})
    assert "tok_secret" not in answer.text
    assert "use one of 'retry_now'" in answer.json()["detail"]
    body = {"method": "visa-1", "details": {"holder": ["tok_secret"]}, "security_code": "7391", "tok_secret": 1}
    async with memory_house.caller() as caller:
        answer = await caller.post("/v1/procedures/update-details", json=body)
    assert answer.status_code == 422
    told = json.dumps([one["message"] for one in answer.json()["errors"]])
    assert "tok_secret" not in told
    assert "7391" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/v1/nowhere", 404, "not-found"),
        ("GET", "/v1/accounts/", 404, "not-found"),
        ("DELETE", "/v1/accounts", 405, "method-not-allowed"),
        ("POST", "/v1/procedures/dance", 404, "not-found"),
        ("GET", "/v1/procedures/dance/1", 404, "not-found"),
        ("GET", "/v1/accounts/%00", 422, "invalid"),
        ("GET", "/v1/accounts/%ff%fe", 422, "invalid"),
        ("GET", f"/v1/accounts/{'a' * 65}", 422, "invalid"),
        ("GET", "/v1/procedures/charge-retry/%00", 422, "invalid"),
    ],
)
async def test_errors_of_the_framework_are_problems_too(
    memory_house: InMemory, method: str, path: str, status: int, kind: str
) -> None:
    async with memory_house.caller() as caller:
        answer = await caller.request(method, path)
    assert (answer.status_code, problem(answer)) == (status, kind)
    assert answer.json()["status"] == status


async def test_every_answer_has_the_headers_that_keep_browsers_from_harm(memory_house: InMemory, monkeypatch) -> None:
    """Also an error, also one that nobody expected."""
    monkeypatch.setattr(memory_house.app.state.house.office, "list", None)
    async with memory_house.caller() as caller:
        answers = [await caller.get(path) for path in ("/healthz", "/v1/accounts", "/nowhere", "/v1/procedures")]
    assert [one.status_code for one in answers] == [200, 200, 404, 500]
    for answer in answers:
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS


async def test_nobody_else_may_read_an_answer_in_a_browser(memory_house: InMemory) -> None:
    """No CORS: neither a header that allows it, nor an answer to a preflight."""
    async with memory_house.caller(Origin="https://elsewhere.example") as caller:
        plain = await caller.get("/v1/accounts")
        preflight = await caller.options("/v1/accounts", headers={"Access-Control-Request-Method": "GET"})
    assert preflight.status_code == 405
    for answer in (plain, preflight):
        assert not any(name.startswith("access-control") for name in answer.headers)


async def test_the_log_tells_routes_and_never_a_token_a_cookie_or_what_was_asked(memory_house: InMemory, monkeypatch) -> None:
    """Every logger there is, at the most talkative level, for answers, refusals, problems and what breaks."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    root.addHandler(handler)
    before, _ = root.level, root.setLevel(logging.DEBUG)
    loggers = [
        logging.getLogger(name) for name in ("paystates", "paystates.web", "paystates.web.guard", "uvicorn", "uvicorn.access")
    ]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.DEBUG)
    secret = memory_house.token()
    try:
        async with memory_house.caller(secret, Cookie="paystates=cookie_secret") as caller:
            await caller.get("/v1/accounts")
            await caller.get("/v1/accounts", params={"token": secret})
            await caller.get(f"/v1/{secret}")
            await caller.get(f"/v1/accounts/{secret[:40]}")
            await caller.post(CHARGE, json={"invoice": "2026-1001", "token": secret})
            await caller.post(CHARGE, content=secret.encode(), headers=JSON)
            await caller.request("BREW", f"/v1/{secret}")
            monkeypatch.setattr(memory_house.app.state.house.office, "list", lambda *_, **__: int(secret))
            assert (await caller.get("/v1/procedures")).status_code == 500
        async with memory_house.caller("ps_" + "B" * 43) as caller:
            await caller.get("/v1/accounts")
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        for one, level in zip(loggers, levels, strict=True):
            one.setLevel(level)
    told = "\n".join(line for line in written.getvalue().splitlines() if not line.startswith("HTTP Request: "))
    assert "GET /v1/accounts 200" in told
    assert "a request could not be answered: ValueError" in told
    for secret_part in (secret, secret[3:], secret[:40], "B" * 43, "cookie_secret", "Authorization", "Bearer"):
        assert secret_part not in told


async def test_an_account_book_that_is_away_is_told_and_worth_asking_again(
    memory_house: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database's own words stay in the log: they may repeat a row."""
    async with memory_house.caller() as caller:

        def away(*_: object, **__: object) -> None:
            raise OperationalError("SELECT 1", {}, Exception("the disk is on fire"))

        monkeypatch.setattr(memory_house.book, "transaction", away)
        monkeypatch.setattr(memory_house.book, "reading", away)
        answer = await caller.get("/v1/accounts")
    assert (answer.status_code, problem(answer)) == (503, "unreachable")
    assert answer.headers["Retry-After"]
    assert "fire" not in answer.text
