"""money.md, network caps: nobody is asked more often than the networks allow, and we stop one below."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.accounts import Attempt, AttemptStatus, Initiator
from domain.caps import LONGEST_OPEN, AmountChanged, Capped, bank_debit_allowed, bank_debits_left, cap, disputed, lookback
from domain.declines import packaged
from domain.money import Money

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PRICE = Money(149500, "NOK")
CIT, MIT = Initiator.CUSTOMER, Initiator.MERCHANT
DECLINED, RETURNED, CLEARING = AttemptStatus.DECLINED, AttemptStatus.RETURNED, AttemptStatus.CLEARING


def tried(  # noqa: PLR0913 - one attempt has this many facts
    at: datetime,
    network: str = "visa",
    *,
    status: AttemptStatus = DECLINED,
    money: Money = PRICE,
    initiator: Initiator = MIT,
    category: str | None = "retry",
    source: str | None = None,
    code: str | None = None,
    debt: str = "in-1",
    finished: datetime | None = None,
) -> Attempt:
    return Attempt(
        debt, 1, status, "pm-1", network, money.amount, money.currency, initiator, "charge-retry/in-1", at,
        finished_at=finished, category=category, source=source, code=code,
    )  # fmt: skip


def asked(
    attempts: list[Attempt], network: str = "visa", now: datetime = NOW, invoice_id: str | None = None
) -> Capped | AmountChanged | None:
    return cap(network, attempts, PRICE, MIT, now, invoice_id=invoice_id)


def closed(attempts: list[Attempt], network: str = "visa", now: datetime = NOW, invoice_id: str = "in-1") -> Capped:
    found = asked(attempts, network, now, invoice_id)
    assert isinstance(found, Capped)
    return found


def often(count: int, network: str = "visa", *, until: datetime = NOW, every: timedelta = DAY, **more: Any) -> list[Attempt]:
    """`count` declines, one every so often, the last one `every` before `until`."""
    return [tried(until - every * (n + 1), network, **more) for n in range(count)]


# ---------------------------------------------------------------------------------------------------------------- cards


def test_without_attempts_nothing_is_capped() -> None:
    for network in ("visa", "mastercard", "amex", "ach", "sepa"):
        assert asked([], network) is None


def test_visa_is_asked_nineteen_times_in_thirty_days() -> None:
    """20 are allowed since 2025-05-25: one below is where we stop, until the oldest leaves the window."""
    assert asked(often(18)) is None
    found = closed(often(19))
    assert (found.limit, found.counted, found.window) == (20, 19, 30 * DAY)
    assert found.until == NOW - 19 * DAY + 30 * DAY
    assert str(found) == "Visa: 19 counted, visa allows 20 in 30 days; closed until 2026-12-03 09:00 UTC"


def test_which_limit_holds_depends_on_the_day() -> None:
    """15 until 2025-05-24 (UTC), 20 from the day after; none was published before 2021-04-17."""
    last, first = datetime(2025, 5, 24, 23, 59, tzinfo=UTC), datetime(2025, 5, 25, tzinfo=UTC)
    assert asked(often(13, until=last), now=last) is None
    assert closed(often(14, until=last), now=last).limit == 15
    assert asked(often(18, until=first), now=first) is None
    assert closed(often(19, until=first), now=first).limit == 20
    long_ago = datetime(2021, 4, 16, tzinfo=UTC)
    assert asked(often(29, until=long_ago), now=long_ago) is None


def test_visa_counts_the_customers_and_the_merchants_attempts_apart() -> None:
    """Since 2025-05-25; settle-balance attempts are the customer's."""
    mixed = [*often(18), *often(18, initiator=CIT)]
    assert asked(mixed) is None
    assert cap("visa", [*mixed, tried(NOW - HOUR, initiator=CIT)], PRICE, CIT, NOW) is not None
    assert cap("visa", [*mixed, tried(NOW - HOUR, initiator=CIT)], PRICE, MIT, NOW) is None
    before = datetime(2025, 5, 1, tzinfo=UTC)
    assert asked([*often(7, until=before), *often(7, until=before, initiator=CIT)], now=before) is not None


def test_another_amount_or_currency_is_counted_apart() -> None:
    others = [*often(19, money=Money(149501, "NOK")), *often(19, money=Money(149500, "SEK"))]
    assert asked([*others, *often(18)]) is None
    assert asked([*others, *often(19)]) is not None


