"""Law 7: notices are handed over apart from every procedure, none is lost, and the debt is re-read before any mail."""

import smtplib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from itertools import pairwise

import pytest

from domain.accounts import Account, BillingProfile, Invoice, PayerKind
from domain.notices import Notice, NoticeKind, NoticeStatus, pre_notification
from notices.relay import Relay, RelayReport
from notices.sender import CollectingSender, Handover, Sender, envelope
from store.memory import MemoryBook

Write = Callable[..., None]
Pay = Callable[[int], None]


class Scripted(CollectingSender):
    """Takes one outcome per message, an answer or something to raise, and everything once the list is empty."""

    def __init__(self, *outcomes: Handover | BaseException) -> None:
        super().__init__()
        self.outcomes = list(outcomes)

    def send(self, message: EmailMessage) -> Handover:
        outcome = self.outcomes.pop(0) if self.outcomes else Handover()
        if isinstance(outcome, Exception):
            raise outcome
        super().send(message)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


def relay_of(book: MemoryBook, sender: Sender) -> Relay:
    return Relay(book, sender, from_address="billing@example.com", link_base="https://pay.example.com/balance/")


def body(message: EmailMessage, form: str) -> str:
    part = message.get_body((form,))
    assert part is not None
    return str(part.get_content())


def rows(book: MemoryBook) -> Sequence[Notice]:
    with book.transaction() as pages:
        return pages.notices("INV-1")


def known_as(notice: Notice) -> str:
    """The Message-ID a notice is sent under."""
    own = notice.message_id.strip("<>")
    return f"<{own}>" if "@" in own else f"<{own}@example.com>"


def test_each_kind_is_sent_once(book: MemoryBook, write: Write, one_of_each: list[Notice], start: datetime) -> None:
    sender = CollectingSender()
    write(*one_of_each)
    relay = relay_of(book, sender)
    assert relay.run_once(start) == RelayReport(sent=5)
    assert relay.run_once(start) == RelayReport()
    assert [message["Message-ID"] for message in sender.messages] == [known_as(each) for each in one_of_each]
    assert {(row.status, row.sent_at, row.next_try_at, row.error) for row in rows(book)} == {
        (NoticeStatus.SENT, start, None, None)
    }
    assert "https://pay.example.com/balance/INV-1\n" in body(sender.messages[0], "plain")


def test_what_nobody_owes_is_not_asked_for(
    book: MemoryBook, write: Write, pay: Pay, one_of_each: list[Notice], start: datetime
) -> None:
    """Reminder, call to authenticate, final notice and debit are withdrawn; a decline is told, and that it was settled."""
    sender = CollectingSender()
    write(*one_of_each)
    pay(149_500)
    assert relay_of(book, sender).run_once(start) == RelayReport(sent=1, withdrawn=4)
    assert {row.kind: row.status for row in rows(book)} == {
        NoticeKind.DECLINED: NoticeStatus.SENT,
        NoticeKind.AUTHENTICATE: NoticeStatus.WITHDRAWN,
        NoticeKind.REMINDER: NoticeStatus.WITHDRAWN,
        NoticeKind.FINAL: NoticeStatus.WITHDRAWN,
        NoticeKind.PRE_NOTIFICATION: NoticeStatus.WITHDRAWN,
    }
    [message] = sender.messages
    assert message["Subject"] == "Faktura INV-1 er gjort opp etter et avslag"
    assert relay_of(book, sender).next_due(start) is None


def test_a_balance_is_told_as_it_is_now(
    book: MemoryBook, write: Write, pay: Pay, one_of_each: list[Notice], start: datetime
) -> None:
    """A reminder and the final notice speak of the balance; a decline of the amount that was declined."""
    sender = CollectingSender()
    write(*one_of_each)
    pay(49_500)
    relay_of(book, sender).run_once(start)
    told = [body(message, "plain").replace("\N{NO-BREAK SPACE}", " ") for message in sender.messages]
    assert ["1 495,00 kr" in text for text in told] == [True, True, False, False]
    assert ["1 000,00 kr" in text for text in told] == [False, False, True, True]


