"""What the portal of the chaos run holds before anybody comes: little of everything, on PostgreSQL.

Made by the demo's seeds through the product's own actions, each event told and heard in one
process, so that nothing waits when the processes start.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog
from sqlalchemy import select

from tests.chaos.people import Someone

if TYPE_CHECKING:
    from services.demo.seeds.cast import Cast

SENDERS = 3
CATEGORIES = ("stakeholder", "knowledge")
STAFF = ("call-manager", "second-manager", "officer", "decider")


@dataclass
class Sown:
    """Who can act, and on what: codes of calls, and the people by what they do."""

    open: str = ""
    waiting: str = ""
    closed: str = ""
    reported: str = ""
    applicants: list[str] = field(default_factory=list)
    points: list[int] = field(default_factory=list)
    prepared: list[str] = field(default_factory=list)
    senders: list[Someone] = field(default_factory=list)
    members: list[Someone] = field(default_factory=list)
    staff: dict[str, Someone] = field(default_factory=dict)


def sow(folder: Path, urls: Mapping[str, str]) -> Sown:
    """Seed empty databases, one a service."""
    # Here, so that whoever only looks at this file loads none of it.
    from services.demo.seeds.cast import Cast  # noqa: PLC0415
    from services.demo.stage import Stage  # noqa: PLC0415
    from services.everything import build  # noqa: PLC0415
    from shared.clock import ShiftedClock  # noqa: PLC0415
    from shared.mail.mailers import Captured  # noqa: PLC0415

    mailer, clock = Captured(), ShiftedClock()
    everything = build(folder, mailer, clock, databases=dict(urls), durable=False)
    try:
        with structlog.testing.capture_logs():
            everything.prepare()
            made = _Sowing(Cast(Stage(everything, mailer, clock, lambda: None))).done
            everything.settle()
        return made
    finally:
        for one in everything.running:
            one.relay.stop()
        everything.close()


class _Sowing:
    """One after the other."""

    def __init__(self, cast: "Cast") -> None:
        self.cast, self.done = cast, Sown()
        cast.at = cast.ago(220)
        self._partners()
        self._open()
        self._closed()
        self._reported()
        self._sign_in()

    def _settle(self) -> None:
        self.cast.stage.everything.settle()

    def _partners(self) -> None:
        from services.demo.seeds import names, partners, people  # noqa: PLC0415

        cast = self.cast
        people.seed(cast)
        self._settle()
        applicants = [one for one in names.OTHERS if one[4] == "submitted"]
        with pytest.MonkeyPatch.context() as patch:
            few = {name: names.PARTNERS[name][1:3] for name in CATEGORIES}
            patch.setattr(partners, "PARTNERS", few)
            patch.setattr(partners, "KEYS", {})
            patch.setattr(partners, "OTHERS", applicants)
            partners.seed_verified(cast, cast.staff["officer"])
            partners.seed_others(cast, cast.staff["officer"])
        self._settle()
        from services.registry.organisations.models import Organisation  # noqa: PLC0415

        with cast.work("registry", cast.staff["officer"]) as work:
            found = work.session.scalars(
                select(Organisation.slug).where(Organisation.state == "submitted")
            )
            self.done.applicants = sorted(found)

    def _call(self, key: str, days: float, *, published: bool = True) -> str:
        from services.consultation.calls.rules import SubjectKind  # noqa: PLC0415
        from services.demo.seeds import calls  # noqa: PLC0415
        from shared.contracts.audience import Audience  # noqa: PLC0415

        cast = self.cast
        code = calls.draft(
            cast,
            key,
            kind=SubjectKind.STRATEGY,
            at=cast.ago(days),
            weeks=12,
            audience=Audience(),
        )
        if published:
            calls.publish(cast, code, cast.ago(days - 1))
        self._settle()
        return code

    def _open(self) -> None:
        from services.demo.seeds import answers  # noqa: PLC0415

        self.done.open = self._call("strategy", 42)
        self.done.waiting = self._call("sdg", 2, published=False)
        for turn, partner in enumerate(self.cast.partners[:SENDERS]):
            mine = answers.write(self.cast, self.done.open, partner, self.cast.ago(9), turn)
            self.done.senders.append(Someone("", "", mine))
        self._settle()

    def _answered(self, key: str) -> tuple[str, list[str]]:
        from services.demo.seeds import analysis, answers  # noqa: PLC0415

        code = self._call(key, 120)
        references = [
            answers.send(self.cast, code, partner, self.cast.ago(100 - turn), turn)
            for turn, partner in enumerate(self.cast.partners[:SENDERS])
        ]
        self._settle()
        analysis.read_and_cut(self.cast, references, self.cast.ago(30))
        analysis.recommend(self.cast, code, self.cast.ago(20))
        return code, references

    def _closed(self) -> None:
        from services.consultation.analysis.models import Point  # noqa: PLC0415
        from services.consultation.calls.models import Call  # noqa: PLC0415
        from services.consultation.publication import actions  # noqa: PLC0415

        cast = self.cast
        self.done.closed, self.done.prepared = self._answered("migration")
        with cast.work("consultation", cast.staff["analyst"], cast.ago(10)) as work:
            actions.prepare_as_they_are(work, self.done.closed, self.done.prepared)
            call = work.get(Call, code=self.done.closed)
            numbers = select(Point.number).where(Point.call_id == call.id).order_by(Point.number)
            self.done.points = list(work.session.scalars(numbers))

    def _reported(self) -> None:
        from services.demo.seeds import analysis  # noqa: PLC0415

        self.done.reported, _ = self._answered("neighbourhoods")
        analysis.decide(self.cast, self.done.reported, self.cast.ago(15))
        analysis.report(self.cast, self.done.reported, self.cast.ago(9), approve=False)
        self._settle()

    def _sign_in(self) -> None:
        from services.demo.personas import BY_KEY  # noqa: PLC0415

        senders = self.cast.partners[:SENDERS]
        signed = self._tokens([one.actor.email for one in senders])
        self.done.senders = [
            Someone(one.token, one.secret, kept.at)
            for one, kept in zip(signed, self.done.senders, strict=True)
        ]
        self.done.members = self._tokens([self.cast.partners[SENDERS].actor.email])
        emails = [BY_KEY[key].email for key in STAFF]
        self.done.staff = dict(zip(STAFF, self._tokens(emails), strict=True))

    def _tokens(self, emails: Sequence[str]) -> list[Someone]:
        from services.registry.accounts.actions import sessions  # noqa: PLC0415
        from services.registry.accounts.models import Person  # noqa: PLC0415

        with self.cast.stage.everything.service("registry").room.work() as work:
            opened = [sessions.start(work, work.get(Person, email=one)) for one in emails]
        return [Someone(one.token, one.secret) for one in opened]
