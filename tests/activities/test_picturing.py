"""The picture: what the rules about methods read, from the book, in the transaction that asks."""

from datetime import UTC, date, datetime

import pytest
from method_office import Office, card

from activities.picturing import FEW, picture_of_account
from domain.accounts import (
    Account,
    AccountKind,
    AttemptStatus,
    Entry,
    EntryKind,
    Grant,
    Invoice,
    MethodKind,
    PayerKind,
    Person,
    Role,
    Standing,
    Subscription,
    SubscriptionStatus,
)
from states import methods as ask
from states.facts import Item, MethodFacts
from store.port import Book

PROFILE = PayerKind.PROFILE


@pytest.mark.parametrize("status", SubscriptionStatus)
def test_a_subscription_depends_whatever_its_status(office: Office, status: SubscriptionStatus) -> None:
    """G42, C2: expired, disabled or cancelled, it keeps the method from being deleted, and is moved with the others."""
    office.subscribe("m365", status=status)
    dependents = office.review().picture.dependents
    assert (dependents.count, dependents.profiles) == (1, 0)
    assert dependents.first == (Item(kind=PayerKind.SUBSCRIPTION, id="m365", name="M365"),)


def test_of_a_subscription_that_pays_through_a_profile_the_profile_depends(office: Office) -> None:
    """G26, C8: it has no method of its own; the profile is named as the only dependent, so that a role on it counts (G8, G11)."""
    office.profile("nord")
    office.subscribe("azure", method=None, profile_id="nord")
    dependents = office.review().picture.dependents
    assert (dependents.count, dependents.profiles, dependents.profile) == (1, 1, "nord")
    office.subscribe("m365")
    dependents = office.review().picture.dependents
    assert (dependents.count, dependents.profiles, dependents.profile) == (2, 1, None)


def test_a_picture_names_a_few_of_many_and_counts_all(office: Office) -> None:
    """It is remembered and shown: it must not grow with what depends on the method. Profiles come first (G48)."""
    office.subscribe(*(f"s{n:03}" for n in range(40)))
    office.profile("nord")
    for n in range(FEW + 2):
        office.owe(f"F-{n:02}", f"s{n:03}")
    picture = office.review().picture
    assert picture.dependents.count == 41
    assert [item.id for item in picture.dependents.first] == ["nord", *(f"s{n:03}" for n in range(FEW - 1))]
    assert len(picture.retried) == FEW


def test_a_method_is_told_as_people_know_it_with_the_dates_of_its_account(kept: Book) -> None:
    """Law: dates are local. Half past eleven in the evening in UTC is tomorrow in Oslo."""
    office = Office(kept)
    late = datetime(2026, 1, 24, 23, 30, tzinfo=UTC)
    office.write(lambda pages: pages.put_method(card("late", added_at=late, expires=date(2027, 4, 30), standing=Standing.POOR)))
    office.now = datetime(2026, 11, 2, 23, 30, tzinfo=UTC)
    picture = office.review("late").picture
    assert picture.source == MethodFacts(
        id="late",
        label="Visa ending 4242",
        kind=MethodKind.CARD,
        country="NO",
        added_by="anna",
        added_on=date(2026, 1, 25),
        expires=date(2027, 4, 30),
        standing=Standing.POOR,
    )
    assert picture.account.today == date(2026, 11, 3)
    assert picture.candidate("bank").label == "Autogiro ending 6789"


def test_the_candidates_are_the_accounts_other_methods_and_none_that_is_deleted(office: Office) -> None:
    """G27, G28: whoever added them; the rules say which may be chosen. Another account's are not shown."""
    office.write(lambda pages: pages.put_account(Account("elv", "Elv AS", "NO")))
    office.write(lambda pages: pages.put_method(card("strange", account_id="elv")))
    office.write(lambda pages: pages.put_method(card("gone", deleted_at=office.now)))
    picture = office.review().picture
    assert [method.id for method in picture.candidates] == ["bank", "bos", "new"]
    assert picture.account.methods == 4


def test_a_country_that_nobody_knows_is_told_as_unknown(office: Office) -> None:
    """A missing fact is never a silent yes: the rule answers that it cannot tell."""
    office.write(lambda pages: pages.put_method(card("somewhere", country="")))
    assert office.review().picture.candidate("somewhere").country is None


@pytest.mark.parametrize("status", AttemptStatus)
def test_an_attempt_that_is_open_or_clearing_is_told_wherever_its_payer_is_bound_now(
    office: Office, status: AttemptStatus
) -> None:
    """C11, G49: the attempt keeps the method it was made with."""
    office.subscribe("m365", method="new")
    office.owe("F-1", "m365")
    office.attempt("F-1", "old", status)
    picture = office.review().picture
    assert bool(picture.charging) is (status.value in {"reserved", "opened", "action_required", "clearing"})
    assert office.review("new").picture.charging == ()


