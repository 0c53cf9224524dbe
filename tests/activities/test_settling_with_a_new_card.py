"""Settling with a card that is added on the way: put on file first, then judged and charged like any other (G15, G28, G61)."""

from datetime import date
from typing import Any

import pytest
from settling_till import Till, invoice

from domain.accounts import MethodKind
from paystates.engine import Cancel
from states import methods
from states.facts import NewMethod

NEW = NewMethod(
    token="tok_new", kind=MethodKind.CARD, network="visa", last4="4444", country="NO", expires=date(2031, 1, 31)
)  # fmt: skip
GIVEN = NEW.model_dump(mode="json", exclude_defaults=True)


def added(till: Till) -> str | None:
    """The id that the new card has."""
    with till.desk.book.transaction() as pages:
        found = pages.method_by_token("tok_new")
    return found.id if found else None


def test_a_card_added_on_the_way_pays_and_is_bound() -> None:
    """G28: it is chosen once it is on file, and what it comes to is confirmed; G61: everything uses it then."""
    till = Till()
    till.start()
    assert till.act(methods.AddNew(new=NEW)) == ()
    where = till.where()
    assert (where.state, where.memory["chosen"]) == ("confirming", added(till))
    assert till.confirmed() == []
    assert till.act(methods.Confirm()) == ()
    assert (till.where().state, till.bound("m365"), till.bound("visio")) == ("done", added(till), added(till))
    assert till.taken() == [("tok_new", 14_000, "NOK")]


def test_all_choices_are_made_with_the_start() -> None:
    """One call: it is added, charged and bound, and nobody is asked."""
    till = Till()
    assert till.start(new=GIVEN, confirmed=True).state == "done"
    assert till.taken() == [("tok_new", 14_000, "NOK")]


def test_nothing_is_added_where_nothing_is_due() -> None:
    """The balance is read before anything is put on file."""
    till = Till()
    till.pay()
    assert till.start(new=GIVEN, confirmed=True).state == "nothing_to_do"
    assert added(till) is None


@pytest.mark.parametrize(
    ("different", "codes"),
    [({"country": "SE"}, ["NEW_WRONG_COUNTRY"]), ({"expires": "2020-01-31"}, ["NEW_METHOD_EXPIRED"])],
    ids=str,
)
def test_the_rules_of_adding_hold(different: dict[str, Any], codes: list[str]) -> None:
    """G15: refused before anything is charged, with the reason; step by step somebody is asked for another one."""
    till = Till()
    where = till.start(new={**GIVEN, **different}, confirmed=True)
    assert (where.state, [one["code"] for one in where.memory["refusals"]]) == ("refused", codes)
    till.start()
    wrong = NewMethod.model_validate({**GIVEN, **different})
    assert till.act(methods.AddNew(new=wrong)) == tuple(codes)
    assert (till.where().state, till.confirmed(), added(till)) == ("choosing", [], None)


def test_the_rules_of_paying_hold_for_it_too() -> None:
    """Law 5: an attempt that began meanwhile refuses it once it is on file; nothing is charged with it."""
    till = Till({"tok_new": [{"set_up": {"action_required": {"completed_after": "never"}}}]}, new=GIVEN)
    till.start()
    till.act(methods.AddNew(new=NEW))
    assert till.where().state == "authenticating"
    till.open_elsewhere()
    till.bank.authenticate("tok_new")
    assert till.act(methods.Authenticated()) == ()
    where = till.where()
    assert (where.state, [one["code"] for one in where.memory["refusals"]]) == ("choosing", ["ATTEMPT_ON_DEBT"])
    assert till.confirmed() == []


@pytest.mark.parametrize(("paid", "state"), [(False, "cancelled"), (True, "incomplete")])
def test_who_cancels_while_the_holder_is_waited_for_is_told_what_was_paid(paid: bool, state: str) -> None:  # noqa: FBT001 - whether it was
    """What ends `cancelled` has changed nothing."""
    euros = [invoice("F-1"), {**invoice("F-2", "40.00", subscription="visio"), "currency": "EUR"}]
    bank = {
        "other": ["succeed", {"decline": "insufficient_funds"}],
        "tok_new": [{"set_up": {"action_required": {"completed_after": "never"}}}],
    }
    till = Till(bank, new=GIVEN, invoices=euros)
    if paid:
        till.pay("other")
    else:
        till.start()
    assert till.act(methods.AddNew(new=NEW)) == ()
    assert till.act(Cancel()) == ()
    assert till.where().state == state
