"""The board's languages: English as it is written, Norwegian bokmål from a catalogue that Babel reads; instants and months."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po

from paystates.web.tongues import LANGUAGES

_FOLDER: Final = Path(__file__).with_name("words")
_PLACE: Final = re.compile(r"\{(\w+)\}")
_PLACES: Final = re.compile(r"\\\{(\w+)\\\}")
_LOCALES: Final[Mapping[str, str]] = {"en": "en_GB", "nb": "nb_NO"}


@dataclass(frozen=True)
class Tongue:
    """One language: sentences, instants and months in it. What it does not know is said in English."""

    language: str
    words: Mapping[str, tuple[str, ...]]

    def say(self, text: str, **facts: Any) -> str:
        """A sentence; `facts` are put into it where it names them."""
        said = self.words.get(text, (text,))[0]
        return said % facts if facts else said

    def again(self, sentence: str) -> str:
        """A sentence that has its facts in it already, said again; what stands in its places stays as it is.

        >>> tongue("nb").again("there is no invoice that this token reaches: correct its id")
        'her er det ingen faktura som denne nøkkelen når: rett id-en'
        """
        if sentence in self.words:
            return self.words[sentence][0]
        for pattern, said in _templates(self.language):
            if found := pattern.fullmatch(sentence):
                return said.format(**{name: self._fact(name, fact) for name, fact in found.groupdict().items()})
        return sentence

    def _fact(self, name: str, fact: str) -> str:
        """`thing` and `said` are words of ours, `names` are listed; any other fact stays as it is."""
        if name == "names":
            return self.say(" or ").join(fact.split(" or "))
        return self.again(fact) if name in {"thing", "said"} else fact

    def count(self, one: str, many: str, number: int) -> str:
        """A sentence about a number of things."""
        forms = self.words.get(one, (one, many))
        return forms[0 if number == 1 else -1] % {"num": number}

    def moment(self, instant: datetime, zone: ZoneInfo) -> str:
        """An instant on the wall clock of a zone."""
        return format_datetime(instant, "EEE d MMM y HH:mm", tzinfo=zone, locale=_LOCALES[self.language])

    def day(self, day: date) -> str:
        """A day."""
        return format_date(day, "d MMM y", locale=_LOCALES[self.language])

    def month(self, day: date) -> str:
        """The month in which a card expires."""
        return format_date(day, "MMMM y", locale=_LOCALES[self.language])


@cache
def tongue(language: str) -> Tongue:
    """That language, or English when it is none of ours."""
    if language not in LANGUAGES or language == "en":
        return Tongue("en", {})
    with (_FOLDER / f"{language}.po").open(encoding="utf-8") as file:
        catalogue = read_po(file, locale=language)
    words: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        key = message.id[0] if isinstance(message.id, tuple | list) else message.id
        said = message.string if isinstance(message.string, tuple | list) else [message.string]
        forms = tuple(form for form in said if form)
        if key and len(forms) == len(said):
            words[key] = forms
    return Tongue(language, words)


@cache
def _templates(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The sentences with places for facts, what holds another sentence in front, then those with most words."""
    known = [(english, said[0]) for english, said in tongue(language).words.items() if _PLACE.search(english)]
    known.sort(key=lambda one: ("{said}" not in one[0], -len(_PLACE.sub("", one[0]))))
    return tuple((re.compile(_PLACES.sub(r"(?P<\1>.+?)", re.escape(english)), re.DOTALL), said) for english, said in known)
