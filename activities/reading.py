"""Reads a debt inside a transaction: what is owed, what it may be charged with, and when next. Every effect on debts uses it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from domain import sepa
from domain.accounts import (
    Account,
    AccountKind,
    Attempt,
    AttemptStatus,
    Dunning,
    Entry,
    Era,
    Initiator,
    Invoice,
    Method,
    MethodKind,
    PayerKind,
    Standing,
)
from domain.caps import bank_debits_left, disputed, presented
from domain.ledger import Ended, balance, ending, how_ended
from domain.notices import Notice, NoticeKind, NoticeStatus, announces
from domain.plan import DEFAULT_PLAN, Next, calendar, passed, plan, plan_next
from states.debts import Debt, NothingDue
from store.port import Pages

PLAN_OF_ERA = {Era.SEED: DEFAULT_PLAN, Era.Y2022: "every-few-days@1", Era.Y2024: "every-few-days@1"}
"""C7: the seeds' three to four weeks by default; later texts say “every few days for 30 days” (G55)."""

_NETWORK_NAMES = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "ach": "ACH",
    "sepa": "SEPA",
    "autogiro": "Autogiro",
}
_NOT_CHARGEABLE = {
    Standing.NEEDS_CORRECTION: "its details must be corrected",
    Standing.FINISHED: "the bank will not have it charged again",
    Standing.GONE: "the provider no longer has it",
    Standing.POOR: "the bank account is not in good standing",
}


@dataclass(frozen=True, slots=True)
class File:
    """Everything the book says about one debt, read in one transaction. `profile`: the billing profile that pays, if one does.

    `announced` are the debt's pre-notifications, where the bound method needs any; `mails` counts all its notices.
    """

    invoice: Invoice
    account: Account
    entries: tuple[Entry, ...]
    attempts: tuple[Attempt, ...]
    method: Method | None
    dunning: Dunning
    manual: bool
    profile: str | None
    announced: tuple[Notice, ...] = ()
    mails: int = 0

    @property
    def owed(self) -> int:
        """What is still due, in minor units; zero or below: nothing."""
        return balance(self.entries)

    @property
    def ended(self) -> Ended | None:
        """By what the debt ended."""
        return how_ended(self.entries)

    @property
    def open_attempt(self) -> Attempt | None:
        """The one attempt that is open (law 1)."""
        return next((attempt for attempt in self.attempts if attempt.is_open), None)


def read(pages: Pages, invoice_id: str, *, lock: bool = False) -> File | None:
    """The debt's file; the first time, its plan and calendar are pinned in the book (law 8). None: no such invoice."""
    invoice = pages.invoice(invoice_id, lock=lock)
    account = pages.account(invoice.account_id) if invoice else None
    if invoice is None or account is None:
        return None
    method_id, manual, profile = _bound(pages, invoice, lock=lock)
    dunning = pages.dunning(invoice_id)
    if dunning is None:
        dunning = _pin(invoice, account)
        pages.put_dunning(dunning)
    method = pages.method(method_id, lock=lock) if method_id else None
    notices = pages.notices(invoice_id)
    return File(
        invoice,
        account,
        tuple(pages.entries(invoice_id)),
        tuple(pages.attempts(invoice_id)),
        method,
        dunning,
        manual,
        profile,
        _announced(notices, method),
        len(notices),
    )


def _announced(notices: Sequence[Notice], method: Method | None) -> tuple[Notice, ...]:
    if method is None or method.network != sepa.NETWORK:
        return ()
    return tuple(one for one in notices if one.kind is NoticeKind.PRE_NOTIFICATION)


def _bound(pages: Pages, invoice: Invoice, *, lock: bool) -> tuple[str | None, bool, str | None]:
    """The method bound to the payer now, whether each period is paid by hand (G68), and the billing profile that pays.

    Invoice, payer, method: whoever locks more than one of them does it in this order.
    """
    if invoice.payer_kind is PayerKind.SUBSCRIPTION:
        subscription = pages.subscription(invoice.payer_id, lock=lock)
        return (subscription.method_id, False, subscription.profile_id) if subscription else (None, False, None)
    profile = pages.profile(invoice.payer_id, lock=lock)
    paid_through = [one for one in pages.subscriptions(invoice.account_id) if one.profile_id == invoice.payer_id]
    manual = bool(paid_through) and not any(one.recurring_billing for one in paid_through)
    return (profile.method_id if profile else None), manual, invoice.payer_id


