"""`list`: the procedures that are wanted, by filters of ours or a query of Temporal's."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from paystates import clock
from paystates.cli import terminal
from paystates.cli.connection import office
from paystates.cli.errors import BadInput, Unmet
from paystates.cli.known import declared
from paystates.cli.terminal import safe
from paystates.front.filters import NAMED_FILTERS, Filter, link
from paystates.front.office import Office
from paystates.front.pages import ListedProcedure, Trouble
from paystates.front.phrases import Json, count, when
from paystates.settings import Settings
from states.procedures import RELEASED
from store.errors import BookError

if TYPE_CHECKING:
    from rich.table import Table

PAGE = 500
"""How many are asked for at once, at most."""

Zones = dict[str, ZoneInfo]


def wanted(
    *,
    procedures: list[str] | None,
    states: list[str] | None,
    account: str | None,
    named: str | None,
    query: str | None,
    everything: bool,
) -> Filter:
    """The filter that was typed; `BadInput` names what there is."""
    base = Filter()
    if named is not None:
        if named not in NAMED_FILTERS:
            message = f"--named {named!r} is no filter: use {', '.join(NAMED_FILTERS)}"
            raise BadInput(message)
        now = clock.now()
        base = NAMED_FILTERS[named].at(now, now.astimezone().tzinfo or UTC)
    for one in procedures or ():
        declared(one)
    known = {name for one in RELEASED.values() for name in one.states}
    for state in states or ():
        if state.replace("-", "_") not in known:
            message = f"--state {state!r} is no state of a procedure: see `paystates diagram PROCEDURE`"
            raise BadInput(message)
    return replace(
        base,
        procedures=tuple(procedures or ()),
        states=tuple(state.replace("-", "_") for state in states or ()),
        account=account,
        query=query,
        ended=everything or base.ended,
    )


async def found(of: Office, filtered: Filter, limit: int) -> tuple[list[ListedProcedure], bool]:
    """At most `limit` of them, those that began last; and whether there are more."""
    rows: list[ListedProcedure] = []
    after = None
    while True:
        page = await of.list(filtered, limit=min(limit - len(rows), PAGE), after=after)
        rows += page.rows
        after = page.next
        if after is None or len(rows) >= limit:
            return rows, after is not None


async def list_procedures(settings: Settings, filtered: Filter, *, limit: int, json: bool) -> None:
    """Show them, those due first in front."""
    async with office(settings) as desk:
        rows, more = await found(desk, filtered, limit)
        rows = in_order(rows)
        zones = zones_of(desk, rows)
    if json:
        terminal.show_json([listed_data(row, zones) for row in rows])
        return
    if not rows:
        terminal.note(_nothing(filtered))
        return
    terminal.show(listing_table(rows, zones))
    if more:
        terminal.note(
            f"Only {count(len(rows), 'procedure')} are shown, those that began last: give a --limit or narrower filters."
        )


def tell_query(filtered: Filter, namespace: str, *, json: bool) -> None:
    """The filter as Temporal is asked it, and the link to the same in its own interface. No server is asked."""
    place = link(filtered, namespace)
    if json:
        terminal.show_json({"query": filtered.to_query(), "link": place})
    else:
        terminal.console().print(safe(filtered.to_query()), safe(place), sep="\n", soft_wrap=True)


def in_order(rows: list[ListedProcedure]) -> list[ListedProcedure]:
    """Those due first in front; what has ended is last."""
    never = datetime.max.replace(tzinfo=UTC)
    return sorted(rows, key=lambda row: (row.ended is not None, row.due or never, row.subject))


def zones_of(desk: Office, rows: list[ListedProcedure]) -> Zones:
    """The time zones of the accounts; none when the book cannot be read (then UTC is shown)."""
    try:
        return desk.zones(row.account for row in rows if row.account)
    except (BookError, Unmet):
        return {}


def listing_table(rows: list[ListedProcedure], zones: Zones) -> "Table":
    """A row each; a narrow terminal is shown neither account nor attempt."""
    drawn = [
        (safe(row.subject), _stands(row), when(row.due, _zone(row, zones)), str(row.attempt or ""), safe(row.account or ""))
        for row in rows
    ]
    return terminal.table("id", "state", "until", "attempt", "account", rows=drawn, whole=(0, 2), spare=(4, 3))


def listed_data(row: ListedProcedure, zones: Zones) -> Json:
    """The same as data; `until` with the offset of the account's zone."""
    return {
        "id": row.subject,
        "procedure": row.procedure,
        "definition": row.definition,
        "state": row.state,
        "title": row.title,
        "until": row.due.astimezone(_zone(row, zones)).isoformat() if row.due else None,
        "attempt": row.attempt,
        "account": row.account,
        "refusal": row.refusal,
        "status": row.trouble.value or ("running" if row.ended is None else "completed"),
        "started": row.started.isoformat(),
        "ended": row.ended.isoformat() if row.ended else None,
        "verdict": row.verdict.value if row.verdict else None,
        "trouble": row.trouble.value or None,
    }


def _zone(row: ListedProcedure, zones: Zones) -> ZoneInfo:
    return zones.get(row.account or "", ZoneInfo("UTC"))


def _stands(row: ListedProcedure) -> str:
    if row.trouble is not Trouble.NONE:
        state = (row.state or "not begun").replace("_", " ")
        return f"[red]{safe(state)} ({row.trouble.value.replace('_', ' ')})[/]"
    if row.state is None:
        return "[dim]not begun yet[/]"
    state = safe(row.state.replace("_", " "))
    return f"[dim]{state}[/]" if row.ended else state


def _nothing(filtered: Filter) -> str:
    if filtered != Filter(ended=filtered.ended):
        return "No procedure is like that. Leave filters out, or see all with `paystates list --all`."
    kind = "procedure is known here" if filtered.ended else "procedure is running"
    return f"No {kind}. Start one with `paystates start PROCEDURE SUBJECT`."
