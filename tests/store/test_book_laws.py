"""The laws of the book: one open attempt per debt, all or nothing, no lost change, no instant without its time zone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from operator import methodcaller
from threading import Thread

import pytest

from domain.access import Session
from domain.accounts import (
    Account,
    AccountCredit,
    AttemptStatus,
    Case,
    Dunning,
    Entry,
    EntryKind,
    Grant,
    LedgerOrder,
    Person,
    Role,
    Subscription,
)
from domain.notices import Notice, NoticeKind
from store.errors import BookConflict, BookError
from store.port import AttemptOpen, JournalRow

T0 = datetime(2026, 3, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)

ROW = JournalRow("charge-retry/inv_1", "run_1", 1, T0, "charge-retry@1", "ann", "Hold", "{}", "waiting", "held", accepted=True)
NOTICE = Notice("m1", "fjord", "inv_1", NoticeKind.DECLINED, "nb", ("ann@fjord.example",), T0, 149500, "NOK")
ENTRY = Entry("inv_1/invoice", "inv_1", EntryKind.INVOICE, 149500, T0)
CREDIT = AccountCredit("over/1", "fjord", "inv_1", 500, "NOK", T0)
ORDER = LedgerOrder("inv_1/credit/c", "inv_1", EntryKind.CREDIT, 500, 1, T0)
CASE = Case("overpaid/inv_1", "fjord", "inv_1", "overpaid", "5.00 NOK", T0)


@pytest.mark.parametrize(
    ("add", "read", "record", "other"),
    [
        ("add_entry", ("entries", "inv_1"), ENTRY, replace(ENTRY, amount=1)),
        ("add_account_credit", ("account_credits", "fjord"), CREDIT, replace(CREDIT, amount=1)),
        ("add_ledger_order", ("ledger_orders", "inv_1"), ORDER, replace(ORDER, amount=1)),
        ("add_notice", ("notices", "inv_1"), NOTICE, replace(NOTICE, amount=1)),
        ("add_case", ("cases", "fjord"), CASE, replace(CASE, facts="other")),
    ],
    ids=["entry", "credit", "order", "notice", "case"],
)
def test_what_is_added_twice_counts_once(filled, add, read, record, other):
    """In the same transaction and in a later one; the first stays, whatever the second says."""
    with filled.transaction() as pages:
        assert methodcaller(add, record)(pages) is True
        assert methodcaller(add, other)(pages) is False
    with filled.transaction() as pages:
        assert methodcaller(add, other)(pages) is False
        assert methodcaller(*read)(pages) == [record]


@pytest.mark.parametrize("status", ["reserved", "opened", "action_required", "clearing"])
def test_law_1_a_debt_has_one_open_attempt(filled, attempt, status):
    """Whoever asks, by adding or by opening an old one again; the transaction goes on after the refusal."""
    with filled.transaction() as pages:
        pages.add_attempt(attempt(status=AttemptStatus(status)))
        with pytest.raises(AttemptOpen, match="inv_1 has an open attempt, inv_1/1"):
            pages.add_attempt(attempt(n=2))
        with pytest.raises(AttemptOpen):
            pages.add_attempt(attempt())
        pages.add_attempt(attempt(n=2, status=AttemptStatus.NOT_CHARGED, fenced=True))
        with pytest.raises(AttemptOpen):
            pages.put_attempt(attempt(n=2))
        pages.add_attempt(attempt(invoice_id="inv_2"))
    with filled.transaction() as pages:
        assert [(each.n, each.is_open) for each in pages.attempts("inv_1")] == [(1, True), (2, False)]
        pages.put_attempt(attempt(status=AttemptStatus.DECLINED))
        pages.add_attempt(attempt(n=10))
    with filled.transaction() as pages:
        assert [each.n for each in pages.attempts("inv_1")] == [1, 2, 10]


def test_the_number_of_an_attempt_is_used_once(filled, attempt):
    with filled.transaction() as pages:
        pages.add_attempt(attempt(status=AttemptStatus.DECLINED))
    with pytest.raises(BookConflict, match="inv_1/1"), filled.transaction() as pages:
        pages.add_attempt(attempt())


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_transaction_that_fails_changes_nothing(filled, attempt, error):
    """Neither what was added, nor what was replaced, nor what was removed; and the next one works."""
    held = Grant("ann", Role.BILLING_ADMIN, "fjord")
    with filled.transaction() as pages:
        pages.put_grant(held)
        pages.add_attempt(attempt())
        before = [pages.methods("fjord"), pages.grants_of("ann"), pages.attempts("inv_1"), pages.invoices("fjord")]
    with pytest.raises(error), filled.transaction() as pages:  # noqa: PT012 - the last line raises, after all the others
        pages.put_account(Account("elv", "Elv AS", "NO"))
        pages.put_method(replace(pages.method("card_1"), account_id="elv", token="tok_other"))
        pages.put_method(replace(pages.method("card_1"), account_id="fjord", holder="Bo"))
        pages.remove_grant(held)
        pages.put_attempt(attempt(status=AttemptStatus.DECLINED, intent_id="pi_1"))
        pages.add_attempt(attempt(n=2))
        pages.add_entry(ENTRY)
        pages.add_journal([ROW])
        raise error
    with filled.transaction() as pages:
        after = [pages.methods("fjord"), pages.grants_of("ann"), pages.attempts("inv_1"), pages.invoices("fjord")]
        assert after == before
        assert pages.account("elv") is None
        assert pages.method_by_token("tok_other") is None
        assert not pages.attempts_by_intent("pi_1")
        assert not pages.entries("inv_1")
        assert not pages.journal(ROW.procedure)
        assert pages.method_by_token("tok_card_1").id == "card_1"


@pytest.mark.parametrize(
    "written",
    [
        lambda pages: pages.put_person(Person("bo", "nowhere", "Bo", "bo@x.example")),
        lambda pages: pages.put_grant(Grant("nobody", Role.BILLING_ADMIN, "fjord")),
        lambda pages: pages.put_method(replace(pages.method("card_1"), added_by="nobody")),
        lambda pages: pages.put_subscription(Subscription("sub", "fjord", "Pro", method_id="none")),
        lambda pages: pages.put_subscription(Subscription("sub", "fjord", "Pro", profile_id="none")),
        lambda pages: pages.add_entry(replace(ENTRY, invoice_id="none")),
        lambda pages: pages.add_ledger_order(replace(ORDER, invoice_id="none")),
        lambda pages: pages.add_notice(replace(NOTICE, invoice_id="none")),
        lambda pages: pages.put_dunning(Dunning("none", "cards@1", (), T0)),
        lambda pages: pages.put_method(replace(pages.method("card_1"), token="tok_card_2")),
    ],
    ids=[
        "account",
        "person",
        "adder",
        "method",
        "profile",
        "debt of entry",
        "debt of order",
        "debt of notice",
        "dunning",
        "token",
    ],
)
def test_a_record_that_names_nothing_or_repeats_a_token_is_a_conflict(filled, written):
    with pytest.raises(BookConflict), filled.transaction() as pages:
        written(pages)


def test_an_intent_may_stand_for_the_attempts_of_several_debts(filled, attempt):
    """G62: where a whole balance is settled, each debt has its row; they are found together, in the order of their debts."""
    with filled.transaction() as pages:
        pages.add_attempt(attempt(invoice_id="inv_2"))
        pages.add_attempt(attempt(intent_id="pi_1"))
        pages.put_attempt(attempt(invoice_id="inv_2", intent_id="pi_1"))
    with filled.transaction() as pages:
        shared = pages.attempts_by_intent("pi_1")
        assert [one.invoice_id for one in shared] == ["inv_1", "inv_2"]


@pytest.mark.parametrize(
    "asked",
    [
        lambda pages, naive: pages.add_entry(replace(ENTRY, at=naive)),
        lambda pages, naive: pages.add_ledger_order(replace(ORDER, done_at=naive)),
        lambda pages, naive: pages.put_method(replace(pages.method("card_1"), details_at=naive)),
        lambda pages, naive: pages.put_dunning(Dunning("inv_1", "cards@1", (T0, naive), T0)),
        lambda pages, naive: pages.attempts_on("card_1", naive),
        lambda pages, naive: pages.notices_to_send(naive, 1),
    ],
    ids=["added", "ordered", "put", "in a tuple", "since", "now"],
)
def test_an_instant_without_a_time_zone_is_refused(filled, asked):
    naive = T0.replace(tzinfo=None)
    with pytest.raises(ValueError, match="2026-03-01T09:00:00 has no time zone"), filled.transaction() as pages:
        asked(pages, naive)


def test_an_instant_is_the_same_instant_whatever_its_zone_was_when_it_was_written(filled):
    """To the microsecond; and it is aware when it comes back."""
    odd = datetime(2026, 3, 1, 14, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with filled.transaction() as pages:
        pages.add_entry(replace(ENTRY, at=odd))
        pages.put_dunning(Dunning("inv_1", "cards@1", (odd,), odd))
    with filled.transaction() as pages:
        kept = [pages.entries("inv_1")[0].at, pages.dunning("inv_1").window_ends, *pages.dunning("inv_1").slots]
    assert kept == [T0.replace(microsecond=123456)] * 3
    assert all(each.tzinfo is not None for each in kept)


@pytest.mark.parametrize(
    "does",
    [
        lambda pages: pages.put_account(Account("elv", "Elv AS", "NO")),
        lambda pages: pages.put_account(Account("fjord", "Other AS", "NO")),
        lambda pages: pages.remove_session(Session("none", "none", None, "word", T0, T0)),
        lambda pages: pages.invoice("inv_1", lock=True),
        lambda pages: pages.method("card_1", lock=True),
    ],
    ids=["adds", "changes", "removes", "locks a debt", "locks a method"],
)
def test_who_only_reads_writes_and_locks_nothing(filled, does):
    """They are told so, nothing has changed, and the next transaction writes as ever."""
    with pytest.raises(BookError, match="what is read only writes nothing"), filled.reading() as pages:
        does(pages)
    with filled.transaction() as pages:
        pages.put_account(Account("berg", "Berg AS", "NO"))
    with filled.reading() as pages:
        assert [each.name for each in pages.accounts()] == ["Berg AS", "Fjord AS"]


def test_what_goes_wrong_while_reading_is_told_as_it_is(filled):
    """Reading adds nothing to it."""
    with pytest.raises(ZeroDivisionError), filled.reading() as pages:
        1 / len(pages.subscriptions("fjord"))
    with filled.reading() as pages, pytest.raises(BookError, match="do not nest"), filled.transaction():
        pass
    with pytest.raises(BookError, match="ask inside the block"):
        pages.accounts()


def test_transactions_do_not_nest_and_say_so_at_once(filled):
    with filled.transaction() as pages:
        pages.add_entry(ENTRY)
        with pytest.raises(BookError, match="do not nest"), filled.transaction():
            pass
    with filled.transaction() as pages:
        assert pages.entries("inv_1") == [ENTRY]


def test_a_transaction_that_was_refused_keeps_nobody_waiting(filled):
    """The turn it did not get is not kept: another thread has its own afterwards."""
    with filled.transaction(), pytest.raises(BookError, match="do not nest"), filled.transaction():
        pass
    seen = []

    def read():
        with filled.transaction() as pages:
            seen.append(pages.invoice("inv_1"))

    another = Thread(target=read, daemon=True)
    another.start()
    another.join(5)
    assert [one.id for one in seen] == ["inv_1"]


def test_a_page_cannot_be_used_after_its_transaction(filled):
    with filled.transaction() as pages:
        pass
    for ask in (pages.accounts, lambda: pages.add_entry(ENTRY)):
        with pytest.raises(BookError, match="transaction is over"):
            ask()


def test_threads_take_turns_so_that_no_change_is_lost(filled):
    """Read, add one, write: eight threads at once count to the same as one after the other."""
    with filled.transaction() as pages:
        pages.put_dunning(Dunning("inv_1", "cards@1", (), T0))

    def use_slots():
        for _ in range(5):
            with filled.transaction() as pages:
                assert pages.invoice("inv_1", lock=True)
                dunning = pages.dunning("inv_1")
                pages.put_dunning(replace(dunning, used=dunning.used + 1))

    threads = [Thread(target=use_slots) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with filled.transaction() as pages:
        assert pages.dunning("inv_1").used == 40
