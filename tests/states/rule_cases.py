"""For every rule about payment methods an account in which it alone refuses, and the same account after its remedy."""

from datetime import date
from typing import Any, NamedTuple

from pictures import (
    A_PROFILE,
    A_SUBSCRIPTION,
    BOTH,
    KARI,
    MCA_2024,
    Numbered,
    bank_account,
    card,
    new_bank_account,
    new_card,
    picture,
    subscription,
)

from domain.accounts import Era, Standing, SubscriptionStatus
from paystates.engine import Actor, Rule
from states import details, rules
from states import methods as ask
from states.facts import Picture

OWNER = Actor("kari", frozenset({"profile_owner"}))
SAVED = details.Edit(details=ask.Details(holder="Kari Nordmann"), security_code="tok_code")


class Case(NamedTuple):
    """What makes one rule refuse, what its sentence then says, and the same case after its remedy was carried out."""

    code: str
    among: tuple[Rule, ...]
    shown: Picture
    says: str
    mended: Picture | None = None
    actor: Actor = KARI
    asked: Any = None
    mended_asked: Any = None
    label: str = ""


def chosen(method: Any, account: dict[str, Any] | None = None, **different: Any) -> Picture:
    """Only this method is there to choose."""
    return picture(account, candidates=(method,), **different)


BANK = {"chosen": "bank"}
OTHER = {"chosen": "other"}
VISA = {"chosen": "visa"}
CARD = card("other", "Mastercard ending 5100")
US = {"country": "US"}
US_BANK = bank_account(country="US")
US_CARD = card("other", "Mastercard ending 5100", country="US")

