"""Migrations: one Alembic history a service, run by the program itself, with time-outs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, create_engine, text

SERVICES = Path(__file__).parents[2] / "services"
LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "10min"


def config(service: str, url: str) -> Config:
    """Return the Alembic configuration of a service's history and database."""
    found = Config()
    found.set_main_option("script_location", str(SERVICES / service / "migrations"))
    found.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    found.attributes["url"] = url
    return found


def upgrade(service: str, url: str) -> None:
    """Bring a service's database to the newest version."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
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
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
        connection.commit()


def _render(kind: str, thing: Any, autogen: Any) -> str | Literal[False]:
    if kind == "type" and type(thing).__module__.startswith("shared."):
        autogen.imports.add("from shared.database.base import Instant")
        return f"{type(thing).__name__}()"
    return False
