"""Draws what a person must know to choose, and at the end what changed; `paystates.front.choosing` finds it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paystates import clock
from paystates.cli import terminal
from paystates.cli.terminal import safe
from paystates.engine import Actor
from paystates.front.choosing import candidates, dependents, outcome, refusal_data
from paystates.front.phrases import Json, count
from paystates.temporal.messages import View

if TYPE_CHECKING:
    from domain.accounts import Rebinding


def show_choices(seen: View, chooser: Actor, language: str) -> None:
    """What depends on the method, and what it may be replaced by."""
    out = terminal.console()
    number, items = dependents(seen)
    if number:
        out.print(f"\n[bold]Pays with it[/]  {count(number, 'item')}")
        left = number - len(items)
        out.print("\n".join([*(f"  {safe(one)}" for one in items), *([f"  [dim]and {left} more[/]"] if left else [])]))
    rows = [
        (
            safe(one.method),
            safe(one.label),
            "\n".join(f"[yellow]no:[/] {safe(refusal.sentence)} {safe(refusal.remedy)}" for refusal in one.refusals),
        )
        for one in candidates(seen, chooser, clock.now(), language)
    ]
    if rows:
        out.print(
            terminal.table("may be chosen", "", "now", rows=[(a, b, c or "[green]yes[/]") for a, b, c in rows], whole=(0, 1))
        )


def show_outcome(seen: View, moved: Sequence["Rebinding"], language: str) -> None:
    """What changed, on the terminal."""
    lines = outcome(seen, moved, language)
    if lines:
        terminal.show("\n[bold]What changed[/]", terminal.pairs([(safe(what), safe(how)) for what, how in lines]))


def choices_data(seen: View, moved: Sequence["Rebinding"], chooser: Actor, language: str) -> Json:
    """All of it as data."""
    return {
        "candidates": [
            {"method": one.method, "label": one.label, "refusals": [refusal_data(refusal) for refusal in one.refusals]}
            for one in candidates(seen, chooser, clock.now(), language)
        ],
        "outcome": [{"item": what, "became": how} for what, how in outcome(seen, moved, language)],
    }
