"""Writing a message: rendered now, sent after the transaction has committed."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy import ColumnElement, select, update

from shared import trace
from shared.mail import message, write
from shared.mail.models import WAITING, MailRow, MailState, unforgotten
from shared.web.site import PATHS
from shared.work import View, Work

LOCAL = "http://localhost:8000"
CHUNK = 500
KEEP_BODIES = timedelta(days=90)
EMPTIED: dict[str, Any] = {
    "to": "",
    "subject": "",
    "text": "",
    "html": None,
    "headers": {},
    "attachments": [],
    # Servers write the address into their errors.
    "last_error": "",
}
"""What stays of a message whose words and address are gone."""
PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")


def post(
    work: Work,
    *,
    template: str,
    to: str,
    language: str,
    occasion: str = "",
    secret: bool = False,
    unsubscribe: str | None = None,
    calendar: str | None = None,
    **values: Any,
) -> MailRow:
    """Write a message to one address, to be sent once this Work has committed.

    `template` is `<service>/<noun>/mail/<name>`, found in that noun's `templates/mail/`.
    `secret` bodies (codes, links that sign in) are cleared after delivery. `unsubscribe` is the
    full address of the page that stops such mail; `calendar` the text of an iCalendar file.
    Every template also gets `portal` (the portal's own address) and `address(name, **params)`,
    the full address of a page of `shared.web.site` in the mail's language.
    Raises UnsafeHeader for an address or a subject that no header may hold.
    """
    written = write.compose(template, language, **{**surroundings(work, language), **values})
    row = row_of(work, written, to=to, occasion=occasion, secret=secret)
    if unsubscribe:
        row.headers = message.stop_headers(unsubscribe)
    if calendar:
        row.attachments = [{"name": "deadline.ics", "subtype": "calendar", "text": calendar}]
    return work.add(row)


def row_of(
    work: Work, written: write.Written, *, to: str, occasion: str = "", secret: bool = False
) -> MailRow:
    """Return the row of a written message, not yet added: for those who add many at once."""
    return MailRow(
        occasion=occasion,
        to=message.address(to),
        language=written.language,
        subject=message.checked(written.subject),
        text=written.text,
        html=written.html,
        headers={},
        attachments=[],
        secret=secret,
        created_at=work.system_now,
        next_at=work.system_now,
        traceparent=trace.present(),
    )


def surroundings(view: View, language: str) -> dict[str, Any]:
    """Return the values that every template gets beside its own."""
    return {"portal": portal_of(view), "address": addresses(view, language)}


def portal_of(view: View) -> str:
    """Return the portal's own address without a slash at the end, as mail must spell it out."""
    return str(getattr(view.settings, "portal_url", "") or LOCAL).rstrip("/")


def addresses(view: View, language: str) -> Callable[..., str]:
    """Return a function from route name and parameters to a page's full address in a language.

    It raises KeyError for a name that is not in the site map; parameters that the path does not
    name become the query.
    """
    portal = portal_of(view)

    def address(name: str, **params: object) -> str:
        left = dict(params)
        path = PARAMETER.sub(
            lambda found: quote(str(left.pop(found.group(1))), safe=""), PATHS[name]
        )
        query = f"?{urlencode(left, doseq=True)}" if left else ""
        return f"{portal}/{language}{path}{query}"

    return address


def forget(work: Work, *addresses: str, occasion: str = "") -> None:
    """Erase addresses: what waits is not sent, what was sent leaves no trace of the person.

    `occasion` names messages about the person that went to addresses which are not theirs now.
    """
    theirs: ColumnElement[bool] = MailRow.to.in_([one for one in addresses if one])
    if occasion:
        theirs |= MailRow.occasion == occasion
    work.session.execute(
        update(MailRow)
        .where(theirs, MailRow.state.in_(WAITING))
        .values(state=MailState.CANCELLED, settled_at=work.system_now)
    )
    work.session.execute(update(MailRow).where(theirs).values(**EMPTIED))


def forget_older(work: Work, limit: int = CHUNK) -> int:
    """Empty at most `limit` messages settled long ago (system time); returns how many were.

    How far each came stays known.
    """
    horizon = work.system_now - KEEP_BODIES
    old = (
        select(MailRow.id)
        .where(MailRow.settled_at < horizon, unforgotten)
        .order_by(MailRow.settled_at)
        .limit(limit)
    )
    ids = work.session.scalars(old).all()
    if ids:
        work.session.execute(update(MailRow).where(MailRow.id.in_(ids)).values(**EMPTIED))
    return len(ids)
