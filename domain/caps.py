"""How often the networks let us ask again: the declined attempts on a method against the dated caps, and bank debits.

The limits are data (`declines.yaml`); `table` is the packaged file wherever it is None. Pure: `now` is given. Which
dated cap holds is chosen by the UTC date of `now`; windows are measured between instants.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.accounts import Attempt, AttemptStatus, Initiator
from domain.decline_table import Cap, Category, DeclineTable, Representment, packaged
from domain.method_fields import BANK_NETWORKS
from domain.money import Money

LONGEST_OPEN: Final = timedelta(days=45)
"""The longest that an attempt stays open: ten days of look-ups, twice two weeks with an operator, seven days to authenticate."""

_A_DAY = timedelta(days=1)

# Answered so, the issuer said no. One that waits for the customer to authenticate was declined softly by the network, also
# when nobody did and nothing was charged. A success is no decline: the caps are on asking again, and twenty subscriptions of
# one price may share a card.
_DECLINED = frozenset({AttemptStatus.DECLINED, AttemptStatus.ACTION_REQUIRED, AttemptStatus.NOT_CHARGED})

# Under way, and maybe the next decline: debts that are charged at the same time do not see each other's results, and no
# margin is as wide as there may be debts on a card.
_UNDER_WAY = frozenset({AttemptStatus.RESERVED, AttemptStatus.OPENED})

# What is under way is decided in a minute, or by a look-up within the hour. A good card must not rest for a whole window.
_DECIDED_IN = timedelta(hours=1)

_BOUNCED = frozenset({AttemptStatus.RETURNED, AttemptStatus.DECLINED})


@dataclass(frozen=True, slots=True)
class Capped:
    """No further attempt for now: `counted` attempts stand against a network's limit in a rolling window.

    `window` is None for a limit that holds for ever. `until` is the first instant at which one more may be made, None
    when this attempt may never be made again on this method. `under_way` of those counted may yet succeed, and
    without them the limit is not reached.
    """

    cap: str
    network: str
    limit: int
    counted: int
    window: timedelta | None
    until: datetime | None
    under_way: int = 0

    def __str__(self) -> str:
        span = "" if self.window is None else f" in {_span(self.window)}"
        end = "for good" if self.until is None else f"until {self.until:%Y-%m-%d %H:%M} UTC"
        open_yet = f" ({self.under_way} of them under way)" if self.under_way else ""
        return f"{self.cap}: {self.counted} counted{open_yet}, {self.network} allows {self.limit}{span}; closed {end}"


@dataclass(frozen=True, slots=True)
class AmountChanged:
    """A returned bank debit may be presented again only with the identical amount: an operator decides (money.md)."""

    network: str
    presented: Money
    asked: Money

    def __str__(self) -> str:
        return f"{self.network} allows the identical amount only: {self.presented} was returned, {self.asked} is asked"


def cap(
    network: str,
    attempts: Sequence[Attempt],
    amount: Money,
    initiator: Initiator,
    now: datetime,
    table: DeclineTable | None = None,
    *,
    invoice_id: str | None = None,
) -> Capped | AmountChanged | None:
    """Whether one more attempt of `amount` may be made on a method now; None when it may.

    `attempts` are all on this method, of any debt, at least over `lookback(network)`; of the debt itself, of any age. Of
    several limits the one that closes longest is answered. `invoice_id` is the debt to charge; without it, a bank's
    attempts are all taken as its own. One below a network's cap is where we stop (the `margin` of the data). What is under
    way may become a decline: where a limit is reached only with it, one more may be made in an hour.
    """
    table = table or packaged()
    attempts = _as_sent(attempts)
    again = next((row for row in table.representments if row.network == network), None)
    if again is not None:
        return _represented(again, attempts, amount, now, invoice_id)
    today = now.astimezone(UTC).date()
    sent = list(_once(attempts))
    declined = [one for one in sent if one.is_answered and one.status in _DECLINED]
    under_way = [one for one in sent if one.status in _UNDER_WAY]
    capped = [
        found
        for row in table.caps
        if row.network == network and row.holds(today)
        if (found := _reached(row, declined, under_way, amount, initiator, now)) is not None
    ]
    return max(capped, key=lambda one: (one.until is None, one.until or now), default=None)


def lookback(network: str, table: DeclineTable | None = None) -> timedelta:
    """How far back attempts must be known for `cap`: the network's longest window, and an attempt may have been open before.

    A limit without a window needs no more: what it closed is on record as the method's standing, `finished`. When a
    returned debit may be presented again no more, its first one is older: a debt's own attempts are known for ever.
    """
    return (table or packaged()).longest_windows.get(network, timedelta()) + LONGEST_OPEN


def bank_debits_left(attempts: Sequence[Attempt], table: DeclineTable | None = None) -> int:
    """How many bank debits a debt may still have, of three in all; `attempts` are all of that debt, on any method."""
    made = sum(one.network in BANK_NETWORKS and presented(one) for one in attempts)
    return max((table or packaged()).bank_debits_per_debt - made, 0)


def bank_debit_allowed(attempts: Sequence[Attempt], table: DeclineTable | None = None) -> bool:
    """Whether a debt may be debited from a bank account now: day 0 and two more, each after the last one's result.

    `attempts` are all of that debt. False too when one was charged back or returned as unauthorised (law 8).
    """
    final = not any(one.is_open for one in attempts)
    return final and bank_debits_left(attempts, table) > 0 and disputed(attempts, table) is None


def disputed(attempts: Sequence[Attempt], table: DeclineTable | None = None) -> Attempt | None:
    """The attempt that forbids to debit its debt ever again: charged back, or returned as unauthorised (law 8)."""
    unauthorised = (table or packaged()).unauthorised
    return next((one for one in attempts if _is_disputed(one, unauthorised)), None)


def presented(one: Attempt) -> bool:
    """Whether it reached the bank, and so uses up what it was made for (law 7). A fault of ours did not, or is forgiven."""
    return one.is_answered and one.category != Category.OURS


def _is_disputed(one: Attempt, unauthorised: Mapping[str | None, frozenset[str]]) -> bool:
    if one.status is AttemptStatus.CHARGED_BACK:
        return True
    return one.status in _BOUNCED and one.code in unauthorised.get(one.source, ())


def _reached(
    row: Cap, declined: Sequence[Attempt], under_way: Sequence[Attempt], amount: Money, initiator: Initiator, now: datetime
) -> Capped | None:
    """The cap, when as many attempts count against it as we allow ourselves."""
    allowed = max(row.max - row.margin, 1)  # a cap of 0 closes after the one decline that it is about
    if row.category is not None or row.source is not None:
        under_way = ()  # nobody knows yet what will be said
    if len(declined) + len(under_way) < allowed:
        return None
    counted, open_yet = (
        sorted(at for one in group if _counts(row, one, amount, initiator) and _is_within(row, at := _at(one), now))
        for group in (declined, under_way)
    )
    if len(counted) >= allowed:
        # Free again when so many of the oldest have left the window that one less than allowed is in it.
        until = None if row.window is None else counted[len(counted) - allowed] + row.window
        return Capped(row.name, row.network, row.max, len(counted), row.window, until)
    known = len(counted) + len(open_yet)
    if known < allowed:
        return None
    return Capped(row.name, row.network, row.max, known, row.window, now + _DECIDED_IN, len(open_yet))


def _is_within(row: Cap, at: datetime, now: datetime) -> bool:
    return row.window is None or now < at + row.window


def _counts(row: Cap, one: Attempt, amount: Money, initiator: Initiator) -> bool:
    return (
        ("amount" not in row.per or one.money == amount)
        and ("initiator" not in row.per or one.initiator is initiator)
        and (row.category is None or one.category == row.category)
        and (row.source is None or (one.source == row.source and one.code in row.codes))
    )


def _at(one: Attempt) -> datetime:
    # The network's own clock started somewhere between the two; the later one never frees too early.
    return one.finished_at or one.reserved_at


def _as_sent(attempts: Sequence[Attempt]) -> Sequence[Attempt]:
    """Each with the sum that was asked for: the rows of an attempt for several debts are one."""
    sums: dict[Hashable, int] = {}
    for one in attempts:
        if (shared := _shared(one)) is not None:
            sums[shared] = sums.get(shared, 0) + one.amount
    asked = ((one, sums.get(_shared(one), one.amount)) for one in attempts)
    return [one if one.amount == amount else replace(one, amount=amount) for one, amount in asked]


def _once(attempts: Sequence[Attempt]) -> Iterator[Attempt]:
    """Several debts in one attempt were asked for once."""
    seen: set[Hashable] = set()
    for one in attempts:
        if (shared := _shared(one)) is None or shared not in seen:
            seen.add(shared)
            yield one


def _shared(one: Attempt) -> Hashable:
    """What the rows of one attempt share: its intent; before there is one, who reserved them and when. None: it is alone."""
    if one.intent_id is None and one.status is AttemptStatus.RESERVED:
        return one.begun_by, one.reserved_at
    return one.intent_id


def _represented(
    row: Representment, attempts: Sequence[Attempt], amount: Money, now: datetime, invoice_id: str | None
) -> Capped | AmountChanged | None:
    """What stands against presenting a returned debit again; None also for a debt's first debit, which is none."""
    own = [one for one in attempts if invoice_id is None or one.invoice_id == invoice_id]
    presented = _after_return(row, own)
    if not presented:
        return None
    original, *again = presented
    if original.money != amount:
        return AmountChanged(row.network, original.money, amount)
    name = f"{row.network} presented again"
    if len(again) >= row.max or now >= original.reserved_at + row.window:
        return Capped(name, row.network, row.max, len(again), row.window, None)
    shared = sorted(_in_window(row, attempts, now)) if row.per == "mandate" else []
    if len(shared) < row.max:
        return None
    until = shared[len(shared) - row.max] + row.window
    in_time = until < original.reserved_at + row.window
    return Capped(name, row.network, row.max, len(shared), row.window, until if in_time else None)


def _after_return(row: Representment, attempts: Sequence[Attempt]) -> list[Attempt]:
    """The first debit of a debt that came back and may be retried, and all presented after it; oldest first."""
    made = sorted((one for one in attempts if presented(one)), key=lambda one: one.reserved_at)
    for index, one in enumerate(made):
        # A provider that tells the reason in its own words instead of the bank's code leaves the category.
        if one.status in _BOUNCED and (one.code in row.codes or one.category == Category.RETRY):
            return made[index:]
    return []


def _in_window(row: Representment, attempts: Sequence[Attempt], now: datetime) -> Iterator[datetime]:
    """When debits of any debt were presented again on this mandate, within the window."""
    for debt in {one.invoice_id for one in attempts}:
        for one in _after_return(row, [one for one in attempts if one.invoice_id == debt])[1:]:
            if now < one.reserved_at + row.window:
                yield one.reserved_at


def _span(window: timedelta) -> str:
    return f"{window.days} days" if window > _A_DAY else f"{window // timedelta(hours=1)} hours"
