"""replace-all, change-single-subscription and delete-with-dependents: every move, and what each leads to."""

from datetime import timedelta
from typing import Any

import pytest
from choosing_world import (
    ADMIN,
    HOUSE_SERVICE,
    ITEMS,
    NEW,
    NEWER,
    NOW,
    OTHERS,
    READER,
    SUBSCRIPTION,
    VISA,
    Told,
    conflict,
    picture,
    reviewed,
    unused,
    walk,
)

from paystates.engine import Actor, Cancel, Procedure, Refusal, Unavailable, Verdict, Walk, chart
from states import methods as ask
from states.change_single_subscription import CHANGE_SINGLE_SUBSCRIPTION
from states.change_single_subscription import Memory as ChangeMemory
from states.choosing import NAMED, RECOVER_AFTER, ROUNDS, TIME_TO_CHOOSE, Choosing
from states.delete_with_dependents import DELETE_WITH_DEPENDENTS
from states.delete_with_dependents import Memory as DeleteMemory
from states.replace_all import REPLACE_ALL
from states.replace_all import Memory as ReplaceMemory

STARTS: dict[str, tuple[Procedure[Any], type[Choosing], dict[str, Any]]] = {
    "replace": (REPLACE_ALL, ReplaceMemory, {"actor": "kari", "method": VISA.id}),
    "change": (CHANGE_SINGLE_SUBSCRIPTION, ChangeMemory, {"actor": "kari", "subscription": "sub-1"}),
    "delete": (DELETE_WITH_DEPENDENTS, DeleteMemory, {"actor": "kari", "method": VISA.id}),
}
every = pytest.mark.parametrize("which", STARTS)
BROKEN = Refusal("METHOD_EXPIRED", "It has expired.", "Choose another.")
ONE_CALL = {"chosen": NEWER.id, "confirmed": True}


def seen(which: str, **more: Any) -> ask.Reviewed:
    """The answer to the procedure's review."""
    return reviewed(picture(subscription=SUBSCRIPTION, **more) if which == "change" else picture(**more))


def world(which: str, **answers: Any) -> Told:
    """A world in which all goes well, but for what is told otherwise."""
    good: dict[str, Any] = {
        "review": seen(which),
        "move_page": ask.PageMoved(moved=1 if which == "change" else 3, last="sub-3"),
        "verify": ask.Verified(left=0),
        "wake_retries": ask.Woken(invoices=("F-1",)),
        "delete_method": ask.Deleted(),
        "add_method": ask.Added(method="visa-5100", picture=picture()),
    }
    return Told(**{**good, **answers})


def begin(which: str, told: Told, **choices: Any) -> Walk[Any]:
    """Started by Kari, with choices or without."""
    procedure, memory, about = STARTS[which]
    return walk(procedure, memory(**about, **choices), told)


def codes(refusals: tuple[Refusal, ...]) -> set[str]:
    """What stands against it."""
    return {refusal.code for refusal in refusals}


# The way through.


@every
def test_step_by_step(which: str) -> None:
    """An administrator chooses, confirms what is shown (G31, G40), and everything follows from that."""
    told = world(which)
    going = begin(which, told)
    assert (going.state, going.asks) == ("choosing", "an administrator")
    assert going.act(ask.Choose(method=NEWER.id), ADMIN) == ()
    assert going.state == "confirming"
    assert going.act(ask.Confirm(charge_now=True), ADMIN) == ()
    assert going.state == "done"
    assert going.procedure.verdict(going.snapshot) is Verdict.DONE
    assert going.snapshot.memory.woken == ("F-1",)
    waking = next(request for request in told.asked if isinstance(request, ask.WakeRetries))
    assert (waking.method, waking.charge_now) == (NEWER.id, True)


@every
def test_all_choices_at_the_start(which: str) -> None:
    """One call: nobody is asked, and the same requests are made."""
    told, stepwise = world(which), world(which)
    assert begin(which, told, **ONE_CALL).state == "done"
    going = begin(which, stepwise)
    going.act(ask.Choose(method=NEWER.id), ADMIN)
    going.act(ask.Confirm(), ADMIN)
    assert told.asked == stepwise.asked


def test_nothing_is_deleted_before_everything_was_moved_and_verified() -> None:
    """G44: no way leads from a choice to the deletion but through verifying, or a review that finds nothing left."""
    passing = {"verifying", "reviewing", "recovering"}
    arrows = [arrow for arrow in chart(DELETE_WITH_DEPENDENTS).arrows if arrow.source not in passing]
    reach, pending = set[str](), ["choosing", "confirming", "moving"]
    while pending:
        reach.add(here := pending.pop())
        pending += [arrow.target for arrow in arrows if arrow.source == here and arrow.target not in reach]
    assert "verifying" in reach
    assert "deleting" not in reach


