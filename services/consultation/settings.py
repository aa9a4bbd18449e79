"""Settings of consultation, from the environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """`CONSULTATION_*` of the environment."""

    model_config = SettingsConfigDict(env_prefix="CONSULTATION_", extra="ignore")

    database_url: str = Field(
        "sqlite:///var/consultation.sqlite", description="Where its tables are."
    )
    files: str = Field("var/files/consultation", description="The folder of uploaded files.")
    portal_url: str = Field(
        "http://localhost:8000", description="The portal's own address, as mail spells it out."
    )
    mail_from: str = Field(
        "Roundtable <no-reply@localhost>",
        description="Who its mail to approving offices comes from.",
    )
    contact: str = Field(
        "", description="The secretariat's public e-mail address; shown to everybody."
    )
