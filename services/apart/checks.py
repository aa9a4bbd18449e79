"""Whether the production form can run as its environment says: a sentence for each thing amiss."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from services import apart
from services.apart.settings import Surroundings
from shared.contracts.topics import TOPICS, Topic
from shared.database import migrate
from shared.mail.mailers import Delayed, Smtp
from shared.messaging.bus import BusAway, TopicUnknown
from shared.settings import WrongSetting

SECONDS = 5
WRITES = ("INSERT", "UPDATE", "DELETE")
APPENDED = ("audit", "audit_seal", "alembic_version")
"""Tables that the serving role need not change, or must not."""
UNREADABLE = text(
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    " AND NOT has_table_privilege(oid, :right) ORDER BY relname"
)
TOO_MUCH = text(
    "SELECT rolsuper OR rolcreatedb OR rolcreaterole"
    " OR has_schema_privilege(current_user, 'public', 'CREATE')"
    " FROM pg_roles WHERE rolname = current_user"
)


def check(names: Sequence[str]) -> Iterator[str]:
    """Yield what is amiss, a sentence each; nothing when services can be started."""
    try:
        given = apart.surroundings()
    except WrongSetting as error:
        yield str(error)
    else:
        yield from _of_mail(given)
        yield from _of_secret(Path(given.secret_file))
    for name in names:
        try:
            found = apart.settings_of(name)
        except WrongSetting as error:
            yield str(error)
            continue
        yield from _of_database(name, found.database_url)
        yield from _of_files(name, Path(found.files))
    yield from _of_log(names)


def _of_database(name: str, url: str) -> Iterator[str]:
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": SECONDS})
    try:
        with engine.connect() as connection:
            yield from _of_version(name, connection)
            yield from _of_role(name, connection)
    except SQLAlchemyError as error:
        why = str(getattr(error, "orig", error)).strip().splitlines()[0]
        yield f"{name.upper()}_DATABASE_URL: the database cannot be used: {why}."
    finally:
        engine.dispose()


def _of_version(name: str, connection: Connection) -> Iterator[str]:
    newest = migrate.newest(name) or ""
    known = connection.scalar(text("SELECT to_regclass('public.alembic_version')"))
    present = connection.scalar(text("SELECT version_num FROM alembic_version")) if known else ""
    if str(present) < newest:
        yield (
            f"{name}: the database is at {present or 'nothing'}, the code needs {newest}:"
            " run `roundtable migrate`."
        )


def _of_role(name: str, connection: Connection) -> Iterator[str]:
    if connection.scalar(TOO_MUCH):
        yield (
            f"{name.upper()}_DATABASE_URL: its role may change more than rows;"
            " deploy/postgres/prepare makes one that may not."
        )
    for right in ("SELECT", *WRITES):
        tables = set(connection.scalars(UNREADABLE, {"right": right}))
        if lacking := sorted(tables - set(APPENDED if right != "SELECT" else ())):
            yield f"{name}: the role lacks {right} on {', '.join(lacking)}."


def _of_files(name: str, folder: Path) -> Iterator[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield f"{name.upper()}_FILES: {folder} cannot be written: {error.strerror}."


def _of_secret(path: Path) -> Iterator[str]:
    if path.exists() and path.stat().st_mode & 0o077:
        yield f"SECRET_FILE: others than its owner can read {path}: chmod 600 {path}."


def _of_mail(given: Surroundings) -> Iterator[str]:
    try:
        mailer = given.mailer()
    except WrongSetting as error:
        yield str(error)
        return
    if isinstance(mailer, Smtp):
        try:
            mailer.greet()
        except Delayed as error:
            yield f"MAIL_URL: the mail server does not take us: {error}."
        finally:
            mailer.close()
    elif urlsplit(given.portal_url).scheme == "https":
        yield "MAIL_URL: mail is captured in a folder, and nobody gets any."


def _of_log(names: Sequence[str]) -> Iterator[str]:
    try:
        bus = apart.kafka().bus(SECONDS)
    except WrongSetting as error:
        yield str(error)
        return
    try:
        bus.lag("check", [one.name for one in TOPICS if _concerns(one, names)])
    except TopicUnknown as error:
        yield f"KAFKA_SERVERS: the log has no topic {error}: run `roundtable migrate`."
    except BusAway as error:
        yield f"KAFKA_SERVERS: the log cannot be reached: {str(error).rstrip('.')}."
    finally:
        bus.close()


def _concerns(topic: Topic, names: Sequence[str]) -> bool:
    return topic.owner in names or bool(set(topic.readers) & set(names))
