"""Workers say how they are, and what is set aside says where in the code it failed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from shared.database.base import Instant

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables to this version."""
    op.create_table(
        "vital",
        sa.Column("worker", sa.String(length=120), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_vital")),
    )
    with op.batch_alter_table("vital", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vital_seen_at"), ["seen_at"], unique=False)
    with op.batch_alter_table("dead_letter", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stack", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Take the tables back to the version before."""
    with op.batch_alter_table("dead_letter", schema=None) as batch_op:
        batch_op.drop_column("stack")
    with op.batch_alter_table("vital", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vital_seen_at"))
    op.drop_table("vital")
