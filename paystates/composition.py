"""Puts the rooms together: the desk from the settings, and a worker from a client and a desk. It knows all adapters."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from temporalio.client import Client
from temporalio.plugin import SimplePlugin
from temporalio.service import RPCError
from temporalio.worker import Worker, WorkerConfig

import workflows
from activities import Desk, effects
from activities.delivering import Deliveries, Post
from activities.desk import NoWaker, Wake
from domain.webhooks import networks
from gateways.port import Gateway
from notices.relay import Relay
from notices.sender import FolderSender, Sender, SmtpSender
from paystates import clock
from paystates.client import Paystates
from paystates.engine import HOUSE
from paystates.orders import PaystatesError
from paystates.settings import Settings
from paystates.temporal.delivery import delivering, hooks_queue
from paystates.temporal.effects import activities
from paystates.temporal.messages import Releases
from paystates.temporal.plugin import require_plugin
from states.procedures import RELEASED
from store.port import Book
from workflows.webhook import WebhookWorkflow

if TYPE_CHECKING:
    from store.sql import SqlBook

EFFECTS = 16
"""How many effects run at once. SQLite takes one writer at a time, so more would only wait."""

LOCAL_EFFECTS = 16
"""How many local ones beside them: orders that are considered, journals that are kept, reads of the book."""

_UNSAID = 500
"""More of one kind than a worker runs at once that names no number: 100 by itself, at most 500 with a tuner. They are only
started when they are needed.
"""

DELIVERIES = 50
"""How many web hooks are posted to at once."""

PATIENCE = timedelta(seconds=8)
"""How long a worker that is told to stop lets effects finish; less than the ten seconds a container is given."""


def open_book(settings: Settings) -> "SqlBook":
    """The account book, created or brought up to date where it is."""
    from store.sql import SqlBook  # noqa: PLC0415 - SQLAlchemy is slow to import, and not every command needs it

    return SqlBook.create(settings.book_url)


def gateway(settings: Settings, now: Callable[[], datetime] = clock.now) -> Gateway:
    """The payment provider: the scripted bank, as a process of its own, or here with its state in `bank_file`.

    `now` answers the instant of the code that calls a bank that is here.
    """
    if settings.bank_address is not None:
        from gateways.remote import RemoteBank  # noqa: PLC0415 - only where it is used

        return RemoteBank(settings.bank_address)
    from gateways.process import BankFile  # noqa: PLC0415 - only where it is used
    from gateways.script import load_script  # noqa: PLC0415 - only where it is used
    from gateways.scripted import ScriptedBank  # noqa: PLC0415 - only where it is used

    kept = BankFile(bank_file(settings))
    script = load_script(settings.bank) if settings.bank else None
    return ScriptedBank(script, now=now, state=kept.read(), save=kept.write)


def bank_file(settings: Settings) -> Path:
    """Where the scripted bank keeps its state: beside an SQLite book, for a bank that forgets what the book knows is none."""
    from sqlalchemy import make_url  # noqa: PLC0415 - SQLAlchemy is slow to import, and not every command needs it

    url = make_url(settings.book_url)
    in_a_file = url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}
    return Path(url.database or "").with_suffix(".bank.json") if in_a_file else Path(".paystates/bank.json")


def sender(settings: Settings) -> Sender:
    """Where mails go: to a mail server when one is named, else into a folder."""
    if settings.smtp_host is None:
        return FolderSender(Path(settings.mail_folder))
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    return SmtpSender(
        settings.smtp_host,
        settings.smtp_port,
        starttls=settings.smtp_starttls,
        user=settings.smtp_user,
        password=password,
    )


def relay(settings: Settings, book: Book) -> Relay:
    """The relay of law 7 for this book."""
    return Relay(book, sender(settings), from_address=settings.mail_from, link_base=settings.link_base)


class ClientWaker:
    """Wakes procedures over the Temporal client, from the threads that effects run in. To be made in the client's loop."""

    def __init__(self, front: Paystates) -> None:
        self._front = front
        self._loop = asyncio.get_running_loop()

    def wake(self, wakes: Sequence[Wake]) -> tuple[str, ...]:
        """Wake them one after the other: one that cannot be woken does not keep the others from it.

        Raises in the end what the front desk raised first: whoever asked for it repeats it, which does no harm to those woken.
        """
        return asyncio.run_coroutine_threadsafe(self._wake(wakes), self._loop).result()

    async def _wake(self, wakes: Sequence[Wake]) -> tuple[str, ...]:
        woken: list[str] = []
        failures: list[PaystatesError] = []
        for one in wakes:
            try:
                if await self._front.wake(one.invoice, one.action, actor=HOUSE.id, starts=one.starts, subject=one.subject):
                    woken.append(one.invoice)
            except PaystatesError as error:
                failures.append(error)
        if failures:
            raise failures[0]
        return tuple(woken)


