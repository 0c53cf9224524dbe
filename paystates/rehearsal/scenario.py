"""The scenario file: an account, a bank script, when what is done by whom, and what must be true at which moment and at the end.

Times count from the start: `0d` is 08:00 on the account's wall clock on the billing date, `3d 2h` is three days and two
hours later.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import ValidationInfo, field_validator, model_validator

from domain.accounts import SubscriptionStatus
from domain.data import Data, DataError, Place, Problem, load
from domain.notices import NoticeKind
from gateways.script import Script
from paystates.engine import Verdict
from paystates.orders import BadOrder, Refused, charge_retry_id
from paystates.rehearsal.amounts import wrong_amounts
from paystates.rehearsal.steps import NAMED, Amount, Elapsed, Named, Step
from states.procedures import declared_of
from store.book_file import BookFile, MethodData
from store.card_numbers import REMEDY, has_card_number
from store.files import read_book

OPENS = time(8)
"""The wall-clock time at which a scenario starts: an hour before the plan's."""


def first_day(now: datetime) -> date:
    """The first date whose opening lies after `now` (UTC) in every time zone: in the easternmost it comes 14 hours early."""
    return (now + timedelta(hours=14) - timedelta(hours=OPENS.hour)).date() + timedelta(days=1)


class Truth(Data):
    """What must be true of one procedure, of the invoice it collects, or of the book. What is left out is not looked at."""

    state: str | None = None
    verdict: Verdict | None = None
    refusals: tuple[str, ...] | None = None
    moved: int | None = None
    conflicts: tuple[str, ...] | None = None
    bound: dict[str, str | None] | None = None
    on_file: tuple[str, ...] | None = None
    deleted: tuple[str, ...] | None = None
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


_OF_PROCEDURES = ("state", "verdict", "refusals", "next", "moved", "conflicts", "bound", "on_file", "deleted", "cases")
OF_INVOICES = frozenset(Truth.model_fields) - set(_OF_PROCEDURES)
"""The truths that only an invoice has."""


class Check(Truth, Named):
    """What must be true at a moment."""

    at: Elapsed


