"""What the board lets nobody do: come from elsewhere, reach another's account, bring a script, or fail without a page."""

import re
from dataclasses import replace

import httpx
import pytest
from house_in_memory import InMemory
from visiting import outside, visiting

from paystates.web.access import May
from store.errors import BookError

DEBT = "charge-retry/2026-1001"
THEIRS = "charge-retry/F-1"
SCRIPT = "<script>alert('x')</script>\"'&"
POSTED = ["/board/logout", "/board/accounts/contoso/start", f"/board/act/{DEBT}", f"/board/travel/{DEBT}"]


async def started(house: InMemory, *invoices: str) -> None:
    for invoice in invoices or ("2026-1001",):
        await house.front.start("charge-retry", {"invoice": invoice})


# Forms are taken only from pages of ours.


@pytest.mark.parametrize("path", POSTED)
@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        ({"csrf": ""}, {}),
        ({"csrf": "wrong"}, {}),
        ({"csrf": "ærlig"}, {}),
        ({}, {"Origin": "https://evil.example"}),
        ({}, {"Origin": "null"}),
        ({}, {"Origin": "http://["}),
        ({}, {"Origin": "http://paystates.example.evil.example"}),
        ({}, {"Sec-Fetch-Site": "cross-site"}),
        ({}, {"Sec-Fetch-Site": "same-site"}),
    ],
)
async def test_a_form_that_is_not_from_a_page_of_ours_is_not_taken(memory_house: InMemory, path, fields, headers):
    """Each of the three alone is enough: the word of the session, the origin, and what the browser says of the site."""
    await started(memory_house)
    async with visiting(memory_house) as visitor:
        answer = await visitor.sends(path, headers, procedure="charge-retry", subject="2026-1001", action="hold", **fields)
        assert answer.status_code == 403
        assert "The form was too old: try again." in answer.text
        assert "Sign out kari" in await visitor.sees("/board"), "and nobody was signed out"
    assert memory_house.front.driver.subjects == [DEBT]


async def test_a_form_of_another_session_is_not_taken(memory_house: InMemory):
    async with visiting(memory_house) as one, visiting(memory_house) as other:
        answer = await one.sends("/board/logout", csrf=await other.word())
        assert answer.status_code == 403


async def test_a_visit_that_nobody_can_have_seen_is_overtaken_or_left_out(memory_house: InMemory):
    """However long the number is, a person gets a page."""
    await started(memory_house)
    async with visiting(memory_house) as visitor:
        for seen in ("9" * 5000, "-1", "x"):
            answer = await visitor.sends(f"/board/act/{DEBT}", action="hold", seen=seen)
            assert answer.status_code in {303, 409}, answer.text


async def test_what_is_judged_is_what_is_sent(memory_house: InMemory):
    """A form that names another action among its fields does that neither in secret nor without being sure of it."""
    await started(memory_house)
    async with visiting(memory_house) as visitor:
        await visitor.sends(f"/board/act/{DEBT}", action="nothing", kind="write_off", reason="no")
    with memory_house.book.transaction() as pages:
        assert "write_off" not in {row.event_kind for row in pages.journal(DEBT)}


async def test_a_form_of_ours_is_taken(memory_house: InMemory):
    async with visiting(memory_house) as visitor:
        headers = {"Origin": "http://paystates.example", "Sec-Fetch-Site": "same-origin"}
        answer = await visitor.sends("/board/accounts/contoso/start", headers, procedure="charge-retry", subject="2026-1001")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/board/procedures/{DEBT}")


