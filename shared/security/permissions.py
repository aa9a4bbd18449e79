"""The mechanism of the permission table: deny by default, one row an act, readable as a policy.

A service's `permissions.py` lists rows; View and Work ask them. Route names are acts, so a route
without a row cannot be served.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Select

from shared.errors import Forbidden, NotFound, Problem, SignInNeeded


@dataclass(frozen=True)
class Actor:
    """Whoever acts: a person with roles, nobody, or the system itself (handlers and jobs)."""

    person: UUID | None = None
    name: str = ""
    language: str = "en"
    zone: str = "UTC"
    email: str = ""
    staff_roles: frozenset[str] = frozenset()
    memberships: Mapping[UUID, frozenset[str]] = field(default_factory=dict)
    session: UUID | None = None
    is_system: bool = False

    @property
    def signed_in(self) -> bool:
        """Say whether a person is known."""
        return self.person is not None

    def is_staff(self, *roles: str) -> bool:
        """Say whether the actor has one of these staff roles, any at all when none is given."""
        return bool(self.staff_roles.intersection(roles)) if roles else bool(self.staff_roles)

    def member(self, organisation: UUID, *roles: str) -> bool:
        """Say whether the actor has one of these roles there, any at all when none is given."""
        held = self.memberships.get(organisation, frozenset())
        return bool(held.intersection(roles)) if roles else bool(held)


NOBODY = Actor()
SYSTEM = Actor(name="system", is_system=True)


@dataclass(frozen=True)
class Grant:
    """One kind of actor to whom an act is open; `words` say which, for people and documents."""

    words: str
    allows: Callable[[Actor, Any], bool]


Only = Callable[[Actor, Select[Any]], Select[Any]]


@dataclass(frozen=True)
class Row:
    """Who may do one act. `hidden` refusals look like there was nothing (404).

    `only` narrows a list to what the actor may see; without it the list is shown whole to those
    whom a grant allows.
    """

    act: str
    grants: tuple[Grant, ...]
    hidden: bool = False
    only: Only | None = None


def grant(words: str, allows: Callable[[Actor, Any], bool]) -> Grant:
    """Return a grant of one's own, described in words."""
    return Grant(words, allows)


anyone = Grant("anyone", lambda _actor, _thing: True)
signed_in = Grant("anyone signed in", lambda actor, _thing: actor.signed_in)
system = Grant("the system itself", lambda actor, _thing: actor.is_system)


def staff(*roles: str) -> Grant:
    """Grant to staff with one of the roles, to all staff when none is given."""
    return Grant(
        f"staff: {', '.join(roles) or 'any role'}", lambda actor, _thing: actor.is_staff(*roles)
    )


def member(*roles: str) -> Grant:
    """Grant to members of the thing's organisation, with one of the roles when any is given."""

    def allows(actor: Actor, thing: Any) -> bool:
        organisation = thing if isinstance(thing, UUID) else getattr(thing, "organisation_id", None)
        return organisation is not None and actor.member(organisation, *roles)

    return Grant(f"members of the organisation: {', '.join(roles) or 'any role'}", allows)


def may(act: str, *grants: Grant, hidden: bool = False, only: Only | None = None) -> Row:
    """Open an act to whoever one of the grants allows."""
    return Row(act, grants, hidden, only)


class Permissions:
    """The table of one service."""

    def __init__(self, *rows: Row) -> None:
        self.rows = {row.act: row for row in rows}
        if len(self.rows) != len(rows):
            raise ValueError("two rows for one act")

    def __contains__(self, act: str) -> bool:
        return act in self.rows

    def allows(self, actor: Actor, act: str, thing: object = None) -> bool:
        """Say whether the act is open to the actor. An act without a row is open to nobody."""
        row = self.rows.get(act)
        return row is not None and (
            actor.is_system or any(grant.allows(actor, thing) for grant in row.grants)
        )

    def require(self, actor: Actor, act: str, thing: object = None) -> None:
        """Raise SignInNeeded, NotFound (hidden) or Forbidden unless the act is open."""
        if self.allows(actor, act, thing):
            return
        raise self._refusal(actor, act)

    def only(self, actor: Actor, act: str, select: Select[Any]) -> Select[Any]:
        """Narrow a list to what the actor may see; raises like `require` when it may see none."""
        row = self.rows.get(act)
        if row is not None and row.only is not None:
            return select if actor.is_system else row.only(actor, select)
        self.require(actor, act)
        return select

    def _refusal(self, actor: Actor, act: str) -> Problem:
        row = self.rows.get(act)
        if row is not None and row.hidden:
            return NotFound()
        return Forbidden() if actor.signed_in else SignInNeeded()
