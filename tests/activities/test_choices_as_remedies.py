"""A remedy that is another choice of the same person: the procedure refuses the one, and then takes the other."""

import asyncio
from typing import Any, NamedTuple

import pytest
from remedy_play import CARD, NEW, Play

from paystates.engine import Action
from states import details, methods, rules
from states.facts import NewMethod

BANK = {"scheme": "sepa", "last4": "6789"}
VISA = {"id": "visa", "card": CARD, "added_by": "kari"}
OTHER = {"id": "other", "card": CARD, "added_by": "kari"}
PROFILE_ALONE = {
    "kind": "MCA",
    "billing_profiles": [{"id": "drift", "name": "Drift", "method": "visa"}],
    "subscriptions": [],
    "invoices": [],
}
AMERICAN = [one | {"country": "US"} for one in (VISA, OTHER)]
NEW_BANK = NEW | {"kind": "bank_account", "network": "sepa", "expires": None}


class Chosen(NamedTuple):
    """What is refused and what is taken, by which procedure, in what account."""

    refused: Action
    taken: Action
    procedure: str = "replace-all"
    account: dict[str, Any] | None = None


def choice(name: str, **account: Any) -> Chosen:
    """Among the methods of replace-all."""
    return Chosen(methods.Choose(method=name), methods.Choose(method="other"), account=account)


def one_more(bad: dict[str, Any], **account: Any) -> Chosen:
    """The bad one stands beside the two cards of Kari's."""
    return choice(bad["id"], methods=[VISA, OTHER, bad], **account)


def added(bad: dict[str, Any], good: dict[str, Any] = NEW, procedure: str = "add-method", **account: Any) -> Chosen:
    """By add-method, or in the flow of another procedure."""
    return Chosen(
        methods.AddNew(new=NewMethod.model_validate(bad)),
        methods.AddNew(new=NewMethod.model_validate(good)),
        procedure,
        account,
    )


def edited(bad: dict[str, Any], code: str | None = "tok_code", **account: Any) -> Chosen:
    """The details of the card that pays, or of what pays instead."""
    good = details.Edit(details=methods.Details(holder="Kari Nordmann"), security_code="tok_code")
    return Chosen(details.Edit(details=methods.Details(**bad), security_code=code), good, "update-details", account)


ANOTHER_CHOICE = {
    "UNKNOWN_METHOD": choice("amex"),
    "SAME_METHOD": choice("visa"),
    "TARGET_NOT_OWNED": choice("pers"),
    "WRONG_COUNTRY": one_more({"id": "svensk", "card": CARD, "added_by": "kari", "country": "SE"}),
    "CARDS_ONLY": one_more(
        {"id": "bank", "bank_account": BANK, "added_by": "kari"},
        **PROFILE_ALONE,
    ),
    "METHOD_NOT_GOOD": one_more({"id": "poor", "bank_account": BANK, "added_by": "kari", "standing": "poor"}),
    "NO_NEW_ON_BANK_ACCOUNT": choice(
        "bank", country="US", methods=[*AMERICAN, {"id": "bank", "bank_account": BANK, "added_by": "kari", "country": "US"}]
    ),
    "BANK_ACCOUNT_UNAVAILABLE": one_more({"id": "bank", "bank_account": BANK, "added_by": "kari"}, era="2024"),
    "NEW_WRONG_COUNTRY": added(NEW | {"country": "SE"}),
    "NEW_BANK_ACCOUNT_ENDED": added(NEW_BANK | {"country": "US"}, NEW | {"country": "US"}, country="US", methods=AMERICAN),
    "NEW_BANK_ACCOUNT_UNAVAILABLE": added(NEW_BANK, era="2024"),
    "NEW_METHOD_EXPIRED": added(NEW | {"expires": "2020-01-31"}),
    "NEW_CARDS_ONLY": added(NEW_BANK, procedure="replace-all", **PROFILE_ALONE),
    "SECURITY_CODE_MISSING": edited({"holder": "Kari Nordmann"}, None),
    "NOTHING_CORRECTED": edited({"address": ""}),
    "EXPIRY_OF_BANK_ACCOUNT": edited(
        {"holder": "Kari Nordmann", "expires": "2031-01-31"},
        methods=[{"id": "visa", "bank_account": BANK, "added_by": "kari"}],
    ),
    "EXPIRY_PASSED": edited({"expires": "2020-01-31"}),
}
"""By code: what is chosen instead."""


@pytest.mark.parametrize("code", ANOTHER_CHOICE)
def test_another_choice_that_the_rule_names_is_taken(code: str) -> None:
    """The rule alone refuses the one; the other one is taken, and the procedure goes on."""
    asyncio.run(_refused_then_taken(code, ANOTHER_CHOICE[code]))


async def _refused_then_taken(code: str, case: Chosen) -> None:
    play = Play(**(case.account or {}))
    about = {"account": "fjord", "request": "r1"} if case.procedure == "add-method" else {"method": "visa"}
    waits = await play.start(case.procedure, **about)
    subject = play.driver.subjects[-1]
    assert await play.act(subject, case.refused) == {code}
    assert (await play.where(subject)).state == waits.state
    assert await play.act(subject, case.taken) == set()
    assert (await play.where(subject)).state != waits.state


def test_these_rules_name_a_choice() -> None:
    named = {rule.code: rule.helps for rule in rules.CATALOGUE}
    assert {named[code] for code in ANOTHER_CHOICE} == {"choose", "add-method", "edit"}
