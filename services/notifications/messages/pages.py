"""The inbox: what was said to a person, newest first."""

from fastapi import Response

from services.notifications.messages.actions import inbox as actions
from services.notifications.messages.queries import inbox
from shared.i18n import _, ngettext
from shared.mail.plain import PAGE, to_html
from shared.web.edge import PersonView, PersonWork, Pressed
from shared.web.formats import unread_count
from shared.web.pages import Pages, page, see_other, tell

pages = Pages()


@pages.get("/inbox", name="message.index")
def index(view: PersonView, after: str = "") -> Response:
    """List the reader's messages."""
    shown = inbox.inbox(view, after or None)
    return page("notifications/messages/index.html", inbox=shown, unread=shown.unread)


@pages.get("/inbox/unread", name="message.unread")
def unread(view: PersonView) -> Response:
    """Tell the bar, which every service draws, how many messages the reader has not opened."""
    view.require("message.unread")
    n = inbox.unread(view)
    saying = ngettext("%(n)s unread notice", "%(n)s unread notices", n)
    return tell(count=unread_count(n) if n else "", saying=saying)


@pages.post("/inbox", name="message.read_all")
def read_all(work: PersonWork, _pressed: Pressed) -> Response:
    """Mark everything as read."""
    actions.mark_all_read(work)
    return see_other("message.index", saying=_("Everything is marked as read."))


@pages.get("/inbox/{code}", name="message.show")
def show(code: str, view: PersonView) -> Response:
    """Show one message; that it was read is noted by a button, because GET changes nothing."""
    message = inbox.message(view, code)
    return page(
        "notifications/messages/show.html",
        message=message,
        body=to_html(message.text, PAGE),
        unread=inbox.unread(view),
    )


@pages.post("/inbox/{code}", name="message.read")
def read(code: str, work: PersonWork, _pressed: Pressed) -> Response:
    """Mark one message as read."""
    actions.mark_read(work, code)
    return see_other("message.index", saying=_("Marked as read."))
