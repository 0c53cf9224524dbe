"""The way in and out: runs the command line, and turns whatever goes wrong into a sentence and an exit code."""

import os
import sys
from collections.abc import Callable, Sequence

from paystates.cli import terminal
from paystates.cli.commands import app
from paystates.cli.errors import explain

DEBUG = "PAYSTATES_DEBUG"


def main() -> None:
    """The console script `paystates`."""
    sys.exit(run())


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command (those of the process when none are given); answers the exit code and never raises."""
    return guarded(lambda: app(args=None if arguments is None else list(arguments), prog_name="paystates"))


def guarded(work: Callable[[], object]) -> int:
    """Do the work; answers the exit code. With PAYSTATES_DEBUG set, what goes wrong is raised as it is."""
    try:
        work()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # a traceback is no message for a user
        if os.environ.get(DEBUG):
            raise
        code, message = explain(error)
        terminal.complain(message)
        return code
    return 0