def _pin(invoice: Invoice, account: Account) -> Dunning:
    pinned = plan(PLAN_OF_ERA[account.era])
    dates = calendar(pinned, anchor(invoice, account), account.time_zone)
    return Dunning(invoice.id, pinned.id, dates.slots, dates.window_ends)


def anchor(invoice: Invoice, account: Account) -> date:
    """Day 0: the billing date, or for an MCA account the invoice's due date (G67)."""
    if account.kind is AccountKind.MCA and invoice.due_date is not None:
        return invoice.due_date
    return invoice.billing_date


def method_of(pages: Pages, file: File, attempt: Attempt) -> Method | None:
    """The method an attempt is made with: read already, where it is the one that is bound."""
    bound = file.method
    return bound if bound is not None and bound.id == attempt.method_id else pages.method(attempt.method_id)


def why_not_chargeable(file: File) -> str | None:
    """Why the bound method may not be charged automatically for this debt, None when it may (laws 4 and 8, C9)."""
    return why_not_with(file.method, file.attempts)


def why_not_with(method: Method | None, attempts: Sequence[Attempt]) -> str | None:
    """The same of a method that need not be the bound one, for a debt with these attempts."""
    if method is None:
        return "no payment method is bound"
    if method.is_deleted:
        return "the payment method is deleted"
    if method.standing is not Standing.GOOD:
        return _NOT_CHARGEABLE[method.standing]
    if method.kind is MethodKind.BANK_ACCOUNT and bank_debits_left(attempts) == 0:
        return "a bank debit is presented at most three times"
    if disputed([attempt for attempt in attempts if attempt.method_id == method.id]) is not None:
        return "an earlier charge of this debt on it was disputed"
    return None


def upcoming(
    file: File, now: datetime, *, not_before: datetime | None = None, used: int | None = None, again: bool = False
) -> Next | None:
    """The next slot and its instant. `again`: nothing reached the bank, so the same slot is tried a day later.

    None: no slot is left in the window, or none is used, because each period is paid by hand (G68).
    """
    if file.manual:
        return None
    in_a_day = now + timedelta(days=1) if again else None
    asked = [at for at in (wait_until(file, now), not_before, in_a_day, announced_from(file, now)) if at]
    return plan_next(
        file.dunning.slots,
        file.dunning.window_ends,
        file.dunning.used if used is None else used,
        now,
        last_attempt(file),
        max(asked, default=None),
        min_gap=plan(file.dunning.plan).min_gap,
        bank_days_in=file.account.time_zone if is_sepa(file) else None,
    )


def is_sepa(file: File) -> bool:
    """Whether the bound method is debited as SEPA wants it: on bank days, each time after a pre-notification."""
    return file.method is not None and file.method.network == sepa.NETWORK


def standing_announcements(file: File) -> list[Notice]:
    """The pre-notifications a debit may rest on: of what is owed now, and of the method that is bound now.

    One is used up with the slot of its day, and by any attempt since that reached the bank: each debit has its own.
    """
    method = file.method.id if file.method else None
    return [
        one
        for one in file.announced
        if announces(one, file.owed, method)
        and one.status is not NoticeStatus.WITHDRAWN
        and one.next_at is not None
        and passed(file.dunning.slots, one.next_at) > file.dunning.used
        and not any(attempt.reserved_at > one.created_at for attempt in file.attempts if presented(attempt))
    ]


def announced_from(file: File, now: datetime) -> datetime | None:
    """From when on the next debit is announced: by a pre-notification that stands, or by one that is written `now`.

    None where none is needed, or where nothing is debited as the method stands.
    """
    if not is_sepa(file) or why_not_chargeable(file) is not None:
        return None
    zone, hour = file.account.time_zone, plan(file.dunning.plan).hour
    standing = [(one.next_at, sepa.first_debit(one.created_at, zone, hour)) for one in standing_announcements(file)]
    return min([sepa.first_debit(now, zone, hour), *(max(at, in_time) for at, in_time in standing if at is not None)])


