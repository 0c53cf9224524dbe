"""What may be told of a new payment method: no number comes in with it, and a secret is shown to nobody (law 6)."""

from datetime import date
from typing import Any

import pytest
from choosing_world import NEW, NEWER, NOW, VISA
from for_every import for_every
from pydantic import ValidationError

from paystates.orders import BadOrder, begin, read_action
from paystates.temporal.messages import Stand
from states.add_method import ADD_METHOD, Memory
from states.facts import NewMethod


@for_every(
    [
        ("last4", "86011117947", "must be four digits, never more of it"),
        ("network", "86011117947", "must be one of visa"),
        ("country", "no", "two capital letters"),
        ("country", "86", "two capital letters"),
        ("holder", "Kari 8601.11.17947", "too many digits in a row"),
        ("token", "86011117947", "must be the provider's token"),
        ("expires", date(2030, 1, 30), "must be the last day"),
        ("expires", date.max, "must be the last day"),
    ],
)
def test_no_number_comes_in_with_a_new_method(field: str, value: Any, why: str) -> None:
    """Law 6."""
    with pytest.raises(ValidationError, match=why):
        NewMethod.model_validate({**NEW.model_dump(), field: value})


@for_every(
    [
        ("card", "sepa", "network sepa is none of a card: give one of visa, mastercard, amex, or correct kind"),
        ("bank_account", "visa", "network visa is none of a bank account: give one of ach, sepa, autogiro, or correct kind"),
        ("card", "elo", "network: must be one of visa, mastercard, amex, ach, sepa, autogiro, for example visa"),
        ("card", None, "network: is missing: give it, for example visa"),
    ],
)
def test_a_card_has_a_cards_network_and_a_bank_account_its_scheme(kind: str, network: str | None, why: str) -> None:
    """The network decides whose caps count and whether a debit is announced: it must not contradict the kind."""
    new = {**NEW.model_dump(mode="json", exclude={"network"}), "kind": kind} | ({"network": network} if network else {})
    with pytest.raises(BadOrder) as raised:
        begin("add-method", {"account": "fjord", "request": "r", "actor": "kari", "new": new})
    assert f"new{'' if why.startswith('network ') else '.'}{': ' if why.startswith('network ') else ''}{why}" in str(raised.value)


@for_every(
    [
        ({"new": {"token": "tok_1"}}, "new.kind: is missing: give it, for example card"),
        ({"new": {"kind": "cash"}}, "new.kind: must be card or bank_account, for example card"),
        ({"new": {"expires": "soon"}}, "new.expires: must be a date, for example 2029-04-30"),
        ({"new": {"expires": "2029-04-29"}}, "new.expires: must be the last day of the card's month, such as 2029-04-30"),
        ({"new": {"last4": "1"}}, "new.last4: must be four digits, never more of it, for example 4242"),
        ({"new": {"cvc": "123"}}, "new.cvc: is not a field here: use token, kind, network, last4, country, holder, expires"),
        ({"new": "visa"}, "new: must have fields of its own, for example new.token=tok_1 new.kind=card new.network=visa"),
        ({"confirmed": "perhaps"}, "confirmed: must be true or false"),
        ({"chosen": 7}, "chosen: must be text"),
    ],
)
def test_a_start_that_is_wrong_says_which_field_what_it_must_be_and_a_right_one(data: dict[str, Any], said: str) -> None:
    """No word of the library that checks it, and nothing of what was sent."""
    with pytest.raises(BadOrder) as raised:
        begin("replace-all", {"method": VISA.id, "actor": "kari", **data})
    assert said in str(raised.value)
    assert not [word for word in ("Input", "Value error", "pydantic") if word in str(raised.value)]


@for_every(
    [
        ("update-details/visa", {"kind": "edit"}, "details: is missing: give it, for example details.holder=Kari Nordmann"),
        (
            "update-details/visa",
            {"kind": "edit", "details": {"expires": "x", "number": None, "phone": "1"}},
            "details.phone: is not a field here: use holder, address, expires",
        ),
        ("update-details/visa", {"kind": "edit", "details": {}, "security_code": "123"}, "give the provider's token"),
        ("replace-all/visa", {"kind": "add_new", "new": {"holder": 5}}, "new.holder: must be text, for example Kari Nordmann"),
        ("charge-retry/F-1", {"kind": "provider_notified", "attempt": 0}, "attempt: must be greater than or equal to 1"),
        ("charge-retry/F-1", {"kind": "hold", "why": "x"}, "why: is not a field here: leave it out"),
        ("charge-retry/F-1", {"kind": "dance"}, "is of no kind that is known: use one of retry_now, hold"),
    ],
)
def test_an_action_that_is_wrong_says_so_too(subject: str, data: dict[str, Any], said: str) -> None:
    with pytest.raises(BadOrder) as raised:
        read_action(data, subject)
    assert said in str(raised.value)


def test_what_is_right_is_taken() -> None:
    assert NewMethod.model_validate({**NEW.model_dump(), "holder": "Kari Nordmann 2", "country": None}).last4 == NEW.last4


def test_one_on_file_and_a_new_one_are_not_both_taken() -> None:
    data = {"method": VISA.id, "actor": "kari", "chosen": NEWER.id, "new": NEW.model_dump(mode="json")}
    with pytest.raises(BadOrder, match="chosen, new: give only one"):
        begin("replace-all", data)


def test_a_password_is_masked_where_a_procedure_is_looked_at_and_only_there() -> None:
    memory = Memory(account="fjord", request="r", actor="kari", password="hush")
    stand = Stand.of(ADD_METHOD.begin(memory, NOW))
    assert stand.memory["password"] == "hush"
    assert stand.masked(Memory.secrets).memory == {**stand.memory, "password": "(hidden)"}
