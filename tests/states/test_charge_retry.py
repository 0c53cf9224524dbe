"""The chart of charge-retry, move by move: where each event leads, what is remembered, and what each rule refuses."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, combinations
from typing import Any

import pytest

from domain.accounts import Initiator
from domain.decline_table import Category, Reason
from domain.ledger import Ended
from paystates.engine import HOUSE, Actor, Cancel, Due, Event, GaveUp, Moved, Refused, Run, Snapshot, Unavailable
from states import debts as ask
from states import retry_functions as do
from states import rules
from states.charge_retry import (
    CHARGE_RETRY,
    BalanceChanged,
    DetailsUpdated,
    Hold,
    LookUpAgain,
    Memory,
    MethodReplaced,
    ProviderNotified,
    Resume,
    RetryNow,
    SkipAttempt,
    WriteOff,
)

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
DAY = timedelta(days=1)
DEBT = ask.Debt(
    account="fjord",
    balance=10_000,
    currency="NOK",
    slots=6,
    used=1,
    window_ends=NOW + 28 * DAY,
    attempts=1,
    method="Visa •••• 4242",
    card_owner="ingrid",
    next_slot=1,
    next_at=NOW + 3 * DAY,
)
INGRID = Actor("ingrid", frozenset({"global_admin"}))
PETTER = Actor("petter", frozenset({"billing_admin"}))
GUNN = Actor("gunn", frozenset({"invoice_manager"}))
TORE = Actor("tore", frozenset({"profile_owner_elsewhere"}))
OLAV = Actor("olav", frozenset({"operator"}))
NOBODY = Actor("lise")


def debt(**differences: Any) -> ask.Debt:
    return DEBT.model_copy(update=differences)


OVER = debt(next_slot=None, next_at=None)
MANUAL = debt(next_slot=None, next_at=None, manual=True, profile="drift")
STOPPED = debt(chargeable=False)
NOTHING = debt(balance=0, next_slot=None, next_at=None)


def memory(**fields: Any) -> Memory:
    return Memory(invoice="F-1", **{"debt": DEBT, **fields})


PLAIN = memory()
RUNNING = memory(open_attempt=2, attempt_under_way=True)
NO_LOOK_UPS = memory(open_attempt=2, attempt_under_way=True, look_ups=len(do.LOOK_UP_AFTER))
NO_ASIDES = memory(asides=len(do.LOOK_UP_AFTER))
NO_TRIES = memory(tries=len(do.RECOVER_AFTER))
HELD = memory(held=True)
REBOUND = memory(rebound=True)
ASKED = memory(rebound=True, charge_now=True)
UNREAD = memory(debt=None)


def declined(after: ask.Debt = DEBT, category: Category = Category.RETRY, attempt: int = 2) -> ask.Declined:
    return ask.Declined(attempt=attempt, category=category, reason=Reason.DECLINED, debt=after)


def charged(after: ask.Debt, attempt: int = 2) -> ask.Charged:
    return ask.Charged(attempt=attempt, debt=after)


def postponed(after: ask.Debt = DEBT) -> ask.Postponed:
    return ask.Postponed(why="it is too early", debt=after)


ASIDE = postponed().model_copy(update={"aside": True})


def needed(after: ask.Debt = DEBT) -> ask.MethodNeeded:
    return ask.MethodNeeded(why="its details must be corrected", debt=after)


CLEARING = ask.Clearing(attempt=2, expected_by=NOW + 4 * DAY)
SCA = ask.ActionRequired(attempt=2, until=NOW + 2 * DAY)
NOT_CHARGED = ask.NotCharged(attempt=2, debt=DEBT)
READING = "opening charging skipping writing_off closing"
OWN_BOOK = "opening skipping writing_off closing"
TRIED = "charging confirming"
STILL = "waiting held needs_method needs_payment"
OPEN = "clearing needs_customer confirming_later needs_attention"
UNKNOWN = "clearing confirming_later needs_attention"
RETRIED = f"waiting needs_method needs_payment {OPEN} {TRIED}"

MOVES: list[tuple[str, Memory, Event, str, Actor]] = [
    # The debt as it is read.
    ("opening", HELD, ask.Opened(debt=DEBT), "held", HOUSE),
    ("opening", ASKED, ask.Opened(debt=DEBT), "charging", HOUSE),
    ("opening", ASKED, ask.Opened(debt=MANUAL), "charging", HOUSE),
    ("opening", REBOUND, ask.Opened(debt=OVER), "charging", HOUSE),
    ("opening", REBOUND, ask.Opened(debt=DEBT), "waiting", HOUSE),
    ("opening", REBOUND, ask.Opened(debt=MANUAL), "needs_payment", HOUSE),
    ("opening", ASKED, ask.Opened(debt=STOPPED), "needs_method", HOUSE),
    ("opening", ASKED, ask.Opened(debt=debt(tried=True)), "waiting", HOUSE),
    ("opening", REBOUND, ask.Opened(debt=debt(next_slot=None, next_at=None, tried=True)), "closing", HOUSE),
    ("opening", PLAIN, ask.Opened(debt=MANUAL), "needs_payment", HOUSE),
    ("opening", PLAIN, ask.Opened(debt=OVER), "closing", HOUSE),
    ("opening", PLAIN, ask.Opened(debt=STOPPED), "needs_method", HOUSE),
    ("opening", PLAIN, ask.Opened(debt=DEBT), "waiting", HOUSE),
    (READING, PLAIN, ask.AttemptOpen(attempt=2), "confirming", HOUSE),
    (READING, NO_TRIES, ask.AttemptOpen(attempt=2), "needs_attention", HOUSE),
    ("opening", PLAIN, ask.NoSuchInvoice(), "refused", HOUSE),
    (READING, PLAIN, ask.NothingDue(ended=Ended.VOIDED), "voided", HOUSE),
    (READING, PLAIN, ask.NothingDue(ended=Ended.WRITTEN_OFF), "written_off", HOUSE),
    (READING, PLAIN, ask.NothingDue(ended=Ended.PAID), "settled", HOUSE),
    (READING, PLAIN, ask.NothingDue(ended=Ended.PAID, collected=True), "recovered", HOUSE),
    (READING, PLAIN, ask.NothingDue(ended=Ended.CREDITED), "settled", HOUSE),
    (READING, PLAIN, ask.NothingDue(), "nothing_due", HOUSE),
    (OWN_BOOK, PLAIN, Unavailable(), "recovering", HOUSE),
    (OWN_BOOK, NO_TRIES, Unavailable(), "needs_attention", HOUSE),
    ("recovering", PLAIN, Due(), "opening", HOUSE),
    # The attempt, and what became of it.
    ("waiting", PLAIN, Due(), "charging", HOUSE),
    ("needs_method", PLAIN, GaveUp(), "charging", HOUSE),
    ("confirming", RUNNING, charged(debt(balance=0), attempt=1), "opening", HOUSE),
    (TRIED, RUNNING, charged(debt(balance=0)), "recovered", HOUSE),
    (TRIED, RUNNING, charged(debt(balance=1)), "opening", HOUSE),
    ("charging", RUNNING, CLEARING, "clearing", HOUSE),
    ("confirming", RUNNING, CLEARING, "clearing", HOUSE),
    ("confirming", NO_LOOK_UPS, CLEARING, "needs_attention", HOUSE),
    ("charging", RUNNING, SCA, "needs_customer", HOUSE),
    ("confirming", RUNNING, SCA, "needs_customer", HOUSE),
    ("confirming", NO_LOOK_UPS, SCA, "needs_attention", HOUSE),
    ("confirming", RUNNING, declined(attempt=1), "opening", HOUSE),
    ("confirming", HELD, declined(), "opening", HOUSE),
    ("confirming", ASKED, declined(), "opening", HOUSE),
    ("confirming", REBOUND, declined(OVER), "opening", HOUSE),
    (TRIED, RUNNING, declined(NOTHING), "opening", HOUSE),
    (TRIED, RUNNING, declined(NOTHING, Category.FIX), "opening", HOUSE),
    (TRIED, RUNNING, declined(MANUAL), "needs_payment", HOUSE),
    (TRIED, RUNNING, declined(OVER), "closing", HOUSE),
    (TRIED, RUNNING, declined(STOPPED), "needs_method", HOUSE),
    (TRIED, RUNNING, declined(category=Category.NEVER), "needs_method", HOUSE),
    (TRIED, RUNNING, declined(category=Category.FIX), "needs_method", HOUSE),
    (TRIED, RUNNING, declined(), "waiting", HOUSE),
    ("charging", RUNNING, needed(MANUAL), "needs_payment", HOUSE),
    ("charging", RUNNING, needed(OVER), "closing", HOUSE),
    ("charging", RUNNING, needed(), "needs_method", HOUSE),
    ("confirming", HELD, postponed(), "opening", HOUSE),
    (TRIED, RUNNING, postponed(NOTHING), "opening", HOUSE),
    (TRIED, RUNNING, postponed(MANUAL), "needs_payment", HOUSE),
    (TRIED, RUNNING, postponed(OVER), "closing", HOUSE),
    (f"{TRIED} closing", RUNNING, postponed(), "waiting", HOUSE),
    ("charging closing", RUNNING, ASIDE, "waiting", HOUSE),
    ("charging closing", NO_ASIDES, ASIDE, "needs_attention", HOUSE),
    ("charging", RUNNING, ask.OutcomeUnknown(), "confirming", HOUSE),
    ("charging", RUNNING, Unavailable(), "confirming", HOUSE),
    ("confirming", RUNNING, NOT_CHARGED, "opening", HOUSE),
    ("confirming", RUNNING, ask.Reopened(attempt=2, cause="returned"), "opening", HOUSE),
    ("confirming", RUNNING, ask.Unchanged(), "opening", HOUSE),
    ("confirming", RUNNING, ask.StillUnknown(), "confirming_later", HOUSE),
    ("confirming", NO_LOOK_UPS, ask.StillUnknown(), "needs_attention", HOUSE),
    ("confirming", RUNNING, Unavailable(), "confirming_later", HOUSE),
    ("confirming", NO_LOOK_UPS, Unavailable(), "needs_attention", HOUSE),
    ("confirming_later clearing", RUNNING, Due(), "confirming", HOUSE),
    ("needs_customer", RUNNING, GaveUp(), "confirming", HOUSE),
    ("needs_attention", RUNNING, GaveUp(), "confirming", HOUSE),
    ("needs_attention", PLAIN, GaveUp(), "opening", HOUSE),
    ("needs_attention", memory(attempt_under_way=True, asked_last=True), GaveUp(), "unresolved", HOUSE),
    # The end.
    ("skipping", PLAIN, ask.Skipped(debt=DEBT), "opening", HOUSE),
    ("writing_off", PLAIN, ask.WrittenOff(amount=10_000), "written_off", HOUSE),
    ("closing", PLAIN, ask.Closed(debt=OVER), "exhausted", HOUSE),
    ("held needs_payment", PLAIN, GaveUp(), "closing", HOUSE),
    # What people may do.
    (RETRIED, PLAIN, RetryNow(), "charging", INGRID),
    (RETRIED, PLAIN, RetryNow(), "charging", OLAV),
    ("waiting needs_method", PLAIN, Hold(), "held", OLAV),
    ("held", HELD, Resume(), "opening", OLAV),
    ("waiting needs_method", PLAIN, SkipAttempt(), "skipping", OLAV),
    (f"{STILL} {OPEN} {TRIED}", PLAIN, WriteOff(reason="bankrupt"), "writing_off", OLAV),
    ("needs_attention", UNREAD, LookUpAgain(), "opening", OLAV),
    (OPEN, RUNNING, LookUpAgain(), "confirming", OLAV),
    (f"{STILL} recovering {OPEN}", PLAIN, Cancel(), "cancelled", HOUSE),
    # What wakes it.
    (STILL, PLAIN, MethodReplaced(), "opening", HOUSE),
    ("needs_customer", RUNNING, MethodReplaced(), "confirming", HOUSE),
    (UNKNOWN, RUNNING, MethodReplaced(), "", HOUSE),
    (STILL, PLAIN, DetailsUpdated(), "opening", HOUSE),
    ("needs_customer", RUNNING, DetailsUpdated(), "confirming", HOUSE),
    (UNKNOWN, RUNNING, DetailsUpdated(), "", HOUSE),
    (STILL, PLAIN, BalanceChanged(), "opening", HOUSE),
    (OPEN, RUNNING, BalanceChanged(), "", HOUSE),
    ("needs_attention", UNREAD, BalanceChanged(), "opening", HOUSE),
    (STILL, PLAIN, ProviderNotified(attempt=1), "opening", HOUSE),
    (OPEN, RUNNING, ProviderNotified(attempt=2), "confirming", HOUSE),
]
"""State (or several), memory, event, the state it leads to (empty: it stays), and who sent it."""


def each() -> Iterator[tuple[str, Memory, Event, str, Actor]]:
    for sources, kept, event, target, actor in MOVES:
        yield from ((source, kept, event, target or source, actor) for source in sources.split())


def at(state: str, kept: Memory = PLAIN, now: datetime = NOW) -> Snapshot[Memory]:
    return Snapshot(CHARGE_RETRY.id, state, 7, kept, now)


def after(state: str, kept: Memory, event: Event, actor: Actor = HOUSE) -> Memory:
    """What is remembered once the event was taken."""
    outcome = CHARGE_RETRY.decide(at(state, kept), event, actor, NOW)
    assert isinstance(outcome, Moved)
    return outcome.snapshot.memory


def codes(state: str, kept: Memory, event: Event, actor: Actor, now: datetime = NOW) -> set[str]:
    """With what it is refused; nothing: it was taken."""
    outcome = CHARGE_RETRY.decide(at(state, kept, now), event, actor, now)
    return {refusal.code for refusal in outcome.refusals} if isinstance(outcome, Refused) else set()


@pytest.mark.parametrize(
    ("state", "kept", "event", "target", "actor"),
    [pytest.param(*row, id=f"{number}-{row[0]}-{row[2].kind}-{row[3]}") for number, row in enumerate(each(), start=1)],
)
def test_an_event_leads_where_the_chart_says(state: str, kept: Memory, event: Event, target: str, actor: Actor) -> None:
    """Each row of the table above is one decision, and visits are counted (design, 2)."""
    outcome = CHARGE_RETRY.decide(at(state, kept), event, actor, NOW)
    assert isinstance(outcome, Moved), outcome
    assert outcome.snapshot.state == target
    assert outcome.snapshot.visit == (7 if outcome.move.to is None else 8)


def test_no_move_is_left_out() -> None:
    """The table above exercises every move of the chart from every state it starts from."""
    taken = set()
    for state, kept, event, _, actor in each():
        outcome = CHARGE_RETRY.decide(at(state, kept), event, actor, NOW)
        if isinstance(outcome, Moved):
            taken.add((CHARGE_RETRY.moves.index(outcome.move), state))
    declared = {(index, source) for index, move in enumerate(CHARGE_RETRY.moves) for source in move.sources}
    missing = {
        (CHARGE_RETRY.moves[index].on.__name__, CHARGE_RETRY.moves[index].to, source) for index, source in declared - taken
    }
    assert missing == set()


def test_what_a_state_does_not_know_is_refused_with_what_is_possible() -> None:
    """“Not possible now” names what is possible (design, 2)."""
    outcome = CHARGE_RETRY.decide(at("held", HELD), RetryNow(), INGRID, NOW)
    assert isinstance(outcome, Refused)
    assert [refusal.code for refusal in outcome.refusals] == ["NOT_POSSIBLE_NOW"]
    assert outcome.refusals[0].remedy.startswith("Possible now: resume, write off, cancel")


# What is asked of the world, and when.


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


def test_word_of_an_earlier_attempt_does_not_hide_the_open_one() -> None:
    """Law 1: the open attempt is found again in the book, and looked up."""
    told = after("clearing", RUNNING, ProviderNotified(attempt=1))
    assert do.look_up(told).attempt == 1
    heard = after("confirming", told, declined(attempt=1))
    outcome = CHARGE_RETRY.decide(at("opening", heard), ask.AttemptOpen(attempt=2), HOUSE, NOW)
    assert isinstance(outcome, Moved)
    assert do.look_up(outcome.snapshot.memory).attempt == 2


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
    headline = do.headline(memory(debt=debt(currency=currency)))
    assert headline == f"invoice F-1 · attempt 1 · slot 1 of 6 · {said} · Visa •••• 4242"
    assert do.headline(UNREAD) == "invoice F-1"
    assert do.attributes(PLAIN) == {"account": "fjord", "attempt": 1}
    assert do.attributes(memory(debt=MANUAL)) == {"account": "fjord", "attempt": 1, "profile": "drift"}
    assert do.attributes(UNREAD) == {}


# The rules.

AGAINST: dict[str, dict[str, Any]] = {
    "ATTEMPT_RUNNING": {"attempt_under_way": True, "open_attempt": 2},
    "ASKED_TO_WAIT": {"not_before": NOW + DAY},
    "NO_CHARGEABLE_METHOD": {"chargeable": False},
    "CARD_NOT_OWNED": {"card_owner": "ingrid"},
    "PROFILE_ROLE_ELSEWHERE": {"profile": None},
}
SUBSETS = list(chain.from_iterable(combinations(sorted(AGAINST), size) for size in range(len(AGAINST) + 1)))


def against(*chosen: str) -> tuple[Memory, Actor]:
    """A memory and an actor against which exactly these rules speak."""
    fields = {"card_owner": None}
    for code in chosen:
        fields |= AGAINST[code]
    kept = {name: fields.pop(name) for name in ("attempt_under_way", "open_attempt") if name in fields}
    actor = GUNN if "PROFILE_ROLE_ELSEWHERE" in chosen else PETTER
    return memory(debt=debt(**fields), **kept), actor


@pytest.mark.parametrize("chosen", SUBSETS, ids="+".join)
def test_every_rule_refuses_by_itself_and_none_hides_another(chosen: tuple[str, ...]) -> None:
    """All the reasons at once (G50): each subset of the rules on RetryNow is refused with exactly those."""
    kept, actor = against(*chosen)
    assert codes("waiting", kept, RetryNow(), actor) == set(chosen)


def test_a_role_that_may_not_is_refused_beside_the_rules() -> None:
    """G1: other roles are refused, with everything else that stands against it."""
    kept, _ = against("ASKED_TO_WAIT", "NO_CHARGEABLE_METHOD")
    assert codes("waiting", kept, RetryNow(), NOBODY) == {"NOT_ALLOWED", "ASKED_TO_WAIT", "NO_CHARGEABLE_METHOD"}


@pytest.mark.parametrize("action", [Hold(), SkipAttempt(), WriteOff(reason="x"), MethodReplaced(), BalanceChanged(), Cancel()])
def test_a_customer_may_only_pay(action: Event) -> None:
    """Holding, skipping and writing off are the operator's, wake-ups are a service's (design, 7)."""
    assert codes("waiting", PLAIN, action, INGRID) == {"NOT_ALLOWED"}


@pytest.mark.parametrize("state", [*OPEN.split(), *TRIED.split()])
def test_nothing_is_charged_or_written_off_beside_an_attempt(state: str) -> None:
    """Law 1, U1: an attempt that is open or unknown blocks every other, manual ones too; the remedy is to look it up."""
    assert codes(state, RUNNING, RetryNow(), INGRID) == {"ATTEMPT_RUNNING"}
    assert codes(state, RUNNING, WriteOff(reason="bankrupt"), OLAV) == {"ATTEMPT_RUNNING"}
    assert state in TRIED or codes(state, RUNNING, LookUpAgain(), OLAV) == set()


def test_what_was_never_read_is_not_charged() -> None:
    """Law 2: without the debt nobody knows whose card it is; the remedy reads it."""
    assert codes("needs_attention", UNREAD, RetryNow(), PETTER) == {"NOT_READ"}
    outcome = CHARGE_RETRY.decide(at("needs_attention", UNREAD), LookUpAgain(), OLAV, NOW)
    assert isinstance(outcome, Moved)
    assert outcome.snapshot.state == "opening"


def test_a_wait_that_was_asked_for_ends() -> None:
    """money.md, retry_later: refused until then, taken from that very instant."""
    kept = memory(debt=debt(not_before=NOW + DAY))
    assert codes("waiting", kept, RetryNow(), INGRID, NOW + DAY - timedelta(seconds=1)) == {"ASKED_TO_WAIT"}
    assert codes("waiting", kept, RetryNow(), INGRID, NOW + DAY) == set()


def test_a_card_is_used_by_who_added_it() -> None:
    """G3, G60: another administrator is refused; its owner and our operators are not; a bank account is anybody's (G2)."""
    assert codes("waiting", PLAIN, RetryNow(), PETTER) == {"CARD_NOT_OWNED"}
    assert codes("waiting", PLAIN, RetryNow(), INGRID) == set()
    assert codes("waiting", PLAIN, RetryNow(), OLAV) == set()
    assert codes("waiting", memory(debt=debt(card_owner=None)), RetryNow(), PETTER) == set()


