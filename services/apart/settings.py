"""Settings of a process that runs one service, from the environment."""

import os
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared import settings
from shared.web.gate import networks

if TYPE_CHECKING:
    from pydantic import ValidationInfo

    from shared.mail.mailers import Mailer
    from shared.messaging.kafka import KafkaBus

Address = Annotated[str, AfterValidator(settings.address)]
Mail = Annotated[str, AfterValidator(settings.mail_or_nothing)]
Path = Annotated[str, AfterValidator(settings.folder)]
TOGETHER = ("sasl_mechanism", "sasl_username", "sasl_password")


def _servers(value: str) -> str:
    for one in value.split(","):
        host, _, port = one.strip().rpartition(":")
        if value and not (host and port.isdecimal() and 0 < int(port) < 1 << 16):
            raise ValueError("write brokers with their ports, such as kafka-1:9092,kafka-2:9092")
    return value


def _networks(value: str) -> str:
    networks(value)
    return value


class Surroundings(BaseSettings):
    """What all processes of a portal have in common."""

    model_config = SettingsConfigDict(extra="ignore", hide_input_in_errors=True)

    portal_url: Address = Field(
        "http://127.0.0.1:8080", description="The portal's own address, as mail spells it out."
    )
    mail_url: Mail = Field(
        "",
        description="Where mail goes: smtp://host, smtps://host or captured:/folder.",
        repr=False,
    )
    secret_file: Path = Field(
        "var/secret", description="The secret of forms, the same for all web processes."
    )
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = Field(
        "", description="Proxies whose word on who asks is believed, separated by commas."
    )
    log_level: Literal["debug", "info", "warning"] = Field(
        "info", description="From which level on log lines are written."
    )

    def mailer(self) -> "Mailer":
        """Return what sends mail. Raises WrongSetting when nothing is set."""
        from shared.mail.mailers import mailer_of

        if not self.mail_url:
            raise settings.WrongSetting(
                "MAIL_URL: say where mail goes, such as smtp://mail.example.org."
            )
        return settings.checked("MAIL_URL", self.mail_url, mailer_of)


class Kafka(BaseSettings):
    """`KAFKA_*` of the environment."""

    model_config = SettingsConfigDict(
        env_prefix="KAFKA_", extra="ignore", hide_input_in_errors=True
    )

    servers: Annotated[str, AfterValidator(_servers)] = Field(
        "", description="Brokers with their ports, separated by commas."
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="How brokers are spoken to."
    )
    ssl_cafile: str = Field(
        "", description="The certificate authority of the brokers; the system's when empty."
    )
    sasl_mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "", description="How to sign in at the brokers.", validate_default=True
    )
    sasl_username: str = Field(
        "", description="The name to sign in with at the brokers.", validate_default=True
    )
    sasl_password: SecretStr = Field(
        SecretStr(""), description="The password to sign in with.", validate_default=True
    )

    @field_validator("ssl_cafile")
    @classmethod
    def _readable(cls, value: str, info: "ValidationInfo") -> str:
        if value and info.data.get("security_protocol") not in ("SSL", "SASL_SSL"):
            raise ValueError("this needs KAFKA_SECURITY_PROTOCOL=SSL or SASL_SSL")
        if value and not os.access(value, os.R_OK):
            raise ValueError("write the path of a file that can be read")
        return value

    @field_validator(*TOGETHER)
    @classmethod
    def _when_asked_for(cls, value: Any, info: "ValidationInfo") -> Any:
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        signs_in = str(info.data.get("security_protocol")).startswith("SASL_")
        if signs_in and not plain:
            raise ValueError("KAFKA_SECURITY_PROTOCOL signs in at the brokers, which needs this")
        if plain and not signs_in:
            raise ValueError("this needs KAFKA_SECURITY_PROTOCOL=SASL_SSL")
        return value

    def bus(self, patience: float = 10.0) -> "KafkaBus":
        """Return the log. Raises WrongSetting when no broker is named.

        `patience` is how many seconds one call to the brokers may take.
        """
        if not self.servers:
            raise settings.WrongSetting(
                "KAFKA_SERVERS: services in processes of their own need Apache Kafka; name its"
                " brokers, such as kafka-1:9092. The event log of one process is for `roundtable"
                " serve` alone."
            )
        from shared.messaging.kafka import KafkaBus

        return KafkaBus(
            [one.strip() for one in self.servers.split(",")],
            patience=patience,
            security=self._security(),
        )

    def _security(self) -> dict[str, str]:
        given = {
            "security_protocol": self.security_protocol,
            "ssl_cafile": self.ssl_cafile,
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.sasl_username,
            "sasl_plain_password": self.sasl_password.get_secret_value(),
        }
        return {name: value for name, value in given.items() if value}
