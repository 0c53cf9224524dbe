"""What was decided where the sources disagree (C1 to C11), and what differs by era, country and day."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from for_every import for_every
from pictures import (
    A_PROFILE,
    A_SUBSCRIPTION,
    BOTH,
    KARI,
    bank_account,
    card,
    codes,
    depends,
    item,
    new_bank_account,
    new_card,
    picture,
    subscription,
)

from domain.accounts import AccountKind, Era, PayerKind, SubscriptionStatus
from domain.plan import DEFAULT_PLAN, calendar, plan
from paystates.clock import at, now
from paystates.engine import Actor
from states import rules

ENDED = ("BE", "FR", "IT", "LU", "PT", "ES", "US")
OWNER = Actor("tore", frozenset({"profile_owner"}))
CONTRIBUTOR = Actor("tore", frozenset({"account_contributor"}))
NEW = {"new": new_bank_account(country="US")}
SUBSCRIPTION = {"subscription": subscription(), "candidates": (bank_account(),)}


@for_every(
    (country, *row)
    for country in ENDED
    for row in [
        (Era.SEED, ["NO_NEW_ON_BANK_ACCOUNT"]),
        (Era.Y2022, []),
        (Era.Y2024, ["NO_NEW_ON_BANK_ACCOUNT", "BANK_ACCOUNT_UNAVAILABLE"]),
    ]
)
def test_c1_more_on_an_older_bank_account_by_era(country: str, era: Era, refused: list[str]) -> None:
    """S0: no; 2022: yes, in good standing; 2024: there are no bank accounts at all (G18a to G18c)."""
    shown = picture({"country": country, "era": era}, candidates=(bank_account(country=country),))
    assert codes(rules.CHOICE, shown, chosen="bank") == refused
    bad = picture({"country": country, "era": era}, candidates=(bank_account(country=country, standing="poor"),))
    assert codes(rules.CHOICE, bad, chosen="bank") == ["METHOD_NOT_GOOD", *refused]


@pytest.mark.parametrize("era", Era)
def test_c1_what_pays_already_goes_on(era: Era) -> None:
    """G18a: an older bank account may be left, corrected and deleted in every era; only nothing more is moved to it."""
    account = {"country": "US", "era": era}
    shown = picture(account, source=bank_account(country="US"), candidates=(card("other", country="US"),))
    assert codes(rules.CHOICE, shown, chosen="other") == codes(rules.EDIT, shown) == codes(rules.DELETE, shown) == []


def test_c2_all_move_whatever_their_status() -> None:
    """One disabled subscription blocks the delete as an active one does; the picture counts both."""
    assert codes(rules.DELETE, picture(dependents=A_SUBSCRIPTION)) == ["STILL_USED"]


def test_c3_a_billing_profile_takes_a_card_of_either_kind_in_both_flows() -> None:
    """“Credit card” in the delete flow and “credit or debit card” in the other mean the same: a card (G46)."""
    shown = picture(dependents=A_PROFILE, candidates=(card("other"), bank_account()))
    assert codes(rules.CHOICE, shown, chosen="other") == []
    assert codes(rules.CHOICE, shown, chosen="bank") == ["CARDS_ONLY"]


@pytest.mark.parametrize(
    ("methods", "needs_paying", "dependents", "refused"),
    [
        (1, False, depends(), []),
        (1, True, depends(), ["LAST_METHOD"]),
        (1, False, A_SUBSCRIPTION, ["STILL_USED", "LAST_METHOD"]),
        (2, True, depends(), []),
    ],
)
def test_c4_the_only_method_may_go_when_nothing_needs_it(
    methods: int, dependents: object, refused: list[str], *, needs_paying: bool
) -> None:
    """S0 says “replace first”, and also that what nobody uses is deleted at once (G43, G45)."""
    shown = picture({"methods": methods, "needs_paying": needs_paying}, dependents=dependents)
    assert codes(rules.DELETE, shown) == refused


@pytest.mark.parametrize("era", [Era.SEED, Era.Y2022])
def test_c5_a_billing_profile_pays_by_card_only(era: Era) -> None:
    """One later page lists bank accounts; the seeds and the others do not."""
    shown = picture({"era": era, "kind": AccountKind.MCA}, dependents=A_PROFILE, candidates=(bank_account(),))
    assert codes(rules.CHOICE, shown, chosen="bank") == ["CARDS_ONLY"]


def test_c6_is_about_paying_and_account_contributors_may_replace() -> None:
    """A billing-account contributor manages a profile's method in 2024; whether they may pay its bills is settling's table."""
    shown = picture({"era": Era.Y2024, "kind": AccountKind.MCA}, dependents=A_PROFILE)
    assert codes(rules.CHOICE, shown, CONTRIBUTOR, chosen="other") == []


def test_c7_the_default_plan_spans_28_days() -> None:
    """The window is data of the plan."""
    dates = calendar(plan(DEFAULT_PLAN), date(2026, 3, 2), "Europe/Oslo")
    assert timedelta(days=21) <= dates.slots[-1] - dates.slots[0] <= timedelta(days=28)


def test_c8_what_counts_is_what_would_be_moved() -> None:
    """Not whether the account has a billing profile somewhere: one of ten dependents is enough, none is not."""
    account = {"kind": AccountKind.MCA}
    assert codes(rules.CHOICE, picture(account, dependents=A_SUBSCRIPTION, candidates=(bank_account(),)), chosen="bank") == []
    assert codes(rules.CHOICE, picture(account, dependents=BOTH, candidates=(bank_account(),)), chosen="bank") == ["CARDS_ONLY"]


def test_c9_after_a_hard_decline_another_or_a_corrected_method_is_needed() -> None:
    """The retry's rule says so, and both remedies are ours."""
    rule = rules.NO_CHARGEABLE_METHOD
    assert ("C9" in rule.source, rule.helps) == (True, "replace-all")
    shown = picture(candidates=(card("other", standing="needs_correction"),))
    assert codes(rules.CHOICE, shown, chosen="other") == ["METHOD_NEEDS_CORRECTION"]


