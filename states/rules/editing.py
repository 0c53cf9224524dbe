"""What may be corrected on a method (G20, G21): name, address and expiry, never the number, and nothing on a finished one."""

from typing import Any

from domain.accounts import Standing
from paystates.engine import Moment, Rule
from states.rules.asking import Found, given, seen
from states.rules.roles import START


def _number(moment: Moment[Any, Any]) -> Found:
    return {} if given(moment, "number_changed") else None


def _no_security_code(moment: Moment[Any, Any]) -> Found:
    picture = seen(moment)
    if picture is None or picture.source is None or not picture.source.is_card:
        return None
    sent = "security_code" in type(moment.event).model_fields
    return {"method": picture.source.label} if sent and not given(moment, "security_code") else None


def _finished(moment: Moment[Any, Any]) -> Found:
    picture = seen(moment)
    if picture is None or picture.source is None or picture.source.standing not in {Standing.FINISHED, Standing.GONE}:
        return None
    return {"method": picture.source.label}


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

EDIT: tuple[Rule, ...] = (*START, NUMBER_IMMUTABLE, SECURITY_CODE_MISSING, METHOD_FINISHED)
"""Everything about a correction, and who makes it."""
