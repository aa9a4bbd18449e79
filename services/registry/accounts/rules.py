"""What holds for accounts: pure decisions over values and time."""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.registry import errors

CODE_LIFE: Final = timedelta(minutes=15)
CODE_ATTEMPTS: Final = 5
SESSION_IDLE: Final = timedelta(days=30)
SESSION_LIFE: Final = timedelta(days=180)
PARKED_LIFE: Final = timedelta(hours=24)
PARKED_LONGEST: Final = 1_000_000
"""Characters of a parked body."""
INVITATION_LIFE: Final = timedelta(days=30)
JOIN_WAIT: Final = timedelta(days=7)
KEY_LIFE: Final = timedelta(days=90)
KEY_AFTERLIFE: Final = timedelta(hours=2)
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


def check_erasable(seats: Iterable[Seat], person: UUID) -> None:
    """Refuse to erase the only administrator of an organisation that has other members.

    Erasure is a right: who is alone in an organisation may go.
    """
    active = [seat for seat in seats if seat.state == MembershipState.ACTIVE]
    if any(seat.person_id != person for seat in active):
        check_roles(active, person, ())


def check_join_decision(asked_at: datetime, at: datetime, *, by_administrator: bool) -> None:
    """Let administrators decide at once, the partnership officer after 7 days."""
    if not by_administrator and at < asked_at + JOIN_WAIT:
        raise errors.NotYetOurs(day=f"{asked_at + JOIN_WAIT:%Y-%m-%d}")


def _administers(seat: Seat) -> bool:
    return seat.state == MembershipState.ACTIVE and MemberRole.ADMINISTRATOR in seat.roles