class Scenario(Data):
    """A whole scenario."""

    title: str
    shows: tuple[str, ...] = ()
    book: BookFile
    starts: date | None = None
    collect: tuple[str, ...] = ()
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

    @property
    def _played(self) -> str:
        """What a name of a procedure is the name of."""
        return "collected invoice or started procedure" if self.started else "collected invoice"

    @property
    def started(self) -> tuple[str, ...]:
        """The ids of the procedures that steps start."""
        return tuple(dict.fromkeys(step.start.subject for step in self.steps if step.start is not None))

    def subject(self, name: str | None) -> str:
        """The id of the procedure that a name means: an id, or a collected invoice; the first one when there is no name."""
        if name is None:
            return charge_retry_id(self.collect[0]) if self.collect else self.started[0]
        return name if "/" in name else charge_retry_id(name)

    @model_validator(mode="after")
    def _something_happens(self) -> Self:
        if not self.collect and not self.started:
            message = "nothing happens: collect an invoice, or start a procedure in a step"
            raise ValueError(message)
        return self

    def faults(self) -> Iterator[tuple[Place, str]]:
        """Names that lead nowhere, here and in the book."""
        for place, message in self.book.faults():
            yield ("book", *place), message
        known = self._names()
        for place, what, name in self._named():
            if name is not None and (self.subject(name) if what == self._played else name) not in known[what]:
                yield place, f"{name!r} is no {what} here: write one of {', '.join(sorted(map(shown, known[what]))) or 'none'}"
        for name in (*self.collect, *self.started):
            if name not in self.ends:
                yield ("ends",), f"does not say how {name} ends: add it"
        yield from self._impossible()
        yield from wrong_amounts(self)

    def _impossible(self) -> Iterator[tuple[Place, str]]:
        """Actions that the procedure they go to does not know, and truths that it does not have."""
        for index, step in enumerate(self.steps):
            try:
                _ = step.action(self.subject(step.about)) if step.act is not None else None
            except BadOrder as error:
                yield ("steps", index), f"act: {error}"
            except Refused:  # it has a number, and is refused when it is played
                continue
        yield from self._unheard_of()
        for place, name, truth in self.truths():
            wrong = sorted(truth.model_fields_set & OF_INVOICES) if "/" in self._short(name) else []
            for field in wrong:
                yield (*place, field), "only an invoice that is collected has that: remove it"

    def _unheard_of(self) -> Iterator[tuple[Place, str]]:
        """States, mails and statuses of a subscription that there are none of: nothing would ever be so."""
        for place, name, truth in self.truths():
            declared = declared_of(self.subject(name))
            said: list[tuple[Place, str | None, str, Iterable[str]]] = [
                (("state",), truth.state, "state of that procedure", declared.newest.states if declared else ()),
                (("subscription",), truth.subscription, "status of a subscription", SubscriptionStatus),
            ]
            said += [(("mails", index), mail, "mail", NoticeKind) for index, mail in enumerate(truth.mails or ())]
            for field, word, what, known in said:
                if word is not None and word not in [*known]:
                    yield (*place, *field), f"{word!r} is no {what}: write one of {', '.join(known)}"

    def truths(self) -> Iterator[tuple[Place, str | None, Truth]]:
        """Everything that must be true: where it stands, and the name of what it is about."""
        yield from ((("ends", name), name, truth) for name, truth in self.ends.items())
        yield from ((("checks", index), check.about, check) for index, check in enumerate(self.checks))

    def _short(self, name: str | None) -> str:
        return shown(self.subject(name))

    @property
    def method_ids(self) -> frozenset[str]:
        """The methods that the file names by an id of its own."""
        return frozenset(method.id for method in self._methods())

    def _methods(self) -> Iterator[MethodData]:
        for account in self.book.accounts:
            yield from account.methods
        yield from (step.add_method.method for step in self.steps if step.add_method is not None)

    @property
    def new_methods(self) -> dict[str, dict[str, Any]]:
        """The methods that procedures add on the way, by token: that is how the bank and this file know them."""
        given = [one for step in self.steps for one in (step.act, step.start.model_extra if step.start else None)]
        new = [one["new"] for one in given if isinstance(one, dict) and isinstance(one.get("new"), dict)]
        return {str(one["token"]): one for one in new if "token" in one}

    def _names(self) -> dict[str, set[str]]:
        """What may be named, by what it is."""
        accounts, methods = self.book.accounts, list(self._methods())
        people = {person.id for account in accounts for person in account.people}
        people |= {person.id for person in (*self.book.staff, *self.book.services)} | {"paystates", "provider"}
        return {
            "account": {account.id for account in accounts},
            "invoice": {invoice.id for account in accounts for invoice in account.invoices},
            self._played: {*map(charge_retry_id, self.collect), *self.started},
            "person": people,
            "payment method": {method.id for method in methods},
            "payment method or token": {
                *(name for method in methods for name in (method.id, method.provider_token)),
                *self.new_methods,
            },
            "subscription": {one.id for account in accounts for one in account.subscriptions},
            "billing profile": {one.id for account in accounts for one in account.billing_profiles},
        }

    def _named(self) -> Iterator[tuple[Place, str, str | None]]:
        """Every name: where it stands, and what it should be the name of."""
        yield from ((("collect", index), "invoice", name) for index, name in enumerate(self.collect))
        yield from ((("ends", name), self._played, name) for name in self.ends)
        yield from ((("bank", name), "payment method or token", name) for name in self.bank.root)
        for index, check in enumerate(self.checks):
            yield ("checks", index, "invoice"), self._played, check.invoice
            yield ("checks", index, "on"), self._played, check.on
        for index, step in enumerate(self.steps):
            yield ("steps", index, "by"), "person", step.by
            yield ("steps", index, "invoice"), self._played, step.invoice
            yield ("steps", index, "on"), self._played, step.on
            yield ("steps", index, "cancel_subscription"), "subscription", step.cancel_subscription
            for deed, field, what in NAMED:
                yield ("steps", index, deed, field), what, getattr(getattr(step, deed), field, None)


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
    except UnicodeDecodeError:
        raise DataError(str(path), [Problem(1, "", "this is not UTF-8: save it as UTF-8 text")]) from None
    except OSError:
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


def shown(subject: str) -> str:
    """A procedure as a story names it: what collects an invoice, by the invoice."""
    return subject.removeprefix("charge-retry/")
