"""The laws of the port, proved against the scripted bank in memory and as a process."""

from datetime import timedelta

import pytest
from at_the_bank import START, Bank, VirtualClock, a_charge, booked, confirmed, opened

from gateways.intents import BankEntry, BankEntryKind
from gateways.port import GatewayUnavailable, Intent, IntentStatus, NoSuchIntent
from gateways.scripted import UnexpectedConfirm


def test_opening_moves_no_money(bank: Bank, reference: str) -> None:
    intent = opened(bank, "pm_card", reference)

    assert intent == Intent(intent.id, reference, IntentStatus.UNCONFIRMED, "pm_card", 12_500, "NOK")
    assert bank.read(intent.id) == intent
    assert booked(bank, reference) == []


def test_confirming_moves_it_and_the_bank_books_it(bank: Bank, reference: str) -> None:
    intent = confirmed(bank, "pm_card", reference)

    assert intent.status is IntentStatus.SUCCEEDED
    entry = BankEntry(START, intent.id, reference, "pm_card", 12_500, "NOK", BankEntryKind.CHARGE)
    assert [line for line in bank.ledger() if line.reference == reference] == [entry]


def test_opening_again_under_the_same_key_answers_the_same_intent(bank: Bank, reference: str, clock: VirtualClock) -> None:
    first = opened(bank, "pm_card", reference)
    clock.forward("23h 59m 59s")

    assert opened(bank, "pm_card", reference) == first


def test_a_key_is_forgotten_after_a_day_and_then_opens_a_new_intent(bank: Bank, reference: str, clock: VirtualClock) -> None:
    first = opened(bank, "pm_card", reference)
    clock.forward("24h")
    second = opened(bank, "pm_card", reference)

    assert second.id != first.id
    assert bank.find(reference) == second, "the newest is found"
    assert bank.read(first.id) == first, "the older one is still there"


def test_a_forgotten_key_charges_nothing_twice_by_confirming(bank: Bank, reference: str, clock: VirtualClock) -> None:
    intent = confirmed(bank, "pm_card", reference)
    clock.forward("25h")

    assert bank.confirm(intent.id, reference).status is IntentStatus.SUCCEEDED
    assert booked(bank, reference) == [("charge", timedelta())]


def test_a_key_used_for_another_charge_is_an_error(bank: Bank, reference: str) -> None:
    opened(bank, "pm_card", reference)

    with pytest.raises(ValueError, match="was used for another open request: take a new key"):
        bank.open_intent(a_charge("pm_card", reference, amount=1), reference)


def test_a_key_used_for_another_intent_is_an_error(bank: Bank, reference: str) -> None:
    confirmed(bank, "pm_card", reference)
    other = bank.open_intent(a_charge("pm_card", reference), f"{reference}/other")

    with pytest.raises(ValueError, match="was used for another confirm request: take a new key"):
        bank.confirm(other.id, reference)
    assert bank.read(other.id).status is IntentStatus.UNCONFIRMED


def test_an_amount_that_is_not_positive_is_an_error(bank: Bank, reference: str) -> None:
    with pytest.raises(ValueError, match=r"the amount 0 of .* is not positive: charge one minor unit or more"):
        bank.open_intent(a_charge("pm_card", reference, amount=0), reference)


@pytest.mark.parametrize("suffix", ["", "/another"])
def test_confirming_again_charges_nothing(bank: Bank, reference: str, suffix: str) -> None:
    """Under the same key the answer is replayed; under another one the intent is answered as it stands."""
    intent = confirmed(bank, "pm_card", reference)

    assert bank.confirm(intent.id, reference + suffix) == intent
    assert booked(bank, reference) == [("charge", timedelta())]


def test_a_cancelled_intent_is_never_charged(bank: Bank, reference: str) -> None:
    intent = opened(bank, "pm_card", reference)

    assert bank.cancel(intent.id).status is IntentStatus.CANCELLED
    assert bank.confirm(intent.id, reference).status is IntentStatus.CANCELLED
    assert booked(bank, reference) == []


@pytest.mark.parametrize("token", ["pm_card", "pm_declined", "pm_bank_debit"])
def test_cancelling_what_was_confirmed_changes_nothing(bank: Bank, reference: str, token: str) -> None:
    intent = confirmed(bank, token, reference)

    assert bank.cancel(intent.id) == intent
    assert bank.read(intent.id) == intent


def test_what_the_bank_does_not_have_is_no_such_intent(bank: Bank, reference: str) -> None:
    for ask in (bank.read, bank.find, bank.cancel, bank.authenticate, lambda unknown: bank.confirm(unknown, reference)):
        with pytest.raises(NoSuchIntent):
            ask("nothing-of-that-name")


def test_a_lost_reply_leaves_a_charge_that_a_look_up_finds(bank: Bank, reference: str) -> None:
    intent = opened(bank, "pm_reply_lost", reference)
    with pytest.raises(GatewayUnavailable, match="reply_lost"):
        bank.confirm(intent.id, reference)

    assert bank.find(reference).status is IntentStatus.SUCCEEDED
    assert bank.confirm(intent.id, reference).status is IntentStatus.SUCCEEDED, "the key replays the lost answer"
    assert booked(bank, reference) == [("charge", timedelta())]


def test_a_time_out_leaves_an_intent_that_can_be_fenced(bank: Bank, reference: str) -> None:
    intent = opened(bank, "pm_timed_out", reference)
    with pytest.raises(GatewayUnavailable, match="time_out"):
        bank.confirm(intent.id, reference)

    assert bank.read(intent.id) == intent
    assert bank.cancel(intent.id).status is IntentStatus.CANCELLED
    assert booked(bank, reference) == []


def test_an_open_that_fails_leaves_nothing(bank: Bank, reference: str) -> None:
    with pytest.raises(GatewayUnavailable, match="open_fails"):
        opened(bank, "pm_no_open", reference)
    with pytest.raises(NoSuchIntent):
        bank.find(reference)


def test_a_confirm_that_the_script_does_not_expect_says_so(bank: Bank, reference: str) -> None:
    with pytest.raises(UnexpectedConfirm, match=r"the script expects no confirm of .* on pm_unexpected"):
        confirmed(bank, "pm_unexpected", reference)
    assert booked(bank, reference) == []


def test_the_calls_are_logged_with_what_the_caller_was_told(bank: Bank, reference: str, clock: VirtualClock) -> None:
    intent = opened(bank, "pm_reply_lost", reference)
    with pytest.raises(GatewayUnavailable):
        bank.confirm(intent.id, reference)
    clock.forward("1h")
    bank.find(reference)

    assert [
        (call.method, call.intent_id, call.at - START, call.outcome) for call in bank.calls() if call.reference == reference
    ] == [
        ("open_intent", intent.id, timedelta(), "unconfirmed"),
        ("confirm", intent.id, timedelta(), "unavailable"),
        ("find", intent.id, timedelta(hours=1), "succeeded"),
    ]
