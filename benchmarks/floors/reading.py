"""The page of a call and the list of partners by hand: Starlette, sqlite3, Jinja, nothing else."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from benchmarks.floors.hand import Hand, Row, few_threads, hand
from shared.i18n import LANGUAGES
from shared.vocabulary import CATEGORIES, vocabulary

PAGE = 25
EXCERPT = 140
NAVIGATION = [
    ("/en/calls", "Calls"),
    ("/en/results", "Results"),
    ("/en/programmes", "Programmes"),
    ("/en/partners", "Partners"),
]
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)


def application(consultation: str, registry: str) -> Starlette:
    """Return the floor over two databases, which the two pages are made from."""
    calls, directory = hand(consultation), hand(registry)

    def call(request: Request) -> HTMLResponse:
        shown = _call(calls, request.path_params["code"])
        return HTMLResponse(drawn("call.html", "/en/calls", request.url.path, **shown))

    def partners(request: Request) -> HTMLResponse:
        shown = _partners(directory)
        return HTMLResponse(drawn("partners.html", "/en/partners", request.url.path, **shown))

    return Starlette(
        routes=[Route("/en/calls/{code}", call), Route("/en/partners", partners)],
        middleware=[Middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)],
        lifespan=few_threads,
    )


def drawn(template: str, here: str, path: str, **given: Any) -> str:
    """Return a page."""
    return TEMPLATES.get_template(template).render(
        here=here,
        path=path.removeprefix("/en"),
        languages=LANGUAGES.items(),
        navigation=NAVIGATION,
        **given,
    )


def partners_shown(rows: Sequence[Row], total: int) -> dict[str, Any]:
    """Return what the list of partners shows, of one row more than it has lines."""
    return {
        "rows": [
            {
                "slug": row["slug"],
                "name": row["name"],
                "category": vocabulary.term("category_short", row["category"], "en"),
                "country": vocabulary.country_name(row["country"], "en"),
            }
            for row in rows[:PAGE]
        ],
        "total": total,
        "category_options": [
            ("", "All categories"),
            *vocabulary.options("category_short", "en"),
        ],
        "region_options": [("", "All regions"), *vocabulary.options("region", "en")],
    }


@dataclass(frozen=True)
class CallRows:
    """The rows that the page of a call is made of."""

    call: Row
    texts: Sequence[Row]
    sections: Sequence[Row]
    paragraphs: Sequence[Row]
    words: Sequence[Row]
    invited: Sequence[Row]
    answered: Sequence[Row]


def _partners(db: Hand) -> dict[str, Any]:
    rows = db.all(
        "SELECT slug, name, category, country FROM organisation"
        " WHERE state IN ('verified', 'reverification_due') ORDER BY name_key, id LIMIT ?",
        PAGE + 1,
    )
    total = db.one(
        "SELECT count(*) AS n FROM organisation WHERE state IN ('verified', 'reverification_due')"
    )
    return partners_shown(rows, total["n"])


def _call(db: Hand, code: str) -> dict[str, Any]:
    call = db.one("SELECT * FROM call WHERE code = ?", code)
    key = call["id"]
    db.all("SELECT * FROM call_window WHERE call_id = ?", key)
    db.all("SELECT * FROM call_note WHERE call_id = ? ORDER BY number DESC", key)
    db.one("SELECT count(*) AS n FROM question WHERE call_id = ?", key)
    version = db.one(
        "SELECT v.id FROM document_version v JOIN document d ON d.id = v.document_id"
        " WHERE d.call_id = ? ORDER BY v.number LIMIT 1",
        key,
    )["id"]
    counted = "SELECT category, count(*) AS n FROM"
    return call_shown(
        CallRows(
            call=call,
            texts=db.all("SELECT part, language, text FROM call_text WHERE owner_id = ?", key),
            sections=db.all(
                "SELECT id FROM document_section WHERE version_id = ? ORDER BY ordinal", version
            ),
            paragraphs=db.all(
                "SELECT id, section_id, label FROM document_paragraph WHERE version_id = ?"
                " ORDER BY ordinal",
                version,
            ),
            words=db.all(
                "SELECT owner_id, language, text FROM document_text WHERE version_id = ?", version
            ),
            invited=db.all(f"{counted} call_invited WHERE call_id = ? GROUP BY category", key),
            answered=db.all(
                f"{counted} submission WHERE call_id = ? AND state = 'submitted' AND counted"
                " GROUP BY category",
                key,
            ),
        )
    )


def call_shown(read: CallRows) -> dict[str, Any]:
    """Return what the page of a call shows."""
    call = read.call
    zone, closes = ZoneInfo(call["zone"]), _instant(call["closes_at"])
    seats, answers = _seats(read)
    sections = _sections(read)
    return {
        "call": call,
        "words": _best(read.texts),
        "closes": f"{closes.astimezone(zone):%a} {_day(closes, zone)}, "
        f"{closes.astimezone(zone):%H:%M}",
        "closes_utc": f"{closes:%H:%M}",
        "closed_on": _day(closes, zone),
        "weeks_left": (closes - datetime.now(UTC)).days // 7,
        "published": _day(_instant(call["published_at"]), zone),
        "reply": _day(_instant(call["reply_due_at"]), zone),
        "decided": f"{_date(call['decision_date']):%-d %B %Y}",
        "languages_spoken": ", ".join(
            sorted(vocabulary.language_name(one, "en") for one in _list(call["languages"]))
        ),
        "sections": sections,
        "pages": sum(len(one["entries"]) for one in sections),
        "seats": seats,
        "answers": answers,
    }


def _sections(read: CallRows) -> list[dict[str, Any]]:
    words: dict[str, dict[str, str]] = defaultdict(dict)
    for row in read.words:
        words[row["owner_id"]][row["language"]] = row["text"]
    by_section: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in read.paragraphs:
        by_section[row["section_id"]].append(_entry(row["label"], _in_english(words[row["id"]])))
    return [
        {"title": _in_english(words[row["id"]]), "entries": by_section[row["id"]]}
        for row in read.sections
        if by_section[row["id"]]
    ]


def _entry(label: str, text: str) -> dict[str, str]:
    row = label.startswith("t")
    return {
        "number": label.removeprefix("t"),
        "excerpt": text if len(text) <= EXCERPT else f"{text[:EXCERPT].rsplit(' ', 1)[0]} …",
        "anchor": label if row else f"p{label}",
        "name": f"row {label[1:]}" if row else f"paragraph {label}",
    }


def _seats(read: CallRows) -> tuple[list[dict[str, Any]], int]:
    invited = {row["category"]: row["n"] for row in read.invited}
    answered = {row["category"]: row["n"] for row in read.answered}
    shares = {one: answered.get(one, 0) / max(1, invited.get(one, 0)) for one in CATEGORIES}
    return [
        {
            "number": place + 1,
            "turn": place * 45,
            "label": vocabulary.term("category", one, "en"),
            "invited": invited.get(one, 0),
            "answered": answered.get(one, 0),
            "share": round(100 * shares[one]),
            "stroke": f"{shares[one] * 35:.1f}",
        }
        for place, one in enumerate(CATEGORIES)
    ], sum(answered.values())


def _best(rows: Sequence[Row]) -> dict[str, str]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        found[row["part"]][row["language"]] = row["text"]
    return {part: _in_english(texts) for part, texts in found.items()}


def _in_english(texts: dict[str, str]) -> str:
    return texts.get("en") or next(iter(texts.values()), "")


def _instant(at: Any) -> datetime:
    found = datetime.fromisoformat(at) if isinstance(at, str) else at
    return found.replace(tzinfo=UTC)


def _date(at: Any) -> date:
    return date.fromisoformat(at) if isinstance(at, str) else at


def _list(value: Any) -> list[str]:
    found: list[str] = json.loads(value) if isinstance(value, str) else value
    return found


def _day(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%-d %B %Y}"
