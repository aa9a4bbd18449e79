"""The keys that sign tokens: made at the first start, changed every 90 days."""

from sqlalchemy import select

from services.registry.accounts import events, queries, rules
from services.registry.accounts.models import SigningKey
from shared import ids
from shared.security import tokens
from shared.work import Work


def ensure(work: Work) -> SigningKey:
    """Return the key that signs; at the first start make and tell it."""
    return queries.signing_key(work) or _make(work)


def rotate(work: Work) -> None:
    """Change a key that is 90 days old: a new one signs, the old one verifies what it signed."""
    key = queries.signing_key(work)
    if key is not None and work.system_now < key.created_at + rules.KEY_LIFE:
        return
    _make(work)
    if key is not None:
        key.retired_at = work.system_now
        work.tell(events.key_published(key))


def retell(work: Work) -> None:
    """Tell every key again, for readers whose copies were lost."""
    for key in work.session.scalars(select(SigningKey).order_by(SigningKey.id)):
        work.tell(events.key_published(key))


def _make(work: Work) -> SigningKey:
    kid = ids.new().hex
    key = work.add(
        SigningKey(id=ids.new(), kid=kid, private=tokens.new_key(kid), created_at=work.system_now)
    )
    work.record("key.make", key)
    work.tell(events.key_published(key))
    return key
