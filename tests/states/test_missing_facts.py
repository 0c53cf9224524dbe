"""When a fact that a rule needs is missing, it says that it cannot tell, and what is missing: never a silent yes.

Every fact that may be unknown stands here, with the rule that refuses then, or with what it means that there is none.
"""

from types import NoneType
from typing import get_args

import pytest
from pictures import KARI, NOW
from pydantic import BaseModel
from rule_cases import CASES, Case, name

from paystates.engine import Missing, Rule
from states.debts import Debt
from states.facts import AccountFacts, Dependents, Item, MethodFacts, NewMethod, Picture, SubscriptionFacts
from states.rules.judging import judge
from states.rules.norwegian import tell

READ_BY_RULES = (AccountFacts, Dependents, Item, MethodFacts, NewMethod, Picture, SubscriptionFacts, Debt)

UNKNOWN = {
    "MethodFacts.country": "WRONG_COUNTRY",
    "MethodFacts.expires": "METHOD_EXPIRED",
    "NewMethod.country": "NEW_WRONG_COUNTRY",
    "NewMethod.expires": "NEW_METHOD_EXPIRED",
}
"""Facts that nobody may know, and the rule that needs them."""

NONE_IS_A_FACT = {
    "Dependents.profile": "something else depends on the method, or nothing does",
    "Picture.source": "the picture is about no method: an account, or a subscription that has none of its own",
    "Picture.subscription": "no single subscription is changed",
    "SubscriptionFacts.method": "it is paid by invoice or through a billing profile",
    "SubscriptionFacts.profile": "it pays by itself",
    "Debt.method": "none is bound; `chargeable` says that nothing may be charged",
    "Debt.card_owner": "it is no card",
    "Debt.profile": "a subscription pays by itself",
    "Debt.next_slot": "no slot is left; LAST_SLOT cannot tell then, which tests/states/test_charge_retry_rules.py shows",
    "Debt.next_at": "no slot is left",
    "Debt.not_before": "nobody asked to wait",
}
"""Where None says something, rather than that nobody knows."""


def may_be_none(model: type[BaseModel]) -> set[str]:
    fields = model.model_fields.items()
    return {f"{model.__name__}.{field}" for field, info in fields if NoneType in get_args(info.annotation)}


def test_every_fact_that_may_be_unknown_has_a_rule_that_says_so() -> None:
    """A new fact that may be missing must be put into one of the tables."""
    found = set().union(*(may_be_none(model) for model in READ_BY_RULES))
    assert found == UNKNOWN.keys() | NONE_IS_A_FACT.keys()
    assert set(UNKNOWN.values()) == {case.code for case in CASES if case.label == "missing"}


@pytest.mark.parametrize("case", [case for case in CASES if case.label == "missing"], ids=name)
def test_a_rule_that_lacks_a_fact_refuses_and_says_which(case: Case) -> None:
    """In both languages; the remedy is to have it entered, and then the rule is asked again."""
    (refusal,) = judge(case.among, case.shown, KARI, NOW, **case.asked or {})
    assert refusal.code == case.code
    assert refusal.sentence == f"It cannot be told whether this is allowed: {refusal.facts['missing']} is not known."
    assert refusal.facts["missing"] in refusal.remedy
    assert tell(refusal, "nb").sentence.startswith("Det kan ikke avgjøres om dette er tillatt: ")


def test_whatever_is_missing_the_sentence_is_whole() -> None:
    rule = Rule("X", lambda moment: Missing("the weather"), "", "", "G1")
    refusal = rule(None)  # type: ignore[arg-type]  # its check looks at nothing
    assert refusal is not None
    assert refusal.remedy == "Have the weather entered, and try again."
    assert refusal.helps == ""
