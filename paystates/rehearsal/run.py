"""Plays a staged scenario on a driver: moves time from event to event, does what the file says, and checks what must be true."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from activities.desk import Wake
from paystates.engine import Action
from paystates.orders import Refused
from paystates.rehearsal.drivers import Driver, Ordering
from paystates.rehearsal.drivers import codes as codes_of
from paystates.rehearsal.scenario import Check, Staged, Truth, shown
from paystates.rehearsal.stage import Stage
from paystates.rehearsal.steps import Step
from paystates.rehearsal.trace import Trace, trace
from paystates.rehearsal.truths import compare


@dataclass
class Report:
    """How a scenario went: what was not as the file says (nothing: it went as told), and what happened."""

    staged: Staged
    failures: list[str] = field(default_factory=list)
    trace: Trace = field(default_factory=Trace)
    refused: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """The codes that steps were refused with, by their place in the file."""

    @property
    def passed(self) -> bool:
        """Whether everything was as the file says."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class Straight:
    """Orders that go straight to the driver, and into the stage's book."""

    stage: Stage
    driver: Driver

    async def start(self, procedure: str, data: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
        """The driver does it."""
        return await self.driver.start(procedure, data, now)

    async def act(self, subject: str, action: Action, actor: str, now: datetime) -> tuple[str, ...] | None:
        """The driver does it."""
        return await self.driver.act(subject, action, actor, now)

    async def do(self, step: Step, now: datetime) -> tuple[Sequence[Wake], tuple[str, ...]]:
        """The stage does it."""
        return self.stage.do(step, now)


class Rehearsal:
    """One scenario on one driver."""

    def __init__(self, stage: Stage, driver: Driver, ordering: Ordering | None = None) -> None:
        """`stage` holds what the driver's procedures work on; orders go straight to them, unless by another `ordering`."""
        self._stage = stage
        self._staged = stage.staged
        self._driver = driver
        self._ordering = ordering or Straight(stage, driver)
        self._now = self._staged.start
        self._report = Report(self._staged)

    async def run(self) -> Report:
        """Play it to its end."""
        scenario = self._staged.scenario
        for invoice in scenario.collect:
            await self._ordering.start("charge-retry", {"invoice": invoice}, self._staged.start)
        items: list[tuple[timedelta, int, int, Step | Check]] = [(one.at, 0, n, one) for n, one in enumerate(scenario.steps)]
        items += [(one.at, 1, n, one) for n, one in enumerate(scenario.checks)]
        for at, _, place, item in sorted(items, key=lambda entry: entry[:3]):
            await self._go_to(self._staged.instant(at))
            if isinstance(item, Step):
                self._report.refused[place] = await self._do(item)
            else:
                await self._check(scenario.subject(item.about), item, f"at {self._staged.elapsed(self._now)}")
        await self._go_on(self._staged.instant(scenario.lasts))
        for name, truth in scenario.ends.items():
            await self._check(scenario.subject(name), truth, "at the end")
        self._report.trace = trace(self._stage, self._driver.subjects)
        return self._report

    async def _go_to(self, to: datetime) -> None:
        while (stop := await self._next(to)) is not None:
            await self._stop_at(stop)
        await self._stop_at(to)

    async def _go_on(self, limit: datetime) -> None:
        """Until nothing is left to happen."""
        while (stop := await self._next(limit)) is not None:
            await self._stop_at(stop)
        while (due := self._stage.relay.next_due(self._now)) is not None and due <= limit:
            self._now = max(self._now, due)
            self._stage.relay_mails(self._now)
            if self._stage.mailbox.refuses:
                break

    async def _next(self, limit: datetime) -> datetime | None:
        """The next instant at which something happens by itself, None when that is after `limit` or never."""
        places = [await self._driver.where(subject) for subject in self._driver.subjects]
        instants = [where.due for where in places if where is not None and not where.over and where.due is not None]
        told = self._stage.bank.next_notification_at()
        instants += [told] if told is not None else []
        stop = min(instants, default=None)
        return stop if stop is not None and stop <= limit else None

    async def _stop_at(self, instant: datetime) -> None:
        self._now = max(self._now, instant)
        await self._driver.advance(self._now)
        await self._wake(self._stage.hear_bank(self._now), "provider")
        self._stage.relay_mails(self._now)

    async def _wake(self, wakes: Sequence[Wake], actor: str) -> None:
        for wake in wakes:
            subject = wake.to
            where = await self._driver.where(subject)
            if where is not None and not where.over:
                await self._driver.act(subject, wake.action, actor, self._now)
            elif wake.starts is not None:
                await self._driver.start(wake.procedure, wake.starts, self._now)

    async def _do(self, step: Step) -> tuple[str, ...]:
        """Do it, and compare: the codes it was refused with."""
        if step.worker is not None:
            await self._driver.restart_worker()
            return ()
        if step.start is not None:
            data = step.start.data(step.by)
            data |= {"chosen": self._stage.method_id(data["chosen"])} if "chosen" in data else {}
            codes = await self._ordering.start(step.start.procedure, data, self._now)
        elif step.act is not None:
            codes = await self._act(step)
        else:
            wakes, codes = await self._ordering.do(step, self._now)
            await self._wake(wakes, "paystates")
            await self._wake(self._stage.hear_bank(self._now), "provider")
        expected = step.refused or ()
        if sorted(codes) != sorted(expected):
            what = f"{self._staged.elapsed(self._now)} {step.by} {step.deed}"
            self._fail(f"{what}: expected {_said(expected)}, got {_said(codes)}")
        return codes

    async def _act(self, step: Step) -> tuple[str, ...]:
        subject = self._staged.scenario.subject(step.about)
        try:
            action = step.action(subject)
        except Refused as error:
            return codes_of(error)
        chosen = getattr(action, "method", None)
        if chosen is not None:
            action = action.model_copy(update={"method": self._stage.method_id(chosen)})
        codes = await self._ordering.act(subject, action, step.by, self._now)
        return ("NOT_RUNNING",) if codes is None else codes

    def _fail(self, sentence: str) -> None:
        self._report.failures.append(sentence)

    async def _check(self, subject: str, truth: Truth, when: str) -> None:
        where = await self._driver.where(subject)
        for name, should, is_so in compare(self._stage, subject, where, truth):
            self._fail(f"{shown(subject)} {when}: {name} should be {_shown(should)}, is {_shown(is_so)}")


def _said(codes: tuple[str, ...]) -> str:
    return f"refused with {', '.join(codes)}" if codes else "taken"


def _shown(value: object) -> str:
    if isinstance(value, tuple | list):
        return "[" + ", ".join(str(one) for one in value) + "]"
    return str(value)
