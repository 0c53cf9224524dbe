"""Draws a procedure's machine for a terminal: where it stands, where it has been and which ways it went, where it may go."""

from itertools import chain
from typing import TYPE_CHECKING

from paystates.cli import terminal
from paystates.engine import chart
from paystates.front.languages import named, word
from paystates.front.pages import ProcedurePage
from states.procedures import RELEASED

if TYPE_CHECKING:
    from paystates.engine import Chart


def show_machine(page: ProcedurePage) -> None:
    """The current state has an arrow, a state that was visited and a move that was taken a tick."""
    procedure = RELEASED.get(page.definition)
    if procedure is None:
        return
    here, been = word("it stands here", page.language), word("it has been here, or went this way", page.language)
    terminal.show(f"\n[bold]{word('Machine', page.language)}[/]  [dim]→ {here} · ✓ {been}[/]")
    never = word("never here", page.language)
    rows = machine_rows(chart(procedure), at=page.state, taken=page.taken, never=never, language=page.language)
    terminal.show(terminal.pairs(rows))


def machine_rows(
    drawn: "Chart", *, at: str, taken: tuple[tuple[str, str, str], ...], never: str, language: str = "en"
) -> list[tuple[str, str]]:
    """A row for each state where it is or was: its mark and name, and where it may lead, those it has led to first.

    The other states stand together in the last row, which is called `never`. In English names are as commands take them.
    """

    def told(name: str) -> str:
        return name if language == "en" else named(name, language)

    gone = {(source, target) for source, _, target in taken}
    been = {*chain.from_iterable(gone), drawn.initial, at}
    rows = []
    for node in drawn.nodes:
        if node.name not in been:
            continue
        targets = dict.fromkeys(arrow.target for arrow in drawn.arrows if arrow.source == node.name and not arrow.stays)
        ways = [f"✓ {told(name)}" for name in targets if (node.name, name) in gone]
        ways += [f"[dim]{told(name)}[/]" for name in targets if (node.name, name) not in gone]
        mark = f"[reverse]→ {told(node.name)}[/]" if node.name == at else f"✓ {told(node.name)}"
        rows.append((mark, ", ".join(ways) if node.kind != "end" else f"[dim]({word(node.detail, language)})[/]"))
    others = ", ".join(told(node.name) for node in drawn.nodes if node.name not in been)
    return [*rows, (f"[not bold dim]  {never}[/]", f"[dim]{others}[/]")]
