"""A book with one account and its payment methods, kept in memory or in a file, to try single effects on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from activities import Desk, effects
from activities.desk import NoWaker, Waker
from domain.accounts import (
    Account,
    Attempt,
    AttemptStatus,
    BillingProfile,
    Dunning,
    Entry,
    EntryKind,
    Grant,
    Initiator,
    Invoice,
    Method,
    MethodKind,
    PayerKind,
    Person,
    Rebinding,
    Role,
    Subscription,
)
from domain.notices import Notice, NoticeKind
from gateways.scripted import ScriptedBank
from paystates import clock
from paystates.engine import End, Errand, Memory, Move, Procedure, Request, Run, Unavailable, Verdict, answered_before
from states import methods as ask
from store.port import Book, JournalRow, Pages

T = TypeVar("T")
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
SUBJECT = "replace-all/old"
_BALANCE = 149_500


class Nothing(Memory):
    """An effect is tried without anything that a procedure would remember."""


@cache
def asking(request: type[Request[Any]]) -> Procedure[Nothing]:
    """A procedure that asks once, and takes any answer."""
    answers = [Move(answer, "asking", "over") for answer in request.answers()]
    return Procedure(
        name="asking",
        version=1,
        memory=Nothing,
        initial="asking",
        states={"asking": Run(request, request.model_construct, "Asks"), "over": End(Verdict.DONE, "Over")},
        moves=[*answers, Move(Unavailable, "asking", "over")],
    )


class Office:
    """`fjord` has the cards `old` and `new` of `anna`, a billing admin, `bos` of `bo`, another one, and a bank account `bank`."""

    def __init__(self, book: Book, waker: Waker | None = None, **account: Any) -> None:
        self.book = book
        self.desk = Desk(book, ScriptedBank(), waker or NoWaker())
        self.now = NOW
        self.sequence = 0
        with book.transaction() as pages:
            pages.put_account(replace(Account("fjord", "Fjord AS", "NO", time_zone="Europe/Oslo"), **account))
            for name in ("anna", "bo"):
                pages.put_person(Person(name, "fjord", name.title(), f"{name}@fjord.example"))
                pages.put_grant(Grant(name, Role.BILLING_ADMIN, "fjord"))
            for name in ("old", "new"):
                pages.put_method(card(name))
            pages.put_method(card("bos", added_by="bo"))
            pages.put_method(card("bank", kind=MethodKind.BANK_ACCOUNT, network="autogiro", last4="6789", expires=None))

    # What is done.

    def do(
        self, request: Request[Any], *, subject: str = SUBJECT, run: str = "1", origin: str | None = None, again: bool = False
    ) -> Any:
        """Carry an effect out. `again`: as after a lost reply, with the same place in the journal. `origin`: after a Reset."""
        self.sequence += not again
        return self.at(request, self.sequence, subject=subject, run=run, origin=origin)

    def at(
        self, request: Request[Any], sequence: int, *, subject: str = SUBJECT, run: str = "1", origin: str | None = None
    ) -> Any:
        """Carry an effect out at a place of the journal, as a worker does: what was answered is not done again."""
        procedure = asking(type(request))
        begun = procedure.begin(Nothing(), self.now)
        errand = Errand(request, procedure, subject, run, begun, sequence, (), self.now, origin)
        before = answered_before(self.desk.written(subject, run, sequence), errand)
        if before is not None:
            return before
        with clock.at(self.now):
            return effects.by_request[type(request)](self.desk, errand)

    def move(
        self,
        target: str = "new",
        *,
        subject: str = SUBJECT,
        run: str = "1",
        origin: str | None = None,
        again: bool = False,
        **more: Any,
    ) -> Any:
        """One page of `old`, as `anna` confirmed."""
        request = ask.MovePage(**{"source": "old", "target": target, "actor": "anna", **more})
        return self.do(request, subject=subject, run=run, origin=origin, again=again)

    def delete(self, method: str = "old", actor: str = "anna") -> Any:
        """Delete a method."""
        return self.do(ask.DeleteMethod(method=method, actor=actor), subject=f"delete-with-dependents/{method}")

    def review(self, method: str = "old", actor: str = "anna") -> Any:
        """Look at a method."""
        return self.do(ask.Review(method=method, actor=actor))

    # What there is.

    def subscribe(self, *names: str, method: str | None = "old", **more: Any) -> None:
        """Subscriptions that pay with a method."""
        self.write(
            lambda pages: [
                pages.put_subscription(Subscription(name, "fjord", name.title(), method_id=method, **more)) for name in names
            ]
        )

    def profile(self, name: str, method: str | None = "old") -> None:
        """A billing profile that pays with a method, or by invoice."""
        self.write(lambda pages: pages.put_profile(BillingProfile(name, "fjord", name.title(), method)))

    def owe(
        self, name: str, payer: str, kind: PayerKind = PayerKind.SUBSCRIPTION, *, pinned: bool = True, over: bool = False
    ) -> None:
        """An invoice that is due, with the retries of it."""

        def written(pages: Pages) -> None:
            pages.put_invoice(Invoice(name, "fjord", kind, payer, "NOK", date(2026, 11, 1)))
            pages.add_entry(Entry(f"{name}/invoice", name, EntryKind.INVOICE, _BALANCE, NOW))
            if pinned:
                pages.put_dunning(Dunning(name, "four-weeks@1", (NOW,), NOW + timedelta(days=28)))
            if over:
                pages.add_notice(Notice(f"{name}/final", "fjord", name, NoticeKind.FINAL, "nb", (), NOW, _BALANCE, "NOK"))

        self.write(written)

    def pay(self, name: str) -> None:
        """Nothing is due any more."""
        self.write(lambda pages: pages.add_entry(Entry(f"{name}/paid", name, EntryKind.PAYMENT, -_BALANCE, NOW)))

    def attempt(self, invoice: str, method: str, status: AttemptStatus) -> None:
        """An attempt on a method."""
        tried = Attempt(invoice, 1, status, method, "visa", _BALANCE, "NOK", Initiator.MERCHANT, "charge-retry", NOW)
        self.write(lambda pages: pages.add_attempt(tried))

    def write(self, deed: Callable[[Pages], object]) -> None:
        """Write into the book behind everybody's back."""
        with self.book.transaction() as pages:
            deed(pages)

    def read(self, question: Callable[[Pages], T]) -> T:
        """Ask the book."""
        with self.book.transaction() as pages:
            return question(pages)

    def bound(self) -> dict[str, str | None]:
        """What each profile and subscription pays with."""
        payers = self.read(lambda pages: [*pages.profiles("fjord"), *pages.subscriptions("fjord")])
        return {payer.id: payer.method_id for payer in payers}

    def rows(self, subject: str = SUBJECT) -> list[Rebinding]:
        """What a procedure has bound anew."""
        return list(self.read(lambda pages: pages.rebindings(subject, limit=1000)))

    def journal(self, subject: str = SUBJECT) -> list[JournalRow]:
        """What a procedure decided."""
        return list(self.read(lambda pages: pages.journal(subject)))


def card(name: str, **differences: Any) -> Method:
    """A card of `anna`, from last year, that holds for years."""
    made = Method(
        name, "fjord", MethodKind.CARD, "visa", f"tok_{name}", "4242", "NO", "anna", NOW - timedelta(days=365),
        expires=date(2031, 1, 31),
    )  # fmt: skip
    return replace(made, **differences)


def codes(answer: Any) -> list[str]:
    """The codes of a commit's refusals."""
    assert isinstance(answer, ask.Conflicted), answer
    return [refusal.code for refusal in answer.refusals]
