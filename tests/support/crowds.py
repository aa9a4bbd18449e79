"""What is asked of each service over and over, of tables in which much is kept."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from fastapi.testclient import TestClient
from sqlalchemy import MetaData
from sqlalchemy import Table as Relation

from services.consultation.base import Base as Consultation
from services.consultation.publication import actions as publication
from services.notifications.base import Base as Notifications
from services.registry.accounts.actions import keys, members, sessions
from services.registry.accounts.models import Person
from services.registry.base import Base as Registry
from services.registry.organisations.models import Organisation
from shared import ids
from shared.database import inbox, limits, outbox
from shared.database.base import Shared
from shared.known.models import KnownPerson
from shared.mail import MailRow
from shared.mail.mailers import Captured
from shared.mail.sender import Sender
from shared.operations import upkeep
from shared.operations.timer import Timer
from shared.security.permissions import NOBODY, Actor
from shared.work import Work
from tests.support.answers import Doors, open_call
from tests.support.bench import Bench, person
from tests.support.calls import ANALYST, MANAGER
from tests.support.multitude import Multitude
from tests.support.notices import World
from tests.support.partners import begun, founder, handed_in
from tests.support.replies import Table, known

STAFF = person("call_manager", "analyst", "decider", "partnership_officer", "administrator")
HOUR = timedelta(hours=1)
LATE, LONG_AGO = datetime(2027, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
Act = Callable[[], object]


def page(browser: TestClient, path: str) -> Act:
    """Return what asks for a page."""

    def ask() -> None:
        answer = browser.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"

    return ask


def tables(metadata: MetaData, *names: str) -> list[Relation]:
    """Return tables by name."""
    return [metadata.tables[one] for one in names]


# -- what every service has --

EVERYWHERE = {
    "outbox.published_at": "now()",
    "due.at": "{} + g * interval '1 hour' + interval '1 year'",
    "mail.state": "'delivered'",
    # What was settled long ago is empty.
    "mail.settled_at": "{} - g * interval '1 day'",
    "mail.to": "CASE WHEN g > 2000 THEN '' ELSE {} END",
    "inbox.received_at": "now()",
    "limits.key": "md5({} || g)",
    "limits.started_at": "now()",
}


def shared_rows(bench: Bench) -> None:
    """Have one row at least in every table that all services have."""
    with bench.work() as work:
        now = work.system_now
        work.record("thing.done")
        inbox.enter(work.session, "group", ids.new(), ("topic", 0, 0), now)
        limits.hit(work.session, "somebody", per=HOUR, at_most=5, at=now)
        work.schedule("nothing", ids.new(), work.now + 10_000 * HOUR)
        work.add(
            MailRow(
                to="a@people.example",
                language="en",
                subject="S",
                text="T",
                state="delivered",
                created_at=now,
                next_at=now,
                settled_at=now,
            )
        )


def shared_tables(*, outbox: bool = True) -> list[Relation]:
    names = ["audit", "due", "inbox", "limits", "mail", *(["outbox"] if outbox else [])]
    return [Shared.metadata.tables[one] for one in names]


def worked(bench: Bench, act: Callable[[Work], object]) -> Act:
    def run() -> None:
        with bench.work() as work:
            act(work)

    return run


def upkeep_of(bench: Bench) -> dict[str, Act]:
    """What runs in the background of every service, over and over."""
    room = bench.service.room

    def heard(work: Work) -> None:
        inbox.enter(work.session, "group", ids.new(), ("topic", 0, 0), work.system_now)

    def hit(work: Work) -> None:
        limits.hit(work.session, "somebody else", per=HOUR, at_most=5, at=work.system_now)

    def sent_events(work: Work) -> None:
        outbox.mark(work.session, [one.id for one in outbox.waiting(work.session, 500)], LATE)
        outbox.backlog(work.session)

    return {
        "timed work": Timer(bench.service)._one,
        "mail claimed": Sender(room, Captured()).claim,
        "events waiting and marked": worked(bench, sent_events),
        "an event entered": worked(bench, heard),
        "an attempt counted": worked(bench, hit),
        "attempts forgotten": worked(bench, lambda work: limits.forget(work.session, LONG_AGO)),
        "inbox pruned": worked(bench, upkeep.prune_inbox),
        "outbox pruned": worked(bench, upkeep.prune_outbox),
        "mail forgotten": worked(bench, upkeep.forget_mail),
        "audit sealed": worked(bench, upkeep.seal_audit),
    }


# -- registry --


def registry_world(bench: Bench) -> dict[str, Act]:
    for number in range(3):
        handed_in(bench, f"Waiting {number}")
        _, slug = begun(bench, f"Verified {number}")
        with bench.work() as work:
            one = work.get(Organisation, slug=slug)
            one.state, one.verified_at, key = "verified", work.now, one.id
        with bench.work(asker := founder(bench, f"joins{number}@group.example")) as work:
            members.ask_to_join(work, key)
    shared_rows(bench)
    with bench.work() as work:
        keys.ensure(work)
        sessions.start(work, work.get(Person, id=asker.person))
    bench.later(days=8)
    doors = Doors(bench)
    staff, public, own = (doors.browser(one) for one in (STAFF, NOBODY, asker))
    desk = "/en/staff/organisation"
    return {
        "directory": page(public, "/en/partners"),
        "directory, a later page": page(public, "/en/partners?page_number=5"),
        "directory by words": page(public, "/en/partners?words=verified+2-777"),
        "directory by category": page(public, "/en/partners?category=stakeholder"),
        "directory by region": page(public, "/en/partners?region=africa"),
        "one partner": page(public, f"/en/partners/{slug}"),
        "verification desk": page(staff, desk),
        "verification desk by state": page(staff, f"{desk}?state=submitted"),
        "requests left alone": page(staff, f"{desk}/requests"),
        "people": page(staff, "/en/staff/people"),
        "people by words": page(staff, "/en/staff/people?words=777joins2"),
        "own account": page(own, "/en/account"),
    }


REGISTRY = Multitude(
    [
        *tables(
            Registry.metadata,
            *("organisation", "organisation_trait", "organisation_document"),
            *("person", "membership", "session", "join_request"),
        ),
        *shared_tables(),
    ],
    given=EVERYWHERE
    | {
        # Most were decided on long ago: of those that wait there are hundreds.
        "organisation.state": "CASE WHEN g % 500 = 0 THEN {} ELSE 'verified' END",
        "organisation.name": "{} || ' ' || g",
        "organisation.name_key": "{} || ' ' || g",
        "organisation.category": "CASE g % 3 WHEN 0 THEN {} ELSE 'local_authority' END",
        "organisation_trait.code": "CASE WHEN g % 20 = 0 THEN {} ELSE {} || '-' || g % 20 END",
        "join_request.state": "CASE WHEN g % 500 = 0 THEN {} ELSE 'accepted' END",
        "person.is_staff": "false",
        "person.email": "g || {}",
    },
)


# -- consultation --


def answered(bench: Bench) -> Table:
    """Return a call that was answered and is closed."""
    table = Table(bench)
    for number in range(3):
        table.answer(f"City {table.call} {number}", f"Word {number}", comment=f"Change {number}")
    table.close()
    return table


def consultation_world(bench: Bench) -> dict[str, Act]:
    """Return what is asked when one call was answered, one is read, and one is open."""
    known(bench, STAFF)
    reported = answered(bench)
    reported.reply()
    references = [one.reference for one in reported.answers]
    with bench.work(ANALYST) as work:
        publication.prepare_as_they_are(work, reported.call, references)
    with bench.work(MANAGER) as work:
        publication.decide(work, reported.call, references)
    reported.write()
    reported.ask()
    reported.approve()
    read = answered(bench)
    read.read()
    open_call(bench)
    shared_rows(bench)
    doors = Doors(bench)
    staff, public = doors.browser(STAFF), doors.browser(NOBODY)
    own = doors.browser(reported.answers[0].who)
    desk, result = f"/en/staff/calls/{read.call}", f"/en/results/{reported.call}"
    return {
        "home": page(public, "/en/"),
        "open calls": page(public, "/en/calls"),
        "closed calls": page(public, "/en/calls?state=closed"),
        "calls by words": page(public, "/en/calls?state=closed&words=7777"),
        "one call": page(public, f"/en/calls/{read.call}"),
        "results": page(public, "/en/results"),
        "one result": page(public, result),
        "published answers": page(public, f"{result}/answers"),
        "own answers": page(own, "/en/answers"),
        "my work": page(staff, "/en/staff"),
        "desk of calls": page(staff, "/en/staff/calls"),
        "answers of a call": page(staff, f"{desk}/answers"),
        "unread answers": page(staff, f"{desk}/answers?show=unread"),
        "answers with open items": page(staff, f"{desk}/answers?show=open"),
        "points of a call": page(staff, f"{desk}/points"),
        "points to recommend": page(staff, f"{desk}/points?state=to_recommend"),
        "points by words": page(staff, f"{desk}/points?words=Change"),
        "own points": page(staff, f"{desk}/points?assigned=me"),
        "answers to publish": page(staff, f"{desk}/publication"),
    }


OF_A_CALL = ("call_id",)
CONSULTATION = Multitude(
    [
        *tables(
            Consultation.metadata,
            *("call", "call_text", "call_window", "call_invited", "submission", "response"),
            *("comment", "point", "point_text", "read_mark", "item_end", "published_item"),
        ),
        *tables(KnownPerson.metadata, "known_organisation", "known_person", "known_membership"),
        *shared_tables(),
    ],
    heaped={
        "submission": OF_A_CALL,
        "response": (),
        "comment": (),
        "point": OF_A_CALL,
        "read_mark": OF_A_CALL,
        "item_end": OF_A_CALL,
        "call_invited": OF_A_CALL,
    },
    given=EVERYWHERE
    | {
        # Some hundred answers in a year: of many thousands it is right to read all partners.
        "submission.sealed_at": "{} - g * interval '5 days'",
        # Most calls are over.
        "call.state": "CASE WHEN g % 300 = 0 THEN {} ELSE 'report_published' END",
        "call_text.text": "{} || ' ' || g",
    },
)


# -- notifications --


def notifications_world(bench: Bench) -> dict[str, Act]:
    """Return what is asked when people were told of calls."""
    world = World(bench)
    kisumu = world.partner("Kisumu")
    amal = world.person("Amal", (kisumu, "contact_point"))
    world.person("Basil", (kisumu, "deputy"))
    code = "2026-900"
    call = world.call(code=code)
    world.sent(call, kisumu, [amal])
    shared_rows(bench)
    doors = Doors(bench)
    own, staff = doors.browser(Actor(person=amal, name="Amal")), doors.browser(STAFF)
    checks = "/en/staff/inbox/reconciliation"
    return {
        "inbox": page(own, "/en/inbox"),
        "unread": page(own, "/en/inbox/unread"),
        "preferences": page(own, "/en/preferences"),
        "told and should": page(staff, checks),
        "told and should of a call": page(staff, f"{checks}/{code}"),
    }


NOTIFICATIONS = Multitude(
    [
        *tables(
            Notifications.metadata,
            *("call_copy", "submission_copy", "concern", "delivery", "message"),
        ),
        *tables(KnownPerson.metadata, "known_organisation", "known_person", "known_membership"),
        *shared_tables(outbox=False),
    ],
    heaped={"message": ("person_id",), "delivery": ("call_id",), "concern": ("call_id",)},
    given=EVERYWHERE
    | {
        "call_copy.code": "left(md5({} || g), 20)",
        "delivery.occasion": "CASE WHEN g < 100000 THEN {} || '-' || g ELSE {} END",
        # Whom one call concerns is a part of all.
        "known_organisation.category": "CASE WHEN g % 100 = 0 THEN {} ELSE 'stakeholder' END",
    },
)

WORLDS: dict[str, tuple[Callable[[Bench], dict[str, Act]], Multitude]] = {
    "registry": (registry_world, REGISTRY),
    "consultation": (consultation_world, CONSULTATION),
    "notifications": (notifications_world, NOTIFICATIONS),
}
