"""Sending an answer by hand: the same statements in the same transaction, in bare Starlette."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from benchmarks.floors.hand import Hand, few_threads, hand
from shared import ids

TOPIC = "consultation.submissions"
KIND = "roundtable.consultation.submission-sent.v1"


def application(where: str) -> Starlette:
    """Return the floor over consultation's database."""
    db = hand(where)

    async def send(request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        person = _person(request.cookies["roundtable_token"])
        code = request.path_params["code"]
        if not await run_in_threadpool(_send, db, code, person, form["key"][0]):
            return PlainTextResponse("not now", 409)
        return RedirectResponse(f"/en/answers/{code}/receipt", 303)

    routes = [Route("/en/answers/{code}/send", send, methods=["POST"])]
    return Starlette(routes=routes, lifespan=few_threads)


def _person(token: str) -> UUID:
    """Return whose token it is, unverified: the floor does no cryptography."""
    body = token.split(".")[1]
    return UUID(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["sub"])


def _send(db: Hand, code: str, person: UUID, key: str) -> bool:
    who = person.hex
    db.all("SELECT kid, jwk FROM known_key")
    db.all("SELECT id FROM ended_session WHERE id = ?", who)
    db.one("SELECT * FROM known_person WHERE id = ?", who)
    roles = db.all("SELECT organisation_id, roles FROM known_membership WHERE person_id = ?", who)
    with db.writing():
        row = db.one(f"SELECT * FROM submission WHERE code = ?{db.locked}", code)  # noqa: S608
        if row["state"] == "submitted":
            return True
        if row["organisation_id"] not in {one["organisation_id"] for one in roles}:
            return False
        if db.held:
            db.all(f"SELECT id FROM call WHERE id = ?{db.held}", row["call_id"])  # noqa: S608
            db.all(f"SELECT id FROM call_window WHERE call_id = ?{db.held}", row["call_id"])  # noqa: S608
            db.one("SELECT clock_timestamp()")
        now = datetime.now(UTC)
        call, window = _open_now(db, row["call_id"], now)
        if window is None:
            return False
        _seal(db, row, who, key, now, call, window)
    return True


def _open_now(db: Hand, call_id: str, now: datetime) -> tuple[Any, Any]:
    call = db.one("SELECT * FROM call WHERE id = ?", call_id)
    db.all("SELECT language, text FROM call_text WHERE owner_id = ? AND part = 'title'", call_id)
    at = _text(now)
    windows = db.all("SELECT * FROM call_window WHERE call_id = ? ORDER BY id", call_id)
    fits = (one for one in windows if one["opens_at"] <= at < one["closes_at"])
    return call, next(fits, None)


def _seal(db: Hand, row: Any, who: str, key: str, now: datetime, call: Any, window: Any) -> None:
    answer = row["id"]
    organisation = db.one(
        f"SELECT * FROM known_organisation WHERE id = ?{db.held}",  # noqa: S608
        row["organisation_id"],
    )
    responses, comments = _said(db, row, call)
    db.all("SELECT * FROM approval WHERE submission_id = ? ORDER BY round DESC LIMIT 1", answer)
    db.all("SELECT * FROM organisation_settings WHERE organisation_id = ?", row["organisation_id"])
    db.all(
        "SELECT id FROM submission WHERE call_id = ? AND organisation_id = ?"
        " AND state = 'submitted'",
        row["call_id"],
        row["organisation_id"],
    )
    reference = ids.reference()
    canonical = json.dumps(
        {
            "reference": reference,
            "sealed_at": now.isoformat(),
            "window": window["id"],
            "call": {"id": row["call_id"], "code": call["code"]},
            "organisation": {
                name: organisation[name] for name in ("id", "name", "category", "tier", "country")
            },
            "language": row["language"],
            "consent": row["consent"],
            "sent_by": who,
            "responses": responses,
            "comments": comments,
        },
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    db.run(
        "UPDATE submission SET reference = ?, key = ?, sealed_at = ?, sent_by = ?, window_id = ?,"
        " on_time = true, counted = true, category = ?, country = ?, state = 'submitted',"
        " digest = ?, canonical = ?, version = version + 1 WHERE id = ?",
        *(reference, key, _text(now), who, window["id"]),
        *(organisation["category"], organisation["country"], digest, canonical, answer),
    )
    _write_down(db, row, who, now, {"reference": reference, "digest": digest})


def _said(db: Hand, row: Any, call: Any) -> tuple[list[Any], list[Any]]:
    """Return what is said, after reading all that is asked: nothing required may be missing."""
    asked = db.all("SELECT * FROM question WHERE call_id = ? ORDER BY ordinal", call["id"])
    for part in ("question_topic", "question_text"):
        db.all(f"SELECT * FROM {part} WHERE call_id = ?", call["id"])  # noqa: S608
    db.all(
        "SELECT o.* FROM question_option o JOIN question q ON q.id = o.question_id"
        " WHERE q.call_id = ? ORDER BY o.ordinal",
        call["id"],
    )
    for part in ("section", "paragraph", "part"):
        db.all(
            f"SELECT * FROM document_{part} WHERE version_id = ? ORDER BY ordinal",  # noqa: S608
            row["document_version_id"],
        )
    given = db.all("SELECT * FROM response WHERE submission_id = ?", row["id"])
    remarks = db.all("SELECT * FROM comment WHERE submission_id = ? ORDER BY id", row["id"])
    said = {one["question_code"]: json.loads(one["value"]) for one in given}
    if any(one["required"] and not said.get(one["code"]) for one in asked):
        raise LookupError("something required is missing")
    responses = [{"question": one["code"], "value": said.get(one["code"])} for one in asked]
    names = ("paragraph", "part", "stance", "text", "wording", "consent")
    return responses, [{name: one[name] for name in names} for one in remarks]


def _write_down(db: Hand, row: Any, who: str, now: datetime, what: dict[str, str]) -> None:
    people = db.all(
        "SELECT p.id FROM known_person p JOIN known_membership m ON m.person_id = p.id"
        " WHERE m.organisation_id = ?",
        row["organisation_id"],
    )
    workers = db.all(
        "SELECT person_id AS id FROM submission_worker WHERE submission_id = ?", row["id"]
    )
    told = what | {
        "id": row["id"],
        "version": row["version"] + 1,
        "people": sorted({one["id"] for one in (*people, *workers)}),
    }
    db.run(
        "INSERT INTO audit (id, at, act, kind, subject, person, details)"
        " VALUES (?, ?, 'answer.send', 'Submission', ?, ?, '{}')",
        *(ids.new().hex, _text(now), row["id"], who),
    )
    db.run(
        "INSERT INTO outbox (event_id, topic, key, type, headers, payload, occurred_at, attempts)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
        *(ids.new().hex, TOPIC, row["id"], KIND),
        json.dumps([["ce_specversion", "1.0"], ["ce_type", KIND]]),
        *(json.dumps(told).encode(), _text(now)),
    )


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S.%f}"
