"""The port to the account book: one transaction at a time, records in and out, the same for SQL and memory."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

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
    Person,
    Subscription,
)
from domain.notices import Notice


class AttemptOpen(Exception):
    """Law 1: the debt already has an open attempt; the partial unique index refused a second."""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One decision of a procedure. Unique by (procedure, run, sequence): a row that rides twice is written once.

    `event` and `refusals` are JSON texts. `target` equals `source` for a refusal and for a move that stays.
    """

    procedure: str
    run: str
    sequence: int
    at: datetime
    definition: str
    actor: str
    event_kind: str
    event: str
    source: str
    target: str
    accepted: bool
    refusals: str = "[]"
    account_id: str | None = None


class Pages(Protocol):
    """The book inside one transaction. What is not found is None or empty; `put_*` inserts or replaces by id."""

    def account(self, account_id: str) -> Account | None: ...
    def accounts(self) -> Sequence[Account]: ...
    def put_account(self, account: Account) -> None: ...
    def person(self, person_id: str) -> Person | None: ...
    def people(self, account_id: str) -> Sequence[Person]: ...
    def put_person(self, person: Person) -> None: ...
    def grants_of(self, person_id: str) -> Sequence[Grant]: ...
    def grants(self, account_id: str) -> Sequence[Grant]: ...
    def put_grant(self, grant: Grant) -> None: ...
    def remove_grant(self, grant: Grant) -> None: ...
    def method(self, method_id: str) -> Method | None: ...
    def method_by_token(self, token: str) -> Method | None: ...
    def methods(self, account_id: str) -> Sequence[Method]: ...
    def put_method(self, method: Method) -> None: ...
    def subscription(self, subscription_id: str) -> Subscription | None: ...
    def subscriptions(self, account_id: str) -> Sequence[Subscription]: ...
    def put_subscription(self, subscription: Subscription) -> None: ...
    def profile(self, profile_id: str) -> BillingProfile | None: ...
    def profiles(self, account_id: str) -> Sequence[BillingProfile]: ...
    def put_profile(self, profile: BillingProfile) -> None: ...

    def invoice(self, invoice_id: str, *, lock: bool = False) -> Invoice | None:
        """With `lock`, no other transaction changes this debt until ours ends (SELECT … FOR UPDATE where there is one)."""

    def invoices(self, account_id: str) -> Sequence[Invoice]: ...
    def put_invoice(self, invoice: Invoice) -> None: ...
    def entries(self, invoice_id: str) -> Sequence[Entry]: ...

    def add_entry(self, entry: Entry) -> bool:
        """False, and nothing is written, when its reference is booked already."""

    def add_account_credit(self, credit: AccountCredit) -> bool:
        """False, and nothing is written, when its reference is booked already."""

    def account_credits(self, account_id: str) -> Sequence[AccountCredit]: ...
    def ledger_orders(self, invoice_id: str) -> Sequence[LedgerOrder]:
        """Credits and voids that had to wait for an attempt of the debt, in the order given; those dealt with too."""

    def add_ledger_order(self, order: LedgerOrder) -> bool:
        """False, and nothing is written, when its reference is there already."""

    def put_ledger_order(self, order: LedgerOrder) -> None: ...
    def attempts(self, invoice_id: str) -> Sequence[Attempt]:
        """All attempts of the debt, oldest first."""

    def attempt(self, invoice_id: str, n: int) -> Attempt | None: ...
    def attempt_by_intent(self, intent_id: str) -> Attempt | None: ...

    def attempts_on(self, method_id: str, since: datetime) -> Sequence[Attempt]:
        """Attempts on a method, of any debt, reserved at or after `since` (for the networks' rolling windows)."""

    def add_attempt(self, attempt: Attempt) -> None:
        """Raises `AttemptOpen` when the debt has an open attempt already (law 1)."""

    def put_attempt(self, attempt: Attempt) -> None: ...
    def dunning(self, invoice_id: str) -> Dunning | None: ...
    def put_dunning(self, dunning: Dunning) -> None: ...

    def add_notice(self, notice: Notice) -> bool:
        """False, and nothing is written, when its message id is there already."""

    def notices(self, invoice_id: str) -> Sequence[Notice]:
        """Notices of a debt, oldest first."""

    def notices_to_send(self, now: datetime, limit: int) -> Sequence[Notice]:
        """Pending notices whose `next_try_at` is None or not after `now`, oldest first."""

    def put_notice(self, notice: Notice) -> None: ...

    def add_journal(self, rows: Iterable[JournalRow]) -> None:
        """A row that is there already (by procedure, run and sequence) is written once, and keeps its place.

        Its content is the latest: a worker may die after it wrote a decision and before the procedure took it, and then
        what the procedure decided in its stead is what happened.
        """

    def journal(self, procedure: str) -> Sequence[JournalRow]:
        """All rows of a procedure over all its runs, in the order they were written."""

    def journal_of_account(self, account_id: str) -> Sequence[JournalRow]: ...

    def add_case(self, case: Case) -> bool:
        """False, and nothing is written, when a case of that reference exists."""

    def cases(self, account_id: str) -> Sequence[Case]: ...


class Book(Protocol):
    """The account book. `with book.transaction() as pages:` commits at the end of the block, rolls back on any exception."""

    def transaction(self) -> AbstractContextManager[Pages]: ...
