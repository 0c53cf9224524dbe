"""Settling a balance, against the bank's own ledger: charged once, booked on every debt, and nothing follows (G60 to G64)."""

from dataclasses import replace
from typing import Any

import pytest
from bench import BANK_ACCOUNT, Meddler, OutOfReach
from settling_till import DAY, HOUR, MAIN, TWO, Till, bill, invoice, method

from activities import Desk
from activities.bookkeeping import Wake, credit, hear, receive_payment, void
from activities.charging import Fenced
from domain.accounts import Attempt, AttemptStatus, Grant, Initiator, Role, Standing
from domain.money import Money
from gateways.port import Notification
from paystates.engine import Cancel
from states import debts, methods
from states import settling as ask
from states.retry_messages import LookUpAgain, ProviderNotified
from store.port import Book

BOTH = bill(("F-1", 1, 10_000), ("F-2", 1, 4_000))
DECLINED = {"card": [{"decline": "insufficient_funds"}]}
EUROS = [invoice("F-1"), {**invoice("F-2", "40.00", subscription="visio"), "currency": "EUR"}]


def test_everything_due_is_one_charge_booked_on_every_debt(kept: Book) -> None:
    """G62: one attempt over the sum, a row for each debt, one intent, customer-initiated; each debt gets its own payment."""
    till = Till(book=kept)
    assert till.pay("other").state == "done"
    assert till.taken() == [("tok_other", 14_000, "NOK")]
    assert (till.owed("F-1"), till.owed("F-2"), till.credit()) == (0, 0, 0)
    (first,), (second,) = till.attempts("F-1"), till.attempts("F-2")
    assert first.intent_id == second.intent_id is not None
    assert {first.initiator, second.initiator} == {Initiator.CUSTOMER}
    assert (first.amount, second.amount) == (10_000, 4_000)


def test_what_used_the_declined_method_uses_the_one_that_paid(kept: Book) -> None:
    """G61: every subscription of it, whether it owed anything or not; G24: paying with the same one binds nothing anew."""
    idle = {"id": "azure", "name": "Azure", "method": "card"}
    till = Till(book=kept, subscriptions=[*TWO, idle])
    assert till.pay("other").memory["moved"] == 3
    assert [till.bound(name) for name in ("m365", "visio", "azure")] == ["other"] * 3
    same = Till()
    assert same.pay("card").state == "done"
    assert same.bound("m365") == "card"


def test_the_chosen_methods_own_debts_are_paid_too() -> None:
    """G62: they are confirmed with the others, and charged with them."""
    till = Till(subscriptions=[TWO[0], {"id": "visio", "name": "Visio", "method": "other"}])
    till.start()
    assert till.act(methods.Choose(method="other")) == ()
    (shown,) = till.where().memory["bills"]
    assert [part["invoice"] for part in shown["parts"]] == ["F-1", "F-2"]
    till.act(methods.Confirm())
    assert till.where().state == "done"
    assert till.taken() == [("tok_other", 14_000, "NOK")]


def test_what_is_not_billed_yet_is_not_due() -> None:
    """A balance is what is due: tomorrow's invoice is charged by its own plan."""
    till = Till(invoices=[invoice("F-1"), {**invoice("F-2", "40.00"), "billing_date": "5d"}])
    assert till.pay().state == "done"
    assert till.taken() == [("tok_card", 10_000, "NOK")]


def test_a_part_of_the_balance_is_not_paid_by_itself() -> None:
    """G62: refused with its remedy, and nothing is sent; the remedy is taken."""
    till = Till()
    where = till.pay(invoice="F-1")
    assert where.state == "refused"
    assert [one["code"] for one in where.memory["refusals"]] == ["PARTIAL_PAYMENT"]
    assert till.confirmed() == []
    assert till.pay().state == "done"


def test_nothing_due_ends_at_once() -> None:
    """G64: who is too late learns that the balance is settled."""
    till = Till()
    till.pay()
    assert till.pay().state == "nothing_to_do"
    assert len(till.confirmed()) == 1
    assert till.start(method="nowhere").state == "refused"
    assert till.start(invoice="F-9").state == "refused"


