"""Whoever is asked again is told why, and whoever is to pay what: on the board and over HTTP, while the procedure goes on."""

import re
from datetime import timedelta

from house_in_memory import InMemory, in_memory
from visiting import visiting

DECLINES = "tok_visa-1: [{decline: insufficient_funds}]"
REPLACE = "/v1/procedures/replace-all"
SETTLE = "/v1/procedures/settle-balance"


def section(page: str, name: str) -> str:
    """What stands under a heading of a page."""
    found = re.search(f'<section aria-labelledby="{name}">(.*?)</section>', page, re.DOTALL)
    return re.sub(r"<[^>]+>|\\s+", " ", found[1]) if found else ""


def a_day_late() -> InMemory:
    house = in_memory(script=DECLINES)
    house.clock.instant += timedelta(days=2)
    return house


async def test_who_settles_sees_each_invoice_with_its_amount_before_anything_is_confirmed() -> None:
    house = a_day_late()
    async with house.caller() as caller, visiting(house) as visitor:
        page = (await caller.get((await caller.post(SETTLE, json={"method": "visa-1"})).headers["location"])).json()
        assert (page["state"], page["debts"]) == ("choosing", [{"invoice": "2026-1001", "amount": "1495.00 NOK"}])
        told = section(await visitor.sees("/board/procedures/settle-balance/visa-1"), "debts")
        assert ("2026-1001" in told, "1495.00 NOK" in told) == (True, True)


async def test_a_settlement_that_was_declined_says_so_where_it_asks_again() -> None:
    house = a_day_late()
    async with house.caller() as caller, visiting(house, "nb") as norwegian:
        await caller.post(SETTLE, json={"method": "visa-1", "chosen": "visa-1"})
        order = {"action": {"kind": "confirm"}}
        await caller.post(f"{SETTLE}/visa-1/actions", json=order, headers={"Idempotency-Key": "k"})
        page = (await caller.get(f"{SETTLE}/visa-1")).json()
        assert (page["state"], page["last"], page["reasons"]) == ("choosing", "1495.00 NOK declined: insufficient funds", [])
        told = section(await norwegian.sees("/board/procedures/settle-balance/visa-1"), "last")
        assert "1495.00 NOK ble avslått: ikke dekning" in told


async def test_a_settlement_that_has_ended_says_what_it_paid_invoice_by_invoice_and_with_what() -> None:
    house = a_day_late()
    async with house.caller() as caller, visiting(house, "nb") as norwegian:
        await caller.post(SETTLE, json={"method": "visa-1", "chosen": "mastercard-2", "confirmed": True})
        page = (await caller.get(f"{SETTLE}/visa-1")).json()
        assert (page["state"], page["debts"]) == ("done", [])
        assert page["outcome"][0] == {"what": "2026-1001", "how": "1495.00 NOK paid with Mastercard ending 4444"}
        told = section(await norwegian.sees("/board/procedures/settle-balance/visa-1"), "outcome")
        assert "1495.00 NOK betalt med Mastercard som slutter på 4444" in told


async def test_a_choice_that_was_refused_at_the_start_is_told_with_its_reasons(memory_house: InMemory) -> None:
    """Nobody sent an action that could have been answered with them."""
    async with memory_house.caller() as caller, visiting(memory_house) as visitor:
        await caller.post(REPLACE, json={"method": "visa-1", "chosen": "pers-3"})
        page = (await caller.get(f"{REPLACE}/visa-1")).json()
        assert (page["state"], page["last_refusals"], page["last"]) == ("choosing", [], "")
        assert [one["code"] for one in page["reasons"]] == ["TARGET_NOT_OWNED"]
        assert page["reasons"][0]["sentence"] in section(await visitor.sees("/board/procedures/replace-all/visa-1"), "last")


async def test_what_has_ended_tells_its_reasons_in_its_outcome_alone(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        await caller.post(REPLACE, json={"method": "visa-1", "chosen": "pers-3", "confirmed": True})
        page = (await caller.get(f"{REPLACE}/visa-1")).json()
    assert (page["verdict"], page["reasons"], page["last"], page["debts"]) == ("refused", [], "", [])
    assert page["outcome"]
