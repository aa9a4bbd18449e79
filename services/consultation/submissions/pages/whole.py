"""A whole answer on one page: for checking, for the approving office, for print, for keeping."""

from dataclasses import dataclass

from services.consultation.documents import queries as documents
from services.consultation.documents.queries import ParagraphRow
from services.consultation.submissions.pages import hub
from services.consultation.submissions.queries import Remark, Said, Sheet
from shared.i18n import language
from shared.work import View


@dataclass(frozen=True)
class SaidOn:
    """A paragraph with what is said on it."""

    paragraph: ParagraphRow
    remarks: list[Remark]

    def about(self, remark: Remark) -> str:
        """Return what a comment is about: a part by name, or the paragraph itself."""
        for part in self.paragraph.parts:
            if part.label == remark.part:
                return part.name
        return self.paragraph.name


@dataclass(frozen=True)
class Whole:
    """All topics and all paragraphs that have comments."""

    topics: list[tuple[str, str, list[Said]]]
    paragraphs: list[SaidOn]
    consent: str
    consents: dict[str, str]
    stances: dict[str, str]


def of(view: View, sheet: Sheet) -> Whole:
    """Return an answer to be read from top to bottom."""
    return Whole(
        topics=[
            (topic.key, hub.topic_title(sheet, topic), sheet.said(topic))
            for topic in sheet.asked.topics
        ],
        paragraphs=_paragraphs(view, sheet),
        consent=hub.consent_words(sheet.submission.consent),
        consents=dict(hub.consents()),
        stances=dict(hub.stances()),
    )


def _paragraphs(view: View, sheet: Sheet) -> list[SaidOn]:
    version = sheet.submission.document_version_id
    if version is None or not sheet.remarks:
        return []
    said = {one.paragraph for one in sheet.remarks}
    return [
        SaidOn(row, sheet.remarks_on(row.label))
        for row in documents.whole(view, version, language())
        if row.label in said
    ]
