"""Reads what a network counts when a method is to be charged again: what was asked of it lately, and ever for this debt."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from domain.accounts import Attempt, Method
from domain.caps import lookback
from store.port import Pages


def counted(pages: Pages, method: Method, of_debt: Iterable[Attempt], now: datetime) -> Sequence[Attempt]:
    """The attempts that `domain.caps.cap` needs; `of_debt` are all of what is to be charged, on any method.

    A returned debit may be presented again for so long only: after that its first one is older than any rolling window.
    """
    lately = pages.attempts_on(method.id, now - lookback(method.network))
    known = {(one.invoice_id, one.n) for one in lately}
    return [*(one for one in of_debt if one.method_id == method.id and (one.invoice_id, one.n) not in known), *lately]
