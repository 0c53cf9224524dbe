"""The chart of settle-balance, move by move: where each event leads, and what is remembered of it."""

from datetime import timedelta
from typing import Any

import pytest
from choosing_world import NEW
from for_every import for_every
from pictures import KARI, NOW, card, picture
from settling_world import (
    ACCOUNT,
    ADOPTED,
    ASKED_LAST,
    ASKING,
    BROKEN,
    CHOSEN,
    CLEARING,
    CONFIRMED,
    CONFLICT,
    DECLINED,
    EUR_BILL,
    F1,
    F2,
    F3,
    HOUR,
    LISE,
    MISSING,
    NO_LOOK_UPS,
    NO_SENDS,
    NO_TRIES,
    NOK_BILL,
    NOTHING,
    OPEN,
    OPERATOR,
    OTHER,
    OWN_LEFT,
    PAID,
    PAID_BY_TWO,
    PAID_SAME,
    PAID_SOME,
    PAY_NOW,
    PLAIN,
    REFUSAL,
    SCA,
    SENT,
    TWO_SENT,
    WHOLE,
    after,
    at,
    balance,
    memory,
    moment,
    read,
)

from domain.accounts import Era, Standing
from paystates.engine import HOUSE, Actor, Cancel, Due, Event, GaveUp, Moved, Refused, Snapshot, Unavailable
from paystates.front.choosing import candidates
from paystates.temporal.messages import Stand, View
from states import adding, debts, methods
from states import settle_functions as given
from states import settling as ask
from states.choosing import Choosing
from states.replace_all import REPLACE_ALL
from states.retry_functions import LOOK_UP_AFTER
from states.retry_messages import BalanceChanged, LookUpAgain, ProviderNotified
from states.settle_balance import SETTLE_BALANCE, Memory
from states.settling_story import headline

GIVEN = memory(new=NEW)
GIVEN_PAID = memory(new=NEW, paid=(EUR_BILL,))
ADDED = methods.Added(method="pm-new", picture=picture(dict(ACCOUNT), candidates=()))
HOLDER = methods.MustAuthenticate(until=NOW + HOUR)
NEVER = ask.NeverSent(why="it was never sent")
PAID_BEFORE = read(NOTHING).model_copy(update={"paid": NOK_BILL})