def announced(notice: Notice, amount: int = 149_500, method_id: str = "konto") -> Notice:
    name = pre_notification(date(2026, 11, 26), amount, method_id)
    return replace(notice, kind=NoticeKind.PRE_NOTIFICATION, message_id=f"INV-1/{name}", amount=amount)


@pytest.mark.parametrize(
    ("amount", "method_id", "status"),
    [(149_500, "konto", "sent"), (149_400, "konto", "withdrawn"), (149_500, "another", "withdrawn"), (149_500, "", "withdrawn")],
    ids=["as announced", "another amount", "another method", "no method"],
)
def test_a_debit_that_will_not_come_so_is_not_announced(
    book: MemoryBook, write: Write, notice: Notice, start: datetime, amount: int, method_id: str, status: str
) -> None:
    """Law 7: the debt is re-read before any mail, here its balance and the method that is bound to its payer."""
    write(announced(notice, amount, method_id))
    relay_of(book, CollectingSender()).run_once(start)
    assert [row.status for row in rows(book)] == [status]


@pytest.mark.parametrize(("bound", "status"), [("konto", "sent"), (None, "withdrawn")])
def test_the_method_of_a_billing_profile_is_read_again_too(
    book: MemoryBook, write: Write, notice: Notice, start: datetime, bound: str | None, status: str
) -> None:
    """An MCA invoice is debited from what its billing profile is bound to now."""
    with book.transaction() as pages:
        pages.put_profile(BillingProfile("drift", "acc-1", "Drift", bound))
        pages.put_invoice(Invoice("INV-1", "acc-1", PayerKind.PROFILE, "drift", "NOK", date(2026, 11, 20)))
    write(announced(notice))
    relay_of(book, CollectingSender()).run_once(start)
    assert [row.status for row in rows(book)] == [status]


def test_a_mail_server_down_for_ten_days_loses_no_notice(
    book: MemoryBook, write: Write, one_of_each: list[Notice], start: datetime
) -> None:
    """Each is sent exactly once when it is back; the tries grow rarer, never rarer than every six hours."""
    sender = CollectingSender()
    back = start + timedelta(days=10)
    write(*one_of_each)
    now = start
    tried: list[datetime] = []

    class Down(CollectingSender):
        def send(self, message: EmailMessage) -> Handover:
            tried.append(now)
            if now < back:
                raise ConnectionRefusedError(111, "Connection refused")
            return sender.send(message)

    relay = relay_of(book, Down())
    reports: list[RelayReport] = []
    while (due := relay.next_due(now)) is not None:
        now = max(now, due)
        reports.append(relay.run_once(now))

    assert sorted(message["Message-ID"] for message in sender.messages) == sorted(known_as(each) for each in one_of_each)
    assert {row.status for row in rows(book)} == {NoticeStatus.SENT}
    assert sum(report.sent for report in reports) == 5
    assert back <= now <= back + timedelta(hours=6)
    moments = sorted(set(tried))
    waits = [later - earlier for earlier, later in pairwise(moments)]
    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=6)
    assert {len([moment for moment in tried if moment == each]) for each in moments} == {5}


def test_a_failure_is_recorded_with_its_error_and_its_next_try(
    book: MemoryBook, write: Write, notice: Notice, start: datetime
) -> None:
    write(notice)
    relay = relay_of(book, Scripted(smtplib.SMTPDataError(451, b"later"), TimeoutError("timed out")))
    assert relay.run_once(start) == RelayReport(failed=1)
    [row] = rows(book)
    assert (row.status, row.tries, row.next_try_at) == (NoticeStatus.PENDING, 1, start + timedelta(minutes=1))
    assert row.error is not None
    assert row.error.startswith("SMTPDataError: ")
    assert relay.run_once(start + timedelta(seconds=59)) == RelayReport()
    assert relay.run_once(start + timedelta(minutes=1)) == RelayReport(failed=1)
    [row] = rows(book)
    assert (row.tries, row.next_try_at, row.error) == (2, start + timedelta(minutes=3), "TimeoutError: timed out")
    assert relay.next_due(start + timedelta(minutes=1)) == start + timedelta(minutes=3)
    assert relay.run_once(start + timedelta(minutes=3)) == RelayReport(sent=1)
    [row] = rows(book)
    assert (row.status, row.tries, row.error) == (NoticeStatus.SENT, 3, None)


