"""What a debt may still be charged with: the networks' caps, bank debits, standings, waits and slots."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from bench import BANK_ACCOUNT, CARD, DAY, HOUR, Bench, Meddler, invoice, method

from activities import Desk, bookkeeping, reading
from activities.concluding import TIME_TO_AUTHENTICATE
from domain.accounts import Attempt, AttemptStatus, EntryKind, Initiator, PayerKind, Standing
from domain.caps import LONGEST_OPEN
from domain.money import Money
from gateways.port import Intent, IntentStatus
from states import debts as ask
from states.retry_functions import ATTENTION, LOOK_UP_AFTER

MASTERCARD = {**CARD, "brand": "mastercard"}
ACH = [method("card", BANK_ACCOUNT)]
SEPA = [method("card", {**BANK_ACCOUNT, "scheme": "sepa"})]
DECLINE = {"decline": "insufficient_funds"}


def declined_before(bench: Bench, count: int, at: datetime, **differences: Any) -> None:
    """So many declined attempts of another debt on the same card."""
    attempt = Attempt(
        invoice_id="F-2",
        n=1,
        status=AttemptStatus.DECLINED,
        method_id="card",
        network="visa",
        amount=10_000,
        currency="NOK",
        initiator=Initiator.MERCHANT,
        begun_by="charge-retry/F-2",
        reserved_at=at,
        finished_at=at,
    )
    for n in range(1, count + 1):
        bench.write(lambda pages, n=n: pages.add_attempt(replace(attempt, n=n, **differences)))


def two_debts(bank: dict[str, Any] | None = None, **more: Any) -> Bench:
    return Bench(bank, invoices=[invoice("F-1"), invoice("F-2")], **more)


def test_two_invoices_on_one_card_share_its_window() -> None:
    """Visa counts per card and amount (20 in 30 days, we stop at 19): the slot moves to where the window is free again."""
    bench = two_debts()
    declined_before(bench, 19, bench.now - 25 * DAY)
    answer = bench.charge()
    assert isinstance(answer, ask.Postponed)
    assert (answer.debt.next_slot, answer.debt.next_at) == (1, bench.now + 5 * DAY)
    assert bench.bank.calls() == []
    assert bench.dunning().used == 0
    assert bench.notices() == []
    bench.now += 5 * DAY
    assert isinstance(bench.charge(), ask.Charged)


@pytest.mark.parametrize(
    "differences",
    [{"amount": 9_900}, {"initiator": Initiator.CUSTOMER}, {"status": AttemptStatus.SUCCEEDED}],
    ids=["another amount", "the customer's own", "successes"],
)
def test_what_the_network_counts_apart_does_not_close_the_window(differences: dict[str, Any]) -> None:
    """money.md, network caps: same amount, customer- and merchant-initiated apart, declines only."""
    bench = two_debts()
    declined_before(bench, 25, bench.now - DAY, **differences)
    assert isinstance(bench.charge(), ask.Charged)


def test_a_cap_that_outlasts_the_debts_window_removes_its_slots() -> None:
    """A network cap removes slots (money.md): each is used up without an attempt, and the debt stays due."""
    bench = two_debts()
    declined_before(bench, 19, bench.now - HOUR)
    used = []
    for _ in range(6):
        answer = bench.charge(slot=len(used))
        assert isinstance(answer, ask.Postponed)
        used.append(answer.debt.used)
    assert used == [1, 2, 3, 4, 5, 6]
    assert answer.debt.next_at is None
    assert bench.bank.calls() == []


def test_four_invoices_on_one_card_stay_below_the_cap_together() -> None:
    """Six attempts each would be 24 on one card with one amount: the network sees 19 at most in any 30 days."""
    bench = Bench({"card": [DECLINE]}, invoices=[invoice(f"F-{n}") for n in range(1, 5)])
    bench.play()
    attempts = sorted(one.reserved_at for n in range(1, 5) for one in bench.attempts(f"F-{n}"))
    assert len(attempts) == 19
    for n in range(1, 5):
        declines = [one for one in bench.notices(f"F-{n}") if one.kind == "declined"]
        assert len(declines) == len(bench.attempts(f"F-{n}"))


def test_mastercards_day_is_a_cap_of_its_own() -> None:
    """10 declines in 24 hours on a card, whatever the amounts; we stop at nine."""
    bench = two_debts(methods=[method("card", MASTERCARD)])
    declined_before(bench, 9, bench.now - HOUR, network="mastercard", amount=1)
    answer = bench.charge()
    assert isinstance(answer, ask.Postponed)
    assert answer.debt.next_at == bench.now + 23 * HOUR


def charge_at_once(bench: Bench, numbers: list[int], **how: Any) -> dict[int, Any]:
    """Every worker has reserved before the answer to the first one is there."""
    answers: dict[int, Any] = {}

    def charge_all() -> None:
        for number in numbers:
            if number not in answers:
                answers[number] = None  # it has begun
                waits = Meddler(bench.bank, "before confirm", charge_all)
                answers[number] = bench.charge(invoice_id=f"F-{number}", desk=Desk(bench.desk.book, waits), **how)

    charge_all()
    return answers


def test_debts_charged_at_the_same_time_stay_below_the_cap_together() -> None:
    """money.md: an attempt under way may become a decline. The tenth tries its slot an hour later, and mails nobody."""
    debts = list(range(1, 15))
    bench = Bench({"card": [DECLINE]}, methods=[method("card", MASTERCARD)], invoices=[invoice(f"F-{n}") for n in debts])
    late = [one for one in charge_at_once(bench, debts).values() if isinstance(one, ask.Postponed)]
    assert len(bench.calls("confirm")) == 9
    assert [(one.debt.next_slot, one.debt.used, one.debt.next_at) for one in late] == [(0, 0, bench.now + HOUR)] * 5
    assert "9 counted (9 of them under way), mastercard allows 10 in 24 hours" in late[0].why
    assert bench.notices("F-14") == []


def test_a_good_card_pays_all_that_is_charged_at_the_same_time_within_hours() -> None:
    """What was under way is decided, and stands against no limit: nobody waits for a window to pass."""
    waiting = list(range(1, 31))
    bench = Bench(methods=[method("card", MASTERCARD)], invoices=[invoice(f"F-{n}") for n in waiting])
    for _ in range(4):
        answers = charge_at_once(bench, waiting)
        waiting = [n for n in waiting if not isinstance(answers[n], ask.Charged)]
        bench.now += HOUR
    assert waiting == []


def test_what_somebody_asked_for_at_once_waits_for_those_under_way_and_not_for_its_date() -> None:
    """U6: a card was bound to ten debts, to be charged now. The tenth pre-empts its slot an hour later."""
    debts = list(range(1, 11))
    bench = Bench(methods=[method("card", MASTERCARD)], invoices=[invoice(f"F-{n}") for n in debts])
    bench.now = bench.start - 2 * DAY
    tenth = charge_at_once(bench, debts, automatic=False, initiator=Initiator.CUSTOMER)[10]
    assert isinstance(tenth, ask.Postponed)
    assert (tenth.debt.next_slot, tenth.debt.next_at) == (0, bench.now + HOUR)
    bench.now += HOUR
    assert isinstance(bench.charge(invoice_id="F-10"), ask.Charged)


def test_an_attempt_is_counted_for_as_long_as_it_may_be_open() -> None:
    """Who counts looks back further than a window, by all the time that an attempt may take to its answer."""
    assert sum(LOOK_UP_AFTER, 2 * ATTENTION) + TIME_TO_AUTHENTICATE <= LONGEST_OPEN


ONE_A = {"decline": {"network": "1A"}}
NEVER_AUTHENTICATED = {"action_required": {"completed_after": "never"}}
ADVICE_04 = {"decline": {"network": "51", "network_advice": "04"}}
DUPLICATE = {"decline": "duplicate_transaction"}
SAID: list[tuple[dict[str, Any], tuple[Any, ...]]] = [
    (NEVER_AUTHENTICATED, ("sca", None, None, 1)),
    (ONE_A, ("sca", "visa_iso", "1A", 1)),
    (DUPLICATE, ("look_up", "stripe", "duplicate_transaction", 1)),
    ({"decline": "invalid_amount"}, ("ours", "stripe", "invalid_amount", 0)),
    ({"fault": "time_out"}, (None, None, None, 0)),
    ({"fault": "reply_lost", **ONE_A}, ("sca", "visa_iso", "1A", 1)),
]


def test_what_took_nothing_keeps_what_the_bank_said_of_it() -> None:
    """Law 7: what reached the bank uses up its slot, unless we are at fault; no such end is told as a decline."""
    wrong = []
    for step, expected in SAID:
        bench = Bench({"card": [step]})
        bench.charge()
        bench.look_up(expire=True)
        (row,) = bench.attempts()
        said = (row.category, row.source, row.code, bench.dunning().used)
        declines = [one.kind for one in bench.notices() if one.kind == "declined"]
        if (row.status, said, declines) != (AttemptStatus.NOT_CHARGED, expected, []):
            wrong.append((step, row.status, said, declines))
    assert wrong == []


class Accepts(Meddler):
    """A bank that goes on by itself once the customer has authenticated."""

    def read(self, intent_id: str) -> Intent:
        return replace(super().read(intent_id), status=IntentStatus.PROCESSING)


def test_after_the_customer_has_authenticated_nothing_stands_against_the_attempt() -> None:
    """What the bank wanted is done: neither a charge nor one that clears says why it was not charged."""
    for status in (AttemptStatus.SUCCEEDED, AttemptStatus.CLEARING):
        bench = Bench({"card": [{"action_required": {"completed_after": "2h"}}]})
        assert isinstance(bench.charge(), ask.ActionRequired)
        assert bench.attempts()[0].category == "sca"
        bench.now += 3 * HOUR
        accepts = Desk(bench.desk.book, Accepts(bench.bank, "", list))
        bench.do(ask.LookUp(invoice="F-1", attempt=1), desk=accepts if status is AttemptStatus.CLEARING else None)
        assert [(one.status, one.category) for one in bench.attempts()] == [(status, None)]


ASKED_IN_VAIN: list[tuple[dict[str, Any], str, int, int]] = [
    (ONE_A, "visa", 5, 19),
    (NEVER_AUTHENTICATED, "visa", 5, 19),
    (ADVICE_04, "mastercard", 2, 34),
    (DUPLICATE, "visa", 1, 6),
]
"""What the bank answers each time, the card's network, how many debts there are, and how often it is asked in their windows."""


