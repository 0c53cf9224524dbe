"""`paystates doctor`: what is installed, found and reachable, and what to do about what is not."""

import platform
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from paystates.cli import terminal
from paystates.cli.connection import address, book, connect, settings
from paystates.cli.errors import BadInput, Fault, explain
from paystates.front.phrases import count
from paystates.settings import Settings

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
    yield await _server(given)
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


async def _server(given: Settings) -> Finding:
    place = address(given)
    try:
        await connect(given)
    except Fault:
        broken = Health.BROKEN if given.temporal_address else Health.ABSENT
        return Finding(
            "Temporal server", broken, f"nobody answers at {place}", "start one with `paystates up`, or correct TEMPORAL_ADDRESS"
        )
    return Finding("Temporal server", Health.WELL, f"answers at {place}")


def _book(given: Settings) -> Finding:
    from sqlalchemy import make_url

    from store.migrations import HEAD

    shown = make_url(given.book_url).render_as_string(hide_password=True)
    try:
        with book(given) as opened, opened.reading() as pages:
            accounts = len(pages.accounts())
    except Fault:
        return Finding("account book", Health.ABSENT, f"{shown} is not there yet", "fill one with `paystates book import FILE`")
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a database is what the doctor is for
        return Finding("account book", Health.BROKEN, shown, f"{explain(error)[1]} Check PAYSTATES_BOOK_URL")
    return Finding("account book", Health.WELL, f"{shown}, schema {HEAD}, {count(accounts, 'account')}")


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
    return Finding("mail", Health.WELL, f"written as files into {given.mail_folder}")


def _listens(what: str, place: str, remedy: str) -> Finding:
    host, _, port = place.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=3):
            return Finding(what, Health.WELL, f"answers at {place}")
    except (OSError, ValueError):
        return Finding(what, Health.BROKEN, f"nobody answers at {place}", remedy)
