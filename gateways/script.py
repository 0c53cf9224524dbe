"""The script of the scripted bank: what happens to each payment method, confirm by confirm.

A script maps a method's token to a list of steps. Each confirm on the token takes the next step; the last one repeats.
A token that is not in the script always succeeds. A step is a word (`succeed`, `gone`, `unexpected`) or a mapping; a
mapping that names no outcome succeeds:

    pm_card:
      - decline: insufficient_funds                      # a code of the provider, or each code under its source:
      - decline: {network: "51", network_advice: "24"}   # network, network_advice, provider, provider_advice
      - fault: reply_lost                                # it succeeds, and nobody hears of it
      - succeed
      - unexpected                                       # whoever confirms once more has made a mistake
    pm_checked:
      - action_required: {completed_after: 2d, then: succeed}         # or completed_after: never
    pm_bank_debit:
      - late: {after: 4d, expected_after: 3d, then: succeed}          # processing; the bank promised 3 days
        returned_after: {after: 10d, code: R01}                       # counted from the success
    pm_disputed:
      - charged_back_after: 20d
        notifications: duplicate                                      # or reordered, none; in_order when left out
    pm_removed:
      - gone                                                          # the provider no longer has this method
    pm_stormy:
      - {fault: time_out}                                 # nothing is charged, and nobody hears of that either
      - {fault: open_fails}                               # no intent is made; the failed open takes the step
      - {fault: unavailable, for: 2d}                     # nothing charged, and every call to the bank fails for 2 days
      - {decline: lost_card, fault: reply_lost, times: 3} # declined; this reply and the next two calls are lost
      - {slow: 3s}                                        # the reply takes three real seconds
      - {hold: before_charge}                             # the call stands still until `release()`; or after_charge

The step language is checked when it is read: `ScriptError` names token, step and field, and says what to write instead.
Codes are not compared with the decline table: a code that nobody knows is a case worth scripting too.
"""

from collections.abc import Hashable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from domain.durations import Duration
from gateways.port import DeclineCode


class ScriptError(ValueError):
    """The script is malformed: one sentence per problem, each with its place and its remedy."""


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
            words = f"write {_choice(list(cls.words))}, or fields: " if cls.words else "write fields: "
            raise ValueError(f"{data!r} is not a word that may stand here: {words}{_choice(fields)}")
        if isinstance(data, Mapping) and (unknown := [str(key) for key in data if key not in fields]):
            raise ValueError(f"has no field {_choice(unknown)}: write {_choice(fields)}")
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


class Step(Outcome):
    """What one confirm meets; see the module docstring."""

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

    @model_validator(mode="after")
    def _make_sense(self) -> Self:
        problem = _problem(self)
        if problem:
            raise ValueError(problem)
        return self


def _present(step: Step, *fields: str) -> list[str]:
    return [name for name in fields if getattr(step, name) not in {None, False}]


def _problem(step: Step) -> str | None:
    outcomes = _present(step, "decline", "action_required", "late", "gone", "unexpected")
    reversals = _present(step, "returned_after", "charged_back_after")
    ending: Outcome = (step.action_required and step.action_required.then) or (step.late and step.late.then) or step
    fails = ending.decline is not None or step.gone or step.unexpected
    if len(outcomes) > 1:
        return f"has {len(outcomes)} outcomes, {_choice(outcomes, 'and')}: keep one of them"
    if len(reversals) > 1:
        return "is both returned and charged back: keep one of them"
    if reversals and fails:
        return f"has {reversals[0]} but never succeeds: drop it, or let the charge succeed"
    if step.fault not in {None, Fault.REPLY_LOST} and (told := [*outcomes, *reversals]):
        return f"has fault {step.fault}, which charges nothing, and {told[0]}: drop one (reply_lost takes an outcome)"
    if step.fault is Fault.UNAVAILABLE and step.lasts is None and step.times is None:
        return "has fault unavailable without an end: add for: 2d, or times: 3"
    if step.lasts is not None and step.times is not None:
        return "has both for and times: keep one of them"
    if step.fault in {None, Fault.TIME_OUT} and (step.lasts is not None or step.times is not None):
        return "has for or times without an outage: add fault: unavailable, reply_lost or open_fails"
    return None


class Script(RootModel[dict[str, tuple[Step, ...]]]):
    """Token to steps. Made with `parse_script`, `load_script`, or `read_script` from plain data."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="after")
    def _end_where_it_ends(self) -> Self:
        for token, steps in self.root.items():
            if not steps:
                raise ValueError(f"{token}: has no step: add one, or leave the token out (it then succeeds)")
            for number, step in enumerate(steps[:-1], start=1):
                if step.gone or step.unexpected:
                    word = "gone" if step.gone else "unexpected"
                    raise ValueError(f"{token}, step {number}: nothing can follow {word}: make it the last step")
        return self

    def step(self, token: str, taken: int) -> Step:
        """The step that the next confirm on `token` meets, after `taken` earlier ones."""
        steps = self.root.get(token, (Step(),))
        return steps[min(taken, len(steps) - 1)]


class _Loader(yaml.SafeLoader):
    """YAML as it is, but a key that is written twice is an error: otherwise the first one would be lost silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise yaml.MarkedYAMLError(problem=f"{twice[0]} is written twice: keep one", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)


def read_script(data: object) -> Script:
    """The script in plain data, as YAML or JSON gives it (None is an empty one). Raises `ScriptError`."""
    try:
        return Script.model_validate({} if data is None else data)
    except ValidationError as error:
        raise ScriptError("\n".join(_sentence(problem) for problem in error.errors())) from error


def parse_script(text: str) -> Script:
    """The script in a YAML text. Raises `ScriptError`."""
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, which also refuses to lose anything
    except yaml.YAMLError as error:
        raise ScriptError(f"the script cannot be read as YAML: {error}") from error
    return read_script(data)


def load_script(path: Path) -> Script:
    """The script in a YAML file. Raises `ScriptError`, and `OSError` when the file cannot be read."""
    return parse_script(path.read_text(encoding="utf-8"))


_REMEDIES = {
    "missing": "is missing: add it",
    "string_type": 'is not text: put it in quotes, such as "51"',
    "tuple_type": "is not a list of steps: write a dash before each step",
    "int_type": "is not a number: write it in digits",
    "int_parsing": "is not a number: write it in digits",
    "greater_than_equal": "is less than one: write 1 or more",
    "dict_type": "a script maps each token to a list of steps: write the token, a colon, and its steps below",
    "model_type": "is neither a word nor fields: write for example succeed, or decline: insufficient_funds",
}


def _sentence(problem: ErrorDetails) -> str:
    place = [str(part) for part in problem["loc"]]
    if len(place) > 1 and place[1].isdigit():
        place[1] = f"step {int(place[1]) + 1}"
    context = problem.get("ctx", {})
    if problem["type"] == "value_error":
        remedy = str(context["error"])
    elif problem["type"] == "enum":
        remedy = f"is {problem['input']!r}: write {context['expected']}"
    else:
        remedy = _REMEDIES.get(problem["type"], problem["msg"])
    where = ", ".join([*place[:2], ".".join(place[2:])]).rstrip(", ")
    return f"{where}: {remedy}" if where else remedy


def _choice(words: list[str], conjunction: str = "or") -> str:
    return f" {conjunction} ".join(filter(None, (", ".join(words[:-1]), words[-1])))
