"""A book that watches what procedures write: every move must be allowed when it is committed, whoever decided it before."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from domain.accounts import Attempt, AttemptStatus, Method, MethodKind, PayerKind, Rebinding, Role, Standing
from store.port import Book, Pages

_DEAD = (Standing.FINISHED, Standing.GONE)


class Watch:
    """What was seen. `broken` is what must not be: an exception would look like a worker that died.

    `confirmed` are the methods that somebody confirmed to settle with, by procedure; a new one is named by its token.
    `chargeable` are the attempts, by reference, whose method was bound to their payer when they were reserved, or confirmed so.
    """

    def __init__(self) -> None:
        self.broken: list[str] = []
        self.confirmed: set[tuple[str, str]] = set()
        self.chargeable: set[str] = set()

    def binds(self, pages: Pages, one: Rebinding) -> None:
        """The target is on file, Kari's if it is a card, and valid; a profile pays with a card; Kari is an admin still."""
        target = pages.method(one.to_method)
        where = f"{one.procedure} binds {one.item_id} to {one.to_method}"
        if target is None or target.is_deleted:
            self.broken.append(f"{where}, which is deleted")
            return
        if one.item_kind is PayerKind.PROFILE and target.kind is not MethodKind.CARD:
            self.broken.append(f"{where}, which is no card")
        self._needs(pages, where, target)

    def reserves(self, pages: Pages, attempt: Attempt) -> None:
        """One open attempt a debt (law 1), on a method that is on file, and bound or confirmed (law 4)."""
        if attempt.status is not AttemptStatus.RESERVED:
            return
        where = f"{attempt.begun_by} charges {attempt.reference} with {attempt.method_id}"
        invoice, method = pages.invoice(attempt.invoice_id), pages.method(attempt.method_id)
        assert invoice is not None
        payer = pages.subscription(invoice.payer_id)
        if any(one.is_open for one in pages.attempts(attempt.invoice_id)):
            self.broken.append(f"{where}, and another attempt is open")
        if method is None or method.is_deleted or method.standing in _DEAD:
            self.broken.append(f"{where}, which is deleted or finished")
        bound = payer is not None and payer.method_id == attempt.method_id
        by_retry = attempt.begun_by.startswith("charge-retry/")
        names = {attempt.method_id, *((method.token,) if method is not None else ())}
        if bound if by_retry else any((attempt.begun_by, name) in self.confirmed for name in names):
            self.chargeable.add(attempt.reference)
        else:
            self.broken.append(f"{where}, which is neither bound nor confirmed")

    def writes(self, pages: Pages, method: Method) -> None:
        """What is deleted has nothing on it, and is not written any more; Kari added it, and is an admin still."""
        before = pages.method(method.id)
        if before is not None and before.is_deleted:
            self.broken.append(f"{method.id} is written after it was deleted")
        if before is None or (before.details_at, before.deleted_at) != (method.details_at, method.deleted_at):
            self._needs(pages, f"{method.id} is written", method)
        if method.is_deleted and (pages.payers_on(method.id) or pages.open_attempts_on(method.id, 1)):
            self.broken.append(f"{method.id} is deleted, and still used")

    def _needs(self, pages: Pages, where: str, method: Method) -> None:
        if method.kind is MethodKind.CARD and method.added_by != "kari":
            self.broken.append(f"{where}, which is another's card")
        if not any(one.role is Role.GLOBAL_ADMIN for one in pages.grants_of("kari")):
            self.broken.append(f"{where}, and kari is no admin any more")


class WatchedBook:
    """The book, with a look at everything that is bound, reserved, deleted or corrected."""

    def __init__(self, book: Book, watch: Watch) -> None:
        self._book = book
        self._watch = watch

    @contextmanager
    def transaction(self) -> Iterator[Pages]:
        """The book's own."""
        with self._book.transaction() as pages:
            yield _Pages(pages, self._watch)  # type: ignore[misc] - what it does not have, `__getattr__` has

    def reading(self) -> AbstractContextManager[Pages]:
        """The book's own."""
        return self._book.reading()


class _Pages:
    def __init__(self, pages: Pages, watch: Watch) -> None:
        self._pages = pages
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pages, name)

    def rebind(self, rebindings: Sequence[Rebinding]) -> None:
        for one in rebindings:
            self._watch.binds(self._pages, one)
        self._pages.rebind(rebindings)

    def add_attempt(self, attempt: Attempt) -> None:
        self._watch.reserves(self._pages, attempt)
        self._pages.add_attempt(attempt)

    def add_method(self, method: Method) -> bool:
        self._watch.writes(self._pages, method)
        return self._pages.add_method(method)

    def put_method(self, method: Method) -> None:
        self._watch.writes(self._pages, method)
        self._pages.put_method(method)
