"""Records a history of each ending of the procedures on a real server, for the replay tests.

`python tools/record.py` writes `tests/histories/*.json`. Do it when a new definition is released; the histories of older ones
stay as they are, because running procedures have such histories.
"""

import asyncio
import json
import re
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHistory

from paystates import now
from paystates.client import charge_retry_id
from paystates.rehearsal.on_server import ServerDriver
from paystates.rehearsal.run import Rehearsal
from paystates.rehearsal.scenario import Staged, first_day, read_scenario, stage
from paystates.rehearsal.stage import Stage
from paystates.temporal.announce import SEARCH_ATTRIBUTES
from paystates.temporal.messages import Start, View
from paystates.temporal.plugin import PaystatesPlugin
from paystates.temporal.server import DevServer
from states.charge_retry import CHARGE_RETRY
from store.sql import SqlBook

ROOT = Path(__file__).resolve().parent.parent
HISTORIES = ROOT / "tests" / "histories"

ENDINGS = {
    "recovered": "examples/scenarios/two-declines-then-paid.yaml",
    "recovered-after-look-up": "examples/scenarios/reply-lost-after-charging.yaml",
    "recovered-after-authentication": "examples/scenarios/customer-authenticates.yaml",
    "recovered-after-clearing": "examples/scenarios/bank-debit-clears-late.yaml",
    "reopened": "examples/scenarios/bank-debit-returned.yaml",
    "exhausted": "examples/scenarios/exhausted-after-six-attempts.yaml",
    "settled": "examples/scenarios/wire-in-the-middle.yaml",
    "voided": "tests/scenarios/files/voided-in-the-middle.yaml",
    "written-off": "examples/scenarios/written-off.yaml",
    "cancelled": "tests/scenarios/files/cancelled-collection.yaml",
    "held": "examples/scenarios/held-and-resumed.yaml",
    "replaced": "examples/scenarios/a-new-card-takes-over.yaml",
    "replaced-on-the-way": "tests/scenarios/files/replaced-by-a-card-added-on-the-way.yaml",
    "deleted": "examples/scenarios/method-deleted-with-what-depends-on-it.yaml",
    "changed": "examples/scenarios/one-subscription-changed.yaml",
    "corrected": "tests/scenarios/files/number-is-never-taken-in.yaml",
    "lapsed": "tests/scenarios/files/nobody-chooses-in-time.yaml",
}
"""Which scenario ends how; every run of it is kept."""

_PROCESS = re.compile(r"\d+@")

SMALL = """
title: A small debt
book:
  accounts:
    - id: small-{name}
      name: Small AS
      country: "NO"
      people: [{{id: ann-{name}, name: Ann, email: ann@small.example, roles: [global_admin]}}]
      methods: [{{id: visa-{name}, card: {{brand: visa, last4: "4242", expires: "2040-04"}}, added_by: ann-{name}}}]
      subscriptions: [{{id: sub-{name}, name: Business, method: visa-{name}}}]
      invoices: [{{id: S-{name}, subscription: sub-{name}, amount: "10.00", currency: NOK, billing_date: 0d}}]
collect: [S-{name}]
{story}
"""

STORIES = {
    "settled-at-once": """
steps: [{at: 0d, receive: {amount: "10.00"}}]
ends: {S-settled-at-once: {state: settled}}
""",
    "unresolved": """
bank: {visa-unresolved: [{fault: unavailable, for: 80d}]}
lasts: 70d
ends: {S-unresolved: {state: unresolved}}
""",
}
"""Two endings that no scenario file needs to tell."""


async def main() -> int:
    """Record them all, at once."""
    HISTORIES.mkdir(exist_ok=True)
    tomorrow = first_day(now())
    scenarios = {name: read_scenario(ROOT / path, tomorrow) for name, path in ENDINGS.items()}
    for name, story in STORIES.items():
        scenarios[name] = stage(SMALL.format(name=name, story=story), name, ROOT, tomorrow, name)
    async with DevServer(travel=True, ui=False, search_attributes=SEARCH_ATTRIBUTES) as server:
        client = await Client.connect(server.address, plugins=[PaystatesPlugin()])
        with tempfile.TemporaryDirectory() as folder:
            await asyncio.gather(*(_record(client, name, staged, Path(folder)) for name, staged in scenarios.items()))
            await _at_once(client, scenarios["recovered"], Path(folder), "refused", "no-such-invoice")
            await _at_once(client, scenarios["recovered"], Path(folder), "nothing-due", "never-due")
            await _renewed(client, scenarios["recovered"], Path(folder))
    return 0


