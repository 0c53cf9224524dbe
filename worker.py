"""A worker for production: `python worker.py`, with all its settings in the environment (docs/settings.md).

It connects to the server, registers the search attributes, runs procedures, relays mails and listens to the bank, until
SIGINT or SIGTERM stops it in order. The exit code is 0 then, 1 when it cannot work, 2 when a setting is wrong.
"""

import asyncio
import sys

from paystates.cli.connection import settings
from paystates.cli.entry import guarded
from paystates.cli.up import serve

if __name__ == "__main__":
    sys.exit(guarded(lambda: asyncio.run(serve(settings()))))
