"""The script of the scripted bank: what happens to each payment method, confirm by confirm and check by check.

A script maps a method's token to a list of steps. Each confirm on the token takes the next step; the last one repeats.
A step with `set_up` is met by the check of the token before it is put on file, one with `details` by an edit instead; the
steps of each kind are counted by themselves. A token that is not in the script always succeeds. A step is a word (`succeed`,
`gone`, `unexpected`) or a mapping; a mapping that names no outcome succeeds:

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
    pm_new:
      - set_up: {action_required: {completed_after: 1d}}  # the card holder must authenticate; or completed_after: never
      - set_up: {refused: card_declined}                  # the next check that begins
      - details: {security_code: sc_1}                    # an edit is refused with another one; or refused: incorrect_zip
      - details: saved
    pm_indian:
      - set_up: {password: sesame, country: IN}           # a one-time password; and where the bank says it was issued
    pm_hard_to_add:
      - set_up: {fault: reply_lost}                       # checked, and nobody hears of it; or time_out, unavailable

The step language is checked when it is read: `ScriptError` names token, step and field, and says what to write instead.
Codes are not compared with the decline table: a code that nobody knows is a case worth scripting too.
"""

from collections.abc import Hashable
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import ConfigDict, RootModel, ValidationError, model_validator
from pydantic_core import ErrorDetails

from gateways.steps import Check, Fault, Hold, Outcome, Saving, Step, Telling

__all__ = [
    "Fault",
    "Hold",
    "Outcome",
    "Script",
    "ScriptError",
    "Step",
    "Telling",
    "load_script",
    "parse_script",
    "read_script",
]


class ScriptError(ValueError):
    """The script is malformed: one sentence per problem, each with its place and its remedy."""


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
        steps = [step for step in self.root.get(token, ()) if step.is_of_charge] or [Step()]
        return steps[min(taken, len(steps) - 1)]

    def check(self, token: str, taken: int) -> Check:
        """What the next check of `token` meets that begins, after `taken` earlier ones."""
        checks = [step.set_up for step in self.root.get(token, ()) if step.set_up is not None] or [Check()]
        return checks[min(taken, len(checks) - 1)]

    def saving(self, token: str, taken: int) -> Saving:
        """What the next edit of the details of `token` meets, after `taken` earlier ones."""
        savings = [step.details for step in self.root.get(token, ()) if step.details is not None] or [Saving()]
        return savings[min(taken, len(savings) - 1)]


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
    except RecursionError:
        raise ScriptError("the script is nested too deeply: write it with fewer levels") from None
    except yaml.YAMLError as error:
        mark, said = getattr(error, "problem_mark", None), getattr(error, "problem", None) or str(error)
        place = f"line {mark.line + 1}: " if mark else ""
        raise ScriptError(f"{place}the script cannot be read as YAML: {said}; correct it there") from error
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
