"""Pre-notifications: no SEPA debit that the payer did not ask for comes without one of its own, written days before.

The date is planned for it (`reading.upcoming`), the reservation enforces it (`may_debit`). One is written (`announce`) in
the transaction whose answer makes the procedure wait for that date: when the debt is opened, declined or postponed.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from activities import reading
from activities.counting import counted
from activities.reading import File
from activities.telling import notify
from domain.accounts import Initiator
from domain.caps import cap
from domain.money import Money
from domain.notices import NoticeKind, NoticeStatus, pre_notification
from domain.plan import next_bank_day
from domain.sepa import first_debit_day
from paystates.engine import Errand, Event, Wait
from states import debts as ask
from store.port import Pages


def may_debit(file: File, now: datetime) -> bool:
    """Whether a debit that the payer did not ask for may be made now: always, where the method is none of SEPA's.

    Under SEPA it is a bank day, and a pre-notification of this debit stands: for today or earlier, written in time.
    """
    if not reading.is_sepa(file):
        return True
    today = _day(file, now)
    return next_bank_day(today) == today and any(
        one.next_at is not None
        and _day(file, one.next_at) <= today
        and first_debit_day(one.created_at, file.account.time_zone) <= today
        for one in reading.standing_announcements(file)
    )


def announce(pages: Pages, file: File, errand: Errand[Any], answer: Event) -> None:
    """Write the pre-notification of the debit that this answer makes the procedure wait for.

    Not when one for that day stands, nor when the day is too near to be announced (an earlier one holds then, or the
    reservation moves it), nor when no debit will come: the method may not be charged, or a cap forbids it on that day.
    """
    debt = answer.debt if isinstance(answer, ask.Opened | ask.Declined | ask.Postponed) else None
    if debt is None or debt.next_at is None or not debt.chargeable or not reading.is_sepa(file):
        return
    day, now = _day(file, debt.next_at), errand.now
    if day < first_debit_day(now, file.account.time_zone) or not _is_waited_for(errand, answer):
        return
    standing = reading.standing_announcements(file)
    if any(one.next_at is not None and _day(file, one.next_at) == day for one in standing):
        return
    if not _is_capped(pages, file, debt.next_at):
        _write(pages, file, now, day, debt.next_at)


def _write(pages: Pages, file: File, now: datetime, day: date, at: datetime) -> None:
    """One row for each day, amount and method; one that was withdrawn unsent, since it did not hold for a while, is due again."""
    name = pre_notification(day, file.owed, file.method.id if file.method else "")
    for one in file.announced:
        if one.message_id == f"{file.invoice.id}/{name}" and one.status is NoticeStatus.WITHDRAWN:
            pages.put_notice(replace(one, status=NoticeStatus.PENDING, created_at=now, next_at=at, tries=0))
            return
    notify(pages, file, NoticeKind.PRE_NOTIFICATION, now, name=name, next_at=at)


def _is_waited_for(errand: Errand[Any], answer: Event) -> bool:
    """Whether the procedure waits for the date: it is not held, nobody asked to charge at once, a method is bound."""
    target = errand.steps(answer)[-1].target
    return isinstance(errand.procedure.states[target], Wait)


def _is_capped(pages: Pages, file: File, at: datetime) -> bool:
    method = file.method
    if method is None:
        return True
    asked = counted(pages, method, file.attempts, at)
    amount = Money(file.owed, file.invoice.currency)
    return cap(method.network, asked, amount, Initiator.MERCHANT, at, invoice_id=file.invoice.id) is not None


def _day(file: File, at: datetime) -> date:
    """The day on the account's wall clock."""
    return at.astimezone(ZoneInfo(file.account.time_zone)).date()
