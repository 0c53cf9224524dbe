"""update-details, move by move: what may be edited is saved, and a method that waited for it is armed again (G20, G21, G24)."""

from datetime import date, timedelta
from typing import Any

import pytest
from choosing_world import ADMIN, HOUSE_SERVICE, NOW, OTHERS, READER, VISA, Told, picture, reviewed, walk
from for_every import for_every
from pictures import depends, item
from pydantic import ValidationError

from domain.accounts import Era, MethodKind, PayerKind, Standing
from paystates.engine import Actor, Cancel, Refusal, Unavailable, Verdict, Walk
from states import details as do
from states import methods as ask
from states.facts import MethodFacts
from states.update_details import UPDATE_DETAILS, Edit, Memory, NotNow, PayNow

DAY = timedelta(days=1)
DETAILS = ask.Details(holder="Kari Nordmann", expires=date(2031, 1, 31))
EDIT = Edit(details=DETAILS, security_code="sc_1")
PETTER = Actor("petter", frozenset({"billing_admin"}))
GUNN = Actor("gunn", frozenset({"invoice_manager"}))
DECLINED = VISA.model_copy(update={"standing": Standing.NEEDS_CORRECTION})
SAVED, DUE, WOKEN = ask.Saved(), ask.Saved(due=("F-1", "F-2")), ask.Woken(invoices=("F-1",))
REFUSAL = Refusal("ROLE_TOO_SMALL", "Your role is not enough.", "Ask.")


def method(**differences: Any) -> MethodFacts:
    return VISA.model_copy(update=differences)


def begun(told: Told, **memory: Any) -> Walk[Memory]:
    """Started by the administrator with the details, unless it says otherwise."""
    start = {"actor": "kari", "method": VISA.id, "details": DETAILS, "security_code": "sc_1", **memory}
    return walk(UPDATE_DETAILS, Memory(**start), told)


def by_step(told: Told) -> Walk[Memory]:
    return begun(told, details=None, security_code=None)


def told_of(saved: Any = SAVED, **more: Any) -> Told:
    return Told(**{"review": reviewed(picture(source=DECLINED)), "save_details": saved, "wake_retries": WOKEN, **more})


def codes(walked: Walk[Memory]) -> list[str]:
    return [refusal.code for refusal in walked.snapshot.memory.refusals]


# The ways through it.


def test_details_given_with_the_start_are_saved_and_the_retries_told() -> None:
    told = told_of()
    walked = begun(told)

    assert (walked.state, UPDATE_DETAILS.verdict(walked.snapshot)) == ("done", Verdict.DONE)
    assert walked.snapshot.memory.woken == ("F-1",)
    assert walked.snapshot.memory.security_code is None, "it is not kept"
    assert told.asked == [
        ask.Review(method=VISA.id, actor="kari"),
        ask.SaveDetails(method=VISA.id, details=DETAILS, security_code="sc_1", actor="kari", era=Era.SEED),
        ask.WakeRetries(method=VISA.id, actor="kari", details=True),
    ]


def test_details_may_be_given_afterwards() -> None:
    walked = by_step(told_of())
    assert (walked.state, walked.asks, walked.due) == ("editing", "an administrator", NOW + DAY)

    assert walked.act(EDIT, ADMIN) == ()
    assert walked.state == "done"


@pytest.mark.parametrize(
    ("action", "actor", "charged"),
    [
        (PayNow(), ADMIN, True),
        (PayNow(), GUNN, True),
        (NotNow(), ADMIN, False),
        (NotNow(), GUNN, False),
        (Cancel(), PETTER, False),
        (Cancel(), HOUSE_SERVICE, False),
    ],
)
def test_what_waited_is_paid_at_once_when_that_is_wanted(action: Any, actor: Actor, *, charged: bool) -> None:
    """G24. Who cancels the offer cancels the paying: what is saved stays saved, and the retries are told."""
    told = told_of(DUE)
    walked = begun(told)
    assert (walked.state, walked.asks, walked.due) == ("offering", "the customer", NOW + DAY)
    assert walked.snapshot.memory.due == ("F-1", "F-2")

    assert walked.act(action, actor) == ()
    assert walked.state == "done"
    said = "pay_now" if charged else None
    assert told.asked[-1] == ask.WakeRetries(method=VISA.id, actor="kari", details=True, charge_now=charged, said=said)


def test_an_offer_that_nobody_answers_is_declined() -> None:
    told = told_of(DUE)
    walked = begun(told)
    walked.travel(NOW + DAY)

    assert (walked.state, told.asked[-1]) == ("done", ask.WakeRetries(method=VISA.id, actor="kari", details=True))


