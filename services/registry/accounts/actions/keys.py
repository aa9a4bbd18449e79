"""The keys that sign tokens: made at the first start, changed every 90 days."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from services.registry.accounts import events, queries, rules
from services.registry.accounts.models import SigningKey
from shared import ids
from shared.messaging.retell import Each
from shared.security import tokens
from shared.work import Work


def ensure(work: Work) -> SigningKey:
    """Return the key that signs; at the first start make and tell it."""
    return queries.signing_key(work) or _make(work)


def keep_young(work: Work) -> None:
    """Change a key that is 90 days old, and drop those that nobody comes with any more."""
    key = queries.signing_key(work)
    if key is None or work.system_now >= key.created_at + rules.KEY_LIFE:
        rotate(work)
    gone = work.system_now - tokens.AFTERLIFE
    for old in work.session.scalars(select(SigningKey).where(SigningKey.retired_at < gone)):
        work.record("key.drop", old)
        work.delete(old)


def rotate(work: Work, *, leaked: bool = False) -> None:
    """Have a new key sign. The old one verifies what it signed until that has run out.

    When its private half has `leaked`, what it signed has run out now: browsers renew their tokens.
    """
    old = queries.signing_key(work)
    _make(work)
    if old is not None:
        old.private = tokens.public_of(old.private)
        old.retired_at = work.system_now - (tokens.SPENT if leaked else timedelta(0))
        work.record("key.retire", old, leaked=leaked)
        work.tell(events.key_published(old))


def _tell_again(work: Work, rows: Sequence[SigningKey]) -> None:
    for key in rows:
        work.tell(events.key_published(key))


retell = Each(SigningKey, _tell_again)
"""Every key, for readers whose copies were lost. No list: a key that we lost signs nothing."""


def _make(work: Work) -> SigningKey:
    kid = ids.new().hex
    key = work.add(
        SigningKey(id=ids.new(), kid=kid, private=tokens.new_key(kid), created_at=work.system_now)
    )
    work.record("key.make", key)
    work.tell(events.key_published(key))
    return key
