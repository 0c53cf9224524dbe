"""The board's pages, without JavaScript: what stands on them, what may be done and why not, and what a form does."""

import re
from dataclasses import replace
from datetime import date

import pytest
from house_in_memory import InMemory
from visiting import visiting

from domain.accounts import Standing
from store.port import Pages

DEBT = "charge-retry/2026-1001"
OLGA = {"person": "olga", "accounts": (), "all_accounts": True}
NEW_CARD = {"new.token": "tok_1", "new.kind": "card", "new.network": "visa", "new.last4": "0001", "new.country": "NO"}
NEW_CARD["new.expires"] = "2040-04-30"


async def collect(house: InMemory) -> None:
    await house.front.start("charge-retry", {"invoice": "2026-1001"})


def button(page: str, label: str) -> str:
    """The start of the button with that label."""
    found = re.findall(rf"(<button[^>]*>)\s*{re.escape(label)}\s*</button>", page)
    assert found, f"there is no button {label!r}"
    return str(found[0])


def described(page: str, tag: str) -> str:
    """What describes an element."""
    name = re.search(r'aria-describedby="([^"]+)"', tag)
    assert name, tag
    return page.partition(f'id="{name[1]}"')[2].partition("</ul>")[0]


def stands(page: str) -> str:
    """The title of the state it is in, as the page has it on top."""
    found = re.search(r"<dd><strong>(.*?)</strong>", page)
    assert found
    return found[1]


async def test_lanes_show_what_is_under_way_by_state(memory_house: InMemory):
    async with visiting(memory_house) as visitor:
        assert "Nothing is here." in await visitor.sees("/board")
        await collect(memory_house)
        page = await visitor.sees("/board")
        assert "1 procedure" in page
        assert re.search(r'<h2 id="lane-1">Waits for the next attempt <span class="number">1</span>', page)
        assert f'href="/board/procedures/{DEBT}"' in page
    async with visiting(memory_house, "nb") as visitor:
        assert "Venter på neste forsøk" in await visitor.sees("/board")


async def test_an_account_shows_what_is_owed_its_methods_its_subscriptions_and_what_is_under_way(memory_house: InMemory):
    await collect(memory_house)
    async with visiting(memory_house) as visitor:
        page = await visitor.sees("/board/accounts/contoso")
    assert re.search(r'id="owed">What is owed <span class="number">1495.00 NOK</span>', page)
    assert "Visa ending 4242" in page
    assert "2 items pay with it" in page
    assert "Business Basic" in page
    assert f'href="/board/procedures/{DEBT}" aria-label="Collect: under way (2026-1001)">Collect: under way<' in page
    assert "imported: 1 account" in page


async def test_a_card_that_has_expired_is_not_called_good(memory_house: InMemory):
    """It is on file until somebody deletes it, and nothing may be moved to it."""
    with memory_house.book.transaction() as pages:
        card = pages.method("visa-1")
        assert card is not None
        pages.put_method(replace(card, id="old-1", token="tok-old", expires=date(2020, 2, 29)))
        pages.put_method(replace(card, id="old-2", token="tok-older", expires=date(2020, 1, 31), standing=Standing.GONE))
    async with visiting(memory_house) as visitor:
        page = await visitor.sees("/board/accounts/contoso")
        assert "<p>expired February 2020 · nothing pays with it</p>" in page.partition("old-1")[2]
        assert "<p>expired January 2020 · gone · nothing pays with it</p>" in page.partition("old-2")[2]
        assert " · good · 2 items pay with it</p>" in page.partition("visa-1")[2]
    async with visiting(memory_house, "nb") as visitor:
        assert "<p>utløpt februar 2020 · " in await visitor.sees("/board/accounts/contoso")


async def test_what_may_not_be_done_with_a_method_says_why(memory_house: InMemory):
    """A card is managed by whoever added it (G3)."""
    async with visiting(memory_house) as visitor:
        page = await visitor.sees("/board/accounts/contoso")
        others = page.partition("pers-3")[2]
        tag = button(others, "Replace")
        assert "disabled" in tag
        assert "was added by another administrator" in described(page, tag)
        assert "disabled" not in button(page.partition("visa-1")[2], "Replace")


async def test_an_action_that_may_not_be_done_says_why(memory_house: InMemory):
    await collect(memory_house)
    async with visiting(memory_house) as visitor:
        page = await visitor.sees(f"/board/procedures/{DEBT}")
        tag = button(page, "write off")
        assert "disabled" in tag
        assert "may be done only by: operator" in described(page, tag)
        answer = await visitor.sends(f"/board/act/{DEBT}", action="hold")
        assert answer.status_code == 409
        assert "This was refused, and nothing has changed." in answer.text
        assert "may be done only by: operator" in answer.text
    async with visiting(memory_house, "nb") as visitor:
        answer = await visitor.sends(f"/board/act/{DEBT}", action="hold")
        assert "Dette ble avvist, og ingenting er endret." in answer.text
        assert "operatør" in answer.text


