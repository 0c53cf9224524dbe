"""The procedures on payment methods with a worker killed (kill -9) around their effects: they end as without the kill.

All cases are played together, once: each waits for the server to notice that its worker is gone.
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import Client

from activities import Desk
from domain.accounts import Account, Grant, Method, MethodKind, Person, Role, Subscription
from gateways.scripted import ScriptedBank
from paystates.composition import worker
from paystates.temporal.messages import Outcome, Start
from paystates.temporal.server import DevServer
from states.procedures import NEWEST
from store.port import Book
from store.sql import SqlBook

pytestmark = pytest.mark.server

HERE = Path(__file__).parent
ADDED = datetime(2026, 1, 5, tzinfo=UTC)
MANY = 10_000
CASES = {
    "replace-all": ["review:1:before", "review:1:after", "move_page:1:before", "move_page:2:after", "verify:1:after"],
    "delete-with-dependents": ["move_page:1:after", "wake_retries:1:after", "delete_method:1:before", "delete_method:1:after"],
    "change-single-subscription": ["review:1:after", "move_page:1:before", "move_page:1:after"],
}
HALF = ("replace-all", f"move_page:{MANY // 250 // 2}:after")
ALL = [(name, kill) for name, kills in CASES.items() for kill in kills]


@dataclass
class Played:
    """How a case went."""

    outcome: Outcome
    bound: Counter[str | None]
    deleted: bool
    rebindings: int
    journal: list[int]
    events: int


def fill(book: Book, subscriptions: int) -> None:
    """Two cards of Kari's, and all subscriptions on the first."""
    with book.transaction() as pages:
        pages.put_account(Account("fjord", "Fjord", "NO", "nb", "Europe/Oslo"))
        pages.put_person(Person("kari", "fjord", "Kari", "kari@fjord.example"))
        pages.put_grant(Grant("kari", Role.GLOBAL_ADMIN, "fjord"))
        for name in ("old", "new"):
            expires = date(2031, 4, 30)
            kind = MethodKind.CARD
            pages.put_method(Method(name, "fjord", kind, "visa", f"tok_{name}", "4242", "NO", "kari", ADDED, expires=expires))
        for number in range(subscriptions):
            pages.put_subscription(Subscription(f"sub-{number:05}", "fjord", f"Seat {number}", method_id="old"))


async def play(client: Client, address: str, folder: Path, name: str, kill: str, subscriptions: int) -> Played:
    """Start it on a worker that dies, and let another one go on."""
    case = f"{name}-{kill}-{subscriptions}".replace(":", "-")
    url = f"sqlite:///{folder / case}.db"
    book = SqlBook.create(url)
    fill(book, subscriptions)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path]),
        "ADDRESS": address,
        "QUEUE": case,
        "BOOK": url,
        "KILL": kill,
    }
    dying = await asyncio.create_subprocess_exec(
        sys.executable, str(HERE / "moving_worker.py"), stdout=PIPE, stderr=DEVNULL, env=environment
    )
    assert dying.stdout is not None
    assert (await asyncio.wait_for(dying.stdout.readline(), 60)).decode().strip() == "listens"
    about = {"subscription": "sub-00000"} if name == "change-single-subscription" else {"method": "old"}
    start = Start(definition=NEWEST[name].id, data={"actor": "kari", "chosen": "new", "confirmed": True, **about})
    handle = await client.start_workflow(
        name, start, id=f"{name}/{case}", task_queue=case, result_type=Outcome, task_timeout=timedelta(seconds=3)
    )
    assert await asyncio.wait_for(dying.wait(), 60) == -9
    async with worker(client, Desk(book, ScriptedBank()), case):
        outcome: Outcome = await asyncio.wait_for(handle.result(), 120)
    history = await handle.fetch_history()
    with book.transaction() as pages:
        bound = Counter(one.method_id for one in pages.subscriptions("fjord"))
        old = pages.method("old")
        run = handle.first_execution_run_id or ""
        moved = len(pages.rebindings(f"{name}/{case}", run, limit=2 * MANY))
        rows = [row.sequence for row in pages.journal(f"{name}/{case}")]
    return Played(outcome, bound, old is not None and old.is_deleted, moved, rows, len(history.events))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(
    temporal_server: DevServer, temporal_client: Client, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str], Played]:
    """Every case, three at a time."""
    folder, room = tmp_path_factory.mktemp("books"), asyncio.Semaphore(3)

    async def one(name: str, kill: str, subscriptions: int) -> Played:
        async with room:
            return await play(temporal_client, temporal_server.address, folder, name, kill, subscriptions)

    cases = [(*case, 600) for case in ALL] + [(*HALF, MANY)]
    results = await asyncio.gather(*(one(*case) for case in cases))
    return dict(zip([*ALL, HALF], results, strict=True))


@pytest.mark.parametrize(("name", "kill"), ALL)
async def test_it_ends_as_without_the_kill(played: dict[tuple[str, str], Played], name: str, kill: str) -> None:
    """Everything is moved once, the journal has every decision once, and what was to be deleted is deleted."""
    case = played[name, kill]
    assert (case.outcome.state, case.outcome.memory["conflicts"]) == ("done", [])
    moved = 1 if name == "change-single-subscription" else 600
    assert (case.bound["new"], case.bound["old"]) == (moved, 600 - moved)
    assert case.rebindings == moved
    assert case.deleted == (name == "delete-with-dependents")
    assert case.journal == list(range(1, len(case.journal) + 1))


async def test_ten_thousand_items_are_moved_though_the_worker_is_killed_at_half(
    played: dict[tuple[str, str], Played],
) -> None:
    """It resumes where it was; fewer than 500 history events, and memory that does not grow with what is moved."""
    case = played[HALF]
    assert (case.outcome.state, case.bound["new"], case.rebindings) == ("done", MANY, MANY)
    assert case.events < 500
    few = played[ALL[0]].outcome
    assert len(case.outcome.model_dump_json()) < 1.1 * len(few.model_dump_json())
