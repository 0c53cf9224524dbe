"""Who settles, and with what: judged again when the attempt is reserved (laws 4 and 5), and what the bank said before counts."""

from typing import Any

import pytest
from bench import BANK_ACCOUNT, Meddler
from settling_till import BOTH, DAY, DEBIT, Till, invoice, method

from activities.bookkeeping import receive_payment
from domain.accounts import Grant, Role
from domain.money import Money
from paystates.engine import Cancel
from states import methods


def test_a_role_that_was_withdrawn_while_a_confirmation_waited_pays_nothing() -> None:
    """Law 5: the roles are looked up again, when it is confirmed and when it is reserved."""
    till = Till()
    till.start(chosen="other")
    with till.desk.book.transaction() as pages:
        pages.remove_grant(Grant("ingrid", Role.GLOBAL_ADMIN, "fjord"))
    assert set(till.act(methods.Confirm())) >= {"NOT_ALLOWED", "MAY_NOT_PAY"}
    refused = till.settle(BOTH)
    assert "MAY_NOT_PAY" in [one.code for one in refused.refusals]
    assert till.bank.calls() == []


def test_another_administrators_card_is_not_settled() -> None:
    """G60: the declined card needs that the actor added it; a bank account is every administrator's (G2)."""
    where = Till().pay(actor="petter")
    assert where.state == "refused"
    assert [one["code"] for one in where.memory["refusals"]] == ["DECLINED_CARD_NOT_OWNED"]
    assert Till(methods=DEBIT).pay(actor="petter").state == "done"


def test_amounts_that_changed_are_confirmed_again() -> None:
    """Law 4: only what was agreed is charged."""
    till = Till()
    till.start(chosen="other")
    receive_payment(till.desk.book, "F-1", Money(2_500, "NOK"), "wire", till.now)
    till.act(methods.Confirm())
    where = till.where()
    assert (where.state, where.memory["last"]) == ("confirming", "what is due has changed")
    assert till.bank.calls() == []
    till.act(methods.Confirm())
    assert till.taken() == [("tok_other", 11_500, "NOK")]


def test_an_item_that_cannot_be_bound_afterwards_is_named_and_the_verdict_is_failed() -> None:
    """G61, G33: what is paid stays paid; the reason is in the outcome."""
    till = Till({"other": ["succeed"]})

    def withdraw() -> None:
        with till.desk.book.transaction() as pages:
            pages.remove_grant(Grant("ingrid", Role.GLOBAL_ADMIN, "fjord"))

    till.uses(Meddler(till.bank, "after confirm", withdraw))
    where = till.pay("other")
    assert (where.state, where.verdict) == ("incomplete", "failed")
    assert "ROLE_TOO_SMALL" in [one["code"] for one in where.memory["refusals"]]
    assert (till.owed("F-1"), till.bound("m365")) == (0, "card")


def test_what_the_rules_of_binding_forbid_is_not_charged() -> None:
    """G18 holds when settling rebinds too: it is checked before the money is taken."""
    till = Till(country="BE", methods=[method("card", country="BE"), method("bank", BANK_ACCOUNT, country="BE")])
    till.start()
    assert till.act(methods.Choose(method="bank")) == ("NO_NEW_ON_BANK_ACCOUNT",)
    assert till.act(methods.Choose(method="card")) == ()


MCA = {
    "kind": "MCA",
    "people": [
        {"id": "ingrid", "name": "Ingrid", "email": "ingrid@fjord.example", "roles": ["global_admin"]},
        {
            "id": "gunn",
            "name": "Gunn",
            "email": "g@fjord.example",
            "roles": [{"profile": "drift", "role": "invoice_manager"}],
        },
    ],
    "billing_profiles": [{"id": "drift", "name": "Drift", "method": "card"}],
    "subscriptions": [{"id": "m365", "name": "M", "billing_profile": "drift"}],
    "invoices": [
        {"id": name, "billing_profile": "drift", "currency": "NOK", "amount": "50.00", "billing_date": "0d", "due_date": "20d"}
        for name in ("F-1", "F-2")
    ],
}


def test_pay_now_pays_one_invoice_and_binds_nothing() -> None:
    """G63: before it falls due, too; G9: an invoice manager of the profile may."""
    till = Till(**MCA)
    assert till.pay("card", invoice="F-1", actor="gunn").state == "done"
    assert (till.owed("F-1"), till.owed("F-2")) == (0, 5_000)
    assert till.pay("other", invoice="F-2").state == "done"
    assert till.bound("drift") == "card"


