"""The account book: accounts and their people, methods and payers; debts, attempts, notices, the journal and cases.

Words of closed lists are short texts, amounts are integer minor units, instants are in UTC. The two actors that every
book has are inserted. What is written here stays as it is: a later change is a later revision.
"""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None
branch_labels: Final = None
depends_on: Final = None

_OPEN: Final = sa.text("status IN ('reserved', 'opened', 'action_required', 'clearing')")


def _key(name: str, refers: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), *_foreign(refers), primary_key=True)


def _id(name: str, refers: str | None = None, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), *_foreign(refers), nullable=nullable)


def _foreign(refers: str | None) -> list[sa.ForeignKey]:
    return [] if refers is None else [sa.ForeignKey(f"{refers}.id")]


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _word(name: str, *, primary_key: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(32), nullable=False, primary_key=primary_key)


def _whole(name: str, *, nullable: bool = False, primary_key: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable, primary_key=primary_key, autoincrement=False)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _day(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _list(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=False)


def upgrade() -> None:
    """Make every table, then insert the built-in actors."""
    _who_and_with_what()
    _debts()
    _what_was_done()
    _built_in_actors()


def _who_and_with_what() -> None:
    op.create_table(
        "accounts",
        _key("id"),
        _text("name"),
        _text("country"),
        _text("language"),
        _text("time_zone"),
        _word("kind"),
        _word("era"),
        _text("contact_email", nullable=True),
        _list("extra_recipients"),
    )
    op.create_table(
        "people",
        _key("id"),
        _id("account_id", "accounts", nullable=True),
        _text("name"),
        _text("email"),
        _text("alternate_email", nullable=True),
    )
    op.create_index("ix_people_account_id", "people", ["account_id"])
    op.create_table(
        "grants",
        _key("person_id", "people"),
        _word("role", primary_key=True),
        _key("account_id"),
        _key("profile_id"),
    )
    op.create_index("ix_grants_account_id", "grants", ["account_id"])
    op.create_table(
        "methods",
        _key("id"),
        _id("account_id", "accounts"),
        _word("kind"),
        _text("network"),
        _text("token"),
        _text("last4"),
        _text("country"),
        _id("added_by", "people"),
        _instant("added_at"),
        _text("holder"),
        _day("expires", nullable=True),
        _word("standing"),
        _instant("standing_since", nullable=True),
        _instant("details_at", nullable=True),
    )
    op.create_index("ix_methods_account_id", "methods", ["account_id"])
    op.create_index("ux_methods_token", "methods", ["token"], unique=True)
    op.create_table(
        "billing_profiles",
        _key("id"),
        _id("account_id", "accounts"),
        _text("name"),
        _id("method_id", "methods", nullable=True),
    )
    op.create_index("ix_billing_profiles_account_id", "billing_profiles", ["account_id"])
    op.create_table(
        "subscriptions",
        _key("id"),
        _id("account_id", "accounts"),
        _text("name"),
        _word("status"),
        _id("method_id", "methods", nullable=True),
        _id("profile_id", "billing_profiles", nullable=True),
        _flag("recurring_billing"),
    )
    op.create_index("ix_subscriptions_account_id", "subscriptions", ["account_id"])


def _debts() -> None:
    op.create_table(
        "invoices",
        _key("id"),
        _id("account_id", "accounts"),
        _word("payer_kind"),
        _id("payer_id"),
        _text("currency"),
        _day("billing_date"),
        _day("due_date", nullable=True),
    )
    op.create_index("ix_invoices_account_id_billing_date", "invoices", ["account_id", "billing_date"])
    op.create_table(
        "entries",
        _key("reference"),
        _id("invoice_id", "invoices"),
        _word("kind"),
        _whole("amount"),
        _instant("at"),
    )
    op.create_index("ix_entries_invoice_id_at", "entries", ["invoice_id", "at"])
    op.create_table(
        "account_credits",
        _key("reference"),
        _id("account_id", "accounts"),
        _id("invoice_id", "invoices"),
        _whole("amount"),
        _text("currency"),
        _instant("at"),
    )
    op.create_index("ix_account_credits_account_id_at", "account_credits", ["account_id", "at"])
    op.create_table(
        "dunnings",
        _key("invoice_id", "invoices"),
        _text("plan"),
        _list("slots"),
        _instant("window_ends"),
        _whole("used"),
    )


def _what_was_done() -> None:
    op.create_table(
        "attempts",
        _key("invoice_id", "invoices"),
        _whole("n", primary_key=True),
        _word("status"),
        _id("method_id", "methods"),
        _text("network"),
        _whole("amount"),
        _text("currency"),
        _word("initiator"),
        _text("begun_by"),
        _instant("reserved_at"),
        _whole("slot", nullable=True),
        _id("intent_id", nullable=True),
        _flag("fenced"),
        _instant("finished_at", nullable=True),
        _text("category", nullable=True),
        _text("source", nullable=True),
        _text("code", nullable=True),
        _instant("not_before", nullable=True),
    )
    op.create_index("ix_attempts_method_id_reserved_at", "attempts", ["method_id", "reserved_at"])
    op.create_index("ux_attempts_intent_id", "attempts", ["intent_id"], unique=True)
    op.create_index(
        "ux_attempts_open_invoice_id",
        "attempts",
        ["invoice_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_table(
        "notices",
        _key("message_id"),
        _id("account_id", "accounts"),
        _id("invoice_id", "invoices"),
        _word("kind"),
        _text("language"),
        _list("recipients"),
        _instant("created_at"),
        _whole("amount"),
        _text("currency"),
        _whole("attempt", nullable=True),
        _text("method"),
        _text("reason"),
        _text("customer_action"),
        _instant("next_at", nullable=True),
        _id("newer_method", nullable=True),
        _word("status"),
        _whole("tries"),
        _instant("next_try_at", nullable=True),
        _instant("sent_at", nullable=True),
        _text("error", nullable=True),
    )
    op.create_index("ix_notices_invoice_id_created_at", "notices", ["invoice_id", "created_at"])
    op.create_index("ix_notices_status_created_at", "notices", ["status", "created_at"])
    op.create_table(
        "journal",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        _text("procedure"),
        _text("run"),
        _whole("sequence"),
        _instant("at"),
        _text("definition"),
        _text("actor"),
        _text("event_kind"),
        _text("event"),
        _text("source"),
        _text("target"),
        _flag("accepted"),
        _text("refusals"),
        _id("account_id", nullable=True),
        sa.UniqueConstraint("procedure", "run", "sequence", name="uq_journal"),
    )
    op.create_index("ix_journal_account_id", "journal", ["account_id"])
    op.create_table(
        "cases",
        _key("reference"),
        _id("account_id", "accounts"),
        _id("invoice_id", "invoices"),
        _text("kind"),
        _text("facts"),
        _instant("opened_at"),
        _instant("closed_at", nullable=True),
    )
    op.create_index("ix_cases_account_id_opened_at", "cases", ["account_id", "opened_at"])


def _built_in_actors() -> None:
    names = {"paystates": "paystates", "provider": "Payment provider"}
    people = sa.table("people", *(sa.column(name, sa.String()) for name in ("id", "name", "email")))
    op.bulk_insert(people, [{"id": key, "name": name, "email": f"{key}@localhost"} for key, name in names.items()])
    scope = {"role": "service", "account_id": "", "profile_id": ""}
    grants = sa.table("grants", *(sa.column(name, sa.String()) for name in ("person_id", *scope)))
    op.bulk_insert(grants, [{"person_id": key, **scope} for key in names])


def downgrade() -> None:
    """Refuse: before this revision there is no book, and its payments would be lost."""
    message = "the first revision cannot be undone, it would lose the account book: restore a copy instead"
    raise RuntimeError(message)
