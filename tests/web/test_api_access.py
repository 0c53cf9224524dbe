"""Who may call: tokens that are wrong, expired, revoked or another account's open nothing, and nobody gets above their roles."""

import pytest
from house_in_memory import NOW, InMemory, problem

from domain.access import May
from paystates.web.secrets import digest, new_secret

CHARGE = "/v1/procedures/charge-retry"
REPLACE = "/v1/procedures/replace-all"


def every_route(house: InMemory) -> list[tuple[str, str]]:
    """Each operation of the description, with its path filled in."""
    paths = house.app.openapi()["paths"]
    filled = {"account": "contoso", "procedure": "charge-retry", "subject": "2026-1001", "invoice": "2026-1001"}
    found = []
    for path, operations in paths.items():
        if not path.startswith("/v1/") or "/provider/" in path:  # the provider signs what it tells, and has no token
            continue
        for name in ("person", "role", "subscription", "profile", "method", "webhook", "delivery"):
            path = path.replace(f"{{{name}}}", "x-1")  # noqa: PLW2901 - step by step
        for name, value in filled.items():
            path = path.replace(f"{{{name}}}", value)  # noqa: PLW2901 - step by step
        found += [(method.upper(), path) for method in operations]
    return found


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer ps_" + "A" * 43,
        "Basic cHM6cHM=",
        f"Bearer {digest('ps_')}",
        "Bearer ps_\udcff",
    ],
)
async def test_without_a_token_that_is_one_nothing_is_answered(memory_house: InMemory, authorization: str | None) -> None:
    """Every route of the API, whatever else is sent."""
    async with memory_house.caller() as caller:
        del caller.headers["Authorization"]
        headers = {} if authorization is None else {"Authorization": authorization.encode("utf-8", "surrogateescape")}
        for method, path in every_route(memory_house):
            answer = await caller.request(method, path, json={}, headers=headers)
            assert (answer.status_code, problem(answer)) == (401, "unauthorised"), (method, path)
            assert answer.headers["www-authenticate"].startswith("Bearer ")


async def test_a_token_ends_when_it_expires_or_is_revoked(memory_house: InMemory) -> None:
    secret = memory_house.token(expires_at=NOW)
    async with memory_house.caller(secret) as caller:
        assert (await caller.get("/v1/accounts")).status_code == 401
    revoked = memory_house.token(revoked_at=NOW)
    async with memory_house.caller(revoked) as caller:
        assert (await caller.get("/v1/accounts")).status_code == 401


async def test_of_a_token_the_book_has_only_the_hash(memory_house: InMemory) -> None:
    secret = memory_house.token()
    with memory_house.book.transaction() as pages:
        assert [one.digest for one in pages.tokens()] == [digest(secret)]
        assert secret not in repr(pages.tokens())
        assert pages.token_by_digest(secret) is None


def test_no_two_tokens_are_alike() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(one.startswith("ps_") and len(one) == 46 for one in made)


async def test_what_is_another_accounts_looks_as_what_is_not_there(memory_house: InMemory) -> None:
    """The answers are the same to the letter, but for the address that was asked: nobody learns what there is."""
    async with memory_house.caller(memory_house.token(all_accounts=True, accounts=(), person="olga")) as everywhere:
        await everywhere.post(CHARGE, json={"invoice": "F-1"})
    pairs = [
        ("GET", "/v1/accounts/{}", "fjord"),
        ("GET", "/v1/accounts/{}/people", "fjord"),
        ("GET", "/v1/accounts/{}/roles", "fjord"),
        ("GET", "/v1/accounts/{}/methods", "fjord"),
        ("GET", "/v1/accounts/{}/invoices", "fjord"),
        ("GET", "/v1/accounts/{}/subscriptions", "fjord"),
        ("GET", "/v1/accounts/{}/billing-profiles", "fjord"),
        ("GET", "/v1/accounts/contoso/people/{}", "ann"),
        ("GET", "/v1/invoices/{}", "F-1"),
        ("GET", "/v1/subscriptions/{}", "f-1"),
        ("GET", "/v1/billing-profiles/{}", "bp-1"),
        ("GET", "/v1/methods/{}/candidates", "fjord-visa"),
        ("GET", "/v1/procedures/charge-retry/{}", "F-1"),
        ("GET", "/v1/procedures/charge-retry/{}/items", "F-1"),
        ("PATCH", "/v1/accounts/{}", "fjord"),
        ("PATCH", "/v1/subscriptions/{}", "f-1"),
    ]
    async with memory_house.caller() as caller:
        for method, path, theirs in pairs:
            answers = [await caller.request(method, path.format(one), json={}) for one in (theirs, "no-such")]
            told = [{**one.json(), "instance": ""} for one in answers]
            assert [one.status_code for one in answers] == [404, 404], path
            assert told[0] == told[1], path