async def test_an_operator_holds_and_resumes_and_is_shown_where_it_led(memory_house: InMemory):
    await collect(memory_house)
    async with visiting(memory_house, **OLGA) as visitor:
        page = await visitor.sees(f"/board/procedures/{DEBT}")
        seen = re.search(r'name="action" value="hold"><input type="hidden" name="seen" value="(\d+)"', page)
        assert seen
        answer = await visitor.sends(f"/board/act/{DEBT}", action="hold", seen=seen[1])
        assert (answer.status_code, answer.headers["location"]) == (303, f"/board/procedures/{DEBT}?taken=1")
        page = await visitor.sees(answer.headers["location"])
        assert "Taken." in page
        assert stands(page) == "Held by an operator"
        assert (await visitor.sends(f"/board/act/{DEBT}", action="resume")).status_code == 303


async def test_what_cannot_be_undone_is_done_only_by_whoever_says_that_they_know(memory_house: InMemory):
    await collect(memory_house)
    async with visiting(memory_house, **OLGA) as visitor:
        page = await visitor.sees(f"/board/procedures/{DEBT}")
        assert re.search(r'id="write_off-sure" name="sure" value="true" required', page)
        assert 'id="hold-sure"' not in page
        answer = await visitor.sends(f"/board/act/{DEBT}", action="write_off", reason="bankrupt")
        assert answer.status_code == 422
        assert "cannot be undone" in answer.text
        assert memory_house.front._walk(DEBT).state == "waiting"
        assert (await visitor.sends(f"/board/act/{DEBT}", action="write_off", reason="bankrupt", sure="true")).status_code == 303
        page = await visitor.sees(f"/board/procedures/{DEBT}")
    assert stands(page) == "Written off"
    assert "bankrupt" in page
    assert "What may be done" not in page
    assert "data-live" not in page, "nothing more will happen, so nothing is followed"


async def test_a_method_is_replaced_step_by_step(memory_house: InMemory):
    async with visiting(memory_house) as visitor:
        answer = await visitor.sends("/board/accounts/contoso/start", procedure="replace-all", subject="visa-1")
        subject = "replace-all/visa-1"
        assert answer.headers["location"] == f"/board/procedures/{subject}"
        page = await visitor.sees(f"/board/procedures/{subject}")
        assert "subscription s-1 (Business Standard)" in page
        assert "disabled" not in button(page, "Choose Mastercard ending 4444")
        tag = button(page, "Choose Visa ending 1881")
        assert "disabled" in tag
        assert "was added by another administrator" in described(page, tag)
        assert (await visitor.sends(f"/board/act/{subject}", action="choose", method="mastercard-2")).status_code == 303
        assert (await visitor.sends(f"/board/act/{subject}", action="confirm", sure="true")).status_code == 303
        page = await visitor.sees(f"/board/procedures/{subject}")
        assert stands(page) == "Done: everything was moved"
        assert f'href="/board/items/{subject}"' in page
        items = await visitor.sees(f"/board/items/{subject}")
        assert re.findall(r'<th scope="row">subscription (s-\d)', items) == ["s-1", "s-2"]
        assert "mastercard-2" in items
        answer = await visitor.client.get(f"/board/items/{subject}?after=nonsense")
        assert answer.status_code == 422


async def test_a_payment_method_is_added_once_however_often_the_form_is_sent(memory_house: InMemory):
    async with visiting(memory_house) as visitor:
        page = await visitor.sees("/board/accounts/contoso")
        subject = re.search(r'name="subject" value="(contoso/[^"]+)"', page)
        assert subject
        for _ in range(2):
            answer = await visitor.sends("/board/accounts/contoso/start", procedure="add-method", subject=subject[1], **NEW_CARD)
            assert answer.headers["location"] == f"/board/procedures/add-method/{subject[1]}"
        assert stands(await visitor.sees(answer.headers["location"])).startswith("Added: it is on file")
        again = await visitor.sees("/board/accounts/contoso")
        assert again.count("<h3>Visa ending 0001") == 1
        assert f'name="subject" value="{subject[1]}"' not in again, "the next form is another wish"


