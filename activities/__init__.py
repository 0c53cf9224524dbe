"""What procedures ask of the world, one file a topic: each effect writes what it did and the journal in one transaction."""

from activities import charging, debts, looking_up
from activities.desk import Desk, effects

__all__ = ["Desk", "charging", "debts", "effects", "looking_up"]
