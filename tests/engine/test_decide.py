"""`decide` is the whole engine: pure, total, and no rule is lost."""

import itertools
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st
from parcel import (
    CLOSED,
    COURIER,
    HOUR,
    MONDAY,
    PARCEL,
    STATES,
    STRANGER,
    WEEK,
    Collect,
    Declined,
    Lost,
    Note,
    NotPaid,
    Paid,
    Parcel,
    at,
    declare,
)

from paystates.engine import (
    HOUSE,
    Action,
    Actor,
    Cancel,
    Due,
    Event,
    GaveUp,
    Moment,
    Move,
    Moved,
    Refused,
    Rule,
    Snapshot,
    Unavailable,
    Verdict,
    chart,
)


class Paint(Action):
    kind: Literal["paint"] = "paint"


class OtherCollect(Action):
    """Another procedure's action that bears a tag of this one, without its fields."""

    kind: Literal["collect"] = "collect"


class OtherPaid(Event):
    kind: Literal["paid"] = "paid"


def moved(snapshot: Snapshot[Parcel], event: Event, actor: Actor = HOUSE, now=MONDAY) -> Snapshot[Parcel]:
    outcome = PARCEL.decide(snapshot, event, actor, now)
    assert isinstance(outcome, Moved)
    return outcome.snapshot


def codes(snapshot: Snapshot[Parcel], event: Event, actor: Actor = COURIER, now=MONDAY) -> list[str]:
    outcome = PARCEL.decide(snapshot, event, actor, now)
    assert isinstance(outcome, Refused)
    return [refusal.code for refusal in outcome.refusals]


# Where it leads.


def test_it_begins_with_the_first_visit():
    """The first snapshot is the initial state's first visit, since now, with an instant only where time matters."""
    assert PARCEL.begin(Parcel(), MONDAY) == Snapshot("parcel@1", "paying", 1, Parcel(), MONDAY, None)
    assert declare(initial="pausing").begin(Parcel(), MONDAY).due == MONDAY + HOUR


def test_a_move_enters_a_new_visit_and_computes_its_instant():
    """Visits count entries; `since` is now; `due` is computed on entry, from what was just remembered."""
    snapshot = moved(at("paying"), Declined(), now=MONDAY + HOUR)
    assert snapshot == Snapshot("parcel@1", "pausing", 4, Parcel(tries=1), MONDAY + HOUR, MONDAY + 2 * HOUR)
    assert snapshot.stamp == "pausing:4"


def test_coming_back_to_a_state_is_another_visit():
    """A late answer of an earlier visit can be told from one of this visit."""
    first = PARCEL.begin(Parcel(), MONDAY)
    again = moved(moved(first, Declined()), Due())
    assert (first.stamp, again.stamp) == ("paying:1", "paying:3")


def test_a_move_that_stays_keeps_visit_since_and_due():
    """Only the memory changes, so the timer runs on."""
    before = at("waiting")
    after = moved(before, Note(text="by the door"), now=MONDAY + timedelta(days=3))
    assert after == Snapshot("parcel@1", "waiting", 3, Parcel(notes=("by the door",)), MONDAY, MONDAY + WEEK)


def test_a_move_without_remember_keeps_the_memory():
    """Nothing is forgotten unless a move says so."""
    before = at("paying", tries=1, notes=("a",))
    assert moved(before, Lost()).memory is before.memory


def test_conditions_choose_in_the_order_declared():
    """The first move whose condition holds is taken; the last has none, so an answer always leads somewhere."""
    assert moved(at("paying", tries=1), Declined()).state == "pausing"
    assert moved(at("paying", tries=2), Declined()).state == "returned"


def test_the_move_that_was_taken_is_named():
    """Whoever drives can tell which branch it was."""
    outcome = PARCEL.decide(at("checking", tries=2), NotPaid(), HOUSE, MONDAY)
    assert isinstance(outcome, Moved)
    assert outcome.move is PARCEL.moves[6]


def test_deciding_changes_nothing_and_is_repeatable():
    """An effect and its driver come to the same, because both decide the same snapshot at the same instant."""
    snapshot = at("waiting")
    first, second = (PARCEL.decide(snapshot, Collect(), COURIER, MONDAY) for _ in range(2))
    assert first == second
    assert snapshot == at("waiting")


# Refusals.


def test_every_rule_and_the_role_refuse_at_once():
    """Who may not, and could not, learns all the reasons in one go: the role first, then the rules in order."""
    snapshot = at("waiting", fragile=True, wrapped=False, open_from=MONDAY + HOUR)
    refused = ["NOT_ALLOWED", "UNWRAPPED", "CLOSED", "HEAVY"]
    assert codes(snapshot, Collect(grams=5000), STRANGER) == refused


def test_facts_fill_sentence_and_remedy():
    """A refusal says what is in the way, what would help, where the rule comes from, and carries its facts as data."""
    outcome = PARCEL.decide(at("waiting", open_from=MONDAY + HOUR), Collect(), COURIER, MONDAY)
    assert isinstance(outcome, Refused)
    (refusal,) = outcome.refusals
    assert refusal.sentence == "The office opens at 10:00."
    assert refusal.remedy == "Come back after 10:00."
    assert (refusal.code, refusal.source, refusal.facts) == ("CLOSED", "notice board", {"opens": "10:00"})


