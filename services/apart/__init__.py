"""One service in a process of its own, on PostgreSQL and Apache Kafka.

Only that service is imported, and only when it is asked for: what a process holds of memory and
how fast it starts hang on it.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.apart.settings import Kafka, Surroundings
from shared import settings
from shared.settings import WrongSetting

if TYPE_CHECKING:
    from fastapi import FastAPI
    from pydantic_settings import BaseSettings
    from starlette.types import ASGIApp

    from shared.clock import Clock
    from shared.runtime import Service
    from shared.web.dispatch import PagesOf

    Extra = Callable[[Service], Sequence[PagesOf]]

NAMES = ("registry", "consultation", "notifications")
POSTGRES = "postgresql"


def settings_of(name: str) -> Any:
    """Return the settings of a service from the environment. Raises WrongSetting.

    Several processes need a database server: a file of SQLite is refused.
    """
    kind: type[BaseSettings] = import_module(f"services.{name}.settings").Settings
    found: Any = settings.read(kind, {"portal_url": surroundings().portal_url})
    if not found.database_url.startswith(POSTGRES):
        raise WrongSetting(
            f"{settings.variable(kind, 'database_url')}: services in processes of their own need"
            " PostgreSQL, such as postgresql+psycopg://user:password@host/name. With files of"
            " SQLite all services run in one process: `roundtable serve`."
        )
    return found


def surroundings() -> Surroundings:
    """Return what all processes of the portal have in common. Raises WrongSetting."""
    return settings.read(Surroundings)


def kafka() -> Kafka:
    """Return how the log is reached. Raises WrongSetting."""
    return settings.read(Kafka)


def build(name: str, clock: "Clock | None" = None) -> "Service":
    """Return one service, wired and not yet started. Raises WrongSetting."""
    given = settings_of(name)
    make: Callable[[Any, Clock | None], Service] = import_module(f"services.{name}.main").build
    return make(given, clock)


def web(name: str, clock: "Clock | None" = None, extra: "Extra | None" = None) -> "FastAPI":
    """Return the application that answers for a service; it needs no log. Raises WrongSetting.

    `extra` returns pages of the demo, for the service.
    """
    from shared.runtime import Front, application
    from shared.security.secret import secrets_in
    from shared.web import csrf
    from shared.web.gate import networks

    service = build(name, clock)
    given = surroundings()
    made = settings.checked("SECRET_FILE", Path(given.secret_file), secrets_in)
    csrf.use_secrets(made)
    more = extra(service) if extra is not None else ()
    return application([service], [Front(service)], more, proxies=networks(given.trusted_proxies))


def work(name: str, clock: "Clock | None" = None) -> "ASGIApp":
    """Return the application whose lifespan runs relay, consumer, jobs and mail of a service.

    It answers nothing but how it is. Raises WrongSetting.
    """
    from shared.runtime import Running, background

    bus, mailer = kafka().bus(), surroundings().mailer()
    return background(Running(build(name, clock), bus, mailer))
