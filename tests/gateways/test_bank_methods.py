"""The laws of the port about methods themselves: checks before they are put on file, edits, renewals."""

from datetime import date, timedelta

import pytest
from at_the_bank import START, Bank, VirtualClock, booked, confirmed

from gateways.port import GatewayUnavailable, IntentStatus, MethodDetails, NoSuchIntent, SetUp, SetUpStatus

READY, REFUSED = SetUpStatus.READY, SetUpStatus.REFUSED
DETAILS = MethodDetails(holder="Kari Nordmann", expires=date(2031, 1, 31))


@pytest.fixture
def token(request: pytest.FixtureRequest) -> str:
    """A token that no other test uses, and that is not in the script."""
    return f"pm {request.node.name}"


def test_a_token_that_is_not_in_the_script_is_ready_and_nothing_is_charged(bank: Bank, reference: str) -> None:
    assert bank.set_up("pm_card", reference) == SetUp(reference, "pm_card", READY)
    assert booked(bank, reference) == []


def test_a_check_goes_on_under_its_reference_until_the_holder_has_authenticated(
    bank: Bank, reference: str, clock: VirtualClock
) -> None:
    """G23: asked again, it is not begun again."""
    assert bank.set_up("pm_holder", reference).status is SetUpStatus.ACTION_REQUIRED
    clock.forward("23h")
    assert bank.set_up("pm_holder", reference).status is SetUpStatus.ACTION_REQUIRED
    clock.forward("1h")
    assert bank.set_up("pm_holder", reference).status is READY


def test_a_card_may_be_refused_after_its_holder_has_authenticated(bank: Bank, reference: str, clock: VirtualClock) -> None:
    bank.set_up("pm_holder_refused", reference)
    clock.forward("1d")

    assert bank.set_up("pm_holder_refused", reference) == SetUp(reference, "pm_holder_refused", REFUSED, "do_not_honor")


@pytest.mark.parametrize(("ok", "status"), [(True, READY), (False, REFUSED)])
def test_the_holder_may_be_let_authenticate_by_hand(bank: Bank, reference: str, *, ok: bool, status: SetUpStatus) -> None:
    assert bank.set_up("pm_holder_never", reference).status is SetUpStatus.ACTION_REQUIRED
    told = bank.authenticate(reference, ok=ok)

    assert isinstance(told, SetUp)
    assert told.status is status
    with pytest.raises(NoSuchIntent):
        bank.authenticate(reference)


def test_a_one_time_password_must_be_the_right_one(bank: Bank, reference: str) -> None:
    """G22: the provider says what was wrong, and gives up after three."""
    assert bank.set_up("pm_password", reference) == SetUp(reference, "pm_password", SetUpStatus.PASSWORD_REQUIRED)
    wrong = bank.set_up("pm_password", reference, password="open")
    assert (wrong.status, wrong.reason) == (SetUpStatus.PASSWORD_REQUIRED, "wrong_password")
    assert bank.set_up("pm_password", reference, password="sesame").status is READY
    assert bank.set_up("pm_password", reference).status is READY, "what is ready stays so"


@pytest.mark.parametrize(
    ("scripted_token", "status"),
    [
        ("pm_card", SetUpStatus.PASSWORD_REQUIRED),
        ("pm_not_set_up", REFUSED),
        ("pm_holder", SetUpStatus.ACTION_REQUIRED),
        ("pm_swedish", SetUpStatus.PASSWORD_REQUIRED),
    ],
)
def test_where_a_password_is_demanded_nothing_is_ready_without(
    bank: Bank, reference: str, scripted_token: str, status: SetUpStatus
) -> None:
    """G22: also of a token whose script names none."""
    assert bank.set_up(scripted_token, reference, ask_password=True).status is status
    if status is SetUpStatus.PASSWORD_REQUIRED:
        assert bank.set_up(scripted_token, reference, password="123456", ask_password=True).status is READY


def test_three_wrong_passwords_are_refused_and_a_new_check_begins(bank: Bank, reference: str) -> None:
    bank.set_up("pm_password", reference)
    told = [bank.set_up("pm_password", reference, password="open").status for _ in range(3)]

    assert told == [SetUpStatus.PASSWORD_REQUIRED, SetUpStatus.PASSWORD_REQUIRED, REFUSED]
    assert bank.set_up("pm_password", reference).status is SetUpStatus.PASSWORD_REQUIRED


def test_a_refused_check_has_the_providers_reason(bank: Bank, reference: str) -> None:
    assert bank.set_up("pm_not_set_up", reference) == SetUp(reference, "pm_not_set_up", REFUSED, "card_declined")


def test_the_provider_says_where_a_method_was_issued(bank: Bank, reference: str) -> None:
    """G15 is judged by what the provider knows."""
    assert bank.set_up("pm_swedish", reference).country == "SE"


