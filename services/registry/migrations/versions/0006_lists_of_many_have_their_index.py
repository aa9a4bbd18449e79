"""Lists of many have their index."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from shared.database.guards import trigrams

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables to this version."""
    trigrams()
    with op.batch_alter_table("join_request", schema=None) as batch_op:
        batch_op.create_index("ix_join_request_state", ["state", "id"], unique=False)

    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.create_index(
            "ix_mail_settled_at",
            ["settled_at"],
            unique=False,
            postgresql_where=sa.text("\"to\" != ''"),
            sqlite_where=sa.text("\"to\" != ''"),
        )

    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_state"))
        batch_op.create_index(
            "ix_organisation_name_key_part",
            ["name_key"],
            unique=False,
            postgresql_using="gin",
            postgresql_ops={"name_key": "gin_trgm_ops"},
        )
        batch_op.create_index("ix_organisation_state_category", ["state", "category"], unique=False)

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(
            "ix_person_email_part",
            ["email"],
            unique=False,
            postgresql_using="gin",
            postgresql_ops={"email": "gin_trgm_ops"},
        )
        batch_op.create_index(
            "ix_person_name_part",
            ["name"],
            unique=False,
            postgresql_using="gin",
            postgresql_ops={"name": "gin_trgm_ops"},
        )


def downgrade() -> None:
    """Take the tables back to the version before."""
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index("ix_person_name_part")
        batch_op.drop_index("ix_person_email_part")

    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_index("ix_organisation_state_category")
        batch_op.drop_index("ix_organisation_name_key_part")
        batch_op.create_index(batch_op.f("ix_organisation_state"), ["state"], unique=False)

    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.drop_index("ix_mail_settled_at")

    with op.batch_alter_table("join_request", schema=None) as batch_op:
        batch_op.drop_index("ix_join_request_state")
