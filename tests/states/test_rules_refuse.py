"""Each rule refuses by itself when all else is fine, says so with the facts of the case, and a remedy of ours removes it."""

from for_every import for_every
from pictures import A_SUBSCRIPTION, BOTH, KARI, NOW, PER, bank_account, card, new_card, picture, subscription
from rule_cases import CASES, Case, name

from domain.accounts import AccountKind
from states import details, rules
from states import methods as ask
from states.rules.judging import judge


@for_every(CASES, name)
def test_a_rule_refuses_by_itself_when_all_else_is_fine(case: Case) -> None:
    """The refusal names the case, its remedy and its source; no place in its sentences is left unfilled (G50)."""
    (refusal,) = judge(case.among, case.shown, case.actor, NOW, **case.asked or {})
    assert refusal.code == case.code
    assert case.says in refusal.sentence + refusal.remedy
    assert refusal.remedy
    assert refusal.source
    assert "{" not in refusal.sentence + refusal.remedy


@for_every([case for case in CASES if case.mended is not None], name)
def test_a_remedy_that_is_ours_removes_the_refusal(case: Case) -> None:
    """What `helps` names was done: another was chosen, the details were corrected, what pays with it was moved."""
    assert case.mended is not None
    assert judge(case.among, case.mended, case.actor, NOW, **case.mended_asked or {}) == ()


def test_a_remedy_of_ours_is_named_and_no_other() -> None:
    """`helps` is empty where the remedy lies outside, or where what was asked stays refused whatever is done."""
    named = {rule.code: bool(rule.helps) for rule in rules.CATALOGUE}
    removed = {case.code: False for case in CASES} | {case.code: True for case in CASES if case.mended is not None}
    assert {code: named[code] for code in removed} == removed


def test_every_rule_about_payment_methods_is_shown_to_refuse() -> None:
    """Those on charge-retry are shown with its chart; who may decide, and the rules of settling, with theirs."""
    among = {rule.code for rule in (*rules.CHANGE, *rules.CHOICE, *rules.ADD, *rules.EDIT, *rules.DELETE)}
    assert {case.code for case in CASES} == among


# What the rules do not refuse.


def test_a_card_is_anybodys_to_use_where_a_billing_profile_is() -> None:
    """G3 is about accounts without billing profiles: in an MCA account any administrator manages any card."""
    shown = picture({"kind": AccountKind.MCA})
    assert judge(rules.CHOICE, shown, PER, NOW, chosen="other") == ()


def test_a_bank_account_is_every_administrators() -> None:
    """G2: Per replaces Kari's bank account by another of hers."""
    shown = picture(source=bank_account(), candidates=(bank_account("other"),))
    assert judge(rules.CHOICE, shown, PER, NOW, chosen="other") == ()


def test_one_subscription_may_leave_a_card_that_somebody_else_added() -> None:
    """G60: who may not use the declined card takes an own one; the card itself is not touched (G3)."""
    shown = picture(subscription=subscription(), candidates=(card("pers", added_by="per"),))
    assert judge(rules.CHANGE, shown, PER, NOW, chosen="pers") == ()


def test_one_subscription_beside_a_profile_on_the_same_method_may_go_to_a_bank_account() -> None:
    """C8, G35: what counts is what is moved, and that is the one subscription."""
    shown = picture(dependents=BOTH, subscription=subscription(), candidates=(bank_account(),))
    assert judge(rules.CHANGE, shown, KARI, NOW, chosen="bank") == ()


def test_a_bank_account_needs_neither_an_expiry_nor_a_security_code() -> None:
    """G20, G21: both belong to cards."""
    sent = details.Edit(details=ask.Details(holder="Kari"))
    assert judge(rules.EDIT, picture(source=bank_account()), KARI, NOW, event=sent) == ()
    assert judge(rules.EDIT, picture(source=None), KARI, NOW, event=sent) == ()
    assert judge(rules.CHOICE, picture(candidates=(bank_account(),)), KARI, NOW, chosen="bank") == ()


def test_an_action_that_is_only_listed_is_not_judged_by_an_earlier_choice() -> None:
    """The view asks the rules without the action's fields: what was chosen before and dropped does not count."""
    listed = ask.Choose.model_construct(kind="choose")
    assert judge(rules.CHOICE, picture(), KARI, NOW, chosen="visa", event=listed) == ()
    assert [one.code for one in judge(rules.CHOICE, picture(), KARI, NOW, event=ask.Choose(method="visa"))] == ["SAME_METHOD"]
    blank = ask.AddNew.model_construct(kind="add_new")
    assert judge(rules.ADD, picture(), KARI, NOW, new=new_card(country="SE"), event=blank) == ()


def test_many_invoices_are_counted_and_not_all_named() -> None:
    """A sentence names ten at most."""
    (refusal,) = judge(rules.DELETE, picture(charging=tuple(f"F-{n}" for n in range(12))), KARI, NOW)
    assert "F-9, + 2)" in refusal.sentence


def test_what_depends_on_a_method_is_counted_when_it_is_not_named() -> None:
    """A picture may name none of many."""
    (refusal,) = judge(rules.DELETE, picture(dependents=A_SUBSCRIPTION.model_copy(update={"first": ()})), KARI, NOW)
    assert "(1 in all: 1)" in refusal.sentence
