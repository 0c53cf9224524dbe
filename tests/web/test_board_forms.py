"""Forms of the board: every action can be filled in, and what was filled in is the action again."""

import pytest

from paystates.orders import read_action
from paystates.web.board.forms import Field, fields_of, filled_in
from states.procedures import NEWEST

EVERY = [(name, kind) for name, procedure in NEWEST.items() for kind in procedure.actions]
ANSWERS = {"text": "word", "date": "2029-04-30", "number": "2", "checkbox": "true", "password": "123456"}
FITTING = {"new.token": "tok_new", "new.network": "visa", "new.last4": "4242", "new.country": "NO", "new.expires": "2029-04-30"}


@pytest.mark.parametrize(("procedure", "kind"), EVERY)
def test_an_action_can_be_filled_in_and_is_what_was_filled_in(procedure, kind):
    model = NEWEST[procedure].actions[kind]
    given = [
        (field.name, FITTING.get(field.name) or (field.options[0] if field.options else ANSWERS[field.kind]))
        for field in fields_of(model)
    ]
    action = read_action({"kind": kind, **filled_in(given)}, procedure)
    told = action.model_dump(mode="json")
    for name, value in given:
        inner = told
        for part in name.split("."):
            inner = inner[part]
        assert str(inner).lower() == value.lower()


def test_a_field_of_a_field_is_required_only_with_what_it_is_in():
    fields = {field.name: field for field in fields_of(NEWEST["replace-all"].actions["add_new"])}
    assert fields["new.token"].required
    assert not fields["new.holder"].required
    assert fields["new.kind"].options == ("card", "bank_account")


def test_a_secret_is_typed_unseen():
    fields = fields_of(NEWEST["add-method"].actions["authenticated"])
    assert fields == (Field("password", "password"),)


def test_what_is_empty_or_the_forms_own_is_no_field():
    given = [("csrf", "word"), ("action", "write_off"), ("seen", "3"), ("sure", "true"), ("reason", "  "), ("note", "x")]
    assert filled_in(given) == {"note": "x"}


def test_a_field_that_is_both_a_value_and_a_group_is_left_to_be_refused():
    assert filled_in([("new", "x"), ("new.token", "y")]) == {"new": "x", "new.token": "y"}
