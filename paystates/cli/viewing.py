"""`view` and `list`: where procedures stand, what they wait for and until when, and what may be done about it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from paystates import clock
from paystates.cli import terminal
from paystates.cli.choices import choices_data, show_choices, show_outcome
from paystates.cli.connection import book, connect, front_desk, patiently
from paystates.cli.errors import Unmet
from paystates.cli.journal import background, known_person, person
from paystates.cli.known import RELEASED
from paystates.cli.terminal import safe
from paystates.engine import Actor, Refusal
from paystates.front.background import Background, allowed_to, scope_of
from paystates.front.languages import told
from paystates.front.phrases import Json, count, when
from paystates.front.words import WAKES
from paystates.settings import Settings
from paystates.temporal.messages import Allowed, View
from store.errors import BookError

if TYPE_CHECKING:
    from temporalio.client import WorkflowExecution

_SHOWN = 200
"""How many procedures `list` shows at most."""


async def view(settings: Settings, subject: str, *, actor: str | None, language: str, json: bool) -> None:
    """Draw one procedure; what may be chosen is told as `actor` may choose it, or as whoever started it."""
    known_person(settings, actor)
    front = await front_desk(settings)
    async with patiently(subject):
        seen = await front.view(subject)
    known = background(settings, subject, scope_of(seen).account)
    chooser = chooser_of(settings, seen, actor)
    if json:
        terminal.show_json(view_data(seen, known, chooser, language))
        return
    show_view(seen, known, chooser, language)


def chooser_of(settings: Settings, seen: View, actor: str | None = None) -> Actor:
    """Who chooses: the one that is named, or who started it; without roles when the book cannot be read."""
    who = actor or str(seen.stand.memory.get("actor") or "")
    try:
        return person(settings, who, scope_of(seen)) if who else Actor(who)
    except (BookError, Unmet):
        return Actor(who)


def show_view(seen: View, known: Background, chooser: Actor, language: str) -> None:
    """State, what it waits for, what may be chosen, actions with their refusals, what changed, and the journal's tail."""
    out = terminal.console()
    stand, zone = seen.stand, known.zone
    out.print(f"[bold]{safe(seen.subject)}[/]" + (f"  {safe(known.account)}" if known.account else ""))
    out.print(safe(seen.headline))
    out.print()
    rows = [("State", f"{safe(seen.title)}  [dim]({stand.state}, visit {stand.visit}, {stand.definition})[/]")]
    rows.append(("Since", f"{when(stand.since, zone)}  [dim]{zone.key}[/]"))
    if stand.due is not None:
        rows.append(("Until", f"{when(stand.due, zone, beside=stand.since)}  [dim]{zone.key}[/]"))
    if seen.waits_for:
        rows.append(("Waits for", safe(seen.waits_for)))
    if seen.verdict is not None:
        rows.append(("Ended", f"[bold]{seen.verdict.value}[/]"))
    if seen.progress is not None:
        rows.append(("Done", f"{seen.progress[0]} of {seen.progress[1]}"))
    rows += [("Last refused", _reason(refusal)) for refusal in told(seen.last_refusals, language)]
    out.print(terminal.pairs(rows))
    show_choices(seen, chooser, language)
    show_outcome(seen, known.moved, language)
    _show_allowed(_allowed_to(seen, known, chooser), language)
    _show_journal(known)


def _allowed_to(seen: View, known: Background, chooser: Actor) -> Sequence[Allowed]:
    """What may be done by `chooser`; without the book that has the roles, as for whoever may."""
    return seen.allowed if known.missing else allowed_to(seen, chooser, clock.now())


def _show_allowed(allowed: Sequence[Allowed], language: str) -> None:
    out = terminal.console()
    people = [one for one in allowed if one.action not in WAKES]
    wakes = [one.action.replace("_", " ") for one in allowed if one.action in WAKES]
    if people:
        out.print(terminal.table("may be done", "by", "now", rows=[_allowed(one, language) for one in people]))
    if wakes:
        out.print(f"[dim]Woken by our own systems: {', '.join(wakes)}.[/]")


def _allowed(one: Allowed, language: str) -> tuple[str, str, str]:
    now = "\n".join(_refusal(refusal) for refusal in told(one.refusals, language)) or "[green]yes[/]"
    by = ", ".join(role.replace("_", " ") for role in one.by) or "anybody"
    return one.action.replace("_", " "), safe(by), now


def _refusal(refusal: Refusal) -> str:
    return f"[yellow]no:[/] {_reason(refusal)}"


def _reason(refusal: Refusal) -> str:
    return f"{safe(refusal.sentence)} {safe(refusal.remedy)}"


