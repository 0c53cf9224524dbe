"""Effects on a debt that move no money at a provider: open it, skip a slot, write it off, close it."""

from datetime import datetime
from typing import Any

from activities import reading
from activities.announcing import announce
from activities.desk import Desk, conclude, effects
from activities.payers import let_go, set_payer_status
from activities.reading import File
from activities.telling import notify
from domain.accounts import Attempt, Case, Entry, EntryKind, SubscriptionStatus
from domain.notices import NoticeKind
from paystates.engine import Errand
from states import debts as ask
from store.port import Pages


def is_own(attempt: Attempt, subject: str) -> bool:
    """Whether this procedure began the attempt: only then may it be looked up and closed by it."""
    return attempt.begun_by == subject


def still_open(file: File, attempt: int, now: datetime) -> ask.AttemptOpen:
    """That an attempt is to be looked up before anything else, with the debt as it stands beside it."""
    return ask.AttemptOpen(attempt=attempt, debt=reading.debt(file, now, reading.upcoming(file, now)))


@effects.implements(ask.OpenDebt)
def open_debt(desk: Desk, errand: Errand[ask.OpenDebt]) -> ask.Opened | ask.NothingDue | ask.AttemptOpen | ask.NoSuchInvoice:
    """Read the debt. An attempt that this procedure left open, or that the provider named, is to be looked up first."""
    request, now = errand.request, errand.now
    with desk.book.transaction() as pages:
        file = reading.read(pages, request.invoice, lock=True)
        answer: ask.Opened | ask.NothingDue | ask.AttemptOpen | ask.NoSuchInvoice
        if file is None:
            answer = ask.NoSuchInvoice()
        elif (to_look_up := _to_look_up(file, errand)) is not None:
            answer = still_open(file, to_look_up, now)
        elif file.owed <= 0:
            answer = reading.nothing_due(file, errand.subject)
        else:
            if request.resumed:
                file = reading.use_up(pages, file, reading.passed_slots(file, now))
            answer = ask.Opened(debt=reading.debt(file, now, reading.upcoming(file, now)))
            announce(pages, file, errand, answer)
        conclude(pages, errand, answer, file.account.id if file else None)
    return answer


def _to_look_up(file: File, errand: Errand[ask.OpenDebt]) -> int | None:
    opened = file.open_attempt
    if opened is not None and is_own(opened, errand.subject):
        return opened.n
    hint = errand.request.hint
    known = {attempt.n for attempt in file.attempts if attempt.intent_id is not None and not attempt.is_open}
    return hint if hint in known else None


@effects.implements(ask.SkipSlot)
def skip_slot(desk: Desk, errand: Errand[ask.SkipSlot]) -> ask.Skipped | ask.NothingDue | ask.AttemptOpen:
    """Use up a slot without an attempt."""
    now = errand.now
    with desk.book.transaction() as pages:
        file = required(pages, errand.request.invoice)
        opened = file.open_attempt
        answer: ask.Skipped | ask.NothingDue | ask.AttemptOpen
        if opened is not None and is_own(opened, errand.subject):
            answer = still_open(file, opened.n, now)
        elif file.owed <= 0:
            answer = reading.nothing_due(file, errand.subject)
        else:
            file = reading.use_up(pages, file, errand.request.slot + 1)
            answer = ask.Skipped(debt=reading.debt(file, now, reading.upcoming(file, now)))
        conclude(pages, errand, answer, file.account.id)
    return answer


@effects.implements(ask.WriteOffDebt)
def write_off_debt(desk: Desk, errand: Errand[ask.WriteOffDebt]) -> ask.WrittenOff | ask.NothingDue | ask.AttemptOpen:
    """Write off the rest, unless an attempt is open: then that comes first (law 6)."""
    with desk.book.transaction() as pages:
        file = required(pages, errand.request.invoice)
        opened = file.open_attempt
        answer: ask.WrittenOff | ask.NothingDue | ask.AttemptOpen
        if opened is not None:
            answer = still_open(file, opened.n, errand.now)
        elif file.owed <= 0:
            answer = reading.nothing_due(file, errand.subject)
        else:
            reference = f"{file.invoice.id}/write-off/{len(file.entries)}"
            pages.add_entry(Entry(reference, file.invoice.id, EntryKind.WRITE_OFF, -file.owed, errand.now))
            let_go(pages, file.invoice, errand.now)
            answer = ask.WrittenOff(amount=file.owed)
        conclude(pages, errand, answer, file.account.id)
    return answer


@effects.implements(ask.CloseDebt)
def close_debt(desk: Desk, errand: Errand[ask.CloseDebt]) -> ask.Closed | ask.Postponed | ask.NothingDue | ask.AttemptOpen:
    """End the attempts: the final notice, and the subscription is past due. The debt stays due and settleable."""
    now = errand.now
    with desk.book.transaction() as pages:
        file = required(pages, errand.request.invoice)
        opened = file.open_attempt
        answer: ask.Closed | ask.Postponed | ask.NothingDue | ask.AttemptOpen
        if opened is not None and is_own(opened, errand.subject):
            answer = still_open(file, opened.n, now)
        elif opened is not None:
            answer = ask.Postponed(why="another procedure is charging this debt", debt=reading.aside(file, now), aside=True)
        elif file.owed <= 0:
            answer = reading.nothing_due(file, errand.subject)
        else:
            notify(pages, file, NoticeKind.FINAL, now, name="final")
            set_payer_status(pages, file.invoice, SubscriptionStatus.PAST_DUE, only_from=SubscriptionStatus.ACTIVE)
            answer = ask.Closed(debt=reading.debt(file, now, None, just_told=True))
        conclude(pages, errand, answer, file.account.id)
    return answer


def required(pages: Pages, invoice_id: str) -> File:
    """The debt's file, locked; `LookupError` when the book has lost it."""
    file = reading.read(pages, invoice_id, lock=True)
    if file is None:
        message = f"invoice {invoice_id} has vanished from the book while its procedure runs"
        raise LookupError(message)
    return file


def open_case(pages: Pages, file: File, kind: str, facts: str, errand: Errand[Any]) -> None:
    """Put something before an operator, once for each debt and kind."""
    reference = f"{file.invoice.id}/{kind}"
    pages.add_case(Case(reference, file.account.id, file.invoice.id, kind, facts, errand.now))


def open_own_case(pages: Pages, account: str, kind: str, facts: str, errand: Errand[Any]) -> None:
    """Put before an operator what is about the procedure itself, once for each kind while that case is open."""
    reference = f"{errand.subject}/{errand.run}/{kind}"
    pages.add_case(Case(reference, account, None, kind, facts, errand.now, subject=errand.subject))
