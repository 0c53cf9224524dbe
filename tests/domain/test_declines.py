"""money.md, decline categories: what a code means is decided by its source, its rank and its day."""

from datetime import date, timedelta

import pytest

from domain.declines import (
    NO_CODE,
    Category,
    Reason,
    Verdict,
    brief,
    classify,
    is_unauthorised,
    max_retries,
)

ON = date(2026, 11, 22)

RETRY, LATER, LIMITED, FIX = Category.RETRY, Category.RETRY_LATER, Category.LIMITED, Category.FIX
SCA, NEVER, OURS, LOOK_UP = Category.SCA, Category.NEVER, Category.OURS, Category.LOOK_UP


def judged(
    network: str,
    network_advice: str | None = None,
    provider_advice: str | None = None,
    network_code: str | None = None,
    provider_code: str | None = None,
    on: date = ON,
) -> Verdict:
    return classify(network, network_advice, provider_advice, network_code, provider_code, on)


def each_of(*groups: tuple[Category, str]) -> dict[str, Category]:
    """Every code with the category in which it stands; a code stands in one."""
    codes = [(code, category) for category, listed in groups for code in listed.split()]
    assert len(dict(codes)) == len(codes)
    return dict(codes)


# ------------------------------------------------------------------------------------------------------------ one code


PROVIDER_CODES = each_of(
    (RETRY, "insufficient_funds processing_error issuer_not_available approve_with_id reenter_transaction"),
    (LATER, "card_velocity_exceeded withdrawal_count_limit_exceeded"),
    (LIMITED, "do_not_honor generic_decline call_issuer no_action_taken service_not_allowed not_permitted"),
    (FIX, "expired_card incorrect_number invalid_cvc incorrect_zip new_account_information_available"),
    (SCA, "authentication_required"),
    (NEVER, "lost_card stolen_card pickup_card fraudulent invalid_account stop_payment_order do_not_try_again"),
    (OURS, "invalid_amount currency_not_supported testmode_decline"),
    (LOOK_UP, "duplicate_transaction"),
    (LIMITED, "a_code_of_next_year"),
)


@pytest.mark.parametrize("network", ["visa", "mastercard", "amex"])
def test_a_provider_code_alone_decides_on_every_card(network: str) -> None:
    """What nobody knows is `limited`: few tries."""
    verdicts = {code: judged(network, provider_code=code) for code in PROVIDER_CODES}
    assert {code: (verdict.category, verdict.source, verdict.code) for code, verdict in verdicts.items()} == {
        code: (category, "stripe", code) for code, category in PROVIDER_CODES.items()
    }


VISA_CODES = each_of(
    (NEVER, "04 07 12 14 15 41 43 46 57 R0 R1 R3"),
    (RETRY, "03 19 39 51 52 53 59 61 62 65 75 78 83 86 91 93 96 N3 N4 5C 9G"),
    (FIX, "54 55 63 70 82 N7"),
    (SCA, "1A"),
    (LIMITED, "01 02 05 06 13 94 6P B1 N0 Z3 ??"),
)


def test_visa_codes_follow_visas_four_groups() -> None:
    assert {code: judged("visa", network_code=code).category for code in VISA_CODES} == VISA_CODES


ADVICE: dict[str, tuple[Category, int | None]] = {
    "01": (FIX, None), "02": (LATER, 72), "03": (NEVER, None), "04": (OURS, None), "21": (NEVER, None),
    "22": (OURS, None), "24": (RETRY, 1), "25": (RETRY, 24), "26": (RETRY, 48), "27": (RETRY, 96),
    "28": (RETRY, 144), "29": (RETRY, 192), "30": (RETRY, 240), "40": (LIMITED, None), "99": (LIMITED, None),
}  # fmt: skip


def test_mastercards_advice_says_what_and_how_long() -> None:
    """40 to 43 tell what kind of card it is, and decide nothing."""
    verdicts = {code: judged("mastercard", network_advice=code) for code in ADVICE}
    assert {code: (verdict.category, verdict.wait, verdict.source, verdict.code) for code, verdict in verdicts.items()} == {
        code: (category, None if hours is None else timedelta(hours=hours), "mastercard_mac", code)
        for code, (category, hours) in ADVICE.items()
    }


MASTERCARD_CODES = each_of((NEVER, "41 43 78"), (RETRY, "70"), (FIX, "14 54"), (LIMITED, "51 79"))


def test_mastercards_code_without_advice_decides_only_what_is_certain() -> None:
    assert {code: judged("mastercard", network_code=code).category for code in MASTERCARD_CODES} == MASTERCARD_CODES