def test_a_check_whose_reply_is_lost_goes_on(bank: Bank, reference: str) -> None:
    with pytest.raises(GatewayUnavailable, match="reply_lost"):
        bank.set_up("pm_set_up_lost", reference)
    assert bank.set_up("pm_set_up_lost", reference, password="sesame").status is READY


def test_a_check_that_times_out_leaves_nothing(bank: Bank, reference: str) -> None:
    with pytest.raises(GatewayUnavailable, match="time_out"):
        bank.set_up("pm_set_up_timed_out", reference)
    assert bank.set_up("pm_card", reference).status is READY, "the reference is still free"


def test_a_reference_used_for_another_token_is_an_error(bank: Bank, reference: str) -> None:
    bank.set_up("pm_card", reference)
    with pytest.raises(ValueError, match="was used for another token: take a new reference"):
        bank.set_up("pm_holder", reference)


def test_details_are_saved_and_can_be_read(bank: Bank, reference: str, token: str) -> None:
    """G20: what is left out stays."""
    assert bank.read_details(token) == MethodDetails()
    assert bank.update_details(token, DETAILS, None, reference).status is READY
    assert bank.update_details(token, MethodDetails(address="Oslo"), None, f"{reference}/2").status is READY
    assert bank.read_details(token) == MethodDetails("Kari Nordmann", "Oslo", date(2031, 1, 31))


@pytest.mark.parametrize(
    ("scripted_token", "code", "reason"),
    [("pm_edit_refused", "sc_1", "incorrect_zip"), ("pm_edit_code", "sc_2", "incorrect_cvc")],
)
def test_refused_details_are_not_saved(bank: Bank, reference: str, scripted_token: str, code: str, reason: str) -> None:
    """G21: nothing is saved without the right security code."""
    told = bank.update_details(scripted_token, DETAILS, code, reference)

    assert (told.status, told.reason) == (REFUSED, reason)
    assert bank.read_details(scripted_token) == MethodDetails()


def test_the_same_key_saves_once(bank: Bank, reference: str, token: str, clock: VirtualClock) -> None:
    told = bank.update_details(token, DETAILS, None, reference)
    bank.update_details(token, MethodDetails(holder="Ola"), None, f"{reference}/2")

    assert bank.update_details(token, DETAILS, None, reference) == told
    assert bank.read_details(token).holder == "Ola", "the replayed answer saved nothing"
    with pytest.raises(ValueError, match="was used for other details: take a new key"):
        bank.update_details(token, MethodDetails(holder="Ola"), None, reference)
    clock.forward("24h")
    bank.update_details(token, DETAILS, None, reference)
    assert bank.read_details(token).holder == "Kari Nordmann", "a key is forgotten after a day"


@pytest.mark.parametrize(("scripted_token", "saved"), [("pm_edit_lost", True), ("pm_edit_timed_out", False)])
def test_an_edit_whose_reply_is_lost_is_saved_and_one_that_times_out_is_not(
    bank: Bank, reference: str, scripted_token: str, *, saved: bool
) -> None:
    with pytest.raises(GatewayUnavailable):
        bank.update_details(scripted_token, DETAILS, None, reference)
    assert (bank.read_details(scripted_token) == DETAILS) is saved


def test_a_renewed_card_is_announced_and_its_new_details_can_be_read(bank: Bank, token: str, clock: VirtualClock) -> None:
    """G25: the issuer may change the expiry and the last four digits; the token stays."""
    bank.renew_method(token, expires=date(2033, 5, 31), last4="1881")
    clock.forward("1m")
    told = [note for note in bank.notifications(clock.instant) if note.token == token]

    assert [(note.kind, note.at - START) for note in told] == [("method.updated", timedelta())]
    assert bank.read_details(token) == MethodDetails(expires=date(2033, 5, 31), last4="1881")


def test_a_method_that_is_gone_can_neither_be_checked_nor_edited(bank: Bank, reference: str, token: str) -> None:
    bank.remove_method(token)

    assert bank.set_up(token, reference).reason == "payment_method_gone"
    assert bank.update_details(token, DETAILS, None, reference).reason == "payment_method_gone"


def test_a_check_takes_no_step_of_a_charge(bank: Bank, reference: str) -> None:
    bank.set_up("pm_declined", reference)

    charged = confirmed(bank, "pm_declined", reference)
    assert charged.status is IntentStatus.DECLINED


def test_checks_and_edits_are_logged_with_what_the_caller_was_told(bank: Bank, reference: str) -> None:
    bank.set_up("pm_password", reference)
    bank.update_details("pm_edit_refused", DETAILS, None, reference)
    with pytest.raises(GatewayUnavailable):
        bank.set_up("pm_set_up_timed_out", f"{reference}/2")

    told = [(call.method, call.intent_id, call.outcome) for call in bank.calls() if (call.reference or "").startswith(reference)]
    assert told == [
        ("set_up", None, "password_required"),
        ("update_details", None, "refused"),
        ("set_up", None, "unavailable"),
    ]