MOVES: list[tuple[str, Memory, Event, str, Actor]] = [
    # Reading what is due.
    ("reviewing", PLAIN, MISSING, "refused", HOUSE),
    ("reviewing", PAID_SOME, MISSING, "incomplete", HOUSE),
    ("reviewing", PLAIN, ADOPTED, "looking_up", HOUSE),
    ("reviewing", NO_TRIES, ADOPTED, "needs_attention", HOUSE),
    ("reviewing", PLAIN, read(actor=LISE), "refused", HOUSE),
    ("reviewing", PAID_SOME, read(actor=LISE), "incomplete", HOUSE),
    ("reviewing", PLAIN, PAID_BEFORE, "telling", HOUSE),
    ("reviewing", PLAIN, read(NOTHING), "nothing_to_do", HOUSE),
    ("reviewing", PAID, read(NOTHING), "rebinding", HOUSE),
    ("reviewing", PAID_SOME, read(NOTHING), "rebinding", HOUSE),
    ("reviewing", PAID_SAME, read(NOTHING), "done", HOUSE),
    ("reviewing", PAID, read(OWN_LEFT), "confirming", HOUSE),
    ("reviewing", PAID_SOME, read(OWN_LEFT), "choosing", HOUSE),
    ("reviewing", memory(paid=(WHOLE.bills("visa")[1],), using="other"), read(OWN_LEFT), "choosing", HOUSE),
    ("reviewing", GIVEN, read(), "adding", HOUSE),
    ("reviewing", PAID_SOME.model_copy(update={"confirmed": True}), read(), "incomplete", HOUSE),
    ("reviewing", PAID_SOME.model_copy(update={"confirmed": True, "chosen": "amex"}), read(), "incomplete", HOUSE),
    ("reviewing", memory(chosen="amex", confirmed=True), read(), "refused", HOUSE),
    ("reviewing", memory(confirmed=True), read(), "refused", HOUSE),
    ("reviewing", memory(chosen="amex"), read(), "choosing", HOUSE),
    ("reviewing", CONFIRMED, read(), "charging", HOUSE),
    ("reviewing", CHOSEN, read(), "confirming", HOUSE),
    ("reviewing", PLAIN, read(), "choosing", HOUSE),
    # Choosing and confirming.
    ("choosing", PLAIN, methods.Choose(method="other"), "confirming", KARI),
    ("choosing", PLAIN, methods.Choose(method="visa"), "confirming", KARI),
    ("choosing", PLAIN, methods.AddNew(new=NEW), "adding", KARI),
    ("confirming", CHOSEN, methods.Confirm(), "charging", KARI),
    ("confirming", CHOSEN, methods.ChooseAnother(), "choosing", KARI),
    (ASKING, CHOSEN, methods.ReadAgain(), "reviewing", KARI),
    (ASKING, CHOSEN, BalanceChanged(), "reviewing", HOUSE),
    (ASKING, CHOSEN, Cancel(), "cancelled", KARI),
    (ASKING, PAID_SOME, Cancel(), "incomplete", KARI),
    (ASKING, CHOSEN, GaveUp(), "lapsed", HOUSE),
    (ASKING, PAID_SOME, GaveUp(), "incomplete", HOUSE),
    # Adding a new one on the way.
    ("adding", GIVEN, ADDED, "reviewing", HOUSE),
    ("adding", GIVEN, HOLDER, "authenticating", HOUSE),
    ("adding", GIVEN, BROKEN, "reviewing", HOUSE),
    ("adding", GIVEN, methods.NotAdded(why="no"), "reviewing", HOUSE),
    ("adding", GIVEN, Unavailable(), "reviewing", HOUSE),
    ("authenticating", GIVEN, methods.Authenticated(), "adding", KARI),
    ("authenticating", GIVEN, methods.ChooseAnother(), "reviewing", KARI),
    ("authenticating", GIVEN, Cancel(), "cancelled", KARI),
    ("authenticating", GIVEN_PAID, Cancel(), "incomplete", KARI),
    ("authenticating", GIVEN, GaveUp(), "reviewing", HOUSE),
    # The attempt, and what became of it.
    ("charging looking_up", SENT, ask.Settled(), "telling", HOUSE),
    ("charging", SENT, CLEARING, "clearing", HOUSE),
    ("charging", SENT, SCA, "needs_customer", HOUSE),
    ("charging looking_up", SENT, DECLINED, "reviewing", HOUSE),
    ("charging looking_up", SENT, ask.NotSettled(why="it was cancelled"), "reviewing", HOUSE),
    ("looking_up", SENT, NEVER, "reviewing", HOUSE),
    ("looking_up", NO_SENDS, NEVER, "reviewing", HOUSE),
    ("charging", SENT, ask.BalanceMoved(), "reviewing", HOUSE),
    ("charging", SENT, BROKEN, "reviewing", HOUSE),
    ("charging", SENT, ADOPTED, "looking_up", HOUSE),
    ("charging", SENT, debts.OutcomeUnknown(), "looking_up", HOUSE),
    ("charging", SENT, Unavailable(), "looking_up", HOUSE),
    ("looking_up", SENT, CLEARING, "clearing", HOUSE),
    ("looking_up", NO_LOOK_UPS, CLEARING, "needs_attention", HOUSE),
    ("looking_up", SENT, SCA, "needs_customer", HOUSE),
    ("looking_up", NO_LOOK_UPS, SCA, "needs_attention", HOUSE),
    ("looking_up", SENT, debts.StillUnknown(), "looking_later", HOUSE),
    ("looking_up", NO_LOOK_UPS, debts.StillUnknown(), "needs_attention", HOUSE),
    ("looking_up", SENT, Unavailable(), "looking_later", HOUSE),
    ("looking_up", NO_LOOK_UPS, Unavailable(), "needs_attention", HOUSE),
    ("looking_later clearing", SENT, Due(), "looking_up", HOUSE),
    ("needs_customer", SENT, GaveUp(), "looking_up", HOUSE),
    ("needs_attention", SENT, GaveUp(), "looking_up", HOUSE),
    ("needs_attention", ASKED_LAST, GaveUp(), "opening_case", HOUSE),
    ("opening_case", ASKED_LAST, ask.CaseOpened(), "unresolved", HOUSE),
    ("needs_customer", SENT, methods.Authenticated(), "looking_up", KARI),
    (OPEN, SENT, LookUpAgain(), "looking_up", OPERATOR),
    (OPEN, SENT, ProviderNotified(), "looking_up", HOUSE),
    ("needs_customer", SENT, BalanceChanged(), "looking_up", HOUSE),
    ("clearing looking_later needs_attention", SENT, BalanceChanged(), "", HOUSE),
    (OPEN, PLAIN, Cancel(), "unresolved", KARI),
    # What is paid.
    ("telling", TWO_SENT, ask.SettledTold(), "charging", HOUSE),
    ("telling", PAID.model_copy(update={"adopted": True}), ask.SettledTold(), "reviewing", HOUSE),
    ("telling", PAID_BY_TWO, ask.SettledTold(), "reviewing", HOUSE),
    ("telling", PAID, ask.SettledTold(), "rebinding", HOUSE),
    ("telling", PAID_SAME, ask.SettledTold(), "done", HOUSE),
    ("telling", PAID.model_copy(update={"picture": PAY_NOW}), ask.SettledTold(), "done", HOUSE),
    ("telling", PAID.model_copy(update={"picture": None}), ask.SettledTold(), "done", HOUSE),
    ("telling", TWO_SENT, Unavailable(), "charging", HOUSE),
    ("telling", PAID.model_copy(update={"adopted": True}), Unavailable(), "reviewing", HOUSE),
    ("telling", PAID, Unavailable(), "rebinding", HOUSE),
    ("telling", PAID_SAME, Unavailable(), "done", HOUSE),
    # Binding anew.
    ("rebinding", PAID, methods.PageMoved(moved=2), "verifying", HOUSE),
    ("rebinding", PAID, BROKEN, "waking_some", HOUSE),
    ("verifying", PAID, methods.Verified(left=1), "rebinding", HOUSE),
    ("verifying", PAID, methods.Verified(left=0), "waking_retries", HOUSE),
    ("verifying", PAID.model_copy(update={"conflicts": (CONFLICT,)}), methods.Verified(left=0), "waking_some", HOUSE),
    ("waking_retries", PAID, methods.Woken(), "done", HOUSE),
    ("waking_some", PAID, methods.Woken(), "incomplete", HOUSE),
    # The book cannot be reached.
    ("reviewing opening_case rebinding verifying waking_retries waking_some", PLAIN, Unavailable(), "recovering", HOUSE),
    ("opening_case", NO_TRIES, Unavailable(), "unresolved", HOUSE),
    ("reviewing rebinding verifying waking_some", NO_TRIES, Unavailable(), "incomplete", HOUSE),
    ("waking_retries", NO_TRIES, Unavailable(), "done", HOUSE),
    ("recovering", ASKED_LAST, Due(), "opening_case", HOUSE),
    ("recovering", PLAIN, Due(), "reviewing", HOUSE),
    ("recovering", PLAIN, BalanceChanged(), "", HOUSE),
    ("recovering", PLAIN, ProviderNotified(attempt=1), "", HOUSE),
    ("recovering", memory(stage="moving"), Due(), "verifying", HOUSE),
    ("recovering", memory(stage="waking"), Due(), "waking_retries", HOUSE),
    ("recovering", memory(stage="waking", conflicts=(CONFLICT,)), Due(), "waking_some", HOUSE),
]


