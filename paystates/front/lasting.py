"""Which actions cannot be undone: those by which a procedure may come, without asking anybody again, to a request that lasts."""

from functools import cache
from typing import Any

from paystates.engine import Action, Asking, Procedure, kind_of


@cache
def cannot_be_undone(procedure: Procedure[Any], action: str) -> bool:
    """By the declaration: it leads to a request that `lasts`, through nothing but the world's answers.

    What is reviewed again from the beginning is judged anew, and does not count.
    """
    pending = [move.to for move in procedure.moves if kind_of(move.on) == action and move.to is not None]
    seen: set[str] = set()
    while pending:
        name = pending.pop()
        state = procedure.states[name]
        if name in seen or name == procedure.initial or not isinstance(state, Asking):
            continue
        seen.add(name)
        if state.request.lasts:
            return True
        answers = (move for move in procedure.moves if name in move.sources and not issubclass(move.on, Action))
        pending += [move.to for move in answers if move.to is not None]
    return False
