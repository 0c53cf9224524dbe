"""Deleting: judged again in the transaction that writes, and final: in no list, bound to nothing, charged no more."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from bench import Bench, method
from method_office import NOW, SUBJECT, Office, card, codes

from activities import bookkeeping, deleting
from activities.bookkeeping import BookkeepingError
from activities.registering import change_subscription
from domain.accounts import AttemptStatus, BillingProfile, Grant, Method, PayerKind, Role, Subscription, SubscriptionStatus
from gateways.port import Notification
from states import debts
from states import methods as ask
from store.book_file import BookFile
from store.errors import BookConflict
from store.files import read_book, write_book
from store.pages import KeptPages
from store.port import Book
from store.sql import SqlBook

SUBSCRIPTION, PROFILE = PayerKind.SUBSCRIPTION, PayerKind.PROFILE


def test_a_method_that_nothing_depends_on_is_deleted_at_once(office: Office) -> None:
    """G43. Its row stays, with the instant: attempts refer to it."""
    assert office.delete() == ask.Deleted()
    assert office.read(lambda pages: pages.method("old").deleted_at) == office.now
    (row,) = office.journal("delete-with-dependents/old")
    assert (row.event_kind, row.account_id) == ("deleted", "fjord")


def test_a_cancelled_subscription_keeps_its_method_until_it_is_deleted(office: Office) -> None:
    """G52: on the 89th day it blocks, and once it is deleted it does not; the last method of an account may go with it (C4)."""
    office.subscribe("m365")
    change_subscription(office.book, "m365", office.now, actor="us", status=SubscriptionStatus.CANCELLED)
    office.now += timedelta(days=89)
    assert codes(office.delete()) == ["STILL_USED"]
    change_subscription(office.book, "m365", office.now, actor="us", status=SubscriptionStatus.DELETED)
    assert office.bound() == {"m365": None}
    for other in ("new", "bos", "bank"):
        office.write(lambda pages, name=other: pages.put_method(replace(pages.method(name), deleted_at=office.now)))
    assert office.delete() == ask.Deleted()


def test_a_deleted_subscription_that_owes_something_keeps_its_method(office: Office) -> None:
    """Law 6: to delete it voids nothing, so what is owed is still charged, on whatever it is moved to."""
    office.subscribe("m365")
    office.owe("F-1", "m365")
    change_subscription(office.book, "m365", office.now, actor="us", status=SubscriptionStatus.DELETED)
    assert codes(office.delete()) == ["STILL_USED", "RETRY_NEEDS_METHOD"]
    assert office.move().moved == 1
    assert office.delete() == ask.Deleted()


def test_one_that_is_deleted_already_is_deleted(office: Office) -> None:
    """The reply was lost, or somebody else was faster; the instant stays the first."""
    first = office.now
    office.delete()
    office.now = office.now.replace(year=2027)
    office.write(lambda pages: pages.remove_grant(Grant("anna", Role.BILLING_ADMIN, "fjord")))
    assert office.delete() == ask.Deleted()
    assert office.read(lambda pages: pages.method("old").deleted_at) == first


def test_one_that_has_vanished_is_no_business_fact(office: Office) -> None:
    """The book loses nothing: whatever this is, it is not an answer."""
    with pytest.raises(LookupError, match="payment method none has vanished"):
        office.delete("none")


@pytest.mark.parametrize("status", SubscriptionStatus)
def test_a_subscription_that_was_attached_meanwhile_comes_back(office: Office, status: SubscriptionStatus) -> None:
    """G47, G42: between the review and the commit, whatever its status; nothing is written but the journal."""
    assert office.review().picture.dependents.count == 0
    office.subscribe("late", status=status)
    assert "STILL_USED" in codes(office.delete())
    assert office.read(lambda pages: pages.method("old").deleted_at) is None
    assert [row.event_kind for row in office.journal("delete-with-dependents/old")] == ["conflicted"]


def test_a_profile_that_was_attached_meanwhile_comes_back(office: Office) -> None:
    """G41, G47: a billing profile depends like a subscription."""
    office.profile("nord")
    assert "STILL_USED" in codes(office.delete())


@pytest.mark.parametrize("status", [AttemptStatus.RESERVED, AttemptStatus.CLEARING])
def test_an_attempt_that_began_meanwhile_comes_back(office: Office, status: AttemptStatus) -> None:
    """C11, G49: its result will be booked on this method."""
    office.subscribe("m365", method="new")
    office.owe("F-1", "m365")
    office.attempt("F-1", "old", status)
    assert codes(office.delete()) == ["ATTEMPT_ON_METHOD"]


def test_in_strict_mode_what_is_still_due_on_it_comes_back_too(kept: Book) -> None:
    """C11: with everything else that stands against it, at once."""
    office = Office(kept, strict_from=date(2026, 1, 1))
    office.subscribe("m365")
    office.owe("F-1", "m365")
    assert set(codes(office.delete())) == {"STILL_USED", "RETRY_NEEDS_METHOD", "OUTSTANDING_CHARGES"}


def test_the_only_method_stays_while_something_must_be_paid(office: Office) -> None:
    """G45, C4: deleted ones do not count as another one."""
    office.subscribe("m365", method=None)
    for name in ("new", "bank"):
        assert office.delete(name) == ask.Deleted()
    assert office.delete("bos", "bo") == ask.Deleted()
    assert codes(office.delete()) == ["LAST_METHOD"]
    office.subscribe("m365", method=None, status=SubscriptionStatus.CANCELLED)
    assert office.delete() == ask.Deleted()


def test_every_method_of_the_account_is_locked_before_it_is_judged(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """C4: the rules count the others, so two deletions at once must come one after the other; in the order of the ids."""
    asked: list[str] = []
    ask_for = KeptPages.method

    def method(pages: KeptPages, method_id: str, *, lock: bool = False) -> Method | None:
        asked.extend([method_id] if lock else [])
        return ask_for(pages, method_id, lock=lock)

    def judged(*_: object, **__: object) -> tuple[()]:
        asked.append("judged")
        return ()

    monkeypatch.setattr(KeptPages, "method", method)
    monkeypatch.setattr(deleting, "judge", judged)
    office.delete("new")
    assert asked[:5] == ["bank", "bos", "new", "old", "judged"]


def test_a_role_that_was_withdrawn_before_the_commit_refuses(office: Office) -> None:
    """Law 5, G1: and a card is deleted only by who added it (G3)."""
    assert codes(office.delete(actor="bo")) == ["SOURCE_NOT_OWNED"]
    office.write(lambda pages: pages.remove_grant(Grant("anna", Role.BILLING_ADMIN, "fjord")))
    assert "ROLE_TOO_SMALL" in codes(office.delete())
    assert office.read(lambda pages: pages.method("old").deleted_at) is None


# What is deleted is out of everything.


def test_a_deleted_method_is_in_no_list_and_still_found_by_its_id(office: Office) -> None:
    """Attempts and mails refer to it by id; whoever must name it in old records asks for the deleted ones too."""
    office.delete()
    assert [one.id for one in office.read(lambda pages: pages.methods("fjord"))] == ["bank", "bos", "new"]
    assert [one.id for one in office.read(lambda pages: pages.methods("fjord", deleted=True))] == ["bank", "bos", "new", "old"]
    assert office.read(lambda pages: pages.method_by_token("tok_old").id) == "old"


@pytest.mark.parametrize(("kind", "payer"), [(SUBSCRIPTION, "m365"), (PROFILE, "nord")])
def test_a_deleted_method_cannot_be_bound(office: Office, kind: PayerKind, payer: str) -> None:
    """By nobody's hand, and nothing changes."""
    office.subscribe("m365", method="new")
    office.profile("nord", "new")
    office.delete()
    with pytest.raises(BookkeepingError, match="there is no such payment method"):
        bookkeeping.bind(office.book, kind, payer, "old")
    assert set(office.bound().values()) == {"new"}


