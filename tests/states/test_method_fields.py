"""What may be told of a new payment method: no number comes in with it, and a secret is shown to nobody (law 6)."""

from datetime import date
from typing import Any

import pytest
from choosing_world import NEW, NEWER, NOW, VISA
from pydantic import ValidationError

from paystates.orders import BadOrder, begin
from paystates.temporal.messages import Stand
from states.add_method import ADD_METHOD, Memory
from states.facts import NewMethod


@pytest.mark.parametrize(
    ("field", "value", "why"),
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
