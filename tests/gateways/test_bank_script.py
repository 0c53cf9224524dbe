"""The language of the bank's script: what it reads, and how it says what is wrong and what to write instead."""

import re
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest

import gateways.script
from gateways.port import DeclineCode
from gateways.script import Fault, ScriptError, Step, load_script, parse_script, read_script


def test_the_example_in_the_documentation_is_a_script() -> None:
    example = textwrap.dedent("\n".join(re.findall(r"^    .*$", gateways.script.__doc__ or "", re.MULTILINE)))
    steps = parse_script(example).root

    assert len(steps) == 9
    assert len(steps["pm_stormy"]) == 6
    assert steps["pm_card"][-1].unexpected


def test_a_short_decline_is_a_code_of_the_provider() -> None:
    step = parse_script("pm_card: [{decline: insufficient_funds}]").step("pm_card", 0)

    assert step.decline is not None
    assert step.decline.code == DeclineCode(provider="insufficient_funds")


def test_a_token_that_is_not_in_the_script_succeeds() -> None:
    assert parse_script("").step("pm_of_nobody", 3) == Step()


def test_a_script_may_be_plain_data() -> None:
    script = read_script({"pm_card": [{"fault": "unavailable", "for": "1d 2h"}]})

    assert script.step("pm_card", 0).lasts == timedelta(days=1, hours=2)
    assert script.step("pm_card", 7).fault is Fault.UNAVAILABLE


def test_a_script_is_written_back_as_it_was_read() -> None:
    script = read_script(
        {
            "pm_card": ["succeed", {"fault": "unavailable", "for": "2d"}, "gone"],
            "pm_new": [{"set_up": {"fault": "unavailable", "for": "1d"}}, {"details": {"refused": "incorrect_cvc"}}],
            "pm_checked": [{"action_required": {"completed_after": "never", "then": {"decline": "lost_card"}}}],
        }
    )

    assert read_script(script.model_dump()) == script
    assert type(script).model_validate_json(script.model_dump_json()) == script


def test_the_steps_of_each_kind_are_counted_by_themselves() -> None:
    """A confirm never meets the step of a check, whatever the order in which they are written."""
    script = parse_script(
        "pm: [{set_up: {refused: expired}}, {decline: lost_card}, {set_up: ready}, {details: {refused: late}}, succeed]"
    )

    assert [script.step("pm", taken).decline is not None for taken in range(3)] == [True, False, False]
    assert [script.check("pm", taken).refused for taken in range(3)] == ["expired", None, None]
    assert [script.saving("pm", taken).refused for taken in range(2)] == ["late", "late"]


