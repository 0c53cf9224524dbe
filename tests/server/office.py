"""What the tests on a server share: an office with one debt, and the few words in which they speak of it.

The debt is real time's: it is billed relative to today, its first charge falls due at once (`billed="-1d"`) or is waited for
(`billed="1d"`), and the waits are skipped. Nothing here sleeps for a fixed time: `until` asks again until it is so.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.api.workflowservice.v1 import PauseWorkflowExecutionRequest, UnpauseWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from activities import Desk
from domain.accounts import Attempt
from gateways.intents import BankEntryKind
from gateways.remote import RemoteBank
from gateways.script import parse_script
from gateways.scripted import ScriptedBank
from paystates import clock
from paystates.client import Paystates, PaystatesError, charge_retry_id
from paystates.composition import worker
from paystates.engine import Action
from paystates.temporal.messages import Accepted, Outcome, Start, View
from states.charge_retry import CHARGE_RETRY
from store.files import read_book, write_book
from store.port import Book, JournalRow
from store.sql import SqlBook

T = TypeVar("T")

ACCOUNT = """
accounts:
  - id: a-{name}
    name: Fjordlys Regnskap AS
    country: "NO"
    people:
      - {{id: ingrid-{name}, name: Ingrid Solberg, email: ingrid@fjordlys.example, roles: [global_admin]}}
      - {{id: nils-{name}, name: Nils Reader, email: nils@fjordlys.example}}
    methods:
      - {{id: m-{name}, token: {token}, {method}, added_by: ingrid-{name}}}
      - {{id: m2-{name}, token: {token}-other, card: {{brand: visa, last4: "1881", expires: "2040-04"}}, added_by: ingrid-{name}}}
    subscriptions:
      - {{id: s-{name}, name: Business Standard, method: m-{name}}}
    invoices:
      - {{id: {name}, subscription: s-{name}, amount: "1495.00", currency: NOK, billing_date: {billed}}}
staff:
  - {{id: olga-{name}, name: Olga Operator, email: olga@paystates.example}}
