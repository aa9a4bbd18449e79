"""The edge: who asks, what they posted, the View or Work that answers. Nothing else commits."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar
from urllib.parse import quote

import anyio
from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request
from pydantic import BaseModel
from starlette.datastructures import FormData, UploadFile

from shared.errors import Forbidden, SignInNeeded, TooLarge
from shared.security.identity import Expired, Late
from shared.security.permissions import NOBODY, Actor
from shared.web import csrf
from shared.web.forms import Filled, printable, read
from shared.web.frame import Frame, frame
from shared.work import Room, View, Work

TOKEN = "roundtable_token"  # noqa: S105 - the name of a cookie
UNASKED = ("/renew", "/sign-in", "/sign-out")
"""Paths at which an expired token is not sent for renewal."""
LATE_SECONDS = 2.0
FILE_BYTES = 10 * 1024 * 1024
M = TypeVar("M", bound=BaseModel)


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
    """The browser is sent to /renew and back, with method, body and files (307)."""

    def __init__(self, here: Frame) -> None:
        super().__init__("renew")
        self.to = f"/{here.language}/renew?next={quote(f'/{here.language}{here.path}{here.query}')}"


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
        here.actor = await _who(service, here)

    return Depends(bound)


async def _who(service: Served, here: Frame) -> Actor:
    token = here.cookie(TOKEN)
    if not token:
        return NOBODY

    def ask() -> Actor:
        with service.room.view() as view:
            return service.identity(view, token)

    known = NOBODY
    with anyio.move_on_after(LATE_SECONDS):
        while True:
            try:
                return await to_thread.run_sync(ask)
            except Late as late:
                known = late.known or NOBODY
                await anyio.sleep(0.03)
            except ValueError:
                return NOBODY
            except Expired:
                if here.path.startswith(UNASKED):
                    return NOBODY
                raise Renew(here) from None
    # Registry may be away for hours: what was known of the person before is better than nothing.
    return known


async def _view() -> AsyncIterator[View]:
    here = frame()
    room: Room = here.service.room
    session = room.database.reading()
    view = here.view = View(room, session, here.actor)
    try:
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
        yield work
        _asked(work)
        done = not here.given_up
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(
                session.commit if done else session.rollback, limiter=finishing()
            )
    finally:
        # An error page drawn later must not take the write lock again by asking for the time.
        here.view = None
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(session.close, limiter=finishing())
    if done:
        for wake in room.after_commit:
            wake()


def _asked(view: View) -> None:
    if not view.asked:
        raise RuntimeError("a route answered without asking the permission table")


Opened = Annotated[View, Depends(_view, scope="function")]
Begun = Annotated[Work, Depends(_work, scope="function")]


def _person_view(view: Opened) -> View:
    return _signed_in(view)


def _staff_view(view: Opened) -> View:
    return _staff(view)


def _person_work(work: Begun) -> Work:
    return _signed_in(work)


def _staff_work(work: Begun) -> Work:
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


@dataclass(frozen=True)
class Upload:
    """A posted file: its name as sent, the type that the browser claims, its bytes."""

    name: str
    content_type: str
    data: bytes


class PostedForm:
    """What was posted, read whole before anything is locked."""

    def __init__(self, pairs: list[tuple[str, str]], uploads: list[tuple[str, Upload]]) -> None:
        self.pairs = pairs
        self._uploads = uploads

    def read(self, kind: type[M]) -> Filled[M]:
        """Read a form of a kind from what was posted."""
        return read(kind, self.pairs)

    def get(self, name: str) -> str:
        """Return one raw value, such as the name of the button that was pressed."""
        return next((value for field, value in self.pairs if field == name), "")

    def files(self, name: str) -> list[Upload]:
        """Return the files of a field, empty ones left out."""
        return [upload for field, upload in self._uploads if field == name]

    def file(self, name: str) -> Upload | None:
        """Return the first file of a field."""
        return next(iter(self.files(name)), None)


async def _posted(request: Request) -> PostedForm:
    async with request.form(max_files=20, max_fields=2000, max_part_size=1024 * 1024) as form:
        given = form.get(csrf.FIELD)
        csrf.check(frame(), given if isinstance(given, str) else None)
        return await _read(form)


async def _posted_from_anywhere(request: Request) -> PostedForm:
    async with request.form(max_files=0, max_fields=20) as form:
        return await _read(form)


async def _read(form: FormData) -> PostedForm:
    uploads = [(field, upload) async for field, upload in _uploads(form)]
    return PostedForm(list(_pairs(form)), uploads)


def _pairs(form: FormData) -> Iterator[tuple[str, str]]:
    for name, value in form.multi_items():
        if isinstance(value, str) and name != csrf.FIELD:
            yield name, value


async def _uploads(form: FormData) -> AsyncIterator[tuple[str, Upload]]:
    for name, value in form.multi_items():
        if isinstance(value, UploadFile) and value.filename:
            data = await value.read(FILE_BYTES + 1)
            if len(data) > FILE_BYTES:
                raise TooLarge
            clean = value.filename.replace("\\", "/").rsplit("/", 1)[-1][:200]
            yield (
                name,
                Upload(clean if printable(clean) else "file", str(value.content_type or ""), data),
            )


Posted = Annotated[PostedForm, Depends(_posted)]
PostedFromAnywhere = Annotated[PostedForm, Depends(_posted_from_anywhere)]
"""What a mail client posted (RFC 8058): not checked for coming from a page of ours."""
