"""The typed starts give each procedure what it may be started with, and nothing is lost on the way."""

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from domain.accounts import MethodKind
from paystates.orders import BadOrder, begin
from paystates.starts import Starts
from states.facts import NewMethod

NEW = NewMethod(token="tok_new", kind=MethodKind.CARD, network="visa", last4="1881", country="NO", expires=date(2031, 1, 31))


class Told(Starts):
    """Begins what it is asked to start, and keeps what that would remember."""

    def __init__(self) -> None:
        self.subject = ""
        self.memory: Any = None

    async def _begin(self, procedure: str, data: Mapping[str, Any], delay: timedelta | None = None) -> Any:
        begun = begin(procedure, data)
        self.subject, self.memory = begun.subject, begun.memory


PROCEDURES = {
    "replace_all": ("visa", {"charge_now": True}),
    "change_single_subscription": ("m365", {"charge_now": True}),
    "delete_with_dependents": ("visa", {"charge_now": True}),
    "settle_balance": ("visa", {"invoice": "F-1"}),
}
"""What each is about, and what else may be said with the start."""


@pytest.mark.parametrize("choice", [{"with_method": "other"}, {"new": NEW}], ids=["existing", "new"])
@pytest.mark.parametrize("procedure", PROCEDURES)
def test_a_choice_made_with_the_start_is_remembered(procedure: str, choice: dict[str, Any]) -> None:
    """Both ways of every procedure in which a method is chosen, and whether anybody is asked."""
    about, more = PROCEDURES[procedure]
    told = Told()
    asyncio.run(getattr(told, procedure)(about, actor="kari", confirmed=True, **choice, **more))
    kept = told.memory
    assert told.subject.startswith(f"{procedure.replace('_', '-')}/{about}")
    assert (kept.actor, kept.chosen, kept.new, kept.confirmed) == ("kari", choice.get("with_method"), choice.get("new"), True)
    assert {name: getattr(kept, name) for name in more} == more


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_nobody_is_no_actor(procedure: str) -> None:
    """What nobody starts would be begun, and end for want of a role."""
    about, _ = PROCEDURES[procedure]
    with pytest.raises(BadOrder, match="actor: say who starts it"):
        asyncio.run(getattr(Told(), procedure)(about, actor=" ", with_method="other"))
