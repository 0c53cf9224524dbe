"""What becomes of a settlement's attempt: looked up when it is unknown, authenticated, cleared, returned (laws 3, 6 and 8)."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta

import pytest
from bench import Meddler, OutOfReach
from settling_till import BOTH, DAY, DEBIT, HOUR, MAIN, Till

from activities import Desk
from activities.bookkeeping import Receipt, Wake, credit, hear, receive_payment, void
from activities.charging import Fenced
from activities.desk import Overtaken
from domain.accounts import AttemptStatus, Standing
from domain.money import Money
from gateways.port import NoSuchIntent, Notification
from paystates.engine import Cancel
from states import debts, methods
from states import settling as ask
from states.retry_messages import BalanceChanged, LookUpAgain, ProviderNotified
from store.port import Book, Pages

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


def test_a_look_up_that_wakes_late_writes_nothing_over_what_is_newer(kept: Book) -> None:
    """Laws 3 and 6: what it heard before it froze is old, and both debts stay paid, without a credit out of nothing."""
    till = Till({"card": [{"action_required": {"completed_after": "1h"}}]}, kept)
    till.settle(BOTH)
    till.now += HOUR - timedelta(seconds=5)

    def meanwhile() -> None:
        till.now += timedelta(seconds=10)
        assert till.look_up(BOTH) == ask.Settled()

    with pytest.raises(Overtaken):
        till.do(
            ask.LookUpSettlement(bill=BOTH), desk=Desk(till.desk.book, Meddler(till.bank, "after read", meanwhile)), sequence=4
        )
    assert {one.status for name in ("F-1", "F-2") for one in till.attempts(name)} == {AttemptStatus.SUCCEEDED}
    assert till.look_up(BOTH) == ask.Settled()
    assert (till.owed("F-1"), till.owed("F-2"), till.credit()) == (0, 0, 0)


@pytest.mark.parametrize("point", ["before open", "after open"])
def test_a_card_that_is_finished_meanwhile_is_not_confirmed(point: str, kept: Book) -> None:
    """Law 2, C9: it is read again with the intent; the look-up cancels that, and whoever settles chooses another one."""
    till = Till(book=kept)

    def finish() -> None:
        with till.desk.book.transaction() as pages:
            card = pages.method("card", lock=True)
            assert card is not None
            pages.put_method(replace(card, standing=Standing.FINISHED))

    answer = till.settle(BOTH, desk=Desk(till.desk.book, Meddler(till.bank, point, finish)))
    assert isinstance(answer, debts.OutcomeUnknown)
    assert isinstance(till.look_up(BOTH), ask.NeverSent)
    assert till.confirmed() == []
    assert {one.status for name in ("F-1", "F-2") for one in till.attempts(name)} == {AttemptStatus.NOT_CHARGED}


def test_what_was_never_reserved_is_buried_whole(kept: Book) -> None:
    """Law 3: every number that is free gets a tombstone, so that the bill can never begin."""
    till = Till(book=kept)
    till.open_elsewhere()
    assert till.look_up(BOTH) == ask.NeverSent(why="it was never sent")
    (buried,) = till.attempts("F-1")
    assert (buried.status, buried.fenced, buried.begun_by) == (AttemptStatus.NOT_CHARGED, True, MAIN)
    with pytest.raises(Fenced):
        till.settle(BOTH)
    assert till.look_up(BOTH) == ask.NeverSent(why="it was never sent")
    assert till.bank.calls() == []


@pytest.mark.parametrize(
    ("step", "state", "taken"),
    [
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


@pytest.mark.parametrize("confirmed", [True, False])
@pytest.mark.parametrize("fault", ["time_out", "open_fails"])
def test_what_never_reached_the_bank_is_charged_without_asking_again(fault: str, confirmed: bool) -> None:  # noqa: FBT001 - how
    """U1, U3: it was confirmed once, at the start or by a person, and nothing of it was sent; the next attempt pays it."""
    till = Till({"card": [{"fault": fault}, "succeed"]})
    till.start(chosen="card", confirmed=confirmed)
    if not confirmed:
        assert till.act(methods.Confirm()) == ()
    assert till.where().state == "done"
    assert till.taken() == [("tok_card", 14_000, "NOK")]
    assert [one.status for one in till.attempts("F-1")] == [AttemptStatus.NOT_CHARGED, AttemptStatus.SUCCEEDED]


def test_a_bank_that_nothing_reaches_is_not_tried_without_end() -> None:
    """U13: after the third attempt somebody is asked, and each had an intent of its own, so none could take money twice."""
    till = Till({"card": [{"fault": "time_out"}]})
    assert till.pay().state == "confirming"
    assert till.confirmed() == ["F-1/1", "F-1/2", "F-1/3"]
    assert till.taken() == []


@pytest.mark.parametrize(
    ("step", "intent"), [({"fault": "time_out"}, True), ({"fault": "open_fails"}, False)], ids=["opened", "never opened"]
)
def test_an_intent_that_the_bank_has_lost_is_not_one_that_was_never_opened(step: dict[str, object], intent: bool) -> None:  # noqa: FBT001 - whether there is one
    """Law 3: what was opened may have been sent; that the bank knows nothing of it any more is no proof of the contrary."""
    till = Till({"card": [step]})
    assert isinstance(till.settle(BOTH), debts.OutcomeUnknown)
    answer = till.look_up(BOTH, desk=Desk(till.desk.book, Forgetful()))  # type: ignore[arg-type]  # enough of a provider
    assert isinstance(answer, ask.NotSettled if intent else ask.NeverSent)


class Forgetful:
    """A provider that has never heard of any intent."""

    def read(self, intent_id: str) -> None:
        raise NoSuchIntent(intent_id)

    find = read


def test_an_outage_ends_in_what_really_happened() -> None:
    """U3: look-ups become rarer, and the first that gets through books it on every debt."""
    till = Till({"card": [{"fault": "reply_lost", "for": "2d", "notifications": "none"}]})
    assert till.pay().state == "looking_later"
    till.passes(4 * DAY)
    assert till.where().state == "done"
    assert (till.owed("F-1"), till.owed("F-2")) == (0, 0)


class Away:
    """An account book that nobody reaches."""

    def transaction(self) -> AbstractContextManager[Pages]:
        raise ConnectionError

    reading = transaction


def out_of_reach(bank: dict[str, list[object]] | None = None, book: Book | None = None) -> Till:
    """A settlement that nobody could find out about, and the retry of one of its debts."""
    till = Till(bank or {"card": ["succeed"]}, book)
    till.uses(OutOfReach())  # type: ignore[arg-type]  # as much of a provider as is asked
    till.pay()
    till.start("charge-retry", invoice="F-1")
    return till


def test_what_cannot_be_found_out_is_put_before_an_operator() -> None:
    """U3: after the look-ups an operator is waited for, who may look again; nobody may cancel an attempt that is open."""
    till = out_of_reach()
    till.passes(12 * DAY)
    assert till.where().state == "needs_attention"
    assert till.act(Cancel()) == ("ATTEMPT_RUNNING",)
    assert till.act(LookUpAgain()) == ("NOT_ALLOWED",)
    till.uses(till.bank)
    assert till.act(LookUpAgain(), "desk") == ()
    assert till.where().state == "confirming"
    assert till.cases() == []


def test_a_settlement_that_ends_unresolved_leaves_a_case_and_its_rows_open(kept: Book) -> None:
    """Law 3: nobody knows that nothing was taken, so no debt of it is charged; the case names them, and the method."""
    till = out_of_reach(book=kept)
    till.passes(60 * DAY)
    assert till.where().state == "unresolved"
    assert all(one.is_open for name in ("F-1", "F-2") for one in till.attempts(name))
    (case,) = till.cases()
    assert (case.kind, case.subject, case.invoice_id) == ("settlement-unresolved", MAIN, None)
    assert case.facts == "140.00 NOK for F-1, F-2 with payment method card: what became of it was never found out"
    again = till.do(ask.OpenCase(method="card", bill=BOTH), sequence=90)
    assert (again, len(till.cases())) == (ask.CaseOpened(), 1)


def test_a_retry_does_not_look_for_ever_at_what_a_settlement_left_open(kept: Book) -> None:
    """U3: it stands aside for as long as it would look for an outcome of its own; then an operator's time, and it is over."""
    till = out_of_reach(book=kept)
    retry = "charge-retry/F-1"
    till.passes(16 * DAY)
    assert till.where(retry).state == "needs_attention"
    till.passes(30 * DAY)
    where = till.where(retry)
    assert (where.state, where.verdict, where.due) == ("unresolved", "failed", None)
    assert till.confirmed() == []


