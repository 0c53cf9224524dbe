"""What a book file may say, and what an import of it does to the book."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from domain.accounts import (
    Account,
    AccountKind,
    BillingProfile,
    Entry,
    EntryKind,
    Era,
    Grant,
    Invoice,
    Method,
    MethodKind,
    PayerKind,
    Person,
    Role,
    Standing,
    Subscription,
    SubscriptionStatus,
)
from store.errors import BookConflict
from store.files import read_book, write_book

START = date(2026, 3, 1)
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)

TEXT = (Path(__file__).parent / "fjord.yaml").read_text()


def imported(book, text=TEXT, start=START, now=NOW):
    return write_book(read_book(text, "book.yaml", start), book, now)


def test_every_field_of_the_file_is_in_the_book(book):
    imported(book)
    midnight_in_oslo = timedelta(hours=-1)
    with book.transaction() as pages:
        assert pages.account("fjord") == Account(
            "fjord",
            "Fjord AS",
            "NO",
            "nb",
            "Europe/Oslo",
            AccountKind.MCA,
            Era.Y2022,
            "post@fjord.example",
            ("cfo@fjord.example",),
        )
        assert pages.people("fjord") == [Person("ann", "fjord", "Ann", "ann@fjord.example", "ann@home.example")]
        assert pages.grants("fjord") == [
            Grant("ann", Role.BILLING_ADMIN, "fjord"),
            Grant("ann", Role.PROFILE_OWNER, "fjord", "bp_1"),
        ]
        assert pages.person("olga") == Person("olga", None, "Olga", "olga@paystates.example")
        assert pages.grants_of("olga") == [Grant("olga", Role.OPERATOR)]
        assert pages.grants_of("billing") == [Grant("billing", Role.SERVICE)]
        assert pages.methods("fjord") == [
            Method(
                "bank_1",
                "fjord",
                MethodKind.BANK_ACCOUNT,
                "sepa",
                "ba_77",
                "0001",
                "DE",
                "olga",
                datetime(2026, 1, 31, tzinfo=UTC) + midnight_in_oslo,
                standing=Standing.POOR,
                standing_since=NOW,
            ),
            Method(
                "card_1",
                "fjord",
                MethodKind.CARD,
                "visa",
                "tok_card_1",
                "4242",
                "NO",
                "ann",
                datetime(2026, 1, 30, tzinfo=UTC) + midnight_in_oslo,
                holder="Ann",
                expires=date(2028, 2, 29),
            ),
        ]
        assert pages.profiles("fjord") == [
            BillingProfile("bp_1", "fjord", "Main", "card_1"),
            BillingProfile("bp_2", "fjord", "By invoice"),
        ]
        assert pages.subscriptions("fjord") == [
            Subscription("sub_1", "fjord", "Pro", SubscriptionStatus.PAST_DUE, method_id="card_1", recurring_billing=False),
            Subscription("sub_2", "fjord", "Team", profile_id="bp_1"),
        ]
        assert pages.invoices("fjord") == [
            Invoice("inv_2", "fjord", PayerKind.PROFILE, "bp_1", "JPY", date(2026, 2, 1)),
            Invoice("inv_1", "fjord", PayerKind.SUBSCRIPTION, "sub_1", "NOK", date(2026, 2, 19), due_date=date(2026, 3, 15)),
        ]
        assert pages.entries("inv_1") == [Entry("inv_1/invoice", "inv_1", EntryKind.INVOICE, 149500, NOW)]
        assert pages.entries("inv_2") == [Entry("inv_2/invoice", "inv_2", EntryKind.INVOICE, 300, NOW)]


def test_the_same_file_changes_nothing_the_second_time_and_says_so(book):
    """Not even a month later, when `-10d` is another day."""
    assert str(imported(book)) == (
        "added 3 people, 4 roles, 1 account, 2 methods, 2 billing profiles, 2 subscriptions, 2 invoices, 2 entries"
    )
    with book.transaction() as pages:
        before = [pages.methods("fjord"), pages.invoices("fjord"), pages.entries("inv_1")]
    summary = imported(book, start=date(2026, 4, 1), now=NOW + timedelta(days=31))
    assert (summary.added, summary.left) == ({}, ())
    assert str(summary) == "nothing to add; 18 records in the book already"
    with book.transaction() as pages:
        assert [pages.methods("fjord"), pages.invoices("fjord"), pages.entries("inv_1")] == before


def test_what_a_procedure_has_done_since_is_not_undone(book):
    """The book's binding stays, and the summary names it; what is new in the file is added."""
    imported(book)
    with book.transaction() as pages:
        pages.put_subscription(Subscription("sub_2", "fjord", "Team", method_id="card_1"))
    summary = imported(book, TEXT + '      - {id: inv_3, subscription: sub_2, amount: "1", currency: NOK, billing_date: 0d}\n')
    assert str(summary) == (
        "added 1 invoice, 1 entry; 17 records in the book already; "
        "left as the book has it: subscription sub_2 (method_id, profile_id)"
    )
    with book.transaction() as pages:
        assert pages.subscription("sub_2").method_id == "card_1"