STEP_FIELDS = (
    "decline, action_required, late, gone, unexpected, returned_after, charged_back_after, fault, for, times, slow, "
    "hold, notifications, set_up or details"
)
MALFORMED_SCRIPTS = [
    (
        "- succeed",
        "a script maps each token to a list of steps: write the token, a colon, and its steps below",
    ),
    ("pm_card: succeed", "pm_card: is not a list of steps: write a dash before each step"),
    ("pm_card: []", "pm_card: has no step: add one, or leave the token out (it then succeeds)"),
    ("51: [succeed]", '51, [key]: is not text: put it in quotes, such as "51"'),
    ("pm_card: [gone, succeed]", "pm_card, step 1: nothing can follow gone: make it the last step"),
]
MALFORMED_STEPS = [
    ("51", ": is neither a word nor fields: write for example succeed, or decline: insufficient_funds"),
    (
        "suceed",
        f": 'suceed' is not a word that may stand here: write succeed, gone or unexpected, or fields: {STEP_FIELDS}",
    ),
    ("{declined: lost_card}", ": has no field declined: write " + STEP_FIELDS),
    ("{decline: {network: 51}}", ', decline.network: is not text: put it in quotes, such as "51"'),
    (
        "{decline: {}}",
        ", decline: says no code: write at least one of network, network_advice, provider, provider_advice",
    ),
    (
        "{late: {after: 4 days}}",
        ", late.after: '4 days' is not a duration: write whole numbers with w, d, h, m or s, such as 4d, 30s or 1d 2h",
    ),
    ("{late: {after: 4}}", ", late.after: 4 has no unit: write a duration such as 4d, 30s or 1d 2h"),
    ("{late: {then: succeed}}", ", late.after: is missing: add it"),
    (
        "{late: {after: 4d, then: gone}}",
        ", late.then: 'gone' is not a word that may stand here: write succeed, or fields: decline",
    ),
    (
        "{fault: reply_los}",
        ", fault: is 'reply_los': write 'reply_lost', 'time_out', 'unavailable' or 'open_fails'",
    ),
    ("{fault: unavailable}", ": has fault unavailable without an end: add for: 2d, or times: 3"),
    ("{fault: unavailable, for: 2d, times: 3}", ": has both for and times: keep one of them"),
    ("{fault: unavailable, times: 0}", ", times: is less than one: write 1 or more"),
    ("{fault: unavailable, times: often}", ", times: is not a number: write it in digits"),
    (
        "{fault: time_out, for: 2d}",
        ": has for or times without an outage: add fault: unavailable, reply_lost or open_fails",
    ),
    (
        "{fault: time_out, decline: lost_card}",
        ": has fault time_out, which charges nothing, and decline: drop one (reply_lost takes an outcome)",
    ),
    ("{decline: lost_card, late: {after: 4d}}", ": has 2 outcomes, decline and late: keep one of them"),
    (
        "{decline: lost_card, charged_back_after: 20d}",
        ": has charged_back_after but never succeeds: drop it, or let the charge succeed",
    ),
    (
        "{charged_back_after: 2d, returned_after: {after: 1d, code: R01}}",
        ": is both returned and charged back: keep one of them",
    ),
    ("{set_up: ready, decline: lost_card}", ": has decline and set_up: a check is a step of its own, so write one step for each"),
    (
        "{set_up: saved}",
        (
            ", set_up: 'saved' is not a word that may stand here: write ready, or fields: refused, fault, for, times, "
            "action_required, password or country"
        ),
    ),
    (
        "{details: ready}",
        (
            ", details: 'ready' is not a word that may stand here: write saved, or fields: refused, fault, for, times "
            "or security_code"
        ),
    ),
    ("{set_up: {refused: x, password: y}}", ", set_up: has 2 outcomes, refused and password: keep one of them"),
    (
        "{set_up: {action_required: {completed_after: soon}}}",
        (
            ", set_up.action_required.completed_after: 'soon' is not a duration: write whole numbers with w, d, h, m or s, "
            "such as 4d, 30s or 1d 2h"
        ),
    ),
    (
        "{set_up: {fault: open_fails}}",
        ", set_up: has fault open_fails, which only a charge can have: write reply_lost, time_out or unavailable",
    ),
    (
        "{set_up: {fault: time_out, password: y}}",
        ", set_up: has fault time_out, which comes to nothing, and password: drop one (reply_lost takes an outcome)",
    ),
    ("{set_up: {fault: unavailable}}", ", set_up: has fault unavailable without an end: add for: 2d, or times: 3"),
    ("{details: {times: 2}}", ", details: has for or times without an outage: add fault: unavailable, reply_lost or open_fails"),
    ("{details: {password: y}}", ", details: has no field password: write refused, fault, for, times or security_code"),
]


@pytest.mark.parametrize(("text", "sentence"), MALFORMED_SCRIPTS)
def test_a_malformed_script_is_refused_with_place_and_remedy(text: str, sentence: str) -> None:
    with pytest.raises(ScriptError) as caught:
        parse_script(text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(("step", "sentence"), MALFORMED_STEPS)
def test_a_malformed_step_is_refused_with_place_and_remedy(step: str, sentence: str) -> None:
    with pytest.raises(ScriptError) as caught:
        parse_script(f"pm_card: [succeed, {step}]")
    assert str(caught.value) == f"pm_card, step 2{sentence}"


def test_every_problem_of_a_script_is_told_at_once() -> None:
    with pytest.raises(ScriptError) as caught:
        parse_script("{pm_a: [suceed], pm_b: [succeed, {slow: 3}]}")
    assert [line.split(": ")[0] for line in str(caught.value).splitlines()] == ["pm_a, step 1", "pm_b, step 2, slow"]


def test_a_file_that_is_not_yaml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "script.yaml").write_text("pm_card: [succeed")

    with pytest.raises(ScriptError, match="the script cannot be read as YAML"):
        load_script(tmp_path / "script.yaml")


def test_a_key_that_is_written_twice_is_refused() -> None:
    with pytest.raises(ScriptError, match="pm_card is written twice: keep one"):
        parse_script("pm_card: [succeed]\npm_card: [gone]")
