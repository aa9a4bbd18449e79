"""The signed token that every service verifies offline: who is signed in, in which session.

Pure functions: keys, claims and time go in. Algorithm `Ed25519` by its own name (RFC 9864).
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

ALGORITHM: Final = "Ed25519"
ISSUER: Final = "roundtable"
LIFE: Final = timedelta(minutes=60)
SPENT: Final = LIFE + timedelta(minutes=5)
"""How long after its retirement the last token of a key has run out."""
AFTERLIFE: Final = timedelta(days=31)
"""How long after it a browser may still come with such a token, to renew its session."""
COOKIE: Final = "roundtable_token"
SESSION_COOKIE: Final = "roundtable_session"
LONGEST: Final = 4096
"""Bytes of a token that we read at all; a browser keeps no larger cookie."""


@dataclass(frozen=True)
class Claims:
    """Who is signed in: person, session, and versions that a reader's copies must have reached.

    `version` is that of the person's record, memberships and staff roles included; `organisations`
    names the organisations whose versions matter for the page that was asked for.
    """

    person: UUID
    session: UUID
    version: int
    organisations: Mapping[UUID, int] = field(default_factory=dict)


class BadToken(ValueError):
    """The token is not one of ours: damaged, of another algorithm, or signed by another key."""


class ExpiredToken(BadToken):
    """The token was ours and its time is over. `claims` says whose it was."""

    def __init__(self, claims: Claims) -> None:
        super().__init__("expired")
        self.claims = claims


class UnknownKey(BadToken):
    """The key that the token names is not known here (yet). `kid` is its id."""

    def __init__(self, kid: str) -> None:
        super().__init__(f"unknown key {kid}")
        self.kid = kid


@dataclass(frozen=True)
class Unverified:
    """What a token says of itself: by which key, whose, in which session. Anybody can say that."""

    kid: str
    person: UUID
    session: UUID


@dataclass(frozen=True)
class Ring:
    """Public keys by their id; tokens of those that are `spent` are none but expired ones."""

    public: dict[str, dict[str, str]]
    spent: frozenset[str]


def ring(keys: Iterable[tuple[str, dict[str, str], datetime | None]], at: datetime) -> Ring:
    """Return which of these keys, each with its id and retirement, say something at a moment."""
    known = [one for one in keys if one[2] is None or at < one[2] + AFTERLIFE]
    spent = frozenset(kid for kid, _, retired in known if retired and at >= retired + SPENT)
    return Ring({kid: key for kid, key, _ in known}, spent)


def new_key(kid: str) -> dict[str, str]:
    """Return a fresh private key as a JSON Web Key with that id."""
    key = OKPKey.generate_key("Ed25519", parameters={"kid": kid, "alg": ALGORITHM, "use": "sig"})
    return _texts(key.as_dict(private=True))


def public_of(key: Mapping[str, str]) -> dict[str, str]:
    """Return the public half of a private JSON Web Key."""
    return _texts(OKPKey.import_key(dict(key)).as_dict(private=False))


def issue(key: Mapping[str, str], claims: Claims, at: datetime) -> str:
    """Return a token signed with a private JSON Web Key, good for 60 minutes from `at`."""
    body: dict[str, Any] = {
        "iss": ISSUER,
        "sub": str(claims.person),
        "sid": str(claims.session),
        "ver": claims.version,
        "iat": int(at.timestamp()),
        "exp": int((at + LIFE).timestamp()),
    }
    if claims.organisations:
        body["org"] = {str(one): version for one, version in claims.organisations.items()}
    header = {"alg": ALGORITHM, "kid": key["kid"], "typ": "JWT"}
    return jws.serialize_compact(
        header, json.dumps(body, separators=(",", ":")), OKPKey.import_key(dict(key)), [ALGORITHM]
    )


def read(
    token: str,
    keys: Mapping[str, Mapping[str, str]],
    at: datetime,
    spent: Collection[str] = (),
) -> Claims:
    """Return the claims of a token verified with the public keys known by their id.

    Whatever it says, one of a `spent` key has expired: somebody may have got hold of that key.
    Raises UnknownKey when the key may still arrive, ExpiredToken with the claims when only the time
    is over, BadToken for everything else.
    """
    kid, _ = _parts(token)
    if kid not in keys:
        raise UnknownKey(kid)
    claims = _claims(_verified(token, json.dumps(dict(keys[kid]))), at)
    if kid in spent:
        raise ExpiredToken(claims)
    return claims


def unverified(token: str) -> Unverified:
    """Return what a token says of itself, to find the key and the person in one look.

    Raises BadToken for what is none of ours.
    """
    kid, found = _parts(token)
    try:
        body = json.loads(found.payload)
        return Unverified(kid, UUID(body["sub"]), UUID(body["sid"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadToken("claims are missing or malformed") from error


@lru_cache(maxsize=256)
def _parts(token: str) -> tuple[str, jws.CompactSignature]:
    if len(token) > LONGEST:
        raise BadToken("too long")
    try:
        found = jws.extract_compact(token.encode("ascii"))
        kid = found.headers().get("kid")
    except (JoseError, ValueError) as error:
        raise BadToken("not a token") from error
    if not isinstance(kid, str):
        raise BadToken("names no key")
    return kid, found


@lru_cache(maxsize=256)
def _verified(token: str, key: str) -> bytes:
    """Return the payload of a token that a key has signed: the same on each of a visit's pages."""
    _, found = _parts(token)
    try:
        signed = jws.validate_compact(found, _public(key), [ALGORITHM])
    except (JoseError, ValueError) as error:
        raise BadToken("not signed as we sign") from error
    if not signed:
        raise BadToken("signed by another key, or changed")
    return found.payload


@lru_cache(maxsize=16)
def _public(key: str) -> OKPKey:
    """Return a public key from its JSON; few there are, and each is read on every request."""
    return OKPKey.import_key(json.loads(key))


def _claims(payload: bytes, at: datetime) -> Claims:
    try:
        body = json.loads(payload)
        if body["iss"] != ISSUER:
            raise BadToken("issued by somebody else")
        claims = Claims(
            person=UUID(body["sub"]),
            session=UUID(body["sid"]),
            version=int(body["ver"]),
            organisations={UUID(one): int(v) for one, v in body.get("org", {}).items()},
        )
        until = datetime.fromtimestamp(int(body["exp"]), UTC)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadToken("claims are missing or malformed") from error
    if at >= until:
        raise ExpiredToken(claims)
    return claims


def _texts(key: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in key.items()}
