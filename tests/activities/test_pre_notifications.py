"""SEPA: no debit that the payer did not ask for is confirmed without a pre-notification of its own, written in time."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bench import BANK_ACCOUNT, CARD, DAY, HOUR, Bench, method
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.accounts import Attempt, AttemptStatus, Entry, EntryKind, Initiator
from domain.notices import Notice, NoticeKind, NoticeStatus
from domain.plan import next_bank_day
from domain.sepa import packaged
from states import debts as ask

OSLO = ZoneInfo("Europe/Oslo")
KONTO = {**BANK_ACCOUNT, "scheme": "sepa", "last4": "3000"}
SEPA = [method("card", KONTO), method("visa", CARD), method("other", KONTO)]
BOUNCES = {"decline": {"network": "AM04"}}


def bench_of(*bank: Any, starts: date = date(2026, 11, 2), **more: Any) -> Bench:
    """A debt on a SEPA account; it begins on a Monday, an hour before the first slot."""
    bench = Bench({"card": list(bank) or [{}]}, methods=SEPA, starts=starts, **more)
    bench.now = bench.start
    return bench


def announced(bench: Bench) -> list[Notice]:
    return [one for one in bench.notices() if one.kind is NoticeKind.PRE_NOTIFICATION]


def days_announced(bench: Bench) -> list[date]:
    return [day(one.next_at) for one in announced(bench)]


def day(at: datetime | None) -> date:
    assert at is not None
    return at.astimezone(OSLO).date()


def due(answer: Any) -> datetime:
    """The instant an answer names."""
    at: datetime | None = answer.debt.next_at
    assert at is not None
    return at


def bind(bench: Bench, name: str) -> None:
    subscription = bench.subscription()
    bench.write(lambda pages: pages.put_subscription(replace(subscription, method_id=name)))


def take_off(bench: Bench, amount: int) -> None:
    bench.write(lambda pages: pages.add_entry(Entry(f"credit/{amount}", "F-1", EntryKind.CREDIT, -amount, bench.now)))


def test_the_first_debit_is_announced_when_the_debt_is_opened() -> None:
    """A procedure that starts on day 0 debits two days later; answer, notice and attempt name the same date (U9)."""
    bench = bench_of()
    opened = bench.open()
    (notice,) = bench.notices()
    assert opened.debt.next_at == notice.next_at == bench.start + 2 * DAY + HOUR
    assert (notice.amount, notice.currency, notice.method, notice.attempt) == (10_000, "NOK", "sepa:3000", None)
    assert notice.message_id == "F-1/pre-notification/2026-11-04/10000/card"
    assert notice.recipients == ("ingrid@fjord.example",)
    bench.now = due(opened)
    assert isinstance(bench.charge(), ask.Charged)


def test_a_procedure_that_starts_in_time_moves_no_date() -> None:
    """Day 0 stays when it is announced two days before it."""
    bench = bench_of(invoices=[{**bench_invoice(), "billing_date": "3d"}])
    assert bench.open().debt.next_at == announced(bench)[0].next_at == bench.start + 3 * DAY + HOUR


def bench_invoice() -> dict[str, Any]:
    return {"id": "F-1", "subscription": "m365", "currency": "NOK", "amount": "100.00"}


def test_what_is_announced_is_announced_once() -> None:
    """Law 7: waking and opening again finds the row."""
    bench = bench_of()
    bench.open()
    bench.now += HOUR
    bench.open()
    assert len(announced(bench)) == 1


def test_a_declined_debit_announces_the_next_one() -> None:
    """In the transaction of the decline: the notice of it and the pre-notification name the same date."""
    bench = bench_of(BOUNCES)
    bench.now = bench.open().debt.next_at
    declined = bench.charge()
    first, told, second = bench.notices()
    assert [one.kind for one in (first, told, second)] == ["pre_notification", "declined", "pre_notification"]
    assert declined.debt.next_at == told.next_at == second.next_at == bench.start + 4 * DAY + HOUR
    assert second.created_at == bench.now


def test_each_debit_has_a_pre_notification_of_its_own() -> None:
    """One that a debit rested on is used up, and does not cover the next, wherever its own was lost."""
    bench = bench_of(BOUNCES)
    bench.now = bench.open().debt.next_at
    following = bench.charge().debt.next_at
    lost = announced(bench)[-1]
    bench.write(lambda pages: pages.put_notice(replace(lost, status=NoticeStatus.WITHDRAWN)))
    bench.now = following
    postponed = bench.charge(2, slot=1)
    assert isinstance(postponed, ask.Postponed)
    assert postponed.why == "the payer must be told of the debit days before"
    assert len(bench.calls("confirm")) == 1
    assert days_announced(bench)[-1] == day(postponed.debt.next_at) == date(2026, 11, 9)


def test_a_debit_outside_the_plan_uses_up_the_announcement_it_rested_on() -> None:
    """An attempt that burns no slot reached the bank all the same: the next debit has a pre-notification of its own."""
    bench = bench_of(BOUNCES)
    bench.now = bench.open().debt.next_at
    assert isinstance(bench.charge(slot=None, automatic=False), ask.Declined)
    bench.now += DAY
    assert isinstance(bench.charge(2), ask.Postponed)
    bench.now += DAY
    assert isinstance(bench.charge(2), ask.Declined)


def test_a_debit_that_was_never_announced_is_postponed_to_a_bank_day() -> None:
    """The reservation writes it there and then: Thursday and two days are a Saturday, so Monday at the plan's hour."""
    bench = bench_of(starts=date(2026, 11, 5))
    bench.now += HOUR
    postponed = bench.charge()
    assert isinstance(postponed, ask.Postponed)
    assert bench.bank.calls() == []
    assert bench.attempts() == []
    assert bench.dunning().used == 0
    assert postponed.debt.next_at == announced(bench)[0].next_at == bench.start + 4 * DAY + HOUR
    bench.now = due(postponed)
    assert isinstance(bench.charge(slot=postponed.debt.next_slot), ask.Charged)


