"""The checker of the chaos run: reads databases, log, mail and ledger by itself.

It asks the databases in SQL and the log with the bare client. What it finds wrong are sentences;
none means that every promise was kept, nothing happened twice and nobody was told who should not.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from importlib import import_module
from itertools import pairwise

from shared.contracts.topics import SUBMISSIONS
from tests.chaos.faults import Record, headers_of, records
from tests.chaos.people import walker_of
from tests.chaos.scene import Scene
from tests.support.production import SERVICES

SENT = "roundtable.consultation.submission-sent.v1"
RECONCILED = "Everybody who should have been told was told."
TOLD_OF_CALLS = ("contact_point", "deputy", "observer")
MAILED_OF_CALLS = ("contact_point", "deputy")
VERIFIED = ("verified", "reverification_due")
UNEVEN = {
    "messages that no delivery accounts for": "SELECT id FROM message WHERE id NOT IN"
    " (SELECT message_id FROM delivery WHERE message_id IS NOT NULL)",
    "deliveries of which nothing was written": "SELECT id FROM delivery WHERE NOT digest"
    " AND state IN ('created', 'delivered') AND message_id IS NULL AND mail_id IS NULL",
    "deliveries of a message that is not there": "SELECT id FROM delivery WHERE message_id"
    " IS NOT NULL AND message_id NOT IN (SELECT id FROM message)",
    "letters twice of one occasion": "SELECT occasion, \"to\" FROM mail WHERE occasion != ''"
    ' GROUP BY occasion, "to" HAVING count(*) > 1',
}


def differences(scene: Scene) -> list[str]:
    """What is wrong; empty when all is well."""
    log = records(scene)
    return [
        *broken(scene),
        *_sent(scene, log),
        *_heard(scene, log),
        *_order(scene, log),
        *_copies(scene),
        *_receipts_told(scene),
        *_calls_told(scene),
        *_others_told(scene),
        *_letters(scene),
        *_reconciled(scene),
    ]


def broken(scene: Scene) -> Iterator[str]:
    """Promises that were not kept: what people were shown stands where it was shown from."""
    ledger = scene.ledger
    sealed = dict(
        scene.rows("consultation", "SELECT reference, digest FROM submission WHERE digest != ''")
    )
    for reference, digest in ledger.receipts.items():
        if sealed.get(reference) != digest:
            yield f"receipt {reference} was shown and is not there"
    states = dict(scene.rows("registry", "SELECT slug, state FROM organisation"))
    for slug in ledger.registered - set(states):
        yield f"{slug} was registered and is not there"
    for slug in ledger.verified:
        if states.get(slug) not in VERIFIED:
            yield f"{slug} was verified and is {states.get(slug)}"
    yield from _broken_by_staff(scene)


def _broken_by_staff(scene: Scene) -> Iterator[str]:
    ledger = scene.ledger
    points = scene.rows(
        "consultation",
        "SELECT call.code, point.number FROM point JOIN call ON call.id = point.call_id"
        " WHERE point.state = 'decided'",
    )
    for code, number in ledger.decided - set(points):
        yield f"point {number} of {code} was decided and is not"
    shown = scene.rows(
        "consultation",
        "SELECT reference FROM submission JOIN publication ON submission_id = submission.id"
        " WHERE publication.state != 'pending'",
    )
    for reference in ledger.outcomes - {one for (one,) in shown}:
        yield f"how {reference} is published was decided and is not"
    calls = dict(scene.rows("consultation", "SELECT code, state FROM call"))
    for code in ledger.published:
        if calls.get(code) != "published":
            yield f"call {code} was published and is {calls.get(code)}"
    for code in ledger.reported:
        if calls.get(code) != "report_published":
            yield f"the report of {code} was published and the call is {calls.get(code)}"


def _sent(scene: Scene, log: list[Record]) -> Iterator[str]:
    """The log holds what was committed and nothing else."""
    in_log = {headers_of(one).get("ce_id") for one in log}
    ours: set[str] = set()
    for service in SERVICES:
        after = 0 if scene.emptied else scene.begun[service]
        rows = scene.rows(
            service, "SELECT id, event_id::text, type, published_at IS NULL FROM outbox"
        )
        ours |= {event for _, event, _, _ in rows}
        for number, event, kind, waits in rows:
            if waits:
                yield f"{service} has not sent {kind} {event}"
            elif number > after and event not in in_log:
                yield f"{service} says that it sent {kind} {event}, which is not in the log"
    known = ours | scene.forged | {None}
    for record in log:
        if headers_of(record).get("ce_id") not in known and record.key.decode() not in scene.poison:
            yield f"{record.topic} holds an event that nobody told: {headers_of(record)}"


def _heard(scene: Scene, log: list[Record]) -> Iterator[str]:
    """Every reader has entered every event once, and had its effect at most once."""
    handled: dict[str, Counter[str]] = {name: Counter() for name in SERVICES}
    for process in scene.production.processes:
        for line in process.lines():
            if line.get("event") == "event.handled":
                handled[process.service][str(line["event_id"])] += 1
    for service in SERVICES:
        entered = {event for (event,) in scene.rows(service, "SELECT event_id::text FROM inbox")}
        hears = _hears(service)
        for record in log:
            told = headers_of(record)
            if (record.topic, told.get("ce_type")) in hears and told["ce_id"] not in entered:
                yield f"{service} never heard {told['ce_type']} {told['ce_id']}"
        for event, times in handled[service].items():
            if times > 1:
                yield f"{service} handled {event} {times} times"
        yield from _set_aside(scene, service)
    scene.ledger.counts["redelivered"] = sum(
        line.get("event") == "event.repeated"
        for process in scene.production.processes
        for line in process.lines()
    )


def _hears(service: str) -> set[tuple[str, str]]:
    subscriptions = import_module(f"services.{service}.handlers").SUBSCRIPTIONS
    return {(one.topic.name, one.type) for one in subscriptions if one.type is not None}


def _set_aside(scene: Scene, service: str) -> Iterator[str]:
    rows = scene.rows(service, "SELECT key, type, error_class, error FROM dead_letter")
    for key, kind, name, error in rows:
        if key not in scene.poison:
            yield f"{service} set aside {kind} of {key}: {name}: {error}"
    parked = {key for key, *_ in rows}
    for key, must in scene.poison.items():
        if service in SUBMISSIONS.readers and must and key not in parked:
            yield f"{service} did not set aside the record of {key}"
    scene.ledger.counts[f"parked by {service}"] = len(rows)


def _order(scene: Scene, log: list[Record]) -> Iterator[str]:
    """The events of an aggregate stand in the log in the order of their versions.

    Not looked at: what was sent a second time, and what went with an emptied log and came again.
    """
    versions: dict[tuple[str, str], list[int]] = defaultdict(list)
    seen = scene.forged | scene.lost
    for record in log:
        told = headers_of(record)
        key = record.key.decode()
        if "ce_id" in told and key not in scene.poison and told["ce_id"] not in seen:
            seen = seen | {told["ce_id"]}
            versions[record.topic, key].append(int(told["ce_aggregateversion"]))
    for (topic, key), found in versions.items():
        if any(later <= earlier for earlier, later in pairwise(found)):
            yield f"{topic} {key} is out of order: {found}"
    scene.ledger.counts["events"] = len(seen)


OWNED = {
    "known_organisation": ("registry", "SELECT id::text, version FROM organisation"),
    "known_person": ("registry", "SELECT id::text, version FROM person"),
    "call_copy": ("consultation", "SELECT id::text, version FROM call WHERE version > 0"),
    "submission_copy": (
        "consultation",
        "SELECT id::text, version FROM submission WHERE version > 0",
    ),
}
HELD = {
    "consultation": ("known_organisation", "known_person"),
    "notifications": tuple(OWNED),
}


def _copies(scene: Scene) -> Iterator[str]:
    """Every copy is at the version of its original."""
    for service, tables in HELD.items():
        for table in tables:
            owner, query = OWNED[table]
            own = dict(scene.rows(owner, query))
            copies = dict(scene.rows(service, f"SELECT id::text, version FROM {table}"))  # noqa: S608 - ours
            for key in sorted(own.keys() | copies.keys()):
                if own.get(key) != copies.get(key):
                    yield (
                        f"{table} {key} of {service} is at {copies.get(key)},"
                        f" at {owner} it is at {own.get(key)}"
                    )


def _receipts_told(scene: Scene) -> Iterator[str]:
    """Of every answer that was sent its own people were told, once, and nobody else was."""
    sent = scene.rows(
        "consultation",
        "SELECT id::text, reference, organisation_id::text FROM submission"
        " WHERE digest != '' AND sealed_at IS NOT NULL",
    )
    members = _members(scene)
    told: dict[str, set[str]] = defaultdict(set)
    for occasion, person in scene.rows(
        "notifications",
        "SELECT occasion, person_id::text FROM delivery"
        " WHERE kind = 'received' AND channel = 'inbox'",
    ):
        told[occasion.split(":")[1]].add(person)
    for key, reference, organisation in sent:
        if not told[key]:
            yield f"nobody was told that {reference} arrived"
        if strangers := told[key] - members[organisation].keys():
            yield f"{sorted(strangers)} were told of {reference}, which is none of theirs"
    scene.ledger.counts["answers"] = len(sent)


def _members(scene: Scene) -> dict[str, dict[str, tuple[list[str], bool]]]:
    """Who belongs to which organisation, by registry itself: roles, and whether mail may go."""
    found: dict[str, dict[str, tuple[list[str], bool]]] = defaultdict(dict)
    for organisation, person, roles, confirmed in scene.rows(
        "registry",
        "SELECT organisation_id::text, person_id::text, roles, email_confirmed FROM membership"
        " JOIN person ON person.id = person_id"
        " WHERE membership.state = 'active' AND person.active AND NOT person.erased",
    ):
        found[organisation][person] = (roles, confirmed)
    return found


def _calls_told(scene: Scene) -> Iterator[str]:
    """Of every call that is open exactly those were told whom registry says it concerns."""
    members = _members(scene)
    verified = scene.rows(
        "registry",
        "SELECT id::text FROM organisation WHERE state = ANY(%s)",
        list(VERIFIED),
    )
    should = {
        (person, channel)
        for (organisation,) in verified
        for person, (roles, confirmed) in members[organisation].items()
        for channel in ("inbox", "mail")
        if set(roles) & set(TOLD_OF_CALLS)
        and (channel == "inbox" or (confirmed and set(roles) & set(MAILED_OF_CALLS)))
    }
    calls = scene.rows("consultation", "SELECT id::text, code FROM call WHERE state = 'published'")
    for key, code in calls:
        was = set(
            scene.rows(
                "notifications",
                "SELECT person_id::text, channel FROM delivery WHERE occasion = %s",
                f"call_published:{key}",
            )
        )
        for person, channel in sorted(should - was):
            yield f"{person} was not told of call {code} by {channel}"
        for person, channel in sorted(was - should):
            yield f"{person} was told of call {code} by {channel} and should not have been"
    scene.ledger.counts["told of calls"] = len(should) * len(calls)


def _others_told(scene: Scene) -> Iterator[str]:
    """Verified organisations, published reports: those concerned were told."""
    members = _members(scene)
    people = {
        kind: set(
            scene.rows(
                "notifications",
                "SELECT split_part(occasion, ':', 2), person_id::text FROM delivery"
                " WHERE kind = %s AND channel = 'inbox'",
                kind,
            )
        )
        for kind in ("verified", "replied")
    }
    organisations = scene.rows(
        "registry",
        "SELECT id::text, slug FROM organisation WHERE slug = ANY(%s)",
        list(scene.ledger.verified),
    )
    for key, slug in organisations:
        if {person for one, person in people["verified"] if one == key} != set(members[key]):
            yield f"the members of {slug} were not told that it is verified, or others were"
    answers = scene.rows(
        "consultation",
        "SELECT submission.id::text, reference, organisation_id::text FROM submission"
        " JOIN call ON call.id = call_id"
        " WHERE call.code = ANY(%s) AND submission.state = 'submitted'",
        list(scene.ledger.reported),
    )
    for key, reference, organisation in answers:
        told = {person for one, person in people["replied"] if one == key}
        if not told:
            yield f"nobody was told what became of {reference}"
        if told - members[organisation].keys():
            yield f"others were told what became of {reference}"
    for what, query in UNEVEN.items():
        if uneven := scene.rows("notifications", query):
            yield f"{what}: {uneven}"


def _letters(scene: Scene) -> Iterator[str]:
    """Mail that counts as sent arrived, what arrived was written, none was sent under two names."""
    taken: dict[str, set[str]] = defaultdict(set)
    for one in list(scene.postbox.taken):
        taken[_name(one.id)].add(one.to)
    written: dict[str, tuple[str, str]] = {}
    for service in SERVICES:
        for key, to, state in scene.rows(
            service,
            'SELECT id::text, "to", state FROM mail WHERE created_at > %s',
            scene.since,
        ):
            written[key] = (to, state)
    refused = {_name(one) for one in scene.postbox.refused}
    for key, (to, state) in written.items():
        arrived = to in taken.get(key, ())
        if (state, arrived) != ("delivered", True) and (
            (state, key in refused) != ("permanent_failure", True)
        ):
            yield f"letter {key} to {to} is {state}, arrived: {arrived}"
    for key, people in taken.items():
        if key not in written and people:
            yield f"letter {key} arrived and was never written"
        if len(people) > 1:
            yield f"letter {key} went to {sorted(people)}"
    scene.ledger.counts["letters"] = len(taken)
    scene.ledger.counts["letters twice under one name"] = len(scene.postbox.taken) - len(taken)


def _name(message_id: str) -> str:
    return message_id.strip("<>").partition("@")[0]


def _reconciled(scene: Scene) -> Iterator[str]:
    """The portal's own page says the same of who should have been told."""
    walker = walker_of(scene, scene.sown.staff["call-manager"])
    try:
        for (code,) in scene.rows(
            "consultation", "SELECT code FROM call WHERE state = 'published'"
        ):
            walker.visit(f"/staff/inbox/reconciliation/{code}")
            if RECONCILED not in walker.page.text:
                yield f"the page of who was told of {code} finds somebody missing"
    finally:
        walker.client.close()
