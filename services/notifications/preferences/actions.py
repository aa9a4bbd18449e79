"""Choosing what comes by mail."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import delete, select

from services.notifications.base import insert_new
from services.notifications.errors import UnknownLink
from services.notifications.preferences.models import Preference, QuietHours, StopLink
from services.notifications.preferences.rules import CHOICES, Pace, Quiet, Topic
from shared import ids
from shared.errors import SignInNeeded
from shared.work import Work


def choose(work: Work, wanted: Mapping[Topic, Pace]) -> None:
    """Keep what the actor chose; topics that cannot be chosen about stay as they are."""
    person = _chooser(work)
    for topic, pace in wanted.items():
        if pace in CHOICES.get(topic, ()):
            _set(work, person, topic, pace)


def keep_quiet(work: Work, quiet: Quiet | None) -> None:
    """Keep the actor's quiet hours, or that there are none."""
    person = _chooser(work)
    work.session.execute(delete(QuietHours).where(QuietHours.person_id == person))
    if quiet is not None:
        work.add(
            QuietHours(
                person_id=person,
                starts=quiet.starts,
                ends=quiet.ends,
                changed_at=work.system_now,
            )
        )


def _chooser(work: Work) -> UUID:
    work.require("preference.save")
    if work.actor.person is None:
        raise SignInNeeded
    return work.actor.person


def follow_link(work: Work, secret: str, pace: Pace) -> Topic:
    """Do what the reader of a mail asks for: none, a digest, or again. Raises UnknownLink.

    Nobody needs to be signed in, and an account that was closed does not matter.
    """
    work.require("preference.unsubscribe")
    link = work.session.get(StopLink, secret)
    if link is None:
        raise UnknownLink
    topic = Topic(link.topic)
    if pace in CHOICES.get(topic, ()):
        _set(work, link.person_id, topic, pace)
    return topic


def stop_links(work: Work, people: Collection[UUID], topic: Topic) -> dict[UUID, str]:
    """Return the secret of each person's stop link for a topic, making those that are missing."""
    found = _secrets(work, people, topic)
    missing = [person for person in people if person not in found]
    if missing:
        rows = [
            {
                "secret": ids.secret(),
                "person_id": person,
                "topic": topic,
                "created_at": work.system_now,
            }
            for person in missing
        ]
        work.session.execute(insert_new(work.session, StopLink).on_conflict_do_nothing(), rows)
        found = _secrets(work, people, topic)
    return found


def _secrets(work: Work, people: Collection[UUID], topic: Topic) -> dict[UUID, str]:
    rows = work.session.execute(
        select(StopLink.person_id, StopLink.secret).where(
            StopLink.topic == topic, StopLink.person_id.in_(set(people))
        )
    )
    return {row.person_id: row.secret for row in rows}


def _set(work: Work, person: UUID, topic: Topic, pace: Pace) -> None:
    upsert = insert_new(work.session, Preference).values(
        person_id=person, topic=topic, pace=pace, changed_at=work.system_now
    )
    work.session.execute(
        upsert.on_conflict_do_update(
            index_elements=["person_id", "topic"],
            set_={"pace": pace, "changed_at": work.system_now},
        )
    )


def forget(work: Work, person: UUID) -> None:
    """Erase what a person chose, and their links."""
    for model in (Preference, QuietHours, StopLink):
        work.session.execute(delete(model).where(model.person_id == person))