def test_a_billing_profiles_card_is_its_role_holders_to_use() -> None:
    """G4, G5, G9: who may pay the profile's bills may use the card that backs it, whoever added it."""
    assert codes("waiting", memory(debt=debt(profile="drift")), RetryNow(), GUNN) == set()
    assert codes("waiting", memory(debt=debt(card_owner=None)), RetryNow(), GUNN) == {"PROFILE_ROLE_ELSEWHERE"}
    assert codes("waiting", memory(debt=debt(card_owner=None)), RetryNow(), PETTER) == set()


@pytest.mark.parametrize("profile", [None, "drift"])
def test_a_role_on_another_billing_profile_permits_nothing_and_says_so(profile: str | None) -> None:
    """G11: no action is taken, and the reason names neither the profile that pays nor anybody."""
    kept = memory(debt=debt(profile=profile, card_owner=None))
    for state in CHARGE_RETRY.states:
        for kind in CHARGE_RETRY.possible(state):
            assert isinstance(CHARGE_RETRY.decide(at(state, kept), CHARGE_RETRY.actions[kind](), TORE, NOW), Refused)
    outcome = CHARGE_RETRY.decide(at("waiting", kept), RetryNow(), TORE, NOW)
    assert isinstance(outcome, Refused)
    not_allowed, elsewhere = outcome.refusals
    assert (not_allowed.code, elsewhere.code, elsewhere.facts) == ("NOT_ALLOWED", "PROFILE_ROLE_ELSEWHERE", {})
    assert elsewhere.sentence == (
        "A role on a billing profile has no effect outside it, "
        "and this invoice is not paid through one on which you may pay bills."
    )
    assert elsewhere.remedy == (
        "Ask a global or billing administrator or, where a billing profile pays, somebody with a role on that one."
    )


