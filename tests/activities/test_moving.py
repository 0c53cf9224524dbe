"""Moving: pages, judged again in the transaction that writes, and no item twice."""

from dataclasses import replace
from datetime import date

import pytest
from method_office import SUBJECT, Office, card, codes

from activities.picturing import picture_of, scope_of
from domain.accounts import (
    Account,
    AccountKind,
    BillingProfile,
    Era,
    Grant,
    PayerKind,
    Person,
    Rebinding,
    Role,
    Standing,
    Subscription,
    SubscriptionStatus,
)
from paystates.engine import Actor
from states import methods as ask
from states import rules
from states.facts import Item
from states.rules.judging import judge
from store.errors import BookConflict
from store.port import Book

ANNA = Grant("anna", Role.BILLING_ADMIN, "fjord")
SUBSCRIPTION, PROFILE = PayerKind.SUBSCRIPTION, PayerKind.PROFILE


def subscriptions(count: int) -> list[str]:
    return [f"s{n:03}" for n in range(count)]


def test_everything_that_pays_with_the_source_pays_with_the_target_and_nothing_else_does(office: Office) -> None:
    """G26, C2: subscriptions of any status and profiles; not what pays with another method. The source stays on file (G27)."""
    office.subscribe("m365")
    office.subscribe("ended", status=SubscriptionStatus.DELETED)
    office.profile("nord")
    office.subscribe("through", method=None, profile_id="nord")
    office.subscribe("other", method="bos")
    assert office.move() == ask.PageMoved(moved=3, last="subscription/m365")
    assert office.bound() == {"ended": "new", "m365": "new", "nord": "new", "other": "bos", "through": None}
    assert office.read(lambda pages: pages.method("old").is_deleted) is False


def test_pages_follow_each_other_profiles_first_then_by_id(office: Office) -> None:
    """G48: profiles before subscriptions. `last` is where the next page begins after; the last page says that none follows."""
    office.subscribe(*reversed(subscriptions(5)))
    office.profile("zz")
    office.profile("aa")
    answers = [office.move(limit=3)]
    while answers[-1].more:
        answers.append(office.move(limit=3, after=answers[-1].last))
    assert [(one.moved, one.last) for one in answers] == [
        (3, "subscription/s000"),
        (3, "subscription/s003"),
        (1, "subscription/s004"),
    ]
    assert [row.item_id for row in office.rows()] == ["aa", "zz", *subscriptions(5)]
    assert set(office.bound().values()) == {"new"}


def test_each_move_leaves_one_row_that_says_what_was_moved_from_where_to_where_and_when(office: Office) -> None:
    """The outcome is told item by item from these."""
    office.subscribe("m365")
    office.move(run="7")
    assert office.rows() == [Rebinding(SUBJECT, "7", SUBSCRIPTION, "m365", "fjord", "old", "new", office.now)]


def test_a_page_whose_reply_was_lost_is_answered_again_and_moves_nothing(office: Office) -> None:
    """G33: the worker died after the commit. The procedure counts what was moved, and an item is never moved twice."""
    office.subscribe(*subscriptions(5))
    first = office.move(limit=2)
    assert office.move(limit=2, again=True) == first == ask.PageMoved(moved=2, last="subscription/s001", more=True)
    assert len(office.rows()) == 2
    assert [row.event_kind for row in office.journal()] == ["page_moved"]
    assert office.move(limit=9, after=first.last).moved == 3


def test_a_kill_between_two_pages_resumes_where_it_stopped(office: Office) -> None:
    """G33: the page that was not committed is asked again, from the same place or from the first."""
    office.subscribe(*subscriptions(5))
    office.move(limit=2)
    assert office.move(limit=2, after="") == ask.PageMoved(moved=2, last="subscription/s003", more=True)
    assert office.move(limit=2, after="subscription/s003").moved == 1
    assert [row.item_id for row in office.rows()] == subscriptions(5)