def test_what_the_network_refused_counts_though_it_is_no_decline() -> None:
    """money.md, network caps: also what was not authenticated, a duplicate, and a fault of ours that the network answered."""
    wrong = []
    for step, brand, debts, most in ASKED_IN_VAIN:
        card = method("card", {**CARD, "brand": brand})
        bench = Bench({"card": [step]}, methods=[card], invoices=[invoice(f"F-{n}") for n in range(debts)])
        bench.play()
        if len(bench.calls("confirm")) != most:
            wrong.append((step, len(bench.calls("confirm"))))
    assert wrong == []


def test_binding_the_same_card_again_buys_no_attempt() -> None:
    """Law 8: nobody authenticated, and yet the bank was asked with this card: six dates are six attempts."""
    bench = Bench({"card": [NEVER_AUTHENTICATED]})
    bench.play({"at": "28d 3h", "bind": {"subscription": "m365", "method": "card"}})
    assert [one.slot for one in bench.attempts()] == [0, 1, 2, 3, 4, 5]


def test_a_card_declined_for_good_is_finished_for_every_debt() -> None:
    """C9, G65; money.md: a method declined `never` is finished for every invoice, settling included."""
    bench = two_debts({"card": [{"decline": "stolen_card"}, "unexpected"]})
    assert isinstance(bench.charge(), ask.Declined)
    assert bench.method().standing is Standing.FINISHED
    other = bench.charge(invoice_id="F-2")
    assert isinstance(other, ask.MethodNeeded)
    assert isinstance(bench.charge(invoice_id="F-2", automatic=False, initiator=Initiator.CUSTOMER), ask.MethodNeeded)
    assert bench.calls("confirm") == ["F-1/1"]


