"""The secret of a portal's forms, kept in a file that its owner alone may read.

Each line is a secret: the first makes tokens, the others verify what they made before a change.
"""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

BYTES = 32
MODE = 0o600
ANYBODY = stat.S_IRWXO | stat.S_IWGRP
"""What nobody else may do with the file; its group may read it, as a mounted secret's does."""


class Secrets:
    """The secrets in a file, read again when it changes: every process takes a new one at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._changed = 0
        self._known: tuple[bytes, ...] = ()

    def __call__(self) -> tuple[bytes, ...]:
        """Return the secrets, the one that makes tokens first. Raises OSError, ValueError."""
        try:
            self._look()
        except (OSError, ValueError):
            # What was known is better than nothing, for those who are served.
            if not self._known:
                raise
        return self._known

    def _look(self) -> None:
        found = self.path.stat()
        if self._changed != found.st_mtime_ns:
            if found.st_mode & ANYBODY:
                raise ValueError(f"others may read or change {self.path}; chmod 600 it")
            self._known, self._changed = _secrets(self.path), found.st_mtime_ns


def secrets_in(path: Path) -> Secrets:
    """Return the secrets of a file, which is made when it is not there. Raises OSError, ValueError.

    Processes that start together agree on one.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError), _rising(path, _new()) as rising:
            # Complete before it has its name, and never over another's: a link fails at a file.
            path.hardlink_to(rising)
    found = Secrets(path)
    found()
    return found


def rotate(path: Path) -> None:
    """Put a new secret first in a file; the one before verifies on. Raises OSError, ValueError."""
    before = secrets_in(path)()
    kept = path.stat()
    with _rising(path, f"{_new()}{before[0].hex()}\n") as rising:
        rising.chmod(kept.st_mode & 0o777)
        os.chown(rising, kept.st_uid, kept.st_gid)
        rising.replace(path)


def _secrets(path: Path) -> tuple[bytes, ...]:
    try:
        found = tuple(bytes.fromhex(line) for line in path.read_text("ascii").split())
    except ValueError:
        found = ()
    if not found or min(map(len, found)) < BYTES:
        raise ValueError(f"{path} holds no secret; delete it, and one is made")
    return found


def _new() -> str:
    return f"{secrets.token_hex(BYTES)}\n"


@contextmanager
def _rising(path: Path, text: str) -> Iterator[Path]:
    """Write a file for its owner alone beside another; it is gone in the end."""
    rising = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    with os.fdopen(os.open(rising, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE), "w") as file:
        file.write(text)
    try:
        yield rising
    finally:
        rising.unlink(missing_ok=True)
