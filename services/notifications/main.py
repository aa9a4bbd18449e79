"""The wiring of notifications."""

from pathlib import Path

from services.notifications.base import Base
from services.notifications.deliveries import pages as delivery_pages
from services.notifications.handlers import SUBSCRIPTIONS
from services.notifications.jobs import DUE, JOBS
from services.notifications.messages import pages as message_pages
from services.notifications.permissions import PERMISSIONS
from services.notifications.preferences import pages as preference_pages
from services.notifications.settings import Settings
from shared.clock import Clock, SystemClock
from shared.database.base import Shared
from shared.database.session import Database
from shared.files import Files
from shared.known.identity import identity
from shared.known.models import Copies
from shared.operations import pages as operations
from shared.runtime import Service
from shared.work import Room

ROUTERS = [
    message_pages.pages,
    preference_pages.pages,
    delivery_pages.pages,
    operations.router("notifications"),
]


def build(settings: Settings, clock: Clock | None = None) -> Service:
    """Return notifications, wired and not yet started."""
    room = Room(
        name="notifications",
        database=Database(settings.database_url),
        permissions=PERMISSIONS,
        files=Files(Path(settings.files)),
        settings=settings,
        clock=clock or SystemClock(),
    )
    return Service(
        name="notifications",
        room=room,
        identity=identity,
        routers=ROUTERS,
        subscriptions=SUBSCRIPTIONS,
        metadata=[Base.metadata, Copies.metadata, Shared.metadata],
        jobs=JOBS,
        due=DUE,
    )