def test_a_declined_settlement_is_told_once_and_asks_again(kept: Book) -> None:
    """Law 7: it failed once, so one notice names both debts and the sum; the reason is shown where the method is chosen."""
    till = Till(DECLINED, kept)
    where = till.pay()
    assert (where.state, where.memory["chosen"]) == ("choosing", None)
    assert where.memory["last"] == "140.00 NOK declined: insufficient funds"
    (notice,) = till.notices()
    assert (notice.invoices, notice.amount, notice.attempt) == (("F-1", "F-2"), 14_000, 1)
    assert {one.status for name in ("F-1", "F-2") for one in till.attempts(name)} == {AttemptStatus.DECLINED}
    till.act(methods.Choose(method="other"))
    till.act(methods.Confirm())
    assert till.where().state == "done"
    assert till.confirmed() == ["F-1/1", "F-1/2"]


def test_a_mail_names_every_invoice_of_the_settlement() -> None:
    """Law 7, G56: the one notice goes out as one mail."""
    till = Till(DECLINED)
    till.pay()
    till.stage.relay_mails(till.now)
    (message,) = till.stage.mailbox.behind.messages  # type: ignore[attr-defined]  # the collecting sender keeps them
    assert message["Subject"] == "Payment of invoice F-1, F-2 was declined"


def test_a_finished_method_settles_nothing() -> None:
    """money.md: `never` finishes a method for every invoice, settling included."""
    till = Till({"card": [{"decline": "stolen_card"}]})
    till.pay()
    assert "METHOD_NOT_GOOD" in till.act(methods.Choose(method="card"))
    assert till.act(methods.Choose(method="other")) == ()


# Several currencies.


def test_each_currency_is_its_own_attempt(kept: Book) -> None:
    """Law 6: money is never converted; they are charged in turn."""
    till = Till(book=kept, invoices=EUROS)
    assert till.pay("other").state == "done"
    assert till.taken() == [("tok_other", 4_000, "EUR"), ("tok_other", 10_000, "NOK")]
    assert (till.owed("F-1"), till.owed("F-2")) == (0, 0)


def test_a_second_currency_that_is_declined_leaves_the_first_paid() -> None:
    """What is booked stays booked and is listed; nothing is bound anew, for not everything is paid (G61)."""
    till = Till({"other": ["succeed", {"decline": "insufficient_funds"}]}, invoices=EUROS)
    where = till.pay("other")
    assert where.state == "choosing"
    assert [one["currency"] for one in where.memory["paid"]] == ["EUR"]
    assert till.act(Cancel()) == ()
    where = till.where()
    assert (where.state, where.verdict) == ("incomplete", "failed")
    assert (till.owed("F-1"), till.owed("F-2"), till.bound("m365")) == (10_000, 0, "card")


def test_the_rest_may_be_paid_with_another_method() -> None:
    """The method that paid last is the one that is bound."""
    till = Till({"other": ["succeed", {"decline": "insufficient_funds"}]}, invoices=EUROS, methods=[
        method("card"), method("other"), method("third"),
    ])  # fmt: skip
    till.pay("other")
    till.act(methods.Choose(method="third"))
    assert [one["currency"] for one in till.where().memory["bills"]] == ["NOK"]
    till.act(methods.Confirm())
    assert (till.where().state, till.bound("visio")) == ("done", "third")


def test_a_currency_of_the_chosen_methods_own_debts_is_charged_too() -> None:
    """G62: also after nothing is left on the declined method itself."""
    till = Till(invoices=EUROS, subscriptions=[{"id": "visio", "name": "V", "method": "card"}, {**TWO[0], "method": "other"}])
    assert till.pay("other").state == "done"
    assert sorted(currency for _, _, currency in till.taken()) == ["EUR", "NOK"]


OWN_NOK: dict[str, Any] = {
    "invoices": [{**invoice("F-1"), "currency": "DKK"}, invoice("F-2", "40.00", subscription="visio")],
    "subscriptions": [TWO[0], {**TWO[1], "method": "other"}],
}
"""DKK is due on the declined card, NOK on the other one."""