def test_a_transaction_that_fails_after_the_move_moves_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bindings, rows and journal are one transaction: with none of them the next try begins anew."""
    office.subscribe("m365")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("activities.moving.conclude", killed)
        with pytest.raises(KeyboardInterrupt):
            office.move()
    assert (office.bound(), office.rows(), office.journal()) == ({"m365": "old"}, [], [])
    assert office.move(again=True).moved == 1


def test_what_was_attached_meanwhile_is_moved_too(office: Office) -> None:
    """G33: behind the place where the pages are, it is found by the look whether anything is left."""
    office.subscribe("b", "c")
    office.move()
    office.subscribe("a")
    assert office.do(ask.Verify(source="old")).left == 1
    assert office.move().moved == 1
    assert office.do(ask.Verify(source="old")).left == 0


def test_nothing_to_move_is_a_page_of_nothing(office: Office) -> None:
    """It writes its journal row, and asks nobody's permission for nothing."""
    assert office.move(actor="nobody", after="subscription/z") == ask.PageMoved(moved=0, last="subscription/z")
    assert [row.event_kind for row in office.journal()] == ["page_moved"]


# Judged again.


def test_a_role_that_was_withdrawn_before_the_commit_stops_the_page(office: Office) -> None:
    """Law 5, G1: roles are looked up in the writing transaction; nothing is written but the journal."""
    office.subscribe(*subscriptions(3))
    office.profile("nord")
    before = office.bound()
    office.write(lambda pages: pages.remove_grant(ANNA))
    assert "ROLE_TOO_SMALL" in codes(office.move())
    assert (office.bound(), office.rows()) == (before, [])
    (row,) = office.journal()
    assert (row.event_kind, row.account_id) == ("conflicted", "fjord")


def test_a_role_that_was_withdrawn_between_two_pages_stops_the_second(office: Office) -> None:
    """The first stays moved."""
    office.subscribe(*subscriptions(4))
    first = office.move(limit=2)
    office.write(lambda pages: pages.remove_grant(ANNA))
    assert "ROLE_TOO_SMALL" in codes(office.move(limit=2, after=first.last))
    assert list(office.bound().values()) == ["new", "new", "old", "old"]


@pytest.mark.parametrize(
    ("target", "changed", "code"),
    [
        ("none", {}, "UNKNOWN_METHOD"),
        ("old", {}, "SAME_METHOD"),
        ("bos", {}, "TARGET_NOT_OWNED"),
        ("new", {"country": "SE"}, "WRONG_COUNTRY"),
        ("new", {"expires": date(2026, 11, 1)}, "METHOD_EXPIRED"),
        ("new", {"standing": Standing.GONE}, "METHOD_NOT_GOOD"),
        ("new", {"standing": Standing.NEEDS_CORRECTION}, "METHOD_NEEDS_CORRECTION"),
        ("new", {"deleted": True}, "UNKNOWN_METHOD"),
    ],
    ids=["unknown", "the same", "another's card", "abroad", "expired", "gone", "to correct", "deleted"],
)
def test_a_choice_that_a_rule_forbids_by_now_moves_nothing(
    office: Office, target: str, changed: dict[str, object], code: str
) -> None:
    """Law 5: each rule of the choice holds at the commit, whatever it said when it was chosen."""
    office.subscribe("m365")
    if changed:
        fields = {"deleted_at": office.now} if "deleted" in changed else changed
        office.write(lambda pages: pages.put_method(replace(pages.method(target), **fields)))
    assert codes(office.move(target)) == [code]
    assert (office.bound(), office.rows()) == ({"m365": "old"}, [])


def test_all_reasons_come_back_at_once(office: Office) -> None:
    """A refusal lists all there is against it."""
    office.subscribe("m365")
    office.write(lambda pages: pages.put_method(card("bad", country="SE", added_by="bo", standing=Standing.FINISHED)))
    assert set(codes(office.move("bad"))) >= {"TARGET_NOT_OWNED", "WRONG_COUNTRY", "METHOD_NOT_GOOD"}


def test_a_bank_account_is_refused_for_everything_while_nothing_is_moved(office: Office) -> None:
    """G29, G33: everything is checked before the first item moves."""
    office.subscribe("m365")
    office.profile("nord")
    assert codes(office.move("bank")) == ["CARDS_ONLY"]
    assert set(office.bound().values()) == {"old"}


