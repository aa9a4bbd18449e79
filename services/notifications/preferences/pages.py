"""Choosing what comes by mail: signed in for everything, or by the link in a mail for one topic."""

from typing import Annotated

from fastapi import Response
from pydantic import Field

from services.notifications.preferences import actions, queries
from services.notifications.preferences.rules import (
    CHOICES,
    DIGESTS,
    HINTS,
    NAMES,
    PACES,
    Pace,
    Quiet,
    Topic,
)
from shared.i18n import _, translate
from shared.web.edge import (
    PersonView,
    PersonWork,
    Posted,
    PostedFromAnywhere,
    PublicView,
    PublicWork,
)
from shared.web.formats import zone_place
from shared.web.forms import Filled, Form, blank
from shared.web.pages import Pages, page, see_other

pages = Pages()


Hour = Annotated[int, Field(ge=0, le=23)]


class PreferencesForm(Form):
    """One pace a topic, a topic that was not shown is not sent; quiet hours, or none."""

    calls: Pace | None = None
    reminders: Pace | None = None
    work: Pace | None = None
    quiet_from: Hour | None = None
    quiet_until: Hour | None = None

    def paces(self) -> dict[Topic, Pace]:
        """Return what was chosen by topic."""
        chosen = {Topic.CALLS: self.calls, Topic.REMINDERS: self.reminders, Topic.WORK: self.work}
        return {topic: pace for topic, pace in chosen.items() if pace is not None}

    def quiet(self) -> Quiet | None:
        """Return the quiet hours."""
        if self.quiet_from is None or self.quiet_until is None:
            return None
        return Quiet(self.quiet_from, self.quiet_until)


@pages.get("/preferences", name="preference.show")
def show(view: PersonView) -> Response:
    """Show what the reader gets by mail, and when."""
    initial: dict[str, object] = {str(topic): pace for topic, pace in queries.mine(view).items()}
    if (quiet := queries.my_quiet(view)) is not None:
        initial |= {"quiet_from": quiet.starts, "quiet_until": quiet.ends}
    return _form_page(view, blank(PreferencesForm, initial))


@pages.post("/preferences", name="preference.save")
def save(work: PersonWork, posted: Posted) -> Response:
    """Keep what the reader chose."""
    form = posted.read(PreferencesForm)
    _check_hours(form)
    if form.value is None:
        work.require("preference.save")
        return _form_page(work, form, status=422)
    actions.choose(work, form.value.paces())
    actions.keep_quiet(work, form.value.quiet())
    return see_other("preference.show", saying=_("Saved."))


def _check_hours(form: Filled[PreferencesForm]) -> None:
    if form.value is None:
        return
    starts, ends = form.value.quiet_from, form.value.quiet_until
    if (starts is None) != (ends is None):
        missing = "quiet_from" if starts is None else "quiet_until"
        form.refuse(missing, _("Choose both hours, or neither."))
    elif starts is not None and starts == ends:
        form.refuse("quiet_until", _("Choose two different hours."))


def _form_page(view: PersonView, form: Filled[PreferencesForm], status: int = 200) -> Response:
    return page(
        "notifications/preferences/show.html",
        status=status,
        form=form,
        topics=_topics(view),
        hours=[("", _("No quiet hours")), *((hour, f"{hour:02d}:00") for hour in range(24))],
        zone=zone_place(view.actor.zone),
    )


@pages.get("/unsubscribe/{secret}", name="preference.unsubscribe")
def ask(secret: str, view: PublicView) -> Response:
    """Show what a link stops, with a button: mail scanners follow links, so GET does nothing."""
    topic, pace = queries.of_link(view, secret)
    return _link_page(secret, topic, pace)


@pages.post("/unsubscribe/{secret}", name="preference.follow")
def follow(secret: str, work: PublicWork, posted: PostedFromAnywhere) -> Response:
    """Stop the mail at once (RFC 8058: a mail program posts here, without login or cookie)."""
    wanted = posted.get("pace")
    pace = Pace(wanted) if wanted in set(Pace) else Pace.NONE
    topic = actions.follow_link(work, secret, pace)
    return _link_page(secret, topic, pace)


def _link_page(secret: str, topic: Topic, pace: Pace) -> Response:
    return page(
        "notifications/preferences/unsubscribe.html",
        secret=secret,
        topic=translate(NAMES[topic]),
        pace=pace,
        digests=[one for one in DIGESTS if one in CHOICES[topic] and one != pace],
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
