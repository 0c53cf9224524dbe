"""What procedures ask of the world, one file a topic: each effect writes what it did and the journal in one transaction."""

from activities import (
    adding,
    charging,
    debts,
    deleting,
    editing,
    looking_up,
    moving,
    reviewing,
    settling,
    settling_outcome,
    waking,
)
from activities.desk import Desk, effects

__all__ = [
    "Desk",
    "adding",
    "charging",
    "debts",
    "deleting",
    "editing",
    "effects",
    "looking_up",
    "moving",
    "reviewing",
    "settling",
    "settling_outcome",
    "waking",
]
