"""Tells what procedures say in the language that was asked for; what is not said in it is said in English."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from paystates.engine import Refusal
from states.headlines import Headline

_NB: Final[Mapping[str, str]] = {
    "account": "konto",
    "person": "person",
    "role": "rolle",
    "method": "betalingsmåte",
    "invoice": "faktura",
    "entry": "postering",
    "subscription": "abonnement",
    "billing profile": "faktureringsprofil",
    "nothing": "ingenting",
    "because": "fordi",
    "stays": "er som før",
    "{} paid with {}": "{} betalt med {}",
    "retry of": "betalingsforsøk for",
    "knows of it": "vet om det",
    "and {} more": "og {} til",
    "and {} more stay": "og {} til er som før",
    "{} of {}": "{} av {}",
    "{} item": "{} ting",
    "{} items": "{} ting",
    "State": "Tilstand",
    "Since": "Siden",
    "Until": "Til",
    "Waits for": "Venter på",
    "Ended": "Endte",
    "Done": "Gjort",
    "Last refused": "Sist avvist",
    "Happened last": "Skjedde sist",
    "To be paid": "Skal betales",
    "Pays with it": "Betales med den",
    "What changed": "Hva som ble endret",
    "Machine": "Maskinen",
    "visit {}": "besøk {}",
    "Woken by our own systems": "Vekkes av våre egne systemer",
    "No journal": "Ingen journal",
    "Times are in UTC.": "Tidene er i UTC.",
    "Journal": "Journal",
    "{} earlier row not shown": "{} tidligere linje vises ikke",
    "{} earlier rows not shown": "{} tidligere linjer vises ikke",
    "another run": "en ny kjøring",
    "it stands here": "her står den",
    "never here": "aldri her",
    "it has been here, or went this way": "her har den vært, eller denne veien gikk den",
    "may be chosen": "kan velges",
    "may be done": "kan gjøres",
    "by": "av",
    "now": "nå",
    "yes": "ja",
    "no": "nei",
    "anybody": "hvem som helst",
}
"""The words around what procedures say."""

_LABELS: Final[Mapping[str, str]] = {"last4": "last four digits"}
"""Fields whose name says less than English can."""


def told(refusals: Sequence[Refusal], language: str) -> tuple[Refusal, ...]:
    """The same refusals, in that language as far as it is known."""
    if language == "en":
        return tuple(refusals)
    from states.rules.norwegian import tell  # noqa: PLC0415 - most people read English, and its table is long

    return tuple(tell(one, language) for one in refusals)


def titled(title: str, language: str) -> str:
    """The title of a state."""
    if language == "en":
        return title
    from states.rules.norwegian import title_of  # noqa: PLC0415 - as above

    return title_of(title)


def last(text: str, language: str) -> str:
    """What a procedure remembers of what happened last."""
    if language == "en":
        return text
    from states.rules.norwegian import what_happened  # noqa: PLC0415 - as above

    return what_happened(text)


def roles(names: Sequence[str], language: str) -> str:
    """Roles, one after the other."""
    listed = ", ".join(name.replace("_", " ") for name in names)
    if language == "en" or not listed:
        return listed
    from states.rules.norwegian import roles_of  # noqa: PLC0415 - as above

    return roles_of(listed)


def headlined(headline: Headline[Any], memory: Any, language: str) -> str:
    """What a procedure is about, in one line."""
    if language == "en":
        return headline(memory)
    from states.rules.norwegian import headline_of  # noqa: PLC0415 - as above

    return headline_of(headline.parts(memory))


def action(kind: str, language: str) -> str:
    """An action, as on a button."""
    if language == "en":
        return kind.replace("_", " ")
    from states.rules.norwegian import action_of  # noqa: PLC0415 - as above

    return action_of(kind)


def field(path: str, language: str) -> str:
    """What somebody fills in, by its place in a model: `new.last4` is the last four digits."""
    name = path.rpartition(".")[2]
    if language == "en":
        return _LABELS.get(name, name.replace("_", " "))
    from states.rules.norwegian_names import FIELDS  # noqa: PLC0415 - as above

    return FIELDS.get(name, name.replace("_", " "))


def named(name: str, language: str) -> str:
    """A state, an action or a result by its name in declarations."""
    if language == "en":
        return name.replace("_", " ")
    from states.rules.norwegian import name_of  # noqa: PLC0415 - as above

    return name_of(name)


def word(text: str, language: str, *facts: object) -> str:
    """A word or two around what procedures say; `facts` take the places in it."""
    known = text if language == "en" else _word(text)
    return known.format(*facts) if facts else known


# The journal.


def decision(text: str, language: str) -> str:
    """A line about a decision, its places for facts still in it."""
    if language == "en":
        return text
    from paystates.front.words_in_norwegian import DECISIONS  # noqa: PLC0415 - as above

    return DECISIONS.get(text, text)


def deed(kind: str, english: tuple[str, str] | None, language: str) -> tuple[str, str] | None:
    """An action as somebody does it, and as somebody wants to; None when it has no words."""
    if language == "en":
        return english
    from paystates.front.words_in_norwegian import DEEDS  # noqa: PLC0415 - as above

    return DEEDS.get(kind, english)


def note_of(text: str, language: str) -> str:
    """What a decision says of itself in brief."""
    if language == "en":
        return text
    from paystates.front.words_in_norwegian import note  # noqa: PLC0415 - as above

    return note(text)


def method_called(label: str, language: str) -> str:
    """What a payment method is called."""
    if language == "en":
        return label
    from states.rules.norwegian import label_of  # noqa: PLC0415 - as above

    return label_of(label)


def noted(text: str, language: str) -> str:
    """A line about what was booked, its places for facts still in it."""
    if language == "en":
        return text
    from paystates.front.words_in_norwegian import NOTES  # noqa: PLC0415 - as above

    return NOTES.get(text, text)


def _word(text: str) -> str:
    from states.rules.norwegian_words import PEOPLE, VERDICTS  # noqa: PLC0415 - as above

    return _NB.get(text) or PEOPLE.get(text) or VERDICTS.get(text) or text
