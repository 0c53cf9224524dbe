"""One replace-all over 10,000 subscriptions on a real server and an SQLite book: time, history events, size of what it remembers.

`python -m benchmarks.replace_ten_thousand`; a number as argument takes as many subscriptions.
"""

import asyncio
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

from temporalio.client import Client
from temporalio.worker import Worker

import workflows
from activities import Desk, effects
from domain.accounts import Account, Grant, Method, MethodKind, Person, Role, Subscription
from gateways.scripted import ScriptedBank
from paystates.temporal.announce import SEARCH_ATTRIBUTES
from paystates.temporal.effects import activities
from paystates.temporal.messages import Outcome, Releases, Start, View
from paystates.temporal.plugin import PaystatesPlugin
from paystates.temporal.server import DevServer
from states.procedures import NEWEST, RELEASED
from store.port import Book
from store.sql import SqlBook

QUEUE = "bench-replace"
STARTED = datetime(2026, 1, 5, tzinfo=UTC)


def fill(book: Book, subscriptions: int) -> None:
    """An account with two cards of its administrator's, and all subscriptions on the first."""
    with book.transaction() as pages:
        pages.put_account(Account("fjord", "Fjord", "NO", "nb", "Europe/Oslo"))
        pages.put_person(Person("kari", "fjord", "Kari", "kari@fjord.example"))
        pages.put_grant(Grant("kari", Role.GLOBAL_ADMIN, "fjord"))
        for name in ("old", "new"):
            expires = date(2031, 4, 30)
            kind = MethodKind.CARD
            pages.put_method(Method(name, "fjord", kind, "visa", f"tok_{name}", "4242", "NO", "kari", STARTED, expires=expires))
        for number in range(subscriptions):
            pages.put_subscription(Subscription(f"sub-{number:05}", "fjord", f"Seat {number}", method_id="old"))


async def replace(client: Client) -> tuple[Outcome, View]:
    """Start it with all its choices, and wait for its end."""
    data = {"actor": "kari", "method": "old", "chosen": "new", "confirmed": True}
    start = Start(definition=NEWEST["replace-all"].id, data=data)
    handle = await client.start_workflow("replace-all", start, id="replace-all/old", task_queue=QUEUE, result_type=Outcome)
    outcome: Outcome = await handle.result()
    return outcome, await handle.query("view", result_type=View)


async def run(subscriptions: int) -> None:
    """Measure it once."""
    with tempfile.TemporaryDirectory() as folder:
        book = SqlBook.create(f"sqlite:///{Path(folder) / 'book.db'}")
        fill(book, subscriptions)
        async with DevServer(ui=False, search_attributes=SEARCH_ATTRIBUTES) as server:
            client = await Client.connect(server.address, plugins=[PaystatesPlugin()])
            made = activities(effects, Desk(book, ScriptedBank()), Releases(RELEASED))
            with ThreadPoolExecutor(8) as threads:
                async with Worker(
                    client,
                    task_queue=QUEUE,
                    workflows=list(workflows.ALL),
                    activities=made,
                    activity_executor=threads,
                    max_concurrent_activities=4,
                    max_concurrent_local_activities=4,
                ):
                    begun = time.perf_counter()
                    outcome, view = await replace(client)
                    took = time.perf_counter() - begun
            history = await client.get_workflow_handle("replace-all/old").fetch_history()
        with book.transaction() as pages:
            moved = sum(one.method_id == "new" for one in pages.subscriptions("fjord"))
    size = len(view.stand.model_dump_json())
    print(f"{outcome.title}; {moved} of {subscriptions} moved in {took:.1f} s, {len(history.events)} history events")
    print(f"what it remembers: {size} bytes as JSON; largest history event {max(one.ByteSize() for one in history.events)} bytes")


def main() -> None:
    """Measure and print."""
    asyncio.run(run(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))


if __name__ == "__main__":
    main()
