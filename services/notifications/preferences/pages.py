"""Choosing what comes by mail: signed in for everything, or by the link in a mail for one topic."""

from fastapi import Response

from services.notifications.preferences import actions, queries
from services.notifications.preferences.rules import CHOICES, HINTS, NAMES, PACES, Pace, Topic
from shared.i18n import _, translate
from shared.web.edge import (
    PersonView,
    PersonWork,
    Posted,
    PostedFromAnywhere,
    PublicView,
    PublicWork,
)
from shared.web.forms import Form, blank
from shared.web.pages import Pages, page, see_other

pages = Pages()


class PreferencesForm(Form):
    """One pace a topic; a topic that was not shown is not sent."""

    calls: Pace | None = None
    reminders: Pace | None = None
    work: Pace | None = None


@pages.get("/preferences", name="preference.show")
def show(view: PersonView) -> Response:
    """Show what the reader gets by mail."""
    mine = queries.mine(view)
    form = blank(PreferencesForm, {str(topic): pace for topic, pace in mine.items()})
    return page("notifications/preferences/show.html", form=form, topics=_topics(view))


@pages.post("/preferences", name="preference.save")
def save(work: PersonWork, posted: Posted) -> Response:
    """Keep what the reader chose."""
    form = posted.read(PreferencesForm)
    if form.value is None:
        work.require("preference.save")
        return page(
            "notifications/preferences/show.html", status=422, form=form, topics=_topics(work)
        )
    chosen = {Topic(name): pace for name, pace in form.value if pace is not None}
    actions.choose(work, chosen)
    return see_other("preference.show", saying=_("Saved."))


@pages.get("/unsubscribe/{secret}", name="preference.unsubscribe")
def ask(secret: str, view: PublicView) -> Response:
    """Show what a link stops, with a button: mail scanners follow links, so GET does nothing."""
    topic, pace = queries.of_link(view, secret)
    return page(
        "notifications/preferences/unsubscribe.html",
        secret=secret,
        topic=translate(NAMES[topic]),
        pace=pace,
        may_be_daily=Pace.DAILY in CHOICES[topic],
    )


@pages.post("/unsubscribe/{secret}", name="preference.follow")
def follow(secret: str, work: PublicWork, posted: PostedFromAnywhere) -> Response:
    """Stop the mail at once (RFC 8058: a mail program posts here, without login or cookie)."""
    wanted = posted.get("pace")
    pace = Pace(wanted) if wanted in set(Pace) else Pace.NONE
    topic = actions.follow_link(work, secret, pace)
    return page(
        "notifications/preferences/unsubscribe.html",
        secret=secret,
        topic=translate(NAMES[topic]),
        pace=pace,
        may_be_daily=Pace.DAILY in CHOICES[topic],
    )


def _topics(view: PersonView) -> list[dict[str, object]]:
    shown = [topic for topic in CHOICES if topic != Topic.WORK or view.actor.is_staff()]
    return [
        {
            "name": str(topic),
            "label": translate(NAMES[topic]),
            "hint": translate(HINTS[topic]),
            "options": [(str(pace), translate(PACES[pace])) for pace in CHOICES[topic]],
        }
        for topic in shown
    ]
