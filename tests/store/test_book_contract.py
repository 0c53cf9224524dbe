"""What the port promises of each kind of record, asked of every keeping of the book."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from operator import methodcaller
from zoneinfo import ZoneInfo

import pytest

from domain.accounts import (
    Account,
    AccountCredit,
    AccountKind,
    AttemptStatus,
    BillingProfile,
    Case,
    Dunning,
    Entry,
    EntryKind,
    Era,
    Grant,
    Invoice,
    LedgerOrder,
    Method,
    MethodKind,
    PayerKind,
    Person,
    Role,
    Standing,
    Subscription,
    SubscriptionStatus,
)
from domain.notices import Notice, NoticeKind, NoticeStatus
from store.errors import BookConflict
from store.port import JournalRow

T0 = datetime(2026, 3, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)

ROW = JournalRow("charge-retry/inv_1", "run_1", 1, T0, "charge-retry@1", "ann", "Hold", "{}", "waiting", "held", accepted=True)
NOTICE = Notice("m1", "fjord", "inv_1", NoticeKind.DECLINED, "nb", ("ann@fjord.example",), T0, 149500, "NOK")
ENTRY = Entry("inv_1/invoice", "inv_1", EntryKind.INVOICE, 149500, T0)
CREDIT = AccountCredit("over/1", "fjord", "inv_1", 500, "NOK", T0)
CASE = Case("overpaid/inv_1", "fjord", "inv_1", "overpaid", "5.00 NOK", T0)

EVERY_FIELD_SET = [
    (
        "account",
        Account(
            "fjord",
            "Fjord",
            "NO",
            "nb",
            "Europe/Oslo",
            AccountKind.MCA,
            Era.Y2024,
            "a@b.example",
            ("c@d.example",),
            date(2026, 4, 1),
        ),
        "fjord",
    ),
    ("person", Person("bo", "fjord", "Bo", "bo@fjord.example", "bo@home.example"), "bo"),
    (
        "method",
        Method(
            "card_1",
            "fjord",
            MethodKind.BANK_ACCOUNT,
            "sepa",
            "tok_new",
            "0001",
            "DE",
            "ann",
            T0,
            "Ann",
            date(2029, 4, 30),
            Standing.POOR,
            T0 + HOUR,
            T0 + 2 * HOUR,
            T0 + 3 * HOUR,
        ),
        "card_1",
    ),
    ("profile", BillingProfile("bp_1", "fjord", "Main", "card_1"), "bp_1"),
    (
        "subscription",
        Subscription("sub_1", "fjord", "Pro", SubscriptionStatus.PAST_DUE, "card_2", None, recurring_billing=False),
        "sub_1",
    ),
    (
        "invoice",
        Invoice("inv_1", "fjord", PayerKind.PROFILE, "bp_1", "EUR", date(2026, 4, 1), date(2026, 4, 15)),
        "inv_1",
    ),
    ("dunning", Dunning("inv_1", "cards@1", (T0, T0 + HOUR), T0 + 9 * HOUR, 1), "inv_1"),
]


@pytest.mark.parametrize(("what", "record", "key"), EVERY_FIELD_SET, ids=[each[0] for each in EVERY_FIELD_SET])
def test_what_is_put_comes_back_equal_in_a_later_transaction_and_replaces_what_was_there(filled, what, record, key):
    """Every field survives, with its type: a record is a row."""
    for _ in range(2):
        with filled.transaction() as pages:
            methodcaller(f"put_{what}", record)(pages)
    with filled.transaction() as pages:
        assert methodcaller(what, key)(pages) == record


NEW = {
    "account": (Account("elv", "Elv AS", "NO"), {"country": "SE"}),
    "person": (Person("bo", "fjord", "Bo", "bo@fjord.example"), {"name": "Eva"}),
    "method": (Method("card_3", "fjord", MethodKind.CARD, "visa", "tok_3", "4242", "NO", "ann", T0), {"token": "tok_4"}),
    "profile": (BillingProfile("bp_1", "fjord", "Main", "card_1"), {"method_id": "card_2"}),
    "subscription": (Subscription("sub_1", "fjord", "Pro", method_id="card_1"), {"method_id": "card_2"}),
    "invoice": (Invoice("inv_3", "fjord", PayerKind.PROFILE, "bp_1", "EUR", date(2026, 4, 1)), {"payer_id": "bp_2"}),
}


@pytest.mark.parametrize(("what", "record", "differences"), [(what, *new) for what, new in NEW.items()], ids=NEW)
def test_what_is_new_is_added_once_and_another_of_its_id_is_not_written_over_it(filled, what, record, differences):
    """In the same transaction and in a later one, which goes on."""
    add = methodcaller(f"add_{what}", record)
    add_another = methodcaller(f"add_{what}", replace(record, **differences))
    with filled.transaction() as pages:
        assert add(pages) is True
        assert add_another(pages) is False
    with filled.transaction() as pages:
        assert add_another(pages) is False
        assert methodcaller(what, record.id)(pages) == record


def test_a_role_is_added_once(filled):
    with filled.transaction() as pages:
        assert [pages.add_grant(Grant("ann", Role.GLOBAL_ADMIN, "fjord")) for _ in range(2)] == [True, False]
        assert pages.grants_of("ann") == [Grant("ann", Role.GLOBAL_ADMIN, "fjord")]


def test_a_new_method_with_the_token_of_another_is_a_conflict(filled):
    with pytest.raises(BookConflict, match="card_3"), filled.transaction() as pages:
        pages.add_method(replace(NEW["method"][0], token="tok_card_1"))


def test_an_attempt_and_a_notice_come_back_with_every_field(filled, attempt):
    tried = attempt(
        status=AttemptStatus.DECLINED,
        slot=2,
        intent_id="pi_1",
        fenced=True,
        finished_at=T0 + HOUR,
        category="retry",
        source="network",
        code="51",
        not_before=T0 + 2 * HOUR,
    )
    notice = replace(
        NOTICE,
        attempt=1,
        method="visa 4242",
        reason="declined",
        customer_action="retry",
        next_at=T0 + HOUR,
        newer_method="card_2",
        status=NoticeStatus.SENT,
        tries=2,
        next_try_at=T0 + HOUR,
        sent_at=T0 + HOUR,
        error="451",
        also="inv_2\ninv_3",
    )
    with filled.transaction() as pages:
        pages.add_attempt(attempt())
        pages.put_attempt(tried)
        pages.add_notice(NOTICE)
        pages.put_notice(notice)
    with filled.transaction() as pages:
        assert pages.attempt("inv_1", 1) == tried
        assert list(pages.attempts_by_intent("pi_1")) == [tried]
        assert pages.notices("inv_1") == [notice]


def test_what_is_not_there_is_none_or_empty(book):
    with book.transaction() as pages:
        ones = [
            pages.account("x"),
            pages.account("x", lock=True),
            pages.person("x"),
            pages.person("x", lock=True),
            pages.method("x"),
            pages.method("x", lock=True),
            pages.method_by_token("x"),
            pages.subscription("x"),
            pages.subscription("x", lock=True),
            pages.profile("x"),
            pages.profile("x", lock=True),
            pages.journal_row("x", "1", 1),
            pages.invoice("x"),
            pages.invoice("x", lock=True),
            pages.attempt("x", 1),
            pages.dunning("x"),
        ]
        many = [
            pages.accounts(),
            pages.people("x"),
            pages.grants("x"),
            pages.grants_of("x"),
            pages.methods("x"),
            pages.subscriptions("x"),
            pages.profiles("x"),
            pages.payers_on("x"),
            pages.rebindings("x"),
            pages.rebound("x", ("1",), [(PayerKind.PROFILE, "x")]),
            pages.due_on("x"),
            pages.due_on("x", retried=True, rebound_by=("x", ("1",))),
            pages.open_attempts_on("x", 9),
            pages.owed("x"),
            pages.invoices("x"),
            pages.invoices_of(PayerKind.PROFILE, "x"),
            pages.entries("x"),
            pages.account_credits("x"),
            pages.ledger_orders("x"),
            pages.attempts("x"),
            pages.attempts_by_intent("x"),
            pages.attempts_on("x", T0),
            pages.notices("x"),
            pages.notices_to_send(T0, 9),
            pages.journal("x"),
            pages.journal_of_account("x"),
            pages.cases("x"),
        ]
    assert set(ones) == {None}
    assert not any(many)


def test_what_an_account_owes_is_told_with_its_balances_the_oldest_first(filled):
    """Paid invoices and those of other accounts are left out."""
    with filled.transaction() as pages:
        pages.put_account(Account("elv", "Elv AS", "NO"))
        pages.put_subscription(Subscription("sub_9", "elv", "Pro"))
        for name, account, payer, day, amounts in (
            ("inv_b", "fjord", "sub_1", 9, (500, -200)),
            ("inv_a", "fjord", "sub_1", 9, (100,)),
            ("inv_c", "fjord", "sub_1", 2, (700,)),
            ("inv_d", "fjord", "sub_1", 1, (700, -700)),
            ("inv_e", "elv", "sub_9", 1, (900,)),
        ):
            pages.put_invoice(Invoice(name, account, PayerKind.SUBSCRIPTION, payer, "NOK", date(2026, 1, day)))
            for number, amount in enumerate(amounts):
                pages.add_entry(Entry(f"{name}/{number}", name, EntryKind.INVOICE, amount, T0))
    with filled.transaction() as pages:
        mine = [(one.invoice.id, one.balance) for one in pages.owed("fjord") if one.invoice.id != "inv_1"]
        assert mine == [("inv_c", 700), ("inv_a", 100), ("inv_b", 300)]
        assert len(pages.owed("fjord", 2)) == 2


def test_lists_hold_what_is_the_accounts_own_in_the_order_of_their_ids(filled):
    with filled.transaction() as pages:
        pages.put_account(Account("elv", "Elv AS", "NO"))
        pages.put_person(Person("cid", "elv", "Cid", "cid@elv.example"))
        pages.put_person(Person("abe", "fjord", "Abe", "abe@fjord.example"))
        for name in ("bp_2", "bp_1"):
            pages.put_profile(BillingProfile(name, "fjord", name))
            pages.put_subscription(Subscription(f"of_{name}", "fjord", name, profile_id=name))
    with filled.transaction() as pages:
        assert [each.id for each in pages.accounts()] == ["elv", "fjord"]
        assert [each.id for each in pages.people("fjord")] == ["abe", "ann"]
        assert [each.id for each in pages.methods("fjord")] == ["card_1", "card_2"]
        assert [each.id for each in pages.profiles("fjord")] == ["bp_1", "bp_2"]
        assert [each.id for each in pages.subscriptions("fjord")] == ["of_bp_1", "of_bp_2"]
        assert [each.id for each in pages.invoices("fjord")] == ["inv_1", "inv_2"]
        assert pages.method_by_token("tok_card_2") == pages.method("card_2")


def test_a_deleted_method_is_in_no_list_unless_those_are_asked_for(filled):
    """Its id and its token still find it: attempts refer to the one, and neither is used again."""
    with filled.transaction() as pages:
        pages.put_method(replace(pages.method("card_1"), deleted_at=T0))
    with filled.transaction() as pages:
        assert [each.id for each in pages.methods("fjord")] == ["card_2"]
        assert [each.id for each in pages.methods("fjord", deleted=True)] == ["card_1", "card_2"]
        assert pages.method_by_token("tok_card_1") == pages.method("card_1", lock=True)
        assert pages.method("card_1").is_deleted


def test_a_moved_record_is_found_only_where_it_is_now(filled):
    with filled.transaction() as pages:
        pages.put_account(Account("elv", "Elv AS", "NO"))
        pages.put_method(replace(pages.method("card_1"), account_id="elv", token="tok_new"))
    with filled.transaction() as pages:
        assert [each.id for each in pages.methods("fjord")] == ["card_2"]
        assert [each.id for each in pages.methods("elv")] == ["card_1"]
        assert pages.method_by_token("tok_card_1") is None
        assert pages.method_by_token("tok_new").id == "card_1"


def test_a_grant_is_held_once_everywhere_or_on_one_thing_and_can_be_taken_back(filled):
    everywhere = Grant("ann", Role.OPERATOR)
    on_account = Grant("ann", Role.BILLING_ADMIN, "fjord")
    on_profile = Grant("ann", Role.PROFILE_OWNER, "fjord", "bp_1")
    with filled.transaction() as pages:
        for grant in (on_profile, everywhere, on_account, on_account):
            pages.put_grant(grant)
    with filled.transaction() as pages:
        assert set(pages.grants_of("ann")) == {everywhere, on_account, on_profile}
        assert pages.grants("fjord") == [on_account, on_profile]
        pages.remove_grant(on_account)
        pages.remove_grant(on_account)
    with filled.transaction() as pages:
        assert pages.grants_of("ann") == [everywhere, on_profile]


def test_every_book_knows_our_own_two_services(book):
    with book.transaction() as pages:
        for name in ("paystates", "provider"):
            assert pages.person(name).account_id is None
            assert pages.grants_of(name) == [Grant(name, Role.SERVICE)]


def test_ledgers_and_notices_are_told_oldest_first(filled):
    with filled.transaction() as pages:
        for hours, name in ((2, "a"), (1, "c"), (1, "b")):
            at = T0 + hours * HOUR
            pages.add_entry(replace(ENTRY, reference=name, at=at))
            pages.add_notice(replace(NOTICE, message_id=name, created_at=at))
            pages.add_case(replace(CASE, reference=name, opened_at=at))
            pages.add_account_credit(replace(CREDIT, reference=name, at=at))
    with filled.transaction() as pages:
        assert [each.reference for each in pages.entries("inv_1")] == ["b", "c", "a"]
        assert [each.message_id for each in pages.notices("inv_1")] == ["b", "c", "a"]
        assert [each.reference for each in pages.cases("fjord")] == ["b", "c", "a"]
        assert [each.reference for each in pages.account_credits("fjord")] == ["b", "c", "a"]


def test_a_case_about_a_procedure_is_open_once_and_needs_no_invoice(filled):
    """The second is not written, under whatever reference; another kind, another procedure and a closed one are no doubles."""
    about = replace(CASE, invoice_id=None, subject="update-details/card_1")
    other_kind = replace(about, reference="b", kind="late")
    other_subject = replace(about, reference="c", subject="update-details/card_2")
    with filled.transaction() as pages:
        assert pages.add_case(replace(about, reference="z", closed_at=T0))
        assert pages.add_case(about)
        assert not pages.add_case(about)
        assert not pages.add_case(replace(about, reference="again", facts="other"))
        assert pages.add_case(replace(about, reference="y", closed_at=T0))
        assert pages.add_case(other_kind)
        assert pages.add_case(other_subject)
    with filled.transaction() as pages:
        assert {each.reference for each in pages.cases("fjord")} == {"z", "y", CASE.reference, "b", "c"}


def test_cases_about_a_debt_alone_are_no_doubles(filled):
    """Two wires may both be too much: what has no procedure is told apart by its reference only."""
    with filled.transaction() as pages:
        assert [pages.add_case(replace(CASE, reference=name)) for name in ("a", "b", "a")] == [True, True, False]


def test_a_case_about_an_unknown_invoice_is_refused_whatever_procedure_it_names(filled):
    """It is not taken for a double: what is wrong with it is told."""
    about = replace(CASE, subject="update-details/card_1")
    with filled.transaction() as pages:
        pages.add_case(about)
    with pytest.raises(BookConflict), filled.transaction() as pages:
        pages.add_case(replace(about, reference="b", kind="late", invoice_id="inv_9"))


def test_ledger_orders_are_told_in_the_order_given_those_dealt_with_too(filled):
    """Given at the same instant or not, whatever they are called; dealing with one does not move it."""
    orders = [
        LedgerOrder(f"inv_1/{kind.value}/{name}", "inv_1", kind, amount, 1, T0 + hours * HOUR)
        for kind, name, amount, hours in (
            (EntryKind.VOID, "b", None, 1),
            (EntryKind.CREDIT, "c", 500, 1),
            (EntryKind.CREDIT, "a", 700, 0),
        )
    ]
    with filled.transaction() as pages:
        for order in orders:
            assert pages.add_ledger_order(order)
        pages.add_ledger_order(replace(orders[0], reference="inv_2/void/b", invoice_id="inv_2"))
    done = replace(orders[0], done_at=T0 + 2 * HOUR)
    with filled.transaction() as pages:
        assert pages.ledger_orders("inv_1") == orders
        pages.put_ledger_order(done)
    with filled.transaction() as pages:
        assert pages.ledger_orders("inv_1") == [done, *orders[1:]]
        assert [order.is_waiting for order in pages.ledger_orders("inv_1")] == [False, True, True]


def test_attempts_on_a_method_are_counted_over_all_debts_from_the_instant_on(filled, attempt):
    """The networks' windows: `since` is inside, a second earlier is not."""
    tried = [
        attempt(n=1, status=AttemptStatus.DECLINED, reserved_at=T0 + 2 * HOUR),
        attempt(n=2, status=AttemptStatus.DECLINED, reserved_at=T0 - timedelta(seconds=1)),
        attempt(n=3, status=AttemptStatus.DECLINED, method_id="card_2"),
        attempt(invoice_id="inv_2", reserved_at=T0),
    ]
    with filled.transaction() as pages:
        for each in tried:
            pages.add_attempt(each)
    with filled.transaction() as pages:
        assert pages.attempts_on("card_1", T0) == [tried[3], tried[0]]
        assert pages.attempts_on("card_1", T0.astimezone(ZoneInfo("Asia/Tokyo"))) == [tried[3], tried[0]]


