"""Writing an answer: the hub, topics of questions, the document by paragraphs, consent."""

from typing import Any

from starlette.responses import Response

from services.consultation.documents import queries as documents
from services.consultation.errors import AnswerLocked, AnswerSent, CannotAnswer
from services.consultation.questions.queries import TopicRow
from services.consultation.submissions import actions, queries
from services.consultation.submissions.pages import forms, hub
from services.consultation.submissions.pages.forms import NEW, WHOLE
from services.consultation.submissions.queries import Sheet
from shared.errors import NotFound, Problem
from shared.i18n import LANGUAGES, N_, _, language
from shared.web.edge import PersonView, PersonWork, Posted
from shared.web.forms import Filled, Form, blank
from shared.web.pages import Pages, page, see_other
from shared.work import View, Work

pages = Pages()

TEMPLATES = "consultation/submissions"
REFUSALS = (CannotAnswer, AnswerLocked, AnswerSent)
"""Saving was refused as a whole: what was typed is shown, to be copied."""
SAY_OR_TAKE_OUT = N_("Say where you stand, or take the comment out.")


@pages.get("/answers/{id_code}", name="answer.hub")
def show_hub(id_code: str, view: PersonView) -> Response:
    """Show the task list of an answer; a sealed one shows its receipt."""
    sheet = queries.open_sheet(view, id_code, "answer.hub")
    if sheet.submission.sealed_at is not None:
        return see_other("answer.receipt", id_code=id_code)
    return page(f"{TEMPLATES}/hub.html", sheet=sheet, hub=hub.of(view, sheet))


@pages.get("/answers/{id_code}/questions/{key}", name="answer.question")
def show_topic(id_code: str, key: str, view: PersonView) -> Response:
    """Show one topic of questions with what is saved."""
    sheet = queries.open_sheet(view, id_code, "answer.question")
    topic = topic_of(sheet, key)
    return _topic_page(view, sheet, topic, forms.topic_filled(sheet, topic))


@pages.post("/answers/{id_code}/questions/{key}", name="answer.question")
def save_topic(id_code: str, key: str, work: PersonWork, posted: Posted) -> Response:
    """Save a topic, valid or not; what does not hold yet is said at once."""
    sheet = queries.open_sheet(work, id_code, "answer.question")
    topic = topic_of(sheet, key)
    form = posted.read(forms.topic_form(topic))
    if form.value is None:
        return _topic_page(work, sheet, topic, form, status=422)
    try:
        saved = actions.save_topic(work, id_code, key, forms.topic_entries(topic, form.value))
    except actions.StaleTopic as stale:
        return _stale_topic(work, stale, topic, form)
    except REFUSALS as refusal:
        return _refused(sheet, refusal, _typed_topic(topic, form))
    if forms.pressed(posted) == "list":
        return _to_list(id_code)
    for said in saved.said(topic):
        for problem in said.problems if said.given else ():
            form.refuse(f"answer-{said.item.code}", problem)
    if form.errors:
        shown = forms.topic_filled(saved, topic)
        shown.errors = form.errors
        return _topic_page(work, saved, topic, shown, status=422, keep=True)
    return _to_next(saved, topic)


@pages.get("/answers/{id_code}/sections/{key}", name="answer.section")
def show_section(id_code: str, key: str, view: PersonView) -> Response:
    """Show one section of the document to read, with what was said on each paragraph."""
    sheet = queries.open_sheet(view, id_code, "answer.section")
    section = sheet.asked.section(key)
    version = sheet.submission.document_version_id
    if section is None or version is None:
        raise NotFound
    labels = [one.label for one in section.paragraphs]
    rows = [one for one in documents.whole(view, version, language()) if one.label in labels]
    return page(
        f"{TEMPLATES}/section.html",
        sheet=sheet,
        bar=hub.bar(view, sheet),
        section=section,
        rows=rows,
        stances=hub.stances(),
    )


@pages.get("/answers/{id_code}/paragraphs/{label}", name="answer.paragraph")
def show_paragraph(
    id_code: str, label: str, view: PersonView, part: str = "", text: str = ""
) -> Response:
    """Show one paragraph beside the form for a comment on it or on one of its parts."""
    sheet = queries.open_sheet(view, id_code, "answer.paragraph")
    remarks = sheet.remarks_on(label)
    shown = next((one for one in remarks if (one.part or WHOLE) == part), None)
    if shown is None and not part and remarks:
        shown = remarks[0]
    initial: dict[str, Any] = {"was": NEW, "version": 0}
    if part not in ("", NEW, WHOLE):
        initial["part"] = part
    if shown is not None:
        initial = {
            "part": shown.part,
            "stance": shown.stance,
            "text": shown.text,
            "wording": shown.wording,
            "consent": shown.consent,
            "was": shown.part or WHOLE,
            "version": shown.row_version,
        }
    return _paragraph_page(view, sheet, label, blank(forms.CommentForm, initial), text=text)


