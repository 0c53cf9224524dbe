"""What a shell may complete: procedures, their actions, the filters that have a name. Never an error, and never for long."""

import asyncio
from contextlib import suppress

import typer

_WITHIN = 1.5
"""Seconds that somebody waits for a completion."""
_MOST = 50


def subjects(incomplete: str) -> list[str]:
    """The ids of procedures that run and begin so."""
    found: list[str] = []
    with suppress(Exception):  # a completion that cannot be had is none
        found = asyncio.run(_subjects(incomplete))
    return found


async def _subjects(incomplete: str) -> list[str]:
    from paystates.cli.connection import connect, settings
    from paystates.front.filters import Filter, quoted
    from paystates.temporal.executions import list_executions

    begins = f"WorkflowId STARTS_WITH {quoted(incomplete)}" if incomplete else None
    async with asyncio.timeout(_WITHIN):
        rows, _ = await list_executions(await connect(settings()), Filter(query=begins).to_query(), limit=_MOST)
    return [row.id for row in rows]


def actions(ctx: typer.Context, incomplete: str) -> list[str]:
    """The actions of the procedure that is named before, as people type them; of all when none is."""
    from paystates.front.words import WAKES
    from states.procedures import NEWEST, declared_of

    subject = ctx.params.get("subject")
    declared = declared_of(subject if "/" in subject else "charge-retry") if subject else None
    procedures = [declared.newest] if declared else list(NEWEST.values())
    kinds = dict.fromkeys(kind for one in procedures for kind in one.actions if kind not in WAKES)
    return [kind.replace("_", "-") for kind in kinds if kind.replace("_", "-").startswith(incomplete.replace("_", "-"))]


def filters(incomplete: str) -> list[str]:
    """The filters that have a name."""
    from paystates.front.filters import NAMED_FILTERS

    return [name for name in NAMED_FILTERS if name.startswith(incomplete)]


def procedures(incomplete: str) -> list[str]:
    """The procedures."""
    from states.procedures import NEWEST

    return [name for name in NEWEST if name.startswith(incomplete)]
