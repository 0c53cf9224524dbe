"""The scenario file: an account, a bank script, when what is done by whom, and what must be true at which moment and at the end.

Times count from the start: `0d` is 08:00 on the account's wall clock on the billing date, `3d 2h` is three days and two
hours later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from domain.data import Data, DataError, Place, Problem, load
from domain.durations import parse_duration
from gateways.script import Script
from paystates.engine import Action
from paystates.orders import BadOrder, read_action
from store.book_file import BookFile, MethodData
from store.card_numbers import REMEDY, has_card_number
from store.files import read_book

OPENS = time(8)
"""The wall-clock time at which a scenario starts: an hour before the plan's."""


def _elapsed(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        message = f"{value} is not a time: count from the start, such as 0d, 3d or 3d 2h"
        raise ValueError(message)  # noqa: TRY004 - pydantic makes a sentence of a ValueError only
    return parse_duration(value) if value not in {"0", "0d"} else timedelta()


Elapsed = Annotated[timedelta, BeforeValidator(_elapsed)]
Amount = Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$")]


class Receive(Data):
    """Money that came by other ways, such as a wire (G71)."""

    invoice: str | None = None
    amount: Amount
    reference: str = "wire"


class Credit(Data):
    """A credit. It waits for an attempt that is open; `refused` when it does not fit the balance."""

    invoice: str | None = None
    amount: Amount
    reference: str = "credit"


class Void(Data):
    """The rest of an invoice is voided. It waits for an attempt that is open; `refused` when nothing is left."""

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

    @model_validator(mode="after")
    def _one_payer(self) -> Self:
        if (self.subscription is None) == (self.billing_profile is None):
            message = "binds to nothing or to two things: write either subscription or billing_profile"
            raise ValueError(message)
        return self


class Correct(Data):
    """A method's details are corrected."""

    method: str
    charge_now: bool = False


class Authenticate(Data):
    """The customer completes (or fails) what the bank asked for."""

    method: str
    ok: bool = True


class Step(Data):
    """Something that is done: exactly one of the deeds. `refused` names the codes it must be refused with.

    `invoice` says whose procedure an `act` goes to, when several are collected.
    """

    at: Elapsed
    by: str = "paystates"
    act: dict[str, Any] | str | None = None
    invoice: str | None = None
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
    def _one_deed(self) -> Self:
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
    waiting: tuple[str, ...] | None = None
    cases: tuple[str, ...] | None = None


class Check(Truth):
    """What must be true at a moment."""

    at: Elapsed
    invoice: str | None = None


class Scenario(Data):
    """A whole scenario."""

    title: str
    shows: tuple[str, ...] = ()
    book: BookFile
    starts: date | None = None
    collect: Annotated[tuple[str, ...], Field(min_length=1)]
    bank: Script = Script({})
    steps: tuple[Step, ...] = ()
    checks: tuple[Check, ...] = ()
    ends: dict[str, Truth]
    drivers: tuple[Literal["memory", "temporal"], ...] = ("memory", "temporal")
    lasts: Elapsed = timedelta(days=90)

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
        """The book, under the name of what is in it."""
        return self.book

    @property
    def script(self) -> Script:
        """The bank's script by token; in the file a method's id stands for its token."""
        tokens = {method.id: method.provider_token for method in self._methods()}
        return Script({tokens.get(name, name): steps for name, steps in self.bank.root.items()})

    def faults(self) -> Iterator[tuple[Place, str]]:
        """Names that lead nowhere, here and in the book."""
        for place, message in self.book.faults():
            yield ("book", *place), message
        known = self._names()
        for place, what, name in self._named():
            if name is not None and name not in known[what]:
                yield place, f"{name!r} is no {what} here: write one of {', '.join(sorted(known[what])) or 'none'}"
        for name in self.collect:
            if name not in self.ends:
                yield ("ends",), f"does not say how {name} ends: add it"

    def _methods(self) -> Iterator[MethodData]:
        for account in self.book.accounts:
            yield from account.methods
        yield from (step.add_method.method for step in self.steps if step.add_method is not None)

    def _names(self) -> dict[str, set[str]]:
        """What may be named, by what it is."""
        accounts, methods = self.book.accounts, list(self._methods())
        people = {person.id for account in accounts for person in account.people}
        people |= {person.id for person in (*self.book.staff, *self.book.services)} | {"paystates", "provider"}
        return {
            "account": {account.id for account in accounts},
            "invoice": {invoice.id for account in accounts for invoice in account.invoices},
            "collected invoice": set(self.collect),
            "person": people,
            "payment method": {method.id for method in methods},
            "payment method or token": {name for method in methods for name in (method.id, method.provider_token)},
            "subscription": {one.id for account in accounts for one in account.subscriptions},
            "billing profile": {one.id for account in accounts for one in account.billing_profiles},
        }

    def _named(self) -> Iterator[tuple[Place, str, str | None]]:
        """Every name: where it stands, and what it should be the name of."""
        yield from ((("collect", index), "invoice", name) for index, name in enumerate(self.collect))
        yield from ((("ends", name), "collected invoice", name) for name in self.ends)
        yield from ((("bank", name), "payment method or token", name) for name in self.bank.root)
        yield from ((("checks", index, "invoice"), "collected invoice", one.invoice) for index, one in enumerate(self.checks))
        for index, step in enumerate(self.steps):
            yield ("steps", index, "by"), "person", step.by
            yield ("steps", index, "invoice"), "collected invoice", step.invoice
            yield ("steps", index, "cancel_subscription"), "subscription", step.cancel_subscription
            for deed, field, what in _NAMED:
                yield ("steps", index, deed, field), what, getattr(getattr(step, deed), field, None)


_NAMED = (
    ("receive", "invoice", "invoice"),
    ("credit", "invoice", "invoice"),
    ("void", "invoice", "invoice"),
    ("add_method", "account", "account"),
    ("bind", "subscription", "subscription"),
    ("bind", "billing_profile", "billing profile"),
    ("bind", "method", "payment method"),
    ("correct", "method", "payment method"),
    ("authenticate", "method", "payment method"),
)
"""The names inside deeds: deed, field, and what it names."""


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
        """The same the other way round, in minutes begun: `3d 01:00`. A server is never early, at most some seconds late."""
        local, begun = instant.astimezone(self.zone), self.start.astimezone(self.zone)
        minutes = (local.replace(tzinfo=None) - begun.replace(tzinfo=None)) // timedelta(minutes=1)
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
    """Read a scenario from its text. Raises `DataError` with every problem."""
    numbered = [n for n, line in enumerate(text.splitlines(), start=1) if has_card_number(line)]
    if numbered:  # before anything else looks, whose sentence would repeat it
        raise DataError(source_name, [Problem(n, "", f"something in this line {REMEDY}") for n in numbered])
    context = {"start": today, "folder": str(folder)}
    scenario = load(text, Scenario, source_name, context)
    if scenario.starts is not None and scenario.starts != today:
        scenario = load(text, Scenario, source_name, {**context, "start": scenario.starts})
    begins = scenario.starts or today
    zone = ZoneInfo(scenario.book.accounts[0].time_zone)
    return Staged(name, scenario, datetime.combine(begins, OPENS, zone).astimezone(UTC), zone)


def minor(amount: str, exponent: int) -> int:
    """A decimal string in minor units."""
    return int(Decimal(amount).scaleb(exponent))
