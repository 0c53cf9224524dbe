"""Fingerprints of definitions: a released procedure whose meaning changes without a new version is found in CI.

The fingerprint covers the neutral model, the rules' texts, and the meaning of every model and function the declaration
names: memory, events, requests, conditions, deadlines, and the functions, classes and constants those use in turn.
Formatting, comments and docstrings do not count, nor does the module in which something stands.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from paystates.engine.lint import named_callables
from paystates.engine.machine import Procedure
from paystates.engine.meaning import Meaning
from paystates.engine.model import chart
from paystates.engine.vocabulary import Asking


def fingerprint(procedure: Procedure[Any]) -> str:
    """A hash of what the definition means, as 16 hexadecimal digits. The same in every process."""
    meaning = Meaning(home=procedure.memory.__module__)
    facts = {
        "chart": asdict(chart(procedure)),
        "models": [meaning.of(model) for model in _models(procedure)],
        "rules": [
            [rule.code, rule.sentence, rule.remedy, rule.source, rule.reads_event, rule.reads_actor]
            for move in procedure.moves
            for rule in move.given
        ],
        "code": [[where, meaning.of(function)] for where, function, _ in named_callables(procedure)],
        "definitions": sorted(meaning.definitions),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def changed(procedures: Mapping[str, Procedure[Any]], baseline: Mapping[str, str]) -> list[str]:
    """One sentence for every definition that is not as released, and for every release that is no longer kept."""
    found = []
    for name, procedure in sorted(procedures.items()):
        released = baseline.get(name)
        if released is None:
            found.append(f"{name} is not in the baseline: release it before anybody runs it.")
        elif released != fingerprint(procedure):
            found.append(
                f"{name} no longer means what was released: running procedures are pinned to it. "
                f"Declare {procedure.name}@{procedure.version + 1} instead, and keep {name} as it was."
            )
    return found + [
        f"{name} was released and is not kept: running procedures need it." for name in sorted(baseline.keys() - procedures)
    ]


def _models(procedure: Procedure[Any]) -> list[type[BaseModel]]:
    """Memory, and every event and request in the order the declaration names them."""
    asked = [state.request for state in procedure.states.values() if isinstance(state, Asking)]
    return list(dict.fromkeys([procedure.memory, *asked, *(move.on for move in procedure.moves)]))
