"""Methods that are deleted stay in the book, what a procedure binds anew is kept, and payers are found by their method.

What is written here stays as it is: a later change is a later revision.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0003"
down_revision: Final = "0002"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add what may be empty, and a table: nothing was deleted or bound anew in an older book, and no account was strict."""
    op.add_column("accounts", sa.Column("strict_from", sa.Date(), nullable=True))
    op.add_column("methods", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "rebindings",
        sa.Column("procedure", sa.String(), nullable=False, primary_key=True),
        sa.Column("run", sa.String(), nullable=False, primary_key=True),
        sa.Column("item_kind", sa.String(32), nullable=False, primary_key=True),
        sa.Column("item_id", sa.String(), nullable=False, primary_key=True),
        sa.Column("account_id", sa.String(), sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("from_method", sa.String(), sa.ForeignKey("methods.id"), nullable=True),
        sa.Column("to_method", sa.String(), sa.ForeignKey("methods.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_billing_profiles_method_id_id", "billing_profiles", ["method_id", "id"])
    op.create_index("ix_subscriptions_method_id_id", "subscriptions", ["method_id", "id"])
    op.create_index("ix_invoices_payer_id", "invoices", ["payer_id"])


def downgrade() -> None:
    """Refuse: a deleted method would be on file again, and could be charged."""
    message = "this revision cannot be undone, it would bring deleted methods back: restore a copy instead"
    raise RuntimeError(message)
