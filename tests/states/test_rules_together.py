"""Every refusal lists all reasons at once, and tells nobody what their role may not see."""

from datetime import date
from itertools import product

from for_every import for_every
from pictures import (
    BOTH,
    KARI,
    MCA_2024,
    NOW,
    Numbered,
    bank_account,
    card,
    codes,
    item,
    new_bank_account,
    picture,
    subscription,
)
from rule_cases import CASES, Case, name

from domain.accounts import AccountKind, Era, Standing
from paystates.engine import Actor, Moment, kind_of
from states import details, rules
from states import methods as ask
from states.facts import Picture
from states.procedures import NEWEST
from states.rules.judging import judge

STRANGER = Actor("lise")
ELSEWHERE = Actor("lise", frozenset({"profile_owner_elsewhere"}))
READER = Actor("lise", frozenset({"profile_reader"}))
PER_2024 = Actor("per", frozenset({"billing_admin"}))

BAD = card(
    "other",
    kind="bank_account",
    country="SE",
    added_by="per",
    standing=Standing.POOR,
)


def test_a_choice_is_refused_with_all_its_reasons() -> None:
    """A foreign, bad bank account for a billing profile, in an era without bank accounts, by somebody who may not."""
    shown = picture(MCA_2024 | {"country": "US"}, dependents=BOTH, candidates=(BAD,))
    assert codes(rules.CHOICE, shown, PER_2024, chosen="other") == [
        "ROLE_TOO_SMALL",
        "WRONG_COUNTRY",
        "CARDS_ONLY",
        "METHOD_NOT_GOOD",
        "NO_NEW_ON_BANK_ACCOUNT",
        "BANK_ACCOUNT_UNAVAILABLE",
    ]


def test_a_card_is_refused_with_all_its_reasons() -> None:
    """Neither the source nor the target is theirs, and the target is expired, foreign and was declined."""
    other = card("other", country="SE", expires=date(2026, 10, 31), standing=Standing.NEEDS_CORRECTION)
    assert codes(rules.CHOICE, picture(candidates=(other,)), PER_2024, chosen="other") == [
        "SOURCE_NOT_OWNED",
        "TARGET_NOT_OWNED",
        "WRONG_COUNTRY",
        "METHOD_EXPIRED",
        "METHOD_NEEDS_CORRECTION",
    ]
    assert codes(rules.CHOICE, picture(), PER_2024, chosen="visa") == ["SOURCE_NOT_OWNED", "SAME_METHOD"]
    assert codes(rules.CHOICE, picture(), PER_2024, chosen="none") == ["SOURCE_NOT_OWNED", "UNKNOWN_METHOD"]


def test_a_change_is_refused_with_all_its_reasons() -> None:
    """In 2024 an administrator of an MCA account changes nothing, and one that is paid by invoice has no method."""
    shown = picture({"kind": AccountKind.MCA, "era": Era.Y2024}, source=None, subscription=subscription(method=None))
    assert codes(rules.START_CHANGE, shown) == ["ROLE_TOO_SMALL", "PAYS_BY_INVOICE"]


def test_a_new_method_is_refused_with_all_its_reasons() -> None:
    shown = picture(MCA_2024 | {"country": "US"}, dependents=BOTH)
    new = new_bank_account(country="SE", expires=date(2026, 10, 31))
    assert codes(rules.ADD, shown, PER_2024, new=new) == [one.code for one in rules.ADD]


def test_a_correction_is_refused_with_all_its_reasons() -> None:
    class Both(details.Edit):
        number_changed: bool = True

    past = date(2020, 1, 31)
    shown = picture(source=card(added_by="olav", standing=Standing.GONE, expires=past))
    sent = Both(details=ask.Details(expires=past))
    assert codes(rules.EDIT, shown, KARI, event=sent) == [
        "SOURCE_NOT_OWNED",
        "NUMBER_IMMUTABLE",
        "SECURITY_CODE_MISSING",
        "METHOD_FINISHED",
        "NOTHING_CORRECTED",
        "EXPIRY_PASSED",
    ]
    of_a_bank_account = picture(source=bank_account())
    assert codes(rules.EDIT, of_a_bank_account, KARI, event=details.Edit(details=ask.Details(expires=past))) == [
        "NOTHING_CORRECTED",
        "EXPIRY_OF_BANK_ACCOUNT",
        "EXPIRY_PASSED",
    ]


def test_a_deletion_is_refused_with_all_its_reasons() -> None:
    shown = picture(
        {"methods": 1}, source=card(added_by="olav"), dependents=BOTH, charging=("F-1",), retried=("F-1",), outstanding=("F-2",)
    )
    assert codes(rules.DELETE, shown, KARI) == [
        "SOURCE_NOT_OWNED",
        "STILL_USED",
        "LAST_METHOD",
        "ATTEMPT_ON_METHOD",
        "RETRY_NEEDS_METHOD",
        "OUTSTANDING_CHARGES",
    ]


