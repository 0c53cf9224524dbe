"""Web hooks are managed over HTTP by whoever may, and their secrets are told once."""

from dataclasses import replace

import pytest
from house_in_memory import in_memory, problem
from pydantic import SecretStr
from receiver import Receiver

from domain.access import May
from domain.webhooks import secret_of
from paystates.settings import Settings
from paystates.web.house import furnish

KEY = "k" * 32
HOOKS = "/v1/webhooks"
WANTED = {"url": "https://hooks.contoso.example/paystates", "account": "contoso"}


@pytest.fixture
def house():
    return with_settings(webhook_key=SecretStr(KEY), webhook_networks="127.0.0.0/8")


def with_settings(**given):
    made = in_memory()
    old = made.app.state.house
    furnish(made.app, replace(old, settings=Settings(**given)))
    return made


async def test_a_web_hook_is_made_and_its_secret_is_told_this_once(house):
    async with house.caller() as caller:
        made = await caller.post(HOOKS, json=WANTED)
        told = made.json()
        listed = (await caller.get(HOOKS)).json()
        looked = (await caller.get(f"{HOOKS}/{told['id']}")).json()
    assert made.status_code == 201
    assert told["secret"] == secret_of(KEY, told["id"], 1)
    assert listed == [looked] == [{name: value for name, value in told.items() if name != "secret"}]
    assert (looked["status"], looked["events"]) == ("active", ["procedure.ended", "procedure.refused"])
    with house.book.transaction() as pages:
        assert told["secret"] not in repr(pages.webhooks())
        assert pages.webhooks()[0].cursor == pages.journal_end()


async def test_a_new_secret_signs_beside_the_one_before_it(house):
    async with house.caller() as caller:
        hook = (await caller.post(HOOKS, json=WANTED)).json()["id"]
        rotated = (await caller.post(f"{HOOKS}/{hook}/rotate", json={"overlap_hours": 2})).json()
    with house.book.transaction() as pages:
        secrets = pages.webhook(hook).secrets(KEY, house.clock.now())
    assert secrets == [rotated["secret"], secret_of(KEY, hook, 1)]


async def test_it_is_paused_resumed_and_removed(house):
    async with house.caller() as caller:
        hook = (await caller.post(HOOKS, json=WANTED)).json()["id"]
        assert (await caller.post(f"{HOOKS}/{hook}/pause")).json()["status"] == "paused"
        assert (await caller.post(f"{HOOKS}/{hook}/resume")).json()["status"] == "active"
        assert (await caller.delete(f"{HOOKS}/{hook}")).status_code == 204
        assert (await caller.get(f"{HOOKS}/{hook}")).status_code == 404


async def test_it_is_tried_and_told_whether_the_message_was_taken(house):
    receiver = Receiver()
    with receiver.open() as url:
        async with house.caller() as caller:
            made = (await caller.post(HOOKS, json={**WANTED, "url": url})).json()
            receiver.secrets.append(made["secret"])
            assert (await caller.post(f"{HOOKS}/{made['id']}/test")).json() == {"delivered": True, "error": None}
            receiver.secrets[0] = "another"
            failed = (await caller.post(f"{HOOKS}/{made['id']}/test")).json()
    assert failed == {"delivered": False, "error": "it answered 400, and only 2xx is taken for received"}
    assert receiver.taken[0]["type"] == "webhook.test"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"url": "http://hooks.contoso.example/"}, "url"),
        ({"url": "https://169.254.169.254/latest/meta-data"}, "url"),
        ({"url": "https://[::ffff:a9fe:a9fe]/"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["everything"]}, "events.0"),
        ({"secret": "mine"}, "secret"),
    ],
)
async def test_what_cannot_be_made_names_the_field(house, given, field):
    async with house.caller() as caller:
        response = await caller.post(HOOKS, json=WANTED | given)
    assert (response.status_code, problem(response)) == (422, "invalid")
    assert response.json()["errors"][0]["field"] == field


async def test_an_answer_with_a_secret_is_not_kept_under_a_key(house):
    async with house.caller() as caller:
        response = await caller.post(HOOKS, json=WANTED, headers={"Idempotency-Key": "k"})
    assert (response.status_code, problem(response)) == (422, "invalid")
    with house.book.transaction() as pages:
        assert pages.webhooks() == []


async def test_without_a_key_of_the_settings_none_is_made():
    async with with_settings().caller() as caller:
        response = await caller.post(HOOKS, json=WANTED)
    assert (response.status_code, problem(response)) == (503, "not-set-up")
    assert "PAYSTATES_WEBHOOK_KEY" in response.json()["detail"]


async def test_another_accounts_web_hooks_are_not_there(house):
    """Whoever may write one account's book neither sees nor changes another's, nor one for all."""
    everywhere = house.token(accounts=(), all_accounts=True, may=tuple(May))
    async with house.caller(everywhere) as admin, house.caller() as caller:
        theirs = [(await admin.post(HOOKS, json=WANTED | {"account": account})).json()["id"] for account in ("fjord", None)]
        assert (await caller.get(HOOKS)).json() == []
        for hook in theirs:
            answers = [await caller.get(f"{HOOKS}/{hook}"), await caller.delete(f"{HOOKS}/{hook}")]
            answers += [await caller.post(f"{HOOKS}/{hook}/{deed}", json={}) for deed in ("rotate", "pause", "resume", "test")]
            assert {one.status_code for one in answers} == {404}
        assert (await caller.post(HOOKS, json=WANTED | {"account": "fjord"})).status_code == 404
        assert (await caller.post(HOOKS, json=WANTED | {"account": None})).status_code == 403
        assert (await admin.post(HOOKS, json=WANTED | {"account": "nobody"})).status_code == 404
        assert len((await admin.get(HOOKS)).json()) == 2


async def test_a_token_that_only_reads_makes_none(house):
    async with house.caller(house.token(may=(May.READ,))) as caller:
        assert (await caller.post(HOOKS, json=WANTED)).status_code == 403


def test_what_we_post_stands_in_the_description(house):
    assert "event" in house.app.openapi()["webhooks"]
