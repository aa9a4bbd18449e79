"""Settings of registry, from the environment."""

from functools import cached_property
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared import settings
from shared.security import provider
from shared.security.provider import Provider

DatabaseUrl = Annotated[str, AfterValidator(settings.database)]
OptionalDatabaseUrl = Annotated[str, AfterValidator(settings.database_or_nothing)]
Folder = Annotated[str, AfterValidator(settings.folder)]
Address = Annotated[str, AfterValidator(settings.address)]
Sender = Annotated[str, AfterValidator(settings.sender)]
HERE = ("localhost", "127.0.0.1", "::1")
TOGETHER = ("oidc_client_id", "oidc_client_secret")


class Settings(BaseSettings):
    """`REGISTRY_*` of the environment."""

    model_config = SettingsConfigDict(
        env_prefix="REGISTRY_", extra="ignore", hide_input_in_errors=True
    )

    database_url: DatabaseUrl = Field(
        "sqlite:///var/registry.sqlite", description="Where its tables are.", repr=False
    )
    migration_database_url: OptionalDatabaseUrl = Field(
        "",
        description="The same as the role that owns its tables; `roundtable migrate` alone.",
        repr=False,
    )
    files: Folder = Field("var/files/registry", description="The folder of uploaded documents.")
    portal_url: Address = Field(
        "http://localhost:8000", description="The portal's own address, as mail spells it out."
    )
    mail_from: Sender = Field(
        "Roundtable <no-reply@localhost>",
        description="Who its codes, confirmations and invitations come from.",
    )
    oidc_issuer: str = Field(
        "", description="The OpenID Connect provider through which staff sign in."
    )
    oidc_client_id: str = Field(
        "", description="Under which name the provider knows the portal.", validate_default=True
    )
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), description="The portal's secret at the provider.", validate_default=True
    )
    oidc_name: str = Field("", description="What the button calls the provider.", max_length=60)
    staff_by_mail: bool = Field(
        default=True,
        description="Whether staff may sign in by e-mail as well.",
    )

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        parts = urlsplit(value)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HERE)
        if value and (not safe or not parts.netloc or parts.query or parts.fragment):
            raise ValueError("write the issuer as an address that begins with https://")
        if value and not provider.is_installed():
            raise ValueError("this needs more packages: pip install 'roundtable[oidc]'")
        return value

    @field_validator(*TOGETHER)
    @classmethod
    def _all_or_none(cls, value: Any, info: ValidationInfo) -> Any:
        issuer, said = info.data.get("oidc_issuer"), _plain(value)
        if issuer and not said:
            raise ValueError("is needed with REGISTRY_OIDC_ISSUER")
        if said and issuer == "":
            raise ValueError("needs REGISTRY_OIDC_ISSUER beside it")
        return value

    @field_validator("oidc_name")
    @classmethod
    def _name_of_one(cls, value: str, info: ValidationInfo) -> str:
        if value and info.data.get("oidc_issuer") == "":
            raise ValueError("needs REGISTRY_OIDC_ISSUER beside it")
        return value

    @field_validator("staff_by_mail")
    @classmethod
    def _another_way_in(cls, value: bool, info: ValidationInfo) -> bool:
        if not value and info.data.get("oidc_issuer") == "":
            raise ValueError("without REGISTRY_OIDC_ISSUER, mail is the only way in for staff")
        return value

    @cached_property
    def provider(self) -> Provider | None:
        """The provider through which staff sign in, None when none is set."""
        if not self.oidc_issuer:
            return None
        secret = self.oidc_client_secret.get_secret_value()
        return Provider(self.oidc_issuer, self.oidc_client_id, secret, self.oidc_name)


def _plain(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
