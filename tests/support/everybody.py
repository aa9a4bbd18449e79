"""Who was told of what, read independently from inboxes, mail and the record of deliveries."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select

from services.notifications.calls.models import CallCopy
from services.notifications.deliveries import queries
from services.notifications.deliveries.models import Delivery
from services.notifications.messages.models import Message
from services.registry.accounts.models import Person
from shared.mail import MailRow
from tests.support.portal import Portal


def inboxes(portal: Portal) -> dict[str, Counter[str]]:
    """Return how often each kind stands in the inbox of everybody who has an account."""
    people = _people(portal)
    found = {address: Counter[str]() for address in people.values()}
    with portal.view("notifications") as view:
        for message in view.session.scalars(select(Message)):
            found[people[message.person_id]][message.kind] += 1
    return found


def letters(portal: Portal) -> dict[str, Counter[str]]:
    """Return how often each kind was mailed, by address, from what left the portal."""
    with portal.view("notifications") as view:
        rows = view.session.scalars(select(MailRow)).all()
        kinds = {str(row.id): row.occasion.split(":")[0] for row in rows}
    found = {address: Counter[str]() for address in _people(portal).values()}
    for letter in portal.mail:
        kind = kinds.get(str(letter["Message-ID"]).strip(" <>").split("@")[0])
        if kind is not None:
            found.setdefault(str(letter["To"]), Counter())[kind] += 1
    return found


def calendars(portal: Portal) -> set[str]:
    """Return the addresses that got a calendar file."""
    return {
        str(one["To"])
        for one in portal.mail
        if any(part.get_filename() == "deadline.ics" for part in one.iter_attachments())
    }


def check_everybody(
    portal: Portal, inbox: Mapping[str, Mapping[str, int]], mail: Mapping[str, Mapping[str, int]]
) -> None:
    """Everybody got exactly this, once; whoever is not named got nothing; no call lacks anybody."""
    assert not (wrong := _differing(inboxes(portal), inbox)), wrong
    assert not (wrong := _differing(letters(portal), mail)), wrong
    with portal.view("notifications") as view:
        rows = view.session.scalars(select(Delivery)).all()
    keys = Counter((row.occasion, row.person_id, row.channel) for row in rows)
    assert set(keys.values()) == {1}
    with portal.view("notifications") as view:
        for call in view.session.scalars(select(CallCopy)).all():
            assert queries.check(view, call).gaps == []
    people = _people(portal)
    written = {people[row.person_id] for row in rows if row.state != "suppressed"}
    assert written == set(_said(inbox)) | set(_said(mail))


def _said(counts: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    return {address: dict(one) for address, one in counts.items() if one}


def _differing(
    found: Mapping[str, Mapping[str, int]], wanted: Mapping[str, Mapping[str, int]]
) -> dict[str, tuple[dict[str, int], dict[str, int]]]:
    """Return, by address, what was found and what was wanted where these are not the same."""
    one, other = _said(found), _said(wanted)
    return {
        address: (one.get(address, {}), other.get(address, {}))
        for address in one.keys() | other.keys()
        if one.get(address) != other.get(address)
    }


def _people(portal: Portal) -> dict[UUID, str]:
    with portal.view("registry") as view:
        return {one.id: one.email or "" for one in view.session.scalars(select(Person))}