def _show_journal(known: Background) -> None:
    out = terminal.console()
    if known.missing:
        out.print(f"\n[dim]No journal: {safe(known.missing)}. Times are in UTC.[/]")
        return
    told = known.told()
    if told:
        out.print("\n[bold]Journal[/]")
        if earlier := known.earlier():
            out.print(f"[dim]{count(earlier, 'earlier row')} not shown[/]")
        rows: list[tuple[str, str]] = []
        for before, line in zip([told[0], *told], told, strict=False):
            if known.begins_run(before, line):
                rows.append(("[dim]───[/]", "[dim]another run[/]"))
            rows.append((when(line.at, known.zone), safe(" · ".join(filter(None, [line.happened, line.followed(known.zone)])))))
        out.print(terminal.pairs(rows))


def view_data(seen: View, known: Background, chooser: Actor, language: str) -> Json:
    """The same as data; instants with the offset of the account's zone."""
    data: dict[str, Any] = seen.model_dump(mode="json")
    data["allowed"] = [one.model_dump(mode="json") for one in _allowed_to(seen, known, chooser)]
    data |= choices_data(seen, known.moved, chooser, language)
    data["time_zone"] = known.zone.key
    data["account_name"] = known.account or None
    data["until"] = seen.stand.due.astimezone(known.zone).isoformat() if seen.stand.due else None
    data["journal"] = [
        {
            "at": line.at.astimezone(known.zone),
            "text": line.text,
            "attempt": line.attempt,
            "method": line.method,
            "next": line.next_at.astimezone(known.zone) if line.next_at else None,
        }
        for line in known.told()
    ]
    return data


async def list_procedures(settings: Settings, *, everything: bool, json: bool) -> None:
    """The procedures on the server, those due first in front; with `everything`, those that have ended too."""
    from temporalio.service import RPCError

    client = await connect(settings)
    names = ", ".join(f"'{name}'" for name in sorted({one.name for one in RELEASED.values()}))
    query = f"WorkflowType IN ({names})" + ("" if everything else " AND ExecutionStatus = 'Running'")
    try:
        found = [one async for one in client.list_workflows(query, limit=_SHOWN)]
    except RPCError as error:
        message = f"the server cannot list procedures: {error.message}"
        raise Unmet(message) from None
    rows = sorted((_listed(one) for one in found), key=lambda row: (row["ended"] is not None, row["until"] or "9", row["id"]))
    zones = _zones(settings)
    for row in rows:
        if row["until"] is not None:
            zone = zones.get(row["account"] or "", ZoneInfo("UTC"))
            row["until"] = datetime.fromisoformat(row["until"]).astimezone(zone).isoformat()
    if json:
        terminal.show_json(rows)
        return
    if not rows:
        kind = "procedure is known here" if everything else "procedure is running"
        terminal.note(f"No {kind}. Start one with `paystates start PROCEDURE SUBJECT`.")
        return
    drawn = [(safe(row["id"]), _stands(row), _until(row), str(row["attempt"] or ""), safe(row["account"] or "")) for row in rows]
    terminal.show(terminal.table("id", "state", "until", "attempt", "account", rows=drawn, whole=(0, 1, 2)))
    if len(rows) == _SHOWN:
        terminal.note(f"Only the first {count(_SHOWN, 'procedure')} are shown; the web interface has all of them.")


def _listed(one: "WorkflowExecution") -> Json:
    from paystates.temporal.announce import ACCOUNT, ATTEMPT, DUE_AT, PROCEDURE, STATE

    attributes = one.typed_search_attributes
    due, ended = attributes.get(DUE_AT), one.close_time
    return {
        "id": one.id,
        "definition": attributes.get(PROCEDURE),
        "state": attributes.get(STATE),
        "until": due.astimezone(UTC).isoformat() if due and not ended else None,
        "attempt": attributes.get(ATTEMPT),
        "account": attributes.get(ACCOUNT),
        "status": one.status.name.lower() if one.status else None,
        "ended": ended.isoformat() if ended else None,
    }


def _stands(row: Json) -> str:
    if row["state"] is None:
        return "[dim]not begun yet[/]"
    state = safe(row["state"].replace("_", " "))
    return f"[dim]{state}[/]" if row["ended"] else state


def _until(row: Json) -> str:
    if row["until"] is None:
        return ""
    local = datetime.fromisoformat(row["until"])
    return f"{local:%a} {local.day:2d} {local:%b} {local:%H:%M}"


def _zones(settings: Settings) -> dict[str, ZoneInfo]:
    """The time zone of every account; none when the book cannot be read (then UTC is shown)."""
    try:
        with book(settings) as opened, opened.transaction() as pages:
            return {account.id: ZoneInfo(account.time_zone) for account in pages.accounts()}
    except (BookError, Unmet):
        return {}
