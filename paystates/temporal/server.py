"""A Temporal development server of our own: started on this machine only, stopped in order, never left behind.

`python -m paystates.temporal.server` makes sure that there is a program to start and says which one. Where it comes
from is told in `paystates.temporal.binary`; how the server is kept from outliving us, in `paystates.temporal.leash`.
"""

import asyncio
import fcntl
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from paystates.temporal.binary import Found, ServerMissing, find_program, find_server
from paystates.temporal.leash import on_leash
from paystates.temporal.obtain import tell

__all__ = ["DevServer", "Found", "ServerFailed", "ServerMissing", "find_program", "find_server", "main"]

_HERE = "127.0.0.1"
_ANSWERS_WITHIN = 15.0  # seconds; it takes 0.2 s on an idle machine
_TRIES = 3  # a port that was free a moment ago may be taken by another program; then others are chosen
_SKIP_TIME = "frontend.WorkflowTimeSkippingEnabled=true"
_SETTINGS = (
    "frontend.WorkflowPauseEnabled=true",  # operators may pause in the UI
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=2",  # what is wedged is reported within seconds
)


class ServerFailed(Exception):
    """The development server could not be started; the text says why and what to do."""


@dataclass
class DevServer:
    """A development server on 127.0.0.1: a context manager, sync or async, or `start()` and `stop()`.

    A port not given is a free one. Without a `database` all is forgotten in the end. `travel` lets time be skipped.
    `search_attributes` maps names to Temporal's type names (Keyword, Text, Int, Double, Bool, Datetime, KeywordList).
    Starting raises `ServerFailed`, and `ServerMissing` when no `program` is given and none can be got.
    """

    program: Path | None = None
    _: KW_ONLY
    port: int | None = None
    ui_port: int | None = None
    ui: bool = True
    database: Path | None = None
    travel: bool = False
    namespace: str = "default"
    search_attributes: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)
    _ports: tuple[int, int] = field(default=(0, 0), init=False, repr=False)
    _mine: IO[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def address(self) -> str:
        """Where clients connect, such as `127.0.0.1:7233`."""
        return f"{_HERE}:{self._ports[0]}"

    @property
    def ui_url(self) -> str | None:
        """Where a browser goes, or None without a UI."""
        return f"http://{_HERE}:{self._ports[1]}" if self.ui else None

    def start(self) -> Self:
        """Start it and wait until it answers."""
        _must_be_free(self.port, "PAYSTATES_SERVER_PORT")
        _must_be_free(self.ui_port if self.ui else None, "PAYSTATES_UI_PORT")
        program = self.program or find_program().path
        assert program is not None, "find_program answers with a path"  # noqa: S101 - for the type checker
        if self.database:
            self._mine = _taken_for_us(self.database)
        for _ in range(_TRIES):
            reason = self._try(program)
            if reason is None:
                return self
            if "address already in use" not in reason:
                break
        self._give_back()
        message = f"The Temporal server {program} did not start: {reason}"
        if "file is not a database" in str(reason):
            message = f"{self.database} is no database of a Temporal server. Name another file in PAYSTATES_SERVER_DB, or none."
        raise ServerFailed(message)

    async def ended(self) -> None:
        """Come back when it has ended, by itself or because it was stopped."""
        if self._process is not None:
            await asyncio.to_thread(self._process.wait)

    def stop(self) -> None:
        """Stop it in order, by force after five seconds. Stopping twice does no harm."""
        self._end()
        self._give_back()

    def _end(self) -> None:
        if self._process is not None:
            self._process.terminate()  # the leash passes it on, and has its own patience
            self._process.wait()
            self._process = None

    def _give_back(self) -> None:
        """Let another server have the database."""
        if self._mine is not None:
            self._mine.close()
            self._mine = None

    def _try(self, program: Path) -> str | None:
        """Start it once. Answers None when it is there, else what it said."""
        self._ports = (self.port or _free_port(), self.ui_port or _free_port())
        with tempfile.TemporaryFile() as said:
            self._process = subprocess.Popen(
                on_leash([str(program), *self._arguments()]),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,  # Ctrl-C is ours alone: the worker ends first, then the server
            )
            if self._answers():
                return None
            self._end()
            return _end_of(said)

    def _arguments(self) -> list[str]:
        port, ui_port = self._ports
        arguments = ["server", "start-dev", "--ip", _HERE, "--port", str(port), "--log-level", "error"]
        arguments += ["--ui-port", str(ui_port), "--ui-disable-news-fetch"] if self.ui else ["--headless"]
        arguments += ["--namespace", self.namespace]
        if self.database:
            arguments += ["--db-filename", str(self.database)]
        for setting in (*_SETTINGS, *([_SKIP_TIME] if self.travel else [])):
            arguments += ["--dynamic-config-value", setting]
        for name, kind in self.search_attributes.items():
            arguments += ["--search-attribute", f"{name}={kind}"]
        return arguments

    def _answers(self) -> bool:
        """Whether it answers in time. Asked in a thread of its own: the caller may be inside a running event loop."""
        with ThreadPoolExecutor(max_workers=1) as thread:
            return thread.submit(asyncio.run, self._wait_for_answer()).result()

    async def _wait_for_answer(self) -> bool:
        from temporalio.client import Client  # noqa: PLC0415 - 0.3 s that finding a program need not take

        give_up = time.monotonic() + _ANSWERS_WITHIN
        while time.monotonic() < give_up and self._process is not None and self._process.poll() is None:
            try:
                await Client.connect(self.address, namespace=self.namespace, lazy=False)
            except RuntimeError:  # how the SDK says that nobody listens yet
                await asyncio.sleep(0.05)
            else:
                return True
        return False

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.start)

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await asyncio.to_thread(self.stop)


def main() -> int:
    """Find, fetch or build the server's program and say in one line which one it is. Answers 1 when there is none."""
    try:
        tell(str(find_program()))
    except ServerMissing as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    return 0


def _must_be_free(port: int | None, setting: str) -> None:
    if port is None:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port closed a moment ago counts as free
        try:
            probe.bind((_HERE, port))
        except OSError as taken:
            message = (
                f"Port {port} on {_HERE} is taken by another program, so the Temporal server cannot start there. "
                f"Stop that program, or name another port in {setting}."
            )
            raise ServerFailed(message) from taken


def _taken_for_us(database: Path) -> IO[bytes]:
    """A lock beside the database: two servers would open one file without a word, and both run what is in it.

    It is ours until it is closed, or we are gone, however that happens.
    """
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        lock = database.with_name(f"{database.name}.lock").open("wb")
    except OSError as error:
        message = (
            f"The Temporal server keeps its state in {database}, which cannot be written ({error.strerror}). "
            "Make its folder one that you may write to, or name another file in PAYSTATES_SERVER_DB."
        )
        raise ServerFailed(message) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as taken:
        lock.close()
        message = (
            f"Another Temporal server keeps its state in {database} already, so a second one cannot. "
            "Stop that one, or name another file in PAYSTATES_SERVER_DB."
        )
        raise ServerFailed(message) from taken
    return lock


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HERE, 0))
        return int(probe.getsockname()[1])


def _end_of(output: IO[bytes]) -> str:
    output.seek(0)
    lines = output.read().decode(errors="replace").strip().splitlines()
    return " ".join(lines[-3:]) or f"it said nothing and did not answer within {_ANSWERS_WITHIN:.0f} seconds."


if __name__ == "__main__":
    sys.exit(main())
