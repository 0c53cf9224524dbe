"""The scripted bank as a process of its own with a file of its own: `python -m gateways.process --file … --script …`.

It listens on 127.0.0.1 only and prints the port as its first line. Its whole state is on disk, atomically and synced,
before it replies: a kill at any moment loses nothing that was acknowledged, and it goes on from its file when it is
started again. What stands in a `hold` then is gone, like a request that never arrived or a reply that was lost.
The file is written anew for each call, which suits tests, not load.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ValidationError, validate_call
from pydantic_core import to_json

from gateways.intents import BankState
from gateways.remote import RemoteBank
from gateways.script import Script, load_script
from gateways.scripted import OUTCOMES, ScriptedBank
from paystates import clock

HOST = "127.0.0.1"
OFFERED = (
    *("open_intent", "confirm", "read", "find", "cancel"),
    *("ledger", "calls", "notifications", "next_notification_at"),
    *("set_up", "update_details", "read_details"),
    *("authenticate", "renew_method", "remove_method", "waiting", "release"),
)


class BankFile:
    """The file that a bank's state lives in: replaced as a whole, and on the disk when `write` returns."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> BankState:
        """The state in the file, or an empty one when there is no file. Raises `ValueError` for anything else."""
        if not self._path.exists():
            return BankState()
        try:
            return BankState.from_json(self._path.read_bytes())
        except ValidationError as error:
            raise ValueError(
                f"{self._path} does not hold the state of a scripted bank: delete it, or name another file"
            ) from error

    def write(self, state: BankState) -> None:
        """Replace the state in the file. Raises `OSError` when the disk will not have it, and keeps the old one."""
        draft = self._path.with_name(f"{self._path.name}.draft")
        with draft.open("wb") as file:
            file.write(state.to_json())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
        directory = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


class BankServer(ThreadingHTTPServer):
    """One scripted bank over HTTP: `POST /method` with `{"now": …, "arguments": {…}}` answers `{"answer": …}`.

    An error is `{"error": a word of OUTCOMES, "message": …}`.
    """

    daemon_threads = True

    def __init__(self, bank: ScriptedBank, port: int = 0) -> None:
        super().__init__((HOST, port), _Handler)
        self.methods: dict[str, Callable[..., object]] = {f"/{name}": validate_call(getattr(bank, name)) for name in OFFERED}

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing when the caller has gone before its reply: callers that are killed are expected here."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # the stub names a private type


class _Question(BaseModel):
    now: AwareDatetime
    arguments: dict[str, Any]


class _Handler(BaseHTTPRequestHandler):
    server: BankServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        method = self.server.methods.get(self.path)
        if method is None:
            self._reply(HTTPStatus.NOT_FOUND, {"error": "invalid", "message": f"the bank offers no {self.path}"})
            return
        try:
            question = _Question.model_validate_json(body)
            with clock.at(question.now):
                answer = method(**question.arguments)
        except tuple(OUTCOMES) as error:
            word = next(word for kind, word in OUTCOMES.items() if isinstance(error, kind))
            self._reply(HTTPStatus.CONFLICT, {"error": word, "message": str(error)})
        else:
            self._reply(HTTPStatus.OK, {"answer": answer})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server gives it
        """Say nothing: the bank's log is `calls()`."""

    def _reply(self, status: HTTPStatus, reply: dict[str, object]) -> None:
        content = to_json(reply)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class BankProcess:
    """Starts and kills a bank process, for tests: `with BankProcess(file, script) as bank: bank.open_intent(…)`.

    `script` is a YAML file, None for a bank at which everything succeeds. Started again, it listens where it did.
    """

    def __init__(self, file: Path, script: Path | None = None) -> None:
        self._command = [sys.executable, "-m", "gateways.process", "--file", str(file)]
        if script:
            self._command += ["--script", str(script)]
        self._port = "0"
        self._process: subprocess.Popen[str] | None = None

    def start(self, *, now: Callable[[], datetime] = clock.now, timeout: float = 10) -> RemoteBank:
        """Start it, anew if it runs, and answer its client, made with `now` and `timeout`.

        Raises `RuntimeError` when it does not come up; what it had to say is on stderr.
        """
        self.kill()
        room = str(Path(__file__).parent.parent)
        paths = os.pathsep.join([room, *filter(None, [os.environ.get("PYTHONPATH")])])
        self._process = subprocess.Popen(
            [*self._command, "--port", self._port],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": paths},
        )
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for; tells the type checker
        port = self._process.stdout.readline().strip()
        if not port:
            self.kill()
            raise RuntimeError("the bank process did not start: it says why on stderr")
        self._port = port
        return RemoteBank(f"{HOST}:{port}", now=now, timeout=timeout)

    def kill(self) -> None:
        """Kill it on the spot (SIGKILL), as a crash would."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None

    def __enter__(self) -> RemoteBank:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()


def serve(file: Path, script: Script, port: int = 0) -> None:
    """Serve the bank of `file` until the process ends; prints the port (a free one for 0) as soon as it listens."""
    bank_file = BankFile(file)
    bank = ScriptedBank(script, state=bank_file.read(), save=bank_file.write)
    with BankServer(bank, port) as server:
        sys.stdout.write(f"{server.server_port}\n")
        sys.stdout.flush()
        server.serve_forever()


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and serve. A malformed script or state file ends it with one message per problem."""
    parser = argparse.ArgumentParser(prog="python -m gateways.process", description="Serve a scripted bank locally.")
    parser.add_argument("--file", type=Path, required=True, help="where its state is kept; made when it is missing")
    parser.add_argument("--script", type=Path, help="the script (YAML); without one every charge succeeds")
    parser.add_argument("--port", type=int, default=0, help="the port to listen on; 0 (the default) takes a free one")
    chosen = parser.parse_args(arguments)
    try:
        script = load_script(chosen.script) if chosen.script else Script({})
        serve(chosen.file, script, chosen.port)
    except (ValueError, OSError) as error:
        parser.exit(2, f"{error}\n")
    except KeyboardInterrupt:
        parser.exit(0)


if __name__ == "__main__":
    main()
