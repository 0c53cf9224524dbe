"""replace-all, change-single-subscription and delete-with-dependents: items in conflict, and a book that cannot be reached."""

from datetime import timedelta
from typing import Any

import pytest
from choosing_walks import BROKEN, ONE_CALL, STARTS, begin, cancel, codes, every, seen, wait_a_week, world
from choosing_world import ADMIN, ITEMS, NEWER, NOW, OTHERS, conflict, picture, reviewed, unused
from for_every import for_every

from paystates.engine import Refusal, Unavailable, Verdict
from states import methods as ask
from states.change_single_subscription import CHANGE_SINGLE_SUBSCRIPTION
from states.change_single_subscription import Memory as ChangeMemory
from states.choosing import NAMED, RECOVER_AFTER, ROUNDS
from states.replace_all import REPLACE_ALL
from states.replace_all import Memory as ReplaceMemory


@every
def test_a_rule_found_broken_before_the_first_item_moved(which: str) -> None:
    """Law 5: reviewed and asked again with the reasons; a start that left nobody to ask is refused."""
    told = world(which, move_page=ask.Conflicted(refusals=(BROKEN,)))
    going = begin(which, told, chosen=NEWER.id)
    going.act(ask.Confirm(), ADMIN)
    assert (going.state, codes(going.snapshot.memory.refusals)) == ("choosing", {"METHOD_EXPIRED"})
    going = begin(which, told, **ONE_CALL)
    assert (going.state, codes(going.snapshot.memory.refusals)) == ("refused", {"METHOD_EXPIRED"})


@pytest.mark.parametrize("which", ["replace", "delete"])
def test_a_rule_found_broken_in_the_middle(which: str) -> None:
    """What was moved stays moved, what is left stays where it was, and the verdict is failed (G33)."""
    pages = [ask.PageMoved(moved=2, last="sub-2", more=True), ask.Conflicted(refusals=(BROKEN,))]
    going = begin(which, world(which, move_page=pages), **ONE_CALL)
    assert (going.state, going.snapshot.memory.moved, going.snapshot.memory.left) == ("incomplete", 2, 1)
    assert codes(going.snapshot.memory.refusals) == {"METHOD_EXPIRED"}


@pytest.mark.parametrize("which", ["replace", "delete", "change"])
def test_an_item_in_conflict_stays_and_is_named(which: str) -> None:
    """G33: the others are moved, the verdict is failed, nothing is deleted."""
    told = world(which, move_page=ask.PageMoved(moved=0 if which == "change" else 2, conflicts=(conflict(),), last="sub-3"))
    going = begin(which, told, **ONE_CALL)
    assert (going.state, going.procedure.verdict(going.snapshot)) == ("incomplete", Verdict.FAILED)
    assert [one.item for one in going.snapshot.memory.conflicts] == [ITEMS[0]]
    assert "delete_method" not in told.kinds


def test_conflicts_are_named_up_to_a_number() -> None:
    """Memory does not grow with what depends on a method; the rest is counted."""
    many = tuple(conflict(ITEMS[0].model_copy(update={"id": f"sub-{number}"})) for number in range(NAMED + 7))
    told = world("replace", move_page=[ask.PageMoved(moved=1, conflicts=many, last="z", more=True), ask.PageMoved(moved=0)])
    memory = begin("replace", told, **ONE_CALL).snapshot.memory
    assert (len(memory.conflicts), memory.unnamed) == (NAMED, 7)


@pytest.mark.parametrize("which", ["replace", "delete"])
def test_what_was_attached_meanwhile_is_moved_too(which: str) -> None:
    """G33: until nothing is left; not for ever."""
    told = world(which, verify=[ask.Verified(left=1), ask.Verified(left=0)])
    assert begin(which, told, **ONE_CALL).state == "done"
    assert told.kinds.count("move_page") == 2
    told = world(which, verify=ask.Verified(left=1))
    going = begin(which, told, **ONE_CALL)
    assert (going.state, going.snapshot.memory.left) == ("incomplete", 1)
    assert told.kinds.count("verify") == ROUNDS + 1


def test_a_dependent_attached_before_the_deletion_sends_it_back_to_review() -> None:
    """G47: it is moved too, and the method is deleted then; at last it is left."""
    attached = ask.Conflicted(refusals=(Refusal("STILL_USED", "1 pays with it.", "Move it."),))
    told = world("delete", delete_method=[attached, ask.Deleted()])
    assert begin("delete", told, **ONE_CALL).state == "done"
    assert told.kinds.count("review") == 2
    assert begin("delete", world("delete", delete_method=attached), **ONE_CALL).state == "incomplete"
    later = world("delete", delete_method=[attached, ask.Deleted()], review=[seen("delete"), reviewed(unused())])
    going = begin("delete", later, chosen=NEWER.id)
    going.act(ask.Confirm(), ADMIN)
    assert going.state == "done"


def test_a_deletion_that_may_not_go_on_is_left_incomplete() -> None:
    """Items were moved, then a role was withdrawn, an attempt began, or the method went: it says so, and nothing more changes."""
    attached = ask.Conflicted(refusals=(BROKEN,))
    for again in (
        reviewed(roles=()),
        reviewed(unused(charging=("F-1",))),
        reviewed(unused(candidates=(), account=unused().account.model_copy(update={"methods": 1}))),
        ask.NoSuchThing(what="payment method"),
    ):
        told = world("delete", delete_method=attached, review=[seen("delete"), again])
        assert begin("delete", told, **ONE_CALL).state == "incomplete"


