"""How long a retry stands aside for another procedure's open attempt: as long as it would look for an outcome of its own (U3)."""

from datetime import UTC, datetime, timedelta

from domain.decline_table import Category, Reason
from paystates.engine import HOUSE, Actor, Event, GaveUp, Moved, Snapshot
from states import debts as ask
from states.charge_retry import CHARGE_RETRY, BalanceChanged, LookUpAgain, Memory
from states.retry_functions import LOOK_UP_AFTER

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
OLAV = Actor("olav", frozenset({"operator"}))
DEBT = ask.Debt(
    account="fjord",
    balance=10_000,
    currency="NOK",
    slots=6,
    used=2,
    attempts=1,
    method="Visa •••• 4242",
    card_owner=None,
    chargeable=True,
    profile=None,
    not_before=None,
    window_ends=NOW + timedelta(days=28),
    next_slot=2,
    next_at=NOW + timedelta(days=1),
)
ASIDE = ask.Postponed(why="another procedure is charging this debt", debt=DEBT, aside=True)
EARLY = ask.Postponed(why="it is too early", debt=DEBT)
DECLINED = ask.Declined(attempt=2, category=Category.RETRY, reason=Reason.INSUFFICIENT_FUNDS, debt=DEBT)
READ = ask.Opened(debt=DEBT)
PLAIN = Memory(invoice="F-1", debt=DEBT)


def after(state: str, kept: Memory, event: Event, actor: Actor = HOUSE) -> tuple[str, Memory]:
    """Where the event leads, and what is remembered then."""
    outcome = CHARGE_RETRY.decide(Snapshot(CHARGE_RETRY.id, state, 7, kept, NOW), event, actor, NOW)
    assert isinstance(outcome, Moved)
    return outcome.snapshot.state, outcome.snapshot.memory


def stood_aside() -> Memory:
    """It has stood aside as often as it may, and an operator is waited for."""
    kept = PLAIN
    for _ in LOOK_UP_AFTER:
        state, kept = after("charging", kept, ASIDE)
        assert state == "waiting"
    state, kept = after("charging", kept, ASIDE)
    assert state == "needs_attention"
    return kept


def test_what_stands_in_the_way_is_counted_and_reading_the_debt_does_not_forget_it() -> None:
    """The count begins anew when something else is found: a result of our own, or another reason to wait."""
    _, once = after("charging", PLAIN, ASIDE)
    _, twice = after("closing", once, ASIDE)
    assert (once.asides, twice.asides) == (1, 2)
    assert after("opening", twice, READ)[1].asides == 2
    assert after("charging", twice, EARLY)[1].asides == 0
    assert after("charging", twice, DECLINED)[1].asides == 0


def test_an_attempt_that_never_ends_is_put_before_an_operator_and_is_unresolved_at_last() -> None:
    """Two weeks, one more look into the book, two weeks: what is read in between begins nothing anew."""
    state, asked = after("needs_attention", stood_aside(), GaveUp())
    assert state == "opening"
    state, kept = after("charging", after("opening", asked, READ)[1], ASIDE)
    assert state == "needs_attention"
    assert after("needs_attention", kept, GaveUp())[0] == "unresolved"


def test_an_operator_who_has_it_looked_at_again_gives_it_the_whole_time() -> None:
    state, kept = after("needs_attention", stood_aside(), LookUpAgain(), OLAV)
    assert (state, kept.asides) == ("opening", 0)


def test_it_goes_on_when_the_other_attempt_is_over() -> None:
    """G64: the procedure that had it open tells of it; and the plan goes on when nothing stands in the way any more."""
    kept = stood_aside()
    assert after("needs_attention", kept, BalanceChanged())[0] == "opening"
    _, asked = after("needs_attention", kept, GaveUp())
    _, read = after("opening", asked, READ)
    state, declined = after("charging", read, DECLINED)
    assert (state, declined.asides, declined.asked_last) == ("waiting", 0, False)