async def test_nobody_is_signed_in_from_another_site(memory_house: InMemory):
    async with outside(memory_house) as visitor:
        data = {"token": memory_house.token()}
        answer = await visitor.client.post("/board/login", data=data, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


# What belongs to others is not there.


@pytest.mark.parametrize(
    "path",
    [
        "/board/accounts/fjord",
        "/board/accounts/nobody",
        "/board?account=fjord",
        f"/board/procedures/{THEIRS}",
        "/board/procedures/charge-retry/none",
        "/board/procedures/nonsense",
        f"/board/items/{THEIRS}",
        f"/board/live/{THEIRS}",
        "/board/live?account=fjord",
        "/board?named=nonsense",
        "/board?procedure=nonsense",
        "/board/static/none.css",
        "/board/static/..%2fapp.py",
    ],
)
async def test_what_the_token_does_not_reach_is_not_found(memory_house: InMemory, path):
    """Whether it is another's or is not there at all, the answer is the same."""
    await started(memory_house, "F-1")
    async with visiting(memory_house) as visitor:
        page = await visitor.sees(path, 404)
    assert "Fjord" not in page


async def test_nothing_of_another_account_is_listed_started_or_ordered(memory_house: InMemory):
    await started(memory_house, "2026-1001", "F-1")
    async with visiting(memory_house) as visitor:
        lanes = await visitor.sees("/board")
        assert DEBT in lanes
        assert THEIRS not in lanes
        assert "Fjord" not in await visitor.sees("/board/accounts")
        for path, fields in (
            ("/board/accounts/fjord/start", {"procedure": "charge-retry", "subject": "F-1"}),
            ("/board/accounts/contoso/start", {"procedure": "charge-retry", "subject": "F-1"}),
            ("/board/accounts/contoso/start", {"procedure": "add-method", "subject": "fjord/x"}),
            ("/board/accounts/contoso/start", {"procedure": "nonsense", "subject": "2026-1001"}),
            (f"/board/act/{THEIRS}", {"action": "retry_now"}),
            (f"/board/travel/{THEIRS}", {"span": "1d"}),
        ):
            assert (await visitor.sends(path, **fields)).status_code == 404
    assert memory_house.front.driver.subjects == [DEBT, THEIRS]


async def test_a_token_that_may_only_look_sees_no_button_that_acts(memory_house: InMemory):
    await started(memory_house)
    async with visiting(memory_house, may=(May.READ,)) as visitor:
        account = await visitor.sees("/board/accounts/contoso")
        assert all("disabled" in button for button in re.findall(r'<button class="small"[^>]*>', account))
        assert "Your token may look, and not act." in account
        assert 'name="action"' not in await visitor.sees(f"/board/procedures/{DEBT}")
        answer = await visitor.sends(f"/board/act/{DEBT}", action="retry_now")
        assert answer.status_code == 403
        assert "may not act" in answer.text


async def test_on_a_server_that_does_not_travel_the_way_is_not_there(memory_house: InMemory):
    await started(memory_house)
    async with visiting(memory_house) as visitor:
        assert "Travel" not in await visitor.sees(f"/board/procedures/{DEBT}")
        assert (await visitor.sends(f"/board/travel/{DEBT}", span="28d")).status_code == 404


# What stands in every answer, and what never does.


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/board", 200),
        ("/board/accounts", 200),
        ("/board/accounts/contoso", 200),
        (f"/board/procedures/{DEBT}", 200),
        (f"/board/items/{DEBT}", 200),
        ("/board/login", 200),
        ("/board/accounts/fjord", 404),
        ("/board/static/board.css", 200),
    ],
)
async def test_every_answer_lets_in_nothing_from_elsewhere(memory_house: InMemory, path, status):
    await started(memory_house)
    async with visiting(memory_house) as visitor:
        answer = await visitor.client.get(path)
    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    if path != "/board/static/board.css":
        assert answer.headers["cache-control"] == "no-store"
        assert_no_code(answer.text)
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', answer.text)


def assert_no_code(page: str) -> None:
    """No script of its own stands in it, no handler and no style."""
    assert re.findall(r"<script[^>]*>", page) == re.findall(r'<script src="/board/static/board\.js\?\w+" defer>', page)
    assert not re.search(r"<[^>]*\s(?:on\w+|style)=", page)


async def test_a_script_in_anything_that_comes_from_outside_is_text(memory_house: InMemory):
    """In the account's name, a card holder's, a subscription's, a billing profile's, a person's, and in a reason."""
    with memory_house.book.transaction() as pages:
        account, kari, card, sub, profile = (
            pages.account("contoso"),
            pages.person("kari"),
            pages.method("visa-1"),
            pages.subscription("s-1"),
            pages.profile("bp-1"),
        )
        assert account and kari and card and sub and profile  # noqa: PT018 - all of them are in the book above
        pages.put_account(replace(account, name=SCRIPT))
        pages.put_person(replace(kari, name=SCRIPT))
        pages.put_method(replace(card, holder=SCRIPT))
        pages.put_subscription(replace(sub, name=SCRIPT))
        pages.put_profile(replace(profile, account_id="contoso", name=SCRIPT))
    await started(memory_house)
    await memory_house.front.start("replace-all", {"method": "visa-1", "actor": "kari"})
    token = {"person": "olga", "accounts": (), "all_accounts": True}
    async with visiting(memory_house, **token) as operator:
        answer = await operator.sends(f"/board/act/{DEBT}", action="write_off", sure="true", reason=SCRIPT)
        assert answer.status_code == 303, answer.text
        shown = [await operator.sees(f"/board/procedures/{DEBT}")]
    async with visiting(memory_house, name=SCRIPT) as visitor:
        paths = ("/board", "/board/accounts", "/board/accounts/contoso", "/board/procedures/replace-all/visa-1")
        shown += [await visitor.sees(path) for path in paths]
        refused = await visitor.sends(f"/board/act/{DEBT}", action=SCRIPT)
        shown.append(refused.text)
    for page in shown:
        assert_no_code(page)
        assert "alert(" not in page.replace("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;", "")
    for page in shown[:5]:
        assert "&lt;script&gt;alert(" in page


# It fails with a page.


async def test_a_book_that_cannot_be_read_is_told_on_a_page(
    memory_house: InMemory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """The log says where, and not in its words, which may repeat what was sent.

    Also when the error comes from a thread, as every error of the book does; `StopIteration` is the one that could hang.
    """
    for error in (BookError("the disk at /srv/secret is gone"), RuntimeError("secret"), StopIteration("secret")):
        async with visiting(memory_house) as visitor:
            with monkeypatch.context() as broken:
                broken.setattr(memory_house.front, "reachable", raising(error))
                answer = await visitor.client.get("/board")
            assert answer.status_code >= 500
            assert "That did not work" in answer.text
            assert "secret" not in answer.text
            assert_no_code(answer.text)
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


def raising(error: Exception):
    def broken() -> None:
        raise error

    return broken


async def test_a_server_that_is_away_is_told_on_a_page_with_when_to_come_again(memory_house: InMemory):
    async with visiting(memory_house) as visitor:
        memory_house.front.away = True
        answer: httpx.Response = await visitor.client.get("/board")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "no Temporal server answers" not in answer.text, "where it is sought is nobody's business"