def test_after_a_crash_between_hand_over_and_mark_the_same_message_id_is_used(
    book: MemoryBook, write: Write, notice: Notice, start: datetime
) -> None:
    """Nobody knows whether it was taken: it is repeated, once its lease has ended, and a mailbox recognises it."""
    write(notice)
    sender = Scripted(SystemExit())
    with pytest.raises(SystemExit):
        relay_of(book, sender).run_once(start)
    [row] = rows(book)
    assert (row.status, row.tries) == (NoticeStatus.PENDING, 1)
    reborn = relay_of(book, sender)
    due = reborn.next_due(start)
    assert due == start + timedelta(minutes=15)
    assert reborn.run_once(due) == RelayReport(sent=1)
    first, second = sender.messages
    assert first["Message-ID"] == second["Message-ID"] == notice.message_id


def test_two_relays_do_not_send_the_same_notice(book: MemoryBook, write: Write, notice: Notice, start: datetime) -> None:
    """A notice that is being handed over is left alone, and so is one that another relay has sent meanwhile."""
    write(notice)
    reports: list[RelayReport] = []
    second = CollectingSender()

    class Overtaken(CollectingSender):
        def send(self, message: EmailMessage) -> Handover:
            reports.append(relay_of(book, second).run_once(start))
            return super().send(message)

    slow = relay_of(book, Overtaken())
    seen_before_the_claim = slow._due(start)
    assert slow.run_once(start) == RelayReport(sent=1)
    assert reports == [RelayReport()]
    assert slow._relay(seen_before_the_claim[0], lambda: start) is None
    assert second.messages == []


class Slow(CollectingSender):
    """A mail server that takes a while for each mail; meanwhile something else is done."""

    def __init__(self, start: datetime, takes: timedelta, meanwhile: Callable[[datetime], object]) -> None:
        super().__init__()
        self.now = start
        self.takes = takes
        self.meanwhile = meanwhile

    def send(self, message: EmailMessage) -> Handover:
        handover = super().send(message)
        self.now += self.takes
        self.meanwhile(self.now)
        return handover

    def clock(self) -> datetime:
        return self.now


def test_a_run_that_outlasts_the_lease_sends_nothing_twice(
    book: MemoryBook, write: Write, notice: Notice, start: datetime
) -> None:
    """Each claim is for the whole lease from its own moment on, however late in the run it is made."""
    write(*(replace(notice, message_id=f"<{n}@paystates.example>") for n in range(40)))
    fast = CollectingSender()
    other = relay_of(book, fast)

    def other_takes_one(now: datetime) -> None:
        before = len(fast.messages)
        other.run_once(now, stop=lambda: len(fast.messages) > before)

    slow = Slow(start, timedelta(minutes=1), other_takes_one)
    report = relay_of(book, slow).run_by(slow.clock)
    names = [message["Message-ID"] for message in (*slow.messages, *fast.messages)]
    assert sorted(names) == sorted(row.message_id for row in rows(book))
    assert report == RelayReport(sent=20)


def test_a_notice_is_sent_when_its_hand_over_ends_and_waits_from_then_on(
    book: MemoryBook, write: Write, notice: Notice, start: datetime
) -> None:
    """The times of the row are those of its own hand-over, not those of the run."""
    write(*(replace(notice, message_id=f"<{n}@paystates.example>") for n in range(3)))

    def fail_at_last(now: datetime) -> None:
        if now == start + timedelta(minutes=3):
            raise TimeoutError("timed out")

    slow = Slow(start, timedelta(minutes=1), fail_at_last)
    assert relay_of(book, slow).run_by(slow.clock) == RelayReport(sent=2, failed=1)
    minutes = [start + timedelta(minutes=n) for n in range(5)]
    assert [(row.sent_at, row.next_try_at) for row in rows(book)] == [(minutes[1], None), (minutes[2], None), (None, minutes[4])]