# What nobody is told.


HIDDEN = [case for case in CASES if case.code not in {"ROLE_TOO_SMALL", "ACCOUNT_ROLE_NEEDED"}]


@for_every(
    product(HIDDEN, [STRANGER, ELSEWHERE, READER]),
    lambda case, actor: f"{name(case)}, {', '.join(actor.roles) or 'a stranger'}",
)
def test_who_may_not_see_a_method_is_told_of_the_role_and_of_what_they_sent(case: Case, actor: Actor) -> None:
    """Neither names of methods nor what is wrong with them, who added them, what depends on them or what is charged."""
    refusals = judge(case.among, case.shown, actor, NOW, **case.asked or {})
    own = {"SAME_METHOD", "NUMBER_IMMUTABLE", "EXPIRY_PASSED"} & {case.code}
    assert {refusal.code for refusal in refusals} == {"ROLE_TOO_SMALL"} | own
    told = " ".join(f"{refusal.sentence} {refusal.remedy} {refusal.facts}" for refusal in refusals)
    known = [one for one in (case.shown.source, *case.shown.candidates) if one is not None]
    assert not [one.label for one in known if one.label in told]
    assert not [word for word in ("Microsoft 365", "Drift", "F-1", "SE", "NO ") if word in told]


OF_METHODS = {rule.code for rule in (*rules.CHANGE, *rules.CHOICE, *rules.ADD, *rules.EDIT, *rules.DELETE)}
BY_ROLE = {"ROLE_TOO_SMALL", "MAY_NOT_PAY"}
NOTHING_HIDDEN = {
    "pay_now": "whoever pays bills has the role on a billing profile, and where there is one a card is anybody's (G3)"
}


@for_every(NEWEST)
def test_what_is_not_told_is_not_allowed_either(name: str) -> None:
    """A rule that keeps silent to somebody stands beside the one about roles, which refuses them: silence is no yes."""
    for move in NEWEST[name].moves:
        kept_from = move.by - rules.METHOD_ADMINS - rules.SERVICES
        asked = {rule.code for rule in move.given}
        if kept_from and OF_METHODS & asked and kind_of(move.on) not in NOTHING_HIDDEN:
            assert BY_ROLE & asked, move
    assert judge((rules.SOURCE_NOT_OWNED,), picture({"kind": AccountKind.MCA}, source=card(added_by="per")), KARI, NOW) == ()


def test_who_manages_methods_in_another_era_is_told_all_reasons() -> None:
    """In 2024 a global administrator of an MCA account may see its methods, and is told more than that the role is too small."""
    assert codes(rules.DELETE, picture(MCA_2024, charging=("F-1",))) == ["ROLE_TOO_SMALL", "ATTEMPT_ON_METHOD"]


def test_our_own_operators_see_and_may_not() -> None:
    """G1: an operator explains a refusal to a customer, and manages no method of theirs."""
    assert codes(rules.DELETE, picture(charging=("F-1",)), Actor("olga", frozenset({"operator"}))) == [
        "ROLE_TOO_SMALL",
        "SOURCE_NOT_OWNED",
        "ATTEMPT_ON_METHOD",
    ]


class Nothing:
    """What a procedure remembers before it has read anything."""

    picture: Picture | None = None
    chosen = "other"
    actor = "kari"


def test_what_was_sent_is_judged_even_then() -> None:
    """G20: the front desk asks before anything is sent."""
    assert rules.NUMBER_IMMUTABLE(Moment(Nothing(), Numbered(), STRANGER, NOW)) is not None


def test_whoever_started_decides() -> None:
    """What may be chosen was looked up for the starter, so nobody else chooses."""

    class Started:
        actor = "kari"

    asked = Moment(Started(), ask.Choose(method="other"), KARI, NOW)
    assert rules.STARTED_BY_ANOTHER(asked) is None
    asked.actor = PER_2024
    refusal = rules.STARTED_BY_ANOTHER(asked)
    assert refusal is not None
    assert refusal.helps == "cancel"


def test_a_dependent_of_any_status_counts() -> None:
    """C2, G42, G52: the picture counts whatever has not been deleted, and one is enough."""
    shown = picture(dependents=BOTH.model_copy(update={"count": 1, "profiles": 0, "first": (item(),)}))
    assert codes(rules.DELETE, shown) == ["STILL_USED"]


def test_a_bank_account_is_no_card_of_anybody() -> None:
    """G2: the source may be any administrator's bank account."""
    assert codes(rules.DELETE, picture(source=bank_account()), PER_2024) == []
