"""What became of each thing that paid with a method, in full: which method it pays with now, or why it stayed.

An outcome counts them and names a few. All of them are in the book: what was moved has a row of its own, and what stayed
stands in the journal's row of its page, written in the same transaction.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from domain.accounts import PayerKind, Rebinding
from paystates.front.choosing import why_it_stays
from paystates.orders import BadOrder, NotFound
from store.port import Book, JournalRow, Pages, PayerKey

PAGE: Final = 250
"""How many items a page has unless another number is asked for."""

_PAGE_MOVED: Final = "page_moved"
_MOVED, _STAYED = "moved", "stayed"
_AT_ONCE: Final = 500
"""How many of those that stayed are looked up at once."""


@dataclass(frozen=True, slots=True)
class Stayed:
    """Why an item stays: the rule's or the conflict's code, and its sentence. `name` is the item's."""

    at: datetime
    name: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class BoundItem:
    """What became of one item. `moved`: when it was bound to `to_method`, None if it was not; `stayed`: why not, or not again."""

    kind: PayerKind
    id: str
    name: str
    from_method: str | None = None
    to_method: str | None = None
    moved: datetime | None = None
    stayed: Stayed | None = None

    @property
    def cursor(self) -> str:
        """Where the next page begins after."""
        return f"{_STAYED if self.moved is None else _MOVED}/{self.kind.value}/{self.id}"


@dataclass(frozen=True, slots=True)
class ItemsPage:
    """Items of a run: those that were moved, then those that stayed, each profiles first and by id. `after`: None at the end."""

    subject: str
    run: str
    items: tuple[BoundItem, ...]
    after: str | None = None


def items(
    book: Book, subject: str, *, run: str | None = None, after: str = "", limit: int = PAGE, language: str = "en"
) -> ItemsPage:
    """A page of what a procedure bound anew and of what it had to leave, in its last run or the one named.

    Raises `NotFound` when the book knows no such procedure or run, `BadOrder` for an `after` that no page has told.
    """
    part, place = _place(after)
    with book.reading() as pages:
        rows = pages.journal(subject)
        if not any(run in {None, row.run} for row in rows):
            named = subject if run is None else f"run {run} of {subject}"
            raise NotFound(f"the account book knows nothing of {named}: see `paystates list --all`, or correct the id")
        which = rows[-1].run if run is None else run
        stayed = _stayed(rows, which, language)
        found: list[BoundItem] = []
        if part == _MOVED:
            found += [_moved(pages, one, stayed) for one in pages.rebindings(subject, which, place, limit + 1)]
            place = None
        found += islice(_left(pages, subject, which, stayed, place), limit + 1 - len(found))
    shown = tuple(found[:limit])
    return ItemsPage(subject, which, shown, shown[-1].cursor if len(found) > limit else None)


def every_item(book: Book, subject: str, *, run: str | None = None) -> Iterator[BoundItem]:
    """All of them, read page by page: however many there are, no more than a page is held."""
    page = items(book, subject, run=run, limit=4 * PAGE)
    yield from page.items
    while page.after is not None:
        page = items(book, subject, run=page.run, after=page.after, limit=4 * PAGE)
        yield from page.items


def _place(after: str) -> tuple[str, PayerKey | None]:
    """Among which part a page begins, and after which item."""
    if not after:
        return _MOVED, None
    part, _, rest = after.partition("/")
    kind, _, name = rest.partition("/")
    if part not in {_MOVED, _STAYED} or kind not in set(PayerKind) or not name:
        raise BadOrder(f"after {after!r} is not where a page ended: give what the page before told")
    return part, (PayerKind(kind), name)


def _stayed(rows: Sequence[JournalRow], run: str, language: str) -> dict[PayerKey, Stayed]:
    """What the pages of a run had to leave; of what was left more than once, the last reason."""
    found = {}
    for row in rows:
        if row.run == run and row.event_kind == _PAGE_MOVED:
            for one in json.loads(row.event).get("conflicts", ()):
                item = one["item"]
                why = why_it_stays(one, language)
                found[PayerKind(item["kind"]), str(item["id"])] = Stayed(row.at, item["name"], one["code"], why)
    return found


def _moved(pages: Pages, row: Rebinding, stayed: Mapping[PayerKey, Stayed]) -> BoundItem:
    """One that was bound anew. A reason to stay that is older was overcome."""
    why = stayed.get((row.item_kind, row.item_id))
    why = why if why is not None and why.at >= row.at else None
    name = why.name if why is not None else _name(pages, row.item_kind, row.item_id)
    return BoundItem(row.item_kind, row.item_id, name, row.from_method, row.to_method, row.at, why)


def _name(pages: Pages, kind: PayerKind, item: str) -> str:
    payer = pages.subscription(item) if kind is PayerKind.SUBSCRIPTION else pages.profile(item)
    return payer.name if payer is not None else ""


def _left(pages: Pages, subject: str, run: str, stayed: Mapping[PayerKey, Stayed], place: PayerKey | None) -> Iterator[BoundItem]:
    """Those that were never moved, in order."""
    keys = sorted(key for key in stayed if place is None or key > place)
    for begin in range(0, len(keys), _AT_ONCE):
        some = keys[begin : begin + _AT_ONCE]
        moved = pages.rebound(subject, (run,), some)
        yield from (BoundItem(*key, stayed[key].name, stayed=stayed[key]) for key in some if key not in moved)
