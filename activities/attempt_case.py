"""One attempt of one debt before the book: how its row is written, and what goes with it in the same transaction."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from activities import reading
from activities.ledger_orders import book_waiting
from activities.reading import File
from domain.accounts import Attempt, AttemptStatus
from domain.declines import Verdict
from domain.plan import Next
from paystates.engine import Errand
from states import debts as ask
from store.port import Pages


@dataclass(frozen=True, slots=True)
class Case:
    """One attempt before the book: its file, its row, and the errand it is concluded for.

    `rows` are those of an attempt that is for several debts at once, each of which has a case of its own; else empty.
    """

    pages: Pages
    file: File
    attempt: Attempt
    errand: Errand[Any]
    rows: tuple[Attempt, ...] = ()

    @property
    def now(self) -> datetime:
        """The one instant of the errand."""
        return self.errand.now

    @property
    def speaks(self) -> bool:
        """Whether this case writes what is written once for the whole attempt (law 7): that of its first debt does."""
        return not self.rows or self.rows[0].reference == self.attempt.reference

    @property
    def whole(self) -> Attempt:
        """The attempt as a person knows it: with the sum that was asked for."""
        return replace(self.attempt, amount=sum(row.amount for row in self.rows)) if self.rows else self.attempt

    @property
    def also(self) -> tuple[str, ...]:
        """The other debts that the attempt is for."""
        return tuple(row.invoice_id for row in self.rows if row.invoice_id != self.attempt.invoice_id)

    def close(self, status: AttemptStatus, verdict: Verdict | None = None) -> "Case":
        """Write the attempt's end, and count its slot unless nothing reached the bank."""
        closed = replace(
            self.noted(verdict).attempt,
            status=status,
            finished_at=self.now,
            not_before=self.now + verdict.wait if verdict and verdict.wait else None,
        )
        return self.keep(closed, burns=status is not AttemptStatus.NOT_CHARGED)

    def noted(self, verdict: Verdict | None) -> "Case":
        """With what was said of the attempt on its row, which is not written yet."""
        said = (verdict.category.value, verdict.source, verdict.code) if verdict else (None, None, None)
        category, source, code = said
        return replace(self, attempt=replace(self.attempt, category=category, source=source, code=code))

    def keep(self, attempt: Attempt, *, burns: bool) -> "Case":
        """Write the attempt's row, and count its slot when it burns one (law 7: only what reached the bank does).

        Where that ends the attempt, what waited for it is booked in the same transaction (law 6).
        """
        self.pages.put_attempt(attempt)
        file = self.file
        others = [one for one in file.attempts if one.n != attempt.n]
        burnt = attempt.slot + 1 if burns and attempt.slot is not None else 0
        dunning = reading.used_up(self.pages, file.dunning, burnt)
        file = replace(file, attempts=(*others, attempt), dunning=dunning)
        if self.attempt.is_open and not attempt.is_open:
            file = book_waiting(self.pages, file, self.now)
        return replace(self, file=file, attempt=attempt)

    def following(self, *, again: bool = False) -> Next | None:
        """The next date after what was written; there is none when nothing is owed any more."""
        return reading.upcoming(self.file, self.now, again=again) if self.file.owed > 0 else None

    def debt(self, *, again: bool = False) -> ask.Debt:
        """The debt as it stands after what was written."""
        return reading.debt(self.file, self.now, self.following(again=again))
