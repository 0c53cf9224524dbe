"""The commands of `paystates`, declared for typer. What one does stands in the file of its topic, imported when it is called."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from paystates.cli.app import App
from paystates.cli.book_commands import books
from paystates.cli.hook_commands import hooks
from paystates.cli.journal_command import journal_command
from paystates.cli.look_commands import act_all_command, act_command, list_command, view_command, watch_command, why_command
from paystates.cli.options import Choices, Json, Language, Starter, Subject, finish
from paystates.cli.options import language as in_language
from paystates.cli.token_commands import tokens

app = App(
    help="Payment procedures of a business subscription account, run durably on Temporal.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

RUN, LOOK, WRITE = "Run it", "Look and act", "Read and rehearse"


@app.command("demo", rich_help_panel=RUN, asks_server=False)
def demo_command(
    *,
    stay: Annotated[bool, typer.Option("--stay", help="Keep the server and its web interface until Ctrl-C.")] = False,
    json: Json = False,
) -> None:
    """Play every scenario of examples/ on a real Temporal server, weeks in seconds, and tell each as a timeline."""
    from paystates.cli.demo import demo

    finish(asyncio.run(demo(json=json, stay=stay)))


@app.command("up", rich_help_panel=RUN)
def up_command(
    *,
    travel: Annotated[bool, typer.Option("--travel", help="Let `paystates travel` skip time on the server.")] = False,
    web: Annotated[bool, typer.Option("--web/--no-web", help="Serve the HTTP API and the board too.")] = True,
    json: Json = False,
) -> None:
    """Run a server, its web interface, a worker, the HTTP API and the board until Ctrl-C. What they keep survives, in files."""
    from paystates.cli.connection import settings
    from paystates.cli.up import up

    asyncio.run(up(settings(), travel=travel, web=web, json=json))


@app.command("serve", rich_help_panel=RUN)
def serve_command(
    *,
    host: Annotated[str | None, typer.Option("--host", help="Where to listen; PAYSTATES_HTTP_HOST otherwise.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="PAYSTATES_HTTP_PORT otherwise.")] = None,
    json: Json = False,
) -> None:
    """Serve the HTTP API and the board until Ctrl-C, over a Temporal server and workers that run already."""
    from paystates.cli.connection import settings
    from paystates.cli.web import serve_alone

    given = settings()
    chosen = {"http_host": host or given.http_host, "http_port": port or given.http_port}
    asyncio.run(serve_alone(given.model_copy(update=chosen), json=json))


@app.command("doctor", rich_help_panel=RUN)
def doctor_command(*, json: Json = False) -> None:
    """Say what is installed, found and reachable, and what to do about what is not."""
    from paystates.cli.doctor import doctor

    finish(asyncio.run(doctor(json=json)))


@app.command("start", rich_help_panel=LOOK)
def start_command(
    procedure: Annotated[str, typer.Argument(metavar="PROCEDURE", help="Which one, such as charge-retry or replace-all.")],
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="What it is about: an invoice, a method, a subscription.")],
    choices: Choices = None,
    *,
    actor: Starter = None,
    charge_now: Annotated[bool, typer.Option("--charge-now", help="Charge at once instead of at the plan's next date.")] = False,
    language: Language = "en",
    json: Json = False,
) -> None:
    """Start a procedure, such as collecting an invoice or replacing a method. The same start twice does no harm."""
    from paystates.cli.connection import settings
    from paystates.cli.starting import start

    given = [*(choices or []), *(["charge_now=true"] if charge_now else [])]
    told = in_language(language)
    finish(asyncio.run(start(settings(), procedure, subject, given, actor=actor, language=told, json=json)))


app.command("list", rich_help_panel=LOOK)(list_command)
app.command("watch", rich_help_panel=LOOK)(watch_command)
app.command("view", rich_help_panel=LOOK)(view_command)


@app.command("items", rich_help_panel=LOOK, asks_server=False)
def items_command(subject: Subject, *, json: Json = False) -> None:
    """List everything that a procedure was to bind anew: from which method to which and when, or why it stayed."""
    from paystates.cli.connection import settings
    from paystates.cli.items import show_items
    from paystates.cli.known import subject as named

    show_items(settings(), named(subject), json=json)


app.command("act", rich_help_panel=LOOK)(act_command)
app.command("act-all", rich_help_panel=LOOK)(act_all_command)
app.command("why", rich_help_panel=LOOK)(why_command)


@app.command("travel", rich_help_panel=LOOK)
def travel_command(
    subject: Subject,
    duration: Annotated[str, typer.Argument(metavar="DURATION", help="How far, such as 8d or 1d 2h.")],
    *,
    json: Json = False,
) -> None:
    """Move a procedure's clock forward, on a server started with `paystates up --travel`."""
    from domain.durations import parse_duration
    from paystates.cli.acting import travel
    from paystates.cli.connection import settings
    from paystates.cli.errors import BadInput
    from paystates.cli.known import subject as named

    try:
        span = parse_duration(duration)
    except ValueError as error:
        message = f"DURATION {error}"
        raise BadInput(message) from None
    if not span:
        message = f"DURATION {duration} is no time at all: give how far the clock is to go, such as 8d"
        raise BadInput(message)
    asyncio.run(travel(settings(), named(subject), span, json=json))


@app.command("rehearse", rich_help_panel=WRITE, asks_server=False)
def rehearse_command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Scenario files, or folders of them.")],
    *,
    on: Annotated[str, typer.Option("--on", help="Where to play: memory or temporal.")] = "memory",
    json: Json = False,
) -> None:
    """Play scenario files, tell what happens, and say what did not go as they say."""
    from paystates.cli.errors import BadInput
    from paystates.cli.rehearse import rehearse

    if on not in {"memory", "temporal"}:
        message = f"--on {on!r} is neither memory nor temporal: use one of these"
        raise BadInput(message)
    finish(asyncio.run(rehearse(files, on_server=on == "temporal", json=json)))


@app.command("diagram", rich_help_panel=WRITE, asks_server=False)
def diagram_command(
    procedure: Annotated[str, typer.Argument(metavar="PROCEDURE", help="A procedure, such as charge-retry or charge-retry@1.")],
    *,
    at: Annotated[str | None, typer.Option("--at", help="The state to mark.")] = None,
    form: Annotated[str, typer.Option("--format", help="What to draw: table or mermaid.")] = "table",
    json: Json = False,
) -> None:
    """Draw a procedure from its declaration."""
    from paystates.cli.drawings import show_diagram
    from paystates.cli.errors import BadInput

    if form not in {"table", "mermaid"}:
        message = f"--format {form!r} is neither table nor mermaid: use one of these"
        raise BadInput(message)
    show_diagram(procedure, at=at, mermaid_text=form == "mermaid", json=json)


@app.command("procedures", rich_help_panel=WRITE, asks_server=False)
def procedures_command(*, json: Json = False) -> None:
    """List the procedures and versions that a worker keeps, with their actions."""
    from paystates.cli.drawings import show_procedures

    show_procedures(json=json)


@app.command("rules", rich_help_panel=WRITE, asks_server=False)
def rules_command(*, language: Language = "en", json: Json = False) -> None:
    """List every rule: what it says, what helps and with what, where it comes from, and what it guards."""
    from paystates.cli.drawings import show_rules

    show_rules(in_language(language), json=json)


app.add_typer(hooks, name="hooks", rich_help_panel=RUN)
app.command("journal", rich_help_panel=LOOK)(journal_command)
app.add_typer(books, name="book", rich_help_panel=LOOK)
app.add_typer(tokens, name="token", rich_help_panel=RUN)
