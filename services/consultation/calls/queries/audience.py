"""Whom a call asks: counts, a sample, who cannot be reached, and the audience in words."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, or_, select

from services.consultation.calls import rules
from services.consultation.calls.models import CallInvited
from services.consultation.calls.queries.eligibility import category_names, listed
from shared.contracts.audience import Audience
from shared.i18n import LANGUAGES, _, language
from shared.known.models import KnownMembership, KnownOrganisation, KnownPerson
from shared.known.queries import concerned
from shared.vocabulary import CATEGORIES, vocabulary
from shared.work import View

SAMPLE = 8


@dataclass(frozen=True)
class Partner:
    """A partner as a list shows it."""

    id: UUID
    slug: str
    name: str
    category: str
    country: str


@dataclass(frozen=True)
class Reach:
    """How many verified partners an audience concerns, and how many have nobody to reach."""

    total: int
    by_category: dict[str, int]
    unreachable: int
    sample: tuple[Partner, ...]


def reach(view: View, audience: Audience) -> Reach:
    """Return whom an audience concerns now."""
    asked = condition(audience)
    counts = {
        str(category): int(n)
        for category, n in view.session.execute(
            select(KnownOrganisation.category, func.count())
            .where(asked)
            .group_by(KnownOrganisation.category)
        )
    }
    lost = view.session.scalar(
        select(func.count()).select_from(KnownOrganisation).where(asked, ~_reachable())
    )
    return Reach(
        total=sum(counts.values()),
        by_category={code: counts.get(code, 0) for code in CATEGORIES},
        unreachable=int(lost or 0),
        sample=tuple(_sample(view, asked)),
    )


def condition(audience: Audience) -> ColumnElement[bool]:
    """Return an audience as a condition: concerned, and verified."""
    return and_(concerned(audience), KnownOrganisation.state.in_(sorted(rules.VERIFIED)))


def spoken(view: View, audience: Audience) -> dict[str, int]:
    """Return how many partners concerned use each official language."""
    used: Counter[str] = Counter()
    for languages in view.session.scalars(
        select(KnownOrganisation.languages).where(condition(audience))
    ):
        used.update(set(languages) & set(LANGUAGES))
    return {code: used[code] for code in LANGUAGES if used[code]}


def named(view: View, ids: list[UUID]) -> list[Partner]:
    """Return partners by id, by name."""
    return _partners(view, KnownOrganisation.id.in_(ids), len(ids)) if ids else []


def search(view: View, text: str, limit: int = 20) -> list[Partner]:
    """Return verified partners whose name holds a text."""
    pattern = "%" + text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
    found = and_(
        func.lower(KnownOrganisation.name).like(pattern.lower(), escape="\\"),
        KnownOrganisation.state.in_(sorted(rules.VERIFIED)),
    )
    return _partners(view, found, limit)


def invited(view: View, call_id: UUID) -> dict[str, int]:
    """Return the partners invited to a call, by category (all eight); fixed from close on."""
    return invited_to(view, [call_id])[call_id]


def invited_to(view: View, call_ids: list[UUID]) -> dict[UUID, dict[str, int]]:
    """Return the partners invited to several calls, by category, in one query."""
    found = {call_id: dict.fromkeys(CATEGORIES, 0) for call_id in call_ids}
    rows = view.session.execute(
        select(CallInvited.call_id, CallInvited.category, func.count())
        .where(CallInvited.call_id.in_(call_ids))
        .group_by(CallInvited.call_id, CallInvited.category)
    )
    for call_id, category, n in rows:
        found[call_id][category] = n
    return found


def is_invited(view: View, call_id: UUID, organisation_id: UUID) -> bool:
    """Say whether a partner was concerned at a moment while the call was open."""
    return view.session.get(CallInvited, (call_id, organisation_id)) is not None


def spell(audience: Audience) -> list[str]:
    """Return an audience in words, one sentence a line."""
    lines = [_who(audience)]
    told = language()
    places = [vocabulary.term("region", code, told) for code in audience.regions]
    places += [vocabulary.country_name(code, told) for code in audience.countries]
    if places:
        lines.append(_("In: %(places)s.", places=listed(places)))
    if audience.tiers:
        names = [vocabulary.term("tier", code, told) for code in audience.tiers]
        lines.append(_("Of local authorities: %(tiers)s.", tiers=listed(names)))
    if audience.constituencies:
        names = [vocabulary.term("constituency", code, told) for code in audience.constituencies]
        lines.append(_("Of stakeholders: %(constituencies)s.", constituencies=listed(names)))
    if audience.interests:
        names = [_interest(code) for code in audience.interests]
        lines.append(_("Interested in: %(interests)s.", interests=listed(names)))
    return lines


def spell_short(audience: Audience) -> str:
    """Return an audience as a few words for a card."""
    if audience.only_named:
        return _("Partners asked by name")
    if not audience.categories or set(audience.categories) == set(CATEGORIES):
        return _("For all partners")
    return _("For: %(categories)s", categories=category_names(audience.categories))


def _who(audience: Audience) -> str:
    if audience.only_named:
        return _("Verified partners asked by name.")
    if not audience.categories or set(audience.categories) == set(CATEGORIES):
        return _("Verified partners of all eight categories.")
    return _("Verified partners: %(categories)s.", categories=category_names(audience.categories))


def _interest(code: str) -> str:
    kind = "programme" if vocabulary.has("programme", code) else "outcome"
    return vocabulary.term(kind, code, language()) if vocabulary.has(kind, code) else code


def _reachable() -> ColumnElement[bool]:
    roles = cast(KnownMembership.roles, String)
    return exists().where(
        KnownMembership.organisation_id == KnownOrganisation.id,
        KnownPerson.id == KnownMembership.person_id,
        KnownPerson.active,
        KnownPerson.email_confirmed,
        or_(roles.like('%"contact_point"%'), roles.like('%"deputy"%')),
    )


def _sample(view: View, found: ColumnElement[bool]) -> list[Partner]:
    """Return the first partners of each category, so that a sample shows all kinds."""
    org = KnownOrganisation
    place = func.row_number().over(partition_by=org.category, order_by=(org.name, org.id))
    ranked = (
        select(org.id, org.slug, org.name, org.category, org.country, place.label("place"))
        .where(found)
        .subquery()
    )
    rows = view.session.execute(
        select(ranked.c.id, ranked.c.slug, ranked.c.name, ranked.c.category, ranked.c.country)
        .order_by(ranked.c.place, ranked.c.name)
        .limit(SAMPLE)
    )
    return [Partner(*row) for row in rows]


def _partners(view: View, found: ColumnElement[bool], limit: int) -> list[Partner]:
    org = KnownOrganisation
    rows = view.session.execute(
        select(org.id, org.slug, org.name, org.category, org.country)
        .where(found)
        .order_by(org.name, org.id)
        .limit(limit)
    )
    return [Partner(*row) for row in rows]
