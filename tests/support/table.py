"""Everything that people are told of, once, in a small world with somebody in every role."""

from collections.abc import Mapping
from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID

from sqlalchemy import select

from services.notifications.deliveries.models import Delivery
from services.notifications.messages.models import Message
from services.notifications.preferences import actions as preferences
from services.notifications.preferences.rules import Pace, Topic
from shared import ids
from shared.contracts import consultation as told
from shared.contracts import registry
from shared.contracts.audience import Audience
from shared.mail import MailRow
from shared.security.permissions import Actor
from tests.support.notices import WEEK, World, texts

TITLES = {
    "en": "Safer streets after dark",
    "ar": "شوارع أكثر أمانا ليلا",
    "zh": "让夜间街道更安全",
    "fr": "Des rues plus sûres la nuit",
    "ru": "Безопасные улицы в тёмное время",
    "es": "Calles más seguras de noche",
}
SUMMARIES = {
    "en": "Which lights, crossings and services would make your streets safer at night? Your"
    " answers shape the guidance that cities will use from 2027.",
    "ar": "ما الإنارة والمعابر والخدمات التي تجعل شوارعكم أكثر أمانا ليلا؟",
    "zh": "哪些照明、路口和服务能让贵地的街道在夜间更安全？",
    "fr": "Quels éclairages, passages et services rendraient vos rues plus sûres la nuit ?",
    "ru": "Какое освещение, переходы и службы сделают ваши улицы безопаснее ночью?",
    "es": "¿Qué luces, cruces y servicios harían más seguras sus calles de noche?",
}
REASONS = {
    "en": "several cities asked for more time to consult their residents",
    "ar": "طلبت عدة مدن مزيدا من الوقت لاستشارة سكانها",
    "zh": "若干城市要求更多时间征询居民意见",
    "fr": "plusieurs villes ont demandé plus de temps pour consulter leurs habitants",
    "ru": "несколько городов попросили больше времени, чтобы посоветоваться с жителями",
    "es": "varias ciudades pidieron más tiempo para consultar a sus habitantes",
}
ZONE = "Asia/Amman"


