"""Faults, holds and notifications of the scripted bank, and that it can be shared, stopped and continued."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from at_the_bank import DAY, START, VirtualClock, a_charge, booked, confirmed, opened

from gateways.intents import BankState
from gateways.port import GatewayUnavailable, IntentStatus, NoSuchIntent
from gateways.reach import UnexpectedConfirm
from gateways.script import Hold, parse_script
from gateways.scripted import ScriptedBank

Scripted = Callable[[str], ScriptedBank]


def told(bank: ScriptedBank, clock: VirtualClock) -> list[tuple[str, timedelta]]:
    """The notifications that are due, each with the time since the start at which it is delivered."""
    return [(note.kind.removeprefix("intent."), note.at - START) for note in bank.notifications(clock.instant)]


def test_each_confirm_takes_the_next_step_and_the_last_one_repeats(scripted: Scripted) -> None:
    bank = scripted("pm_card: [{decline: expired_card}, {decline: do_not_honor}, succeed]")

    statuses = [confirmed(bank, reference=f"inv_1/{n}").status.value for n in range(1, 5)]
    assert statuses == ["declined", "declined", "succeeded", "succeeded"]


def test_a_confirm_that_is_answered_as_it_stands_takes_no_step(scripted: Scripted) -> None:
    bank = scripted("pm_card: [succeed, {decline: expired_card}]")
    fenced = opened(bank, reference="inv_0/1")
    bank.cancel(fenced.id)
    bank.confirm(fenced.id, "inv_0/1")

    assert confirmed(bank).status is IntentStatus.SUCCEEDED


def test_unavailable_for_some_calls_fails_reads_and_opens_too(scripted: Scripted) -> None:
    bank = scripted("pm_card: [{fault: unavailable, times: 3}, succeed]")
    intent = opened(bank)
    with pytest.raises(GatewayUnavailable, match="unavailable"):
        bank.confirm(intent.id, "inv_1/1")
    with pytest.raises(GatewayUnavailable, match="out of reach"):
        bank.read(intent.id)
    with pytest.raises(GatewayUnavailable, match="out of reach"):
        opened(bank, "pm_other", "inv_2/1")

    assert bank.read(intent.id).status is IntentStatus.UNCONFIRMED
    assert bank.ledger() == []


def test_unavailable_for_some_time_ends_when_it_is_over(scripted: Scripted, clock: VirtualClock) -> None:
    bank = scripted("pm_card: [{fault: unavailable, for: 2d}, {decline: expired_card}]")
    intent = opened(bank)
    with pytest.raises(GatewayUnavailable):
        bank.confirm(intent.id, "inv_1/1")
    clock.forward("1d 23h")
    for ask in (bank.cancel, bank.read, lambda intent_id: bank.confirm(intent_id, "inv_1/1")):
        with pytest.raises(GatewayUnavailable, match="out of reach"):
            ask(intent.id)

    clock.forward("1h")
    assert bank.confirm(intent.id, "inv_1/1").status is IntentStatus.DECLINED, "an unreachable bank takes no step"


def test_a_reply_may_be_lost_and_the_bank_be_out_of_reach_afterwards(scripted: Scripted, clock: VirtualClock) -> None:
    bank = scripted("pm_card: [{decline: lost_card, fault: reply_lost, for: 6h}]")
    intent = opened(bank)
    with pytest.raises(GatewayUnavailable, match="reply_lost"):
        bank.confirm(intent.id, "inv_1/1")
    with pytest.raises(GatewayUnavailable, match="out of reach"):
        bank.find("inv_1/1")

    clock.forward("6h")
    assert bank.find("inv_1/1").status is IntentStatus.DECLINED


def test_an_open_may_fail_once(scripted: Scripted) -> None:
    bank = scripted("pm_card: [{fault: open_fails}, succeed]")
    with pytest.raises(GatewayUnavailable):
        opened(bank)

    assert confirmed(bank).status is IntentStatus.SUCCEEDED


def test_a_slow_reply_comes_after_the_charge(clock: VirtualClock) -> None:
    naps: list[float] = []
    bank = ScriptedBank(parse_script("pm_card: [{slow: 3s}]"), now=clock, sleep=naps.append)
    confirmed(bank)

    assert naps == [3]
    assert booked(bank) == [("charge", timedelta())]


def test_a_forgotten_key_confirms_the_new_intent_as_the_next_step_says(clock: VirtualClock) -> None:
    naps: list[float] = []
    bank = ScriptedBank(parse_script("pm_card: [{decline: expired_card}, {slow: 3s}]"), now=clock, sleep=naps.append)
    confirmed(bank)
    clock.forward("24h")

    assert confirmed(bank).status is IntentStatus.SUCCEEDED
    assert naps == [3]


def test_a_confirm_held_before_the_charge_can_still_be_fenced(scripted: Scripted, clock: VirtualClock) -> None:
    """The confirm of a worker that was thought dead arrives after the look-up has cancelled: nothing is charged."""
    bank = scripted("pm_card: [{hold: before_charge}]")
    intent = opened(bank)
    with ThreadPoolExecutor() as others:
        reply = others.submit(bank.confirm, intent.id, "inv_1/1")
        (held,) = bank.waiting(within=5)
        assert (held.intent_id, held.reference, held.point) == (intent.id, "inv_1/1", Hold.BEFORE_CHARGE)
        clock.forward("1h")
        bank.cancel(intent.id)
        assert bank.release() == [held]

        assert reply.result(timeout=5).status is IntentStatus.CANCELLED
    assert bank.waiting() == []
    assert bank.ledger() == []


def test_a_confirm_held_after_the_charge_has_charged(scripted: Scripted) -> None:
    bank = scripted("pm_card: [{hold: after_charge}]")
    intent = opened(bank)
    with ThreadPoolExecutor() as others:
        reply = others.submit(bank.confirm, intent.id, "inv_1/1")
        bank.waiting(within=5)
        assert bank.cancel(intent.id).status is IntentStatus.SUCCEEDED
        assert bank.release("in_of_another") == []
        assert len(bank.release(intent.id)) == 1

        assert reply.result(timeout=5).status is IntentStatus.SUCCEEDED


def test_many_confirms_at_once_charge_once(scripted: Scripted) -> None:
    bank = scripted("{}")
    intent = opened(bank)
    with ThreadPoolExecutor(8) as others:
        answers = list(others.map(lambda n: bank.confirm(intent.id, f"key {n}"), range(50)))

    assert {answer.status for answer in answers} == {IntentStatus.SUCCEEDED}
    assert booked(bank) == [("charge", timedelta())]


def test_the_ledger_is_what_succeeded_and_no_more(scripted: Scripted) -> None:
    bank = scripted("pm_mixed: [succeed, {decline: lost_card}, {fault: time_out}, {fault: reply_lost}, succeed]")
    charged = []
    for n in range(1, 8):
        intent = bank.open_intent(a_charge("pm_mixed", f"inv_1/{n}", amount=100 * n), f"inv_1/{n}")
        try:
            bank.confirm(intent.id, f"inv_1/{n}")
        except GatewayUnavailable:
            bank.cancel(intent.id)
        if bank.read(intent.id).status is IntentStatus.SUCCEEDED:
            charged.append((intent.id, intent.amount))

    assert [(entry.intent_id, entry.amount) for entry in bank.ledger()] == charged
    assert sum(amount for _, amount in charged) == 100 + 400 + 500 + 600 + 700


def test_callers_whose_clocks_are_apart_never_see_an_intent_go_back(scripted: Scripted, clock: VirtualClock) -> None:
    bank = scripted("pm_bank_debit: [{late: {after: 4d}}]")
    intent = confirmed(bank, "pm_bank_debit")
    clock.forward("4d")
    assert bank.read(intent.id).status is IntentStatus.SUCCEEDED

    clock.instant = START
    assert bank.read(intent.id).status is IntentStatus.SUCCEEDED
    assert booked(bank) == [("charge", 4 * DAY)]


def test_notifications_may_come_twice(scripted: Scripted, clock: VirtualClock) -> None:
    bank = scripted("pm_card: [{notifications: duplicate}]")
    confirmed(bank)

    first, second = bank.notifications(clock.instant)
    assert first == second
    assert bank.notifications(clock.instant) == []


def test_notifications_may_come_in_the_wrong_order(scripted: Scripted, clock: VirtualClock) -> None:
    """In pairs: the first is held back until the second is due; what has no second comes in its time."""
    bank = scripted("pm_bank_debit: [{late: {after: 4d}, returned_after: {after: 10d, code: R01}, notifications: reordered}]")
    confirmed(bank, "pm_bank_debit")

    assert bank.next_notification_at() == START + 4 * DAY
    clock.forward("30d")
    assert told(bank, clock) == [("succeeded", 4 * DAY), ("processing", 4 * DAY), ("returned", 14 * DAY)]
    assert bank.next_notification_at() is None


def test_notifications_may_never_come(scripted: Scripted, clock: VirtualClock) -> None:
    bank = scripted("pm_card: [{charged_back_after: 20d, notifications: none}]")
    confirmed(bank)
    clock.forward("30d")

    assert told(bank, clock) == []


def test_what_was_planned_before_a_cancel_is_not_announced(scripted: Scripted, clock: VirtualClock) -> None:
    bank = scripted("pm_card: [{action_required: {completed_after: 2d}}]")
    intent = confirmed(bank)
    clock.forward("1d")
    bank.cancel(intent.id)
    clock.forward("5d")

    assert told(bank, clock) == [("action_required", timedelta()), ("cancelled", DAY)]


def test_a_bank_goes_on_from_its_state_as_if_it_had_never_stopped(clock: VirtualClock) -> None:
    """Keys, steps taken, outages, removed methods, notifications and calls are all in the JSON."""
    script = parse_script("""
        pm_card: [succeed, {fault: reply_lost, for: 2d}, {decline: lost_card}]
        pm_debit: [{late: {after: 4d}, returned_after: {after: 1w, code: R01}, notifications: reordered}]
        pm_checked: [{action_required: {completed_after: never, then: {decline: lost_card}}}]
    """)
    saved: list[BankState] = []
    bank = ScriptedBank(script, now=clock, save=saved.append)
    first = confirmed(bank)
    for n, token in enumerate(("pm_debit", "pm_checked"), start=2):
        confirmed(bank, token, f"inv_{n}/1")
    bank.remove_method("pm_removed")
    bank.notifications(clock.instant)
    with pytest.raises(GatewayUnavailable):
        confirmed(bank, reference="inv_1/2")

    state = BankState.from_json(saved[-1].to_json())
    assert state == saved[-1]
    again = ScriptedBank(script, now=clock, state=state)
    clock.forward("1h")
    with pytest.raises(GatewayUnavailable):
        again.read(first.id)
    clock.forward("2d")
    assert again.calls()[:-1] == bank.calls()
    assert again.authenticate("pm_checked").status is IntentStatus.DECLINED
    assert confirmed(again, "pm_removed", "inv_9/1").method_gone
    assert confirmed(again, reference="inv_1/3").status is IntentStatus.DECLINED
    clock.forward("10d")
    kinds = [kind for kind, _ in told(again, clock)]
    assert kinds[-3:] == ["succeeded", "processing", "returned"]
    assert "method.gone" in kinds, "the one about the charge, not the one that was given out before"


def test_what_was_done_is_saved_though_its_caller_is_told_of_a_fault(clock: VirtualClock) -> None:
    """As it was in that moment: a bank that is killed then comes back with the charge, the outage and the call."""
    saved: list[bytes] = []
    script = parse_script("pm_card: [{fault: reply_lost, for: 6h}]")
    bank = ScriptedBank(script, now=clock, save=lambda state: saved.append(state.to_json()))
    intent = opened(bank)
    with pytest.raises(GatewayUnavailable):
        bank.confirm(intent.id, "inv_1/1")

    again = ScriptedBank(script, now=clock, state=BankState.from_json(saved[-1]))
    assert [call.outcome for call in again.calls()] == ["unconfirmed", "unavailable"]
    assert booked(again) == [("charge", timedelta())]
    with pytest.raises(GatewayUnavailable, match="out of reach"):
        again.read(intent.id)


def test_each_error_is_logged_under_its_own_word(scripted: Scripted) -> None:
    bank = scripted("pm_card: [unexpected]")
    intent = opened(bank)
    with pytest.raises(UnexpectedConfirm):
        bank.confirm(intent.id, "inv_1/1")
    with pytest.raises(NoSuchIntent):
        bank.read("in_9")
    with pytest.raises(ValueError, match="amount"):
        bank.open_intent(a_charge(amount=0), "inv_2/1")

    assert [call.outcome for call in bank.calls()] == ["unconfirmed", "unexpected", "no_such_intent", "invalid"]
