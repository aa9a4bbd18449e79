"""What holds for accounts: pure decisions over values and time."""

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.registry import errors

CODE_LIFE: Final = timedelta(minutes=15)
CODE_ATTEMPTS: Final = 5
ERRAND_LIFE: Final = timedelta(minutes=15)
"""How long somebody may be away at their organisation's sign-in."""
CLOCKS_APART: Final = 60
"""Seconds by which a provider's clock may differ from ours."""
SESSION_IDLE: Final = timedelta(days=30)
SESSION_LIFE: Final = timedelta(days=180)
PARKED_LIFE: Final = timedelta(hours=24)
PARKED_LONGEST: Final = 1_000_000
"""Characters of a parked body."""
INVITATION_LIFE: Final = timedelta(days=30)
JOIN_WAIT: Final = timedelta(days=7)
KEY_LIFE: Final = timedelta(days=90)
"""How long a retired key still verifies: longer than the life of a token."""


class StaffRole(StrEnum):
    """What a member of the secretariat does."""

    CALL_MANAGER = "call_manager"
    ANALYST = "analyst"
    DECIDER = "decider"
    PARTNERSHIP_OFFICER = "partnership_officer"
    ADMINISTRATOR = "administrator"


class MemberRole(StrEnum):
    """What a person does for an organisation."""

    ADMINISTRATOR = "administrator"
    CONTACT_POINT = "contact_point"
    DEPUTY = "deputy"
    REVIEWER = "reviewer"
    OBSERVER = "observer"


class MembershipState(StrEnum):
    """Where a membership stands."""

    INVITED = "invited"
    ACTIVE = "active"
    DEACTIVATED = "deactivated"


class JoinState(StrEnum):
    """Where a request to join stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class Purpose(StrEnum):
    """What a mailed code proves an address for."""

    SIGN_IN = "sign_in"
    ADDRESS = "address"


class Seat(Protocol):
    """What the rules look at in a membership."""

    @property
    def person_id(self) -> UUID:
        """Whose it is."""
        ...

    @property
    def roles(self) -> list[str]:
        """Roles by code."""
        ...

    @property
    def state(self) -> str:
        """State by code."""
        ...


class Invited(Protocol):
    """What the rules look at in an invitation."""

    @property
    def accepted_at(self) -> datetime | None:
        """When it was accepted."""
        ...

    @property
    def withdrawn_at(self) -> datetime | None:
        """When it was taken back."""
        ...

    @property
    def expires_at(self) -> datetime:
        """Until when it is good."""
        ...


def is_open_invitation(invitation: Invited, at: datetime) -> bool:
    """Say whether an invitation can still be accepted."""
    return (
        invitation.accepted_at is None
        and invitation.withdrawn_at is None
        and at < invitation.expires_at
    )


def digest(*secrets: str) -> str:
    """Return the SHA-256 under which secrets are kept and found again; never the secrets."""
    return hashlib.sha256("|".join(secrets).encode()).hexdigest()


ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[^\s@<>()\[\],;:\\\"]+\.[^\s@<>()\[\],;:\\\".]+")
LONGEST_ADDRESS = 254


def address(text: str) -> str:
    """Return an e-mail address in its one spelling: lower case, the domain in ASCII.

    Raises WrongAddress.
    """
    spelt = unicodedata.normalize("NFKC", text).strip().lower()
    if not ADDRESS.fullmatch(spelt) or len(spelt) > LONGEST_ADDRESS or ".." in spelt:
        raise errors.WrongAddress
    local, _, domain = spelt.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
        local.encode("ascii")
    except UnicodeError as error:
        raise errors.WrongAddress from error
    return f"{local}@{ascii_domain}"


def about(person: UUID) -> str:
    """Return the occasion of mail about a person that goes to an address not (or no longer) theirs.

    By it such mail is found again when the account is erased.
    """
    return f"person:{person}"


class Distrust(Exception):
    """An ID token does not say what it must; the message names the claim, never its value."""


@dataclass(frozen=True)
class Vouched:
    """Whom a provider vouches for: the subject, which never changes, and the verified address."""

    issuer: str
    subject: str
    email: str


@dataclass(frozen=True)
class Errand:
    """What goes along to the provider and comes back, all from one secret of the browser."""

    state: str
    nonce: str
    verifier: str


def errand(secret: str) -> Errand:
    """Return what a browser's secret makes of an errand; none of it leads back to the secret."""
    return Errand(*(digest(secret, part) for part in ("state", "nonce", "verifier")))