@pytest.mark.parametrize("source", [VISA, method(standing=Standing.POOR)])
def test_a_method_that_was_not_declined_for_its_details_offers_nothing(source: MethodFacts) -> None:
    """The plan goes on with it anyhow."""
    walked = begun(told_of(DUE, review=reviewed(picture(source=source))))
    assert (walked.state, walked.snapshot.memory.due) == ("done", ("F-1", "F-2"))


@pytest.mark.parametrize("charge_now", [True, False])
def test_whether_to_pay_may_be_said_at_the_start(*, charge_now: bool) -> None:
    """One call: nobody is asked."""
    told = told_of(DUE)
    walked = begun(told, charge_now=charge_now)

    assert (walked.state, told.asked[-1]) == (
        "done",
        ask.WakeRetries(method=VISA.id, actor="kari", details=True, charge_now=charge_now),
    )


def test_details_that_are_not_accepted_may_be_corrected_by_whoever_was_asked() -> None:
    """G57: what was typed wrong is typed again."""
    walked = by_step(told_of([ask.NotAdded(why="the provider refused it (incorrect cvc)"), SAVED]))
    walked.act(EDIT, ADMIN)
    assert (walked.state, codes(walked)) == ("editing", ["NOT_SAVED"])
    assert walked.snapshot.memory.last == "The details were not saved: the provider refused it (incorrect cvc)."

    walked.act(EDIT, ADMIN)
    assert (walked.state, codes(walked)) == ("done", [])


def test_details_of_one_call_that_are_not_accepted_end_it() -> None:
    walked = begun(told_of(ask.NotAdded(why="the provider refused it")))
    assert (walked.state, UPDATE_DETAILS.verdict(walked.snapshot), codes(walked)) == ("not_saved", Verdict.FAILED, ["NOT_SAVED"])


def test_what_the_commit_refuses_is_refused_with_all_reasons() -> None:
    """Law 5."""
    walked = begun(told_of(ask.Conflicted(refusals=(REFUSAL, REFUSAL))))
    assert (walked.state, walked.snapshot.memory.refusals) == ("refused", (REFUSAL, REFUSAL))
    assert walked.snapshot.memory.security_code is None


def test_a_method_that_there_is_not() -> None:
    walked = begun(Told(review=ask.NoSuchThing(what="payment method")))
    assert (walked.state, codes(walked)) == ("refused", ["NO_SUCH_THING"])


@pytest.mark.parametrize("broken", ["review", "save_details"])
def test_when_nobody_can_be_reached_it_ends_and_says_so(broken: str) -> None:
    walked = begun(told_of(**{broken: Unavailable()}))
    assert (walked.state, UPDATE_DETAILS.verdict(walked.snapshot)) == ("unavailable", Verdict.FAILED)
    assert codes(walked) == ["SAVING_UNAVAILABLE"]


def test_retries_that_cannot_be_told_are_named_in_the_end() -> None:
    """The details are saved: a retry reads them at its next date."""
    assert begun(told_of(wake_retries=Unavailable())).state == "not_woken"


def test_the_question_has_a_cancel_and_a_deadline_that_change_nothing() -> None:
    cancelled, lapsed = by_step(Told(review=reviewed())), by_step(Told(review=reviewed()))
    cancelled.act(Cancel(), PETTER)
    lapsed.travel(NOW + DAY)

    assert (cancelled.state, lapsed.state) == ("cancelled", "lapsed")


# The rules.

BANK_ACCOUNT = method(kind=MethodKind.BANK_ACCOUNT, added_by="per", expires=None)
CASES = [
    (VISA, None, ["SECURITY_CODE_MISSING"]),
    (method(standing=Standing.FINISHED), "sc_1", ["METHOD_FINISHED"]),
    (method(standing=Standing.GONE), "sc_1", ["METHOD_FINISHED"]),
    (method(standing=Standing.NEEDS_CORRECTION), "sc_1", []),
    (method(expires=date(2020, 1, 31)), "sc_1", []),
    (BANK_ACCOUNT, None, ["EXPIRY_OF_BANK_ACCOUNT"]),
    (OTHERS, "sc_1", ["SOURCE_NOT_OWNED"]),
    (
        OTHERS.model_copy(update={"standing": Standing.FINISHED}),
        None,
        ["SOURCE_NOT_OWNED", "SECURITY_CODE_MISSING", "METHOD_FINISHED"],
    ),
]