"""
CARD = 'card: {brand: visa, last4: "4242", expires: "2040-04"}'
BANK_ACCOUNT = 'bank_account: {scheme: ach, last4: "6789"}'
OWED = 149_500
_CONFIG = TimeSkippingConfig(enabled=True, max_session_skip_count=10_000)
_LATE = timedelta(seconds=2)
"""A timer that was skipped to fires about a second late."""


async def until(so: Callable[[], Awaitable[T | None]], what: str, within: float = 90) -> T:
    """Ask again and again, until the answer is something; `TimeoutError` says what never came."""
    give_up = time.monotonic() + within
    while True:
        answer = await so()
        if answer:
            return answer
        if time.monotonic() > give_up:
            message = f"not within {within:.0f} s: {what}"
            raise TimeoutError(message)
        await asyncio.sleep(0.02)


def debt_book(path: Path, name: str, *, billed: str = "-1d", method: str = CARD, token: str = "pm") -> SqlBook:
    """An account book in a file, with one account whose one invoice, `name`, is owed."""
    book = SqlBook.create(f"sqlite:///{path}")
    now = clock.now()
    text = ACCOUNT.format(name=name, billed=billed, method=method, token=token)
    write_book(read_book(text, "book", now.date()), book, now)
    return book


class Office:
    """A debt, its book and its bank, and a worker that collects it. Use it as an async context manager.

    `bank` is the script of a scripted bank, or a bank that is a process of its own; `token` is the bound method's there.
    `book_as` wraps the book that the worker works on.
    """

    def __init__(
        self,
        client: Client,
        path: Path,
        name: str,
        bank: str | RemoteBank = "",
        *,
        billed: str = "-1d",
        method: str = CARD,
        token: str = "pm",
        book_as: Callable[[Book], Book] = lambda book: book,
    ) -> None:
        self.invoice = name
        self.subject = charge_retry_id(name)
        self.operator, self.admin, self.reader = f"olga-{name}", f"ingrid-{name}", f"nils-{name}"
        self.method, self.other = f"m-{name}", f"m2-{name}"
        self.path = path
        self.book = debt_book(path, name, billed=billed, method=method, token=token)
        self.bank = ScriptedBank(parse_script(bank)) if isinstance(bank, str) else bank
        self.desk = Desk(book_as(self.book), self.bank)
        self.queue = f"queue-{name}"
        self.skipper = TimeSkipper(client, config=_CONFIG)
        self.client = client
        self.front = Paystates(client, self.queue)
        self._workers = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self.start_worker()
        return self

    async def __aexit__(self, *_: object) -> None:
        if isinstance(self.bank, ScriptedBank):
            self.bank.release()
        await self.stop_worker()
        self.book.close()

    @asynccontextmanager
    async def closed(self) -> AsyncIterator["Office"]:
        """The office without a worker of its own, until `start_worker`."""
        try:
            yield self
        finally:
            await self.__aexit__()

    async def start_worker(self, made: AbstractAsyncContextManager[Any] | None = None) -> None:
        """Start a worker: the usual one unless another is given."""
        await self._workers.enter_async_context(made or worker(self.client, self.desk, self.queue))

    async def stop_worker(self) -> None:
        """Stop the worker in order."""
        await self._workers.aclose()

    async def start(self, **start: Any) -> WorkflowHandle[Any, Outcome]:
        """Begin to collect; `start` changes fields of the start message. Time is not skipped unless `travel` is called."""
        message = Start(definition=CHARGE_RETRY.id, data={"invoice": self.invoice}).model_copy(update=start)
        return await self.client.start_workflow(
            "charge-retry", message, id=self.subject, task_queue=self.queue, result_type=Outcome
        )

    @property
    def handle(self) -> WorkflowHandle[Any, Outcome]:
        """The latest run."""
        return self.front.handle(self.subject).temporal

    async def act(self, action: Action, actor: str | None = None, seen: int | None = None) -> Accepted:
        """Send an order, an operator's unless somebody else sends it."""
        return await self.front.act(self.subject, action, actor=actor or self.operator, seen=seen)

    async def pause(self) -> None:
        """Pause it, as from Temporal's own UI."""
        await self.client.workflow_service.pause_workflow_execution(
            PauseWorkflowExecutionRequest(namespace="default", workflow_id=self.subject, identity="a test", reason="a test")
        )

    async def unpause(self) -> None:
        """Let it go on."""
        await self.client.workflow_service.unpause_workflow_execution(
            UnpauseWorkflowExecutionRequest(namespace="default", workflow_id=self.subject, identity="a test", reason="a test")
        )

    async def rests(self, *states: str) -> View:
        """Wait until it stands in one of the states, or at any rest when none is named."""

        async def there() -> View | None:
            try:
                view = await self.front.view(self.subject)
            except PaystatesError:  # its first task is not there yet, or its worker is not
                return None
            arrived = view.stand.state in states if states else view.stand.due is not None or view.verdict is not None
            return view if arrived else None

        return await until(there, f"{self.subject} stands in {' or '.join(states) or 'a rest'}")

    async def travel(self, to: datetime | None = None) -> None:
        """Skip time up to an instant, by default the one that is waited for; longer than it takes to get there."""
        if to is None:
            to = (await self.rests()).stand.due
            assert to is not None, "it has ended"
        here = await self.skipper.get_current_time(self.handle)
        await self.skipper.fast_forward(self.handle, max(to + _LATE - here, timedelta(milliseconds=1)))

    async def ends(self, *states: str) -> Outcome:
        """Skip time until it ends, in one of the states."""
        for _ in range(60):
            view = await self.rests()
            if view.verdict is not None:
                break
            await self.travel()
        outcome = await self.handle.result()
        assert outcome.state in states, f"{self.subject} ended as {outcome.state}: {outcome.memory.get('last')}"
        return outcome

    async def held(self, point: str) -> None:
        """Wait until the charge stands still at the bank."""

        async def there() -> bool:
            return any((held.point, held.reference.split("/")[0]) == (point, self.invoice) for held in self.bank.waiting())

        await until(there, f"a confirm of {self.invoice} is held {point}")

    async def seen_in_history(self, *events: str) -> list[str]:
        """Wait until the history's event types contain all of these, in any order; answers all types."""

        async def there() -> list[str] | None:
            kinds = [event_name(event) async for event in self.handle.fetch_history_events()]
            return kinds if all(kinds.count(one) >= events.count(one) for one in events) else None

        return await until(there, f"the history of {self.subject} has {', '.join(events)}")

    async def length(self) -> int:
        """How many events the history has, its workflow tasks apart.

        Of an order that is not admitted nothing is written; the task in which it was looked at is, when the worker was slow.
        """
        return sum(not kind.startswith("workflow_task_") for kind in await self.seen_in_history())

    async def details(self) -> str:
        """The current details, as the Temporal UI shows them."""
        return await self.details_of(self.handle)

    @staticmethod
    async def details_of(handle: WorkflowHandle[Any, Any]) -> str:
        """The same of any procedure."""
        metadata: WorkflowMetadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
        return metadata.current_details

    # What must be true afterwards.

    @property
    def charges(self) -> list[int]:
        """What the bank took for this debt, by the bank's own ledger: the oracle."""
        return charges_of(self.bank.ledger, self.invoice)

    @property
    def attempts(self) -> list[Attempt]:
        """The attempts, by the book."""
        with self.book.transaction() as pages:
            return list(pages.attempts(self.invoice))

    @property
    def balance(self) -> int:
        """What is owed, by the book."""
        with self.book.transaction() as pages:
            return sum(entry.amount for entry in pages.entries(self.invoice))

    @property
    def journal(self) -> list[JournalRow]:
        """The journal of the debt's procedure, all runs."""
        with self.book.transaction() as pages:
            return list(pages.journal(self.subject))

    def statuses(self) -> list[str]:
        """The attempts' statuses."""
        return [attempt.status.value for attempt in self.attempts]

    def moves(self, run: str | None = None) -> list[tuple[str, str, str]]:
        """The journal as (source, event, target), of one run or of all."""
        return [(row.source, row.event_kind, row.target) for row in self.journal if run in {None, row.run}]


