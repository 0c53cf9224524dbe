"""`start`, `view`, `act` and `why` for procedures on payment methods: choices with all reasons, what changed, and Norwegian."""

from collections.abc import Callable

import pytest
from shell import Process, Run

pytestmark = pytest.mark.server

Owing = Callable[..., str]


@pytest.fixture
def two_cards(owing: Owing, paystates: Run) -> str:
    """An account with another card of the same administrator, and one of a colleague."""
    owed = owing("[{decline: insufficient_funds}]")
    for name, by in (("n", "ida"), ("x", "per")):
        ran = paystates(
            "book", "add-method", owed, f"{name}-{owed}",
            "--brand", "visa", "--last4", "1881", "--expires", "2040-04", "--by", f"{by}-{owed}",
        )  # fmt: skip
        assert ran.code == 0, ran.told
    return owed


def test_a_view_shows_what_depends_and_for_each_other_method_all_reasons_why_not(two_cards: str, paystates: Run) -> None:
    i = two_cards
    started = paystates("start", "replace-all", f"m-{i}", "--as", f"ida-{i}")
    assert started.code == 0, started.told
    assert f"subscription s-{i} (Business Standard)" in started.told
    assert "may be chosen" in started.told
    data = paystates("view", f"replace-all/m-{i}", "--json").data
    against = {one["method"]: [refusal["code"] for refusal in one["refusals"]] for one in data["candidates"]}
    assert against == {f"n-{i}": [], f"x-{i}": ["TARGET_NOT_OWNED"]}
    as_per = paystates("view", f"replace-all/m-{i}", "--as", f"per-{i}", "--json").data
    reasons = {one["method"]: [refusal["code"] for refusal in one["refusals"]] for one in as_per["candidates"]}
    assert "SOURCE_NOT_OWNED" in reasons[f"n-{i}"]
    assert "TARGET_NOT_OWNED" in reasons[f"n-{i}"]


def test_what_somebody_else_began_is_theirs_to_choose_and_a_view_says_so(two_cards: str, paystates: Run) -> None:
    """What `act` would refuse is no "yes", whoever looks."""
    i = two_cards
    paystates("start", "delete-with-dependents", f"m-{i}", "--as", f"ida-{i}")
    subject = f"delete-with-dependents/m-{i}"

    def against(actor: str) -> list[str]:
        allowed = paystates("view", subject, "--as", actor, "--json").data["allowed"]
        return next([refusal["code"] for refusal in one["refusals"]] for one in allowed if one["action"] == "choose")

    assert against(f"ida-{i}") == []
    assert "STARTED_BY_ANOTHER" in against(f"per-{i}")


def test_nothing_is_offered_to_choose_where_nothing_can_be_chosen(two_cards: str, paystates: Run) -> None:
    """Once a method is chosen the question is another one."""
    i = two_cards
    ran = paystates("start", "replace-all", f"m-{i}", f"chosen=n-{i}", "--as", f"ida-{i}")
    assert "confirm" in ran.told
    assert "may be chosen" not in ran.told
    assert paystates("view", f"replace-all/m-{i}", "--json").data["candidates"] == []


def test_nobody_in_the_book_starts_nothing(two_cards: str, paystates: Run) -> None:
    """And no procedure is left behind."""
    ran = paystates("start", "replace-all", f"m-{two_cards}", "--as", "nobody")
    assert ran.code == 2
    assert "--as 'nobody' is nobody in the account book" in ran.told
    assert paystates("view", f"replace-all/m-{two_cards}").code == 2


def test_the_end_is_told_item_by_item(two_cards: str, paystates: Run) -> None:
    i = two_cards
    ran = paystates("start", "replace-all", f"m-{i}", f"chosen=n-{i}", "confirmed=true", "--as", f"ida-{i}")
    assert ran.code == 0, ran.told
    assert f"What changed subscription s-{i} m-{i} → n-{i}" in ran.told
    data = paystates("view", f"replace-all/m-{i}", "--json").data
    assert data["outcome"] == [{"item": f"subscription s-{i}", "became": f"m-{i} → n-{i}"}]
    deleted = paystates("start", "delete-with-dependents", f"m-{i}", "confirmed=true", "--as", f"ida-{i}", "--json")
    assert (deleted.code, deleted.data["verdict"]) == (0, "done")


def test_another_request_is_refused_with_a_link_to_what_is_running(two_cards: str, paystates: Run) -> None:
    i = two_cards
    paystates("start", "replace-all", f"m-{i}", "--as", f"ida-{i}")
    again = paystates("start", "replace-all", f"m-{i}", "--as", f"ida-{i}", "--json")
    assert (again.code, again.data["was_running"]) == (0, True)
    other = paystates("start", "replace-all", f"m-{i}", f"chosen=n-{i}", "--as", f"ida-{i}")
    assert other.code == 1
    assert f"look at it with `paystates view replace-all/m-{i}`" in other.told


def test_refusals_are_told_in_norwegian_where_it_is_asked_for(two_cards: str, paystates: Run) -> None:
    i = two_cards
    paystates("start", "replace-all", f"m-{i}", "--as", f"ida-{i}")
    wanted = (f"replace-all/m-{i}", "choose", f"method=x-{i}", "--as", f"ida-{i}")
    english, norwegian = paystates("act", *wanted), paystates("act", *wanted, "--language", "nb")
    assert (english.code, norwegian.code) == (1, 1)
    assert "administrator" in english.told
    assert "ble lagt til av en annen administrator" in norwegian.told
    assert english.told != norwegian.told
    assert "TARGET_NOT_OWNED" in norwegian.told
    why = paystates("why", *wanted, "--language", "nb", "--json").data
    assert [one["code"] for one in why["refusals"]] == ["TARGET_NOT_OWNED"]
    assert why["refusals"][0]["sentence"] in norwegian.told
    assert paystates("why", *wanted, "--language", "se").code == 2


def test_who_may_not_is_told_every_reason_at_the_start(two_cards: str, paystates: Run) -> None:
    i = two_cards
    ran = paystates("start", "replace-all", f"m-{i}", "--as", f"per-{i}")
    assert ran.code == 1
    assert "SOURCE_NOT_OWNED" in ran.told


def test_a_method_is_put_on_file_from_the_command_line(two_cards: str, paystates: Run) -> None:
    i = two_cards
    new = [
        f"new.token=tok-{i}",
        "new.kind=card",
        "new.network=visa",
        "new.last4=0005",
        "new.country=NO",
        "new.expires=2040-04-30",
    ]
    ran = paystates("start", "add-method", i, *new, "--as", f"ida-{i}", "--json")
    assert (ran.code, ran.data["verdict"]) == (0, "done")
    assert ran.data["subject"].startswith(f"add-method/{i}/cli-")


def test_a_number_is_refused_before_anybody_is_asked(desk: Process, paystates: Run) -> None:
    number = "4242" * 4
    ran = paystates("start", "replace-all", "m-1", f"chosen={number}", "--as", "ida")
    assert ran.code == 1
    assert "NUMBER_IMMUTABLE" in ran.told
    assert number not in ran.told