def test_a_method_that_nothing_uses() -> None:
    """G43: deleted at once, or after a confirmation; for replace-all there is nothing to do."""
    told = world("delete", review=reviewed(unused()))
    assert begin("delete", told, confirmed=True).state == "done"
    assert told.kinds == ["review", "delete_method"]
    going = begin("delete", world("delete", review=reviewed(unused())))
    assert going.state == "confirming_deletion"
    assert going.act(ask.Confirm(), ADMIN) == ()
    assert going.state == "done"
    assert begin("replace", world("replace", review=reviewed(unused()))).state == "nothing_to_do"


@every
def test_a_method_added_on_the_way_is_chosen(which: str) -> None:
    """G28: what is put on file in the flow is preselected; given at the start and confirmed, nobody is asked."""
    added = card_on_file()
    answers = {
        "review": [seen(which), seen(which, candidates=(added,))],
        "add_method": ask.Added(method=added.id, picture=picture()),
    }
    going = begin(which, world(which, **answers))
    assert going.act(ask.AddNew(new=NEW), ADMIN) == ()
    assert (going.state, going.snapshot.memory.chosen) == ("confirming", added.id)
    assert begin(which, world(which, **answers), new=NEW, confirmed=True).state == "done"


@every
def test_a_new_method_may_need_its_holder(which: str) -> None:
    """G22, G23: a state that expires; then it goes on without the new method."""
    until = NOW + timedelta(days=1)
    answers = [ask.MustAuthenticate(until=until), ask.Added(method=NEWER.id, picture=picture())]
    going = begin(which, world(which, add_method=answers))
    going.act(ask.AddNew(new=NEW), ADMIN)
    assert (going.state, going.due) == ("authenticating", until)
    assert going.act(ask.Authenticated(), HOUSE_SERVICE) == ()
    assert (going.state, going.snapshot.memory.chosen) == ("confirming", NEWER.id)
    for leave, state in (((lambda on: on.travel(until)), "choosing"), (think_again, "choosing"), (cancel, "cancelled")):
        going = begin(which, world(which, add_method=ask.MustAuthenticate(until=until)))
        going.act(ask.AddNew(new=NEW), ADMIN)
        leave(going)
        assert going.state == state


def think_again(going: Walk[Any]) -> None:
    """Another method after all."""
    assert going.act(ask.ChooseAnother(), ADMIN) == ()


@every
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (ask.Conflicted(refusals=(BROKEN,)), "METHOD_EXPIRED"),
        (ask.NotAdded(why="the bank refused it"), "NOT_ADDED"),
        (Unavailable(), "ADDING_UNAVAILABLE"),
    ],
)
def test_a_new_method_that_is_not_added_leaves_the_choice_open(which: str, answer: Any, code: str) -> None:
    """The reasons are told, and another may be chosen; with nobody to ask it ends as refused."""
    told = world(which, add_method=answer)
    going = begin(which, told)
    going.act(ask.AddNew(new=NEW), ADMIN)
    assert (going.state, codes(going.snapshot.memory.refusals)) == ("choosing", {code})
    going = begin(which, told, new=NEW, confirmed=True)
    assert (going.state, codes(going.snapshot.memory.refusals)) == ("refused", {code})


def test_a_deletion_cancelled_while_a_card_holder_is_asked() -> None:
    """After items were moved it says that it is incomplete."""
    attached = ask.Conflicted(refusals=(BROKEN,))
    bad = reviewed(picture(candidates=(OTHERS,)))
    told = world("delete", delete_method=attached, review=[seen("delete"), bad], add_method=ask.MustAuthenticate(until=NOW))
    going = begin("delete", told, chosen=NEWER.id)
    going.act(ask.Confirm(), ADMIN)
    going.act(ask.AddNew(new=NEW), ADMIN)
    cancel(going)
    assert going.state == "incomplete"


def card_on_file() -> Any:
    """The new card, once it is on file."""
    return NEWER.model_copy(update={"id": "visa-5100", "label": "Visa ending 5100"})


# Refused.


@every
def test_who_may_not_is_refused_at_the_start_with_all_reasons(which: str) -> None:
    """G1: roles come from the book; nothing is asked, nothing changes, and a stranger is told nothing of the account."""
    told = world(which, review=reviewed(seen(which, source=OTHERS).picture, roles=()))
    going = begin(which, told)
    assert (going.state, codes(going.snapshot.memory.refusals)) == ("refused", {"ROLE_TOO_SMALL"})
    assert told.kinds == ["review"]


@pytest.mark.parametrize("which", ["replace", "delete"])
def test_the_card_of_another_administrator_is_refused_at_the_start(which: str) -> None:
    """G3: with what else stands against it, here an attempt that is open (C11)."""
    going = begin(which, world(which, review=reviewed(picture(source=OTHERS, charging=("F-1",)))))
    both = {"SOURCE_NOT_OWNED"} | ({"ATTEMPT_ON_METHOD"} if which == "delete" else set())
    assert (going.state, codes(going.snapshot.memory.refusals)) == ("refused", both)