def test_braces_in_a_fact_are_only_text():
    """What a customer typed can neither break a sentence nor read other facts."""
    rule = type(CLOSED)("R", lambda moment: {"text": "{secret}"}, "Not “{text}”.", "Change {text}.", "")
    refusal = rule(None)  # type: ignore[arg-type]  # this check does not look
    assert refusal is not None
    assert refusal.sentence == "Not “{secret}”."


def test_the_role_refusal_names_the_roles_in_words():
    """“Not allowed” says who may."""
    outcome = PARCEL.decide(at("waiting"), Collect(), STRANGER, MONDAY)
    assert isinstance(outcome, Refused)
    assert outcome.refusals[0].sentence == "“collect” may be done only by: courier."
    assert outcome.refusals[0].remedy == "Ask somebody who is courier to do it."


def test_one_of_the_roles_is_enough():
    """`by` names alternatives."""
    assert moved(at("waiting"), Collect(), Actor("k", frozenset({"courier"}))).state == "collected"


def test_a_later_move_is_no_way_round_an_earlier_ones_rules():
    """A fragile parcel is refused by its own move; the next one, without that rule, is not tried."""
    assert codes(at("waiting", fragile=True, wrapped=False), Collect()) == ["UNWRAPPED"]
    assert moved(at("waiting", fragile=False, wrapped=False), Collect(), COURIER).state == "collected"


def test_what_is_not_possible_names_what_is():
    """“Not possible” is a refusal like any other, with a remedy."""
    outcome = PARCEL.decide(at("pausing"), Collect(), COURIER, MONDAY)
    assert isinstance(outcome, Refused)
    (refusal,) = outcome.refusals
    assert refusal.code == "NOT_POSSIBLE_NOW"
    assert refusal.sentence == "“collect” is not possible now (Waits an hour)."
    assert refusal.remedy == "Possible now: note, cancel."
    assert refusal.facts == {"action": "collect", "state": "pausing", "title": "Waits an hour", "possible": "note, cancel"}


def test_an_event_of_another_procedure_is_refused():
    """Also when it bears a tag that is known here: its fields are not those the rules would read."""
    foreign = [Paint(), OtherCollect(), OtherPaid(), Event(kind="collect"), Action(kind="no_such")]
    found = {(state, repr(event)): codes(at(state), event) for state in STATES for event in foreign}
    assert len(found) == len(STATES) * len(foreign)
    assert {case: refusals for case, refusals in found.items() if refusals != ["NOT_POSSIBLE_NOW"]} == {}


def test_nothing_is_possible_after_the_end():
    """An ended procedure refuses, and says that nothing is possible."""
    events = (Collect(), Cancel(), Due(), GaveUp(), Paid(), Unavailable(), Paint())
    outcomes = {type(event): PARCEL.decide(at("collected"), event, COURIER, MONDAY) for event in events}
    remedies = {kind: isinstance(outcome, Refused) and outcome.refusals[0].remedy for kind, outcome in outcomes.items()}
    assert remedies == dict.fromkeys(map(type, events), "Possible now: nothing.")


def test_an_action_that_no_condition_admits_is_not_offered_in_the_same_breath():
    """When no branch of an action holds it is not possible now, and not listed as possible either."""
    picky = declare(moves=[move for move in PARCEL.moves if move.on is not Collect or move.when is not None])
    outcome = picky.decide(at("waiting"), Collect(), COURIER, MONDAY)
    assert isinstance(outcome, Refused)
    assert outcome.refusals[0].remedy == "Possible now: note, cancel."
    (collect, *_) = picky.allowed(at("waiting"), MONDAY)
    assert [refusal.code for refusal in collect.refusals] == ["NOT_POSSIBLE_NOW"]


# What may be done.


def test_allowed_without_an_actor_tells_who_may():
    """The list for everybody leaves roles aside and names them; what memory knows already stands against an action."""
    rows = {row.action: row for row in PARCEL.allowed(at("waiting", open_from=MONDAY + HOUR), MONDAY)}
    assert list(rows) == ["collect", "note", "cancel"]
    assert [refusal.code for refusal in rows["collect"].refusals] == ["CLOSED"]
    assert rows["collect"].by == ("courier",)
    assert rows["note"].refusals == rows["note"].by == ()


def test_allowed_with_an_actor_includes_the_role():
    """The list for somebody says what they may not do."""
    (collect, *_) = PARCEL.allowed(at("waiting", open_from=MONDAY + HOUR), MONDAY, STRANGER)
    assert [refusal.code for refusal in collect.refusals] == ["NOT_ALLOWED", "CLOSED"]
    (collect, *_) = PARCEL.allowed(at("waiting"), MONDAY, COURIER)
    assert collect.refusals == ()


def not_his(moment: Moment[Parcel, Collect]) -> Mapping[str, object] | None:
    return None if moment.actor.id == "kari" else {}