class Procedures(SimplePlugin):
    """Brings every released procedure, and the effects that carry out its requests, to a worker that runs other things too.

    `Worker(client, …, plugins=[Procedures(desk)])`, made in the client's loop, of a client that has `PaystatesPlugin`. Unless the
    desk has a waker of its own, its effects wake procedures over the client. Given twice, it counts once.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__("paystates.Procedures")
        self._desk = desk

    def configure_worker(self, config: WorkerConfig) -> WorkerConfig:
        """Called by the SDK."""
        client, task_queue = config["client"], config["task_queue"]
        require_plugin(client)
        given = tuple(config.get("workflows") or ())
        if workflows.ALL[0] in given:
            return config
        desk = self._desk
        if isinstance(desk.waker, NoWaker):
            desk = replace(desk, waker=ClientWaker(Paystates(client, task_queue)))
        config["workflows"] = [*given, *workflows.ALL]
        config["activities"] = [*(config.get("activities") or ()), *activities(effects, desk, Releases(RELEASED))]
        if config.get("activity_executor") is None:
            config["activity_executor"] = ThreadPoolExecutor(_threads(config), thread_name_prefix="effect")
        return config


def _threads(config: WorkerConfig) -> int:
    """One for every effect that may run at once: an effect that wakes another procedure waits for a local effect of that.

    With fewer, those that wait could have them all, and what they wait for none.
    """
    regular, local = config.get("max_concurrent_activities"), config.get("max_concurrent_local_activities")
    return (regular or _UNSAID) + (local or _UNSAID)


def worker(client: Client, desk: Desk, task_queue: str) -> Worker:
    """A worker for the procedures alone. Use it as an async context manager, and make it in the client's loop."""
    return Worker(
        client,
        task_queue=task_queue,
        plugins=[Procedures(desk)],
        max_concurrent_activities=EFFECTS,
        max_concurrent_local_activities=LOCAL_EFFECTS,
        graceful_shutdown_timeout=PATIENCE,
    )


def hooks_worker(client: Client, deliveries: Deliveries, task_queue: str) -> Worker:
    """A worker for web hooks alone, on a queue of its own: a slow server of somebody's takes no thread from a charge."""
    return Worker(
        client,
        task_queue=hooks_queue(task_queue),
        workflows=[WebhookWorkflow],
        activities=delivering(deliveries),
        max_concurrent_activities=DELIVERIES,
        graceful_shutdown_timeout=PATIENCE,
    )


def deliveries(settings: Settings, book: Book) -> Deliveries:
    """What posts to web hooks, with the key and the networks of the settings."""
    key = settings.webhook_key.get_secret_value() if settings.webhook_key else None
    return Deliveries(book, post(settings), key)


def post(settings: Settings) -> Post:
    """The way to web hooks."""
    from notices.webhooks import WebPost  # noqa: PLC0415 - only where it is used

    return WebPost(networks(settings.webhook_networks))


async def register_search_attributes(client: Client) -> None:
    """Register our search attributes on a server that does not have them yet."""
    from temporalio.api.enums.v1 import IndexedValueType  # noqa: PLC0415 - only where it is used
    from temporalio.api.operatorservice.v1 import (  # noqa: PLC0415 - only where it is used
        AddSearchAttributesRequest,
        ListSearchAttributesRequest,
    )

    from paystates.temporal.announce import SEARCH_ATTRIBUTES  # noqa: PLC0415 - only where it is used

    there = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace=client.namespace))
    missing = {
        name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}")
        for name, kind in SEARCH_ATTRIBUTES.items()
        if name not in there.custom_attributes
    }
    if missing:
        try:
            request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
            await client.operator_service.add_search_attributes(request)
        except RPCError as error:
            if "already exist" not in error.message:
                raise
