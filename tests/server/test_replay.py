"""Every recorded history is replayed against the code as it is: a change that would break a running procedure fails here.

The histories are in `tests/histories`, recorded on a real server by `tools/record.py`, one for each ending and some detours.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

import workflows
from paystates.engine import End, Verdict
from paystates.temporal.plugin import PaystatesPlugin
from states.charge_retry import CHARGE_RETRY
from states.procedures import RELEASED

HISTORIES = sorted((Path(__file__).parent.parent / "histories").glob("*.json"))


def read(path: Path) -> WorkflowHistory:
    """A recorded history."""
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return WorkflowHistory.from_json(record["workflow_id"], record["history"])


def ends() -> list[tuple[str, str]]:
    """How the recorded procedures ended, read from their results: definition and state."""
    last = (read(path).events[-1] for path in HISTORIES)
    payloads = [event.workflow_execution_completed_event_attributes.result.payloads for event in last]
    results = [json.loads(one[0].data) for one in payloads if one]
    return [(result["definition"], result["state"]) for result in results]


@pytest.mark.parametrize("path", HISTORIES, ids=[path.stem for path in HISTORIES])
async def test_a_recorded_history_replays(path: Path) -> None:
    """A procedure that is under way goes on with the code as it is now."""
    result = await Replayer(workflows=list(workflows.ALL), plugins=[PaystatesPlugin()]).replay_workflow(read(path))
    assert result.replay_failure is None


def test_every_verdict_and_every_ending_of_charge_retry_is_recorded() -> None:
    """There is a history of each way to end."""
    recorded = {state for definition, state in ends() if definition == CHARGE_RETRY.id}
    assert recorded == {name for name, state in CHARGE_RETRY.states.items() if isinstance(state, End)}
    assert [path.stem for path in HISTORIES if path.stem.startswith("renewed")], "one that continued as new"
    ways = [RELEASED[definition].states[state] for definition, state in ends()]
    assert {way.verdict for way in ways if isinstance(way, End)} == set(Verdict)


async def test_a_changed_definition_fails_the_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test can fail: a definition that waits where the old one charged does not replay."""
    opening = CHARGE_RETRY.states["opening"]
    monkeypatch.setitem(CHARGE_RETRY.states, "charging", replace(opening))
    path = next(path for path in HISTORIES if path.stem == "recovered")
    result = await Replayer(workflows=list(workflows.ALL), plugins=[PaystatesPlugin()]).replay_workflow(
        read(path), raise_on_replay_failure=False
    )
    assert result.replay_failure is not None
