"""Every procedure with a worker killed (kill -9) right before or after an effect: it ends as without the kill.

All cases are played together, once: each waits for the server to notice that its worker is gone.
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from office import until
from temporalio.client import Client

from activities import Desk
from domain.accounts import (
    Account,
    Entry,
    EntryKind,
    Grant,
    Invoice,
    Method,
    MethodKind,
    PayerKind,
    Person,
    Role,
    Subscription,
)
from domain.ledger import balance
from gateways.process import BankFile
from gateways.scripted import ScriptedBank
from paystates import clock
from paystates.client import Paystates, PaystatesError
from paystates.composition import worker
from paystates.engine import Action
from paystates.temporal.messages import Outcome, Start
from paystates.temporal.server import DevServer
from states.methods import Confirm
from states.procedures import NEWEST
from store.port import Book
from store.sql import SqlBook

pytestmark = pytest.mark.server

HERE = Path(__file__).parent
ADDED = datetime(2026, 1, 5, tzinfo=UTC)
SOME, MANY = 600, 10_000
OWED = 10_000
NEW = {"token": "tok_added", "kind": "card", "network": "visa", "last4": "1881", "country": "NO", "expires": "2031-04-30"}
CHOSEN = {"actor": "kari", "chosen": "new", "confirmed": True}


@dataclass(frozen=True)
class Way:
    """What a procedure is started with, where its workers are killed, and how it ends: also as if nobody had been.

    `moved` of all subscriptions; `confirmed` are the charges that the bank was asked for, `saved` the edits it has. `order`: what
    Kari sends when it stands in the state of that name.
    """

    start: dict[str, Any]
    kills: tuple[str, ...]
    state: str = "done"
    moved: int = 0
    on_file: frozenset[str] = frozenset({"old", "new"})
    balance: int = OWED
    confirmed: tuple[str, ...] = ()
    saved: int = 0
    order: tuple[str, Action] | None = None


WAYS = {
    "replace-all": Way({**CHOSEN, "method": "old"}, ("move_page:1:before", "move_page:2:after", "verify:1:after"), moved=SOME),
    "delete-with-dependents": Way(
        {**CHOSEN, "method": "old"}, ("move_page:1:after", "delete_method:1:after"), moved=SOME, on_file=frozenset({"new"})
    ),
    "change-single-subscription": Way({**CHOSEN, "subscription": "sub-00000"}, ("move_page:1:after",), moved=1),
    "add-method": Way(
        {"actor": "kari", "account": "fjord", "request": "r1", "new": NEW},
        ("add_method:1:after",),
        "added",
        on_file=frozenset({"old", "new", "pm"}),
    ),
    "update-details": Way(
        {"actor": "kari", "method": "old", "details": {"holder": "Kari Nordmann"}, "security_code": "cvc_tok"},
        ("save_details:1:after", "wake_retries:1:before"),
        saved=1,
    ),
    "settle-balance": Way(
        {**CHOSEN, "method": "old"},
        ("settle:1:after",),
        moved=SOME,
        balance=0,
        confirmed=("F-1/1",),
    ),
    "settle-balance, step by step": Way(
        {"actor": "kari", "chosen": "new", "method": "old"},
        ("deliberate:1:after",),
        order=("confirming", Confirm()),
        moved=SOME,
        balance=0,
        confirmed=("F-1/1",),
    ),
    "charge-retry": Way(
        {"invoice": "F-1"}, ("open_debt:1:after", "charge:1:after"), "recovered", balance=0, confirmed=("F-1/1",)
    ),
}
HALF = ("replace-all", f"move_page:{MANY // 250 // 2}:after")
ALL = [(name, kill) for name, way in WAYS.items() for kill in way.kills]


@dataclass
class Played:
    """How a case went."""

    outcome: Outcome
    bound: Counter[str | None]
    on_file: frozenset[str]
    rebindings: int
    journal: list[int]
    ordered: list[str]
    events: int
    balance: int
    confirmed: tuple[str, ...]
    saved: int


def fill(book: Book, subscriptions: int) -> None:
    """Two cards of Kari's, all subscriptions on the first, and an invoice to one of them that was due yesterday."""
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
        billed = (clock.now() - timedelta(days=1)).date()
        pages.put_invoice(Invoice("F-1", "fjord", PayerKind.SUBSCRIPTION, "sub-00001", "NOK", billed))
        pages.add_entry(Entry("F-1/invoice", "F-1", EntryKind.INVOICE, OWED, ADDED))


