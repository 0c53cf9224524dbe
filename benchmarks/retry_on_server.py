"""Six attempts over four weeks on a real server: history events and procedures per second, declared and by hand.

All run the same effects on the same book and bank, 100 procedures in flight, with time skipping from the start. By hand is
measured twice: outside Temporal's sandbox, as our procedures are, and in it, as workflows usually are.
`python benchmarks/retry_on_server.py`
"""

import asyncio
import gc
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice, permutations
from statistics import median

from temporalio.client import Client, WorkflowHandle
from temporalio.testing import TimeSkipper, TimeSkippingConfig
from temporalio.worker import Worker

import workflows
from activities import Desk, effects
from benchmarks.by_hand import ByHand, ByHandSandboxed, activities_by_hand
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
from gateways.script import read_script
from gateways.scripted import ScriptedBank
from paystates.client import charge_retry_id
from paystates.composition import EFFECTS, LOCAL_EFFECTS
from paystates.temporal.announce import SEARCH_ATTRIBUTES
from paystates.temporal.effects import activities
from paystates.temporal.messages import Releases, Start
from paystates.temporal.plugin import PaystatesPlugin
from paystates.temporal.server import DevServer
from states.charge_retry import CHARGE_RETRY, RELEASED
from store.memory import MemoryBook

PROCEDURES = 100
IN_FLIGHT = 100
ROUNDS = 6
ROOMS = ("benchmarks", "activities", "store", "gateways", "notices")
"""What the workflow by hand imports; the declared one needs none of it."""
KINDS = ("by-hand", "by-hand-sandboxed", CHARGE_RETRY.name)


def desk_for(names: list[str], today: date) -> Desk:
    """A book with one account, card, subscription and invoice for each name, and a bank that declines every card."""
    book, now = MemoryBook(), datetime.now(UTC)
    with book.transaction() as pages:
        for name in names:
            pages.put_account(Account(name, name, "NO", "nb", "Europe/Oslo"))
            pages.put_person(Person(f"admin-{name}", name, "Admin", f"admin@{name}.example"))
            pages.put_grant(Grant(f"admin-{name}", Role.GLOBAL_ADMIN, name))
            card = Method(f"card-{name}", name, MethodKind.CARD, "visa", f"tok_{name}", "4242", "NO", f"admin-{name}", now)
            pages.put_method(card)
            pages.put_subscription(Subscription(f"sub-{name}", name, "Business", method_id=card.id))
            pages.put_invoice(Invoice(name, name, PayerKind.SUBSCRIPTION, f"sub-{name}", "NOK", today))
            pages.add_entry(Entry(f"{name}/invoice", name, EntryKind.INVOICE, 149500, now))
    script = read_script({f"tok_{name}": [{"decline": "insufficient_funds", "notifications": "none"}] for name in names})
    return Desk(book, ScriptedBank(script))


async def _one(client: Client, kind: str, name: str, room: asyncio.Semaphore, task_queue: str) -> WorkflowHandle:  # type: ignore[type-arg]  # two workflow types
    async with room:
        ours = kind == CHARGE_RETRY.name
        argument = Start(definition=CHARGE_RETRY.id, data={"invoice": name}) if ours else name
        subject = charge_retry_id(name) if ours else f"{kind}/{name}"
        handle = await client.start_workflow(kind, argument, id=subject, task_queue=task_queue)
        await handle.result()
        return handle


async def measure(client: Client, kind: str, round_number: int) -> tuple[float, float, Counter[str]]:
    """Procedures per second, worker CPU milliseconds each, and the kinds of history events of one of them."""
    names = [f"{kind}-{round_number}-{number}" for number in range(PROCEDURES)]
    desk = desk_for(names, datetime.now(UTC).date() + timedelta(days=1))
    config = TimeSkippingConfig(enabled=True, fast_forward_config=None, disable_propagation=False, max_session_skip_count=1000)
    skipper = TimeSkipper(client, config=config)
    task_queue = f"bench-{kind}-{round_number}"
    async with Worker(
        client,
        task_queue=task_queue,
        workflows=[*workflows.ALL, ByHand, ByHandSandboxed],
        activities=[*activities(effects, desk, Releases(RELEASED)), *activities_by_hand(desk)],
        activity_executor=ThreadPoolExecutor(EFFECTS + LOCAL_EFFECTS),
        max_concurrent_activities=EFFECTS,
        max_concurrent_local_activities=LOCAL_EFFECTS,
    ):
        room = asyncio.Semaphore(IN_FLIGHT)
        gc.collect()  # what the round before has left is not this one's
        begun, cpu = time.perf_counter(), time.process_time()
        handles = await asyncio.gather(*(_one(skipper.client, kind, name, room, task_queue) for name in names))
        took, spent = time.perf_counter() - begun, time.process_time() - cpu
    history = await handles[0].fetch_history()
    events = Counter(event.WhichOneof("attributes").removesuffix("_event_attributes") for event in history.events)
    return PROCEDURES / took, spent / PROCEDURES * 1000, events


async def run() -> None:
    """Measure all in turn, in every order. Ratios are medians over the rounds: machines are not steady."""
    rates: dict[str, list[float]] = {kind: [] for kind in KINDS}
    cpu: dict[str, list[float]] = {kind: [] for kind in KINDS}
    events: dict[str, Counter[str]] = {}
    async with DevServer(travel=True, ui=False, search_attributes=SEARCH_ATTRIBUTES) as server:
        client = await Client.connect(server.address, plugins=[PaystatesPlugin(ROOMS)])
        for kind in KINDS:
            await measure(client, kind, ROUNDS)  # to warm up
        for number, order in enumerate(islice(cycle(permutations(KINDS)), ROUNDS)):
            for kind in order:
                rate, spent, events[kind] = await measure(client, kind, number)
                rates[kind].append(rate)
                cpu[kind].append(spent)
    for kind in KINDS:
        total = sum(events[kind].values())
        print(
            f"{kind:>17}: {median(rates[kind]):6.2f} procedures/s, {median(cpu[kind]):5.1f} ms CPU each, {total} history events"
        )
        print(f"{'':>17}  {', '.join(f'{count} {name}' for name, count in events[kind].most_common())}")
    for yardstick in KINDS[:-1]:
        ratios = sorted(ours / by_hand for ours, by_hand in zip(rates[KINDS[-1]], rates[yardstick], strict=True))
        print(f"rate to {yardstick}: {median(ratios):.2f} ({', '.join(f'{ratio:.2f}' for ratio in ratios)})")
    more = sum(events[KINDS[-1]].values()) / sum(events[KINDS[0]].values())
    print(f"ratio of history events {more:.2f}; {PROCEDURES} procedures in a round, {IN_FLIGHT} in flight")


def main() -> None:
    """Measure and print."""
    asyncio.run(run())


if __name__ == "__main__":
    main()
