"""One service in a process of its own: what it needs, and what it refuses with a sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from services import apart
from shared.settings import WrongSetting

ROOT = Path(__file__).parents[2]
POSTGRES = "postgresql+psycopg://roundtable@127.0.0.1/registry"


def test_a_file_of_sqlite_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", "sqlite:////srv/registry.db")
    with pytest.raises(WrongSetting, match=r"^REGISTRY_DATABASE_URL: .*PostgreSQL.*serve"):
        apart.settings_of("registry")


def test_no_database_is_refused_like_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONSULTATION_DATABASE_URL", raising=False)
    with pytest.raises(WrongSetting, match=r"^CONSULTATION_DATABASE_URL: "):
        apart.settings_of("consultation")


def test_the_log_of_one_process_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_SERVERS", raising=False)
    with pytest.raises(WrongSetting, match=r"^KAFKA_SERVERS: .*Apache Kafka"):
        apart.kafka().bus()


def test_a_worker_wants_to_know_where_mail_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAIL_URL", raising=False)
    with pytest.raises(WrongSetting, match=r"^MAIL_URL: "):
        apart.surroundings().mailer()


def test_the_portals_address_holds_for_each_service_that_says_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NOTIFICATIONS_DATABASE_URL", POSTGRES)
    monkeypatch.setenv("PORTAL_URL", "https://roundtable.example.org")
    assert apart.settings_of("notifications").portal_url == "https://roundtable.example.org"


@pytest.mark.parametrize("service", apart.NAMES)
def test_only_that_service_is_imported(service: str) -> None:
    code = (
        "import sys; from services import apart; apart.build(sys.argv[1]);"
        "print(*{name.split('.')[1] for name in sys.modules if name.startswith('services.')},"
        " *{one for one in ('kafka', 'alembic', 'authlib') if one in sys.modules})"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code, service],
        cwd=ROOT,
        env={f"{service.upper()}_DATABASE_URL": POSTGRES},
        check=True,
        capture_output=True,
        text=True,
    )
    assert set(done.stdout.split()) == {"apart", service}
