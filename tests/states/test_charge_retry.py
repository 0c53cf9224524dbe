"""The chart of charge-retry, move by move: where each event leads."""

from collections.abc import Iterator

from for_every import for_every
from retry_world import (
    ANOTHER,
    ASIDE,
    ASKED,
    CLEARING,
    DAY,
    DEBT,
    FOUND_OPEN,
    HELD,
    INGRID,
    MANUAL,
    NO_ASIDES,
    NO_LOOK_UPS,
    NO_TRIES,
    NOT_CHARGED,
    NOTHING,
    NOW,
    OLAV,
    OPEN,
    OVER,
    OWN_BOOK,
    PLAIN,
    READING,
    REBOUND,
    RETRIED,
    RUNNING,
    SCA,
    STILL,
    STOPPED,
    TRIED,
    UNKNOWN,
    UNREAD,
    at,
    charged,
    debt,
    declined,
    memory,
    needed,
    postponed,
)

from domain.decline_table import Category
from domain.ledger import Ended
from paystates.engine import HOUSE, Actor, Cancel, Due, Event, GaveUp, Moved, Refused, Unavailable
from states import debts as ask
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
    ("opening", ASKED, ask.Opened(debt=debt(not_before=NOW + DAY)), "waiting", HOUSE),
    ("opening", ASKED, ask.Opened(debt=debt(not_before=NOW)), "charging", HOUSE),
    ("opening", ASKED, ask.Opened(debt=debt(not_before=NOW + DAY, next_slot=None, next_at=None)), "closing", HOUSE),
    ("opening", REBOUND, ask.Opened(debt=debt(not_before=NOW + DAY, next_slot=None, next_at=None)), "closing", HOUSE),
    ("opening", PLAIN, ask.Opened(debt=MANUAL), "needs_payment", HOUSE),
    ("opening", PLAIN, ask.Opened(debt=OVER), "closing", HOUSE),
    ("opening", PLAIN, ask.Opened(debt=STOPPED), "needs_method", HOUSE),
    ("opening", PLAIN, ask.Opened(debt=DEBT), "waiting", HOUSE),
    (READING, PLAIN, FOUND_OPEN, "confirming", HOUSE),
    (READING, NO_TRIES, FOUND_OPEN, "needs_attention", HOUSE),
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
    ("confirming", ANOTHER, charged(debt(balance=0), attempt=1), "confirming", HOUSE),
    (TRIED, RUNNING, charged(debt(balance=0)), "recovered", HOUSE),
    (TRIED, RUNNING, charged(debt(balance=1)), "opening", HOUSE),
    ("charging", RUNNING, CLEARING, "clearing", HOUSE),
    ("confirming", RUNNING, CLEARING, "clearing", HOUSE),
    ("confirming", NO_LOOK_UPS, CLEARING, "needs_attention", HOUSE),
    ("charging", RUNNING, SCA, "needs_customer", HOUSE),
    ("confirming", RUNNING, SCA, "needs_customer", HOUSE),
    ("confirming", NO_LOOK_UPS, SCA, "needs_attention", HOUSE),
    ("confirming", ANOTHER, declined(attempt=1), "confirming", HOUSE),
    ("confirming", ANOTHER, ask.Clearing(attempt=1, expected_by=NOW), "confirming", HOUSE),
    ("confirming", ANOTHER, ask.ActionRequired(attempt=1, until=NOW), "confirming", HOUSE),
    ("confirming", ANOTHER, ask.NotCharged(attempt=1, debt=DEBT), "confirming", HOUSE),
    ("confirming", ANOTHER, ask.Reopened(attempt=1, cause="charged_back"), "confirming", HOUSE),
    ("confirming", ANOTHER, ask.Unchanged(), "confirming", HOUSE),
    ("confirming", ANOTHER, postponed(), "confirming", HOUSE),
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
    ("recovering", PLAIN, MethodReplaced(), "", HOUSE),
    ("recovering", PLAIN, DetailsUpdated(), "", HOUSE),
    ("recovering", PLAIN, BalanceChanged(), "", HOUSE),
    ("recovering", PLAIN, ProviderNotified(attempt=1), "", HOUSE),
    (STILL, PLAIN, DetailsUpdated(), "opening", HOUSE),
    ("needs_customer", RUNNING, DetailsUpdated(), "confirming", HOUSE),
    (UNKNOWN, RUNNING, DetailsUpdated(), "", HOUSE),
    (STILL, PLAIN, BalanceChanged(), "opening", HOUSE),
    ("needs_customer", RUNNING, BalanceChanged(), "confirming", HOUSE),
    (UNKNOWN, RUNNING, BalanceChanged(), "", HOUSE),
    ("needs_attention", UNREAD, BalanceChanged(), "opening", HOUSE),
    (STILL, PLAIN, ProviderNotified(attempt=1), "opening", HOUSE),
    (OPEN, RUNNING, ProviderNotified(attempt=2), "confirming", HOUSE),
]
"""State (or several), memory, event, the state it leads to (empty: it stays), and who sent it."""


def each() -> Iterator[tuple[str, Memory, Event, str, Actor]]:
    for sources, kept, event, target, actor in MOVES:
        yield from ((source, kept, event, target or source, actor) for source in sources.split())


@for_every(each(), lambda state, kept, event, target, actor: f"{state} --{event.kind}--> {target}")
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