@pytest.mark.parametrize(
    ("step", "state"),
    [({"decline": "insufficient_funds"}, "choosing"), ({"decline": "invalid_amount"}, "confirming")],
    ids=str,
)
def test_the_chosen_methods_own_debt_that_was_not_paid_is_asked_for_again(step: dict[str, object], state: str) -> None:
    """G62: it is not done while that is due, and binds nothing (G61); paid at last, it is. Given up, it is incomplete."""
    till = Till({"other": ["succeed", step, "succeed"]}, **OWN_NOK)
    assert till.pay("other").state == state
    assert (till.owed("F-1"), till.owed("F-2"), till.bound("m365")) == (0, 4_000, "card")
    if state == "choosing":
        assert till.act(methods.Choose(method="other")) == ()
    assert till.act(methods.Confirm()) == ()
    assert (till.where().state, till.owed("F-2"), till.bound("m365")) == ("done", 0, "other")
    given_up = Till({"other": ["succeed", step]}, **OWN_NOK)
    given_up.pay("other")
    assert given_up.act(Cancel()) == ()
    assert (given_up.where().state, given_up.bound("m365")) == ("incomplete", "card")


def test_a_refusal_after_money_was_taken_is_incomplete_and_not_refused() -> None:
    """What ends `refused` has changed nothing: the first currency is paid, and the second finds the method gone."""
    till = Till(invoices=EUROS)

    def vanish() -> None:
        with till.desk.book.transaction() as pages:
            found = pages.method("other")
            assert found is not None
            pages.put_method(replace(found, standing=Standing.GONE, standing_since=till.now))

    till.uses(Meddler(till.bank, "after confirm", vanish))
    where = till.pay("other")
    assert (where.state, where.verdict) == ("incomplete", "failed")
    assert [one["code"] for one in where.memory["refusals"]] == ["METHOD_NOT_GOOD"]
    assert till.taken() == [("tok_other", 4_000, "EUR")]


# Law 1.


def open_elsewhere(till: Till, name: str = "F-2", **differences: object) -> None:
    row = Attempt(
        name, 1, AttemptStatus.RESERVED, "card", "visa", 4_000, "NOK", Initiator.MERCHANT, f"charge-retry/{name}", till.now
    )
    with till.desk.book.transaction() as pages:
        pages.add_attempt(row)


def test_an_open_attempt_on_any_of_the_debts_refuses_the_whole(kept: Book) -> None:
    """Law 1: refused by a rule; with the attempt over, reading again lets it through."""
    till = Till(book=kept)
    open_elsewhere(till)
    till.start()
    assert till.act(methods.Choose(method="other")) == ("ATTEMPT_ON_DEBT",)
    with till.desk.book.transaction() as pages:
        (row,) = pages.attempts("F-2")
        pages.put_attempt(Attempt(**{**{n: getattr(row, n) for n in row.__slots__}, "status": AttemptStatus.NOT_CHARGED}))
    assert till.act(ask.ReadAgain()) == ()
    assert till.act(methods.Choose(method="other")) == ()


def test_a_retry_that_was_faster_leaves_no_row_of_the_settlement(kept: Book) -> None:
    """Laws 1 and 5: the reservation judges again, and writes all rows or none."""
    till = Till(book=kept)
    till.start(chosen="other")
    open_elsewhere(till)
    assert till.act(methods.Confirm()) == ()
    where = till.where()
    assert where.state == "choosing"
    assert [one["code"] for one in where.memory["refusals"]] == ["ATTEMPT_ON_DEBT"]
    assert till.attempts("F-1") == []
    assert till.bank.calls() == []


def test_retries_stand_aside_while_it_is_open_and_end_when_it_is_paid() -> None:
    """Law 1, G64: a slot that finds the settlement open makes no attempt and no mail; afterwards nothing follows."""
    till = Till({"card": [{"late": {"after": "3d"}}]}, methods=[method("card", BANK_ACCOUNT), method("other")])
    till.now -= 2 * HOUR
    assert till.pay().state == "clearing"
    for name in ("F-1", "F-2"):
        till.start("charge-retry", invoice=name)
    till.passes(DAY)
    assert till.confirmed() == ["F-1/1"]
    till.passes(4 * DAY)
    assert till.where().state == "done"
    assert [till.where(f"charge-retry/{name}").state for name in ("F-1", "F-2")] == ["settled", "settled"]
    till.passes(60 * DAY)
    assert till.confirmed() == ["F-1/1"]
    assert till.notices() == []


def test_a_waiting_retry_ends_when_its_debt_is_settled() -> None:
    """G64: it is woken, reads the book, and is over at once; U8: no timer charges what is paid."""
    till = Till({"card": [{"decline": "insufficient_funds"}]})
    till.start("charge-retry", invoice="F-1")
    till.passes(DAY)
    assert till.where("charge-retry/F-1").state == "waiting"
    assert till.pay("other").state == "done"
    assert till.where("charge-retry/F-1").state == "settled"


