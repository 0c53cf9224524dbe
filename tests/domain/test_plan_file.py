"""G53 to G55: the retry plans are data, and a plan that breaks its rule is refused."""

from datetime import timedelta
from itertools import pairwise

import pytest
from tables import refused_otherwise

from domain.data import DataError
from domain.plan import Plan, UnknownPlan, plan, plans, read_plans

DAY = timedelta(days=1)


def test_the_default_plan_is_the_seeds() -> None:
    assert plan() == plan("standard@1") == Plan("standard@1", (0, 3, 7, 14, 21, 28), 28, 9, DAY)


def test_the_other_plan_tries_every_few_days_for_thirty_days() -> None:
    """G55."""
    other = plan("every-few-days@1")
    assert other.days[-1] == other.window_days == 30
    assert all(2 <= later - day <= 4 for day, later in pairwise(other.days))


def test_every_plan_makes_three_attempts_and_ends_within_thirty_days() -> None:
    """G54: after one or two notices another attempt comes. G66: 2 to 30 days."""
    for one in plans().values():
        assert len(one.days) >= 3
        assert 21 <= one.days[-1] <= one.window_days <= 30


def test_an_unknown_plan_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownPlan, match="there is no plan 'standard@9': use one of standard@1, every-few-days@1"):
        plan("standard@9")


GOOD = """\
version: 2026-11-22
policies:
  G53: {attempts_at_least: 3, last_day: {from: 21, to: 28}}
plans:
  mine@1:
    policy: G53
    days: [0, 10, 21]
    window_days: 28
    min_gap_hours: 24
    hour: 9
"""


def test_plans_may_come_from_another_file() -> None:
    assert read_plans(GOOD, "mine.yaml") == {"mine@1": Plan("mine@1", (0, 10, 21), 28, 9, DAY)}


MALFORMED = [
    ("[0, 10, 21]", "[1, 10, 21]", "line 7, plans.mine@1.days[0]: the first attempt is on the billing date: begin"),
    ("[0, 10, 21]", "[0, 10, 10, 21]", "line 7, plans.mine@1.days[2]: day 10 does not come after day 10: put them"),
    ("[0, 10, 21]", "[0, 21]", "line 7, plans.mine@1.days: 2 attempts are too few for G53: make it 3 or more"),
    (
        "[0, 10, 21]",
        "[0, 10, 20]",
        "line 7, plans.mine@1.days: the last attempt is on day 20: G53 wants it on day 21",
    ),
    (
        "[0, 10, 21]",
        "[0, 10, 29]",
        "line 7, plans.mine@1.days: the last attempt is on day 29: G53 wants it on day 21",
    ),
    ("[0, 10, 21]", "[]", "line 7, plans.mine@1.days: Tuple should have at least 1 item"),
    ("[0, 10, 21]", "[0, 1.5, 21]", "line 7, plans.mine@1.days[1]: must be a valid integer"),
    ("policy: G53", "policy: G99", "line 6, plans.mine@1.policy: 'G99' is not a policy of this file: use G53"),
    (
        "days: 28",
        "days: 20",
        "line 8, plans.mine@1.window_days: the window ends before the last attempt: make it 21",
    ),
    ("days: 28", "days: 31", "line 8, plans.mine@1.window_days: must be less than or equal to 30, but it is 31"),
    (
        "hours: 24",
        "hours: 23",
        "line 9, plans.mine@1.min_gap_hours: must be greater than or equal to 24, but it is 23",
    ),
    ("hour: 9", "hour: 24", "line 10, plans.mine@1.hour: must be less than or equal to 23, but it is 24"),
    ("mine@1", "mine", "line 5, plans.mine: String should match pattern"),
]


def test_a_malformed_plan_is_refused() -> None:
    assert refused_otherwise(MALFORMED, DataError, lambda good, bad: read_plans(GOOD.replace(good, bad), "mine.yaml")) == ""
