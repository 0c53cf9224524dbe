"""The front desk with 10,000 open procedures: how long a look, a listing and an account's page take, and what they ask for.

`python -m benchmarks.front_desk`; a number as argument opens as many. Server, worker, HTTP and caller share this machine, and
all but the server and `wrk` this process, as in `paystates up`.
"""

import asyncio
import gc
import random
import re
import shutil
import socket
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import event
from temporalio.client import Client

from activities import Desk
from benchmarks.open_procedures import (
    account_of,
    pattern,
    script,
    start_all,
    subject_of,
    write_accounts,
    write_pattern,
)
from domain.access import May, Token
from gateways.scripted import ScriptedBank
from paystates import clock
from paystates.cli.web import listening, served
from paystates.client import Paystates
from paystates.composition import worker
from paystates.front.office import Office
from paystates.front.pages import Filter
from paystates.settings import Settings
from paystates.temporal.announce import SEARCH_ATTRIBUTES
from paystates.temporal.plugin import PaystatesPlugin
from paystates.temporal.server import DevServer
from paystates.web.secrets import digest
from store.sql import SqlBook

SECRET = "ps_benchmark"  # noqa: S105 - of a book that is thrown away
TIMES, CALLERS, SECONDS = 200, 8, 10
_COLUMNS = "  {:<44}{:>9}{:>9}{:>9}   {}"


