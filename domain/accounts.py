"""The people, methods, subscriptions and invoices of a business account, as flat frozen records.

Flat, because a record is a row: the account book (`store`) keeps each of these classes in one table of the same shape.
Instants are UTC datetimes, dates are in the account's time zone, amounts are integer minor units.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.money import Money


class AccountKind(StrEnum):
    """`MOSA` has no billing profile, `MCA` has (rules.md, preamble)."""

    MOSA = "MOSA"
    MCA = "MCA"


class Era(StrEnum):
    """The dated text whose rules hold for an account; the seeds' wording is the default."""

    SEED = "seed"
    Y2022 = "2022"
    Y2024 = "2024"


class Role(StrEnum):
    """What a person may be granted (G1-G12), and our own two: `operator` (our staff) and `service` (our own systems)."""

    GLOBAL_ADMIN = "global_admin"
    BILLING_ADMIN = "billing_admin"
    ACCOUNT_OWNER = "account_owner"
    ACCOUNT_CONTRIBUTOR = "account_contributor"
    PROFILE_OWNER = "profile_owner"
    PROFILE_CONTRIBUTOR = "profile_contributor"
    INVOICE_MANAGER = "invoice_manager"
    PROFILE_READER = "profile_reader"
    OPERATOR = "operator"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Account:
    """A business account (the tenant). From the day `strict_from` on it is in strict mode (C11); None: it never is."""

    id: str
    name: str
    country: str
    language: str = "en"
    time_zone: str = "UTC"
    kind: AccountKind = AccountKind.MOSA
    era: Era = Era.SEED
    contact_email: str | None = None
    extra_recipients: tuple[str, ...] = ()
    strict_from: date | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may act or be written to. `account_id` is None for our own staff and systems."""

    id: str
    account_id: str | None
    name: str
    email: str
    alternate_email: str | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """One role of one person: on an account, on one of its billing profiles, or (our own roles) everywhere."""

    person_id: str
    role: Role
    account_id: str | None = None
    profile_id: str | None = None


class MethodKind(StrEnum):
    """The kinds of payment method the seeds know."""

    CARD = "card"
    BANK_ACCOUNT = "bank_account"


class Standing(StrEnum):
    """Whether a method may still be charged automatically.

    `needs_correction` (declined `fix`) holds until its details are corrected; `finished` (declined `never`, an unauthorised
    return) and `gone` (the provider no longer has it) hold for ever; `poor` is a bank account not in good standing.
    """

    GOOD = "good"
    NEEDS_CORRECTION = "needs_correction"
    FINISHED = "finished"
    GONE = "gone"
    POOR = "poor"


@dataclass(frozen=True, slots=True)
class Method:
    """A payment method as the provider's token: no card or account number is ever stored (law 6).

    `network` is who sets its caps: visa, mastercard, amex, ach, sepa. `expires` is the last day of the card's month.
    A deleted one stays in the book, because attempts refer to it; its id and its token are not used again.
    """

    id: str
    account_id: str
    kind: MethodKind
    network: str
    token: str
    last4: str
    country: str
    added_by: str
    added_at: datetime
    holder: str = ""
    expires: date | None = None
    standing: Standing = Standing.GOOD
    standing_since: datetime | None = None
    details_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def is_deleted(self) -> bool:
        """Whether it can neither be chosen, bound nor charged any more."""
        return self.deleted_at is not None


class SubscriptionStatus(StrEnum):
    """The life of a subscription (G72), with past due for one whose retries ran out."""

    ACTIVE = "active"
    PAST_DUE = "past_due"
    EXPIRED = "expired"
    DISABLED = "disabled"
    CANCELLED = "cancelled"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription pays with its own method, or through a billing profile (then `method_id` is None)."""

    id: str
    account_id: str
    name: str
    status: SubscriptionStatus = SubscriptionStatus.ACTIVE
    method_id: str | None = None
    profile_id: str | None = None
    recurring_billing: bool = True


@dataclass(frozen=True, slots=True)
class BillingProfile:
    """What an MCA account pays invoices with: a card, or by invoice (then `method_id` is None)."""

    id: str
    account_id: str
    name: str
    method_id: str | None = None


class PayerKind(StrEnum):
    """Who an invoice is addressed to; its bound method is the one that automatic attempts use (law 4)."""

    SUBSCRIPTION = "subscription"
    PROFILE = "billing_profile"


@dataclass(frozen=True, slots=True)
class Rebinding:
    """What a procedure bound to another method: one append-only row for each item, once in a run of the procedure (G33).

    `from_method` is None when the item had none.
    """

    procedure: str
    run: str
    item_kind: PayerKind
    item_id: str
    account_id: str
    from_method: str | None
    to_method: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Invoice:
    """A debt: one payer, one currency, and a ledger of entries whose sum is the balance (law 6)."""

    id: str
    account_id: str
    payer_kind: PayerKind
    payer_id: str
    currency: str
    billing_date: date
    due_date: date | None = None


