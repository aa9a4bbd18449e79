"""Settings of notifications, from the environment."""

from datetime import datetime

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """`NOTIFICATIONS_*` of the environment."""

    model_config = SettingsConfigDict(
        env_prefix="NOTIFICATIONS_", extra="ignore", populate_by_name=True
    )

    database_url: str = Field(
        "sqlite:///var/notifications.sqlite", description="Where its tables are."
    )
    files: str = Field("var/files/notifications", description="A folder of its own; unused so far.")
    portal_url: str = Field(
        "http://localhost:8000", description="The portal's own address, as mail spells it out."
    )
    mail_from: str = Field(
        "Roundtable <no-reply@localhost>", description="Who its mail comes from."
    )
    notify_from: datetime | None = Field(
        None,
        validation_alias="NOTIFY_FROM",
        description="Occasions earlier than this moment (with zone) are marked, not told: for"
        " starting again from the log.",
    )
