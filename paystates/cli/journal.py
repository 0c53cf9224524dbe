"""What the account book of the settings knows of a procedure and of people; a book that cannot be read says why."""

from paystates.cli.connection import book
from paystates.cli.errors import BadInput, Unmet
from paystates.engine import Actor, Scope
from paystates.front.background import Background, actor_of
from paystates.front.background import background as read
from paystates.settings import Settings
from store.errors import BookError


def background(settings: Settings, subject: str, account_id: str | None) -> Background:
    """Read it. A book that cannot be read is no reason not to show what the server knows."""
    try:
        with book(settings) as opened:
            return read(opened, subject, account_id)
    except (BookError, Unmet) as error:
        return Background(missing=str(error))


def person(settings: Settings, actor: str, scope: Scope) -> Actor:
    """Somebody with the roles that they have where a procedure is concerned."""
    with book(settings) as opened:
        return actor_of(opened, actor, scope)


def known_person(settings: Settings, actor: str | None) -> None:
    """`BadInput` when the book has nobody of that id. A book that cannot be read does not say so: the server decides."""
    if actor is None:
        return
    try:
        with book(settings) as opened, opened.transaction() as pages:
            found = pages.person(actor)
    except (BookError, Unmet):
        return
    if found is None:
        message = f"--as {actor!r} is nobody in the account book: give the id of a person in it"
        raise BadInput(message)