class EntryKind(StrEnum):
    """What may change a balance. Amounts are signed: positive raises the debt, negative lowers it."""

    INVOICE = "invoice"
    PAYMENT = "payment"
    CREDIT = "credit"
    VOID = "void"
    WRITE_OFF = "write_off"
    REVERSAL = "reversal"


@dataclass(frozen=True, slots=True)
class Entry:
    """One append-only line of a debt's ledger. `reference` is unique: what is booked twice counts once."""

    reference: str
    invoice_id: str
    kind: EntryKind
    amount: int
    at: datetime


@dataclass(frozen=True, slots=True)
class AccountCredit:
    """Money above the balance: it becomes the account's credit, never an automatic refund (law 6)."""

    reference: str
    account_id: str
    invoice_id: str
    amount: int
    currency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LedgerOrder:
    """A credit or void that was given while attempt `attempt` was open: it waits for the result, and is booked with it (law 6).

    `reference` is the one its entry will have. `amount` is positive; None: all that is left, as a void takes. `done_at` says
    when it was dealt with, whether an entry came of it or not; None: it waits.
    """

    reference: str
    invoice_id: str
    kind: EntryKind
    amount: int | None
    attempt: int
    given_at: datetime
    done_at: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether it is still to be booked."""
        return self.done_at is None


class Initiator(StrEnum):
    """Who began an attempt: the networks count the customer's and the merchant's apart."""

    CUSTOMER = "cit"
    MERCHANT = "mit"


class AttemptStatus(StrEnum):
    """The life of an attempt. The first four are *open*: law 1 allows one open attempt per debt."""

    RESERVED = "reserved"
    OPENED = "opened"
    ACTION_REQUIRED = "action_required"
    CLEARING = "clearing"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    RETURNED = "returned"
    CHARGED_BACK = "charged_back"
    NOT_CHARGED = "not_charged"


OPEN_STATUSES = (
    AttemptStatus.RESERVED,
    AttemptStatus.OPENED,
    AttemptStatus.ACTION_REQUIRED,
    AttemptStatus.CLEARING,
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Attempt `n` of a debt. `fenced` is law 3's closed row: a worker that wakes late may neither open nor confirm.

    `slot` is the slot of the plan it used up (None: none). `category`, `source` and `code` say why it was declined, or what was
    answered to one that took nothing (`not_charged`) all the same: nobody authenticated, it was a duplicate, or a fault of ours.
    """

    invoice_id: str
    n: int
    status: AttemptStatus
    method_id: str
    network: str
    amount: int
    currency: str
    initiator: Initiator
    begun_by: str
    reserved_at: datetime
    slot: int | None = None
    intent_id: str | None = None
    fenced: bool = False
    finished_at: datetime | None = None
    category: str | None = None
    source: str | None = None
    code: str | None = None
    not_before: datetime | None = None

    @property
    def reference(self) -> str:
        """Our name for it at the gateway, and the idempotency key: `{debt}/{n}` (law 3)."""
        return f"{self.invoice_id}/{self.n}"

    @property
    def money(self) -> Money:
        """What it asks for."""
        return Money(self.amount, self.currency)

    @property
    def is_open(self) -> bool:
        """Whether it still counts against law 1."""
        return self.status in OPEN_STATUSES

    @property
    def is_answered(self) -> bool:
        """Whether the bank has answered it, whatever it said. What never reached it (`not_charged`) has no category."""
        if self.status is AttemptStatus.NOT_CHARGED:
            return self.category is not None
        return self.status not in {AttemptStatus.RESERVED, AttemptStatus.OPENED}


@dataclass(frozen=True, slots=True)
class Dunning:
    """The retry budget of one debt (law 8): its pinned plan and calendar, and how many slots are used up.

    `slots` are instants, computed once when the debt is first opened; `used` counts from the front.
    """

    invoice_id: str
    plan: str
    slots: tuple[datetime, ...]
    window_ends: datetime
    used: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """Something an operator must look at: about a debt, or about a procedure (`subject` is its id), or both.

    `reference` names it. What is about a procedure is there once for each kind while it is open.
    """

    reference: str
    account_id: str
    invoice_id: str | None
    kind: str
    facts: str
    opened_at: datetime
    closed_at: datetime | None = None
    subject: str | None = None

    def __post_init__(self) -> None:
        """`ValueError` for a case about nothing: nobody would know where to look."""
        if self.invoice_id is None and self.subject is None:
            message = f"case {self.reference} is about nothing: give an invoice or a procedure's id"
            raise ValueError(message)

    def says_again(self, other: "Case") -> bool:
        """Whether both are open, of one kind and about one procedure: the book keeps only the first."""
        both_open = self.closed_at is None and other.closed_at is None
        return both_open and self.subject is not None and (self.subject, self.kind) == (other.subject, other.kind)
