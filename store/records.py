"""What the book keeps: each record's key, references, uniqueness and lookups, told once for SQL and memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

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
    Person,
    Rebinding,
    Role,
    Subscription,
)
from domain.notices import Notice
from domain.webhooks import Endpoint
from store.port import JournalRow


def as_utc(instant: datetime) -> datetime:
    """The same instant in UTC; `ValueError` when it has no time zone, because then it is not an instant."""
    if instant.tzinfo is None:
        message = f"instant {instant.isoformat()} has no time zone: give an aware datetime"
        raise ValueError(message)
    return instant.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Shape:
    """How one class of records is kept.

    `key` are the fields that name a record; records are read in the order of their key, or `as_written`.
    `refers` says which field holds the id of which other record (None refers to nothing).
    `unique` are fields that no two records share (None is shared freely).
    `lookups` are the questions the port asks: the first field is asked for, the others order the answer, then the key.
    """

    table: str
    record: type[Any]
    key: tuple[str, ...] = ("id",)
    refers: Mapping[str, type[Any]] = field(default_factory=dict)
    unique: tuple[str, ...] = ()
    lookups: tuple[tuple[str, ...], ...] = ()
    as_written: bool = False

    def order_of(self, lookup: str) -> tuple[str, ...]:
        """The fields that order what is found by the field `lookup`; `KeyError` when it is never asked for."""
        for first, *order in (*self.lookups, *((name,) for name in self.unique)):
            if first == lookup:
                return tuple(dict.fromkeys((*order, *self.key)))
        raise KeyError(lookup)


SHAPES = (
    Shape("accounts", Account),
    Shape("people", Person, refers={"account_id": Account}, lookups=(("account_id",),)),
    Shape(
        "grants",
        Grant,
        key=("person_id", "role", "account_id", "profile_id"),
        refers={"person_id": Person},
        lookups=(("person_id",), ("account_id",)),
    ),
    Shape(
        "methods",
        Method,
        refers={"account_id": Account, "added_by": Person},
        unique=("token",),
        lookups=(("account_id",),),
    ),
    Shape(
        "billing_profiles",
        BillingProfile,
        refers={"account_id": Account, "method_id": Method},
        lookups=(("account_id",), ("method_id", "id")),
    ),
    Shape(
        "subscriptions",
        Subscription,
        refers={"account_id": Account, "method_id": Method, "profile_id": BillingProfile},
        lookups=(("account_id",), ("method_id", "id")),
    ),
    Shape(
        "rebindings",
        Rebinding,
        key=("procedure", "run", "item_kind", "item_id"),
        refers={"account_id": Account, "from_method": Method, "to_method": Method},
        lookups=(("procedure",),),
    ),
    Shape(
        "invoices",
        Invoice,
        refers={"account_id": Account},
        lookups=(("account_id", "billing_date"), ("payer_id",)),
    ),
    Shape("entries", Entry, key=("reference",), refers={"invoice_id": Invoice}, lookups=(("invoice_id", "at"),)),
    Shape(
        "account_credits",
        AccountCredit,
        key=("reference",),
        refers={"account_id": Account, "invoice_id": Invoice},
        lookups=(("account_id", "at"),),
    ),
    Shape(
        "ledger_orders",
        LedgerOrder,
        key=("reference",),
        refers={"invoice_id": Invoice},
        lookups=(("invoice_id",),),
        as_written=True,
    ),
    Shape(
        "attempts",
        Attempt,
        key=("invoice_id", "n"),
        refers={"invoice_id": Invoice, "method_id": Method},
        lookups=(("invoice_id",), ("method_id", "reserved_at"), ("intent_id",)),
    ),
    Shape("dunnings", Dunning, key=("invoice_id",), refers={"invoice_id": Invoice}),
    Shape(
        "notices",
        Notice,
        key=("message_id",),
        refers={"account_id": Account, "invoice_id": Invoice},
        lookups=(("invoice_id", "created_at"), ("status", "created_at")),
    ),
    Shape(
        "journal",
        JournalRow,
        key=("procedure", "run", "sequence"),
        lookups=(("procedure",), ("account_id",)),
        as_written=True,
    ),
    Shape(
        "cases",
        Case,
        key=("reference",),
        refers={"account_id": Account, "invoice_id": Invoice},
        lookups=(("account_id", "opened_at"),),
    ),
    Shape("webhooks", Endpoint, refers={"account_id": Account}),
    Shape("tokens", Token, unique=("digest",)),
    Shape("sessions", Session, refers={"token_id": Token}, lookups=(("expires_at",),)),
    Shape("replies", Reply, key=("token_id", "key"), refers={"token_id": Token}, lookups=(("at",),)),
)
"""Every class of records, each after those it refers to."""


BUILT_IN = (
    Person(id="paystates", account_id=None, name="paystates", email="paystates@localhost"),
    Person(id="provider", account_id=None, name="Payment provider", email="provider@localhost"),
)
"""The two actors of every book: our own timers and wake-ups, and the payment provider."""

BUILT_IN_GRANTS = tuple(Grant(person_id=person.id, role=Role.SERVICE) for person in BUILT_IN)
"""What the two built-in actors may do: act as a service, everywhere."""