@pytest.mark.parametrize(("may", "path"), [(May.READ, "/v1/accounts"), (May.READ, "/v1/procedures"), (May.READ, "/v1/rules")])
async def test_a_token_says_what_it_lacks(memory_house: InMemory, may: May, path: str) -> None:
    async with memory_house.caller(memory_house.token(may=())) as caller:
        answer = await caller.get(path)
    assert (answer.status_code, problem(answer)) == (403, "forbidden")
    assert f"--may {may}" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", CHARGE, {"invoice": "2026-1001"}),
        ("POST", f"{CHARGE}/2026-1001/actions", {"action": {"kind": "hold"}}),
        ("PATCH", "/v1/accounts/contoso", {}),
        ("PUT", "/v1/accounts/contoso/people/new", {"name": "New", "email": "n@contoso.example"}),
        ("POST", "/v1/accounts/contoso/roles", {"person": "per", "role": "billing_admin"}),
        ("DELETE", "/v1/accounts/contoso/people/kari/roles/global_admin", None),
        ("POST", "/v1/accounts/contoso/subscriptions", {"id": "s-9", "name": "Nine"}),
        ("PUT", "/v1/subscriptions/s-1/method", {"method": "mastercard-2"}),
        ("POST", "/v1/invoices/2026-1001/payments", {"amount": 1, "currency": "NOK", "reference": "w"}),
        ("POST", "/v1/invoices/2026-1001/credits", {"amount": 1, "currency": "NOK", "reference": "w"}),
        ("POST", "/v1/invoices/2026-1001/void", {"reference": "w"}),
    ],
)
async def test_a_token_that_only_reads_changes_nothing(memory_house: InMemory, method: str, path: str, body: object) -> None:
    async with memory_house.caller(memory_house.token(may=(May.READ,))) as caller:
        answer = await caller.request(method, path, json=body, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, problem(answer)) == (403, "forbidden")
    assert memory_house.front.driver.subjects == []


async def test_acting_does_not_let_write_the_book_nor_the_other_way_round(memory_house: InMemory) -> None:
    async with memory_house.caller(memory_house.token(may=(May.ACT,))) as actor:
        assert (await actor.patch("/v1/accounts/contoso", json={})).status_code == 403
    async with memory_house.caller(memory_house.token(may=(May.BOOK,))) as bookkeeper:
        assert (await bookkeeper.post(CHARGE, json={"invoice": "2026-1001"})).status_code == 403


async def test_a_token_for_nobody_in_particular_acts_for_the_people_of_its_accounts_only(memory_house: InMemory) -> None:
    async with memory_house.caller(memory_house.token(person=None)) as caller:
        missing = await caller.post(REPLACE, json={"method": "visa-1"})
        assert (missing.status_code, problem(missing)) == (403, "actor-missing")
        for nobody in ("ann", "olga", "paystates", "provider", "no-such"):
            answer = await caller.post(REPLACE, json={"method": "visa-1"}, headers={"Paystates-Actor": nobody})
            assert (answer.status_code, problem(answer)) == (403, "actor-forbidden"), nobody
        answer = await caller.post(REPLACE, json={"method": "visa-1"}, headers={"Paystates-Actor": "kari"})
        assert answer.status_code == 202


async def test_nobody_acts_as_our_own_timers_or_as_the_provider(memory_house: InMemory) -> None:
    """They hold the service role everywhere: not even a token for all accounts, or one made for them, lends it."""
    everywhere = memory_house.token(all_accounts=True, accounts=(), person=None)
    for secret, named in ((everywhere, "paystates"), (everywhere, "provider"), (memory_house.token(person="paystates"), None)):
        headers = {"Paystates-Actor": named} if named else {}
        async with memory_house.caller(secret) as caller:
            answer = await caller.post(REPLACE, json={"method": "visa-1"}, headers=headers)
        assert (answer.status_code, problem(answer)) == (403, "actor-forbidden")


async def test_a_token_for_somebody_acts_for_nobody_else(memory_house: InMemory) -> None:
    async with memory_house.caller(memory_house.token(person="per")) as caller:
        answer = await caller.post(REPLACE, json={"method": "visa-1"}, headers={"Paystates-Actor": "kari"})
    assert (answer.status_code, problem(answer)) == (403, "actor-forbidden")


async def test_a_token_never_gets_above_the_roles_of_its_person(memory_house: InMemory) -> None:
    """Per holds none: whatever his token may, the procedure refuses him, with the reason."""
    everything = memory_house.token(person="per", all_accounts=True, accounts=(), may=tuple(May))
    async with memory_house.caller(everything) as per, memory_house.caller() as kari:
        await per.post(REPLACE, json={"method": "visa-1", "chosen": "mastercard-2", "confirmed": True})
        page = (await per.get(f"{REPLACE}/visa-1")).json()
        assert (page["state"], page["verdict"]) == ("refused", "refused")
        await kari.post(CHARGE, json={"invoice": "2026-1001"})
        hold = await per.post(f"{CHARGE}/2026-1001/actions", json={"action": {"kind": "hold"}}, headers={"Idempotency-Key": "k"})
        assert (hold.status_code, problem(hold)) == (409, "refused")


async def test_a_role_that_is_taken_away_counts_at_once(memory_house: InMemory) -> None:
    """It is looked up with each action, also for what was begun with it."""
    async with memory_house.caller() as caller:
        await caller.post(REPLACE, json={"method": "visa-1", "chosen": "mastercard-2"})
        assert (await caller.delete("/v1/accounts/contoso/people/kari/roles/global_admin")).status_code == 204
        answer = await caller.post(
            f"{REPLACE}/visa-1/actions", json={"action": {"kind": "confirm"}}, headers={"Idempotency-Key": "k"}
        )
        assert (answer.status_code, problem(answer)) == (409, "refused")
