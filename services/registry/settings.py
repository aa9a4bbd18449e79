"""Settings of registry, from the environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """`REGISTRY_*` of the environment."""

    model_config = SettingsConfigDict(env_prefix="REGISTRY_", extra="ignore")

    database_url: str = Field("sqlite:///var/registry.sqlite", description="Where its tables are.")
    files: str = Field("var/files/registry", description="The folder of uploaded documents.")
    portal_url: str = Field(
        "http://localhost:8000", description="The portal's own address, as mail spells it out."
    )
