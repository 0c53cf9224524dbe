"""One workflow class for each declared procedure: its name, its messages, and the definitions it keeps. Nothing else."""

from paystates.temporal.interpreter import DurableProcedure
from paystates.temporal.workflow_class import workflow_class
from states.procedures import DECLARED

ALL: tuple[type[DurableProcedure], ...] = tuple(workflow_class(name, one.released, one.action) for name, one in DECLARED.items())

__all__ = ["ALL"]
