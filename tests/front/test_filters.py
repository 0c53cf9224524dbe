"""Filters as Temporal's visibility queries: what they find by the declarations, and that text from outside stays text."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from paystates.engine import Ask, End
from paystates.front.filters import (
    ALARMING_ENDS,
    ALARMING_STATES,
    CUSTOMER_STATES,
    NAMED_FILTERS,
    OPERATOR,
    REFUSED_ENDS,
    Filter,
    link,
    quoted,
)
from paystates.orders import BadOrder
from states.procedures import DECLARED, RELEASED

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_without_anything_else_all_that_are_open_are_wanted() -> None:
    """A paused procedure has not ended: a list of what runs must not leave it out."""
    query = Filter().to_query()
    assert "ExecutionStatus IN ('Running', 'Paused')" in query
    assert all(f"'{name}'" in query for name in DECLARED)
    assert "ExecutionStatus" not in Filter(ended=True).to_query()


def test_all_that_is_said_must_hold() -> None:
    query = Filter(
        procedures=("charge-retry",),
        states=("held", "waiting"),
        account="a-1",
        due_before=NOON,
        ids=("charge-retry/2026-1001", "charge-retry/it's"),
        query="PaystatesAttempt = 1 OR 1 = 1",
    ).to_query()
    assert query == (
        "WorkflowType IN ('charge-retry') AND ExecutionStatus IN ('Running', 'Paused') AND PaystatesState IN ('held', 'waiting')"
        " AND PaystatesAccount = 'a-1' AND PaystatesDueAt < '2026-03-02T12:00:00Z'"
        " AND WorkflowId IN ('charge-retry/2026-1001', 'charge-retry/it''s') AND (PaystatesAttempt = 1 OR 1 = 1)"
    )


@pytest.mark.parametrize("text", ["a'b", "' OR '1' = '1", "\\", "a\\'", "''"])
def test_nothing_in_a_text_ends_its_literal(text: str) -> None:
    """Read back as the server reads it, the literal is the text again."""
    literal = quoted(text)
    inside, read, at = literal[1:-1], "", 0
    while at < len(inside):
        pair = inside[at : at + 2]
        assert inside[at] != "'" or pair == "''", "a single quote alone ends the literal"
        step = 2 if pair in {"''", "\\\\"} else 1
        read += inside[at + step - 1]
        at += step
    assert read == text


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("9999-12-31T23:59:59-01:00", "9999-12-31T23:59:59Z"),
        ("0001-01-01T00:00:00+01:00", "0001-01-01T00:00:00Z"),
        ("0999-06-01T12:00:00.5+00:00", "0999-06-01T12:00:00Z"),
    ],
)
def test_the_first_and_the_last_instant_there_are_can_be_asked_for(at: str, told: str) -> None:
    """In UTC they would lie before and after all time: whoever asks gets an answer, and no error."""
    assert f"PaystatesDueAt < '{told}'" in Filter(due_before=datetime.fromisoformat(at)).to_query()


@pytest.mark.parametrize(
    "query",
    [
        "WorkflowId = 'x') OR (WorkflowId != 'x'",
        "WorkflowId = 'x') --",
        "WorkflowId = 'x' /*",
        "WorkflowId = 'x' # ",
        "(WorkflowId = 'x'",
        "WorkflowId = 'x",
        'WorkflowId = "x',
        "WorkflowId = 'x\\'",
        "WorkflowId = 'x';",
        "a\0",
    ],
)
def test_a_query_of_somebodys_own_stays_in_its_brackets(query: str) -> None:
    """What else is said holds whatever it says: it reaches neither another account nor what is no procedure of ours."""
    with pytest.raises(BadOrder, match=r"query: a bracket or quote is not closed, or it has a comment"):
        Filter(account="a-1", query=query).to_query()


@pytest.mark.parametrize(
    "query",
    ["(a = 1 OR (b = 2)) AND c IN (1, 2)", "a = 'x) -- ('", "a = 'it''s (' AND `b` = \"#\"", "a = 'x\\'(' AND b < -1"],
)
def test_a_query_may_have_brackets_and_quotes_that_are_closed(query: str) -> None:
    assert Filter(query=query).to_query().endswith(f" AND ({query})")


def test_nothing_in_a_text_ends_the_query() -> None:
    """To SQLite a query ends at the first NUL: the server would call it unreadable, and be asked again and again."""
    assert "\0" not in Filter(states=("a\0b",), account="\0").to_query()


def test_who_waits_for_the_customer_is_asked_of_the_declarations() -> None:
    """No state of that name waits for an operator or for time in another procedure: one list serves them all."""
    for procedure in RELEASED.values():
        for name, state in procedure.states.items():
            if isinstance(state, Ask):
                assert (name in CUSTOMER_STATES) == (state.who != OPERATOR), f"{procedure.id} {name}"
    assert "needs_method" in CUSTOMER_STATES
    assert "held" not in CUSTOMER_STATES


def test_what_alarms_is_marked_in_the_declaration() -> None:
    """A state that is called so and is not marked would be overlooked."""
    assert ALARMING_STATES == ("needs_attention",)
    assert ALARMING_ENDS == ("unresolved",)
    for procedure in RELEASED.values():
        for name, state in procedure.states.items():
            if isinstance(state, Ask | End):
                assert state.alarms == (name in {"needs_attention", "unresolved"}), f"{procedure.id} {name}"
    assert REFUSED_ENDS == ("refused",)


def test_what_should_have_gone_on_a_while_ago_needs_attention() -> None:
    """Where no worker runs, Temporal reports nothing: neither what has not begun nor what has fallen due looks healthy."""
    query = NAMED_FILTERS["needs-attention"].at(NOON).to_query()
    late = "'2026-03-02T11:45:00Z'"
    assert f"PaystatesDueAt < {late} OR (PaystatesState IS NULL AND ExecutionTime < {late})" in query


def test_needs_attention_is_our_states_or_temporals_word() -> None:
    query = NAMED_FILTERS["needs-attention"].at(NOON).to_query()
    for part in ("'Paused' OR", "TemporalReportedProblems IS NOT NULL", "'needs_attention'", "'unresolved'", "'Terminated'"):
        assert part in query


def test_today_ends_at_the_midnight_of_whoever_asks() -> None:
    """Also on the day on which the clocks change."""
    oslo = ZoneInfo("Europe/Oslo")
    today = NAMED_FILTERS["due-today"]
    assert today.at(NOON, oslo).due_before == datetime(2026, 3, 3, tzinfo=oslo)
    assert "PaystatesDueAt < '2026-03-02T23:00:00Z'" in today.at(NOON, oslo).to_query()
    late = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)  # half past midnight of the 29th there, a day of 23 hours
    assert "PaystatesDueAt < '2026-03-29T22:00:00Z'" in today.at(late, oslo).to_query()


def test_refused_lately_is_a_day_and_also_what_never_began() -> None:
    lately = NAMED_FILTERS["refused-lately"].at(NOON)
    assert lately.refused_since == NOON - timedelta(days=1)
    query = lately.to_query()
    assert "PaystatesRefusedAt >= '2026-03-01T12:00:00Z'" in query
    assert "PaystatesState IN ('refused') AND CloseTime >= '2026-03-01T12:00:00Z'" in query
    assert "ExecutionStatus" not in query


def test_a_link_is_one_word_from_the_interfaces_address_on() -> None:
    place = link(Filter(procedures=("charge-retry",), account="a&b=c#d"), "pay/ments")
    assert place.startswith("/namespaces/pay%2Fments/workflows?query=WorkflowType%20IN")
    assert not set(" '&#") & set(place)
    assert place.count("=") == 1


def test_every_named_filter_has_a_title_in_both_languages() -> None:
    assert list(NAMED_FILTERS) == ["needs-attention", "waits-for-customer", "due-today", "refused-lately"]
    assert all(set(one.titles) == {"en", "nb"} for one in NAMED_FILTERS.values())