@for_every(
    [(state, *rest) for states, *rest in MOVES for state in states.split()],
    lambda state, kept, event, to, actor: f"{state} --{event.kind}--> {to or state}",
)
def test_every_event_leads_where_the_chart_says(state: str, kept: Memory, event: Event, to: str, actor: Actor) -> None:
    outcome = SETTLE_BALANCE.decide(at(state, kept), event, actor, NOW)
    assert isinstance(outcome, Moved), outcome
    assert outcome.snapshot.state == (to or state)


def test_no_move_is_left_untried() -> None:
    """Each row of the table is taken by one of the cases above, from each of its states."""
    tried = set()
    for states, kept, event, _, actor in MOVES:
        for state in states.split():
            outcome = SETTLE_BALANCE.decide(at(state, kept), event, actor, NOW)
            assert isinstance(outcome, Moved)
            tried.add((SETTLE_BALANCE.moves.index(outcome.move), state))
    assert tried == {(number, state) for number, move in enumerate(SETTLE_BALANCE.moves) for state in move.sources}


# What is remembered.


def test_a_choice_shows_what_it_comes_to_in_each_currency() -> None:
    """G62: the chosen method's own debts included; G63: one invoice alone where each is paid by itself."""
    kept = after("choosing", PLAIN, methods.Choose(method="other"), KARI)
    assert [str(bill.money) for bill in kept.bills] == ["5.00 EUR", "125.00 NOK"]
    assert headline(kept) == "Visa ending 4242 · 5.00 EUR + 125.00 NOK · with Visa ending 1881"
    alone = after("choosing", PLAIN, methods.Choose(method="visa"), KARI)
    assert [str(bill.money) for bill in alone.bills] == ["5.00 EUR", "100.00 NOK"]
    assert [str(bill.money) for bill in PAY_NOW.bills("other")] == ["100.00 NOK"]


