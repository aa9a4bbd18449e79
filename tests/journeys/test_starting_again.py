"""Databases and the log are lost or restored; the portal starts again in the same state.

And nobody is told anything twice.
"""

import secrets
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, delete, select, update

from services.demo.personas import PERSONAS
from services.notifications.calls.models import CallCopy, SubmissionCopy
from services.notifications.deliveries.models import Delivery
from services.notifications.main import Base as Notifications
from services.registry.accounts.actions import people, sessions
from services.registry.accounts.models import Person
from services.registry.organisations.models import Organisation
from services.registry.verification.models import CallCopy as Deadline
from services.registry.verification.models import DraftCopy
from shared import ids
from shared.known.models import Copies, KnownMembership, KnownOrganisation, KnownPerson, KnownTrait
from shared.runtime import topics_read_by
from shared.security.tokens import COOKIE, SESSION_COOKIE
from tests.support.portal import Portal
from tests.support.seeded import opened
from tests.support.walker import Walker

EMAILS = {one.key: one.email for one in PERSONAS}
YESTERDAY = datetime.now(UTC) - timedelta(days=1)
COPIES: dict[str, list[Table]] = {
    "registry": [Deadline.__table__, DraftCopy.__table__],  # type: ignore[list-item]
    "consultation": list(Copies.metadata.sorted_tables),
    "notifications": [
        *Copies.metadata.sorted_tables,
        *(Notifications.metadata.tables[name] for name in ("call_copy", "submission_copy")),
    ],
}
CLOCKED = (
    "reminder",
    "reminder_draft",
    "call_closed",
    "closed_draft",
    "reply_clock",
    "points_to_decide",
)
"""Kinds of notices that the clock gives, or a day."""
State = dict[str, set[tuple[Any, ...]]]


def copies(portal: Portal, name: str, *, without: Iterable[str] = ()) -> State:
    """Every row of a service's copies, by table."""
    with portal.view(name) as view:
        return {
            table.name: {
                tuple(repr(value) for column, value in row.items() if column not in without)
                for row in view.session.execute(select(table)).mappings()
            }
            for table in COPIES[name]
        }


def retold(portal: Portal, name: str) -> State:
    """The copies without what telling again counts up, and without what travels as a fact only."""
    return copies(portal, name, without=("version", "points_waiting"))


def told(portal: Portal) -> set[tuple[str, UUID, str]]:
    """Who was told of what, and how."""
    with portal.view("notifications") as view:
        rows = select(Delivery.occasion, Delivery.person_id, Delivery.channel)
        return {(row.occasion, row.person_id, row.channel) for row in view.session.execute(rows)}


def written(portal: Portal) -> int:
    """How many messages wait to be mailed or were, in this process."""
    portal.settle()
    return len(portal.mail)


def lose(folder: Path, *names: str) -> None:
    """Take away databases, or the log."""
    for name in names:
        for path in folder.glob(f"{name}.db*"):
            path.unlink()


def replay(portal: Portal, name: str, *, force: bool = False, at_least: int = 10) -> None:
    """Hand the whole log to a service again."""
    everything = portal.everything
    done = everything.replay(name, topics_read_by(name), force=force, say=lambda *_: None)
    assert done.failed == []
    assert done.handled >= at_least


def retell(portal: Portal) -> None:
    """Tell everything again."""
    portal.everything.retell(say=lambda *_: None)


def staff(portal: Portal, key: str) -> Walker:
    """One of the staff of the seeds, signed in."""
    with portal.work("registry") as work:
        started = sessions.start(work, work.get(Person, email=EMAILS[key]))
    walker = Walker(portal)
    walker.client.cookies.set(COOKIE, started.token)
    walker.client.cookies.set(SESSION_COOKIE, started.secret)
    return walker


def check_reconciled(portal: Portal) -> None:
    """The page about who was told says of every public call that nobody is missing."""
    with portal.view("notifications") as view:
        codes = view.session.scalars(
            select(CallCopy.code).where(CallCopy.state.not_in(("draft", "in_review")))
        ).all()
    assert len(codes) >= 4
    walker = staff(portal, "call-manager")
    for code in codes:
        walker.visit(f"/staff/inbox/reconciliation/{code}")
        walker.sees("Everybody who should have been told was told.")
        walker.sees("what happened to the call")


