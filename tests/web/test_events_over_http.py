"""Events over HTTP: with a cursor, waited for, or as a stream; of the accounts that a token reaches, and of no other."""

import asyncio
import json

import pytest
from house_in_memory import in_memory, problem

from activities.bookkeeping import receive_payment
from activities.happenings import message
from domain.access import May
from domain.money import Money
from paystates.web import events as served
from paystates.web.house import within
from paystates.web.seats import EVENT_STREAM, Seats

EVENTS = "/v1/accounts/contoso/events"


@pytest.fixture
def house():
    return in_memory()


def happen(house, reference="wire") -> None:
    """Something happens to Contoso."""
    receive_payment(house.book, "2026-1001", Money(100, "NOK"), reference, house.clock.now())


async def test_events_are_told_page_by_page_and_the_cursor_goes_on_where_it_ended(house):
    for number in range(5):
        happen(house, f"wire-{number}")
    told, cursor = [], 0
    async with house.caller() as caller:
        while (page := (await caller.get(EVENTS, params={"after": cursor, "limit": 2})).json())["rows"]:
            told, cursor = [*told, *page["rows"]], page["next"]
    assert [one["kind"] for one in told] == ["imported", *["payment_received"] * 5]
    assert told[-1]["words"] == "1.00 NOK received for 2026-1001"
    assert page["next"] == cursor == told[-1]["cursor"]


async def test_a_refusal_is_told_in_the_callers_language(house):
    """With the sentence in Norwegian and the same code."""
    await house.front.start("charge-retry", {"invoice": "2026-1001"})
    order = "/v1/procedures/charge-retry/2026-1001/actions"
    async with house.caller(house.token(person="per")) as caller:
        refused = await caller.post(order, json={"action": {"kind": "hold"}}, headers={"Idempotency-Key": "k"})
        english, norwegian = [
            (await caller.get(EVENTS, headers={"Accept-Language": language})).json()["rows"][-1] for language in ("en", "nb")
        ]
    assert refused.status_code == 409, refused.text
    assert english["type"] == norwegian["type"] == "procedure.refused"
    assert english["refusals"][0]["code"] == norwegian["refusals"][0]["code"]
    assert english["refusals"][0]["sentence"] != norwegian["refusals"][0]["sentence"]


async def test_who_waits_is_told_as_soon_as_something_happens(house):
    within(house.app).pulse._every = 0
    async with house.caller() as caller:
        begin = (await caller.get(EVENTS)).json()["next"]
        waiting = asyncio.create_task(caller.get(EVENTS, params={"after": begin, "wait": 30}))
        while not waiting.done():
            await asyncio.sleep(0)
            if not served_rows(house, begin):
                happen(house)
        page = (await waiting).json()
    assert [one["kind"] for one in page["rows"]] == ["payment_received"]


async def test_many_who_wait_share_the_looks_at_the_journal(house, monkeypatch):
    """Each reads when it begins and when something happened to its account, not as long as nothing does."""
    pulse, reads, looks = within(house.app).pulse, [], []
    pulse._every = 0
    read, look = served.events, pulse._after
    monkeypatch.setattr(served, "events", lambda *given: (reads.append(given), read(*given))[1])
    monkeypatch.setattr(pulse, "_after", lambda position: (looks.append(position), look(position))[1])
    async with house.caller() as caller:
        begin = read(house.book, "contoso").next
        asked = {"after": begin, "wait": 30}
        waiting = [asyncio.create_task(caller.get(EVENTS, params=asked)) for _ in range(10)]
        await until(lambda: len(reads) == 20 and len(looks) >= 10)
        nothing, before = len(looks), len(reads)
        await until(lambda: len(looks) >= nothing + 10)
        assert len(reads) == before
        happen(house)
        pages = [(await one).json() for one in waiting]
    assert [[one["kind"] for one in page["rows"]] for page in pages] == [["payment_received"]] * 10
    assert len(reads) == 30


async def until(so) -> None:
    """Let others run until it is so."""
    async with asyncio.timeout(30):
        while not so():  # noqa: ASYNC110 - nobody says when it is
            await asyncio.sleep(0)


async def test_a_token_has_so_many_streams_at_once_and_others_have_their_own(house):
    """One more is told when to ask again; a question that does not wait takes no seat, and a stream that has ended leaves it."""
    seats, secret, asked = Seats(1), house.token(), {"wait": 1}
    object.__setattr__(within(house.app), "seats", seats)
    async with house.caller(secret) as caller, house.caller() as another:
        stream = asyncio.create_task(caller.get(EVENTS, headers={"Accept": EVENT_STREAM}))
        await until(lambda: seats._taken)
        for headers, params in (({"Accept": EVENT_STREAM}, {}), ({}, asked)):
            refused = await caller.get(EVENTS, headers=headers, params=params)
            assert (refused.status_code, problem(refused)) == (429, "too-many-streams")
            assert int(refused.headers["Retry-After"]) > 0
        answers = [await caller.get(EVENTS), await another.get(EVENTS, params=asked), await another.get(EVENTS, params=asked)]
        within(house.app).closing.begin()
        answers += [await stream, await caller.get(EVENTS, params=asked)]
    assert [one.status_code for one in answers] == [200] * 5
    assert not seats._taken


