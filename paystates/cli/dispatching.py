"""The dispatcher: follows the journal for each web hook, and begins a delivery for each event that it wants.

The journal is the outbox. A delivery is a workflow whose id names endpoint and event, so it is begun once, however many
dispatchers there are and wherever one dies. Only when all of a page are begun the endpoint's cursor goes on.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum, auto

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities.happenings import is_wanted
from domain.webhooks import Endpoint
from paystates.temporal.delivery import GIVE_UP, WORKFLOW, Delivery, hooks_queue
from store.port import Book

_log = logging.getLogger(__name__)

PAGE = 200
"""How many events are looked at for one endpoint, before it is another's turn."""


class _Became(Enum):
    """What became of beginning a delivery: it has begun, was there before, or is just ending in vain and cannot begin yet."""

    BEGUN = auto()
    THERE = auto()
    ENDING = auto()


@dataclass(frozen=True, slots=True)
class _Page:
    """What one endpoint is to be told, and how far the journal has been read for it."""

    endpoint: Endpoint
    positions: tuple[int, ...]
    end: int
    is_full: bool


class Dispatcher:
    """Between one book and one Temporal server. `made` makes a delivery of an endpoint's id and a position."""

    def __init__(self, book: Book, client: Client, task_queue: str, made: Callable[[str, int], Delivery] | None = None) -> None:
        self._book = book
        self._client = client
        self._queue = hooks_queue(task_queue)
        self._is_behind = False
        self._made = made or (lambda endpoint, position: Delivery(endpoint=endpoint, position=position))

    async def run(self, interval: timedelta, stop: asyncio.Event) -> None:
        """Every `interval`, until `stop` is set. Nothing else ends it: what fails is tried again."""
        while not stop.is_set():
            try:
                await self.once()
            except Exception:  # noqa: BLE001 - a book or a server that is down must not end the dispatcher for good
                _log.exception("events could not be told to web hooks; that is tried again in %s", interval)
                self._is_behind = False
            if not self._is_behind:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), interval.total_seconds())

    async def once(self) -> int:
        """Begin what is to be delivered now, a page for each endpoint; answers how many deliveries were begun."""
        begun = 0
        found = await asyncio.to_thread(self._pages)
        self._is_behind = any(page.is_full for page in found)
        for page in found:
            end = page.end
            for position in page.positions:
                became = await self._begin(self._made(page.endpoint.id, position))
                begun += became is _Became.BEGUN
                if became is _Became.ENDING:
                    end, self._is_behind = position - 1, False
                    break
            await asyncio.to_thread(self._go_on, page.endpoint, end)
        return begun

    async def _begin(self, delivery: Delivery) -> _Became:
        """Begin a delivery; one that was given up begins anew, as soon as it has ended."""
        try:
            await self._client.start_workflow(
                WORKFLOW,
                delivery,
                id=delivery.id,
                task_queue=self._queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            )
        except WorkflowAlreadyStartedError:
            return _Became.THERE if await self._is_well(delivery) else _Became.ENDING
        return _Became.BEGUN

    async def _is_well(self, delivery: Delivery) -> bool:
        """Whether a delivery that was begun before was made, or is being tried; if not, it is just being given up."""
        found = await self._client.get_workflow_handle(delivery.id).describe()
        if found.status is not WorkflowExecutionStatus.RUNNING:
            return found.status is WorkflowExecutionStatus.COMPLETED
        pending = found.raw_description.pending_activities
        return not any(one.activity_type.name == GIVE_UP for one in pending) and bool(pending)

    def _pages(self) -> list[_Page]:
        with self._book.reading() as pages:
            found = []
            for endpoint in pages.webhooks():
                rows = pages.journal_after(endpoint.cursor, PAGE, account_id=endpoint.account_id) if endpoint.is_open else ()
                if rows:
                    wanted = tuple(position for position, row in rows if is_wanted(endpoint, row))
                    found.append(_Page(endpoint, wanted, rows[-1][0], len(rows) == PAGE))
            return found

    def _go_on(self, seen: Endpoint, end: int) -> None:
        """Move the cursor, unless another dispatcher has, or a delivery was given up meanwhile and is to begin anew."""
        with self._book.transaction() as pages:
            endpoint = pages.webhook(seen.id, lock=True)
            if endpoint is not None and (endpoint.cursor, endpoint.failures) == (seen.cursor, seen.failures):
                pages.put_webhook(replace(endpoint, cursor=end))