def test_retries_that_would_lose_the_method_are_those_with_a_budget_that_is_not_over(office: Office) -> None:
    """Law 8: a calendar is pinned, something is due, and the final notice is not written; the payer is bound to the method."""
    office.subscribe("m365", "azure", "visio")
    office.subscribe("other", method="new")
    office.profile("nord")
    office.owe("F-open", "m365")
    office.owe("F-profile", "nord", PROFILE)
    office.owe("F-over", "azure", over=True)
    office.owe("F-unopened", "azure", pinned=False)
    office.owe("F-paid", "visio")
    office.pay("F-paid")
    office.owe("F-other", "other")
    picture = office.review().picture
    assert picture.retried == ("F-open", "F-profile")
    assert picture.outstanding == ()


def test_a_payers_name_in_the_other_kind_is_not_its_own(office: Office) -> None:
    """A profile and a subscription of one id are two payers."""
    office.subscribe("twin")
    office.profile("twin", "new")
    office.owe("F-1", "twin", PROFILE)
    assert office.review("old").picture.retried == ()
    assert office.review("new").picture.retried == ("F-1",)


def test_outstanding_charges_are_told_from_the_day_on_which_the_account_is_strict(kept: Book) -> None:
    """C11: strict mode is data of the account, by a date in its time zone; before it nobody is refused for them."""
    office = Office(kept, strict_from=date(2026, 11, 3))
    office.subscribe("m365")
    office.owe("F-1", "m365", over=True)
    before = office.review().picture
    assert (before.account.strict, before.outstanding) == (False, ())
    office.now = datetime(2026, 11, 2, 23, tzinfo=UTC)
    picture = office.review().picture
    assert (picture.account.strict, picture.outstanding) == (True, ("F-1",))


@pytest.mark.parametrize(
    ("subscription", "pays"),
    [
        (Subscription("s", "fjord", "S", method_id="new"), True),
        (Subscription("s", "fjord", "S", SubscriptionStatus.PAST_DUE), True),
        (Subscription("s", "fjord", "S", profile_id="card"), True),
        (Subscription("s", "fjord", "S", profile_id="invoice"), False),
        (Subscription("s", "fjord", "S", SubscriptionStatus.CANCELLED, "new"), False),
        (Subscription("s", "fjord", "S", SubscriptionStatus.DELETED, "new"), False),
    ],
    ids=["active", "past due", "by a profile with a card", "by invoice", "cancelled", "deleted"],
)
def test_an_account_needs_paying_while_a_subscription_goes_on_that_is_not_paid_by_invoice(
    office: Office, subscription: Subscription, *, pays: bool
) -> None:
    """C4: the only method may go when nothing depends on it, and nothing still needs paying."""
    office.profile("card", "new")
    office.profile("invoice", None)
    office.write(lambda pages: pages.put_subscription(subscription))
    assert office.review().picture.account.needs_paying is pays


@pytest.mark.parametrize(("payer", "kind", "pays"), [("ended", PayerKind.SUBSCRIPTION, True), ("invoice", PROFILE, False)])
def test_a_debt_needs_paying_until_it_is_paid(office: Office, payer: str, kind: PayerKind, *, pays: bool) -> None:
    """C4, law 6: cancelling a subscription voids nothing. What a profile pays by invoice needs no method."""
    office.profile("invoice", None)
    office.subscribe("ended", method=None, status=SubscriptionStatus.CANCELLED)
    office.owe("F-1", payer, kind)
    assert office.review().picture.account.needs_paying is pays
    office.pay("F-1")
    assert office.review().picture.account.needs_paying is False


def test_what_another_account_must_pay_is_its_own_matter(office: Office) -> None:
    """C4: neither its subscriptions nor its debts keep a method of this one."""
    office.write(lambda pages: pages.put_account(Account("elv", "Elv AS", "NO")))
    for name, status in (("on", SubscriptionStatus.ACTIVE), ("ended", SubscriptionStatus.CANCELLED)):
        office.write(lambda pages, name=name, status=status: pages.put_subscription(Subscription(name, "elv", "E", status)))
    office.write(
        lambda pages: pages.put_invoice(Invoice("E-1", "elv", PayerKind.SUBSCRIPTION, "ended", "NOK", date(2026, 11, 1)))
    )
    office.write(lambda pages: pages.add_entry(Entry("E-1/invoice", "E-1", EntryKind.INVOICE, 100, office.now)))
    assert office.review().picture.account.needs_paying is False


def test_of_one_subscription_it_alone_depends_and_its_own_method_is_the_source(office: Office) -> None:
    """G35: its siblings are not in the picture."""
    office.subscribe("m365", "azure", status=SubscriptionStatus.DISABLED)
    office.owe("F-1", "azure")
    answer = office.do(ask.Review(subscription="m365", actor="anna"))
    picture = answer.picture
    assert (picture.source.id, picture.subscription.id, picture.subscription.method) == ("old", "m365", "old")
    assert picture.subscription.status is SubscriptionStatus.DISABLED
    assert picture.dependents.count == 1
    assert [item.id for item in picture.dependents.first] == ["m365"]
    assert picture.retried is None, "nothing is deleted here: nobody looked"
    assert answer.roles == {"billing_admin"}


