"""What the portal does with events that it cannot understand: each service counts them or sets them
aside with the reason, and everything else goes on.
"""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select

from services.consultation.calls.rules.eligibility import UNDECIDED, VERIFIED
from shared import ids
from shared.contracts import consultation, registry
from shared.contracts.envelope import Envelope, Event
from shared.contracts.registry import Organisation, OrganisationChanged
from shared.contracts.topics import TOPICS, Topic
from shared.database.dead_letters import DeadLetterRow
from shared.known.models import KnownOrganisation
from shared.messaging.bus import Record
from tests.support.portal import Portal

EVENTS: list[type[Event]] = [*registry.EVENTS, *consultation.EVENTS]
READ = [topic for topic in TOPICS if topic.readers]


def record(
    topic: Topic, kind: str, value: bytes, key: UUID | None = None, version: int = 1
) -> Record:
    subject = str(key or ids.new())
    envelope = Envelope(
        id=ids.new(),
        type=kind,
        source=f"/roundtable/{topic.owner}",
        subject=subject,
        time=datetime.now(UTC),
        aggregateversion=version,
    )
    return Record(topic.name, subject.encode(), value, tuple(envelope.headers()))


def parked(portal: Portal, service: str) -> list[DeadLetterRow]:
    with portal.view(service) as view:
        return list(view.session.scalars(select(DeadLetterRow).order_by(DeadLetterRow.id)))


def skipped(portal: Portal, service: str) -> dict[str, int]:
    running = next(one for one in portal.everything.running if one.service.name == service)
    return dict(running.consumer.counters.skipped)


def test_types_of_a_later_version_are_counted_by_every_reader(portal: Portal) -> None:
    novel = {topic: f"roundtable.{topic.owner}.of-{topic.name}.v9" for topic in READ}
    portal.everything.bus.append(
        [record(topic, kind, b'{"id": 1}') for topic, kind in novel.items()]
    )
    portal.settle()
    for topic, kind in novel.items():
        for reader in topic.readers:
            assert skipped(portal, reader).get(kind) == 1, (reader, kind)
            assert parked(portal, reader) == []


def test_damaged_data_are_set_aside_by_every_reader_with_the_reason(portal: Portal) -> None:
    damaged = b'{"id": "nobody", "version": "many"}'
    portal.everything.bus.append([record(kind.topic, kind.type, damaged) for kind in EVENTS])
    portal.settle()
    heard: set[str] = set()
    for service in portal.everything.services:
        letters = parked(portal, service.name)
        hears = {one.type for one in service.subscriptions if one.event in EVENTS}
        assert {letter.type for letter in letters} == hears
        assert {letter.status for letter in letters} <= {"parked"}
        assert {letter.payload for letter in letters} <= {damaged}
        assert {letter.error_class for letter in letters} <= {"Malformed"}
        assert all("id: uuid_parsing" in letter.error for letter in letters)
        heard |= {str(one) for one in hears}
    assert heard == {kind.type for kind in EVENTS}
    assert portal.browser().get("/en/calls").status_code == 200


def changed(name: str, state: str, version: int = 1, key: UUID | None = None) -> Record:
    organisation = Organisation(
        slug=name.lower().replace(" ", "-"),
        name=name,
        category="local_authority",
        tier="local",
        country="KEN",
        regions=["africa"],
        constituencies=[],
        interests=[],
        languages=["en"],
        state=state,
        state_since=datetime.now(UTC),
        state_reason="",
        registered_by=None,
    )
    event = OrganisationChanged(id=key or ids.new(), version=version, organisation=organisation)
    return record(event.topic, event.type, event.model_dump_json().encode(), event.id, version)


def test_one_bad_record_holds_up_nothing_behind_it(portal: Portal) -> None:
    """Same key, same partition: the next state arrives, whatever came before it."""
    key = ids.new()
    kind = OrganisationChanged
    portal.everything.bus.append(
        [
            changed("City of Kisumu", "submitted", key=key),
            record(kind.topic, kind.type, b"\xff\xfe not ours", key),
            changed("City of Kisumu", "verified", version=3, key=key),
        ]
    )
    portal.settle()
    for service in ("consultation", "notifications"):
        with portal.view(service) as view:
            assert view.get(KnownOrganisation, id=key).state == "verified"
        assert len(parked(portal, service)) == 1


def test_a_value_that_we_do_not_know_yet_is_kept_and_gives_no_right(portal: Portal) -> None:
    """A state of a later version: nobody may send by it, nobody is told, and nothing is lost."""
    key = ids.new()
    portal.everything.bus.append([changed("City of Kisumu", "under_a_new_kind_of_review", key=key)])
    portal.settle()
    with portal.view("consultation") as view:
        known = view.get(KnownOrganisation, id=key)
        assert known.state == "under_a_new_kind_of_review"
        assert known.state not in VERIFIED | UNDECIDED
        assert view.session.scalar(select(func.count()).select_from(DeadLetterRow)) == 0
    assert portal.mail == []
