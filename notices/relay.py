"""The relay: hands notices to the mail server, apart from every procedure, until each is sent or withdrawn (law 7).

A mail server that is down delays no attempt and loses no notice. The debt is re-read before any mail. No transaction
spans a hand-over, so a crash in between leaves it unknown: it is repeated under the same Message-ID, which a mailbox
recognises. A run may take longer than a lease, so the time is taken anew for each claim and after each hand-over.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import quote, urlsplit

from domain.accounts import Account, BillingProfile, Entry, Invoice, PayerKind, Subscription
from domain.ledger import balance
from domain.notices import Notice, NoticeKind, NoticeStatus, announces
from notices.sender import Handover, Sender, compose, sender_domain
from notices.words import plain, render
from paystates.clock import now as present

_log = logging.getLogger(__name__)
_ALL = 1_000_000
_FAR = timedelta(days=3650)
_OF_THE_BALANCE = frozenset({NoticeKind.REMINDER, NoticeKind.FINAL})


class NoticePages(Protocol):
    """What the relay reads and writes in one transaction: a part of the account book's pages."""

    def account(self, account_id: str) -> Account | None:
        """The account, if there is one."""

    def invoice(self, invoice_id: str, *, lock: bool = False) -> Invoice | None:
        """The debt; with `lock`, nobody else changes it until the transaction ends."""

    def subscription(self, subscription_id: str) -> Subscription | None:
        """The subscription, if there is one."""

    def profile(self, profile_id: str) -> BillingProfile | None:
        """The billing profile, if there is one."""

    def entries(self, invoice_id: str) -> Sequence[Entry]:
        """The ledger of the debt, whose sum is the balance."""

    def notices(self, invoice_id: str) -> Sequence[Notice]:
        """All notices of the debt."""

    def notices_to_send(self, now: datetime, limit: int) -> Sequence[Notice]:
        """Pending notices whose `next_try_at` is None or not after `now`, oldest first."""

    def put_notice(self, notice: Notice) -> None:
        """Replace the notice of that Message-ID."""


class NoticeBook(Protocol):
    """The account book, as far as the relay needs it."""

    def transaction(self) -> AbstractContextManager[NoticePages]:
        """Commits at the end of the block, rolls back on any exception."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long a notice waits after a failed hand-over: `first`, then twice as long each time, at most `cap`."""

    first: timedelta = timedelta(minutes=1)
    cap: timedelta = timedelta(hours=6)

    def __post_init__(self) -> None:
        if not timedelta() < self.first <= self.cap:
            message = f"a backoff from {self.first} to {self.cap} never waits or shrinks: give 0 < first <= cap"
            raise ValueError(message)

    def after(self, tries: int) -> timedelta:
        """The wait after that many hand-overs, the failed one included."""
        wait = self.first
        for _ in range(tries - 1):
            if wait >= self.cap:
                break
            wait *= 2
        return min(wait, self.cap)


@dataclass(frozen=True, slots=True)
class RelayReport:
    """What one run did, in notices. A failed one is tried again later; one taken by another relay counts nowhere."""

    sent: int = 0
    failed: int = 0
    withdrawn: int = 0


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A notice that is this relay's until its lease ends, with what the book said of its debt at that moment."""

    notice: Notice
    account: Account | None
    due: int


@dataclass(frozen=True, slots=True)
class _Partly:
    """What is left of a notice that some recipients have. A crash forgets it: all get it once more, under its id."""

    waiting: tuple[str, ...]
    refused: Mapping[str, str] = field(default_factory=dict)