def test_a_milder_decline_never_makes_a_finished_method_good_again() -> None:
    """A debit of another debt that was on its way is declined `fix`: corrected details must not revive the method."""
    late = {"late": {"after": "2d", "then": {"decline": {"network": "R08"}}}}
    bench = two_debts({"card": [late, {"decline": {"network": "R02"}}]}, methods=ACH)
    assert isinstance(bench.charge(), ask.Clearing)
    assert isinstance(bench.charge(invoice_id="F-2"), ask.Declined)
    assert bench.method().standing is Standing.FINISHED
    bench.now += 3 * DAY
    assert isinstance(bench.look_up(), ask.Declined)
    assert bench.method().standing is Standing.FINISHED


def test_a_bank_account_is_debited_three_times_at_most() -> None:
    """Day 0 and at most two more (money.md); the notice of the third says that this account is charged no more (U9)."""
    bench = Bench({"card": [{"decline": {"network": "R01"}}]}, methods=ACH)
    for n in range(1, 4):
        answer = bench.charge(n, slot=n - 1)
        assert isinstance(answer, ask.Declined)
        bench.now = answer.debt.next_at or bench.now
    assert not answer.debt.chargeable
    assert [notice.customer_action for notice in bench.notices()] == ["retry", "retry", "never"]
    assert isinstance(bench.charge(4, slot=3), ask.MethodNeeded)
    assert len(bench.calls("confirm")) == 3


