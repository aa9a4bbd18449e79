"""Lists of many have their index."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from shared.database.guards import trigrams

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables to this version."""
    trigrams()
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.create_index("ix_call_closes_at", ["closes_at", "id"], unique=False)
        batch_op.create_index("ix_call_created_at", ["created_at", "id"], unique=False)
        batch_op.create_index("ix_call_state_opens_at", ["state", "opens_at", "id"], unique=False)

    with op.batch_alter_table("call_text", schema=None) as batch_op:
        batch_op.create_index(
            "ix_call_text_text_part",
            ["text"],
            unique=False,
            postgresql_using="gin",
            postgresql_ops={"text": "gin_trgm_ops"},
        )

    with op.batch_alter_table("call_window", schema=None) as batch_op:
        batch_op.create_index("ix_call_window_closes_at", ["closes_at"], unique=False)

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

    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.create_index("ix_submission_sealed_at", ["sealed_at"], unique=False)


def downgrade() -> None:
    """Take the tables back to the version before."""
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_index("ix_submission_sealed_at")

    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.drop_index("ix_mail_settled_at")

    with op.batch_alter_table("known_organisation", schema=None) as batch_op:
        batch_op.drop_index("ix_known_organisation_state_category")
        batch_op.create_index(batch_op.f("ix_known_organisation_state"), ["state"], unique=False)

    with op.batch_alter_table("call_window", schema=None) as batch_op:
        batch_op.drop_index("ix_call_window_closes_at")

    with op.batch_alter_table("call_text", schema=None) as batch_op:
        batch_op.drop_index("ix_call_text_text_part")

    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.drop_index("ix_call_state_opens_at")
        batch_op.drop_index("ix_call_created_at")
        batch_op.drop_index("ix_call_closes_at")