# Unknown outcomes.


@pytest.mark.parametrize("point", ["before open", "after open", "before confirm", "after confirm"])
def test_a_worker_that_wakes_late_changes_nothing(point: str, kept: Book) -> None:
    """Law 3: between any two commits a look-up closes all rows, and what it said stays true."""
    till = Till(book=kept)
    meddled = Desk(till.desk.book, Meddler(till.bank, point, lambda: till.look_up(BOTH)))
    with pytest.raises(Fenced):
        till.settle(BOTH, desk=meddled)
    taken = 14_000 if point == "after confirm" else 0
    assert sum(amount for _, amount, _ in till.taken()) == taken
    assert till.owed("F-1") + till.owed("F-2") == 14_000 - taken
    assert len({one.status for name in ("F-1", "F-2") for one in till.attempts(name)}) == 1
    if not taken:
        with pytest.raises(Fenced):
            till.settle(BOTH)
        assert till.taken() == []


@pytest.mark.parametrize("point", ["after open", "before confirm"])
def test_a_look_up_that_learns_nothing_closes_the_rows_all_the_same(point: str, kept: Book) -> None:
    """Law 3: they are closed before the provider is asked, so an outage does not let the late worker go on."""
    till = Till(book=kept)

    def look_up_in_vain() -> None:
        vain = till.look_up(BOTH, desk=Desk(till.desk.book, OutOfReach()))  # type: ignore[arg-type]  # enough of a provider
        assert vain == debts.StillUnknown()

    with pytest.raises(Fenced):
        till.settle(BOTH, desk=Desk(till.desk.book, Meddler(till.bank, point, look_up_in_vain)))
    assert all(one.fenced for name in ("F-1", "F-2") for one in till.attempts(name))
    answer = till.look_up(BOTH)
    assert isinstance(answer, ask.NotSettled if point == "after open" else ask.Settled)
    assert (till.owed("F-1") == 0) is isinstance(answer, ask.Settled)
    assert len(till.confirmed()) == len(till.taken())


def test_what_was_never_reserved_is_buried_whole(kept: Book) -> None:
    """Law 3: every number that is free gets a tombstone, so that the bill can never begin."""
    till = Till(book=kept)
    open_elsewhere(till)
    assert till.look_up(BOTH) == ask.NotSettled(why="it was never sent")
    (buried,) = till.attempts("F-1")
    assert (buried.status, buried.fenced, buried.begun_by) == (AttemptStatus.NOT_CHARGED, True, MAIN)
    with pytest.raises(Fenced):
        till.settle(BOTH)
    assert till.look_up(BOTH) == ask.NotSettled(why="it was never sent")
    assert till.bank.calls() == []


@pytest.mark.parametrize(
    ("step", "state", "taken"),
    [
        ({"fault": "time_out"}, "confirming", 0),
        ({"fault": "open_fails"}, "confirming", 0),
        ({"fault": "reply_lost"}, "done", 14_000),
        ({"fault": "reply_lost", "decline": "insufficient_funds"}, "choosing", 0),
        ({"fault": "reply_lost", "action_required": {"completed_after": "never"}}, "needs_customer", 0),
        ({"fault": "unavailable", "for": "1d"}, "looking_later", 0),
        ({"decline": "duplicate_transaction"}, "confirming", 0),
        ({"decline": "invalid_amount"}, "confirming", 0),
    ],
    ids=str,
)
def test_whatever_is_unknown_is_looked_up_and_never_sent_again(step: dict[str, object], state: str, taken: int) -> None:
    """Law 3, U1: one confirm was sent at most."""
    till = Till({"card": [step, "unexpected"]})
    assert till.pay().state == state
    assert sum(amount for _, amount, _ in till.taken()) == taken
    assert len(till.confirmed()) <= 1


def test_an_outage_ends_in_what_really_happened() -> None:
    """U3: look-ups become rarer, and the first that gets through books it on every debt."""
    till = Till({"card": [{"fault": "reply_lost", "for": "2d", "notifications": "none"}]})
    assert till.pay().state == "looking_later"
    till.passes(4 * DAY)
    assert till.where().state == "done"
    assert (till.owed("F-1"), till.owed("F-2")) == (0, 0)