def test_a_scheme_without_a_limit_of_its_own_has_three_debits_too() -> None:
    """money.md, default plan: it is said of bank debits, not of ACH and SEPA."""
    bounces = {"late": {"after": "1d", "then": DECLINE}}
    bench = Bench({"card": [bounces]}, methods=[method("card", {**BANK_ACCOUNT, "scheme": "autogiro"})])
    bench.play()
    assert len(bench.attempts()) == 3


@pytest.mark.parametrize(("account", "code", "days"), [(SEPA, "AM04", 42), (ACH, "R01", 180)], ids=["SEPA", "ACH"])
def test_a_returned_debit_is_never_presented_again_once_its_time_is_over(
    account: list[dict[str, Any]], code: str, days: int
) -> None:
    """However long ago: it does not become a first one. Another debt of the same account is debited."""
    bench = two_debts({"card": [{"decline": {"network": code}}, "succeed"]}, methods=account)
    by_hand: dict[str, Any] = {"slot": None, "automatic": False, "initiator": Initiator.CUSTOMER}
    assert isinstance(bench.charge(**by_hand), ask.Declined)
    for days_later in (days, days + 1, days + 200):
        bench.now = bench.start + HOUR + days_later * DAY
        assert isinstance(bench.charge(2, **by_hand), ask.MethodNeeded)
    assert bench.calls("confirm") == ["F-1/1"]
    assert isinstance(bench.charge(invoice_id="F-2", **by_hand), ask.Charged)


def test_a_partly_paid_debit_is_not_presented_again() -> None:
    """ACH: the identical amount, never a part of it: an operator decides, once."""
    bench = Bench({"card": [{"decline": {"network": "R01"}}, "unexpected"]}, methods=ACH)
    bench.play({"at": "1d", "receive": {"amount": "50.00"}})
    assert [case.kind for case in bench.cases()] == ["amount-changed"]
    assert len(bench.attempts()) == 1


@pytest.mark.parametrize("code", ["R05", "R07", "R10", "R29"])
def test_an_unauthorised_return_is_never_debited_again(code: str) -> None:
    """Law 8: whatever slots are left, the account is finished."""
    step = {"late": {"after": "1d"}, "returned_after": {"after": "2d", "code": code}}
    bench = Bench({"card": [step, "unexpected"]}, methods=ACH)
    bench.play()
    assert bench.method().standing is Standing.FINISHED
    assert bench.calls("confirm") == ["F-1/1"]
    assert [entry.kind for entry in bench.entries()] == [EntryKind.INVOICE, EntryKind.PAYMENT, EntryKind.REVERSAL]


def test_a_bank_account_not_in_good_standing_is_not_debited() -> None:
    """money.md: the customer is asked for another method; a reminder names the next date."""
    bench = Bench(methods=[method("card", BANK_ACCOUNT, standing="poor")])
    answer = bench.charge()
    assert isinstance(answer, ask.MethodNeeded)
    assert answer.why == "the bank account is not in good standing"
    assert [(notice.kind, notice.next_at) for notice in bench.notices()] == [("reminder", bench.start + 3 * DAY + HOUR)]


def test_a_sepa_debit_waits_for_a_bank_day() -> None:
    """Debits are made on bank days (money.md): a slot on Saturday moves to Monday, at the same hour."""
    bench = Bench({"card": [{"decline": {"network": "AM04"}}]}, methods=SEPA, starts=date(2026, 11, 4))
    bench.now = bench.start - 2 * DAY
    bench.open()
    bench.now = bench.start + HOUR
    answer = bench.charge()
    assert isinstance(answer, ask.Declined)
    assert answer.debt.next_at is not None
    assert f"{answer.debt.next_at:%A %H:%M}" == "Monday 08:00"