RETURNS = {
    ("ach", "R01"): RETRY, ("ach", "R09"): RETRY, ("ach", "R08"): FIX, ("ach", "R02"): NEVER, ("ach", "R99"): NEVER,
    ("ach", None): NEVER, ("sepa", "AM04"): RETRY, ("sepa", "MS03"): RETRY, ("sepa", "AC04"): NEVER,
    ("sepa", "AM05"): LOOK_UP, ("sepa", "ZZ99"): NEVER, ("sepa", None): NEVER,
}  # fmt: skip


def test_a_bank_debit_is_finished_unless_its_return_says_otherwise() -> None:
    found = {(network, code): judged(network, network_code=code).category for network, code in RETURNS}
    assert found == RETURNS


def test_a_decline_without_any_code_is_decided_by_default() -> None:
    assert judged("visa") == judged("amex") == judged("visa", "", "", "", "") == Verdict(LIMITED, NO_CODE, None)


def test_to_retry_later_is_to_wait_a_day_at_least() -> None:
    assert judged("visa", provider_code="card_velocity_exceeded").wait == timedelta(hours=24)
    assert judged("visa", provider_code="insufficient_funds").wait is None


# ------------------------------------------------------------------------------------------------------- several codes


FIRST: dict[tuple[str | None, str | None, str | None, str | None], tuple[str, Category]] = {
    ("02", "do_not_try_again", "43", "stolen_card"): ("mastercard_mac", LATER),
    ("40", "do_not_try_again", "70", "insufficient_funds"): ("stripe_advice", NEVER),
    ("40", None, "43", "insufficient_funds"): ("mastercard_iso", NEVER),
    ("40", None, "62", "insufficient_funds"): ("stripe", RETRY),
    ("40", "unheard_of", "62", "unheard_of"): ("stripe", LIMITED),
    (None, "confirm_card_data", "43", "stolen_card"): ("stripe_advice", FIX),
    (None, "try_again_later", None, "fraudulent"): ("stripe_advice", LATER),
}


def test_the_first_code_that_decides_wins() -> None:
    """Network advice, provider advice, the network's code, the provider's code, default; information falls through."""
    verdicts = {codes: judged("mastercard", *codes) for codes in FIRST}
    assert {codes: (verdict.source, verdict.category) for codes, verdict in verdicts.items()} == FIRST


def test_a_networks_code_outranks_the_providers() -> None:
    assert judged("visa", network_code="14", provider_code="insufficient_funds").category is NEVER
    assert judged("visa", network_code="91", provider_code="fraudulent").category is RETRY


@pytest.mark.parametrize("code", ["94", "51", "41"])
def test_a_charge_that_may_have_succeeded_is_looked_up_whatever_else_was_said(code: str) -> None:
    """Law 3: unknown is a state. A duplicate called declined would be charged twice (U1)."""
    assert judged("visa", network_code=code, provider_code="duplicate_transaction").category is LOOK_UP


def test_the_same_number_means_different_things_to_different_sources() -> None:
    """Visa's 01 is a plain decline; Mastercard's advice 01 asks for new details; Visa gives no advice codes."""
    assert judged("visa", network_code="01").category is LIMITED
    assert judged("mastercard", network_advice="01").category is FIX
    assert judged("visa", network_advice="03", network_code="51").category is RETRY
    assert judged("visa", network_code="70").category is FIX
    assert judged("amex", network_code="14", provider_code="insufficient_funds").category is RETRY


@pytest.mark.parametrize(
    ("code", "day_before", "since", "before", "after"),
    [
        ("5C", date(2025, 4, 10), date(2025, 4, 11), LIMITED, RETRY),
        ("9G", date(2025, 4, 10), date(2025, 4, 11), LIMITED, RETRY),
        ("83", date(2026, 10, 24), date(2026, 10, 25), LIMITED, RETRY),
        ("57", date(2026, 10, 24), date(2026, 10, 25), NEVER, NEVER),
    ],
)
def test_a_decline_is_judged_by_what_held_on_its_day(
    code: str, day_before: date, since: date, before: Category, after: Category
) -> None:
    assert judged("visa", network_code=code, on=day_before).category is before
    assert judged("visa", network_code=code, on=since).category is after


# ------------------------------------------------------------------------------------------------- the word for a mail


