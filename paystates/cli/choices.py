"""What a person who looks at a procedure must know to choose: what depends on the method, and which other ones there are.

For each other method of the account it says whether it may be chosen, and all the reasons why not. And at the end: what changed,
item by item.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from paystates import clock
from paystates.cli import terminal
from paystates.cli.languages import told
from paystates.cli.terminal import Json, count, safe
from paystates.engine import Actor, Moment, Procedure, Refusal
from paystates.temporal.messages import View
from states.methods import ITEM_KINDS, Choose
from states.procedures import RELEASED

if TYPE_CHECKING:
    from domain.accounts import Rebinding

_SHOWN = 50
"""How many items are named one by one; the rest is counted."""


def candidates(seen: View, chooser: Actor, language: str) -> list[tuple[str, str, tuple[Refusal, ...]]]:
    """Each method that may be chosen from: its id, what it is called, and what stands against it."""
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
        moment = Moment(memory, Choose(method=one.id), chooser, clock.now())
        refusals = [refusal for rule in rules if (refusal := rule(moment)) is not None]
        found.append((one.id, one.label, told(refusals, language)))
    return found


def _choosing(procedure: Procedure[Any], state: str) -> Sequence[Any] | None:
    """The rules by which a choice is judged; None where nothing can be chosen now."""
    return next((move.given for move in procedure.moves if move.on is Choose and state in move.sources), None)


def show_choices(seen: View, chooser: Actor, language: str) -> None:
    """What depends on the method, and what it may be replaced by."""
    out = terminal.console()
    picture = seen.stand.memory.get("picture") or {}
    dependents = picture.get("dependents") or {}
    if seen.verdict is None and dependents.get("count"):
        items = [_item(one) for one in dependents["first"]]
        left = dependents["count"] - len(items)
        out.print(f"\n[bold]Pays with it[/]  {count(dependents['count'], 'item')}")
        out.print("\n".join([*(f"  {safe(one)}" for one in items), *([f"  [dim]and {left} more[/]"] if left else [])]))
    rows = [
        (safe(method), safe(label), "\n".join(f"[yellow]no:[/] {safe(one.sentence)} {safe(one.remedy)}" for one in against))
        for method, label, against in candidates(seen, chooser, language)
    ]
    if rows:
        out.print(
            terminal.table("may be chosen", "", "now", rows=[(a, b, c or "[green]yes[/]") for a, b, c in rows], whole=(0, 1))
        )


def outcome(seen: View, moved: Sequence["Rebinding"], language: str) -> list[tuple[str, str]]:
    """What changed, item by item, and what did not and why: each as (what, how)."""
    if seen.verdict is None:
        return []
    memory = seen.stand.memory
    lines = [(f"{ITEM_KINDS[one.item_kind]} {one.item_id}", f"{one.from_method or 'nothing'} → {one.to_method}") for one in moved]
    if len(lines) > _SHOWN:
        lines = [*lines[:_SHOWN], ("", f"and {len(lines) - _SHOWN} more")]
    lines += [(_item(one["item"]), f"stays: {one['sentence']}") for one in memory.get("conflicts") or ()]
    if memory.get("unnamed"):
        lines.append(("", f"and {memory['unnamed']} more stay"))
    lines += [(f"retry of {invoice}", "knows of it") for invoice in memory.get("woken") or ()]
    refusals = told([Refusal(**one) for one in memory.get("refusals") or ()], language)
    lines += [("because", f"{one.sentence} {one.remedy}") for one in refusals]
    if memory.get("last") and not refusals:
        lines.append(("because", str(memory["last"])))
    return lines if seen.stand.definition.partition("@")[0] != "charge-retry" else []


def show_outcome(seen: View, moved: Sequence["Rebinding"], language: str) -> None:
    """The same on the terminal."""
    lines = outcome(seen, moved, language)
    if lines:
        terminal.show("\n[bold]What changed[/]", terminal.pairs([(safe(what), safe(how)) for what, how in lines]))


def choices_data(seen: View, moved: Sequence["Rebinding"], chooser: Actor, language: str) -> Json:
    """All of it as data."""
    return {
        "candidates": [
            {"method": method, "label": label, "refusals": [refusal_data(one) for one in against]}
            for method, label, against in candidates(seen, chooser, language)
        ],
        "outcome": [{"item": what, "became": how} for what, how in outcome(seen, moved, language)],
    }


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


def _item(item: Json) -> str:
    kind = "billing profile" if item["kind"] == "billing_profile" else str(item["kind"])
    return f"{kind} {item['id']} ({item['name']})"
