"""What a procedure is: ten words, one decision function, and what is derived from a declaration. No IO, no payments.

`Procedure` declares, `Procedure.decide` decides, `Walk` walks it in memory, `chart` and the renderers draw it,
`fingerprint` tells whether its meaning has changed. Usable without anything else of this project.
"""

from paystates.engine.journal import HOUSE, Effects, Errand, Roles, Scope, Step, answered_before, step_of
from paystates.engine.lint import DefinitionError
from paystates.engine.machine import Moved, Possibility, Procedure, Refused, Snapshot
from paystates.engine.model import Arrow, Chart, Node, chart
from paystates.engine.render import mermaid, moves_table, states_table, table
from paystates.engine.story import Line, Story, Table
from paystates.engine.versions import changed, fingerprint
from paystates.engine.vocabulary import (
    Action,
    Actor,
    Ask,
    Asking,
    Cancel,
    Due,
    Each,
    End,
    Event,
    GaveUp,
    Memory,
    Missing,
    Moment,
    Move,
    Refusal,
    Request,
    Rule,
    Run,
    State,
    Unavailable,
    Verdict,
    Wait,
    kind_of,
)
from paystates.engine.walk import Answers, Walk, World
from paystates.engine.words import say

__all__ = [
    "HOUSE",
    "Action",
    "Actor",
    "Answers",
    "Arrow",
    "Ask",
    "Asking",
    "Cancel",
    "Chart",
    "DefinitionError",
    "Due",
    "Each",
    "Effects",
    "End",
    "Errand",
    "Event",
    "GaveUp",
    "Line",
    "Memory",
    "Missing",
    "Moment",
    "Move",
    "Moved",
    "Node",
    "Possibility",
    "Procedure",
    "Refusal",
    "Refused",
    "Request",
    "Roles",
    "Rule",
    "Run",
    "Scope",
    "Snapshot",
    "State",
    "Step",
    "Story",
    "Table",
    "Unavailable",
    "Verdict",
    "Wait",
    "Walk",
    "World",
    "answered_before",
    "changed",
    "chart",
    "fingerprint",
    "kind_of",
    "mermaid",
    "moves_table",
    "say",
    "states_table",
    "step_of",
    "table",
]
