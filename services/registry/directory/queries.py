"""Reads of the directory: verified partners by search and filters, paged."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Select, exists, func, select

from services.registry.organisations.models import Organisation, Trait
from services.registry.organisations.rules import IN_REGISTER, name_key
from shared.i18n import language
from shared.vocabulary import vocabulary
from shared.work import View

PAGE = 25
T = TypeVar("T")


@dataclass(frozen=True)
class PartnerRow:
    """A partner as the public sees it."""

    slug: str
    name: str
    category: str
    category_name: str
    country_name: str
    region_name: str
    verified_at: datetime | None


@dataclass(frozen=True)
class Partners:
    """A page of the directory."""

    rows: list[PartnerRow]
    total: int
    next: int | None
    previous: int | None


def partners(
    view: View, *, words: str = "", category: str = "", region: str = "", page: int = 1
) -> Partners:
    """Return verified partners by name."""
    statement = _found(view.only("directory.index", select(Organisation)), words, category, region)
    rows = view.session.scalars(
        statement.order_by(Organisation.name_key, Organisation.id)
        .limit(PAGE + 1)
        .offset((page - 1) * PAGE)
    ).all()
    total = view.session.scalar(
        _found(select(func.count()).select_from(Organisation), words, category, region)
    )
    return Partners(
        [row_of(one) for one in rows[:PAGE]],
        total or 0,
        page + 1 if len(rows) > PAGE else None,
        page - 1 if page > 1 else None,
    )


def _found(statement: Select[T], words: str, category: str, region: str) -> Select[T]:
    statement = statement.where(Organisation.state.in_(IN_REGISTER))
    for word in name_key(words).split()[:5]:
        statement = statement.where(Organisation.name_key.contains(word, autoescape=True))
    if category:
        statement = statement.where(Organisation.category == category)
    if region:
        statement = statement.where(
            exists().where(
                Trait.organisation_id == Organisation.id,
                Trait.kind == "region",
                Trait.code == region,
            )
        )
    return statement


def row_of(one: Organisation) -> PartnerRow:
    """Return an organisation as the public sees it."""
    spoken = language()
    return PartnerRow(
        one.slug,
        one.name,
        one.category,
        vocabulary.term("category_short", one.category, spoken),
        vocabulary.country_name(one.country, spoken),
        vocabulary.term("region", vocabulary.region_of(one.country), spoken),
        one.verified_at,
    )


@dataclass(frozen=True)
class PartnerPage:
    """One partner's public page."""

    row: PartnerRow
    website: str
    constituencies: tuple[str, ...]
    interests: tuple[str, ...]
    languages: tuple[str, ...]


def partner(view: View, slug: str) -> PartnerPage:
    """Return a verified partner. Raises NotFound."""
    one = view.get(Organisation, Organisation.state.in_(IN_REGISTER), slug=slug)
    view.require("directory.show", one)
    spoken = language()
    return PartnerPage(
        row_of(one),
        one.domain,
        tuple(vocabulary.term("constituency", code, spoken) for code in one.constituencies),
        tuple(
            vocabulary.term(
                "programme" if vocabulary.has("programme", code) else "outcome", code, spoken
            )
            for code in one.interests
        ),
        tuple(vocabulary.language_name(code, spoken) for code in one.languages),
    )
