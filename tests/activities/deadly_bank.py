"""The scripted bank for walks: some calls kill the worker, and nothing may be sent twice."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from gateways.port import Charge, Intent
from gateways.scripted import ScriptedBank

T = TypeVar("T")


class Killed(Exception):
    """The worker is killed in this very moment."""


class DeadlyBank:
    """Which calls kill, by their number: just before (False) or just after (True) the bank has dealt with them.

    What is broken is kept in `broken`: an exception would only look like a worker that was killed.
    """

    def __init__(self, bank: ScriptedBank, kills: Mapping[int, bool]) -> None:
        self._bank = bank
        self._kills = kills
        self._calls = 0
        self._confirmed: set[str] = set()
        self.broken: list[str] = []

    def open_intent(self, charge: Charge, key: str) -> Intent:
        """Moves no money."""
        return self._call(lambda: self._bank.open_intent(charge, key))

    def confirm(self, intent_id: str, key: str) -> Intent:
        """Law 3: nothing is ever sent a second time."""
        if key in self._confirmed:
            self.broken.append(f"{key} was sent twice (law 3)")
        self._confirmed.add(key)
        return self._call(lambda: self._bank.confirm(intent_id, key))

    def read(self, intent_id: str) -> Intent:
        """As it stands."""
        return self._call(lambda: self._bank.read(intent_id))

    def find(self, reference: str) -> Intent:
        """As it stands."""
        return self._call(lambda: self._bank.find(reference))

    def cancel(self, intent_id: str) -> Intent:
        """Fenced off."""
        return self._call(lambda: self._bank.cancel(intent_id))

    def _call(self, work: Callable[[], T]) -> T:
        self._calls += 1
        when = self._kills.get(self._calls)
        if when is False:
            raise Killed
        done = work()
        if when is True:
            raise Killed
        return done
