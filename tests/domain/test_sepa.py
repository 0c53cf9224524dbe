"""SEPA's pre-notification is dated data: how many calendar days it precedes its debit, and on which day that falls."""

from datetime import UTC, date, datetime

from tables import refused_otherwise

from domain.data import DataError
from domain.sepa import first_debit, first_debit_day, packaged, read_rules

OSLO = "Europe/Oslo"


def utc(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_fourteen_days_unless_the_mandate_says_two() -> None:
    """EPC SDD Core: 14 calendar days, unless another time was agreed with the debtor; before the first row that one holds."""
    days = dict.fromkeys((date(2000, 1, 1), date(2009, 11, 2), date(2025, 12, 31)), 14)
    days |= dict.fromkeys((date(2026, 1, 1), date(2099, 1, 1)), 2)
    assert {on: packaged().days(on) for on in days} == days


def test_days_are_calendar_days_of_the_account() -> None:
    """The scheme counts due dates, not hours; the debit is at the plan's hour on the account's wall clock (U15)."""
    debits = {
        utc(11, 2, 8): utc(11, 4, 8),  # nine o'clock in Oslo, on both days
        utc(11, 2, 22, 59): utc(11, 4, 8),  # a minute before midnight there is still that day
        utc(11, 2, 23): utc(11, 5, 8),  # midnight there is the next
        utc(3, 27, 8): utc(3, 29, 7),  # the day on which the clocks change is a day
        utc(12, 31, 12): datetime(2027, 1, 2, 8, tzinfo=UTC),  # no bank day: that is the plan's to see to
    }
    assert {written: first_debit(written, OSLO, 9) for written in debits} == debits


def test_what_holds_is_what_held_when_it_was_written() -> None:
    """A change of the agreement moves no debit whose payer was told before it."""
    assert first_debit_day(datetime(2025, 12, 31, 12, tzinfo=UTC), OSLO) == date(2026, 1, 14)
    assert first_debit_day(utc(1, 1, 12), OSLO) == date(2026, 1, 3)


GOOD = """\
version: 2026-11-22
pre_notification:
  - {from: 2009-11-02, calendar_days: 14}
  - {from: 2026-01-01, calendar_days: 5}
"""


def test_the_rules_may_come_from_another_file() -> None:
    rules = read_rules(GOOD, "mine.yaml")
    assert first_debit_day(utc(11, 2, 12), OSLO, rules) == date(2026, 11, 7)
    assert first_debit(utc(11, 2, 12), OSLO, 9, rules) == utc(11, 7, 8)


MALFORMED = [
    ("days: 5", "days: 0", "line 4, pre_notification[1].calendar_days: must be greater than or equal to 1, but it is 0"),
    ("days: 5", "days: 15", "line 4, pre_notification[1].calendar_days: must be less than or equal to 14, but it is 15"),
    ("days: 5", "days: 2.5", "line 4, pre_notification[1].calendar_days: must be a valid integer, but it is 2.5"),
    ("from: 2026-01-01, ", "", "line 4, pre_notification[1].from: is missing: add it"),
    (
        "2026-01-01",
        "2009-11-02",
        "line 4, pre_notification[1].from: 2009-11-02 does not come after 2009-11-02: put the rows in order",
    ),
    ("2026-01-01", "2026-02-30", "line 4, pre_notification[1].from: 2026-02-30 cannot be read: day"),
    ("pre_notification", "prenotification", "line 2, prenotification: is not a field of this file: remove it"),
    ("pre_notification", "prenotification", "pre_notification: is missing: add it"),
    (GOOD[GOOD.index("pre_") :], "pre_notification: []\n", "line 2, pre_notification: Tuple should have at least 1 item"),
]


def test_a_malformed_file_is_refused() -> None:
    """Every fault with its line, its field and its remedy."""
    assert refused_otherwise(MALFORMED, DataError, lambda good, bad: read_rules(GOOD.replace(good, bad), "mine.yaml")) == ""
