"""The rules of settling: what each refuses by itself, several together, and who may pay."""

from datetime import datetime
from typing import Any

import pytest
from for_every import for_every
from pictures import KARI, NOW, PER, TODAY, bank_account, card, depends, item
from settling_world import (
    BE,
    BE_BANK,
    F1,
    F2,
    F3,
    GUNN,
    HOUR,
    LISE,
    MCA,
    NOTHING,
    OWN_LEFT,
    PAY_NOW,
    WHOLE,
    balance,
)

from domain.accounts import AccountKind, Era, MethodKind, PayerKind, Standing
from paystates.engine import Actor
from states import rules
from states import settling as ask
from states.facts import NewMethod
from states.rules.judging import judge
from states.rules.norwegian import tell

PROFILE = item(PayerKind.PROFILE, "Drift")
UNNAMED = balance(MCA, debts=(F1,), dependents=depends(PROFILE))

DIRECT_2024 = balance(MCA | {"era": Era.Y2024}, invoice="F-1", candidates=(bank_account("other"),))
OWNER = Actor("kari", frozenset({"account_owner"}))

# The rules, each by itself.


def bar(kind: str, until: datetime | None = None) -> dict[str, Any]:
    return {"bars": (ask.Bar(method="other", kind=kind, invoice="F-1", until=until),)}


REFUSED: list[tuple[str, ask.Balance, str, Actor, str]] = [
    ("MAY_NOT_PAY", PAY_NOW, "visa", Actor("kari", frozenset({"account_contributor"})), "invoice manager"),
    ("DECLINED_CARD_NOT_OWNED", WHOLE, "visa", PER, "Visa ending 4242 was added by another administrator"),
    ("PARTIAL_PAYMENT", balance(invoice="F-1"), "visa", KARI, "F-1 cannot be paid by itself"),
    ("INVOICE_NOT_NAMED", UNNAMED, "visa", KARI, "none is named"),
    ("INVOICE_NOT_NAMED", UNNAMED, "visa", Actor("kari", frozenset({"profile_owner"})), "none is named"),
    ("NOTHING_DUE", NOTHING, "visa", KARI, "nor with any other payment method"),
    ("DUE_ELSEWHERE", OWN_LEFT, "visa", KARI, "other payment methods: Visa ending 1881 (25.00 NOK)."),
    ("INVOICE_NOT_DUE", PAY_NOW.model_copy(update={"debts": (F2,)}), "visa", GUNN, "Nothing is due of F-1."),
    ("ATTEMPT_ON_DEBT", balance(debts=(F1, F3.model_copy(update={"charging": True}))), "other", KARI, "under way on F-3"),
    ("PAYING_CARD_NOT_OWNED", PAY_NOW, "other", GUNN, "only with a card of your own"),
    ("NETWORK_CAP", balance(**bar("capped", NOW + HOUR)), "other", KARI, "before 2026-11-22 10:00 UTC"),
    ("NETWORK_CAP_FOR_GOOD", balance(**bar("capped")), "other", KARI, "no further attempt with Visa ending 1881"),
    ("METHOD_MUST_WAIT", balance(**bar("asked_to_wait", NOW + HOUR)), "other", KARI, "wait until 2026-11-22 10:00 UTC"),
    ("DEBT_DISPUTED", balance(**bar("disputed")), "other", KARI, "An earlier charge of F-1 on Visa ending 1881"),
    ("BANK_DEBITS_USED_UP", balance(**bar("used_up")), "other", KARI, "F-1 has had them"),
    ("DEBIT_AMOUNT_CHANGED", balance(**bar("amount_changed")), "other", KARI, "A debit of F-1 was returned"),
    # Rules that it shares with the others.
    ("UNKNOWN_METHOD", WHOLE, "amex", KARI, "“amex”"),
    ("WRONG_COUNTRY", balance(candidates=(card("other", country="SE"),)), "other", KARI, "issued in SE"),
    ("METHOD_EXPIRED", balance(candidates=(card("other", expires=TODAY.replace(year=2025)),)), "other", KARI, "expired on"),
    ("METHOD_NEEDS_CORRECTION", balance(source=card(standing=Standing.NEEDS_CORRECTION)), "visa", KARI, "must be corrected"),
    ("METHOD_NOT_GOOD", balance(source=card(standing=Standing.FINISHED)), "visa", KARI, "cannot be charged"),
    ("METHOD_EXPIRED", PAY_NOW.model_copy(update={"source": card(expires=TODAY.replace(year=2025))}), "visa", GUNN, ""),
    ("CARDS_ONLY", PAY_NOW.model_copy(update={"candidates": (bank_account("other"),)}), "other", KARI, "billing profile"),
    ("BANK_ACCOUNT_UNAVAILABLE", DIRECT_2024, "other", OWNER, "bank account is not available"),
    # And where paying binds anew.
    ("TARGET_NOT_OWNED", balance(candidates=(card("other", added_by="per"),)), "other", KARI, "added by another"),
    ("NO_NEW_ON_BANK_ACCOUNT", balance(BE, source=card(country="BE"), candidates=(BE_BANK,)), "other", KARI, "bank account"),
]  # fmt: skip


