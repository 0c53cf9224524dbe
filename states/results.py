"""Refusals that are results, not rules: nothing stood against the wish, but the world answered that it cannot be.

They stand beside the rules, in both languages, and carry the facts of the case in the same way.
"""

from dataclasses import dataclass
from typing import Protocol

from paystates.engine import Refusal, say


@dataclass(frozen=True, slots=True)
class Result:
    """A sentence and a remedy with places for facts, in English and in bokmål (`nb`); `helps` as in `Rule`."""

    code: str
    sentence: str
    remedy: str
    nb: tuple[str, str]
    source: str = ""
    helps: str = ""

    def refusal(self, **facts: str) -> Refusal:
        """The refusal with its facts."""
        return Refusal(self.code, say(self.sentence, facts), say(self.remedy, facts), self.source, facts, self.helps)


NO_SUCH_THING = Result(
    "NO_SUCH_THING",
    "There is no {what} of that id on file.",
    "Look at what the account has, and name one of those.",
    ("Det finnes ingen {what} med den id-en.", "Se hva kontoen har, og velg noe av det."),
)
ENDS_AT_ONCE = Result(
    "ENDS_AT_ONCE",
    "{title}.",
    "There is no need to start this: nothing would change.",
    ("{title}.", "Det er ikke nødvendig å starte dette: ingenting ville bli endret."),
)
"""Said beforehand of a procedure that would come to its end at once, and keeps no reasons for it: by the title of that end."""
NOTHING_CHOSEN = Result(
    "NOTHING_CHOSEN",
    "Something pays with this payment method, and no other one was chosen.",
    "Choose one of the others, or add a new one.",
    ("Noe betaler med denne betalingsmåten, og det er ikke valgt noen annen.", "Velg en av de andre, eller legg til en ny."),
    "G44; G28",
    "choose",
)
NOT_ADDED = Result(
    "NOT_ADDED",
    "The payment method was not put on file: {why}.",
    "Check what was entered, ask the bank, or use another payment method.",
    (
        "Betalingsmåten ble ikke lagret: {why}.",
        "Kontroller det som ble skrevet inn, spør banken, eller bruk en annen betalingsmåte.",
    ),
    "G15; G58",
)
NOT_AUTHENTICATED = Result(
    "NOT_AUTHENTICATED",
    "The payment method was not put on file: nobody authenticated in time.",
    "Add it again, and authenticate when the bank asks.",
    ("Betalingsmåten ble ikke lagret: ingen godkjente i tide.", "Legg den til på nytt, og godkjenn når banken ber om det."),
    "G22; G23",
)
ADDING_UNAVAILABLE = Result(
    "ADDING_UNAVAILABLE",
    "The payment provider or the account book could not be reached.",
    "Try again later; what was put on file meanwhile is found, and not added twice.",
    (
        "Betalingsleverandøren eller kontoboken kunne ikke nås.",
        "Prøv igjen senere; det som ble lagret i mellomtiden, blir funnet og ikke lagt til to ganger.",
    ),
)
NOT_SAVED = Result(
    "NOT_SAVED",
    "The details were not saved: {why}.",
    "Check them with the card and its statement, and try again.",
    ("Opplysningene ble ikke lagret: {why}.", "Kontroller dem mot kortet og kortutskriften, og prøv igjen."),
    "G21; G57",
)
SAVING_UNAVAILABLE = Result(
    "SAVING_UNAVAILABLE",
    "The payment provider or the account book could not be reached.",
    "See what the details are, and try again later.",
    ("Betalingsleverandøren eller kontoboken kunne ikke nås.", "Se hva opplysningene er, og prøv igjen senere."),
)

SAVED_AT_PROVIDER_ONLY = Result(
    "SAVED_AT_PROVIDER_ONLY",
    "The payment provider saved the details, but they could not be saved in the account book.",
    "Have an administrator who may correct it do so again, or ask support to look at it.",
    (
        "Betalingsleverandøren lagret opplysningene, men de kunne ikke lagres i kontoboken.",
        "La en administrator som kan rette den, gjøre det på nytt, eller be brukerstøtten se på det.",
    ),
    "G20; G24",
)

OTHER_ACCOUNT = Result(
    "OTHER_ACCOUNT",
    "{name} belongs to another account.",
    "Change its payment method in that account.",
    ("{name} hører til en annen konto.", "Endre betalingsmåten i den kontoen."),
    "G33",
)
MOVED_BEFORE = Result(
    "MOVED_BEFORE",
    "{name} was moved already, and somebody has bound it to another payment method again since.",
    "Ask who did that, and start again if it is to be moved all the same.",
    (
        "{name} ble flyttet, og noen har siden knyttet det til en annen betalingsmåte igjen.",
        "Spør den som gjorde det, og start på nytt hvis det likevel skal flyttes.",
    ),
    "G33",
)
CHANGED_MEANWHILE = Result(
    "CHANGED_MEANWHILE",
    "{name} pays with another payment method by now than when it was chosen.",
    "Look at what it pays with now, and start again if it is to be changed all the same.",
    (
        "{name} betales nå med en annen betalingsmåte enn da det ble valgt.",
        "Se hva det betales med nå, og start på nytt hvis det likevel skal endres.",
    ),
    "G33; law 5",
)

CONFLICTS = (OTHER_ACCOUNT, MOVED_BEFORE, CHANGED_MEANWHILE)
"""Why a single item stays as it was, where it is not a rule of the catalogue that says so."""

RESULTS = (
    NO_SUCH_THING,
    ENDS_AT_ONCE,
    NOTHING_CHOSEN,
    NOT_ADDED,
    NOT_AUTHENTICATED,
    ADDING_UNAVAILABLE,
    NOT_SAVED,
    SAVING_UNAVAILABLE,
    SAVED_AT_PROVIDER_ONLY,
    *CONFLICTS,
)
"""Every result."""


class _Remembers(Protocol):
    """A memory with the reasons against what was wished."""

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """All of them; none when nothing stands against it any more."""


def reasons(memory: _Remembers) -> tuple[Refusal, ...]:
    """Why a procedure came to its end, where that was not what was wished."""
    return memory.refusals