def test_what_was_unresolved_is_looked_up_by_starting_again() -> None:
    """The case's way out: nothing is sent, and what was found out is booked; whatever is still to be paid is chosen anew."""
    till = out_of_reach()
    till.passes(60 * DAY)
    till.uses(till.bank)
    assert till.start().state == "confirming"
    assert {one.status for name in ("F-1", "F-2") for one in till.attempts(name)} == {AttemptStatus.NOT_CHARGED}
    assert till.confirmed() == []


LATE_NEWS = {"fault": "reply_lost", "for": "55d", "late": {"after": "57d"}}


def test_news_of_an_attempt_whose_settlement_is_over_begins_it_anew(kept: Book) -> None:
    """Laws 2 and 8: it is looked up and booked for who started it, what they confirmed is bound (G61), and nothing is sent."""
    till = Till({"other": [LATE_NEWS, "unexpected"]}, kept)
    till.pay("other")
    till.passes(56 * DAY)
    assert till.where().state == "unresolved"
    till.passes(2 * DAY)
    where = till.where()
    assert (where.state, where.memory["actor"]) == ("done", "ingrid")
    assert (till.owed("F-1"), till.owed("F-2"), till.bound("m365")) == (0, 0, "other")
    assert till.confirmed() == ["F-1/1"]
    assert [one.status for one in till.attempts("F-1")] == [AttemptStatus.SUCCEEDED]


