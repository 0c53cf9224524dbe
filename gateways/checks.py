"""The checks of the scripted bank: what became of a token that is to be put on file, as time passes. Reads no clock."""

from dataclasses import dataclass, replace
from datetime import datetime

from gateways.port import MethodDetails, SetUp, SetUpStatus
from gateways.steps import Check

PASSWORDS = 3
"""After as many wrong one-time passwords the bank refuses."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One check under our reference; `clock` is how far it has got, `passed` whether the card holder has answered it by hand.

    `told`: the caller has heard that it was refused.
    """

    reference: str
    token: str
    check: Check
    began: datetime
    clock: datetime
    passed: bool | None = None
    wrong: int = 0
    told: bool = False

    def at(self, now: datetime) -> "Checked":
        """The same at `now`, or where it is already when that is later."""
        return replace(self, clock=max(now, self.clock))

    def authenticated(self, *, ok: bool) -> "Checked":
        """The card holder has authenticated, or has failed to."""
        return replace(self, passed=ok)

    def answered(self) -> "Checked":
        """The caller hears how it stands."""
        return replace(self, told=self.set_up.status is SetUpStatus.REFUSED)

    @property
    def is_spent(self) -> bool:
        """Whether it was refused, and the caller knows: asked once more, the bank begins anew."""
        return self.told

    def given(self, password: str | None) -> "Checked":
        """A one-time password was entered. Only a check that still waits for one changes."""
        if password is None or self.set_up.status is not SetUpStatus.PASSWORD_REQUIRED:
            return self
        return replace(self, passed=True) if password == self.check.password else replace(self, wrong=self.wrong + 1)

    @property
    def set_up(self) -> SetUp:
        """The check in the words of the port."""
        status, reason = self._stands()
        return SetUp(self.reference, self.token, status, reason, self.check.country)

    def _stands(self) -> tuple[SetUpStatus, str | None]:
        if self.check.password is not None:
            return self._password()
        action, verdict = self.check.action_required, self.check.refused
        if action is not None:
            if self.passed is False:
                return SetUpStatus.REFUSED, "authentication_required"
            done = action.completed_after is not None and self.clock >= self.began + action.completed_after
            if not (self.passed or done):
                return SetUpStatus.ACTION_REQUIRED, None
            verdict = action.then.refused
        return (SetUpStatus.READY, None) if verdict is None else (SetUpStatus.REFUSED, verdict)

    def _password(self) -> tuple[SetUpStatus, str | None]:
        if self.passed:
            return SetUpStatus.READY, None
        if self.wrong >= PASSWORDS:
            return SetUpStatus.REFUSED, "too_many_wrong_passwords"
        return SetUpStatus.PASSWORD_REQUIRED, "wrong_password" if self.wrong else None


@dataclass(frozen=True, slots=True)
class Saved:
    """What was answered to an edit under its key."""

    details: MethodDetails
    answer: SetUp
    at: datetime


@dataclass(frozen=True, slots=True)
class Renewed:
    """The issuer renewed a card, and the provider tells of it (G25)."""

    token: str
    at: datetime