class Relay:
    """Relays the notices of one account book to one sender.

    `from_address` is `billing@example.com` or `Billing <billing@example.com>`; `link_base` is the web address below
    which an invoice's balance is shown (`{link_base}/{invoice}`). A notice that is being handed over is left alone by
    other relays for `lease`. Raises ValueError when an address is none.
    """

    def __init__(
        self,
        book: NoticeBook,
        sender: Sender,
        *,
        from_address: str,
        link_base: str,
        backoff: Backoff | None = None,
        lease: timedelta = timedelta(minutes=15),
        batch: int = 100,
    ) -> None:
        sender_domain(from_address)
        parts = urlsplit(link_base)
        if parts.scheme not in {"https", "http"} or not parts.netloc or parts.query or parts.fragment:
            message = f"{link_base!r} is not a web address to link below: use https://pay.example.com/balance"
            raise ValueError(message)
        self._book = book
        self._sender = sender
        self._from_address = from_address
        self._link_base = link_base.rstrip("/")
        self._backoff = backoff or Backoff()
        self._lease = lease
        self._batch = batch
        self._partly: dict[str, _Partly] = {}

    def run_once(self, now: datetime, stop: Callable[[], bool] = lambda: False) -> RelayReport:
        """The same as `run_by` in no time, as a rehearsal has it: it is `now` from beginning to end."""
        return self.run_by(lambda: now, stop)

    def run_by(self, clock: Callable[[], datetime], stop: Callable[[], bool] = lambda: False) -> RelayReport:
        """Hand over what is due when it begins, oldest first, each notice tried once; `stop` is asked between two of them.

        A notice that cannot be told or handed over is kept, with its error and its next try; the others go on. What the
        account book raises ends the run, and loses nothing.
        """
        counts: Counter[NoticeStatus] = Counter()
        seen: set[str] = set()
        begun = clock()
        while batch := [notice for notice in self._due(begun) if notice.message_id not in seen]:
            for notice in batch:
                if stop():
                    return _report(counts)
                seen.add(notice.message_id)
                became = self._relay(notice, clock)
                if became:
                    counts[became.status] += 1
        return _report(counts)

    def next_due(self, now: datetime) -> datetime | None:
        """When the next notice is due: `now` if one is already, None if none is pending."""
        with self._book.transaction() as pages:
            if pages.notices_to_send(now, 1):
                return now
            pending = pages.notices_to_send(now + _FAR, _ALL)
        return min((notice.next_try_at for notice in pending if notice.next_try_at), default=None)

    def _due(self, now: datetime) -> Sequence[Notice]:
        with self._book.transaction() as pages:
            return pages.notices_to_send(now, self._batch)

    def _relay(self, notice: Notice, clock: Callable[[], datetime]) -> Notice | None:
        claimed = self._claim(notice, clock())
        if not isinstance(claimed, _Claimed):
            return claimed
        became = self._hand_over(claimed, clock)
        with self._book.transaction() as pages:
            _, row = _locked(pages, notice)
            if row != claimed.notice:  # the lease ended meanwhile, and what another relay has written since stands
                _log.warning("notice %s was handed over for longer than its lease, and taken by another relay", row.message_id)
                return None
            pages.put_notice(became)
        return became

    def _claim(self, notice: Notice, now: datetime) -> _Claimed | Notice | None:
        """Take the notice, or withdraw it because it holds no more, or None: another relay was faster."""
        with self._book.transaction() as pages:
            invoice, row = _locked(pages, notice)
            if row.status is not NoticeStatus.PENDING or (row.next_try_at and row.next_try_at > now):
                return None
            due = sum(balance(pages.entries(invoice_id)) for invoice_id in row.invoices)
            if not _holds(pages, row, invoice, due):
                withdrawn = replace(row, status=NoticeStatus.WITHDRAWN, next_try_at=None)
                pages.put_notice(withdrawn)
                self._partly.pop(row.message_id, None)
                return withdrawn
            row = replace(row, tries=row.tries + 1, next_try_at=now + self._lease)
            pages.put_notice(row)
            return _Claimed(row, pages.account(row.account_id), due)

    def _hand_over(self, claimed: _Claimed, clock: Callable[[], datetime]) -> Notice:
        """The row as it is after the hand-over: sent, or pending with its error and its next try."""
        notice = claimed.notice
        partly = self._partly.get(notice.message_id, _Partly(notice.recipients))
        try:
            handover = self._send(claimed, partly.waiting, clock())
        except Exception as error:  # noqa: BLE001 - one bad notice never stops the batch, and none is lost
            _log.warning("notice %s was not handed over: %s", notice.message_id, type(error).__name__)
            return self._pending(notice, clock(), f"{type(error).__name__}: {error}")
        refused = {**partly.refused, **handover.refused}
        words = "; ".join(f"{address}: {why}" for address, why in {**refused, **handover.deferred}.items())
        if handover.deferred:
            waiting = tuple(address for address in partly.waiting if address in handover.deferred)
            self._partly[notice.message_id] = _Partly(waiting, refused)
            return self._pending(notice, clock(), words)
        self._partly.pop(notice.message_id, None)
        return replace(notice, status=NoticeStatus.SENT, sent_at=clock(), next_try_at=None, error=plain(words) or None)

    def _send(self, claimed: _Claimed, waiting: tuple[str, ...], now: datetime) -> Handover:
        notice, due = claimed.notice, claimed.due
        if claimed.account is None:
            message = f"account {notice.account_id} is not in the book"
            raise LookupError(message)
        if notice.kind in _OF_THE_BALANCE:
            notice = replace(notice, amount=due)
        link = f"{self._link_base}/{quote(notice.invoice_id, safe='')}"
        mail = render(notice, claimed.account, settled=due <= 0, link=link, now=now)
        return self._sender.send(compose(replace(notice, recipients=waiting), mail, self._from_address, now))

    def _pending(self, notice: Notice, now: datetime, error: str) -> Notice:
        return replace(notice, next_try_at=now + self._backoff.after(notice.tries), error=plain(error))


