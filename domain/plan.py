"""When a debt is charged again: the retry plans, the calendar of a debt, and the next slot to use (G53-G55, S1).

A plan is data (`plans.yaml`), named id@version and pinned by the debt that uses it. Its calendar is computed once, as
UTC instants; from then on only instants are compared. Nothing here reads a clock.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from domain.data import Data, Place, load, load_packaged

DAY = timedelta(days=1)
DEFAULT_PLAN = "standard@1"
_SATURDAY = 5

_Whole = Annotated[int, Field(strict=True, ge=0)]


class UnknownPlan(ValueError):
    """No plan of that id@version is in the data; the sentence lists those that are."""


class UnknownTimeZone(ValueError):
    """The account's time zone is not one of the IANA database."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One version of a retry plan. `days` count from the billing date, `hour` is on the account's wall clock.

    `min_gap` lies between two automatic attempts; no attempt is made after the window's last day (G53).
    """

    id: str
    days: tuple[int, ...]
    window_days: int
    hour: int
    min_gap: timedelta


@dataclass(frozen=True, slots=True)
class Calendar:
    """The slots of one debt, ascending UTC instants, and the instant before which every attempt must be made."""

    slots: tuple[datetime, ...]
    window_ends: datetime


@dataclass(frozen=True, slots=True)
class Next:
    """The slot to use next and when. All slots up to and including `index` are used up by it."""

    index: int
    at: datetime

    @property
    def used(self) -> int:
        """How many slots are used up, counted from the front, once this one was taken."""
        return self.index + 1


def plan(plan_id: str = DEFAULT_PLAN) -> Plan:
    """The plan of that id@version. Raises `UnknownPlan`, with the plans there are, for any other id."""
    try:
        return plans()[plan_id]
    except KeyError:
        raise UnknownPlan(f"there is no plan {plan_id!r}: use one of {', '.join(plans())}") from None


@cache
def plans() -> Mapping[str, Plan]:
    """All packaged plans by id@version; read once. Raises `DataError` when the packaged file is malformed."""
    return load_packaged("plans.yaml", _PlanFile).plans_by_id()


def read_plans(text: str, source_name: str) -> Mapping[str, Plan]:
    """Plans from the text of another file of the same form. Raises `DataError` with every fault and its line."""
    return load(text, _PlanFile, source_name).plans_by_id()


def calendar(plan: Plan, billing_date: date, time_zone: str) -> Calendar:
    """The slots of a debt billed on `billing_date`: the plan's hour on the wall clock of `time_zone` (an IANA name).

    Across daylight saving: an hour that does not exist moves forward by the gap, one that exists twice is the first.
    The window ends at midnight after its last day, so that a worker that is late on that day still makes the attempt.
    Raises `UnknownTimeZone`.
    """
    zone = _zone(time_zone)
    slots = tuple(_instant(billing_date + timedelta(days=day), time(plan.hour), zone) for day in plan.days)
    return Calendar(slots, _instant(billing_date + timedelta(days=plan.window_days + 1), time(), zone))


def plan_next(
    slots: Sequence[datetime],
    window_ends: datetime,
    used: int,
    now: datetime,
    last_attempt_at: datetime | None = None,
    not_before: datetime | None = None,
    *,
    min_gap: timedelta = DAY,
    bank_days_in: str | None = None,
) -> Next | None:
    """The next slot of a debt and the instant to use it, or None when no attempt is left in the window.

    `slots` are ascending, the first `used` of them are used up. All instants are UTC.

    - Slots missed by `now` merge into one attempt at once: the last of them is answered, at `now` (U10).
    - The attempt waits for `min_gap` after `last_attempt_at` (the last automatic one, None: none yet) and for
      `not_before` (what the network asked, or a cap's end). It moves later for them, never earlier.
    - `bank_days_in` (the account's time zone, for a SEPA debit) moves it on to the next bank day at the same hour.
    - A slot that is moved onto or past later ones merges with them: the last of them is answered.
    - Never at or after `window_ends`: then None, and what is left of the slots lapses.
    """
    if used >= len(slots):
        return None
    at = max(slots[used], now)
    if last_attempt_at is not None:
        at = max(at, last_attempt_at + min_gap)
    if not_before is not None:
        at = max(at, not_before)
    if bank_days_in is not None:
        at = on_bank_day(at, bank_days_in)
    if at >= window_ends:
        return None
    return Next(max(used, passed(slots, at) - 1), at)


def passed(slots: Sequence[datetime], now: datetime) -> int:
    """How many slots lie at or before `now`: after Resume these are used up, since the next date counts."""
    return bisect_right(slots, now)


def on_bank_day(at: datetime, time_zone: str) -> datetime:
    """The same wall-clock hour on the next SEPA bank day, or `at` itself when that is one. Raises `UnknownTimeZone`."""
    zone = _zone(time_zone)
    local = at.astimezone(zone)
    day = next_bank_day(local.date())
    return at if day == local.date() else _instant(day, local.time(), zone)


def next_bank_day(day: date) -> date:
    """`day` itself or the first day after it on which SEPA debits settle: no weekend, no closing day of TARGET."""
    while day.weekday() >= _SATURDAY or _is_target_closed(day):
        day += DAY
    return day


def _is_target_closed(day: date) -> bool:
    """TARGET's closing days, the same since 2002: 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December."""
    easter = _easter(day.year)
    return (day.month, day.day) in {(1, 1), (5, 1), (12, 25), (12, 26)} or day in {easter - 2 * DAY, easter + DAY}


def _easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar, by the method of Meeus, Jones and Butcher (exact for every year)."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _zone(time_zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError):
        raise UnknownTimeZone(f"{time_zone!r} is not a time zone: use an IANA name such as Europe/Oslo") from None


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    # fold=0 is what makes a skipped hour move forward and a repeated one the first: no further case is needed.
    return datetime.combine(day, at.replace(fold=0), zone).astimezone(UTC)


class _Days(Data):
    """From which day to which, both included."""

    from_: _Whole = Field(alias="from")
    to: _Whole


class _Policy(Data):
    """What a rule demands of a plan."""

    attempts_at_least: _Whole
    last_day: _Days


class _PlanRow(Data):
    """A plan as the file has it."""

    policy: str
    days: tuple[_Whole, ...] = Field(min_length=1)
    window_days: Annotated[int, Field(strict=True, ge=2, le=30)]
    min_gap_hours: Annotated[int, Field(strict=True, ge=24)]
    hour: Annotated[int, Field(strict=True, ge=0, le=23)]


_PlanId = Annotated[str, Field(pattern=r"^[a-z0-9-]+@[1-9][0-9]*$")]


class _PlanFile(Data):
    """The whole of `plans.yaml`."""

    version: date
    policies: dict[str, _Policy]
    plans: dict[_PlanId, _PlanRow]

    def plans_by_id(self) -> dict[str, Plan]:
        return {
            name: Plan(name, row.days, row.window_days, row.hour, timedelta(hours=row.min_gap_hours))
            for name, row in self.plans.items()
        }

    def faults(self) -> Iterator[tuple[Place, str]]:
        for name, row in self.plans.items():
            place: Place = ("plans", name)
            if row.policy not in self.policies:
                yield (*place, "policy"), f"{row.policy!r} is not a policy of this file: use {', '.join(self.policies)}"
                continue
            policy, last = self.policies[row.policy], row.days[-1]
            if row.days[0] != 0:
                yield (*place, "days", 0), "the first attempt is on the billing date: begin with 0"
            for index, (day, following) in enumerate(zip(row.days, row.days[1:], strict=False), start=1):
                if following <= day:
                    yield (*place, "days", index), f"day {following} does not come after day {day}: put them in order"
            if len(row.days) < policy.attempts_at_least:
                few = f"{len(row.days)} attempts are too few for {row.policy}"
                yield (*place, "days"), f"{few}: make it {policy.attempts_at_least} or more"
            if not policy.last_day.from_ <= last <= policy.last_day.to:
                span = f"{policy.last_day.from_} to {policy.last_day.to}"
                yield (*place, "days"), f"the last attempt is on day {last}: {row.policy} wants it on day {span}"
            if row.window_days < last:
                yield (*place, "window_days"), f"the window ends before the last attempt: make it {last} days or more"