def test_a_new_method_is_added_for_what_it_is_to_pay() -> None:
    """C8, G63: the one invoice that is named decides whether it may be a bank account; the commit judges by it too."""
    named = given.add_method(memory(new=NEW, invoice="F-1", picture=PAY_NOW))
    assert (named.method, named.invoice, named.new, named.actor) == ("visa", "F-1", NEW, "kari")
    assert given.add_method(memory(new=NEW)).invoice is None


def test_currencies_are_paid_in_turn() -> None:
    """The one that is paid is listed, and the next one is what is charged."""
    kept = after("charging", TWO_SENT, ask.Settled())
    assert (kept.paid, kept.bills, kept.attempt_under_way) == ((EUR_BILL,), (NOK_BILL,), False)
    assert given.tell_settled(kept).invoices == ("F-2",)
    following = after("telling", kept, ask.SettledTold())
    assert (following.attempt_under_way, given.settle(following).bill) == (True, NOK_BILL)
    assert headline(kept).endswith("5.00 EUR paid")


def test_a_decline_keeps_nobodys_choice() -> None:
    """Law 4: another method is charged only when somebody chooses and confirms it."""
    kept = after("charging", CONFIRMED.model_copy(update={"bills": (NOK_BILL,)}), DECLINED)
    assert (kept.chosen, kept.confirmed, kept.bills) == (None, False, ())
    assert kept.last == "125.00 NOK declined: insufficient funds"


def test_what_was_not_taken_may_be_confirmed_as_it_is() -> None:
    """Nothing is charged again by itself: it was confirmed once."""
    confirmed = CONFIRMED.model_copy(update={"bills": (NOK_BILL,)})
    kept = after("charging", confirmed, ask.NotSettled(why="it was cancelled"))
    assert (kept.chosen, kept.confirmed, kept.attempt_under_way) == ("other", False, False)


