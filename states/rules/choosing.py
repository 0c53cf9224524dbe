"""Which method may be chosen as the one that pays from now on (G15, G18a to G19, G28 to G32)."""

from typing import Any

from domain import countries
from domain.accounts import Standing
from domain.eras import policy
from paystates.engine import Moment, Rule, known
from states.facts import MethodFacts, Picture
from states.rules.asking import Found, chosen, read, seen, target, when_expires, where_issued
from states.rules.roles import START, TARGET_NOT_OWNED

_WHY = {
    Standing.FINISHED: "the bank will not have it charged again",
    Standing.GONE: "the payment provider no longer has it",
    Standing.POOR: "the bank account is not in good standing",
}
"""Why a method is known to be bad, in words; `norwegian` has them in bokmål."""


def _unknown(moment: Moment[Any, Any]) -> Found:
    method = chosen(moment)
    picture = seen(moment) if method is not None else None
    if picture is None or _is_source(picture, method):
        return None
    return {"method": method} if picture.candidate(method) is None else None


def _is_source(picture: Picture, method: str | None) -> bool:
    return picture.source is not None and picture.source.id == method


def _same(moment: Moment[Any, Any]) -> Found:
    method = chosen(moment)
    return {} if method is not None and _is_source(read(moment), method) else None


def _abroad(moment: Moment[Any, Any]) -> Found:
    match target(moment):
        case (picture, method):
            issued = known(method.country, where_issued(method.label))
            if issued != picture.account.country:
                return {"method": method.label, "issued": issued, "country": picture.account.country}
    return None


def _bank_account_for_profile(moment: Moment[Any, Any]) -> Found:
    match target(moment):
        case (picture, method) if picture.pays_profiles and not method.is_card:
            return {"method": method.label}
    return None


def _expired(moment: Moment[Any, Any]) -> Found:
    match target(moment):
        case (picture, method):
            expires = known(method.expires, when_expires(method.label)) if method.is_card else method.expires
            if expires is not None and expires < picture.account.today:
                return {"method": method.label, "expires": expires}
    return None


def _to_correct(moment: Moment[Any, Any]) -> Found:
    match target(moment):
        case (_, MethodFacts(standing=Standing.NEEDS_CORRECTION, label=label)):
            return {"method": label}
    return None


def _known_bad(moment: Moment[Any, Any]) -> Found:
    match target(moment):
        case (_, method) if method.standing in _WHY:
            return {"method": method.label, "why": _WHY[method.standing]}
    return None


def _ended(moment: Moment[Any, Any]) -> Found:
    match target(moment):
        case (picture, method) if not method.is_card:
            account, era = picture.account, policy(picture.account.era)
            if not era.more_on_ended_bank_accounts and countries.new_bank_accounts_ended(account.country, account.today):
                return {"method": method.label, "country": account.country}
    return None


def _unavailable(moment: Moment[Any, Any]) -> Found:
    match target(moment):
        case (picture, method) if not method.is_card and bank_accounts_unavailable(picture):
            return {"method": method.label}
    return None


def bank_accounts_unavailable(picture: Picture) -> bool:
    """Whether nobody in this account pays by bank account: in no country (G18c), or not in its own (G19)."""
    account = picture.account
    return not policy(account.era).bank_accounts or countries.bank_accounts_unavailable(account.country, account.today)