def test_a_profile_that_was_attached_while_a_bank_account_is_the_target_stays_and_is_named(office: Office) -> None:
    """G29, G33: what conflicts after the first item stays with its reason, and the others are moved."""
    office.subscribe(*subscriptions(3))
    first = office.move("bank", limit=2)
    assert first.moved == 2
    office.profile("nord")
    office.subscribe("late")
    second = office.move("bank")
    assert (second.moved, [(one.item.key, one.code) for one in second.conflicts]) == (2, [("billing_profile/nord", "CARDS_ONLY")])
    assert "Autogiro ending 6789" in second.conflicts[0].sentence
    assert office.bound() == {"nord": "old", "late": "bank", "s000": "bank", "s001": "bank", "s002": "bank"}
    assert office.do(ask.Verify(source="old", conflicts=("billing_profile/nord",))).left == 0


def test_what_somebody_put_back_is_not_moved_again_by_the_same_run(office: Office) -> None:
    """G33: never twice, so two procedures cannot push an item to and fro for ever. A later run may move it."""
    office.subscribe("m365", "azure")
    office.move()
    office.subscribe("m365")
    answer = office.move()
    assert answer.moved == 0
    assert answer.conflicts == (
        ask.Conflict(
            item=Item(kind=SUBSCRIPTION, id="m365", name="M365"),
            code="MOVED_BEFORE",
            sentence="M365 was moved already, and somebody has bound it to another payment method again since.",
            remedy="Ask who did that, and start again if it is to be moved all the same.",
            facts={"name": "M365"},
        ),
    )
    assert office.bound()["m365"] == "old"
    assert office.move(run="2").moved == 1


def test_an_item_of_another_account_stays_and_is_named(office: Office) -> None:
    """It got there by hand or by an import: no procedure of this account moves it."""
    office.write(lambda pages: pages.put_account(Account("elv", "Elv AS", "NO")))
    office.write(lambda pages: pages.put_subscription(Subscription("strange", "elv", "Strange", method_id="old")))
    office.subscribe("m365")
    answer = office.move()
    assert (answer.moved, [(one.item.id, one.code) for one in answer.conflicts]) == (1, [("strange", "OTHER_ACCOUNT")])
    assert answer.conflicts[0].sentence == "Strange belongs to another account."


def test_a_role_on_a_profile_is_enough_while_that_profile_is_all_that_moves(kept: Book) -> None:
    """G8, G11: also when the reply is lost, and nothing pays with the source any more."""
    office = Office(kept, kind=AccountKind.MCA, era=Era.Y2024)
    office.write(lambda pages: pages.put_person(Person("tore", "fjord", "Tore", "tore@fjord.example")))
    office.write(lambda pages: pages.put_grant(Grant("tore", Role.PROFILE_OWNER, "fjord", "nord")))
    office.profile("nord")
    first = office.move(actor="tore")
    assert first == ask.PageMoved(moved=1, last="billing_profile/nord")
    assert office.move(actor="tore", again=True) == first
    office.subscribe("m365")
    assert "ROLE_TOO_SMALL" in codes(office.move(actor="tore"))


@pytest.mark.parametrize("target", ["new", "old", "bos", "bank", "none"])
@pytest.mark.parametrize("actor", ["anna", "bo", "nobody"])
def test_no_rule_of_a_choice_asks_what_is_due(office: Office, target: str, actor: str) -> None:
    """A page is judged without reading the debts: whatever they are, the answer is the same."""
    office.subscribe("m365")
    office.profile("nord")
    bare = office.read(lambda pages: picture_of(pages, "old", office.now, debts=False))
    account = bare.account.model_copy(update={"needs_paying": True, "strict": True})
    due = {"charging": ("F-1",), "retried": ("F-1",), "outstanding": ("F-1",), "account": account}
    who = Actor(actor, office.desk.roles(actor, scope_of(bare)))
    answers = [judge(rules.CHOICE, one, who, office.now, chosen=target) for one in (bare, bare.model_copy(update=due))]
    assert answers[0] == answers[1]


# One subscription.


def test_of_one_subscription_the_siblings_are_untouched(office: Office) -> None:
    """G35: exactly one."""
    office.subscribe("m365", "azure")
    assert office.move(subscription="azure") == ask.PageMoved(moved=1, last="subscription/azure")
    assert office.bound() == {"m365": "old", "azure": "new"}
    assert [row.item_id for row in office.rows()] == ["azure"]


def test_one_that_points_at_the_target_already_is_not_moved_twice(office: Office) -> None:
    """Whoever bound it there: what was wanted holds."""
    office.subscribe("azure", method="new")
    assert office.move(subscription="azure") == ask.PageMoved(moved=0)
    assert office.rows() == []


