"""What every counter of the scripted bank has: its state, the caller's clock, outages, and the log of calls."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Never, TypeVar

from gateways.intents import BankState, Call, Outage
from gateways.port import GatewayUnavailable, Intent, MethodDetails, NoSuchIntent, SetUp
from gateways.script import Script
from gateways.steps import Check, Saving, Step

Told = TypeVar("Told", Intent, SetUp, MethodDetails)


class UnexpectedConfirm(AssertionError):
    """A confirm beyond the script's end (`unexpected`): the caller charges once more than it should."""


OUTCOMES: dict[type[Exception], str] = {
    GatewayUnavailable: "unavailable",
    NoSuchIntent: "no_such_intent",
    UnexpectedConfirm: "unexpected",
    ValueError: "invalid",
}
"""The errors of the bank, and what its log calls them."""


class Reach:
    """A bank that may be out of reach. `save` is given the state after every change and before the reply."""

    def __init__(self, script: Script, now: Callable[[], datetime], state: BankState, save: Callable[[BankState], None]) -> None:
        self._script = script
        self._now = now
        self._state = state
        self._save = save
        self._lock = threading.RLock()

    @contextmanager
    def _changing(self) -> Iterator[datetime]:
        with self._lock:
            try:
                yield self._now()
            finally:
                self._save(self._state)

    def _logged(
        self, method: str, work: Callable[[datetime], Told], *, reference: str | None, intent_id: str | None = None
    ) -> Told:
        """Do the work when the bank can be reached, and log what the caller is told."""
        with self._lock:
            now = self._now()
            try:
                self._reach(now)
                told = work(now)
            except tuple(OUTCOMES) as error:
                word = next(word for kind, word in OUTCOMES.items() if isinstance(error, kind))
                self._state.calls.append(Call(method, now, reference, intent_id, word))
                raise
            else:
                known = told.id if isinstance(told, Intent) else None
                named, word = (told.reference, told.status.value) if isinstance(told, Intent | SetUp) else (reference, "answered")
                self._state.calls.append(Call(method, now, named, known, word))
                return told
            finally:
                self._save(self._state)

    def _outage(self, now: datetime) -> int | None:
        for number, outage in enumerate(self._state.outages):
            if outage.left or (outage.until is not None and outage.since <= now < outage.until):
                return number
        return None

    def _reach(self, now: datetime) -> None:
        number = self._outage(now)
        if number is None:
            return
        outage = self._state.outages[number]
        self._state.outages[number] = replace(outage, left=max(0, outage.left - 1))
        raise GatewayUnavailable("the bank is out of reach, as its script says")

    def _fail(self, step: Step | Check | Saving, now: datetime) -> Never:
        if step.lasts is not None:
            self._state.outages.append(Outage(now, now + step.lasts, left=0))
        elif step.times is not None:
            self._state.outages.append(Outage(now, None, left=step.times - 1))
        raise GatewayUnavailable(f"{step.fault}, as the bank's script says")