@pytest.mark.parametrize("kind", AccountKind)
@pytest.mark.parametrize("era", [Era.SEED, Era.Y2022])
def test_c10_administrators_do_everything_and_profile_roles_only_pay(era: Era, kind: AccountKind) -> None:
    """In the earlier texts G8 and G10 do not hold yet."""
    shown = picture({"era": era, "kind": kind}, dependents=A_PROFILE)
    assert codes(rules.CHOICE, shown, KARI, chosen="other") == []
    assert "ROLE_TOO_SMALL" in codes(rules.CHOICE, shown, OWNER, chosen="other")
    assert "ROLE_TOO_SMALL" in codes(rules.CHOICE, shown, CONTRIBUTOR, chosen="other")


def test_c11_only_an_open_attempt_blocks_a_deletion() -> None:
    """What is still due blocks it in the strict mode alone: elsewhere the picture names nothing outstanding."""
    assert codes(rules.DELETE, picture(charging=("F-1",))) == ["ATTEMPT_ON_METHOD"]
    assert codes(rules.DELETE, picture()) == []
    assert codes(rules.DELETE, picture(outstanding=("F-1",))) == ["OUTSTANDING_CHARGES"]


# Days and countries.


@for_every(
    (country, *row) for country in ENDED for row in [(date(2021, 1, 25), []), (date(2021, 1, 26), ["NEW_BANK_ACCOUNT_ENDED"])]
)
def test_new_bank_accounts_ended_on_26_january_2021(country: str, day: date, refused: list[str]) -> None:
    """G17, in each of the seven countries; and older ones took no more from that day on (G18a)."""
    shown = picture({"country": country, "today": day}, candidates=(bank_account(country=country),))
    assert codes(rules.ADD, shown, new=new_bank_account(country=country)) == refused
    assert (codes(rules.CHOICE, shown, chosen="bank") == []) == (not refused)


@pytest.mark.parametrize(
    ("instant", "zone", "refused"),
    [
        ("2021-01-26T04:59:59Z", "America/New_York", []),
        ("2021-01-26T05:00:00Z", "America/New_York", ["NEW_BANK_ACCOUNT_ENDED"]),
        ("2021-01-25T22:59:59Z", "Europe/Paris", []),
        ("2021-01-25T23:00:00Z", "Europe/Paris", ["NEW_BANK_ACCOUNT_ENDED"]),
    ],
)
def test_the_day_is_the_accounts_own(instant: str, zone: str, refused: list[str]) -> None:
    """G17, U15: midnight falls where the account is; the clock stands a second before and at it."""
    with at(datetime.fromisoformat(instant)):
        today = now().astimezone(ZoneInfo(zone)).date()
    assert codes(rules.ADD, picture({"country": "US", "today": today}), **NEW) == refused


def test_elsewhere_new_bank_accounts_are_taken() -> None:
    """The seven countries are seven."""
    assert codes(rules.ADD, picture(), new=new_bank_account()) == []


@pytest.mark.parametrize("country", ["BR", "IN"])
@pytest.mark.parametrize("era", [Era.SEED, Era.Y2022])
def test_in_some_countries_nobody_pays_by_bank_account(country: str, era: Era) -> None:
    """G19: the list is data."""
    shown = picture({"country": country, "era": era}, candidates=(bank_account(country=country),))
    assert codes(rules.ADD, shown, new=new_bank_account(country=country)) == ["NEW_BANK_ACCOUNT_UNAVAILABLE"]
    assert codes(rules.CHOICE, shown, chosen="bank") == ["BANK_ACCOUNT_UNAVAILABLE"]