SAID: dict[tuple[AttemptStatus, str | None], bool] = {
    (AttemptStatus.DECLINED, "retry"): True,
    (AttemptStatus.ACTION_REQUIRED, "sca"): True,
    (AttemptStatus.NOT_CHARGED, "sca"): True,
    (AttemptStatus.NOT_CHARGED, "look_up"): True,
    (AttemptStatus.NOT_CHARGED, "ours"): True,
    (AttemptStatus.NOT_CHARGED, None): False,
    (AttemptStatus.CLEARING, None): False,
    (AttemptStatus.SUCCEEDED, None): False,
    (AttemptStatus.RETURNED, "retry"): False,
    (AttemptStatus.CHARGED_BACK, None): False,
}
"""Whether an attempt that ended so stands against a card's limit."""


def test_only_what_the_issuer_declined_counts() -> None:
    """Asking to authenticate is a soft decline, whatever comes of it, and so is all that took nothing and yet was answered.

    What was never sent does not count, nor does a success.
    """
    assert {
        (status, category): asked(often(19, status=status, category=category)) is not None for status, category in SAID
    } == SAID


RESERVED, OPENED = AttemptStatus.RESERVED, AttemptStatus.OPENED


def under_way(count: int, network: str = "visa", *, at: datetime = NOW, **more: Any) -> list[Attempt]:
    """`count` attempts of other debts, all reserved a minute before `at`."""
    more = {"status": RESERVED, "category": None, **more}
    rows = [tried(at - timedelta(minutes=1), network, debt=f"in-{n}", **more) for n in range(2, count + 2)]
    return [replace(one, begun_by=f"charge-retry/{one.invoice_id}") for one in rows]


Until = datetime | None
IN_AN_HOUR = NOW + HOUR
UNDER_WAY: dict[str, tuple[list[Attempt], str, Until]] = {
    "as many as are allowed": (under_way(19), "visa", IN_AN_HOUR),
    "one less": (under_way(18), "visa", None),
    "opened": (under_way(19, status=OPENED), "visa", IN_AN_HOUR),
    "on top of declines": ([*often(12), *under_way(7)], "visa", IN_AN_HOUR),
    "beside enough declines": ([*often(19), *under_way(5)], "visa", NOW + 11 * DAY),
    "of another amount": (under_way(19, money=Money(1, "NOK")), "visa", None),
    "of the customer's": (under_way(19, initiator=CIT), "visa", None),
    "left open since before the window": (under_way(19, at=NOW - 30 * DAY), "visa", None),
    "in Mastercard's day": ([*under_way(9, "mastercard", money=Money(1, "NOK"))], "mastercard", IN_AN_HOUR),
    "one that might be advised against": (under_way(1, "mastercard"), "mastercard", None),
    "one that might be finished": (under_way(1), "visa", None),
}
"""What is asked of a card, its network, and from when on one more attempt may be made; None: now."""


def test_what_is_under_way_may_become_a_decline() -> None:
    """money.md: debts charged at the same time stay below a limit together, and a good card rests for an hour, not for a window.

    What is about a code counts when it has been said.
    """
    until = {name: found.until if isinstance(found := asked(*row[:2]), Capped) else None for name, row in UNDER_WAY.items()}
    assert until == {name: row[2] for name, row in UNDER_WAY.items()}


def test_a_cap_tells_how_many_of_those_counted_are_under_way() -> None:
    found = closed([*often(12), *under_way(7)])
    assert (found.counted, found.under_way) == (19, 7)
    assert closed([*often(19), *under_way(7)]).under_way == 0, "it is closed without them"
    assert "Visa: 19 counted (7 of them under way), visa allows 20 in 30 days; closed until 2026-11-22 10:00" in str(found)


@pytest.mark.parametrize("network", ["visa", "mastercard"])
def test_thirty_debts_of_one_price_are_charged_on_a_good_card_within_hours(network: str) -> None:
    """All at the same hour, and each result comes when all of that hour are reserved: none waits for a window to pass."""
    now, waiting, charged = NOW, list(range(30)), list[Attempt]()
    while waiting:
        reserved: list[Attempt] = []
        for number in waiting:
            one = tried(now, network, status=RESERVED, category=None, debt=f"in-{number}")
            if asked([*charged, *reserved], network, now) is None:
                reserved.append(replace(one, begun_by=f"charge-retry/{one.invoice_id}"))
        charged += [replace(one, status=AttemptStatus.SUCCEEDED, finished_at=now) for one in reserved]
        waiting, now = waiting[len(reserved) :], now + HOUR
    assert now - NOW <= 4 * HOUR


