"""Reads of preferences."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from services.notifications.errors import UnknownLink
from services.notifications.preferences.models import Preference, QuietHours, StopLink
from services.notifications.preferences.rules import CHOICES, Pace, Quiet, Topic, pace
from shared.work import View


def paces(view: View, people: Collection[UUID], topic: Topic) -> dict[UUID, Pace]:
    """Return how soon each person wants mail of a topic, in one query."""
    rows = view.session.execute(
        select(Preference.person_id, Preference.pace).where(
            Preference.topic == topic, Preference.person_id.in_(set(people))
        )
    )
    chosen = {row.person_id: row.pace for row in rows}
    return {person: pace(topic, chosen.get(person)) for person in people}


def quiet(view: View, people: Collection[UUID]) -> dict[UUID, Quiet]:
    """Return the quiet hours of those of these people who have any, in one query."""
    rows = view.session.execute(
        select(QuietHours.person_id, QuietHours.starts, QuietHours.ends).where(
            QuietHours.person_id.in_(set(people))
        )
    )
    return {row.person_id: Quiet(row.starts, row.ends) for row in rows}


def my_quiet(view: View) -> Quiet | None:
    """Return the actor's quiet hours."""
    view.require("preference.show")
    person = view.actor.person
    return quiet(view, [person]).get(person) if person is not None else None


def mine(view: View) -> dict[Topic, Pace]:
    """Return what the actor gets of each topic that can be chosen about."""
    view.require("preference.show")
    rows = view.session.execute(
        select(Preference.topic, Preference.pace).where(Preference.person_id == view.actor.person)
    )
    chosen = {row.topic: row.pace for row in rows}
    return {topic: pace(topic, chosen.get(topic)) for topic in CHOICES}


def of_link(view: View, secret: str) -> tuple[Topic, Pace]:
    """Return what a link is about and what holds now. Raises UnknownLink."""
    view.require("preference.unsubscribe")
    link = view.session.get(StopLink, secret)
    if link is None:
        raise UnknownLink
    topic = Topic(link.topic)
    return topic, paces(view, [link.person_id], topic)[link.person_id]
