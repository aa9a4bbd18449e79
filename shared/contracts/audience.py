"""Whom a call concerns: one value and one pure function.

Consultation asks it who may answer, notifications who is told.
"""

from typing import Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Partner(Protocol):
    """What the audience looks at. Sequences hold codes of `shared.vocabulary`."""

    @property
    def id(self) -> UUID:
        """Return the key of the organisation."""

    @property
    def category(self) -> str:
        """Return one of the eight categories."""

    @property
    def tier(self) -> str | None:
        """Return the tier of a government or local authority."""

    @property
    def country(self) -> str:
        """Return the code of its country."""

    @property
    def regions(self) -> list[str]:
        """Return the regions it works in."""

    @property
    def constituencies(self) -> list[str]:
        """Return the constituencies it speaks for."""

    @property
    def interests(self) -> list[str]:
        """Return the programmes it follows."""


class Audience(BaseModel):
    """Who is asked. An empty list does not narrow; `included` and `excluded` name partners by id.

    `tiers` narrows local authorities only, `constituencies` stakeholders only, so that asking
    "local authorities of the regional tier and foundations" is one audience. `interests` holds
    outcome and programme codes; a partner that declared any of them is concerned.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    categories: list[str] = []
    """Categories of partners that are asked, by code: `government`, `local_authority`, `un_entity`,
    `finance`, `business`, `stakeholder`, `foundation`, `knowledge`.
    """
    constituencies: list[str] = []
    """Constituencies of stakeholders that are asked, by code of the vocabulary."""
    tiers: list[str] = []
    """Tiers of local authorities that are asked: `local`, `regional_subnational`,
    `association_network`.
    """
    regions: list[str] = []
    """Regions that are asked: `africa`, `arab_states`, `asia_pacific`, `latin_america_caribbean`,
    `europe_others`.
    """
    countries: list[str] = []
    """Countries that are asked, ISO 3166-1 alpha-3."""
    interests: list[str] = []
    """Outcomes (`1.1` to `4.3`) and flagship programmes; declaring one of them concerns a partner.
    """
    included: list[UUID] = []
    """Organisations asked by name, whatever else narrows."""
    excluded: list[UUID] = []
    """Organisations that are not asked, whatever else would ask them."""
    only_named: bool = False
    """Whether nobody but the included is asked."""


def concerns(audience: Audience, partner: Partner) -> bool:
    """Say whether the audience asks this partner. The partner's state is not looked at here."""
    if partner.id in audience.excluded:
        return False
    if partner.id in audience.included:
        return True
    return not audience.only_named and all(
        (
            _asked(audience.categories, [partner.category]),
            partner.category != "local_authority" or _asked(audience.tiers, [partner.tier]),
            partner.category != "stakeholder"
            or _asked(audience.constituencies, partner.constituencies),
            _asked(audience.regions, partner.regions),
            _asked(audience.countries, [partner.country]),
            _asked(audience.interests, partner.interests),
        )
    )


def _asked(wanted: list[str], has: list[str] | list[str | None]) -> bool:
    return not wanted or any(one in wanted for one in has)
