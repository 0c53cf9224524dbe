"""Whom the account book of the settings knows."""

from paystates.cli.connection import book
from paystates.cli.errors import BadInput, Unmet
from paystates.settings import Settings
from store.errors import BookError


def known_person(settings: Settings, actor: str | None) -> None:
    """`BadInput` when the book has nobody of that id. A book that cannot be read does not say so: the server decides."""
    if actor is None:
        return
    try:
        with book(settings) as opened, opened.reading() as pages:
            found = pages.person(actor)
    except (BookError, Unmet):
        return
    if found is None:
        message = f"--as {actor!r} is nobody in the account book: give the id of a person in it"
        raise BadInput(message)
