"""Staff sign in through their organisation."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from shared.database.base import Instant

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables to this version."""
    op.create_table(
        "provider_errand",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("next", sa.String(length=2000), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_errand")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_provider_errand_secret_hash")),
    )
    with op.batch_alter_table("provider_errand", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_provider_errand_expires_at"), ["expires_at"], unique=False
        )

    op.create_table(
        "provider_subject",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_provider_subject_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_subject")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_provider_subject_issuer_subject")),
        sa.UniqueConstraint("person_id", name=op.f("uq_provider_subject_person_id")),
    )


def downgrade() -> None:
    """Take the tables back to the version before."""
    op.drop_table("provider_subject")
    with op.batch_alter_table("provider_errand", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_provider_errand_expires_at"))

    op.drop_table("provider_errand")
