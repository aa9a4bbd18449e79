"""Settings from the environment: one sentence that names the variable when one is wrong."""

import os
from collections.abc import Callable, Mapping
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings


class WrongSetting(Exception):
    """A setting that stops the start; the message is for the person who starts the service."""


S = TypeVar("S", bound="BaseSettings")
T = TypeVar("T")
V = TypeVar("V")
DATABASES = ("sqlite", "postgresql", "postgresql+psycopg")
MAILERS = ("smtp", "smtps", "smtp+starttls", "captured")
PYDANTIC = "Value error, "
"""How pydantic begins what a validator of ours has to say."""


def read(kind: type[S], defaults: Mapping[str, Any] | None = None, **given: Any) -> S:
    """Read settings of a kind from the environment. Raises WrongSetting naming the variable.

    `defaults` stand in for what the environment does not say; what is `given` always holds.
    """
    # Here, so that the command says its help without loading pydantic.
    from pydantic import ValidationError  # noqa: PLC0415

    for name, value in (defaults or {}).items():
        if not os.environ.get(variable(kind, name)):
            given.setdefault(name, value)
    try:
        return kind(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = variable(kind, "_".join(str(part) for part in first["loc"]))
        raise WrongSetting(f"{name}: {first['msg'].removeprefix(PYDANTIC)}.") from error


def variable(kind: "type[BaseSettings]", name: str) -> str:
    """Return the variable of the environment that holds a field, by its name or its alias."""
    aliases = {field.validation_alias for field in kind.model_fields.values()}
    alias = (
        name if name in aliases else getattr(kind.model_fields.get(name), "validation_alias", None)
    )
    return str(alias or f"{kind.model_config.get('env_prefix', '')}{name}").upper()


def checked(name: str, value: V, check: Callable[[V], T]) -> T:
    """Return a variable of no service, checked. Raises WrongSetting naming it."""
    try:
        return check(value)
    except ValueError as error:
        raise WrongSetting(f"{name}: {error}.") from error
    except OSError as error:
        raise WrongSetting(f"{name}: {error.filename}: {error.strerror}.") from error


def address(value: str) -> str:
    """Return the address of a portal. Raises ValueError unless it is one without a path."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("write an address such as https://roundtable.example.org")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise ValueError("write the address alone, without a path, a query or a user")
    return value.rstrip("/")


def database(value: str) -> str:
    """Return the URL of a database. Raises ValueError unless it is of a kind that we use."""
    scheme, mark, rest = value.partition("://")
    if scheme not in DATABASES or not mark or not rest.strip("/"):
        raise ValueError(
            "write a database such as sqlite:////srv/roundtable/registry.sqlite or "
            "postgresql+psycopg://user:password@host/name"
        )
    return value


def database_or_nothing(value: str) -> str:
    """Return the URL of a database, or nothing. Raises ValueError for anything else."""
    return database(value) if value else ""


def mail(value: str) -> str:
    """Return where mail goes. Raises ValueError unless it is of a kind that we use."""
    scheme = urlsplit(value).scheme
    if scheme not in MAILERS:
        raise ValueError(f"no mailer for {scheme or 'an empty address'}")
    return value


def mail_or_nothing(value: str) -> str:
    """Return where mail goes, or nothing. Raises ValueError for anything else."""
    return mail(value) if value else ""


def folder(value: str) -> str:
    """Return the path of a folder. Raises ValueError for what is none."""
    if not value.strip() or "\0" in value or "://" in value:
        raise ValueError("write the path of a folder")
    return value


def mailbox(value: str) -> str:
    """Return an e-mail address. Raises ValueError for what is none."""
    local, at, domain = value.rpartition("@")
    bad = set(local) & set('@ <>,;"\r\n') | set(domain) & set(' <>,;"\r\n')
    if not (at and local and domain) or bad or not value.isascii():
        raise ValueError("write an e-mail address such as name@example.org")
    return value


def sender(value: str) -> str:
    """Return a name with an e-mail address. Raises ValueError for what is none."""
    if not value.isprintable():
        raise ValueError("write it on one line")
    mailbox(parseaddr(value)[1])
    return value


def mailbox_or_nothing(value: str) -> str:
    """Return an e-mail address, or nothing. Raises ValueError for anything else."""
    return mailbox(value) if value else ""
