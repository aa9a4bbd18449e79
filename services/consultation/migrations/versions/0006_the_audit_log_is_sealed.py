"""The audit log is only added to, and sealed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from shared.database.base import Instant
from shared.database.guards import append_only, changed_again, revoke

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables to this version."""
    op.create_table(
        "audit_seal",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("marks", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_seal")),
    )
    append_only("audit", "audit_seal")
    revoke("alembic_version", "INSERT, UPDATE, DELETE, TRUNCATE")


def downgrade() -> None:
    """Take the tables back to the version before."""
    changed_again("audit", "audit_seal")
    op.drop_table("audit_seal")
