"""The questions of a draft: one question a page, topics, order."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints
from starlette.responses import Response

from services.consultation.calls import actions, queries, rules
from services.consultation.calls.models import Call
from services.consultation.errors import CallMoved, QuestionNotReady
from services.consultation.questions import actions as question_actions
from services.consultation.questions import queries as questions
from services.consultation.questions.actions import OptionDraft, QuestionDraft
from services.consultation.questions.rules import KIND_NAMES, Kind
from shared.i18n import LANGUAGES, _, language
from shared.vocabulary import vocabulary
from shared.web.edge import Posted, Pressed, StaffView, StaffWork
from shared.web.forms import Filled, Form, WrongForm, blank
from shared.web.pages import Pages, page, see_other
from shared.work import View

pages = Pages()

TEMPLATES = "consultation/calls"
NEW = "new"
Line = Annotated[str, StringConstraints(max_length=500)]
Text = Annotated[str, StringConstraints(max_length=2000)]


class QuestionForm(Form):
    """A question in up to six languages; options are lines, the same number in each language."""

    kind: Kind
    topic: str = ""
    required: bool = False
    max_length: Annotated[int | None, Field(ge=1, le=10_000)] = None
    minimum: float | None = None
    maximum: float | None = None
    max_choices: Annotated[int | None, Field(ge=1, le=50)] = None
    title_ar: Line = ""
    title_zh: Line = ""
    title_en: Line = ""
    title_fr: Line = ""
    title_ru: Line = ""
    title_es: Line = ""
    help_ar: Text = ""
    help_zh: Text = ""
    help_en: Text = ""
    help_fr: Text = ""
    help_ru: Text = ""
    help_es: Text = ""
    options_ar: Text = ""
    options_zh: Text = ""
    options_en: Text = ""
    options_fr: Text = ""
    options_ru: Text = ""
    options_es: Text = ""

    def texts(self, name: str) -> dict[str, str]:
        """Return one text in every language, empty ones too, which take a text away."""
        return {code: getattr(self, f"{name}_{code}") for code in LANGUAGES}

    def options(self, authentic: str, codes: list[str]) -> list[OptionDraft]:
        """Return the options by line; the lines of the authentic language count them."""
        lines = {code: _lines(text) for code, text in self.texts("options").items()}
        return [
            OptionDraft(
                {code: own[place] if place < len(own) else "" for code, own in lines.items()},
                codes[place] if place < len(codes) else "",
            )
            for place in range(len(lines[authentic]))
        ]


class TopicForm(Form):
    """A topic: its title in up to six languages."""

    code: str = ""
    title_ar: Line = ""
    title_zh: Line = ""
    title_en: Line = ""
    title_fr: Line = ""
    title_ru: Line = ""
    title_es: Line = ""

    @property
    def titles(self) -> dict[str, str]:
        """Titles by language."""
        return {code: getattr(self, f"title_{code}") for code in LANGUAGES}


class MoveForm(Form):
    """Which way a question goes."""

    way: Literal["up", "down"]


@pages.get("/staff/calls/{code}/parts/questions/{question}", name="call.question")
def show(code: str, question: str, view: StaffView) -> Response:
    """Show one question to be written, `new` for another one."""
    call = queries.by_code(view, code)
    view.require("call.question", call)
    if call.state not in rules.EDITABLE:
        raise CallMoved
    initial = {"kind": "long"} if question == NEW else _initial(view, call, question)
    return _page(view, call, question, blank(QuestionForm, initial))


@pages.post("/staff/calls/{code}/parts/questions/{question}", name="call.question")
def save(code: str, question: str, work: StaffWork, posted: Posted) -> Response:
    """Save one question."""
    call = actions.edit_part(work, code, "questions")
    form = posted.read(QuestionForm)
    if form.value is not None:
        given = form.value
        codes: list[str] = []
        if question != NEW:
            row = questions.question(work, call.id, question, call.authentic_language)
            codes = list(row.option_codes)
        draft = QuestionDraft(
            kind=given.kind,
            titles=given.texts("title"),
            help=given.texts("help"),
            required=given.required,
            topic=given.topic,
            options=given.options(call.authentic_language, codes),
            max_length=given.max_length,
            minimum=given.minimum,
            maximum=given.maximum,
            max_choices=given.max_choices,
        )
        if not given.texts("title")[call.authentic_language]:
            form.refuse(f"title_{call.authentic_language}", _("Write the question."))
        else:
            try:
                question_actions.save(
                    work, call.id, draft, code=None if question == NEW else question
                )
            except QuestionNotReady as refusal:
                for wrong in refusal.wrong:
                    form.refuse(_field_of(wrong.code, call.authentic_language), wrong.say())
    if form.value is None:
        return _page(work, call, question, form, status=422)
    return see_other("call.part", code=code, part="questions", saying=_("Saved."))


@pages.post("/staff/calls/{code}/parts/questions/{question}/move", name="call.move_question")
def move(code: str, question: str, work: StaffWork, posted: Posted) -> Response:
    """Move a question up or down."""
    call = actions.edit_part(work, code, "questions")
    question_actions.move(work, call.id, question, up=posted.take(MoveForm).way == "up")
    return see_other("call.part", code=code, part="questions")


@pages.post("/staff/calls/{code}/parts/questions/{question}/remove", name="call.remove_question")
def remove(code: str, question: str, work: StaffWork, _pressed: Pressed) -> Response:
    """Remove a question."""
    call = actions.edit_part(work, code, "questions")
    question_actions.remove(work, call.id, question)
    return see_other("call.part", code=code, part="questions", saying=_("Removed."))


@pages.post("/staff/calls/{code}/parts/topics", name="call.topic")
def save_topic(code: str, work: StaffWork, posted: Posted) -> Response:
    """Add a topic, which gathers questions on one page of the answer, or give it other titles."""
    call = actions.edit_part(work, code, "questions")
    form: Filled[TopicForm] = posted.read(TopicForm)
    if form.value is not None and not form.value.titles[call.authentic_language]:
        form.refuse("", _("A topic needs a title. Nothing was saved."))
    if form.value is None:
        raise WrongForm(form)
    question_actions.save_topic(work, call.id, form.value.titles, form.value.code or None)
    return see_other("call.part", code=code, part="questions", saying=_("Saved."))


def _initial(view: View, call: Call, question: str) -> dict[str, Any]:
    row = questions.question(view, call.id, question, call.authentic_language)
    initial: dict[str, Any] = {
        "kind": row.kind.value,
        "topic": "" if row.topic == questions.WITHOUT_TOPIC else row.topic,
        "required": row.required,
        "max_length": row.max_length,
        "minimum": row.minimum,
        "maximum": row.maximum,
        "max_choices": row.max_choices,
    }
    for code in LANGUAGES:
        initial[f"title_{code}"] = row.title.get(code)
        initial[f"help_{code}"] = row.help.get(code)
        labels = [option.label.get(code, "") for option in row.options]
        initial[f"options_{code}"] = "\n".join(labels) if any(labels) else None
    return initial


def _page(
    view: View, call: Call, question: str, form: Filled[QuestionForm], status: int = 200
) -> Response:
    topics = questions.all_topics(view, call.id, call.authentic_language)
    others = [code for code in LANGUAGES if code != call.authentic_language]
    return page(
        f"{TEMPLATES}/question.html",
        status=status,
        call=call,
        question=question,
        is_new=question == NEW,
        form=form,
        kinds=[(kind.value, _(name)) for kind, name in KIND_NAMES.items()],
        topics=[("", _("No topic")), *((code, title.best().text) for code, title in topics)],
        authentic=call.authentic_language,
        others=[(code, vocabulary.language_name(code, language())) for code in others],
        names={code: vocabulary.language_name(code, language()) for code in LANGUAGES},
    )


def _field_of(code: str, authentic: str) -> str:
    fields = {"title": f"title_{authentic}", "options": f"options_{authentic}"}
    return fields.get(code, code)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]