@pages.post("/answers/{id_code}/paragraphs/{label}", name="answer.paragraph")
def save_comment(id_code: str, label: str, work: PersonWork, posted: Posted) -> Response:
    """Save a comment, finished or not."""
    sheet = queries.open_sheet(work, id_code, "answer.paragraph")
    form = posted.read(forms.CommentForm)
    if form.value is None:
        return _paragraph_page(work, sheet, label, form, status=422)
    if form.value.empty:
        if form.value.is_new:
            return _on_from(sheet, label, form.value.then)
        form.refuse("stance", _(SAY_OR_TAKE_OUT))
        return _paragraph_page(work, sheet, label, form, status=422)
    return _keep_comment(work, sheet, label, form, form.value)


@pages.post("/answers/{id_code}/paragraphs/{label}/remove", name="answer.remove_comment")
def remove_comment(id_code: str, label: str, work: PersonWork, posted: Posted) -> Response:
    """Take a comment out."""
    sheet = queries.open_sheet(work, id_code, "answer.remove_comment")
    if sheet.asked.paragraph(label) is None:
        raise NotFound
    form = posted.take(forms.RemoveForm)
    part = form.part.removeprefix(WHOLE)
    try:
        actions.remove_comment(work, id_code, label, part, form.version)
    except actions.StaleComment as stale:
        return _refused(sheet, stale, [(_("The comment now"), stale.theirs.text)])
    return see_other(
        "answer.paragraph",
        id_code=id_code,
        label=label,
        saying=_("The comment is taken out."),
    )


@pages.get("/answers/{id_code}/consent", name="answer.consent")
def show_consent(id_code: str, view: PersonView) -> Response:
    """Ask who may see the answer."""
    sheet = queries.open_sheet(view, id_code, "answer.consent")
    submission = sheet.submission
    form = blank(
        forms.ConsentForm,
        {
            "consent": submission.consent,
            "language": submission.language,
            "version": submission.row_version,
        },
    )
    return _consent_page(view, sheet, form)


@pages.post("/answers/{id_code}/consent", name="answer.consent")
def save_consent(id_code: str, work: PersonWork, posted: Posted) -> Response:
    """Save who may see the answer."""
    sheet = queries.open_sheet(work, id_code, "answer.consent")
    form = posted.read(forms.ConsentForm)
    if form.value is None:
        return _consent_page(work, sheet, form, status=422)
    typed = form.value
    try:
        actions.save_consent(work, id_code, typed.consent, typed.language, typed.version)
    except actions.StaleConsent:
        form.raw["version"] = [str(sheet.submission.row_version)]
        names = dict(hub.consents())
        form.refuse(
            "consent",
            _(
                "A colleague chose “%(choice)s” meanwhile. Save again to keep yours.",
                choice=names.get(sheet.submission.consent or "", ""),
            ),
        )
        return _consent_page(work, sheet, form, status=409)
    except REFUSALS as refusal:
        return _refused(sheet, refusal, [])
    return _to_list(id_code)


def _keep_comment(
    work: Work, sheet: Sheet, label: str, form: Filled[Any], typed: forms.CommentForm
) -> Response:
    code = sheet.submission.code
    try:
        saved = actions.save_comment(work, code, label, typed.draft, typed.was_on)
    except actions.StaleComment as stale:
        return _stale_comment(work, sheet, label, form, stale)
    except REFUSALS as refusal:
        return _refused(sheet, refusal, [("", typed.text), ("", typed.wording)])
    remark = next(one for one in saved.remarks_on(label) if one.part == typed.part)
    if not remark.complete and typed.then == "next":
        return _incomplete(work, saved, label, form, remark.row_version)
    return _on_from(saved, label, typed.then)


def topic_of(sheet: Sheet, key: str) -> TopicRow:
    """Return a topic of questions by its key. Raises NotFound."""
    topic = sheet.topic(key)
    if topic is None:
        raise NotFound
    return topic


def _topic_page(
    view: View,
    sheet: Sheet,
    topic: TopicRow,
    form: Filled[Any],
    *,
    status: int = 200,
    keep: bool = False,
) -> Response:
    following = hub.following(sheet, topic)
    return page(
        f"{TEMPLATES}/topic.html",
        status=status,
        keep=keep,
        sheet=sheet,
        bar=hub.bar(view, sheet),
        topic=topic,
        form=form,
        following=following,
        consents=hub.consents(),
    )


