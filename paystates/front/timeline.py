"""The last things that happened to an account, in words, newest first."""

from collections.abc import Sequence

from paystates.front.background import row_of
from paystates.front.events import is_kept, names_of, note_words
from paystates.front.words import Line, lines
from store.port import BOOK, JournalRow, Pages

_READ = 200
"""Rows of the journal that are looked at: several of them make a line."""


def timeline(pages: Pages, account_id: str, limit: int = 40, language: str = "en") -> Sequence[Line]:
    """The last lines of an account's journal, whoever wrote them; the newest first.

    What a line says depends on what was said before, so the whole journal is read of each procedure that is in it.
    """
    rows = pages.journal_tail(account_id, _READ)
    journals = {subject: _journal(pages, subject, rows) for subject in dict.fromkeys(row.procedure for row in rows)}
    names = names_of(pages, (row for journal in journals.values() for row in journal))
    found: list[Line] = []
    for subject, journal in journals.items():
        if _is_note(subject):
            found += [Line(row.at, subject, note_words(row, language)) for row in journal]
        else:
            found += lines([row_of(row, names, language) for row in journal], language)
    found.sort(key=lambda line: line.at)
    return found[: -limit - 1 : -1]  # turned round as a whole: what one decision says is newest first, too


def _journal(pages: Pages, subject: str, rows: Sequence[JournalRow]) -> Sequence[JournalRow]:
    if _is_note(subject):
        return [row for row in rows if row.procedure == subject]
    return [row for row in pages.journal(subject) if is_kept(row)]


def _is_note(subject: str) -> bool:
    return subject.startswith(f"{BOOK}/")