def never_sent(kept: Memory, picture: ask.Balance = WHOLE) -> tuple[str, Memory]:
    """Where it stands once the balance is read again, and what it remembers."""
    return stands("reviewing", after("looking_up", kept, NEVER), read(picture))


def stands(state: str, kept: Memory, event: Event) -> tuple[str, Memory]:
    outcome = SETTLE_BALANCE.decide(at(state, kept), event, HOUSE, NOW)
    assert isinstance(outcome, Moved)
    return outcome.snapshot.state, outcome.snapshot.memory


@pytest.mark.parametrize("unseen", [True, False])
def test_what_was_never_sent_is_charged_without_asking_again(unseen: bool) -> None:  # noqa: FBT001 - how it was confirmed
    """It is what was confirmed, in whichever way; the next one who is asked is asked anew."""
    state, kept = never_sent(TWO_SENT.model_copy(update={"confirmed": unseen}))
    assert (state, kept.bills, kept.unsent, kept.agreed) == ("charging", (EUR_BILL, NOK_BILL), 1, False)
    again = after("looking_up", kept, ask.NotSettled(why="it was cancelled"))
    assert stands("reviewing", again, read())[0] == "confirming"
    assert after("charging", kept, ask.Settled()).unsent == 0


@pytest.mark.parametrize(
    ("kept", "picture", "state"),
    [
        (TWO_SENT, balance(debts=(F1, F2)), "confirming"),
        (TWO_SENT, balance(debts=(F1, F2.model_copy(update={"amount": 400}), F3)), "confirming"),
        (TWO_SENT, balance(candidates=()), "choosing"),
        (TWO_SENT.model_copy(update={"unsent": 2}), WHOLE, "confirming"),
        (TWO_SENT.model_copy(update={"unsent": 2, "confirmed": True}), WHOLE, "confirming"),
        (TWO_SENT.model_copy(update={"sent_at": NOW - timedelta(days=1)}), WHOLE, "confirming"),
        (after("reviewing", CHOSEN, ask.SettlementOpen(bill=NOK_BILL)), balance(debts=(F1, F3)), "confirming"),
    ],
    ids=["a debt less", "another amount", "a rule", "the third time", "the third time, unseen", "a day later", "adopted"],
)
def test_what_was_never_sent_is_asked_for_again_when_it_is_not_what_was_confirmed(
    kept: Memory, picture: ask.Balance, state: str
) -> None:
    """Law 4: nor is it tried without end, or long after."""
    assert never_sent(kept, picture)[0] == state


def test_a_confirmation_is_for_what_was_shown() -> None:
    """Law 4: one that was kept ends with the next look at the balance; whatever is chosen then is confirmed by itself."""
    for shown in (balance(candidates=()), balance(debts=(F1, F2))):
        _, kept = never_sent(TWO_SENT, shown)
        assert not kept.agreed


def test_nothing_chosen_and_nobody_to_ask_is_refused_with_its_reason() -> None:
    """A refusal always says why; what a broken rule said before is not replaced by it."""
    kept = after("reviewing", memory(confirmed=True), read())
    assert [one.code for one in kept.refusals] == ["NOTHING_CHOSEN"]
    assert kept.last == kept.refusals[0].sentence
    broken = after("reviewing", memory(confirmed=True, refusals=REFUSAL), read())
    assert broken.refusals == REFUSAL


def test_the_method_that_paid_last_is_bound_whatever_is_chosen_now() -> None:
    """G61: a choice that a decline took back, or that never paid, binds nothing."""
    for chosen in (None, "amex"):
        kept = after("reviewing", PAID.model_copy(update={"chosen": chosen}), read(NOTHING))
        assert (kept.chosen, kept.stage) == ("other", "moving")