@pytest.mark.parametrize("outcome", [Handover(), ConnectionResetError("reset")], ids=["sent", "failed"])
def test_a_hand_over_that_outlasts_its_lease_overwrites_nothing_of_who_took_the_notice(
    book: MemoryBook, write: Write, notice: Notice, start: datetime, outcome: Handover | Exception
) -> None:
    """Neither a claim that is under way, nor that it was sent: the claim was not its own any more."""
    write(notice)
    taken: list[Notice] = []

    def take(now: datetime) -> None:
        assert relay_of(book, Scripted(outcome)).run_once(now) != RelayReport()
        taken.extend(rows(book))

    slow = Slow(start, timedelta(minutes=15), take)
    assert relay_of(book, slow).run_by(slow.clock) == RelayReport()
    assert rows(book) == taken


def test_one_bad_notice_never_stops_the_others(
    book: MemoryBook, write: Write, notice: Notice, account: Account, start: datetime
) -> None:
    """Not one for nobody, nor one of an unknown currency: they wait, with their error, for somebody to look."""
    write(
        replace(notice, message_id="<1@paystates.example>", recipients=()),
        replace(notice, message_id="<2@paystates.example>", currency="???"),
        replace(notice, message_id="<3@paystates.example>"),
    )
    assert relay_of(book, CollectingSender()).run_once(start) == RelayReport(sent=1, failed=2)
    assert [row.error and row.error.split(":")[0] for row in rows(book)] == ["ValueError", "UnknownCurrency", None]
    with book.transaction() as pages:
        pages.put_account(replace(account, time_zone="Mars/Olympus"))
        pages.add_notice(replace(notice, message_id="<4@paystates.example>"))
    assert relay_of(book, CollectingSender()).run_once(start) == RelayReport(failed=1)


def test_a_recipient_who_is_refused_for_good_is_noted_and_the_notice_is_sent(
    book: MemoryBook, write: Write, notice: Notice, start: datetime
) -> None:
    write(notice)
    refused = Handover(refused={"anna@fjordlys.example": "550 no such mailbox"})
    assert relay_of(book, Scripted(refused)).run_once(start) == RelayReport(sent=1)
    [row] = rows(book)
    assert (row.status, row.error) == (NoticeStatus.SENT, "anna@fjordlys.example: 550 no such mailbox")


def test_a_recipient_who_is_refused_for_now_is_tried_again_alone(
    book: MemoryBook, write: Write, notice: Notice, start: datetime
) -> None:
    """The others have the mail already; the row keeps all of them, and the note of the one who is gone."""
    three = replace(notice, recipients=(*notice.recipients, "cato@fjordlys.example"))
    write(three)
    busy = {"cato@fjordlys.example": "450 greylisted"}
    sender = Scripted(Handover(refused={"anna@fjordlys.example": "550 gone"}, deferred=busy), Handover(deferred=busy))
    relay = relay_of(book, sender)
    assert relay.run_once(start) == RelayReport(failed=1)
    [row] = rows(book)
    assert row.error == "anna@fjordlys.example: 550 gone; cato@fjordlys.example: 450 greylisted"
    assert relay.run_once(start + timedelta(minutes=1)) == RelayReport(failed=1)
    assert relay.run_once(start + timedelta(minutes=3)) == RelayReport(sent=1)
    [row] = rows(book)
    assert (row.recipients, row.error) == (three.recipients, "anna@fjordlys.example: 550 gone")
    assert [envelope(message) for message in sender.messages] == [
        list(three.recipients),
        ["cato@fjordlys.example"],
        ["cato@fjordlys.example"],
    ]


def test_a_run_takes_more_than_one_batch_and_stops_when_asked(
    book: MemoryBook, write: Write, notice: Notice, start: datetime
) -> None:
    write(*(replace(notice, message_id=f"<{n}@paystates.example>") for n in range(7)))
    sender = CollectingSender()
    relay = Relay(book, sender, from_address="a@b.example", link_base="https://pay.example.com", batch=3)
    assert relay.run_once(start, stop=lambda: len(sender.messages) == 4) == RelayReport(sent=4)
    assert relay.next_due(start) == start
    assert relay.run_once(start) == RelayReport(sent=3)
