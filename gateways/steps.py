"""The steps of the scripted bank's script: what one confirm, one check of a new method, or one saving of details meets.

The language is described in `gateways.script`. Every part is strict about its fields, and says what to write instead.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from domain.durations import Duration
from gateways.port import DeclineCode

PASSWORD = "123456"  # noqa: S105 - made up, and known to everybody
"""The one-time password of a card whose script names none."""


class Fault(StrEnum):
    """What goes wrong between us and the bank, apart from what the bank decides."""

    REPLY_LOST = "reply_lost"
    TIME_OUT = "time_out"
    UNAVAILABLE = "unavailable"
    OPEN_FAILS = "open_fails"


class Hold(StrEnum):
    """Where a confirm stands still until it is released, so that a test can kill the caller in that very moment."""

    BEFORE_CHARGE = "before_charge"
    AFTER_CHARGE = "after_charge"


class Telling(StrEnum):
    """How the bank's notifications about a charge arrive."""

    IN_ORDER = "in_order"
    DUPLICATE = "duplicate"
    REORDERED = "reordered"
    NONE = "none"


class _Part(BaseModel):
    """A part of a script: frozen, and strict about its fields. `words` are its short forms."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)
    words: ClassVar[Mapping[str, Mapping[str, object]]] = {}

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: object) -> object:
        fields = [field.alias or name for name, field in cls.model_fields.items()]
        if isinstance(data, str):
            if data in cls.words:
                return cls.words[data]
            words = f"write {choice(list(cls.words))}, or fields: " if cls.words else "write fields: "
            raise ValueError(f"{data!r} is not a word that may stand here: {words}{choice(fields)}")
        if isinstance(data, Mapping) and (unknown := [str(key) for key in data if key not in fields]):
            raise ValueError(f"has no field {choice(unknown)}: write {choice(fields)}")
        return data


class Codes(_Part):
    """Why a charge is declined, each code under its own source."""

    network: str | None = None
    network_advice: str | None = None
    provider: str | None = None
    provider_advice: str | None = None

    @model_validator(mode="after")
    def _say_something(self) -> Self:
        if not any((self.network, self.network_advice, self.provider, self.provider_advice)):
            raise ValueError("says no code: write at least one of network, network_advice, provider, provider_advice")
        return self

    @property
    def code(self) -> DeclineCode:
        """The same in the words of the port."""
        return DeclineCode(self.network_advice, self.provider_advice, self.network, self.provider)


class Outcome(_Part):
    """How a charge ends: it succeeds, or it is declined with a code."""

    words: ClassVar[Mapping[str, Mapping[str, object]]] = {"succeed": {}}
    decline: Codes | None = None

    @field_validator("decline", mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        return {"provider": value} if isinstance(value, str) else value


class ActionRequired(_Part):
    """The customer must authenticate, and does so after a while or never (None)."""

    completed_after: Duration | None
    then: Outcome = Outcome()

    @field_validator("completed_after", mode="before")
    @classmethod
    def _never(cls, value: object) -> object:
        return None if value == "never" else value


class Late(_Part):
    """A bank debit: processing first, its result after a while. `expected_after` is when the bank promises it."""

    after: Duration
    expected_after: Duration | None = None
    then: Outcome = Outcome()


class Returned(_Part):
    """A bank debit returned after its success, with the network's return code."""

    after: Duration
    code: str


class Verdict(_Part):
    """How a check ends: well, or refused with a code of the provider."""

    words: ClassVar[Mapping[str, Mapping[str, object]]] = {"ready": {}}
    refused: str | None = None


class Authentication(_Part):
    """The card holder must authenticate before the card is put on file, and does so after a while or never (None)."""

    completed_after: Duration | None
    then: Verdict = Verdict()

    @field_validator("completed_after", mode="before")
    @classmethod
    def _never(cls, value: object) -> object:
        return None if value == "never" else value


class _Faulty(Verdict):
    """A call that may also fail on the way."""

    fault: Fault | None = None
    lasts: Duration | None = Field(default=None, alias="for")
    times: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _make_sense(self) -> Self:
        if problem := _problem_of_check(self):
            raise ValueError(problem)
        return self


class Saving(_Faulty):
    """What the saving of edited details meets. `security_code` is the one that is right; left out, any is, and none too."""

    words: ClassVar[Mapping[str, Mapping[str, object]]] = {"saved": {}}
    security_code: str | None = None


