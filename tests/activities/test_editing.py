"""Saving corrected details, and what the issuer renews: checked by the provider, judged again as it is written (G20 to G25)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from at_the_provider import WITHDRAWN, AtTheOffice, record, with_bank
from method_office import NOW, Office, codes

from activities import bookkeeping
from activities.bookkeeping import Wake
from domain.accounts import Attempt, AttemptStatus, Initiator, Method, MethodKind, Standing
from gateways.port import GatewayUnavailable, MethodDetails, Notification, SetUp
from gateways.scripted import ScriptedBank
from paystates.engine import Walk
from states import methods as ask
from states.charge_retry import DetailsUpdated
from states.details import Memory
from states.update_details import UPDATE_DETAILS

DETAILS = ask.Details(holder="Anna Berg", address="Storgata 1, Oslo", expires=date(2033, 5, 31))


def edit(office: Office, details: ask.Details = DETAILS, *, run: str = "1", **more: Any) -> Any:
    """Save them, as `anna` asked. Each run has a key of its own at the provider."""
    request = ask.SaveDetails(**{"method": "old", "details": details, "security_code": "sc_1", "actor": "anna", **more})
    return office.do(request, subject="update-details/old", run=run)


def the(office: Office, name: str = "old") -> Method:
    return office.read(lambda pages: record(pages, name))


def put(office: Office, name: str = "old", **differences: Any) -> None:
    office.write(lambda pages: pages.put_method(replace(record(pages, name), **differences)))


# What is saved.


def test_holder_and_expiry_are_saved_and_the_address_is_the_providers(office: Office) -> None:
    """G20. What is kept of an address is kept where it is checked."""
    bank = with_bank(office, "")
    assert edit(office) == ask.Saved()

    assert (the(office).holder, the(office).expires, the(office).details_at) == ("Anna Berg", date(2033, 5, 31), NOW)
    assert bank.read_details("tok_old") == MethodDetails("Anna Berg", "Storgata 1, Oslo", date(2033, 5, 31))
    assert [row.event_kind for row in office.journal("update-details/old")] == ["saved"]


def test_what_is_not_given_stays(office: Office) -> None:
    edit(office)
    edit(office, ask.Details(address="Oslo"), run="2")
    edit(office, ask.Details(holder=""), run="3")

    assert (the(office).holder, the(office).expires, the(office).last4) == ("", date(2033, 5, 31), "4242")


@pytest.mark.parametrize(
    ("standing", "after"),
    [(Standing.NEEDS_CORRECTION, Standing.GOOD), (Standing.GOOD, Standing.GOOD)],
)
def test_a_method_that_waited_for_a_correction_is_armed_again(office: Office, standing: Standing, after: Standing) -> None:
    put(office, standing=standing)
    edit(office)
    assert the(office).standing is after


@pytest.mark.parametrize("standing", [Standing.FINISHED, Standing.GONE])
def test_a_finished_method_stays_finished(office: Office, standing: Standing) -> None:
    """G24, C9."""
    put(office, standing=standing)
    assert codes(edit(office)) == ["METHOD_FINISHED"]
    assert (the(office).standing, the(office).details_at) == (standing, None)


def test_an_expired_card_is_corrected(office: Office) -> None:
    put(office, expires=date(2026, 1, 31))
    assert isinstance(edit(office), ask.Saved)
    assert the(office).expires == date(2033, 5, 31)


def test_what_is_due_on_the_method_may_be_paid_at_once(office: Office) -> None:
    """G24: what is collected and has no open attempt (law 1)."""
    office.subscribe("a", "b", "c", "d")
    office.subscribe("elsewhere", method="new")
    for number, payer in enumerate(("a", "b", "c", "d", "elsewhere"), start=1):
        office.owe(f"F-{number}", payer, pinned=payer != "b")
    office.pay("F-3")
    office.write(
        lambda pages: pages.add_attempt(
            Attempt("F-4", 1, AttemptStatus.CLEARING, "old", "visa", 100, "NOK", Initiator.MERCHANT, "charge-retry", NOW)
        )
    )
    assert edit(office).due == ("F-1",)


# What is refused.


def test_without_its_security_code_a_card_is_not_saved_and_the_provider_not_asked(office: Office) -> None:
    """G21."""
    bank = with_bank(office, "")
    assert codes(edit(office, security_code=None)) == ["SECURITY_CODE_MISSING"]
    assert (bank.calls(), the(office).details_at) == ([], None)


def test_a_bank_account_has_no_security_code(office: Office) -> None:
    """G2: and any administrator may correct it."""
    assert isinstance(edit(office, ask.Details(holder="Anna Berg"), method="bank", actor="bo", security_code=None), ask.Saved)
    assert the(office, "bank").kind is MethodKind.BANK_ACCOUNT


def test_a_card_is_corrected_by_whoever_added_it(office: Office) -> None:
    """G3."""
    assert codes(edit(office, method="bos")) == ["SOURCE_NOT_OWNED"]
    assert isinstance(edit(office, method="bos", actor="bo"), ask.Saved)


def test_what_the_provider_refuses_is_not_saved(office: Office) -> None:
    with_bank(office, "tok_old: [{details: {security_code: sc_2}}]")
    put(office, standing=Standing.NEEDS_CORRECTION)

    assert edit(office) == ask.NotAdded(why="the provider or the bank refused it (incorrect cvc)")
    assert (the(office).standing, the(office).holder) == (Standing.NEEDS_CORRECTION, "")


def test_a_method_that_is_not_on_file_is_not_saved(office: Office) -> None:
    assert edit(office, method="nothing") == ask.NotAdded(why="it is not on file any more")
    office.delete("old")
    assert edit(office) == ask.NotAdded(why="it is not on file any more")


def test_an_edit_whose_reply_was_lost_is_asked_again_and_saved_once(office: Office) -> None:
    bank = with_bank(office, "tok_old: [{details: {fault: reply_lost}}, {details: {refused: twice}}]")
    with pytest.raises(GatewayUnavailable):
        edit(office)
    assert the(office).details_at is None

    assert isinstance(edit(office), ask.Saved)
    assert [call.outcome for call in bank.calls()] == ["unavailable", "ready"]


class Meddler(ScriptedBank):
    """The bank, and something that happens to the method while it checks."""

    def __init__(self, office: Office, happens: str) -> None:
        super().__init__()
        self._office = office
        self._happens = happens

    def update_details(self, token: str, details: MethodDetails, security_code: str | None, key: str) -> SetUp:
        if self._happens == "declined for good":
            put(self._office, standing=Standing.FINISHED)
        elif self._happens == "role withdrawn":
            self._office.write(lambda pages: pages.remove_grant(WITHDRAWN))
        else:
            put(self._office, deleted_at=NOW)
        return super().update_details(token, details, security_code, key)


@pytest.mark.parametrize(
    ("happens", "expected"), [("declined for good", ["METHOD_FINISHED"]), ("role withdrawn", ["ROLE_TOO_SMALL"]), ("deleted", [])]
)
def test_what_happens_while_the_provider_checks_is_seen_at_the_commit(office: Office, happens: str, expected: list[str]) -> None:
    """Law 5."""
    office.desk = replace(office.desk, gateway=Meddler(office, happens))
    answer = edit(office)

    assert isinstance(answer, ask.HalfSaved), "the provider has them"
    assert [one.code for one in answer.refusals] == expected
    assert the(office).details_at is None
    (case,) = office.read(lambda pages: pages.cases("fjord"))
    assert (case.kind, case.subject) == ("details-saved-at-the-provider-only", "update-details/old")
    assert (case.invoice_id, case.facts) == (None, "payment method old"), "whether anything is due on it or not"


def test_what_only_the_provider_saved_is_one_case_while_that_is_open(office: Office) -> None:
    """Somebody who tries again and again does not fill an operator's desk."""
    office.desk = replace(office.desk, gateway=Meddler(office, "declined for good"))
    edit(office)
    put(office, standing=Standing.GOOD)
    assert isinstance(edit(office, run="2"), ask.HalfSaved)
    assert len(office.read(lambda pages: pages.cases("fjord"))) == 1


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        (ask.Details(), ["NOTHING_CORRECTED"]),
        (ask.Details(address=""), ["NOTHING_CORRECTED"]),
        (ask.Details(holder=""), ["NOTHING_CORRECTED"]),
        (ask.Details(expires=date(2031, 1, 31)), ["NOTHING_CORRECTED"]),
        (ask.Details(expires=date(2020, 1, 31)), ["EXPIRY_PASSED"]),
    ],
)
def test_what_corrects_nothing_arms_nothing_and_the_provider_is_not_asked(
    office: Office, details: ask.Details, expected: list[str]
) -> None:
    """G24, C9, G32."""
    bank = with_bank(office, "")
    put(office, standing=Standing.NEEDS_CORRECTION, expires=date(2031, 1, 31))

    assert codes(edit(office, details)) == expected
    assert (the(office).standing, bank.calls()) == (Standing.NEEDS_CORRECTION, [])


