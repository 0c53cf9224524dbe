"""The account book over HTTP: what procedures live on is written by the systems that know it, and no law is broken by that."""

import itertools
from typing import Any

import httpx
import pytest
from house_in_memory import NOW, InMemory, problem

from domain.accounts import Attempt, AttemptStatus, Initiator
from domain.card_numbers import has_card_number

_keys = itertools.count()


async def post(caller: httpx.AsyncClient, path: str, **body: Any) -> httpx.Response:
    """A POST under a key of its own."""
    return await caller.post(path, json=body, headers={"Idempotency-Key": f"k-{next(_keys)}"})


async def test_an_account_is_built_up_until_its_invoice_can_be_collected(memory_house: InMemory) -> None:
    """Everything that a procedure needs but the payment method, which add-method puts on file with the provider's token."""
    everywhere = memory_house.token(all_accounts=True, accounts=(), person=None)
    async with memory_house.caller(everywhere) as caller:
        opened = await post(caller, "/v1/accounts", id="norse", name="Norse AS", country="NO", time_zone="Europe/Oslo")
        assert (opened.status_code, opened.headers["location"]) == (201, "/v1/accounts/norse")
        put = await caller.put("/v1/accounts/norse/people/eva", json={"name": "Eva", "email": "eva@norse.example"})
        assert put.status_code == 200
        assert (await post(caller, "/v1/accounts/norse/roles", person="eva", role="global_admin")).status_code == 201
        new = {"token": "tok_eva", "kind": "card", "network": "visa", "last4": "4242", "country": "NO", "expires": "2039-04-30"}
        caller.headers["Paystates-Actor"] = "eva"
        await caller.post("/v1/procedures/add-method", json={"account": "norse", "request": "r", "new": new})
        (method,) = (await caller.get("/v1/accounts/norse/methods")).json()
        made = await post(caller, "/v1/accounts/norse/subscriptions", id="n-1", name="Basic", method=method["id"])
        assert (made.status_code, made.json()["method"]) == (201, method["id"])
        payer = {"kind": "subscription", "id": "n-1"}
        dates = {"billing_date": "2026-11-01", "due_date": "2026-11-20"}
        issued = await post(caller, "/v1/accounts/norse/invoices", id="N-1", payer=payer, amount=9900, currency="NOK", **dates)
        assert (issued.status_code, issued.json()["balance"]) == (201, 9900)
        started = await caller.post("/v1/procedures/charge-retry", json={"invoice": "N-1"})
        assert (await caller.get(started.headers["location"])).json()["state"] == "recovered"
        told = (await caller.get("/v1/invoices/N-1")).json()
        assert [one["status"] for one in told["attempts"]] == ["succeeded"]
        assert told["balance"] == 0
    with memory_house.book.transaction() as pages:
        kinds = [row.event_kind for row in pages.journal_of_account("norse") if row.definition == "book"]
        actors = {row.actor for row in pages.journal_of_account("norse") if row.event_kind == "invoice_issued"}
    assert kinds[:3] == ["account_opened", "person_registered", "role_given"]
    assert actors == {"eva"}, "who wrote it stands in the journal"


