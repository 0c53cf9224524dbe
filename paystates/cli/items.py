"""`paystates items`: what became of each thing that a procedure was to bind anew, line by line, however many there are."""

import json as notation
import sys
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from paystates import clock
from paystates.cli.connection import book
from paystates.cli.terminal import note
from paystates.front.items import BoundItem, every_item
from paystates.front.phrases import Json, count, plain, when
from paystates.settings import Settings
from states.methods import ITEM_KINDS

if TYPE_CHECKING:
    from datetime import datetime

    from store.port import Book


def show_items(settings: Settings, subject: str, *, json: bool) -> None:
    """Write them as they are read. `NotFound` before anything is written."""
    with book(settings) as opened:
        found = every_item(opened, subject)
        first = list(_first(found))
        written = _write_json(chain(first, found)) if json else _write_lines(opened, subject, chain(first, found))
    if not written and not json:
        note("Nothing has been bound anew.")


def _first(found: Iterator[BoundItem]) -> Iterator[BoundItem]:
    one = next(found, None)
    if one is not None:
        yield one


def _write_json(found: Iterator[BoundItem]) -> int:
    """One list, an item a line."""
    number = 0
    sys.stdout.write("[")
    for number, one in enumerate(found, 1):
        sys.stdout.write(("," if number > 1 else "") + "\n  " + notation.dumps(item_data(one), ensure_ascii=False))
    sys.stdout.write("\n]\n" if number else "]\n")
    return number


def item_data(one: BoundItem) -> Json:
    """An item as data."""
    return {
        "kind": one.kind.value,
        "id": one.id,
        "name": one.name,
        "from": one.from_method,
        "to": one.to_method,
        "at": one.moved.isoformat() if one.moved else None,
        "stayed": {"code": one.stayed.code, "sentence": one.stayed.sentence, "at": one.stayed.at.isoformat()}
        if one.stayed
        else None,
    }


def _write_lines(opened: "Book", subject: str, found: Iterator[BoundItem]) -> int:
    """A line each, and a second one with the reason where it stayed; then how many there were."""
    zone, now = _zone(opened, subject), clock.now()
    number = stayed = 0
    for one in found:
        number, stayed = number + 1, stayed + (one.stayed is not None)
        sys.stdout.write("\n".join(_lines(one, zone, now)) + "\n")
    if number:
        note(f"{count(number, 'item')}, {stayed} of them not where they were to be.")
    return number


def _lines(one: BoundItem, zone: ZoneInfo, now: "datetime") -> Iterator[str]:
    item = plain(f"{ITEM_KINDS[one.kind]} {one.id}" + (f" ({one.name})" if one.name else ""))
    if one.moved is None:
        yield f"{item}  stays"
    else:
        yield f"{item}  {plain(one.from_method or 'nothing')} → {plain(one.to_method)}  {when(one.moved, zone, beside=now)}"
    if one.stayed is not None:
        yield f"    {plain(one.stayed.sentence)} ({plain(one.stayed.code)})"


def _zone(opened: "Book", subject: str) -> ZoneInfo:
    """The account's time zone."""
    with opened.reading() as pages:
        named = next((row.account_id for row in pages.journal(subject) if row.account_id), None)
        account = pages.account(named) if named else None
    return ZoneInfo(account.time_zone) if account else ZoneInfo("UTC")
