"""What is due carries its trace."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables to this version."""
    with op.batch_alter_table("due", schema=None) as batch_op:
        batch_op.add_column(sa.Column("traceparent", sa.String(length=60), nullable=True))


def downgrade() -> None:
    """Take the tables back to the version before."""
    with op.batch_alter_table("due", schema=None) as batch_op:
        batch_op.drop_column("traceparent")