def test_an_announced_debit_that_is_late_waits_for_a_bank_day() -> None:
    """A worker that wakes on Saturday debits on Monday; the pre-notification for an earlier day still holds."""
    bench = bench_of(starts=date(2026, 11, 4))
    assert day(bench.open().debt.next_at) == date(2026, 11, 6)
    bench.now = datetime(2026, 11, 7, 8, tzinfo=UTC)
    postponed = bench.charge()
    assert isinstance(postponed, ask.Postponed)
    assert day(postponed.debt.next_at) == date(2026, 11, 9)
    bench.now = due(postponed)
    assert isinstance(bench.charge(slot=postponed.debt.next_slot), ask.Charged)


def test_another_amount_is_announced_anew_and_moves_the_debit() -> None:
    """A credit changes what will be taken: what was announced is not that."""
    bench = bench_of()
    bench.open()
    bench.now += DAY
    take_off(bench, 2_500)
    opened = bench.open()
    assert [(one.amount, day(one.next_at)) for one in announced(bench)] == [
        (10_000, date(2026, 11, 4)),
        (7_500, date(2026, 11, 5)),
    ]
    assert opened.debt.next_at == bench.start + 3 * DAY + HOUR
    bench.now = bench.start + 2 * DAY + HOUR
    assert isinstance(bench.charge(), ask.Postponed)
    bench.now = due(opened)
    assert isinstance(bench.charge(), ask.Charged)


def test_an_amount_that_changes_unseen_is_announced_by_the_reservation() -> None:
    """Law 2: the debt is read again, whatever was announced."""
    bench = bench_of()
    bench.now = bench.open().debt.next_at
    take_off(bench, 2_500)
    postponed = bench.charge()
    assert isinstance(postponed, ask.Postponed)
    assert [one.amount for one in announced(bench)] == [10_000, 7_500]


def test_another_account_is_announced_anew_and_a_card_is_not() -> None:
    """The method is the one that is bound now (law 4), even one with the same last digits."""
    bench = bench_of()
    bench.open()
    bind(bench, "other")
    bench.now += HOUR
    bench.open()
    assert [one.message_id.rpartition("/")[2] for one in announced(bench)] == ["card", "other"]
    bind(bench, "visa")
    assert bench.open().debt.next_at == bench.now
    assert len(announced(bench)) == 2


