"""Lists of calls: the public one and the staff desk, paged by key, a constant number of queries."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, union

from services.consultation.calls import rules
from services.consultation.calls.models import Call, CallText
from services.consultation.calls.queries.reading import titles, windows_of
from services.consultation.calls.rules import Phase, State
from shared.database.found import found
from shared.i18n import Words
from shared.work import View

SIZE = 20


class Shelf(StrEnum):
    """Which calls a public list shows."""

    OPEN = "open"
    UPCOMING = "upcoming"
    CLOSED = "closed"


@dataclass(frozen=True)
class Row:
    """A call in a list."""

    id: UUID
    code: str
    state: str
    phase: Phase
    title: Words
    subject_kind: str
    subject_code: str
    audience: Any
    zone: str
    opens_at: datetime | None
    closes_at: datetime | None
    reply_due_at: datetime | None
    ended_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class Found:
    """A page of calls. `next` is the key to go on from, empty on the last page."""

    rows: list[Row]
    next: str


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to; empty values do not narrow. `after` is the key of a page."""

    shelf: Shelf | None = None
    programme: str = ""
    kind: str = ""
    text: str = ""
    states: tuple[str, ...] = ()
    after: str = ""
    size: int = SIZE


def index(view: View, wanted: Wanted) -> Found:
    """Return public calls: open ones by closing, upcoming by opening, closed ones newest first."""
    shelf = wanted.shelf or Shelf.OPEN
    statement = view.only("call.index", select(Call)).where(_on(shelf, view.now))
    statement = _narrowed(statement, wanted)
    keys = {
        Shelf.OPEN: (Call.closes_at, False),
        Shelf.UPCOMING: (Call.opens_at, False),
        Shelf.CLOSED: (Call.closes_at, True),
    }
    column, newest_first = keys[shelf]
    return _page(view, statement, column, wanted, newest_first=newest_first)


def desk(view: View, wanted: Wanted) -> Found:
    """Return calls for the staff desk, the newest first, drafts included."""
    statement = view.only("call.desk", select(Call))
    if wanted.states:
        statement = statement.where(Call.state.in_(wanted.states))
    statement = _narrowed(statement, wanted)
    return _page(view, statement, Call.created_at, wanted, newest_first=True)


def count(view: View, shelf: Shelf) -> int:
    """Return how many public calls stand on a shelf."""
    statement = view.only("call.index", select(Call.id)).where(_on(shelf, view.now))
    return len(view.session.execute(statement.limit(1000)).all())


def rows_of(view: View, calls: list[Call]) -> list[Row]:
    """Return calls as rows of a list, with titles and phases, in two queries."""
    said = titles(view, calls)
    windows = windows_of(view, [call.id for call in calls])
    return [
        Row(
            id=call.id,
            code=call.code,
            state=call.state,
            phase=rules.phase(
                call.state, windows.get(call.id, []), view.now, call.reply_expected_at
            ),
            title=said[call.id],
            subject_kind=call.subject_kind,
            subject_code=call.subject_code,
            audience=call.audience,
            zone=call.zone,
            opens_at=call.opens_at,
            closes_at=call.closes_at,
            reply_due_at=call.reply_expected_at,
            ended_at=call.ended_at,
            created_at=call.created_at,
        )
        for call in calls
    ]


def open_calls(view: View, limit: int = SIZE) -> list[Row]:
    """Return public calls that are open now, the next to close first."""
    return index(view, Wanted(Shelf.OPEN, size=limit)).rows


def _on(shelf: Shelf, now: datetime) -> ColumnElement[bool]:
    live = Call.state == State.PUBLISHED
    conditions = {
        Shelf.OPEN: and_(live, Call.opens_at <= now, Call.closes_at > now),
        Shelf.UPCOMING: and_(live, Call.opens_at > now),
        Shelf.CLOSED: or_(Call.state != State.PUBLISHED, Call.closes_at <= now),
    }
    return conditions[shelf]


def _narrowed(statement: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.programme:
        statement = statement.where(
            Call.subject_kind == rules.SubjectKind.PROGRAMME,
            Call.subject_code == wanted.programme,
        )
    if wanted.kind:
        statement = statement.where(Call.subject_kind == wanted.kind)
    if wanted.text:
        text = wanted.text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        titled = select(CallText.owner_id).where(
            CallText.part == "title", CallText.text.ilike(f"%{text}%", escape="\\")
        )
        coded = select(Call.id).where(Call.code == wanted.text)
        statement = statement.where(Call.id.in_(found(union(titled, coded))))
    return statement


def _page(
    view: View, statement: Select[Any], column: Any, wanted: Wanted, *, newest_first: bool
) -> Found:
    if (key := _read(wanted.after)) is not None:
        moment, row_id = key
        further = column < moment if newest_first else column > moment
        beside = Call.id < row_id if newest_first else Call.id > row_id
        statement = statement.where(or_(further, and_(column == moment, beside)))
    order = (column.desc(), Call.id.desc()) if newest_first else (column, Call.id)
    calls = list(view.session.scalars(statement.order_by(*order).limit(wanted.size + 1)))
    more = len(calls) > wanted.size
    calls = calls[: wanted.size]
    name = column.key
    last = f"{getattr(calls[-1], name).isoformat()}_{calls[-1].id}" if more else ""
    return Found(rows_of(view, calls), last)


def _read(after: str) -> tuple[datetime, UUID] | None:
    moment, mark, row_id = after.partition("_")
    try:
        return (datetime.fromisoformat(moment).astimezone(UTC), UUID(row_id)) if mark else None
    except (ValueError, OverflowError):
        return None
