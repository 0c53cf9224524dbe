"""The port's questions and writings, told once over six plain operations; SQL and memory differ only in those."""

# ruff: noqa: D102 - `store.port` documents what each question answers

import json
from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from domain.accounts import (
    Account,
    AccountCredit,
    Attempt,
    BillingProfile,
    Case,
    Dunning,
    Entry,
    Grant,
    Invoice,
    LedgerOrder,
    Method,
    PayerKind,
    Person,
    Rebinding,
    Subscription,
)
from domain.notices import Notice
from domain.webhooks import Endpoint
from store.access import AccessPages
from store.errors import BookConflict
from store.port import BOOK, DueInvoice, JournalRow, Owed, Payer, PayerKey


class KeptPages(AccessPages):
    """`store.port.Pages` over the operations of `store.plain`, but for the questions that want more than those.

    Every write may raise `store.errors.BookConflict`, and a `ValueError` for an instant without a time zone.
    Writing an open attempt raises `store.port.AttemptOpen` when the debt has another (law 1).
    """

    @abstractmethod
    def attempts_on(self, method_id: str, since: datetime) -> Sequence[Attempt]:
        """See `store.port.Pages`; oldest first."""

    @abstractmethod
    def notices_to_send(self, now: datetime, limit: int) -> Sequence[Notice]:
        """See `store.port.Pages`."""

    @abstractmethod
    def payers_on(
        self, method_id: str, after: PayerKey | None = None, limit: int = 250, *, lock: bool = False
    ) -> Sequence[Payer]:
        """See `store.port.Pages`."""

    @abstractmethod
    def count_payers(self, method_id: str) -> Mapping[PayerKind, int]:
        """See `store.port.Pages`."""

    @abstractmethod
    def must_pay(self, account_id: str) -> bool:
        """See `store.port.Pages`."""

    @abstractmethod
    def rebind(self, rebindings: Sequence[Rebinding]) -> None:
        """See `store.port.Pages`."""

    @abstractmethod
    def rebindings(
        self, procedure: str, run: str | None = None, after: PayerKey | None = None, limit: int = 250
    ) -> Sequence[Rebinding]:
        """See `store.port.Pages`."""

    @abstractmethod
    def count_rebindings(self, procedure: str, runs: Collection[str]) -> int:
        """See `store.port.Pages`."""

    @abstractmethod
    def rebound(self, procedure: str, runs: Collection[str], payers: Collection[PayerKey]) -> frozenset[PayerKey]:
        """See `store.port.Pages`."""

    @abstractmethod
    def due_on(
        self,
        method_id: str,
        after: str = "",
        limit: int = 250,
        *,
        retried: bool = False,
        rebound_by: tuple[str, Collection[str]] | None = None,
    ) -> Sequence[DueInvoice]:
        """See `store.port.Pages`."""

    @abstractmethod
    def owed(self, account_id: str, limit: int = 250) -> Sequence[Owed]:
        """See `store.port.Pages`."""

    @abstractmethod
    def journal_after(
        self, after: int = 0, limit: int = 100, *, account_id: str | None = None
    ) -> Sequence[tuple[int, JournalRow]]:
        """See `store.port.Pages`."""

    @abstractmethod
    def journal_tail(self, account_id: str, limit: int) -> Sequence[JournalRow]:
        """See `store.port.Pages`."""

    @abstractmethod
    def journal_at(self, position: int) -> JournalRow | None:
        """See `store.port.Pages`."""

    @abstractmethod
    def journal_end(self) -> int:
        """See `store.port.Pages`."""

    @abstractmethod
    def _write_row(self, row: JournalRow) -> None:
        """Insert a row of the journal, at a position above all before it."""

    @abstractmethod
    def _write_row_anew(self, row: JournalRow) -> None:
        """Replace the row of the same key, and give it a position above all before it."""

    @abstractmethod
    def open_attempts_on(self, method_id: str, limit: int) -> Sequence[Attempt]:
        """See `store.port.Pages`."""

    def account(self, account_id: str, *, lock: bool = False) -> Account | None:
        return self._one(Account, account_id, lock=lock)

    def accounts(self) -> Sequence[Account]:
        return self._all(Account)

    def add_account(self, account: Account) -> bool:
        return self._add(account)

    def put_account(self, account: Account) -> None:
        self._put(account)

    def person(self, person_id: str, *, lock: bool = False) -> Person | None:
        return self._one(Person, person_id, lock=lock)

    def people(self, account_id: str) -> Sequence[Person]:
        return self._of(Person, "account_id", account_id)

    def add_person(self, person: Person) -> bool:
        return self._add(person)

    def put_person(self, person: Person) -> None:
        self._put(person)

    def grants_of(self, person_id: str) -> Sequence[Grant]:
        return self._of(Grant, "person_id", person_id)

    def grants(self, account_id: str) -> Sequence[Grant]:
        return self._of(Grant, "account_id", account_id)

    def add_grant(self, grant: Grant) -> bool:
        return self._add(grant)

    def put_grant(self, grant: Grant) -> None:
        self._add(grant)

    def remove_grant(self, grant: Grant) -> None:
        self._remove(grant)

    def method(self, method_id: str, *, lock: bool = False) -> Method | None:
        return self._one(Method, method_id, lock=lock)

    def method_by_token(self, token: str) -> Method | None:
        return next(iter(self._of(Method, "token", token)), None)

    def methods(self, account_id: str, *, deleted: bool = False) -> Sequence[Method]:
        return [one for one in self._of(Method, "account_id", account_id) if deleted or not one.is_deleted]

    def add_method(self, method: Method) -> bool:
        return self._add(method)

    def put_method(self, method: Method) -> None:
        self._put(method)

    def subscription(self, subscription_id: str, *, lock: bool = False) -> Subscription | None:
        return self._one(Subscription, subscription_id, lock=lock)

    def subscriptions(self, account_id: str) -> Sequence[Subscription]:
        return self._of(Subscription, "account_id", account_id)

    def add_subscription(self, subscription: Subscription) -> bool:
        return self._add(subscription)

    def put_subscription(self, subscription: Subscription) -> None:
        self._put(subscription)

    def profile(self, profile_id: str, *, lock: bool = False) -> BillingProfile | None:
        return self._one(BillingProfile, profile_id, lock=lock)

    def profiles(self, account_id: str) -> Sequence[BillingProfile]:
        return self._of(BillingProfile, "account_id", account_id)

    def add_profile(self, profile: BillingProfile) -> bool:
        return self._add(profile)

    def put_profile(self, profile: BillingProfile) -> None:
        self._put(profile)

    def invoice(self, invoice_id: str, *, lock: bool = False) -> Invoice | None:
        return self._one(Invoice, invoice_id, lock=lock)

    def invoices(self, account_id: str) -> Sequence[Invoice]:
        return self._of(Invoice, "account_id", account_id)

    def invoices_of(self, payer_kind: PayerKind, payer_id: str) -> Sequence[Invoice]:
        return [one for one in self._of(Invoice, "payer_id", payer_id) if one.payer_kind is payer_kind]

    def add_invoice(self, invoice: Invoice) -> bool:
        return self._add(invoice)

    def put_invoice(self, invoice: Invoice) -> None:
        self._put(invoice)

    def entries(self, invoice_id: str) -> Sequence[Entry]:
        return self._of(Entry, "invoice_id", invoice_id)

    def add_entry(self, entry: Entry) -> bool:
        return self._add(entry)

    def add_account_credit(self, credit: AccountCredit) -> bool:
        return self._add(credit)

    def account_credits(self, account_id: str) -> Sequence[AccountCredit]:
        return self._of(AccountCredit, "account_id", account_id)

    def ledger_orders(self, invoice_id: str) -> Sequence[LedgerOrder]:
        return self._of(LedgerOrder, "invoice_id", invoice_id)

    def add_ledger_order(self, order: LedgerOrder) -> bool:
        return self._add(order)

    def put_ledger_order(self, order: LedgerOrder) -> None:
        self._put(order)

    def attempts(self, invoice_id: str) -> Sequence[Attempt]:
        return self._of(Attempt, "invoice_id", invoice_id)

    def attempt(self, invoice_id: str, n: int) -> Attempt | None:
        return self._one(Attempt, (invoice_id, n))

    def attempts_by_intent(self, intent_id: str) -> Sequence[Attempt]:
        return self._of(Attempt, "intent_id", intent_id)

    def add_attempt(self, attempt: Attempt) -> None:
        """See `store.port.Pages`; `BookConflict` when attempt `n` of the debt exists and none is open."""
        if not self._add(attempt):
            message = f"attempt {attempt.reference} is in the book already: take the next number of the debt"
            raise BookConflict(message)

    def put_attempt(self, attempt: Attempt) -> None:
        """See `store.port.Pages`; `AttemptOpen` when it would be the debt's second open attempt."""
        self._put(attempt)

    def dunning(self, invoice_id: str) -> Dunning | None:
        return self._one(Dunning, invoice_id)

    def put_dunning(self, dunning: Dunning) -> None:
        self._put(dunning)

    def add_notice(self, notice: Notice) -> bool:
        return self._add(notice)

    def notices(self, invoice_id: str) -> Sequence[Notice]:
        return self._of(Notice, "invoice_id", invoice_id)

    def put_notice(self, notice: Notice) -> None:
        self._put(notice)

    def add_journal(self, rows: Iterable[JournalRow]) -> bool:
        told_anew, stands = False, True
        for row in rows:
            before = self._one(JournalRow, (row.procedure, row.run, row.sequence))
            stands = before is None or row.at >= before.at
            if before is None:
                self._write_row(row)
            elif not stands:  # of a worker that wakes late: what was decided in its stead stands
                continue
            elif told_anew or replace(before, at=row.at) != row:
                self._write_row_anew(row)
                told_anew = True
            else:
                self._put(row)
        return stands

    def note(
        self, about: str, kind: str, facts: Mapping[str, str | int | bool | None], at: datetime, account_id: str, *, actor: str
    ) -> None:
        subject = f"{BOOK}/{about}"
        row = JournalRow(
            procedure=subject,
            run="",
            sequence=len(self._of(JournalRow, "procedure", subject)) + 1,
            at=at,
            definition=BOOK,
            actor=actor,
            event_kind=kind,
            event=json.dumps(facts, ensure_ascii=False, separators=(",", ":")),
            source="",
            target="",
            accepted=True,
            account_id=account_id,
        )
        self._write_row(row)

    def journal_row(self, procedure: str, run: str, sequence: int) -> JournalRow | None:
        return self._one(JournalRow, (procedure, run, sequence))

    def journal(self, procedure: str) -> Sequence[JournalRow]:
        rows = self._of(JournalRow, "procedure", procedure)
        runs = {run: number for number, run in enumerate(dict.fromkeys(row.run for row in rows))}
        return sorted(rows, key=lambda row: (runs[row.run], row.sequence))

    def journal_of_account(self, account_id: str) -> Sequence[JournalRow]:
        return self._of(JournalRow, "account_id", account_id)

    def add_case(self, case: Case) -> bool:
        return self._add(case)

    def cases(self, account_id: str) -> Sequence[Case]:
        return self._of(Case, "account_id", account_id)

    def webhook(self, endpoint_id: str, *, lock: bool = False) -> Endpoint | None:
        return self._one(Endpoint, endpoint_id, lock=lock)

    def webhooks(self) -> Sequence[Endpoint]:
        return self._all(Endpoint)

    def put_webhook(self, endpoint: Endpoint) -> None:
        self._put(endpoint)

    def remove_webhook(self, endpoint: Endpoint) -> None:
        self._remove(endpoint)
