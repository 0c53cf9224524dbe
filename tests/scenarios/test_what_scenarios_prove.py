"""Every decision, every row of the troubleshooting table and every way through a procedure has a scenario file that shows it.

What a file shows of the first two, it says in `shows`. How a procedure got its method is read from the steps, and how it ended
from `ends`: the other tests play each file, in memory and on a server, and compare what happens with both.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from paystates.engine import End, Verdict
from paystates.rehearsal.scenario import Scenario, read_scenario
from states.procedures import DECLARED

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "examples" / "scenarios").glob("*.yaml"), *(Path(__file__).parent / "files").glob("*.yaml")])
SCENARIOS = {file.stem: read_scenario(file, date(2026, 11, 2)).scenario for file in FILES}
ON_BOTH = {name: one for name, one in SCENARIOS.items() if set(one.drivers) == {"memory", "temporal"}}

NUMBERS = re.findall(r"^\| ([GCTU]\d+[a-c]?) \|", (ROOT / "docs" / "sources.md").read_text(encoding="utf-8"), re.MULTILINE)
DECISIONS = [f"C{number}" for number in range(1, 12)]
ROWS = [f"T{number}" for number in range(1, 6)]
NOT_OURS = {"T1": "it is about the cookies of a browser"}

WAYS = {"chosen": "existing", "new": "new"}
"""What a starter may set of the method a procedure takes, and which way that is; the same may be done step by step."""
BY_STEP = {"choose": "existing", "add_new": "new"}
EVERY_WAY = [(one.name, WAYS[choice]) for one in DECLARED.values() for choice in one.choices if choice in WAYS]


def shown() -> set[str]:
    return {number for scenario in ON_BOTH.values() for number in scenario.shows}


def ways(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """The procedures of the scenario that end done with a method, and where they had it from: by what was said last."""
    for subject in scenario.started:
        way = None
        for step in scenario.steps:
            if step.refused:
                continue
            if step.start is not None and step.start.subject == subject:
                given = step.start.model_extra or {}
                way = next((WAYS[name] for name in ("new", "chosen") if given.get(name)), way)
            elif isinstance(step.act, dict) and scenario.subject(step.about) == subject:
                way = BY_STEP.get(str(step.act["kind"]), way)
        if way is not None and is_done(scenario, subject):
            yield subject.partition("/")[0], way


def is_done(scenario: Scenario, subject: str) -> bool:
    """Whether the file says that it ends well."""
    truth = scenario.ends[subject]
    state = DECLARED[subject.partition("/")[0]].newest.states.get(truth.state or "")
    return Verdict.DONE in {truth.verdict, state.verdict if isinstance(state, End) else None}


@pytest.mark.parametrize("number", [*DECISIONS, *ROWS])
def test_every_decision_and_every_row_of_the_table_is_shown_on_both_drivers(number: str) -> None:
    """Or it stands with the reason why not, and not both."""
    assert (number in shown()) != (number in NOT_OURS)


def test_the_page_lists_the_same_decisions_and_rows() -> None:
    """A new one there needs a file here."""
    assert [number for number in NUMBERS if number[0] in "CT"] == [*DECISIONS, *ROWS]


@pytest.mark.parametrize(("procedure", "way"), EVERY_WAY, ids=map(" ".join, EVERY_WAY))
def test_every_procedure_is_shown_with_each_way_to_its_method(procedure: str, way: str) -> None:
    """One on file, or one that is added on the way, on both drivers and to a good end."""
    assert [name for name, scenario in ON_BOTH.items() if (procedure, way) in ways(scenario)]


def test_those_ways_are_the_ones_there_are() -> None:
    """Who may choose may also add, and the other way round; by itself a method can only be new."""
    both = {"replace-all", "change-single-subscription", "delete-with-dependents", "settle-balance"}
    assert set(EVERY_WAY) == {(name, way) for name in both for way in ("existing", "new")} | {("add-method", "new")}


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_a_scenario_shows_is_explained(name: str) -> None:
    """Each number is one of the page's, so that nothing counts as shown by a slip."""
    assert set(SCENARIOS[name].shows) <= set(NUMBERS)