def test_what_cannot_be_found_out_is_put_before_an_operator() -> None:
    """U3: after the look-ups an operator is waited for, who may look again; nobody may cancel an attempt that is open."""
    till = Till({"card": ["succeed"]})
    till.uses(OutOfReach())  # type: ignore[arg-type]  # as much of a provider as is asked
    till.pay()
    till.passes(12 * DAY)
    assert till.where().state == "needs_attention"
    assert till.act(Cancel()) == ("ATTEMPT_RUNNING",)
    assert till.act(LookUpAgain()) == ("NOT_ALLOWED",)
    till.uses(till.bank)
    assert till.act(LookUpAgain(), "desk") == ()
    assert till.where().state == "confirming"
    till.uses(OutOfReach())  # type: ignore[arg-type]  # the same
    till.act(methods.Confirm())
    till.passes(60 * DAY)
    assert till.where().state == "unresolved"


def test_a_new_run_adopts_what_an_earlier_one_left_open(kept: Book) -> None:
    """Law 3: after a Terminate the open rows are looked up, never repeated; what used the declined method is bound too."""
    till = Till({"other": [{"fault": "reply_lost"}, "unexpected"]}, kept)
    both = BOTH.model_copy(update={"method": "other"})
    assert isinstance(till.settle(both), debts.OutcomeUnknown)
    assert till.settle(both) == ask.SettlementOpen(bill=both)
    assert till.read() == ask.SettlementOpen(bill=both)
    assert till.start().state == "done"
    assert till.taken() == [("tok_other", 14_000, "NOK")]
    assert till.bound("m365") == "other"


# Authentication, and bank debits.


@pytest.mark.parametrize(("ok", "state"), [(True, "done"), (False, "needs_customer")])
def test_the_customer_may_have_to_authenticate(ok: bool, state: str) -> None:  # noqa: FBT001 - whether it works
    """G23: a state with a deadline, not a decline; one mail asks for it. The provider is asked what came of it."""
    till = Till({"card": [{"action_required": {"completed_after": "never"}}]})
    assert till.pay().state == "needs_customer"
    assert [notice.invoices for notice in till.notices()] == [("F-1", "F-2")]
    till.bank.authenticate("tok_card", ok=ok)
    assert till.act(methods.Authenticated()) == ()
    assert till.where().state == state
    assert (till.owed("F-1") == 0) is ok


def test_the_deadline_of_an_authentication_is_not_a_wait_that_a_bank_asked_for() -> None:
    """Law 1 stands against a second attempt; no network or bank has asked for anything."""
    till = Till({"card": [{"action_required": {"completed_after": "never"}}]})
    till.start("charge-retry", invoice="F-1")
    till.passes(DAY)
    assert till.attempts("F-1")[0].not_before is not None
    till.start()
    assert till.act(methods.Choose(method="card")) == ("ATTEMPT_ON_DEBT",)


def test_an_authentication_that_nobody_gives_expires() -> None:
    """U3: after a week it is cancelled at the provider, and takes nothing."""
    till = Till({"card": [{"action_required": {"completed_after": "never"}}]})
    till.pay()
    till.passes(8 * DAY)
    assert till.where().state == "confirming"
    assert [call.outcome for call in till.bank.calls() if call.method == "cancel"] == ["cancelled"]
    assert till.owed("F-1") == 10_000


DEBIT = [method("card", BANK_ACCOUNT), method("other")]


def test_credits_and_voids_wait_for_a_settlement_and_are_booked_with_it(kept: Book) -> None:
    """Law 6: on each debt by itself; what the charge took meanwhile is the debt's."""
    till = Till({"card": [{"late": {"after": "3d"}}]}, kept, methods=DEBIT)
    till.pay()
    assert credit(till.desk.book, "F-1", Money(1_000, "NOK"), "c", till.now).waits_for == 1
    assert void(till.desk.book, "F-2", "v", till.now).waits_for == 1
    till.passes(4 * DAY)
    assert till.where().state == "done"
    assert (till.owed("F-1"), till.owed("F-2"), till.credit()) == (0, 0, 1_000)