class Table:
    """A world in which each row of the table of notices has happened.

    With `digests` False the staff want their mail at once, all but one.
    """

    def __init__(self, world: World, language: str = "en", *, digests: bool = True) -> None:
        self.world = world
        self.language = language
        self.digests = digests
        self.names: dict[UUID, str] = {}
        self._cast()

    def _person(self, name: str, *roles: tuple[UUID, str], **given: object) -> UUID:
        key = self.world.person(name, *roles, language=self.language, zone=ZONE, **given)
        self.names[key] = name
        return key

    def _staff(self, name: str, role: str) -> UUID:
        key = self._person(name, staff_roles=[role])
        if not self.digests and name != "Dora":
            with self.world.bench.work(Actor(person=key)) as work:
                preferences.choose(work, {Topic.WORK: Pace.AT_ONCE})
        return key

    def _cast(self) -> None:
        world = self.world
        self.mia = self._staff("Mia", "call_manager")
        self.max = self._staff("Max", "call_manager")
        self.dora = self._staff("Dora", "decider")
        self.dino = self._staff("Dino", "decider")
        self.ana = self._staff("Ana", "analyst")
        self.pia = self._staff("Pia", "partnership_officer")
        self.ada = self._staff("Ada", "administrator")
        self.amman = world.partner("Amman")
        self.cora = self._person("Cora", (self.amman, "contact_point"))
        self.dan = self._person("Dan", (self.amman, "deputy"))
        self.rita = self._person("Rita", (self.amman, "reviewer"))
        self.olga = self._person("Olga", (self.amman, "observer"))
        self.adam = self._person("Adam", (self.amman, "administrator"))
        self.zarqa = world.partner("Zarqa")
        self.zoe = self._person("Zoe", (self.zarqa, "contact_point"))
        self.firm = world.partner("Firm", category="business")
        self.otto = self._person("Otto", (self.firm, "contact_point"), (self.firm, "administrator"))
        self.jo = self._person("Jo")
        self.ivy = self._person("Ivy")

    def play(self) -> "Table":
        """Let everything happen; returns itself."""
        self._publish()
        self._join()
        self._register()
        self._answer()
        self._change()
        self._close()
        self._end()
        return self

    def _publish(self) -> None:
        world = self.world
        self.call = world.draft(
            Audience(categories=["local_authority"]),
            titles=texts(TITLES),
            summaries=texts(SUMMARIES),
            managers=[self.mia],
        )
        asked = {"round": 1, "asked_by": self.mia, "editors": [self.mia]}
        world.of_call(told.CallReviewAsked, self.call, state="in_review", **asked)
        world.of_call(told.CallSentBack, self.call, state="changes_requested", round=1)
        world.of_call(told.CallPublished, self.call, state="published")
        self.other = world.call(managers=[self.mia], reply_due_at=None)

    def _join(self) -> None:
        world, request = self.world, ids.new()
        world.of_partner(registry.JoinAsked, self.amman, request_id=request, person_id=self.jo)
        world.of_partner(
            registry.JoinDecided,
            self.amman,
            request_id=request,
            person_id=self.jo,
            approved=True,
        )
        world.of_partner(
            registry.MemberInvited, self.amman, invitation_id=ids.new(), person_id=self.ivy
        )

    def _register(self) -> None:
        world = self.world
        self.town = world.partner("Newtown", state="submitted")
        self.nina = self._person("Nina", (self.town, "contact_point"), (self.town, "administrator"))
        self.paul = self._person("Paul", (self.town, "observer"))
        asked = {"clarification_id": ids.new(), "round": 1}
        world.of_partner(registry.RegistrationSubmitted, self.town, round=1)
        world.of_partner(registry.ClarificationAsked, self.town, **asked)
        world.of_partner(registry.ClarificationAnswered, self.town, asked_by=self.pia, **asked)
        self._becomes("declined", registry.OrganisationDeclined, "The letter is not signed.")
        self._becomes("verified", registry.OrganisationVerified)
        self._becomes("suspended", registry.OrganisationSuspended, "The mandate has ended.")

    def _becomes(
        self, state: str, kind: type[registry.OrganisationEvent], reason: str = ""
    ) -> None:
        given = {} if kind is registry.OrganisationSuspended else {"round": 1}
        self.world.partners[self.town] |= {"state": state, "state_reason": reason}
        self.world.of_partner(kind, self.town, **given)

    def _answer(self) -> None:
        world = self.world
        self.draft = world.answer(self.call, self.amman, [self.rita])
        for number, approved in ((1, False), (2, True)):
            self._of_answer(told.ApprovalDecided, round=number, approved=approved)
        world.later(weeks=5, minutes=1)
        self._send("RT-7KQ4-M2XD")
        zarqa = world.sent(self.other, self.zarqa, [self.zoe], reference="RT-9AB4-C2XD")
        world.of_answer(
            told.SubmissionWithdrawn,
            zarqa,
            self.other,
            self.zarqa,
            [self.zoe],
            state="withdrawn",
            reference="RT-9AB4-C2XD",
            withdrawn_at=world.now,
        )

    def _send(self, reference: str, **given: object) -> None:
        people = [self.rita]
        self.world.sent(self.call, self.amman, people, id=self.draft, reference=reference, **given)

    def _of_answer(self, kind: type[told.SubmissionEvent], **given: object) -> None:
        self.world.of_answer(kind, self.draft, self.call, self.amman, [self.rita], **given)

    def _change(self) -> None:
        world = self.world
        world.extend(self.call, WEEK, **REASONS)
        world.of_call(told.CallCorrected, self.call, correction=1, notes=texts(REASONS))
        world.of_call(
            told.CallEnded,
            self.other,
            state="cancelled",
            ending="cancelled",
            reasons=texts(REASONS),
        )
        self.unsent = world.answer(self.call, self.zarqa, [self.zoe])

    def _close(self) -> None:
        world = self.world
        world.later(weeks=2, hours=1)
        world.of_call(told.PointsToDecide, self.call, waiting=3)
        world.of_call(told.ReportReviewAsked, self.call, round=1, authors=[self.dora])
        world.later(weeks=8)
        late = world.now + timedelta(weeks=12)
        world.of_call(
            told.ReplyLate, self.call, reply_due_at=late, new_date=late, reasons=texts(REASONS)
        )

    def _end(self) -> None:
        sent = {"state": "submitted", "reference": "RT-7KQ4-M2XD"}
        self._of_answer(told.SubmissionPublished, **sent, publication="published_redacted", round=1)
        points = [
            told.PointReply(
                point_id=ids.new(), paragraph="4(d)", disposition="accepted", reason="as_proposed"
            ),
            told.PointReply(
                point_id=ids.new(), paragraph="", disposition="noted", reason="passed_on"
            ),
        ]
        self._of_answer(told.SubmissionReplied, **sent, points=points)
        self.world.of_call(told.ReportPublished, self.call, state="report_published")
        self.world.later(days=8)

    def told(self, channel: str) -> Mapping[str, set[str]]:
        """Return who was told of each kind through a channel, by name."""
        with self.world.bench.view() as view:
            rows = view.session.execute(
                select(Message.kind, Delivery.person_id)
                .join(Message, Message.id == Delivery.message_id)
                .where(Delivery.channel == channel, Delivery.state != "suppressed")
            ).all()
        found: dict[str, set[str]] = {}
        for kind, person in rows:
            found.setdefault(kind, set()).add(self.names[person])
        return found

    def person(self, name: str) -> UUID:
        """Return somebody's id."""
        return next(key for key, one in self.names.items() if one == name)

    def messages(self) -> Mapping[str, set[str]]:
        """Return the subjects of each kind as they stand in inboxes."""
        found: dict[str, set[str]] = {}
        for person in self.names:
            for message in self.world.inbox(person):
                found.setdefault(message.kind, set()).add(message.subject)
        return found

    def letters(self) -> list[tuple[str, EmailMessage]]:
        """Return the mail that was sent, each with the kind of its notice, oldest first."""
        with self.world.bench.view() as view:
            kinds = dict(
                view.session.execute(
                    select(Delivery.mail_id, Message.kind)
                    .join(Message, Message.id == Delivery.message_id)
                    .where(Delivery.mail_id.is_not(None))
                ).all()
            )
            digests = select(MailRow.id).where(MailRow.occasion.startswith("digest:"))
            kinds |= dict.fromkeys(view.session.scalars(digests), "digest")
        return [(kinds[UUID(str(one["Message-ID"])[1:37])], one) for one in self.world.mail()]