def test_a_role_on_another_billing_profile_takes_nothing_away() -> None:
    """G1, G4: who may pay by another role pays, and a mere reader's is not spoken of."""
    kept = memory(debt=debt(profile="drift"))
    for role in ("billing_admin", "profile_contributor", "operator"):
        assert codes("waiting", kept, RetryNow(), Actor("tore", TORE.roles | {role})) == set()
    assert codes("waiting", kept, RetryNow(), Actor("lise", frozenset({"profile_reader_elsewhere"}))) == {"NOT_ALLOWED"}


def test_a_method_that_is_finished_is_replaced() -> None:
    """C9, G65: refused as it is; its remedy, binding another, is always possible there."""
    assert codes("needs_method", memory(debt=STOPPED), RetryNow(), INGRID) == {"NO_CHARGEABLE_METHOD"}
    assert codes("needs_method", memory(debt=STOPPED), MethodReplaced(), HOUSE) == set()


@pytest.mark.parametrize(("next_slot", "refused"), [(4, set()), (5, {"LAST_SLOT"})])
def test_the_last_attempt_is_not_skipped(next_slot: int, refused: set[str]) -> None:
    """G54: after a notice another attempt follows; to hold or to write off are the ways out that are named."""
    kept = memory(debt=debt(next_slot=next_slot))
    assert codes("waiting", kept, SkipAttempt(), OLAV) == refused
    assert codes("waiting", kept, Hold(), OLAV) == set()
    assert codes("waiting", kept, WriteOff(reason="goodwill"), OLAV) == set()