@every
def test_whoever_started_decides(which: str) -> None:
    """G3: another administrator may cancel it, but neither choose nor confirm."""
    other = Actor("per", ADMIN.roles)
    going = begin(which, world(which))
    assert codes(going.act(ask.Choose(method=NEWER.id), other)) >= {"STARTED_BY_ANOTHER"}
    assert going.act(ask.Choose(method=NEWER.id), ADMIN) == ()
    assert codes(going.act(ask.Confirm(), other)) >= {"STARTED_BY_ANOTHER"}
    assert codes(going.act(ask.ChooseAnother(), other)) == {"STARTED_BY_ANOTHER"}
    assert going.act(Cancel(), other) == ()


@every
def test_what_may_not_be_chosen_is_refused_with_all_reasons(which: str) -> None:
    """Another administrator's expired card (G3, G32): refused at the start, or the question is asked again."""
    bad = OTHERS.model_copy(update={"expires": NOW.date() - timedelta(days=2)})
    told = world(which, review=seen(which, candidates=(NEWER, bad)))
    going = begin(which, told, chosen=bad.id, confirmed=True)
    assert (going.state, codes(going.snapshot.memory.refusals)) == ("refused", {"TARGET_NOT_OWNED", "METHOD_EXPIRED"})
    going = begin(which, told, chosen=bad.id)
    assert (going.state, going.snapshot.memory.chosen) == ("choosing", None)
    assert codes(going.act(ask.Choose(method=bad.id), ADMIN)) == {"TARGET_NOT_OWNED", "METHOD_EXPIRED"}
    assert "NOT_ALLOWED" in codes(going.act(ask.Choose(method=NEWER.id), READER))
    assert going.act(ask.Choose(method=NEWER.id), ADMIN) == ()


@every
def test_a_start_that_leaves_nobody_to_ask_must_choose(which: str) -> None:
    """Confirmed, but nothing chosen: refused, and the reason says so."""
    going = begin(which, world(which), confirmed=True)
    assert (going.state, codes(going.snapshot.memory.refusals)) == ("refused", {"NOTHING_CHOSEN"})


@every
def test_there_is_no_such_thing(which: str) -> None:
    """An id that is not on file is a refusal, not an error."""
    going = begin(which, world(which, review=ask.NoSuchThing(what="payment method")))
    assert (going.state, codes(going.snapshot.memory.refusals)) == ("refused", {"NO_SUCH_THING"})


def test_a_deletion_that_is_refused() -> None:
    """C4, C11: the only method while a subscription must be paid, and an attempt that is open: both reasons at once."""
    alone = unused(candidates=())
    alone = alone.model_copy(update={"account": alone.account.model_copy(update={"methods": 1})})
    going = begin("delete", world("delete", review=reviewed(alone)), confirmed=True)
    assert (going.state, codes(going.snapshot.memory.refusals)) == ("refused", {"LAST_METHOD"})
    going = begin("delete", world("delete", review=reviewed(unused(charging=("F-1",)))))
    assert (going.state, codes(going.snapshot.memory.refusals)) == ("refused", {"ATTEMPT_ON_METHOD"})


# Changing one's mind.


@every
def test_every_question_has_a_cancel_and_a_deadline(which: str) -> None:
    """U3: nothing has changed after either."""
    for asked in ("choosing", "confirming"):
        for end, leave in {"cancelled": cancel, "lapsed": wait_a_week}.items():
            told = world(which)
            going = begin(which, told, chosen=NEWER.id if asked == "confirming" else None)
            assert going.state == asked
            leave(going)
            assert (going.state, told.kinds) == (end, ["review"])


def cancel(going: Walk[Any]) -> None:
    """Our own systems may."""
    assert going.act(Cancel(), HOUSE_SERVICE) == ()


def wait_a_week(going: Walk[Any]) -> None:
    """Until the deadline."""
    going.travel(NOW + TIME_TO_CHOOSE)


@every
def test_one_may_choose_again_before_confirming(which: str) -> None:
    """Nothing is chosen then, and nothing has changed."""
    going = begin(which, world(which), chosen=NEWER.id)
    assert going.act(ask.ChooseAnother(), ADMIN) == ()
    assert (going.state, going.snapshot.memory.chosen) == ("choosing", None)


# Conflicts.


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


@pytest.mark.parametrize(("which", "kind"), FLAKY)
def test_it_goes_on_where_it_was_when_the_book_is_back(which: str, kind: str) -> None:
    """A wait, then the same again; nothing is moved twice."""
    going = begin(which, world(which, **{kind: [Unavailable(), good(which, kind)]}), **ONE_CALL)
    assert going.state == "recovering"
    going.travel(NOW + RECOVER_AFTER[0])
    assert going.state == "done"


def good(which: str, kind: str) -> Any:
    """What the world answers when all goes well."""
    return world(which)._answers[kind][0]


@pytest.mark.parametrize(("which", "kind"), FLAKY)
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
