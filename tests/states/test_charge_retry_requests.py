"""What charge-retry asks of the world and when, and what it remembers for it."""

import pytest
from for_every import for_every
from retry_world import (
    DAY,
    DEBT,
    FOUND_OPEN,
    INGRID,
    MANUAL,
    NO_LOOK_UPS,
    NOT_CHARGED,
    NOW,
    OLAV,
    PLAIN,
    RUNNING,
    SCA,
    UNREAD,
    after,
    at,
    codes,
    debt,
    declined,
    memory,
)

from domain.accounts import Initiator
from paystates.engine import HOUSE, Actor, Due, Event, GaveUp, Moved, Run, Unavailable
from states import debts as ask
from states import retry_functions as do
from states.charge_retry import CHARGE_RETRY, LookUpAgain, MethodReplaced, ProviderNotified, Resume, RetryNow
from states.retry_story import headline


def test_an_attempts_number_is_fixed_before_it_is_sent() -> None:
    """Law 3: the row of that number is what a look-up closes."""
    begun = after("waiting", memory(debt=debt(attempts=4)), Due())
    assert do.charge(begun) == ask.Charge(invoice="F-1", attempt=5, slot=1, automatic=True, initiator=Initiator.MERCHANT)
    assert do.look_up(begun).attempt == 5
    assert begun.attempt_under_way


@pytest.mark.parametrize(("actor", "initiator"), [(INGRID, Initiator.CUSTOMER), (OLAV, Initiator.MERCHANT)])
def test_who_asks_is_told_to_the_network(actor: Actor, initiator: Initiator) -> None:
    """Attempts that a customer began are counted apart (money.md, network caps); either uses up the slot it pre-empts (U14)."""
    request = do.charge(after("waiting", PLAIN, RetryNow(), actor))
    assert (request.initiator, request.automatic, request.slot) == (initiator, False, 1)


def test_a_request_to_charge_now_is_used_up_by_one_charge() -> None:
    """U6: at once, once; no later reading of the debt repeats it."""
    asked = after("waiting", PLAIN, MethodReplaced(charge_now=True))
    begun = after("opening", asked, ask.Opened(debt=DEBT))
    assert (begun.charge_now, begun.rebound, begun.initiator) == (False, False, Initiator.CUSTOMER)
    assert not after("charging", begun, declined()).charge_now


def test_a_request_to_charge_now_that_is_told_again_charges_no_second_time() -> None:
    """Law 2: whoever tells it does not know whether it was heard, and the book knows that the method was tried."""
    asked = after("waiting", PLAIN, MethodReplaced(charge_now=True))
    tried = after("charging", after("opening", asked, ask.Opened(debt=DEBT)), declined(debt(tried=True)))
    again = after("waiting", tried, MethodReplaced(charge_now=True))
    outcome = CHARGE_RETRY.decide(at("opening", again), ask.Opened(debt=debt(tried=True)), HOUSE, NOW)
    assert isinstance(outcome, Moved)
    assert (outcome.snapshot.state, outcome.snapshot.memory.charge_now) == ("waiting", False)


def test_a_request_to_charge_now_waits_for_the_outcome_of_an_open_attempt() -> None:
    """Law 1 and U6: it is not lost while the attempt is unknown, and honoured once that took nothing."""
    asked = after("confirming_later", RUNNING, MethodReplaced(charge_now=True))
    freed = after("confirming", asked, NOT_CHARGED)
    outcome = CHARGE_RETRY.decide(at("opening", freed), ask.Opened(debt=DEBT), HOUSE, NOW)
    assert isinstance(outcome, Moved)
    assert outcome.snapshot.state == "charging"


def test_a_held_debt_forgets_that_it_was_to_be_charged_now() -> None:
    """After Resume the next date counts (money.md, default plan)."""
    held = after("opening", memory(held=True, rebound=True, charge_now=True), ask.Opened(debt=DEBT))
    resumed = after("held", held, Resume(), OLAV)
    assert (resumed.held, resumed.resumed, resumed.charge_now) == (False, True, False)
    assert do.open_debt(resumed).resumed
    assert not after("opening", resumed, ask.Opened(debt=DEBT)).resumed


@for_every(
    [
        declined(attempt=1),
        ask.Unchanged(),
        ask.NotCharged(attempt=1, debt=DEBT),
        ask.Reopened(attempt=1, cause="returned"),
    ],
    lambda answer: answer.kind,
)
def test_word_of_another_attempt_does_not_hide_the_one_under_way(answer: Event) -> None:
    """Law 3: that one is looked up next, and its row closed: it may not be there yet, and its worker wake late."""
    told = after("clearing", RUNNING, ProviderNotified(attempt=1))
    assert do.look_up(told).attempt == 1
    outcome = CHARGE_RETRY.decide(at("confirming", told), answer, HOUSE, NOW)
    assert isinstance(outcome, Moved)
    assert outcome.snapshot.state == "confirming"
    assert do.look_up(outcome.snapshot.memory).attempt == 2


