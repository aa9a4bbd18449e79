"""Telling again: the answer to an emptied log, to copies that were lost, and to a restored backup.

Three steps, each in small works, each harmless when it is done twice: what was told of late is
sent again as it was, because facts cannot be made anew; the lists of what there is; the present
state of each. Readers know by their inbox, by versions and by occasions what they have had.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, select

from shared import ids
from shared.contracts.living import Alive, Living
from shared.contracts.partitions import partition_of
from shared.contracts.topics import TOPICS, Topic
from shared.database import outbox
from shared.database.session import Database
from shared.database.trouble import persistently
from shared.messaging.bus import Bus, Lag
from shared.messaging.consumer import OpenWork
from shared.work import Work

__all__ = ["Each", "retell", "wait_until_heard"]

M = TypeVar("M")
Say = Callable[[str, int], None]
"""Told what is being told again and how many were so far."""

PAGE = 200
PIECE = 500
"""Ids in one piece of a list: some 40 KB."""
SETTLED = timedelta(minutes=10)
"""What was made later than this ago may not be committed yet; no list speaks of it."""
PATIENCE = 60.0
"""Seconds in which something must be sent or heard while others are waited for."""
LOOK = 0.5
PIECES = UUID("6f1c2f0e-3d0b-5b1e-9a55-0d7a2f6f6c11")
"""Namespace of the ids of pieces: the same each time, so that a compacted topic keeps the last."""


@dataclass(frozen=True)
class Each(Generic[M]):
    """How one kind of aggregate is told again; an entry of a service's `retell`.

    `tell` tells the state of rows, counting their versions, as when they change. `living` is the
    contract of the list. `where` leaves out rows that need not be told.
    """

    model: type[M]
    tell: Callable[[Work, Sequence[M]], None]
    living: type[Living] | None = None
    where: Callable[[Work], ColumnElement[bool]] | None = None

    @property
    def name(self) -> str:
        """What the rows are called in the database."""
        return str(getattr(self.model, "__tablename__", self.model.__name__))

    def page(self, work: Work, after: UUID | None = None) -> Sequence[M]:
        """Tell of the next rows by id, locked; returns them."""
        model: Any = self.model
        statement = select(model).order_by(model.id).limit(PAGE)
        if self.where is not None:
            statement = statement.where(self.where(work))
        if after is not None:
            statement = statement.where(model.id > after)
        rows: Sequence[M] = work.session.scalars(statement.with_for_update()).all()
        self.tell(work, rows)
        return rows

    def ids(self, work: Work, after: UUID | None, until: UUID) -> list[Alive]:
        """Return the next ids and versions up to a bound, whether they were ever told or not."""
        model: Any = self.model
        statement = select(model.id, model.version).where(model.id <= until).order_by(model.id)
        if after is not None:
            statement = statement.where(model.id > after)
        rows = work.session.execute(statement.limit(PIECE))
        return [Alive(id=row.id, version=row.version) for row in rows]


def retell(
    open_work: OpenWork,
    tellers: Sequence[Each[Any]],
    say: Say = lambda _what, _many: None,
    *,
    alone: bool = False,
) -> None:
    """Tell everything of a service again. Called anew after a crash, it does all of it anew.

    When nobody else works (`alone`), lists speak of everything: nothing is about to be committed.
    """
    with open_work() as work:
        work.record("events.retell")
        until = ids.bound(work.system_now - (timedelta() if alone else SETTLED))
    _follow(say, "outbox", _send_again(open_work))
    for teller in tellers:
        if teller.living is not None:
            _list(open_work, teller, teller.living, until)
        _follow(say, teller.name, _states(open_work, teller))


def wait_until_heard(
    database: Database, bus: Bus, source: str, say: Say = lambda _what, _many: None
) -> None:
    """Return when what a service told up to now is sent, and handled by everybody who reads it.

    Its own workers and theirs do that, and may be told more meanwhile. Raises TimeoutError when
    nothing moves for a while, and BusAway, TopicUnknown.
    """
    with database.session_for_read() as session:
        last = outbox.last(session)

    def unsent() -> int:
        with database.session_for_read() as session:
            return outbox.backlog(session, last).rows

    _wait(unsent, source, partial(say, "to be sent"))
    ends = {(group, lag.partition): lag.end for group, lag in _lags(bus, source)}

    def unheard() -> int:
        return sum(
            max(ends[group, lag.partition] - lag.position, 0) for group, lag in _lags(bus, source)
        )

    _wait(unheard, source, partial(say, "to be heard"))


def _wait(waiting: Callable[[], int], source: str, say: Callable[[int], None]) -> None:
    left, moved = -1, time.monotonic()
    while found := waiting():
        say(found)
        if found != left:
            left, moved = found, time.monotonic()
        elif time.monotonic() - moved > PATIENCE:
            raise TimeoutError(
                f"What {source} has told is not heard: {found} events wait. Do all workers run?"
            )
        time.sleep(LOOK)
    say(0)


def _lags(bus: Bus, source: str) -> Iterator[tuple[str, Lag]]:
    owned = [topic for topic in TOPICS if topic.owner == source]
    for group in sorted({reader for topic in owned for reader in topic.readers}):
        for lag in bus.lag(group, [one.name for one in owned if group in one.readers]):
            yield group, lag


def _follow(say: Say, what: str, done: Iterator[int]) -> None:
    total = 0
    say(what, total)
    for many in done:
        total += many
        say(what, total)


def _send_again(open_work: OpenWork) -> Iterator[int]:
    after = 0

    def page() -> list[int]:
        with open_work() as work:
            return outbox.send_again(work.session, after)

    while True:
        sent = persistently(page)
        if not sent:
            return
        after = sent[-1]
        yield len(sent)


def _states(open_work: OpenWork, teller: Each[Any]) -> Iterator[int]:
    after = None

    def page() -> Sequence[Any]:
        # We lock rows by id, a request as it needs them: the two may meet.
        with open_work() as work:
            return teller.page(work, after)

    while True:
        rows = persistently(page)
        if not rows:
            return
        after = rows[-1].id
        yield len(rows)


def _list(open_work: OpenWork, teller: Each[Any], kind: type[Living], until: UUID) -> None:
    lists = [_List(kind, share, until) for share in range(kind.topic.partitions)]
    after = None
    while True:
        with open_work() as work:
            found = teller.ids(work, after, until)
            for alive in found:
                key = str(alive.id).encode()
                lists[partition_of(key, len(lists))].add(work, alive)
            if not found:
                for one in lists:
                    one.close(work)
                return
        after = found[-1].id


class _List:
    """The list of one share, told piece by piece."""

    def __init__(self, kind: type[Living], share: int, until: UUID) -> None:
        self._kind, self._share, self._until = kind, share, until
        self._living: list[Alive] = []
        self._after: UUID | None = None
        self._number = 0

    def add(self, work: Work, alive: Alive) -> None:
        """Add the next id; a full piece is told."""
        self._living.append(alive)
        if len(self._living) == PIECE:
            self._tell(work, alive.id)

    def close(self, work: Work) -> None:
        """Tell the last piece, which may be empty: it says that there is nothing more."""
        self._tell(work, self._until)

    def _tell(self, work: Work, until: UUID) -> None:
        topic = self._kind.topic
        work.tell(
            self._kind(
                id=piece_id(topic, self._share, self._number),
                version=1,
                share=self._share,
                shares=topic.partitions,
                after=self._after,
                until=until,
                living=self._living,
            )
        )
        self._living, self._after, self._number = [], until, self._number + 1


def piece_id(topic: Topic, share: int, number: int) -> UUID:
    """Return the id of a piece of a list: one that falls into the partition of its share."""
    names = (f"{topic.name}:{share}:{number}:{attempt}" for attempt in count())
    keys = (uuid5(PIECES, name) for name in names)
    return next(key for key in keys if partition_of(str(key).encode(), topic.partitions) == share)
