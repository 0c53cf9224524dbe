"""Which new method may be put on file (G15, G17, G18c, G19), alone or in the flow of another procedure."""

from typing import Any

from domain import countries
from domain.accounts import MethodKind
from paystates.engine import Moment, Rule, known
from states.facts import NewMethod
from states.rules.asking import Found, new, when_expires, where_issued
from states.rules.choosing import bank_accounts_unavailable
from states.rules.roles import MAY_MANAGE_METHODS


def _abroad(moment: Moment[Any, Any]) -> Found:
    match new(moment):
        case (picture, method):
            issued = known(method.country, where_issued("the new payment method"))
            if issued != picture.account.country:
                return {"issued": issued, "country": picture.account.country}
    return None


def _ended(moment: Moment[Any, Any]) -> Found:
    match new(moment):
        case (picture, NewMethod(kind=MethodKind.BANK_ACCOUNT)):
            account = picture.account
            if countries.new_bank_accounts_ended(account.country, account.today):
                return {"country": account.country}
    return None


def _unavailable(moment: Moment[Any, Any]) -> Found:
    match new(moment):
        case (picture, NewMethod(kind=MethodKind.BANK_ACCOUNT)) if bank_accounts_unavailable(picture):
            return {}
    return None


def _expired(moment: Moment[Any, Any]) -> Found:
    match new(moment):
        case (picture, method):
            is_card = method.kind is MethodKind.CARD
            expires = known(method.expires, when_expires("the new payment method")) if is_card else method.expires
            if expires is not None and expires < picture.account.today:
                return {"expires": expires}
    return None


def _bank_account_for_profile(moment: Moment[Any, Any]) -> Found:
    match new(moment):
        case (picture, NewMethod(kind=MethodKind.BANK_ACCOUNT)) if picture.pays_profiles:
            return {}
    return None


NEW_WRONG_COUNTRY = Rule(
    "NEW_WRONG_COUNTRY",
    _abroad,
    "The new payment method was issued in {issued}, and this account is in {country}: it must be the same country.",
    "Add one that was issued in {country}.",
    "G15",
    reads_event=True,
    reads_actor=True,
    helps="add-method",
    others={
        "nb": (
            "Den nye betalingsmåten er utstedt i {issued}, og kontoen er i {country}: det må være samme land.",
            "Legg til en som er utstedt i {country}.",
        )
    },
)
NEW_BANK_ACCOUNT_ENDED = Rule(
    "NEW_BANK_ACCOUNT_ENDED",
    _ended,
    "New bank accounts are no longer accepted in {country}.",
    "Add a credit or debit card.",
    "G17",
    reads_event=True,
    reads_actor=True,
    helps="add-method",
    others={"nb": ("Nye bankkontoer godtas ikke lenger i {country}.", "Legg til et kreditt- eller debetkort.")},
)
NEW_BANK_ACCOUNT_UNAVAILABLE = Rule(
    "NEW_BANK_ACCOUNT_UNAVAILABLE",
    _unavailable,
    "Payment by bank account is not available for this account.",
    "Add a credit or debit card.",
    "G18c; G19; C1",
    reads_event=True,
    reads_actor=True,
    helps="add-method",
    others={
        "nb": (
            "Betaling med bankkonto er ikke tilgjengelig for denne kontoen.",
            "Legg til et kreditt- eller debetkort.",
        )
    },
)
NEW_METHOD_EXPIRED = Rule(
    "NEW_METHOD_EXPIRED",
    _expired,
    "The new card expired on {expires:date}.",
    "Check the date, or add a card that is still valid.",
    "G32",
    reads_event=True,
    reads_actor=True,
    helps="add-method",
    others={"nb": ("Det nye kortet utløp {expires:date}.", "Kontroller datoen, eller legg til et kort som er gyldig.")},
)
NEW_CARDS_ONLY = Rule(
    "NEW_CARDS_ONLY",
    _bank_account_for_profile,
    "A new bank account could not be chosen: a billing profile pays here, and only by credit or debit card.",
    "Add a credit or debit card.",
    "G29; G39; C3; C5; C8",
    reads_event=True,
    reads_actor=True,
    helps="add-method",
    others={
        "nb": (
            "En ny bankkonto kan ikke velges: her betaler en faktureringsprofil, og bare med kreditt- eller debetkort.",
            "Legg til et kreditt- eller debetkort.",
        )
    },
)

ADD: tuple[Rule, ...] = (
    MAY_MANAGE_METHODS,
    NEW_WRONG_COUNTRY,
    NEW_BANK_ACCOUNT_ENDED,
    NEW_BANK_ACCOUNT_UNAVAILABLE,
    NEW_METHOD_EXPIRED,
    NEW_CARDS_ONLY,
)
"""Everything about a new method, and who adds it."""