def test_notices_are_handed_over_when_they_are_due_oldest_first_and_no_more_than_asked(filled):
    with filled.transaction() as pages:
        for name, hours, changes in (
            ("late", 3, {}),
            ("early", 1, {"next_try_at": T0}),
            ("not_yet", 0, {"next_try_at": T0 + timedelta(seconds=1)}),
            ("sent", 0, {"status": NoticeStatus.SENT}),
            ("withdrawn", 0, {"status": NoticeStatus.WITHDRAWN}),
            ("latest", 4, {}),
        ):
            pages.add_notice(replace(NOTICE, message_id=name, created_at=T0 + hours * HOUR, **changes))
    with filled.transaction() as pages:
        assert [each.message_id for each in pages.notices_to_send(T0, 2)] == ["early", "late"]
        pages.put_notice(replace(NOTICE, message_id="early", status=NoticeStatus.SENT, sent_at=T0))
        assert [each.message_id for each in pages.notices_to_send(T0, 9)] == ["late", "latest"]


def test_the_journal_is_told_as_it_was_written_and_a_row_that_rides_twice_is_written_once(filled):
    ordered = {"roles": '["operator"]', "order_id": "an order"}
    second_run = replace(ROW, run="a_run", account_id="fjord", at=T0 - HOUR, **ordered)
    elsewhere = replace(ROW, procedure="delete/card_1", account_id="fjord")
    with filled.transaction() as pages:
        pages.add_journal([ROW, replace(ROW, sequence=2), ROW])
    with filled.transaction() as pages:
        pages.add_journal([replace(ROW, target="other"), second_run, elsewhere])
    with filled.transaction() as pages:
        assert pages.journal("charge-retry/inv_1") == [replace(ROW, target="other"), replace(ROW, sequence=2), second_run]
        assert pages.journal_of_account("fjord") == [second_run, elsewhere]
        assert pages.journal_row("charge-retry/inv_1", "a_run", 1) == second_run
        assert pages.journal_row("charge-retry/inv_1", "a_run", 2) is None
