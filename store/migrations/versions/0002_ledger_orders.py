"""Credits and voids that wait for the result of an attempt, in the order they were given (law 6).

What is written here stays as it is: a later change is a later revision.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Make the table; nothing waits in a book that had none, since its orders were refused."""
    op.create_table(
        "ledger_orders",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("invoice_id", sa.String(), sa.ForeignKey("invoices.id"), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.UniqueConstraint("reference", name="uq_ledger_orders"),
    )
    op.create_index("ix_ledger_orders_invoice_id", "ledger_orders", ["invoice_id"])


def downgrade() -> None:
    """Refuse: what waits would never be booked, and what was would be taken for new when it is told again."""
    message = "this revision cannot be undone, it would lose orders that were accepted: restore a copy instead"
    raise RuntimeError(message)
