"""Migrations by Alembic: one history a service, run with time-outs, compared with the models."""

from collections.abc import Sequence
from typing import Any, Literal

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, create_engine, text

from shared import settings
from shared.database.migrate import SERVICES
from shared.database.settings import Settings


def config(service: str, url: str) -> Config:
    """Return the Alembic configuration of a service's history and database."""
    found = Config()
    found.set_main_option("script_location", str(SERVICES / service / "migrations"))
    found.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    found.attributes["url"] = url
    return found


def upgrade(service: str, url: str) -> None:
    """Run what a service's database lacks of its history."""
    command.upgrade(config(service, url), "head")


def run(metadata: Sequence[MetaData]) -> None:
    """Run migrations from a service's `env.py`."""
    url = context.config.attributes["url"]
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            _limit(connection)
            context.configure(
                connection=connection,
                target_metadata=list(metadata),
                render_as_batch=connection.dialect.name == "sqlite",
                render_item=_render,
                compare_type=True,
                transaction_per_migration=True,
            )
            with context.begin_transaction():
                context.run_migrations()
            connection.commit()
    finally:
        engine.dispose()


def differences(metadata: Sequence[MetaData], url: str) -> list[Any]:
    """Return what the models say and the migrated database does not."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            found = MigrationContext.configure(connection, opts={"compare_type": True})
            return list(compare_metadata(found, list(metadata)))  # type: ignore[arg-type]
    finally:
        engine.dispose()


def _limit(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        limits = settings.read(Settings)
        for name, seconds in (
            ("lock_timeout", limits.migration_lock_timeout),
            ("statement_timeout", limits.migration_statement_timeout),
        ):
            connection.execute(text(f"SET {name} = {round(seconds * 1000)}"))
        # Two that migrate at once: the second waits, as for any lock, and finds nothing to do.
        connection.execute(text("SELECT pg_advisory_lock(hashtext('roundtable.migrate'))"))
        connection.commit()


def _render(kind: str, thing: Any, autogen: Any) -> str | Literal[False]:
    if kind == "type" and type(thing).__module__.startswith("shared."):
        autogen.imports.add("from shared.database.base import Instant")
        return f"{type(thing).__name__}()"
    return False
