"""`paystates doctor`: what is installed, found and reachable, and what to do about what is not."""

import os
import platform
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, timedelta
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from paystates import clock
from paystates.cli import terminal
from paystates.cli.connection import address, connect, missing_file, settings
from paystates.cli.errors import BadInput, Fault, explain
from paystates.front.phrases import count
from paystates.settings import Settings

if TYPE_CHECKING:
    from temporalio.client import Client

_LATELY = timedelta(minutes=2)
"""A worker asks again after a minute at most: who did not for longer is gone."""

_PACKAGES = ("paystates", "temporalio", "pydantic", "sqlalchemy", "transitions")


class Health(StrEnum):
    """How a thing is. Only what is broken makes the doctor fail."""

    WELL = "well"
    ABSENT = "absent"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `remedy` says what to do when it is not well."""

    what: str
    health: Health
    seen: str
    remedy: str = ""


async def doctor(*, json: bool) -> bool:
    """Look at everything; answers whether nothing is broken."""
    findings = [one async for one in _all()]
    well = all(one.health is not Health.BROKEN for one in findings)
    if json:
        terminal.show_json({"well": well, "findings": [asdict(one) for one in findings]})
        return well
    marks = {Health.WELL: "[green]✓[/]", Health.ABSENT: "[yellow]–[/]", Health.BROKEN: "[red]✗[/]"}
    rows = [
        (
            marks[one.health],
            terminal.safe(one.what),
            terminal.safe(one.seen) + (f"\n→ {terminal.safe(one.remedy)}" if one.remedy else ""),
        )
        for one in findings
    ]
    terminal.show(terminal.table("", "what", "how it is", rows=rows))
    missing = any(one.health is Health.ABSENT for one in findings)
    good = "Nothing is broken" + (", but something is not there: see the dashes." if missing else ".")
    terminal.show(f"[green]{good}[/]" if well else "[red]Something is broken: see the arrows.[/]")
    return well


async def _all() -> AsyncIterator[Finding]:
    for finding in (_python(), *_packages(), _program()):
        yield finding
    try:
        given = settings()
    except BadInput as error:
        yield Finding("settings", Health.BROKEN, "cannot be used", str(error).replace("\n", " "))
        return
    yield Finding("settings", Health.WELL, "every variable can be used")
    async for finding in _temporal(given):
        yield finding
    for finding in (_book(given), _bank(given), _mail(given)):
        yield finding


def _python() -> Finding:
    return Finding("Python", Health.WELL, f"{platform.python_version()} at {sys.executable}")


def _packages() -> Iterator[Finding]:
    for name in _PACKAGES:
        try:
            yield Finding(name, Health.WELL, version(name))
        except PackageNotFoundError:
            yield Finding(
                name, Health.ABSENT, "is not installed as a package", "run `make demo`, which installs everything into .venv"
            )


def _program() -> Finding:
    from paystates.temporal.binary import THREE_WAYS, VERSION, cache_folder, version_of

    on_path = shutil.which("temporal")
    for place in [*([Path(on_path)] if on_path else []), cache_folder() / "temporal"]:
        found = version_of(place)
        if found is not None:
            return Finding("Temporal server’s program", Health.WELL, f"version {'.'.join(map(str, found))} at {place}")
    remedy = f"`paystates demo` or `paystates up` gets version {VERSION} by itself where it can; or {THREE_WAYS}"
    return Finding("Temporal server’s program", Health.ABSENT, "is not here yet", remedy)


async def _temporal(given: Settings) -> AsyncIterator[Finding]:
    """The server; and where one answers, whether a worker listens there. What is not named in the settings may be absent."""
    from temporalio.service import RPCError

    from paystates.orders import Unreachable

    try:
        place = address(given)
        client = await connect(given)
    except BadInput as error:
        seen, _, remedy = str(error).partition(". ")
        yield Finding("Temporal server", Health.BROKEN, seen, remedy)
        return
    except Fault as error:
        absent = isinstance(error.__cause__, Unreachable) and not given.temporal_address
        seen, _, remedy = str(error).partition(": ")
        yield Finding("Temporal server", Health.ABSENT if absent else Health.BROKEN, seen, remedy)
        return
    yield Finding("Temporal server", Health.WELL, f"answers at {place}")
    try:
        listening = await _somebody_polls(client, given.task_queue)
    except RPCError as error:
        yield Finding("worker", Health.BROKEN, f"the server does not say who listens ({error.message})", "ask whoever runs it")
        return
    if listening:
        yield Finding("worker", Health.WELL, f"listens on queue {given.task_queue}")
        return
    remedy = "start one with `paystates up` or worker.py, or correct PAYSTATES_TASK_QUEUE"
    missing = Health.BROKEN if given.temporal_address else Health.ABSENT
    yield Finding("worker", missing, f"none listens on queue {given.task_queue}, so no procedure moves", remedy)


async def _somebody_polls(client: "Client", queue: str) -> bool:
    """Whether a worker has asked for work lately. A server tells of those that are gone for some minutes more."""
    from temporalio.api.enums.v1 import TaskQueueType
    from temporalio.api.taskqueue.v1 import TaskQueue
    from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

    asked = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    told = await client.workflow_service.describe_task_queue(asked)
    lately = clock.now() - _LATELY
    return any(one.last_access_time.ToDatetime(UTC) >= lately for one in told.pollers)


def _book(given: Settings) -> Finding:
    """The account book, as it is: a look makes nothing, and brings nothing up to date."""
    from sqlalchemy import make_url

    from store.migrations import HEAD, is_newer
    from store.sql import SqlBook

    shown = make_url(given.book_url).render_as_string(hide_password=True)
    fill = "fill one with `paystates book import FILE`"
    if missing_file(given) is not None:
        return Finding("account book", Health.ABSENT, f"{shown} is not there yet", fill)
    try:
        with closing(SqlBook(given.book_url)) as book:
            schema = book.schema()
            if schema == HEAD:
                with book.reading() as pages:
                    return Finding(
                        "account book", Health.WELL, f"{shown}, schema {HEAD}, {count(len(pages.accounts()), 'account')}"
                    )
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a database is what the doctor is for
        return Finding("account book", Health.BROKEN, shown, f"{explain(error)[1]} Check PAYSTATES_BOOK_URL")
    if schema is None:
        return Finding("account book", Health.ABSENT, f"{shown} has no tables of ours yet", fill)
    if is_newer(schema):
        return Finding(
            "account book", Health.BROKEN, f"{shown}, schema {schema}, newer than our {HEAD}", "install the newer paystates"
        )
    remedy = "stop the workers of before; whatever opens it next, such as `paystates up`, brings it up to date"
    return Finding("account book", Health.ABSENT, f"{shown}, schema {schema}, older than our {HEAD}", remedy)


def _bank(given: Settings) -> Finding:
    from gateways.script import ScriptError, load_script

    if given.bank_address:
        return _listens("bank", given.bank_address.partition("://")[2] or given.bank_address, "correct PAYSTATES_BANK_ADDRESS")
    if given.bank is None:
        return Finding("bank", Health.WELL, "scripted, every charge succeeds")
    try:
        load_script(given.bank)
    except (ScriptError, OSError, UnicodeDecodeError) as error:
        return Finding("bank", Health.BROKEN, f"{given.bank} cannot be used", f"{error}; correct it, or PAYSTATES_BANK")
    return Finding("bank", Health.WELL, f"scripted by {given.bank}")


def _mail(given: Settings) -> Finding:
    if given.smtp_host:
        return _listens("mail", f"{given.smtp_host}:{given.smtp_port}", "correct PAYSTATES_SMTP_HOST and PAYSTATES_SMTP_PORT")
    folder = Path(given.mail_folder)
    standing = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not standing.is_dir() or not os.access(standing, os.W_OK | os.X_OK):
        why = f"cannot be written as files into {folder}: {standing} is no folder that we may write into"
        return Finding("mail", Health.BROKEN, why, "correct PAYSTATES_MAIL_FOLDER")
    return Finding("mail", Health.WELL, f"written as files into {folder}")


def _listens(what: str, place: str, remedy: str) -> Finding:
    host, _, port = place.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=3):
            return Finding(what, Health.WELL, f"answers at {place}")
    except (OSError, ValueError):
        return Finding(what, Health.BROKEN, f"nobody answers at {place}", remedy)
