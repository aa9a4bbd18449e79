"""Settings of notifications, from the environment."""

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared import settings

DatabaseUrl = Annotated[str, AfterValidator(settings.database)]
OptionalDatabaseUrl = Annotated[str, AfterValidator(settings.database_or_nothing)]
Folder = Annotated[str, AfterValidator(settings.folder)]
Address = Annotated[str, AfterValidator(settings.address)]
Sender = Annotated[str, AfterValidator(settings.sender)]


class Settings(BaseSettings):
    """`NOTIFICATIONS_*` of the environment."""

    model_config = SettingsConfigDict(
        env_prefix="NOTIFICATIONS_",
        extra="ignore",
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    database_url: DatabaseUrl = Field(
        "sqlite:///var/notifications.sqlite", description="Where its tables are.", repr=False
    )
    migration_database_url: OptionalDatabaseUrl = Field(
        "",
        description="The same as the role that owns its tables; `roundtable migrate` alone.",
        repr=False,
    )
    files: Folder = Field(
        "var/files/notifications", description="A folder of its own; unused so far."
    )
    portal_url: Address = Field(
        "http://localhost:8000", description="The portal's own address, as mail spells it out."
    )
    mail_from: Sender = Field(
        "Roundtable <no-reply@localhost>", description="Who its mail comes from."
    )
    notify_from: AwareDatetime | None = Field(
        None,
        validation_alias="NOTIFY_FROM",
        description="Occasions earlier than this moment (with zone) are marked, not told: for"
        " starting again from the log.",
    )
