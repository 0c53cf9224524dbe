"""A whole retry in memory across daylight-saving changes, leap days and short months: at nine on the wall clock (U15)."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from bench import Bench

from domain.plan import plan

SPRING = [date(2027, 3, 1) + timedelta(days=day) for day in (0, 6, 12, 13, 14, 20, 26, 27, 28)]
AUTUMN = [date(2027, 10, 3) + timedelta(days=day) for day in (0, 14, 27, 28, 34, 35, 36)]
ODD = [date(2028, 2, 29), date(2028, 1, 31), date(2027, 1, 31), date(2027, 12, 31)]


@pytest.mark.parametrize("zone", ["Europe/Oslo", "America/New_York"])
@pytest.mark.parametrize("starts", [*SPRING, *AUTUMN, *ODD], ids=str)
def test_every_attempt_is_made_at_nine_on_the_wall_clock(starts: date, zone: str) -> None:
    """G53, U15: on days 0, 3, 7, 14, 21 and 28, whatever the clocks do in between."""
    bench = Bench({"card": [{"decline": "insufficient_funds"}]}, starts=starts, time_zone=zone)
    bench.play()
    made = [one.reserved_at.astimezone(ZoneInfo(zone)) for one in bench.attempts()]
    assert [(at.date() - starts).days for at in made] == list(plan().days)
    assert {f"{at:%H:%M}" for at in made} == {"09:00"}
