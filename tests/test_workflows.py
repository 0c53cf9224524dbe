"""What a worker runs: one workflow class for each declared procedure. It loads Temporal, which the tests of states do without."""

import workflows
from states.procedures import DECLARED


def test_there_is_one_workflow_class_for_each_procedure() -> None:
    """Its name is the procedure's."""
    assert [workflow.__name__ for workflow in workflows.ALL][:2] == ["ChargeRetryWorkflow", "ReplaceAllWorkflow"]
    assert [next(iter(workflow.released.values())).name for workflow in workflows.ALL] == list(DECLARED)
