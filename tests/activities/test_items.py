"""What became of every item, in full: from the rows of what was moved, and from the journal of the pages for what stayed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from method_office import NOW, SUBJECT, Office

from domain.accounts import PayerKind, Rebinding
from paystates.front.items import BoundItem, ItemsPage, every_item, items
from paystates.orders import BadOrder, NotFound

HOUR = timedelta(hours=1)
SUBSCRIPTION, PROFILE = PayerKind.SUBSCRIPTION, PayerKind.PROFILE


def in_brief(page: ItemsPage) -> list[tuple[str, str | None, str | None, str | None]]:
    """Each item with from where it went, to where, and the code of why it stayed."""
    return [(one.id, one.from_method, one.to_method, one.stayed and one.stayed.code) for one in page.items]


def elsewhere(office: Office, name: str) -> None:
    """Somebody binds a subscription to another method."""
    office.write(lambda pages: pages.put_subscription(replace(pages.subscription(name), method_id="bos")))


@pytest.fixture
def moved(office: Office) -> Office:
    """`bp` and `s-2` were moved; `s-1` was put back by somebody and stays; of `s-3` and `s-4` nobody could bind the one."""
    office.subscribe("s-1", "s-2")
    office.profile("bp")
    assert office.move().moved == 3
    office.now += HOUR
    office.write(lambda pages: pages.put_subscription(replace(pages.subscription("s-1"), method_id="old")))
    office.subscribe("s-3")
    office.write(lambda pages: pages.put_subscription(replace(pages.subscription("s-3"), account_id="elv")))
    assert [one.code for one in office.move(after="billing_profile/bp").conflicts] == ["MOVED_BEFORE", "OTHER_ACCOUNT"]
    return office


@pytest.fixture(autouse=True)
def another_account(office: Office) -> None:
    office.write(lambda pages: pages.put_account(replace(pages.account("fjord"), id="elv")))


def test_everything_is_told_moved_first_and_then_what_stayed_with_its_reason(moved: Office) -> None:
    """G33, and what an outcome shows only in part."""
    page = items(moved.book, SUBJECT)
    assert in_brief(page) == [
        ("bp", "old", "new", None),
        ("s-1", "old", "new", "MOVED_BEFORE"),
        ("s-2", "old", "new", None),
        ("s-3", None, None, "OTHER_ACCOUNT"),
    ]
    assert [(one.kind, one.name, one.moved) for one in page.items] == [
        (PROFILE, "Bp", NOW),
        (SUBSCRIPTION, "S-1", NOW),
        (SUBSCRIPTION, "S-2", NOW),
        (SUBSCRIPTION, "S-3", None),
    ]
    assert page.items[3].stayed.at == NOW + HOUR
    assert page.items[3].stayed.sentence == "S-3 belongs to another account."
    assert page.after is None


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_pages_of_any_size_tell_the_same(moved: Office, limit: int) -> None:
    """Each begins where the one before ended."""
    page = items(moved.book, SUBJECT, limit=limit)
    told = list(page.items)
    while page.after is not None:
        page = items(moved.book, SUBJECT, after=page.after, limit=limit)
        assert 0 < len(page.items) <= limit
        told += page.items
    assert tuple(told) == items(moved.book, SUBJECT).items
    assert list(every_item(moved.book, SUBJECT)) == told


def test_a_reason_to_stay_that_was_overcome_is_forgotten(moved: Office) -> None:
    moved.now += HOUR
    moved.write(lambda pages: pages.put_subscription(replace(pages.subscription("s-3"), account_id="fjord")))
    assert moved.move(after="subscription/s-2").moved == 1
    assert in_brief(items(moved.book, SUBJECT))[-1] == ("s-3", "old", "new", None)


def test_another_run_has_its_own_items_and_the_last_one_is_told(moved: Office) -> None:
    moved.subscribe("s-9")
    moved.move(run="2", after="subscription/s-4")
    assert in_brief(items(moved.book, SUBJECT)) == [("s-9", "old", "new", None)]
    assert len(items(moved.book, SUBJECT, run="1").items) == 4


def test_a_procedure_that_bound_nothing_has_no_items(office: Office) -> None:
    office.review()
    assert items(office.book, SUBJECT) == ItemsPage(SUBJECT, "1", ())


def test_what_the_book_does_not_know_is_named(moved: Office) -> None:
    with pytest.raises(NotFound, match="the account book knows nothing of replace-all/none: see `paystates list --all`"):
        items(moved.book, "replace-all/none")
    with pytest.raises(NotFound, match="nothing of run 7 of replace-all/old"):
        items(moved.book, SUBJECT, run="7")


@pytest.mark.parametrize("after", ["x", "moved/", "moved/person/ann", "went/subscription/s-1", "moved/subscription/"])
def test_a_cursor_that_is_none_is_refused(moved: Office, after: str) -> None:
    with pytest.raises(BadOrder, match="is not where a page ended"):
        items(moved.book, SUBJECT, after=after)


def test_ten_thousand_are_told_page_by_page(office: Office) -> None:
    """Each once, however many there are."""
    names = [f"s-{number:05}" for number in range(10_000)]
    office.subscribe(*names)
    rows = [Rebinding(SUBJECT, "1", SUBSCRIPTION, name, "fjord", "old", "new", NOW) for name in names]
    office.write(lambda pages: pages.rebind(rows))
    office.review()
    told: list[BoundItem] = list(every_item(office.book, SUBJECT))
    assert [one.id for one in told] == names
