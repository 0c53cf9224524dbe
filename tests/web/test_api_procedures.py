"""Procedures over HTTP: started, looked at, acted on, asked why, listed; in memory, with the real declarations and rules."""

import pytest
from house_in_memory import InMemory, problem

CHARGE = "/v1/procedures/charge-retry"
REPLACE = "/v1/procedures/replace-all"


async def test_a_procedure_is_started_looked_at_acted_on_and_ends(memory_house: InMemory) -> None:
    """The whole way of a debt, by an operator's retry."""
    olga = memory_house.token(person="olga", all_accounts=True, accounts=())
    async with memory_house.caller(olga) as caller:
        started = await caller.post(CHARGE, json={"invoice": "2026-1001"})
        assert (started.status_code, started.json()["subject"]) == (202, "charge-retry/2026-1001")
        page = (await caller.get(started.headers["location"])).json()
        assert (page["state"], page["account_name"], page["time_zone"]) == ("waiting", "Contoso AS", "Europe/Oslo")
        assert {one["action"]: one["refusals"] for one in page["allowed"]}["hold"] == []
        acted = await caller.post(
            f"{CHARGE}/2026-1001/actions",
            json={"action": {"kind": "retry_now"}, "seen": page["visit"]},
            headers={"Idempotency-Key": "k-1"},
        )
        assert (acted.status_code, acted.json()["state"]) == (200, "recovered")
        ended = (await caller.get(started.headers["location"])).json()
        assert (ended["verdict"], ended["due"]) == ("done", None)
        again = await caller.post(
            f"{CHARGE}/2026-1001/actions", json={"action": {"kind": "hold"}}, headers={"Idempotency-Key": "k-2"}
        )
        assert (again.status_code, problem(again)) == (409, "already-over")