@pytest.mark.parametrize(("profile", "method"), [("nord", "new"), (None, None)])
def test_a_subscription_without_a_method_of_its_own_has_no_source(
    office: Office, profile: str | None, method: str | None
) -> None:
    """G36, G37: the rules say where it is changed instead."""
    office.profile("nord", method)
    office.subscribe("azure", method=None, profile_id=profile)
    picture = office.do(ask.Review(subscription="azure", actor="anna")).picture
    assert picture.source is None
    assert picture.subscription.profile == profile
    assert len(picture.candidates) == picture.account.methods == 4


def test_in_strict_mode_a_subscription_tells_its_own_debts(kept: Book) -> None:
    """C11: not those of its siblings on the same method."""
    office = Office(kept, strict_from=date(2020, 1, 1))
    office.subscribe("m365", "azure")
    office.owe("F-1", "m365")
    office.owe("F-2", "azure")
    assert office.do(ask.Review(subscription="m365", actor="anna")).picture.outstanding == ("F-1",)


def test_an_account_by_itself_has_all_its_methods_as_candidates(office: Office) -> None:
    """For a method that is added by itself: it is about none of them."""
    picture = office.read(lambda pages: picture_of_account(pages, "fjord", office.now))
    assert [method.id for method in picture.candidates] == ["bank", "bos", "new", "old"]
    assert office.read(lambda pages: picture_of_account(pages, "elv", office.now)) is None


def test_the_roles_are_looked_up_where_the_picture_says(kept: Book) -> None:
    """G8, G11: a role on a profile counts while that profile is all that depends, and is named as held elsewhere after that."""
    office = Office(kept, kind=AccountKind.MCA)
    office.profile("nord")
    office.write(lambda pages: pages.put_person(Person("tore", "fjord", "Tore", "tore@fjord.example")))
    office.write(lambda pages: pages.put_grant(Grant("tore", Role.PROFILE_OWNER, "fjord", "nord")))
    assert office.review(actor="tore").roles == {"profile_owner"}
    office.subscribe("m365")
    assert office.review(actor="tore").roles == {"profile_owner_elsewhere"}


@pytest.mark.parametrize(
    ("request_", "what"),
    [
        (ask.Review(method="none", actor="anna"), "payment method"),
        (ask.Review(method="gone", actor="anna"), "payment method"),
        (ask.Review(subscription="none", actor="anna"), "subscription"),
        (ask.Review(actor="anna"), "payment method"),
    ],
)
def test_what_is_not_there_or_deleted_is_named(office: Office, request_: ask.Review, what: str) -> None:
    """The book's answer, not an error; it is in the journal like every other."""
    office.write(lambda pages: pages.put_method(card("gone", deleted_at=office.now)))
    assert office.do(request_) == ask.NoSuchThing(what=what)
    assert [row.event_kind for row in office.journal()] == ["no_such_thing"]


def test_what_is_left_is_counted_apart_from_what_is_known_to_stay(office: Office) -> None:
    """G33: also when a profile and a subscription have the same id; one in conflict that has left since counts for nothing."""
    office.subscribe("a", "b", "twin")
    office.profile("twin")
    office.subscribe("left", method="new")
    assert office.do(ask.Verify(source="old", conflicts=("subscription/b", "subscription/left"))).left == 3
    assert office.do(ask.Verify(source="old", conflicts=("subscription/twin",) * 2)).left == 3
    assert office.do(ask.Verify(source="new")).left == 1
    assert [row.event_kind for row in office.journal()] == ["verified"] * 3


def test_an_account_that_has_vanished_is_no_business_fact(office: Office) -> None:
    """Infrastructure raises; the book in memory has no way to lose one, so a page that lost it is asked."""

    class Lost:
        def __init__(self, pages: object) -> None:
            self._pages = pages

        def __getattr__(self, name: str) -> object:
            return (lambda *_: None) if name == "account" else getattr(self._pages, name)

    from activities.picturing import picture_of  # noqa: PLC0415 - beside its only use

    with office.book.transaction() as pages, pytest.raises(LookupError, match="account fjord has vanished"):
        picture_of(Lost(pages), "old", office.now)  # type: ignore[arg-type]  # as much of a page as is read


def test_debts_of_profiles_and_the_invoices_of_a_payer_are_found_by_kind(office: Office) -> None:
    """The port's question, in both books: one id may be a profile's and a subscription's."""
    office.subscribe("twin")
    office.profile("twin")
    for name, kind in (("F-2", PROFILE), ("F-1", PayerKind.SUBSCRIPTION), ("F-3", PROFILE)):
        office.write(
            lambda pages, name=name, kind=kind: pages.put_invoice(Invoice(name, "fjord", kind, "twin", "NOK", date(2026, 11, 1)))
        )
    found = office.read(lambda pages: [one.id for one in pages.invoices_of(PROFILE, "twin")])
    assert found == ["F-2", "F-3"]
