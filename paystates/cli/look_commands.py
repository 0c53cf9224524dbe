"""The commands by which people look at procedures and act on them: `list`, `watch`, `view`, `act`, `act-all`, `why`."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from paystates.cli import completing
from paystates.cli.options import Actor, Fields, Json, Language, Starter, Subject, finish
from paystates.cli.options import language as in_language

if TYPE_CHECKING:
    from paystates.front.filters import Filter

Procedures = Annotated[
    list[str] | None,
    typer.Option("--procedure", help="Only these, such as charge-retry; may be repeated.", autocompletion=completing.procedures),
]
States = Annotated[list[str] | None, typer.Option("--state", help="Only those in this state; may be repeated.")]
Account = Annotated[str | None, typer.Option("--account", help="Only those of this account.")]
Named = Annotated[
    str | None,
    typer.Option(
        "--named",
        help="needs-attention, waits-for-customer, due-today or refused-lately.",
        autocompletion=completing.filters,
    ),
]
Query = Annotated[str | None, typer.Option("--query", help="And this holds: a visibility query of Temporal’s.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="At most so many, those that began last.")]
Everything = Annotated[bool, typer.Option("--all", help="Also those that have ended.")]
ActionName = Annotated[
    str,
    typer.Argument(metavar="ACTION", help="What to do, such as retry-now, hold or write-off.", autocompletion=completing.actions),
]
Reason = Annotated[str | None, typer.Option("--reason", help="Why: short for the field reason=…, where the action has one.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first whether to do what cannot be undone.")]


def list_command(  # noqa: PLR0913 - an option of a command is an argument
    *,
    procedures: Procedures = None,
    states: States = None,
    account: Account = None,
    named: Named = None,
    query: Query = None,
    limit: Limit = 200,
    everything: Everything = False,
    show_query: Annotated[
        bool, typer.Option("--show-query", help="Only say what Temporal is asked, and where its own interface shows it.")
    ] = False,
    json: Json = False,
) -> None:
    """List the procedures that are running, those due first in front. All filters that are given must hold."""
    from paystates.cli.connection import settings
    from paystates.cli.listing import list_procedures, tell_query

    filtered = _wanted(procedures, states, account, named, query, everything)
    if show_query:
        tell_query(filtered, settings().temporal_namespace, json=json)
        return
    asyncio.run(list_procedures(settings(), filtered, limit=limit, json=json))


def watch_command(  # noqa: PLR0913 - an option of a command is an argument
    subject: Annotated[
        str | None,
        typer.Argument(metavar="ID", help="One procedure, to its end; without it the list.", autocompletion=completing.subjects),
    ] = None,
    *,
    procedures: Procedures = None,
    states: States = None,
    account: Account = None,
    named: Named = None,
    query: Query = None,
    limit: Limit = 50,
    everything: Everything = False,
    every: Annotated[float, typer.Option("--every", min=0.2, metavar="SECONDS", help="How long between two looks.")] = 2.0,
    language: Language = "en",
    json: Json = False,
) -> None:
    """Follow the list, or one procedure, as it changes, until Ctrl-C. As JSON: what has changed, a line each."""
    from paystates.cli.connection import settings
    from paystates.cli.known import subject as of_id
    from paystates.cli.watching import watch

    def filtered() -> "Filter":
        return _wanted(procedures, states, account, named, query, everything)

    filtered()  # what is typed wrong is said before anything is asked
    one = None if subject is None else of_id(subject)
    told = in_language(language)
    asyncio.run(watch(settings(), one, filtered, limit=limit, every=every, language=told, json=json))


def view_command(
    subject: Subject,
    *,
    actor: Starter = None,
    machine: Annotated[bool, typer.Option("--machine/--no-machine", help="Draw its states too.")] = True,
    language: Language = "en",
    json: Json = False,
) -> None:
    """Draw a procedure: its state, what it waits for, what may be chosen or done and why not, its machine and its journal."""
    from paystates.cli.connection import settings
    from paystates.cli.known import subject as named
    from paystates.cli.viewing import view

    told = in_language(language)
    asyncio.run(view(settings(), named(subject), actor=actor, language=told, machine=machine, json=json))


def act_command(  # noqa: PLR0913 - an option of a command is an argument
    subject: Subject,
    action: ActionName,
    fields: Fields = None,
    *,
    actor: Actor,
    seen: Annotated[
        int | None,
        typer.Option("--seen", help="The visit you looked at: when the procedure has moved on, nothing is done."),
    ] = None,
    reason: Reason = None,
    yes: Yes = False,
    language: Language = "en",
    json: Json = False,
) -> None:
    """Do something to a procedure. What is refused is told with every reason; what cannot be undone is asked about first."""
    from paystates.cli.acting import Wish, act, with_reason
    from paystates.cli.connection import settings
    from paystates.cli.known import subject as named

    wish = Wish(named(subject), action, with_reason(fields, reason), actor, in_language(language))
    finish(asyncio.run(act(settings(), wish, seen=seen, yes=yes, json=json)))


def act_all_command(  # noqa: PLR0913 - an option of a command is an argument
    action: ActionName,
    fields: Fields = None,
    *,
    actor: Actor,
    procedures: Procedures = None,
    states: States = None,
    account: Account = None,
    named: Named = None,
    query: Query = None,
    limit: Limit = 1000,
    reason: Reason = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be taken and what refused.")] = False,
    yes: Yes = False,
    language: Language = "en",
    json: Json = False,
) -> None:
    """Do something to every procedure that the filters find; each decides by its own rules. Try it with --dry-run first."""
    from paystates.cli.acting import with_reason
    from paystates.cli.bulk import Bulk, act_all
    from paystates.cli.connection import settings

    filtered = _wanted(procedures, states, account, named, query, everything=False)
    given = with_reason(fields, reason)
    bulk = Bulk(action, given, filtered, actor, limit, dry_run=dry_run, yes=yes, language=in_language(language))
    finish(asyncio.run(act_all(settings(), bulk, json=json)))


def why_command(
    subject: Subject,
    action: ActionName,
    fields: Fields = None,
    *,
    actor: Actor,
    reason: Reason = None,
    language: Language = "en",
    json: Json = False,
) -> None:
    """Say whether an action would be taken now, and if not, every reason with its remedy. Nothing is sent."""
    from paystates.cli.acting import Wish, why, with_reason
    from paystates.cli.connection import settings
    from paystates.cli.known import subject as named

    wish = Wish(named(subject), action, with_reason(fields, reason), actor, in_language(language))
    finish(asyncio.run(why(settings(), wish, json=json)))


def _wanted(
    procedures: list[str] | None,
    states: list[str] | None,
    account: str | None,
    named: str | None,
    query: str | None,
    everything: bool,
) -> "Filter":
    from paystates.cli.listing import wanted

    return wanted(procedures=procedures, states=states, account=account, named=named, query=query, everything=everything)