def test_late_news_that_nothing_was_taken_charges_nothing(kept: Book) -> None:
    """Law 4: what was confirmed two months ago is not charged now; whoever confirmed it may choose again."""
    step = {**LATE_NEWS, "late": {"after": "57d", "then": {"decline": "insufficient_funds"}}}
    till = Till({"card": [step, "unexpected"]}, kept)
    till.pay()
    till.passes(58 * DAY)
    assert (till.where().state, till.confirmed()) == ("choosing", ["F-1/1"])
    assert len(till.notices()) == 1
    till.passes(8 * DAY)
    assert till.where().state == "lapsed"


def test_news_is_not_lost_where_nobody_knows_who_settled(kept: Book) -> None:
    """Law 2: the attempt is looked up for the house, which may book what was taken and choose nothing."""
    till = Till({"card": [{"fault": "reply_lost"}, "unexpected"]}, kept)
    assert isinstance(till.settle(BOTH), debts.OutcomeUnknown)
    till.passes(DAY)
    assert (till.owed("F-1"), till.owed("F-2"), till.confirmed()) == (0, 0, ["F-1/1"])
    assert till.where().memory["actor"] == "paystates"


def test_news_of_one_invoice_begins_its_own_settlement_anew() -> None:
    """G63: where each invoice is paid by itself, the id says which one."""
    till = Till({"card": [{"fault": "reply_lost"}]})
    till.settle(BOTH, subject=f"{MAIN}/F-1")
    told = Notification("n", "intent.succeeded", till.now, intent_id=till.attempts("F-1")[0].intent_id)
    (wake,) = hear(till.desk.book, told, till.now)
    assert (wake.to, wake.procedure) == (f"{MAIN}/F-1", "settle-balance")
    assert wake.starts == {"method": "card", "invoice": "F-1", "actor": "paystates"}


def test_a_retry_that_waits_for_an_operator_ends_when_the_settlement_is_paid_after_all() -> None:
    """G64: it is told, reads the book, and is over."""
    till = Till({"card": [{"fault": "reply_lost", "for": "18d", "notifications": "none"}]})
    assert till.pay().state == "looking_later"
    till.start("charge-retry", invoice="F-1")
    till.passes(16 * DAY)
    assert till.where("charge-retry/F-1").state == "needs_attention"
    till.passes(3 * DAY)
    assert till.act(LookUpAgain(), "desk") == ()
    assert (till.where().state, till.where("charge-retry/F-1").state) == ("done", "settled")


def test_a_book_that_is_away_when_the_case_is_opened_is_asked_again() -> None:
    """U3: the case is not lost to a short fault of the book."""
    till = out_of_reach()
    till.passes(37 * DAY)
    assert till.where().state == "needs_attention"
    there = till.driver._desk
    till.driver._desk = replace(there, book=Away())
    till.passes(DAY)
    assert (till.where().state, till.cases()) == ("recovering", [])
    till.driver._desk = there
    till.passes(DAY)
    assert (till.where().state, len(till.cases())) == ("unresolved", 1)


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


NEVER = {"card": [{"action_required": {"completed_after": "never"}}]}


def paid_by_wire(till: Till, amount: int, name: str = "F-1") -> list[Wake]:
    return receive_payment(till.desk.book, name, Money(amount, "NOK"), f"wire-{name}", till.now)


