"""Into the board and out of it: who gets in, for how long, where they come to, and how often they may guess."""

from datetime import timedelta

import pytest
from house_in_memory import NOW, InMemory
from visiting import outside, visiting

from paystates.web.board.session import LASTS
from paystates.web.guesses import MOST, WITHIN, Guesses
from paystates.web.secrets import new_secret

PAGES = ["/board", "/board/accounts", "/board/accounts/contoso", "/board/procedures/charge-retry/2026-1001"]
DEAD = {"expires_at": NOW - timedelta(seconds=1)}, {"revoked_at": NOW - timedelta(days=1)}


@pytest.mark.parametrize("page", [*PAGES, "/board?named=due-today"])
async def test_whoever_is_not_signed_in_is_shown_the_way_in_and_comes_back_to_the_page(memory_house: InMemory, page):
    async with outside(memory_house) as visitor:
        answer = await visitor.client.get(page)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/board/login?back=")
        form = await visitor.client.get(answer.headers["location"])
        assert f'name="back" value="{page}"' in form.text
        assert (await visitor.signs_in(memory_house.token(), back=page)).headers["location"] == page


async def test_the_cookie_is_read_by_no_script_and_sent_to_no_other_site(memory_house: InMemory):
    async with outside(memory_house) as visitor:
        kept = (await visitor.signs_in(memory_house.token())).headers["set-cookie"]
    assert kept.startswith("paystates=")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in kept.split(";")}
    async with outside(memory_house, base="https://paystates.example") as visitor:
        kept = (await visitor.signs_in(memory_house.token())).headers["set-cookie"]
    assert kept.startswith("__Host-paystates=")
    assert "; Secure" in kept


@pytest.mark.parametrize("token", [None, *DEAD])
async def test_a_token_that_is_unknown_expired_or_revoked_lets_nobody_in(memory_house: InMemory, token):
    """The answer is the same for all of them: it tells nobody that a token was right once."""
    secret = new_secret() if token is None else memory_house.token(**token)
    async with outside(memory_house) as visitor:
        answer = await visitor.signs_in(secret)
        assert answer.status_code == 401
        assert "The token is not known, has expired or was revoked." in answer.text
        assert "set-cookie" not in answer.headers
        assert secret not in answer.text


@pytest.mark.parametrize(
    ("token", "actor", "said"),
    [
        ({"person": None}, "", "Say which person you act for."),
        ({"person": None}, "ann", "This token does not act for that person."),
        ({"person": None}, "nobody", "This token does not act for that person."),
        ({"person": "kari"}, "per", "This token does not act for that person."),
        ({"person": None, "all_accounts": True}, "paystates", "This token does not act for that person."),
    ],
)
async def test_a_token_acts_only_for_people_of_its_accounts(memory_house: InMemory, token, actor, said):
    async with outside(memory_house) as visitor:
        answer = await visitor.signs_in(memory_house.token(**token), actor)
    assert answer.status_code == 403
    assert said in answer.text


async def test_a_token_that_is_revoked_signs_everybody_out_who_came_with_it(memory_house: InMemory):
    async with visiting(memory_house) as visitor:
        assert "Sign out kari" in await visitor.sees("/board")
        with memory_house.book.transaction() as pages:
            token = pages.tokens()[-1]
            pages.put_token(type(token)(**{name: getattr(token, name) for name in token.__slots__} | {"revoked_at": NOW}))
        assert (await visitor.client.get("/board")).status_code == 303


async def test_a_session_ends_after_half_a_day(memory_house: InMemory):
    async with visiting(memory_house) as visitor:
        memory_house.clock.instant = NOW + LASTS - timedelta(seconds=1)
        await visitor.sees("/board/accounts")
        memory_house.clock.instant = NOW + LASTS
        assert (await visitor.client.get("/board/accounts")).status_code == 303


async def test_whoever_signs_out_leaves_a_cookie_that_is_worth_nothing(memory_house: InMemory):
    async with visiting(memory_house) as visitor:
        kept = dict(visitor.client.cookies)
        answer = await visitor.sends("/board/logout")
        assert (answer.status_code, answer.headers["location"]) == (303, "/board/login")
        assert "paystates" not in visitor.client.cookies
        visitor.client.cookies.update(kept)
        assert (await visitor.client.get("/board")).status_code == 303


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/board",
        "//evil.example/board",
        "/\\evil.example",
        "/board\\..\\..//evil.example",
        "/boards\\@evil.example",
        "javascript:alert(1)",
        "/v1/accounts",
        "/board\r\nSet-Cookie: a=b",
        "http:/board",
        "//[",
        "http://[",
    ],
)
async def test_nobody_is_sent_elsewhere(memory_house: InMemory, back):
    async with outside(memory_house) as visitor:
        assert (await visitor.signs_in(memory_house.token(), back=back)).headers["location"] == "/board"
        chosen = await visitor.client.get("/board/language/nb", params={"back": back})
        assert chosen.headers["location"] == "/board"
        assert "evil" not in (await visitor.client.get("/board/login", params={"back": back})).text.partition("<main")[2]


async def test_a_language_is_remembered_and_only_ours_are_known(memory_house: InMemory):
    async with visiting(memory_house) as visitor:
        answer = await visitor.client.get("/board/language/nb", params={"back": "/board/accounts"})
        assert answer.headers["location"] == "/board/accounts"
        page = await visitor.sees("/board/accounts")
        assert '<html lang="nb">' in page
        assert "Kontoer" in page
        await visitor.sees("/board/language/xx", 404)


async def test_tokens_are_not_guessed_in_bulk(memory_house: InMemory):
    """After some failures an address must wait a minute, whatever it brings; others need not."""
    async with outside(memory_house) as visitor:
        for _ in range(MOST):
            assert (await visitor.signs_in(new_secret())).status_code == 401
        answer = await visitor.signs_in(memory_house.token())
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
        assert "Too many requests to sign in: wait a minute." in answer.text
        async with outside(memory_house, "nb", address="192.0.2.8") as other:
            assert (await other.signs_in(memory_house.token())).status_code == 303
        memory_house.clock.instant = NOW + WITHIN
        assert (await visitor.signs_in(memory_house.token())).status_code == 303


async def test_who_signs_in_rightly_is_not_counted(memory_house: InMemory):
    async with outside(memory_house) as visitor:
        for _ in range(MOST + 1):
            assert (await visitor.signs_in(memory_house.token())).status_code == 303


def test_an_address_of_version_6_stands_for_its_network():
    guesses = Guesses()
    for number in range(MOST):
        guesses.failed(f"2001:db8::{number + 1:x}", NOW)
    assert guesses.are_enough("2001:db8::ffff:1", NOW)
    assert not guesses.are_enough("2001:db8:0:1::1", NOW)
    assert not guesses.are_enough("testclient", NOW)


def test_no_more_addresses_are_remembered_than_fit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("paystates.web.guesses._ADDRESSES", 3)
    guesses = Guesses()
    for number in range(9):
        guesses.failed(f"192.0.2.{number}", NOW)
    assert len(guesses._failed) == 3