@for_every(REFUSED, lambda code, picture, chosen, actor, says: f"{code} “{says}”")
def test_a_rule_refuses_by_itself_when_all_else_is_fine(
    code: str, picture: ask.Balance, chosen: str, actor: Actor, says: str
) -> None:
    """Each with its facts, and in Norwegian too; the balance of everybody else is not refused."""
    (refusal,) = judge(rules.SETTLING, picture, actor, NOW, chosen=chosen)
    assert refusal.code == code
    assert says in refusal.sentence
    norwegian = tell(refusal, "nb")
    assert norwegian.sentence != refusal.sentence
    assert "{" not in norwegian.sentence + norwegian.remedy + refusal.sentence + refusal.remedy
    assert judge(rules.SETTLING, WHOLE, KARI, NOW, chosen="other") == ()
    assert judge(rules.SETTLING, PAY_NOW, GUNN, NOW, chosen="visa") == ()


def test_every_rule_of_settling_has_a_case_of_its_own() -> None:
    assert {row[0] for row in REFUSED} >= {rule.code for rule in rules.OWN_SETTLING}


@pytest.mark.parametrize("kind", ["capped", "asked_to_wait"])
def test_a_wait_that_is_over_refuses_nothing(kind: str) -> None:
    """Its remedy is to wait: then what was read before is taken."""
    assert judge(rules.SETTLING, balance(**bar(kind, NOW)), KARI, NOW, chosen="other") == ()


def test_all_reasons_come_at_once() -> None:
    """G50: what is due, who asks, and the method, together."""
    charging = F1.model_copy(update={"charging": True})
    bad = balance(debts=(charging,), source=card(added_by="per", standing=Standing.GONE), invoice="F-1")
    codes = {one.code for one in judge(rules.SETTLING, bad, KARI, NOW, chosen="visa")}
    assert codes == {"DECLINED_CARD_NOT_OWNED", "PARTIAL_PAYMENT", "ATTEMPT_ON_DEBT", "METHOD_NOT_GOOD"}


def test_who_may_not_pay_learns_nothing_else() -> None:
    """The sentence names roles, and nothing of the book."""
    bad = balance(source=card(added_by="per", standing=Standing.GONE), invoice="F-1")
    (refusal,) = judge(rules.SETTLING, bad, LISE, NOW, chosen="visa")
    assert refusal.code == "MAY_NOT_PAY"
    assert refusal.sentence == "Your role is not enough to pay this: it takes somebody who is global admin or billing admin."


@for_every(
    [
        ((PROFILE,), "profile_owner", {"INVOICE_NOT_NAMED"}),
        ((PROFILE,), "invoice_manager", {"INVOICE_NOT_NAMED"}),
        ((PROFILE,), "account_contributor", {"MAY_NOT_PAY", "INVOICE_NOT_NAMED"}),
        ((PROFILE,), "profile_reader", {"MAY_NOT_PAY"}),
        ((PROFILE, item()), "account_contributor", {"INVOICE_NOT_NAMED"}),
        ((PROFILE, item()), "profile_owner", {"INVOICE_NOT_NAMED"}),
        ((item(),), "account_contributor", {"INVOICE_NOT_NAMED"}),
        ((item(),), "profile_owner", {"MAY_NOT_PAY", "INVOICE_NOT_NAMED"}),
        ((), "account_owner", {"INVOICE_NOT_NAMED"}),
    ],
)
def test_who_names_no_invoice_is_asked_for_one_when_they_may_pay_any(items: tuple[Any, ...], role: str, codes: set[str]) -> None:
    """G63: what helps is its name. G9, C6: a role too small is told as well where nothing that the method pays is theirs."""
    picture = balance(MCA, debts=(F1,), dependents=depends(*items))
    assert {one.code for one in judge(rules.START_SETTLING, picture, Actor("kari", frozenset({role})), NOW)} == codes


def test_what_is_due_elsewhere_is_summed_up_by_method_and_currency() -> None:
    """The sentence is as long as there are methods, however many invoices."""
    more = [F3.model_copy(update={"invoice": f"F-{n}"}) for n in (4, 5)]
    euros = F3.model_copy(update={"invoice": "F-6", "currency": "EUR"})
    (refusal,) = judge(rules.WHY_NOTHING, balance(debts=(F3, *more, euros)), KARI, NOW, chosen="visa")
    assert refusal.facts["others"] == "Visa ending 1881 (25.00 EUR), Visa ending 1881 (75.00 NOK)"