async def test_the_same_start_answers_the_same_and_another_one_names_what_runs(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        wanted = {"method": "visa-1", "chosen": "mastercard-2"}
        first, second = [await caller.post(REPLACE, json=wanted) for _ in range(2)]
        assert first.json() == second.json()
        other = await caller.post(REPLACE, json={"method": "visa-1"})
        assert (other.status_code, problem(other)) == (409, "other-request")
        assert other.json()["href"] == "/v1/procedures/replace-all/visa-1"


async def test_a_refusal_carries_every_reason_in_the_language_that_was_asked_for(memory_house: InMemory) -> None:
    async with memory_house.caller(Accept_Language="nb-NO, en;q=0.5") as caller:
        await caller.post(REPLACE, json={"method": "visa-1"})
        order = {"action": {"kind": "choose", "method": "pers-3"}}
        refused = await caller.post(f"{REPLACE}/visa-1/actions", json=order, headers={"Idempotency-Key": "k"})
        assert (refused.status_code, problem(refused)) == (409, "refused")
        (refusal,) = refused.json()["refusals"]
        assert refusal["code"] == "TARGET_NOT_OWNED"
        assert "administrator" in refusal["sentence"]
        assert refusal["sentence"] != (await in_english(memory_house))["sentence"]
        why = await caller.post(f"{REPLACE}/visa-1/why", json=order)
        assert (why.status_code, why.json()["accepted"], why.json()["refusals"]) == (200, False, [refusal])


async def in_english(house: InMemory) -> dict[str, str]:
    async with house.caller() as caller:
        page = (await caller.get(f"{REPLACE}/visa-1")).json()
        return next(one for one in page["candidates"] if one["method"] == "pers-3")["refusals"][0]


async def test_why_heeds_what_was_seen_as_the_action_does(memory_house: InMemory) -> None:
    """What was seen and is over is overtaken, and what was seen and still holds is asked."""
    async with memory_house.caller() as caller:
        await caller.post(CHARGE, json={"invoice": "2026-1001"})
        visit = (await caller.get(f"{CHARGE}/2026-1001")).json()["visit"]
        order = {"action": {"kind": "retry_now"}}
        now, over = [
            (await caller.post(f"{CHARGE}/2026-1001/why", json=order | {"seen": seen})).json() for seen in (visit, visit - 1)
        ]
    assert (now["accepted"], now["refusals"]) == (True, [])
    assert (over["accepted"], [one["code"] for one in over["refusals"]], over["leads_to"]) == (False, ["OVERTAKEN"], None)


async def test_why_says_where_an_action_would_lead_and_sends_nothing(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        await caller.post(CHARGE, json={"invoice": "2026-1001"})
        before = (await caller.get(f"{CHARGE}/2026-1001")).json()
        why = (await caller.post(f"{CHARGE}/2026-1001/why", json={"action": {"kind": "retry_now"}})).json()
        assert (why["accepted"], why["leads_to"], why["actor"], why["roles"]) == (True, "charging", "kari", ["global_admin"])
        assert (await caller.get(f"{CHARGE}/2026-1001")).json() == before


async def test_a_listing_has_what_the_token_reaches_and_nothing_else(memory_house: InMemory) -> None:
    async with memory_house.caller(memory_house.token(all_accounts=True, accounts=(), person="olga")) as everywhere:
        for invoice in ("2026-1001", "F-1"):
            await everywhere.post(CHARGE, json={"invoice": invoice})
        rows = (await everywhere.get("/v1/procedures")).json()["rows"]
        assert [row["subject"] for row in rows] == ["charge-retry/2026-1001", "charge-retry/F-1"]
    async with memory_house.caller() as contoso:
        rows = (await contoso.get("/v1/procedures", params={"named": "due-today"})).json()["rows"]
        assert [row["account"] for row in rows] == ["contoso"]
        assert (await contoso.get("/v1/procedures", params={"account": "fjord"})).status_code == 404


async def test_the_query_of_a_token_for_some_accounts_names_them_and_cannot_be_the_callers_own(memory_house: InMemory) -> None:
    """A bracket that is closed in a query of one's own would reach beyond."""
    asked = []

    async def noted(wanted, **_):
        asked.append(wanted.to_query())
        return await office_list(wanted)

    office = memory_house.app.state.house.office
    office_list, office.list = office.list, noted
    async with memory_house.caller() as caller:
        await caller.get("/v1/procedures")
        refused = await caller.get("/v1/procedures", params={"query": "x) OR (1=1"})
    assert (refused.status_code, problem(refused)) == (403, "forbidden")
    assert [query.endswith("(PaystatesAccount IN ('contoso'))") for query in asked] == [True]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"named": "nonsense"}, "named"),
        ({"procedure": "dance"}, "procedure"),
        ({"limit": "0"}, "limit"),
        ({"due_before": "soon"}, "due_before"),
        ({"colour": "red"}, "colour"),
        ({"state": "wait\0ing"}, "state.0"),
        ({"query": "StartTime > 0\0"}, "query"),
    ],
)
async def test_a_filter_that_is_none_is_told_by_its_field(memory_house: InMemory, params: dict[str, str], field: str) -> None:
    async with memory_house.caller() as caller:
        answer = await caller.get("/v1/procedures", params=params)
    assert (answer.status_code, problem(answer)) == (422, "invalid")
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_what_was_moved_is_told_item_by_item_page_by_page(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        await caller.post(REPLACE, json={"method": "visa-1", "chosen": "mastercard-2", "confirmed": True})
        first = (await caller.get(f"{REPLACE}/visa-1/items", params={"limit": 1})).json()
        assert [(one["id"], one["from_method"], one["to_method"]) for one in first["items"]] == [
            ("s-1", "visa-1", "mastercard-2")
        ]
        second = (await caller.get(f"{REPLACE}/visa-1/items", params={"after": first["next"]})).json()
        assert ([one["id"] for one in second["items"]], second["next"]) == (["s-2"], None)


async def test_an_id_with_several_parts_is_reached(memory_house: InMemory) -> None:
    """add-method/{account}/{request}."""
    new = {"token": "tok_new", "kind": "card", "network": "visa", "last4": "1111", "country": "NO", "expires": "2039-04-30"}
    async with memory_house.caller() as caller:
        started = await caller.post("/v1/procedures/add-method", json={"account": "contoso", "request": "r-1", "new": new})
        assert started.json()["subject"] == "add-method/contoso/r-1"
        page = await caller.get(started.headers["location"])
        assert (page.json()["state"], page.json()["procedure"]) == ("added", "add-method")
        assert "tok_new" not in page.text, "the provider's token is told to nobody"


@pytest.mark.parametrize(
    ("procedure", "data"),
    [
        ("charge-retry", {"invoice": "nothing"}),
        ("replace-all", {"method": "nothing"}),
        ("change-single-subscription", {"subscription": "nothing"}),
        ("add-method", {"account": "nothing", "request": "r"}),
    ],
)
async def test_what_is_not_there_cannot_be_started(memory_house: InMemory, procedure: str, data: dict[str, str]) -> None:
    async with memory_house.caller() as caller:
        answer = await caller.post(f"/v1/procedures/{procedure}", json=data)
    assert (answer.status_code, problem(answer)) == (404, "not-found")


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "method"),
        ({"method": "visa-1", "actor": "ann"}, "actor"),
        ({"method": "visa-1", "total": 1}, "total"),
        ({"method": "visa-1", "confirmed": "perhaps"}, "confirmed"),
        ({"method": "visa 1"}, "method"),
    ],
)
async def test_a_start_with_a_field_it_does_not_have_is_told_by_that(
    memory_house: InMemory, data: dict[str, str], field: str
) -> None:
    """Also who acts: the token says that, not the body."""
    async with memory_house.caller() as caller:
        answer = await caller.post(REPLACE, json=data)
    assert (answer.status_code, problem(answer)) == (422, "invalid")
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_a_text_that_no_book_can_keep_is_told_by_its_field(memory_house: InMemory) -> None:
    """PostgreSQL keeps no NUL: what was ordered with one could never be written down."""
    staff = memory_house.token(all_accounts=True, accounts=(), person=None)
    async with memory_house.caller(staff, Paystates_Actor="kari") as caller:
        edited = {"method": "visa-1", "details": {"holder": "Kari\0Nordmann"}}
        started = await caller.post("/v1/procedures/update-details", json=edited)
        await caller.post(CHARGE, json={"invoice": "2026-1001"})
        order = {"action": {"kind": "write_off", "reason": "lost\0"}}
        acted = await caller.post(f"{CHARGE}/2026-1001/actions", json=order, headers={"Idempotency-Key": "k"})
    assert [one.status_code for one in (started, acted)] == [422, 422]
    assert [one.json()["errors"][0]["field"] for one in (started, acted)] == ["details.holder", "reason"]
    assert memory_house.front.driver.subjects == ["charge-retry/2026-1001"]