def vouched(
    claims: Mapping[str, Any], *, issuer: str, client: str, nonce: str, at: datetime
) -> Vouched:
    """Return whom an ID token vouches for (OpenID Connect Core 1.0, 3.1.3.7).

    Raises Distrust, AddressUnverified.
    """
    _check_parties(claims, issuer, client)
    _check_times(claims, int(at.timestamp()))
    if not secrets.compare_digest(str(claims.get("nonce")).encode(), nonce.encode()):
        raise Distrust("nonce")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise Distrust("sub")
    if claims.get("email_verified") is not True:
        raise errors.AddressUnverified
    try:
        return Vouched(issuer, subject, address(str(claims.get("email"))))
    except errors.WrongAddress as error:
        raise errors.AddressUnverified from error


LONGEST_SUBJECT = 255


def _check_parties(claims: Mapping[str, Any], issuer: str, client: str) -> None:
    if claims.get("iss") != issuer:
        raise Distrust("iss")
    said = claims.get("aud")
    audience = said if isinstance(said, list) else [said]
    if client not in audience:
        raise Distrust("aud")
    if claims.get("azp", None if len(audience) > 1 else client) != client:
        raise Distrust("azp")


def _check_times(claims: Mapping[str, Any], at: int) -> None:
    until, since, earliest = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
    # Said as what must be: a number that is none compares to nothing.
    if not isinstance(until, int | float) or not at < until + CLOCKS_APART:
        raise Distrust("exp")
    if not isinstance(since, int | float) or not since <= at + CLOCKS_APART:
        raise Distrust("iat")
    if not isinstance(earliest, int | float) or not earliest <= at + CLOCKS_APART:
        raise Distrust("nbf")


def digits(text: str) -> str:
    """Return the digits of a pasted code as 0-9, whatever stands between them and in any script."""
    found = (unicodedata.decimal(letter, None) for letter in text)
    return "".join(str(digit) for digit in found if digit is not None)


def is_zone(name: str) -> bool:
    """Say whether this is the name of a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return bool(name)


LONGEST_PLACE = 2000


def place(text: str, otherwise: str = "/") -> str:
    """Return a path of this site to go on to; anything that leads elsewhere becomes `otherwise`."""
    spelt = unquote(text)
    if (
        not text.startswith("/")
        or spelt.startswith(("//", "/\\"))
        or "\\" in spelt
        or len(text) > LONGEST_PLACE
        or any(unicodedata.category(letter).startswith("C") for letter in spelt)
    ):
        return otherwise
    try:
        parts = urlsplit(text)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else text


BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device(agent: str) -> tuple[str, str]:
    """Return browser and system by name from a User-Agent header; empty where they are unknown."""
    return _first(BROWSERS, agent), _first(SYSTEMS, agent)


def _first(names: Iterable[tuple[str, str]], text: str) -> str:
    return next((name for mark, name in names if mark in text), "")


def session_is_over(
    created_at: datetime, seen_at: datetime, ended_at: datetime | None, at: datetime
) -> bool:
    """Say whether a session may not be renewed: ended, left alone for 30 days, or 180 days old."""
    return ended_at is not None or at >= seen_at + SESSION_IDLE or at >= created_at + SESSION_LIFE


def check_appoint(
    *,
    appointing: UUID | None,
    person: UUID,
    before: Collection[str],
    after: Collection[str],
    administrators: int,
) -> None:
    """Refuse to change staff roles: one's own, or the last administrator's away.

    `administrators` counts those of the portal before the change.
    """
    if appointing == person:
        raise errors.NotOneself
    loses = StaffRole.ADMINISTRATOR in before and StaffRole.ADMINISTRATOR not in after
    if loses and administrators <= 1:
        raise errors.LastStaffAdministrator


def check_roles(seats: Iterable[Seat], person: UUID, after: Collection[str]) -> None:
    """Refuse to leave an organisation without an administrator (consultation.md, Membership)."""
    held = {seat.person_id for seat in seats if _administers(seat)}
    if person in held and held == {person} and MemberRole.ADMINISTRATOR not in after:
        raise errors.LastAdministrator


def may_leave_for_good(seats: Iterable[Seat], person: UUID) -> bool:
    """Say whether an organisation can do without a person: not without its only administrator.

    Erasure is a right: who is alone in an organisation may go.
    """
    active = [seat for seat in seats if seat.state == MembershipState.ACTIVE]
    others = [seat for seat in active if seat.person_id != person]
    administers = any(seat.person_id == person and _administers(seat) for seat in active)
    return not others or not administers or any(_administers(seat) for seat in others)


def check_join_decision(asked_at: datetime, at: datetime, *, by_administrator: bool) -> None:
    """Let administrators decide at once, the partnership officer after 7 days."""
    if not by_administrator and at < asked_at + JOIN_WAIT:
        raise errors.NotYetOurs(day=f"{asked_at + JOIN_WAIT:%Y-%m-%d}")


def _administers(seat: Seat) -> bool:
    return seat.state == MembershipState.ACTIVE and MemberRole.ADMINISTRATOR in seat.roles
