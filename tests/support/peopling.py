"""How the peopled portal is seeded: people, partners, calls, answers, what waits for somebody."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from tests.support.portal import Portal
from tests.support.walker import Walker

if TYPE_CHECKING:
    from tests.support.peopled import Peopled

OTHERS = ("submitted", "screening", "clarification", "declined", "suspended", "draft")
STRANGER = "stranger@nowhere.example"
ROLES = {"deputy": "preparer", "reviewer": "reviewer", "observer": "observer"}
"""Who has which role in each organisation that a persona belongs to."""
WORDS = "The rivers of our region need a seat at this table."

STAFF = ("call-manager", "second-manager", "officer", "analyst", "decider", "administrator")
READERS = ("call-manager", "second-manager", "analyst", "decider")
MARKDOWN = b"# Draft\n\n## How we work\n\n1. Cities decide.\n\n2. Regions help.\n"


class Seeding:
    """One after the other: people and partners, calls, answers, what waits for somebody."""

    def __init__(self, found: "Peopled", stage: Any) -> None:
        from services.demo.seeds.cast import Cast  # noqa: PLC0415

        self.found = found
        self.stage = stage
        self.portal = Portal(stage.everything, stage.mailer, stage.clock)
        self.cast = Cast(stage)
        self.walkers: dict[str, Walker] = {}

    def run(self) -> None:
        self._people()
        self._calls()
        self._answers()
        self._analysis()
        self._waiting()
        self._signing_in()
        self.portal.settle()
        self._set_aside()
        for who, walker in self.walkers.items():
            self.found.cookies[who] = dict(walker.client.cookies.items())
        self.found.keyed = {key: one.id for key, one in self.cast.keyed.items()}
        self._starts()

    # -- people and partners --

    def _people(self) -> None:
        from services.demo.personas import PERSONAS  # noqa: PLC0415
        from services.demo.seeds import names, partners, people  # noqa: PLC0415

        cast = self.cast
        cast.at = cast.ago(220)
        people.seed(cast)
        partners.seed_keyed(cast, cast.staff["officer"])
        self._colleagues()
        with pytest.MonkeyPatch.context() as patch:
            few = {category: rows[3:4] for category, rows in names.PARTNERS.items()}
            patch.setattr(partners, "PARTNERS", few)
            patch.setattr(partners, "KEYS", {})
            states = [one[4] for one in names.OTHERS]
            patch.setattr(partners, "OTHERS", [names.OTHERS[states.index(s)] for s in OTHERS])
            partners.seed_verified(cast, cast.staff["officer"])
            partners.seed_others(cast, cast.staff["officer"])
        self.portal.settle()
        for persona in PERSONAS:
            self._sign_in(persona.key, persona.email)
            self._sign_in(persona.key, persona.email)
        for state in OTHERS:
            person = self._contact(state)
            self._sign_in(f"partner {state}", person.email)
        for who in ("reviewer", "observer"):
            self._sign_in(who, f"{who}@city.example")
        self._sign_in("partner", cast.partners[-1].actor.email)

    def _colleagues(self) -> None:
        """Seat a deputy, a reviewer and an observer in each organisation of a persona."""
        from services.demo.personas import BY_KEY  # noqa: PLC0415
        from services.registry.accounts.actions import members, people  # noqa: PLC0415
        from services.registry.accounts.models import Person  # noqa: PLC0415

        with self.portal.work("registry") as work:
            for role, who in ROLES.items():
                email = BY_KEY[who].email if who in BY_KEY else f"{who}@city.example"
                person = work.find(Person, email=email) or people.enrol(
                    work, email, name=who.title(), language="en", zone="UTC", confirmed=True
                )
                work.session.flush()
                for partner in self.cast.keyed.values():
                    members.seat(work, partner.id, person.id, [role])

    def _contact(self, state: str) -> Any:
        from services.registry.accounts.models import Membership, Person  # noqa: PLC0415
        from services.registry.organisations.models import Organisation  # noqa: PLC0415

        kept = "clarification_requested" if state == "clarification" else state
        with self.portal.view("registry") as view:
            row = view.session.execute(
                select(Organisation.slug, Person)
                .join(Membership, Membership.organisation_id == Organisation.id)
                .join(Person, Person.id == Membership.person_id)
                .where(Organisation.state == kept)
            ).first()
            assert row is not None, state
            self.found.partners[state] = row[0]
            return row[1]

    def _sign_in(self, who: str, email: str) -> None:
        """Open a session; a second one leaves the first to be ended."""
        from services.registry.accounts.actions import sessions  # noqa: PLC0415
        from services.registry.accounts.models import Person  # noqa: PLC0415
        from shared.security.tokens import COOKIE, SESSION_COOKIE  # noqa: PLC0415

        with self.portal.work("registry") as work:
            opened = sessions.start(work, work.get(Person, email=email))
        walker = Walker(self.portal)
        walker.client.cookies.set(COOKIE, opened.token)
        walker.client.cookies.set(SESSION_COOKIE, opened.secret)
        self.walkers[who] = walker

    # -- calls --

    def _calls(self) -> None:
        from services.consultation.calls.rules import SubjectKind  # noqa: PLC0415
        from services.demo.seeds import calls  # noqa: PLC0415
        from shared.contracts.audience import Audience  # noqa: PLC0415

        cast = self.cast
        for key, text, begun, document, published in (
            ("open", "strategy", 42, True, True),
            ("in_review", "sdg", 2, False, False),
            ("analysed", "strategy", 120, True, True),
            ("in_report", "neighbourhoods", 110, False, True),
            ("written", "smart", 110, False, True),
            ("reported", "migration", 140, False, True),
        ):
            code = calls.draft(
                cast,
                text,
                kind=SubjectKind.STRATEGY,
                at=cast.ago(begun),
                weeks=14 if key == "in_review" else 12,
                audience=Audience(),
                document="partnership-strategy" if document else "",
            )
            if published:
                calls.publish(cast, code, cast.ago(begun - 1))
            self.found.calls[key] = code
        drafted = self.walkers["call-manager"]
        drafted.visit("/staff/calls/new").submit(
            "/staff/calls/new",
            title=self._canary("draft call", *STAFF),
            subject="strategy",
            languages=["en", "fr"],
            authentic_language="en",
            contact="calls@secretariat.example",
        )
        self.found.calls["draft"] = drafted.url.split("/")[4].partition("?")[0]
        base = f"/staff/calls/{self.found.calls['draft']}/parts"
        for title in ("What is missing?", "What is too much?"):
            drafted.visit(f"{base}/questions/new").submit(
                f"{base.removeprefix('/staff')}/questions/new", kind="long", title_en=title
            )
        drafted.visit(f"{base}/document").submit(
            "/parts/document",
            language="en",
            files={"file": ("text.md", MARKDOWN, "text/markdown")},
        )
        self.portal.settle()

    # -- answers --

    def _answers(self) -> None:
        from services.demo.seeds import answers  # noqa: PLC0415

        cast, codes = self.cast, self.found.calls
        for key, since in (
            ("analysed", 100),
            ("in_report", 90),
            ("written", 90),
            ("reported", 120),
        ):
            for turn, partner in enumerate(cast.partners[:6]):
                sent = answers.send(cast, codes[key], partner, cast.ago(since - turn), turn)
                self.found.answers.setdefault(key, sent)
        self._confidential()
        self._half_written()
        self._with_office()
        self.portal.settle()

    def _confidential(self) -> None:
        """One answer is for the secretariat only."""
        from services.consultation.submissions.rules import Consent  # noqa: PLC0415
        from services.demo.seeds import answers  # noqa: PLC0415

        secret = self._canary("confidential", *READERS)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(answers, "_consent", lambda _turn: Consent.SECRETARIAT)
            patch.setattr(
                answers, "_value", lambda kind, *_, **__: "yes" if kind == "yes_no" else secret
            )
            sent = answers.send(
                self.cast, self.found.calls["analysed"], self.cast.partners[6], self.cast.ago(95), 0
            )
        self.found.answers["confidential"] = sent

    def _canary(self, name: str, *who: str) -> str:
        """Return a text that only these people may ever read."""
        text = f"canary-{name}"
        self.found.canaries[name] = (text, frozenset(who))
        return text

    def _half_written(self) -> None:
        """Somebody in two organisations has everything ready for one and not sent it."""
        slug = self.cast.keyed["stakeholder-es"].slug
        self._office("two-organisations", slug)
        text = self._canary("half-written answer", "two-organisations", *ROLES.values())
        hub = self._written("two-organisations", slug, "es", text)
        self._approved_on_paper("two-organisations", self.cast.keyed["knowledge-es"].slug)
        self.found.answers["draft"] = hub.rsplit("/", 1)[1]

    def _approved_on_paper(self, who: str, slug: str) -> None:
        """And sent for the other, after somebody signed it."""
        walker = self.walkers[who]
        hub = self._written(who, slug, "es", WORDS)
        signed = (self.portal.clock.now() - timedelta(days=2)).date().isoformat()
        walker.visit(f"{hub}/approval/paper").submit("/approval/paper", name="Rector", on=signed)
        walker.visit(f"{hub}/check").submit("/send")

    def _with_office(self) -> None:
        city = self.cast.keyed["city"].slug
        self._office("contact-point", city)
        text = self._canary("with the office", "contact-point", *ROLES.values())
        hub = self._written("preparer", city, "ar", text)
        self.walkers["preparer"].visit(f"{hub}/approval").submit("/approval", note="Please.")
        self.found.answers["with_office"] = hub.rsplit("/", 1)[1]

    def _office(self, who: str, slug: str) -> None:
        self.walkers[who].visit(f"/answers/settings/{slug}").submit(
            "/answers/settings",
            who="office",
            name="Mayor",
            office="Mayor's office",
            email=f"office@{slug}.example",
            language="en",
        )

    def _written(self, who: str, slug: str, language: str, text: str) -> str:
        walker, code = self.walkers[who], self.found.calls["open"]
        walker.visit(f"/calls/{code}/answer?organisation={slug}")
        walker.submit(f"/calls/{code}/answer", organisation=slug)
        hub = walker.url
        walker.visit(f"{hub}/questions/questions")
        names = sorted(
            name for form in walker.page.forms for name in form.names if name.startswith("answer-")
        )
        given: dict[str, Any] = {names[0]: text, names[1]: "yes"}
        walker.submit("/questions/", **given)
        walker.visit(f"{hub}/paragraphs/4").submit("/paragraphs/4", stance="change", text=WORDS)
        walker.visit(f"{hub}/consent").submit("/consent", consent="named", language=language)
        return hub

    # -- analysis --

    def _analysis(self) -> None:
        from services.demo.seeds import analysis  # noqa: PLC0415

        cast, codes = self.cast, self.found.calls
        for key, since in (("analysed", 20), ("in_report", 20), ("written", 20), ("reported", 40)):
            references = self._references(codes[key])
            read = references[:4] if key == "analysed" else references
            analysis.read_and_cut(cast, read, cast.ago(since))
            share = 0.7 if key == "analysed" else 1.0
            analysis.recommend(cast, codes[key], cast.ago(since - 5), share)
            analysis.decide(cast, codes[key], cast.ago(since - 10), share)
        analyst = self.walkers["analyst"]
        analyst.visit(
            f"/staff/calls/{codes['analysed']}/answers/{self._references(codes['analysed'])[4]}"
        )
        analyst.submit("/read")
        analysis.report(cast, codes["reported"], cast.ago(9))
        analysis.report(cast, codes["in_report"], cast.ago(9), approve=False)
        analysis.write(cast, codes["written"], cast.ago(9))
        self.portal.settle()

    def _references(self, code: str) -> list[str]:
        from services.consultation.calls.models import Call  # noqa: PLC0415
        from services.consultation.submissions.models import Submission  # noqa: PLC0415

        with self.portal.view("consultation") as view:
            rows = view.session.scalars(
                select(Submission.reference)
                .join(Call, Call.id == Submission.call_id)
                .where(Call.code == code, Submission.reference.is_not(None))
                .order_by(Submission.id)
            )
            return [str(one) for one in rows]

    # -- what waits for somebody --

    def _waiting(self) -> None:
        from services.demo.personas import BY_KEY  # noqa: PLC0415

        codes, walkers = self.found.calls, self.walkers
        code = codes["open"]
        closes = (self.portal.clock.now() + timedelta(weeks=12)).date().isoformat()
        walkers["call-manager"].visit(f"/staff/calls/{code}/acts/extend").submit(
            "/acts/extend", closes_on=closes, closes_time="17:00", reason_zh="需要更多时间。"
        )
        city = self.cast.keyed["city"].slug
        walkers["group-lead"].visit(f"/organisation/{city}/join").submit(
            "/join",
            note="I keep the city's minutes.",
        )
        self._left_waiting()
        walkers["contact-point"].visit(f"/organisation/{city}/people").submit(
            "/people/invite", email="somebody@elsewhere.example", roles=["reviewer"]
        )
        other = self.cast.keyed["stakeholder-es"].slug
        walkers["two-organisations"].visit(f"/organisation/{other}/people").submit(
            "/people/invite", email=BY_KEY["group-lead"].email, roles=["reviewer"]
        )
        walkers["officer"].visit("/staff/organisation/invite").submit(
            "/invite",
            name="Harbour Cooperative",
            category="stakeholder",
            country="KEN",
            email="harbour@elsewhere.example",
        )
        analysed = codes["analysed"]
        reference = self._references(analysed)[0]
        walkers["analyst"].visit(f"/staff/calls/{analysed}/publication/{reference}").submit(
            "/prepare"
        )
        self._screened()
        self._bound()
        self.portal.settle()

    def _left_waiting(self) -> None:
        """The request to join was made longer ago than administrators have time."""
        from services.registry.accounts.models import JoinRequest  # noqa: PLC0415

        self.portal.settle()
        with self.portal.work("registry") as work:
            for request in work.session.scalars(select(JoinRequest)):
                request.asked_at -= timedelta(days=8)

    def _screened(self) -> None:
        """One registration has only to be decided."""
        from services.registry.organisations.models import Organisation  # noqa: PLC0415
        from services.registry.verification import actions as verification  # noqa: PLC0415
        from services.registry.verification import rules  # noqa: PLC0415

        slug = self.found.partners["screening"]
        with self.portal.work("registry", self.cast.staff["officer"]) as work:
            category = work.get(Organisation, slug=slug).category
            answers = {check.code: check.good.value for check in rules.CHECKS[category]}
            note = self._canary("screening", "officer")
            verification.screen(work, slug, answers, note)

    def _bound(self) -> None:
        """Somebody of the staff came through their organisation's sign-in before."""
        from services.registry.accounts.models import ProviderSubject  # noqa: PLC0415

        with self.portal.work("registry") as work:
            work.add(
                ProviderSubject(
                    person_id=self.cast.staff["analyst"].person,
                    issuer="https://id.unhabitat.example",
                    subject="analyst",
                    since=work.now,
                )
            )

    def _set_aside(self) -> None:
        from tests.support.parked import park  # noqa: PLC0415

        for service in self.stage.everything.services:
            park(service.room)

    def _signing_in(self) -> None:
        """Somebody waits for a code; somebody's session ended while they wrote."""
        stranger = self.walkers["stranger"] = Walker(self.portal)
        stranger.visit("/sign-in").submit("/sign-in", email=STRANGER)
        self.walkers["officer"].visit("/account/address").submit(
            "/account/address", email="new.address@secretariat.example"
        )
        self._parked("partner")

    def _parked(self, who: str) -> None:
        """Somebody wrote while their session ended, signed in again, and finds it kept."""
        from services.registry.accounts.models import Session  # noqa: PLC0415

        walker = self.walkers[who]
        email = self.cast.partners[-1].actor.email
        walker.visit("/account/details")
        typed = dict(walker.form("/account/details").values) | {"name": WORDS}
        with self.portal.work("registry") as work:
            for session in work.session.scalars(select(Session).where(Session.ended_at.is_(None))):
                if session.person_id == self.cast.partners[-1].actor.person:
                    session.ended_at = work.system_now
        walker.client.cookies.delete("roundtable_token")
        walker.client.post("/en/account/details", data=typed)
        flow = walker.client.cookies["roundtable_sign_in"]
        self._sign_in(who, email)
        self.walkers[who].client.cookies.set("roundtable_sign_in", flow)

    def _starts(self) -> None:
        """Addresses to look at first: mailed ones, and rows that stand low in long lists."""
        from services.demo.personas import BY_KEY  # noqa: PLC0415

        codes, starts = self.found.calls, self.found.starts
        mailed = self._mailed()
        starts[""] = mailed
        letters = self.portal.mail_to(BY_KEY["group-lead"].email)
        invited = [path for one in letters for path in _links(one)]
        starts["group-lead"] = ["/en/sign-in/welcome", *invited]
        starts["partner"] = ["/en/sign-in/parked"]
        starts["stranger"] = ["/en/sign-in/code"]
        starts["administrator"] = [f"/en/staff/people/{self._code_of('analyst')}"]
        starts["officer"] = [
            "/en/account/address/code",
            f"/en/staff/organisation/{self.cast.keyed['city'].slug}",
            *(f"/en/staff/organisation/{slug}" for slug in self.found.partners.values()),
        ]
        points = [f"/en/staff/calls/{codes['analysed']}/points/{n}" for n in self._open_points()]
        answer = self.found.answers["confidential"]
        first = f"/en/staff/calls/{codes['analysed']}/answers/{answer}"
        starts["analyst"] = starts["decider"] = [first, *points]

    def _code_of(self, who: str) -> str:
        from services.registry.accounts.models import Person  # noqa: PLC0415

        with self.portal.view("registry") as view:
            return str(view.get(Person, id=self.cast.staff[who].person).code)

    def _open_points(self) -> list[int]:
        from services.consultation.analysis.models import Point  # noqa: PLC0415

        with self.portal.view("consultation") as view:
            rows = view.session.execute(
                select(Point.state, Point.number).where(Point.state != "decided")
            )
            return list({row.state: row.number for row in rows}.values())

    def _mailed(self) -> list[str]:
        """One mailed address of each kind that carries a secret, the newest."""
        found: dict[str, str] = {}
        for message in self.portal.mail:
            for path in _links(message):
                found[re.sub(r"^/\w\w/(.*)/[\w-]+$", r"\1", path)] = path
        return list(found.values())


def _links(message: Any) -> list[str]:
    """Addresses in a message that carry a secret, as they are for a reader of English."""
    text = message.get_body(("plain",)).get_content()
    found = re.findall(r"http://testserver/\w\w(/\S+/[\w-]{40,})", text)
    return [f"/en{path}" for path in found]
