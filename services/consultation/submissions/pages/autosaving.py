"""Drafts that save themselves: what the script of an answer's pages posts, answered in JSON.

Each answer has `saying`, the sentence for the line of state. What was saved gives the new row
versions (`fields`); a conflict gives them too, with both texts to be put beside the form (`html`).
"""

from starlette.responses import Response

from services.consultation.submissions import actions, queries
from services.consultation.submissions.pages import forms, hub
from services.consultation.submissions.pages.writing import REFUSALS, SAY_OR_TAKE_OUT, topic_of
from services.consultation.submissions.queries import Sheet
from shared.i18n import _
from shared.web import formats
from shared.web.edge import PersonWork, Posted
from shared.web.forms import Filled, Form
from shared.web.pages import Pages, fragment, tell
from shared.work import Work

pages = Pages()

TEMPLATES = "consultation/submissions"


@pages.post("/answers/{id_code}/questions/{key}/autosave", name="answer.autosave_topic")
def save_topic(id_code: str, key: str, work: PersonWork, posted: Posted) -> Response:
    """Save a topic while somebody types."""
    sheet = queries.open_sheet(work, id_code, "answer.autosave_topic")
    topic = topic_of(sheet, key)
    form = posted.read(forms.topic_form(topic))
    if form.value is None:
        return _wrong(form)
    try:
        saved = actions.save_topic(work, id_code, key, forms.topic_entries(topic, form.value))
    except actions.StaleTopic as stale:
        both = forms.both_texts(stale.theirs, topic, stale.codes, form)
        return tell(
            409,
            saying=_conflict(),
            fields=forms.topic_versions(stale.theirs, topic),
            html=fragment(f"{TEMPLATES}/_both.html", both=both, consents=hub.consents()),
        )
    except REFUSALS as refusal:
        return tell(refusal.status, saying=refusal.say())
    return _saved(work, saved, forms.topic_versions(saved, topic))


@pages.post("/answers/{id_code}/paragraphs/{label}/autosave", name="answer.autosave_comment")
def save_comment(id_code: str, label: str, work: PersonWork, posted: Posted) -> Response:
    """Save a comment while somebody types."""
    queries.by_code(work, id_code, "answer.autosave_comment")
    form = posted.read(forms.CommentForm)
    if form.value is None:
        return _wrong(form)
    typed = form.value
    if typed.empty:
        return tell() if typed.is_new else tell(422, saying=_(SAY_OR_TAKE_OUT))
    try:
        saved = actions.save_comment(work, id_code, label, typed.draft, typed.was_on)
    except actions.StaleComment as stale:
        return tell(
            409,
            saying=_conflict(),
            fields=forms.comment_place(stale.theirs),
            html=fragment(
                f"{TEMPLATES}/_theirs.html",
                theirs=stale.theirs,
                stances=hub.stances(),
                consents=hub.consents(),
            ),
        )
    except REFUSALS as refusal:
        return tell(refusal.status, saying=refusal.say())
    remark = next(one for one in saved.remarks_on(label) if one.part == typed.part)
    return _saved(work, saved, forms.comment_place(remark))


def _saved(work: Work, sheet: Sheet, fields: dict[str, str]) -> Response:
    clock = formats.clock_time(sheet.submission.saved_at, work.actor.zone)
    return tell(saying=_("Saved %(clock)s", clock=clock), fields=fields)


def _conflict() -> str:
    return _("Not saved: a colleague saved another text here. Both stand on this page.")


def _wrong(form: Filled[Form] | Filled[forms.CommentForm]) -> Response:
    return tell(422, saying=_("Not saved yet: %(problem)s", problem=form.errors[0].message))
