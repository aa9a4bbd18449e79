"""Identifiers: time-ordered keys for rows, readable references for people."""

import secrets
from uuid import UUID

import uuid6

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 characters without 0, 1, I and O, which people confuse."""

REFERENCE_LENGTH = 8


def new() -> UUID:
    """Return a UUID of version 7 (RFC 9562): later ones sort later."""
    return UUID(bytes=uuid6.uuid7().bytes)


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


def secret() -> str:
    """Return an unguessable URL-safe token of 256 bits."""
    return secrets.token_urlsafe(32)


def _spell(body: str) -> str:
    # Weights are odd, hence invertible modulo 32: any single wrong character is found.
    total = sum((2 * place + 1) * ALPHABET.index(letter) for place, letter in enumerate(body))
    return f"RT-{body[:4]}-{body[4:]}{ALPHABET[total % 32]}"