def test_after_a_category_1_code_visa_is_never_asked_again() -> None:
    found = closed([tried(NOW - 300 * DAY, category="never", source="visa_iso", code="14", money=Money(1, "SEK"))])
    assert (found.limit, found.window, found.until) == (0, None, None)
    assert str(found) == "Visa category 1: 1 counted, visa allows 0; closed for good"


def test_of_two_limits_the_one_that_closes_longest_is_told() -> None:
    assert closed([*often(19), tried(NOW - DAY, category="never")]).until is None
    month = often(34, "mastercard", every=20 * HOUR)
    found = closed([*month, *often(9, "mastercard", every=2 * HOUR)], "mastercard")
    assert found.cap == "Mastercard in a month"


def test_mastercard_allows_ten_declines_a_day_whatever_the_amount() -> None:
    mixed = [tried(NOW - n * HOUR, "mastercard", money=Money(n, "NOK")) for n in range(1, 10)]
    assert asked(mixed[:8], "mastercard") is None
    found = closed(mixed, "mastercard")
    assert (found.limit, found.window, found.until) == (10, DAY, NOW + 15 * HOUR)
    assert "mastercard allows 10 in 24 hours" in str(found)


def test_mastercard_allows_thirty_five_declines_of_one_amount_a_month() -> None:
    assert asked(often(33, "mastercard", every=20 * HOUR), "mastercard") is None
    assert closed(often(34, "mastercard", every=20 * HOUR), "mastercard").limit == 35
    assert asked(often(34, "mastercard", every=20 * HOUR, money=Money(1, "NOK")), "mastercard") is None


@pytest.mark.parametrize("code", ["03", "21"])
def test_after_mastercards_advice_this_amount_rests_for_thirty_days(code: str) -> None:
    advised = [tried(NOW - DAY, "mastercard", source="mastercard_mac", code=code, category="never")]
    found = closed(advised, "mastercard")
    assert (found.limit, found.until) == (0, NOW + 29 * DAY)
    assert asked(advised, "mastercard", NOW + 29 * DAY) is None
    assert cap("mastercard", advised, Money(1, "NOK"), MIT, NOW) is None


def test_the_same_number_from_another_source_is_no_advice() -> None:
    assert asked([tried(NOW - DAY, "mastercard", source="mastercard_iso", code="03")], "mastercard") is None


def test_a_window_runs_from_the_answer() -> None:
    """The later of our two instants: the network is never asked too early. It is known for as long as it may have been open."""
    slow = tried(NOW - DAY, "mastercard", source="mastercard_mac", code="03", finished=NOW - HOUR)
    assert closed([slow], "mastercard").until == NOW - HOUR + 30 * DAY
    assert lookback("mastercard") == 30 * DAY + LONGEST_OPEN


HISTORIES = st.lists(st.sampled_from(list(product(range(40 * 24 + 1), (CIT, MIT), (False, True)))), max_size=60)
"""How many hours ago, by whom, and whether of the same amount."""


@given(st.sampled_from(["visa", "mastercard"]), HISTORIES)
@settings(max_examples=60, deadline=None)
def test_until_is_the_first_instant_at_which_one_more_may_be_made(network: str, drawn: list[tuple[int, Initiator, bool]]) -> None:
    attempts = [
        tried(NOW - hours * HOUR, network, initiator=initiator, money=PRICE if same else Money(1, "NOK"))
        for hours, initiator, same in drawn
    ]
    found = asked(attempts, network)
    if found is not None:
        assert isinstance(found, Capped)
        assert found.until is not None
        assert found.until > NOW
        assert asked(attempts, network, found.until) is None
        assert asked(attempts, network, found.until - timedelta(microseconds=1)) is not None


@given(st.sampled_from([("visa", 20, 30 * DAY), ("mastercard", 10, DAY)]), st.integers(1, 40))
@settings(max_examples=15, deadline=None)
def test_who_asks_whenever_he_may_never_reaches_the_networks_limit(rule: tuple[str, int, timedelta], every_hours: int) -> None:
    """However eager: in no window are there more than one below the network's limit."""
    network, limit, window = rule
    made: list[Attempt] = []
    for n in range(60):
        now = NOW + n * every_hours * HOUR
        if asked(made, network, now) is None:
            made.append(tried(now, network))
        assert sum(now - one.reserved_at < window for one in made) < limit


# ---------------------------------------------------------------------------------------------------------- bank debits


