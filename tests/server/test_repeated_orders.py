"""An order that was committed, and whose reply was lost, is answered from the journal: with the roles of then, and once."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from office import Office, OpenOffice, until

from domain.accounts import Grant, Role
from paystates.client import Refused
from paystates.engine import Action
from states.charge_retry import Hold, Resume, RetryNow, WriteOff
from store.port import Book, JournalRow, Pages

pytestmark = pytest.mark.server


class Forgetful:
    """A book whose worker loses what it was told about the first decision of that kind; then `meanwhile` happens to it."""

    def __init__(self, book: Book, kind: str) -> None:
        self._book = book
        self._kind = kind
        self.meanwhile: Callable[[Pages], object] = lambda pages: None
        self.losses = 0

    @contextmanager
    def transaction(self) -> Iterator[Pages]:
        """The book's own, and perhaps the last that anybody hears of it."""
        noted: list[str] = []
        with self._book.transaction() as pages:
            yield _Noted(pages, noted)  # type: ignore[misc] - what it does not have, `__getattr__` has
        if self._kind in noted and not self.losses:
            self.losses += 1
            with self._book.transaction() as pages:
                self.meanwhile(pages)
            message = "the worker is gone"
            raise ConnectionError(message)

    def reading(self) -> AbstractContextManager[Pages]:
        """The book's own."""
        return self._book.reading()


class _Noted:
    def __init__(self, pages: Pages, noted: list[str]) -> None:
        self._pages = pages
        self._noted = noted

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pages, name)

    def add_journal(self, rows: Iterable[JournalRow]) -> bool:
        written = list(rows)
        self._noted += [row.event_kind for row in written]
        return self._pages.add_journal(written)


async def waiting(office: OpenOffice) -> tuple[Office, Forgetful, Grant]:
    """A retry that waits, a worker that forgets what it was told of the first hold, and what makes the reader an operator."""
    made: list[Forgetful] = []

    def forgetful(book: Book) -> Book:
        made.append(Forgetful(book, "hold"))
        return made[0]

    here = await office(billed="2d", book_as=forgetful)
    await here.start()
    await here.rests("waiting")
    return here, made[0], Grant(here.reader, Role.OPERATOR)


def write(here: Office, deed: Callable[[Pages], object]) -> None:
    with here.book.transaction() as pages:
        deed(pages)


def decisions(here: Office, action: Action) -> list[tuple[bool, str | None]]:
    """Whether each decision on such an action was taken, and with which roles."""
    return [(row.accepted, row.roles) for row in here.journal if row.event_kind == action.kind]


async def test_a_role_that_is_withdrawn_between_the_commit_and_its_repetition_changes_nothing(office: OpenOffice) -> None:
    """It was decided once, and stays decided; what is ordered next is judged with the roles of its own time."""
    here, book, operator = await waiting(office)
    write(here, lambda pages: pages.put_grant(operator))
    book.meanwhile = lambda pages: pages.remove_grant(operator)
    assert (await here.act(Hold(), here.reader)).state == "held"
    assert book.losses == 1
    assert decisions(here, Hold()) == [(True, '["operator"]')]
    with pytest.raises(Refused) as refused:
        await here.act(WriteOff(), here.reader)
    assert "NOT_ALLOWED" in [refusal.code for refusal in refused.value.refusals]
    assert decisions(here, WriteOff()) == [(False, "[]")]


async def test_a_role_that_is_granted_after_a_refusal_does_not_turn_it(office: OpenOffice) -> None:
    """The other way round: what was refused stays refused, until it is ordered again."""
    here, book, operator = await waiting(office)
    book.meanwhile = lambda pages: pages.put_grant(operator)
    with pytest.raises(Refused):
        await here.act(Hold(), here.reader)
    assert book.losses == 1
    assert (await here.act(Hold(), here.reader)).state == "held"
    assert decisions(here, Hold()) == [(False, "[]"), (True, '["operator"]')]


async def test_a_request_is_taken_once_also_where_the_history_is_renewed_in_between(office: OpenOffice) -> None:
    """The server knows the requests of one run only; the procedure knows those it has taken (U2: one click, one attempt)."""
    here = await office("pm: [{decline: insufficient_funds}, unexpected]", billed="2d")
    await here.start(renew_after=8)
    await here.rests("waiting")
    retry = here.front.handle(here.subject)
    click = await retry.act(RetryNow(), actor=here.operator, request="click")
    before = await here.rests("waiting")
    first = here.handle.first_execution_run_id
    await until(lambda: renewed(here, first), "a history that goes on as a new one")
    assert await retry.act(RetryNow(), actor=here.operator, request="click") == click
    assert (await here.rests("waiting")).sequence == before.sequence
    assert here.statuses() == ["declined"]
    with pytest.raises(Refused, match="not possible now"):
        await retry.act(Resume(), actor=here.operator, request="another")


async def renewed(here: Office, first: str | None) -> bool:
    """Whether it goes on in another run than its first."""
    return (await here.handle.describe()).run_id != first
