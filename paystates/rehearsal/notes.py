"""The few words that a decision's event says of itself, for traces and journals."""

from collections.abc import Mapping
from typing import Any


def note(event: Mapping[str, Any]) -> str:
    """A reason, a cause, what was chosen, how many were moved; empty when it says nothing of the kind."""
    moved, stay = event.get("moved"), event.get("conflicts")
    if isinstance(moved, int) and isinstance(stay, list):
        return f"{moved} moved" + (f", {len(stay)} stay as they were" if stay else "")
    new, told = event.get("new"), (event.get(name) for name in ("reason", "why", "cause", "ended", "method"))
    if isinstance(new, dict):
        return f"{new.get('network')} ending {new.get('last4')}"
    return next((str(one) for one in told if one), "")