def test_a_deleted_method_cannot_be_corrected(office: Office) -> None:
    """It is finished for good."""
    office.delete()
    with pytest.raises(BookkeepingError, match="there is no such payment method"):
        bookkeeping.correct_details(office.book, "old", office.now)


def test_neither_id_nor_token_of_a_deleted_method_is_used_again(office: Office) -> None:
    """Old attempts would else look as if they were the new one's."""
    office.delete()
    with pytest.raises(BookkeepingError, match="old: there is a payment method of that id already"):
        bookkeeping.add_method(office.book, card("old", token="tok_fresh"))
    with pytest.raises(BookkeepingError, match="fresh: its token is or was another method's"):
        bookkeeping.add_method(office.book, card("fresh", token="tok_old"))


def test_news_about_a_deleted_method_brings_it_not_back(office: Office) -> None:
    """The provider may tell of it long after."""
    office.delete()
    bookkeeping.hear(office.book, Notification("n-1", "method.gone", office.now, token="tok_old"), office.now)
    assert office.read(lambda pages: pages.method("old").is_deleted)


def test_a_deleted_method_is_not_charged_even_when_it_is_still_bound() -> None:
    """Law 2: the reservation reads again. Nothing binds it; should something do so all the same, no money moves."""
    bench = Bench()
    bench.write(lambda pages: pages.put_method(replace(pages.method("card"), deleted_at=bench.now)))
    answer = bench.charge()
    assert isinstance(answer, debts.MethodNeeded)
    assert answer.why == "the payment method is deleted"
    assert bench.calls("open_intent") == []


def test_a_deleted_method_is_not_told_as_the_newer_one_that_could_be_bound() -> None:
    """S1: the notice names the newest good method on file; one that is deleted is not on file."""
    bench = Bench({"tok_card": [{"decline": "insufficient_funds"}]}, methods=[method("card"), method("later")])
    bench.write(lambda pages: pages.put_method(replace(pages.method("later"), added_at=bench.now, deleted_at=bench.now)))
    bench.charge()
    assert [notice.newer_method for notice in bench.notices()] == [None]


