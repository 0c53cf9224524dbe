"""What the tests of the command line share: what a command did, commands as processes, and a book file that owes an invoice."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

Answer = TypeVar("Answer")

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "examples" / "scenarios"


@dataclass(frozen=True)
class Ran:
    """What a command did: its exit code, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> str:
        """Everything it wrote as one line of words, whatever the width of the terminal."""
        return " ".join(re.sub(r"[│╭╮╰╯─]", " ", f"{self.out} {self.err}").split())

    @property
    def data(self) -> Any:
        """What it wrote on stdout, as JSON."""
        return json.loads(self.out)


Run = Callable[..., Ran]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(ask: Callable[[], Answer], good: Callable[[Answer], bool]) -> Answer:
    """Ask again and again until the answer is good; the last one when it never is."""
    give_up = time.monotonic() + 20
    while not good(answer := ask()) and time.monotonic() < give_up:
        pass
    return answer


class Process:
    """A long-running command as a process of its own, in a folder of its own."""

    def __init__(self, arguments: list[str], folder: Path, **settings: str) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PAYSTATES_", "TEMPORAL_"))}
        self.settings = {
            "PAYSTATES_SERVER_PORT": str(free_port()),
            "PAYSTATES_UI_PORT": str(free_port()),
            "PAYSTATES_HTTP_PORT": str(free_port()),
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "80",
        } | settings
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=folder,
            env=kept | self.settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def until(self, end: str) -> str:
        """What it writes on stdout up to a line that begins so; everything when it ends before."""
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if line.startswith(end):
                break
        return "".join(lines)

    def stop(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """Send it a signal and wait: its exit code, and all that it wrote on stderr."""
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=30)
        return self.process.returncode, err


def kill_server(port: str) -> None:
    """End the Temporal server at that port, without any order."""
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (place / "cmdline").read_bytes().split(b"\0")
            if b"start-dev" in words and port.encode() in words:
                os.kill(int(place.name), signal.SIGKILL)


COMMAND = ["-c", "from paystates.cli import main; main()"]


BOOK = """
accounts:
  - id: {id}
    name: {name}
    country: "NO"
    time_zone: Europe/Oslo
    people:
      - {{id: ida-{id}, name: Ida Admin, email: ida@contoso.example, roles: [global_admin]}}
      - {{id: per-{id}, name: Per Admin, email: per@contoso.example, roles: [billing_admin]}}
    methods:
      - {{id: m-{id}, token: {token}, card: {{brand: visa, last4: "4242", expires: "2040-04"}}, added_by: ida-{id}}}
    subscriptions:
      - {{id: s-{id}, name: Business Standard, method: m-{id}}}
    invoices:
      - {{id: {id}, subscription: s-{id}, amount: "1495.00", currency: NOK, billing_date: {billed}}}
staff:
  - {{id: olga-{id}, name: Olga Berg, email: olga@operator.example}}
"""


def book_text(id: str, *, token: str = "tok_paying", name: str = "Contoso AS", billed: str = "-1d") -> str:  # noqa: A002 - a token is no password
    """A book file with one account that owes one invoice; everything in it bears the id."""
    return BOOK.format(id=id, token=token, name=json.dumps(name), billed=billed)