WORDS = {
    ("visa", None, None, "51", None): Reason.INSUFFICIENT_FUNDS,
    ("visa", None, None, None, "insufficient_funds"): Reason.INSUFFICIENT_FUNDS,
    ("mastercard", "25", None, "51", "insufficient_funds"): Reason.INSUFFICIENT_FUNDS,
    ("visa", None, None, "54", None): Reason.EXPIRED,
    ("visa", None, None, "N7", "incorrect_cvc"): Reason.INCORRECT_DETAILS,
    ("mastercard", "01", None, "51", "insufficient_funds"): Reason.INCORRECT_DETAILS,
    ("visa", None, None, "61", None): Reason.LIMIT_REACHED,
    ("visa", None, None, "91", None): Reason.BANK_UNAVAILABLE,
    ("visa", None, None, "1A", "insufficient_funds"): Reason.AUTHENTICATION,
    ("visa", None, None, "05", "do_not_honor"): Reason.DECLINED,
    ("ach", None, None, "R01", None): Reason.INSUFFICIENT_FUNDS,
    ("ach", None, None, "R02", None): Reason.ACCOUNT_PROBLEM,
    ("ach", None, None, "R08", None): Reason.DECLINED,
    ("sepa", None, None, "AC01", None): Reason.INCORRECT_DETAILS,
    ("visa", None, None, None, None): Reason.DECLINED,
}


def test_a_mail_says_the_reason_in_a_word() -> None:
    """Law 7, G56: the reason in brief, of the code that decided, else of another that the bank gave."""
    verdicts = {codes: classify(*codes, ON) for codes in WORDS}
    assert {codes: brief(verdict) for codes, verdict in verdicts.items()} == WORDS
    assert {codes: verdict.reason for codes, verdict in verdicts.items()} == WORDS


@pytest.mark.parametrize("code", ["lost_card", "stolen_card", "pickup_card", "fraudulent", "invalid_account"])
def test_lost_stolen_and_fraud_are_told_as_a_plain_decline(code: str) -> None:
    """Law 7: a thief must not be told, and a customer is told by the bank; not even next to another code."""
    told = {network: brief(judged(network, provider_code=code)) for network in ("visa", "mastercard", "amex", "ach")}
    assert set(told.values()) == {Reason.DECLINED}, told
    assert brief(NEVER, code) is Reason.DECLINED
    assert brief(judged("mastercard", network_advice="03", network_code="54", provider_code=code)) is Reason.DECLINED


@pytest.mark.parametrize("network", ["visa", "mastercard", "amex"])
def test_a_stolen_card_is_not_told_by_what_stands_next_to_it(network: str) -> None:
    """Law 7."""
    assert brief(judged(network, network_code="43", provider_code="insufficient_funds")) is not Reason.EXPIRED


def test_a_death_is_told_as_a_plain_decline() -> None:
    assert {brief(judged("ach", network_code=code)) for code in ("R14", "R15")} == {Reason.DECLINED}
    assert brief(judged("sepa", network_code="MD07")) is Reason.DECLINED


def test_the_word_can_be_found_again_from_what_an_attempt_keeps() -> None:
    assert brief(RETRY, "insufficient_funds") is Reason.INSUFFICIENT_FUNDS
    assert brief(RETRY, "51", "visa_iso") is Reason.INSUFFICIENT_FUNDS
    assert brief(NEVER, "R02", "ach") is Reason.ACCOUNT_PROBLEM
    assert brief(FIX) is Reason.INCORRECT_DETAILS
    assert brief(LIMITED, None, None) is Reason.DECLINED


# -------------------------------------------------------------------------------------------------- bank debits' limits


@pytest.mark.parametrize(("network", "code", "days"), [("ach", "R01", 180), ("ach", "R09", 180), ("sepa", "AM04", 42)])
def test_a_bank_debit_without_cover_may_be_presented_twice_more(network: str, code: str, days: int) -> None:
    row = max_retries(network, code)
    assert row is not None
    assert (row.max, row.window) == (2, timedelta(days=days))


def test_any_other_return_is_not_presented_again() -> None:
    others = [("ach", "R02"), ("ach", None), ("sepa", "AC04"), ("visa", "R01")]
    assert {(network, code): max_retries(network, code) for network, code in others} == dict.fromkeys(others)


def test_what_the_payer_never_agreed_to_is_known() -> None:
    """Law 8: never debited again."""
    assert all(is_unauthorised("ach", code) for code in ("R05", "R07", "R10", "R11", "R29", "R51"))
    assert is_unauthorised("sepa_sdd", "MD06")
    assert not is_unauthorised("sepa_sdd", "R10")
    assert not is_unauthorised("ach", "R01")
    assert not is_unauthorised(None, None)