def book_file(payer: str) -> BookFile:
    return read_book(
        f"""
accounts:
  - id: fjord
    name: Fjord AS
    country: "NO"
    time_zone: Europe/Oslo
    people: [{{id: anna, name: Anna, email: anna@fjord.example, roles: [billing_admin]}}]
    methods: [{{id: old, card: {{brand: visa, last4: "4242", expires: "2031-01"}}, added_by: anna}}]
    {payer}
""",
        "book.yaml",
        date(2026, 11, 2),
    )


@pytest.mark.parametrize(
    "payer",
    [
        "subscriptions: [{id: late, name: Late, method: old}]",
        "kind: MCA\n    billing_profiles: [{id: late, name: Late, method: old}]",
    ],
    ids=["subscription", "profile"],
)
def test_an_import_binds_nothing_to_a_method_that_was_deleted_since(office: Office, payer: str) -> None:
    """The file may be older than the deletion: it is refused as a whole, with what to do."""
    office.delete()
    with pytest.raises(BookConflict, match="late pays with old, which was deleted: name another method"):
        write_book(book_file(payer), office.book, office.now)
    assert office.bound() == {}


def test_an_account_becomes_strict_by_its_book_file(kept: Book) -> None:
    """C11: a date, like every era; in the file it may count from the start."""
    write_book(book_file("strict_from: +3d"), kept, NOW)
    with kept.transaction() as pages:
        assert pages.account("fjord").strict_from == date(2026, 11, 5)


# Races, with real transactions from several engines on one file, as processes have.


def together(*deeds: Callable[[], object]) -> list[object]:
    """Do these at once, each in a thread; what each answered or raised."""
    start, answers = Barrier(len(deeds)), [None] * len(deeds)

    def run(number: int) -> None:
        start.wait()
        try:
            answers[number] = deeds[number]()
        except BookkeepingError as error:
            answers[number] = error

    threads = [Thread(target=run, args=(number,)) for number in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def points_at_nothing_deleted(office: Office) -> bool:
    alive = {one.id for one in office.read(lambda pages: pages.methods("fjord"))}
    return {method for method in office.bound().values() if method is not None} <= alive


@pytest.mark.parametrize("round_", range(6))
@pytest.mark.parametrize("deleted", ["old", "new"])
def test_moving_deleting_and_binding_at_once_leave_nothing_at_a_deleted_method(book_file: str, round_: int, deleted: str) -> None:
    """Law 5: whoever commits later sees what the earlier one did, whichever of the two methods is deleted."""
    with closing(SqlBook(book_file)) as book, closing(SqlBook(book_file)) as second, closing(SqlBook(book_file)) as third:
        office, other = Office(book), object.__new__(Office)
        other.__dict__ = office.__dict__ | {"book": second, "desk": replace(office.desk, book=second)}
        office.subscribe(*(f"s{n}" for n in range(9)))
        office.profile("nord", None)
        office.subscribe("free", method="bank")

        def move() -> object:
            answer, number = office.at(ask.MovePage(source="old", target="new", actor="anna", limit=2), 1), 1
            while isinstance(answer, ask.PageMoved) and answer.more:
                number += 1
                answer = office.at(ask.MovePage(source="old", target="new", actor="anna", limit=2), number)
            return answer

        def delete() -> object:
            tries = [
                other.at(ask.DeleteMethod(method=deleted, actor="anna"), number, subject="delete-with-dependents/x")
                for number in range(1, 8)
            ]
            return tries[-1]

        def bind() -> object:
            bookkeeping.bind(third, PROFILE, "nord", deleted)
            return bookkeeping.bind(third, SUBSCRIPTION, "free", deleted)

        moved, gone, _ = together(move, delete, bind)
        assert points_at_nothing_deleted(office)
        assert office.read(lambda pages: pages.method(deleted).is_deleted) is isinstance(gone, ask.Deleted)
        items = [row.item_id for row in office.rows(SUBJECT)]
        assert len(items) == len(set(items))
        if deleted == "new" and isinstance(gone, ask.Deleted):
            assert "UNKNOWN_METHOD" in codes(moved)


def test_of_a_delete_and_a_bind_at_once_one_comes_first(book_file: str) -> None:
    """Either the method is bound and stays, or it is deleted and cannot be bound: never both, never neither."""
    with closing(SqlBook(book_file)) as book, closing(SqlBook(book_file)) as second:
        office = Office(book)
        office.write(lambda pages: pages.put_subscription(Subscription("free", "fjord", "Free", method_id="new")))
        office.write(lambda pages: pages.put_profile(BillingProfile("nord", "fjord", "Nord")))
        deleted, bound = together(office.delete, lambda: bookkeeping.bind(second, SUBSCRIPTION, "free", "old"))
        assert isinstance(deleted, ask.Deleted) is isinstance(bound, BookkeepingError)
        assert points_at_nothing_deleted(office)
