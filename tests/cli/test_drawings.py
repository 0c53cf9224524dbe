"""`diagram`, `procedures` and `rules` say what the declarations say, as text, as Mermaid and as data."""

import pytest
from shell import Run

from states.charge_retry import CHARGE_RETRY
from states.procedures import DECLARED, RELEASED
from states.rules import CATALOGUE


def test_a_diagram_has_every_state_and_marks_where_one_stands(paystates: Run) -> None:
    ran = paystates("diagram", "charge-retry", "--at", "waiting")
    assert ran.code == 0
    assert all(state in ran.out for state in CHARGE_RETRY.states)
    assert "→ waiting" in ran.told


def test_mermaid_text_can_be_pasted_as_it_is(paystates: Run) -> None:
    ran = paystates("diagram", "charge-retry@1", "--format", "mermaid", "--at", "held")
    assert ran.code == 0
    assert ran.out.startswith("stateDiagram-v2\n    [*] --> opening\n")
    assert "class held now" in ran.out


def test_a_diagram_as_data(paystates: Run) -> None:
    data = paystates("diagram", "charge-retry", "--json").data
    assert data["definition"] == CHARGE_RETRY.id
    assert [state["name"] for state in data["states"]] == list(CHARGE_RETRY.states)
    assert {"on": "resume", "from": "held", "to": "opening"}.items() <= next(
        move for move in data["moves"] if move["on"] == "resume"
    ).items()


def test_procedures_are_listed_with_their_actions(paystates: Run) -> None:
    assert "charge-retry@1" in paystates("procedures").told
    data = {row["definition"]: row for row in paystates("procedures", "--json").data}
    assert data.keys() == RELEASED.keys()
    assert data["charge-retry@1"]["newest"] is True
    assert "write_off" in data["charge-retry@1"]["actions"]


@pytest.mark.parametrize("name", DECLARED)
def test_every_procedure_is_drawn(name: str, paystates: Run) -> None:
    ran = paystates("diagram", name)
    assert ran.code == 0
    assert all(state in ran.out for state in DECLARED[name].newest.states)


def test_rules_are_listed_with_numbers_sentence_remedy_source_and_use(paystates: Run) -> None:
    told = paystates("rules").told
    assert "LAST_SLOT G54" in told
    assert "helps Hold the retries instead, or write the debt off." in told
    data = paystates("rules", "--json").data
    assert [rule["code"] for rule in data] == [rule.code for rule in CATALOGUE]
    by_code = {rule["code"]: rule for rule in data}
    assert by_code["METHOD_EXPIRED"]["helps"] == "update-details"
    assert by_code["METHOD_EXPIRED"]["numbers"] == ["G32"]
    assert (by_code["ATTEMPT_RUNNING"]["numbers"], by_code["ATTEMPT_RUNNING"]["source"]) == ([], "law 1; U1")
    assert by_code["REASON_MISSING"]["used"] == [{"procedure": "charge-retry@1", "actions": ["write_off"]}]


def test_rules_are_listed_in_norwegian(paystates: Run) -> None:
    """As text and as data; a language that nobody wrote is refused with those there are."""
    told = paystates("rules", "--language", "nb").told
    assert "helps Rett utløpsdatoen hvis kortet er fornyet med samme nummer, eller velg en annen." in told
    assert "with update-details" in told
    data = paystates("rules", "--language", "nb", "--json").data
    assert "{method} utløp {expires:date}." in [rule["sentence"] for rule in data]
    refused = paystates("rules", "--language", "xx")
    assert refused.code != 0
    assert "use one of these" in refused.told