def test_what_was_withdrawn_unsent_is_due_again_when_it_holds_again() -> None:
    """The relay withdrew it while another method was bound; the row is the same, the two days begin anew."""
    bench = bench_of()
    bench.open()
    (notice,) = announced(bench)
    bench.write(lambda pages: pages.put_notice(replace(notice, status=NoticeStatus.WITHDRAWN)))
    bench.now += HOUR
    bench.open()
    assert announced(bench) == [replace(notice, created_at=bench.now)]


def test_a_skipped_date_announces_the_one_after_it() -> None:
    """The slot of a pre-notification is gone, so the next debit has its own."""
    bench = bench_of()
    bench.open()
    bench.do(ask.SkipSlot(invoice="F-1", slot=0))
    opened = bench.open()
    assert days_announced(bench) == [date(2026, 11, 4), date(2026, 11, 5)]
    assert day(opened.debt.next_at) == date(2026, 11, 5)


def test_never_past_the_window() -> None:
    """A slot that would be moved past it is passed, as with a network's wait."""
    bench = bench_of()
    bench.now = bench.start + 27 * DAY + HOUR
    postponed = bench.charge(slot=4)
    assert isinstance(postponed, ask.Postponed)
    assert (postponed.debt.used, postponed.debt.next_at) == (5, None)
    assert bench.notices() == []
    assert bench.bank.calls() == []


def test_who_asks_for_it_needs_no_announcement() -> None:
    """A customer's own debit; an operator's is the merchant's, and waits for one that is in time."""
    bench = bench_of()
    bench.now += HOUR
    by_operator = bench.charge(automatic=False)
    assert isinstance(by_operator, ask.Postponed)
    assert len(announced(bench)) == 1
    assert isinstance(bench.charge(automatic=False, initiator=Initiator.CUSTOMER), ask.Charged)


def test_an_operator_may_debit_what_was_announced_in_time() -> None:
    """On the day that was announced, before the plan's hour."""
    bench = bench_of()
    bench.open()
    bench.now += 2 * DAY
    assert isinstance(bench.charge(automatic=False), ask.Charged)


def test_a_debit_that_never_reached_the_bank_uses_up_no_announcement() -> None:
    """Our own fault burns no slot and mails nobody (law 7): the same pre-notification holds a day later."""
    bench = bench_of({"decline": "invalid_amount"}, {})
    bench.now = bench.open().debt.next_at
    postponed = bench.charge()
    assert isinstance(postponed, ask.Postponed)
    assert postponed.debt.next_at == bench.now + DAY
    bench.now += DAY
    assert isinstance(bench.charge(2), ask.Charged)
    assert len(bench.notices()) == 1


def test_no_debit_is_announced_that_a_cap_forbids() -> None:
    """AM04 allows the identical amount only: after a partial payment an operator decides, and nobody is told of a debit."""
    bench = bench_of(BOUNCES)
    bench.now = bench.open().debt.next_at
    bench.charge()
    take_off(bench, 2_500)
    bench.open()
    assert [one.amount for one in announced(bench)] == [10_000, 10_000]


def test_no_debit_is_announced_from_an_account_that_may_not_be_charged() -> None:
    """The account is closed: it is never debited again, and other dates are told by reminders."""
    bench = bench_of({"decline": {"network": "AC04"}}, "unexpected")
    bench.play()
    assert [one.kind for one in bench.notices()] == ["pre_notification", "declined", *["reminder"] * 4, "final"]


def test_nothing_is_announced_while_it_is_held() -> None:
    """What will not be debited is not announced; after the hold the next date is, and moves when it is too near."""
    bench = bench_of()
    bench.play({"at": "1h", "by": "desk", "act": "hold"}, {"at": "4d 20h", "by": "desk", "act": "resume"})
    assert days_announced(bench) == [date(2026, 11, 4), date(2026, 11, 9)]
    assert [day(one.reserved_at) for one in bench.attempts()] == [date(2026, 11, 9)]


