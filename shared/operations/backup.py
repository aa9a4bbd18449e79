"""A backup: one folder with the databases of all services, their files, the secret, a manifest.

Databases are taken downstream first (notifications, consultation, registry), so that none knows
more than the one that it learns from; files after them, so that whatever a row names is there. The
log is not in it: what the databases say is told again into an empty one (`messaging/retell.py`).
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.database import dumps, migrate
from shared.files import HASH_LENGTH

Form = Literal["embedded", "production"]
Say = Callable[[str], None]

MANIFEST = "manifest.json"
SECRET = "secret"  # noqa: S105 - the name of a file
PIECE = 1 << 20


class Unfit(Exception):
    """A backup or a place that cannot be used; the message is for an operator."""


@dataclass(frozen=True)
class Part:
    """What there is of one service: its database, by a role that owns it, and its files."""

    name: str
    database: str
    files: Path


@dataclass(frozen=True)
class Place:
    """A portal on disk and in databases. `parts` are in the order in which they are taken."""

    form: Form
    parts: Sequence[Part]
    secret: Path


class Kept(BaseModel):
    """A file of the backup."""

    model_config = ConfigDict(extra="forbid")

    size: int
    sha256: str


class Manifest(BaseModel):
    """What a backup holds. Times are of the machine; `migrations` by service."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    form: Form
    began: datetime
    ended: datetime
    migrations: dict[str, str]
    files: dict[str, Kept]


def take(place: Place, target: Path, say: Say) -> Manifest:
    """Back up a portal, which may be serving, into a new folder. Raises Unfit, DumpFailed, OSError.

    The manifest comes last: a folder without one is no backup.
    """
    if target.exists() and any(target.iterdir()):
        raise Unfit(f"{target} is not empty: name a new folder for each backup.")
    target.mkdir(parents=True, exist_ok=True)
    # It holds everything that the portal keeps secret.
    target.chmod(0o700)
    began, migrations = datetime.now(UTC), {}
    for part in place.parts:
        migrations[part.name] = dumps.version(part.database)
        dumps.dump(part.database, target / _dump_name(part))
        say(part.name)
    for part in place.parts:
        _copy_files(part.files, target / "files" / part.name)
    say("files")
    shutil.copyfile(place.secret, target / SECRET)
    made = Manifest(
        form=place.form,
        began=began,
        ended=datetime.now(UTC),
        migrations=migrations,
        files={name: _kept(target / name) for name in _names(target)},
    )
    _write(target / MANIFEST, made.model_dump_json(indent=2).encode())
    return made


def read(source: Path) -> Manifest:
    """Return the manifest of a backup every byte of which is as it was made. Raises Unfit."""
    try:
        manifest = Manifest.model_validate_json((source / MANIFEST).read_bytes())
    except OSError as error:
        raise Unfit(f"{source} is no finished backup: it has no {MANIFEST}.") from error
    except ValidationError as error:
        raise Unfit(f"{source}: {MANIFEST} is damaged, or of another release.") from error
    found = set(_names(source))
    if missing := sorted(set(manifest.files) - found):
        raise Unfit(f"{source}: {missing[0]} is missing.")
    if others := sorted(found - set(manifest.files)):
        raise Unfit(f"{source}: {others[0]} is no part of the backup.")
    for name, kept in manifest.files.items():
        if _kept(source / name) != kept:
            raise Unfit(f"{source}: {name} is damaged: it is not what was backed up.")
    return manifest


def check_fits(manifest: Manifest, place: Place) -> None:
    """Refuse a backup of the other form or a later release, and a place that is not empty."""
    if manifest.form != place.form:
        raise Unfit(f"This is a backup of the {manifest.form} form; here is the {place.form} form.")
    for part in place.parts:
        newest = migrate.newest(part.name) or ""
        if manifest.migrations.get(part.name, "") > newest:
            raise Unfit(f"The backup was made by a later release: take that one ({part.name}).")
    for part in place.parts:
        if not dumps.is_empty(part.database):
            raise Unfit(f"The database of {part.name} is not empty. Restore into a fresh place.")
        if any(_files(part.files)):
            raise Unfit(f"{part.files} is not empty. Restore into a fresh place.")


def put(source: Path, place: Place, say: Say) -> None:
    """Put a backup into an empty place and bring it to this release. Raises DumpFailed, OSError."""
    if not place.secret.exists():
        place.secret.parent.mkdir(parents=True, exist_ok=True)
        place.secret.touch(mode=0o600)
        place.secret.write_bytes((source / SECRET).read_bytes())
    for part in place.parts:
        _copy_files(source / "files" / part.name, part.files)
        dumps.load(part.database, source / _dump_name(part))
        migrate.upgrade(part.name, part.database)
        say(part.name)


def _dump_name(part: Part) -> str:
    return f"{part.name}.{'db' if part.database.startswith('sqlite') else 'dump'}"


def _copy_files(folder: Path, to: Path) -> None:
    for path in _files(folder):
        place = to / path.parent.name / path.name
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(path, place)
        except FileNotFoundError:
            # Erased this moment, as whoever it was of wanted.
            continue
        if _kept(place).sha256 != path.name:
            raise Unfit(f"{path} is damaged: its content does not have its name.")


def _files(folder: Path) -> Iterator[Path]:
    """Yield the finished files of a service; halves have other names."""
    if folder.is_dir():
        yield from (path for path in sorted(folder.glob("??/*")) if len(path.name) == HASH_LENGTH)


def _names(folder: Path) -> list[str]:
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [name for path in paths if (name := path.relative_to(folder).as_posix()) != MANIFEST]


def _kept(path: Path) -> Kept:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            size += len(piece)
    return Kept(size=size, sha256=digest.hexdigest())


def _write(path: Path, data: bytes) -> None:
    rising = path.with_suffix(".new")
    with rising.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    rising.rename(path)
