"""What is measured on: the demo's first call and partners, and many answers that wait to be sent.

Everything is made by the product's own actions; then one finished draft is copied with its partner
and its contact point, because writing thousands of them by hand would take longer than measuring.
"""

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from benchmarks.measuring import Effort
from services.consultation.submissions import queries
from services.consultation.submissions import rules as submissions
from services.consultation.submissions.models import Comment, Response, Submission, Worker
from services.demo.seeds import answers, partners, play
from services.demo.stage import Stage
from services.everything import build
from shared import ids
from shared.clock import ShiftedClock
from shared.database.session import Database
from shared.known.models import KnownKey, KnownMembership, KnownOrganisation, KnownPerson
from shared.mail.mailers import Captured
from shared.security import tokens
from shared.web.edge import TOKEN
from shared.work import View

PATIENCE = 0.1


@dataclass(frozen=True)
class Waiting:
    """One answer that waits to be sent: its code, the token of its contact point, its digest."""

    code: str
    token: str
    seen: str

    def request(self) -> bytes:
        """Return the press on "Send" as a browser posts it."""
        body = f"key={ids.secret()[:40]}&seen={self.seen}".encode()
        return (
            f"POST /en/answers/{self.code}/send HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Cookie: {TOKEN}={self.token}\r\nSec-Fetch-Site: same-origin\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body


@dataclass(frozen=True)
class Material:
    """A folder of the embedded form and what is known of it."""

    folder: Path
    call: str
    waiting: list[Waiting]
    effort: Effort

    def copied(self, to: Path) -> Path:
        """Return a fresh copy of the folder, so that every round begins alike."""
        shutil.rmtree(to, ignore_errors=True)
        return Path(shutil.copytree(self.folder, to))


def make(folder: Path, effort: Effort) -> Material:
    """Make the material with as many answers waiting to be sent as the effort takes."""
    shutil.rmtree(folder, ignore_errors=True)
    mailer, clock = Captured(), ShiftedClock()
    everything = build(folder, mailer, clock)
    everything.prepare()
    stage = Stage(everything, mailer, clock, lambda: None)
    cast = play.first(stage, lambda _: None)
    if cast is None:
        raise RuntimeError("the folder was not empty")
    if effort.answered >= len(cast.partners):
        partners.seed_verified(cast, cast.staff["officer"])
    everything.settle()
    call = json.loads((folder / "seeded.json").read_text(encoding="utf-8"))["open"]
    for turn, partner in enumerate(cast.partners[1 : 1 + effort.answered]):
        answers.send(cast, call, partner, cast.ago(30 - turn), turn)
    draft = answers.write(cast, call, cast.partners[-1], cast.ago(3), 1)
    everything.settle()
    room = everything.service("consultation").room
    with room.view() as view:
        seen = queries.load(view, view.get(Submission, code=draft)).content
        copies, waiting = _copies(view, draft, effort.many)
    _insert(room.database, copies)
    known = {kind: copies[kind] for kind in (KnownOrganisation, KnownPerson, KnownMembership)}
    _insert(everything.service("notifications").room.database, known)
    everything.close()
    key = tokens.new_key("benchmark")
    _trust(folder, key)
    now = datetime.now(UTC)
    sealed = [Waiting(code, tokens.issue(key, who, now), seen) for code, who in waiting]
    return Material(folder, call, sealed, effort)


Rows = dict[type[Any], list[dict[str, Any]]]


def _copies(view: View, draft: str, many: int) -> tuple[Rows, list[tuple[str, tokens.Claims]]]:
    """Return rows of so many copies of a draft, each of a partner and a person of its own."""
    submission = view.get(Submission, code=draft)
    organisation = view.get(KnownOrganisation, id=submission.organisation_id)
    person = view.get(KnownPerson, id=submission.began_by)
    kinds = (KnownOrganisation, KnownPerson, KnownMembership, Submission, Response, Comment, Worker)
    rows: Rows = {kind: [] for kind in kinds}
    waiting = []
    for number in range(many):
        org, who, answer = ids.new(), ids.new(), ids.new()
        code = submissions.new_code()
        mine = {"began_by": who, "saved_by": who}
        place = {"id": org, "slug": f"copy-{number}", "name": f"{organisation.name} {number}"}
        rows[KnownOrganisation].append(_row(organisation) | place)
        rows[KnownPerson].append(_row(person) | {"id": who, "email": f"p{number}@copies.example"})
        rows[KnownMembership].append(
            {"person_id": who, "organisation_id": org, "roles": ["contact_point"]}
        )
        rows[Submission].append(
            _row(submission) | mine | {"id": answer, "code": code, "organisation_id": org}
        )
        for kind in (Response, Comment):
            for one in view.session.scalars(
                select(kind).where(kind.submission_id == submission.id)
            ):
                rows[kind].append(
                    _row(one) | {"id": ids.new(), "submission_id": answer, "saved_by": who}
                )
        rows[Worker].append(
            {"submission_id": answer, "person_id": who, "since": submission.began_at}
        )
        waiting.append((code, tokens.Claims(who, ids.new(), person.version)))
    return rows, waiting


def _row(one: Any) -> dict[str, Any]:
    return {column.key: getattr(one, column.key) for column in one.__mapper__.column_attrs}


def _insert(database: Database, rows: Rows) -> None:
    with database.session_for_write() as session:
        for kind, values in rows.items():
            session.execute(insert(kind), values)


def _trust(folder: Path, key: dict[str, str]) -> None:
    """Have consultation know the key with which the tokens of the copies are signed."""
    database = Database(f"sqlite:///{folder}/consultation.db")
    with database.session_for_write() as session:
        session.add(KnownKey(kid=key["kid"], version=1, jwk=tokens.public_of(key)))
    database.dispose()