DIRECT = {"id": "visio", "name": "Visio", "method": "card"}
OF_DIRECT = invoice("F-3", "30.00", subscription="visio")
NEW_ACCOUNT = {"token": "tok_new", "kind": "bank_account", "network": "autogiro", "last4": "6789", "country": "NO"}


@pytest.mark.parametrize(
    ("with_what", "code"),
    [({"chosen": "giro"}, "CARDS_ONLY"), ({"new": NEW_ACCOUNT}, "NEW_CARDS_ONLY")],
    ids=["existing", "new"],
)
def test_what_a_subscription_pays_by_itself_a_bank_account_may_pay_though_a_profile_has_the_card_too(
    with_what: dict[str, Any], code: str
) -> None:
    """C8: for the profile's own invoice it is refused, also at the commit that puts a new one on file; nothing is bound (G63)."""
    both = {
        "subscriptions": [*MCA["subscriptions"], DIRECT],
        "invoices": [*MCA["invoices"], OF_DIRECT],
        "methods": [method("card"), method("giro", BANK_ACCOUNT)],
    }
    till = Till(new=NEW_ACCOUNT, **{**MCA, **both})
    refused = till.start(invoice="F-1", confirmed=True, **with_what)
    assert refused.state == "refused"
    assert [one["code"] for one in refused.memory["refusals"]] == [code]
    assert till.start(invoice="F-3", confirmed=True, **with_what).state == "done"
    assert (till.owed("F-1"), till.bound("visio"), till.bound("drift")) == (5_000, "card", "card")
    assert [money for token, *money in till.taken()] == [[3_000, "NOK"]]


def test_who_may_pay_an_invoice_and_names_none_is_asked_for_its_name() -> None:
    """G63, G9: their role is on the profile that pays with the card; a role on another profile is too small, and says so."""
    north = {"id": "nord", "name": "Nord", "method": "other"}
    roles = [{"profile": "nord", "role": "profile_owner"}]
    nina = {"id": "nina", "name": "Nina", "email": "n@fjord.example", "roles": roles}
    till = Till(**{**MCA, "billing_profiles": [*MCA["billing_profiles"], north], "people": [*MCA["people"], nina]})
    refused = {
        (actor, method): [one["code"] for one in till.pay("card", actor=actor, method=method).memory["refusals"]]
        for actor, method in (("gunn", "card"), ("nina", "card"), ("nina", "other"), ("gunn", "other"))
    }
    assert refused == {
        ("gunn", "card"): ["INVOICE_NOT_NAMED"],
        ("nina", "card"): ["MAY_NOT_PAY"],
        ("nina", "other"): ["INVOICE_NOT_NAMED"],
        ("gunn", "other"): ["MAY_NOT_PAY"],
    }


def test_a_charge_that_was_disputed_is_never_repeated_there() -> None:
    """Law 8: the method is refused for that debt; another one may pay it."""
    till = Till({"card": [{"charged_back_after": "1d"}, "unexpected"]})
    till.pay()
    till.passes(2 * DAY)
    till.start()
    assert till.act(methods.Choose(method="card")) == ("DEBT_DISPUTED",)
    assert till.act(methods.Choose(method="other")) == ()


def test_what_the_network_asked_to_wait_for_is_waited_for() -> None:
    """money.md: a settlement obeys waits; after that the same method may be tried again (G24)."""
    step = {"decline": {"network": "51", "network_advice": "24"}}
    till = Till({"card": [step]}, methods=[method("card", {"brand": "mastercard", "last4": "5454", "expires": "2031-01"})])
    till.pay()
    assert till.act(methods.Choose(method="card")) == ("METHOD_MUST_WAIT",)
    till.now += 2 * DAY
    assert till.act(methods.Choose(method="card")) == ()


def test_a_debt_has_three_bank_debits_settlements_included() -> None:
    """money.md, default plan: refused with its rule, and a card may pay."""
    till = Till({"card": [{"decline": {"network": "R01"}}]}, methods=DEBIT)
    for _ in range(3):
        till.pay()
        till.act(Cancel())
        till.now += DAY
    till.start()
    assert "BANK_DEBITS_USED_UP" in till.act(methods.Choose(method="card"))
    assert till.act(methods.Choose(method="other")) == ()
