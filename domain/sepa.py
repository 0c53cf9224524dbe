"""SEPA direct debit: how long before a debit its payer must have been told of it. Dated data, and the dates that follow.

Days are calendar days in the account's time zone, as the scheme counts them: a debit has a due date, not an hour. Which
row holds is chosen by the day on which the pre-notification is written: that was agreed when the payer was told.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import Field

from domain.data import Data, Place, load, load_packaged

NETWORK: Final = "sepa"
"""The network of methods that are debited under the scheme."""


class Ahead(Data):
    """From which day on a pre-notification precedes its debit by so many calendar days."""

    from_: date = Field(alias="from")
    calendar_days: Annotated[int, Field(strict=True, ge=1, le=14)]


class SepaRules(Data):
    """The whole of `sepa.yaml`."""

    version: date
    pre_notification: Annotated[tuple[Ahead, ...], Field(min_length=1)]

    def days(self, on: date) -> int:
        """How many calendar days it is on that day; before the first row, what the first row says."""
        return next((row.calendar_days for row in reversed(self.pre_notification) if row.from_ <= on), self._first)

    @property
    def _first(self) -> int:
        return self.pre_notification[0].calendar_days

    def faults(self) -> Iterator[tuple[Place, str]]:
        """Rows that are not in the order of their days."""
        for index, (row, following) in enumerate(pairwise(self.pre_notification), start=1):
            if following.from_ <= row.from_:
                sentence = f"{following.from_} does not come after {row.from_}: put the rows in order, one for each day"
                yield ("pre_notification", index, "from"), sentence


@cache
def packaged() -> SepaRules:
    """The rules packaged with `domain`, read once. Raises `DataError` when the file is malformed."""
    return load_packaged("sepa.yaml", SepaRules)


def read_rules(text: str, source_name: str) -> SepaRules:
    """Rules from the text of another file of the same form. Raises `DataError` with every fault and its line."""
    return load(text, SepaRules, source_name)


def first_debit_day(written: datetime, time_zone: str, rules: SepaRules | None = None) -> date:
    """The first day on which a debit may be made whose pre-notification is written at that instant; maybe no bank day."""
    day = written.astimezone(ZoneInfo(time_zone)).date()
    return day + timedelta(days=(rules or packaged()).days(day))


def first_debit(written: datetime, time_zone: str, hour: int, rules: SepaRules | None = None) -> datetime:
    """The same as a UTC instant: `hour` on the account's wall clock."""
    day = first_debit_day(written, time_zone, rules)
    return datetime.combine(day, time(hour), ZoneInfo(time_zone)).astimezone(UTC)