async def _record(client: Client, name: str, staged: Staged, folder: Path) -> None:
    book = SqlBook.create(f"sqlite:///{folder / name}.db")
    played = Stage(staged, book)
    async with ServerDriver(client, played.desk, f"record-{name}") as driver:
        report = await Rehearsal(played, driver).run()
        if not report.passed:
            raise SystemExit(f"{name} did not go as its file says: {'; '.join(report.failures)}")
        subjects = [*map(charge_retry_id, staged.scenario.collect), *staged.scenario.started]
        for subject in subjects:
            told = name if len(subjects) == 1 else f"{name}-{subject.partition('/')[0]}"
            await _record_runs(client, told, subject)


async def _record_runs(client: Client, name: str, subject: str) -> None:
    """Every run of one procedure."""
    runs = [run async for run in client.list_workflows(f'WorkflowId = "{subject}"')]
    for number, run in enumerate(sorted(runs, key=lambda run: run.start_time), start=1):
        handle = client.get_workflow_handle(subject, run_id=run.run_id)
        _write(name if number == 1 else f"{name}-then-{number}", await handle.fetch_history())


async def _at_once(client: Client, staged: Staged, folder: Path, name: str, invoice: str) -> None:
    """One that ends as soon as it has read the book: there is no such invoice, or it never had a debt."""
    book = SqlBook.create(f"sqlite:///{folder / name}.db")
    played = Stage(staged, book)
    with book.transaction() as pages:
        known = pages.invoice(staged.scenario.collect[0])
        if known is not None and name == "nothing-due":
            pages.put_invoice(replace(known, id=invoice))
    async with ServerDriver(client, played.desk, f"record-{name}"):
        start = Start(definition=CHARGE_RETRY.id, data={"invoice": invoice})
        handle = await client.start_workflow("charge-retry", start, id=charge_retry_id(invoice), task_queue=f"record-{name}")
        await handle.result()
        _write(name, await handle.fetch_history())


async def _renewed(client: Client, staged: Staged, folder: Path) -> None:
    """A run that continues as new while it waits, and one that does so with a cancel on its way."""
    book = SqlBook.create(f"sqlite:///{folder / 'renewed'}.db")
    played = Stage(staged, book)
    invoice = staged.scenario.collect[0]
    async with ServerDriver(client, played.desk, "record-renewed"):
        start = Start(definition=CHARGE_RETRY.id, data={"invoice": invoice}, renew_after=5)
        subject = f"{charge_retry_id(invoice)}/renewed"
        await client.start_workflow("charge-retry", start, id=subject, task_queue="record-renewed")
        handle = client.get_workflow_handle(subject)
        while (await handle.query("view", result_type=View)).stand.state != "waiting":  # noqa: ASYNC110 - only a query tells
            await asyncio.sleep(0.05)
        await handle.cancel()
        await handle.result()
        await _record_runs(client, "renewed", subject)


def _write(name: str, history: WorkflowHistory) -> None:
    data = json.loads(history.to_json())
    _scrub(data)
    record = {"workflow_id": history.workflow_id, "history": data}
    (HISTORIES / f"{name}.json").write_text(
        json.dumps(record, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8"
    )
    print(f"{name}: {len(data['events'])} events")


def _scrub(data: Any) -> None:
    """Take out what names the machine it was recorded on, and ids whose digits may look like a card's."""
    if isinstance(data, dict):
        for key, value in data.items():
            if isinstance(value, str) and (key == "workerInstanceKey" or _PROCESS.match(value)):
                data[key] = "worker"
            elif key == "requestId":
                data[key] = "request"
            elif key == "stackTrace":
                data[key] = ""
            else:
                _scrub(value)
    elif isinstance(data, list):
        for value in data:
            _scrub(value)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
