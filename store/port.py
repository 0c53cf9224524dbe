"""The port to the account book: one transaction at a time, records in and out, the same for SQL and memory."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from domain.access import Reply, Session, Token
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


class AttemptOpen(Exception):
    """Law 1: the debt already has an open attempt; the partial unique index refused a second."""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One decision of a procedure. Unique by (procedure, run, sequence): a row that rides twice is written once.

    `event` and `refusals` are JSON texts; the refusals are those of an order, or the reasons for an end.
    `target` equals `source` for a refusal and for a move that stays.
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
    roles: str | None = None
    order_id: str | None = None


BOOK: Final = "book"
"""The definition of rows that no procedure wrote, and what their subjects begin with (`Pages.note`)."""


@dataclass(frozen=True, slots=True)
class DueInvoice:
    """An invoice with a balance above zero. `pinned`: its retries have a calendar. `over`: their final notice is written."""

    id: str
    pinned: bool
    over: bool


@dataclass(frozen=True, slots=True)
class Owed:
    """An invoice with a balance above zero, in minor units of its currency."""

    invoice: Invoice
    balance: int


Noted = Mapping[str, str | int | bool | None]
"""The facts of what is noted in the journal: ids, amounts, and words of closed lists."""

Payer = Subscription | BillingProfile
PayerKey = tuple[PayerKind, str]


class Pages(Protocol):
    """The book inside one transaction. What is not found is None or empty.

    `add_*` writes what is new: False, and nothing is written, when it is there already. Who makes the same at the same moment is
    waited for, so read again after a False, and judge what is there. `put_*` inserts or replaces by id, and is for what was read
    with `lock`: it would replace what another has made since a look that locked nothing.
    """

    def account(self, account_id: str, *, lock: bool = False) -> Account | None: ...
    def accounts(self) -> Sequence[Account]: ...
    def add_account(self, account: Account) -> bool: ...
    def put_account(self, account: Account) -> None: ...
    def person(self, person_id: str, *, lock: bool = False) -> Person | None: ...
    def people(self, account_id: str) -> Sequence[Person]: ...
    def add_person(self, person: Person) -> bool: ...
    def put_person(self, person: Person) -> None: ...
    def grants_of(self, person_id: str) -> Sequence[Grant]: ...
    def grants(self, account_id: str) -> Sequence[Grant]: ...
    def add_grant(self, grant: Grant) -> bool: ...
    def put_grant(self, grant: Grant) -> None: ...
    def remove_grant(self, grant: Grant) -> None: ...
    def method(self, method_id: str, *, lock: bool = False) -> Method | None:
        """A deleted one too. With `lock`, nobody else binds, corrects or deletes it until ours ends: payers are locked before."""

    def method_by_token(self, token: str) -> Method | None:
        """A deleted one too: its token is not used again."""

    def methods(self, account_id: str, *, deleted: bool = False) -> Sequence[Method]:
        """Those on file; with `deleted`, also those that were."""

    def add_method(self, method: Method) -> bool:
        """False, and nothing is written, when its id is there already; `BookConflict` when its token is another one's."""

    def put_method(self, method: Method) -> None: ...
    def subscription(self, subscription_id: str, *, lock: bool = False) -> Subscription | None: ...
    def subscriptions(self, account_id: str) -> Sequence[Subscription]: ...
    def add_subscription(self, subscription: Subscription) -> bool: ...
    def put_subscription(self, subscription: Subscription) -> None: ...
    def profile(self, profile_id: str, *, lock: bool = False) -> BillingProfile | None: ...
    def profiles(self, account_id: str) -> Sequence[BillingProfile]: ...
    def add_profile(self, profile: BillingProfile) -> bool: ...
    def put_profile(self, profile: BillingProfile) -> None: ...
    def payers_on(
        self, method_id: str, after: PayerKey | None = None, limit: int = 250, *, lock: bool = False
    ) -> Sequence[Payer]:
        """What pays with the method, whatever its status: profiles, then subscriptions, each by id; the page after `after`.

        A subscription that pays through a billing profile has no method of its own: the profile is what depends.
        """

    def count_payers(self, method_id: str) -> Mapping[PayerKind, int]:
        """How many profiles and how many subscriptions pay with the method."""

    def must_pay(self, account_id: str) -> bool:
        """Whether something of the account must be paid by a method (C4).

        That is a subscription that is active or past due, or a debt, unless a billing profile pays it by invoice.
        """

    def rebind(self, rebindings: Sequence[Rebinding]) -> None:
        """Bind each item to its new method, and keep the row.

        `BookConflict` when an item is not bound as its row says, or was rebound in this run already.
        """

    def rebindings(
        self, procedure: str, run: str | None = None, after: PayerKey | None = None, limit: int = 250
    ) -> Sequence[Rebinding]:
        """What the procedure has bound anew, in one run or (by run) in all: profiles, then subscriptions, each by id.

        `after` turns the pages of one run.
        """

    def count_rebindings(self, procedure: str, runs: Collection[str]) -> int:
        """How many rows there are of what those runs of the procedure have bound anew."""

    def rebound(self, procedure: str, runs: Collection[str], payers: Collection[PayerKey]) -> frozenset[PayerKey]:
        """Which of those the runs have bound anew already."""

    def invoice(self, invoice_id: str, *, lock: bool = False) -> Invoice | None:
        """With `lock`, no other transaction changes this debt until ours ends (SELECT … FOR UPDATE where there is one)."""

    def invoices(self, account_id: str) -> Sequence[Invoice]: ...
    def invoices_of(self, payer_kind: PayerKind, payer_id: str) -> Sequence[Invoice]:
        """The invoices addressed to one payer, by id."""

    def due_on(
        self,
        method_id: str,
        after: str = "",
        limit: int = 250,
        *,
        retried: bool = False,
        rebound_by: tuple[str, Collection[str]] | None = None,
    ) -> Sequence[DueInvoice]:
        """The debts whose payer is bound to the method, by id; the page after `after`.

        `retried`: only those whose retries are not over. `rebound_by`: only of payers that this procedure bound to it,
        in these runs.
        """

    def owed(self, account_id: str, limit: int = 250) -> Sequence[Owed]:
        """The debts of an account, the oldest billing date first."""

    def add_invoice(self, invoice: Invoice) -> bool: ...
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
    def attempts_by_intent(self, intent_id: str) -> Sequence[Attempt]:
        """The attempts that one intent stands for, in the order of their debts: several when a balance was settled (G62)."""

    def attempts_on(self, method_id: str, since: datetime) -> Sequence[Attempt]:
        """Attempts on a method, of any debt, reserved at or after `since` (for the networks' rolling windows)."""

    def open_attempts_on(self, method_id: str, limit: int) -> Sequence[Attempt]:
        """Attempts on a method, of any debt, that are open or clearing; oldest first."""

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

    def add_journal(self, rows: Iterable[JournalRow]) -> bool:
        """A row that is there already (by procedure, run and sequence) is written once, and what was decided last stands.

        Answers whether the last of these rows stands; it does not where another was decided after it, in its stead.
        For a worker may die after it wrote a decision and before the procedure took it, and then what the procedure decided in
        its stead is what happened; and a worker that wakes late has decided before. A row that is replaced, and those that come
        with it, take new positions, so that whoever follows the journal is told; one that differs in its instant only keeps its.
        """

    def note(self, about: str, kind: str, facts: Noted, at: datetime, account_id: str, *, actor: str) -> None:
        """Write into the journal what happened to an account outside any procedure, as the next row of `book/{about}`.

        `about` is what the transaction has locked or made: `invoice/2026-1001`. `facts` hold ids, amounts and words of closed
        lists, never a name, an address or a number of a card or account.
        """

    def journal_row(self, procedure: str, run: str, sequence: int) -> JournalRow | None:
        """One decision, if it is written."""

    def journal(self, procedure: str) -> Sequence[JournalRow]:
        """All rows of a procedure, run after run, each run's in the order they were decided."""

    def journal_of_account(self, account_id: str) -> Sequence[JournalRow]: ...
    def journal_after(
        self, after: int = 0, limit: int = 100, *, account_id: str | None = None
    ) -> Sequence[tuple[int, JournalRow]]:
        """Rows with their positions, which rise: the page after a position, of one account or of all.

        Whoever asks again after the last position they were told is told every row once it is committed: what lies above a
        position that an open transaction may still take is held back until that has ended, also one's own.
        """

    def journal_tail(self, account_id: str, limit: int) -> Sequence[JournalRow]:
        """The last rows of an account, in the order of their positions."""

    def journal_at(self, position: int) -> JournalRow | None:
        """The row of that position; None when there is none, or it has been told anew at another."""

    def journal_end(self) -> int:
        """The position after which whoever follows the journal from now on begins."""

    def add_case(self, case: Case) -> bool:
        """False, and nothing is written, when a case of that reference exists, or an open one that it says again."""

    def cases(self, account_id: str) -> Sequence[Case]: ...
    def webhook(self, endpoint_id: str, *, lock: bool = False) -> Endpoint | None: ...
    def webhooks(self) -> Sequence[Endpoint]: ...
    def put_webhook(self, endpoint: Endpoint) -> None: ...
    def remove_webhook(self, endpoint: Endpoint) -> None: ...

    def token(self, token_id: str) -> Token | None: ...
    def tokens(self) -> Sequence[Token]:
        """All of them, also those that may not be used any more."""

    def token_by_digest(self, digest: str) -> Token | None: ...
    def put_token(self, token: Token) -> None: ...
    def session(self, session_id: str) -> Session | None: ...
    def put_session(self, session: Session) -> None: ...
    def remove_session(self, session: Session) -> None: ...
    def remove_sessions(self, before: datetime) -> None:
        """Forget those that expired before that instant."""

    def reply(self, token_id: str, key: str, *, lock: bool = False) -> Reply | None: ...
    def add_reply(self, reply: Reply) -> bool:
        """False, and nothing is written, when the token has used the key already."""

    def put_reply(self, reply: Reply) -> None: ...
    def remove_reply(self, reply: Reply) -> None: ...
    def remove_replies(self, before: datetime) -> None:
        """Forget those from before that instant."""


class Book(Protocol):
    """The account book. `with book.transaction() as pages:` commits at the end of the block, rolls back on any exception."""

    def transaction(self) -> AbstractContextManager[Pages]: ...
    def reading(self) -> AbstractContextManager[Pages]:
        """The same for who only reads: in a database it waits for nobody who writes. `BookError` for whoever writes or locks.

        On SQLite and in memory it sees one state of the book to its end; on PostgreSQL, as in a transaction, each question is
        answered by what is committed when it is asked.
        """