def debit(days: int, status: AttemptStatus = RETURNED, code: str | None = "R01", **more: Any) -> Attempt:
    return tried(NOW - days * DAY, "ach", status=status, source="ach", code=code, **more)


def collection(days: int, debt: str = "in-1", code: str | None = "AM04") -> Attempt:
    return tried(NOW - days * DAY, "sepa", status=RETURNED, source="sepa_sdd", code=code, debt=debt)


def test_an_ach_debit_without_cover_is_presented_twice_more() -> None:
    assert asked([debit(10)], "ach", invoice_id="in-1") is None
    assert asked([debit(10), debit(5)], "ach", invoice_id="in-1") is None
    found = closed([debit(10), debit(5), debit(1)], "ach", invoice_id="in-1")
    assert (found.limit, found.counted, found.until) == (2, 2, None)
    assert "ach allows 2 in 180 days; closed for good" in str(found)


def test_an_ach_debit_is_presented_again_within_180_days_or_not_at_all() -> None:
    assert asked([debit(179)], "ach") is None
    assert closed([debit(180)], "ach").until is None


def test_each_ach_entry_counts_for_itself() -> None:
    others = [debit(10, debt="in-2"), debit(5, debt="in-2"), debit(1, debt="in-2")]
    assert asked([debit(10), *others], "ach", invoice_id="in-1") is None
    assert asked(others, "ach", invoice_id="in-1") is None
    assert asked([debit(10), *others], "ach") is not None


def test_a_return_that_only_the_provider_explains_counts_as_well() -> None:
    """Its own word leaves the category `retry`. After `fix`, a new authorisation, the next debit is another entry."""
    worded = tried(NOW - DAY, "ach", status=RETURNED, source="stripe", code="insufficient_funds")
    assert closed([worded] * 3, "ach").until is None
    assert asked([tried(NOW - DAY, "ach", status=RETURNED, category="fix", code="R08")] * 3, "ach") is None


def test_a_changed_amount_goes_to_an_operator() -> None:
    """The identical amount, never a part of it: a credit between two presentations makes it another debit."""
    found = cap("ach", [debit(5)], Money(99500, "NOK"), MIT, NOW)
    assert found == AmountChanged("ach", PRICE, Money(99500, "NOK"))
    assert str(found) == "ach allows the identical amount only: 1495.00 NOK was returned, 995.00 NOK is asked"


def test_a_debits_first_presentation_and_one_that_never_left_are_no_representment() -> None:
    never_left = [debit(3, AttemptStatus.NOT_CHARGED, None, category=None), debit(2, AttemptStatus.RESERVED, None)]
    assert asked(never_left, "ach") is None
    assert asked([debit(9), *never_left, *never_left], "ach") is None
    assert asked([debit(9, CLEARING, None)], "ach") is None


def test_a_sepa_mandate_has_two_representments_in_42_days_over_all_its_debts() -> None:
    one, other = [collection(10), collection(6)], [collection(9, "in-2"), collection(4, "in-2")]
    assert asked(one, "sepa", invoice_id="in-1") is None
    assert asked([*other, collection(3)], "sepa", invoice_id="in-1") is None
    found = closed([*other, collection(2, "in-2"), collection(1)], "sepa", invoice_id="in-1")
    assert (found.limit, found.counted, found.until) == (2, 2, NOW + 38 * DAY)
    assert asked([*other, collection(2, "in-2")], "sepa", invoice_id="in-3") is None


def test_a_mandate_that_frees_up_too_late_for_this_debt_is_closed_for_good() -> None:
    """42 days after its own first return, a debt may not be presented again."""
    busy = [collection(60, "in-2"), collection(4, "in-2"), collection(2, "in-2"), collection(30)]
    assert closed(busy, "sepa", invoice_id="in-1").until is None
    assert closed([collection(42)], "sepa").until is None
    past = [collection(90, "in-2"), collection(50, "in-2"), collection(2, "in-2"), collection(1)]
    assert asked(past, "sepa", invoice_id="in-1") is None


LEFT: dict[tuple[Attempt, ...], int] = {
    (): 3,
    (debit(9),): 2,
    (debit(9), debit(5), debit(1)): 0,
    (debit(9), debit(7), debit(5), debit(1)): 0,
    (debit(9), debit(8, AttemptStatus.NOT_CHARGED, None, category=None)): 2,
    (debit(9), debit(8, AttemptStatus.NOT_CHARGED, None, category="ours")): 2,
    (debit(9), debit(8, AttemptStatus.NOT_CHARGED, None, category="look_up")): 1,
    (debit(9), tried(NOW, "visa")): 2,
    (debit(9), collection(3)): 1,
    tuple(tried(NOW, "autogiro") for _ in range(3)): 0,
}


