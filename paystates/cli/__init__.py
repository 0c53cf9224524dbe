"""The command line: `paystates`. Every command is declared in `commands`; what one does is in the file of its topic.

Exit codes: 0 done · 1 refused, or something is not as it should be · 2 the command or a setting is wrong.
"""

from paystates.cli.commands import app
from paystates.cli.entry import main, run

__all__ = ["app", "main", "run"]
