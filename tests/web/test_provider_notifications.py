"""What the payment provider tells is taken in only when it was signed just now; it wakes, and is believed by nobody."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from house_in_memory import in_memory, problem
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from domain.accounts import AttemptStatus
from domain.signatures import HEADER, signed
from paystates import clock
from paystates.settings import Settings
from paystates.web.house import furnish

ADDRESS = "/v1/provider/notifications"
SECRET, FORMER = "the shared secret", "the one before"
TOLD = {"id": "n_1", "kind": "method.gone", "at": "2026-11-23T09:00:00Z", "token": "visa-1"}


def made(**given):
    house = in_memory()
    shared = {"provider_webhook_secret": SecretStr(SECRET), "provider_webhook_secret_former": SecretStr(FORMER)}
    furnish(house.app, replace(house.app.state.house, settings=Settings(**(shared | given))))
    return house


@pytest.fixture
def house():
    return made()


async def tell(house, told=TOLD, *, secret=SECRET, ago=timedelta(), **headers):
    """Send a notification, signed so long ago."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    sent = {HEADER: signed([secret], clock.now() - ago, body), "Content-Type": "application/json"} | headers
    async with house.caller() as caller:
        del caller.headers["Authorization"]
        return await caller.post(ADDRESS, content=body, headers=sent)


def standing(house, method="visa-1"):
    with house.book.transaction() as pages:
        return pages.method(method).standing


def token_of(house):
    with house.book.transaction() as pages:
        return pages.method("visa-1").token


@pytest.mark.parametrize("secret", [SECRET, FORMER])
async def test_what_is_signed_with_either_secret_is_heard_without_a_token(house, secret):
    response = await tell(house, TOLD | {"token": token_of(house)}, secret=secret)
    assert (response.status_code, response.content) == (204, b"")
    assert standing(house) == "gone"


@pytest.mark.parametrize("ago", [timedelta(minutes=6), timedelta(minutes=-6), timedelta(days=365)])
async def test_what_was_signed_at_another_time_is_stale_however_right(house, ago):
    """A notification that somebody caught cannot be played back later."""
    response = await tell(house, TOLD | {"token": token_of(house)}, ago=ago)
    assert (response.status_code, problem(response)) == (400, "bad-signature")
    assert standing(house) != "gone"


async def test_what_is_forged_is_not_read_at_all(house):
    """Whether it is signed by somebody else, changed on the way or not signed: what it says is not looked at."""
    for headers in ({HEADER: signed(["guess"], clock.now(), b"{}")}, {HEADER: ""}, {HEADER: "t=1,v1=x"}):
        response = await tell(house, b"no json", **headers)
        assert (response.status_code, problem(response)) == (400, "bad-signature")
    async with house.caller() as caller:
        response = await caller.post(ADDRESS, json=TOLD)
    assert (response.status_code, problem(response)) == (400, "bad-signature")


async def test_a_token_of_the_api_opens_nothing_here(house):
    async with house.caller(house.token(all_accounts=True)) as caller:
        response = await caller.post(ADDRESS, json=TOLD)
    assert response.status_code == 400


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{", b'{"id":"n"}', b'{"id":"n","id":"m"}', b"\xff\xfe", b'{"id":1e999}', b"[" * 5000]
    + [json.dumps(TOLD | {"at": at}).encode() for at in ("yesterday", "2026-11-23T09:00:00", 5e300)]
    + [json.dumps(TOLD | {"else": 1}).encode(), json.dumps(TOLD | {"kind": "x" * 65}).encode()],
)
async def test_what_is_signed_and_no_notification_says_what_is_wrong(house, body):
    response = await tell(house, body)
    assert (response.status_code, problem(response)) == (422, "invalid")


async def test_nothing_is_taken_in_before_a_secret_is_shared():
    house = made(provider_webhook_secret=None, provider_webhook_secret_former=None)
    response = await tell(house)
    assert (response.status_code, problem(response)) == (503, "not-set-up")


@pytest.fixture
async def clearing(house):
    """A retry whose attempt the bank has accepted and not settled; its intent."""
    await house.front.start("charge-retry", {"invoice": "2026-1001", "charge_now": True})
    with house.book.transaction() as pages:
        (attempt,) = pages.attempts("2026-1001")
        pages.put_attempt(replace(attempt, status=AttemptStatus.CLEARING))
    return attempt.intent_id


def said(house):
    """What the journal has, and what the debt owes."""
    with house.book.transaction() as pages:
        rows = [(row.event_kind, row.source, row.target) for row in pages.journal("charge-retry/2026-1001")]
        return rows, sum(one.amount for one in pages.entries("2026-1001")), len(pages.attempts("2026-1001"))


async def test_a_notification_wakes_whom_it_is_about_and_is_not_believed(house, clearing):
    """It says that money was lost; the bank is asked, and says otherwise."""
    before = said(house)
    response = await tell(house, {**TOLD, "kind": "intent.returned", "intent_id": clearing})
    assert response.status_code == 204
    assert said(house)[1:] == before[1:]


async def test_however_often_and_in_whatever_order_they_come_nothing_changes(house, clearing):
    told = [{**TOLD, "id": f"n_{kind}", "kind": f"intent.{kind}", "intent_id": clearing} for kind in ("succeeded", "processing")]
    await tell(house, told[0])
    once = said(house)
    for one in (*reversed(told), *told, told[0]):
        assert (await tell(house, one)).status_code == 204
    answers = await asyncio.gather(*(tell(house, one) for one in told * 3))
    assert {one.status_code for one in answers} == {204}
    assert said(house)[1:] == once[1:]


async def test_without_the_procedures_it_is_to_be_told_again(house, clearing):
    """Success is answered only when whom it is about was told: the provider sends it again."""
    house.front.away = True
    told = {**TOLD, "kind": "intent.returned", "intent_id": clearing}
    response = await tell(house, told)
    assert (response.status_code, problem(response)) == (503, "unreachable")
    assert response.headers["Retry-After"]
    house.front.away = False
    assert (await tell(house, told)).status_code == 204


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*TOLD, "x"]), inner, max_size=4),
    max_leaves=8,
)
GARBAGE = (
    st.binary(max_size=200)
    | JSON.map(lambda one: json.dumps(one).encode())
    | JSON.map(lambda one: json.dumps(TOLD | {"token": one}).encode())
)


def test_no_garbage_gives_a_500(house):
    """Signed or not: it is refused, or heard and belongs to nothing."""

    @settings(max_examples=200, deadline=None)
    @given(GARBAGE, st.booleans(), st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=40))
    def try_it(body, is_signed, header):
        headers = {} if is_signed else {HEADER: header}
        response = asyncio.run(tell(house, body, **headers))
        assert response.status_code in ({204, 409, 422} if is_signed else {400}), response.text

    try_it()
