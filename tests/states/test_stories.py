"""What procedures tell of themselves: each thing that they remember, once they do, and nothing before."""

from typing import Any

from for_every import for_every
from pictures import NOTHING_DUE, NOW, bank_account, card, depends, item, new_card, subscription
from retry_world import DAY, DEBT, MANUAL, OVER, debt
from retry_world import NOW as RETRIED
from retry_world import memory as retried
from settling_world import NOK_BILL, OTHER, WHOLE, memory

from domain.accounts import Standing
from paystates.engine import Story
from states import add_method, details, methods
from states.choosing_story import story as choosing_story
from states.facts import AccountFacts, Picture
from states.replace_all import Memory
from states.retry_story import story as retry_story
from states.settling_story import story as settling_story

LATER = RETRIED + DAY
ACCOUNT = AccountFacts(**dict(WHOLE.account) | {"time_zone": "Europe/Oslo"})
CONFLICT = methods.Conflict(item=item(), code="NOT_NOW", sentence="It changed.")


def told(story: Story) -> dict[str, Any]:
    return {line.what: line.how for line in story.lines} | {table.title: table for table in story.tables}


def picture(**different: Any) -> Picture:
    facts = {
        "account": ACCOUNT,
        "source": card(),
        "dependents": depends(item()),
        "candidates": (OTHER, bank_account(country=None)),
        **NOTHING_DUE,
    }
    return Picture(**facts | different)


@for_every(
    [
        ({"chosen": "other"}, "chosen", "Visa ending 1881"),
        ({"new": new_card()}, "to be added and chosen", "visa ending 1881"),
        ({"total": 9, "moved": 4}, "moved", "4 of 9"),
        ({"total": 9, "moved": 4, "conflicts": (CONFLICT,), "unnamed": 2}, "moved", "4 of 9; 3 stay as they were"),
        ({"left": 3}, "left", "3"),
        ({"adding_until": NOW}, "the card holder is waited for until", NOW),
        ({"tries": 2}, "tries to reach the account book", "2"),
        ({"woken": ("F-1", "F-2")}, "retries that know of it", "F-1, F-2"),
        ({"last": "Cancelled."}, "last", "Cancelled."),
    ],
)
def test_who_replaces_a_method_is_told_how_far_it_is(different: dict[str, Any], what: str, how: object) -> None:
    memory = Memory(actor="kari", method="visa", picture=picture())
    assert what not in told(choosing_story(memory, "moving", NOW))
    assert told(choosing_story(memory.model_copy(update=different), "moving", NOW))[what] == how


@for_every(
    [
        ({"charging": ("F-1",)}, "an attempt is open on", "F-1"),
        ({"retried": ("F-1", "F-2")}, "retries would lose their method", "F-1, F-2"),
        ({"outstanding": ("F-3",)}, "still due on it", "F-3"),
        (
            {"subscription": subscription()},
            "subscription",
            "Microsoft 365 (m365)",
        ),
    ],
)
def test_what_stands_in_the_way_is_told(different: dict[str, Any], what: str, how: str) -> None:
    memory = Memory(actor="kari", method="visa", picture=picture())
    assert what not in told(choosing_story(memory, "moving", NOW))
    assert told(choosing_story(memory.model_copy(update={"picture": picture(**different)}), "moving", NOW))[what] == how


def test_what_is_not_known_yet_is_not_told() -> None:
    assert set(told(choosing_story(Memory(actor="kari", method="visa"), "reviewing", NOW))) == {"started by"}
    bare = picture(source=None, dependents=depends(), candidates=())
    assert set(told(choosing_story(Memory(actor="kari", picture=bare), "moving", NOW))) == {"account", "started by"}


def test_candidates_are_told_where_one_is_chosen_and_what_stays_with_its_reason() -> None:
    seen = picture(candidates=(OTHER, bank_account(country=None, standing=Standing.POOR)))
    memory = Memory(actor="kari", method="visa", roles=("global_admin",), picture=seen, conflicts=(CONFLICT,), unnamed=3)
    found = told(choosing_story(memory, "choosing", NOW))
    first, second = found["What may be chosen"].rows
    assert first == ("other", "Visa ending 1881 (NO, valid to 04/2030)", "may be chosen")
    assert second[1] == "bank account ending 6789 (country unknown, poor)"
    assert second[2] != "may be chosen"
    stays = found["Stays as it was"]
    assert (stays.rows[0][-1], stays.more) == ("It changed.", 3)
    assert "What may be chosen" not in told(choosing_story(memory, "confirming", NOW))