CASES = [
    Case(
        "ROLE_TOO_SMALL",
        rules.START,
        picture(),
        "global admin or billing admin",
        actor=Actor("gunn", frozenset({"invoice_manager"})),
    ),
    Case("SOURCE_NOT_OWNED", rules.START, picture(source=card(added_by="per")), "Visa ending 4242 was added by another"),
    Case(
        "UNKNOWN_METHOD",
        rules.CHOICE,
        picture(),
        "no payment method “amex” on file",
        picture(),
        asked={"chosen": "amex"},
        mended_asked=OTHER,
    ),
    Case("SAME_METHOD", rules.CHOICE, picture(), "a different one must be chosen", picture(), asked=VISA, mended_asked=OTHER),
    Case(
        "TARGET_NOT_OWNED",
        rules.CHOICE,
        picture(candidates=(card("pers", added_by="per"), CARD)),
        "added by another administrator",
        picture(candidates=(card("pers", added_by="per"), CARD)),
        asked={"chosen": "pers"},
        mended_asked=OTHER,
    ),
    Case(
        "WRONG_COUNTRY",
        rules.CHOICE,
        picture(candidates=(card("svensk", country="SE"), CARD)),
        "issued in SE, and this account is in NO",
        picture(candidates=(card("svensk", country="SE"), CARD)),
        asked={"chosen": "svensk"},
        mended_asked=OTHER,
    ),
    Case(
        "WRONG_COUNTRY",
        rules.CHOICE,
        chosen(card("other", country=None)),
        "the country where Visa ending 4242 was issued is not known",
        asked=OTHER,
        label="missing",
    ),
    Case(
        "CARDS_ONLY",
        rules.CHOICE,
        picture(dependents=BOTH, candidates=(bank_account(), CARD)),
        "bank account ending 6789 cannot be chosen",
        picture(dependents=BOTH, candidates=(bank_account(), CARD)),
        asked=BANK,
        mended_asked=OTHER,
    ),
    Case(
        "METHOD_EXPIRED",
        rules.CHOICE,
        chosen(card("other", expires=date(2026, 4, 30))),
        "Visa ending 4242 expired on 30 April 2026.",
        chosen(card("other", expires=date(2029, 4, 30))),
        asked=OTHER,
        mended_asked=OTHER,
    ),
    Case(
        "METHOD_EXPIRED",
        rules.CHOICE,
        chosen(card("other", expires=None)),
        "the date on which Visa ending 4242 expires is not known",
        asked=OTHER,
        label="missing",
    ),
    Case(
        "METHOD_NEEDS_CORRECTION",
        rules.CHOICE,
        chosen(card("other", standing=Standing.NEEDS_CORRECTION)),
        "its details must be corrected",
        chosen(card("other")),
        asked=OTHER,
        mended_asked=OTHER,
    ),
    *(
        Case(
            "METHOD_NOT_GOOD",
            rules.CHOICE,
            picture(candidates=(bank_account(standing=standing), CARD)),
            why,
            picture(candidates=(bank_account(standing=standing), CARD)),
            asked=BANK,
            mended_asked=OTHER,
            label=standing.value,
        )
        for standing, why in (
            (Standing.FINISHED, "the bank will not have it charged again"),
            (Standing.GONE, "the payment provider no longer has it"),
            (Standing.POOR, "not in good standing"),
        )
    ),
    Case(
        "NO_NEW_ON_BANK_ACCOUNT",
        rules.CHOICE,
        picture(US, candidates=(US_BANK, US_CARD)),
        "nothing more can be moved to a bank account in US",
        picture(US, candidates=(US_BANK, US_CARD)),
        asked=BANK,
        mended_asked=OTHER,
    ),
    Case(
        "BANK_ACCOUNT_UNAVAILABLE",
        rules.CHOICE,
        picture({"era": Era.Y2024}, candidates=(bank_account(), CARD)),
        "not available for this account",
        picture({"era": Era.Y2024}, candidates=(bank_account(), CARD)),
        asked=BANK,
        mended_asked=OTHER,
    ),
    Case(
        "PAYS_THROUGH_PROFILE",
        rules.CHANGE,
        picture(subscription=subscription(method=None, profile="drift")),
        "Microsoft 365 is paid through",
    ),
    Case(
        "NOT_CHANGED_ALONE",
        rules.CHANGE,
        picture(MCA_2024, subscription=subscription()),
        "the payment method of Microsoft 365 cannot be changed by itself",
        actor=Actor("kari", frozenset({"account_owner"})),
    ),
    Case(
        "PAYS_BY_INVOICE",
        rules.CHANGE,
        picture(source=None, subscription=subscription(method=None)),
        "Microsoft 365 is paid by invoice",
    ),
    Case(
        "SUBSCRIPTION_OVER",
        rules.CHANGE,
        picture(source=None, subscription=subscription(method=None, status=SubscriptionStatus.DELETED)),
        "Microsoft 365 is deleted and owes nothing",
    ),
    Case(
        "NEW_WRONG_COUNTRY",
        rules.ADD,
        picture(),
        "issued in SE, and this account is in NO",
        picture(),
        asked={"new": new_card(country="SE")},
        mended_asked={"new": new_card()},
    ),
    Case(
        "NEW_WRONG_COUNTRY",
        rules.ADD,
        picture(),
        "the country where the new payment method was issued is not known",
        asked={"new": new_card(country=None)},
        label="missing",
    ),
    Case(
        "NEW_BANK_ACCOUNT_ENDED",
        rules.ADD,
        picture(US),
        "no longer accepted in US",
        picture(US),
        asked={"new": new_bank_account(country="US")},
        mended_asked={"new": new_card(country="US")},
    ),
    Case(
        "NEW_BANK_ACCOUNT_UNAVAILABLE",
        rules.ADD,
        picture({"country": "IN"}),
        "not available for this account",
        picture({"country": "IN"}),
        asked={"new": new_bank_account(country="IN")},
        mended_asked={"new": new_card(country="IN")},
    ),
    Case(
        "NEW_METHOD_EXPIRED",
        rules.ADD,
        picture(),
        "expired on 31 October 2026",
        picture(),
        asked={"new": new_card(expires=date(2026, 10, 31))},
        mended_asked={"new": new_card()},
    ),
    Case(
        "NEW_METHOD_EXPIRED",
        rules.ADD,
        picture(),
        "the date on which the new payment method expires is not known",
        asked={"new": new_card(expires=None)},
        label="missing",
    ),
    Case(
        "NEW_CARDS_ONLY",
        rules.ADD,
        picture(dependents=BOTH),
        "only by credit or debit card",
        picture(dependents=BOTH),
        asked={"new": new_bank_account()},
        mended_asked={"new": new_card()},
    ),
    Case("NUMBER_IMMUTABLE", rules.EDIT, picture(), "cannot be changed", asked={"event": Numbered()}),
    Case(
        "SECURITY_CODE_MISSING",
        rules.EDIT,
        picture(),
        "Visa ending 4242 are saved only with its security code",
        picture(),
        asked={"event": details.Edit(details=ask.Details(holder="Kari"))},
        mended_asked={"event": SAVED},
    ),
    *(
        Case(
            "METHOD_FINISHED",
            rules.EDIT,
            picture(source=card(standing=standing)),
            "cannot be charged any more",
            asked={"event": SAVED},
            label=standing.value,
        )
        for standing in (Standing.FINISHED, Standing.GONE)
    ),
    Case(
        "NOTHING_CORRECTED",
        rules.EDIT,
        picture(),
        "Nothing would be different about Visa ending 4242",
        picture(),
        asked={"event": details.Edit(details=ask.Details(address=""), security_code="tok_code")},
        mended_asked={"event": SAVED},
    ),
    Case(
        "EXPIRY_OF_BANK_ACCOUNT",
        rules.EDIT,
        picture(source=bank_account()),
        "bank account ending 6789 is no card",
        picture(source=bank_account()),
        asked={"event": details.Edit(details=ask.Details(holder="Kari", expires=date(2031, 1, 31)))},
        mended_asked={"event": details.Edit(details=ask.Details(holder="Kari"))},
    ),
    Case(
        "EXPIRY_PASSED",
        rules.EDIT,
        picture(),
        "has passed",
        picture(),
        asked={"event": details.Edit(details=ask.Details(expires=date(2020, 1, 31)), security_code="tok_code")},
        mended_asked={"event": SAVED},
    ),
    Case("STILL_USED", rules.DELETE, picture(dependents=A_SUBSCRIPTION), "1 in all: Microsoft 365", picture()),
    Case("STILL_USED", rules.DELETE, picture(dependents=BOTH), "2 in all: Drift, Microsoft 365", picture(), label="both"),
    Case(
        "LAST_METHOD",
        rules.DELETE,
        picture({"methods": 1, "needs_paying": True}),
        "the only payment method",
        picture({"needs_paying": True}),
    ),
    Case("ATTEMPT_ON_METHOD", rules.DELETE, picture(charging=("F-1", "F-2")), "invoices: F-1, F-2"),
    *(
        Case(code, rules.DELETE, shown, "what is due in the account is not known", label="missing")
        for code, shown in (
            ("LAST_METHOD", picture({"methods": 1, "needs_paying": None})),
            ("ATTEMPT_ON_METHOD", picture(charging=None)),
            ("RETRY_NEEDS_METHOD", picture(retried=None)),
            ("OUTSTANDING_CHARGES", picture(outstanding=None)),
        )
    ),
    Case("RETRY_NEEDS_METHOD", rules.DELETE, picture(retried=("F-1",)), "invoices: F-1", picture()),
    Case("OUTSTANDING_CHARGES", rules.DELETE, picture(outstanding=("F-1",)), "still due on Visa ending 4242", picture()),
    Case(
        "ACCOUNT_ROLE_NEEDED",
        rules.START_DELETE,
        picture(MCA_2024, dependents=A_PROFILE),
        "account owner or account contributor",
        actor=OWNER,
    ),
]


def name(case: Case) -> str:
    """What a test calls it."""
    return f"{case.code} {case.label}".strip()
