"""The journal keeps which order a decision answered, and with which roles of whoever gave it.

What is written here stays as it is: a later change is a later revision.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0006"
down_revision: Final = "0005"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Add what may be empty: of the decisions in an older book nobody knows it."""
    op.add_column("journal", sa.Column("roles", sa.String(), nullable=True))
    op.add_column("journal", sa.Column("order_id", sa.String(), nullable=True))


def downgrade() -> None:
    """Refuse: nobody could tell any more with which roles somebody decided."""
    message = "this revision cannot be undone, it would lose with which roles was decided: restore a copy instead"
    raise RuntimeError(message)
