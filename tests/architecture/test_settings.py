"""Settings: each is documented where an operator looks, and a wrong one stops the start."""

import re
import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic_settings import BaseSettings
from typer.testing import CliRunner

from services.__main__ import app
from shared import settings
from shared.settings import WrongSetting
from tests.support.variables import MODULES, kinds, known, variables

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / ".env.example"


def documented() -> set[str]:
    return set(re.findall(r"^# ?([A-Z][A-Z0-9_]+)=", EXAMPLE.read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("module", MODULES)
def test_every_setting_stands_in_the_example(module: str) -> None:
    for kind in kinds(module):
        assert variables(kind) <= documented()


OURS = {"REGISTRY", "CONSULTATION", "NOTIFICATIONS", "KAFKA", "DATABASE"}


def test_the_example_names_no_setting_that_does_not_exist() -> None:
    ours = {one for one in documented() if one.split("_")[0] in OURS}
    assert ours <= known()


def test_every_setting_says_what_it_means() -> None:
    for module in MODULES:
        for kind in kinds(module):
            for name, field in kind.model_fields.items():
                assert field.description, f"{module}: {name}"


WRONG: dict[str, tuple[str, ...]] = {
    "DATABASE_URL": ("postgres", "mysql://localhost/roundtable", "sqlite://", "/srv/registry.db"),
    "FILES": (" ", "s3://bucket/files"),
    "PORTAL_URL": ("roundtable.example.org", "ftp://roundtable.example.org", "https://a.org/path"),
    "MAIL_FROM": ("nobody", "Roundtable <no-reply>", "a@b.org\nBcc: c@d.org"),
    "CONTACT": ("the secretariat", "a@b@c.org"),
    "OIDC_ISSUER": ("id.example.org", "http://id.example.org", "https://id.example.org/?a=b"),
    "OIDC_CLIENT_ID": ("portal-without-a-provider",),
    "OIDC_CLIENT_SECRET": ("secret-without-a-provider",),
    "OIDC_NAME": ("A name without a provider",),
    "STAFF_BY_MAIL": ("perhaps", "no"),
    "MIGRATION_DATABASE_URL": ("postgres", "mysql://localhost/roundtable"),
    "MAIL_URL": ("pigeon://loft", "mail.example.org"),
    "SECRET_FILE": (" ", "s3://bucket/secret"),
    "TRUSTED_PROXIES": ("the proxy", "10.0.0.300", "127.0.0.1/8"),
    "LOG_LEVEL": ("loud", ""),
    "SERVERS": ("kafka", "kafka:port", "kafka-1:9092,kafka-2"),
    "SECURITY_PROTOCOL": ("TLS", ""),
    "SSL_CAFILE": ("/etc/ssl/certs",),
    "SASL_MECHANISM": ("OAUTHBEARER", "PLAIN"),
    "SASL_USERNAME": ("name-without-a-protocol",),
    "SASL_PASSWORD": ("secret-without-a-protocol",),
    "POOL": ("many", "1"),
    "POOL_TIMEOUT": ("0",),
    "CONNECT_TIMEOUT": ("-1",),
    "LOCK_TIMEOUT": ("5s",),
    "STATEMENT_TIMEOUT": ("for ever",),
    "IDLE_TIMEOUT": ("0",),
    "MIGRATION_LOCK_TIMEOUT": ("5min",),
    "MIGRATION_STATEMENT_TIMEOUT": ("100000",),
    "NOTIFY_FROM": ("yesterday", "2026-03-02T16:00", "2026-13-01T00:00Z"),
}
"""Values that each kind of setting refuses. A new setting has none here yet, and fails."""
CASES = [
    (kind, variable, value)
    for module in MODULES
    for kind in kinds(module)
    for variable in sorted(variables(kind))
    for value in WRONG.get(variable, WRONG.get(variable.partition("_")[2], ("",)))
]


@pytest.mark.parametrize(("kind", "variable", "value"), CASES)
def test_a_wrong_setting_is_one_sentence_that_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, kind: type[BaseSettings], variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(WrongSetting) as refusal:
        settings.read(kind, {"portal_url": "http://127.0.0.1:8000"})
    said = str(refusal.value)
    assert said.startswith(f"{variable}: ")
    assert said.endswith(".")
    assert "\n" not in said


SECRET = "kept-from-everybody"
HOLDING_SECRETS = {
    "DATABASE_URL": f"postgresql+psycopg://roundtable:{SECRET}@db.example.org/registry",
    "MAIL_URL": f"smtp://portal:{SECRET}@mail.example.org",
    "PASSWORD": SECRET,
    "CLIENT_SECRET": SECRET,
}
WITH_THEM = {
    "REGISTRY_OIDC_ISSUER": "https://id.example.org",
    "REGISTRY_OIDC_CLIENT_ID": "portal",
    "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "KAFKA_SASL_MECHANISM": "PLAIN",
    "KAFKA_SASL_USERNAME": "portal",
}


HOLDING = [
    (kind, variable, value)
    for module in MODULES
    for kind in kinds(module)
    for variable in sorted(variables(kind))
    for ending, value in HOLDING_SECRETS.items()
    if variable.endswith(ending)
]


@pytest.mark.parametrize(("kind", "variable", "value"), HOLDING)
def test_no_secret_stands_in_what_settings_say_of_themselves(
    monkeypatch: pytest.MonkeyPatch, kind: type[BaseSettings], variable: str, value: str
) -> None:
    others = {name: text for one, name, text in HOLDING if one is kind}
    for name, text in {**others, **WITH_THEM, variable: value}.items():
        monkeypatch.setenv(name, text)
    found = settings.read(kind)
    assert str(plain(found)).count(SECRET) == len(others), "they are there"
    assert SECRET not in f"{found!r} {found}"
    if variable.endswith("_URL"):
        monkeypatch.setenv(variable, f"of a wrong kind, with {SECRET}")
        with pytest.raises(WrongSetting) as refusal:
            settings.read(kind)
        assert SECRET not in "".join(traceback.format_exception(refusal.value))


def plain(found: BaseSettings) -> list[object]:
    values = [getattr(found, name) for name in type(found).model_fields]
    return [one.get_secret_value() if isinstance(one, SecretStr) else one for one in values]


def test_settings_that_are_right_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DATABASE_URL": "postgresql+psycopg://roundtable:secret@db.example.org/registry",
        "PORTAL_URL": "https://roundtable.example.org/",
        "MAIL_FROM": "Round Table <no-reply@example.org>",
    }.items():
        monkeypatch.setenv(f"REGISTRY_{name}", value)
    (kind,) = kinds("services.registry.settings")
    found = settings.read(kind, {"database_url": "sqlite:////srv/other.db"})
    assert found.model_dump()["database_url"].endswith("db.example.org/registry")
    assert found.model_dump()["portal_url"] == "https://roundtable.example.org"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORTAL_URL", "roundtable"),
        ("MAIL_URL", "pigeon://loft"),
        ("REGISTRY_MAIL_FROM", "nobody"),
        ("CONSULTATION_CONTACT", "the secretariat"),
        ("NOTIFY_FROM", "yesterday"),
        ("REGISTRY_DATABASE_URL", "sqlite:////proc/nowhere/registry.db"),
    ],
)
def test_the_start_stops_with_that_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    stopped = CliRunner().invoke(app, ["serve", "--folder", str(tmp_path / "portal")])
    assert stopped.exit_code == 2
    assert " ".join(stopped.output.split()).startswith(f"{variable}: ")
    assert "Traceback" not in stopped.output


def test_a_folder_that_cannot_be_written_stops_the_start() -> None:
    stopped = CliRunner().invoke(app, ["serve", "--folder", "/proc/nowhere/portal"])
    assert stopped.exit_code == 2
    assert stopped.output.startswith("--folder: ")