async def run_forever(relay: Relay, interval: timedelta, stop: asyncio.Event, clock: Callable[[], datetime] = present) -> None:
    """Run the relay every `interval` until `stop` is set; mail servers block, so each run is in a thread of its own.

    An error of the account book is logged, and the next run tries again: nothing ends the loop but `stop`.
    """
    while not stop.is_set():
        try:
            await asyncio.to_thread(relay.run_by, clock, stop.is_set)
        except Exception:  # noqa: BLE001 - a database that is down must not end the relay for good
            _log.exception("the relay could not read or write the account book; it tries again in %s", interval)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), interval.total_seconds())


def _locked(pages: NoticePages, notice: Notice) -> tuple[Invoice | None, Notice]:
    """The debt, which no other relay has until the transaction ends, and the notice as it is now."""
    invoice = pages.invoice(notice.invoice_id, lock=True)
    return invoice, next(row for row in pages.notices(notice.invoice_id) if row.message_id == notice.message_id)


def _holds(pages: NoticePages, notice: Notice, invoice: Invoice | None, due: int) -> bool:
    """Whether it is still true: a decline always is, what asks for money while some is due, a debit while it will come so."""
    if notice.kind is NoticeKind.PRE_NOTIFICATION:
        return due > 0 and announces(notice, due, _bound(pages, invoice))
    return due > 0 or notice.kind is NoticeKind.DECLINED


def _bound(pages: NoticePages, invoice: Invoice | None) -> str | None:
    """The method that is bound to the payer now."""
    if invoice is None:
        return None
    by_subscription = invoice.payer_kind is PayerKind.SUBSCRIPTION
    payer = pages.subscription(invoice.payer_id) if by_subscription else pages.profile(invoice.payer_id)
    return payer.method_id if payer else None


def _report(counts: Mapping[NoticeStatus, int]) -> RelayReport:
    return RelayReport(
        sent=counts[NoticeStatus.SENT], failed=counts[NoticeStatus.PENDING], withdrawn=counts[NoticeStatus.WITHDRAWN]
    )