def test_a_return_continues_the_count_of_slots() -> None:
    """Law 8: a second run counts on; slots that passed while it was paid were not missed, so the next date counts."""
    step = {"late": {"after": "1d"}, "returned_after": {"after": "9d", "code": "R01"}}
    bench = Bench({"card": [step, {}]}, methods=ACH)
    bench.play()
    first, second = bench.attempts()
    assert (first.slot, second.slot) == (0, 3)
    assert second.reserved_at == bench.start + 14 * DAY + HOUR
    assert [notice.next_at for notice in bench.notices()] == [second.reserved_at]


def test_a_debt_returned_after_its_window_has_no_attempt_left() -> None:
    """Law 8, G53: none after the window; the final notice tells it."""
    step = {"late": {"after": "1d"}, "returned_after": {"after": "40d", "code": "R01"}}
    bench = Bench({"card": [step, "unexpected"]}, methods=ACH)
    bench.play()
    assert [(notice.kind, notice.next_at) for notice in bench.notices()] == [("declined", None), ("final", None)]


def test_missed_slots_merge_into_one_attempt() -> None:
    """U10: a worker that was down for two weeks makes one attempt at once, and the next on its date."""
    bench = Bench({"card": [DECLINE]})
    bench.now = bench.start + 15 * DAY
    read = bench.open()
    assert (read.debt.next_slot, read.debt.next_at) == (3, bench.now)
    answer = bench.charge(slot=3)
    assert answer.debt.used == 4
    assert answer.debt.next_at == bench.start + 21 * DAY + HOUR


def test_no_more_slots_are_used_up_than_there_are() -> None:
    """Law 8: an attempt in a slot beyond the plan's last one counts as the last."""
    bench = Bench({"card": [DECLINE]})
    slots = bench.open().debt.slots
    used = replace(bench.dunning(), used=slots - 1)
    bench.write(lambda pages: pages.put_dunning(used))
    answer = bench.charge(slot=slots)
    assert isinstance(answer, ask.Declined)
    assert (answer.debt.used, bench.dunning().used) == (slots, slots)


def test_our_own_fault_moves_what_somebody_asked_for_by_a_day() -> None:
    """Law 7: the next try waits for the operator, also after a charge for which no gap is kept."""
    bench = Bench({"card": [{"decline": "invalid_amount"}]})
    answer = bench.charge(automatic=False, initiator=Initiator.CUSTOMER)
    assert isinstance(answer, ask.Postponed)
    assert (answer.debt.next_slot, answer.debt.next_at) == (0, bench.now + DAY)


def test_the_window_ends_at_midnight_after_its_last_day() -> None:
    """A worker that is late on the last day still makes the attempt; on the next day none is made (G53)."""
    in_time, late = Bench(), Bench()
    for bench in (in_time, late):
        bench.open()
        bench.now = bench.dunning().window_ends
    in_time.now -= timedelta(minutes=1)
    assert isinstance(in_time.charge(slot=5), ask.Charged)
    answer = late.charge(slot=5)
    assert isinstance(answer, ask.Postponed)
    assert answer.debt.next_at is None


def test_a_wait_holds_for_the_method_that_was_asked_about() -> None:
    """A network's wait moves the slot; another method bound meanwhile is not held up by it."""
    advice = {"decline": {"network": "51", "network_advice": "30"}}
    bench = Bench({"card": [advice]}, methods=[method("card", MASTERCARD), method("other")])
    answer = bench.charge()
    assert answer.debt.next_at == bench.now + 10 * DAY
    assert answer.debt.not_before == bench.now + 10 * DAY
    subscription = bench.subscription()
    bench.write(lambda pages: pages.put_subscription(replace(subscription, method_id="other")))
    assert bench.open().debt.next_at == bench.start + 3 * DAY + HOUR


WAIT = {"decline": {"network": "51", "network_advice": "30"}}
"""Mastercard: try again in ten days."""
BY_HAND: dict[str, Any] = {"slot": None, "automatic": False, "initiator": Initiator.CUSTOMER}


