"""Partners, people, calls and answers as notifications hears of them, and the mail that follows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.notifications.messages.models import Message
from shared import ids
from shared.contracts import consultation, registry
from shared.contracts.audience import Audience
from shared.contracts.envelope import Event
from shared.mail import Captured, Sender
from shared.operations.timer import Timer
from tests.support.bench import START, Bench

WEEK = timedelta(days=7)
TITLES = {"en": "Safer streets", "fr": "Des rues plus sûres", "ar": "شوارع أكثر أمانا"}


@dataclass
class World:
    """Notifications, what it hears, and what people get."""

    bench: Bench
    captured: Captured = field(default_factory=Captured)
    versions: dict[UUID, int] = field(default_factory=dict)
    people: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    partners: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    calls: dict[UUID, dict[str, Any]] = field(default_factory=dict)

    def hear(self, event: Event) -> Event:
        """Hear an event and let everything due happen."""
        self.bench.hear(event)
        self.settle()
        return event

    def settle(self) -> None:
        """Run what is due and send the mail."""
        Timer(self.bench.service).once()
        Sender(self.bench.service.room, self.captured).once()

    def later(self, **by: float) -> None:
        """Move the clock and let what became due happen."""
        self.bench.later(**by)
        self.settle()

    @property
    def now(self) -> datetime:
        return self.bench.clock.at

    def version(self, key: UUID) -> int:
        """Count one more event of an aggregate."""
        self.versions[key] = self.versions.get(key, 0) + 1
        return self.versions[key]

    # -- people and partners --

    def person(self, name: str, *roles: tuple[UUID, str], **given: Any) -> UUID:
        """Make a person with (organisation, role) pairs known."""
        key: UUID = given.pop("id", None) or ids.new()
        memberships: dict[UUID, list[str]] = {}
        for organisation, role in roles:
            memberships.setdefault(organisation, []).append(role)
        self.people[key] = {
            "name": name,
            "language": "en",
            "zone": "UTC",
            "email": f"{name.lower()}@people.example",
            "email_confirmed": True,
            "active": True,
            "staff_roles": [],
            "memberships": [
                registry.Membership(organisation_id=one, roles=held)
                for one, held in memberships.items()
            ],
            **given,
        }
        return self.change_person(key)

    def change_person(self, key: UUID, **given: Any) -> UUID:
        """Tell that a person changed."""
        self.people[key] |= given
        version = self.version(key)
        self.hear(registry.PersonChanged(id=key, version=version, **self.people[key]))
        return key

    def staff(self, name: str, *roles: str, **given: Any) -> UUID:
        """Make somebody of the secretariat known."""
        return self.person(name, staff_roles=list(roles), **given)

    def partner(self, name: str, **given: Any) -> UUID:
        """Make a partner known, a verified city in Jordan unless something else is given."""
        key = ids.new()
        self.partners[key] = {
            "slug": name.lower().replace(" ", "-"),
            "name": name,
            "category": "local_authority",
            "tier": "local",
            "country": "JOR",
            "regions": ["arab_states"],
            "constituencies": [],
            "interests": [],
            "languages": ["en"],
            "state": "verified",
            "state_since": START,
            "state_reason": "",
            "registered_by": None,
            **given,
        }
        self.change_partner(key)
        return key

    def organisation(self, key: UUID) -> registry.Organisation:
        """Return a partner as events carry it."""
        return registry.Organisation(**self.partners[key])

    def change_partner(self, key: UUID, **given: Any) -> None:
        """Tell that a partner changed."""
        self.partners[key] |= given
        self.of_partner(registry.OrganisationChanged, key)

    def of_partner(self, kind: type[registry.OrganisationEvent], key: UUID, **given: Any) -> Any:
        """Hear an event of a partner."""
        version = self.version(key)
        told = self.organisation(key)
        return self.hear(kind(id=key, version=version, organisation=told, **given))

    # -- calls --

    def call(self, audience: Audience | None = None, **given: Any) -> UUID:
        """Publish a call that is open for six weeks to local authorities."""
        key = self.draft(audience, **given)
        self.of_call(consultation.CallPublished, key, state="published")
        return key

    def draft(self, audience: Audience | None = None, **given: Any) -> UUID:
        """Have a draft of a call, of which nobody has heard yet."""
        key = ids.new()
        window = consultation.Window(
            window_id=ids.new(), kind="original", opens_at=self.now, closes_at=self.now + 6 * WEEK
        )
        self.calls[key] = {
            "code": f"2026-{len(self.calls) + 1:03d}",
            "state": "draft",
            "subject": "initiative",
            "titles": texts(TITLES),
            "summaries": texts({"en": "Tell us what would make your streets safer."}),
            "authentic_language": "en",
            "zone": "Africa/Nairobi",
            "windows": [window],
            "audience": audience or Audience(categories=["local_authority"]),
            "audience_version": 1,
            "reply_due_at": self.now + 18 * WEEK,
            "managers": [],
            "parts": 7,
            **given,
        }
        return key

    def of_call(self, kind: type[consultation.CallEvent], key: UUID, **given: Any) -> Any:
        """Hear an event of a call; fields of the call among the arguments change it first."""
        fields = set(consultation.Call.model_fields)
        self.calls[key] |= {name: value for name, value in given.items() if name in fields}
        rest = {name: value for name, value in given.items() if name not in fields}
        told = consultation.Call(**self.calls[key])
        return self.hear(kind(id=key, version=self.version(key), call=told, **rest))

    def extend(self, key: UUID, by: timedelta, **reasons: str) -> Any:
        """Extend a call."""
        last = self.calls[key]["windows"][-1]
        window = last.model_copy(
            update={
                "window_id": ids.new(),
                "kind": "extension",
                "closes_at": last.closes_at + by,
            }
        )
        return self.of_call(
            consultation.CallExtended,
            key,
            windows=[*self.calls[key]["windows"], window],
            window_id=window.window_id,
            closes_at=window.closes_at,
            reasons=texts(reasons or {"en": "Many asked for more time."}),
        )

    # -- answers --

    def answer(self, call: UUID, organisation: UUID, people: Sequence[UUID], **given: Any) -> UUID:
        """Hear that a draft was begun."""
        key = ids.new()
        self.of_answer(consultation.SubmissionChanged, key, call, organisation, people, **given)
        return key

    def of_answer(
        self,
        kind: type[consultation.SubmissionEvent],
        key: UUID,
        call: UUID,
        organisation: UUID,
        people: Sequence[UUID],
        **given: Any,
    ) -> Any:
        """Hear an event of an answer."""
        fields = set(consultation.Submission.model_fields)
        told = consultation.Submission(
            **{
                "code": f"c{str(key)[-9:]}",
                "call_id": call,
                "call_code": self.calls[call]["code"],
                "organisation_id": organisation,
                "reference": None,
                "state": "draft",
                "people": list(people),
                "parts_ready": 3,
                "parts": 7,
                **{name: value for name, value in given.items() if name in fields},
            }
        )
        rest = {name: value for name, value in given.items() if name not in fields}
        return self.hear(kind(id=key, version=self.version(key), submission=told, **rest))

    def sent(self, call: UUID, organisation: UUID, people: Sequence[UUID], **given: Any) -> UUID:
        """Hear that an answer was sent."""
        key = given.pop("id", None) or ids.new()
        self.of_answer(
            consultation.SubmissionSent,
            key,
            call,
            organisation,
            people,
            **{
                "state": "submitted",
                "reference": ids.reference(),
                "sealed_at": self.now,
                "on_time": True,
                "digest": "0123456789abcdef" * 4,
                "responses": 5,
                "comments": 7,
                "provisional": False,
                **given,
            },
        )
        return key

    # -- what people get --

    def mail(self, person: UUID | None = None) -> list[EmailMessage]:
        """Return the mail that was sent, to one person where one is given, oldest first."""
        if person is None:
            return self.captured.messages
        address = self.people[person]["email"]
        return [one for one in self.captured.messages if one["To"] == address]

    def subjects(self, person: UUID) -> list[str]:
        """Return the subjects of a person's mail."""
        return [str(one["Subject"]) for one in self.mail(person)]

    def inbox(self, person: UUID) -> list[Message]:
        """Return a person's messages, oldest first."""
        with self.bench.view() as view:
            mine = select(Message).where(Message.person_id == person).order_by(Message.id)
            return list(view.session.scalars(mine))

    def inbox_subjects(self, person: UUID) -> list[str]:
        """Return the subjects of a person's inbox."""
        return [one.subject for one in self.inbox(person)]


def texts(words: dict[str, str]) -> list[consultation.Text]:
    """Return texts by language as events carry them."""
    return [consultation.Text(language=code, text=text) for code, text in words.items()]


def plain(message: EmailMessage) -> str:
    """Return the plain text of a mail."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html(message: EmailMessage) -> str:
    """Return the HTML of a mail."""
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())
