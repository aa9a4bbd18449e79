"""The wiring of registry."""

from pathlib import Path

from services.registry.accounts import queries
from services.registry.accounts.actions import keys, people, sessions
from services.registry.accounts.pages import account as account_pages
from services.registry.accounts.pages import erasing as erasing_pages
from services.registry.accounts.pages import invitations as invitation_pages
from services.registry.accounts.pages import people as people_pages
from services.registry.accounts.pages import provider as provider_pages
from services.registry.accounts.pages import renewal as renewal_pages
from services.registry.accounts.pages import sign_in as sign_in_pages
from services.registry.base import Base
from services.registry.directory import pages as directory_pages
from services.registry.handlers import SUBSCRIPTIONS
from services.registry.jobs import DUE, JOBS
from services.registry.organisations.actions import registering
from services.registry.organisations.pages import people as organisation_people_pages
from services.registry.organisations.pages import registration as registration_pages
from services.registry.permissions import PERMISSIONS
from services.registry.settings import Settings
from services.registry.verification import pages as verification_pages
from shared.clock import Clock, SystemClock
from shared.database.base import Shared
from shared.database.session import Database
from shared.files import Files
from shared.operations import pages as operations
from shared.runtime import Service
from shared.work import Room, Work

ROUTERS = [
    # -- accounts --
    sign_in_pages.pages,
    provider_pages.pages,
    renewal_pages.pages,
    account_pages.pages,
    people_pages.pages,
    erasing_pages.pages,
    invitation_pages.pages,
    # -- verification: before organisations, whose /organisation/{slug} would take its paths --
    verification_pages.pages,
    # -- organisations --
    registration_pages.pages,
    organisation_people_pages.pages,
    # -- directory --
    directory_pages.pages,
    operations.router("registry"),
]


def build(settings: Settings, clock: Clock | None = None) -> Service:
    """Return registry, wired and not yet started."""
    room = Room(
        name="registry",
        database=Database(settings.database_url),
        permissions=PERMISSIONS,
        files=Files(Path(settings.files)),
        settings=settings,
        clock=clock or SystemClock(),
    )
    return Service(
        name="registry",
        room=room,
        identity=queries.identity,
        routers=ROUTERS,
        subscriptions=SUBSCRIPTIONS,
        metadata=[Base.metadata, Shared.metadata],
        jobs=JOBS,
        due=DUE,
        retell=[keys.retell, people.retell, sessions.retell, registering.retell],
        prepare=_prepare,
    )


def _prepare(work: Work) -> None:
    keys.ensure(work)