UNKNOWN_METHOD = Rule(
    "UNKNOWN_METHOD",
    _unknown,
    "There is no payment method “{method}” on file for this account.",
    "Choose one that is listed, read again if it was put on file since, or add a new one.",
    "G28",
    reads_actor=True,
    helps="choose",
    others={
        "nb": (
            "Kontoen har ingen betalingsmåte «{method}».",
            "Velg en av dem som er på listen, les på nytt hvis den ble lagret siden, eller legg til en ny.",
        )
    },
)
SAME_METHOD = Rule(
    "SAME_METHOD",
    _same,
    "This is the payment method that is to be changed: a different one must be chosen.",
    "Choose another one, or add a new one.",
    "G30",
    helps="choose",
    others={
        "nb": (
            "Dette er betalingsmåten som skal endres: det må velges en annen.",
            "Velg en annen, eller legg til en ny.",
        )
    },
)
WRONG_COUNTRY = Rule(
    "WRONG_COUNTRY",
    _abroad,
    "{method} was issued in {issued}, and this account is in {country}: it must be the same country.",
    "Choose one that was issued in {country}.",
    "G15; G32",
    reads_actor=True,
    helps="choose",
    others={
        "nb": (
            "{method} er utstedt i {issued}, og kontoen er i {country}: det må være samme land.",
            "Velg en som er utstedt i {country}.",
        )
    },
)
CARDS_ONLY = Rule(
    "CARDS_ONLY",
    _bank_account_for_profile,
    "{method} cannot be chosen: a billing profile pays here, and only by credit or debit card.",
    "Choose a credit or debit card.",
    "G29; G32; G39; G46; C3; C5; C8",
    reads_actor=True,
    helps="choose",
    others={
        "nb": (
            "{method} kan ikke velges: her betaler en faktureringsprofil, og den kan bare betale med kreditt- eller debetkort.",
            "Velg et kreditt- eller debetkort.",
        )
    },
)
METHOD_EXPIRED = Rule(
    "METHOD_EXPIRED",
    _expired,
    "{method} expired on {expires:date}.",
    "Correct its expiry date if the card was renewed under the same number, or choose another one.",
    "G32",
    reads_actor=True,
    helps="update-details",
    others={
        "nb": (
            "{method} utløp {expires:date}.",
            "Rett utløpsdatoen hvis kortet er fornyet med samme nummer, eller velg en annen.",
        )
    },
)
METHOD_NEEDS_CORRECTION = Rule(
    "METHOD_NEEDS_CORRECTION",
    _to_correct,
    "{method} was declined, and its details must be corrected before it is used again.",
    "Correct its details, or choose another one.",
    "G32",
    reads_actor=True,
    helps="update-details",
    others={
        "nb": (
            "{method} ble avslått, og detaljene må rettes før det brukes igjen.",
            "Rett detaljene, eller velg en annen.",
        )
    },
)
METHOD_NOT_GOOD = Rule(
    "METHOD_NOT_GOOD",
    _known_bad,
    "{method} cannot be charged: {why}.",
    "Choose another one, or add a new one.",
    "G18b; G32",
    reads_actor=True,
    helps="choose",
    others={"nb": ("{method} kan ikke belastes: {why}.", "Velg en annen, eller legg til en ny.")},
)
NO_NEW_ON_BANK_ACCOUNT = Rule(
    "NO_NEW_ON_BANK_ACCOUNT",
    _ended,
    "{method} goes on paying for what it pays for now, but nothing more can be moved to a bank account in {country}.",
    "Choose a credit or debit card.",
    "G18a; G18b; G32; C1",
    reads_actor=True,
    helps="choose",
    others={
        "nb": (
            "{method} betaler fortsatt for det den betaler for nå, men ikke noe mer kan flyttes til en bankkonto i {country}.",
            "Velg et kreditt- eller debetkort.",
        )
    },
)
BANK_ACCOUNT_UNAVAILABLE = Rule(
    "BANK_ACCOUNT_UNAVAILABLE",
    _unavailable,
    "{method} cannot be chosen: payment by bank account is not available for this account.",
    "Choose a credit or debit card.",
    "G18c; G19; G32; C1",
    reads_actor=True,
    helps="choose",
    others={
        "nb": (
            "{method} kan ikke velges: betaling med bankkonto er ikke tilgjengelig for denne kontoen.",
            "Velg et kreditt- eller debetkort.",
        )
    },
)

TARGET: tuple[Rule, ...] = (
    UNKNOWN_METHOD,
    SAME_METHOD,
    TARGET_NOT_OWNED,
    WRONG_COUNTRY,
    CARDS_ONLY,
    METHOD_EXPIRED,
    METHOD_NEEDS_CORRECTION,
    METHOD_NOT_GOOD,
    NO_NEW_ON_BANK_ACCOUNT,
    BANK_ACCOUNT_UNAVAILABLE,
)
"""What the method must be that is chosen."""

CHOICE: tuple[Rule, ...] = START + TARGET
"""Everything about a choice, and who makes it."""
