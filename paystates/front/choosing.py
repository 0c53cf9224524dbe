"""What a person who looks at a procedure must know to choose: what depends on the method, and which other ones there are.

For each other method of the account it says whether it may be chosen, and all the reasons why not. And at the end: what changed,
item by item.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.accounts import Rebinding
from paystates.engine import Actor, Moment, Procedure, Refusal, Verdict, against
from paystates.front.languages import last, method_called, told, word
from paystates.front.phrases import Json
from paystates.temporal.messages import View
from states.methods import ITEM_KINDS, Choose
from states.procedures import RELEASED

_SHOWN = 50
"""How many items are named one by one; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A method that may be chosen from, what it is called, and what stands against it (nothing: it may be chosen)."""

    method: str
    label: str
    refusals: tuple[Refusal, ...]


def candidates(seen: View, chooser: Actor, now: datetime, language: str = "en") -> list[Candidate]:
    """Each method that may be chosen from, as `chooser` may choose it; empty where nothing can be chosen."""
    procedure = RELEASED.get(seen.stand.definition)
    picture = seen.stand.memory.get("picture")
    if procedure is None or not picture or seen.verdict is not None:
        return []
    memory = seen.stand.read(procedure).memory
    rules = _choosing(procedure, seen.stand.state)
    if rules is None:
        return []
    found = []
    source = memory.picture.source
    again = [source] if source is not None and memory.picture.candidate(source.id) == source else []  # a settlement's own (G24)
    for one in [*again, *memory.picture.candidates]:
        moment = Moment(memory, Choose(method=one.id), chooser, now)
        found.append(Candidate(one.id, method_called(one.label, language), told(against(rules, moment), language)))
    return found


def _choosing(procedure: Procedure[Any], state: str) -> Sequence[Any] | None:
    """The rules by which a choice is judged; None where nothing can be chosen now."""
    return next((move.given for move in procedure.moves if move.on is Choose and state in move.sources), None)


def dependents(seen: View, language: str = "en") -> tuple[int, list[str]]:
    """How many things pay with the method that is about to go, and the first of them by name; none once it has ended."""
    picture = seen.stand.memory.get("picture") or {}
    found = picture.get("dependents") or {}
    if seen.verdict is not None or not found.get("count"):
        return 0, []
    return found["count"], [item_name(one, language) for one in found["first"]]


def outcome(seen: View, moved: Sequence[Rebinding], language: str = "en") -> list[tuple[str, str]]:
    """What changed, item by item, and what did not and why: each as (what, how)."""
    if seen.verdict is None:
        return []
    memory = seen.stand.memory

    def said(text: str, *facts: object) -> str:
        return word(text, language, *facts)

    nothing = said("nothing")
    lines = [
        (f"{said(ITEM_KINDS[one.item_kind])} {one.item_id}", f"{one.from_method or nothing} → {one.to_method}") for one in moved
    ]
    if len(lines) > _SHOWN:
        lines = [*lines[:_SHOWN], ("", said("and {} more", len(lines) - _SHOWN))]
    lines += [_staying(one, language) for one in memory.get("conflicts") or ()]
    if memory.get("unnamed"):
        lines.append(("", said("and {} more stay", memory["unnamed"])))
    lines += [(f"{said('retry of')} {invoice}", said("knows of it")) for invoice in memory.get("woken") or ()]
    kept = () if seen.verdict is Verdict.CANCELLED else memory.get("refusals") or ()  # what stood against a choice is not why
    refusals = told([Refusal(**one) for one in kept], language)
    lines += [(said("because"), f"{one.sentence} {one.remedy}") for one in refusals]
    if memory.get("last") and not refusals and seen.verdict is not Verdict.CANCELLED:
        lines.append((said("because"), last(str(memory["last"]), language)))
    return lines if seen.stand.definition.partition("@")[0] != "charge-retry" else []


def refusal_data(refusal: Refusal) -> Json:
    """A refusal as data."""
    return {
        "code": refusal.code,
        "sentence": refusal.sentence,
        "remedy": refusal.remedy,
        "source": refusal.source,
        "facts": dict(refusal.facts),
        "helps": refusal.helps,
    }


def _staying(conflict: Json, language: str) -> tuple[str, str]:
    """An item that stays as it was, and why."""
    return item_name(conflict["item"], language), f"{word('stays', language)}: {why_it_stays(conflict, language)}"


def why_it_stays(conflict: Json, language: str) -> str:
    """The sentence of a conflict. One of an older run has no facts to write in another language: it is told as it was kept."""
    refusal = Refusal(conflict["code"], conflict["sentence"], conflict.get("remedy", ""), facts=conflict.get("facts", {}))
    (why,) = told([refusal], language) if refusal.facts else (refusal,)
    return why.sentence


def item_name(item: Json, language: str = "en") -> str:
    """A subscription or billing profile, with its id and its name."""
    kind = "billing profile" if item["kind"] == "billing_profile" else str(item["kind"])
    return f"{word(kind, language)} {item['id']} ({item['name']})"