async def test_what_is_told_twice_changes_nothing_and_what_contradicts_is_refused(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        path = "/v1/accounts/contoso/subscriptions"
        first, same = [await post(caller, path, id="s-9", name="Nine", method="visa-1") for _ in range(2)]
        assert first.json() == same.json()
        other = await post(caller, path, id="s-9", name="Nine", method="mastercard-2")
        assert (other.status_code, problem(other)) == (409, "conflict")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"method": "fjord-visa"}, "fjord-visa is not a payment method of account contoso"),
        ({"method": "gone"}, "gone is not a payment method of account contoso"),
        ({"method": "no-such"}, "no-such is not a payment method of account contoso"),
        ({"billing_profile": "bp-1"}, "bp-1 is not a billing profile of account contoso"),
        ({"billing_profile": "bp-1", "method": "visa-1"}, "give one of them"),
    ],
)
async def test_nothing_is_bound_to_what_is_deleted_or_another_accounts(
    memory_house: InMemory, body: dict[str, str], sentence: str
) -> None:
    """Neither when it is registered nor afterwards; the answer does not tell which of the two it is."""
    with memory_house.book.transaction() as pages:
        visa = pages.method("visa-1")
        deleted = {"id": "gone", "token": "tok_gone", "deleted_at": NOW}
        pages.put_method(type(visa)(**{name: getattr(visa, name) for name in visa.__dataclass_fields__} | deleted))
    async with memory_house.caller() as caller:
        answer = await post(caller, "/v1/accounts/contoso/subscriptions", id="s-9", name="Nine", **body)
        assert (answer.status_code, problem(answer)) == (409, "conflict")
        assert sentence in answer.json()["detail"]
        assert (await caller.get("/v1/subscriptions/s-9")).status_code == 404
        if set(body) == {"method"}:
            bound = await caller.put("/v1/subscriptions/s-1/method", json=body)
            assert (bound.status_code, problem(bound)) == (409, "conflict")
            assert (await caller.get("/v1/subscriptions/s-1")).json()["method"] == "visa-1"


async def test_the_amount_of_an_invoice_is_never_changed(memory_house: InMemory) -> None:
    """Law 6: it is credited, or another one is issued."""
    payer = {"kind": "subscription", "id": "s-1"}
    async with memory_house.caller() as caller:
        again = await post(
            caller,
            "/v1/accounts/contoso/invoices",
            id="2026-1001",
            payer=payer,
            amount=1,
            currency="NOK",
            billing_date="2026-11-24",
        )
        assert (again.status_code, problem(again)) == (409, "conflict")
        assert "credit it" in again.json()["detail"]
        assert (await caller.patch("/v1/invoices/2026-1001", json={"amount": 1})).status_code == 405
        assert (await caller.get("/v1/invoices/2026-1001")).json()["balance"] == 149_500


async def test_nobody_learns_the_amount_of_another_accounts_invoice(memory_house: InMemory) -> None:
    """Told with its amount or another, an invoice of another account's is refused in the same words."""
    asked = {"id": "F-1", "payer": {"kind": "subscription", "id": "s-1"}, "currency": "NOK", "billing_date": "2026-11-22"}
    async with memory_house.caller() as caller:
        answers = [await post(caller, "/v1/accounts/contoso/invoices", **asked, amount=amount) for amount in (9900, 9901)]
    assert [one.status_code for one in answers] == [409, 409]
    assert answers[0].json() == answers[1].json()


async def test_an_invoice_is_addressed_to_a_payer_of_its_own_account(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        for kind, payer in (("subscription", "f-1"), ("billing_profile", "bp-1"), ("subscription", "no-such")):
            answer = await post(
                caller,
                "/v1/accounts/contoso/invoices",
                id="X-1",
                payer={"kind": kind, "id": payer},
                amount=1,
                currency="NOK",
                billing_date="2026-11-24",
            )
            assert (answer.status_code, problem(answer)) == (409, "conflict")


async def test_money_received_is_booked_once_and_what_is_too_much_is_not_lost(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        path = "/v1/invoices/2026-1001/payments"
        first, second = [await post(caller, path, amount=150_000, currency="NOK", reference="wire-7") for _ in range(2)]
        assert [one.json()["balance"] for one in (first, second)] == [0, 0]
    with memory_house.book.transaction() as pages:
        assert [one.amount for one in pages.account_credits("contoso")] == [500]


async def test_a_credit_waits_while_an_attempt_is_under_way(memory_house: InMemory) -> None:
    """Law 6: it is booked with the result, and it is told for which."""
    attempt = Attempt(
        invoice_id="2026-1001",
        n=1,
        status=AttemptStatus.OPENED,
        method_id="visa-1",
        network="visa",
        amount=149_500,
        currency="NOK",
        initiator=Initiator.MERCHANT,
        begun_by="paystates",
        reserved_at=NOW,
    )
    with memory_house.book.transaction() as pages:
        pages.add_attempt(attempt)
    async with memory_house.caller() as caller:
        told = (await post(caller, "/v1/invoices/2026-1001/credits", amount=500, currency="NOK", reference="c-1")).json()
        assert (told["waits_for"], told["balance"], told["woken"]) == (1, 149_500, 0)
        void = (await post(caller, "/v1/invoices/2026-1001/void", reference="v-1")).json()
        assert void["waits_for"] == 1
        waiting = (await caller.get("/v1/invoices/2026-1001")).json()["waiting"]
        assert [(one["kind"], one["amount"], one["attempt"]) for one in waiting] == [("credit", 500, 1), ("void", None, 1)]


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("credits", {"amount": 149_501, "currency": "NOK", "reference": "c"}, "does-not-fit"),
        ("credits", {"amount": 1, "currency": "EUR", "reference": "c"}, "conflict"),
        ("payments", {"amount": 1, "currency": "EUR", "reference": "c"}, "conflict"),
    ],
)
async def test_what_does_not_fit_is_refused(memory_house: InMemory, path: str, body: dict[str, Any], kind: str) -> None:
    """More than is owed, or another currency: money is never converted."""
    async with memory_house.caller() as caller:
        answer = await post(caller, f"/v1/invoices/2026-1001/{path}", **body)
    assert (answer.status_code, problem(answer)) == (409, kind)


