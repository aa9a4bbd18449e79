"""The wiring of consultation."""

from pathlib import Path

from fastapi import APIRouter

from services.consultation.analysis.pages import points as point_pages
from services.consultation.analysis.pages import reading as reading_pages
from services.consultation.analysis.pages import work as work_pages
from services.consultation.base import Base
from services.consultation.calls import actions as calls
from services.consultation.calls import pages as call_pages
from services.consultation.handlers import SUBSCRIPTIONS
from services.consultation.home import pages as home_pages
from services.consultation.jobs import DUE, JOBS
from services.consultation.permissions import PERMISSIONS
from services.consultation.programmes import pages as programme_pages
from services.consultation.publication import pages as publication_pages
from services.consultation.reports import pages as report_pages
from services.consultation.settings import Settings
from services.consultation.submissions import actions as submissions
from services.consultation.submissions import pages as submission_pages
from shared.clock import Clock, SystemClock
from shared.database.base import Shared
from shared.database.session import Database
from shared.files import Files
from shared.known.identity import identity
from shared.known.models import Copies
from shared.operations import pages as operations
from shared.runtime import Service
from shared.work import Room

ROUTERS: list[APIRouter] = [
    # -- calls --
    *call_pages.ROUTERS,
    # -- submissions --
    *submission_pages.ROUTERS,
    # -- analysis --
    work_pages.pages,
    reading_pages.pages,
    point_pages.pages,
    # -- publication --
    publication_pages.pages,
    # -- reports --
    *report_pages.ROUTERS,
    # -- home --
    home_pages.pages,
    # -- documents, questions, programmes --
    programme_pages.pages,
    operations.router("consultation"),
]


def build(settings: Settings, clock: Clock | None = None) -> Service:
    """Return consultation, wired and not yet started."""
    room = Room(
        name="consultation",
        database=Database(settings.database_url),
        permissions=PERMISSIONS,
        files=Files(Path(settings.files)),
        settings=settings,
        clock=clock or SystemClock(),
    )
    return Service(
        name="consultation",
        room=room,
        identity=identity,
        routers=ROUTERS,
        subscriptions=SUBSCRIPTIONS,
        metadata=[Base.metadata, Shared.metadata, Copies.metadata],
        jobs=JOBS,
        due=DUE,
        retell=[calls.retell, submissions.retell],
    )