def test_notifications_are_rebuilt_from_the_log_without_telling_anybody(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(copied) as portal:
        before, were_told = copies(portal, "notifications"), told(portal)
        assert all(before[name] for name in ("known_person", "call_copy", "submission_copy"))
    lose(copied, "notifications")
    monkeypatch.setenv("NOTIFY_FROM", datetime.now(UTC).isoformat())
    with opened(copied) as portal:
        replay(portal, "notifications")
        assert written(portal) == 0
        assert copies(portal, "notifications") == before
        # Who was mailed of an event has a row that keeps them from being mailed of it again.
        missing = {
            (occasion, person)
            for occasion, person, channel in were_told - told(portal)
            if channel == "mail" and occasion.split(":")[0] not in CLOCKED
        }
        assert missing == set()
        check_reconciled(portal)
        edit(portal)
        portal.settle()
        assert written(portal) == 0


def test_control_without_notify_from_a_rebuild_mails_again(copied: Path) -> None:
    lose(copied, "notifications")
    with opened(copied) as portal:
        replay(portal, "notifications")
        assert written(portal) > 10


def ask_applicant(portal: Portal) -> None:
    """Have the officer ask an applicant something: its members are told."""
    walker = staff(portal, "officer")
    with portal.work("registry") as work:
        slug = work.session.scalars(
            select(Organisation.slug).where(Organisation.state == "submitted")
        ).first()
    assert slug
    walker.visit(f"/staff/organisation/{slug}").submit("/ask", text="Which year?")


def test_what_happens_after_a_rebuild_is_told(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(copied, "notifications")
    monkeypatch.setenv("NOTIFY_FROM", datetime.now(UTC).isoformat())
    with opened(copied) as portal:
        replay(portal, "notifications")
        ask_applicant(portal)
        assert written(portal) > 0


@pytest.mark.parametrize("name", ["registry", "consultation"])
def test_copies_that_were_emptied_come_back_from_the_log(copied: Path, name: str) -> None:
    with opened(copied) as portal:
        before = copies(portal, name)
        assert all(before.values()) or name == "consultation"
        with portal.work(name) as work:
            for table in reversed(COPIES[name]):
                work.session.execute(delete(table))
        replay(portal, name, force=True)
        assert copies(portal, name) == before
        assert written(portal) == 0


def test_an_emptied_log_is_told_again(copied: Path) -> None:
    with opened(copied) as portal:
        before = {name: retold(portal, name) for name in COPIES}
        were_told = told(portal)
    lose(copied, "events")
    with opened(copied) as portal:
        retell(portal)
        assert {name: retold(portal, name) for name in COPIES} == before
        assert told(portal) == were_told
        assert written(portal) == 0
        check_reconciled(portal)
        person = edit(portal)
        portal.settle()
        with portal.view("notifications") as view:
            assert view.get(KnownPerson, id=person).name == "Newly Named"


def edit(portal: Portal) -> UUID:
    """Have a person change their name."""
    with portal.work("registry") as work:
        person = work.session.scalars(
            select(Person).where(Person.is_staff.is_(False)).order_by(Person.id)
        ).first()
        person.name = "Newly Named"
        people.tell(work, person)
        return UUID(str(person.id))


def test_the_log_and_the_notifications_are_lost_and_nobody_is_told_twice(copied: Path) -> None:
    with opened(copied) as portal:
        before = {name: retold(portal, name) for name in COPIES}
    lose(copied, "events", "notifications")
    with opened(copied) as portal:
        portal.everything.hush()
        retell(portal)
    with opened(copied) as portal:
        assert {name: retold(portal, name) for name in COPIES} == before
        assert written(portal) == 0
        check_reconciled(portal)


def test_control_without_hush_those_concerned_are_told_again(copied: Path) -> None:
    lose(copied, "events", "notifications")
    with opened(copied) as portal:
        retell(portal)
        assert written(portal) > 10


def test_what_registry_lost_is_dropped_by_those_who_had_copied_it(copied: Path) -> None:
    with opened(copied) as portal:
        before = {name: retold(portal, name) for name in COPIES}
        for name in ("consultation", "notifications"):
            with portal.work(name) as work:
                invent(work)
        with portal.work("notifications") as work:
            # A call that is over: of an open one people would have been told when it was there.
            double(work, CallCopy, CallCopy.state == "report_published")
            double(work, SubmissionCopy)
        with portal.work("registry") as work:
            for model in (Deadline, DraftCopy):
                double(work, model)
        assert {name: retold(portal, name) for name in COPIES} != before
        retell(portal)
        assert {name: retold(portal, name) for name in COPIES} == before
        assert written(portal) == 0


def old_id() -> UUID:
    """The id of something made yesterday."""
    return UUID(int=ids.bound(YESTERDAY).int | 7 << 76 | secrets.randbits(62))


def invent(work: Any) -> None:
    """Know a person and an organisation of which a restored registry knows nothing."""
    person, organisation = old_id(), old_id()
    work.add(KnownPerson(id=person, version=3, name="Lost", staff_roles=[]))
    work.session.flush()
    work.add(KnownMembership(person_id=person, organisation_id=organisation, roles=["deputy"]))
    double(work, KnownOrganisation, key=organisation)
    work.session.flush()
    work.add(KnownTrait(organisation_id=organisation, kind="region", code="asia"))


def double(work: Any, model: Any, *where: Any, key: UUID | None = None) -> None:
    """Add a copy of something that does not exist, like one that does."""
    row = work.session.execute(select(model.__table__).where(*where).limit(1)).mappings().one()
    work.session.execute(model.__table__.insert().values({**row, "id": key or old_id()}))


def test_copies_that_know_more_than_a_restored_registry_follow_it(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What was seeded is younger than what lists speak of.
    monkeypatch.setattr("shared.messaging.retell.SETTLED", timedelta())
    with opened(copied) as portal:
        before = {name: retold(portal, name) for name in ("consultation", "notifications")}
        for name in before:
            with portal.work(name) as work:
                work.session.execute(update(KnownPerson).values(version=99, name="Of the future"))
                work.session.execute(
                    update(KnownOrganisation).values(version=99, state="suspended")
                )
        retell(portal)
        assert {name: retold(portal, name) for name in before} == before


@pytest.mark.parametrize("name", ["consultation", "notifications"])
def test_a_service_restored_from_a_backup_catches_up(
    copied: Path, tmp_path: Path, name: str
) -> None:
    backup = shutil.copytree(copied, tmp_path / "backup")
    with opened(copied) as portal:
        edit(portal)
        ask_applicant(portal)
        assert written(portal) > 0
        before = {one: retold(portal, one) for one in COPIES}
        were_told = told(portal)
    lose(copied, name)
    for path in backup.glob(f"{name}.db*"):
        shutil.copy(path, copied)
    with opened(copied) as portal:
        assert retold(portal, name) != before[name]
        portal.everything.hush()
        replay(portal, name, at_least=1)
        retell(portal)
        assert {one: retold(portal, one) for one in COPIES} == before
        assert told(portal) == were_told
        assert written(portal) == 0