def last_attempt(file: File) -> datetime | None:
    """What a day must lie after before the next automatic attempt: the last automatic one, and the last result.

    A declined attempt lasts until its result: else a bank debit declined after a week would be sent again at once. What
    died before it was reserved counts too: else its slot, which is still due, would be tried again without end.
    """
    return max((at for one in file.attempts if (at := _counts_from(one)) is not None), default=None)


def _counts_from(attempt: Attempt) -> datetime | None:
    if attempt.status in {AttemptStatus.DECLINED, AttemptStatus.RETURNED}:
        return attempt.finished_at or attempt.reserved_at
    by_plan = attempt.slot is not None or attempt.fenced
    return attempt.reserved_at if by_plan and attempt.initiator is Initiator.MERCHANT else None


def wait_until(file: File, now: datetime) -> datetime | None:
    """Until when the network or the bank asked to wait, for the method that is bound now; None: not at all.

    What an open attempt waits for is its own result: until when its customer may authenticate, for one.
    """
    method_id = file.method.id if file.method else None
    waiting = [one for one in file.attempts if one.not_before and one.method_id == method_id and not one.is_open]
    latest = max((one.not_before for one in waiting if one.not_before), default=None)
    return latest if latest is not None and latest > now else None


def debt(file: File, now: datetime, following: Next | None, *, just_told: bool = False) -> Debt:
    """The debt in the procedure's words. `just_told`: a notice has been written since the file was read."""
    method = file.method
    return Debt(
        account=file.account.id,
        balance=file.owed,
        currency=file.invoice.currency,
        slots=len(file.dunning.slots),
        used=file.dunning.used,
        window_ends=file.dunning.window_ends,
        attempts=max((attempt.n for attempt in file.attempts), default=0),
        method=label(method) if method else None,
        card_owner=method.added_by if method and method.kind is MethodKind.CARD else None,
        chargeable=why_not_chargeable(file) is None,
        manual=file.manual,
        profile=file.profile,
        next_slot=following.index if following else None,
        next_at=following.at if following else None,
        not_before=wait_until(file, now),
        tried=_tried(file),
        mails=file.mails + just_told,
        time_zone=file.account.time_zone,
    )


def nothing_due(file: File, subject: str) -> NothingDue:
    """That nothing is owed, and what ended the debt: `collected`, when it was a charge that the procedure `subject` began."""
    entry = ending(file.entries)
    own = {f"{attempt.reference}/payment" for attempt in file.attempts if attempt.begun_by == subject}
    return NothingDue(
        ended=file.ended,
        collected=entry is not None and entry.reference in own,
        account=file.account.id,
        time_zone=file.account.time_zone,
    )


def _tried(file: File) -> bool:
    method = file.method
    if method is None:
        return False
    theirs = [one for one in file.attempts if one.method_id == method.id and presented(one)]
    return any(method.details_at is None or one.reserved_at >= method.details_at for one in theirs)


def aside(file: File, now: datetime) -> Debt:
    """The debt for a procedure that stands aside while another's attempt is open: the next slot, at the earliest in a day.

    When no slot is left it looks again in a day all the same: the other attempt has an end.
    """
    following = upcoming(file, now, again=True) or Next(len(file.dunning.slots) - 1, now + timedelta(days=1))
    return debt(file, now, following)


def label(method: Method) -> str:
    """A method as operators know it: `Visa •••• 4242`."""
    return f"{network_name(method)} •••• {method.last4}"


def network_name(method: Method) -> str:
    """What people call the network of a card, or the scheme of a bank account: `Visa`."""
    return _NETWORK_NAMES.get(method.network, method.network)


def use_up(pages: Pages, file: File, slots: int) -> File:
    """Count slots as used up, in the debt's own budget (law 8). It never goes back."""
    dunning = used_up(pages, file.dunning, slots)
    return file if dunning is file.dunning else replace(file, dunning=dunning)


def used_up(pages: Pages, dunning: Dunning, slots: int) -> Dunning:
    """The same of the budget alone: as it is in the book afterwards."""
    used = min(max(dunning.used, slots), len(dunning.slots))
    if used == dunning.used:
        return dunning
    counted = replace(dunning, used=used)
    pages.put_dunning(counted)
    return counted


def passed_slots(file: File, now: datetime) -> int:
    """How many slots lie in the past."""
    return passed(file.dunning.slots, now)
