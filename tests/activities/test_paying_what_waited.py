"""What waited for a correction is paid at once when somebody says so who may pay it, whoever corrected the details (G24, G9)."""

import pytest
from settling_till import HOUR, Till, method

from states.details import PayNow

CORRECTS = {"id": "ingrid", "name": "Ingrid", "email": "ingrid@fjord.example", "roles": ["account_contributor"]}
PAYS = {
    "id": "pia",
    "name": "Pia",
    "email": "pia@fjord.example",
    "roles": [{"role": "profile_owner", "profile": "main"}],
}
INVOICE = {"currency": "NOK", "amount": "100.00", "billing_date": "0d"}


@pytest.fixture
def till() -> Till:
    """An invoice of a billing profile waits for its card to be corrected; Ingrid may do that, and Pia may pay."""
    return Till(
        {"card": [{"decline": "incorrect_zip"}, "succeed"]},
        kind="MCA",
        era="2024",
        people=[CORRECTS, PAYS],
        methods=[method("card")],
        billing_profiles=[{"id": "main", "name": "Main", "method": "card"}],
        subscriptions=[{"id": "m365", "name": "Microsoft 365", "billing_profile": "main"}],
        invoices=[{"id": "F-1", "billing_profile": "main", **INVOICE}],
    )


def test_it_is_paid_for_whom_said_so_and_not_for_whom_corrected(till: Till) -> None:
    till.start("charge-retry", invoice="F-1")
    till.passes(2 * HOUR)
    corrected = {"details": {"holder": "New Name"}, "security_code": "sc_1"}
    assert till.start("update-details", method="card", actor="ingrid", **corrected).state == "offering"
    assert "NOT_ALLOWED" in till.act(PayNow(), "ingrid", "update-details/card")
    assert till.act(PayNow(), "pia", "update-details/card") == ()
    till.passes(HOUR)
    assert till.owed("F-1") == 0


def test_who_corrects_and_may_not_pay_has_nothing_paid_at_once(till: Till) -> None:
    till.start("charge-retry", invoice="F-1")
    till.passes(2 * HOUR)
    corrected = {"details": {"holder": "New Name"}, "security_code": "sc_1", "charge_now": True}
    assert till.start("update-details", method="card", actor="ingrid", **corrected).state == "done"
    till.passes(HOUR)
    assert till.owed("F-1") == 10_000