async def test_hints_are_the_houses_own(memory_house: InMemory) -> None:
    """`charge_now` at the start of a retry asks nobody whether they may; `retry_now` does."""
    async with memory_house.caller() as caller:
        answer = await caller.post(CHARGE, json={"invoice": "2026-1001", "charge_now": True})
    assert [one["field"] for one in answer.json()["errors"]] == ["charge_now"]


async def test_procedures_that_cannot_be_reached_are_a_503_that_says_when_to_ask_again(memory_house: InMemory) -> None:
    memory_house.front.away = True
    async with memory_house.caller() as caller:
        answers = [
            await caller.get("/v1/procedures"),
            await caller.get(f"{CHARGE}/2026-1001"),
            await caller.post(CHARGE, json={"invoice": "2026-1001"}),
            await caller.post(f"{CHARGE}/2026-1001/actions", json={"action": {"kind": "hold"}}, headers={"Idempotency-Key": "k"}),
        ]
    assert [(one.status_code, problem(one), one.headers["retry-after"]) for one in answers] == [(503, "unreachable", "5")] * 4
    assert not any("temporal.internal" in one.text for one in answers), "where our servers are is nobody's business"


async def test_declarations_are_told_as_data_and_as_pictures(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        listed = {one["definition"]: one for one in (await caller.get("/v1/definitions")).json()}
        assert listed["charge-retry@1"]["starts_with"] == ["invoice"]
        told = (await caller.get("/v1/definitions/charge-retry")).json()
        assert told["initial"] in {state["name"] for state in told["states"]}
        text = await caller.get("/v1/definitions/charge-retry@1/diagram", params={"at": "waiting"})
        assert "class waiting now" in text.text
        drawn = await caller.get("/v1/definitions/charge-retry/diagram", params={"format": "svg"})
        assert (drawn.headers["content-type"], drawn.text[:4]) == ("image/svg+xml", "<svg")
        nowhere = await caller.get("/v1/definitions/charge-retry/diagram", params={"at": "moon"})
        assert [one["field"] for one in nowhere.json()["errors"]] == ["at"]
        assert (await caller.get("/v1/definitions/dance")).status_code == 404


async def test_one_that_runs_is_a_picture_with_where_it_is_and_what_it_went_through(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        await caller.post(REPLACE, json={"method": "visa-1"})
        text = (await caller.get(f"{REPLACE}/visa-1/diagram")).text
        assert "class choosing now" in text
        assert "✓ reviewed" in next(line for line in text.splitlines() if "reviewing --> choosing" in line)
        drawn = await caller.get(f"{REPLACE}/visa-1/diagram", params={"format": "svg"})
        assert (drawn.headers["content-type"], drawn.text[:4]) == ("image/svg+xml", "<svg")
        assert (await caller.get(f"{REPLACE}/mastercard-2/diagram")).status_code == 404
    async with memory_house.caller(memory_house.token(accounts=("other",))) as stranger:
        assert (await stranger.get(f"{REPLACE}/visa-1/diagram")).status_code == 404


async def test_rules_are_told_in_the_language_asked_for(memory_house: InMemory) -> None:
    async with memory_house.caller() as english, memory_house.caller(Accept_Language="nb") as norwegian:
        rules, regler = [(await one.get("/v1/rules")).json() for one in (english, norwegian)]
    assert [one["code"] for one in rules] == [one["code"] for one in regler]
    assert {one["code"]: one["numbers"] for one in rules}["CARDS_ONLY"] == ["G29", "G32", "G39", "G46", "C3", "C5", "C8"]
    assert all(one["sentence"] != another["sentence"] for one, another in zip(rules, regler, strict=True))
