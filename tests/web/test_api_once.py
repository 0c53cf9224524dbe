"""`Idempotency-Key`: under one key a request is done once, whoever repeats it, however soon."""

import asyncio
from datetime import timedelta

import pytest
from house_in_memory import InMemory, problem

from domain.access import Reply
from paystates.orders import TimedOut
from paystates.web import once as once_module

PAYMENTS = "/v1/invoices/2026-1001/payments"
PAID = {"amount": 10_000, "currency": "NOK", "reference": "wire-1"}
KEY = {"Idempotency-Key": "3f1c2a5e"}


def replies(house: InMemory) -> list[Reply]:
    """What is kept."""
    with house.book.transaction() as pages:
        return list(pages._all(Reply))


async def test_the_same_request_is_answered_as_before(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        first = await caller.post(PAYMENTS, json=PAID, headers=KEY)
        second = await caller.post(PAYMENTS, json=PAID, headers=KEY)
        assert first.status_code == second.status_code == 200
        assert first.content == second.content
        assert first.headers.get("idempotency-replayed") is None
        assert second.headers["idempotency-replayed"] == "true"
        assert second.headers["content-type"] == first.headers["content-type"]
        assert (await caller.get("/v1/invoices/2026-1001")).json()["balance"] == 139_500


async def test_where_what_was_made_can_be_looked_at_is_told_again(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        answers = [await caller.post("/v1/procedures/charge-retry", json={"invoice": "2026-1001"}, headers=KEY) for _ in range(2)]
    assert [one.headers["location"] for one in answers] == ["/v1/procedures/charge-retry/2026-1001"] * 2
    assert [one.status_code for one in answers] == [202, 202]


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        (PAYMENTS, {**PAID, "amount": 10_001}, {}),
        ("/v1/invoices/2026-1001/credits", PAID, {}),
        (f"{PAYMENTS}?x=1", PAID, {}),
        (PAYMENTS, PAID, {"Paystates-Actor": "kari"}),
    ],
)
async def test_another_request_under_the_same_key_is_an_error(
    memory_house: InMemory, path: str, body: dict[str, object], headers: dict[str, str]
) -> None:
    """Another body, another route, another person."""
    async with memory_house.caller() as caller:
        await caller.post(PAYMENTS, json=PAID, headers=KEY)
        answer = await caller.post(path, json=body, headers=KEY | headers)
        assert (answer.status_code, problem(answer)) == (422, "key-used")
        assert (await caller.get("/v1/invoices/2026-1001")).json()["balance"] == 139_500


async def test_a_key_is_the_tokens_own(memory_house: InMemory) -> None:
    async with memory_house.caller() as one, memory_house.caller() as another:
        await one.post(PAYMENTS, json=PAID, headers=KEY)
        answer = await another.post(PAYMENTS, json={**PAID, "reference": "wire-2"}, headers=KEY)
        assert answer.json()["balance"] == 129_500


async def test_of_two_at_once_one_is_done_and_the_other_told_to_wait(memory_house: InMemory, monkeypatch) -> None:
    """The first stands still at the front desk until the second has been answered."""
    reached, go_on = asyncio.Event(), asyncio.Event()
    start = memory_house.front.start

    async def slowly(*given, **named):
        reached.set()
        await go_on.wait()
        return await start(*given, **named)

    monkeypatch.setattr(memory_house.front, "start", slowly)
    async with memory_house.caller() as caller:
        first = asyncio.create_task(caller.post("/v1/procedures/charge-retry", json={"invoice": "2026-1001"}, headers=KEY))
        await reached.wait()
        second = await caller.post("/v1/procedures/charge-retry", json={"invoice": "2026-1001"}, headers=KEY)
        go_on.set()
        assert (second.status_code, problem(second), second.headers["retry-after"]) == (409, "under-way", "1")
        assert (await first).status_code == 202


async def test_a_key_whose_request_died_is_taken_over(memory_house: InMemory) -> None:
    """The process that had it is gone: after a minute the same request is dealt with anew."""
    async with memory_house.caller() as caller:
        await caller.post(PAYMENTS, json=PAID, headers=KEY)
        (kept,) = replies(memory_house)
        with memory_house.book.transaction() as pages:
            pages.put_reply(Reply(kept.token_id, kept.key, kept.request, memory_house.clock.now()))
        assert problem(await caller.post(PAYMENTS, json=PAID, headers=KEY)) == "under-way"
        memory_house.clock.instant += once_module.PATIENCE
        again = await caller.post(PAYMENTS, json=PAID, headers=KEY)
        assert (again.status_code, again.json()["balance"]) == (200, 139_500)


async def test_whoever_was_thought_gone_does_not_let_go_of_a_key_that_was_taken_over(memory_house: InMemory, monkeypatch) -> None:
    """The first takes longer than a minute, and fails in the end: by then the key is the second one's."""
    reached, fail, start = asyncio.Event(), asyncio.Event(), memory_house.front.start

    async def slowly(*given, **named):
        reached.set()
        await fail.wait()
        raise TimedOut

    wanted = {"invoice": "2026-1001"}
    async with memory_house.caller() as caller:
        monkeypatch.setattr(memory_house.front, "start", slowly)
        first = asyncio.create_task(caller.post("/v1/procedures/charge-retry", json=wanted, headers=KEY))
        await reached.wait()
        memory_house.clock.instant += once_module.PATIENCE
        monkeypatch.setattr(memory_house.front, "start", start)
        assert (await caller.post("/v1/procedures/charge-retry", json=wanted, headers=KEY)).status_code == 202
        fail.set()
        assert (await first).status_code == 504
        other = await caller.post("/v1/procedures/charge-retry", json={"invoice": "other"}, headers=KEY)
        assert (other.status_code, problem(other)) == (422, "key-used")