def test_without_a_date_it_cannot_be_told_which_attempt_is_the_last() -> None:
    """Never a silent yes: the refusal says what is missing."""
    for kept in (UNREAD, memory(debt=debt(next_slot=None, next_at=None))):
        outcome = CHARGE_RETRY.decide(at("waiting", kept), SkipAttempt(), OLAV, NOW)
        assert isinstance(outcome, Refused)
        (refusal,) = outcome.refusals
        assert (refusal.code, refusal.facts) == ("LAST_SLOT", {"missing": "the date of the next attempt"})
        assert refusal.sentence.startswith("It cannot be told")


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_a_write_off_needs_a_reason(reason: str) -> None:
    """Blank is none; the remedy, giving one, is taken, and the reason remembered for the book."""
    assert codes("waiting", PLAIN, WriteOff(reason=reason), OLAV) == {"REASON_MISSING"}
    assert codes("waiting", RUNNING, WriteOff(reason=reason), OLAV) == {"ATTEMPT_RUNNING", "REASON_MISSING"}
    assert do.write_off_debt(after("waiting", PLAIN, WriteOff(reason="bankrupt"), OLAV)).reason == "bankrupt"


def test_every_refusal_speaks_in_sentences() -> None:
    """A refusal has a sentence with its facts, a remedy and a source (G50)."""
    for code in AGAINST:
        kept, actor = against(code)
        outcome = CHARGE_RETRY.decide(at("waiting", kept), RetryNow(), actor, NOW)
        assert isinstance(outcome, Refused)
        (refusal,) = outcome.refusals
        assert refusal.sentence.endswith(".")
        assert "{" not in refusal.sentence
        assert refusal.remedy
        assert refusal.source


