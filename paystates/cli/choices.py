"""Draws what a person must know to choose, and at the end what changed; `paystates.front.choosing` finds it."""

from paystates.cli import terminal
from paystates.cli.terminal import safe
from paystates.front.choosing import refusal_data
from paystates.front.languages import word
from paystates.front.pages import ProcedurePage
from paystates.front.phrases import Json


def show_choices(page: ProcedurePage) -> None:
    """What depends on the method, what it may be replaced by, and in the end what changed."""
    out, language = terminal.console(), page.language
    number, items = page.dependents
    if number:
        many = word("{} item" if number == 1 else "{} items", language, number)
        out.print(f"\n[bold]{word('Pays with it', language)}[/]  {many}")
        left = number - len(items)
        more = [f"  [dim]{word('and {} more', language, left)}[/]"] if left else []
        out.print("\n".join([*(f"  {safe(one)}" for one in items), *more]))
    if page.debts:
        terminal.show(
            f"\n[bold]{word('To be paid', language)}[/]",
            terminal.pairs([(safe(invoice), safe(amount)) for invoice, amount in page.debts]),
        )
    no, yes = word("no", language), f"[green]{word('yes', language)}[/]"
    rows = [
        (
            safe(one.method),
            safe(one.label),
            "\n".join(f"[yellow]{no}:[/] {safe(refusal.sentence)} {safe(refusal.remedy)}" for refusal in one.refusals),
        )
        for one in page.candidates
    ]
    if rows:
        names = (word("may be chosen", language), "", word("now", language))
        out.print(terminal.table(*names, rows=[(a, b, c or yes) for a, b, c in rows], whole=(0, 1)))
    if page.outcome:
        terminal.show(
            f"\n[bold]{word('What changed', language)}[/]",
            terminal.pairs([(safe(what), safe(how)) for what, how in page.outcome]),
        )


def choices_data(page: ProcedurePage) -> Json:
    """All of it as data."""
    return {
        "candidates": [
            {"method": one.method, "label": one.label, "refusals": [refusal_data(refusal) for refusal in one.refusals]}
            for one in page.candidates
        ],
        "debts": [{"invoice": invoice, "amount": amount} for invoice, amount in page.debts],
        "reasons": [refusal_data(reason) for reason in page.reasons],
        "last": page.last,
        "outcome": [{"item": what, "became": how} for what, how in page.outcome],
    }
