"""`view`: where a procedure stands, what it waits for and until when, what may be done about it, and its machine."""

from collections.abc import Sequence
from typing import Any

from paystates.cli import terminal
from paystates.cli.choices import choices_data, show_choices
from paystates.cli.connection import office, patiently
from paystates.cli.journal import known_person
from paystates.cli.machine import show_machine
from paystates.cli.terminal import safe
from paystates.engine import Refusal
from paystates.front.languages import action, roles, word
from paystates.front.office import Office
from paystates.front.pages import ProcedurePage
from paystates.front.phrases import Json, when
from paystates.front.words import WAKES
from paystates.settings import Settings
from paystates.temporal.messages import Allowed


async def view(settings: Settings, subject: str, *, actor: str | None, language: str, machine: bool, json: bool) -> None:
    """Draw one procedure; what may be chosen is told as `actor` may choose it, or as whoever started it."""
    known_person(settings, actor)
    async with office(settings) as desk:
        page = await look(desk, subject, actor=actor, language=language)
    if json:
        terminal.show_json(view_data(page))
        return
    show_view(page, machine=machine)


async def look(desk: Office, subject: str, *, actor: str | None = None, language: str = "en") -> ProcedurePage:
    """Its page. Nobody at a terminal is kept waiting for ever."""
    async with patiently(subject, 2 * desk.patience):
        return await desk.page(subject, viewer=actor, language=language)


def show_view(page: ProcedurePage, *, machine: bool = True) -> None:
    """Trouble, state, what it waits for, what may be chosen and done, what changed, the machine, and the journal's tail."""
    terminal.show(*head(page))
    show_choices(page)
    _show_allowed(page)
    if machine:
        show_machine(page)
    _show_journal(page)


def head(page: ProcedurePage) -> list[Any]:
    """What it is, and where it stands: lines and a table for the terminal."""
    zone, language = page.zone, page.language
    lines: list[Any] = [f"[bold]{safe(page.subject)}[/]" + (f"  {safe(page.account_name)}" if page.account_name else "")]
    lines.append(safe(page.headline))
    if page.trouble:
        lines.append(f"[bold red]{safe(page.trouble_words)}[/]")
    lines.append("")
    visit = f", {word('visit {}', language, page.visit)}" if page.visit else ""
    rows = [("State", f"{safe(page.title)}  [dim]({page.state}{visit}, {page.definition})[/]")]
    rows.append(("Since", f"{when(page.since, zone, language=language)}  [dim]{zone.key}[/]"))
    if page.due is not None:
        rows.append(("Until", f"{when(page.due, zone, beside=page.since, language=language)}  [dim]{zone.key}[/]"))
    if page.waits_for:
        rows.append(("Waits for", safe(page.waits_for)))
    if page.verdict is not None:
        rows.append(("Ended", f"[bold]{word(page.verdict.value, language)}[/]"))
    if page.progress is not None:
        rows.append(("Done", word("{} of {}", language, *page.progress)))
    rows += [("Happened last", _reason(reason)) for reason in page.reasons]
    if page.last:
        rows.append(("Happened last", safe(page.last)))
    rows += [("Last refused", _reason(refusal)) for refusal in page.last_refusals]
    return [*lines, terminal.pairs([(word(name, language), how) for name, how in rows])]


def _show_allowed(page: ProcedurePage) -> None:
    out = terminal.console()
    if page.allowed:
        names = (word(one, page.language) for one in ("may be done", "by", "now"))
        out.print(terminal.table(*names, rows=[_allowed(one, page.language) for one in page.allowed]))
    wakes = [action(one.action, page.language) for one in page.view.allowed if one.action in WAKES]
    if wakes:
        out.print(f"[dim]{word('Woken by our own systems', page.language)}: {', '.join(wakes)}.[/]")


def _allowed(one: Allowed, language: str) -> tuple[str, str, str]:
    no = word("no", language)
    now = "\n".join(f"[yellow]{no}:[/] {_reason(refusal)}" for refusal in one.refusals)
    now = now or f"[green]{word('yes', language)}[/]"
    by = roles(one.by, language) or word("anybody", language)
    called = action(one.action, language)
    if language != "en":  # commands take the name that declarations have
        called += f" [dim]{one.action}[/]"
    return called, safe(by), now


def _reason(refusal: Refusal) -> str:
    return f"{safe(refusal.sentence)} {safe(refusal.remedy)}"


def _show_journal(page: ProcedurePage) -> None:
    out, language = terminal.console(), page.language
    if page.missing:
        missing, in_utc = word("No journal", language), word("Times are in UTC.", language)
        out.print(f"\n[dim]{missing}: {safe(page.missing)}. {in_utc}[/]")
        return
    if not page.journal:
        return
    out.print(f"\n[bold]{word('Journal', language)}[/]")
    if page.earlier:
        rows_before = "{} earlier row not shown" if page.earlier == 1 else "{} earlier rows not shown"
        out.print(f"[dim]{word(rows_before, language, page.earlier)}[/]")
    rows: list[tuple[str, str]] = []
    for place, line in enumerate(page.journal):
        if place in page.new_runs:
            rows.append(("[dim]───[/]", f"[dim]{word('another run', language)}[/]"))
        rows.append(
            (
                when(line.at, page.zone, language=language),
                safe(" · ".join(filter(None, [line.happened, line.followed(page.zone, language)]))),
            )
        )
    out.print(terminal.pairs(rows))


def view_data(page: ProcedurePage) -> Json:
    """The same as data; instants with the offset of the account's zone."""
    data: dict[str, Any] = page.view.model_dump(mode="json")
    wakes: Sequence[Allowed] = [one for one in page.view.allowed if one.action in WAKES]
    data["allowed"] = [one.model_dump(mode="json") for one in [*page.allowed, *wakes]]
    data |= choices_data(page)
    data["trouble"] = page.trouble.value or None
    data["time_zone"] = page.zone.key
    data["account_name"] = page.account_name or None
    data["until"] = page.due.astimezone(page.zone).isoformat() if page.due else None
    data["journal"] = [
        {
            "at": line.at.astimezone(page.zone),
            "text": line.text,
            "attempt": line.attempt,
            "method": line.method,
            "next": line.next_at.astimezone(page.zone) if line.next_at else None,
        }
        for line in page.journal
    ]
    return data
