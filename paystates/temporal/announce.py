"""What operators see in the Temporal UI: search attributes, and the current details as Markdown. All derived."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributePair, SearchAttributeUpdate

from paystates.engine import Ask, Procedure, Refusal, Snapshot, Wait, chart, states_table

STATE = SearchAttributeKey.for_keyword("PaystatesState")
PROCEDURE = SearchAttributeKey.for_keyword("PaystatesProcedure")
ACCOUNT = SearchAttributeKey.for_keyword("PaystatesAccount")
DUE_AT = SearchAttributeKey.for_datetime("PaystatesDueAt")
ATTEMPT = SearchAttributeKey.for_int("PaystatesAttempt")
REFUSAL = SearchAttributeKey.for_keyword("PaystatesRefusal")

SEARCH_ATTRIBUTES: dict[str, str] = {
    STATE.name: "Keyword",
    PROCEDURE.name: "Keyword",
    ACCOUNT.name: "Keyword",
    DUE_AT.name: "Datetime",
    ATTEMPT.name: "Int",
    REFUSAL.name: "Keyword",
}
"""To be registered on the server, with their types as its command line spells them."""


_HARMLESS = str.maketrans(
    {character: f"\\{character}" for character in "\\`*_{}[]()#+-.!|~"} | {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": " "}
)


def plain(text: str) -> str:
    """Text from outside, made harmless for Markdown and HTML."""
    return text.translate(_HARMLESS)


def waits_for(procedure: Procedure[Any], snapshot: Snapshot[Any]) -> str:
    """Whom or what it waits for, in words; empty when it waits for nobody."""
    state = procedure.states[snapshot.state]
    if isinstance(state, Ask):
        return state.who
    return "time" if isinstance(state, Wait) else ""


def headline(procedure: Procedure[Any], memory: Any) -> str:
    """What it is about, in one line."""
    return procedure.headline(memory) if procedure.headline else procedure.id


def details(procedure: Procedure[Any], snapshot: Snapshot[Any], last_refusals: Sequence[Refusal]) -> str:
    """The current details as Markdown: where it stands, until when, what may be done and what may not and why."""
    state = procedure.states[snapshot.state]
    lines = [f"### {plain(state.title)}", "", plain(headline(procedure, snapshot.memory)), ""]
    lines.append(f"- since {snapshot.since:%Y-%m-%d %H:%M} UTC")
    if snapshot.due is not None:
        whom = f" for {plain(waits_for(procedure, snapshot))}" if isinstance(state, Ask) else ""
        lines.append(f"- waits{whom} until {snapshot.due:%Y-%m-%d %H:%M} UTC")
    actions = procedure.actions
    possibilities = [one for one in procedure.allowed(snapshot, snapshot.since) if not actions[one.action].wakes]
    if possibilities:
        lines += ["", "| may be done | by | what stands against it |", "|---|---|---|"]
        for one in possibilities:
            against = "; ".join(plain(f"{refusal.sentence} {refusal.remedy}") for refusal in one.refusals)
            lines.append(f"| {plain(one.action)} | {plain(', '.join(one.by) or 'anybody')} | {against} |")
    for refusal in last_refusals:
        lines += ["", f"Last refused: {plain(refusal.sentence)} {plain(refusal.remedy)}"]
    return "\n".join([*lines, "", _states(procedure, snapshot.state)])


@cache
def _states(procedure: Procedure[Any], state: str) -> str:
    """The table of states is the same every time: drawn once for each state of a definition."""
    return states_table(chart(procedure), at=state)


def attributes(
    procedure: Procedure[Any], snapshot: Snapshot[Any], last_refusals: Sequence[Refusal]
) -> list[SearchAttributePair[Any]]:
    """The search attributes as they should be."""
    named = procedure.attributes(snapshot.memory) if procedure.attributes else {}
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(STATE, snapshot.state),
        SearchAttributePair(PROCEDURE, snapshot.definition),
    ]
    if "account" in named:
        pairs.append(SearchAttributePair(ACCOUNT, str(named["account"])))
    if "attempt" in named:
        pairs.append(SearchAttributePair(ATTEMPT, int(named["attempt"])))
    if snapshot.due is not None:
        pairs.append(SearchAttributePair(DUE_AT, snapshot.due))
    if last_refusals:
        pairs.append(SearchAttributePair(REFUSAL, last_refusals[0].code))
    return pairs


def updates(
    before: Sequence[SearchAttributePair[Any]], after: Sequence[SearchAttributePair[Any]]
) -> list[SearchAttributeUpdate[Any]]:
    """What to upsert to get from one to the other: changed values set, those no longer there unset."""
    had = {pair.key.name: pair.value for pair in before}
    has = {pair.key.name for pair in after}
    changed = [pair.key.value_set(pair.value) for pair in after if had.get(pair.key.name) != pair.value]
    return changed + [pair.key.value_unset() for pair in before if pair.key.name not in has]
