"""Settings of every connection to PostgreSQL, from the environment; SQLite has no use for them."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Seconds = Annotated[float, Field(gt=0, le=86_400)]


class Settings(BaseSettings):
    """`DATABASE_*` of the environment, the same for whichever services a process runs."""

    model_config = SettingsConfigDict(env_prefix="DATABASE_", extra="ignore")

    pool: int = Field(
        12,
        ge=2,
        le=200,
        description="Connections of one process to one database, at most. Its threads need fewer.",
    )
    pool_timeout: Seconds = Field(
        5, description="Seconds that a request waits for a connection before it is refused."
    )
    connect_timeout: Seconds = Field(
        5, description="Seconds that a server may take to accept a connection."
    )
    lock_timeout: Seconds = Field(
        5, description="Seconds that a statement waits for what somebody else holds."
    )
    statement_timeout: Seconds = Field(15, description="Seconds that a statement may take.")
    idle_timeout: Seconds = Field(
        60,
        description="Seconds that a transaction may stand still, as behind a frozen process.",
    )
    migration_lock_timeout: Seconds = Field(
        5, description="Seconds that a migration waits for a table; it is then tried again by hand."
    )
    migration_statement_timeout: Seconds = Field(
        600, description="Seconds that one statement of a migration may take."
    )