def test_money_that_came_meanwhile_becomes_credit() -> None:
    """Law 6: each debt takes what it still owes, the rest is the account's."""
    till = Till({"card": [{"late": {"after": "3d"}}]}, methods=DEBIT)
    till.pay()
    receive_payment(till.desk.book, "F-1", Money(10_000, "NOK"), "wire", till.now)
    till.passes(4 * DAY)
    assert (till.owed("F-1"), till.owed("F-2"), till.credit()) == (0, 0, 10_000)


def test_a_settlement_that_is_returned_reopens_every_debt_of_it(kept: Book) -> None:
    """Law 8: booked on all of them in one transaction, told once, and each debt's retries begin."""
    step = {"late": {"after": "2d"}, "returned_after": {"after": "5d", "code": "R01"}}
    till = Till({"card": [step]}, kept, methods=DEBIT)
    till.pay()
    till.passes(3 * DAY)
    assert (till.where().state, till.owed("F-1"), till.owed("F-2")) == ("done", 0, 0)
    till.passes(5 * DAY)
    assert (till.owed("F-1"), till.owed("F-2")) == (10_000, 4_000)
    assert {till.where(f"charge-retry/{name}").verdict for name in ("F-1", "F-2")} == {None}
    assert [notice.invoices for notice in till.notices() if notice.attempt == 1] == [("F-1", "F-2")]
    assert len(till.confirmed()) == 1


def test_a_debit_that_is_refused_after_it_was_accepted_asks_again() -> None:
    """Clearing is not final: every debt is declined. The same debit may be presented again, another amount may not."""
    till = Till({"card": [{"late": {"after": "2d", "then": {"decline": {"network": "R01"}}}}]}, methods=DEBIT)
    till.pay()
    till.passes(3 * DAY)
    assert till.where().state == "choosing"
    assert len(till.notices()) == 1
    assert till.act(methods.Choose(method="card")) == ()
    receive_payment(till.desk.book, "F-2", Money(4_000, "NOK"), "wire", till.now)
    assert till.act(ask.ReadAgain()) == ()
    assert [one["code"] for one in till.where().memory["refusals"]] == ["DEBIT_AMOUNT_CHANGED"]


# Who pays, and with what (law 4, law 5).


def test_a_role_that_was_withdrawn_while_a_confirmation_waited_pays_nothing() -> None:
    """Law 5: the roles are looked up again, when it is confirmed and when it is reserved."""
    till = Till()
    till.start(chosen="other")
    with till.desk.book.transaction() as pages:
        pages.remove_grant(Grant("ingrid", Role.GLOBAL_ADMIN, "fjord"))
    assert set(till.act(methods.Confirm())) >= {"NOT_ALLOWED", "MAY_NOT_PAY"}
    refused = till.settle(BOTH)
    assert "MAY_NOT_PAY" in [one.code for one in refused.refusals]
    assert till.bank.calls() == []


def test_another_administrators_card_is_not_settled() -> None:
    """G60: the declined card needs that the actor added it; a bank account is every administrator's (G2)."""
    where = Till().pay(actor="petter")
    assert where.state == "refused"
    assert [one["code"] for one in where.memory["refusals"]] == ["DECLINED_CARD_NOT_OWNED"]
    assert Till(methods=DEBIT).pay(actor="petter").state == "done"


def test_amounts_that_changed_are_confirmed_again() -> None:
    """Law 4: only what was agreed is charged."""
    till = Till()
    till.start(chosen="other")
    receive_payment(till.desk.book, "F-1", Money(2_500, "NOK"), "wire", till.now)
    till.act(methods.Confirm())
    where = till.where()
    assert (where.state, where.memory["last"]) == ("confirming", "what is due has changed")
    assert till.bank.calls() == []
    till.act(methods.Confirm())
    assert till.taken() == [("tok_other", 11_500, "NOK")]


def test_an_item_that_cannot_be_bound_afterwards_is_named_and_the_verdict_is_failed() -> None:
    """G61, G33: what is paid stays paid; the reason is in the outcome."""
    till = Till({"other": ["succeed"]})

    def withdraw() -> None:
        with till.desk.book.transaction() as pages:
            pages.remove_grant(Grant("ingrid", Role.GLOBAL_ADMIN, "fjord"))

    till.uses(Meddler(till.bank, "after confirm", withdraw))
    where = till.pay("other")
    assert (where.state, where.verdict) == ("incomplete", "failed")
    assert "ROLE_TOO_SMALL" in [one["code"] for one in where.memory["refusals"]]
    assert (till.owed("F-1"), till.bound("m365")) == (0, "card")


