"""The lanes of the board: what is listed, put together by the state it is in; what needs somebody stands first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from domain.accounts import Account
from paystates.engine import Ask, End, Verdict, Wait
from paystates.front.languages import titled
from paystates.front.pages import ListedProcedure, trouble_words
from paystates.web.board.tongue import tongue
from states.procedures import RELEASED

_UTC: Final = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Card:
    """One procedure in a lane."""

    subject: str
    account_name: str
    due: datetime | None
    zone: ZoneInfo
    attempt: int | None
    trouble: str


@dataclass(frozen=True, slots=True)
class Lane:
    """All that is in one state. `tone`: `bad` where somebody must look, `wait` where a person is waited for, `good` at an end."""

    title: str
    tone: str
    cards: tuple[Card, ...]


def lanes(rows: Iterable[ListedProcedure], accounts: Mapping[str, Account], language: str = "en") -> list[Lane]:
    """The lanes in the order of their urgency: what is in trouble, who is waited for, what goes on by itself, what has ended."""
    found: dict[tuple[int, str, str], list[Card]] = {}
    for row in rows:
        order, tone = _urgency(row)
        title = titled(row.title, language) if row.title else tongue(language).say("not begun yet")
        found.setdefault((order, tone, title), []).append(_card(row, accounts, language))
    return [Lane(title, tone, tuple(cards)) for (_, tone, title), cards in sorted(found.items(), key=lambda one: one[0])]


def _urgency(row: ListedProcedure) -> tuple[int, str]:
    procedure = RELEASED.get(row.definition or "")
    state = procedure.states.get(row.state or "") if procedure else None
    if row.trouble:
        return 0, "bad"
    match state:
        case Ask() if state.alarms:
            return 1, "bad"
        case Ask():
            return 2, "wait"
        case Wait():
            return 4, ""
        case End() if state.alarms:
            return 1, "bad"
        case End(verdict=Verdict.DONE):
            return 5, "good"
        case End():
            return 6, ""
    return 3, ""


def _card(row: ListedProcedure, accounts: Mapping[str, Account], language: str) -> Card:
    account = accounts.get(row.account or "")
    zone = ZoneInfo(account.time_zone) if account else _UTC
    name = account.name if account else row.account or ""
    words = trouble_words(row.trouble, language)
    return Card(row.subject, name, None if row.ended else row.due, zone, row.attempt, words)
