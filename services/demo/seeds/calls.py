"""Calls for input: drafted by one manager, reviewed and published by another."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from services.consultation.calls.actions import drafting, reviewing
from services.consultation.calls.actions.drafting import Basics, Period
from services.consultation.calls.rules import PeriodType, SubjectKind
from services.consultation.documents.actions import import_markdown
from services.consultation.questions import actions as questions
from services.consultation.questions.actions import QuestionDraft
from services.consultation.questions.rules import Kind
from services.demo.seeds import texts
from services.demo.seeds.cast import Cast
from shared.contracts.audience import Audience
from shared.work import Work

HERE = Path(__file__).parent
LANGUAGES = ["ar", "zh", "en", "fr", "ru", "es"]
ZONE = "Africa/Nairobi"
DOCUMENTS = {"partnership-strategy": ("zh", "en"), "neighbourhoods": ("en", "fr", "ar")}
"""Documents under consultation, by file, with their languages; the first is the authentic one."""


def draft(  # noqa: PLR0913 - what a call is made of
    cast: Cast,
    key: str,
    *,
    kind: SubjectKind,
    subject: str = "",
    at: datetime,
    weeks: int,
    audience: Audience,
    document: str = "",
    asked: Sequence[tuple[str, bool, Mapping[str, str]]] = texts.QUESTIONS,
) -> str:
    """Draft a call part by part and ask for review; returns its code."""
    manager = cast.staff["call-manager"]
    authentic = DOCUMENTS[document][0] if document else "en"
    basics = Basics(kind, subject, authentic, LANGUAGES, "consultations@secretariat.example")
    closes = _evening(at + timedelta(weeks=weeks, days=2))
    with cast.work("consultation", manager, at) as work:
        call = drafting.create(work, texts.TITLES[key][authentic], basics)
        code, call_id = call.code, call.id
        for language in LANGUAGES:
            said = {
                "title": texts.TITLES[key][language],
                "summary": texts.SUMMARIES.get(key, texts.SUMMARIES["other"])[language],
                "open_for_change": texts.OPEN_FOR_CHANGE.get(language, ""),
                "already_decided": texts.DECIDED.get(language, ""),
            }
            drafting.save_texts(work, code, language, said)
        _authentic_texts(work, code, authentic)
        drafting.save_period(work, code, Period(ZONE, PeriodType.FULL, None, closes, {}))
        drafting.save_audience(work, code, audience)
        drafting.save_participation(work, code, "consult")
        drafting.save_decision(work, code, texts.OWNER, (closes + timedelta(weeks=14)).date())
        _add_content(work, call_id, asked, document)
        reviewing.ask_review(work, code)
    return code


def _authentic_texts(work: Work, code: str, authentic: str) -> None:
    if authentic == "zh":
        drafting.save_texts(
            work,
            code,
            "zh",
            {
                "title": texts.TITLES["strategy"]["zh"],
                "summary": texts.SUMMARIES["strategy"]["zh"],
                "open_for_change": "如何选择伙伴、各类伙伴的作用、如何监测成果",
                "already_decided": "2020-2023年战略计划及其十二项成果",
            },
        )


def _add_content(
    work: Work,
    call_id: UUID,
    asked: Sequence[tuple[str, bool, Mapping[str, str]]],
    document: str,
) -> None:
    for at, language in enumerate(DOCUMENTS[document] if document else ()):
        data = (HERE / f"{document}.{language}.md").read_bytes()
        import_markdown(work, call_id, data, language, authentic=at == 0)
    for kind, required, titles in asked:
        questions.save(work, call_id, QuestionDraft(Kind(kind), titles, required=required))


def publish(cast: Cast, code: str, at: datetime) -> None:
    """Publish a reviewed call."""
    with cast.work("consultation", cast.staff["second-manager"], at) as work:
        reviewing.publish(work, code)


def _evening(day: datetime) -> datetime:
    return day.replace(hour=20, minute=59, second=0, microsecond=0)