def served_rows(house, after):
    with house.book.transaction() as pages:
        return pages.journal_after(after, account_id="contoso")


async def test_who_does_not_wait_is_told_at_once_that_there_is_nothing(house):
    async with house.caller() as caller:
        begin = (await caller.get(EVENTS)).json()["next"]
        assert (await caller.get(EVENTS, params={"after": begin})).json() == {"rows": [], "next": begin}


async def test_a_stream_tells_events_with_their_ids_and_is_taken_up_after_the_last(house, monkeypatch):
    monkeypatch.setattr(served, "STREAM_FOR", 0.2)
    monkeypatch.setattr(served, "ALIVE_EVERY", 0.05)
    happen(house)
    async with house.caller(accept="text/event-stream") as caller:
        whole = await caller.get(EVENTS)
        assert whole.headers["content-type"].startswith("text/event-stream")
        first, second = told(whole.text)
        again = await caller.get(EVENTS, headers={"Last-Event-ID": first["id"]})
    assert json.loads(second["data"])["kind"] == "payment_received"
    assert second["event"] == "book.noted"
    assert told(again.text) == [second]
    assert ": nothing new" in again.text


def told(stream: str) -> list[dict[str, str]]:
    """The events of a stream, as a browser reads them."""
    blocks = [block.splitlines() for block in stream.split("\n\n")]
    return [dict(line.split(": ", 1) for line in block) for block in blocks if block and not block[0].startswith(":")]


@pytest.mark.parametrize("last", ["x", "-1", "9" * 30, "1.5"])
async def test_a_last_id_that_is_no_cursor_is_told_so(house, last):
    async with house.caller(accept="text/event-stream") as caller:
        response = await caller.get(EVENTS, headers={"Last-Event-ID": last})
    assert (response.status_code, problem(response)) == (422, "invalid")


@pytest.mark.parametrize("asked", [{"after": -1}, {"limit": 0}, {"limit": 501}, {"wait": 31}, {"after": 2**63}])
async def test_what_cannot_be_asked_is_told_so(house, asked):
    async with house.caller() as caller:
        response = await caller.get(EVENTS, params=asked)
    assert (response.status_code, problem(response)) == (422, "invalid")


async def test_another_accounts_events_are_not_there(house):
    """The same answer as for an account that does not exist: no oracle."""
    async with house.caller() as caller:
        answers = [await caller.get(f"/v1/accounts/{name}/events") for name in ("fjord", "nobody")]
        everything = await caller.get("/v1/events")
    assert [(one.status_code, problem(one)) for one in answers] == [(404, "not-found")] * 2
    assert (everything.status_code, problem(everything)) == (403, "forbidden")


async def test_only_a_token_for_all_accounts_follows_all(house):
    secret = house.token(accounts=(), all_accounts=True, may=(May.READ,))
    async with house.caller(secret) as caller:
        rows = (await caller.get("/v1/events")).json()["rows"]
        assert (await caller.get("/v1/accounts/nobody/events")).status_code == 404
    assert {one["account"] for one in rows} == {"contoso", "fjord"}


async def test_a_token_that_may_not_read_follows_nothing(house):
    async with house.caller(house.token(may=(May.ACT,))) as caller:
        assert (await caller.get(EVENTS)).status_code == 403


async def test_the_end_of_a_refused_start_carries_every_reason_and_no_secret(house):
    """The event over HTTP in the caller's language, and the web hook's message, with what the outcome has."""
    wanted = {"method": "pers-3", "details": {"holder": "Per P. Reader"}, "security_code": "tok_secret_code"}
    async with house.caller(house.token(person="per")) as caller:
        started = await caller.post("/v1/procedures/update-details", json=wanted)
        english, norwegian = [
            (await caller.get(EVENTS, headers={"Accept-Language": language})).json()["rows"][-1] for language in ("en", "nb")
        ]
    assert started.status_code == 202, started.text
    outcome = (await house.front.view("update-details/pers-3")).stand.memory["refusals"]
    assert outcome
    assert (english["type"], english["target"], english["accepted"]) == ("procedure.ended", "refused", True)
    assert english["refusals"] == outcome
    assert [one["code"] for one in norwegian["refusals"]] == [one["code"] for one in outcome]
    assert norwegian["refusals"][0]["sentence"] != english["refusals"][0]["sentence"]
    with house.book.transaction() as pages:
        told = message(english["cursor"], pages.journal_at(english["cursor"]))
    kept = [(one["code"], one["sentence"], one["remedy"]) for one in outcome]
    assert [(one.code, one.sentence, one.remedy) for one in told.refusals] == kept
    assert (told.type, told.verdict) == ("procedure.ended", "refused")
    assert "tok_secret_code" not in told.model_dump_json()
    assert "tok_secret_code" not in json.dumps(english)
