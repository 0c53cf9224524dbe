"""What operators search by in the Temporal UI: the search attributes, and what a procedure is about in one line. All derived."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributePair, SearchAttributeUpdate

from paystates.engine import Ask, Each, Procedure, Refusal, Snapshot, Wait
from paystates.temporal.markdown import plain

_SUMMARY = 200

STATE = SearchAttributeKey.for_keyword("PaystatesState")
PROCEDURE = SearchAttributeKey.for_keyword("PaystatesProcedure")
ACCOUNT = SearchAttributeKey.for_keyword("PaystatesAccount")
DUE_AT = SearchAttributeKey.for_datetime("PaystatesDueAt")
ATTEMPT = SearchAttributeKey.for_int("PaystatesAttempt")
REFUSAL = SearchAttributeKey.for_keyword("PaystatesRefusal")
REFUSED_AT = SearchAttributeKey.for_datetime("PaystatesRefusedAt")

SEARCH_ATTRIBUTES: dict[str, str] = {
    STATE.name: "Keyword",
    PROCEDURE.name: "Keyword",
    ACCOUNT.name: "Keyword",
    DUE_AT.name: "Datetime",
    ATTEMPT.name: "Int",
    REFUSAL.name: "Keyword",
    REFUSED_AT.name: "Datetime",
}
"""To be registered on the server, with their types as its command line spells them."""


def waits_for(procedure: Procedure[Any], snapshot: Snapshot[Any]) -> str:
    """Whom or what it waits for, in words; empty when it waits for nobody."""
    state = procedure.states[snapshot.state]
    if isinstance(state, Ask):
        return state.who
    return "time" if isinstance(state, Wait) else ""


def progress(procedure: Procedure[Any], snapshot: Snapshot[Any]) -> tuple[int, int] | None:
    """In the middle of many things: how many are done, and of how many. None elsewhere."""
    state = procedure.states[snapshot.state]
    return state.progress(snapshot.memory) if isinstance(state, Each) else None


def headline(procedure: Procedure[Any], memory: Any) -> str:
    """What it is about, in one line."""
    return procedure.headline(memory) if procedure.headline else procedure.id


def summary(text: str, *, rendered: bool = False) -> str:
    """A label in the Temporal UI: one line, no longer than it keeps (200 bytes). `rendered`: where it reads Markdown, escaped.

    It reads Markdown in the summary of a procedure, and shows the labels of events in a history as they are.
    """
    shown = text if text.isprintable() else "".join(character if character.isprintable() else " " for character in text)
    if len(shown) > _SUMMARY:
        shown = f"{shown[: _SUMMARY - 1]}…"
    while len((told := plain(shown) if rendered else shown).encode()) > _SUMMARY:
        shown = f"{shown[:-2].rstrip()}…"
    return told


def attributes(
    procedure: Procedure[Any], snapshot: Snapshot[Any], last_refusals: Sequence[Refusal], refused_at: datetime | None = None
) -> list[SearchAttributePair[Any]]:
    """The search attributes as they should be. `refused_at`: when somebody was refused last."""
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
    if refused_at is not None:
        pairs.append(SearchAttributePair(REFUSED_AT, refused_at))
    return pairs


def updates(
    before: Sequence[SearchAttributePair[Any]], after: Sequence[SearchAttributePair[Any]]
) -> list[SearchAttributeUpdate[Any]]:
    """What to upsert to get from one to the other: changed values set, those no longer there unset."""
    had = {pair.key.name: pair.value for pair in before}
    has = {pair.key.name for pair in after}
    changed = [pair.key.value_set(pair.value) for pair in after if had.get(pair.key.name) != pair.value]
    return changed + [pair.key.value_unset() for pair in before if pair.key.name not in has]