class Counted:
    """Counts the calls to Temporal that go through a client, and the statements and transactions of a book."""

    def __init__(self, client: Client, book: SqlBook) -> None:
        self.calls: Counter[str] = Counter()
        self.statements = self.transactions = 0
        service = client.service_client
        called = service._rpc_call  # noqa: SLF001 - the one place that every call passes

        async def counting(rpc: str, *arguments: Any, **named: Any) -> Any:
            self.calls[rpc] += 1
            return await called(rpc, *arguments, **named)

        service._rpc_call = counting  # type: ignore[method-assign]  # noqa: SLF001
        event.listen(book.engine, "before_cursor_execute", self._executed)

    def _executed(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("BEGIN"):
            self.transactions += 1
        else:
            self.statements += 1

    def forget(self) -> None:
        """Begin anew."""
        self.calls.clear()
        self.statements = self.transactions = 0

    def told(self, times: int) -> str:
        """What one request took, of so many."""
        calls = ", ".join(f"{count / times:g} {_words(name)}" for name, count in sorted(self.calls.items())) or "no call"
        return f"{calls}; {self.statements / times:g} statements in {self.transactions / times:g} transactions"


def _words(rpc: str) -> str:
    return rpc.replace("_workflow_executions", "").replace("_workflow_execution", "").replace("_workflow", "")


@dataclass(frozen=True, slots=True)
class House:
    """What is measured."""

    office: Office
    port: int
    count: int
    counted: Counted
    cookie: str

    def any(self) -> int:
        """One of the procedures, by chance."""
        return random.randrange(self.count)  # noqa: S311 - a measurement

    def paths(self) -> dict[str, tuple[str, Callable[[], str]]]:
        """What is asked over HTTP."""
        return {
            "GET /v1/procedures/{subject}": ("token", lambda: f"/v1/procedures/{subject_of(self.any())}"),
            "GET /v1/procedures?limit=50": ("token", lambda: "/v1/procedures?limit=50"),
            "GET /board": ("cookie", lambda: "/board"),
            "GET /board/accounts/{account}": ("cookie", lambda: f"/board/accounts/{account_of(self.any())}"),
            "GET /board/procedures/{subject}": ("cookie", lambda: f"/board/procedures/{subject_of(self.any())}"),
        }

    def headers(self, kind: str) -> dict[str, str]:
        """Who asks."""
        return {"Authorization": f"Bearer {SECRET}"} if kind == "token" else {"Cookie": self.cookie}


async def measured(title: str, house: House, once: Callable[[], Awaitable[object]], times: int = TIMES) -> None:
    """One line: median, p95 and the longest, in milliseconds, and what one request took."""
    await once()
    house.counted.forget()
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        await once()
        taken.append((time.perf_counter() - begun) * 1000)
    spread = statistics.quantiles(taken, n=20)
    numbers = (f"{one:.1f}" for one in (statistics.median(taken), spread[18], max(taken)))
    print(_COLUMNS.format(title, *numbers, house.counted.told(times)), flush=True)


async def in_python(house: House) -> None:
    """The office itself."""
    office = house.office
    again = subject_of(house.any())
    await measured("Office.page, one by chance", house, lambda: office.page(subject_of(house.any())))
    await measured("Office.page, the same again", house, lambda: office.page(again))
    await measured("Office.list, 50", house, lambda: office.list(Filter(), limit=50))
    await measured(
        "Office.list, 50, of one account", house, lambda: office.list(Filter(account=account_of(house.any())), limit=50)
    )
    await measured("Office.list, 50, needs attention", house, lambda: office.list(Filter(needs_attention=True), limit=50))


async def over_http(house: House) -> None:
    """One caller, one connection that is kept."""
    line = HTTPConnection("127.0.0.1", house.port)
    for title, (kind, path) in house.paths().items():

        def ask(kind: str = kind, path: Callable[[], str] = path) -> None:
            line.request("GET", path(), headers=house.headers(kind))
            answer = line.getresponse()
            body = answer.read()
            assert answer.status == 200, f"{answer.status}: {body[-1500:]!r}"

        await measured(title, house, lambda ask=ask: asyncio.to_thread(ask))  # type: ignore[misc]
    line.close()


async def under_load(house: House, folder: Path) -> None:
    """Eight callers at once, with `wrk`."""
    program = shutil.which("wrk")
    if program is None:
        print("  wrk is not installed (Debian: apt-get install wrk), so requests per second are not measured.")
        return
    print(_COLUMNS.format(f"wrk, {CALLERS} callers, {SECONDS} s each", "per s", "median", "p95", ""))
    for title, (kind, path) in house.paths().items():
        lua = folder / "paths.lua"
        lua.write_text(_lua(house.headers(kind), [path() for _ in range(1000)]))
        arguments = [program, "-t1", f"-c{CALLERS}", f"-d{SECONDS}s", "--timeout", "10s", "-s", str(lua)]
        running = await asyncio.create_subprocess_exec(
            *arguments, f"http://127.0.0.1:{house.port}", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        said = (await running.communicate())[0].decode()
        found = re.search(r"measured (\S+) (\S+) (\S+) (\d+)", said)
        print(_COLUMNS.format(title, *(found.groups()[:3] if found else ("", "", "")), _failed(said, found)), flush=True)


def _failed(said: str, found: "re.Match[str] | None") -> str:
    if found is None:
        return said.strip()
    return f"{found[4]} failed" if found[4] != "0" else ""


def _lua(headers: dict[str, str], paths: Sequence[str]) -> str:
    """The script for wrk: one path after the other, and the numbers in one line."""
    listed = ",".join(f"'{path}'" for path in paths)
    given = "".join(f"wrk.headers['{name}'] = '{value}'\n" for name, value in headers.items())
    return (
        f"{given}local paths = {{{listed}}}\nlocal next = 0\n"
        "request = function() next = next % #paths + 1; return wrk.format('GET', paths[next]) end\n"
        "done = function(all, latency)\n"
        "  local e = all.errors\n"
        "  io.write(string.format('measured %.0f %.1f %.1f %d\\n', all.requests / all.duration * 1e6,\n"
        "    latency:percentile(50) / 1000, latency:percentile(95) / 1000,\n"
        "    e.connect + e.read + e.write + e.status + e.timeout))\n"
        "end\n"
    )


def write_token(book: SqlBook) -> None:
    """A token for everything, for nobody in particular."""
    now = clock.now()
    may = tuple(May)
    with book.transaction() as pages:
        pages.put_token(Token("bench", "benchmark", digest(SECRET), may, (), True, None, now, now + timedelta(days=1)))  # noqa: FBT003


async def run(count: int, folder: Path) -> None:
    """Fill, measure, print."""
    book = SqlBook.create(f"sqlite:///{folder / 'book.db'}")
    bank = ScriptedBank(script())
    write_pattern(book)
    write_token(book)
    async with DevServer(ui=False, search_attributes=SEARCH_ATTRIBUTES) as server:
        client = await Client.connect(server.address, plugins=[PaystatesPlugin()])
        front = Paystates(client)
        settings = Settings(http_port=_free_port())
        with listening(settings) as door:
            async with (
                worker(client, Desk(book, bank), front.task_queue),
                served(client, settings, book, bank, door) as url,
            ):
                begun = time.perf_counter()
                resumed = await pattern(front)
                await asyncio.to_thread(write_accounts, book, count)
                written = time.perf_counter() - begun
                await start_all(front, resumed, count)
                began = time.perf_counter() - begun - written
                print(
                    f"  {count} procedures opened: the book written in {written:.0f} s, they started in {began:.0f} s", flush=True
                )
                gc.collect()  # what filling left behind is not what is measured
                port = int(str(url).rpartition(":")[2])
                house = House(Office(front, book), port, count, Counted(client, book), await asyncio.to_thread(_signed_in, port))
                print(_COLUMNS.format(f"one caller, {TIMES} times each", "median", "p95", "longest", "ms; one request took"))
                await in_python(house)
                await over_http(house)
                await under_load(house, folder)
    book.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _signed_in(port: int) -> str:
    """The cookie of somebody at the board."""
    line = HTTPConnection("127.0.0.1", port)
    form = urlencode({"token": SECRET, "actor": f"{account_of(0)}-anna"})
    line.request("POST", "/board/login", form, {"Content-Type": "application/x-www-form-urlencoded"})
    answer = line.getresponse()
    answer.read()
    line.close()
    return (answer.getheader("Set-Cookie") or "").partition(";")[0]


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(count, Path(folder)))


if __name__ == "__main__":
    main()
