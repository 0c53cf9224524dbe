"""The chart of settle-balance, move by move: where each event leads, what is remembered, and what each rule refuses."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pictures import KARI, NOW, PER, TODAY, bank_account, card, depends, item

from domain.accounts import AccountKind, Era, PayerKind, Standing
from domain.decline_table import Category, Reason
from paystates.engine import HOUSE, Actor, Cancel, Due, Event, GaveUp, Moment, Moved, Refused, Snapshot, Unavailable
from paystates.front.choosing import candidates
from paystates.temporal.messages import Stand, View
from states import debts, methods, rules
from states import settle_functions as given
from states import settling as ask
from states.choosing import RECOVER_AFTER, Choosing
from states.facts import AccountFacts, Picture
from states.replace_all import REPLACE_ALL
from states.retry_functions import LOOK_UP_AFTER
from states.retry_messages import BalanceChanged, LookUpAgain, ProviderNotified
from states.rules.judging import judge
from states.rules.norwegian import tell
from states.settle_balance import SETTLE_BALANCE, Memory

HOUR = timedelta(hours=1)
ACCOUNT = AccountFacts(id="fjord", country="NO", kind=AccountKind.MOSA, era=Era.SEED, today=TODAY)
OTHER = card("other", "Visa ending 1881")
F1 = ask.Due(invoice="F-1", method="visa", currency="NOK", amount=10_000, attempt=1)
F2 = ask.Due(invoice="F-2", method="visa", currency="EUR", amount=500, attempt=3)
F3 = ask.Due(invoice="F-3", method="other", currency="NOK", amount=2_500, attempt=1)
OPERATOR = Actor("olav", frozenset({"operator"}))
LISE = Actor("lise")
GUNN = Actor("gunn", frozenset({"invoice_manager"}))


def balance(account: dict[str, Any] | None = None, **different: Any) -> ask.Balance:
    """Kari's two cards; `visa` was declined for F-1 and F-2, and F-3 is due on `other`."""
    facts = {"source": card(), "dependents": depends(item(), item(name="Visio")), "candidates": (OTHER,), "debts": (F1, F2, F3)}
    return ask.Balance(account=ACCOUNT.model_copy(update=account or {}), **facts | different)


MCA = {"kind": AccountKind.MCA}
BE = {"country": "BE"}
BE_BANK = bank_account("other", country="BE")
PAY_NOW = balance(MCA, invoice="F-1", profile="drift", dependents=depends(item(PayerKind.PROFILE, "Drift")))
NOTHING = balance(debts=())
OWN_LEFT = balance(debts=(F3,))
WHOLE = balance()
NOK_BILL, EUR_BILL = (WHOLE.bills("other")[1], WHOLE.bills("other")[0])


def memory(**fields: Any) -> Memory:
    return Memory(**{"actor": "kari", "method": "visa", "picture": WHOLE, **fields})


PLAIN = memory()
CHOSEN = memory(chosen="other")
CONFIRMED = memory(chosen="other", confirmed=True)
SENT = memory(chosen="other", bills=(NOK_BILL,), attempt_under_way=True)
TWO_SENT = memory(chosen="other", bills=(EUR_BILL, NOK_BILL), attempt_under_way=True)
SAME_SENT = memory(chosen="visa", bills=(NOK_BILL,), attempt_under_way=True)
PAID = memory(chosen="other", paid=(NOK_BILL,))
PAID_SOME = memory(paid=(EUR_BILL,))
PAID_SAME = memory(chosen="visa", paid=(WHOLE.bills("visa")[1],))
PAID_BY_TWO = PAID.model_copy(update={"paid": (EUR_BILL.model_copy(update={"method": "amex"}), NOK_BILL)})
NO_LOOK_UPS = SENT.model_copy(update={"look_ups": len(LOOK_UP_AFTER)})
NO_TRIES = memory(tries=len(RECOVER_AFTER))
ASKED_LAST = SENT.model_copy(update={"asked_last": True})


def read(picture: ask.Balance = WHOLE, actor: Actor = KARI) -> ask.BalanceRead:
    return ask.BalanceRead(picture=picture, roles=actor.roles)