def test_every_rule_of_the_chart_is_in_the_catalogue() -> None:
    """`paystates rules` lists what may refuse."""
    used = {rule for move in CHARGE_RETRY.moves for rule in move.given}
    assert used == set(rules.RETRY)
    assert used <= set(rules.CATALOGUE)


@pytest.mark.parametrize("wake", [MethodReplaced(), DetailsUpdated()])
def test_that_another_method_was_bound_is_not_believed(wake: Event) -> None:
    """Law 2: an open authentication is given up only if the book has another method or other details; the look-up asks it."""
    asked = do.look_up(after("needs_customer", RUNNING, wake))
    assert (asked.rebound, asked.expire) == (True, False)
    assert not do.look_up(RUNNING).rebound


def test_whose_debt_it_was_is_known_when_there_is_nothing_left_to_read() -> None:
    """A retry that is started again after the end is found by its account, and told on that account's clock."""
    over = after("opening", UNREAD, ask.NothingDue(ended=Ended.PAID, collected=True, account="fjord", time_zone="Europe/Oslo"))
    assert (over.time_zone, do.attributes(over)) == ("Europe/Oslo", {"account": "fjord"})
    assert do.attributes(UNREAD) == {}


def test_what_is_allowed_is_told_before_it_is_tried() -> None:
    """The list of possible actions names the same refusals as the attempt to act (design, 3)."""
    kept, actor = against("ASKED_TO_WAIT", "CARD_NOT_OWNED")
    told = {
        row.action: {refusal.code for refusal in row.refusals} for row in CHARGE_RETRY.allowed(at("waiting", kept), NOW, actor)
    }
    assert told["retry_now"] == {"ASKED_TO_WAIT", "CARD_NOT_OWNED"}
    assert told["hold"] == {"NOT_ALLOWED"}
