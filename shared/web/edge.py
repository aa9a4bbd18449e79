"""The edge: who asks, what they posted, the View or Work that answers. Nothing else commits."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, Protocol, TypeVar
from urllib.parse import quote
from uuid import UUID

import anyio
from anyio import to_thread
from fastapi import Depends, Request
from sqlalchemy.exc import DBAPIError
from starlette.responses import Response

from shared import crash
from shared.database.trouble import Trouble, trouble
from shared.errors import Forbidden, Problem, SignInNeeded, Unsure
from shared.security.identity import Expired, Late
from shared.security.permissions import NOBODY, Actor
from shared.security.tokens import COOKIE
from shared.web.frame import Frame, frame
from shared.web.posted import PostedForm, receive
from shared.web.shelf import is_for_everybody
from shared.work import Room, View, Work

TOKEN = COOKIE
UNASKED = ("/renew", "/sign-in", "/sign-out")
"""Paths at which an expired token is not sent for renewal."""
LATE_SECONDS = 2.0
T = TypeVar("T")


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


async def recognise(here: Frame) -> None:
    """Find out who asks, where nothing has asked for it yet: pages of errors are drawn for them."""
    if here.service is not None and not here.recognised:
        with suppress(Renew):
            await _patiently(here, lambda: _recognise(here))


async def _patiently(here: Frame, answer: Callable[[], T]) -> T:
    """Return what a thread answers, asked again while the copy of who asks is too old.

    Registry may be away for hours: in the end what was known before is better than nothing.
    """
    ends = anyio.current_time() + LATE_SECONDS
    while True:
        try:
            return await to_thread.run_sync(answer)
        except Late as late:
            # Waiting for a thread is no lateness: whoever asks a busy portal is still somebody.
            if anyio.current_time() >= ends:
                here.actor, here.recognised = late.known or NOBODY, True
            else:
                await anyio.sleep(0.03)


def _recognise(here: Frame, view: View | None = None) -> None:
    """Find out who asks, once a request. Raises Late, and Renew for an expired token."""
    token = here.cookie(TOKEN)
    if here.recognised or not token:
        here.recognised = True
        return
    service: Served = here.service
    try:
        if view is not None:
            here.actor = service.identity(view, token)
        else:
            with service.room.view() as short:
                here.actor = service.identity(short, token)
    except ValueError:
        pass
    except Expired:
        if not here.path.startswith(UNASKED):
            raise Renew(here) from None
    here.recognised = True


@dataclass(frozen=True)
class Opening:
    """What a parameter of a route asks for: a Work or a View, and whom it is opened to."""

    admit: Callable[[View], None]
    works: bool = False


def answering(endpoint: Callable[..., Response]) -> Callable[..., Awaitable[Response]]:
    """Return a route that finds out who asks, opens what `endpoint` asks for, calls and commits.

    All of it in one go in one thread: each change of threads costs as much as two statements, and
    lengthens the time for which the next writer waits.
    """
    signature = inspect.signature(endpoint)
    opened = {
        name: one
        for name, parameter in signature.parameters.items()
        for one in getattr(parameter.annotation, "__metadata__", ())
        if isinstance(one, Opening)
    }
    if len(opened) > 1:
        raise TypeError(f"{endpoint.__name__} asks for more than one transaction")
    name, opening = next(iter(opened.items()), ("", None))
    shared = is_for_everybody(endpoint)

    @wraps(endpoint)
    async def answered(**given: Any) -> Response:
        here = frame()

        def call(view: View | None = None) -> Response:
            for form in given.values():
                if isinstance(form, PostedForm):
                    form.check(here)
            return endpoint(**given, **({name: view} if name else {}))

        def in_one_go() -> Response:
            if opening is None:
                _recognise(here)
                return call()
            return _working(here, opening, call) if opening.works else _viewing(here, opening, call)

        response = await _patiently(here, in_one_go)
        here.for_everybody = shared and not here.actor.signed_in
        return response

    left = [one for one in signature.parameters.values() if one.name not in opened]
    answered.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]
    return answered


Call = Callable[[View], Response]


def _viewing(here: Frame, opening: Opening, call: Call) -> Response:
    room: Room = here.service.room
    with room.database.reading() as transaction:
        view = View(room, transaction, NOBODY)
        _recognise(here, view)
        view.actor, here.view = here.actor, view
        return _answer(here, view, opening, call)


def _working(here: Frame, opening: Opening, call: Call) -> Response:
    room: Room = here.service.room
    transaction = room.database.writing()
    try:
        work = Work(room, transaction, NOBODY)
        _recognise(here, work)
        work.actor, here.view = here.actor, work
        response = _answer(here, work, opening, call)
        if here.given_up:
            return response
        crash.at("request.before_commit")
        _commit(work)
        crash.at("request.after_commit")
    finally:
        # An error page drawn later must not take the write lock again by asking for the time.
        here.view = None
        transaction.close()
    for wake in room.after_commit:
        wake()
    return response


def _answer(here: Frame, view: View, opening: Opening, call: Call) -> Response:
    with _looking_again(here, view):
        opening.admit(view)
        response = call(view)
    if not view.asked:
        raise RuntimeError("a route answered without asking the permission table")
    return response


def _commit(work: Work) -> None:
    work.finish()  # what fails here was certainly not kept
    try:
        work.transaction.commit()
    except DBAPIError as error:
        if trouble(error) is Trouble.AWAY and not work.room.database.is_sqlite:
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


def _anyone(_view: View) -> None:
    """Let in whoever asks; the permission table decides on acts."""


def _signed_in(view: View) -> None:
    if not view.actor.signed_in:
        raise SignInNeeded


def _staff(view: View) -> None:
    _signed_in(view)
    if not view.actor.is_staff():
        raise Forbidden


PublicView = Annotated[View, Opening(_anyone)]
PublicWork = Annotated[Work, Opening(_anyone, works=True)]
PersonView = Annotated[View, Opening(_signed_in)]
PersonWork = Annotated[Work, Opening(_signed_in, works=True)]
StaffView = Annotated[View, Opening(_staff)]
StaffWork = Annotated[Work, Opening(_staff, works=True)]


async def _posted(request: Request) -> PostedForm:
    return (await receive(request)).to_be_checked()


async def _pressed(request: Request) -> PostedForm:
    return (await receive(request)).to_be_checked(pressed=True)


async def _posted_from_anywhere(request: Request) -> PostedForm:
    return await receive(request, files=0, fields=20)


Posted = Annotated[PostedForm, Depends(_posted)]
Pressed = Annotated[PostedForm, Depends(_pressed)]
"""A form of one button, which carries nothing else."""
PostedFromAnywhere = Annotated[PostedForm, Depends(_posted_from_anywhere)]
"""What a mail client posted (RFC 8058): not checked for coming from a page of ours."""
