"""What may be corrected on a method (G20, G21): name, address, a card's expiry; never the number, nor a finished one."""

from typing import Any

from domain.accounts import Standing
from paystates.engine import Moment, Rule
from states.rules.asking import Found, given, read, seen
from states.rules.roles import START


def _number(moment: Moment[Any, Any]) -> Found:
    return {} if given(moment, "number_changed") else None


def _no_security_code(moment: Moment[Any, Any]) -> Found:
    if "security_code" not in type(moment.event).model_fields or given(moment, "security_code"):
        return None
    picture = seen(moment)
    source = picture.source if picture is not None else None
    return {"method": source.label} if source is not None and source.is_card else None


def _finished(moment: Moment[Any, Any]) -> Found:
    picture = seen(moment)
    if picture is None or picture.source is None or picture.source.standing not in {Standing.FINISHED, Standing.GONE}:
        return None
    return {"method": picture.source.label}


def _nothing(moment: Moment[Any, Any]) -> Found:
    details = given(moment, "details")
    picture = seen(moment) if details is not None else None
    if picture is None or picture.source is None:
        return None
    other_expiry = picture.source.is_card and details.expires not in {None, picture.source.expires}
    return None if details.holder is not None or details.address or other_expiry else {"method": picture.source.label}


def _of_bank_account(moment: Moment[Any, Any]) -> Found:
    details = given(moment, "details")
    picture = seen(moment) if details is not None and details.expires is not None else None
    if picture is None or picture.source is None or picture.source.is_card:
        return None
    return {"method": picture.source.label}


def _passed(moment: Moment[Any, Any]) -> Found:
    details = given(moment, "details")
    if details is None or details.expires is None or details.expires >= read(moment).account.today:
        return None
    return {"expires": details.expires}


NUMBER_IMMUTABLE = Rule(
    "NUMBER_IMMUTABLE",
    _number,
    "The number of a card or bank account cannot be changed.",
    "Add the new number as a payment method of its own, replace this one with it everywhere, and then delete this one.",
    "G20; G34",
    reads_event=True,
    others={
        "nb": (
            "Nummeret på et kort eller en bankkonto kan ikke endres.",
            "Legg til det nye nummeret som en egen betalingsmåte, erstatt denne med den overalt, og slett så denne.",
        )
    },
)
SECURITY_CODE_MISSING = Rule(
    "SECURITY_CODE_MISSING",
    _no_security_code,
    "The details of {method} are saved only with its security code.",
    "Enter the security code of the card.",
    "G21",
    reads_event=True,
    reads_actor=True,
    helps="edit",
    others={
        "nb": (
            "Detaljene for {method} lagres bare med sikkerhetskoden.",
            "Oppgi sikkerhetskoden til kortet.",
        )
    },
)
METHOD_FINISHED = Rule(
    "METHOD_FINISHED",
    _finished,
    "{method} cannot be charged any more, whatever its details are.",
    "Replace it with another payment method.",
    "G24; C9",
    reads_actor=True,
    others={
        "nb": (
            "{method} kan ikke belastes mer, uansett detaljer.",
            "Erstatt den med en annen betalingsmåte.",
        )
    },
)

NOTHING_CORRECTED = Rule(
    "NOTHING_CORRECTED",
    _nothing,
    "Nothing would be different about {method}.",
    "Give a name, an address or an expiry date that differs from what is on file.",
    "G24; C9",
    reads_event=True,
    reads_actor=True,
    helps="edit",
    others={
        "nb": (
            "Ingenting ville bli annerledes ved {method}.",
            "Oppgi et navn, en adresse eller en utløpsdato som er en annen enn den som er lagret.",
        )
    },
)
EXPIRY_OF_BANK_ACCOUNT = Rule(
    "EXPIRY_OF_BANK_ACCOUNT",
    _of_bank_account,
    "{method} is no card, so it has no expiry date that could be corrected.",
    "Leave the expiry date out: of a bank account, the name and the billing address may be corrected.",
    "G20",
    reads_event=True,
    reads_actor=True,
    helps="edit",
    others={
        "nb": (
            "{method} er ikke et kort, og har derfor ingen utløpsdato som kan rettes.",
            "La utløpsdatoen være: for en bankkonto kan navnet og fakturaadressen rettes.",
        )
    },
)
EXPIRY_PASSED = Rule(
    "EXPIRY_PASSED",
    _passed,
    "The expiry date given, {expires:date}, has passed.",
    "Give the date on the card, or use another payment method if it has expired.",
    "G32",
    reads_event=True,
    helps="edit",
    others={
        "nb": (
            "Utløpsdatoen som er oppgitt, {expires:date}, er passert.",
            "Oppgi datoen på kortet, eller bruk en annen betalingsmåte hvis det er utløpt.",
        )
    },
)

EDIT: tuple[Rule, ...] = (
    *START,
    NUMBER_IMMUTABLE,
    SECURITY_CODE_MISSING,
    METHOD_FINISHED,
    NOTHING_CORRECTED,
    EXPIRY_OF_BANK_ACCOUNT,
    EXPIRY_PASSED,
)
"""Everything about a correction, and who makes it."""
