"""What the commands share: their common arguments and options, and how a command ends."""

from typing import Annotated

import typer

from paystates.cli.errors import FAILED

Json = Annotated[bool, typer.Option("--json", help="Print the data as JSON.")]
Subject = Annotated[str, typer.Argument(metavar="ID", help="A procedure, such as charge-retry/2026-1001; or just the invoice.")]
Fields = Annotated[list[str] | None, typer.Argument(metavar="FIELD=VALUE", help="The action's fields, such as reason=bankrupt.")]
Actor = Annotated[str, typer.Option("--as", metavar="ACTOR", help="Who does it: a person's id in the account book.")]


def finish(well: bool) -> None:
    """End with exit code 0, or 1 when something was refused or is not as it should be."""
    if not well:
        raise typer.Exit(FAILED)
