"""Factories of the way back: a closed call whose answers are read, cut, decided and reported on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from services.consultation.analysis import queries as analysis
from services.consultation.analysis.actions import deciding, reading
from services.consultation.analysis.queries import PointRow
from services.consultation.calls.models import Call
from services.consultation.reports import actions as reports
from services.consultation.reports import queries as report_queries
from services.consultation.submissions import actions, queries
from services.consultation.submissions.actions import Draft, Entry
from services.consultation.submissions.models import Submission
from shared.contracts.registry import (
    OrganisationDeclined,
    OrganisationVerified,
    PersonChanged,
)
from shared.security.permissions import Actor
from tests.support.answers import begun, open_call, send
from tests.support.bench import Bench, person
from tests.support.calls import ANALYST, DECIDER, MANAGER, colleague, described, partner

APPROVER = person("decider", name="Esther")
STAFF = (MANAGER, ANALYST, DECIDER, APPROVER)


@dataclass
class Answered:
    """One sent answer."""

    organisation: UUID
    who: Actor
    code: str
    reference: str
    name: str


@dataclass
class Table:
    """A call that is open, and everybody who answers it; `close` moves the clock."""

    bench: Bench
    document: bool = True
    call: str = ""
    answers: list[Answered] = field(default_factory=list)

    def __post_init__(self) -> None:
        for who in STAFF:
            known(self.bench, who)
        for n in range(5):
            partner(self.bench, f"Town {n}")
        self.call = open_call(self.bench, document=self.document)

    def answer(
        self,
        name: str,
        words: str,
        *,
        consent: str = "named",
        comment: str = "",
        comment_consent: str | None = None,
        language: str = "en",
        state: str = "verified",
    ) -> Answered:
        """Have a partner send `words` to the open question, and a comment on paragraph 3."""
        organisation = partner(self.bench, name, state=state)
        who = colleague(
            self.bench, organisation, "contact_point", name=f"{name.rsplit(maxsplit=1)[-1]}a"
        )
        code = begun(self.bench, who, self.call, organisation)
        with self.bench.work(who) as work:
            sheet = queries.open_sheet(work, code, "answer.hub")
            for topic in sheet.asked.topics:
                given = {"long": words, "one": topic.questions[0].option_codes[:1]}
                entries = {
                    item.code: Entry(
                        item.option_codes[0] if item.kind == "one" else given.get(item.kind, ""),
                        None,
                        0,
                    )
                    for item in topic.questions
                }
                actions.save_topic(work, code, topic.key, entries)
            if comment:
                draft = Draft("", "change", comment, "", comment_consent, 0)
                actions.save_comment(work, code, "3", draft)
            actions.save_consent(work, code, consent, language, 1)
        send(self.bench, who, code)
        with self.bench.view() as view:
            reference = view.get(Submission, code=code).reference or ""
        self.answers.append(Answered(organisation, who, code, reference, name))
        return self.answers[-1]

    def declined(self, one: Answered) -> None:
        """Let registry decline a partner."""
        self._judge(OrganisationDeclined, one, "declined")

    def verified(self, one: Answered) -> None:
        """Let registry verify a partner."""
        self._judge(OrganisationVerified, one, "verified")

    def _judge(
        self,
        kind: type[OrganisationDeclined] | type[OrganisationVerified],
        one: Answered,
        state: str,
    ) -> None:
        organisation = described(self.bench, one.name, state=state)
        self.bench.hear(kind(id=one.organisation, version=2, organisation=organisation, round=1))

    def close(self) -> None:
        """Let the deadline pass."""
        self.bench.later(weeks=14)

    @property
    def points(self) -> list[PointRow]:
        """All points, as an analyst sees them."""
        with self.bench.view(ANALYST) as view:
            return analysis.points(view, self.call, analysis.Wanted()).rows

    @property
    def call_id(self) -> UUID:
        """The call's id."""
        with self.bench.view() as view:
            return view.get(Call, code=self.call).id

    def read(self) -> None:
        """Read every answer, tally what has no words, and cut the rest: one point a text."""
        for one in self.answers:
            with self.bench.work(ANALYST) as work:
                reading.mark_read(work, one.reference)
                reading.tally_all(work, one.reference)
            with self.bench.view(ANALYST) as view:
                items = analysis.answer(view, self.call, one.reference).items
            with self.bench.work(ANALYST) as work:
                for item in items:
                    if not item.ending:
                        reading.cut(work, one.reference, item.id, [item.text or item.wording])

    def recommend(
        self,
        number: int,
        disposition: str = "accepted",
        *,
        explanations: Mapping[str, str] | None = None,
        who: Actor = ANALYST,
    ) -> None:
        """Recommend what becomes of a point."""
        row = next(one for one in self.points if one.number == number)
        with self.bench.work(who) as work:
            deciding.recommend(
                work,
                self.call,
                number,
                disposition=disposition,
                reason="as_proposed",
                explanations=explanations or {"en": "We name them now."},
                covered_by="3" if disposition == "already_covered" else "",
                row_version=row.row_version,
            )

    def decide(self, *numbers: int, who: Actor = DECIDER) -> None:
        """Decide points as recommended."""
        with self.bench.work(who) as work:
            deciding.decide(work, self.call, numbers)

    def reply(self, disposition: str = "accepted") -> None:
        """Read, recommend and decide everything in one way."""
        self.read()
        for row in self.points:
            self.recommend(row.number, disposition)
        self.decide(*(row.number for row in self.points))

    def write(self) -> None:
        """Change paragraph 3 because of every point, and write the summary."""
        numbers = [row.number for row in self.points]
        with self.bench.work(MANAGER) as work:
            if self.document:
                wordings = {"3": {"en": "The strategy names the mountains.", "zh": "战略提到山。"}}
                reports.revise_paragraph(work, self.call, "3", wordings, numbers)
            else:
                texts = {"place": {"en": "Part 2"}, "before": {"en": "Old"}, "after": {"en": "New"}}
                reports.save_entry(work, self.call, None, texts, points=numbers)
            reports.write(work, self.call, {"summary": {"en": "We listened and changed it."}})

    def ask(self) -> None:
        """Hand the report on."""
        with self.bench.work(MANAGER) as work:
            reports.ask_review(work, self.call)

    def digest(self) -> str:
        """The digest that the approver sees now."""
        with self.bench.view(APPROVER) as view:
            return report_queries.draft_page(view, self.call).digest

    def approve(self, who: Actor = APPROVER) -> None:
        """Approve what is listed now."""
        digest = self.digest()
        with self.bench.work(who) as work:
            reports.approve(work, self.call, digest)

    def report(self) -> None:
        """Go the whole way from the close to the published report."""
        self.reply()
        self.write()
        self.ask()
        self.approve()


def known(bench: Bench, who: Actor) -> None:
    """Have consultation hear of somebody of the secretariat."""
    assert who.person is not None
    bench.hear(
        PersonChanged(
            id=who.person,
            version=1,
            name=who.name,
            language="en",
            zone="UTC",
            email=f"{who.name.lower()}@example.org",
            email_confirmed=True,
            active=True,
            staff_roles=sorted(who.staff_roles),
            memberships=[],
        )
    )