def test_what_the_rules_of_binding_forbid_is_not_charged() -> None:
    """G18 holds when settling rebinds too: it is checked before the money is taken."""
    till = Till(country="BE", methods=[method("card", country="BE"), method("bank", BANK_ACCOUNT, country="BE")])
    till.start()
    assert till.act(methods.Choose(method="bank")) == ("NO_NEW_ON_BANK_ACCOUNT",)
    assert till.act(methods.Choose(method="card")) == ()


MCA = {
    "kind": "MCA",
    "people": [
        {"id": "ingrid", "name": "Ingrid", "email": "ingrid@fjord.example", "roles": ["global_admin"]},
        {
            "id": "gunn",
            "name": "Gunn",
            "email": "g@fjord.example",
            "roles": [{"profile": "drift", "role": "invoice_manager"}],
        },
    ],
    "billing_profiles": [{"id": "drift", "name": "Drift", "method": "card"}],
    "subscriptions": [{"id": "m365", "name": "M", "billing_profile": "drift"}],
    "invoices": [
        {"id": name, "billing_profile": "drift", "currency": "NOK", "amount": "50.00", "billing_date": "0d", "due_date": "20d"}
        for name in ("F-1", "F-2")
    ],
}


def test_pay_now_pays_one_invoice_and_binds_nothing() -> None:
    """G63: before it falls due, too; G9: an invoice manager of the profile may."""
    till = Till(**MCA)
    assert till.pay("card", invoice="F-1", actor="gunn").state == "done"
    assert (till.owed("F-1"), till.owed("F-2")) == (0, 5_000)
    assert till.pay("other", invoice="F-2").state == "done"
    assert till.bound("drift") == "card"
    assert till.pay(actor="gunn").state == "refused"


def test_the_providers_news_wake_the_settlement_while_its_attempt_is_open() -> None:
    """Law 2: one wake-up for the attempt, to who has it open; no retry is told, none begins."""
    till = Till({"card": [{"action_required": {"completed_after": "2d", "then": "succeed"}}]})
    till.pay()
    intent = till.attempts("F-1")[0].intent_id
    told = Notification("n", "intent.succeeded", till.now, intent_id=intent)
    assert hear(till.desk.book, told, till.now) == [Wake("F-1", ProviderNotified(attempt=1), subject=MAIN)]
    till.passes(3 * DAY)
    assert till.where().state == "done"
    assert hear(till.desk.book, told, till.now) == []
    back = Notification("n2", "intent.charged_back", till.now, intent_id=intent)
    assert [(wake.to, wake.starts) for wake in hear(till.desk.book, back, till.now)] == [
        ("charge-retry/F-1", True),
        ("charge-retry/F-2", True),
    ]


def test_a_charge_that_was_disputed_is_never_repeated_there() -> None:
    """Law 8: the method is refused for that debt; another one may pay it."""
    till = Till({"card": [{"charged_back_after": "1d"}, "unexpected"]})
    till.pay()
    till.passes(2 * DAY)
    till.start()
    assert till.act(methods.Choose(method="card")) == ("DEBT_DISPUTED",)
    assert till.act(methods.Choose(method="other")) == ()


def test_what_the_network_asked_to_wait_for_is_waited_for() -> None:
    """money.md: a settlement obeys waits; after that the same method may be tried again (G24)."""
    step = {"decline": {"network": "51", "network_advice": "24"}}
    till = Till({"card": [step]}, methods=[method("card", {"brand": "mastercard", "last4": "5454", "expires": "2031-01"})])
    till.pay()
    assert till.act(methods.Choose(method="card")) == ("METHOD_MUST_WAIT",)
    till.now += 2 * DAY
    assert till.act(methods.Choose(method="card")) == ()


def test_a_debt_has_three_bank_debits_settlements_included() -> None:
    """money.md, default plan: refused with its rule, and a card may pay."""
    till = Till({"card": [{"decline": {"network": "R01"}}]}, methods=DEBIT)
    for _ in range(3):
        till.pay()
        till.act(Cancel())
        till.now += DAY
    till.start()
    assert "BANK_DEBITS_USED_UP" in till.act(methods.Choose(method="card"))
    assert till.act(methods.Choose(method="other")) == ()
