"""The scenario file: an account, a bank script, when what is done by whom, and what must be true at which moment and at the end.

Times count from the start: `0d` is 08:00 on the account's wall clock on the billing date, `3d 2h` is three days and two hours later.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from domain.data import Data, DataError, Place, Problem, load
from domain.durations import parse_duration
from gateways.script import Script
from paystates.client import BadOrder, read_action
from paystates.engine import Action
from store.book_file import BookFile, MethodData
from store.files import read_book

OPENS = time(8)
"""The wall-clock time at which a scenario starts: an hour before the plan's."""


def _elapsed(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        message = f"{value} is not a time: count from the start, such as 0d, 3d or 3d 2h"
        raise ValueError(message)
    return parse_duration(value) if value not in {"0", "0d"} else timedelta()


Elapsed = Annotated[timedelta, BeforeValidator(_elapsed)]
Amount = Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$")]


class Receive(Data):
    """Money that came by other ways, such as a wire (G71)."""

    invoice: str | None = None
    amount: Amount
    reference: str = "wire"


class Credit(Data):
    """A credit; `refused` when it must wait for an attempt."""

    invoice: str | None = None
    amount: Amount
    reference: str = "credit"


class Void(Data):
    """The rest of an invoice is voided."""

    invoice: str | None = None
    reference: str = "void"


class AddMethod(Data):
    """A method is put on file. It is bound to nothing (G16)."""

    account: str | None = None
    method: MethodData


class Bind(Data):
    """A method is bound to a subscription or a billing profile."""

    subscription: str | None = None
    billing_profile: str | None = None
    method: str
    charge_now: bool = False

    def faults(self) -> Iterator[tuple[Place, str]]:
        """Exactly one payer."""
        if (self.subscription is None) == (self.billing_profile is None):
            yield (), "binds to nothing or to two things: write either subscription or billing_profile"


class Correct(Data):
    """A method's details are corrected."""

    method: str
    charge_now: bool = False


class Authenticate(Data):
    """The customer completes (or fails) what the bank asked for."""

    method: str
    ok: bool = True


class Step(Data):
    """Something that is done: exactly one of the fields after `by`. `refused` names the codes it must be refused with."""

    at: Elapsed
    by: str = "paystates"
    act: dict[str, Any] | str | None = None
    on: str | None = None
    refused: tuple[str, ...] | None = None
    receive: Receive | None = None
    credit: Credit | None = None
    void: Void | None = None
    add_method: AddMethod | None = None
    bind: Bind | None = None
    correct: Correct | None = None
    cancel_subscription: str | None = None
    authenticate: Authenticate | None = None
    mail_server: Literal["refuses", "accepts"] | None = None
    worker: Literal["restarts"] | None = None

    @property
    def deed(self) -> str:
        """Which of the fields is given."""
        given = [name for name in _DEEDS if getattr(self, name) is not None]
        return given[0] if given else ""

    @property
    def action(self) -> Action:
        """The action of an `act`."""
        data = {"kind": self.act} if isinstance(self.act, str) else dict(self.act or {})
        return read_action(data)

    @model_validator(mode="after")
    def _one_deed(self) -> "Step":
        given = [name for name in _DEEDS if getattr(self, name) is not None]
        if len(given) != 1:
            message = f"does {' and '.join(given) or 'nothing'}: write exactly one of {', '.join(_DEEDS)}"
            raise ValueError(message)
        if self.act is not None:
            try:
                _ = self.action
            except BadOrder as error:
                message = f"act: {error}"
                raise ValueError(message) from None
        return self


_DEEDS = (
    "act",
    "receive",
    "credit",
    "void",
    "add_method",
    "bind",
    "correct",
    "cancel_subscription",
    "authenticate",
    "mail_server",
    "worker",
)


class Truth(Data):
    """What must be true of one invoice. Whatever is left out is not looked at."""

    state: str | None = None
    balance: Amount | None = None
    attempts: tuple[str, ...] | None = None
    charged: dict[str, Amount] | None = None
    mails: tuple[str, ...] | None = None
    sent: int | None = None
    slots_used: int | None = None
    next: Elapsed | None = None
    subscription: str | None = None
    account_credit: Amount | None = None
    cases: tuple[str, ...] | None = None


class Check(Truth):
    """What must be true at a moment."""

    at: Elapsed
    on: str | None = None


class Scenario(Data):
    """A whole scenario."""

    title: str
    shows: tuple[str, ...] = ()
    book: BookFile | str
    starts: date | None = None
    collect: Annotated[tuple[str, ...], Field(min_length=1)]
    bank: Script = Script({})
    steps: tuple[Step, ...] = ()
    checks: tuple[Check, ...] = ()
    ends: dict[str, Truth]
    drivers: tuple[Literal["memory", "temporal"], ...] = ("memory", "temporal")
    lasts: Elapsed = timedelta(days=90)

    @field_validator("bank", mode="before")
    @classmethod
    def _tokens(cls, bank: object) -> object:
        """A method's id may stand for its token."""
        if not isinstance(bank, Mapping):
            return bank
        return {str(name) if str(name).startswith("tok_") else f"tok_{name}": steps for name, steps in bank.items()}

    @field_validator("book", mode="before")
    @classmethod
    def _other_file(cls, book: object, info: ValidationInfo) -> object:
        if not isinstance(book, str):
            return book
        context = info.context or {}
        path = Path(context.get("folder", ".")) / book
        try:
            text = path.read_text(encoding="utf-8")
        except OSError:
            message = f"{book} cannot be read: give the path of a book file, relative to this scenario"
            raise ValueError(message) from None
        try:
            return read_book(text, str(path), context.get("start", date(2026, 3, 2)))
        except DataError as error:
            message = str(error)
            raise ValueError(message) from None

    @property
    def accounts(self) -> BookFile:
        """The book, wherever it stood."""
        assert isinstance(self.book, BookFile)  # noqa: S101 - `_other_file` has read it; tells the type checker
        return self.book

    def faults(self) -> Iterator[tuple[Place, str]]:
        """Names that lead nowhere."""
        invoices = {invoice.id for account in self.accounts.accounts for invoice in account.invoices}
        for index, name in enumerate(self.collect):
            if name not in invoices:
                yield ("collect", index), f"{name!r} is no invoice of the book: write one of {', '.join(sorted(invoices))}"
        for name in self.ends:
            if name not in self.collect:
                yield ("ends", name), f"{name!r} is not collected: write one of {', '.join(self.collect)}"
        for name in self.collect:
            if name not in self.ends:
                yield ("ends",), f"does not say how {name} ends: add it"
        people = {person.id for account in self.accounts.accounts for person in account.people}
        people |= {person.id for person in (*self.accounts.staff, *self.accounts.services)} | {"paystates", "provider"}
        for index, step in enumerate(self.steps):
            if step.by not in people:
                yield ("steps", index, "by"), f"{step.by!r} is nobody in the book: write one of {', '.join(sorted(people))}"
            if step.on is not None and step.on not in self.collect:
                yield ("steps", index, "on"), f"{step.on!r} is not collected: write one of {', '.join(self.collect)}"
        for index, check in enumerate(self.checks):
            if check.on is not None and check.on not in self.collect:
                yield ("checks", index, "on"), f"{check.on!r} is not collected: write one of {', '.join(self.collect)}"


@dataclass(frozen=True, slots=True)
class Staged:
    """A scenario with its dates: `start` is the instant its times count from, `zone` the first account's time zone."""

    name: str
    scenario: Scenario
    start: datetime
    zone: ZoneInfo

    def instant(self, elapsed: timedelta) -> datetime:
        """The instant a wall clock shows after so much time: days are days on the account's wall clock."""
        local = self.start.astimezone(self.zone)
        days, rest = divmod(elapsed, timedelta(days=1))
        shifted = datetime.combine(local.date() + timedelta(days=days), local.time(), self.zone) + rest
        return shifted.astimezone(UTC)

    def elapsed(self, instant: datetime) -> str:
        """The same the other way round, in whole minutes: `3d 01:00`."""
        local, begun = instant.astimezone(self.zone), self.start.astimezone(self.zone)
        minutes = round((local.replace(tzinfo=None) - begun.replace(tzinfo=None)).total_seconds() / 60)
        days, rest = divmod(minutes, 24 * 60)
        return f"{days}d {rest // 60:02d}:{rest % 60:02d}"


def read_scenario(path: Path, today: date) -> Staged:
    """Read a scenario file; it starts on `today` unless it names its own date. Raises `DataError` with every problem."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise DataError(str(path), [Problem(1, "", "cannot be read: give the path of a scenario file")]) from None
    return stage(text, path.stem, path.parent, today, str(path))


def stage(text: str, name: str, folder: Path, today: date, source_name: str) -> Staged:
    """Read a scenario from its text."""
    context = {"start": today, "folder": str(folder)}
    scenario = load(text, Scenario, source_name, context)
    if scenario.starts is not None and scenario.starts != today:
        scenario = load(text, Scenario, source_name, {**context, "start": scenario.starts})
    begins = scenario.starts or today
    zone = ZoneInfo(scenario.accounts.accounts[0].time_zone)
    return Staged(name, scenario, datetime.combine(begins, OPENS, zone).astimezone(UTC), zone)


def minor(amount: str, exponent: int) -> int:
    """A decimal string in minor units."""
    return int(Decimal(amount).scaleb(exponent))