def test_one_that_was_bound_elsewhere_meanwhile_stays(office: Office) -> None:
    """What was confirmed was a change from another method."""
    office.subscribe("azure", method="bos")
    answer = office.move(subscription="azure")
    assert (answer.moved, [one.code for one in answer.conflicts]) == (0, ["CHANGED_MEANWHILE"])
    assert office.bound() == {"azure": "bos"}
    assert office.move(subscription="azure", source=None).moved == 1


@pytest.mark.parametrize(("profile", "code"), [("nord", "PAYS_THROUGH_PROFILE"), (None, "PAYS_BY_INVOICE")])
def test_one_that_pays_through_a_profile_or_by_invoice_by_now_is_refused(office: Office, profile: str | None, code: str) -> None:
    """G36, G37: judged with the rules for one subscription."""
    office.profile("nord", "new")
    office.subscribe("azure", method=None, profile_id=profile)
    assert code in codes(office.move(subscription="azure"))
    assert office.bound()["azure"] is None


def test_a_subscription_that_has_vanished_is_no_business_fact(office: Office) -> None:
    """The book loses nothing: whatever this is, it is not an answer."""
    with pytest.raises(LookupError, match="subscription none has vanished"):
        office.move(subscription="none")


# The port.


def test_an_item_is_bound_anew_only_as_its_row_says_and_once_in_a_run(office: Office) -> None:
    """Whatever a transaction believes: the book refuses the whole of it."""
    office.subscribe("m365")
    office.profile("nord", None)
    row = Rebinding(SUBJECT, "1", SUBSCRIPTION, "m365", "fjord", "old", "new", office.now)
    with pytest.raises(BookConflict, match="m365"):
        office.write(lambda pages: pages.rebind([replace(row, from_method="new", to_method="old")]))
    office.write(lambda pages: pages.rebind([row, Rebinding(SUBJECT, "1", PROFILE, "nord", "fjord", None, "new", office.now)]))
    assert office.bound() == {"m365": "new", "nord": "new"}
    with pytest.raises(BookConflict):
        office.write(lambda pages: pages.rebind([replace(row, from_method="new", to_method="old")]))
    assert office.bound() == {"m365": "new", "nord": "new"}
    office.write(lambda pages: pages.rebind([]))


def test_what_was_bound_anew_is_told_page_by_page(office: Office) -> None:
    """One run, or all of a procedure's."""
    office.subscribe("a", "b")
    office.profile("p")
    office.move(run="1")
    office.subscribe("a")
    office.move(run="2")
    office.move(subject="replace-all/new", source="new", target="old")

    def told(*asked: object, **more: object) -> list[tuple[str, str]]:
        return [(one.run, one.item_id) for one in office.read(lambda pages: pages.rebindings(SUBJECT, *asked, **more))]

    assert told("1") == [("1", "p"), ("1", "a"), ("1", "b")]
    assert told("1", (PROFILE, "p"), 1) == [("1", "a")]
    assert told("1", (SUBSCRIPTION, "a")) == [("1", "b")]
    assert told() == [*told("1"), ("2", "a")]
    assert told(limit=1) == [("1", "p")]


def test_payers_are_told_page_by_page_across_both_kinds(office: Office) -> None:
    """Two of one id are two."""
    office.subscribe("x", "y")
    office.profile("x")
    office.write(lambda pages: pages.put_profile(BillingProfile("z", "fjord", "Z", "old")))

    def told(after: tuple[PayerKind, str] | None, limit: int = 9) -> list[str]:
        found = office.read(lambda pages: pages.payers_on("old", after, limit, lock=True))
        return [f"{type(one).__name__[0]}{one.id}" for one in found]

    assert told(None) == ["Bx", "Bz", "Sx", "Sy"]
    assert told((PROFILE, "x"), 2) == ["Bz", "Sx"]
    assert told((SUBSCRIPTION, "x")) == ["Sy"]
    assert told(None, 2) == ["Bx", "Bz"]
    assert office.read(lambda pages: pages.count_payers("old")) == {PROFILE: 2, SUBSCRIPTION: 2}
    assert office.read(lambda pages: pages.count_payers("none")) == {PROFILE: 0, SUBSCRIPTION: 0}
