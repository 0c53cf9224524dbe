"""S1: a declined charge is tried again several times over three to four weeks, at the hour people expect."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.plan import (
    Calendar,
    Next,
    Plan,
    UnknownTimeZone,
    calendar,
    next_bank_day,
    on_bank_day,
    passed,
    plan,
    plan_next,
)
from paystates.clock import now as clock_now

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OSLO, NEW_YORK = "Europe/Oslo", "America/New_York"


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def days_of(*years: int) -> Iterator[date]:
    return (date(year, 1, 1) + timedelta(days=n) for year in years for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days))


# --------------------------------------------------------------------------------------------------------- the calendar


@pytest.mark.parametrize("zone", [OSLO, NEW_YORK])
@pytest.mark.parametrize("plan_id", ["standard@1", "every-few-days@1"])
def test_on_every_billing_date_of_a_leap_and_a_common_year_the_wall_clock_holds(plan_id: str, zone: str) -> None:
    """U15: each slot is at the plan's hour of its day, wherever the daylight saving changes fall."""
    one, wall = plan(plan_id), ZoneInfo(zone)
    for billing in days_of(2024, 2025):
        made = calendar(one, billing, zone)
        local = [slot.astimezone(wall) for slot in made.slots]
        assert [(at.date() - billing).days for at in local] == list(one.days)
        assert {(at.hour, at.minute) for at in local} == {(9, 0)}
        assert all(later - slot > one.min_gap for slot, later in pairwise(made.slots))
        assert made.slots[-1] < made.window_ends
        ends = made.window_ends.astimezone(wall)
        assert ((ends.date() - billing).days, ends.hour) == (one.window_days + 1, 0)


HOURS = {
    (date(2026, 3, 29), OSLO, 2): utc(2026, 3, 29, 1),  # 02:00 does not exist: 03:00 summer time
    (date(2026, 10, 25), OSLO, 2): utc(2026, 10, 25, 0),  # 02:00 comes twice: the first
    (date(2026, 3, 8), NEW_YORK, 2): utc(2026, 3, 8, 7),
    (date(2026, 11, 1), NEW_YORK, 1): utc(2026, 11, 1, 5),
    (date(2024, 2, 29), OSLO, 9): utc(2024, 2, 29, 8),
}


def test_an_hour_that_is_skipped_moves_forward_and_one_that_repeats_is_the_first() -> None:
    found = {
        (billing, zone, hour): calendar(Plan("x@1", (0,), 28, hour, DAY), billing, zone).slots for billing, zone, hour in HOURS
    }
    assert found == {where: (slot,) for where, slot in HOURS.items()}


def test_a_debt_of_29_february_and_one_of_31_january_keep_their_days() -> None:
    """Days are counted, months are not: no date is clipped."""
    leap = calendar(plan(), date(2024, 2, 29), OSLO)
    assert [slot.date().isoformat()[5:] for slot in leap.slots] == [
        "02-29",
        "03-03",
        "03-07",
        "03-14",
        "03-21",
        "03-28",
    ]
    january = calendar(plan(), date(2026, 1, 31), OSLO)
    assert january.slots[-1] == utc(2026, 2, 28, 8)
    assert january.window_ends == utc(2026, 2, 28, 23)
    assert leap.slots[-1] == utc(2024, 3, 28, 8)  # three days before summer time
    assert calendar(plan(), date(2024, 3, 10), OSLO).slots[-1] == utc(2024, 4, 7, 7)  # after it


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Europe"])
def test_a_time_zone_is_an_iana_name(zone: str) -> None:
    with pytest.raises(UnknownTimeZone, match="use an IANA name such as Europe/Oslo"):
        calendar(plan(), date(2026, 3, 1), zone)


# -------------------------------------------------------------------------------------------------------- the next slot

MARCH = calendar(plan(), date(2026, 3, 2), "UTC")  # slots at 09:00 on 2, 5, 9, 16, 23, 30 March


