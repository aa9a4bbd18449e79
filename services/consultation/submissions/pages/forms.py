"""The forms of answering, and how a topic of questions becomes a form."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, create_model

from services.consultation.questions.queries import TopicRow
from services.consultation.submissions.actions import Draft, Entry
from services.consultation.submissions.queries import Remark, Said, Sheet
from services.consultation.submissions.rules import TEXT_LIMIT
from shared.web.forms import Filled, Form, blank
from shared.web.posted import PostedForm

LONGEST = 20_000
"""Characters of a response that are kept at all; a question's own limit is judged later."""

WHOLE, NEW = "whole", "new"
"""In addresses and forms: a comment on the whole paragraph, and one that is not saved yet."""

SEEN = r"^[0-9a-f]{64}$"
Who = Literal["named", "unnamed", "secretariat"]
Language = Literal["ar", "zh", "en", "fr", "ru", "es"]


class BeginForm(Form):
    """For which organisation to answer, by its public name in addresses."""

    organisation: Annotated[str, Field(max_length=120)]


class CommentForm(Form):
    """A comment on a paragraph. `was` is the part it was on, `new` for a new one."""

    part: Annotated[str, Field(max_length=60)] = ""
    stance: Literal["keep", "change", "remove", "comment"] | None = None
    text: Annotated[str, Field(max_length=TEXT_LIMIT)] = ""
    wording: Annotated[str, Field(max_length=TEXT_LIMIT)] = ""
    consent: Who | None = None
    was: Annotated[str, Field(max_length=60)] = NEW
    version: Annotated[int, Field(ge=0)] = 0
    then: Literal["next", "list"] = "list"

    @property
    def empty(self) -> bool:
        """Say whether nothing is said in it."""
        return not (self.stance or self.text or self.wording)

    @property
    def is_new(self) -> bool:
        """Say whether the typist saw no comment here yet."""
        return self.was == NEW

    @property
    def was_on(self) -> str | None:
        """The part that the comment was on, "" for the whole paragraph, None for a new one."""
        return None if self.is_new else self.was.removeprefix(WHOLE)

    @property
    def draft(self) -> Draft:
        """The comment as it was typed."""
        return Draft(self.part, self.stance, self.text, self.wording, self.consent, self.version)


class RemoveForm(Form):
    """A comment to take out."""

    part: Annotated[str, Field(max_length=60)] = WHOLE
    version: Annotated[int, Field(ge=0)]


class ConsentForm(Form):
    """Who may see the answer, and the language it is written in."""

    consent: Who
    language: Language
    version: Annotated[int, Field(ge=0)]


class AskForm(Form):
    """A note to the office that is asked."""

    note: Annotated[str, Field(max_length=2000)] = ""


class PaperForm(Form):
    """An approval that was signed on paper."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    on: date


class DecideForm(Form):
    """What the office says; `name` is typed by the person who decides."""

    decision: Literal["approve", "send_back"]
    name: Annotated[str, Field(max_length=200)] = ""
    comment: Annotated[str, Field(max_length=4000)] = ""


class SettingsForm(Form):
    """Who approves before sending, and whether deputies may send."""

    who: Literal["nobody", "office"]
    name: Annotated[str, Field(max_length=200)] = ""
    office: Annotated[str, Field(max_length=200)] = ""
    email: Annotated[str, Field(max_length=254)] = ""
    language: Language = "en"
    deputies: bool = False


class SendForm(Form):
    """Sending: the key of this check page, and the digest of what was read on it."""

    key: Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
    seen: Annotated[str, Field(pattern=SEEN)]


def topic_form(topic: TopicRow) -> type[Form]:
    """Return the form of a topic: a value, a consent and a seen version for each question."""
    fields: dict[str, Any] = {"then": (Literal["next", "list"], "list")}
    for item in topic.questions:
        long = Annotated[str, Field(max_length=LONGEST)]
        if item.many:
            fields[f"answer-{item.code}"] = (list[Annotated[str, Field(max_length=200)]], [])
        else:
            fields[f"answer-{item.code}"] = (long, "")
        fields[f"consent-{item.code}"] = (Who | None, None)
        fields[f"version-{item.code}"] = (Annotated[int, Field(ge=0)], 0)
    return create_model("TopicForm", __base__=Form, **fields)


def topic_filled(sheet: Sheet, topic: TopicRow) -> Filled[Form]:
    """Return the form of a topic with what is saved."""
    initial: dict[str, Any] = {}
    for said in sheet.said(topic):
        initial[f"answer-{said.item.code}"] = said.value
        initial[f"consent-{said.item.code}"] = said.consent
        initial[f"version-{said.item.code}"] = said.row_version
    return blank(Form, initial)


def topic_entries(topic: TopicRow, value: Form) -> Mapping[str, Entry]:
    """Return what was typed, by the code of its question."""
    typed = value.model_dump()
    return {
        item.code: Entry(
            value=typed[f"answer-{item.code}"],
            consent=typed[f"consent-{item.code}"],
            version=typed[f"version-{item.code}"],
        )
        for item in topic.questions
    }


def topic_versions(sheet: Sheet, topic: TopicRow) -> dict[str, str]:
    """Return the row versions that a form of this topic has to send next."""
    return {f"version-{said.item.code}": str(said.row_version) for said in sheet.said(topic)}


def both_texts(
    theirs: Sheet, topic: TopicRow, codes: Collection[str], form: Filled[Any]
) -> list[tuple[Said, list[str]]]:
    """Return what is saved now beside what was typed, for the questions where both differ."""
    return [
        (said, said.item.spoken(form.all(f"answer-{said.item.code}")))
        for said in theirs.said(topic)
        if said.item.code in codes
    ]


def comment_place(remark: Remark) -> dict[str, str]:
    """Return what a form has to send next, so that it changes this comment."""
    return {"was": remark.part or WHOLE, "version": str(remark.row_version)}


def pressed(posted: PostedForm) -> str:
    """Return where to go after saving: `next` or `list`."""
    return "next" if posted.get("then") == "next" else "list"