CLEARING = ask.SettlementClearing(expected_by=NOW + 48 * HOUR)
SCA = ask.MustAuthenticatePayment(until=NOW + 48 * HOUR)
DECLINED = ask.SettlementDeclined(category=Category.RETRY, reason=Reason.INSUFFICIENT_FUNDS)
ADOPTED = ask.SettlementOpen(bill=NOK_BILL)
MISSING = methods.NoSuchThing(what="payment method")
CONFLICT = methods.Conflict(item=item(), code="CARDS_ONLY", sentence="no")
REFUSAL = judge(rules.SETTLING, balance(), LISE, NOW, chosen="other")
BROKEN = methods.Conflicted(refusals=REFUSAL)
ASKING = "choosing confirming"
OPEN = "clearing looking_later needs_attention needs_customer"

MOVES: list[tuple[str, Memory, Event, str, Actor]] = [
    # Reading what is due.
    ("reviewing", PLAIN, MISSING, "refused", HOUSE),
    ("reviewing", PAID_SOME, MISSING, "incomplete", HOUSE),
    ("reviewing", PLAIN, ADOPTED, "looking_up", HOUSE),
    ("reviewing", NO_TRIES, ADOPTED, "needs_attention", HOUSE),
    ("reviewing", PLAIN, read(actor=LISE), "refused", HOUSE),
    ("reviewing", PAID_SOME, read(actor=LISE), "incomplete", HOUSE),
    ("reviewing", PLAIN, read(NOTHING), "nothing_to_do", HOUSE),
    ("reviewing", PAID, read(NOTHING), "rebinding", HOUSE),
    ("reviewing", PAID_SOME, read(NOTHING), "rebinding", HOUSE),
    ("reviewing", PAID_SAME, read(NOTHING), "done", HOUSE),
    ("reviewing", PAID, read(OWN_LEFT), "confirming", HOUSE),
    ("reviewing", PAID_SOME, read(OWN_LEFT), "choosing", HOUSE),
    ("reviewing", memory(paid=(WHOLE.bills("visa")[1],), using="other"), read(OWN_LEFT), "choosing", HOUSE),
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
    ("confirming", CHOSEN, methods.Confirm(), "charging", KARI),
    ("confirming", CHOSEN, methods.ChooseAnother(), "choosing", KARI),
    (ASKING, CHOSEN, ask.ReadAgain(), "reviewing", KARI),
    (ASKING, CHOSEN, BalanceChanged(), "reviewing", HOUSE),
    (ASKING, CHOSEN, Cancel(), "cancelled", KARI),
    (ASKING, PAID_SOME, Cancel(), "incomplete", KARI),
    (ASKING, CHOSEN, GaveUp(), "lapsed", HOUSE),
    (ASKING, PAID_SOME, GaveUp(), "incomplete", HOUSE),
    # The attempt, and what became of it.
    ("charging looking_up", SENT, ask.Settled(), "telling", HOUSE),
    ("charging", SENT, CLEARING, "clearing", HOUSE),
    ("charging", SENT, SCA, "needs_customer", HOUSE),
    ("charging looking_up", SENT, DECLINED, "reviewing", HOUSE),
    ("charging looking_up", SENT, ask.NotSettled(why="it was never sent"), "reviewing", HOUSE),
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
    ("needs_attention", ASKED_LAST, GaveUp(), "unresolved", HOUSE),
    ("needs_customer", SENT, methods.Authenticated(), "looking_up", KARI),
    (OPEN, SENT, LookUpAgain(), "looking_up", OPERATOR),
    (OPEN, SENT, ProviderNotified(), "looking_up", HOUSE),
    (OPEN, SENT, BalanceChanged(), "", HOUSE),
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
    ("reviewing rebinding verifying waking_retries waking_some", PLAIN, Unavailable(), "recovering", HOUSE),
    ("reviewing rebinding verifying waking_some", NO_TRIES, Unavailable(), "incomplete", HOUSE),
    ("waking_retries", NO_TRIES, Unavailable(), "done", HOUSE),
    ("recovering", PLAIN, Due(), "reviewing", HOUSE),
    ("recovering", memory(stage="moving"), Due(), "verifying", HOUSE),
    ("recovering", memory(stage="waking"), Due(), "waking_retries", HOUSE),
    ("recovering", memory(stage="waking", conflicts=(CONFLICT,)), Due(), "waking_some", HOUSE),
]


def at(state: str, kept: Memory) -> Snapshot[Memory]:
    return Snapshot(SETTLE_BALANCE.id, state, 7, kept, NOW, None)