def test_a_declined_bank_account_pays_once_more_where_no_other_one_may_pay() -> None:
    """G18c: what it pays for already; another one is refused to whoever may pay, an invoice manager too."""
    own = DIRECT_2024.model_copy(update={"source": bank_account("visa")})
    assert judge(rules.SETTLING, own, OWNER, NOW, chosen="visa") == ()
    through_profile = DIRECT_2024.model_copy(update={"profile": "drift"})
    codes = {one.code for one in judge(rules.SETTLING, through_profile, GUNN, NOW, chosen="other")}
    assert codes == {"CARDS_ONLY", "BANK_ACCOUNT_UNAVAILABLE"}


def test_who_pays_the_one_invoice_decides_whether_a_bank_account_may() -> None:
    """C8, G29, G63: a profile that pays with the same card does not pay this invoice. Where none is named, it might."""
    by_subscription = {"dependents": depends(PROFILE, item()), "candidates": (bank_account("other"),), "debts": (F1,)}
    new = NewMethod(token="tok_new", kind=MethodKind.BANK_ACCOUNT, network="autogiro", last4="6789", country="NO")

    def codes(**named: Any) -> set[str]:
        shown = balance(MCA, **by_subscription, **named)
        refusals = judge(rules.SETTLING, shown, KARI, NOW, chosen="other") + judge(rules.ADD, shown, KARI, NOW, new=new)
        return {one.code for one in refusals}

    assert codes(invoice="F-1") == set()
    assert codes(invoice="F-1", profile="drift") == {"CARDS_ONLY", "NEW_CARDS_ONLY"}
    assert codes() == {"INVOICE_NOT_NAMED", "CARDS_ONLY", "NEW_CARDS_ONLY"}


def test_a_bank_account_that_paid_before_may_pay_again() -> None:
    """G18a is about new subscriptions: what it pays for already it may pay, in good standing."""
    belgian = balance(BE, source=bank_account("visa", country="BE"), candidates=())
    assert judge(rules.SETTLING, belgian, PER, NOW, chosen="visa") == ()


@pytest.mark.parametrize("kind", ["capped", "asked_to_wait"])
def test_of_several_waits_the_longest_counts(kind: str) -> None:
    """What was read a while ago: the wait of one debt is over by now, and that of another is not."""
    later, over = (bar(kind, until)["bars"][0] for until in (NOW + HOUR, NOW - HOUR))
    (refusal,) = judge(rules.SETTLING, balance(bars=(over, later)), KARI, NOW, chosen="other")
    assert "2026-11-22 10:00 UTC" in refusal.sentence


def test_what_is_capped_for_one_debt_for_a_while_may_be_capped_for_another_for_good() -> None:
    """G50: both are told, and the one that never ends outlasts the other."""
    never = bar("capped")["bars"][0].model_copy(update={"invoice": "F-2"})
    for until, codes in ((NOW + HOUR, {"NETWORK_CAP", "NETWORK_CAP_FOR_GOOD"}), (NOW, {"NETWORK_CAP_FOR_GOOD"})):
        bars = (*bar("capped", until)["bars"], never)
        assert {one.code for one in judge(rules.SETTLING, balance(bars=bars), KARI, NOW, chosen="other")} == codes


# Who may pay: written out.

ALL = "global_admin billing_admin account_owner account_contributor "
ALL += "profile_owner profile_contributor invoice_manager profile_reader"
BY_PROFILE = "account_owner profile_owner profile_contributor invoice_manager"
TABLE = [
    (Era.SEED, AccountKind.MOSA, None, "global_admin billing_admin"),
    (Era.Y2022, AccountKind.MOSA, None, "global_admin billing_admin"),
    (Era.Y2024, AccountKind.MOSA, None, "global_admin billing_admin"),
    (Era.SEED, AccountKind.MCA, "drift", f"global_admin billing_admin {BY_PROFILE}"),
    (Era.Y2022, AccountKind.MCA, "drift", f"global_admin billing_admin {BY_PROFILE}"),
    (Era.Y2024, AccountKind.MCA, "drift", BY_PROFILE),
    (Era.SEED, AccountKind.MCA, None, "global_admin billing_admin account_owner account_contributor"),
    (Era.Y2022, AccountKind.MCA, None, "global_admin billing_admin account_owner account_contributor"),
    (Era.Y2024, AccountKind.MCA, None, "account_owner account_contributor"),
]


@for_every(TABLE)
def test_those_may_pay_whom_the_table_names(era: Era, kind: AccountKind, profile: str | None, may: str) -> None:
    """G1, G4 to G6, G9, C6, C10: one cell for each role, held alone; a role elsewhere, an operator and nobody may not."""
    picture = balance({"kind": kind, "era": era}, profile=profile, invoice="F-1" if kind is AccountKind.MCA else None)
    roles = [*ALL.split(), "operator", "service", "invoice_manager_elsewhere", ""]
    allowed = [role for role in roles if not judge(rules.START_SETTLING, picture, Actor("kari", frozenset({role} - {""})), NOW)]
    assert allowed == [role for role in ALL.split() if role in may.split()]