def at_the_last_slot(bank: list[Any], before: timedelta) -> Bench:
    """What somebody asked for was declined so long before the plan's last date, which is now."""
    bench = Bench({"card": bank}, methods=[method("card", MASTERCARD)])
    bench.open()
    bench.now = bench.dunning().slots[-1] - before
    assert isinstance(bench.charge(**BY_HAND), ask.Declined)
    bench.now += before
    return bench


@pytest.mark.parametrize(("decline", "before"), [(WAIT, 2 * DAY), (DECLINE, 8 * HOUR)], ids=["a network's wait", "the gap"])
def test_a_wait_that_outlasts_the_window_leaves_no_date(decline: dict[str, Any], before: timedelta) -> None:
    """money.md: a wait moves the slot later, never past the window; a day lies between automatic attempts, also the last two."""
    answer = at_the_last_slot([decline, "unexpected"], before).charge(2, slot=5)
    assert (answer.why, answer.debt.next_at) == ("it is too early", None)


def test_nobody_may_ask_for_a_charge_while_a_network_asked_to_wait() -> None:
    """U14: also where the wait leaves no date of the plan."""
    bench = at_the_last_slot([WAIT, "succeed"], 2 * DAY)
    assert bench.charge(2, **BY_HAND).why == "it is too early"
    bench.now += 8 * DAY
    assert isinstance(bench.charge(2, **BY_HAND), ask.Charged)


@pytest.mark.parametrize("slot", [None, 0, 2])
def test_an_automatic_attempt_needs_a_date_that_is_not_used_up(slot: int | None) -> None:
    """Law 8, U13: a worker that is late, or a run that went back, finds what the budget says now and the true next date."""
    bench = Bench({"card": ["unexpected"]})
    bench.open()
    used = replace(bench.dunning(), used=3)
    bench.write(lambda pages: pages.put_dunning(used))
    answer = bench.charge(slot=slot)
    assert isinstance(answer, ask.Postponed)
    assert (answer.why, answer.debt.next_slot, answer.debt.next_at) == ("its date is used up", 3, bench.dunning().slots[3])
    assert bench.bank.calls() == []


def test_a_date_that_merged_with_later_ones_is_not_used_up() -> None:
    """U10: a worker that is two dates late makes the one attempt of them all."""
    bench = Bench()
    slot = bench.open().debt.next_slot
    bench.now += 8 * DAY
    assert isinstance(bench.charge(slot=slot), ask.Charged)


def test_who_asks_by_hand_needs_no_date_of_the_plan() -> None:
    """U14: the budget is that of the plan's own attempts."""
    bench = Bench()
    bench.open()
    used = replace(bench.dunning(), used=6)
    bench.write(lambda pages: pages.put_dunning(used))
    assert isinstance(bench.charge(slot=5, automatic=False), ask.Charged)


def test_what_stood_aside_with_no_date_left_makes_no_attempt_beyond_the_plan() -> None:
    """Law 8: it looks again in a day, since the other attempt has an end, and then it is over."""
    bench = Bench({"card": ["unexpected"]})
    bench.open()
    used = replace(bench.dunning(), used=6)
    bench.write(lambda pages: pages.put_dunning(used))
    other = bench.elsewhere()
    aside = bench.do(ask.CloseDebt(invoice="F-1"))
    assert (aside.aside, aside.debt.next_at) == (True, bench.now + DAY)
    ended = replace(other, status=AttemptStatus.NOT_CHARGED, finished_at=bench.now)
    bench.write(lambda pages: pages.put_attempt(ended))
    bench.now = aside.debt.next_at
    answer = bench.charge(2, slot=aside.debt.next_slot)
    assert (answer.aside, answer.debt.next_at) == (False, None)
    assert bench.bank.calls() == []


def test_what_is_to_be_charged_at_once_waits_as_long_as_the_network_asked() -> None:
    """U6: it is charged at the date that the wait has moved."""
    bench = Bench({"card": [WAIT, "succeed"]}, methods=[method("card", MASTERCARD)])
    bench.play({"at": "1d", "correct": {"method": "card", "charge_now": True}})
    first, second = bench.attempts()
    assert second.reserved_at == first.reserved_at + 10 * DAY


