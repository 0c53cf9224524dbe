"""What a mail says, before it has words: one row per notice, with the facts pinned when its cause was recorded (law 7)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class NoticeKind(StrEnum):
    """`declined` is one per declined attempt; the others are sent once for what they are about.

    `pre_notification` says on which day how much will be debited from which account, as SEPA wants it, and is one per debit.
    """

    DECLINED = "declined"
    AUTHENTICATE = "authenticate"
    REMINDER = "reminder"
    FINAL = "final"
    PRE_NOTIFICATION = "pre_notification"


class NoticeStatus(StrEnum):
    """A notice waits for the relay until it is sent; one whose debt was settled meanwhile may be withdrawn."""

    PENDING = "pending"
    SENT = "sent"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Notice:
    """One mail. `message_id` is stable, so an unknown hand-over may be repeated under the same id.

    `reason` is a brief word of `domain.declines.brief` (never lost, stolen or fraud), `customer_action` the decline category.
    `next_at` is the next automatic attempt, None when this was the last; of a pre-notification it is the debit. `newer_method`
    names a method on file that is newer than the one charged and bound to nothing (S1's important note). `also` are the other
    debts of an attempt that was to settle several at once (G62), one id a line: such an attempt is told in one notice.
    """

    message_id: str
    account_id: str
    invoice_id: str
    kind: NoticeKind
    language: str
    recipients: tuple[str, ...]
    created_at: datetime
    amount: int
    currency: str
    attempt: int | None = None
    method: str = ""
    reason: str = ""
    customer_action: str = ""
    next_at: datetime | None = None
    newer_method: str | None = None
    status: NoticeStatus = NoticeStatus.PENDING
    tries: int = 0
    next_try_at: datetime | None = None
    sent_at: datetime | None = None
    error: str | None = None
    also: str | None = None

    @property
    def invoices(self) -> tuple[str, ...]:
        """Every debt it is about: one, but for an attempt that was to settle several."""
        return (self.invoice_id, *(self.also or "").splitlines())


def pre_notification(day: date, amount: int, method_id: str) -> str:
    """What distinguishes a pre-notification among the notices of its debt: another day, amount or method is another one."""
    return f"pre-notification/{day:%Y-%m-%d}/{amount}/{method_id}"


def announces(notice: Notice, amount: int, method_id: str | None) -> bool:
    """Whether the notice is a pre-notification of a debit of that amount, in minor units, from that very method."""
    if notice.kind is not NoticeKind.PRE_NOTIFICATION or method_id is None:
        return False
    day, _, what = notice.message_id.removeprefix(f"{notice.invoice_id}/pre-notification/").partition("/")
    return bool(day) and what == f"{amount}/{method_id}"
