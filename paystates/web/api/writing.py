"""What the routes that write the book share: who wrote it, what is changed, and whom it wakes."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from typing import Any, Final

from pydantic import BaseModel

from activities.desk import Wake
from paystates.engine import HOUSE
from paystates.orders import PaystatesError
from paystates.web.access import Access, acting
from paystates.web.house import House

_log = logging.getLogger(__name__)

_AT_ONCE: Final = 8
"""How many procedures are told at a time: one that does not answer keeps no other from it."""


def author(house: House, known: Access, named: str | None) -> str:
    """Who stands in the journal: the person that is acted for, else the token."""
    if named is None and known.actor is None:
        return f"token/{known.token_id}"
    return acting(house.book, known, named)


def changed_fields(wanted: BaseModel, *, may_be_empty: Collection[str] = ()) -> dict[str, Any]:
    """The fields that a change names; null empties those that may be empty, and leaves the others."""
    given = wanted.model_dump(exclude_unset=True)
    return {name: value for name, value in given.items() if value is not None or name in may_be_empty}


async def wake(house: House, wakes: Sequence[Wake]) -> int:
    """Wake the procedures that should look: how many did. One that is missed loses nothing, since it asks the book."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def tell(one: Wake) -> bool:
        async with turn:
            try:
                return await house.office.front.wake(
                    one.invoice, one.action, actor=HOUSE.id, starts=one.starts, subject=one.subject
                )
            except PaystatesError as error:
                _log.warning("a procedure was not woken: %s", type(error).__name__)
                return False

    return sum(await asyncio.gather(*map(tell, wakes)))