def test_a_bank_account_is_given_no_expiry_and_by_one_it_does_not_become_good_again(office: Office) -> None:
    """G20: the expiry is a card's. Alone it corrects nothing; beside a name it is refused, and nothing is saved."""
    bank = with_bank(office, "")
    put(office, "bank", standing=Standing.NEEDS_CORRECTION)
    expiry = date(2033, 5, 31)

    assert codes(edit(office, ask.Details(expires=expiry), method="bank", security_code=None)) == [
        "NOTHING_CORRECTED",
        "EXPIRY_OF_BANK_ACCOUNT",
    ]
    named = ask.Details(holder="Anna Berg", expires=expiry)
    assert codes(edit(office, named, method="bank", security_code=None, run="2")) == ["EXPIRY_OF_BANK_ACCOUNT"]
    kept = the(office, "bank")
    assert (kept.standing, kept.expires, kept.holder, bank.calls()) == (Standing.NEEDS_CORRECTION, None, "", [])


def test_a_new_address_arms_a_declined_card_again(office: Office) -> None:
    """G24."""
    put(office, standing=Standing.NEEDS_CORRECTION)
    assert isinstance(edit(office, ask.Details(address="Oslo")), ask.Saved)
    assert the(office).standing is Standing.GOOD


# What the issuer renews (G25).