@for_every(
    [
        ({"invoice": "F-1"}, "only the invoice", "F-1"),
        ({"paid": (NOK_BILL,)}, "paid", "125.00 NOK with Visa ending 1881, for F-1, F-3"),
        ({"bills": (NOK_BILL,)}, "to be charged", "125.00 NOK with Visa ending 1881, for F-1, F-3"),
        ({"attempt_under_way": True, "look_ups": 2}, "under way", "an attempt, looked up 2 times"),
        ({"until": NOW}, "the bank's result or the customer is waited for until", NOW),
    ],
)
def test_who_settles_is_told_what_is_paid_and_what_is_not(different: dict[str, Any], what: str, how: object) -> None:
    assert what not in told(settling_story(memory(), "choosing", NOW))
    assert told(settling_story(memory(**different), "confirming", NOW))[what] == how
    without = memory(**different | {"picture": None, "paid": (), "bills": ()})
    assert (what in told(settling_story(without, "reviewing", NOW))) == (what not in {"paid", "to be charged"})


@for_every(
    [
        ({"details": details.ask.Details(holder="Kari")}, "to be corrected", "holder"),
        ({"details": details.ask.Details()}, "to be corrected", "nothing"),
        ({"due": ("F-1",)}, "waited for it", "F-1"),
        ({"charge_now": True}, "what waited is paid", "at once"),
        ({"charge_now": False}, "what waited is paid", "at the plan's next date"),
        ({"woken": ("F-1",)}, "retries that know of it", "F-1"),
        ({"last": "Saved."}, "last", "Saved."),
    ],
)
def test_who_corrects_details_is_told_which_and_never_what_they_hold(different: dict[str, Any], what: str, how: str) -> None:
    plain = details.Memory(actor="kari", method="visa")
    assert what not in told(details.story(plain, "editing", NOW))
    found = details.story(plain.model_copy(update={**different, "picture": picture()}), "editing", NOW)
    assert told(found)[what] == how
    assert "Kari" not in str(found)


@for_every(
    [
        ({"new": new_card()}, "to be added", "visa ending 1881"),
        ({"chosen": "m-1"}, "on file as", "m-1"),
        ({"adding_until": NOW}, "the card holder is waited for until", NOW),
        ({"last": "Added."}, "last", "Added."),
    ],
)
def test_who_adds_a_method_is_told_what_became_of_it(different: dict[str, Any], what: str, how: object) -> None:
    plain = add_method.Memory(account="fjord", request="r", actor="kari")
    assert what not in told(add_method.story(plain, "adding", NOW))
    assert told(add_method.story(plain.model_copy(update={**different, "picture": picture()}), "adding", NOW))[what] == how


@for_every(
    [
        ({"debt": MANUAL}, "billing profile", "drift"),
        ({"debt": MANUAL}, "paid by hand", "recurring billing is off, so nothing is charged automatically"),
        ({"debt": debt(not_before=LATER)}, "asked to wait until", LATER),
        ({"open_attempt": 2, "attempt_under_way": True, "look_ups": 3}, "under way", "attempt 2, looked up 3 times"),
        ({"until": LATER}, "the bank's result or the customer is waited for until", LATER),
        ({"held": True}, "held", "an operator stopped the attempts"),
        ({"tries": 2}, "tries to reach the account book", "2"),
        ({"last": "Waited."}, "last", "Waited."),
        ({"reason": "bankrupt"}, "reason", "bankrupt"),
    ],
)
def test_a_retry_tells_what_it_waits_for_and_what_stands_in_the_way(different: dict[str, Any], what: str, how: object) -> None:
    assert what not in told(retry_story(retried(), "waiting", RETRIED))
    assert told(retry_story(retried(**different), "waiting", RETRIED))[what] == how


@for_every(
    [
        ({}, "Visa •••• 4242"),
        ({"chargeable": False}, "Visa •••• 4242, which may not be charged as it is"),
        ({"method": None}, "nothing: no payment method is bound"),
    ],
)
def test_a_retry_tells_what_is_charged(of_debt: dict[str, Any], how: str) -> None:
    assert told(retry_story(retried(debt=debt(**of_debt)), "waiting", RETRIED))["paid with"] == how


def test_a_retry_tells_when_it_goes_on_and_that_somebody_bound_another_method() -> None:
    found = told(retry_story(retried(rebound=True), "waiting", RETRIED))
    assert (found["next date of the plan"], found["the attempts end"]) == (DEBT.next_at, DEBT.window_ends)
    assert found["told"].startswith("another or a corrected payment method")
    assert "next date of the plan" not in told(retry_story(retried(debt=OVER), "exhausted", RETRIED))


def test_a_retry_that_has_read_nothing_yet_tells_nothing() -> None:
    """Its clock is the account's as far as that is known."""
    story = retry_story(retried(debt=None, time_zone="Europe/Oslo"), "opening", RETRIED)
    assert (story.lines, story.zone) == ((), "Europe/Oslo")