def test_a_deletion_with_nobody_to_ask_does_not_say_that_nothing_changed() -> None:
    """Items were moved; what was chosen is no longer allowed, and all choices were made at the start."""
    attached = ask.Conflicted(refusals=(BROKEN,))
    gone = reviewed(picture(candidates=(OTHERS,)))
    told = world("delete", delete_method=attached, review=[seen("delete"), gone])
    going = begin("delete", told, **ONE_CALL)
    assert (going.state, going.snapshot.memory.moved) == ("incomplete", 3)
    assert going.snapshot.memory.refusals


@pytest.mark.parametrize("which", ["replace", "delete"])
def test_a_page_whose_reply_never_came_counts_as_moved(which: str) -> None:
    """The book says how many were moved; what is found broken after that is no longer “nothing was moved”."""
    pages = [Unavailable(), ask.Conflicted(refusals=(BROKEN,))]
    told = world(which, move_page=pages, verify=ask.Verified(left=1, moved=2))
    going = begin(which, told, **ONE_CALL)
    going.travel(NOW + RECOVER_AFTER[0])
    memory = going.snapshot.memory
    assert (going.state, memory.moved, memory.left, memory.total) == ("incomplete", 2, 1, 3)


def test_conflicts_without_a_name_are_not_counted_twice() -> None:
    """They are found again in every round, and are no reason for another one."""
    many = tuple(conflict(ITEMS[0].model_copy(update={"id": f"sub-{number}"})) for number in range(NAMED + 7))
    told = world("replace", move_page=ask.PageMoved(moved=0, conflicts=many, last="z"), verify=ask.Verified(left=8))
    going = begin("replace", told, **ONE_CALL)
    assert (going.snapshot.memory.unnamed, going.state) == (7, "incomplete")
    told = world("replace", move_page=ask.PageMoved(moved=0, conflicts=many, last="z"), verify=ask.Verified(left=7))
    begin("replace", told, **ONE_CALL)
    assert told.kinds.count("verify") == 1


def test_a_deletion_left_in_the_middle_is_incomplete() -> None:
    """After items were moved, a cancel or a deadline no longer means that nothing has changed."""
    for leave in (cancel, wait_a_week):
        attached = ask.Conflicted(refusals=(BROKEN,))
        bad = reviewed(picture(candidates=(OTHERS,)))
        going = begin("delete", world("delete", delete_method=attached, review=[seen("delete"), bad]), chosen=NEWER.id)
        going.act(ask.Confirm(), ADMIN)
        assert going.state == "choosing"
        leave(going)
        assert going.state == "incomplete"


# The book cannot be reached.

FLAKY = [
    (which, kind)
    for which in STARTS
    for kind in ("review", "move_page", "verify", "wake_retries", "delete_method")
    if (which, kind) not in {("change", "verify"), ("change", "delete_method"), ("replace", "delete_method")}
]


@for_every(FLAKY)
def test_it_goes_on_where_it_was_when_the_book_is_back(which: str, kind: str) -> None:
    """A wait, then the same again; nothing is moved twice."""
    going = begin(which, world(which, **{kind: [Unavailable(), good(which, kind)]}), **ONE_CALL)
    assert going.state == "recovering"
    going.travel(NOW + RECOVER_AFTER[0])
    assert going.state == "done"


def good(which: str, kind: str) -> Any:
    """What the world answers when all goes well."""
    return world(which)._answers[kind][0]


@for_every(FLAKY)
def test_it_ends_when_the_book_stays_away(which: str, kind: str) -> None:
    """U3. Retries that were not woken read their method anew when they fire, so all is done but the waking."""
    told: dict[str, Any] = {kind: Unavailable()}
    if kind == "move_page":
        told["verify"] = ask.Verified(left=3)
    going = begin(which, world(which, **told), **ONE_CALL)
    going.travel(NOW + timedelta(days=30))
    assert going.state == ("done" if kind == "wake_retries" else "incomplete")


def test_retries_that_cannot_be_woken_change_no_verdict() -> None:
    """What was in conflict before stays in conflict."""
    page = ask.PageMoved(moved=2, conflicts=(conflict(),), last="sub-3")
    for which in ("replace", "delete"):
        going = begin(which, world(which, move_page=page, wake_retries=Unavailable()), **ONE_CALL)
        going.travel(NOW + timedelta(days=30))
        assert going.state == "incomplete"


def test_what_it_is_about_in_one_line() -> None:
    """For the UI and the list: from which, to which, how far."""
    told = world("replace", move_page=[ask.PageMoved(moved=2, last="b", more=True), Unavailable()])
    going = begin("replace", told, **ONE_CALL)
    assert REPLACE_ALL.headline is not None
    assert REPLACE_ALL.headline(going.snapshot.memory) == "Visa ending 4242 → Visa ending 4444 · 2 of 3 moved"
    assert REPLACE_ALL.headline(ReplaceMemory(actor="kari", method="visa")) == "visa"
    assert CHANGE_SINGLE_SUBSCRIPTION.headline is not None
    assert CHANGE_SINGLE_SUBSCRIPTION.headline(ChangeMemory(actor="kari", subscription="s")) == "subscription s"


def test_whose_roles_count() -> None:
    """G11: the account's, and the billing profile's when nothing else depends on the method."""
    assert REPLACE_ALL.attributes is not None
    assert REPLACE_ALL.attributes(ReplaceMemory(actor="kari", method="visa")) == {}
    memory = begin("replace", world("replace")).snapshot.memory
    assert REPLACE_ALL.attributes(memory) == {"account": "fjord"}
    only = picture().dependents.model_copy(update={"profile": "bp-1"})
    memory = begin("replace", world("replace", review=reviewed(picture(dependents=only)))).snapshot.memory
    assert REPLACE_ALL.attributes(memory) == {"account": "fjord", "profile": "bp-1"}
