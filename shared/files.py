"""Uploads kept by the hash of their content, outside every web root."""

import hashlib
import os
import tempfile
from pathlib import Path

HASH_LENGTH = 64


class Files:
    """A folder of files named by their SHA-256; the same content is kept once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes) -> str:
        """Keep the bytes and return their SHA-256 in hexadecimal; safe to repeat."""
        name = hashlib.sha256(data).hexdigest()
        place = self._place(name)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as half:
                half.write(data)
                half.flush()
                os.fsync(half.fileno())
            Path(half.name).replace(place)
        return name

    def get(self, name: str) -> bytes:
        """Return the bytes of a hash. Raises FileNotFoundError, ValueError for what is no hash."""
        return self._place(name).read_bytes()

    def remove(self, name: str) -> None:
        """Remove a file; one that is gone already is no error."""
        self._place(name).unlink(missing_ok=True)

    def _place(self, name: str) -> Path:
        if len(name) != HASH_LENGTH or not set(name) <= set("0123456789abcdef"):
            raise ValueError("not the name of a kept file")
        return self.folder / name[:2] / name
