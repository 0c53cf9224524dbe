"""Tells a refusal in Norwegian bokmål, with the facts of the case written as Norwegian writes them.

A refusal is kept with its facts as they are: ids, ISO dates and the few phrases that rules put into their sentences. The
sentences in bokmål stand beside the English ones, in each rule.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Final

from paystates.engine import CANNOT_TELL, Refusal, say
from states.results import RESULTS
from states.rules import CATALOGUE
from states.rules import norwegian_words as words

LANGUAGE: Final = "nb"

_CANNOT_TELL = "Det kan ikke avgjøres om dette er tillatt: {missing} er ikke kjent."
_HAVE_IT_ENTERED = "Sørg for at {missing} blir registrert, og prøv igjen."
_HELPS = {
    "Try again when the account book can be reached.": "Prøv igjen når kontoboken er tilgjengelig.",
    "Look it up again when the book can be reached.": "Slå den opp igjen når kontoboken er tilgjengelig.",
    "Choose another payment method.": "Velg en annen betalingsmåte.",
}
"""What helps where a fact is missing that nobody could enter."""
_SENTENCES = {rule.code: rule.others[LANGUAGE] for rule in CATALOGUE} | {
    "NOT_ALLOWED": ("«{action}» kan bare gjøres av: {roles}.", "Be en som er {roles}, om å gjøre det."),
    "NOT_POSSIBLE_NOW": ("«{action}» er ikke mulig nå ({title}).", "Dette er mulig nå: {possible}."),
    "OVERTAKEN": (
        "Prosedyren har gått videre siden du så på den.",
        "Se på den igjen, og gjenta handlingen hvis den fortsatt passer.",
    ),
    "CANNOT_TELL": (
        "Kontoboken er ikke tilgjengelig, så rollene dine kan ikke slås opp.",
        "Prøv igjen om noen minutter; ingenting er endret.",
    ),
    **{result.code: result.nb for result in RESULTS},
}
"""Also what no rule says: the engine, the loop, and a procedure about what it cannot find."""

_ROLES = {
    "global admin": "global administrator",
    "billing admin": "faktureringsadministrator",
    "account owner": "eier av faktureringskontoen",
    "account contributor": "bidragsyter for faktureringskontoen",
    "profile owner": "eier av faktureringsprofilen",
    "profile contributor": "bidragsyter for faktureringsprofilen",
    "invoice manager": "faktureringsleder",
    "profile reader": "leser av faktureringsprofilen",
    "operator": "operatør",
    "service": "tjeneste",
}
_PHRASES = {
    "the bank will not have it charged again": "banken vil ikke at den belastes igjen",
    "the payment provider no longer has it": "betalingsleverandøren har den ikke lenger",
    "the bank account is not in good standing": "bankkontoen har ikke god status",
    "payment method": "betalingsmåte",
    "subscription": "abonnement",
    "account": "konto",
    "now being made": "gjøres nå",
    "no method": "ingen betalingsmåte",
    "the card": "kortet",
    "nothing": "ingenting",
    "the date of the next attempt": "datoen for neste forsøk",
    "what the account book says of the account": "det kontoboken sier om kontoen",
    "what the account book says of the debt": "det kontoboken sier om fordringen",
    "what is due with the payment method": "det som er utestående på betalingsmåten",
    "what is due in the account": "det som er utestående i kontoen",
    "its token is or was another payment method's; have the provider make a new one": (
        "tokenet er eller var en annen betalingsmåtes; få leverandøren til å lage et nytt"
    ),
    "it is not on file any more": "den er ikke lagret lenger",
    "the provider or the bank refused it": "leverandøren eller banken avslo den",
}
_LABEL = re.compile(r"(.+) ending(?: in)? (\w{1,4})")
_KINDS = {"bank account": "bankkonto", "Bank account": "Bankkonto", "card": "kort", "Card": "Kort"}
_REFUSED = re.compile(r"the provider or the bank refused it \((.+)\)")
_ISSUED = re.compile(r"the country where (.+) was issued")
_EXPIRES = re.compile(r"the date on which (.+) expires")
_WAITS = re.compile(r"until when the bank or the network of (.+) asked to wait")


def tell(refusal: Refusal, language: str) -> Refusal:
    """The same refusal in `nb`; unchanged in any other language, and for a code that nobody has put into words."""
    found = _SENTENCES.get(refusal.code) if language == LANGUAGE else None
    if found is None:
        return refusal
    cannot_tell = "missing" in refusal.facts and refusal.sentence == say(CANNOT_TELL, refusal.facts)
    sentence, remedy = (_CANNOT_TELL, _HELPS.get(refusal.remedy, _HAVE_IT_ENTERED)) if cannot_tell else found
    facts = {name: _WRITERS.get(name, _phrase)(text) for name, text in refusal.facts.items()}
    return replace(refusal, sentence=say(sentence, facts, _date), remedy=say(remedy, facts, _date))


def title_of(state: str) -> str:
    """The title of a state in `nb`."""
    return words.title(state)


def what_happened(text: str) -> str:
    """What a procedure remembers of what happened last, in `nb`."""
    return words.last(text, label_of)


def _date(day: date) -> str:
    from babel.dates import format_date  # noqa: PLC0415 - slow to import, and most who import rules tell nothing in Norwegian

    return format_date(day, "d. MMMM y", locale=LANGUAGE)


def _country(code: str) -> str:
    from babel import Locale  # noqa: PLC0415 - as above

    return str(Locale(LANGUAGE).territories.get(code, code))


def roles_of(listed: str) -> str:
    """Roles that are listed with commas, or with “or”, in `nb`."""
    separator, joint = (" or ", " eller ") if " or " in listed else (", ", ", ")
    return joint.join(_ROLES.get(role, role) for role in listed.split(separator))


def label_of(label: str) -> str:
    """What a payment method is called, in `nb`."""
    if label == "the new payment method":
        return "den nye betalingsmåten"
    found = _LABEL.fullmatch(label)
    return f"{_KINDS.get(found[1], found[1])} som slutter på {found[2]}" if found else _phrase(label)


def _missing(what: str) -> str:
    if found := _ISSUED.fullmatch(what):
        return f"landet der {label_of(found[1])} er utstedt"
    if found := _EXPIRES.fullmatch(what):
        return f"datoen da {label_of(found[1])} utløper"
    if found := _WAITS.fullmatch(what):
        return f"hvor lenge banken eller nettverket bak {label_of(found[1])} har bedt om å vente"
    return _phrase(what)


def _why(text: str) -> str:
    found = _REFUSED.fullmatch(text)
    return f"leverandøren eller banken avslo den ({found[1]})" if found else _phrase(text)


def _phrase(text: str) -> str:
    return _PHRASES.get(text, text)


_WRITERS: dict[str, Callable[[str], str]] = {
    "roles": roles_of,
    "method": label_of,
    "issued": _country,
    "country": _country,
    "missing": _missing,
    "title": words.title,
    "why": _why,
}
"""How a fact is written, by its name; any other is a phrase, a name or a number."""