class OpenOffice(Protocol):
    """Opens an office; see `Office` for what may be different."""

    async def __call__(self, bank: str = "", **differences: Any) -> Office:
        """The office, with its worker running."""


def charges_of(ledger: Callable[[], Any], invoice: str) -> list[int]:
    """The amounts of the charges for a debt in a bank's ledger."""
    return [
        entry.amount for entry in ledger() if entry.reference.startswith(f"{invoice}/") and entry.kind is BankEntryKind.CHARGE
    ]


async def attribute(here: Office, name: str) -> Any:
    """A search attribute as it is now."""
    attributes = (await here.handle.describe()).typed_search_attributes
    return {pair.key.name: pair.value for pair in attributes}.get(name)


def event_name(event: Any) -> str:
    """The type of a history event in short words: `timer_fired`."""
    return str(event.WhichOneof("attributes")).removesuffix("_event_attributes")


def assert_unbroken(journal: list[JournalRow]) -> None:
    """In each run of the journal every decision begins where the one before it ended, and their numbers rise."""
    by_run: dict[str, list[JournalRow]] = {}
    for row in journal:
        by_run.setdefault(row.run, []).append(row)
    for rows in by_run.values():
        for before, after in itertools.pairwise(rows):
            assert before.sequence < after.sequence
            assert before.target == after.source, f"{before.event_kind} led to {before.target}, then {after.source}"
