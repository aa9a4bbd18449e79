"""Forms of the staff pages of calls, and how dates in a call's zone become moments and back."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Literal, get_args
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, StringConstraints, field_validator

from services.consultation.calls import rules
from shared.errors import Problem
from shared.i18n import LANGUAGES, N_
from shared.vocabulary import vocabulary
from shared.web.forms import Form

Short = Annotated[str, StringConstraints(max_length=200)]
Long = Annotated[str, StringConstraints(max_length=4000)]
Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Language = Literal["ar", "zh", "en", "fr", "ru", "es"]
TextPart = Literal[
    "title",
    "summary",
    "open_for_change",
    "already_decided",
    "decision_owner",
    "exception",
    "language_gap",
]
TEXT_PARTS: tuple[str, ...] = get_args(TextPart)
Mail = Annotated[
    str, StringConstraints(max_length=254, pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+$")
]


class UnknownChoice(Problem):
    """A code that no list has."""

    sentence = N_("Choose one of the options.")


class UnknownZone(Problem):
    """A zone that the time zone database does not have."""

    sentence = N_("Choose a time zone such as Africa/Nairobi.")


class BasicsForm(Form):
    """What a call is about and how it is answered; `subject` is `kind` or `programme:code`."""

    subject: str
    authentic_language: Language = "en"
    languages: Annotated[list[Language], Field(min_length=1)]
    contact: Mail
    visibility: Literal["public", "concerned"] = "public"
    sensitive: bool = False
    seen: int = 0

    @field_validator("subject")
    @classmethod
    def _known_subject(cls, value: str) -> str:
        kind, _mark, code = value.partition(":")
        programme = kind == "programme" and vocabulary.has("programme", code)
        if not (programme or value in ("strategy", "initiative")):
            raise ValueError(UnknownChoice.sentence)
        return value


class NewForm(BasicsForm):
    """A new call: its title and its basics."""

    title: Annotated[Short, Field(min_length=1)]


class TextsForm(Form):
    """The texts of a call in one language. An empty text is not there."""

    language: Language
    title: Short = ""
    summary: Annotated[str, StringConstraints(max_length=1200)] = ""
    open_for_change: Long = ""
    already_decided: Long = ""
    decision_owner: Short = ""
    exception: Long = ""
    language_gap: Long = ""
    origin: Literal["written", "human", "machine", "reviewed"] = "written"
    seen: int = 0

    @property
    def texts(self) -> dict[str, str]:
        """Texts by part."""
        return {part: getattr(self, part) for part in TEXT_PARTS}


class PeriodForm(Form):
    """When a call is open, in its zone."""

    zone: str
    period: Literal["full", "short"] = "full"
    opens_on: date | None = None
    opens_time: Clock = "09:00"
    closes_on: date
    closes_time: Clock = "23:59"
    exception: Long = ""
    seen: int = 0

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(UnknownZone.sentence)
        return value


def _offered(*kinds: str) -> AfterValidator:
    """Return the check that codes are of one of some kinds of the vocabulary."""

    def check(codes: list[str]) -> list[str]:
        for code in codes:
            if not any(
                vocabulary.has_country(code) if kind == "country" else vocabulary.has(kind, code)
                for kind in kinds
            ):
                raise ValueError(UnknownChoice.sentence)
        return codes

    return AfterValidator(check)


class AudienceForm(Form):
    """Whom a call asks. `do` is the button: save, count or find."""

    whom: Literal["rules", "named"] = "rules"
    categories: Annotated[list[str], _offered("category")] = Field(default_factory=list)
    tiers: Annotated[list[str], _offered("tier")] = Field(default_factory=list)
    constituencies: Annotated[list[str], _offered("constituency")] = Field(default_factory=list)
    regions: Annotated[list[str], _offered("region")] = Field(default_factory=list)
    countries: Annotated[list[str], _offered("country")] = Field(default_factory=list)
    interests: Annotated[list[str], _offered("programme", "outcome")] = Field(default_factory=list)
    included: list[UUID] = Field(default_factory=list)
    excluded: list[UUID] = Field(default_factory=list)
    find: Short = ""
    do: Literal["save", "count", "find"] = "save"
    seen: int = 0


class DocumentForm(Form):
    """A Markdown file in one language."""

    language: Language
    origin: Literal["human", "machine", "reviewed"] = "human"


class RemoveForm(Form):
    """Which language of the document goes; empty for the whole."""

    language: Language | Literal[""] = ""


class ParticipationForm(Form):
    """The level of participation."""

    level: str
    seen: int = 0

    @field_validator("level")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in vocabulary.participation_levels():
            raise ValueError(UnknownChoice.sentence)
        return value


class DecisionForm(Form):
    """Who decides and when."""

    owner: Annotated[Short, Field(min_length=1)]
    decided_on: date
    seen: int = 0


class NoteForm(Form):
    """A note for colleagues."""

    note: Long = ""


class ReasonsForm(Form):
    """A public reason in up to six languages."""

    reason_ar: Long = ""
    reason_zh: Long = ""
    reason_en: Long = ""
    reason_fr: Long = ""
    reason_ru: Long = ""
    reason_es: Long = ""

    @property
    def reasons(self) -> dict[str, str]:
        """Reasons by language, empty ones left out."""
        given = {code: getattr(self, f"reason_{code}") for code in LANGUAGES}
        return {code: text for code, text in given.items() if text}


class EndForm(ReasonsForm):
    """A bad ending."""


class ExtendForm(ReasonsForm):
    """A later end."""

    closes_on: date
    closes_time: Clock = "23:59"


class CorrectForm(ReasonsForm):
    """A corrected text in one language."""

    part: TextPart
    language: Language
    text: Annotated[Long, Field(min_length=1)]


class ReplyLateForm(ReasonsForm):
    """A new date for the reply."""

    new_on: date


class LateWindowForm(Form):
    """A window for one partner after the close."""

    organisation: Annotated[Short, Field(min_length=1)]
    closes_on: date
    closes_time: Clock = "23:59"
    reason: Annotated[Long, Field(min_length=1)]


def moment(day: date | None, clock: str, zone: str) -> datetime | None:
    """Return a date and a time of a zone as a moment in UTC; None without a date.

    A time that a clock change skips or repeats means its first reading.
    """
    if day is None:
        return None
    hours, minutes = clock.split(":")
    return datetime.combine(day, time(int(hours), int(minutes)), ZoneInfo(zone)).astimezone(UTC)


def typed(at: datetime | None, zone: str) -> tuple[str | None, str | None]:
    """Return a moment as it is typed: a date and a time of the zone."""
    if at is None:
        return None, None
    local = at.astimezone(ZoneInfo(zone))
    return local.date().isoformat(), local.strftime("%H:%M")


def subject_of(value: str) -> tuple[rules.SubjectKind, str]:
    """Return kind and code of a subject as a form has it."""
    kind, _mark, code = value.partition(":")
    return rules.SubjectKind(kind), code
