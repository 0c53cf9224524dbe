"""The counter of the scripted bank for methods themselves: checks before they are put on file, edits, renewals, removals."""

from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta

from gateways.checks import Checked, Renewed, Saved
from gateways.port import MethodDetails, Notification, SetUp, SetUpStatus
from gateways.reach import Reach
from gateways.script import Fault

KEYS_HOLD = timedelta(hours=24)
GONE = "payment_method_gone"


@dataclass(frozen=True, slots=True)
class Edit:
    """What is asked of `update_details`."""

    token: str
    details: MethodDetails
    security_code: str | None
    key: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of `set_up`."""

    token: str
    reference: str
    password: str | None
    ask_password: bool


class MethodDesk(Reach):
    """What a `gateways.port.Gateway` does with a method beside charging it, as the script says."""

    def set_up(self, token: str, reference: str, *, password: str | None = None, ask_password: bool = False) -> SetUp:
        """Check a token, as its next `set_up` step says; under a known reference the check goes on. It moves no money.

        With `ask_password` the bank asks for 123456 where the step would make it ready at once. Raises `ValueError` when the
        reference was used for another token, and `GatewayUnavailable`.
        """
        question = Question(token, reference, password, ask_password)
        return self._logged("set_up", lambda now: self._check(question, now), reference=reference)

    def update_details(self, token: str, details: MethodDetails, security_code: str | None, key: str) -> SetUp:
        """Save details, as the token's next `details` step says; within 24 hours the same key saves once.

        Raises `ValueError` when the key was used for other details, and `GatewayUnavailable`.
        """
        return self._logged(
            "update_details", lambda now: self._save_details(Edit(token, details, security_code, key), now), reference=key
        )

    def read_details(self, token: str) -> MethodDetails:
        """The details that were saved here or renewed by the issuer. Raises `GatewayUnavailable`."""
        return self._logged("read_details", lambda _: self._state.details.get(token, MethodDetails()), reference=None)

    def renew_method(self, token: str, *, expires: date | None = None, last4: str | None = None) -> None:
        """The issuer renews the card (G25): `method.updated` is announced, and the new details can be read."""
        with self._changing() as now:
            self._merge(token, MethodDetails(expires=expires, last4=last4))
            self._state.renewed.append(Renewed(token, now))

    def remove_method(self, token: str) -> None:
        """The method disappears at the bank: `method.gone` is announced, and every later confirm is declined."""
        with self._changing() as now:
            self._state.removed.setdefault(token, now)

    def _told_of_methods(self) -> list[Notification]:
        gone = [Notification(f"{token}.gone", "method.gone", at, token=token) for token, at in self._state.removed.items()]
        renewed = [
            Notification(f"{one.token}.updated.{number}", "method.updated", one.at, token=one.token)
            for number, one in enumerate(self._state.renewed)
        ]
        return gone + renewed

    def _waits_for_holder(self, reference_or_token: str, now: datetime) -> Checked | None:
        """The newest check under that reference or token that the card holder must authenticate."""
        for known in reversed(self._state.checks.values()):
            checked = known.at(now)
            named = reference_or_token in {checked.reference, checked.token}
            if named and checked.set_up.status is SetUpStatus.ACTION_REQUIRED:
                return checked
        return None

    def _put_check(self, checked: Checked) -> SetUp:
        self._state.checks[checked.reference] = checked
        return checked.set_up

    def _check(self, asked: Question, now: datetime) -> SetUp:
        token, reference = asked.token, asked.reference
        known = self._state.checks.get(reference)
        if known is not None and known.token != token:
            raise ValueError(f"the reference {reference} was used for another token: take a new reference")
        if token in self._state.removed:
            return SetUp(reference, token, SetUpStatus.REFUSED, GONE)
        if known is not None and not known.is_spent:
            return self._put_check(known.at(now).given(asked.password).answered())
        check = self._script.check(token, self._count(f"set_up {token}"))
        if check.fault in {Fault.TIME_OUT, Fault.UNAVAILABLE}:
            self._fail(check, now)
        begun = Checked(reference, token, check.with_password() if asked.ask_password else check, now, now)
        if check.fault is Fault.REPLY_LOST:
            self._put_check(begun)
            self._fail(check, now)
        return self._put_check(begun.answered())

    def _save_details(self, edit: Edit, now: datetime) -> SetUp:
        kept = self._state.savings.get(edit.key)
        if kept is not None and now - kept.at < KEYS_HOLD:
            if kept.details != edit.details:
                raise ValueError(f"the idempotency key {edit.key} was used for other details: take a new key")
            return kept.answer
        saving = self._script.saving(edit.token, self._count(f"details {edit.token}"))
        if saving.fault in {Fault.TIME_OUT, Fault.UNAVAILABLE}:
            self._fail(saving, now)
        wrong_code = saving.security_code not in {None, edit.security_code}
        refused = saving.refused or ("incorrect_cvc" if wrong_code else None)
        if edit.token in self._state.removed:
            refused = GONE
        if refused is None:
            self._merge(edit.token, edit.details)
        status = SetUpStatus.READY if refused is None else SetUpStatus.REFUSED
        answer = SetUp(edit.key, edit.token, status, refused)
        self._state.savings[edit.key] = Saved(edit.details, answer, now)
        if saving.fault is Fault.REPLY_LOST:
            self._fail(saving, now)
        return answer

    def _merge(self, token: str, details: MethodDetails) -> None:
        known = self._state.details.get(token, MethodDetails())
        told = {one.name: value for one in fields(details) if (value := getattr(details, one.name)) is not None}
        self._state.details[token] = replace(known, **told)

    def _count(self, counted: str) -> int:
        taken = self._state.steps_taken.get(counted, 0)
        self._state.steps_taken[counted] = taken + 1
        return taken