def bank_in(file: Path) -> ScriptedBank:
    """The scripted bank whose memory is that file."""
    kept = BankFile(file)
    return ScriptedBank(state=kept.read(), save=kept.write)


async def play(client: Client, address: str, folder: Path, name: str, kill: str, subscriptions: int) -> Played:
    """Start it on a worker that dies, and let another one go on."""
    procedure = name.partition(",")[0]
    case = f"{name}-{kill}-{subscriptions}".translate(str.maketrans(": ,", "---"))
    url = f"sqlite:///{folder / case}.db"
    bank_file = folder / f"{case}.json"
    book = SqlBook.create(url)
    fill(book, subscriptions)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path]),
        "ADDRESS": address,
        "QUEUE": case,
        "BOOK": url,
        "BANK": str(bank_file),
        "KILL": kill,
    }
    dying = await asyncio.create_subprocess_exec(
        sys.executable, str(HERE / "dying_worker.py"), stdout=PIPE, stderr=DEVNULL, env=environment
    )
    assert dying.stdout is not None
    assert (await asyncio.wait_for(dying.stdout.readline(), 60)).decode().strip() == "listens"
    subject = f"{procedure}/{case}"
    start = Start(definition=NEWEST[procedure].id, data=WAYS[name].start)
    handle = await client.start_workflow(
        procedure, start, id=subject, task_queue=case, result_type=Outcome, task_timeout=timedelta(seconds=3)
    )
    order = asyncio.create_task(send(Paystates(client, case, patience=120), subject, WAYS[name].order))
    assert await asyncio.wait_for(dying.wait(), 60) == -9
    bank = bank_in(bank_file)
    async with worker(client, Desk(book, bank), case):
        outcome: Outcome = await asyncio.wait_for(handle.result(), 120)
        await order
    history = await handle.fetch_history()
    run = handle.first_execution_run_id or ""
    with book.transaction() as pages:
        return Played(
            outcome,
            bound=Counter(one.method_id for one in pages.subscriptions("fjord")),
            on_file=frozenset(one.id.partition("-")[0] for one in pages.methods("fjord")),
            rebindings=len(pages.rebindings(subject, run, limit=2 * MANY)),
            journal=[row.sequence for row in pages.journal(subject)],
            ordered=[row.event_kind for row in pages.journal(subject) if row.order_id is not None],
            events=len(history.events),
            balance=balance(pages.entries("F-1")),
            confirmed=tuple(call.reference or "" for call in bank.calls() if call.method == "confirm"),
            saved=len({call.reference for call in bank.calls() if call.method == "update_details"}),
        )


async def send(front: Paystates, subject: str, order: tuple[str, Action] | None) -> None:
    """Order it where it stands by then; whoever answers, it is answered."""
    if order is None:
        return
    state, action = order

    async def there() -> bool:
        with suppress(PaystatesError):  # its first task is not there yet
            return (await front.view(subject)).stand.state == state
        return False

    await until(there, f"{subject} stands in {state}")
    await front.act(subject, action, actor="kari")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(
    temporal_server: DevServer, temporal_client: Client, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str], Played]:
    """Every case, three at a time."""
    folder, room = tmp_path_factory.mktemp("books"), asyncio.Semaphore(3)

    async def one(name: str, kill: str, subscriptions: int) -> Played:
        async with room:
            return await play(temporal_client, temporal_server.address, folder, name, kill, subscriptions)

    cases = [(*case, SOME) for case in ALL] + [(*HALF, MANY)]
    results = await asyncio.gather(*(one(*case) for case in cases))
    return dict(zip([*ALL, HALF], results, strict=True))


@pytest.mark.parametrize(("name", "kill"), ALL)
async def test_it_ends_as_without_the_kill(played: dict[tuple[str, str], Played], name: str, kill: str) -> None:
    """Everything is moved, charged, saved and told once, and the journal has every decision once."""
    case, way = played[name, kill], WAYS[name]
    assert case.outcome.state == way.state
    assert (case.bound["new"], case.bound["old"], case.rebindings) == (way.moved, SOME - way.moved, way.moved)
    assert case.outcome.memory.get("moved", 0) == way.moved
    assert case.outcome.memory.get("conflicts", []) == []
    assert (case.on_file, case.balance) == (way.on_file, way.balance)
    assert (case.confirmed, case.saved) == (way.confirmed, way.saved)
    assert case.ordered == ([way.order[1].kind] if way.order else [])
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
