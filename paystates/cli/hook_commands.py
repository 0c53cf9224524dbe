"""The commands of `paystates hooks`: who is told of ends and refusals, and whether that works."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from paystates.cli.app import App
from paystates.cli.options import Json, finish

if TYPE_CHECKING:
    from domain.webhooks import Endpoint
    from paystates.front.hooks import Made

hooks = App(help="Tell other systems of ends and refusals, over signed web hooks.", no_args_is_help=True)

Hook = Annotated[str, typer.Argument(metavar="HOOK", help="Its id, as `paystates hooks list` has it.")]


@hooks.command("add")
def add_command(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where it is told: https://host/path.")],
    *,
    account: Annotated[str | None, typer.Option("--account", help="The account it is told of; all of them otherwise.")] = None,
    event: Annotated[
        list[str] | None,
        typer.Option("--event", help="procedure.ended or procedure.refused; may be repeated. Both otherwise."),
    ] = None,
    json: Json = False,
) -> None:
    """Make a web hook. Its secret is shown this once: the receiver verifies signatures with it."""
    from domain.webhooks import Wanted
    from paystates import clock
    from paystates.cli.connection import book, settings
    from paystates.front import hooks as front

    given = settings()
    with book(given) as opened:
        made = front.add(opened, given, url, event or list(Wanted), account, clock.now())
    _show_made(made, json=json)


@hooks.command("list")
def list_command(*, json: Json = False) -> None:
    """List the web hooks, with what is the matter with those that fail."""
    from paystates.cli import terminal
    from paystates.cli.connection import book, settings
    from paystates.front import hooks as front

    with book(settings()) as opened:
        found = front.listed(opened)
    if json:
        terminal.show_json([front.data(one) for one in found])
        return
    rows = [
        (one.id, terminal.safe(one.url), terminal.safe(one.account_id or "all"), ", ".join(one.wants), _standing(one))
        for one in found
    ]
    terminal.show(terminal.table("hook", "url", "account", "events", "status", rows=rows))


@hooks.command("remove")
def remove_command(hook: Hook, *, json: Json = False) -> None:
    """Remove a web hook: it is told nothing any more."""
    from paystates.cli import terminal
    from paystates.cli.connection import book, settings
    from paystates.front import hooks as front

    with book(settings()) as opened:
        front.remove(opened, hook)
    if json:
        terminal.show_json({"removed": hook})
    else:
        terminal.show(terminal.safe(f"{hook} is removed."))


@hooks.command("pause")
def pause_command(hook: Hook, *, json: Json = False) -> None:
    """Begin no new delivery until it is resumed; what happens meanwhile is told then."""
    from paystates.cli.connection import book, settings
    from paystates.front import hooks as front

    with book(settings()) as opened:
        changed = front.pause(opened, hook)
    _show(changed, json=json)


@hooks.command("resume")
def resume_command(hook: Hook, *, json: Json = False) -> None:
    """Go on after a pause or a failure, with the first event that was not taken."""
    from paystates.cli.connection import book, settings
    from paystates.front import hooks as front

    with book(settings()) as opened:
        changed = front.resume(opened, hook)
    _show(changed, json=json)


@hooks.command("rotate")
def rotate_command(
    hook: Hook,
    *,
    overlap: Annotated[str, typer.Option("--overlap", help="How long the secret before it signs too, such as 24h.")] = "24h",
    json: Json = False,
) -> None:
    """Give a web hook a new secret. For a while both sign, so that the receiver can be changed without losing a message."""
    from domain.durations import parse_duration
    from paystates import clock
    from paystates.cli.connection import book, settings
    from paystates.cli.errors import BadInput
    from paystates.front import hooks as front

    try:
        span = parse_duration(overlap)
    except ValueError as error:
        message = f"--overlap {error}"
        raise BadInput(message) from None
    given = settings()
    with book(given) as opened:
        made = front.rotate(opened, given, hook, clock.now(), span)
    _show_made(made, json=json)


@hooks.command("test")
def try_command(hook: Hook, *, json: Json = False) -> None:
    """Post a message that says nothing, once and now, and say whether it was taken."""
    from paystates import clock
    from paystates.cli import terminal
    from paystates.cli.connection import book, settings
    from paystates.composition import post
    from paystates.front import hooks as front

    given = settings()
    with book(given) as opened:
        endpoint = front.found(opened, hook)
    why = ""
    try:
        asyncio.run(front.test(endpoint, given, post(given), clock.now()))
    except front.NotDelivered as error:
        why = str(error)
    if json:
        terminal.show_json({"hook": hook, "delivered": not why, "error": why or None})
    else:
        terminal.show(terminal.safe(f"{hook}: {why or 'the message was taken'}."))
    finish(not why)


def _show_made(made: "Made", *, json: bool) -> None:
    from paystates.cli import terminal
    from paystates.front import hooks as front

    if json:
        terminal.show_json(front.data(made.endpoint) | {"secret": made.secret})
        return
    terminal.show(terminal.pairs([("Hook", made.endpoint.id), ("Secret", made.secret)]))
    terminal.note("The secret is shown this once. The receiver verifies signatures with it: see docs/events.md.")


def _show(endpoint: "Endpoint", *, json: bool) -> None:
    from paystates.cli import terminal
    from paystates.front import hooks as front

    if json:
        terminal.show_json(front.data(endpoint))
    else:
        terminal.show(f"{terminal.safe(endpoint.id)} is {_standing(endpoint)}.")


def _standing(endpoint: "Endpoint") -> str:
    from paystates.cli import terminal
    from paystates.front import hooks as front

    word = front.status(endpoint)
    return f"{word}: {terminal.safe(endpoint.error)}" if endpoint.error else word