def test_a_card_is_valid_to_the_last_day_of_its_month() -> None:
    """G32: on that day it is, on the next it is not."""
    other = card("other", expires=date(2026, 4, 30))
    assert codes(rules.CHOICE, picture({"today": date(2026, 4, 30)}, candidates=(other,)), chosen="other") == []
    assert codes(rules.CHOICE, picture({"today": date(2026, 5, 1)}, candidates=(other,)), chosen="other") == ["METHOD_EXPIRED"]
    new = new_card(expires=date(2026, 4, 30))
    assert codes(rules.ADD, picture({"today": date(2026, 4, 30)}), new=new) == []
    assert codes(rules.ADD, picture({"today": date(2026, 5, 1)}), new=new) == ["NEW_METHOD_EXPIRED"]


# One subscription, by era.

DELETED: dict[str, object] = {"status": SubscriptionStatus.DELETED, "method": None}
"""It has let go of its method."""


@for_every(
    [
        (Era.SEED, AccountKind.MOSA, {}, []),
        (Era.SEED, AccountKind.MCA, {}, []),
        (Era.Y2022, AccountKind.MCA, {}, []),
        (Era.SEED, AccountKind.MCA, {"method": None, "profile": "drift"}, ["PAYS_THROUGH_PROFILE"]),
        (Era.Y2022, AccountKind.MCA, {"method": None, "profile": "drift"}, ["PAYS_THROUGH_PROFILE"]),
        (Era.SEED, AccountKind.MOSA, {"method": None}, ["PAYS_BY_INVOICE"]),
        (Era.Y2024, AccountKind.MOSA, {}, []),
        (Era.Y2024, AccountKind.MOSA, {"method": None}, ["PAYS_BY_INVOICE"]),
        (Era.Y2024, AccountKind.MCA, {}, ["NOT_CHANGED_ALONE"]),
        (Era.Y2024, AccountKind.MCA, {"method": None, "profile": "drift"}, ["PAYS_THROUGH_PROFILE"]),
        (Era.Y2024, AccountKind.MCA, {"method": None}, ["PAYS_BY_INVOICE"]),
        (Era.SEED, AccountKind.MOSA, DELETED, ["SUBSCRIPTION_OVER"]),
        (Era.SEED, AccountKind.MOSA, DELETED | {"method": "visa"}, ["SUBSCRIPTION_OVER"]),
        (Era.SEED, AccountKind.MOSA, DELETED | {"owes": True}, []),
        (Era.SEED, AccountKind.MOSA, DELETED | {"owes": True, "method": "visa"}, []),
        (Era.Y2024, AccountKind.MCA, DELETED | {"owes": True}, []),
        (Era.Y2024, AccountKind.MCA, DELETED | {"owes": True, "method": "visa"}, ["NOT_CHANGED_ALONE"]),
    ],
)
def test_whose_method_may_be_changed_alone(era: Era, kind: AccountKind, different: dict[str, object], refused: list[str]) -> None:
    """G36: in 2024 only MOSA subscriptions; G37: never one that is paid by invoice; one without an own method has none (I).

    G52: a deleted one that owes nothing has nothing to pay for. One that owes again may be given one: nothing else would.
    """
    shown = picture({"era": era, "kind": kind}, subscription=subscription(**different))
    actor = Actor("kari", frozenset({"global_admin", "account_owner"}))
    assert codes(rules.CHANGE, shown, actor, chosen="other") == refused


# A role on a billing profile.


@pytest.mark.parametrize(
    ("dependents", "may"),
    [
        (A_PROFILE, True),
        (BOTH, False),
        (A_SUBSCRIPTION, False),
        (depends(), False),
        (depends(item(PayerKind.PROFILE, "A"), item(PayerKind.PROFILE, "B")), False),
    ],
    ids=["its profile alone", "a subscription too", "a subscription", "nothing", "two profiles"],
)
def test_a_role_on_a_profile_reaches_as_far_as_the_profile(dependents: object, *, may: bool) -> None:
    """G8, G11: in 2024, where nothing but that profile pays with the method."""
    shown = picture({"era": Era.Y2024, "kind": AccountKind.MCA}, dependents=dependents)
    assert (codes(rules.CHOICE, shown, OWNER, chosen="other") == []) == may
    assert codes(rules.START_DELETE, shown, OWNER) == (["ACCOUNT_ROLE_NEEDED"] if may else ["ROLE_TOO_SMALL"])


def test_a_role_on_a_profile_changes_no_subscription() -> None:
    """G11: a subscription is no billing profile."""
    shown = picture({"era": Era.Y2024, "kind": AccountKind.MCA}, dependents=A_PROFILE, subscription=subscription())
    assert codes(rules.START, shown, OWNER) == ["ROLE_TOO_SMALL"]
