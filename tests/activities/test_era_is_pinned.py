"""A procedure is judged to its end by the era in which it began; its account may be given another one meanwhile."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from remedy_play import NEW, Play

from domain.accounts import Era
from paystates.engine import Action
from states import details, methods
from states.facts import NewMethod

EDIT = details.Edit(details=methods.Details(holder="Kari Nordmann"), security_code="tok_code")
ADD = methods.AddNew(new=NewMethod.model_validate(NEW))
CHOOSE, CONFIRM = methods.Choose(method="other"), methods.Confirm()

WAYS: dict[str, tuple[dict[str, Any], tuple[Action, ...], Action, str]] = {
    "replace-all": ({"method": "visa"}, (CHOOSE,), CONFIRM, "done"),
    "change-single-subscription": ({"subscription": "m365"}, (CHOOSE,), CONFIRM, "done"),
    "delete-with-dependents": ({"method": "visa"}, (CHOOSE,), CONFIRM, "done"),
    "add-method": ({"account": "fjord", "request": "r1"}, (), ADD, "added"),
    "update-details": ({"method": "visa"}, (), EDIT, "done"),
    "settle-balance": ({"method": "visa", "invoice": "F-1"}, (methods.Choose(method="visa"),), CONFIRM, "done"),
}
"""What it is started with, what is done before the account's era changes, what after, and where that leads."""


def become(play: Play, era: Era) -> None:
    with play.stage.book.transaction() as pages:
        account = pages.account("fjord")
        assert account is not None
        pages.put_account(replace(account, era=era))


@pytest.mark.parametrize(("name", "again"), [("replace-all", ADD), ("settle-balance", methods.ReadAgain())])
def test_what_is_read_again_is_read_for_that_era(name: str, again: Action) -> None:
    """A review in the middle is no new beginning."""

    async def read_again() -> str:
        play = Play(kind="MCA")
        await play.start(name, **WAYS[name][0])
        become(play, Era.Y2024)
        assert await play.act(play.driver.subjects[-1], again) == set()
        return (await play.where(play.driver.subjects[-1])).state

    assert asyncio.run(read_again()) in {"choosing", "confirming"}


@pytest.mark.parametrize("name", WAYS)
def test_a_procedure_ends_by_the_rules_of_the_era_in_which_it_began(name: str) -> None:
    """A global administrator manages the methods of an MCA account in the seeds, and in 2024 no more (C10, G10)."""
    asyncio.run(_begun_before_and_after(name))


async def _begun_before_and_after(name: str) -> None:
    about, before, after, ends = WAYS[name]
    play = Play(kind="MCA")
    await play.start(name, **about)
    subject = play.driver.subjects[-1]
    for action in before:
        assert await play.act(subject, action) == set()
    become(play, Era.Y2024)
    assert await play.act(subject, after) == set()
    assert (await play.where(subject)).state == ends
    refused = await play.start(name, **about | ({"request": "r2"} if "request" in about else {}))
    assert refused.state in {"refused", "done"}
    assert (await play.against(play.driver.subjects[-1])) & {"ROLE_TOO_SMALL", "MAY_NOT_PAY", "NO_SUCH_THING"}
