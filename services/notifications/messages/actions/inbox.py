"""What people do with their inbox."""

from uuid import UUID

from sqlalchemy import delete, update

from services.notifications.deliveries import actions as deliveries
from services.notifications.messages.models import Message
from services.notifications.preferences import actions as preferences
from shared import mail
from shared.known.models import KnownPerson
from shared.work import Work


def mark_read(work: Work, code: str) -> None:
    """Note that the actor has read a message. Raises NotFound for somebody else's."""
    message = work.lock(Message, code=code)
    work.require("message.read", message)
    message.read_at = message.read_at or work.now


def mark_all_read(work: Work) -> None:
    """Note that the actor has read everything that is there now."""
    work.require("message.read_all")
    work.session.execute(
        update(Message)
        .where(Message.person_id == work.actor.person, Message.read_at.is_(None))
        .values(read_at=work.now)
    )


def forget(work: Work, person: UUID) -> None:
    """Erase what was said to a person; that they were told stays counted, without words."""
    known = work.session.get(KnownPerson, person)
    if known is not None and known.email:
        mail.forget(work, known.email)
    work.session.execute(delete(Message).where(Message.person_id == person))
    deliveries.forget(work, person)
    preferences.forget(work, person)