@pytest.mark.parametrize("amount", [0, -1, 1.5, "100", True, None, 10**11, 1e3])
async def test_an_amount_is_a_positive_integer_of_minor_units(memory_house: InMemory, amount: object) -> None:
    async with memory_house.caller() as caller:
        answer = await post(caller, "/v1/invoices/2026-1001/payments", amount=amount, currency="NOK", reference="w")
    assert (answer.status_code, problem(answer)) == (422, "invalid")
    assert [one["field"] for one in answer.json()["errors"]] == ["amount"]


async def test_a_payment_wakes_the_procedure_that_collects(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        await caller.post("/v1/procedures/charge-retry", json={"invoice": "2026-1001"})
        told = (await post(caller, "/v1/invoices/2026-1001/payments", amount=149_500, currency="NOK", reference="w")).json()
        assert told["woken"] == 1
        assert (await caller.get("/v1/procedures/charge-retry/2026-1001")).json()["verdict"] is not None


async def test_what_is_booked_is_booked_also_when_nobody_can_be_woken(memory_house: InMemory) -> None:
    """Procedures ask the book again at their next date: a server that is away loses nothing."""
    async with memory_house.caller() as caller:
        await caller.post("/v1/procedures/charge-retry", json={"invoice": "2026-1001"})
        memory_house.front.away = True
        told = await post(caller, "/v1/invoices/2026-1001/payments", amount=149_500, currency="NOK", reference="w")
        assert (told.status_code, told.json()["woken"], told.json()["balance"]) == (200, 0, 0)


async def test_a_subscription_is_cancelled_and_what_is_owed_stays_owed(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        changed = await caller.patch("/v1/subscriptions/s-1", json={"status": "cancelled"})
        assert (changed.status_code, changed.json()["status"], changed.json()["method"]) == (200, "cancelled", "visa-1")
        assert (await caller.get("/v1/invoices/2026-1001")).json()["balance"] == 149_500


@pytest.mark.parametrize(("before", "after"), [("active", "past_due"), ("past_due", "active"), ("deleted", "active")])
async def test_whether_it_is_past_due_is_the_retries_to_say_and_deleted_stays_deleted(
    memory_house: InMemory, before: str, after: str
) -> None:
    with memory_house.book.transaction() as pages:
        kept = pages.subscription("s-1")
        status = type(kept.status)(before)
        pages.put_subscription(type(kept)(kept.id, kept.account_id, kept.name, status, kept.method_id))
    async with memory_house.caller() as caller:
        answer = await caller.patch("/v1/subscriptions/s-1", json={"status": after})
        assert (answer.status_code, problem(answer)) == (409, "conflict")
        assert (await caller.get("/v1/subscriptions/s-1")).json()["status"] == before


async def test_a_change_leaves_what_it_does_not_name(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        before = (await caller.get("/v1/accounts/contoso")).json()
        changed = (await caller.patch("/v1/accounts/contoso", json={"contact_email": "b@contoso.example"})).json()
        assert changed == before | {"contact_email": "b@contoso.example"}
        assert (await caller.patch("/v1/accounts/contoso", json={"contact_email": None})).json() == before
        assert (await caller.patch("/v1/accounts/contoso", json={"name": None})).json() == before
        assert (await caller.patch("/v1/accounts/contoso", json={"kind": "MCA"})).status_code == 422


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"person": "per", "role": "operator"}, "operator is not a customer's role"),
        ({"person": "per", "role": "service"}, "service is not a customer's role"),
        ({"person": "ann", "role": "billing_admin"}, "ann is nobody of account contoso"),
        ({"person": "olga", "role": "billing_admin"}, "olga is nobody of account contoso"),
        ({"person": "per", "role": "profile_owner"}, "name one"),
        ({"person": "per", "role": "profile_owner", "profile": "bp-1"}, "held on one billing profile of the account"),
        ({"person": "per", "role": "billing_admin", "profile": "bp-1"}, "leave the billing profile out"),
    ],
)
async def test_a_role_is_given_only_where_it_can_be_held(memory_house: InMemory, body: dict[str, str], sentence: str) -> None:
    """Nobody makes an operator, or somebody of another account an administrator, by a token for this one."""
    async with memory_house.caller() as caller:
        answer = await post(caller, "/v1/accounts/contoso/roles", **body)
    assert (answer.status_code, problem(answer)) == (409, "conflict")
    assert sentence in answer.json()["detail"]
    with memory_house.book.transaction() as pages:
        assert pages.grants_of("per") == []