def test_whoever_has_the_attempt_open_is_told_of_the_balance_before_the_retry() -> None:
    """Law 1: only the settlement may give its attempt up; the retry of the debt then finds what became of it."""
    till = Till(NEVER)
    assert paid_by_wire(till, 1) == [Wake("F-1", BalanceChanged())]
    till.pay()
    both = (Wake("F-2", BalanceChanged(), subject=MAIN), Wake("F-2", BalanceChanged()))
    assert paid_by_wire(till, 1, "F-2") == [*both]
    assert void(till.desk.book, "F-2", "v", till.now) == Receipt(both, waits_for=1)


def test_a_settlement_paid_by_wire_is_not_authenticated_any_more(kept: Book) -> None:
    """Law 2: the book says that nothing is due, so the authentication is given up; the retries end."""
    till = Till(NEVER, kept)
    for name in ("F-1", "F-2"):
        till.start("charge-retry", invoice=name)
    assert till.pay().state == "needs_customer"
    for name, amount in (("F-1", 10_000), ("F-2", 4_000)):
        till.tell(paid_by_wire(till, amount, name))
    assert [till.where(f"charge-retry/{name}").state for name in ("F-1", "F-2")] == ["settled", "settled"]
    with pytest.raises(NoSuchIntent, match="requires action"):
        till.bank.authenticate("tok_card")
    assert (till.taken(), till.credit(), till.cases()) == ([], 0, [])


@pytest.mark.parametrize(
    ("order", "left"),
    [
        (lambda till: paid_by_wire(till, 1), 13_999),
        (lambda till: credit(till.desk.book, "F-1", Money(1_000, "NOK"), "c", till.now).wakes, 13_000),
        (lambda till: void(till.desk.book, "F-2", "v", till.now).wakes, 10_000),
    ],
    ids=["paid in part", "credited", "voided"],
)
def test_what_is_left_of_a_settlement_is_confirmed_anew(order: Callable[[Till], Sequence[Wake]], left: int, kept: Book) -> None:
    """Laws 4 and 6: one of its debts owes less than was to be authenticated; what waited is booked, and the rest is shown."""
    till = Till(NEVER, kept)
    till.pay()
    till.tell(order(till))
    assert till.where().state == "confirming"
    assert till.owed("F-1") + till.owed("F-2") == left
    assert [call.outcome for call in till.bank.calls() if call.method == "cancel"] == ["cancelled"]
    assert till.act(methods.Confirm()) == ()
    assert till.where().state == "needs_customer"
    assert [row.amount for name in ("F-1", "F-2") for row in till.attempts(name) if row.is_open] == [
        owed for name in ("F-1", "F-2") if (owed := till.owed(name))
    ]


def test_a_settlement_that_is_told_of_nothing_new_goes_on_as_it_was() -> None:
    """G23: the same deadline, and no further mail."""
    till = Till(NEVER)
    before = till.pay()
    till.now += DAY
    assert till.act(BalanceChanged(), "paystates") == ()
    assert (till.where().state, till.where().due, len(till.notices())) == ("needs_customer", before.due, 1)


def test_a_settlement_that_was_authenticated_before_the_wire_came_is_paid() -> None:
    """Law 6: what was taken stays taken; what the debts do not owe is the account's."""
    till = Till(NEVER)
    till.pay()
    till.bank.authenticate("tok_card")
    till.tell(paid_by_wire(till, 10_000))
    assert (till.where().state, till.taken(), till.credit()) == ("done", [("tok_card", 14_000, "NOK")], 10_000)


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
    assert till.act(methods.ReadAgain()) == ()
    assert [one["code"] for one in till.where().memory["refusals"]] == ["DEBIT_AMOUNT_CHANGED"]


def test_the_providers_news_wake_the_settlement_while_its_attempt_is_open() -> None:
    """Law 2: one wake-up for the attempt, to who has it open; no retry is told, none begins."""
    till = Till({"card": [{"action_required": {"completed_after": "2d", "then": "succeed"}}]})
    till.pay()
    intent = till.attempts("F-1")[0].intent_id
    told = Notification("n", "intent.succeeded", till.now, intent_id=intent)
    again = {"method": "card", "actor": "ingrid"}
    assert hear(till.desk.book, told, till.now) == [Wake("F-1", ProviderNotified(attempt=1), starts=again, subject=MAIN)]
    till.passes(3 * DAY)
    assert till.where().state == "done"
    assert hear(till.desk.book, told, till.now) == []
    back = Notification("n2", "intent.charged_back", till.now, intent_id=intent)
    assert [(wake.to, wake.starts) for wake in hear(till.desk.book, back, till.now)] == [
        (f"charge-retry/{name}", {"invoice": name, "hint": 1}) for name in ("F-1", "F-2")
    ]
