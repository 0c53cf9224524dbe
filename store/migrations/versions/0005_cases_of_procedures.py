"""A case may be about a procedure, where it is about no debt, or about several; of each kind one is open at most.

What is written here stays as it is: a later change is a later revision.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0005"
down_revision: Final = "0004"
branch_labels: Final = None
depends_on: Final = None

_NOT_CLOSED: Final = sa.text("closed_at IS NULL")


def upgrade() -> None:
    """Let the invoice be empty, and add what else a case is about; those in the book stay about their debts."""
    with op.batch_alter_table("cases", copy_from=_before()) as cases:
        cases.alter_column("invoice_id", existing_type=sa.String(), existing_nullable=False, nullable=True)
        cases.add_column(sa.Column("subject", sa.String(), nullable=True))
    op.create_index(
        "ux_cases_open_subject_kind",
        "cases",
        ["subject", "kind"],
        unique=True,
        sqlite_where=_NOT_CLOSED,
        postgresql_where=_NOT_CLOSED,
    )


def _before() -> sa.Table:
    """The table as it was: SQLite changes a column by copying it all, and is not asked when only SQL is written."""
    return sa.Table(
        "cases",
        sa.MetaData(),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("facts", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("reference", name="pk_cases"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_cases_account_id"),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="fk_cases_invoice_id"),
        sa.Index("ix_cases_account_id_opened_at", "account_id", "opened_at"),
    )


def downgrade() -> None:
    """Refuse: cases about no debt would not fit."""
    message = "this revision cannot be undone, cases that are about no invoice would not fit: restore a copy instead"
    raise RuntimeError(message)
