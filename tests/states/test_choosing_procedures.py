"""replace-all, change-single-subscription and delete-with-dependents: the way, refusals, and changing one's mind."""

from datetime import date, timedelta
from typing import Any

import pytest
from choosing_walks import BROKEN, ONE_CALL, STARTS, begin, cancel, codes, every, seen, wait_a_week, world
from choosing_world import ADMIN, BANK, HOUSE_SERVICE, NEW, NEWER, NOW, OTHERS, READER, card, picture, reviewed, unused
from for_every import for_every

from paystates.engine import Actor, Cancel, Unavailable, Verdict, Walk, chart
from states import methods as ask
from states.delete_with_dependents import DELETE_WITH_DEPENDENTS

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


MOVED = ask.MovedBefore(count=3, target=NEWER.id, charge_now=False)


@every
def test_what_was_moved_before_a_reset_is_gone_on_from(which: str) -> None:
    """U4, U6: it is the same wish, so the retries are woken, charged at once where that was agreed, and nobody is asked again."""
    left = {"source": NEWER} if which == "change" else {"dependents": unused().dependents}
    for agreed, data in ((True, {}), (False, {}), (False, {"charge_now": True, **ONE_CALL})):
        moved = MOVED.model_copy(update={"charge_now": agreed})
        told = world(which, review=seen(which, **left).model_copy(update={"moved": moved}))
        going = begin(which, told, **data)
        assert (going.state, going.snapshot.memory.moved) == ("done", 3)
        assert told.kinds == ["review", "wake_retries", *(["delete_method"] if which == "delete" else [])]
        assert told.asked[1] == ask.WakeRetries(method=NEWER.id, charge_now=agreed or bool(data), actor="kari")


@every
def test_what_pays_otherwise_since_is_asked_about(which: str) -> None:
    """What was put back, or bound to something else, is not taken for moved."""
    told = world(which, review=seen(which).model_copy(update={"moved": MOVED}))
    assert begin(which, told).state == "choosing"


def test_what_was_deleted_before_a_reset_is_done() -> None:
    """It is not told that nothing was deleted; what somebody else deleted is not there."""
    gone = ask.NoSuchThing(what="payment method", deleted=True)
    assert begin("delete", world("delete", review=gone), **ONE_CALL).state == "done"
    assert begin("delete", world("delete", review=ask.NoSuchThing(what="payment method"))).state == "refused"


def test_a_deletion_that_is_refused_after_a_reset_keeps_what_was_moved() -> None:
    """G47: the commit judges again; what was moved before counts as moved."""
    nothing = reviewed(unused()).model_copy(update={"moved": MOVED})
    going = begin(
        "delete", world("delete", review=[nothing, nothing], delete_method=[ask.Conflicted(refusals=(BROKEN,)), ask.Deleted()])
    )
    assert (going.state, going.snapshot.memory.moved) == ("confirming_deletion", 3)
    cancel(going)
    assert going.state == "incomplete"


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


@for_every(
    (which, *row)
    for which in STARTS
    for row in [
        (ask.Conflicted(refusals=(BROKEN,)), "METHOD_EXPIRED"),
        (ask.NotAdded(why="the bank refused it"), "NOT_ADDED"),
        (Unavailable(), "ADDING_UNAVAILABLE"),
    ]
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


@every
def test_one_may_choose_again_before_confirming(which: str) -> None:
    """Nothing is chosen then, and nothing has changed."""
    going = begin(which, world(which), chosen=NEWER.id)
    assert going.act(ask.ChooseAnother(), ADMIN) == ()
    assert (going.state, going.snapshot.memory.chosen) == ("choosing", None)


@every
def test_what_may_be_chosen_is_read_again_while_somebody_is_asked(which: str) -> None:
    """A method that was put on file, or corrected, since then may be chosen: nobody need cancel and begin anew."""
    later = card("visa-7777")
    more = seen(which, candidates=(NEWER, OTHERS, later))
    going = begin(which, world(which, review=[seen(which), more]))
    assert codes(going.act(ask.Choose(method=later.id), ADMIN)) == {"UNKNOWN_METHOD"}
    assert going.act(ask.ReadAgain(), ADMIN) == ()
    assert going.act(ask.Choose(method=later.id), ADMIN) == ()
    assert (going.state, going.snapshot.memory.chosen) == ("confirming", later.id)


@every
def test_a_choice_that_may_not_be_made_any_more_is_dropped_when_it_is_read_again(which: str) -> None:
    """Before anything moves, and with the reasons; these are gone once it is found to be mended."""
    bad = seen(which, candidates=(card(NEWER.id, expires=date(2026, 2, 28)), OTHERS, BANK))
    going = begin(which, world(which, review=[seen(which), bad, seen(which)]), chosen=NEWER.id)
    assert going.act(ask.ReadAgain(), ADMIN) == ()
    memory = going.snapshot.memory
    assert (going.state, memory.chosen, codes(memory.refusals)) == ("choosing", None, {"METHOD_EXPIRED"})
    assert going.act(ask.ReadAgain(), ADMIN) == ()
    memory = going.snapshot.memory
    assert (going.state, memory.refusals, memory.last) == ("choosing", (), "")


@every
def test_what_is_read_again_is_read_with_the_roles_of_now(which: str) -> None:
    going = begin(which, world(which, review=[seen(which), reviewed(seen(which).picture, READER.roles)]))
    assert going.act(ask.ReadAgain(), HOUSE_SERVICE) == ()
    assert (going.state, codes(going.snapshot.memory.refusals)) == ("refused", {"ROLE_TOO_SMALL"})


def test_a_deletion_that_waits_for_a_confirmation_sees_what_was_attached_since() -> None:
    going = begin("delete", world("delete", review=[reviewed(unused()), reviewed()]))
    assert going.state == "confirming_deletion"
    assert going.act(ask.ReadAgain(), ADMIN) == ()
    assert going.state == "choosing"
