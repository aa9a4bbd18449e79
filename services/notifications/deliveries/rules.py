"""Occasions and the states of a delivery."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Channel(StrEnum):
    """How a person is told."""

    INBOX = "inbox"
    MAIL = "mail"


class DeliveryState(StrEnum):
    """Where a delivery stands. Once mail is written its own row says how far it has come."""

    CREATED = "created"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"


class Reason(StrEnum):
    """Why a delivery was suppressed or cancelled."""

    PREFERENCE = "preference"
    EARLIER = "earlier"
    NOTHING_LEFT = "nothing_left"
    GONE = "gone"
    CLOSED = "closed"


BY_MAIL = frozenset({"contact_point", "deputy"})
BY_INBOX = BY_MAIL | {"observer"}


def by_mail(roles: Iterable[str]) -> bool:
    """Say whether members with these roles are told of calls by mail."""
    return bool(BY_MAIL & set(roles))


def by_inbox(roles: Iterable[str]) -> bool:
    """Say whether members with these roles are told of calls at all; observers by inbox only."""
    return bool(BY_INBOX & set(roles))


def occasion(kind: str, subject: UUID | str, *marks: object) -> str:
    """Return the key of an occasion: kind, subject, and what tells one time from the next."""
    return ":".join([kind, str(subject), *(str(mark) for mark in marks)])


@dataclass(frozen=True)
class Mark:
    """One occasion for one person: what caused it and for which organisation."""

    occasion: str
    call_id: UUID | None = None
    organisation_id: UUID | None = None
    audience_version: int | None = None


@dataclass(frozen=True)
class Due:
    """Somebody who should have been told of a call, and how. `mail` says whether by mail too."""

    person_id: UUID
    organisation_id: UUID
    mail: bool


@dataclass(frozen=True)
class Gap:
    """A difference between should and was: a person and a channel without a row."""

    person_id: UUID
    organisation_id: UUID
    channel: Channel


def gaps(due: Iterable[Due], told: set[tuple[UUID, str]]) -> list[Gap]:
    """Return what is missing: `told` holds (person, channel) of every row of the occasion."""
    found: dict[tuple[UUID, Channel], Gap] = {}
    for one in due:
        for channel in (Channel.INBOX, Channel.MAIL) if one.mail else (Channel.INBOX,):
            if (one.person_id, channel) not in told:
                gap = Gap(one.person_id, one.organisation_id, channel)
                found.setdefault((one.person_id, channel), gap)
    return list(found.values())
