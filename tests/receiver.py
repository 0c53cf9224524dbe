"""Somebody else's server that receives web hooks: a real one, on this machine, that verifies what it is sent."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from domain.signatures import HEADER, verify
from paystates import clock

HERE = "127.0.0.1"


@dataclass
class Receiver:
    """What it was sent. `answers` are the statuses it gives, one after the other; then 200.

    `secrets` are what it verifies with; what is signed with none of them is answered with 400. `struck` is called before it
    answers.
    """

    secrets: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    struck: Callable[[], None] = lambda: None
    tried: list[dict[str, Any]] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    seen: list[dict[str, str]] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Verify a message, and answer."""
        with self.news:
            self.seen.append(headers)
            try:
                if self.secrets:
                    verify(headers.get(HEADER, ""), body, self.secrets, clock.now())
            except ValueError:
                return 400
            told = json.loads(body)
            assert told["id"] == headers["Paystates-Event"]
            self.tried.append(told)
            self.struck()
            status = self.answers.pop(0) if self.answers else 200
            if status == 200 and told["id"] not in {one["id"] for one in self.taken}:
                self.taken.append(told)
            self.news.notify_all()
            return status

    def wait_for(self, so: Callable[[], bool], what: str) -> None:
        """Until it is so; `AssertionError` says what never came."""
        with self.news:
            assert self.news.wait_for(so, timeout=60), f"{what}; it was sent {self.tried}"

    @contextmanager
    def open(self, port: int = 0) -> Iterator[str]:
        """It listens inside the block; its address."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.take(dict(self.headers), body)
                self.send_response(status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """It is quiet."""

        server = ThreadingHTTPServer((HERE, port), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://{HERE}:{server.server_address[1]}/hook"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
