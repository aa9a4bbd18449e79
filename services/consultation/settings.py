"""Settings of consultation, from the environment."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared import settings

DatabaseUrl = Annotated[str, AfterValidator(settings.database)]
OptionalDatabaseUrl = Annotated[str, AfterValidator(settings.database_or_nothing)]
Folder = Annotated[str, AfterValidator(settings.folder)]
Address = Annotated[str, AfterValidator(settings.address)]
Sender = Annotated[str, AfterValidator(settings.sender)]
OptionalMailbox = Annotated[str, AfterValidator(settings.mailbox_or_nothing)]


class Settings(BaseSettings):
    """`CONSULTATION_*` of the environment."""

    model_config = SettingsConfigDict(
        env_prefix="CONSULTATION_", extra="ignore", hide_input_in_errors=True
    )

    database_url: DatabaseUrl = Field(
        "sqlite:///var/consultation.sqlite", description="Where its tables are.", repr=False
    )
    migration_database_url: OptionalDatabaseUrl = Field(
        "",
        description="The same as the role that owns its tables; `roundtable migrate` alone.",
        repr=False,
    )
    files: Folder = Field("var/files/consultation", description="The folder of uploaded files.")
    portal_url: Address = Field(
        "http://localhost:8000", description="The portal's own address, as mail spells it out."
    )
    mail_from: Sender = Field(
        "Roundtable <no-reply@localhost>",
        description="Who its mail to approving offices comes from.",
    )
    contact: OptionalMailbox = Field(
        "", description="The secretariat's public e-mail address; shown to everybody."
    )