class Check(_Faulty):
    """What the check of a token meets that is to be put on file. `password` is the one-time password that is right.

    `country` is where the bank says the method was issued.
    """

    words: ClassVar[Mapping[str, Mapping[str, object]]] = {"ready": {}}
    action_required: Authentication | None = None
    password: str | None = None
    country: str | None = None

    def with_password(self) -> Self:
        """The same, but where it would be ready at once, `PASSWORD` is asked for."""
        settled = self.password or self.refused or self.action_required
        return self if settled else self.model_copy(update={"password": PASSWORD})


class Step(Outcome):
    """What one confirm meets; see `gateways.script`. With `set_up` or `details` it is met by a check instead."""

    words: ClassVar[Mapping[str, Mapping[str, object]]] = {
        "succeed": {},
        "gone": {"gone": True},
        "unexpected": {"unexpected": True},
    }
    action_required: ActionRequired | None = None
    late: Late | None = None
    gone: bool = False
    unexpected: bool = False
    returned_after: Returned | None = None
    charged_back_after: Duration | None = None
    fault: Fault | None = None
    lasts: Duration | None = Field(default=None, alias="for")
    times: int | None = Field(default=None, ge=1)
    slow: Duration | None = None
    hold: Hold | None = None
    notifications: Telling = Telling.IN_ORDER
    set_up: Check | None = None
    details: Saving | None = None

    @property
    def is_of_charge(self) -> bool:
        """Whether a confirm meets it."""
        return self.set_up is None and self.details is None

    @model_validator(mode="after")
    def _make_sense(self) -> Self:
        problem = _problem(self)
        if problem:
            raise ValueError(problem)
        return self


def _present(step: _Part, *fields: str) -> list[str]:
    return [name for name in fields if getattr(step, name) not in {None, False}]


def _problem(step: Step) -> str | None:
    fields = type(step).model_fields
    given = [one.alias or name for name, one in sorted(fields.items()) if getattr(step, name) != one.default]
    if not step.is_of_charge and len(given) > 1:
        return f"has {choice(given, 'and')}: a check is a step of its own, so write one step for each"
    outcomes = _present(step, "decline", "action_required", "late", "gone", "unexpected")
    reversals = _present(step, "returned_after", "charged_back_after")
    ending: Outcome = (step.action_required and step.action_required.then) or (step.late and step.late.then) or step
    fails = ending.decline is not None or step.gone or step.unexpected
    if len(outcomes) > 1:
        return f"has {len(outcomes)} outcomes, {choice(outcomes, 'and')}: keep one of them"
    if len(reversals) > 1:
        return "is both returned and charged back: keep one of them"
    if reversals and fails:
        return f"has {reversals[0]} but never succeeds: drop it, or let the charge succeed"
    if step.fault not in {None, Fault.REPLY_LOST} and (told := [*outcomes, *reversals]):
        return f"has fault {step.fault}, which charges nothing, and {told[0]}: drop one (reply_lost takes an outcome)"
    return _problem_of_outage(step)


def _problem_of_check(check: _Faulty) -> str | None:
    outcomes = _present(check, *(name for name in ("refused", "action_required", "password") if hasattr(check, name)))
    if len(outcomes) > 1:
        return f"has {len(outcomes)} outcomes, {choice(outcomes, 'and')}: keep one of them"
    if check.fault is Fault.OPEN_FAILS:
        return "has fault open_fails, which only a charge can have: write reply_lost, time_out or unavailable"
    if check.fault not in {None, Fault.REPLY_LOST} and outcomes:
        return f"has fault {check.fault}, which comes to nothing, and {outcomes[0]}: drop one (reply_lost takes an outcome)"
    return _problem_of_outage(check)


def _problem_of_outage(step: Step | _Faulty) -> str | None:
    if step.fault is Fault.UNAVAILABLE and step.lasts is None and step.times is None:
        return "has fault unavailable without an end: add for: 2d, or times: 3"
    if step.lasts is not None and step.times is not None:
        return "has both for and times: keep one of them"
    if step.fault in {None, Fault.TIME_OUT} and (step.lasts is not None or step.times is not None):
        return "has for or times without an outage: add fault: unavailable, reply_lost or open_fails"
    return None


def choice(words: list[str], conjunction: str = "or") -> str:
    """The words as a sentence offers them: `a, b or c`."""
    return f" {conjunction} ".join(filter(None, (", ".join(words[:-1]), words[-1])))