async def test_a_person_of_another_account_is_not_taken_over(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        for theirs in ("ann", "olga", "paystates"):
            answer = await caller.put(f"/v1/accounts/contoso/people/{theirs}", json={"name": "X", "email": "x@x.example"})
            assert (answer.status_code, problem(answer)) == (409, "conflict")


async def test_a_token_for_some_accounts_opens_no_others(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        answer = await post(caller, "/v1/accounts", id="norse", name="Norse AS", country="NO")
    assert answer.status_code == 404


async def test_methods_are_told_with_what_depends_on_them_and_why_each_may_not_be_chosen(memory_house: InMemory) -> None:
    async with memory_house.caller() as caller:
        methods = {one["id"]: one for one in (await caller.get("/v1/accounts/contoso/methods")).json()}
        assert (methods["visa-1"]["dependents"]["count"], methods["visa-1"]["refusals"]) == (2, [])
        assert [one["code"] for one in methods["pers-3"]["refusals"]] == ["SOURCE_NOT_OWNED"]
        assert not any("tok_" in str(one) for one in methods.values()), "the provider's token is told to nobody"
        found = {one["method"]: one["refusals"] for one in (await caller.get("/v1/methods/visa-1/candidates")).json()}
        assert found["mastercard-2"] == []
        assert [one["code"] for one in found["pers-3"]] == ["TARGET_NOT_OWNED"]


async def test_long_listings_are_told_page_by_page(memory_house: InMemory) -> None:
    payer = {"kind": "subscription", "id": "s-1"}
    async with memory_house.caller() as caller:
        for number in range(3):
            more = {"amount": 100, "currency": "NOK", "billing_date": "2026-11-24"}
            await post(caller, "/v1/accounts/contoso/invoices", id=f"B-{number}", payer=payer, **more)
        first = (await caller.get("/v1/accounts/contoso/invoices", params={"limit": 3})).json()
        second = (await caller.get("/v1/accounts/contoso/invoices", params={"limit": 3, "after": first["next"]})).json()
    assert [one["id"] for page in (first, second) for one in page["rows"]] == ["2026-1001", "B-0", "B-1", "B-2"]
    assert second["next"] is None


def test_the_largest_amount_is_shorter_than_any_card_number() -> None:
    assert not has_card_number(str(10**11 - 1))