def test_a_debt_has_three_bank_debits_in_all() -> None:
    """money.md: day 0 and at most two more, whatever they were returned for and on whatever account, of any scheme.

    Law 7: what never reached the bank is none, nor is a fault of ours.
    """
    assert {attempts: bank_debits_left(attempts) for attempts in LEFT} == LEFT
    assert {attempts: bank_debit_allowed(attempts) for attempts in LEFT} == {
        attempts: left > 0 for attempts, left in LEFT.items()
    }


@pytest.mark.parametrize("status", [AttemptStatus.RESERVED, AttemptStatus.OPENED, AttemptStatus.CLEARING])
def test_a_bank_debit_waits_for_the_result_of_the_one_before(status: AttemptStatus) -> None:
    assert not bank_debit_allowed([debit(9), debit(1, status, None)])


def test_what_was_disputed_is_never_debited_again() -> None:
    """Law 8: chargebacks and unauthorised returns."""
    charged_back, unauthorised = debit(9, AttemptStatus.CHARGED_BACK, None), debit(9, code="R10")
    assert disputed([debit(10), charged_back]) is charged_back
    assert disputed([unauthorised]) is unauthorised
    assert disputed([debit(9), debit(2, AttemptStatus.SUCCEEDED, "R10")]) is None
    assert disputed([tried(NOW - 9 * DAY, source="visa_iso", code="R10")]) is None, "the same code from another source"
    assert not bank_debit_allowed([charged_back])
    assert not bank_debit_allowed([unauthorised])


def test_attempts_are_known_as_far_back_as_a_window_reaches() -> None:
    days = {"visa": 30, "mastercard": 30, "ach": 180, "sepa": 42, "amex": 0}
    assert {network: (lookback(network) - LONGEST_OPEN) / DAY for network in days} == days
    assert {network: (lookback(network, packaged()) - LONGEST_OPEN) / DAY for network in days} == days


def shared(*money: Money, network: str = "visa", code: str | None = None, at: datetime = NOW) -> list[Attempt]:
    """The rows of one declined attempt for several debts: one intent, an amount for each."""
    return [
        replace(tried(at, network, money=each, code=code, debt=f"in-{number}"), intent_id=f"pi {at}")
        for number, each in enumerate(money, start=1)
    ]


def test_an_attempt_for_several_debts_is_counted_once_with_its_sum() -> None:
    """G62: what the network sees is one attempt over the whole amount."""
    half = Money(PRICE.amount // 2, PRICE.currency)
    rows = [row for day in range(18) for row in shared(half, PRICE - half, at=NOW - day * DAY)]
    assert cap("visa", rows, PRICE, MIT, NOW) is None
    rows += shared(half, PRICE - half, at=NOW - 18 * DAY)
    assert isinstance(cap("visa", rows, PRICE, MIT, NOW), Capped)
    assert cap("visa", rows, half, MIT, NOW) is None


def test_rows_of_one_attempt_are_one_before_they_have_an_intent() -> None:
    """Reserved together, by one settlement: its sum is under way, once."""
    half = Money(PRICE.amount // 2, PRICE.currency)
    reserved = {"status": RESERVED, "category": None, "initiator": CIT, "debt": "in-1"}
    rows = [
        replace(tried(NOW - minute * timedelta(minutes=1), money=each, **reserved), begun_by=f"settle-balance/pm-{minute}")
        for minute in range(1, 20)
        for each in (half, PRICE - half)
    ]
    assert cap("visa", rows[2:], PRICE, CIT, NOW) is None
    found = cap("visa", rows, PRICE, CIT, NOW)
    assert isinstance(found, Capped)
    assert found.counted == 19
    assert cap("visa", rows, half, CIT, NOW) is None


def test_a_returned_debit_for_several_debts_is_presented_again_only_as_a_whole() -> None:
    """money.md: the identical amount, never partial."""
    half = Money(PRICE.amount // 2, PRICE.currency)
    rows = shared(half, PRICE - half, network="ach", code="R01", at=NOW - DAY)
    assert cap("ach", rows, PRICE, MIT, NOW, invoice_id="in-1") is None
    assert isinstance(cap("ach", rows, half, MIT, NOW, invoice_id="in-1"), AmountChanged)
