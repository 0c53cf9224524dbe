"""The commands of `paystates token`: make, list and revoke the tokens of the HTTP API and the board."""

from typing import Annotated

import typer

from paystates.cli.app import App
from paystates.cli.options import Json

tokens = App(asks_server=False, help="Make, list and revoke tokens for the HTTP API and the board.", no_args_is_help=True)


@tokens.command("create")
def create_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for, such as billing-backend.")],
    *,
    account: Annotated[list[str] | None, typer.Option("--account", help="An account it reaches; may be repeated.")] = None,
    all_accounts: Annotated[bool, typer.Option("--all-accounts", help="It reaches every account.")] = False,
    may: Annotated[str, typer.Option("--may", help="What it may do: read, act, book, admin; with commas.")] = "read",
    person: Annotated[str | None, typer.Option("--for", metavar="PERSON", help="The person it acts for.")] = None,
    any_person: Annotated[bool, typer.Option("--any-person", help="Each request names a person of its accounts.")] = False,
    expires: Annotated[str, typer.Option("--expires", help="How long it may be used, such as 90d.")] = "90d",
    json: Json = False,
) -> None:
    """Make a token. It is shown this once: the account book keeps only its hash."""
    from paystates.cli.connection import settings
    from paystates.cli.tokens import Wanted, create

    wanted = Wanted(name, tuple(account or ()), all_accounts, may, person, any_person, expires)
    create(settings(), wanted, json=json)


@tokens.command("list")
def list_command(*, json: Json = False) -> None:
    """List the tokens there are, also those that may not be used any more."""
    from paystates.cli.connection import settings
    from paystates.cli.tokens import show_tokens

    show_tokens(settings(), json=json)


@tokens.command("revoke")
def revoke_command(
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="Its id, as `paystates token list` has it.")],
    *,
    json: Json = False,
) -> None:
    """Revoke a token: from now on it opens nothing, and whoever is at the board with it is sent away."""
    from paystates.cli.connection import settings
    from paystates.cli.tokens import revoke

    revoke(settings(), token, json=json)
