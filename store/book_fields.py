"""The single fields of a book file: ids, addresses, months, days, and for each the sentence that says what is wrong.

A day is written as a date, or in days from the start of the import or scenario: `0d`, `+3d`, `-10d`. Whoever validates
puts that `start`, a date, into pydantic's context.
"""

import calendar
import re
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from domain.accounts import Era
from domain.method_fields import is_country, is_last4

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DAYS = re.compile(r"[+-]?[0-9]{1,5}d")
_MONTH = re.compile(r"(?P<year>[0-9]{4})-(?P<month>0[1-9]|1[0-2])")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        message = f"{text!r} is not an id: use up to 64 letters, digits, '.', '_' and '-', a letter or digit first"
        raise ValueError(message)
    return text


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        message = f"{text!r} is not an e-mail address: write one such as ann@example.com"
        raise ValueError(message)
    return text


def _country(text: str) -> str:
    if not is_country(text):
        message = f"{text!r} is not a country: write its ISO 3166 code in two capital letters, such as NO"
        raise ValueError(message)
    return text


def _last4(text: str) -> str:
    if not is_last4(text):
        message = "must be four digits (in a file in quotes): write the last four of the number, and never more of it"
        raise ValueError(message)
    return text


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        message = f"{name!r} is not a time zone: write a name of the IANA list, such as Europe/Oslo"
        raise ValueError(message) from None
    return name


def _month_end(text: str) -> date:
    found = _MONTH.fullmatch(text) if isinstance(text, str) else None
    if found is None or not int(found["year"]):
        message = f"{text} is not a month: write year and month in quotes, such as '2029-04'"
        raise ValueError(message)
    year, month = int(found["year"]), int(found["month"])
    return date(year, month, calendar.monthrange(year, month)[1])


def _day(value: object, info: ValidationInfo) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    start = (info.context or {}).get("start")
    if isinstance(value, str) and _DAYS.fullmatch(value) and isinstance(start, date):
        try:
            return start + timedelta(days=int(value[:-1]))
        except OverflowError:
            pass
    message = f"{value} is not a day: write a date such as 2026-03-31, or days from the start such as 0d, +3d or -10d"
    raise ValueError(message)


def _quoted(value: object) -> object:
    """The text that was meant: an era is the name of a document, but YAML reads `2022` as a number."""
    return str(value) if type(value) is int else value


Id = Annotated[str, AfterValidator(_id)]
Email = Annotated[str, AfterValidator(_email)]
Country = Annotated[str, AfterValidator(_country)]
Last4 = Annotated[str, AfterValidator(_last4)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
MonthEnd = Annotated[date, BeforeValidator(_month_end)]
Day = Annotated[date, BeforeValidator(_day)]
EraName = Annotated[Era, BeforeValidator(_quoted)]
