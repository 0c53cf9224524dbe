"""What may become of a charge as time passes, proved against the scripted bank in memory and as a process."""

from datetime import timedelta

import pytest
from at_the_bank import DAY, START, Bank, VirtualClock, booked, confirmed

from gateways.port import DeclineCode, IntentStatus


def test_a_decline_says_why_and_moves_no_money(bank: Bank, reference: str) -> None:
    intent = confirmed(bank, "pm_declined", reference)

    assert (intent.status, intent.decline) == (IntentStatus.DECLINED, DeclineCode(provider="insufficient_funds"))
    assert booked(bank, reference) == []


def test_each_code_of_a_decline_stays_under_its_source(bank: Bank, reference: str) -> None:
    assert confirmed(bank, "pm_declined_four_times", reference).decline == DeclineCode(
        network="51", network_advice="24", provider="generic_decline", provider_advice="try_again_later"
    )


def test_a_required_action_is_completed_in_time(bank: Bank, reference: str, clock: VirtualClock) -> None:
    intent = confirmed(bank, "pm_checked", reference)
    assert intent.status is IntentStatus.ACTION_REQUIRED

    clock.forward("2d")
    assert bank.read(intent.id).status is IntentStatus.SUCCEEDED
    assert booked(bank, reference) == [("charge", 2 * DAY)]


def test_a_required_action_may_end_in_a_decline(bank: Bank, reference: str, clock: VirtualClock) -> None:
    intent = confirmed(bank, "pm_checked_declined", reference)
    clock.forward("2d")

    assert bank.read(intent.id).decline == DeclineCode(provider="lost_card")


@pytest.mark.parametrize("by_token", [False, True])
def test_the_customer_completes_a_required_action(bank: Bank, reference: str, clock: VirtualClock, *, by_token: bool) -> None:
    intent = confirmed(bank, "pm_checked_never", reference)
    clock.forward("100d")
    assert bank.read(intent.id).status is IntentStatus.ACTION_REQUIRED

    assert bank.authenticate("pm_checked_never" if by_token else reference).status is IntentStatus.SUCCEEDED
    assert booked(bank, reference) == [("charge", 100 * DAY)]


def test_a_customer_who_fails_to_authenticate_is_declined(bank: Bank, reference: str, clock: VirtualClock) -> None:
    confirmed(bank, "pm_checked", reference)
    declined = bank.authenticate(reference, ok=False)
    clock.forward("10d")

    assert (declined.status, declined.decline) == (
        IntentStatus.DECLINED,
        DeclineCode(provider="authentication_required"),
    )
    assert bank.read(declined.id) == declined


def test_cancelling_fences_a_required_action(bank: Bank, reference: str, clock: VirtualClock) -> None:
    intent = confirmed(bank, "pm_checked", reference)
    bank.cancel(intent.id)
    clock.forward("10d")

    assert bank.read(intent.id).status is IntentStatus.CANCELLED
    assert booked(bank, reference) == []


def test_a_bank_debit_is_processing_until_its_result_is_there(bank: Bank, reference: str, clock: VirtualClock) -> None:
    intent = confirmed(bank, "pm_bank_debit", reference)
    assert (intent.status, intent.expected_by) == (IntentStatus.PROCESSING, START + 4 * DAY)

    clock.forward("3d 23h")
    assert bank.read(intent.id) == intent
    clock.forward("1h")
    assert bank.read(intent.id).status is IntentStatus.SUCCEEDED
    assert booked(bank, reference) == [("charge", 4 * DAY)]


def test_a_bank_debit_may_be_later_than_promised(bank: Bank, reference: str, clock: VirtualClock) -> None:
    intent = confirmed(bank, "pm_bank_debit_overdue", reference)
    assert intent.expected_by == START + 3 * DAY

    clock.forward("3d")
    assert bank.read(intent.id).status is IntentStatus.PROCESSING
    clock.forward("1d")
    assert bank.read(intent.id).decline == DeclineCode(network="R02")


def test_a_replayed_answer_is_the_first_one_whatever_happened_since(bank: Bank, reference: str, clock: VirtualClock) -> None:
    intent = confirmed(bank, "pm_bank_debit", reference)
    clock.forward("23h")

    assert bank.confirm(intent.id, reference) == intent


def test_a_bank_debit_may_be_returned_after_its_success(bank: Bank, reference: str, clock: VirtualClock) -> None:
    intent = confirmed(bank, "pm_returned", reference)
    clock.forward("13d 23h")
    assert bank.read(intent.id).status is IntentStatus.SUCCEEDED

    clock.forward("1h")
    returned = bank.read(intent.id)
    assert (returned.status, returned.decline) == (IntentStatus.RETURNED, DeclineCode(network="R10"))
    assert booked(bank, reference) == [("charge", 4 * DAY), ("return", 14 * DAY)]


def test_a_charge_may_be_charged_back(bank: Bank, reference: str, clock: VirtualClock) -> None:
    intent = confirmed(bank, "pm_disputed", reference)
    clock.forward("20d")

    assert bank.read(intent.id).status is IntentStatus.CHARGED_BACK
    assert booked(bank, reference) == [("charge", timedelta()), ("chargeback", 20 * DAY)]


def test_a_method_that_is_gone_is_declined_and_announced(bank: Bank, reference: str, clock: VirtualClock) -> None:
    intent = confirmed(bank, "pm_gone", reference)

    assert (intent.status, intent.method_gone) == (IntentStatus.DECLINED, True)
    assert intent.decline == DeclineCode(provider="payment_method_gone")
    notes = [(note.kind, note.token) for note in bank.notifications(clock.instant) if note.reference == reference]
    assert notes == [("intent.declined", "pm_gone"), ("method.gone", "pm_gone")]


def test_a_method_may_disappear_at_the_bank(bank: Bank, reference: str, clock: VirtualClock) -> None:
    bank.remove_method(reference)

    assert ("method.gone", reference) in [(note.kind, note.token) for note in bank.notifications(clock.instant)]
    assert confirmed(bank, reference, reference).method_gone


def test_a_notification_is_given_out_once_and_when_it_is_due(bank: Bank, reference: str, clock: VirtualClock) -> None:
    def told() -> list[str]:
        return [note.kind for note in bank.notifications(clock.instant) if note.reference == reference]

    intent = confirmed(bank, "pm_returned", reference)
    assert told() == ["intent.processing"]
    assert told() == []
    assert (bank.next_notification_at() or START) <= START + 4 * DAY
    clock.forward("14d")
    assert told() == ["intent.succeeded", "intent.returned"]
    assert bank.read(intent.id).status is IntentStatus.RETURNED