def test_what_is_to_be_charged_at_once_after_the_last_date_ends_with_the_final_notice() -> None:
    """A network's wait past the window: no attempt is left, whoever asks; the debt stays due, and may be settled."""
    bench = Bench({"card": [DECLINE] * 5 + [WAIT, "unexpected"]}, methods=[method("card", MASTERCARD)])
    bench.play({"at": "28d 5h", "correct": {"method": "card", "charge_now": True}})
    assert len(bench.attempts()) == 6
    assert [notice.kind for notice in bench.notices()] == ["declined"] * 6 + ["final"]


def test_what_was_not_authenticated_asks_nobody_to_wait() -> None:
    """G23: the deadline was the customer's, no bank's: corrected details may be charged before it has passed."""
    bench = Bench({"card": [{"action_required": {"completed_after": "never"}}, {}]})
    asked = bench.charge()
    assert isinstance(asked, ask.ActionRequired)
    assert asked.until == bench.start + 3 * DAY + HOUR
    bench.now += HOUR
    assert isinstance(bench.look_up(), ask.ActionRequired)
    answer = bench.look_up(expire=True)
    assert isinstance(answer, ask.NotCharged)
    assert answer.debt.not_before is None
    assert [notice.kind for notice in bench.notices()] == ["authenticate"]


def test_until_when_somebody_may_authenticate_is_no_wait() -> None:
    """G23: an open attempt waits for its own result, and holds nothing else up."""
    bench = Bench({"card": [{"action_required": {"completed_after": "never"}}]})
    assert isinstance(bench.charge(), ask.ActionRequired)
    assert bench.attempts()[0].not_before == bench.start + 3 * DAY + HOUR
    assert bench.open().debt.not_before is None


def test_who_is_charged_after_the_window_has_time_to_authenticate() -> None:
    """U9: a method bound with "charge now" after the last date: the deadline it is mailed is not over already."""
    bench = Bench({"card": [{"action_required": {"completed_after": "never"}}]})
    bench.open()
    bench.now = bench.dunning().window_ends + HOUR
    asked = bench.charge(slot=None, automatic=False, initiator=Initiator.CUSTOMER)
    assert asked.until == bench.now + 7 * DAY


def test_nobody_is_charged_automatically_when_each_period_is_paid_by_hand() -> None:
    """G68: recurring billing was turned off since the slot was set; the reservation reads it again (law 2)."""
    profile = [{"id": "drift", "name": "Drift", "method": "card"}]
    bench = Bench(
        kind="MCA",
        billing_profiles=profile,
        subscriptions=[{"id": "m365", "name": "M", "billing_profile": "drift"}],
        invoices=[{"id": "F-1", "billing_profile": "drift", "currency": "NOK", "amount": "100.00", "billing_date": "0d"}],
    )
    assert bench.open().debt.next_at is not None
    subscription = bench.subscription()
    bench.write(lambda pages: pages.put_subscription(replace(subscription, recurring_billing=False)))
    answer = bench.charge()
    assert isinstance(answer, ask.Postponed)
    assert (answer.debt.manual, answer.debt.next_at) == (True, None)
    assert isinstance(bench.charge(slot=None, automatic=False, initiator=Initiator.CUSTOMER), ask.Charged)
    assert bench.read(lambda pages: pages.invoice("F-1")).payer_kind is PayerKind.PROFILE


def test_a_deleted_method_is_not_charged_though_it_is_bound() -> None:
    """C9: its standing is good, and no bank is asked."""
    bench = Bench({"card": ["unexpected"]})
    deleted = replace(bench.method(), deleted_at=bench.now)
    bench.write(lambda pages: pages.put_method(deleted))
    answer = bench.charge()
    assert isinstance(answer, ask.MethodNeeded)
    assert answer.why == reading.why_not_with(bench.method(), ()) == "the payment method is deleted"


def test_an_authentication_given_up_before_the_book_knew_of_it_counts_all_the_same() -> None:
    """Law 7: the bank had answered, so its date is used up and the caps count it, though only a look-up heard of it."""
    bench = Bench({"card": [{"fault": "reply_lost", "action_required": {"completed_after": "never"}}]})
    assert isinstance(bench.charge(), ask.OutcomeUnknown)
    bookkeeping.receive_payment(bench.desk.book, "F-1", Money(2_000, "NOK"), "wire", bench.now)
    assert isinstance(bench.look_up(), ask.NotCharged)
    (attempt,) = bench.attempts()
    assert (attempt.status, attempt.category) == (AttemptStatus.NOT_CHARGED, "sca")
    assert bench.dunning().used == 1
