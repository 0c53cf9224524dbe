"""What cannot be undone is asked about first; who cannot be asked must say so with `--yes`."""

import sys
from typing import Any

from paystates.cli import terminal
from paystates.cli.errors import Unmet
from paystates.cli.terminal import safe
from paystates.front.lasting import cannot_be_undone


def sure(kind: str, of: Any, what: str, *, yes: bool) -> bool:
    """Whether to go on: `--yes` was given, it can be undone, or somebody at the terminal says so. `what` names it to them."""
    if yes or not cannot_be_undone(of, kind):
        return True
    named = kind.replace("_", " ")
    if not sys.stdin.isatty():
        message = f"“{named}” cannot be undone, and nobody can be asked here: give --yes to do it"
        raise Unmet(message)
    terminal.console(error=True).print(f"“{named}” cannot be undone: {safe(what)}. Do it? \\[y/N] ", end="")
    if sys.stdin.readline().strip().lower() in {"y", "yes"}:
        return True
    terminal.note("Nothing was done.")
    return False
