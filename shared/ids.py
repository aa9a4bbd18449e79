"""Identifiers: time-ordered keys for rows, readable references for people."""

import secrets
from datetime import UTC, datetime
from uuid import UUID

import uuid6

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 characters without 0, 1, I and O, which people confuse."""

REFERENCE_LENGTH = 8
SPELLED_LENGTH = 26


def new() -> UUID:
    """Return a UUID of version 7 (RFC 9562): later ones sort later."""
    return UUID(bytes=uuid6.uuid7().bytes)


def bound(at: datetime) -> UUID:
    """Return what the ids made before a moment sort below, and later ones above."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def made_at(key: UUID) -> datetime:
    """Return when an id of version 7 was made, by the clock of the machine."""
    return datetime.fromtimestamp((key.int >> 80) / 1000, UTC)


def reference() -> str:
    """Return a random reference such as `RT-7KQ4-M2XD`; its last character checks the others."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(7))
    return _spell(body)


def is_reference(text: str) -> bool:
    """Say whether the text is a well-formed reference, whatever its case."""
    body = text.upper().removeprefix("RT-").replace("-", "")
    return (
        len(body) == REFERENCE_LENGTH
        and all(letter in ALPHABET for letter in body)
        and _spell(body[:7]) == text.upper()
    )


def spelled(key: UUID) -> str:
    """Return a key as 26 letters and digits, for the address of a page."""
    value, letters = key.int, ""
    while len(letters) < SPELLED_LENGTH:
        value, digit = divmod(value, len(ALPHABET))
        letters = ALPHABET[digit] + letters
    return letters


def of_spelled(text: str) -> UUID | None:
    """Return the key that was spelled so, whatever its case; None for what is none."""
    if len(text) != SPELLED_LENGTH or any(one not in ALPHABET for one in text.upper()):
        return None
    value = 0
    for letter in text.upper():
        value = value * len(ALPHABET) + ALPHABET.index(letter)
    return UUID(int=value) if value < 1 << 128 else None


def secret() -> str:
    """Return an unguessable URL-safe token of 256 bits."""
    return secrets.token_urlsafe(32)


def _spell(body: str) -> str:
    # Weights are odd, hence invertible modulo 32: any single wrong character is found.
    total = sum((2 * place + 1) * ALPHABET.index(letter) for place, letter in enumerate(body))
    return f"RT-{body[:4]}-{body[4:]}{ALPHABET[total % 32]}"