def test_what_an_earlier_run_has_paid_is_gone_on_from() -> None:
    """G61: as if it had just been paid, once; what is due besides is read before anything is bound."""
    kept = after("reviewing", CONFIRMED, PAID_BEFORE)
    assert (kept.paid, kept.bills, kept.using, kept.attempt_under_way) == ((NOK_BILL,), (), "other", False)
    assert (kept.last, kept.confirmed) == ("125.00 NOK paid", True)
    assert given.tell_settled(kept).invoices == ("F-1", "F-3")
    again = SETTLE_BALANCE.decide(at("telling", kept), ask.SettledTold(), HOUSE, NOW)
    assert isinstance(again, Moved)
    assert again.snapshot.state == "reviewing"
    assert after("reviewing", again.snapshot.memory, PAID_BEFORE).stage == "moving"


def test_what_is_sent_is_remembered_by_its_method() -> None:
    """G62: a decline takes the choice back, and the debts of the method that was confirmed are not forgotten."""
    kept = after("confirming", CHOSEN.model_copy(update={"bills": (NOK_BILL,)}), methods.Confirm(), KARI)
    assert kept.using == "other"
    declined = after("charging", kept, DECLINED)
    assert (declined.chosen, declined.using) == (None, "other")


def test_a_start_that_confirmed_unseen_meant_all_that_is_due() -> None:
    """Whoever saw amounts confirms others anew; the message does not say that something changed which did not."""
    confirmed = CONFIRMED.model_copy(update={"bills": (NOK_BILL,)})
    for same, last in ((False, "what is due has changed"), (True, "another attempt was made meanwhile")):
        kept = after("charging", confirmed, ask.BalanceMoved(same=same))
        assert (kept.confirmed, kept.bills, kept.last) == (True, (), last)
        seen = confirmed.model_copy(update={"confirmed": False})
        assert not after("charging", seen, ask.BalanceMoved(same=same)).confirmed


def test_look_ups_become_rarer_and_start_afresh_for_news() -> None:
    """U3: the budget is part of memory; a new date is a new beginning."""
    kept = after("looking_up", SENT, debts.StillUnknown())
    assert given.next_look(kept, NOW) == NOW + LOOK_UP_AFTER[0]
    assert given.two_weeks(kept, NOW) == NOW + timedelta(days=14)
    assert after("looking_later", kept, ProviderNotified()).look_ups == 0
    assert after("needs_customer", kept, BalanceChanged()).look_ups == 0
    clearing = after("charging", SENT, CLEARING)
    assert given.after_expected(clearing, NOW) == NOW + 49 * HOUR
    assert given.after_expected(clearing, NOW + 72 * HOUR) == NOW + 96 * HOUR
    assert after("looking_up", clearing, CLEARING).look_ups == 1
    assert given.deadline(after("charging", SENT, SCA), NOW) == NOW + 48 * HOUR
    assert given.deadline(SENT, NOW) == NOW
    assert given.look_up(after("needs_customer", SENT, GaveUp())).expire


def test_whom_it_concerns() -> None:
    """Roles count on the account and, where one pays, on the billing profile (G9, G11)."""
    assert given.attributes(Memory(actor="kari", method="visa")) == {}
    assert given.attributes(PLAIN) == {"account": "fjord"}
    assert given.attributes(memory(picture=PAY_NOW)) == {"account": "fjord", "profile": "drift"}
    assert headline(Memory(actor="kari", method="visa")) == "visa"
    assert given.read_balance(PLAIN) == ask.ReadBalance(method="visa", actor="kari", era=Era.SEED)
    assert Memory(actor="kari", method="visa").open_attempt is None


def test_a_new_method_is_chosen_once_it_is_on_file_and_what_is_due_is_kept() -> None:
    """G28: it is paid with when somebody confirms; the picture that comes with it knows no debts, and does not replace ours."""
    taken = after("choosing", PLAIN, methods.AddNew(new=NEW), KARI)
    assert adding.add_method(taken).request == f"fjord/visa/{NEW.token}"
    kept = after("adding", taken, ADDED)
    assert (kept.chosen, kept.new, kept.picture) == ("pm-new", None, WHOLE)
    assert kept.last == "the new payment method is on file as pm-new"


