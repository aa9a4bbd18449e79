"""The edge: who asks, what they posted, the View or Work that answers. Nothing else commits."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Protocol, TypeVar
from urllib.parse import quote
from uuid import UUID

import anyio
import structlog
from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared import crash
from shared.database.trouble import Trouble, trouble
from shared.errors import Forbidden, Problem, SignInNeeded, Unsure
from shared.security.identity import Expired, Late
from shared.security.permissions import NOBODY, Actor
from shared.web import csrf
from shared.web.frame import Frame, frame
from shared.web.posted import PostedForm, receive
from shared.work import Room, View, Work

TOKEN = "roundtable_token"  # noqa: S105 - the name of a cookie
UNASKED = ("/renew", "/sign-in", "/sign-out")
"""Paths at which an expired token is not sent for renewal."""
LATE_SECONDS = 2.0


class Identity(Protocol):
    """How a service knows who carries a token."""

    def __call__(self, view: View, token: str) -> Actor:
        """Return the actor. Raises Late, Expired, or ValueError for what is no token of ours."""
        ...


class Served(Protocol):
    """What the edge needs of a service."""

    name: str
    room: Room
    identity: Identity


class Renew(Exception):
    """The browser is sent to /renew and back, with method, body and files (307).

    `organisations` are those whose newest version is to be waited for on the way back.
    """

    def __init__(self, here: Frame, organisations: Iterable[UUID] = ()) -> None:
        super().__init__("renew")
        place = quote(f"/{here.language}{here.path}{here.query}")
        asked = "".join(f"&org={one}" for one in sorted(organisations))
        self.to = f"/{here.language}/renew?next={place}{asked}"


_finishing: list[CapacityLimiter] = []


def finishing() -> CapacityLimiter:
    """Threads that end transactions, apart from those that wait for the write lock."""
    if not _finishing:
        _finishing.append(CapacityLimiter(4))
    return _finishing[0]


def bind(service: Served) -> Any:
    """Return the dependency that binds a service and its reader to the request."""

    async def bound() -> None:
        here = frame()
        here.service = service
        structlog.contextvars.bind_contextvars(service=service.name)
        here.actor = await _who(service, here)

    return Depends(bound)


async def _who(service: Served, here: Frame) -> Actor:
    token = here.cookie(TOKEN)
    if not token:
        return NOBODY

    def ask() -> Actor:
        with service.room.view() as view:
            return service.identity(view, token)

    ends = anyio.current_time() + LATE_SECONDS
    while True:
        try:
            return await to_thread.run_sync(ask)
        except Late as late:
            # Waiting for a thread is no lateness: whoever asks a busy portal is still somebody.
            if anyio.current_time() >= ends:
                # Registry may be away for hours: what was known before is better than nothing.
                return late.known or NOBODY
            await anyio.sleep(0.03)
        except ValueError:
            return NOBODY
        except Expired:
            if here.path.startswith(UNASKED):
                return NOBODY
            raise Renew(here) from None


async def _view() -> AsyncIterator[View]:
    here = frame()
    room: Room = here.service.room
    session = room.database.reading()
    view = here.view = View(room, session, here.actor)
    try:
        with _looking_again(here, view):
            yield view
        _asked(view)
    finally:
        await to_thread.run_sync(session.close, limiter=finishing())


async def _work() -> AsyncIterator[Work]:
    here = frame()
    room: Room = here.service.room
    session = room.database.writing()
    work = Work(room, session, here.actor)
    here.view = work
    done = False
    try:
        with _looking_again(here, work):
            yield work
        _asked(work)
        done = not here.given_up
    finally:
        # An error page drawn later must not take the write lock again by asking for the time.
        here.view = None
        # In one go: every change of threads lengthens the time for which the next writer waits.
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(_end, session, done, limiter=finishing())
    if done:
        for wake in room.after_commit:
            wake()


def _end(session: Session, done: bool) -> None:
    try:
        if done:
            crash.at("request.before_commit")
            _commit(session)
            crash.at("request.after_commit")
    finally:
        session.close()


def _commit(session: Session) -> None:
    session.flush()  # what fails here was certainly not kept
    try:
        session.commit()
    except DBAPIError as error:
        if trouble(error) is Trouble.AWAY and session.get_bind().dialect.name != "sqlite":
            raise Unsure from error
        raise


@contextmanager
def _looking_again(here: Frame, view: View) -> Iterator[None]:
    """Send the browser once for the newest version of what a refusal or a page's sentence rests on.

    Copies lag: before somebody is refused because of one, registry says which version to wait for.
    What a Work has written is not asked for again: it is mended when the copy arrives.
    """
    refusal: Problem | None = None
    try:
        yield
    except Problem as problem:
        refusal = problem
    doubts = view.doubted - here.waited_for
    written = isinstance(view, Work) and refusal is None
    if doubts and here.actor.signed_in and not written:
        raise Renew(here, doubts) from refusal
    if refusal is not None:
        raise refusal


def _asked(view: View) -> None:
    if not view.asked:
        raise RuntimeError("a route answered without asking the permission table")


Opened = Annotated[View, Depends(_view, scope="function")]
Begun = Annotated[Work, Depends(_work, scope="function")]


async def _person_view(view: Opened) -> View:
    return _signed_in(view)


async def _staff_view(view: Opened) -> View:
    return _staff(view)


async def _person_work(work: Begun) -> Work:
    return _signed_in(work)


async def _staff_work(work: Begun) -> Work:
    return _staff(work)


V = TypeVar("V", bound=View)


def _signed_in(view: V) -> V:
    if not view.actor.signed_in:
        raise SignInNeeded
    return view


def _staff(view: V) -> V:
    if not _signed_in(view).actor.is_staff():
        raise Forbidden
    return view


PublicView = Opened
PublicWork = Begun
PersonView = Annotated[View, Depends(_person_view, scope="function")]
PersonWork = Annotated[Work, Depends(_person_work, scope="function")]
StaffView = Annotated[View, Depends(_staff_view, scope="function")]
StaffWork = Annotated[Work, Depends(_staff_work, scope="function")]


async def _posted(request: Request) -> PostedForm:
    form = await receive(request)
    csrf.check(frame(), form.token)
    return form


async def _pressed(posted: Annotated[PostedForm, Depends(_posted)]) -> PostedForm:
    posted.press()
    return posted


async def _posted_from_anywhere(request: Request) -> PostedForm:
    return await receive(request, files=0, fields=20)


Posted = Annotated[PostedForm, Depends(_posted)]
Pressed = Annotated[PostedForm, Depends(_pressed)]
"""A form of one button, which carries nothing else."""
PostedFromAnywhere = Annotated[PostedForm, Depends(_posted_from_anywhere)]
"""What a mail client posted (RFC 8058): not checked for coming from a page of ours."""
