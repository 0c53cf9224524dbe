"""What the commands share: their common arguments and options, and how a command ends."""

from typing import Annotated

import typer

from paystates.cli.completing import subjects
from paystates.cli.errors import FAILED, BadInput

Json = Annotated[bool, typer.Option("--json", help="Print the data as JSON.")]
Subject = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="A procedure, such as charge-retry/2026-1001; or just the invoice.",
        autocompletion=subjects,
    ),
]
Fields = Annotated[list[str] | None, typer.Argument(metavar="FIELD=VALUE", help="The action's fields, such as reason=bankrupt.")]
Actor = Annotated[str, typer.Option("--as", metavar="ACTOR", help="Who does it: a person's id in the account book.")]


Starter = Annotated[str | None, typer.Option("--as", metavar="ACTOR", help="Who does it; not for what the house starts.")]
Choices = Annotated[
    list[str] | None,
    typer.Argument(metavar="FIELD=VALUE", help="Choices made at once: chosen=mastercard-2 confirmed=true, new.token=tok_1 …"),
]
Language = Annotated[str, typer.Option("--language", help="The language of refusals: en or nb.")]
LANGUAGES = ("en", "nb")


def language(given: str) -> str:
    """A language that refusals are told in; `BadInput` names those there are."""
    if given not in LANGUAGES:
        message = f"--language {given!r} is neither en nor nb: use one of these"
        raise BadInput(message)
    return given


def finish(well: bool) -> None:
    """End with exit code 0, or 1 when something was refused or is not as it should be."""
    if not well:
        raise typer.Exit(FAILED)