async def test_a_form_that_cannot_be_read_says_which_field_and_changes_nothing(memory_house: InMemory):
    async with visiting(memory_house) as visitor:
        answer = await visitor.sends(
            "/board/accounts/contoso/start", procedure="add-method", subject="contoso/x", **NEW_CARD | {"new.last4": "12"}
        )
        assert answer.status_code == 422
        assert "This cannot be used, and nothing has changed." in answer.text
        assert "new.last4" in answer.text
        assert "Payment methods" in answer.text, "it is told on the account's own page"
    assert memory_house.front.driver.subjects == []


async def test_what_is_due_is_collected_and_one_subscription_changed(memory_house: InMemory):
    async with visiting(memory_house) as visitor:
        page = await visitor.sees("/board/accounts/contoso")
        assert button(page, "Collect")
        answer = await visitor.sends("/board/accounts/contoso/start", procedure="charge-retry", subject="2026-1001")
        assert answer.headers["location"] == f"/board/procedures/{DEBT}"
        answer = await visitor.sends("/board/accounts/contoso/start", procedure="change-single-subscription", subject="s-1")
        page = await visitor.sees(answer.headers["location"])
        assert stands(page) == "Waits for another payment method to be chosen"


async def test_a_form_sets_nothing_that_a_starter_may_not_set(memory_house: InMemory):
    """Who acts is who is signed in, whatever the form says."""
    async with visiting(memory_house) as visitor:
        fields = {"actor": "olga", "picture": "x", "chosen": "mastercard-2"}
        await visitor.sends("/board/accounts/contoso/start", procedure="replace-all", subject="visa-1", **fields)
    memory = memory_house.front._walk("replace-all/visa-1").snapshot.memory
    assert (memory.actor, memory.chosen) == ("kari", "mastercard-2")


async def test_a_profiles_subscriptions_say_that_the_profile_pays(memory_house: InMemory):
    token = {"accounts": ("fjord",), "person": "ann"}
    async with visiting(memory_house, **token) as visitor:
        page = await visitor.sees("/board/accounts/fjord")
    assert "billing profile Main" in page
    assert "by replacing the profile’s method" in page


async def test_the_picture_shows_where_it_stands_and_the_table_says_it_in_words(memory_house: InMemory):
    await collect(memory_house)
    async with visiting(memory_house, "nb") as visitor:
        page = await visitor.sees(f"/board/procedures/{DEBT}")
    assert re.search(r'<g class="state wait now', page)
    assert re.search(r'<tr class="now" aria-current="step"><th scope="row">venter</th><td>Venter på neste forsøk', page)
    assert "innkrevingen begynner" in page


async def test_each_is_answered_in_their_own_language_whoever_came_before(memory_house: InMemory):
    await collect(memory_house)
    said = {"nb": ("Venter på neste forsøk", "man. 23 nov. 2026"), "en": ("Waits for the next attempt", "Mon 23 Nov 2026")}
    for code in ("en", "nb", "en"):
        async with visiting(memory_house, code) as visitor:
            page = await visitor.sees(f"/board/procedures/{DEBT}")
        table = page.partition('aria-current="step"')[2].partition("</tr>")[0]
        title, day = said[code]
        assert title in table
        assert day in page


_QUESTIONS = (
    "account",
    "method",
    "methods",
    "subscription",
    "subscriptions",
    "profile",
    "profiles",
    "payers_on",
    "count_payers",
    "must_pay",
    "due_on",
    "owed",
    "grants_of",
)


class Counting:
    """Counts the questions that a page asks of the book."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kind: type[Pages]) -> None:
        self.asked = 0
        for name in _QUESTIONS:
            monkeypatch.setattr(kind, name, self._counted(getattr(kind, name)))

    def _counted(self, question):
        def counted(*args, **options):
            self.asked += 1
            return question(*args, **options)

        return counted


async def test_an_account_with_many_methods_and_subscriptions_asks_the_book_no_more_than_one_with_few(
    memory_house: InMemory, monkeypatch: pytest.MonkeyPatch
):
    with memory_house.book.transaction() as pages:
        counting = Counting(monkeypatch, type(pages))
        card, subscription = pages.method("visa-1"), pages.subscription("s-1")
    assert card is not None
    assert subscription is not None
    async with visiting(memory_house) as visitor:
        asked = []
        for many in (0, 30):
            with memory_house.book.transaction() as pages:
                for number in range(many):
                    pages.put_method(replace(card, id=f"card-{number}", token=f"tok-{number}"))
                    pages.put_subscription(replace(subscription, id=f"more-{number}"))
            before = counting.asked
            page = await visitor.sees("/board/accounts/contoso")
            asked.append(counting.asked - before)
    assert page.count('<li class="method">') == 33
    assert asked[0] == asked[1]