def after(state: str, kept: Memory, event: Event, actor: Actor = HOUSE) -> Memory:
    outcome = SETTLE_BALANCE.decide(at(state, kept), event, actor, NOW)
    assert isinstance(outcome, Moved)
    return outcome.snapshot.memory


@pytest.mark.parametrize(
    ("state", "kept", "event", "to", "actor"),
    [
        pytest.param(state, *rest, id=f"{row} {state} {rest[1].kind} {rest[2]}")
        for row, (states, *rest) in enumerate(MOVES)
        for state in states.split()
    ],
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
    assert given.headline(kept) == "Visa ending 4242 · 5.00 EUR + 125.00 NOK · with Visa ending 1881"
    alone = after("choosing", PLAIN, methods.Choose(method="visa"), KARI)
    assert [str(bill.money) for bill in alone.bills] == ["5.00 EUR", "100.00 NOK"]
    assert [str(bill.money) for bill in PAY_NOW.bills("other")] == ["100.00 NOK"]


def test_currencies_are_paid_in_turn() -> None:
    """The one that is paid is listed, and the next one is what is charged."""
    kept = after("charging", TWO_SENT, ask.Settled())
    assert (kept.paid, kept.bills, kept.attempt_under_way) == ((EUR_BILL,), (NOK_BILL,), False)
    assert given.tell_settled(kept).invoices == ("F-2",)
    following = after("telling", kept, ask.SettledTold())
    assert (following.attempt_under_way, given.settle(following).bill) == (True, NOK_BILL)
    assert given.headline(kept).endswith("5.00 EUR paid")


def test_a_decline_keeps_nobodys_choice() -> None:
    """Law 4: another method is charged only when somebody chooses and confirms it."""
    kept = after("charging", CONFIRMED.model_copy(update={"bills": (NOK_BILL,)}), DECLINED)
    assert (kept.chosen, kept.confirmed, kept.bills) == (None, False, ())
    assert kept.last == "125.00 NOK declined: insufficient funds"


def test_what_was_not_taken_may_be_confirmed_as_it_is() -> None:
    """Nothing is charged again by itself: it was confirmed once."""
    confirmed = CONFIRMED.model_copy(update={"bills": (NOK_BILL,)})
    kept = after("charging", confirmed, ask.NotSettled(why="it was never sent"))
    assert (kept.chosen, kept.confirmed, kept.attempt_under_way) == ("other", False, False)


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
    assert given.headline(Memory(actor="kari", method="visa")) == "visa"
    assert given.read_balance(PLAIN) == ask.ReadBalance(method="visa", actor="kari")
    assert Memory(actor="kari", method="visa").open_attempt is None


def test_a_choice_before_anything_is_read_is_only_remembered() -> None:
    """The procedure never asks then; a rule that has read nothing refuses nothing."""
    unread = memory(picture=None)
    assert after("choosing", unread, methods.Choose(method="other"), KARI).bills == ()
    assert after("telling", PAID.model_copy(update={"picture": None, "bills": (EUR_BILL,)}), ask.SettledTold()).bills
    assert given.binds_anew(_moment(unread)) is False


def _moment(kept: Memory) -> Any:
    return Moment(kept, Unavailable(), HOUSE, NOW)


@pytest.mark.parametrize(("standing", "against"), [(Standing.GOOD, []), (Standing.GONE, ["METHOD_NOT_GOOD"])])
def test_the_declined_method_is_among_those_that_may_be_chosen(standing: Standing, against: list[str]) -> None:
    """G24: it may be tried again, and a view lists it first with all the reasons why not; where it is replaced it is not."""
    picture = balance(source=card(standing=standing))
    found = candidates(_view(at("choosing", memory(picture=picture))), KARI, NOW)
    replaced = Choosing(actor="kari", method="visa", picture=Picture(account=ACCOUNT, source=card(), candidates=(OTHER,)))
    others = candidates(_view(Snapshot(REPLACE_ALL.id, "choosing", 7, replaced, NOW, None)), KARI, NOW)
    assert [(one.method, [each.code for each in one.refusals]) for one in found] == [("visa", against), ("other", [])]
    assert [one.method for one in others] == ["other"]


def _view(snapshot: Snapshot[Any]) -> View:
    return View(subject="s", headline="", title="", waits_for="", stand=Stand.of(snapshot), allowed=())


# The rules, each by itself.


def bar(kind: str, until: datetime | None = None) -> dict[str, Any]:
    return {"bars": (ask.Bar(method="other", kind=kind, invoice="F-1", until=until),)}


REFUSED: list[tuple[str, ask.Balance, str, Actor, str]] = [
    ("MAY_NOT_PAY", PAY_NOW, "visa", Actor("kari", frozenset({"account_contributor"})), "invoice manager"),
    ("DECLINED_CARD_NOT_OWNED", WHOLE, "visa", PER, "Visa ending 4242 was added by another administrator"),
    ("PARTIAL_PAYMENT", balance(invoice="F-1"), "visa", KARI, "F-1 cannot be paid by itself"),
    ("INVOICE_NOT_NAMED", balance(MCA, debts=(F1,)), "visa", KARI, "none is named"),
    ("NOTHING_DUE", NOTHING, "visa", KARI, "Nothing is due with Visa ending 4242"),
    ("ATTEMPT_ON_DEBT", balance(debts=(F1, F3.model_copy(update={"charging": True}))), "other", KARI, "under way on F-3"),
    ("PAYING_CARD_NOT_OWNED", PAY_NOW, "other", GUNN, "only with a card of your own"),
    ("NETWORK_CAP", balance(**bar("capped", NOW + HOUR)), "other", KARI, "before 2026-11-22 10:00 UTC"),
    ("NETWORK_CAP_FOR_GOOD", balance(**bar("capped")), "other", KARI, "no further attempt with Visa ending 1881"),
    ("METHOD_MUST_WAIT", balance(**bar("asked_to_wait", NOW + HOUR)), "other", KARI, "wait until 2026-11-22 10:00 UTC"),
    ("DEBT_DISPUTED", balance(**bar("disputed")), "other", KARI, "An earlier charge of F-1 on Visa ending 1881"),
    ("BANK_DEBITS_USED_UP", balance(**bar("used_up")), "other", KARI, "F-1 has had them"),
    ("DEBIT_AMOUNT_CHANGED", balance(**bar("amount_changed")), "other", KARI, "A debit of F-1 was returned"),
    # Rules that it shares with the others.
    ("UNKNOWN_METHOD", WHOLE, "amex", KARI, "“amex”"),
    ("WRONG_COUNTRY", balance(candidates=(card("other", country="SE"),)), "other", KARI, "issued in SE"),
    ("METHOD_EXPIRED", balance(candidates=(card("other", expires=TODAY.replace(year=2025)),)), "other", KARI, "expired on"),
    ("METHOD_NEEDS_CORRECTION", balance(source=card(standing=Standing.NEEDS_CORRECTION)), "visa", KARI, "must be corrected"),
    ("METHOD_NOT_GOOD", balance(source=card(standing=Standing.FINISHED)), "visa", KARI, "cannot be charged"),
    ("METHOD_EXPIRED", PAY_NOW.model_copy(update={"source": card(expires=TODAY.replace(year=2025))}), "visa", GUNN, ""),
    ("CARDS_ONLY", PAY_NOW.model_copy(update={"candidates": (bank_account("other"),)}), "other", KARI, "billing profile"),
    # And where paying binds anew.
    ("TARGET_NOT_OWNED", balance(candidates=(card("other", added_by="per"),)), "other", KARI, "added by another"),
    ("NO_NEW_ON_BANK_ACCOUNT", balance(BE, source=card(country="BE"), candidates=(BE_BANK,)), "other", KARI, "bank account"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "picture", "chosen", "actor", "says"), REFUSED, ids=[f"{number} {row[0]}" for number, row in enumerate(REFUSED)]
)
def test_a_rule_refuses_by_itself_when_all_else_is_fine(
    code: str, picture: ask.Balance, chosen: str, actor: Actor, says: str
) -> None:
    """Each with its facts, and in Norwegian too; the balance of everybody else is not refused."""
    (refusal,) = judge(rules.SETTLING, picture, actor, NOW, chosen=chosen)
    assert refusal.code == code
    assert says in refusal.sentence
    norwegian = tell(refusal, "nb")
    assert norwegian.sentence != refusal.sentence
    assert "{" not in norwegian.sentence + norwegian.remedy + refusal.sentence + refusal.remedy
    assert judge(rules.SETTLING, WHOLE, KARI, NOW, chosen="other") == ()
    assert judge(rules.SETTLING, PAY_NOW, GUNN, NOW, chosen="visa") == ()


def test_every_rule_of_settling_has_a_case_of_its_own() -> None:
    assert {row[0] for row in REFUSED} >= {rule.code for rule in rules.OWN_SETTLING}


@pytest.mark.parametrize("kind", ["capped", "asked_to_wait"])
def test_a_wait_that_is_over_refuses_nothing(kind: str) -> None:
    """Its remedy is to wait: then what was read before is taken."""
    assert judge(rules.SETTLING, balance(**bar(kind, NOW)), KARI, NOW, chosen="other") == ()


def test_all_reasons_come_at_once() -> None:
    """G50: what is due, who asks, and the method, together."""
    charging = F1.model_copy(update={"charging": True})
    bad = balance(debts=(charging,), source=card(added_by="per", standing=Standing.GONE), invoice="F-1")
    codes = {one.code for one in judge(rules.SETTLING, bad, KARI, NOW, chosen="visa")}
    assert codes == {"DECLINED_CARD_NOT_OWNED", "PARTIAL_PAYMENT", "ATTEMPT_ON_DEBT", "METHOD_NOT_GOOD"}


def test_who_may_not_pay_learns_nothing_else() -> None:
    """The sentence names roles, and nothing of the book."""
    bad = balance(source=card(added_by="per", standing=Standing.GONE), invoice="F-1")
    (refusal,) = judge(rules.SETTLING, bad, LISE, NOW, chosen="visa")
    assert refusal.code == "MAY_NOT_PAY"
    assert refusal.sentence == "Your role is not enough to pay this: it takes somebody who is global admin or billing admin."


def test_a_bank_account_that_paid_before_may_pay_again() -> None:
    """G18a is about new subscriptions: what it pays for already it may pay, in good standing."""
    belgian = balance(BE, source=bank_account("visa", country="BE"), candidates=())
    assert judge(rules.SETTLING, belgian, PER, NOW, chosen="visa") == ()


def test_nothing_is_judged_before_anything_is_read() -> None:
    """A rule whose picture is not there answers nothing; the procedure does not ask then."""
    unread = memory(picture=None)
    refusals = [rule(_moment(unread)) for rule in rules.SETTLING]
    assert set(refusals) == {None}


def test_only_who_started_it_goes_on() -> None:
    """What may be chosen was looked up for them (law 4)."""
    outcome = SETTLE_BALANCE.decide(at("confirming", CHOSEN), methods.Confirm(), Actor("anna", KARI.roles), NOW)
    assert isinstance(outcome, Refused)
    assert "STARTED_BY_ANOTHER" in {one.code for one in outcome.refusals}


# Who may pay: written out.

ALL = "global_admin billing_admin account_owner account_contributor "
ALL += "profile_owner profile_contributor invoice_manager profile_reader"
BY_PROFILE = "account_owner profile_owner profile_contributor invoice_manager"
TABLE = [
    (Era.SEED, AccountKind.MOSA, None, "global_admin billing_admin"),
    (Era.Y2022, AccountKind.MOSA, None, "global_admin billing_admin"),
    (Era.Y2024, AccountKind.MOSA, None, "global_admin billing_admin"),
    (Era.SEED, AccountKind.MCA, "drift", f"global_admin billing_admin {BY_PROFILE}"),
    (Era.Y2022, AccountKind.MCA, "drift", f"global_admin billing_admin {BY_PROFILE}"),
    (Era.Y2024, AccountKind.MCA, "drift", BY_PROFILE),
    (Era.SEED, AccountKind.MCA, None, "global_admin billing_admin account_owner account_contributor"),
    (Era.Y2022, AccountKind.MCA, None, "global_admin billing_admin account_owner account_contributor"),
    (Era.Y2024, AccountKind.MCA, None, "account_owner account_contributor"),
]


@pytest.mark.parametrize(("era", "kind", "profile", "may"), TABLE, ids=str)
def test_those_may_pay_whom_the_table_names(era: Era, kind: AccountKind, profile: str | None, may: str) -> None:
    """G1, G4 to G6, G9, C6, C10: one cell for each role, held alone; a role elsewhere, an operator and nobody may not."""
    picture = balance({"kind": kind, "era": era}, profile=profile, invoice="F-1" if kind is AccountKind.MCA else None)
    roles = [*ALL.split(), "operator", "service", "invoice_manager_elsewhere", ""]
    allowed = [role for role in roles if not judge(rules.START_SETTLING, picture, Actor("kari", frozenset({role} - {""})), NOW)]
    assert allowed == [role for role in ALL.split() if role in may.split()]