async def test_a_refusal_is_kept_and_what_decided_nothing_is_not(memory_house: InMemory) -> None:
    """After a server was away, or a field was corrected, the same key serves again."""
    async with memory_house.caller() as caller:
        memory_house.front.away = True
        start = {"invoice": "2026-1001"}
        assert (await caller.post("/v1/procedures/charge-retry", json=start, headers=KEY)).status_code == 503
        assert (await caller.post("/v1/procedures/charge-retry", json={}, headers=KEY)).status_code == 422
        assert replies(memory_house) == []
        memory_house.front.away = False
        assert (await caller.post("/v1/procedures/charge-retry", json=start, headers=KEY)).status_code == 202
        too_much = {**PAID, "amount": 999_999}
        refused = await caller.post("/v1/invoices/2026-1001/credits", json=too_much, headers={"Idempotency-Key": "other"})
        assert refused.status_code == 409
        assert [one.status for one in replies(memory_house)] == [202, 409]


async def test_another_order_under_a_key_that_was_let_go_is_not_taken_for_the_first(memory_house: InMemory, monkeypatch) -> None:
    """The procedure remembers the first by its name, also when nobody was told in time that it was taken."""
    path, act = "/v1/procedures/charge-retry/2026-1001", memory_house.front.act

    async def too_late(*given, **named):
        await act(*given, **named)
        raise TimedOut

    staff = memory_house.token(all_accounts=True, accounts=(), person="olga")
    async with memory_house.caller(staff) as caller:
        await caller.post("/v1/procedures/charge-retry", json={"invoice": "2026-1001"})
        hold, write_off = ({"action": one} for one in ({"kind": "hold"}, {"kind": "write_off", "reason": "bankrupt"}))
        with monkeypatch.context() as late:
            late.setattr(memory_house.front, "act", too_late)
            assert (await caller.post(f"{path}/actions", json=hold, headers=KEY)).status_code == 504
        same = await caller.post(f"{path}/actions", json=hold, headers=KEY)
        assert (same.status_code, same.json()["state"]) == (200, "held")
        with memory_house.book.transaction() as pages:
            pages.remove_replies(memory_house.clock.now() + timedelta(days=1))
        other = await caller.post(f"{path}/actions", json=write_off, headers=KEY)
        assert (other.status_code, other.json()["state"]) == (200, "written_off")


async def test_what_went_wrong_here_leaves_the_key_free(memory_house: InMemory, monkeypatch) -> None:
    async def breaks(*given, **named):
        message = "secret"
        raise RuntimeError(message)

    monkeypatch.setattr(memory_house.front, "start", breaks)
    async with memory_house.caller() as caller:
        answer = await caller.post("/v1/procedures/charge-retry", json={"invoice": "2026-1001"}, headers=KEY)
    assert (answer.status_code, problem(answer)) == (500, "unexpected")
    assert "secret" not in answer.text
    assert replies(memory_house) == []


async def test_answers_are_kept_for_two_days_and_then_forgotten(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        await caller.post(PAYMENTS, json=PAID, headers=KEY)
        memory_house.clock.instant += timedelta(days=2)
        assert (await caller.post(PAYMENTS, json=PAID, headers=KEY)).headers["idempotency-replayed"] == "true"
        memory_house.clock.instant += timedelta(seconds=1)
        late = await caller.post(PAYMENTS, json=PAID, headers=KEY)
        assert "idempotency-replayed" not in late.headers
        assert late.json()["balance"] == 139_500, "its reference is booked once all the same"
        assert len(replies(memory_house)) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "nøkkel"])
async def test_a_key_that_is_none_is_told(memory_house: InMemory, key: str) -> None:
    async with memory_house.caller() as caller:
        answer = await caller.post(PAYMENTS, json=PAID, headers={"Idempotency-Key": key.encode()})
    assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, ["Idempotency-Key"])


async def test_an_order_without_a_key_is_refused_but_a_start_is_its_own_key(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        assert (await caller.post("/v1/procedures/charge-retry", json={"invoice": "2026-1001"})).status_code == 202
        answer = await caller.post(PAYMENTS, json=PAID)
        assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, ["Idempotency-Key"])


async def test_an_action_sent_again_after_its_answer_was_lost_is_taken_once(memory_house: InMemory) -> None:
    """The key goes on to the procedure: it answers as before, also when our own answer was never kept."""
    path = "/v1/procedures/charge-retry/2026-1001/actions"
    async with memory_house.caller(memory_house.token(person="olga")) as caller:
        await caller.post("/v1/procedures/charge-retry", json={"invoice": "2026-1001"})
        first = await caller.post(path, json={"action": {"kind": "hold"}}, headers=KEY)
        with memory_house.book.transaction() as pages:
            pages.remove_reply(next(one for one in pages._all(Reply) if one.key == KEY["Idempotency-Key"]))
        again = await caller.post(path, json={"action": {"kind": "hold"}}, headers=KEY)
    assert (again.status_code, again.json()) == (200, first.json())
    assert "idempotency-replayed" not in again.headers
