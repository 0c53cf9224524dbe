"""Who decides in a procedure that somebody started: whether a card may be used depends on who uses it (G3)."""

from typing import Any

from paystates.engine import Moment, Rule
from states.rules.asking import Found


def _another(moment: Moment[Any, Any]) -> Found:
    return None if moment.actor.id == moment.memory.actor else {}


STARTED_BY_ANOTHER = Rule(
    "STARTED_BY_ANOTHER",
    _another,
    "Somebody else started this, and what may be chosen was looked up for them.",
    "Cancel it and start your own, or ask whoever started it to go on.",
    "G1; G3; docs/adr/0013",
    reads_actor=True,
    helps="cancel",
    others={
        "nb": (
            "Noen andre har startet dette, og hva som kan velges, ble slått opp for dem.",
            "Avbryt det og start på nytt selv, eller be den som startet det, om å gå videre.",
        )
    },
)
"""Whoever starts a procedure makes its choices; the roles that are looked up at the commit are theirs."""