@pytest.mark.parametrize(
    ("there", "here", "sentence"),
    [
        (
            "1 495.00",
            "1 490.00",
            "entry inv_1/invoice has the amount 149500 in the book, but 149000 (minor units) in the file",
        ),
        (
            "subscription: sub_1",
            "subscription: sub_2",
            "invoice inv_1 has the payer_id sub_1 in the book, but sub_2 in the file",
        ),
        (
            "id: fjord\n",
            "id: elv\n",
            "person ann has the account_id fjord in the book, but elv in the file",
        ),
    ],
    ids=["amount", "payer", "account"],
)
def test_a_file_that_contradicts_the_book_is_refused_and_nothing_of_it_is_written(book, there, here, sentence):
    imported(book)
    changed = TEXT.replace(there, here).replace("staff:\n", "staff:\n  - {id: new, name: New, email: n@x.example}\n")
    with pytest.raises(BookConflict) as caught:
        imported(book, changed)
    assert f"{sentence}: correct the file" in str(caught.value).split("; ")
    with book.transaction() as pages:
        assert pages.person("new") is None
        assert pages.account("elv") is None
        assert pages.invoice("inv_1").payer_id == "sub_1"


def test_a_role_on_a_profile_is_for_people_of_its_organisation_in_a_second_file_too(book):
    """G11: neither somebody of the book's in another account, nor a profile of the book's in another account, is taken."""
    imported(book)
    profile = "billing_profiles: [{id: elv_1, name: Elv, method: null}]"
    person = "people: [{id: ann, name: Ann, email: ann@fjord.example, roles: [{role: profile_owner, profile: elv_1}]}]"
    with pytest.raises(BookConflict, match="person ann has the account_id fjord in the book, but elv in the file"):
        imported(book, f"accounts: [{{id: elv, name: Elv AS, country: SE, kind: MCA, {profile}, {person}}}]")
    profile, person = profile.replace("elv_1", "bp_1"), person.replace("elv_1", "bp_1").replace("ann", "eva")
    with pytest.raises(BookConflict, match="billing profile bp_1 has the account_id fjord in the book, but elv in the file"):
        imported(book, f"accounts: [{{id: elv, name: Elv AS, country: SE, kind: MCA, {profile}, {person}}}]")
    with book.transaction() as pages:
        assert pages.grants_of("eva") == []
        assert [grant.profile_id for grant in pages.grants_of("ann")] == [None, "bp_1"]


def test_a_debt_that_began_otherwise_is_not_doubled(book):
    with book.transaction() as pages:
        pages.put_account(Account("fjord", "Fjord AS", "NO"))
        pages.put_invoice(Invoice("inv_1", "fjord", PayerKind.SUBSCRIPTION, "sub_1", "NOK", START))
        pages.add_entry(Entry("first", "inv_1", EntryKind.INVOICE, 149500, NOW))
    with pytest.raises(BookConflict, match="inv_1 has a ledger in the book without inv_1/invoice: leave it out"):
        imported(book)


def test_an_empty_book_is_a_book(book):
    assert str(imported(book, "accounts: []")) == "nothing to add"