def test_what_could_not_be_added_is_told_when_nobody_is_there_to_ask() -> None:
    """All choices were made at the start: the reason why there is no method is the reason of the refusal."""
    kept = after("adding", memory(new=NEW, confirmed=True), methods.NotAdded(why="the bank refused it"))
    refused = after("reviewing", kept, read())
    assert [one.code for one in refused.refusals] == ["NOT_ADDED"]


def test_who_finds_nothing_due_is_told_what_is_due_elsewhere() -> None:
    """G64: not a word of a settled balance where others have debts left; who has no right is told none."""
    assert after("reviewing", PLAIN, read(NOTHING)).last == (
        "Nothing is due with Visa ending 4242, nor with any other payment method of the account."
    )
    elsewhere = (
        "Nothing is due with Visa ending 4242. What is due is due with other payment methods: Visa ending 1881 (25.00 NOK)."
    )
    assert after("reviewing", PLAIN, read(OWN_LEFT)).last == elsewhere
    assert [one.code for one in after("reviewing", PLAIN, read(NOTHING)).refusals] == ["NOTHING_DUE"]
    assert [one.code for one in after("reviewing", PLAIN, read(OWN_LEFT)).refusals] == ["DUE_ELSEWHERE"]
    assert "1881" not in after("reviewing", PLAIN, read(OWN_LEFT, LISE)).last


def test_a_case_names_the_bill_that_nobody_could_find_out_about() -> None:
    assert given.open_case(ASKED_LAST) == ask.OpenCase(method="visa", bill=NOK_BILL)


def test_before_anything_is_read_it_cannot_be_told_whether_a_choice_is_allowed() -> None:
    """Never a silent yes; the procedure does not ask then. What is missing is said once, whoever of the rules needs it."""
    unread = memory(picture=None)
    outcome = SETTLE_BALANCE.decide(at("choosing", unread), methods.Choose(method="other"), KARI, NOW)
    assert isinstance(outcome, Refused)
    assert [one.facts for one in outcome.refusals] == [{"missing": "what the account book says of the account"}]
    assert after("telling", PAID.model_copy(update={"picture": None, "bills": (EUR_BILL,)}), ask.SettledTold()).bills
    assert given.binds_anew(moment(unread)) is False


@pytest.mark.parametrize(("standing", "against"), [(Standing.GOOD, []), (Standing.GONE, ["METHOD_NOT_GOOD"])])
def test_the_declined_method_is_among_those_that_may_be_chosen(standing: Standing, against: list[str]) -> None:
    """G24: it may be tried again, and a view lists it first with all the reasons why not; where it is replaced it is not."""
    shown = balance(source=card(standing=standing))
    found = candidates(_view(at("choosing", memory(picture=shown))), KARI, NOW)
    replaced = Choosing(actor="kari", method="visa", picture=picture(dict(ACCOUNT), candidates=(OTHER,)))
    others = candidates(_view(Snapshot(REPLACE_ALL.id, "choosing", 7, replaced, NOW, None)), KARI, NOW)
    assert [(one.method, [each.code for each in one.refusals]) for one in found] == [("visa", against), ("other", [])]
    assert [one.method for one in others] == ["other"]


def _view(snapshot: Snapshot[Any]) -> View:
    return View(subject="s", headline="", title="", waits_for="", stand=Stand.of(snapshot), allowed=())


def test_only_who_started_it_goes_on() -> None:
    """What may be chosen was looked up for them (law 4)."""
    outcome = SETTLE_BALANCE.decide(at("confirming", CHOSEN), methods.Confirm(), Actor("anna", KARI.roles), NOW)
    assert isinstance(outcome, Refused)
    assert "STARTED_BY_ANOTHER" in {one.code for one in outcome.refusals}
