"""What each rule of charge-retry refuses, to whom, and in which words."""

from datetime import timedelta
from itertools import chain, combinations
from typing import Any

import pytest
from for_every import for_every
from retry_world import (
    DAY,
    GUNN,
    INGRID,
    NOBODY,
    NOT_CHARGED,
    NOW,
    OLAV,
    OPEN,
    OVER,
    PETTER,
    PLAIN,
    RUNNING,
    SCA,
    STOPPED,
    TORE,
    TRIED,
    UNREAD,
    after,
    at,
    codes,
    debt,
    memory,
)

from domain.ledger import Ended
from paystates.engine import HOUSE, Actor, Cancel, Event, GaveUp, Moved, Refused
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
    RetryNow,
    SkipAttempt,
    WriteOff,
)

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


@for_every(SUBSETS, "+".join)
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
    told = {"what the account book says of the debt": UNREAD, "the date of the next attempt": memory(debt=debt(next_slot=None))}
    for missing, kept in told.items():
        outcome = CHARGE_RETRY.decide(at("waiting", kept), SkipAttempt(), OLAV, NOW)
        assert isinstance(outcome, Refused)
        (refusal,) = outcome.refusals
        assert (refusal.code, refusal.facts) == ("LAST_SLOT", {"missing": missing})
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
    assert do.look_up(after("needs_customer", RUNNING, wake)) == do.look_up(RUNNING)


@pytest.mark.parametrize("wake", [MethodReplaced(charge_now=True), DetailsUpdated(charge_now=True)])
def test_a_method_that_the_look_up_did_not_find_in_the_book_buys_no_attempt_later(wake: Event) -> None:
    """Law 2, U13: the customer went on authenticating; when nobody did, the attempts are over as they would have been."""
    goes_on = after("confirming", after("needs_customer", RUNNING, wake), SCA)
    expired = after("confirming", after("needs_customer", goes_on, GaveUp()), NOT_CHARGED)
    outcome = CHARGE_RETRY.decide(at("opening", expired), ask.Opened(debt=OVER), HOUSE, NOW)
    assert isinstance(outcome, Moved)
    assert outcome.snapshot.state == "closing"


@pytest.mark.parametrize("wake", [BalanceChanged(), MethodReplaced(), DetailsUpdated()])
def test_news_that_change_nothing_leave_the_customer_their_time(wake: Event) -> None:
    """U3: however often it is looked up for them, the deadline is the same, and no operator is bothered."""
    kept = after("charging", RUNNING, SCA)
    for _ in range(2 * len(do.LOOK_UP_AFTER)):
        outcome = CHARGE_RETRY.decide(at("confirming", after("needs_customer", kept, wake)), SCA, HOUSE, NOW)
        assert isinstance(outcome, Moved)
        kept = outcome.snapshot.memory
        assert (outcome.snapshot.state, outcome.snapshot.due) == ("needs_customer", SCA.until)


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
