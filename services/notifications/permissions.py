"""Who may do and see what in notifications."""

from typing import Any

from sqlalchemy import Select

from services.notifications.messages.models import Message
from shared.operations import permissions as operations
from shared.security.permissions import Actor, Permissions, anyone, grant, may, signed_in, staff

addressee = grant(
    "the person it was written to",
    lambda actor, thing: thing is not None and thing.person_id == actor.person,
)


def own_messages(actor: Actor, select: Select[Any]) -> Select[Any]:
    """Everybody sees their own messages and nobody else's."""
    return select.where(Message.person_id == actor.person)


PERMISSIONS = Permissions(
    # -- messages --
    may("message.index", signed_in, only=own_messages),
    may("message.unread", signed_in),
    may("message.show", addressee, hidden=True),
    may("message.read", addressee, hidden=True),
    may("message.read_all", signed_in),
    # -- preferences --
    may("preference.show", signed_in),
    may("preference.save", signed_in),
    may("preference.unsubscribe", anyone),
    may("preference.follow", anyone),
    # -- deliveries --
    may("reconciliation.index", staff()),
    may("reconciliation.show", staff()),
    # -- operations --
    *operations.rows("notifications"),
)