def renewed(office: Office, **details: Any) -> tuple[ScriptedBank, list[Wake]]:
    """The issuer renews `old`, and the provider tells of it."""
    bank = with_bank(office, "")
    bank.renew_method("tok_old", **details)
    return bank, heard(office, bank)


def heard(office: Office, bank: ScriptedBank | None, token: str = "tok_old") -> list[Wake]:
    return bookkeeping.hear(office.book, Notification("n", "method.updated", NOW, token=token), office.now, bank)


@pytest.mark.parametrize("standing", [Standing.GOOD, Standing.NEEDS_CORRECTION, Standing.POOR, Standing.FINISHED, Standing.GONE])
def test_a_renewed_card_is_taken_in_whatever_its_state(office: Office, standing: Standing) -> None:
    """Its expiry and last digits are the provider's; only a method that waited for a correction is armed again."""
    office.subscribe("m365")
    office.owe("F-1", "m365")
    put(office, standing=standing)
    _, wakes = renewed(office, expires=date(2034, 6, 30), last4="1881")

    assert (the(office).expires, the(office).last4, the(office).details_at) == (date(2034, 6, 30), "1881", NOW)
    assert the(office).standing is (Standing.GOOD if standing is Standing.NEEDS_CORRECTION else standing)
    assert wakes == [Wake("F-1", DetailsUpdated())]


def test_a_renewal_that_is_told_twice_arms_a_method_once(office: Office) -> None:
    """It was declined for its details since: nothing has been corrected after that."""
    bank, _ = renewed(office, expires=date(2034, 6, 30))
    put(office, standing=Standing.NEEDS_CORRECTION)

    assert heard(office, bank) == []
    assert the(office).standing is Standing.NEEDS_CORRECTION


def test_the_provider_is_asked_and_the_notification_not_believed(office: Office) -> None:
    """Law 2: nothing was renewed there, or nobody can be asked, or it is not ours."""
    bank = with_bank(office, "tok_x: [{details: {fault: unavailable, for: 2d}}]")
    assert heard(office, bank) == heard(office, None) == heard(office, bank, "tok_of_nobody") == []
    office.delete("new")
    bank.renew_method("tok_new", last4="1881")
    assert heard(office, bank, "tok_new") == []

    bank.renew_method("tok_old", last4="1881")
    with pytest.raises(GatewayUnavailable):
        bank.update_details("tok_x", MethodDetails(), None, "k")
    assert heard(office, bank) == [], "out of reach"
    assert (the(office).last4, the(office).details_at) == ("4242", None)


# The whole procedure, with the effects themselves.


@pytest.mark.parametrize(("standing", "state"), [(Standing.NEEDS_CORRECTION, "offering"), (Standing.GOOD, "done")])
def test_a_declined_card_that_is_corrected_may_be_paid_with_at_once(office: Office, standing: Standing, state: str) -> None:
    """G24: the details are saved before anybody is asked."""
    office.subscribe("m365")
    office.owe("F-1", "m365")
    put(office, standing=standing)
    memory = Memory(actor="anna", method="old", details=DETAILS, security_code="sc_1")
    walked = Walk(UPDATE_DETAILS, memory, AtTheOffice(office), NOW, "update-details/old")

    assert (walked.state, walked.snapshot.memory.due) == (state, ("F-1",))
    assert (the(office).standing, the(office).holder) == (Standing.GOOD, "Anna Berg")
    walked.travel(NOW + timedelta(days=1))
    assert walked.state == "done"
