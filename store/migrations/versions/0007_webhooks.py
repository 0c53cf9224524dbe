"""Where other systems want to be told of ends and refusals. The journal itself is what they are told from.

What is written here stays as it is: a later change is a later revision.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0007"
down_revision: Final = "0006"
branch_labels: Final = None
depends_on: Final = None


def upgrade() -> None:
    """Make the table; an older book told nobody."""
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(), nullable=False, primary_key=True),
        sa.Column("account_id", sa.String(), sa.ForeignKey("accounts.id"), nullable=True),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("wants", sa.JSON(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("secret_number", sa.BigInteger(), nullable=False),
        sa.Column("former_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("failures", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """Refuse: nobody would be told any more, and a new secret would have to be given to each."""
    message = "this revision cannot be undone, it would lose the endpoints of web hooks: restore a copy instead"
    raise RuntimeError(message)