@for_every(CASES)
def test_what_may_not_be_edited_is_refused_with_all_reasons_before_anything_is_sent(
    source: MethodFacts, code: str | None, expected: list[str]
) -> None:
    """G3, G21, G24: what was declined for good stays finished; what needs correction or has expired may be edited."""
    told = told_of(review=reviewed(picture(source=source)))
    walked = begun(told, security_code=code)

    assert codes(walked) == expected
    assert walked.state == ("refused" if expected else "done")
    assert ("save_details" in told.kinds) is not bool(expected)


def test_the_name_of_a_bank_account_is_corrected_by_any_administrator_and_without_a_security_code() -> None:
    """G2, G20, G21: only its expiry is none of its details."""
    told = told_of(review=reviewed(picture(source=BANK_ACCOUNT)))
    walked = begun(told, details=ask.Details(holder="Kari Nordmann"), security_code=None)

    assert (codes(walked), walked.state) == ([], "done")


def test_a_correction_given_afterwards_is_judged_by_the_same_rules() -> None:
    walked = by_step(told_of())
    assert [refusal.code for refusal in walked.act(Edit(details=DETAILS), ADMIN)] == ["SECURITY_CODE_MISSING"]
    assert [refusal.code for refusal in walked.act(EDIT, Actor("anne", ADMIN.roles))] == [
        "SOURCE_NOT_OWNED",
        "STARTED_BY_ANOTHER",
    ]
    assert "NOT_ALLOWED" in [refusal.code for refusal in walked.act(EDIT, READER)]
    assert walked.state == "editing"


def test_what_would_be_refused_anyhow_is_not_asked_for() -> None:
    walked = by_step(Told(review=reviewed(picture(source=method(standing=Standing.FINISHED)))))
    assert (walked.state, codes(walked)) == ("refused", ["METHOD_FINISHED"])


def test_a_reader_is_refused_and_learns_nothing_of_the_method() -> None:
    walked = begun(Told(review=reviewed(picture(source=OTHERS), READER.roles)))
    assert codes(walked) == ["ROLE_TOO_SMALL"]


def test_a_card_is_paid_with_by_whoever_added_it() -> None:
    """G60: another administrator may not press the button, and a reader may not either."""
    walked = begun(told_of(DUE))
    assert [refusal.code for refusal in walked.act(PayNow(), PETTER)] == ["SOURCE_NOT_OWNED"]
    assert [refusal.code for refusal in walked.act(PayNow(), READER)] == ["NOT_ALLOWED"]
    assert walked.state == "offering"


# Law 6.


@pytest.mark.parametrize("code", ["123", " 4567 "])
def test_a_security_code_itself_is_never_taken(code: str) -> None:
    """What is sent is kept in histories, so only the provider's token for it travels."""
    with pytest.raises(ValidationError, match="give the provider's token for the security code"):
        Edit(details=DETAILS, security_code=code)
    with pytest.raises(ValidationError, match="give the provider's token for the security code"):
        Memory(actor="kari", method="card", security_code=code)


@pytest.mark.parametrize("field", ["number", "last4", "token"])
def test_there_is_no_field_for_a_number(field: str) -> None:
    """G20: it cannot even be sent; the front desk says why."""
    with pytest.raises(ValidationError, match=field):
        ask.Details.model_validate({field: "4242"})


# What people see.


def test_what_it_is_about_in_one_line_and_whose_roles_count() -> None:
    held = Memory(actor="kari", method=VISA.id)
    assert (do.headline(held), do.attributes(held)) == ("payment method visa-4242", {})

    seen = held.model_copy(update={"picture": picture()})
    assert (do.headline(seen), do.attributes(seen)) == ("Visa ending 4242", {"account": "fjord"})
    through = held.model_copy(update={"picture": picture(dependents=depends(item(PayerKind.PROFILE, "Nord")))})
    assert do.attributes(through) == {"account": "fjord", "profile": "nord"}


def test_nothing_to_save_is_nothing_changed() -> None:
    """A request is made of whatever memory has."""
    assert do.save(Memory(actor="kari", method=VISA.id)).details == ask.Details()


def test_what_only_the_provider_saved_ends_in_an_end_that_says_so() -> None:
    """G24: never “nothing has changed”."""
    walked = begun(told_of(ask.HalfSaved(refusals=(REFUSAL,))))
    assert (walked.state, UPDATE_DETAILS.verdict(walked.snapshot)) == ("half_saved", Verdict.FAILED)
    assert codes(walked) == ["SAVED_AT_PROVIDER_ONLY", "ROLE_TOO_SMALL"]
