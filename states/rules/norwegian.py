"""Tells a refusal in Norwegian bokmål, with the facts of the case written as Norwegian writes them.

A refusal is kept with its facts as they are: ids, ISO dates and the few phrases that rules put into their sentences. The
sentences in bokmål stand beside the English ones, in each rule.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from paystates.engine import CANNOT_TELL, Refusal, say
from states.headlines import BETWEEN, Said
from states.results import RESULTS
from states.rules import CATALOGUE, WHY_NOTHING
from states.rules import norwegian_names as names
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
    "payment method": "betalingsmåte",
    "invoice with this payment method": "faktura på denne betalingsmåten",
    "subscription": "abonnement",
    "account": "konto",
    "now being made": "gjøres nå",
    "the date of the next attempt": "datoen for neste forsøk",
    "what the account book says of the account": "det kontoboken sier om kontoen",
    "what the account book says of the debt": "det kontoboken sier om fordringen",
    "what is due with the payment method": "det som er utestående på betalingsmåten",
    "what is due in the account": "det som er utestående i kontoen",
}
_METHODS = {
    "the new payment method": "den nye betalingsmåten",
    "the payment method": "betalingsmåten",
    "the card": "kortet",
    "no method": "ingen betalingsmåte",
}
"""What stands for the name of a payment method that has none, or is none."""
_LABEL = re.compile(r"(.+) ending(?: in)? (\w{1,4})")
_KINDS = {"bank account": "bankkonto", "Bank account": "Bankkonto", "card": "kort", "Card": "Kort"}
_SUM = re.compile(r"([^,()\s][^,()]*) \(([^)]*)\)")
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
    facts = _written(refusal.facts)
    return replace(refusal, sentence=say(sentence, facts, _date), remedy=say(remedy, facts, _date))


def headline_of(parts: Iterable[Said]) -> str:
    """A procedure's headline in `nb`."""
    return BETWEEN.join(
        say(one.phrase.nb, _written({name: str(fact) for name, fact in one.facts.items()}), _date) for one in parts
    )


def title_of(state: str) -> str:
    """The title of a state in `nb`."""
    return words.title(state)


def what_happened(text: str) -> str:
    """What a procedure remembers of what happened last, in `nb`."""
    for rule, sentence in _NOTHING_DUE:
        if found := sentence.fullmatch(text):
            return say(rule.others[LANGUAGE][0], _written(found.groupdict()), _date)
    return words.last(text, label_of)


def action_of(kind: str) -> str:
    """An action in `nb`, as on a button; as it is when nobody has put it into words."""
    return names.ACTIONS.get(kind.replace(" ", "_"), kind.replace("_", " "))


def name_of(name: str) -> str:
    """A state, an action or a result by its name, in `nb`."""
    words_of_it = names.STATES.get(name) or names.RESULTS.get(name)
    return words_of_it or action_of(name)


def _date(day: date) -> str:
    from babel.dates import format_date  # noqa: PLC0415 - slow to import, and most who import rules tell nothing in Norwegian

    return format_date(day, "d. MMMM y", locale=LANGUAGE)


def _country(code: str) -> str:
    from babel import Locale  # noqa: PLC0415 - as above

    return str(Locale(LANGUAGE).territories.get(code, code))


def roles_of(listed: str) -> str:
    """Roles that are listed with commas, or with “or”, in `nb`: `operatør eller tjeneste`."""
    return _one_of([_ROLES.get(role, role) for role in re.split(", | or ", listed)])


def _one_of(several: Sequence[str]) -> str:
    *first, last = several
    return f"{', '.join(first)} eller {last}" if first else last


def label_of(label: str) -> str:
    """What a payment method is called, in `nb`."""
    found = _LABEL.fullmatch(label)
    return f"{_KINDS.get(found[1], found[1])} som slutter på {found[2]}" if found else _METHODS.get(label, label)


def _others(listed: str) -> str:
    """Payment methods with what is due with each: `Visa ending 1881 (40.00 NOK), Visa ending 4242 (5.00 EUR)`."""
    return _SUM.sub(lambda found: f"{label_of(found[1])} ({found[2]})", listed)


def _possible(listed: str) -> str:
    return "ingenting" if listed == "nothing" else ", ".join(f"«{action_of(one)}»" for one in listed.split(", "))


def _missing(what: str) -> str:
    if found := _ISSUED.fullmatch(what):
        return f"landet der {label_of(found[1])} er utstedt"
    if found := _EXPIRES.fullmatch(what):
        return f"datoen da {label_of(found[1])} utløper"
    if found := _WAITS.fullmatch(what):
        return f"hvor lenge banken eller nettverket bak {label_of(found[1])} har bedt om å vente"
    return _phrase(what)


def _phrase(text: str) -> str:
    return _PHRASES.get(text, text)


_WRITERS: Mapping[str, Callable[[str], str]] = {
    "action": action_of,
    "attempt": _phrase,
    "chosen": label_of,
    "country": _country,
    "issued": _country,
    "method": label_of,
    "missing": _missing,
    "others": _others,
    "possible": _possible,
    "roles": roles_of,
    "title": words.title,
    "what": _phrase,
    "why": words.why,
}
"""How a fact is written, by its name; any other is a name, an id or a number, and stays as it is."""


def _written(facts: Mapping[str, str]) -> dict[str, str]:
    return {name: _WRITERS.get(name, str)(text) for name, text in facts.items()}


def _pattern(sentence: str) -> re.Pattern[str]:
    """What a sentence of a rule looks like once it has its facts."""
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(sentence)))


_NOTHING_DUE = [(rule, _pattern(rule.sentence)) for rule in WHY_NOTHING]
"""What a settlement remembers when there was nothing to pay: a rule's sentence, though nobody was refused anything."""