def test_a_rule_about_who_acts_is_asked_only_for_somebody():
    """For everybody nothing can be said about it; for somebody it stands in the list like any other."""
    rule = Rule("NOT_HIS", not_his, "It is another's round.", "Ask Kari.", "", reads_actor=True)
    collect = Move(Collect, "waiting", "collected", given=(rule,))
    rounds = declare(moves=[*(move for move in PARCEL.moves if move.on is not Collect), collect])
    refusals = {
        who: [refusal.code for row in rounds.allowed(at("waiting"), MONDAY, who) for refusal in row.refusals]
        for who in (None, COURIER, STRANGER)
    }
    assert refusals == {None: [], COURIER: [], STRANGER: ["NOT_HIS"]}


def test_allowed_takes_the_branch_that_memory_chooses():
    """The rules of a fragile parcel's move are those that are listed."""
    (collect, *_) = PARCEL.allowed(at("waiting", fragile=True, wrapped=False), MONDAY, COURIER)
    assert [refusal.code for refusal in collect.refusals] == ["UNWRAPPED"]


def test_nothing_is_allowed_after_the_end():
    """The list is empty."""
    assert PARCEL.allowed(at("returned"), MONDAY) == []


def test_possible_soon_looks_through_requests_only():
    """An order given during a request may hope for what is possible right after an answer, not after a wait."""
    assert PARCEL.possible_soon("paying") == {"collect", "note", "cancel"}
    assert PARCEL.possible_soon("pausing") == {"note", "cancel"}
    assert PARCEL.possible_soon("collected") == set()


def test_it_knows_its_actions_and_its_end():
    """Verdicts belong to ends; actions are those the moves name."""
    assert PARCEL.actions == {"collect": Collect, "note": Note, "cancel": Cancel}
    assert PARCEL.is_over(at("collected"))
    assert not PARCEL.is_over(at("paying"))
    assert PARCEL.verdict(at("returned")) is Verdict.FAILED
    assert PARCEL.verdict(at("waiting")) is None


# Whatever happens.

ARROWS = {(arrow.source, arrow.event, arrow.target) for arrow in chart(PARCEL).arrows}
OURS = [Paid(), Declined(), Lost(), NotPaid(), Unavailable(), Due(), GaveUp(), Cancel()]
OURS += [Collect(grams=grams) for grams in (-1, 0, 1000, 1001, 10**30)]
OURS += [Note(text=text) for text in ("", "{text}", "Ø\x00", "by the door " * 100)]
FOREIGN = [Paint(), OtherCollect(), OtherPaid()]
FOREIGN += [Event(kind=kind) for kind in ("paid", "collect", "due", "", "state", "trigger")]
EVERYBODY = [
    Actor(who, frozenset(roles))
    for who in ("kari", "", "{roles}", "Ø\x00")
    for count in range(4)
    for roles in itertools.combinations(("courier", "visitor", "service"), count)
]
PARCELS = [
    Parcel(fragile=fragile, wrapped=wrapped, open_from=opens)
    for fragile, wrapped, opens in itertools.product((False, True), (True, False), (None, MONDAY + HOUR, MONDAY))
]


def remembering(parcel: Parcel, tries: int) -> Parcel:
    return parcel.model_copy(update={"tries": tries})


# One draw of a list that is made once is many times as cheap as one draw for each part; our own events come more often.
HAPPENINGS = st.lists(st.sampled_from(list(itertools.product(OURS * 2 + FOREIGN, EVERYBODY))), max_size=8)
MEMORIES = st.builds(remembering, st.sampled_from(PARCELS), st.integers())


@given(st.sampled_from(sorted(STATES)), MEMORIES, HAPPENINGS)
def test_whatever_happens_is_decided_and_every_step_is_an_arrow_of_the_chart(state, memory, happenings):
    """No event raises, in no state; a step that is taken is drawn; a refusal has reasons; visits never go back."""
    snapshot = Snapshot("parcel@1", state, 1, memory, MONDAY)
    for event, actor in happenings:
        outcome = PARCEL.decide(snapshot, event, actor, MONDAY)
        if isinstance(outcome, Refused):
            assert outcome.refusals
            assert all(refusal.sentence and refusal.remedy for refusal in outcome.refusals)
            continue
        after = outcome.snapshot
        assert (snapshot.state, event.kind, after.state) in ARROWS
        assert after.visit - snapshot.visit == (0 if outcome.move.to is None else 1)
        assert outcome.move in PARCEL.moves
        snapshot = after


@given(MEMORIES, st.sampled_from(EVERYBODY), st.integers())
def test_what_is_allowed_is_what_is_decided(memory, actor, grams):
    """The list of actions and the decision agree, up to the rules that read the action's own fields."""
    snapshot = Snapshot("parcel@1", "waiting", 1, memory, MONDAY, MONDAY + WEEK)
    (listed, *_) = PARCEL.allowed(snapshot, MONDAY, actor)
    outcome = PARCEL.decide(snapshot, Collect(grams=grams), actor, MONDAY)
    refusals = outcome.refusals if isinstance(outcome, Refused) else ()
    assert listed.refusals == tuple(refusal for refusal in refusals if refusal.code != "HEAVY")