def test_a_method_that_is_charged_at_once_is_not_announced_besides() -> None:
    """Whoever binds it and asks to charge it now is told by the debit itself (U6)."""
    bench = Bench({"visa": [{"decline": "stolen_card"}], "card": [{}]}, methods=SEPA, subscriptions=[
        {"id": "m365", "name": "Microsoft 365", "method": "visa"},
    ])  # fmt: skip
    bench.play({"at": "1d", "by": "ingrid", "bind": {"subscription": "m365", "method": "card", "charge_now": True}})
    assert [one.kind for one in bench.notices()] == ["declined"]
    assert [(one.method_id, one.initiator) for one in bench.attempts()] == [("visa", "mit"), ("card", "cit")]


REACHED = frozenset(AttemptStatus) - {AttemptStatus.RESERVED, AttemptStatus.OPENED, AttemptStatus.NOT_CHARGED}


def is_own(notice: Notice, attempt: Attempt, earlier: list[Attempt]) -> bool:
    """Whether it announces that attempt: amount, method, its day or an earlier one, in time, and no other attempt since."""
    if notice.kind is not NoticeKind.PRE_NOTIFICATION:
        return False
    written, debited = day(notice.created_at), day(attempt.reserved_at)
    return (
        (notice.amount, notice.message_id.rpartition("/")[2]) == (attempt.amount, attempt.method_id)
        and debited >= written + packaged().days(written) * DAY
        and debited >= day(notice.next_at)
        and all(one.reserved_at <= notice.created_at for one in earlier)
    )


STEPS = st.sampled_from([
    {"by": "desk", "act": "skip_attempt"},
    {"by": "desk", "act": "retry_now"},
    {"by": "desk", "act": "hold"},
    {"by": "desk", "act": "resume"},
    {"by": "ingrid", "act": "retry_now"},
    {"by": "ingrid", "bind": {"subscription": "m365", "method": "other"}},
    {"by": "ingrid", "bind": {"subscription": "m365", "method": "card"}},
    {"receive": {"amount": "10.00"}},
])  # fmt: skip
BANK = st.lists(
    st.sampled_from([BOUNCES, {"decline": "invalid_amount"}, {"fault": "time_out"}, {"fault": "reply_lost", **BOUNCES}]),
    min_size=1,
)


@given(
    st.dates(date(2026, 1, 1), date(2027, 12, 31)) | st.sampled_from([date(2027, 3, 25), date(2026, 12, 23), date(2026, 4, 30)]),
    st.integers(-4, 4),
    BANK,
    st.lists(st.tuples(st.integers(1, 30 * 24), STEPS), max_size=5),
)
@settings(max_examples=60, deadline=None)
def test_no_debit_is_ever_made_without_its_own(
    starts: date, billed: int, bank: list[dict[str, Any]], steps: list[tuple[int, dict[str, Any]]]
) -> None:
    """Whenever it starts, whatever the bank says and people do: on a bank day, announced in time, each debit by another one."""
    bench = bench_of(*bank, starts=starts, invoices=[{**bench_invoice(), "billing_date": f"{billed}d"}])
    timed = [{"at": f"{hours // 24}d {hours % 24}h", **deed} for hours, deed in sorted(steps, key=lambda one: one[0])]
    received = [one for one in timed if "receive" in one]
    for n, one in enumerate(received):
        one["receive"] = {"amount": f"1{n}.00", "reference": str(n)}
    bench.play(*timed)
    notices = bench.notices()
    reached = [one for one in bench.attempts() if one.status in REACHED]
    for n, attempt in enumerate(reached):
        if attempt.initiator is Initiator.MERCHANT:
            assert next_bank_day(day(attempt.reserved_at)) == day(attempt.reserved_at)
            assert attempt.reserved_at < bench.dunning().window_ends
            assert [one for one in notices if is_own(one, attempt, reached[:n])], (attempt, notices)
    assert len({one.message_id for one in notices}) == len(notices)


def test_on_a_year_of_starts_every_promised_date_is_kept() -> None:
    """U9: decline, pre-notification and attempt agree, over weekends, TARGET's closing days and changes of clocks."""
    for n in range(0, 366, 5):
        bench = bench_of(BOUNCES, starts=date(2026, 12, 1) + timedelta(days=n))
        bench.play()
        promised = [one.next_at for one in announced(bench)]
        assert promised == [one.reserved_at for one in bench.attempts()]
        declines = [one.next_at for one in bench.notices() if one.kind is NoticeKind.DECLINED]
        assert declines[: len(promised) - 1] == promised[1:]
