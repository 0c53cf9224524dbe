"""An intent may stand for the attempts of several debts, each with its own row, where a whole balance is settled at once.

Law 1 stays what it is: one open attempt for each debt. A notice of such an attempt names the other debts too.
What is written here stays as it is: a later change is a later revision.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0004"
down_revision: Final = "0003"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Find attempts by their intent as before, no longer one only. What is in the book stays true."""
    op.drop_index("ux_attempts_intent_id", "attempts")
    op.create_index("ix_attempts_intent_id", "attempts", ["intent_id"])
    op.add_column("notices", sa.Column("also", sa.String(), nullable=True))


def downgrade() -> None:
    """Refuse: attempts that share an intent would no longer fit."""
    message = "this revision cannot be undone, attempts that share an intent would not fit: restore a copy instead"
    raise RuntimeError(message)
