"""One account as somebody looks at it: what it holds, its payment methods, what happened, and what they may start about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from paystates.front.account_read import read_once
from paystates.front.accounts import Holdings, holdings
from paystates.front.methods import methods_of
from paystates.front.pages import MethodPage
from paystates.front.starting import Starts, starts
from paystates.front.timeline import timeline
from paystates.front.words import Line
from store.port import Pages


@dataclass(frozen=True, slots=True)
class AccountPage:
    """What the book knows of it. `starts`: what may be started, and why not."""

    held: Holdings
    methods: Sequence[MethodPage]
    starts: Starts
    lines: Sequence[Line]


def account_page(pages: Pages, account_id: str, viewer: str, now: datetime, language: str, *, acts: bool) -> AccountPage | None:
    """Read it, as `viewer` sees it and, if they may act, as they may start something; None when there is no such account."""
    found = pages.account(account_id)
    if found is None:
        return None
    once = read_once(pages, account_id)
    held = holdings(once, found)
    methods = methods_of(once, account_id, viewer, now, language)
    may_start = starts(once, held, [one.id for one in methods], viewer, now, language, acts=acts)
    return AccountPage(held, methods, may_start, timeline(once, account_id, language=language))
