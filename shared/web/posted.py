"""What was posted: read whole, strictly and within limits, before anything is locked."""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TypeVar

from fastapi import Request
from pydantic import BaseModel
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from shared.errors import Problem, TooLarge
from shared.i18n import N_
from shared.web import csrf
from shared.web.forms import Filled, Form, WrongForm, printable, read
from shared.web.frame import Frame

FILE_BYTES = 10 * 1024 * 1024
FIELD_BYTES = 1024 * 1024
FIELDS = 2000
FILES = 20
M = TypeVar("M", bound=BaseModel)


class Unreadable(Problem):
    """The body is no form, or not in the encoding of our pages."""

    status = 422
    sentence = N_("We could not read what was sent. Go back, reload the page and send it again.")


class NoFields(Form):
    """A form that is one button: it carries nothing."""


@dataclass(frozen=True)
class Upload:
    """A posted file: its name as sent, the type that the browser claims, what came of it."""

    name: str
    content_type: str
    beginning: bytes = field(repr=False)

    @property
    def data(self) -> bytes:
        """Its bytes. Raises TooLarge, where it is read: so that its form can be drawn again."""
        if len(self.beginning) > FILE_BYTES:
            raise TooLarge
        return self.beginning


class PostedForm:
    """Fields and files of a posted form; `token` is the one that csrf.py looks at."""

    def __init__(
        self, pairs: list[tuple[str, str]], uploads: list[tuple[str, Upload]], token: str | None
    ) -> None:
        self.pairs = pairs
        self.token = token
        self._uploads = uploads
        self._checked = self._pressed = False

    def to_be_checked(self, *, pressed: bool = False) -> "PostedForm":
        """Have it refused unless it came from a page of ours; `pressed` is one of one button."""
        self._checked, self._pressed = True, pressed
        return self

    def check(self, here: Frame) -> None:
        """Refuse it as was said, once it is known who posted it. Raises ForeignForm, WrongForm."""
        if self._checked:
            csrf.check(here, self.token)
        if self._pressed:
            self.press()

    def read(self, kind: type[M]) -> Filled[M]:
        """Read a form of a kind from what was posted."""
        return read(kind, self.pairs)

    def take(self, kind: type[M]) -> M:
        """Read a small form that no page draws again. Raises WrongForm, which keeps the texts."""
        form = self.read(kind)
        if form.value is None:
            raise WrongForm(form)
        return form.value

    def press(self) -> None:
        """Take a form that is one button. Raises WrongForm when it carries anything else."""
        form: Filled[NoFields] = read(
            NoFields, [*self.pairs, *((field, "") for field, _ in self._uploads)]
        )
        if form.value is None:
            raise WrongForm(form)

    def get(self, name: str) -> str:
        """Return one raw value, such as the name of the button that was pressed."""
        return next((value for field, value in self.pairs if field == name), "")

    @property
    def file_names(self) -> list[str]:
        """Names of all files that came along."""
        return [upload.name for _, upload in self._uploads]

    def files(self, name: str) -> list[Upload]:
        """Return the files of a field, empty ones left out."""
        return [upload for field, upload in self._uploads if field == name]

    def file(self, name: str) -> Upload | None:
        """Return the first file of a field."""
        return next(iter(self.files(name)), None)


async def receive(request: Request, *, files: int = FILES, fields: int = FIELDS) -> PostedForm:
    """Return what a request's body holds; nothing posted is an empty form.

    Raises Unreadable for a body that is no form, or whose texts are not UTF-8: guessing another
    encoding would keep what nobody wrote. Raises TooLarge for more than a form may hold.
    """
    form = await _parsed(request, files, fields)
    try:
        uploads = [(field, upload) async for field, upload in _uploads(form)]
    finally:
        await form.close()
    given = form.get(csrf.FIELD)
    return PostedForm(list(_pairs(form)), uploads, given if isinstance(given, str) else None)


async def _parsed(request: Request, files: int, fields: int) -> FormData:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    async with aclosing(request.stream()) as stream:
        try:
            if kind == "multipart/form-data":
                return await _Multipart(
                    request.headers,
                    stream,
                    max_files=files,
                    max_fields=fields,
                    max_part_size=FIELD_BYTES,
                ).parse()
            if kind == "application/x-www-form-urlencoded":
                return await FormParser(
                    request.headers, stream, max_fields=fields, max_part_size=FIELD_BYTES
                ).parse()
        except MultiPartException as error:
            raise _refusal(error) from error
        async for chunk in stream:
            if chunk:
                raise Unreadable
    return FormData()


def _refusal(error: MultiPartException) -> Problem:
    return TooLarge() if "aximum" in error.message else Unreadable()


class _Multipart(MultiPartParser):
    """Starlette takes bytes that are no UTF-8 for Latin-1; we take them for a fault."""

    def on_part_end(self) -> None:
        if self._current_part.file is None:
            try:
                self._current_part.data.decode("utf-8")
            except UnicodeDecodeError as error:
                raise Unreadable from error
        super().on_part_end()


def _pairs(form: FormData) -> Iterator[tuple[str, str]]:
    for name, value in form.multi_items():
        if isinstance(value, str) and name != csrf.FIELD:
            yield name, value


async def _uploads(form: FormData) -> AsyncIterator[tuple[str, Upload]]:
    for name, value in form.multi_items():
        if isinstance(value, UploadFile) and value.filename:
            data = await value.read(FILE_BYTES + 1)
            clean = value.filename.replace("\\", "/").rsplit("/", 1)[-1][:200]
            yield (
                name,
                Upload(clean if printable(clean) else "file", str(value.content_type or ""), data),
            )