def _stale_topic(
    work: View, stale: actions.StaleTopic, topic: TopicRow, form: Filled[Form]
) -> Response:
    """Show both texts side by side; saving again is a choice made with open eyes."""
    theirs = stale.theirs
    for name, version in forms.topic_versions(theirs, topic).items():
        form.raw[name] = [version]
    both = forms.both_texts(theirs, topic, stale.codes, form)
    return page(
        f"{TEMPLATES}/conflict.html",
        status=409,
        sheet=theirs,
        bar=hub.bar(work, theirs),
        topic=topic,
        form=form,
        both=both,
        consents=hub.consents(),
    )


def _paragraph_page(
    view: View,
    sheet: Sheet,
    label: str,
    form: Filled[Any],
    *,
    text: str = "",
    status: int = 200,
    keep: bool = False,
    theirs: queries.Remark | None = None,
) -> Response:
    version = sheet.submission.document_version_id
    if version is None or sheet.asked.paragraph(label) is None:
        raise NotFound
    read_in = text if text in LANGUAGES else language()
    shown = documents.paragraph(view, version, label, read_in)
    return page(
        f"{TEMPLATES}/paragraph.html",
        status=status,
        keep=keep,
        sheet=sheet,
        bar=hub.bar(view, sheet),
        shown=shown,
        other_languages=[
            one
            for one in documents.translations(view, version)
            if one.language != shown.paragraph.said.language and one.language in LANGUAGES
        ],
        part_options=documents.part_options(shown),
        section=sheet.asked.section_of(label),
        following=sheet.asked.after(label),
        remarks=sheet.remarks_on(label),
        theirs=theirs,
        form=form,
        stances=hub.stances(),
        consents=hub.consents(),
    )


def _stale_comment(
    work: View, sheet: Sheet, label: str, form: Filled[Any], stale: actions.StaleComment
) -> Response:
    """Show their comment beside the form with mine; saving again replaces theirs."""
    for name, value in forms.comment_place(stale.theirs).items():
        form.raw[name] = [value]
    return _paragraph_page(work, sheet, label, form, status=409, theirs=stale.theirs)


def _incomplete(work: View, saved: Sheet, label: str, form: Filled[Any], version: int) -> Response:
    typed = form.get("part")
    form.raw["version"], form.raw["was"] = [str(version)], [typed or WHOLE]
    if not form.get("stance"):
        form.refuse("stance", _("Say where you stand."))
    else:
        form.refuse("text", _("Say why, or propose new wording. It is saved so far."))
    return _paragraph_page(work, saved, label, form, status=422, keep=True)


def _consent_page(view: View, sheet: Sheet, form: Filled[Any], *, status: int = 200) -> Response:
    return page(
        f"{TEMPLATES}/consent.html",
        status=status,
        sheet=sheet,
        bar=hub.bar(view, sheet),
        form=form,
        consents=hub.consents(),
        languages_of_answer=list(LANGUAGES.items()),
    )


def _refused(sheet: Sheet, refusal: Problem, typed: list[tuple[str, str]]) -> Response:
    """Say why nothing was saved, and show what was typed, so that nothing is lost."""
    return page(
        f"{TEMPLATES}/kept.html",
        status=refusal.status,
        sheet=sheet,
        sentence=refusal.say(),
        typed=[(name, text) for name, text in typed if text],
    )


def _typed_topic(topic: TopicRow, form: Filled[Any]) -> list[tuple[str, str]]:
    return [
        (
            str(item.title.best()),
            "\n".join(item.spoken(form.all(f"answer-{item.code}"))),
        )
        for item in topic.questions
    ]


def _on_from(sheet: Sheet, label: str, then: str) -> Response:
    code = sheet.submission.code
    following = sheet.asked.after(label)
    if then == "next" and following is not None:
        return see_other("answer.paragraph", id_code=code, label=following.label)
    section = sheet.asked.section_of(label)
    if section is None or (then == "next" and following is None):
        return _to_list(code)
    return see_other("answer.section", id_code=code, key=section.key, saying=_("Saved."))


def _to_list(code: str) -> Response:
    return see_other("answer.hub", id_code=code, saying=_("Saved."))


def _to_next(sheet: Sheet, topic: TopicRow) -> Response:
    following = hub.following(sheet, topic)
    if following is None:
        return _to_list(sheet.submission.code)
    return see_other("answer.question", id_code=sheet.submission.code, key=following.key)
