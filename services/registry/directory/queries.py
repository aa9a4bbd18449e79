"""Reads of the directory: verified partners by search and filters, paged."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, String, bindparam, exists, func, select

from services.registry.organisations.models import Organisation, Trait
from services.registry.organisations.rules import IN_REGISTER, name_key
from shared.database.found import found
from shared.database.prepared import Statement
from shared.i18n import language
from shared.vocabulary import vocabulary
from shared.work import View

PAGE = 25
WORDS = 5
WILD = re.compile("[/%_]")
"""What has a meaning of its own in LIKE, or keeps it from having one."""


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
    given: dict[str, object] = {
        f"word{number}": WILD.sub(r"/\g<0>", word)
        for number, word in enumerate(name_key(words).split()[:WORDS])
    }
    given |= {name: code for name, code in (("category", category), ("region", region)) if code}
    listed, counted = _statements(tuple(given))
    rows = view.session.execute(
        view.only("directory.index", listed),
        given | {"many": PAGE + 1, "before": (page - 1) * PAGE},
    ).all()
    return Partners(
        [row_of(one) for one in rows[:PAGE]],
        view.session.scalar(counted, given) or 0,
        page + 1 if len(rows) > PAGE else None,
        page - 1 if page > 1 else None,
    )


@cache
def _statements(asked: tuple[str, ...]) -> tuple[Statement, Statement]:
    """Return the list and its count, narrowed by what is asked: words, a category, a region.

    A list reads the columns that it shows, not whole organisations.
    """
    one = Organisation
    narrowed: list[ColumnElement[bool]] = [one.state.in_(IN_REGISTER)]
    words = [
        one.name_key.contains(bindparam(name, type_=String), escape="/")
        for name in asked
        if name.startswith("word")
    ]
    if words:
        narrowed.append(one.id.in_(found(select(one.id).where(*words))))
    if "category" in asked:
        narrowed.append(one.category == bindparam("category"))
    if "region" in asked:
        narrowed.append(
            exists().where(
                Trait.organisation_id == one.id,
                Trait.kind == "region",
                Trait.code == bindparam("region"),
            )
        )
    listed = select(one.slug, one.name, one.category, one.country, one.verified_at)
    counted = select(func.count()).select_from(one)
    return (
        listed.where(*narrowed)
        .order_by(one.name_key, one.id)
        .limit(bindparam("many", type_=Integer))
        .offset(bindparam("before", type_=Integer)),
        counted.where(*narrowed),
    )


def row_of(one: Organisation | Row[Any]) -> PartnerRow:
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