def test_what_is_told_while_the_book_is_away_is_minded_once_it_is_reached() -> None:
    """Law 8: a chargeback is told once, and maybe in the hour in which the account book cannot be reached."""
    told = after("recovering", memory(tries=1), ProviderNotified(attempt=1))
    assert do.open_debt(after("recovering", told, Due())).hint == 1
    asked = after("recovering", memory(tries=1), MethodReplaced(charge_now=True))
    assert after("recovering", asked, Due()).charge_now


def test_an_attempt_that_is_found_open_says_whose_debt_it_is() -> None:
    """A run that begins with it (after Reset, Terminate, or news of the provider's) is searched by, headed and judged as any."""
    found = after("opening", UNREAD, FOUND_OPEN)
    assert CHARGE_RETRY.attributes is not None
    assert CHARGE_RETRY.attributes(found)["account"] == DEBT.account
    assert (found.debt, found.open_attempt) == (DEBT, 2)
    waits = after("confirming", found, SCA)
    assert codes("needs_customer", waits, RetryNow(), INGRID) == {"ATTEMPT_RUNNING"}


def test_what_was_not_authenticated_is_cancelled() -> None:
    """U3: “action required” expires."""
    assert do.look_up(after("needs_customer", RUNNING, GaveUp())).expire
    assert not do.look_up(after("needs_customer", RUNNING, ProviderNotified(attempt=2))).expire


def test_look_ups_become_rarer_and_end() -> None:
    """U3: an unknown outcome is asked about for two weeks, then an operator is asked, and that has an end too."""
    kept, now, waits = RUNNING, NOW, []
    for _ in range(100):
        outcome = CHARGE_RETRY.decide(at("confirming", kept, now), ask.StillUnknown(), HOUSE, now)
        assert isinstance(outcome, Moved)
        kept, due = outcome.snapshot.memory, outcome.snapshot.due
        assert due is not None
        if outcome.snapshot.state == "needs_attention":
            assert due == now + do.ATTENTION
            break
        waits.append(due - now)
        now = due
    assert waits == list(do.LOOK_UP_AFTER)


def test_before_it_gives_up_it_asks_once_more() -> None:
    """U3: whoever was out of reach for weeks may answer by then; an operator's look-up begins all budgets anew."""
    asked = after("needs_attention", NO_LOOK_UPS, GaveUp())
    assert CHARGE_RETRY.decide(at("confirming", asked), ask.StillUnknown(), HOUSE, NOW).snapshot.state == "needs_attention"
    assert not after("needs_attention", asked, LookUpAgain(), OLAV).asked_last
    assert not after("confirming", asked, NOT_CHARGED).asked_last
    assert not after("confirming", asked, ask.Unchanged()).asked_last


def test_the_book_is_asked_again_and_then_an_operator() -> None:
    """A database that is down delays a retry and loses nothing."""
    kept, waits = PLAIN, []
    while (outcome := CHARGE_RETRY.decide(at("opening", kept), Unavailable(), HOUSE, NOW)).snapshot.state == "recovering":
        kept = outcome.snapshot.memory
        waits.append(outcome.snapshot.due - NOW)
    assert waits == list(do.RECOVER_AFTER)


def test_an_overdue_bank_result_is_asked_for_once_a_day() -> None:
    """A bank that promised a result and is late is asked a day later, until the look-ups are used up."""
    late = ask.Clearing(attempt=2, expected_by=NOW - DAY)
    outcome = CHARGE_RETRY.decide(at("confirming", RUNNING), late, HOUSE, NOW)
    assert isinstance(outcome, Moved)
    assert outcome.snapshot.due == NOW + DAY
    assert after("confirming", outcome.snapshot.memory, late).look_ups == outcome.snapshot.memory.look_ups + 1


@pytest.mark.parametrize("state", [name for name, state in CHARGE_RETRY.states.items() if isinstance(state, Run)])
def test_whatever_it_has_read_a_request_can_be_made(state: str) -> None:
    """A run that was reset asks without ever having read the debt."""
    run = CHARGE_RETRY.states[state]
    assert isinstance(run, Run)
    assert run.ask(UNREAD).invoice == "F-1"


@pytest.mark.parametrize(("currency", "said"), [("NOK", "100.00 NOK"), ("JPY", "10000 JPY")])
def test_the_headline_tells_the_amount_in_its_own_currency(currency: str, said: str) -> None:
    """Minor units are the currency's own (law 6)."""
    assert headline(memory(debt=debt(currency=currency))) == f"invoice F-1 · attempt 1 · slot 1 of 6 · {said} · Visa •••• 4242"
    assert headline(UNREAD) == "invoice F-1"
    assert do.attributes(PLAIN) == {"account": "fjord", "attempt": 1}
    assert do.attributes(memory(debt=MANUAL)) == {"account": "fjord", "attempt": 1, "profile": "drift"}
    assert do.attributes(UNREAD) == {}