def march(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return utc(2026, 3, day, hour, minute)


def following(
    used: int, now: datetime, last: datetime | None = None, not_before: datetime | None = None, **more: Any
) -> Next | None:
    return plan_next(MARCH.slots, MARCH.window_ends, used, now, last, not_before, **more)


NEXT_SLOTS = {
    "the first slot is the billing date": (following(0, march(1)), Next(0, march(2))),
    "a slot is used at its own instant": (following(1, march(5), march(2)), Next(1, march(5))),
    "a late worker charges at once": (following(1, march(5, 11), march(2)), Next(1, march(5, 11))),
    "missed slots merge into one": (following(1, march(17), march(2)), Next(3, march(17))),
    "the last day counts in full": (following(5, march(30, 23, 59), march(23)), Next(5, march(30, 23, 59))),
    "a day lies between attempts": (following(1, march(4), march(4, 20)), Next(1, march(5, 20))),
    "a network's wait moves a slot": (following(1, march(2), march(2), march(7)), Next(1, march(7))),
    "a wait that is over moves none": (following(1, march(2), march(2), march(3)), Next(1, march(5))),
    "moved onto another it merges": (following(1, march(2), march(2), march(9)), Next(2, march(9))),
    "moved past others it merges": (following(1, march(2), march(2), march(20)), Next(3, march(20))),
    "all are merged but one": (following(0, march(30)), Next(5, march(30))),
    "never past the window": (following(5, march(24), march(23), march(31, 0)), None),
    "never after the window": (following(5, march(31, 0), march(23)), None),
    "no slot is left": (following(6, march(23), march(23)), None),
    "more are used than there are": (following(7, march(23)), None),
    "Saturday moves to Monday": (following(1, march(6), march(2), march(7), bank_days_in=OSLO), Next(2, march(9))),
    "a bank day stays": (following(1, march(5), march(2), bank_days_in=OSLO), Next(1, march(5))),
    "a longer gap is kept": (following(1, march(4), march(4), min_gap=3 * DAY), Next(1, march(7))),
}


def test_the_next_slot() -> None:
    """money.md, default plan: each row is one of its laws."""
    assert {law: found for law, (found, _) in NEXT_SLOTS.items()} == {law: expected for law, (_, expected) in NEXT_SLOTS.items()}


def test_taking_a_slot_uses_up_all_that_it_merged() -> None:
    assert Next(3, march(17)).used == 4


def test_a_bank_debit_that_would_wait_past_the_window_lapses() -> None:
    """Good Friday 2026 is 3 April; the next bank day, 7 April, is outside."""
    made = calendar(plan(), date(2026, 3, 6), OSLO)
    assert plan_next(made.slots, made.window_ends, 5, utc(2026, 4, 3), bank_days_in=OSLO) is None


def test_after_a_hold_the_next_date_counts() -> None:
    """After Resume nothing is merged: what has passed is used up."""
    assert passed(MARCH.slots, march(1)) == 0
    assert passed(MARCH.slots, march(5)) == 2
    assert following(passed(MARCH.slots, march(10)), march(10)) == Next(3, march(16))


HOURS_LATE = st.lists(st.integers(0, 9 * 24), min_size=10, max_size=10)
HOURS_TO_WAIT = st.lists(st.integers(-10 * 24, 10 * 24), min_size=10, max_size=10)
"""How long a network says to wait after an attempt; below zero it says nothing."""


@given(
    st.sampled_from(list(product(("standard@1", "every-few-days@1"), (OSLO, NEW_YORK, "UTC"), (False, True)))),
    st.dates(date(2023, 12, 1), date(2026, 12, 31)),
    HOURS_LATE,
    HOURS_TO_WAIT,
)
@settings(max_examples=80, deadline=None)
def test_however_late_and_however_often_told_to_wait_the_ladder_ends_in_time(
    debt: tuple[str, str, bool], billing: date, late: list[int], waits: list[int]
) -> None:
    """U13, S1: attempts come in order, a day apart, not too early, in the window, and never more than planned."""
    plan_id, zone, from_bank_account = debt
    made = calendar(plan(plan_id), billing, zone)
    bank_days_in = zone if from_bank_account else None
    used, now = 0, made.slots[0] - DAY
    last: datetime | None = None
    not_before: datetime | None = None
    taken: list[int] = []
    for hours_late, wait in zip(late, waits, strict=True):
        step = plan_next(made.slots, made.window_ends, used, now, last, not_before, bank_days_in=bank_days_in)
        if step is None:
            break
        assert step.index >= used
        assert now <= step.at < made.window_ends
        assert step.at >= made.slots[step.index]
        assert last is None or step.at - last >= DAY
        assert not_before is None or step.at >= not_before
        assert passed(made.slots, step.at) == step.used
        assert bank_days_in is None or step.at == on_bank_day(step.at, zone)
        taken.append(step.index)
        used, last = step.used, step.at
        now = step.at + hours_late * HOUR
        not_before = None if wait < 0 else step.at + wait * HOUR
    assert taken == sorted(set(taken))
    assert len(taken) <= len(made.slots)


def test_on_time_and_without_waits_every_slot_is_used_at_its_own_instant() -> None:
    """Every billing date of a leap year: the ladder is the calendar."""
    for billing in days_of(2024):
        made = calendar(plan(), billing, OSLO)
        now = made.slots[0]
        last: datetime | None = None
        taken: list[datetime] = []
        while (step := plan_next(made.slots, made.window_ends, len(taken), now, last)) is not None:
            taken.append(step.at)
            now = last = step.at
        assert tuple(taken) == made.slots


def test_the_machines_clock_plays_no_part() -> None:
    """The same debt has the same calendar and the same next slot, whenever it is asked: `now` alone decides."""
    with freeze_time("2028-02-29 08:59:59") as frozen:
        made = calendar(plan(), date(2026, 3, 2), "UTC")
        assert made == MARCH == Calendar(MARCH.slots, march(31, 0))
        assert plan_next(made.slots, made.window_ends, 0, march(2)) == Next(0, march(2))
        today = calendar(plan(), date(2028, 2, 29), "UTC")
        assert plan_next(today.slots, today.window_ends, 0, clock_now()) == Next(0, utc(2028, 2, 29, 9))
        frozen.tick(DAY)
        assert plan_next(today.slots, today.window_ends, 0, clock_now()) == Next(0, utc(2028, 3, 1, 8, 59, 59))


# ------------------------------------------------------------------------------------------------------------ bank days


BANK_DAYS = {
    date(2026, 3, 6): date(2026, 3, 6),
    date(2026, 3, 7): date(2026, 3, 9),
    date(2026, 4, 3): date(2026, 4, 7),  # Good Friday to Easter Monday
    date(2026, 5, 1): date(2026, 5, 4),
    date(2026, 12, 25): date(2026, 12, 28),
    date(2025, 12, 25): date(2025, 12, 29),
    date(2026, 1, 1): date(2026, 1, 2),
    date(2024, 3, 29): date(2024, 4, 2),
    date(2026, 5, 14): date(2026, 5, 14),  # Ascension Day is no closing day of TARGET
}


def test_sepa_debits_settle_on_target_days() -> None:
    assert {day: next_bank_day(day) for day in BANK_DAYS} == BANK_DAYS


def test_easter_is_where_the_church_puts_it() -> None:
    """The earliest and the latest Easter, and the two exceptions of the rule."""
    for sunday in (date(1818, 3, 22), date(2038, 4, 25), date(1954, 4, 18), date(1981, 4, 19), date(2027, 3, 28)):
        assert next_bank_day(sunday - 2 * DAY) >= sunday + 2 * DAY


def test_a_debit_keeps_its_hour_when_it_moves_to_a_bank_day() -> None:
    """Across the change to summer time, too: 09:00 stays 09:00 on the wall."""
    saturday = utc(2026, 3, 28, 8)
    assert on_bank_day(saturday, OSLO) == utc(2026, 3, 30, 7)
    assert on_bank_day(utc(2026, 3, 27, 8), OSLO) == utc(2026, 3, 27, 8)
