"""The audit log sealed: batches of its rows in a chain of hashes, written off the way of any act.

A seal holds a mark for each of its rows (the row's number and the SHA-256 of its canonical form)
and a digest over these marks and the seal before. So whoever changes, takes out or slips in a row
of a sealed batch has to make every later seal anew, and the digest that somebody kept no longer
stands in the chain.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, LargeBinary, String, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.database.audit import AuditRow
from shared.database.base import Shared
from shared.database.session import number_of

BATCH = 500
FORM = b"roundtable.audit.1"
"""What the hashes begin with: the form of what is hashed."""
NUMBER, DIGEST = 8, 32
FIRST = -(2**63)
"""Beneath every number that a row can have."""
PATIENCE = 2.0
"""Seconds that a run waits for acts under way; the next run comes in a minute."""
SEALING = number_of("audit.seal")
"""Held by whoever makes the next seal."""
WRITERS = text(
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND granted"
    " AND relation = 'audit'::regclass AND mode = 'RowExclusiveLock'"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND pid IS DISTINCT FROM pg_backend_pid()"
)


class SealRow(Shared):
    """One batch. `last` is the number of its last audit row; `previous` the digest before it."""

    __tablename__ = "audit_seal"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(BigInteger)
    marks: Mapped[bytes] = mapped_column(LargeBinary)
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]

    @property
    def rows(self) -> int:
        """How many rows are under it."""
        return len(self.marks) // (NUMBER + DIGEST)


def seal(session: Session, at: datetime) -> SealRow | None:
    """Seal the next batch of rows and return its seal; None when there is nothing to seal.

    Rows get their number when they are written and appear when their act commits: only numbers
    below which every act has ended are sealed, so that no row can appear beneath a seal.
    """
    lite = session.get_bind().dialect.name == "sqlite"
    if not lite and not session.scalar(select(func.pg_try_advisory_xact_lock(SEALING))):
        return None
    before = newest(session)
    settled = _newest_row(session) if lite else _settled(session)
    rows = list(_rows(session, before.last if before else FIRST, settled, BATCH))
    if not rows:
        return None
    made = SealRow(
        number=before.number + 1 if before else 1,
        last=rows[-1].number,
        marks=b"".join(_mark(row) for row in rows),
        previous=before.digest if before else "",
        sealed_at=at,
    )
    made.digest = _digest(made)
    session.add(made)
    return made


def newest(session: Session) -> SealRow | None:
    """Return the last seal of the chain."""
    return session.scalars(select(SealRow).order_by(SealRow.number.desc()).limit(1)).first()


class What(StrEnum):
    """What was done to the log."""

    CHANGED = "was changed"
    REMOVED = "was removed"
    INSERTED = "was inserted"


@dataclass(frozen=True, slots=True)
class Fault:
    """The first row, or seal, that is not as it was sealed."""

    thing: str
    number: int
    what: What

    def __str__(self) -> str:
        """Return it as a sentence."""
        return f"{self.thing} {self.number} {self.what}."


@dataclass(frozen=True, slots=True)
class Verified:
    """What was compared: rows under seals, rows that wait for one, the digests in order."""

    rows: int
    waiting: int
    digests: list[str]
    fault: Fault | None


def verify(session: Session) -> Verified:
    """Compare every sealed row with its mark, and every seal with the one before it."""
    rows, last, digests = 0, FIRST, list[str]()
    for one in _seals(session):
        fault = _fault_of_seal(one, digests) or _fault_of_rows(session, one, last)
        if fault is not None:
            return Verified(rows, 0, digests, fault)
        rows += one.rows
        last = one.last
        digests.append(one.digest)
    waiting = session.scalar(select(func.count()).where(AuditRow.number > last)) or 0
    return Verified(rows, waiting, digests, None)


def _fault_of_seal(one: SealRow, digests: list[str]) -> Fault | None:
    expected = len(digests) + 1
    if one.number != expected:
        return Fault("Seal", expected, What.REMOVED)
    if one.previous != (digests[-1] if digests else "") or one.digest != _digest(one):
        return Fault("Seal", one.number, What.CHANGED)
    return None


def _fault_of_rows(session: Session, one: SealRow, last: int) -> Fault | None:
    sealed = dict(_marks(one.marks))
    # Beneath the seal there may be more rows than were sealed, but they are all held against it.
    found = {row.number: _hash(row) for row in _rows(session, last, one.last)}
    for number in sorted(sealed.keys() | found.keys()):
        if number not in found:
            return Fault("Row", number, What.REMOVED)
        if number not in sealed:
            return Fault("Row", number, What.INSERTED)
        if sealed[number] != found[number]:
            return Fault("Row", number, What.CHANGED)
    return None


def _seals(session: Session) -> Iterator[SealRow]:
    number = -1
    while one := session.scalars(
        select(SealRow).where(SealRow.number > number).order_by(SealRow.number).limit(1)
    ).first():
        number = one.number
        yield one
        session.expunge(one)


def _rows(
    session: Session, after: int, until: int | None, limit: int | None = None
) -> Iterator[AuditRow]:
    statement = select(AuditRow).where(AuditRow.number > after)
    if until is not None:
        statement = statement.where(AuditRow.number <= until)
    yield from session.scalars(statement.order_by(AuditRow.number).limit(limit))


def _newest_row(session: Session) -> int:
    return session.scalar(select(func.max(AuditRow.number))) or 0


def _settled(session: Session) -> int:
    """Return a number up to which no row can appear any more; 0 when acts take too long."""
    number = _newest_row(session)
    # Whoever has a smaller number and has not committed holds this lock since before it got it.
    writing = set(session.scalars(WRITERS))
    ends = time.monotonic() + PATIENCE
    while writing and (writing := writing & set(session.scalars(WRITERS))):
        if time.monotonic() > ends:
            return 0
        time.sleep(0.02)
    return number


def _mark(row: AuditRow) -> bytes:
    return row.number.to_bytes(NUMBER, "big") + _hash(row)


def _marks(marks: bytes) -> Iterator[tuple[int, bytes]]:
    for place in range(0, len(marks), NUMBER + DIGEST):
        one = marks[place : place + NUMBER + DIGEST]
        yield int.from_bytes(one[:NUMBER], "big"), one[NUMBER:]


def _hash(row: AuditRow) -> bytes:
    said = [
        row.number,
        str(row.id),
        _instant(row.at),
        row.act,
        row.kind,
        row.subject,
        str(row.person or ""),
        str(row.cause or ""),
        row.details,
    ]
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(FORM + b"\n" + canonical.encode("ascii")).digest()


def _digest(one: SealRow) -> str:
    head = f"{one.number}\n{one.last}\n{one.previous}\n{_instant(one.sealed_at)}\n".encode("ascii")
    return hashlib.sha256(FORM + b"\n" + head + one.marks).hexdigest()


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
