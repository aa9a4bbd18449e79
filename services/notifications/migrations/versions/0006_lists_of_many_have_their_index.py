"""Lists of many have their index."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables to this version."""
    with op.batch_alter_table("known_organisation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_known_organisation_state"))
        batch_op.create_index(
            "ix_known_organisation_state_category", ["state", "category"], unique=False
        )

    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.create_index(
            "ix_mail_settled_at",
            ["settled_at"],
            unique=False,
            postgresql_where=sa.text("\"to\" != ''"),
            sqlite_where=sa.text("\"to\" != ''"),
        )


def downgrade() -> None:
    """Take the tables back to the version before."""
    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.drop_index("ix_mail_settled_at")

    with op.batch_alter_table("known_organisation", schema=None) as batch_op:
        batch_op.drop_index("ix_known_organisation_state_category")
        batch_op.create_index(batch_op.f("ix_known_organisation_state"), ["state"], unique=False)
