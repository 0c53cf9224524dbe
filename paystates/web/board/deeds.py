"""What may be done to a procedure, as buttons: each with its form, or with the reasons why it is not to be had."""

from dataclasses import dataclass
from typing import Final

from paystates.engine import Refusal
from paystates.front.lasting import cannot_be_undone
from paystates.front.pages import ProcedurePage
from paystates.web.board.forms import Field, fields_of
from states.procedures import RELEASED

_SHOWN_ELSEWHERE: Final = frozenset({"choose"})
"""Each candidate has its own button."""


@dataclass(frozen=True, slots=True)
class Deed:
    """An action: what it asks for, whether it can be undone, and what stands against it."""

    action: str
    fields: tuple[Field, ...]
    final: bool
    refusals: tuple[Refusal, ...]


def deeds(page: ProcedurePage) -> list[Deed]:
    """What may be done, and what may not and why; nothing once it has ended."""
    procedure = RELEASED.get(page.definition)
    if procedure is None or page.verdict is not None:
        return []
    return [
        Deed(
            action=one.action,
            fields=fields_of(procedure.actions[one.action]),
            final=cannot_be_undone(procedure, one.action),
            refusals=one.refusals,
        )
        for one in page.allowed
        if one.action not in _SHOWN_ELSEWHERE or not page.candidates
    ]
